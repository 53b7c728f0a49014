"""Who takes part: add a table, take people off the list, hand the list on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from course.errors import UsageError
from grading.cohort import columns as known_columns
from grading.cohort.adding import Added, merged
from grading.cohort.gradebook import into_gradebook
from grading.cohort.people import FIELDS, Participant, same, slug
from grading.cohort.store import (
    as_csv,
    one_writer,
    read_roster,
    room_for,
    roster_path,
    save,
)
from grading.cohort.table import read_table
from grading.state import GradingState


def participants(
    state: GradingState, *, programme: str | None = None, everyone: bool = False
) -> list[Participant]:
    """Return who takes part, in the order of the roster.

    Parameters
    ----------
    state : GradingState
        The course.
    programme : str, optional
        Only people of this programme; a person without one belongs to every programme.
    everyone : bool
        Also people who were taken off the list.
    """
    people = read_roster(roster_path(state))
    return [
        p for p in people
        if (everyone or p.takes_part) and (programme is None or p.programme in ("", programme))
    ]  # fmt: skip


def participant(state: GradingState, student_id: str) -> Participant:
    """Return one person of the roster; somebody it does not know has an id only."""
    for person in read_roster(roster_path(state)):
        if person.student_id == student_id:
            return person
    return Participant(student_id)


def teams(state: GradingState) -> dict[str, str]:
    """Return the team of each student the roster names one for."""
    return {p.student_id: p.team for p in participants(state, everyone=True) if p.team}


def names(state: GradingState) -> dict[str, dict[str, str]]:
    """Return first name, last name and e-mail of each student, for the gradebook."""
    return {p.student_id: p.gradebook_names for p in participants(state, everyone=True)}


def add(
    state: GradingState,
    path: Path,
    *,
    programme: str = "",
    columns: Mapping[str, str] | None = None,
    encoding: str | None = None,
    check_only: bool = False,
) -> Added:
    """Load a table of people into the roster and the gradebook: all of it or nothing.

    Parameters
    ----------
    state : GradingState
        The course.
    path : Path
        CSV or ``.xlsx``.
    programme : str
        For rows that name none.
    columns : mapping, optional
        Field -> header, where the headers are not the usual ones.
    encoding : str, optional
        Of a text file, where it cannot be told.
    check_only : bool
        Look at the table and write nothing.

    Returns
    -------
    Added
        With ``problems`` nothing was loaded. The same table again changes nothing and
        finishes what a killed run left undone.

    Raises
    ------
    CourseError
        The file as a whole cannot be read.
    """
    given = dict(columns or {})
    table = read_table(path, score=_score(given), encoding=encoding)
    at, unused = known_columns.assign(table.headers, given, where=table.where)
    rows = [
        (line, {name: cells[n] if n < len(cells) else None for name, n in at.items()})
        for line, cells in table.rows
    ]
    rows = [(line, row) for line, row in rows if any(v not in (None, "") for v in row.values())]
    known = _programme_names()
    if programme and known is not None and programme not in known:
        from course.programme import Programme

        Programme.open(programme)  # says what there is where this is none
        known.append(programme)
    with one_writer(state, "roster"):
        made = merged(
            read_roster(roster_path(state)),
            rows,
            programme=programme,
            programmes=known,
            team_of=team_finder(),
        )
        made.notes[:0] = table.notes
        if unused:
            made.notes.append(f"Columns that were not used: {', '.join(unused)}.")
        if not rows:
            made.notes.append(f"{table.where} holds no person.")
        if made.problems or check_only:
            return made
        if made.added or made.back or made.changes:
            save(state, made.people)
        into_gradebook(state, made.people)
    return made


def remove(
    state: GradingState, students: Iterable[str], *, now: datetime | None = None
) -> list[str]:
    """Take people off the list; every record of theirs stays.

    Returns
    -------
    list of str
        Who was taken off now; somebody who had left before is not named again.

    Raises
    ------
    UsageError
        Somebody is not on the list; then nobody is taken off.
    """
    wanted = list(students)
    moment = (now or datetime.now(UTC)).isoformat(timespec="seconds")
    with one_writer(state, "roster"):
        people = read_roster(roster_path(state))
        known = {p.student_id for p in people}
        if strange := [s for s in wanted if s not in known]:
            raise UsageError(
                f"{', '.join(strange)} is not on the list.", "See: python3 -m grading cohort list."
            )
        gone = [p.student_id for p in people if p.student_id in wanted and p.takes_part]
        if gone:
            save(state, [replace(p, left=moment) if p.student_id in gone else p for p in people])
    return gone


def export(state: GradingState, path: Path) -> int:
    """Write the roster as CSV for Excel, formulas made harmless; returns how many people."""
    import os

    people = participants(state)
    beside = room_for(path)
    shown = tuple(f for f in FIELDS if f != "left")
    beside.write_text(as_csv(people, shown), encoding="utf-8-sig", newline="")
    os.replace(beside, path)
    return len(people)


def _score(given: Mapping[str, str]) -> Callable[[list[object]], int]:
    wanted = {same(h) for h in given.values()}

    def score(cells: list[object]) -> int:
        fields = {known_columns.field_of(c) for c in cells} - {None}
        named = sum(same(str(c)) in wanted for c in cells if c is not None)
        # one known word alone may be a title: "Programme"
        return len(fields) + 3 * named if named or fields & set(known_columns.NAMING) else 0

    return score


def _programme_names() -> list[str] | None:
    try:
        from course.programme import Programme
    except ImportError:  # an installation without programmes checks none
        return None
    return list(Programme.names())


def team_finder() -> Callable[[str, str], str]:
    """Return a function (programme, city) -> team: the delegation's id, else the city's."""
    opened: dict[str, Any] = {}

    def delegations(name: str) -> Any:
        if name not in opened:
            try:
                from course.programme import Programme

                opened[name] = Programme.open(name).delegations if name else ()
            except Exception:  # a programme at fault is told where it is opened for its own sake
                opened[name] = ()
        return opened[name]

    def team_of(programme: str, city: str) -> str:
        for one in delegations(programme):
            if same(city) in (same(one.id), same(one.city), same(one.pack or "")):
                return str(one.id)
        return slug(city) or same(city)

    return team_of

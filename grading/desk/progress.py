"""Where everybody stands in a module: begun, handed in, scored, waiting for a person, told.

Read from what is there, nothing is kept: the roster, the exchange, the collected hand-ins,
the gradebook and the feedback that lies in the exchange.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from grading import cohort, scored
from grading.desk import closing, extensions, seen
from grading.gradebook_rows import read_stamp
from grading.gradebook_store import open_book
from grading.state import COURSE_ID, EXERCISES, GradingState, is_student_id

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Row:
    """One trainee in one module.

    Attributes
    ----------
    student, name, module : str
        Ids, and the name on the roster.
    on_roster : bool
        False for a hand-in of somebody the roster does not know.
    started : str
        ``begun`` (answers were given), ``fetched``, or empty: not seen, or nobody looked.
    handed_in : datetime or None
        The latest hand-in, in UTC, collected or still in the exchange.
    to_collect : bool
        The latest hand-in still lies in the exchange.
    scored : bool
        The collected hand-in is the one that was scored.
    points, of : float
        Of the gradebook; 0 and the module's sum before the first score.
    to_mark : int
        Answers that a person marks.
    waiting : int
        Answers that wait for a city, or could not be judged.
    look : bool
        The report has something to look at.
    feedback : str
        ``out``, ``older`` (than the last score) or empty.
    late_min : int
        Minutes after the due date, extensions taken into account.
    until : datetime or None
        An extension, in UTC.
    """

    student: str
    name: str
    module: str
    on_roster: bool = True
    started: str = ""
    handed_in: datetime | None = None
    to_collect: bool = False
    scored: bool = False
    points: float = 0.0
    of: float = 0.0
    to_mark: int = 0
    waiting: int = 0
    look: bool = False
    feedback: str = ""
    late_min: int = 0
    until: datetime | None = None


@dataclass(frozen=True)
class Standing:
    """A module and its trainees.

    Attributes
    ----------
    module, title : str
        Id and title.
    state : str
        ``new`` (not released), ``open`` or ``closed``.
    due, closed : datetime or None
        In UTC.
    rows : tuple of Row
        In the order of the roster, strangers last.
    """

    module: str
    title: str
    state: str
    due: datetime | None
    closed: datetime | None
    rows: tuple[Row, ...] = field(default=())

    def count(self) -> dict[str, int]:
        """Return how many trainees there are, and how many at each station."""
        rows = self.rows
        return {
            "trainees": len(rows),
            "started": sum(bool(r.started) or r.handed_in is not None for r in rows),
            "handed_in": sum(r.handed_in is not None for r in rows),
            "to_collect": sum(r.to_collect for r in rows),
            "scored": sum(r.scored for r in rows),
            "to_mark": sum(r.to_mark > 0 for r in rows),
            "waiting": sum(r.waiting > 0 for r in rows),
            "look": sum(r.look for r in rows),
            "feedback": sum(r.feedback == "out" for r in rows),
            "late": sum(r.late_min > 0 for r in rows),
        }


@dataclass
class _Book:
    """What the gradebook holds, in plain values."""

    due: dict[str, datetime] = field(default_factory=dict)
    of: dict[str, float] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)
    stamps: dict[tuple[str, str], datetime | None] = field(default_factory=dict)
    points: dict[tuple[str, str], float] = field(default_factory=dict)
    open: dict[tuple[str, str], set[str]] = field(default_factory=dict)


def standings(state: GradingState, names: Iterable[str] | None = None) -> list[Standing]:
    """Return the standing of modules.

    Parameters
    ----------
    state : GradingState
        The course.
    names : iterable of str, optional
        Ids or numbers; every module that has content when left out.

    Returns
    -------
    list of Standing
        In the order of the modules; one that was never released has no hand-ins.
    """
    from course.errors import CourseError
    from course.questions import load_module

    if names is None:
        folders = sorted(p.parent for p in state.modules.glob("*/module.yml"))
    else:
        folders = [state.assignment_folder(n) for n in names]
    specs = []
    for folder in folders:
        try:
            specs.append(load_module(folder))
        except CourseError:
            if names is not None:
                raise
    specs = [s for s in specs if names is not None or s.has_content]
    around = _Around(state)
    return [around.standing(spec) for spec in specs]


def progress(state: GradingState, name: str) -> pd.DataFrame:
    """Return one row per trainee of a module, with the columns of :class:`Row`."""
    import pandas as pd

    (found,) = standings(state, [name])
    return pd.DataFrame([asdict(r) for r in found.rows], columns=list(Row.__dataclass_fields__))


class _Around:
    """Everything the modules have in common, read once."""

    def __init__(self, state: GradingState) -> None:
        self.state = state
        self.roster = {p.student_id: p for p in cohort.participants(state)}
        self.seen = seen.load(state)
        self.book = read_book(state)
        self.inbound = inbound(state)

    def standing(self, spec: Any) -> Standing:
        state, module = self.state, spec.id
        closed = closing.closed_since(state, module)
        released = state.folder("release", ".", module).is_dir()
        of = self.book.of.get(module) or float(
            spec.automatic_points + sum(w.points for w in spec.written)
        )
        more = extensions.given(state, module)
        last = scored.load(state, module)
        came = {s for (s, m) in self.inbound if m == module}
        came |= set(state.submitted_students(module))
        people = [*self.roster, *sorted(came - set(self.roster))]
        automatic = set(spec.questions)
        due = self.book.due.get(module)
        rows = tuple(
            self._row(s, module, of, due, extensions.until(more, s), last.get(s), automatic)
            for s in people
        )
        where = "new" if not released else "closed" if closed else "open"
        return Standing(module, spec.title, where, due, closed, rows)

    def _row(
        self,
        student: str,
        module: str,
        of: float,
        due: datetime | None,
        until: datetime | None,
        last: Any,
        automatic: set[str],
    ) -> Row:
        at, state = (student, module), self.state
        person = self.roster.get(student)
        here = _utc(read_stamp(state.folder("submitted", student, module)))
        collected = here is not None or state.folder("submitted", student, module).is_dir()
        sent = self.inbound.get(at)
        handed_in = max((m for m in (here, sent) if m is not None), default=None)
        in_book = at in self.book.stamps
        is_scored = collected and in_book and last is not None and self.book.stamps[at] == here
        still_open = self.book.open.get(at, set())
        limit = max((m for m in (due, until) if m is not None), default=None)
        late = handed_in - limit if due and limit and handed_in else timedelta(0)
        return Row(
            student=student,
            name=person.name if person else self.book.people.get(student, ""),
            module=module,
            on_roster=person is not None,
            started=_started(self.seen.get(student, {}).get(module)),
            handed_in=handed_in,
            to_collect=sent is not None and (here is None or sent > here),
            scored=is_scored,
            points=round(self.book.points.get(at, 0.0), 4),
            of=of,
            to_mark=len(still_open - automatic),
            waiting=len(still_open & automatic),
            look=bool(last and last.look),
            feedback=self._feedback(student, module) if collected else "",
            late_min=max(0, -int(-late.total_seconds() // 60)),
            until=until,
        )

    def _feedback(self, student: str, module: str) -> str:
        from nbgrader.utils import notebook_hash

        made = self.state.folder("feedback", student, module)
        try:
            with (made / "submission_secret.txt").open(encoding="utf-8") as file:
                secret = file.read(10_000)
            name = notebook_hash(secret=secret, notebook_id=EXERCISES)
            out = (self.state.exchange / COURSE_ID / "feedback" / f"{name}.html").stat().st_mtime
        except (OSError, ValueError):
            return ""
        notebook = self.state.folder("autograded", student, module) / f"{EXERCISES}.ipynb"
        try:
            return "older" if notebook.stat().st_mtime > out else "out"
        except OSError:
            return "out"


def _started(found: Any) -> str:
    if not isinstance(found, dict):
        return ""
    return seen.BEGUN if found.get(seen.BEGUN) else seen.FETCHED if found.get(seen.FETCHED) else ""


def _utc(moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def inbound(state: GradingState) -> dict[tuple[str, str], datetime]:
    """Return (student, module) -> the latest hand-in that lies in the exchange, in UTC.

    The names of the folders are believed here; collecting looks closer.
    """
    from nbgrader.utils import parse_utc

    found: dict[tuple[str, str], datetime] = {}
    try:
        names = os.listdir(state.exchange / COURSE_ID / "inbound")
    except OSError:
        return {}
    for name in names:
        parts = name.rsplit("+", 3)
        if len(parts) < 4 or not is_student_id(parts[0]):
            continue
        try:
            moment = _utc(parse_utc(parts[2]))
        except Exception:  # dateutil raises what it likes
            continue
        at = (parts[0], parts[1])
        if moment is not None and (at not in found or moment > found[at]):
            found[at] = moment
    return found


def read_book(state: GradingState) -> _Book:
    """Return what the gradebook holds of all modules."""
    from nbgrader.api import (
        Assignment,
        BaseCell,
        Grade,
        Student,
        SubmittedAssignment,
        SubmittedNotebook,
    )

    made = _Book()
    with open_book(state) as book:
        for assignment in book.assignments:
            made.of[assignment.name] = float(assignment.max_score or 0)
            if assignment.duedate:
                made.due[assignment.name] = assignment.duedate.replace(tzinfo=UTC)
        for student in book.db.query(Student):
            parts = (student.first_name, student.last_name)
            made.people[student.id] = " ".join(p for p in parts if p)
        stamps = book.db.query(
            SubmittedAssignment.student_id, Assignment.name, SubmittedAssignment.timestamp
        ).join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        for name, module, stamp in stamps:
            made.stamps[name, module] = _utc(stamp)
        grades = (
            book.db.query(
                SubmittedAssignment.student_id, Assignment.name, BaseCell.name, Grade.score,
                Grade.needs_manual_grade,
            )
            .select_from(Grade)
            .join(SubmittedNotebook, SubmittedNotebook.id == Grade.notebook_id)
            .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
            .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
            .join(BaseCell, BaseCell.id == Grade.cell_id)
        )  # fmt: skip
        for name, module, cell, score, needs in grades:
            at = (name, module)
            made.points[at] = made.points.get(at, 0.0) + float(score or 0)
            if needs:
                made.open.setdefault(at, set()).add(cell)
    return made

"""Rows of a table become participants, all of them or none. Pure: nothing is written here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from grading.cohort.matching import Known
from grading.cohort.people import FIELDS, Participant, made_id, same, slug, told_apart
from grading.cohort.rows import Problem, read_row

GIVEN = tuple(f for f in FIELDS if f != "left")


@dataclass(frozen=True)
class Change:
    """One field of one participant that a row changes."""

    student_id: str
    field: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.student_id}: {self.field} {self.old or 'empty'!r} is now {self.new!r}"


@dataclass
class Added:
    """What a table does to a roster; with problems it does nothing.

    Attributes
    ----------
    people : list of Participant
        The whole roster afterwards.
    added, back, unchanged : list of str
        Ids that are new, that were taken off the list before, and that stay as they were.
    changes : list of Change
        What differs now.
    problems : list of Problem
        Rows that were refused.
    notes : list of str
        What the host should look at.
    """

    people: list[Participant] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    back: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass
class _Row:
    """One row on its way: what it says, and who that is."""

    line: int
    values: dict[str, str]
    old: Participant | None = None
    student_id: str = ""


Rows = Iterable[tuple[int, Mapping[str, object]]]


def merged(
    existing: list[Participant],
    rows: Rows,
    *,
    programme: str = "",
    programmes: Iterable[str] | None = None,
    team_of: Callable[[str, str], str] | None = None,
) -> Added:
    """Return what a table would make of a roster.

    Parameters
    ----------
    existing : list of Participant
        The roster, people who left included.
    rows : iterable of (int, mapping)
        Line number, and field -> cell for the columns the table has. A column that is there
        and empty empties the field; one that is not there leaves it.
    programme : str
        For rows that name none.
    programmes : iterable of str, optional
        The programmes there are; None: not checked.
    team_of : callable, optional
        Gives the team of a delegation from programme and city; None: the city's plain name.

    Returns
    -------
    Added
        With every problem of every row, and then without any other effect.
    """
    made = Added(people=list(existing))
    known = set(programmes) if programmes is not None else None
    read: list[_Row] = []
    for line, cells in rows:
        values, problems = read_row(line, cells)
        if values.get("programme", programme) == "" and programme and "programme" in values:
            values["programme"] = programme
        name = values.get("programme")
        if name and known is not None and name not in known:
            problems.append(Problem(
                line, "programme", f"There is no programme {name!r}.",
                f"Use one of: {', '.join(sorted(known))}.",
            ))  # fmt: skip
        made.problems += problems
        if not problems:
            read.append(_Row(line, values))
    _identify(existing, read, made)
    _refuse_doubles(existing, read, made)
    if made.problems:
        made.problems.sort(key=lambda p: p.line)
        return made
    _apply(read, made, programme, team_of or (lambda _, city: slug(city) or same(city)))
    return made


def _identify(existing: list[Participant], rows: list[_Row], made: Added) -> None:
    """Find who each row is: by id, else by e-mail, else by name; else make an id."""
    known = Known(existing)
    fresh: list[_Row] = []
    for row in rows:
        if given := row.values.get("student_id"):
            other = known.by_id.get(same(given))
            if other is not None and other.student_id != given:
                made.problems.append(Problem(
                    row.line, "student_id",
                    f"{given!r} and {other.student_id!r} of the list differ in capital letters or "
                    "in the form of a letter only.",
                    "Write the id as on the list, or choose another.",
                ))  # fmt: skip
                continue
            row.old, row.student_id = other, given
            continue
        row.old, problem = known.find(row.line, row.values)
        if problem is not None:
            made.problems.append(Problem(row.line, *problem))
        elif row.old is not None:
            row.student_id = row.old.student_id
        else:
            fresh.append(row)
    taken = {same(p.student_id) for p in existing}
    taken |= {same(r.student_id) for r in rows if r.student_id}
    base = {id(r): made_id(*_who(r)) for r in fresh}
    count = Counter(base.values())
    for row in fresh:
        name = base[id(row)]
        clash = count[name] > 1 or same(name) in taken
        row.student_id = told_apart(name, *_who(row)) if clash else name


def _who(row: _Row) -> tuple[str, str, str]:
    return tuple(row.values.get(n, "") for n in ("name", "email", "city"))  # type: ignore[return-value]


def _refuse_doubles(existing: list[Participant], rows: list[_Row], made: Added) -> None:
    """No person twice in a table, no e-mail of two people afterwards."""
    seen: dict[str, _Row] = {}
    for row in rows:
        if not row.student_id:
            continue
        first = seen.setdefault(same(row.student_id), row)
        if first is row:
            continue
        given = bool(row.values.get("student_id"))
        differ = first.student_id != row.student_id
        made.problems.append(Problem(
            row.line, "student_id" if given else "",
            f"{row.student_id!r} and {first.student_id!r} of line {first.line} differ in capital "
            "letters or in the form of a letter only." if differ else
            f"The same person stands in line {first.line}.",
            "Choose another id." if differ
            else "Delete one of the two rows; two people need a student_id each.",
        ))  # fmt: skip
    _refuse_namesakes(rows, made)
    mail_of = {p.student_id: p.email for p in existing}
    mail_of |= {r.student_id: r.values["email"] for r in rows if "email" in r.values}
    line_of = {r.student_id: r.line for r in rows}
    owner: dict[str, str] = {}
    for student, mail in sorted(mail_of.items(), key=lambda x: line_of.get(x[0], 0)):
        if not mail:
            continue
        first_id = owner.setdefault(same(mail), student)
        if first_id != student and student in line_of:
            where = f" (line {line_of[first_id]})" if first_id in line_of else " of the list"
            made.problems.append(Problem(
                line_of[student], "email", f"{mail!r} is also the e-mail of {first_id!r}{where}.",
                "Give each person an address of their own, or leave one empty.",
            ))  # fmt: skip


def _refuse_namesakes(rows: list[_Row], made: Added) -> None:
    """Two rows of one name need ids or e-mails: else the next reading could not tell them."""
    told = {p.line for p in made.problems}
    by_name: dict[str, list[_Row]] = {}
    for row in rows:
        name = row.values.get("name", "")
        for other in by_name.setdefault(same(name), []) if name else []:
            cities = {same(r.values.get("city", "")) for r in (row, other)} - {""}
            ids = all(r.values.get("student_id") for r in (row, other))
            mails = all(r.values.get("email") for r in (row, other))
            if len(cities) < 2 and not ids and not mails and row.line not in told:
                told.add(row.line)
                made.problems.append(Problem(
                    row.line, "name", f"{name!r} also stands in line {other.line}.",
                    "Delete one of the two rows; two people need a student_id or an e-mail each.",
                ))  # fmt: skip
        if name:
            by_name[same(name)].append(row)


def _apply(
    rows: list[_Row], made: Added, programme: str, team_of: Callable[[str, str], str]
) -> None:
    at = {p.student_id: n for n, p in enumerate(made.people)}
    spelled = {same(p.team): p.team for p in reversed(made.people) if p.team}
    for row in rows:
        old = row.old or Participant(row.student_id)
        given = {n: v for n, v in row.values.items() if n in GIVEN and n != "student_id"}
        if not given.get("name") and not old.name:
            given["name"] = ""
        new = replace(old, **given, left="")
        if not new.programme and programme:
            new = replace(new, programme=programme)
        new = replace(new, team=_team(row, old, new, team_of, spelled))
        if row.old is None:
            at[new.student_id] = len(made.people)
            made.people.append(new)
            made.added.append(new.student_id)
            continue
        made.people[at[new.student_id]] = new
        changes = [Change(new.student_id, n, getattr(old, n), getattr(new, n))
                   for n in GIVEN if getattr(old, n) != getattr(new, n)]  # fmt: skip
        made.changes += changes
        if old.left:
            made.back.append(new.student_id)
        elif not changes:
            made.unchanged.append(new.student_id)
    made.notes += _oddities(made)


def _team(
    row: _Row,
    old: Participant,
    new: Participant,
    team_of: Callable[[str, str], str],
    spelled: dict[str, str],
) -> str:
    """Return the team: the row's, else the one kept, else the delegation's."""
    team = row.values.get("team", "")
    if not team:
        of_old_city = team_of(old.programme, old.city) if old.city else ""
        kept = old.team if "team" not in row.values and old.team != of_old_city else ""
        team = kept or (team_of(new.programme, new.city) if new.city else "")
    return spelled.setdefault(same(team), team) if team else ""


def _oddities(made: Added) -> list[str]:
    """Return what is allowed and still worth a look."""
    notes = []
    cities: dict[str, set[str]] = {}
    for person in made.people:
        if person.takes_part and person.team and person.city:
            cities.setdefault(person.team, set()).add(person.city)
    for team, names in sorted(cities.items()):
        if len({same(n) for n in names}) > 1:
            notes.append(f"The team {team!r} has people of {' and '.join(sorted(names))}.")
    names = Counter(same(p.name) for p in made.people if p.name and p.takes_part)
    for name, count in names.items():
        if count > 1:
            ids = [p.student_id for p in made.people if same(p.name) == name and p.takes_part]
            notes.append(f"{' and '.join(ids)} have the same name.")
    for person in made.people:
        if person.student_id in made.added and not person.name:
            notes.append(f"{person.student_id} has no name; a certificate needs one.")
    return notes

"""More time for one person or for all: our own table, because nbgrader's commands have none.

nbgrader's gradebook has a column for it, on a hand-in that has come. An extension is given
before that, so it is kept here, and copied into the column whenever a hand-in is scored.
Lateness, closing and the formgrader then agree.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from course.errors import CourseError, UsageError
from grading.desk import diary, store
from grading.state import GradingState, is_student_id

EVERYBODY = "*"
TABLE = "extensions"


def given(state: GradingState, assignment: str) -> dict[str, datetime]:
    """Return student (or ``*``) -> until when, in UTC, of one module."""
    found = {}
    table = store.read(state, TABLE).get(assignment, {})
    for student, entry in table.items() if isinstance(table, dict) else ():
        try:
            found[student] = datetime.fromisoformat(entry["until"]).astimezone(UTC)
        except (KeyError, TypeError, ValueError):
            raise CourseError(
                f"extensions.json: the extension of {student} for {assignment} cannot be read.",
                f"Give it again: python3 -m grading extend {student} {assignment} --until WHEN.",
            ) from None
    return found


def until(extensions: dict[str, datetime], student: str) -> datetime | None:
    """Return until when a student has time by the extensions of a module: the later one.

    Examples
    --------
    >>> a, b = datetime(2027, 4, 8, tzinfo=UTC), datetime(2027, 4, 9, tzinfo=UTC)
    >>> until({"*": b, "ana": a}, "ana") == b, until({"ana": a}, "bo")
    (True, None)
    """
    both = [extensions[s] for s in (student, EVERYBODY) if s in extensions]
    return max(both, default=None)


def extend(
    state: GradingState, name: str, student: str, when: datetime | None, *, why: str = ""
) -> list[str]:
    """Give a student, or all, time until a moment, or take an extension back.

    Parameters
    ----------
    state : GradingState
        The course.
    name : str
        The module's id, or its number.
    student : str
        An id, or ``all``.
    when : datetime, optional
        With its time zone; None takes the extension back.
    why : str
        For the diary.

    Returns
    -------
    list of str
        What the host should know: the moment has passed, the module is open again.

    Raises
    ------
    UsageError
        Nobody has this id, or the moment is before the due date.
    """
    from grading import due
    from grading.desk import closing

    assignment = state.assignment_folder(name).name
    who = EVERYBODY if student == "all" else student
    if student != "all" and who not in known(state, assignment):
        raise UsageError(
            f"{student!r} is on no list of this course.",
            "Check the id: python3 -m grading cohort list. For everybody write all.",
        )
    limit = due.due_of(state, assignment)
    if when is not None and limit is not None and when < limit:
        raise UsageError(
            f"{assignment} is due at {_shown(limit)}; the extension ends before that.",
            "Give a later moment, or move the due date: python3 -m grading release --due.",
        )
    entry = None if when is None else {"until": when.astimezone(UTC).isoformat(), "why": why}
    with store.changing(state, TABLE) as table:
        given_to = table.setdefault(assignment, {})
        before = given_to.get(who)
        if entry is None:
            given_to.pop(who, None)
        else:
            given_to[who] = entry
        if not given_to:
            del table[assignment]
    into_gradebook(state, assignment)
    told = closing.keep_exchange(state, assignment)
    noted = diary.last(state, ("extend",), assignment, who).get("until")
    if before != entry or noted != (entry["until"] if entry else None):
        diary.note(
            state, "extend", module=assignment, student=who,
            until=entry["until"] if entry else None, why=why,
        )  # fmt: skip
    if when is not None and when < datetime.now(UTC):
        told.insert(0, "This moment has passed.")
    return told


def known(state: GradingState, assignment: str) -> set[str]:
    """Return the ids of everybody on the roster or with a hand-in of the module."""
    from grading import cohort

    people = {p.student_id for p in cohort.participants(state)}
    return {s for s in people | set(state.submitted_students(assignment)) if is_student_id(s)}


def length(
    extensions: dict[str, datetime], student: str, limit: datetime | None
) -> timedelta | None:
    """Return an extension as nbgrader keeps it: the time added to the due date, or None.

    Parameters
    ----------
    extensions : dict
        From :func:`given`.
    student : str
        The id.
    limit : datetime, optional
        The due date; without its zone it is UTC.
    """
    end = until(extensions, student)
    if end is None or limit is None:
        return None
    limit = limit.replace(tzinfo=UTC) if limit.tzinfo is None else limit
    return end - limit if end > limit else None


def into_gradebook(state: GradingState, assignment: str) -> None:
    """Write the extensions of a module beside the hand-ins that are in the gradebook."""
    from nbgrader.api import MissingEntry

    from grading.gradebook_store import open_book

    extensions = given(state, assignment)
    with open_book(state) as book:
        try:
            found = book.find_assignment(assignment)
        except MissingEntry:
            return
        for made in found.submissions:
            made.extension = length(extensions, made.student_id, found.duedate)
        book.db.commit()


def _shown(moment: datetime) -> str:
    from zoneinfo import ZoneInfo

    return f"{moment.astimezone(ZoneInfo('Asia/Seoul')):%Y-%m-%d %H:%M %Z}"

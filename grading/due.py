"""When a module is due, and who handed in late.

nbgrader keeps the moment with the assignment, in UTC. Late work is scored like any other
and takes no points off by itself: the report says how late it was, and a person decides.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from course.errors import CourseError, UsageError
from grading.desk import extensions
from grading.gradebook_store import open_book
from grading.state import GradingState

_YEARS = (2000, 2100)


def moment(text: str, *, zone: str = "Asia/Seoul") -> datetime:
    """Read a due date.

    Parameters
    ----------
    text : str
        ``2027-03-24 18:00``, or with an offset; a day alone means its last minute.
    zone : str
        Time zone of a text without an offset.

    Returns
    -------
    datetime
        With its time zone.

    Raises
    ------
    UsageError
        The text is no moment, or there is no such time zone.

    Examples
    --------
    >>> moment("2027-03-24 18:00").isoformat()
    '2027-03-24T18:00:00+09:00'
    >>> moment("2027-03-24").isoformat()
    '2027-03-24T23:59:00+09:00'
    """
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise UsageError(
            f"{text!r} is no date and time.", 'Write it like "2027-03-24 18:00".'
        ) from None
    if not _YEARS[0] <= found.year <= _YEARS[1]:  # beyond them no time zone can be applied
        raise UsageError(
            f"{text!r} is no date and time of this century.", 'Write it like "2027-03-24 18:00".'
        )
    if len(text.strip()) <= len("2027-03-24"):
        found = found.replace(hour=23, minute=59)
    if found.tzinfo is not None:
        return found
    try:
        return found.replace(tzinfo=ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UsageError(f"{zone!r} is no time zone.", "Write it like Asia/Seoul.") from None


def set_due(state: GradingState, assignment: str, due: datetime) -> None:
    """Write the due date of a released module into the gradebook.

    Raises
    ------
    CourseError
        The module was never released.
    """
    from nbgrader.api import MissingEntry

    with open_book(state) as book:
        try:
            book.find_assignment(assignment)
        except MissingEntry:
            raise CourseError(
                f"{assignment} is not in the gradebook.", "Release it first."
            ) from None
        # the gradebook holds moments in UTC, without saying so
        book.update_or_create_assignment(
            assignment, duedate=due.astimezone(UTC).replace(tzinfo=None)
        )
    # an extension is kept in the gradebook as a time after the due date
    extensions.into_gradebook(state, assignment)


def due_of(state: GradingState, assignment: str) -> datetime | None:
    """Return when a module is due, in UTC; None where no due date is set."""
    from nbgrader.api import MissingEntry

    with open_book(state) as book:
        try:
            found = book.find_assignment(assignment).duedate
        except MissingEntry:
            return None
    return found.replace(tzinfo=UTC) if found else None


def late(state: GradingState, assignment: str) -> dict[str, timedelta]:
    """Return how late each late hand-in was, extensions taken into account.

    Where no due date is set nobody is late.
    """
    from nbgrader.api import MissingEntry

    more = extensions.given(state, assignment)
    with open_book(state) as book:
        try:
            found = book.find_assignment(assignment)
        except MissingEntry:
            return {}
        if found.duedate is None:
            return {}
        due = found.duedate
        by = {
            made.student_id: made.timestamp - due
            - (extensions.length(more, made.student_id, due) or timedelta(0))
            for made in found.submissions if made.timestamp is not None
        }  # fmt: skip
        return {student: delay for student, delay in by.items() if delay > timedelta(0)}


def words(by: timedelta) -> str:
    """Return a delay in words.

    >>> words(timedelta(hours=26, minutes=5)), words(timedelta(seconds=20))
    ('handed in 1 day 2 h late', 'handed in 1 min late')
    """
    minutes = max(1, int(by.total_seconds() // 60))
    days, rest = divmod(minutes, 1_440)
    hours, rest = divmod(rest, 60)
    parts = []
    if days:
        parts.append(f"{days} day{'s' if days > 1 else ''}")
    if hours:
        parts.append(f"{hours} h")
    if rest and not days:
        parts.append(f"{rest} min")
    return f"handed in {' '.join(parts)} late"

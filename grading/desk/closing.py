"""Close a module and open it again.

Closing takes the release out of the exchange: nobody fetches it any more, and nobody hands
it in by the usual way. Whoever puts a folder into the exchange all the same is not
collected, unless an extension says so. While an extension runs, the release stays in the
exchange, because nbgrader hands in only what is there; collecting still looks at the time.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from course.errors import CourseError
from grading.cohort.store import one_writer
from grading.desk import diary, extensions, store
from grading.limits import MAX_DEPTH, MAX_ENTRIES
from grading.state import COURSE_ID, GradingState

TABLE = "closed"
# copying a large folder into the exchange takes its time
GRACE = timedelta(minutes=5)


def closed_since(state: GradingState, assignment: str) -> datetime | None:
    """Return when a module was closed, in UTC; None while it is open."""
    entry = store.read(state, TABLE).get(assignment)
    if entry is None:
        return None
    try:
        return datetime.fromisoformat(entry["at"]).astimezone(UTC)
    except (KeyError, TypeError, ValueError):
        raise CourseError(
            f"closed.json: the entry of {assignment} cannot be read.",
            f"Open the module again: python3 -m grading reopen {assignment}.",
        ) from None


def outbound(state: GradingState, assignment: str) -> Path:
    """Return where a released module lies in the exchange."""
    return state.exchange / COURSE_ID / "outbound" / assignment


def close(state: GradingState, name: str, *, why: str = "") -> list[str]:
    """Close a module now; closing twice keeps the first moment.

    Parameters
    ----------
    state : GradingState
        The course.
    name : str
        The module's id, or its number.
    why : str
        For the diary.

    Returns
    -------
    list of str
        What the host should know, such as who still has time.

    Raises
    ------
    CourseError
        The module was never released.
    """
    from grading.release import load_template

    assignment = state.assignment_folder(name).name
    load_template(state, assignment)
    at = datetime.now(UTC).isoformat(timespec="seconds")
    with store.changing(state, TABLE) as table:
        is_new = assignment not in table
        table.setdefault(assignment, {"at": at, "by": diary.instructor()})
    # also by the run after one that was killed here
    if is_new or diary.last(state, ("close", "reopen"), assignment).get("what") != "close":
        diary.note(state, "close", module=assignment, why=why)
    return keep_exchange(state, assignment)


def reopen(state: GradingState, name: str, *, why: str = "") -> list[str]:
    """Open a closed module again: it is in the exchange, and every hand-in is collected.

    Parameters
    ----------
    state, name, why
        As for :func:`close`.

    Returns
    -------
    list of str
        What the host should know.
    """
    from grading.release import load_template

    assignment = state.assignment_folder(name).name
    load_template(state, assignment)
    forget_closing(state, assignment, why=why)
    return keep_exchange(state, assignment)


def forget_closing(state: GradingState, assignment: str, *, why: str = "") -> None:
    """Take the mark away; a release does so too."""
    with store.changing(state, TABLE) as table:
        was_closed = table.pop(assignment, None) is not None
    if was_closed:
        diary.note(state, "reopen", module=assignment, why=why)


def keep_exchange(
    state: GradingState, assignment: str, *, now: datetime | None = None
) -> list[str]:
    """Make the exchange hold what it should: the release of what is open or extended.

    Parameters
    ----------
    state : GradingState
        The course.
    assignment : str
        The module's id.
    now : datetime, optional
        The clock's when left out.

    Returns
    -------
    list of str
        Why a closed module is still in the exchange; else nothing.
    """
    with one_writer(state, "desk-exchange"):
        if closed_since(state, assignment) is None:
            _put(state, assignment)
            return []
        now = now or datetime.now(UTC)
        running = {s: u for s, u in extensions.given(state, assignment).items() if u > now}
        if not running:
            _take_away(state, assignment)
            return []
        _put(state, assignment)
    names = ", ".join("everybody" if s == extensions.EVERYBODY else s for s in sorted(running))
    last = max(running.values())
    return [
        f"It stays in the exchange while an extension runs: {names}, until "
        f"{extensions._shown(last)}. Nobody else's hand-in is collected."
    ]


def _was_released(state: GradingState, assignment: str) -> bool:
    return state.folder("release", ".", assignment).is_dir()


def _put(state: GradingState, assignment: str) -> None:
    """Put what was released into the exchange where it is not; also after half of it was put."""
    from grading.gradebook import must_succeed, open_api

    begun = store.folder(state) / f"putting-{assignment}"
    there = outbound(state, assignment).is_dir()
    if (there and not begun.exists()) or not _was_released(state, assignment):
        return
    if there:
        _take_away(state, assignment)
    begun.touch()
    must_succeed(
        open_api(state).release_assignment(assignment),
        f"{assignment} could not be put into the exchange {state.exchange}",
        "Check that the folder can be written, or set COURSE_EXCHANGE.",
    )
    begun.unlink()


def _take_away(state: GradingState, assignment: str) -> None:
    """Take a module out of the exchange in one step, so that nobody fetches half of it."""
    place = outbound(state, assignment)
    beside = place.parent.with_name(f".closing-{assignment}")  # not among what is released
    try:
        if os.path.lexists(beside):  # of a run that was killed
            shutil.rmtree(beside)
        if os.path.lexists(place):
            os.rename(place, beside)
            shutil.rmtree(beside, ignore_errors=True)
    except OSError as error:
        raise CourseError(
            f"{assignment} cannot be taken out of the exchange ({error.strerror}): trainees can "
            "still fetch it. What they hand in from now on is not collected.",
            f"Look at the rights of {place.parent}, then close it again.",
        ) from None


def too_late(state: GradingState, assignment: str) -> Callable[[str, datetime, str], str]:
    """Return a function that says why a hand-in is not collected, or ``""``.

    Its arguments: the student, the moment in the folder's name, the folder's path. The name
    is made by the trainee's own process and can lie; when the folder or anything in it last
    changed is written by the file system, and nobody but the administrator can set it back.
    """
    limit_of = last_moment(state, assignment)

    def why(student: str, moment: datetime, path: str) -> str:
        limit = limit_of(student)
        if limit is None:
            return ""
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
        changed = datetime.fromtimestamp(_last_change(path), UTC)
        if moment > limit:
            return f"{student} handed in after {assignment} was closed."
        if changed > limit + GRACE:
            return (
                f"{student} handed in after {assignment} was closed, by the clock of the "
                "exchange; the folder's name says another time."
            )
        return ""

    return why


def last_moment(state: GradingState, assignment: str) -> Callable[[str], datetime | None]:
    """Return a function from a student to the end of their time, None while a module is open."""
    closed = closed_since(state, assignment)
    more = extensions.given(state, assignment) if closed else {}

    def limit(student: str) -> datetime | None:
        return max(closed, extensions.until(more, student) or closed) if closed else None

    return limit


def _last_change(path: str) -> float:
    """Return when a hand-in last changed: the folder, or what is collected of it.

    Who writes into a file of it leaves the time of the folder as it is.
    """
    last, looked, waiting = os.lstat(path).st_ctime, 0, [(path, 0)]
    while waiting:
        folder, depth = waiting.pop()
        with suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                looked += 1
                if looked > MAX_ENTRIES:
                    return last
                status = entry.stat(follow_symlinks=False)
                last = max(last, status.st_ctime)
                if stat.S_ISDIR(status.st_mode) and depth < MAX_DEPTH:
                    waiting.append((entry.path, depth + 1))
    return last

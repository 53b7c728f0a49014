"""Who was there: a log that is only ever appended to, one line per mark.

``attendance.jsonl`` in the state. A correction is a new line; the last line of a person
and a session counts. A line that a killed process left half-written was never said: it is
cut off before the next one is written.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course.errors import CourseError, UsageError
from grading.account import account_name
from grading.cohort.roster import participants
from grading.cohort.store import one_writer
from grading.state import GradingState

if TYPE_CHECKING:
    import pandas as pd

FILE = "attendance.jsonl"
COLUMNS = ("student_id", "session_id", "present", "minutes", "late_min", "by", "time", "programme")
_MOST = 1_000_000  # lines; a course of a thousand people and fifty sessions has 50,000


@dataclass(frozen=True)
class Mark:
    """One mark: a person was or was not in a session.

    Attributes
    ----------
    student_id, programme, session_id : str
        Who, and in which session of which programme.
    present : bool
        There, even if late.
    late_min : float
        Minutes missed at the beginning.
    minutes : float
        Minutes attended by the programme as it was then.
    by, time : str
        Who wrote it, and when (ISO, UTC).
    source : str
        The sheet it came from, as a hash; empty for a mark by command.
    """

    student_id: str
    programme: str
    session_id: str
    present: bool
    late_min: float = 0.0
    minutes: float = 0.0
    by: str = ""
    time: str = ""
    source: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """Return what the last mark counts of: programme, session, person."""
        return (self.programme, self.session_id, self.student_id)


def log_path(state: GradingState) -> Path:
    """Return where the log of a state lies."""
    return state.base / FILE


def log(state: GradingState) -> list[Mark]:
    """Return every mark ever made, oldest first.

    Raises
    ------
    CourseError
        A line within the log cannot be read: somebody edited the file.
    """
    try:
        data = log_path(state).read_bytes()
    except FileNotFoundError:
        return []
    *lines, _torn = data.split(b"\n")
    marks = []
    for number, line in enumerate(lines[:_MOST], start=1):
        mark = _read(line)
        if mark is None:
            raise CourseError(
                f"{FILE}, line {number} cannot be read.",
                "Put the line back from a copy; the log is only ever appended to.",
            )
        marks.append(mark)
    return marks


def _read(line: bytes) -> Mark | None:
    try:
        raw = json.loads(line)
        mark = Mark(**raw)
    except (ValueError, TypeError, RecursionError):
        return None
    texts = (mark.student_id, mark.programme, mark.session_id, mark.by, mark.time, mark.source)
    numbers = (mark.late_min, mark.minutes)
    if not all(isinstance(t, str) for t in texts) or not isinstance(mark.present, bool):
        return None
    good = all(isinstance(n, int | float) and not isinstance(n, bool) and n >= 0 for n in numbers)
    return mark if good else None


def attendance(state: GradingState, programme: str | None = None) -> pd.DataFrame:
    """Return the last word on each person and session.

    Parameters
    ----------
    state : GradingState
        The course.
    programme : str, optional
        Only its sessions.

    Returns
    -------
    DataFrame
        One row per person and session with ``student_id, session_id, present, minutes,
        late_min, by, time, programme``; empty when nothing was marked.
    """
    import pandas as pd

    rows = [m for m in latest(log(state)).values() if programme in (None, m.programme)]
    return pd.DataFrame([{c: getattr(m, c) for c in COLUMNS} for m in rows], columns=list(COLUMNS))


def latest(marks: Iterable[Mark]) -> dict[tuple[str, str, str], Mark]:
    """Return the mark that counts by programme, session and person."""
    return {m.key: m for m in marks}


def minutes_of(session: Any, mark: Mark) -> float:
    """Return the minutes a mark is worth in a session as the programme has it now."""
    return max(0.0, float(session.minutes) - mark.late_min) if mark.present else 0.0


def mark(
    state: GradingState,
    programme: Any,
    session_id: str,
    present: Iterable[str] = (),
    *,
    absent: Iterable[str] = (),
    late: dict[str, float] | None = None,
    by: str = "",
    now: datetime | None = None,
) -> list[Mark]:
    """Write marks of one session; what already stands is not written again.

    Parameters
    ----------
    state : GradingState
        The course.
    programme : Programme
        Whose session it is.
    session_id : str
        Such as ``d2-3``.
    present, absent : iterable of str
        Student ids.
    late : dict, optional
        Student id -> minutes missed at the beginning; they were present.
    by : str
        Who says so; the account of this computer when left out.
    now : datetime, optional
        When; for tests and the demo.

    Returns
    -------
    list of Mark
        What was written now.

    Raises
    ------
    UsageError
        The session or somebody is unknown, or a person is named twice. Nothing is written.
    """
    late = dict(late or {})
    wanted = [Mark(s, programme.id, session_id, True) for s in present if s not in late]
    wanted += [Mark(s, programme.id, session_id, False) for s in absent]
    wanted += [Mark(s, programme.id, session_id, True, minutes) for s, minutes in late.items()]
    faults = check(state, programme, wanted)
    if faults:
        raise UsageError(" ".join(dict.fromkeys(faults.values())), "Nothing was written.")
    return append(state, programme, wanted, by=by, now=now)


def check(state: GradingState, programme: Any, marks: list[Mark]) -> dict[int, str]:
    """Return position -> sentence of each mark that cannot be one."""
    people = {p.student_id for p in participants(state, programme=programme.id)}
    sessions = {s.id: s for s in programme.sessions}
    seen: dict[tuple[str, str], int] = {}
    faults: dict[int, str] = {}
    for n, one in enumerate(marks):
        session = sessions.get(one.session_id)
        if session is None:
            faults[n] = f"{programme.id} has no session {one.session_id[:40]!r}."
        elif not session.attended:
            faults[n] = f"{session.id} ({session.title}) is not counted for attendance."
        elif one.student_id not in people:
            faults[n] = f"{one.student_id[:60]!r} does not take part in {programme.id}."
        elif not 0 <= one.late_min <= session.minutes:
            faults[n] = (
                f"{one.student_id} was {one.late_min:g} minutes late; {session.id} has "
                f"{session.minutes}."
            )
        elif (one.session_id, one.student_id) in seen:
            faults[n] = f"{one.student_id} is named twice for {session.id}."
        seen.setdefault((one.session_id, one.student_id), n)
    return faults


def append(
    state: GradingState,
    programme: Any,
    marks: list[Mark],
    *,
    by: str = "",
    source: str = "",
    now: datetime | None = None,
) -> list[Mark]:
    """Add checked marks to the log in one write; returns those that say something new."""
    moment = (now or datetime.now(UTC)).isoformat(timespec="seconds")
    who = by or account_name() or f"user {os.getuid()}"
    sessions = {s.id: s for s in programme.sessions}
    with one_writer(state, "attendance"):
        before = log(state)
        stands = latest(before)
        # a sheet that is read again must not undo a correction made since
        told = {m.key for m in before if source == m.source}
        new = []
        for one in marks:
            old = stands.get(one.key)
            if old and (old.present, old.late_min) == (one.present, one.late_min):
                continue
            if source and one.key in told:
                continue
            minutes = minutes_of(sessions[one.session_id], one)
            new.append(Mark(one.student_id, programme.id, one.session_id, one.present,
                            float(one.late_min), minutes, who, moment, source))  # fmt: skip
        if new:
            _write(log_path(state), new)
    return new


def _write(path: Path, marks: list[Mark]) -> None:
    lines = "".join(json.dumps(asdict(m), ensure_ascii=False) + "\n" for m in marks)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(handle, "r+b") as file:
        whole = file.read()
        file.seek(whole.rfind(b"\n") + 1)
        file.truncate()
        file.write(lines.encode("utf-8"))
        file.flush()
        os.fsync(file.fileno())

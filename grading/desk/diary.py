"""Who did what, when and why: one line per change, added at the end and never rewritten."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from grading.account import account_name
from grading.cohort.people import clean_cell
from grading.cohort.store import one_writer
from grading.desk.store import FOLDER, folder
from grading.state import GradingState

FILE = "diary.jsonl"
BY = "COURSE_INSTRUCTOR"  # the desk says with it for whom it runs a command


_ACTING: ContextVar[str] = ContextVar("acting", default="")


@contextmanager
def acting_as(name: str) -> Iterator[None]:
    """Say who gives the commands of a block, in a service that works for several people."""
    token = _ACTING.set(name)
    try:
        yield
    finally:
        _ACTING.reset(token)


def instructor() -> str:
    """Return who gives the command: as the desk says, else the account's name."""
    given = clean_cell(_ACTING.get() or os.environ.get(BY, ""))
    if given:
        return given[:100]
    if name := account_name():
        return name
    return f"account {os.getuid()}" if hasattr(os, "getuid") else "unknown"


def note(state: GradingState, what: str, *, by: str = "", **more: Any) -> dict[str, Any]:
    """Add a line.

    Parameters
    ----------
    state : GradingState
        The course.
    what : str
        One word: extend, close, reopen, regrade.
    by : str
        Who did it; :func:`instructor` when left out.
    **more : Any
        Plain data: module, student, why, before, after.

    Returns
    -------
    dict
        The line as it was written.
    """
    at = datetime.now(UTC).isoformat(timespec="seconds")
    entry = {"at": at, "by": by or instructor(), "what": what, **more}
    line = (json.dumps(entry, ensure_ascii=False, default=str) + "\n").encode("utf-8", "replace")
    path = folder(state) / FILE
    with one_writer(state, "desk-diary"):
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            end = os.lseek(handle, 0, os.SEEK_END)
            if end and os.pread(handle, 1, end - 1) != b"\n":  # a killed run left half a line
                line = b"\n" + line
            os.write(handle, line)
            os.fsync(handle)
        finally:
            os.close(handle)
    return entry


def last(
    state: GradingState, what: Collection[str], module: str, student: str = ""
) -> dict[str, Any]:
    """Return the newest line of some kinds on a module, or on one student in it; else nothing.

    Parameters
    ----------
    state : GradingState
        The course.
    what : collection of str
        Kinds of lines.
    module, student : str
        On whom; the student as it was noted.
    """
    found = [e for e in entries(state, module=module) if e.get("what") in what
             and student in ("", e.get("student"))]  # fmt: skip
    return found[-1] if found else {}


def entries(
    state: GradingState, *, module: str = "", student: str = "", what: str = ""
) -> list[dict[str, Any]]:
    """Return the lines, oldest first; a line that a killed run left half-written is skipped.

    Parameters
    ----------
    state : GradingState
        The course.
    module, student, what : str
        Only lines on these; a line for everybody is on each student.
    """
    try:
        raw = (state.base / FOLDER / FILE).read_bytes()
    except OSError:
        return []
    found = []
    # not splitlines: a reason may hold other signs that end a line
    for line in raw.split(b"\n"):
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if not isinstance(entry, dict):
            continue
        if (module and entry.get("module") != module) or (what and entry.get("what") != what):
            continue
        if student and entry.get("student") not in (student, "*"):
            continue
        found.append(entry)
    return found

"""What was run again before: one line per hand-in, so that a killed run is finished later."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from course import whole_files
from grading.reproduce.verdict import Reproduced
from grading.state import GradingState


def _path(state: GradingState, assignment: str) -> Path:
    return state.base / "reproduced" / f"{assignment}.jsonl"


def load(state: GradingState, assignment: str) -> dict[str, Reproduced]:
    """Return the last run of each student; the last line of a student counts.

    A line that a killed run left half-written is ignored: that hand-in is run again.
    """
    try:
        lines = _path(state, assignment).read_bytes().split(b"\n")
    except OSError:
        return {}
    found = {}
    for line in lines:
        try:
            entry = Reproduced(**json.loads(line))
        except (ValueError, TypeError):
            continue
        found[entry.student] = entry
    return found


def append(state: GradingState, assignment: str, entries: list[Reproduced]) -> None:
    """Add runs at the end of the file, in one write each time."""
    path = _path(state, assignment)
    path.parent.mkdir(parents=True, exist_ok=True)
    if os.name == "posix":
        path.parent.chmod(0o700)
    with path.open("ab") as file:
        # begins with a line's end: a half-written line before it must not swallow this one
        file.write(b"\n" + b"".join(_line(entry) for entry in entries))
        file.flush()
        os.fsync(file.fileno())


def save(state: GradingState, assignment: str, entries: dict[str, Reproduced]) -> None:
    """Write all runs anew, one line per student."""
    lines = b"".join(_line(entry) for _, entry in sorted(entries.items()))
    whole_files.write(_path(state, assignment), lines)


def _line(entry: Reproduced) -> bytes:
    return json.dumps(asdict(entry), ensure_ascii=True).encode("ascii") + b"\n"


def fits(last: Reproduced | None, now: dict[str, Any], *, jailed: bool) -> bool:
    """Say whether a run still holds.

    Parameters
    ----------
    last : Reproduced or None
        The run before.
    now : dict
        ``content, template, course, cities, team`` as they are now, and ``bounds``.
    jailed : bool
        Whether a run now would be jailed. What ran outside a jail is then run again.
    """
    if last is None or last.status in ("waiting", "no start") or (jailed and not last.jailed):
        return False
    about = ("content", "template", "course", "cities", "team")
    if any(getattr(last, name) != now[name] for name in about):
        return False
    # other limits can only matter where one was reached, or an error may have come of one
    came_to_its_end = not last.stopped and all(o["outcome"] != "error" for o in last.outcomes)
    return came_to_its_end or last.bounds == now["bounds"]

"""Logs that are only ever appended to: marks, decisions, presentations, peer reviews.

One JSON object per line. A line that a killed run left half-written is ignored, and the
next append begins on a line of its own. Nothing is ever changed or taken out.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from course.errors import CourseError
from grading.state import GradingState

FOLDER = "plans"
MARKS, PRESENTED, PEERS = "marks.jsonl", "presented.jsonl", "peers.jsonl"


def folder(state: GradingState) -> Path:
    """Return the private folder of the plans' logs, made where it is missing."""
    path = state.base / FOLDER
    path.mkdir(parents=True, exist_ok=True)
    if os.name == "posix":
        path.chmod(0o700)
    return path


def read(state: GradingState, name: str) -> list[dict[str, Any]]:
    """Return the lines of a log, oldest first; none where there is no log."""
    try:
        raw = (state.base / FOLDER / name).read_bytes()
    except FileNotFoundError:
        return []
    found = []
    for line in raw.split(b"\n"):
        try:
            entry = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(entry, dict):
            found.append(entry)
    return found


def append(
    state: GradingState, name: str, entries: Iterable[Mapping[str, Any]], *,
    now: datetime | None = None,
) -> int:  # fmt: skip
    """Add lines in one write and see them on the disk.

    Returns
    -------
    int
        How many were added.

    Raises
    ------
    CourseError
        The folder cannot be written.
    """
    stamp = (now or datetime.now(UTC)).isoformat(timespec="seconds")
    rows = [{"time": stamp, **entry} for entry in entries]
    if not rows:
        return 0
    text = "".join(json.dumps(row, ensure_ascii=True, allow_nan=False) + "\n" for row in rows)
    path = folder(state) / name
    try:
        with path.open("ab") as file:
            # a torn line of a killed run must not swallow the first new one
            if file.tell() and not _ends_well(path):
                file.write(b"\n")
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise CourseError(
            f"{path} cannot be written: {error.strerror}.", "Check the state folder."
        ) from None
    return len(rows)


def _ends_well(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"

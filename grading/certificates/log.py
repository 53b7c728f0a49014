"""The append-only log: one JSON line per thing done, on the disk before it counts.

A line counts when its last letter, the newline, is written. Each line holds a hash of itself
and of the line before it, so that a line changed, lost or put in later is noticed. A run killed
while writing leaves half a line without a newline; it never counted and is cut off by the
next run.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from course.errors import CourseError
from grading.certificates import folder as folders

FIRST = "0" * 64
KINDS = ("settings", "key", "issue", "reissue", "revoke", "forget")
_REMEDY = "Put back the copy of the certificates folder from your last backup."


def clock(now: datetime | None = None) -> datetime:
    """Return a moment as the log and credentials hold it: UTC, in whole seconds."""
    return (now or datetime.now(UTC)).astimezone(UTC).replace(microsecond=0)


def rewritten(path: Path, change: Callable[[str, dict[str, Any]], dict[str, Any]]) -> bytes:
    """Return a log in which what lines say was changed, chained anew from the first line.

    For :mod:`grading.certificates.erasing` alone: what was said of a person is taken out,
    and a line of its own says that it was.

    Parameters
    ----------
    path : Path
        The log; a damaged one raises as when it is read.
    change : callable
        Takes what a line is about and its data, returns its data.
    """
    lines, last = [], FIRST
    for event in Log(path).events:
        entry = {
            "n": event.n, "at": event.at.isoformat(), "by": event.by, "what": event.what,
            "data": change(event.what, event.data), "prev": last,
        }  # fmt: skip
        line = json.dumps({**entry, "sum": _sum(entry)}, sort_keys=True).encode()
        lines.append(line + b"\n")
        last = hashlib.sha256(line).hexdigest()
    return b"".join(lines)


def _sum(entry: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(entry, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Event:
    """One line of the log.

    Attributes
    ----------
    n : int
        Number of the line, from 1.
    at : datetime
        When, with its time zone.
    by : str
        The account that ran the command.
    what : str
        One of ``KINDS``.
    data : dict
        What belongs to it.
    """

    n: int
    at: datetime
    by: str
    what: str
    data: dict[str, Any]


class Log:
    """The log file of one host.

    Parameters
    ----------
    path : Path
        ``log.jsonl``; a missing file is an empty log.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._last = FIRST
        self._size = 0
        self.events: list[Event] = []
        self._read()

    def _read(self) -> None:
        try:
            raw = self.path.read_bytes()
        except FileNotFoundError:
            return
        except OSError as error:
            raise CourseError(
                f"The certificate log {self.path} cannot be read: {error.strerror}.", _REMEDY
            ) from None
        self._size = raw.rfind(b"\n") + 1
        for n, line in enumerate(raw[: self._size].split(b"\n")[:-1], start=1):
            self.events.append(self._event(n, line))
            self._last = hashlib.sha256(line).hexdigest()

    def _event(self, n: int, line: bytes) -> Event:
        try:
            entry = json.loads(line)
            if entry.pop("sum") != _sum(entry):
                raise ValueError
            if entry["prev"] != self._last or entry["n"] != n or entry["what"] not in KINDS:
                raise ValueError
            at = datetime.fromisoformat(entry["at"])
            if at.tzinfo is None or not isinstance(entry["data"], dict):
                raise ValueError
            return Event(n, at, str(entry["by"]), entry["what"], entry["data"])
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise CourseError(
                f"Line {n} of the certificate log {self.path} was changed or is damaged; "
                "nothing is issued or revoked on top of it.",
                _REMEDY,
            ) from None

    def cut_half_line(self) -> bool:
        """Cut off what a killed run left half written; say whether there was something.

        Only for the holder of the lock.
        """
        if not self.path.exists() or self.path.stat().st_size <= self._size:
            return False
        with self.path.open("r+b") as file:
            file.truncate(self._size)
            file.flush()
            os.fsync(file.fileno())
        return True

    def append(self, what: str, data: Mapping[str, Any], *, by: str, now: datetime) -> Event:
        """Write one line and wait until it is on the disk.

        Parameters
        ----------
        what : str
            One of ``KINDS``.
        data : mapping
            What belongs to it, as JSON can hold it.
        by : str
            Who.
        now : datetime
            When, with its time zone.

        Returns
        -------
        Event
            The line; it counts from here on.
        """
        n = len(self.events) + 1
        entry = {
            "n": n, "at": now.isoformat(), "by": by, "what": what, "data": dict(data),
            "prev": self._last,
        }  # fmt: skip
        line = json.dumps({**entry, "sum": _sum(entry)}, sort_keys=True).encode()
        event = self._event(n, line)  # what could not be read back is never written
        new = not self.path.exists()
        handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "ab") as file:
            file.write(line + b"\n")
            file.flush()
            os.fsync(file.fileno())
        if new:
            folders.sync(self.path.parent)
        self.events.append(event)
        self._last = hashlib.sha256(line).hexdigest()
        self._size += len(line) + 1
        return event

"""Copy a folder that somebody else may change while it is read.

Each folder and each file is opened by its name below a folder that is already open, never
by a path: a folder swapped for a link at the last moment leads nowhere. What was opened is
looked at again before one byte is copied, and never more is copied than was allowed.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbgrader.utils import ignore_patterns

from grading.intake import Note
from grading.limits import (
    MAX_DEPTH,
    MAX_ENTRIES,
    MAX_FILE_MB,
    MAX_FILES,
    MAX_HAND_IN_MB,
    MAX_NOTEBOOK_MB,
    MAX_NOTES,
)

MB = 1_000_000
# Windows has none of these; a course there has one account and no hub.
_SAFE = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_BY_FOLDER = os.open in os.supports_dir_fd and os.scandir in os.supports_fd


class TooLate(PermissionError):
    """A file changed after the time was over."""


@dataclass
class _Work:
    target: str
    skip: Callable[[str, list[str]], set[str]]
    owner: int | None
    until: float | None = None
    notes: list[Note] = field(default_factory=list)
    files: int = 0
    entries: int = 0
    size: int = 0

    def note(self, name: str, sentence: str) -> None:
        if len(self.notes) < MAX_NOTES:
            self.notes.append(("", f"{name[:80]!r} {sentence}"))
        elif len(self.notes) == MAX_NOTES:
            self.notes.append(("", "More was left out; it is not listed."))


def copy_plain(
    source: str, target: str, *, ignore: list[str], log: Any, owner: int | None = None,
    until: float | None = None,
) -> list[Note]:  # fmt: skip
    """Copy the ordinary files of a folder and name what was left out.

    Parameters
    ----------
    source, target : str
        Folders; the target is made.
    ignore : list of str
        Name patterns to leave out silently.
    log : logging.Logger
        nbgrader's.
    owner : int, optional
        The account that must own the folder and everything in it: on a hub nobody hands in
        what belongs to somebody else. Without it nothing is compared.
    until : float, optional
        Seconds of the system's clock: a file that changed later spoils the whole folder.

    Returns
    -------
    list of (str, str)
        Notes for the report.

    Raises
    ------
    OSError
        The folder cannot be opened, or is a link by now.
    PermissionError
        It belongs to another account than `owner`, or was changed after `until`.
    """
    os.makedirs(target, exist_ok=True)
    work = _Work(target, ignore_patterns(exclude=ignore, log=log), owner, until)
    if not _BY_FOLDER:
        _copy_folder(work, source, None, source, ".", 0)
        return work.notes
    handle = os.open(source, os.O_RDONLY | os.O_DIRECTORY | _SAFE)
    try:
        if owner is not None and os.fstat(handle).st_uid != owner:
            raise PermissionError("the folder changed hands while it was read")
        _copy_folder(work, source, handle, source, ".", 0)
    finally:
        os.close(handle)
    return work.notes


def _copy_folder(
    work: _Work, path: str, handle: int | None, source: str, relative: str, depth: int
) -> None:
    """Copy one folder, given as an open handle where the system has such, and those below."""
    with os.scandir(path if handle is None else handle) as found:
        names = sorted(entry.name for entry, _ in zip(found, range(MAX_ENTRIES), strict=False))
    left_out = set(work.skip(path, names))
    for name in names:
        work.entries += 1
        if work.entries > MAX_ENTRIES:
            work.note(relative, "holds more than can be read; the rest was not collected.")
            return
        if name in left_out:
            continue
        at = {} if handle is None else {"dir_fd": handle}
        where = os.path.join(path, name) if handle is None else name
        try:
            status = os.stat(where, follow_symlinks=False, **at)
            if stat.S_ISDIR(status.st_mode):
                if depth < MAX_DEPTH:
                    _go_down(work, where, at, source, os.path.join(relative, name), depth)
            else:
                _copy_file(work, where, at, name, os.path.join(relative, name), status)
        except TooLate:
            raise
        except OSError as error:
            work.note(name, f"could not be read ({error.strerror}).")


def _go_down(
    work: _Work, where: str, at: dict[str, int], source: str, relative: str, depth: int
) -> None:
    path = os.path.join(source, relative)
    if not at:
        _copy_folder(work, path, None, source, relative, depth + 1)
        return
    handle = os.open(where, os.O_RDONLY | os.O_DIRECTORY | _SAFE, **at)
    try:
        _copy_folder(work, path, handle, source, relative, depth + 1)
    finally:
        os.close(handle)


def _copy_file(
    work: _Work, where: str, at: dict[str, int], name: str, relative: str, status: os.stat_result
) -> None:
    sentence = _why_not(work, name, status)
    if sentence:
        work.note(name, sentence)
        return
    handle = os.open(where, os.O_RDONLY | _SAFE, **at)
    with os.fdopen(handle, "rb") as read:
        status = os.fstat(read.fileno())  # by now it may be another file
        sentence = _why_not(work, name, status)
        if sentence:
            work.note(name, sentence)
            return
        made = Path(os.path.normpath(os.path.join(work.target, relative)))
        made.parent.mkdir(parents=True, exist_ok=True)
        left = status.st_size  # what is written at its end meanwhile is not waited for
        with made.open("wb") as write:
            while left > 0 and (piece := read.read(min(left, 1 << 20))):
                write.write(piece)
                left -= len(piece)
        if work.until is not None and os.fstat(read.fileno()).st_ctime > work.until:
            raise TooLate(f"{name[:80]!r} was changed after the module was closed")
    work.files += 1
    work.size += status.st_size


def _why_not(work: _Work, name: str, status: os.stat_result) -> str:
    """Return why a file is not collected, or ``""``."""
    megabytes = status.st_size / MB
    limit = MAX_NOTEBOOK_MB if name.lower().endswith(".ipynb") else MAX_FILE_MB
    if stat.S_ISLNK(status.st_mode):
        return "is a link; it was not followed."
    if not stat.S_ISREG(status.st_mode):
        return "is no ordinary file; it was left alone."
    if work.owner is not None and (status.st_uid != work.owner or status.st_nlink > 1):
        return "belongs to somebody else; it was not collected."
    if megabytes > limit:
        return f"has {megabytes:.0f} MB, more than {limit} MB; it was not collected."
    if work.files >= MAX_FILES or work.size / MB + megabytes > MAX_HAND_IN_MB:
        return "was not collected; the hand-in is too large."
    return ""

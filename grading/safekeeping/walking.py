"""Walk through folders that others may change meanwhile, and never follow a link.

Trainees own their homes and what they put into the exchange. A folder swapped for a link
at the right moment must not lead root to another file: every step is taken from an open
folder to a name in it, and a name that is a link is not opened.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from grading.safekeeping import leaving_out as out

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK  # a pipe must not make anybody wait


@dataclass(frozen=True)
class Found:
    """A file or folder on the way.

    Attributes
    ----------
    path : str
        As in the backup.
    where : Path
        On the disk.
    status : os.stat_result
        As it was met.
    handle : int or None
        The open folder it lies in, good until the walk goes on; None: the walk's beginning.
    """

    path: str
    where: Path
    status: os.stat_result
    handle: int | None

    @property
    def is_folder(self) -> bool:
        """Say whether it is a folder."""
        return stat.S_ISDIR(self.status.st_mode)

    def open(self) -> int:
        """Open the file itself, never what a link of its name points at."""
        return os.open(self.where.name, _FILE, dir_fd=self.handle)


Leave = Callable[[str, str], None]


def walk(
    folder: Path, path: str, leave: Leave, *, deep: bool = True, skip: Collection[Path] = (),
    below: Path | None = None,
) -> Iterator[Found]:  # fmt: skip
    """Yield a folder and what is in it: first itself, then files, then folders, by name.

    Parameters
    ----------
    folder : Path
        Where to begin; a missing one yields nothing.
    path : str
        What it is called in the backup.
    leave : callable
        Told the path and the reason of everything left out.
    deep : bool
        Go into folders below; otherwise they are yielded and not entered.
    skip : collection of Path
        Folders that are passed by without a word.
    below : Path, optional
        A folder above ``folder`` whose name nobody else can change: the way from there is gone
        step by step too, and through no link.
    """
    try:
        handle = _opened(folder, below or folder)
    except FileNotFoundError:
        return
    except OSError as error:
        leave(path, out.UNREADABLE if isinstance(error, PermissionError) else out.LINK)
        return
    try:
        yield Found(path, folder, os.fstat(handle), None)
        yield from _inside(handle, folder, path, leave, deep, skip, 0)
    finally:
        os.close(handle)


def _opened(folder: Path, below: Path) -> int:
    handle = os.open(below, _FOLDER)
    for part in folder.relative_to(below).parts:
        try:
            inner = os.open(part, _FOLDER, dir_fd=handle)
        finally:
            os.close(handle)
        handle = inner
    return handle


def _inside(
    handle: int, folder: Path, path: str, leave: Leave, deep: bool, skip: Collection[Path],
    depth: int,
) -> Iterator[Found]:  # fmt: skip
    below = []
    for name in sorted(os.listdir(handle)):
        at = f"{path}/{name}"
        if skip and folder / name in skip:
            continue
        try:
            status = os.stat(name, dir_fd=handle, follow_symlinks=False)
        except FileNotFoundError:
            continue  # gone since; the folder is looked at again later
        kind, reason = status.st_mode, out.why(at)
        if not reason and stat.S_ISLNK(kind):
            reason = out.LINK
        if not reason and not (stat.S_ISREG(kind) or stat.S_ISDIR(kind)):
            reason = out.SPECIAL
        if reason:
            leave(at, reason)
        elif stat.S_ISDIR(kind):
            below.append((name, status))
        else:
            yield Found(at, folder / name, status, handle)
    for name, status in below:
        at = f"{path}/{name}"
        if depth >= out.DEEPEST:
            leave(at, out.TOO_DEEP)
            continue
        yield Found(at, folder / name, status, handle)
        if not deep:
            continue
        try:
            inner = os.open(name, _FOLDER, dir_fd=handle)
        except FileNotFoundError:
            continue
        except OSError as error:
            leave(at, out.UNREADABLE if isinstance(error, PermissionError) else out.LINK)
            continue
        try:
            yield from _inside(inner, folder / name, at, leave, deep, skip, depth + 1)
        finally:
            os.close(inner)


def levels(top: Path) -> Iterator[tuple[Path, list[str]]]:
    """Yield each folder below a folder, itself first, with the names of its files, in order.

    What is no folder counts as a file; links are not followed. A folder that cannot be opened is
    passed by. Python's own ``os.walk`` calls itself once more for each folder in a folder, and
    ends where somebody has nested a thousand of them.
    """
    waiting = [top]
    while waiting:
        folder = waiting.pop()
        inside, files = [], []
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    (inside if entry.is_dir(follow_symlinks=False) else files).append(entry.name)
        except OSError:
            continue
        yield folder, sorted(files)
        waiting += [folder / name for name in sorted(inside, reverse=True)]

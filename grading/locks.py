"""Locks on files: for one process at a time, and free again when it ends, however it ends.

A lock belongs to the open file. It is given back when the last copy of its handle is closed,
also that of a program which was started with it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from course.errors import CourseError

_PAUSE_S = 0.05


def try_lock(handle: int, *, shared: bool = False) -> bool:
    """Take the lock of an open file without waiting.

    Parameters
    ----------
    handle : int
        Of a file.
    shared : bool
        Together with others that share it; nobody has it alone meanwhile. On Windows alone.

    Returns
    -------
    bool
        False where somebody else has it.
    """
    try:
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def try_until(handle: int, patience: float, *, shared: bool = False) -> bool:
    """Take the lock of an open file as `try_lock`; wait so many seconds for it."""
    end = time.monotonic() + patience
    while not try_lock(handle, shared=shared):
        if time.monotonic() > end:
            return False
        time.sleep(_PAUSE_S)
    return True


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Let one process at a time run the block; who comes second waits.

    Parameters
    ----------
    lock : Path
        The file, in a folder that is there.
    """
    handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if os.name == "nt":
            try_until(handle, float("inf"))
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@contextmanager
def held(
    lock: Path, *, taken: CourseError, unwritable: Callable[[str], CourseError]
) -> Iterator[None]:
    """Hold a lock while the block runs; who comes second is told so and does not wait.

    Parameters
    ----------
    lock : Path
        The file; its folder is made where there is none.
    taken : CourseError
        Raised where somebody else holds it.
    unwritable : callable
        Gives what is raised where the file cannot be opened, from the system's reason.
    """
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise unwritable(str(error.strerror)) from None
    try:
        if not try_lock(handle):
            raise taken
        yield
    finally:
        os.close(handle)

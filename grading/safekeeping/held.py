"""A lock file that one process holds: who comes second is told so and does not wait."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from course.errors import CourseError


@contextmanager
def held(
    lock: Path, *, taken: CourseError, unwritable: Callable[[str], CourseError]
) -> Iterator[None]:
    """Hold a lock while the block runs; it dies with its process.

    Parameters
    ----------
    lock : Path
        The file; its folder is made where there is none.
    taken : CourseError
        Raised where somebody else holds it.
    unwritable : callable
        Gives what is raised where the file cannot be opened, from the system's reason.
    """
    import fcntl

    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise unwritable(str(error.strerror)) from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise taken from None
        yield
    finally:
        os.close(handle)

"""Give folders to an account, as root, without being led elsewhere by what lies there.

State and exchange belong to the host's number, and so do the names in them: a folder can be
exchanged for a link at any moment. So each is opened below the open folder that holds it, no link
is followed, and owner and mode are changed on what is open.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from course.errors import CourseError

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def folder(top: Path, parts: Iterable[str], uid: int, mode: int) -> None:
    """Make a folder where there is none, and give it its owner and its mode.

    Parameters
    ----------
    top : Path
        A folder whose name root alone can change.
    parts : iterable of str
        The way from there, one name each; missing folders are made. None: ``top`` itself.
    uid : int
        User and group.
    mode : int
        Of the last one.

    Raises
    ------
    CourseError
        A link or a file lies on the way; nothing behind it was touched.
    """
    way = top
    at = os.open(top, _FOLDER)
    try:
        for part in parts:
            way = way / part
            with suppress(FileExistsError):
                os.mkdir(part, 0o700, dir_fd=at)
            inner = _opened(part, at, way)
            os.close(at)
            at = inner
        os.fchown(at, uid, uid)
        os.fchmod(at, mode)
    finally:
        os.close(at)


def _opened(part: str, at: int, way: Path) -> int:
    try:
        return os.open(part, _FOLDER, dir_fd=at)
    except OSError:
        raise CourseError(
            f"{way} is a link or a file, and the hub needs a folder there.",
            "Find out who put it there; move it away and start the hub again.",
        ) from None


def everything(top: Path, uid: int) -> None:
    """Give all that lies below a folder to an account; links themselves, not what they name.

    Parameters
    ----------
    top : Path
        A folder whose name root alone can change.
    uid : int
        User and group.
    """
    for _, folders, files, at in os.fwalk(top):
        for name in (*folders, *files):
            with suppress(FileNotFoundError):  # gone meanwhile
                if os.stat(name, dir_fd=at, follow_symlinks=False).st_uid != uid:
                    os.chown(name, uid, uid, dir_fd=at, follow_symlinks=False)

"""Writing a page or calendar where a person asks for it, and never over something else.

An ``--out`` that names a notebook by mistake would cost the work in it. So the name must
have the ending of what is written, and a file that is there already is replaced only when it
begins like one this command writes.
"""

from __future__ import annotations

from pathlib import Path

from course.errors import CourseError, UsageError

_LOOKED_AT = 4_096  # bytes; what says whose file it is stands at its beginning


def check(path: Path, *, endings: tuple[str, ...], mark: bytes, what: str) -> Path:
    """Return the place of a file that may be written, or say why it may not.

    Parameters
    ----------
    path : Path
        As the person gave it; ``~`` is their home.
    endings : tuple of str
        Endings such a file has, in small letters, the usual one first.
    mark : bytes
        What stands at the beginning of every such file.
    what : str
        What is written, such as "a calendar".

    Raises
    ------
    UsageError
        The name has another ending.
    CourseError
        There is a folder or another file of that name.
    """
    target = path.expanduser()
    if target.is_dir():
        raise CourseError(f"{target} is a folder.", "Give the name of a file in it.")
    if target.suffix.lower() not in endings:
        raise UsageError(
            f"{target.name} is no name of {what}.", f"Give a name that ends in {endings[0]}."
        )
    try:
        with target.open("rb") as file:
            ours = mark in file.read(_LOOKED_AT)
    except FileNotFoundError:
        return target
    except OSError as error:
        raise CourseError(
            f"{target} cannot be written: {error.strerror}.", "Choose another name."
        ) from None
    if not ours:
        raise CourseError(
            f"{target} is there already and is not {what} of the course.",
            "It stays as it is. Choose another name.",
        )
    return target


def write(target: Path, content: bytes) -> None:
    """Write a file beside its place and move it there; its folder is made.

    Parameters
    ----------
    target : Path
        As `check` returned it.
    content : bytes
        The whole file.

    Raises
    ------
    CourseError
        It cannot be written there; what stood there stays.
    """
    from course import whole_files

    try:
        whole_files.write(target, content)
    except OSError as error:
        raise CourseError(
            f"{target} cannot be written: {error.strerror}.",
            "Close it in other programs, or choose another folder.",
        ) from None

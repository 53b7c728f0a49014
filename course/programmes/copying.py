"""A new programme by copying one: its text with its comments, under a name of its own."""

from __future__ import annotations

import os
import re
from pathlib import Path

from course import whole_files
from course.errors import CourseError, UsageError
from course.paths import state_dir
from course.programmes import folders


def new(name: str, *, source: Path, title: str = "", replace: bool = False) -> Path:
    """Copy a programme's file and return the path of the copy.

    Parameters
    ----------
    name : str
        Of the new programme.
    source : Path
        The file to copy.
    title : str
        What people read; "" keeps the other's.
    replace : bool
        Write over an own programme of that name.

    Returns
    -------
    Path
        In the first folder of ``COURSE_PROGRAMMES``, else in the state folder.

    Raises
    ------
    UsageError
        The name cannot be one or is taken.
    """
    if not folders.good_name(name):
        raise UsageError(
            f"{name[:60]!r} cannot name a programme.",
            "Use lower case letters, digits and _, such as busan_2027.",
        )
    if (folders.bundled() / f"{name}.yml").exists():
        raise UsageError(f"{name!r} comes with the course.", "Choose another name.")
    target = _folder() / f"{name}.yml"
    if target.exists() and not replace:
        raise UsageError(f"{target} exists.", "Choose another name, or say --replace.")
    text = source.read_text(encoding="utf-8-sig")
    text, found = re.subn(r"(?m)^id:.*$", f"id: {name}", text, count=1)
    if not found:
        raise CourseError(f"{source} has no 'id'.", "Copy another programme.")
    if title:
        quoted = title.replace("\\", "\\\\").replace('"', '\\"')
        line = f'title: "{" ".join(quoted.split())}"'
        text = re.sub(r"(?m)^title:.*$", lambda _: line, text, count=1)
    target.parent.mkdir(parents=True, exist_ok=True)
    whole_files.write(target, text.encode("utf-8"))
    return target


def _folder() -> Path:
    given = [p for p in os.environ.get("COURSE_PROGRAMMES", "").split(os.pathsep) if p]
    return Path(given[0]).expanduser() if given else state_dir() / "programmes"

"""What a host says to its trainees: a line above everything else on the home page.

On a hub a folder that the host alone writes is seen in the trainee's room; ``COURSE_NOTICES``
names it, and ``COURSE_RELEASED`` the folder of the modules that can be fetched. Elsewhere there is
none of them.
"""

from __future__ import annotations

import os
from pathlib import Path

from course.home.pieces import card, text

LONGEST = 300


def files() -> list[Path]:
    """Return the files with a notice each, in the order of their names."""
    folder = os.environ.get("COURSE_NOTICES")
    return sorted(Path(folder).glob("*/*.txt")) if folder else []


def stamps() -> list[Path]:
    """Return the files and folders whose change calls for a new page."""
    released = os.environ.get("COURSE_RELEASED")
    return [*files(), *([Path(released)] if released else [])]


def read(folder: Path) -> tuple[str, ...]:
    """Return the notices; none where there is no host, or nothing to say.

    Parameters
    ----------
    folder : Path
        The workspace.
    """
    found = []
    for path in files():
        try:
            line = " ".join(path.read_text(encoding="utf-8").split())[:LONGEST]
        except (OSError, ValueError):
            continue
        if line:
            found.append(line)
    waiting = to_fetch(folder)
    if waiting:
        found.append(
            f"Released and not yet in your folder: {', '.join(waiting)}. "
            "Open the menu Nbgrader, then Assignment List, and press Fetch."
        )
    return tuple(found)


def to_fetch(folder: Path) -> list[str]:
    """Return the titles of modules that are released and not in the workspace."""
    from course.errors import CourseError
    from course.questions import load_module

    released = os.environ.get("COURSE_RELEASED")
    found = []
    for path in sorted(Path(released).glob("*/module.yml")) if released else []:
        if (folder / "modules" / path.parent.name).exists():
            continue
        try:
            found.append(load_module(path.parent).title)
        except (CourseError, OSError):
            found.append(path.parent.name)
    return found


def block(said: tuple[str, ...]) -> str:
    """Return the notices as a framed block; "" where there is nothing to say."""
    if not said:
        return ""
    lines = "".join(f'<p style="font-size: 15px; margin: 4px 0">{text(line)}</p>' for line in said)
    return f'<div style="max-width: 1120px; margin-bottom: 16px">{card(lines)}</div>'

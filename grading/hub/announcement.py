"""One line that everybody sees: on the hub's pages and on the course home page."""

from __future__ import annotations

import html
import os
from contextlib import nullcontext
from unicodedata import category

from course import whole_files
from course.errors import UsageError
from grading.hub import numbers
from grading.hub.folder import HubFolder

LONGEST = 300


def read(folder: HubFolder | None = None) -> str:
    """Return the line, "" where there is none."""
    path = (folder or HubFolder.default()).announcement
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(handle, encoding="utf-8") as file:
            return " ".join(file.read(4 * LONGEST).split())[:LONGEST]
    except (OSError, ValueError):
        return ""


def write(text: str, *, folder: HubFolder | None = None) -> str:
    """Set the line; an empty one takes it away.

    Parameters
    ----------
    text : str
        Plain text; signs of HTML are shown as they are.
    folder : HubFolder, optional
        The hub's; None: the one the environment names.

    Raises
    ------
    UsageError
        The text is too long for one line, or there is no hub.
    """
    folder = folder or HubFolder.default()
    folder.must_stand()
    path = folder.announcement
    # what ends a line or steers a terminal is no text; half a sign of two cannot be written
    plain = "".join(" " if category(sign) in ("Cc", "Cs") else sign for sign in text)
    line = " ".join(plain.split())
    if len(line) > LONGEST:
        raise UsageError(
            f"The announcement has {len(line)} letters, more than {LONGEST}.", "Write less."
        )
    folder.state.mkdir(parents=True, exist_ok=True)
    # the desk changes it under the host's number: what it left there must lead root nowhere.
    # Of these folders the state alone has a name that the host cannot change.
    owner = folder.state.stat().st_uid
    with numbers.files_as(owner) if _is_root() and owner else nullcontext():
        path.parent.mkdir(exist_ok=True)
        whole_files.write(path, line + "\n" if line else "")
        path.chmod(0o644)
    return line


class Line:
    """The announcement as a template shows it: read anew for each page."""

    def __init__(self, folder: HubFolder) -> None:
        self._folder = folder

    def __bool__(self) -> bool:
        return bool(read(self._folder))

    def __str__(self) -> str:
        return read(self._folder)

    def __html__(self) -> str:
        return html.escape(read(self._folder))


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0

"""Where the desk keeps what nbgrader has no place for: small tables, each replaced as a whole."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from course import whole_files
from course.errors import CourseError
from grading.cohort.store import one_writer
from grading.state import GradingState

FOLDER = "desk"


def folder(state: GradingState) -> Path:
    """Return the desk's folder in the state, private to the host; it is made when missing."""
    path = state.base / FOLDER
    path.mkdir(parents=True, exist_ok=True)
    if os.name == "posix":
        path.chmod(0o700)
    return path


def read(state: GradingState, name: str) -> dict[str, Any]:
    """Return a table.

    Parameters
    ----------
    state : GradingState
        The course.
    name : str
        The table's name, without ending.

    Returns
    -------
    dict
        Empty where the table was never written.

    Raises
    ------
    CourseError
        The file is damaged: to go on without it would take an extension from somebody.
    """
    path = state.base / FOLDER / f"{name}.json"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise CourseError(
            f"The file {path} cannot be read.", "Restore it from a backup, or delete it."
        )
    return content


@contextmanager
def changing(state: GradingState, name: str) -> Iterator[dict[str, Any]]:
    """Give a table to one writer at a time and write it when the block ends well."""
    folder(state)
    with one_writer(state, f"desk-{name}"):
        content = read(state, name)
        before = json.dumps(content, sort_keys=True)
        yield content
        if json.dumps(content, sort_keys=True) != before:
            write(state, name, content)


def write(state: GradingState, name: str, content: dict[str, Any]) -> None:
    """Replace a table; the caller is its one writer."""
    text = json.dumps(content, ensure_ascii=False, indent=1)
    path = whole_files.write(folder(state) / f"{name}.json", text + "\n")
    path.chmod(0o600)

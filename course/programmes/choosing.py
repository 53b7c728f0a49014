"""Which programme is meant: the host's, the workspace's, one by its name or its path."""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path

from course.errors import CourseError, UsageError
from course.programmes import clock, folders

DEFAULT = "self_paced"


def wanted(folder: Path | None) -> tuple[str, date | None]:
    """Return the programme to open and its start: the host's word, else the workspace's."""
    kept, start = stored(folder)
    name = os.environ.get("COURSE_PROGRAMME") or kept or DEFAULT
    given = os.environ.get("COURSE_PROGRAMME_START")
    if given:
        start = clock.iso_date(given)
        if start is None:
            raise UsageError(
                f"COURSE_PROGRAMME_START is {given[:40]!r}.", "Write a date such as 2027-04-05."
            )
    elif name != kept:
        start = None
    return name, start


def stored(folder: Path | None = None) -> tuple[str, date | None]:
    """Return the programme and start that a workspace remembers, ("", None) for none."""
    from course.paths import workspace_dir

    try:
        text = ((folder or workspace_dir()) / "profile.json").read_text(encoding="utf-8")
        profile = json.loads(text)
    except (OSError, ValueError):
        return "", None
    if not isinstance(profile, dict) or not isinstance(profile.get("programme"), str):
        return "", None
    return profile["programme"], clock.iso_date(profile.get("programme_start"))


def find(name: str | Path) -> Path:
    """Return the file of a programme, looked up by name or given by path."""
    import difflib

    text = os.fspath(name)
    path = Path(text).expanduser()
    if isinstance(name, Path) or path.suffix in (".yml", ".yaml") or "/" in text:
        if path.is_file():
            return path.resolve()
        raise CourseError(f"{text[:200]} does not exist.", "Give the path of a programme's file.")
    known = folders.files()
    if text in known:
        return known[text]
    near = difflib.get_close_matches(text, known, n=1)
    remedy = f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(sorted(known))}."
    raise UsageError(f"There is no programme {text[:60]!r}.", remedy)

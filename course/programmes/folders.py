"""Where programmes are looked for, first match wins."""

from __future__ import annotations

import os
import re
from pathlib import Path

from course import paths

SITES = "sites"
# Words that Windows keeps for devices; a file of that name cannot be made there.
_DEVICES = {"con", "prn", "aux", "nul"} | {f"{d}{n}" for d in ("com", "lpt") for n in range(10)}


def bundled() -> Path:
    """Return the folder of the programmes that come with the course."""
    return Path(__file__).resolve().parent


def folders() -> list[Path]:
    """Return ``COURSE_PROGRAMMES``, the workspace's, the state's and the course's folder."""
    given = [
        Path(p).expanduser() for p in os.environ.get("COURSE_PROGRAMMES", "").split(os.pathsep) if p
    ]
    own = [paths.workspace_dir() / "programmes", paths.state_dir() / "programmes"]
    return [*given, *own, bundled()]


def good_name(name: object) -> bool:
    """Say whether a word can name a programme: lower case, digits, low lines.

    Examples
    --------
    >>> good_name("busan_2027"), good_name("../x"), good_name("sites")
    (True, False, False)
    """
    fits = isinstance(name, str) and re.fullmatch(r"[a-z][a-z0-9_]{0,59}", name) is not None
    return bool(fits and name != SITES and name not in _DEVICES)


def files() -> dict[str, Path]:
    """Return the programme files by name; an own one of a name goes before the course's."""
    found: dict[str, Path] = {}
    for folder in folders():
        try:
            here = sorted(folder.glob("*.yml"))
        except OSError:
            continue
        for path in here:
            if good_name(path.stem):
                found.setdefault(path.stem, path)
    return found

"""Where packs are: bundled, in the workspace, in the state folder, or anywhere else."""

from __future__ import annotations

import json
import os
from pathlib import Path

from course import paths
from course.calling import call
from course.city import storage
from course.errors import CourseError

DEFAULT_CITY = "seoul"


def find_city(name: str | os.PathLike[str] | None = None) -> Path:
    """Return the folder of a pack.

    Parameters
    ----------
    name : str or path, optional
        A folder, or the name of a pack in ``COURSE_CITIES``, the workspace, the state
        folder or the bundled packs, in this order. None: ``COURSE_CITY``, else the
        workspace's city, else seoul.

    Raises
    ------
    CourseError
        No such pack; the message lists the packs there are.
    """
    text = os.fspath(name) if name is not None else default_city()
    direct = Path(text).expanduser()
    if (direct / storage.DATAPACKAGE).is_file():
        return direct.resolve()
    if text and not any(mark in text for mark in ("/", "\\", "\x00")) and text[0] != ".":
        for folder in paths.cities_dirs():
            # ".NAME.old" is the pack whose replacement was killed between two moves.
            for candidate in (folder / text, folder / f".{text}.old"):
                if (candidate / storage.DATAPACKAGE).is_file():
                    return candidate.resolve()
    names = ", ".join(sorted({path.name for path in list_packs()})) or "none"
    raise CourseError(
        f"There is no city pack {text!r}.",
        f"Packs found: {names}. Add one with '{call('course city add')} NAME feed.zip'.",
    )


def default_city() -> str:
    """Return the city that is meant when none is named."""
    given = os.environ.get("COURSE_CITY")
    if given:
        return given
    try:
        profile = json.loads((paths.workspace_dir() / "profile.json").read_text("utf-8"))
        city = profile.get("city") if isinstance(profile, dict) else None
    except (OSError, ValueError):
        city = None
    return city if isinstance(city, str) and city else DEFAULT_CITY


def list_packs() -> list[Path]:
    """Return the folders of all packs, each name once, in the order of search."""
    found: dict[str, Path] = {}
    for folder in paths.cities_dirs():
        if folder.is_dir():
            for path in sorted(folder.iterdir()):
                # A leading dot marks an import under way.
                if not path.name.startswith(".") and (path / storage.DATAPACKAGE).is_file():
                    found.setdefault(path.name, path.resolve())
    return list(found.values())

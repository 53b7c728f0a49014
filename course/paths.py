"""Where the kit keeps things: state, cache, the learner's workspace, city packs."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

APP = "smart-city-course"
ROOT = Path(__file__).resolve().parent.parent


def _user_dir(linux_variable: str, linux_default: str, mac: str, windows: str) -> Path:
    """Return the user's folder of one kind; standard library only, for the bootstrap."""
    if sys.platform == "win32":
        base = os.environ.get(windows) or str(Path.home() / "AppData" / "Local")
        return Path(base) / APP
    if sys.platform == "darwin":
        return Path.home() / "Library" / mac / APP
    return Path(os.environ.get(linux_variable) or Path.home() / linux_default) / APP


def state_dir() -> Path:
    """Return the folder of everything that must be kept (``COURSE_STATE``)."""
    given = os.environ.get("COURSE_STATE")
    if given:
        return Path(given).expanduser().resolve()
    return _user_dir("XDG_DATA_HOME", ".local/share", "Application Support", "LOCALAPPDATA")


def cache_dir() -> Path:
    """Return the folder of what can be made again (``COURSE_CACHE``)."""
    given = os.environ.get("COURSE_CACHE")
    if given:
        return Path(given).expanduser().resolve()
    base = _user_dir("XDG_CACHE_HOME", ".cache", "Caches", "LOCALAPPDATA")
    return base / "cache" if sys.platform == "win32" else base


def is_workspace(folder: Path) -> bool:
    """Say whether a folder is a learner's workspace."""
    try:
        profile = json.loads((folder / "profile.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(profile, dict) and profile.get("course_workspace") is True


def workspace_dir() -> Path:
    """Return the learner's workspace: ``COURSE_WORKSPACE``, a parent folder, or the default."""
    given = os.environ.get("COURSE_WORKSPACE")
    if given:
        return Path(given).expanduser().resolve()
    here = Path.cwd()
    for folder in (here, *here.parents):
        if is_workspace(folder):
            return folder
    default = Path.home() / APP
    # A clone of the repository may carry the same name; work must not mix with it.
    return default if default != ROOT else default.with_name(f"{APP}-work")


def bundled_cities_dir() -> Path:
    """Return the folder of the packs that come with the course."""
    installed = Path(__file__).resolve().parent / "_datasets"
    return installed if installed.is_dir() else ROOT / "datasets"


def cities_dirs() -> list[Path]:
    """Return the folders searched for city packs, first match wins."""
    given = [
        Path(p).expanduser() for p in os.environ.get("COURSE_CITIES", "").split(os.pathsep) if p
    ]
    return [*given, workspace_dir() / "cities", state_dir() / "cities", bundled_cities_dir()]

"""Where everything of a course lies: state, exchange, hub, and databases with an address."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course import paths
from course.errors import UsageError
from grading.state import GradingState

HUB_DEFAULT = "/srv/smart-city-course"
HUB_SETTINGS = "hub.yml"
HOMES = "homes"
ASIDE = "before-restore-"  # what a restore moved out of the way begins with this


@dataclass(frozen=True)
class Database:
    """A database that lies outside the folders.

    Attributes
    ----------
    name : str
        ``gradebook`` or ``followup``.
    kind : str
        ``sqlite`` or ``postgresql``.
    address : str
        A file, or a PostgreSQL address without its password.
    """

    name: str
    kind: str
    address: str


@dataclass(frozen=True)
class Layout:
    """Where one course lies.

    Attributes
    ----------
    state : Path
        ``COURSE_STATE``: grading state, follow-up, own cities and programmes.
    exchange : Path or None
        Where it lies outside the state.
    hub : Path or None
        The hub's folder, where there is a hub.
    databases : tuple of Database
        Those that are no file below a folder.
    secrets : frozenset of str
        Files with secrets that ``hub.yml`` names, as paths of a backup.
    """

    state: Path
    exchange: Path | None = None
    hub: Path | None = None
    databases: tuple[Database, ...] = ()
    secrets: frozenset[str] = frozenset()

    @property
    def grading(self) -> Path:
        """Return the base of the grading state."""
        return self.state / "grading"

    def roots(self) -> dict[str, Path]:
        """Return the folders by the name they have in a backup."""
        found = {"state": self.state, "exchange": self.exchange, "hub": self.hub}
        return {name: folder for name, folder in found.items() if folder is not None}


def find(*, hub: bool = True) -> Layout:
    """Return the layout that the environment describes.

    Parameters
    ----------
    hub : bool
        Look for a hub: ``COURSE_HUB``, or for root the usual folder where one is set up.
        Its ``state/`` is the state unless ``COURSE_STATE`` names another.

    Raises
    ------
    UsageError
        ``COURSE_HUB`` names no hub.
    """
    folder = _hub() if hub else None
    if folder is not None and not os.environ.get("COURSE_STATE"):
        os.environ["COURSE_STATE"] = str(folder / "state")
    state = paths.state_dir()
    grading = GradingState.default()
    outside = None if grading.exchange.is_relative_to(state) else grading.exchange
    if outside is not None and folder is not None and outside.is_relative_to(folder):
        outside = None  # it comes along with the hub's folder
    return Layout(state, outside, folder, _databases(grading, state, folder), _secrets(folder))


def _hub() -> Path | None:
    given = os.environ.get("COURSE_HUB")
    if given:
        return Path(given).expanduser().resolve()
    usual = Path(HUB_DEFAULT)
    if os.name == "posix" and os.geteuid() == 0 and not os.environ.get("COURSE_STATE"):
        return usual if (usual / HUB_SETTINGS).is_file() else None
    return None


def _databases(grading: GradingState, state: Path, hub: Path | None) -> tuple[Database, ...]:
    said = {
        "gradebook": grading.gradebook or _named_in_settings(hub) or grading.db_url,
        "followup": os.environ.get("COURSE_FOLLOWUP_DB", ""),
    }
    found = []
    for name, address in said.items():
        kind, where = _kind(address)
        inside = [f for f in (state, hub) if f is not None]
        if kind == "sqlite" and any(Path(where).is_relative_to(f) for f in inside):
            continue  # copied where it lies
        if kind:
            found.append(Database(name, kind, where))
    return tuple(found)


def _settings(hub: Path | None) -> dict[str, Any]:
    import yaml

    try:
        said = yaml.safe_load((hub / HUB_SETTINGS).read_text(encoding="utf-8")) if hub else {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return {}
    return said if isinstance(said, dict) else {}


def _named_in_settings(hub: Path | None) -> str:
    """Return the address of the gradebook that a hub's settings name, "" for none."""
    named = _settings(hub).get("gradebook_file")
    if hub is None or not isinstance(named, str) or not named:
        return ""
    try:
        return (hub / named).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _secrets(hub: Path | None) -> frozenset[str]:
    """Return the files with secrets that a hub's settings name, as paths of a backup."""
    found = set()

    def look(said: Any) -> None:
        for key, value in said.items():
            if isinstance(value, dict):
                look(value)
            elif isinstance(value, str) and value and str(key).endswith(("_file", "tls_key")):
                found.add(f"hub/{value}")

    look(_settings(hub))
    return frozenset(found)


def _kind(address: str) -> tuple[str, str]:
    """Return the kind of a database and its file or address; nothing for none."""
    if not address:
        return "", ""
    scheme, mark, rest = address.partition("://")
    if not mark:
        return "sqlite", str(Path(address).expanduser().resolve())
    scheme = scheme.partition("+")[0]
    if scheme == "sqlite":
        file = rest.partition("?")[0]
        return "sqlite", str(Path(file[1:] if file.startswith("/") else file).resolve())
    if scheme in ("postgresql", "postgres"):
        from grading.gradebook_address import plain

        return "postgresql", plain(address)
    raise UsageError(
        f"A backup cannot hold a database of the kind {scheme}.",
        "Use SQLite or PostgreSQL.",
    )


def hub_runs(hub: Path | None) -> bool:
    """Say whether a hub is at work on a folder: it holds a lock as long as it lives."""
    import fcntl

    try:
        handle = os.open(hub / "run" / "lock", os.O_RDONLY) if hub else -1
    except OSError:
        return False
    if handle < 0:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False

"""Where everything of a course lies: state, exchange, hub, and databases with an address."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from course import paths
from course.errors import CourseError, UsageError
from grading.locks import held
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
        ``gradebook``, ``followup`` or ``hub``.
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

    """
    folder = _hub() if hub else None
    if folder is not None and not os.environ.get("COURSE_STATE"):
        os.environ["COURSE_STATE"] = str(folder / "state")
    state = paths.state_dir()
    grading = GradingState.default()
    outside = None if grading.exchange.is_relative_to(state) else grading.exchange
    if outside is not None and folder is not None and outside.is_relative_to(folder):
        outside = None  # it comes along with the hub's folder
    layout = Layout(state, outside, folder, _databases(grading, state, folder))
    return replace(layout, secrets=_secrets(layout))


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
        # where the hub keeps its accounts on a server, as in a cluster
        "hub": os.environ.get("COURSE_HUB_DATABASE", ""),
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


def settings(hub: Path | None) -> dict[str, Any] | None:
    """Return the settings of a hub as they stand there; None where they cannot be read."""
    import yaml

    from course import strict_yaml

    try:
        text = (hub / HUB_SETTINGS).read_text(encoding="utf-8") if hub else ""
        said = yaml.load(text, strict_yaml.Loader)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError, yaml.YAMLError):
        return None
    return said if isinstance(said, dict) else {} if said is None else None


def _named_in_settings(hub: Path | None) -> str:
    """Return the address of the gradebook that a hub's settings name, "" for none."""
    named = (settings(hub) or {}).get("gradebook_file")
    if hub is None or not isinstance(named, str) or not named:
        return ""
    try:
        return (hub / named).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _secrets(layout: Layout) -> frozenset[str]:
    """Return the files with secrets that a hub's settings name, as paths of a backup."""
    found: set[str] = set()
    hub = layout.hub
    if hub is None:
        return frozenset()
    # the state may lie below the hub: the innermost folder is the one it is copied with
    roots = sorted(layout.roots().items(), key=lambda one: -len(one[1].parts))

    def note(value: str) -> None:
        # ./name, a whole path and a way by a link are the same file
        for path in (Path(os.path.normpath(hub / value)), Path(os.path.realpath(hub / value))):
            inside = [f"{n}/{path.relative_to(f)}" for n, f in roots if path.is_relative_to(f)]
            found.update(inside[:1])

    def look(said: Any, depth: int = 0) -> None:
        for key, value in said.items():
            if isinstance(value, dict) and depth < 5:
                look(value, depth + 1)
            elif isinstance(value, str) and value and str(key).endswith(("_file", "tls_key")):
                note(value)

    look(settings(hub) or {})
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


@contextmanager
def hub_still(hub: Path | None) -> Iterator[None]:
    """Keep a hub from starting on a folder: it holds this lock itself as long as it lives.

    Parameters
    ----------
    hub : Path or None
        The hub's folder; nothing is done without one.

    Raises
    ------
    UsageError
        A hub is at work on the folder.
    CourseError
        The lock cannot be written there.
    """
    from grading.hub.folder import HubFolder
    from grading.hub.preparing import sign_of_life

    if hub is None:
        yield
        return
    lock = sign_of_life(HubFolder(hub, hub / "state"))
    taken = UsageError("The hub is running.", "Stop it, run the command again, then start the hub.")

    def unwritable(why: str) -> CourseError:
        return CourseError(
            f"Nothing can be written in {lock.parent} ({why}).",
            "Use the account that runs the hub: root.",
        )

    with held(lock, taken=taken, unwritable=unwritable):
        yield


def must_be_a_hub(hub: Path | None) -> None:
    """Refuse a folder in which there is no hub: a mistyped one would give an empty backup.

    Raises
    ------
    UsageError
        ``COURSE_HUB`` names a folder without settings and without a table of numbers.
    """
    if hub is not None and not any((hub / n).is_file() for n in (HUB_SETTINGS, "accounts.json")):
        raise UsageError(
            f"There is no hub in {hub}.", "Let COURSE_HUB name its folder, or leave it unset."
        )


def settings_must_be_known(hub: Path | None) -> None:
    """Refuse a hub whose settings do not say where its gradebook and its secrets are.

    Raises
    ------
    CourseError
        ``hub.yml`` is no YAML, or the file with the gradebook's address cannot be read.
    """
    said = settings(hub)
    if said is None:
        raise CourseError(
            f"{HUB_SETTINGS} of the hub cannot be read, so nobody knows which files are secret.",
            "Mend it first: python3 -m grading hub check says the line.",
        )
    named = said.get("gradebook_file")
    try:
        if hub is not None and named:
            (hub / str(named)).read_text(encoding="utf-8")
    except (OSError, ValueError):
        raise CourseError(
            f"The gradebook_file of {HUB_SETTINGS} cannot be read, so the gradebook would be "
            "missing.",
            "Mend the setting or the file.",
        ) from None

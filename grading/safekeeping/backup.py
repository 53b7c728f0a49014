"""Make a backup: everything of a course in one file, consistent while the course runs.

The order is the promise. What says that a hand-in was scored (``scored/``) is copied
before the gradebook, and the gradebook before the notebooks: put back, a hand-in whose
score was on its way is scored again, never left out. The certificates are copied while
their lock is held. A folder that changed while it was copied is copied again.
"""

from __future__ import annotations

import os
import platform
import tempfile
import uuid
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import course
from course.errors import CourseError
from grading.account import account_name
from grading.safekeeping import databases, destination, keybox, manifest, people, quiet
from grading.safekeeping import leaving_out as out
from grading.safekeeping.copying import Copying
from grading.safekeeping.packing import Packing
from grading.safekeeping.places import HOMES, Layout, settings_must_be_known
from grading.safekeeping.walking import levels, walk

Progress = Callable[[Iterable[Any], int, str], Iterable[Any]]
ROUNDS = 3  # how often a folder that changed meanwhile is copied again
_PROGRAMS = ("nbgrader", "jupyterhub", "SQLAlchemy", "cryptography")


@dataclass(frozen=True)
class Made:
    """A backup that was made.

    Attributes
    ----------
    path : Path
        The file.
    manifest : Manifest
        What is in it.
    sha256, size : str, int
        Of the whole file.
    """

    path: Path
    manifest: manifest.Manifest
    sha256: str
    size: int


def make(
    target: Path, layout: Layout, *, homes: bool = False, passphrase: str | None = None,
    progress: Progress | None = None, now: datetime | None = None,
    patience: float = quiet.PATIENCE_S,
) -> Made:  # fmt: skip
    """Write a backup.

    Parameters
    ----------
    target : Path
        The file; it is written beside and moved there when it is whole.
    layout : Layout
        What to save.
    homes : bool
        Also the homes of the hub's trainees.
    passphrase : str, optional
        Seals the private keys; None leaves them out.
    progress : callable, optional
        Shows how far it is.
    now : datetime, optional
        When.
    patience : float
        Seconds to wait for commands that are writing.

    Returns
    -------
    Made
        ``manifest.complete`` says whether everything stood still long enough.

    Raises
    ------
    UsageError
        There is nothing to save, or the file would lie inside what it saves.
    CourseError
        A database cannot be copied, or the file cannot be written; no part of it is left.
    """
    target = target.absolute()
    destination.check(target, layout)
    settings_must_be_known(layout.hub)
    moment = (now or datetime.now(UTC)).astimezone(UTC).isoformat(timespec="seconds")
    listed = manifest.Manifest(id=uuid.uuid4().hex, made=moment, by=account_name(), homes=homes,
                               versions=_versions())  # fmt: skip
    beside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        destination.remove_old_parts(target)
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with (
            os.fdopen(handle, "wb") as file,
            tempfile.TemporaryDirectory(prefix=f".{target.name}.", suffix=f".{os.getpid()}.part",
                                        dir=target.parent) as room,
        ):  # fmt: skip
            packing = Packing(file, listed)
            _Work(packing, layout, Path(room), progress, patience).run(homes, passphrase)
            packing.close()
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, target)
    except OSError as error:
        raise CourseError(
            f"The backup {target.name} could not be written: {error.strerror or error}.",
            "Nothing of it was left. Make room, or name a file on another disk.",
        ) from None
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
    return Made(target, listed, packing.out.digest.hexdigest(), packing.out.size)


def _versions() -> dict[str, str]:
    found = {"course": course.__version__, "python": platform.python_version()}
    for name in _PROGRAMS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


class _Work:
    """One run: copies the parts in their order and notes what moved."""

    def __init__(
        self, packing: Packing, layout: Layout, room: Path, progress: Progress | None,
        patience: float,
    ) -> None:  # fmt: skip
        self.packing, self.layout, self.patience = packing, layout, patience
        self.listed, self.room = packing.manifest, room
        self.progress = progress
        self.keys: dict[str, bytes] = {}
        table = people.of(layout.hub)
        self.listed.host, self.listed.people = table.host, dict(table.people)
        self.copying = Copying(packing, room, people.owners(table))

    def run(self, homes: bool, passphrase: str | None) -> None:
        """Copy everything."""
        grading = self.layout.grading
        first = [("state/grading/scored", grading / "scored")]
        others = [p for p in quiet.locks(grading) if p.parent == grading]
        with quiet.still(others, self.patience) as busy:
            self.listed.incomplete += busy
            for path, folder in first:
                self._tree(path, folder)
            self._gradebook()
        self._certificates()
        for database in self.layout.databases:
            if database.name != "gradebook":
                self._database(database)
        for path, folder in self.layout.roots().items():
            self._tree(path, folder, without=[HOMES] if path == "hub" and not homes else [])
        self._again()
        self._keys(passphrase)
        self._finish(homes)

    def _gradebook(self) -> None:
        """Copy the gradebook right after ``scored/``, wherever it is kept."""
        for database in self.layout.databases:
            if database.name == "gradebook":
                self._database(database)
                return
        path, file = "state/grading/gradebook.db", self.layout.grading / "gradebook.db"
        if file.is_file():
            self.copying.sqlite(path, file, file.stat())

    def _certificates(self) -> None:
        folder = self.layout.grading / "certificates"
        locks = [p for p in quiet.locks(self.layout.grading) if p.parent == folder]
        with quiet.still(locks, self.patience) as busy:
            self.listed.incomplete += busy
            self._tree("state/grading/certificates", folder)

    def _tree(self, path: str, folder: Path, without: Iterable[str] = ()) -> None:
        away = [self.layout.state] if path == "hub" else []  # it is a root of its own
        copying = self.copying
        found = (
            f
            for f in walk(
                folder,
                path,
                self._leave,
                below=self._root(path),
                skip={*away, *(folder / n for n in without)},
            )
            if f.path not in copying.done
        )
        total = 0
        if self.progress is not None:
            total = sum(len(names) for _, names in levels(folder))
            found = self.progress(found, total, path.split("/")[-1])
        for one in found:
            if one.path in self.layout.secrets:
                self._leave(one.path, out.KEY)
            else:
                copying.take(one)

    def _root(self, path: str) -> Path:
        return self.layout.roots()[path.split("/")[0]]

    def _leave(self, path: str, reason: str) -> None:
        if path in self.copying.done:
            return
        self.copying.done.add(path)
        if reason == out.KEY:
            self.keys[path] = b""
        elif reason == out.UNREADABLE:
            self.listed.incomplete.append(f"{path} was left out: {reason}.")
        self.listed.left_out.append({"what": path, "why": reason})

    def _again(self) -> None:
        """Copy folders that changed once more; what never rests makes the backup incomplete."""
        copying = self.copying
        for _ in range(ROUNDS):
            moved = copying.moved()
            if not moved:
                break
            for path, folder in moved:
                copying.forget_files_of(path)
                for one in walk(folder, path, self._leave, deep=False, below=self._root(path)):
                    new = one.is_folder and one.path != path and one.path not in copying.folders
                    if new:
                        self._tree(one.path, one.where)
                    else:
                        copying.take(one)
        live = [p for p, _ in copying.moved() if not out.in_home(p)]
        self.listed.incomplete += [f"{path} kept changing while it was copied." for path in live]

    def _database(self, database: Any) -> None:
        made = self.room / database.name
        entry = {"name": database.name, "kind": database.kind}
        if database.kind == "postgresql":
            entry["server"] = databases.dump(database.address, made)
            revision = databases.revision_of_server(database.address)
        elif Path(database.address).is_file():
            databases.copy_sqlite(Path(database.address), made)
            revision = databases.revision_of_file(made)
        else:
            return
        entry["member"] = f"databases/{database.name}.{database.kind}"
        self.packing.add_path(entry["member"], made, made.stat())
        made.unlink()
        self.listed.schemas[database.name] = revision
        self.listed.databases.append(entry)

    def _keys(self, passphrase: str | None) -> None:
        found: dict[str, bytes] = {}
        for path in self.keys:
            root, _, rest = path.partition("/")
            folder = self.layout.roots()[root] / rest
            files = [folder] if folder.is_file() else sorted(folder.glob("*"))
            for file in files:
                if file.is_file() and not file.is_symlink():
                    below = file.relative_to(self.layout.roots()[root]).as_posix()
                    found[f"{root}/{below}"] = file.read_bytes()
        if not found:
            self.listed.keys = "none"
        elif passphrase is None:
            self.listed.keys = "left out"
        else:
            self.listed.keys = "sealed"
            self.packing.add_bytes(manifest.SEALED, keybox.seal(found, passphrase))
            self.listed.left_out = [e for e in self.listed.left_out if e["why"] != out.KEY]

    def _finish(self, homes: bool) -> None:
        self.copying.name_databases()
        if self.layout.hub is not None and not homes and (self.layout.hub / HOMES).is_dir():
            self.listed.left_out.append({"what": f"hub/{HOMES}", "why": "not asked for: --homes"})
        self.listed.incomplete = list(dict.fromkeys(self.listed.incomplete))
        self.listed.complete = not self.listed.incomplete

"""Put a backup back: the whole of it, or nothing.

Every hash is compared before anything is written. Then everything is written beside its
place, and only when all of it is there, moved. What lay in the place is moved aside and
kept. A run killed at any moment leaves the old course or, after the same command again,
the new one.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

from course.errors import CourseError, UsageError
from grading.hub import accounts
from grading.hub.accounts import Accounts
from grading.safekeeping import archive, databases, journal, keybox, manifest, people
from grading.safekeeping import serving as servers
from grading.safekeeping.archive import Checked, Progress
from grading.safekeeping.manifest import Manifest, Member
from grading.safekeeping.places import ASIDE, HOMES, Layout, hub_still

_NOTHING = {"last-error.txt", "lock"}  # files that do not make a state a course


@dataclass
class Restored:
    """What a restore did.

    Attributes
    ----------
    files : int
        Files put in place.
    aside : list of str
        Where the earlier course lies now.
    told : list of str
        What the host should know.
    finished : bool
        An interrupted restore was finished, nothing else done.
    """

    files: int = 0
    aside: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    finished: bool = False


def restore(
    file: Path, layout: Layout, *, replace: bool = False, incomplete: bool = False,
    with_keys: bool = True, first_uid: int | None = None, progress: Progress | None = None,
    now: datetime | None = None,
) -> Restored:  # fmt: skip
    """Put a backup in the place of a course.

    Parameters
    ----------
    file : Path
        The backup.
    layout : Layout
        Where the course is to lie.
    replace : bool
        There is a course already: move it aside.
    incomplete : bool
        Also a backup that calls itself incomplete.
    with_keys : bool
        Open the sealed keys; otherwise the rest is restored without them.
    first_uid : int, optional
        Number the people of the hub anew from here.
    progress : callable, optional
        Shows how far it is.
    now : datetime, optional
        When, for the names of what is moved aside.

    Raises
    ------
    UsageError
        A course stands in the place.
    CourseError
        The backup is damaged, newer than the programs, or does not fit here. Nothing was
        changed.
    """
    with journal.alone(layout.state), hub_still(layout.hub):
        begun = journal.load(layout.state)
        if begun is not None:
            return _finish(layout, begun, finished=True)
        _clear(layout)
        room = shutil.disk_usage(_there(layout.state)).free
        checked = archive.check(file, room=room, progress=progress)
        listed = checked.manifest
        _refuse(listed, layout, replace, incomplete)
        keys = _keys(checked, with_keys)
        steps = _Steps(checked, layout, _stamp(now), first_uid)
        try:
            steps.put_beside(keys, progress)
            steps.check_databases(replace)
        except BaseException as error:
            _clear(layout)
            if isinstance(error, OSError):
                raise CourseError(
                    f"The backup could not be written here: {error.strerror or error}.",
                    "Nothing was changed. Make room on this disk, or look at its rights.",
                ) from None
            raise
        journal.save(layout.state, steps.journal)
        return _finish(layout, steps.journal)


def _finish(layout: Layout, steps: journal.Journal, *, finished: bool = False) -> Restored:
    servers.fill(layout, steps)
    journal.carry_out(steps)
    journal.remove(layout.state)
    for room in steps.rooms:
        shutil.rmtree(room, ignore_errors=True)
    aside = [m.aside for m in steps.moves if os.path.lexists(m.aside)]
    return Restored(steps.files, aside, steps.told, finished)


def _stamp(now: datetime | None) -> str:
    return (now or datetime.now(UTC)).astimezone(UTC).strftime("%Y%m%d-%H%M%S")


def _there(folder: Path) -> Path:
    while not folder.exists():
        folder = folder.parent
    return folder


def _rooms(layout: Layout) -> list[tuple[str, Path]]:
    """Return where things are put together: on the disk of each place, to be moved in one step."""
    found = []
    for name, folder in layout.roots().items():
        base = folder if name == "hub" or os.path.ismount(folder) else folder.parent
        found.append((name, base / f".restoring-{folder.name}"))
    return found


def _clear(layout: Layout) -> None:
    """Remove what a killed run has put beside; nothing of it was in use."""
    for _, room in _rooms(layout):
        shutil.rmtree(room, ignore_errors=True)


def _refuse(listed: Manifest, layout: Layout, replace: bool, incomplete: bool) -> None:
    if not listed.complete and not incomplete:
        raise CourseError(
            "This backup calls itself incomplete: " + " ".join(listed.incomplete[:3]),
            "Use another one, or say --incomplete if it is the best there is.",
        )
    _known_schemas(listed.schemas)
    names = {m.path.split("/")[0] for m in listed.kept}
    if "hub" in names and layout.hub is None:
        raise UsageError(
            "The backup holds a hub, and no place for one is named.",
            "Name its folder: COURSE_HUB=/srv/smart-city-course.",
        )
    for name, folder in layout.roots().items():
        if name in names and not replace and not is_empty(folder):
            raise UsageError(
                f"There is a course in {folder} already; nothing was changed.",
                "With --replace it is moved aside and kept.",
            )


def is_empty(folder: Path) -> bool:
    """Say whether a folder holds no file of a course; empty folders and locks are none."""
    for where, folders, files in os.walk(folder):
        if Path(where) == folder:
            folders[:] = [f for f in folders if not f.startswith((ASIDE, ".restoring-"))]
        if any(f not in _NOTHING and not f.endswith((".lock", ".restore.json")) for f in files):
            return False
    return True


def _known_schemas(schemas: dict[str, str]) -> None:
    """Refuse tables that the installed programs do not know."""
    for name, revision in schemas.items():
        if revision and revision not in databases.known_revisions(name):
            raise CourseError(
                f"The database {name} of this backup is newer than the program installed here "
                f"(revision {revision[:40]}).",
                "Update the course, then run the command again. Nothing was changed.",
            )


def _keys(checked: Checked, wanted: bool) -> dict[str, bytes]:
    if checked.manifest.keys != "sealed" or not wanted:
        return {}
    box: list[bytes] = []

    def keep(member: Member, pieces: Iterator[bytes]) -> None:
        if member.path == manifest.SEALED and member.size <= keybox.LARGEST:
            box.extend(pieces)
        else:
            for _ in pieces:
                pass

    archive.unpack(checked, keep)
    return keybox.unseal(b"".join(box), keybox.ask())


class _Steps:
    """Everything up to the moment from which there is no way back."""

    def __init__(self, checked: Checked, layout: Layout, stamp: str, first_uid: int | None) -> None:
        self.checked, self.layout, self.first_uid = checked, layout, first_uid
        self.rooms = dict(_rooms(layout))
        self.rooms.setdefault("databases", self.rooms["state"] / ".databases")
        self.journal = journal.Journal(
            checked.manifest.id,
            stamp,
            rooms=[str(room) for room in self.rooms.values()],
            files=len(checked.manifest.kept),
        )
        self.table = Accounts(checked.manifest.host, dict(checked.manifest.people))

    def put_beside(self, keys: dict[str, bytes], progress: Progress | None) -> None:
        """Write all files beside their places, with their rights and owners."""
        listed = self.checked.manifest
        if self.first_uid is not None and self.table.host:
            self.table = people.renumbered(self.table, self.first_uid)
        folders = [f for f in listed.folders if f.path.split("/")[0] in self.rooms]
        for folder in folders:
            self._at(folder.path).mkdir(parents=True, exist_ok=True, mode=0o700)
        archive.unpack(self.checked, self._write, progress)
        whose = {f.path: f.owner for f in folders}
        for path, data in keys.items():
            target = self._at(path)
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as f:
                f.write(data)
            self._own(target, whose.get(path.rpartition("/")[0], ""), 0o600)
        self._renumber()
        # rights last and from the inside out: a folder may forbid its owner to write
        for folder in sorted(folders, key=lambda f: -f.path.count("/")):
            self._own(self._at(folder.path), folder.owner, folder.mode & ~0o4000)
        self._plan()
        self._tell(keys)

    def _at(self, path: str) -> Path:
        root, _, rest = path.partition("/")
        room = self.rooms[root]
        return room / root / rest if rest else room / root

    def _write(self, member: Member, pieces: Iterator[bytes]) -> None:
        root = member.path.split("/")[0]
        if member.path == manifest.SEALED or root not in self.rooms:
            for _ in pieces:
                pass
            return
        target = self._at(member.path)
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "wb") as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        self._own(target, member.owner, member.mode & 0o777)
        os.utime(target, ns=(member.mtime_ns, member.mtime_ns))

    def _own(self, path: Path, owner: str, mode: int) -> None:
        if os.geteuid() == 0:
            uid = self._uid(owner)
            os.chown(path, uid, uid if owner else -1, follow_symlinks=False)
        path.chmod(mode)

    def _uid(self, owner: str) -> int:
        if owner == people.HOST:
            return self.table.host
        if owner.startswith(people.PERSON):
            return self.table.people.get(owner[1:], 0)
        if owner.startswith(people.OTHER):
            number = int(owner[1:])
            # numbered anew, it could be somebody else's by now
            return 0 if self.first_uid is not None and number >= people.FIRST else number
        return os.geteuid() if self.layout.hub else self._host

    @cached_property
    def _host(self) -> int:
        """Return who owns the course here: the owner of the place, else whoever restores."""
        try:
            return self.layout.state.stat().st_uid
        except OSError:
            return os.geteuid()

    def _renumber(self) -> None:
        file = self.rooms["hub"] / "hub" / accounts.NAME if "hub" in self.rooms else None
        if self.first_uid is not None and file is not None and file.is_file():
            people.write(people.renumbered(accounts.read(file), self.first_uid), file)

    def _plan(self) -> None:
        """Note what goes where: whole folders, but the hub and mounted places by their parts."""
        stamp = self.journal.stamp
        for name, folder in self.layout.roots().items():
            ready = self.rooms[name] / name
            if not ready.is_dir():
                continue
            if name == "hub" or os.path.ismount(folder):
                aside = folder / f"{ASIDE}{stamp}"
                parts = sorted(p.name for p in ready.iterdir() if p.name != HOMES)
                parts += sorted(f"{HOMES}/{p.name}" for p in (ready / HOMES).glob("*"))
                moves = [(ready / p, folder / p, aside / p) for p in parts]
            else:
                aside = folder.with_name(f"{folder.name}.{ASIDE}{stamp}")
                moves = [(ready, folder, aside)]
            self.journal.moves += [journal.Move(*map(str, move)) for move in moves]
        for entry in self.checked.manifest.databases:
            made = self._at(entry["member"])
            if entry["member"].startswith("databases/"):
                self._database(entry, made)

    def _database(self, entry: dict[str, str], made: Path) -> None:
        wanted = next((d for d in self.layout.databases if d.name == entry["name"]), None)
        if entry["kind"] == "postgresql":
            self.journal.databases.append([entry["name"], str(made)])
            return
        where = Path(wanted.address) if wanted else self._usual(entry["name"])
        aside = where.with_name(f"{where.name}.{ASIDE}{self.journal.stamp}")
        if wanted is None:
            # it lay elsewhere and is now part of the state, as the environment says
            ready = self.rooms["state"] / "state" / where.relative_to(self.layout.state)
            ready.parent.mkdir(parents=True, exist_ok=True)
            os.replace(made, ready)
        else:
            self.journal.moves.insert(0, journal.Move(str(made), str(where), str(aside)))

    def _usual(self, name: str) -> Path:
        inside = {"gradebook": "grading/gradebook.db", "followup": "followup.db"}
        if name not in inside:
            raise CourseError(
                f"The place of the database {name} is not known here.",
                "Name it in hub.yml as on the machine of the backup. Nothing was changed.",
            )
        return self.layout.state / inside[name]

    def check_databases(self, replace: bool) -> None:
        """See that each database is of the kind that the backup holds, known here, and free."""
        # what the list says was looked at before; this is what the tables themselves say
        there = {name: self._at(path) for name, path in _FILES.items()
                 if path.split("/")[0] in self.rooms}  # fmt: skip
        _known_schemas({name: databases.revision_of_file(file)
                        for name, file in there.items() if file.is_file()})  # fmt: skip
        here = {d.name: d for d in self.layout.databases}
        for entry in self.checked.manifest.databases:
            name, kind = entry["name"], entry["kind"]
            now = here[name].kind if name in here else "sqlite"
            if now != kind:
                raise CourseError(
                    f"The {name} of this backup is {_SHOWN[kind]}, and here it would be "
                    f"{_SHOWN[now]}. Nothing was changed.",
                    _SET[name].format(how="an empty PostgreSQL database" if kind == "postgresql"
                                      else "nothing, or to a file"),
                )  # fmt: skip
            if kind == "postgresql":
                databases.check_loading(self._at(entry["member"]))
                servers.refuse_full(name, here[name].address, replace)
            elif not replace and name in here and Path(here[name].address).exists():
                raise UsageError(
                    f"There is a database {here[name].address} already; nothing was changed.",
                    "With --replace it is moved aside and kept.",
                )

    def _tell(self, keys: dict[str, bytes]) -> None:
        listed, told = self.checked.manifest, self.journal.told
        if listed.keys == "left out" or (listed.keys == "sealed" and not keys):
            told.append(
                "The private keys are not restored: certificates verify, and new ones cannot be "
                "issued until the key folder is back or a new key is made "
                "(python3 -m grading certify key rotate)."
            )
        if listed.people and os.geteuid() != 0:
            told.append("Only root can give files back to the people of the hub; they belong to "
                        "your account now.")  # fmt: skip
        if self.first_uid is not None and self.table.host:
            told.append(f"The people of the hub have new numbers: write first_uid: "
                        f"{self.table.host} into hub.yml before you start it.")  # fmt: skip
        if listed.incomplete:
            told.append("The backup was incomplete: " + " ".join(listed.incomplete[:5]))


_FILES = {
    "gradebook": "state/grading/gradebook.db", "followup": "state/followup.db",
    "hub": "hub/secret/jupyterhub.sqlite",
}  # fmt: skip
_SHOWN = {"sqlite": "an SQLite file", "postgresql": "a PostgreSQL database"}
_SET = {
    "gradebook": "Set COURSE_GRADEBOOK to {how}.",
    "followup": "Set COURSE_FOLLOWUP_DB to {how}.",
    "hub": "Set COURSE_HUB_DATABASE to {how}.",
}

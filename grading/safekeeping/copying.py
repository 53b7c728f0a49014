"""Copy what a walk meets into the archive, and notice what changed meanwhile."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import IO

from grading.safekeeping import databases, manifest
from grading.safekeeping import leaving_out as out
from grading.safekeeping.packing import PIECE, Packing
from grading.safekeeping.places import HOMES
from grading.safekeeping.walking import Found

_LOGS = (".jsonl",)  # only ever appended to: what is there at one moment is whole
# whole as they were copied; a newer copy would break the order in which they belong together
_AS_COPIED = ("state/grading/scored", "state/grading/certificates")


class Copying:
    """Files and folders on their way into an archive.

    Parameters
    ----------
    packing : Packing
        The archive.
    room : Path
        For copies of databases.
    owner : callable
        Uid of a file and of the course -> the owner's name in the archive.
    """

    def __init__(self, packing: Packing, room: Path, owner: Callable[[int, int], str]) -> None:
        self.packing, self.room, self._owner = packing, room, owner
        self.listed = packing.manifest
        self.done: set[str] = set()
        self.folders: dict[str, tuple[Path, int, int]] = {}
        self._listed: set[str] = set()
        self.unstable: set[str] = set()
        self._hosts: dict[str, int] = {}
        self._files: dict[str, list[manifest.Member]] = {}

    def take(self, found: Found) -> None:
        """Copy one thing."""
        if found.is_folder:
            self._folder(found)
            return
        if found.path in self.done:
            return
        try:
            handle = found.open()
        except FileNotFoundError:
            self.unstable.add(_parent(found.path))
            return
        except OSError as error:
            reason = out.UNREADABLE if isinstance(error, PermissionError) else out.LINK
            self._leave(found.path, reason)
            return
        with os.fdopen(handle, "rb") as file:
            self._file(found, file)

    def _leave(self, path: str, reason: str) -> None:
        self.done.add(path)
        self.listed.left_out.append({"what": path, "why": reason})
        if reason == out.UNREADABLE:
            self.listed.incomplete.append(f"{path} was left out: {reason}.")

    def _folder(self, found: Found) -> None:
        status = found.status
        root = found.path.split("/")[0]
        self._hosts.setdefault(root, status.st_uid)
        if found.path not in self._listed:
            self._listed.add(found.path)
            owner = self.owner(found.path, status.st_uid)
            self.listed.folders.append(
                manifest.Folder(found.path, stat.S_IMODE(status.st_mode), owner)
            )
        # as it was when it was first met: later looks must notice what changed since
        seen = (found.where, status.st_ino, status.st_mtime_ns)
        self.folders.setdefault(found.path, seen)

    def owner(self, path: str, uid: int) -> str:
        """Return the name of an owner in the archive."""
        return self._owner(uid, self._hosts.get(path.split("/")[0], uid))

    def _file(self, found: Found, file: IO[bytes]) -> None:
        status = os.fstat(file.fileno())
        reason = self._refused(found, status)
        if reason:
            self._leave(found.path, reason)
            return
        name = found.path.rpartition("/")[2]
        plain = out.of_trainees(found.path)
        if out.may_be_database(found.path):
            if _beside_database(found):
                self.done.add(found.path)
                return
            head = file.read(len(databases.MAGIC))
            file.seek(0)
            if databases.is_sqlite(head):
                self.sqlite(found.path, found.where, status)
                return
        size = (
            _whole_lines(file, status.st_size)
            if name.endswith(_LOGS) and not plain
            else (status.st_size)
        )
        made = self.packing.add(
            found.path, file, size, mode=stat.S_IMODE(status.st_mode),
            mtime_ns=max(0, status.st_mtime_ns), owner=self.owner(found.path, status.st_uid),
        )  # fmt: skip
        now = os.fstat(file.fileno())
        grown = name.endswith(_LOGS) and now.st_size >= size
        same = (now.st_size, now.st_mtime_ns) == (status.st_size, status.st_mtime_ns)
        if made.superseded or not (same or grown):
            made.superseded = True  # half old, half new: never to be put back
            self.unstable.add(_parent(found.path))
            return
        self._keep(found.path, made)

    def _keep(self, path: str, made: manifest.Member) -> None:
        self.done.add(path)
        self._files.setdefault(_parent(path), []).append(made)

    def _refused(self, found: Found, status: os.stat_result) -> str:
        """Return why a file is not copied, judged by the open file and not by its name."""
        if not stat.S_ISREG(status.st_mode):
            return out.SPECIAL
        if not out.in_home(found.path):
            return ""
        home = "/".join(found.path.split("/")[:3])
        if home in self.folders and not self._belongs(home, status):
            return out.FOREIGN
        return out.TOO_LARGE if status.st_size > out.LARGEST_IN_HOME else ""

    def _belongs(self, home: str, status: os.stat_result) -> bool:
        try:
            return os.lstat(self.folders[home][0]).st_uid == status.st_uid
        except OSError:
            return False

    def sqlite(self, path: str, where: Path, status: os.stat_result) -> None:
        """Copy a database that may be at work."""
        made = self.room / "database"
        made.unlink(missing_ok=True)
        databases.copy_sqlite(where, made)
        self._keep(path, self.packing.add_path(path, made, status, self.owner(path, status.st_uid)))
        if path == "state/grading/gradebook.db":
            self.listed.schemas["gradebook"] = databases.revision_of_file(made)
        elif path == "state/followup.db":
            self.listed.schemas["followup"] = databases.revision_of_file(made)
        elif path == "hub/secret/jupyterhub.sqlite":
            self.listed.schemas["hub"] = databases.revision_of_file(made)
        made.unlink()

    def name_databases(self) -> None:
        """Add to the list the databases that were copied where they lie."""
        named = {entry["name"] for entry in self.listed.databases}
        where = {"gradebook": "state/grading/gradebook.db", "followup": "state/followup.db"}
        there = {member.path for member in self.listed.kept}
        for name, path in where.items():
            if name not in named and path in there:
                self.listed.databases.append({"name": name, "kind": "sqlite", "member": path})

    def moved(self) -> list[tuple[str, Path]]:
        """Return the folders that are not what they were when they were copied."""
        found = []
        for path, (where, number, when) in sorted(self.folders.items()):
            if path.startswith(_AS_COPIED):
                continue
            try:
                status = os.lstat(where)
                same = (status.st_ino, status.st_mtime_ns) == (number, when)
            except FileNotFoundError:
                same = False
            if not same or path in self.unstable:
                found.append((path, where))
        self.unstable.clear()
        # databases and logs of a running course touch these two all the time
        return [(p, w) for p, w in found if not self._only_databases(p)]

    def _only_databases(self, path: str) -> bool:
        """Say whether a folder has the same files as in the archive, logs of databases apart."""
        where = self.folders[path][0]
        try:
            names = {e.name for e in os.scandir(where) if e.is_file(follow_symlinks=False)}
            below = {e.name for e in os.scandir(where) if e.is_dir(follow_symlinks=False)}
        except OSError:
            return False
        kept = {m.path.rpartition("/")[2]: m for m in self._files.get(path, [])}
        ours = {
            name
            for name in names
            if not out.why(f"{path}/{name}") and not databases.belongs_to_sqlite(name, names)
        }
        new = [
            name
            for name in below
            if f"{path}/{name}" not in self.folders and not out.why(f"{path}/{name}")
        ]
        if ours - self._skipped(path) != set(kept) or [n for n in new if n != HOMES]:
            return False
        for name, member in kept.items():
            if name.endswith((*_LOGS, ".db", ".sqlite")):
                continue
            status = os.lstat(where / name)
            if (status.st_size, max(0, status.st_mtime_ns)) != (member.size, member.mtime_ns):
                return False
        return True

    def _skipped(self, path: str) -> set[str]:
        """Return the names of a folder that were left out for a reason of their own."""
        gone = {p.rpartition("/")[2] for p in self.done if _parent(p) == path}
        return gone - {m.path.rpartition("/")[2] for m in self._files.get(path, [])}

    def forget_files_of(self, path: str) -> None:
        """Let what was copied of a folder count no more; it is copied again."""
        gone = not self.folders[path][0].is_dir()
        for at in list(self._files):
            if at == path or (gone and at.startswith(f"{path}/")):
                for member in self._files.pop(at):
                    member.superseded = True
                    self.done.discard(member.path)
        left = [p for p in self.folders if p == path or (gone and p.startswith(f"{path}/"))]
        for at in left:
            del self.folders[at]
        if gone:
            self._listed -= set(left)
            self.listed.folders = [f for f in self.listed.folders if f.path in self._listed]


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def _beside_database(found: Found) -> bool:
    """Say whether a file is the log of a database beside it."""
    name = found.where.name
    for end in ("-wal", "-shm", "-journal"):
        if name.endswith(end) and (found.where.parent / name.removesuffix(end)).is_file():
            return True
    return False


def _whole_lines(file: IO[bytes], size: int) -> int:
    """Return how many of the bytes are whole lines; a torn last line never counted."""
    at = size
    while at > 0:
        begin = max(0, at - PIECE)
        file.seek(begin)
        cut = file.read(at - begin).rfind(b"\n")
        if cut >= 0:
            file.seek(0)
            return begin + cut + 1
        at = begin
    file.seek(0)
    return 0

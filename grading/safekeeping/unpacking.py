"""Write the files of a backup into the staging folders, with their rights, owners and times."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from grading.hub import accounts
from grading.hub.accounts import Accounts
from grading.safekeeping import archive, manifest, people
from grading.safekeeping.archive import Checked, Progress
from grading.safekeeping.manifest import Member
from grading.safekeeping.places import Layout
from grading.safekeeping.staging import Staging


class Unpacking:
    """One backup on its way out of its file.

    Parameters
    ----------
    checked : Checked
        The backup; every hash was compared.
    layout : Layout
        Where the course is to lie.
    staging : Staging
        Where its files are written.
    first_uid : int, optional
        Number the people of the hub anew from here.

    Attributes
    ----------
    table : Accounts
        The numbers of the people; after :meth:`run` as they are here.
    """

    def __init__(
        self, checked: Checked, layout: Layout, staging: Staging, first_uid: int | None
    ) -> None:
        self.checked, self.layout, self.staging = checked, layout, staging
        self.first_uid = first_uid
        self.table = Accounts(checked.manifest.host, dict(checked.manifest.people))

    def run(self, keys: dict[str, bytes], progress: Progress | None) -> None:
        """Write everything; ``keys`` are the private keys by their path in the backup."""
        listed = self.checked.manifest
        if self.first_uid is not None and self.table.host:
            self.table = people.renumbered(self.table, self.first_uid)
        folders = [f for f in listed.folders if self.staging.takes(f.path)]
        for folder in folders:
            self.staging.at(folder.path).mkdir(parents=True, exist_ok=True, mode=0o700)
        archive.unpack(self.checked, self._write, progress)
        whose = {f.path: f.owner for f in folders}
        for path, data in keys.items():
            target = self.staging.at(path)
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as f:
                f.write(data)
            self._own(target, whose.get(path.rpartition("/")[0], ""), 0o600)
        self._renumber()
        # rights last and from the inside out: a folder may forbid its owner to write
        for folder in sorted(folders, key=lambda f: -f.path.count("/")):
            self._own(self.staging.at(folder.path), folder.owner, folder.mode & ~0o4000)

    def _write(self, member: Member, pieces: Iterator[bytes]) -> None:
        if member.path == manifest.SEALED or not self.staging.takes(member.path):
            for _ in pieces:
                pass
            return
        target = self.staging.at(member.path)
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
        table = f"hub/{accounts.NAME}"
        file = self.staging.at(table) if self.staging.takes(table) else None
        if self.first_uid is not None and file is not None and file.is_file():
            people.write(people.renumbered(accounts.read(file), self.first_uid), file)

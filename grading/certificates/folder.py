"""The folder of the certificates: private, written safely, one writer at a time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course.errors import CourseError
from grading.locks import try_until

PATIENCE_S = 120.0  # how long a second run waits for the first


@dataclass(frozen=True)
class Folder:
    """Where the certificates of one host lie.

    Parameters
    ----------
    base : Path
        ``certificates`` in the grading state. Everything in it is private to the host;
        what others may have is copied out (``certify page``).
    """

    base: Path

    @classmethod
    def of(cls, state: Any) -> Folder:
        """Return the folder of a grading state (anything with ``base``)."""
        return cls(Path(state.base) / "certificates")

    @property
    def log(self) -> Path:
        """Return the append-only log, the one truth."""
        return self.base / "log.jsonl"

    @property
    def keys(self) -> Path:
        """Return the folder of the private keys."""
        return self.base / "keys"

    @property
    def issued(self) -> Path:
        """Return the folder that holds one folder per certificate."""
        return self.base / "issued"

    @property
    def pending(self) -> Path:
        """Return the folder of what is made but not yet in the log."""
        return self.base / "pending"

    @property
    def pictures(self) -> Path:
        """Return the folder of the maps, named by their content."""
        return self.base / "pictures"

    @property
    def issuer(self) -> Path:
        """Return the issuer document that others pin."""
        return self.base / "issuer.json"

    @property
    def status(self) -> Path:
        """Return the signed status list."""
        return self.base / "status.jwt"

    def prepare(self) -> Folder:
        """Make the folders, readable by nobody else; return itself."""
        for folder in (self.base, self.keys, self.issued, self.pending, self.pictures):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if os.name == "posix" and folder.stat().st_mode & 0o077:
                folder.chmod(0o700)
        return self

    @contextmanager
    def locked(self, patience: float = PATIENCE_S) -> Iterator[None]:
        """Keep other runs out while the block works; a killed run leaves no lock behind.

        Raises
        ------
        CourseError
            Another run has held the folder for the whole patience.
        """
        self.prepare()
        handle = os.open(self.base / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if not try_until(handle, patience):
                raise CourseError(
                    "Another run of certify is working on the certificates.",
                    "Wait until it has ended and run the command again.",
                )
            yield
        finally:
            os.close(handle)  # closing gives the lock back


def sync(folder: Path) -> None:
    """Make the names in a folder survive a power cut, where the system can."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def write(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Write a file beside its target, to the disk, and move it there.

    A reader sees the old content or the new one, never a part.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)
    sync(path.parent)


def write_if_changed(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Write a file unless it holds these bytes already."""
    try:
        if path.read_bytes() == data:
            return
    except OSError:
        pass
    write(path, data, mode)

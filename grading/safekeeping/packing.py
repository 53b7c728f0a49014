"""Write the archive: one file after another, each with its hash, none half."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import tarfile
from pathlib import Path
from typing import IO, Any

from grading.safekeeping.manifest import NAME, Manifest, Member

PIECE = 1 << 20
LEVEL = 6  # of gzip: 9 takes three times as long for one or two per cent


class Hashed(io.RawIOBase):
    """A file that is written and hashed at once."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.digest, self.size = file, hashlib.sha256(), 0

    def writable(self) -> bool:
        """Say that it can be written."""
        return True

    def write(self, data: Any) -> int:
        """Write some bytes."""
        self.file.write(data)
        self.digest.update(data)
        self.size += len(data)
        return len(data)


class Packing:
    """An archive that is being written; closing it adds the list of contents.

    Parameters
    ----------
    file : binary file
        Where it goes.
    manifest : Manifest
        Filled as members are added.
    """

    def __init__(self, file: IO[bytes], manifest: Manifest) -> None:
        self.manifest = manifest
        self.out = Hashed(file)
        self.tar = tarfile.open(  # noqa: SIM115
            fileobj=self.out, mode="w:gz", format=tarfile.PAX_FORMAT, compresslevel=LEVEL
        )

    def add(
        self, path: str, source: IO[bytes], size: int, *, mode: int = 0o600, mtime_ns: int = 0,
        owner: str = "",
    ) -> Member:  # fmt: skip
        """Add one file of a known size; what is missing at its end is filled with zeros.

        Returns
        -------
        Member
            Its line in the list; the caller marks it superseded where it was cut.
        """
        reader = _Reader(source, size)
        info = tarfile.TarInfo(path)
        info.size, info.mode, info.mtime = size, mode & 0o777, mtime_ns // 1_000_000_000
        self.tar.addfile(info, reader)
        # tarfile remembers every member; a large course has a hundred thousand
        self.tar.members = []
        made = Member(path, size, reader.digest.hexdigest(), mode, mtime_ns, owner,
                      superseded=reader.short)  # fmt: skip
        self.manifest.members.append(made)
        return made

    def add_bytes(self, path: str, data: bytes, **about: Any) -> Member:
        """Add some bytes as a file."""
        return self.add(path, io.BytesIO(data), len(data), **about)

    def add_path(self, path: str, source: Path, status: os.stat_result, owner: str = "") -> Member:
        """Add a finished copy under the name, rights and time of its original."""
        with source.open("rb") as file:
            return self.add(
                path, file, source.stat().st_size, mode=stat.S_IMODE(status.st_mode),
                mtime_ns=max(0, status.st_mtime_ns), owner=owner,
            )  # fmt: skip

    def close(self) -> None:
        """Write the list of contents and end the archive."""
        data = self.manifest.to_bytes()
        info = tarfile.TarInfo(NAME)
        info.size, info.mode = len(data), 0o600
        self.tar.addfile(info, io.BytesIO(data))
        self.tar.close()


class _Reader(io.RawIOBase):
    """Gives exactly as many bytes as were promised, and their hash."""

    def __init__(self, source: IO[bytes], size: int) -> None:
        self.source, self.left = source, size
        self.digest, self.short = hashlib.sha256(), False

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes."""
        wanted = self.left if size < 0 else min(size, self.left)
        data = self.source.read(wanted) if not self.short else b""
        if len(data) < wanted:
            self.short = True
            data += bytes(wanted - len(data))
        self.left -= len(data)
        self.digest.update(data)
        return data

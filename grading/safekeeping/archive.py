"""Read a backup without trusting it: every name, size and hash is checked before use."""

from __future__ import annotations

import errno
import gzip
import hashlib
import stat
import tarfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from course.errors import CourseError
from grading.safekeeping import manifest
from grading.safekeeping.manifest import Manifest, Member, damaged

PIECE = 1 << 20
MOST_HEAD = 4 << 20  # bytes of names and sizes before one file; ours need 2,000
Progress = Callable[[Iterable[Any], int, str], Iterable[Any]]


@dataclass(frozen=True)
class Checked:
    """A backup whose every byte was compared with its list of contents.

    Attributes
    ----------
    path : Path
        The file.
    manifest : Manifest
        Its list.
    sha256 : str
        Of the file.
    """

    path: Path
    manifest: Manifest
    sha256: str


class _Bounded:
    """A stream from which a head of a member cannot draw more than a head needs.

    The names of a tar archive are read into memory as a whole, however long they claim to
    be; a small file can claim gigabytes.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.left = file, MOST_HEAD

    def read(self, size: int = -1) -> bytes:
        """Return some bytes, or refuse."""
        if size < 0 or size > self.left:
            raise damaged("a name in it has no end")
        self.left -= size
        return self.file.read(size)

    def tell(self) -> int:
        """Return the place in the stream."""
        return self.file.tell()

    def seek(self, where: int, whence: int = 0) -> int:
        """Go to a place; forward only, for what was read already is gone."""
        return self.file.seek(where, whence)


@contextmanager
def _opened(path: Path) -> Iterator[Iterator[tuple[str, int, Callable[[], Iterator[bytes]]]]]:
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would make the command wait for ever
            raise OSError(errno.EINVAL, "it is no file")
        file = path.open("rb")
    except FileNotFoundError:
        raise CourseError(f"There is no file {path}.", "Check the path.") from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "no name of a file"
        raise CourseError(f"{str(path)[:200]} cannot be read: {why}.",
                          "Name a file of the command backup.") from None  # fmt: skip
    try:
        with file, gzip.GzipFile(fileobj=file) as plain:
            yield _members(plain)
    except (OSError, EOFError, ValueError, OverflowError, zlib.error, tarfile.TarError) as error:
        if isinstance(error, OSError) and error.errno and not isinstance(error, gzip.BadGzipFile):
            raise
        raise damaged(f"{path.name} is cut off or damaged") from None


def _members(plain: IO[bytes]) -> Iterator[tuple[str, int, Callable[[], Iterator[bytes]]]]:
    stream = _Bounded(plain)
    tar = tarfile.open(fileobj=stream, mode="r:", errorlevel=2)  # type: ignore[call-overload]  # noqa: SIM115
    for _ in range(manifest.MOST_MEMBERS + 2):
        stream.left = MOST_HEAD
        info = tar.next()
        if info is None:
            return
        tar.members = []  # tarfile remembers every member
        if info.type != tarfile.REGTYPE or info.sparse is not None:
            raise damaged(f"{info.name[:80]!r} is a link, a device or another thing than a file")
        end = info.offset_data + info.size

        def pieces(size: int = info.size) -> Iterator[bytes]:
            left = size
            while left:
                data = plain.read(min(PIECE, left))
                if not data:
                    raise EOFError
                left -= len(data)
                yield data

        yield info.name, info.size, pieces
        if plain.tell() != end:
            raise damaged("a file in it is longer than it says")
    raise damaged("it has too many files")


def check(path: Path, *, room: int | None = None, progress: Progress | None = None) -> Checked:
    """Compare every file of a backup with its list; nothing is written.

    Parameters
    ----------
    path : Path
        The backup.
    room : int, optional
        Bytes there is room for; a backup that needs more is refused while it is read.
    progress : callable, optional
        Shows how far it is.

    Raises
    ------
    CourseError
        The file is cut off, changed, of a newer course, or no backup.
    """
    found: list[tuple[str, int, str]] = []
    raw_list = b""
    total = 0
    with _opened(path) as members:
        shown = progress(members, 0, "checking") if progress else members
        for name, size, pieces in shown:
            if raw_list:
                raise damaged("there is something after its list of contents")
            total += size
            if room is not None and total > room:
                raise CourseError(
                    f"The backup needs more than the {room / 1e9:.1f} GB that are free here.",
                    "Make room on this disk. Nothing was changed.",
                )
            if name == manifest.NAME:
                if size > manifest.MOST_BYTES:
                    raise damaged("its list of contents is too long")
                raw_list = b"".join(pieces())
                continue
            digest = hashlib.sha256()
            for piece in pieces():
                digest.update(piece)
            found.append((name, size, digest.hexdigest()))
    if not raw_list:
        raise damaged(f"{path.name} has no list of contents")
    listed = manifest.parse(raw_list)
    _compare(found, listed.members)
    return Checked(path, listed, _sha256(path))


def _compare(found: list[tuple[str, int, str]], listed: list[Member]) -> None:
    for (name, size, digest), member in zip(found, listed, strict=False):
        if name != member.path:
            raise damaged(f"{name[:80]!r} is not in its list of contents at this place")
        if (size, digest) != (member.size, member.sha256):
            raise damaged(f"{name[:80]!r} was changed or is damaged")
    if len(found) != len(listed):
        raise damaged(f"its list names {len(listed)} files, and {len(found)} are there")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def unpack(
    checked: Checked, write: Callable[[Member, Iterator[bytes]], None],
    progress: Progress | None = None,
) -> None:  # fmt: skip
    """Give every file that counts, once more compared while it is written.

    Parameters
    ----------
    checked : Checked
        What :func:`check` returned.
    write : callable
        Takes the member and its bytes, piece by piece.
    progress : callable, optional
        Shows how far it is.

    Raises
    ------
    CourseError
        The file has changed since it was checked.
    """
    expected = iter(checked.manifest.members)
    with _opened(checked.path) as members:
        total = len(checked.manifest.members)
        shown = progress(members, total, "restoring") if progress else members
        for name, size, pieces in shown:
            if name == manifest.NAME:
                return
            member = next(expected, None)
            if member is None or (name, size) != (member.path, member.size):
                raise damaged("it changed while it was read")
            if member.superseded:
                for _ in pieces():
                    pass
                continue
            digest = hashlib.sha256()
            write(member, _hashed(pieces(), digest))
            if digest.hexdigest() != member.sha256:
                raise damaged("it changed while it was read")


def _hashed(pieces: Iterator[bytes], digest: Any) -> Iterator[bytes]:
    for piece in pieces:
        digest.update(piece)
        yield piece

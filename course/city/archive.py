"""Open a zip that a stranger made: sizes capped, names checked, nothing unpacked to disk.

Members are only ever read into memory by their bare name, so a name such as
``../../etc/passwd`` could do no harm; a zip that has one is refused all the same, because
nobody packs one by accident.
"""

from __future__ import annotations

import posixpath
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from course.errors import CourseError

MAX_MEMBERS = 2_000
MAX_TOTAL_BYTES = 3_000_000_000
# A table of digits packs ten to thirty times; far more in a large file is a bomb.
MAX_RATIO = 300
RATIO_FROM_BYTES = 50_000_000


@dataclass(frozen=True)
class Archive:
    """What one zip holds.

    Parameters
    ----------
    label : str
        File name for messages.
    members : dict of str to zipfile.ZipInfo
        Bare lower-case name -> member, of the folder that was chosen.
    folder : str
        That folder inside the zip, empty for the top.
    ignored : tuple of str
        Members outside it: junk of operating systems and other folders.
    """

    label: str
    path: Path
    members: dict[str, zipfile.ZipInfo]
    folder: str = ""
    ignored: tuple[str, ...] = field(default=())

    def read(self, name: str) -> bytes:
        """Return the bytes of one member."""
        info = self.members[name]
        try:
            with zipfile.ZipFile(self.path) as archive, archive.open(info) as stream:
                content = stream.read(info.file_size + 1)
        except (zipfile.BadZipFile, EOFError, OSError, ValueError, NotImplementedError) as error:
            raise CourseError(
                f"{self.label}: {name} cannot be unpacked ({error}).",
                "The zip is damaged: fetch it again.",
            ) from None
        except Exception as error:  # zlib, lzma and bz2 have errors of their own
            raise CourseError(
                f"{self.label}: {name} cannot be unpacked ({type(error).__name__}).",
                "The zip is damaged: fetch it again.",
            ) from None
        if len(content) > info.file_size:
            raise CourseError(
                f"{self.label}: {name} is larger than the zip says.", "Do not trust this zip."
            )
        return content


def open_archive(
    path: Path,
    *,
    expected: frozenset[str],
    max_total_bytes: int = MAX_TOTAL_BYTES,
    max_members: int = MAX_MEMBERS,
) -> Archive:
    """Look into a zip and choose the folder that holds the most expected files.

    Parameters
    ----------
    path : Path
        The zip.
    expected : frozenset of str
        Lower-case file names that are looked for.
    max_total_bytes, max_members : int
        What is more is refused before anything is unpacked.

    Returns
    -------
    Archive
        With no members where none of the expected files is there.

    Raises
    ------
    CourseError
        No such file, no zip, encrypted, too large, or with names that leave it.
    """
    label = path.name
    if not path.is_file():
        raise CourseError(f"There is no file {path}.", "Check the path.")
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, UnicodeDecodeError):
        raise CourseError(
            f"{label} is not a zip file, or it is damaged.",
            "Give the GTFS zip as it was published; fetch it again if need be.",
        ) from None
    if len(members) > max_members:
        raise CourseError(f"{label} holds {len(members):,} files.", "Pack only the tables.")
    for info in members:
        _check_name(label, info)
        if info.flag_bits & 0x1:
            raise CourseError(
                f"{label}: {info.filename} is encrypted.", "Unpack it and zip it without password."
            )
    total = sum(info.file_size for info in members)
    packed = max(1, path.stat().st_size)
    if total > max_total_bytes or (total > RATIO_FROM_BYTES and total / packed > MAX_RATIO):
        raise CourseError(
            f"{label} would unpack to {total / 1e6:,.0f} MB from {packed / 1e6:,.1f} MB.",
            f"At most {max_total_bytes / 1e6:,.0f} MB and {MAX_RATIO} times its size are read: "
            "cut the feed to your city.",
        )
    return _choose_folder(label, path, members, expected)


def _check_name(label: str, info: zipfile.ZipInfo) -> None:
    name = info.filename.replace("\\", "/")
    is_link = (info.external_attr >> 16) & 0o170000 == 0o120000
    if name.startswith("/") or ".." in name.split("/") or ":" in name.split("/")[0] or is_link:
        raise CourseError(
            f"{label} holds a path that leaves the zip ({info.filename!r}).",
            "Do not trust this zip; ask the publisher for a clean one.",
        )


def _choose_folder(
    label: str, path: Path, members: list[zipfile.ZipInfo], expected: frozenset[str]
) -> Archive:
    folders: dict[str, dict[str, zipfile.ZipInfo]] = {}
    junk: list[str] = []
    for info in members:
        if info.is_dir():
            continue
        full = info.filename.replace("\\", "/")
        folder, name = posixpath.split(full)
        if "__MACOSX" in full.split("/") or name.startswith(".") or name == "Thumbs.db":
            junk.append(full)
            continue
        known = folders.setdefault(folder, {})
        if name.lower() in known and name.lower() in expected:
            raise CourseError(f"{label} holds {name} twice.", "Keep one of them.")
        known[name.lower()] = info
    if not folders:
        return Archive(label, path, {}, "", tuple(junk))
    # Most expected files first, then the folder nearest to the top, then by name.
    best = min(folders, key=lambda f: (-len(expected & folders[f].keys()), f.count("/"), f))
    others = [info.filename for f in folders if f != best for info in folders[f].values()]
    return Archive(label, path, folders[best], best, (*sorted(junk), *sorted(others)))

"""Office files as the same bytes for the same content: fixed times, one order, no thumbnail.

A file says in its properties which content it was written with, so that one which a person
has changed since can be told from one that nobody touched.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import os
import re
import zipfile
import zlib
from pathlib import Path
from typing import Any

from course import whole_files
from course.documents.letters import clean

_STAMP = (1980, 1, 1, 0, 0, 0)  # the earliest a zip can hold
_CORE = "docProps/core.xml"
_MARK = "content sha256 "  # of all parts but the properties that hold it
_UNKNOWN = _MARK + 64 * "0"
DAY_ZERO = dt.date(2000, 1, 1)  # of a document without a date of its own


def describe(document: Any, *, title: str, author: str, about: str, day: dt.date | None) -> None:
    """Set the core properties of a Word file or of slides.

    Parameters
    ----------
    document : Document or Presentation
        Of python-docx or python-pptx.
    title, author, about : str
        Of the file; the author is the team.
    day : date, optional
        Date of the content; no clock is asked.
    """
    moment = dt.datetime.combine(day or DAY_ZERO, dt.time())
    core = document.core_properties
    core.title, core.author, core.subject = (clean(t)[:250] for t in (title, author, about))
    core.last_modified_by = core.author
    core.comments = core.keywords = core.category = ""
    core.language, core.revision = "en-GB", 1
    core.identifier = _UNKNOWN  # filled in when it is written
    core.created = core.modified = moment


def write(document: Any, path: str | os.PathLike[str]) -> Path:
    """Write a document beside its place, then move it there; equal content, equal bytes."""
    raw = io.BytesIO()
    document.save(raw)
    return whole_files.write(Path(path), _fixed(raw.getvalue()))


def as_written(path: str | os.PathLike[str]) -> bool:
    """Say whether a file still holds what :func:`write` put into it.

    Parameters
    ----------
    path : path
        A Word file or slides.

    Returns
    -------
    bool
        False for a file that was changed, that another program made, or that cannot be read.
    """
    try:
        with zipfile.ZipFile(path) as file:
            parts = {name: file.read(name) for name in file.namelist()}
    except (OSError, zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError):
        return False
    return (_MARK + _digest(parts)).encode() in parts.get(_CORE, b"")


def keep_changed(path: Path) -> str:
    """Move a file that somebody has changed to a name of its own; return that name.

    Parameters
    ----------
    path : Path
        Where a new file is about to be written.

    Returns
    -------
    str
        Such as ``action_plan.changed-1.docx``; "" where there is nothing to keep.
    """
    if not path.exists() or as_written(path):
        return ""
    number = 1
    while (other := path.with_name(f"{path.stem}.changed-{number}{path.suffix}")).exists():
        number += 1
    os.replace(path, other)
    return other.name


def _digest(parts: dict[str, bytes]) -> str:
    whole = hashlib.sha256()
    for name in sorted(parts):
        if name != _CORE:
            whole.update(f"{name} {len(parts[name])} ".encode())
            whole.update(parts[name])
    return whole.hexdigest()


def _fixed(raw: bytes) -> bytes:
    with zipfile.ZipFile(io.BytesIO(raw)) as old:
        parts = {n: old.read(n) for n in old.namelist() if not n.startswith("docProps/thumbnail")}
    links = parts.get("_rels/.rels", b"")
    parts["_rels/.rels"] = re.sub(rb"<Relationship [^>]*thumbnail[^>]*/>", b"", links)
    said = (_MARK + _digest(parts)).encode()
    parts[_CORE] = parts[_CORE].replace(_UNKNOWN.encode(), said)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as new:
        # the table of parts comes first: some readers expect it there
        for name in sorted(parts, key=lambda n: (n != "[Content_Types].xml", n)):
            info = zipfile.ZipInfo(name, _STAMP)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            new.writestr(info, parts[name])
    return out.getvalue()

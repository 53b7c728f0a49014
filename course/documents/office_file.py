"""Office files as the same bytes for the same content: fixed times, one order, no thumbnail."""

from __future__ import annotations

import datetime as dt
import io
import os
import re
import zipfile
from pathlib import Path
from typing import Any

from course import whole_files
from course.documents.letters import clean

_STAMP = (1980, 1, 1, 0, 0, 0)  # the earliest a zip can hold
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
    core.created = core.modified = moment


def write(document: Any, path: str | os.PathLike[str]) -> Path:
    """Write a document beside its place, then move it there; equal content, equal bytes."""
    raw = io.BytesIO()
    document.save(raw)
    return whole_files.write(Path(path), _fixed(raw.getvalue()))


def _fixed(raw: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(out, "w") as new:
        names = [n for n in old.namelist() if not n.startswith("docProps/thumbnail")]
        # the table of parts comes first: some readers expect it there
        for name in sorted(names, key=lambda n: (n != "[Content_Types].xml", n)):
            data = old.read(name)
            if name == "_rels/.rels":
                data = re.sub(rb"<Relationship [^>]*thumbnail[^>]*/>", b"", data)
            info = zipfile.ZipInfo(name, _STAMP)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o600 << 16
            new.writestr(info, data)
    return out.getvalue()

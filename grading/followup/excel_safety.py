"""Look into an Excel file before anything parses it: size, kind, tricks.

A workbook is a zip of XML. It is refused when it unpacks to too much, declares entities,
carries macros, or merges an area that would fill the memory. Nothing is unpacked to disk
and no link is followed.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib

from course.errors import CourseError

MOST_PARTS = 300
MOST_BYTES = 30_000_000  # unpacked, all parts together
MOST_MERGED = 20_000  # cells of one merged area
_MERGE = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref=[\"']([^\"']{1,40})[\"']")
_RANGE = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})(?::\$?([A-Z]{1,3})\$?(\d{1,7}))?")
SAVE = "Save it as Excel workbook (.xlsx) and send that file."


def check(content: bytes, name: str) -> dict[str, list[str]]:
    """Return the merged areas of each sheet's part; raise where the file is not to be read.

    Parameters
    ----------
    content : bytes
        The file.
    name : str
        Its name, for the sentence.

    Returns
    -------
    dict of str to list of str
        Areas such as ``C5:C6`` by part, for example ``xl/worksheets/sheet1.xml``.

    Raises
    ------
    CourseError
        The sentence says what is wrong, the remedy what to send.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as box:
            return _check(box, name)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError,
            OSError, ValueError, OverflowError):  # fmt: skip
        raise CourseError(f"{name} is damaged or protected with a password.", SAVE) from None


def _check(box: zipfile.ZipFile, name: str) -> dict[str, list[str]]:
    parts = box.infolist()
    names = {p.filename for p in parts}
    if "mimetype" in names:
        raise CourseError(f"{name} is an OpenDocument file.", SAVE)
    if "xl/workbook.bin" in names:
        raise CourseError(f"{name} is a binary workbook (.xlsb).", SAVE)
    if "[Content_Types].xml" not in names or not any(n.startswith("xl/") for n in names):
        raise CourseError(f"{name} is no Excel workbook.", SAVE)
    if any(n.lower().endswith("vbaproject.bin") for n in names):
        raise CourseError(f"{name} carries macros.", SAVE)
    if len(parts) > MOST_PARTS:
        raise CourseError(f"{name} has {len(parts)} parts; a form has about 15.", SAVE)
    if len(names) < len(parts):
        raise CourseError(f"{name} holds the same part twice.", SAVE)
    left = MOST_BYTES
    merged: dict[str, list[str]] = {}
    for part in parts:
        # the size a part claims may be a lie: read no more than is allowed
        with box.open(part) as file:
            data = file.read(left + 1)
        left -= len(data)
        if left < 0:
            raise CourseError(
                f"{name} unpacks to more than {MOST_BYTES // 1_000_000} MB.",
                "Fill in a fresh form and send that.",
            )
        if not part.filename.lower().endswith((".xml", ".rels", ".vml")):
            continue
        if _declares(data):
            raise CourseError(f"{name} declares its own entities; it is not read.", SAVE)
        areas = [a.decode("ascii", "replace") for a in _MERGE.findall(data)]
        for area in areas:
            if cells_of(area) > MOST_MERGED:
                raise CourseError(f"{name}: the merged area {area} is too large.",
                                  "Undo the merge and send it again.")  # fmt: skip
        merged[part.filename] = areas
    return merged


def _declares(data: bytes) -> bool:
    plain = data.replace(b"\0", b"")  # also in UTF-16
    return b"<!DOCTYPE" in plain or b"<!ENTITY" in plain


def bounds(area: str) -> tuple[int, int, int, int] | None:
    """Return first row, first column, last row, last column of an area, None for none.

    >>> bounds("C5:D6"), bounds("A1"), bounds("x")
    ((5, 3, 6, 4), (1, 1, 1, 1), None)
    """
    match = _RANGE.fullmatch(area.upper())
    if not match:
        return None
    column, row, last_column, last_row = match.groups()
    ends = (int(last_row or row), _number(last_column or column))
    return int(row), _number(column), *ends


def cells_of(area: str) -> int:
    """Return how many cells an area has, 0 for none."""
    found = bounds(area)
    if found is None:
        return 0
    top, left, bottom, right = found
    return max(0, bottom - top + 1) * max(0, right - left + 1)


def _number(letters: str) -> int:
    total = 0
    for letter in letters:
        total = total * 26 + ord(letter) - 64
    return total

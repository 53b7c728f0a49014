"""Read a table as offices really save it: CSV of any separator and encoding, or Excel.

Nothing in a table is executed. A formula of an Excel file counts with the value that
Excel stored beside it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from course.errors import CourseError
from grading.cohort.encodings import decoded

MAX_FILE_MB = 10
MAX_ROWS = 5000
MAX_COLUMNS = 200
_HEADER_WITHIN = 20  # rows above the header: a title, a date, an address
_SEPARATORS = (",", ";", "\t", "|")


@dataclass
class Table:
    """A table of text cells.

    Attributes
    ----------
    where : str
        The file's name, with the sheet of an Excel file.
    headers : list of str
        The header row as written.
    rows : list of (int, list)
        Line number in the file, counted as an editor or Excel counts, and the cells;
        blank rows are left out.
    notes : list of str
        How the file was read, where that was a choice.
    """

    where: str
    headers: list[str]
    rows: Rows
    notes: list[str] = field(default_factory=list)


Rows = list[tuple[int, list[object]]]
Score = Callable[[list[object]], int]


def read_table(path: Path, *, score: Score, encoding: str | None = None) -> Table:
    """Read the first table of a file.

    Parameters
    ----------
    path : Path
        A ``.csv``, ``.txt`` or ``.tsv`` file, or ``.xlsx``. The content decides, not the name.
    score : callable
        Says how many cells of a row are known headers; the header is the row with most.
    encoding : str, optional
        Of a text file; found out when left out.

    Returns
    -------
    Table
        With at least a header row.

    Raises
    ------
    CourseError
        The file cannot be read, is too large, or holds no header that is known.
    """
    try:
        size = path.stat().st_size
        if size > MAX_FILE_MB * 1_000_000:
            raise CourseError(
                f"{path.name} has {size / 1e6:.0f} MB; a table of people has at most "
                f"{MAX_FILE_MB} MB.",
                "Save the one sheet that is needed as CSV.",
            )
        data = path.read_bytes()
    except FileNotFoundError:
        raise CourseError(f"{path} does not exist.", "Check the name of the file.") from None
    except OSError as error:
        raise CourseError(
            f"{path} cannot be read ({error.strerror or type(error).__name__}).",
            "Give a CSV or Excel file that you may read.",
        ) from None
    if data[:4] == b"PK\x03\x04":
        from grading.cohort.workbooks import sheets

        raw = sheets(data, path.name)
        found = [_of_rows(f"{path.name}, sheet {name!r}", rows, score) for name, rows in raw]
        tables = [t for t in found if t is not None]
        if not tables:
            raise _no_header(path.name, raw[0][1] if raw else [])
        if len(tables) > 1:
            tables[0].notes.append(f"Only {tables[0].where} was read.")
        return tables[0]
    if data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise CourseError(
            f"{path.name} is an old or locked Excel file.",
            "Open it in Excel and save it as .xlsx without a password, or as CSV.",
        )
    text, notes = decoded(data, path.name, encoding)
    table = _of_text(path.name, text, score)
    if table is None:
        raise _no_header(path.name, _lines_or_none(text))
    table.notes[:0] = notes
    return table


def _no_header(name: str, rows: Rows) -> CourseError:
    first = next((cells for _, cells in rows if any(_filled(c) for c in cells)), [])
    shown = ", ".join(repr(str(c)[:40]) for c in first[:12] if _filled(c))
    begins = f" It begins with: {shown}." if shown else " It is empty."
    return CourseError(
        f"{name} has no header row that is known within its first {_HEADER_WITHIN} rows.{begins}",
        "Write headers such as name, email, city above the rows, or say which column is what: "
        "--columns name=HEADER.",
    )


def _of_text(name: str, text: str, score: Score) -> Table | None:
    # Excel writes the separator into the first line when it is told to
    told = re.match(r"\s*\"?sep=(.)\"?\s*(?:\r\n?|\n)", text, re.IGNORECASE)
    separators = (told.group(1),) if told else _SEPARATORS
    best: tuple[int, Table] | None = None
    for separator in separators:
        try:
            table = _of_rows(name, _lines(text, separator), score)
        except csv.Error:
            continue
        if table is None:
            continue
        worth = score(list(table.headers))
        if best is None or worth > best[0]:
            best = (worth, table)
    return best[1] if best else None


def _lines(text: str, separator: str) -> list[tuple[int, list[object]]]:
    """Return (line in the file, cells); a quoted line break does not end a row."""
    limit = csv.field_size_limit(1_000_000)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        rows: list[tuple[int, list[object]]] = []
        before = 0
        for cells in reader:
            rows.append((before + 1, list(cells)))
            before = reader.line_num
            if len(rows) > MAX_ROWS + _HEADER_WITHIN:
                break
    finally:
        csv.field_size_limit(limit)
    return rows


def _lines_or_none(text: str) -> Rows:
    try:
        return _lines(text, ";" if ";" in text else ",")
    except csv.Error:
        return []


def _of_rows(where: str, rows: list[tuple[int, list[object]]], score: Score) -> Table | None:
    """Find the header and return what stands below it; None where there is no header."""
    full = [(n, cells) for n, cells in rows if any(_filled(c) for c in cells)]
    top = full[:_HEADER_WITHIN]
    worth = [score(cells) for _, cells in top]
    if not worth or max(worth) < 1:
        return None
    at = worth.index(max(worth))
    body = full[at + 1 :]
    if len(body) > MAX_ROWS:
        raise CourseError(
            f"{where} has more than {MAX_ROWS:,} rows.", "Split it, or delete what is no person."
        )
    headers = ["" if c is None else str(c) for c in top[at][1]]
    while headers and not headers[-1].strip():
        headers.pop()  # trailing separators
    if len(headers) > MAX_COLUMNS:
        raise CourseError(f"{where} has more than {MAX_COLUMNS} columns.", "Keep what is needed.")
    return Table(where, headers, body)


def _filled(cell: object) -> bool:
    return cell is not None and bool(str(cell).strip().strip("\ufeff"))

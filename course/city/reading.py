"""Bytes of a CSV table that somebody else wrote -> text columns, with a list of repairs.

Convention. Every value is text, trimmed; an empty cell is the empty string. Column names
are trimmed and lower-case. Row numbers count the header as row 1 and skip blank lines.
The fast reader is Arrow's; a file with ragged rows is read again by the slow one.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from course.city.repairs import RepairList
from course.errors import CourseError

if TYPE_CHECKING:
    import pyarrow as pa

_ENCODINGS = (
    # byte-order mark, codec, what people call it; the longer marks first
    (b"\xff\xfe\x00\x00", "utf-32", "UTF-32"),
    (b"\x00\x00\xfe\xff", "utf-32", "UTF-32"),
    (b"\xff\xfe", "utf-16", "UTF-16"),
    (b"\xfe\xff", "utf-16", "UTF-16"),
)
MAX_COLUMNS = 200
csv.field_size_limit(10_000_000)


@dataclass(frozen=True)
class RawTable:
    """A table as text.

    Parameters
    ----------
    name : str
        File name, such as ``stops.txt``.
    table : pyarrow.Table
        Text columns without nulls.
    rows : numpy.ndarray of int
        Row number in the file, per row.
    """

    name: str
    table: pa.Table
    rows: np.ndarray

    def __len__(self) -> int:
        return self.table.num_rows

    def __contains__(self, column: str) -> bool:
        return column in self.table.column_names

    def text(self, column: str, default: str = "") -> pa.Array:
        """Return a column as an Arrow text array; the default where it is absent."""
        import pyarrow as pa

        if column not in self:
            return pa.array([default] * len(self), type=pa.string())
        values = self.table.column(column).combine_chunks()
        return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values

    def objects(self, column: str, default: str = "") -> np.ndarray:
        """Return a column as an array of Python text."""
        return self.text(column, default).to_numpy(zero_copy_only=False)

    def keep(self, mask: np.ndarray) -> RawTable:
        """Return the marked rows."""
        import pyarrow as pa

        if mask.all():
            return self
        return RawTable(self.name, self.table.filter(pa.array(mask)), self.rows[mask])


def read_table(name: str, content: bytes, repairs: RepairList, *, lower: bool = True) -> RawTable:
    """Read one CSV file.

    Parameters
    ----------
    name : str
        File name for messages.
    content : bytes
        The file.
    repairs : RepairList
        Gets what was mended: encoding, byte-order mark, separator, column names, ragged
        rows.
    lower : bool
        Make column names lower-case, as GTFS has them.

    Returns
    -------
    RawTable
        With no rows and no columns for an empty file.
    """
    import pyarrow as pa

    content = _as_utf8(name, content, repairs)
    if not content.strip():
        return RawTable(name, pa.table({}), np.zeros(0, dtype=np.int64))
    header, separator = _header(name, content, repairs)
    names = _column_names(name, header, repairs, lower)
    table = _fast(content, len(names), separator)
    if table is None:
        table = _slow(name, content, len(names), separator, repairs)
    kept = [i for i, column in enumerate(names) if column]
    table = pa.table({names[i]: _trimmed(table.column(i)) for i in kept})
    return RawTable(name, table, np.arange(table.num_rows, dtype=np.int64) + 2)


def _as_utf8(name: str, content: bytes, repairs: RepairList) -> bytes:
    if content.startswith(b"\xef\xbb\xbf"):
        content = content[3:]
        repairs.note(name, "begins with a byte-order mark", "repaired: mark left out")
    for mark, codec, title in _ENCODINGS:
        if content.startswith(mark):
            try:
                text = content.decode(codec)
            except UnicodeDecodeError:
                raise CourseError(
                    f"{name} says it is {title} text but is not.", "Save it as UTF-8."
                ) from None
            repairs.note(name, f"is {title} text, not UTF-8", "repaired: converted")
            content = text.encode("utf-8")
    if b"\x00" in content:
        repairs.note(name, "holds NUL characters", "repaired: left out",
                     row=content[: content.index(b"\x00")].count(b"\n") + 1,
                     count=content.count(b"\x00"))  # fmt: skip
        content = content.replace(b"\x00", b"")
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        row = content[: error.start].count(b"\n") + 1
        codec = "cp949" if _is_korean(content) else "cp1252"
        try:
            text = content.decode(codec)
        except UnicodeDecodeError:
            codec = "latin-1"
            text = content.decode(codec)
        title = {"cp949": "Korean (CP949, EUC-KR)", "cp1252": "Windows-1252 (Latin-1)",
                 "latin-1": "Latin-1"}[codec]  # fmt: skip
        sample = text.split("\n")[row - 1].strip()[:60]
        repairs.note(
            name, f"is not UTF-8; the first other letter is in {sample!r}",
            f"repaired: read as {title}; check the accents of some names", row=row,
        )  # fmt: skip
        content = text.encode("utf-8")
    if b"\r" in content:
        # Old Macintosh ends lines with CR alone, which the fast reader takes for text.
        content = content.replace(b"\r\n", b"\n")
        if b"\r" in content:
            content = content.replace(b"\r", b"\n")
    return content


def _is_korean(content: bytes) -> bool:
    """Say whether bytes that are not UTF-8 are Korean text, as Korean offices save it.

    Accented Latin letters nearly always stand alone between ASCII letters, which CP949 does
    not allow or does not read as Hangul; so both must hold.
    """
    try:
        text = content.decode("cp949")
    except UnicodeDecodeError:
        return False
    other = [letter for letter in text if letter > "\x7f"]
    hangul = sum("가" <= letter <= "힣" for letter in other)
    paired = len(re.findall(rb"[\xa1-\xfe]{2}", content))
    return hangul >= 2 and hangul * 10 >= len(other) * 8 and paired * 10 >= len(other) * 8


def _header(name: str, content: bytes, repairs: RepairList) -> tuple[list[str], str]:
    content = content.lstrip(b"\n")
    line = content.split(b"\n", 1)[0].decode("utf-8")
    separator = ","
    if "," not in line:
        for other in (";", "\t", "|"):
            if other in line:
                title = {"\t": "tabs"}.get(other, f"{other!r}")
                repairs.note(name, f"separates columns by {title}", "repaired: read that way")
                separator = other
                break
    try:
        header = next(csv.reader(io.StringIO(line), delimiter=separator))
    except (csv.Error, StopIteration):
        raise CourseError(f"{name}, row 1 is no header.", "Put column names in row 1.") from None
    if len(header) > MAX_COLUMNS:
        raise CourseError(f"{name} has {len(header)} columns.", "Is this a table? Check the file.")
    return header, separator


def _column_names(name: str, header: list[str], repairs: RepairList, lower: bool) -> list[str]:
    """Clean names; a repeated or empty name becomes empty text, which drops the column."""
    out: list[str] = []
    for raw in header:
        column = raw.strip().strip('"').strip()
        column = column.lower() if lower else column
        if column != raw:
            repairs.note(name, f"column name {raw!r}", f"repaired: read as {column!r}", row=1)
        if column in out:
            repairs.note(name, f"column {column} occurs twice", "ignored: the second", row=1)
            column = ""
        out.append(column)
    return out


def _fast(content: bytes, columns: int, separator: str) -> pa.Table | None:
    """Read with Arrow; None where a row has another number of cells."""
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    names = [f"c{i}" for i in range(columns)]
    body = content.lstrip(b"\n").split(b"\n", 1)
    if len(body) < 2 or not body[1].strip():
        return pa.table({n: pa.array([], type=pa.string()) for n in names})
    try:
        return arrow_csv.read_csv(
            pa.py_buffer(body[1]),
            read_options=arrow_csv.ReadOptions(column_names=names, block_size=1 << 22),
            parse_options=arrow_csv.ParseOptions(
                delimiter=separator, newlines_in_values=b'"' in body[1]
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types={n: pa.string() for n in names},
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid:
        return None


def _slow(name: str, content: bytes, columns: int, separator: str, repairs: RepairList) -> pa.Table:
    """Read row by row: short rows are filled up, cells beyond the header left out."""
    import pyarrow as pa

    cells: list[list[str]] = [[] for _ in range(columns)]
    short, long = [], []
    reader = csv.reader(io.StringIO(content.decode("utf-8")), delimiter=separator)
    try:
        number = 0
        for row in reader:
            if not row or not any(cell.strip() for cell in row):
                continue
            number += 1
            if number == 1:
                continue
            if len(row) < columns:
                short.append(number)
                row = row + [""] * (columns - len(row))
            elif len(row) > columns:
                if any(cell.strip() for cell in row[columns:]):
                    long.append(number)
                row = row[:columns]
            for column, cell in zip(cells, row, strict=True):
                column.append(cell)
    except csv.Error as error:
        raise CourseError(
            f"{name}, row {number + 1} cannot be read ({error}).", "Mend the row."
        ) from None
    if short:
        done = "repaired: the missing ones are empty"
        repairs.note(name, "row has fewer cells than the header", done,
                     row=short[0], count=len(short))  # fmt: skip
    if long:
        repairs.note(name, "row has more cells than the header",
                     "ignored: the cells beyond", row=long[0], count=len(long))  # fmt: skip
    return pa.table({f"c{i}": pa.array(c, type=pa.string()) for i, c in enumerate(cells)})


def _trimmed(values: pa.ChunkedArray) -> pa.ChunkedArray:
    import pyarrow.compute as pc

    return pc.utf8_trim_whitespace(values)

"""The sheets of an Excel file, read without running anything in it."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from course.errors import CourseError

MAX_UNPACKED_MB = 100
_MOST_ROWS, _MOST_COLUMNS, _MOST_SHEETS = 6000, 250, 20

Rows = list[tuple[int, list[object]]]


class Formula(str):
    """The text of a formula that has no stored value."""


def sheets(data: bytes, name: str) -> list[tuple[str, Rows]]:
    """Return the visible sheets of a workbook as rows with their numbers.

    Parameters
    ----------
    data : bytes
        The file.
    name : str
        Its name, for the sentences.

    Returns
    -------
    list of (str, rows)
        A formula gives its stored value, or a :class:`Formula` where Excel stored none.

    Raises
    ------
    CourseError
        It is no workbook, is damaged or unpacks to too much.
    """
    damaged = CourseError(
        f"{name} cannot be read as an Excel file.", "Open it in Excel and save it again as .xlsx."
    )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            unpacked = sum(item.file_size for item in packed.infolist())
        if unpacked > MAX_UNPACKED_MB * 1_000_000:
            raise CourseError(
                f"{name} unpacks to {unpacked / 1e6:.0f} MB.", "Save the one sheet as CSV."
            )
        from openpyxl import load_workbook

        values = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        texts = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
        shown = [s for s in values.worksheets if s.sheet_state == "visible"][:_MOST_SHEETS]
        return [(str(s.title), _rows(s, texts[s.title])) for s in shown]
    except CourseError:
        raise
    except Exception:  # a damaged archive fails in every way there is
        raise damaged from None


def _rows(sheet: Any, formulas: Any) -> Rows:
    # the stated size of a sheet may be a lie; only cells that are there are read
    for one in (sheet, formulas):
        one.reset_dimensions()
    limits = {"max_row": _MOST_ROWS, "max_col": _MOST_COLUMNS}
    rows: Rows = []
    pairs = zip(sheet.iter_rows(**limits), formulas.iter_rows(**limits), strict=False)
    for number, (cells, texts) in enumerate(pairs, start=1):
        row = [_value(c, t) for c, t in zip(cells, texts, strict=False)]
        while row and row[-1] is None:
            row.pop()
        rows.append((number, row))
    return rows


def _value(cell: Any, text: Any) -> object:
    if cell.value is None and getattr(text, "data_type", "") == "f":
        return Formula(str(text.value))
    return cell.value

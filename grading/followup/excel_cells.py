"""The cells of a workbook as plain values, with what Excel knows about each.

Formulas give the value that was saved with them. Merged cells give their first cell's
value wherever they reach. Only the first 1,000 rows and 40 columns of 30 sheets count.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from course.errors import CourseError
from grading.followup import excel_safety

MOST_SHEETS, MOST_ROWS, MOST_COLUMNS = 30, 1_000, 40
FORM = "Fill in a fresh form and send that."


@dataclass(frozen=True)
class Cell:
    """One cell that holds something."""

    sheet: str
    row: int
    column: int
    value: Any
    number_format: str = "General"
    kind: str = "n"
    lost_formula: bool = False
    merged: str = ""

    @property
    def place(self) -> str:
        """Return ``Sheet!C7``."""
        return f"{self.sheet}!{letters(self.column)}{self.row}"

    @property
    def words(self) -> str:
        """Return the value as folded words, for comparing with headings."""
        return " ".join(str(self.value).split()).casefold() if self.value is not None else ""


@dataclass
class Sheet:
    """One sheet: cells by row and column."""

    name: str
    cells: dict[tuple[int, int], Cell] = field(default_factory=dict)

    def rows(self) -> Iterator[tuple[int, dict[int, Cell]]]:
        """Give row after row, each as its cells by column."""
        by_row: dict[int, dict[int, Cell]] = {}
        for (row, column), cell in self.cells.items():
            by_row.setdefault(row, {})[column] = cell
        yield from sorted(by_row.items())


@dataclass
class Book:
    """The sheets of a workbook, and the day its dates count from."""

    sheets: list[Sheet]
    epoch: Any


def letters(column: int) -> str:
    """Return a column's letters.

    >>> letters(3), letters(28)
    ('C', 'AB')
    """
    found = ""
    while column:
        column, rest = divmod(column - 1, 26)
        found = chr(65 + rest) + found
    return found


def read(content: bytes, name: str) -> Book:
    """Return the cells of a workbook.

    Raises
    ------
    CourseError
        The file is refused by :func:`excel_safety.check`, or is damaged.
    """
    areas = excel_safety.check(content, name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about styles and features nobody needs here
        try:
            return _read(content, areas)
        except Exception:  # a damaged workbook fails in openpyxl in many ways
            raise CourseError(f"{name} is damaged; its cells cannot be read.", FORM) from None


def _read(content: bytes, areas: dict[str, list[str]]) -> Book:
    from openpyxl import load_workbook

    # streaming: neither merges nor links of a hostile file are spread over cells
    said = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    meant = load_workbook(io.BytesIO(content), read_only=True, keep_links=False)
    try:
        sheets = []
        for ws, formulas in list(zip(said.worksheets, meant.worksheets, strict=True))[:MOST_SHEETS]:
            sheet = Sheet(str(ws.title))
            _fill(sheet, ws, formulas)
            path = str(getattr(ws, "_worksheet_path", "")).lstrip("/")
            _spread(sheet, areas.get(path, []))
            sheets.append(sheet)
        return Book(sheets, said.epoch)
    finally:
        said.close()
        meant.close()


def _fill(sheet: Sheet, ws: Any, formulas: Any) -> None:
    limits = {"max_row": MOST_ROWS, "max_col": MOST_COLUMNS}
    computed: set[tuple[int, int]] = set()
    for row in formulas.iter_rows(**limits):
        for cell in row:
            if getattr(cell, "data_type", "") == "f":
                computed.add((cell.row, cell.column))
    for row in ws.iter_rows(**limits):
        for cell in row:
            at = (getattr(cell, "row", None), getattr(cell, "column", None))
            if at[0] is None:
                continue
            value = cell.value
            lost = at in computed and value is None
            if isinstance(value, str) and not value.strip():
                value = None
            if value is None and not lost:
                continue
            sheet.cells[at] = Cell(
                sheet.name, *at, value,
                str(cell.number_format or "General"), str(cell.data_type), lost,
            )  # fmt: skip


def _spread(sheet: Sheet, areas: list[str]) -> None:
    for area in areas:
        found = excel_safety.bounds(area)
        if found is None:
            continue
        top, left, bottom, right = found
        first = sheet.cells.get((top, left))
        for row in range(top, min(bottom, MOST_ROWS) + 1):
            for column in range(left, min(right, MOST_COLUMNS) + 1):
                if first is not None:
                    sheet.cells[row, column] = Cell(
                        sheet.name, row, column, first.value, first.number_format, first.kind,
                        first.lost_formula, area,
                    )  # fmt: skip

"""Put a value into a cell so that no program computes it."""

from __future__ import annotations

from datetime import date
from typing import Any

FORMULA = ("=", "+", "-", "@", "\t", "\r")
MOST = 32_000  # Excel's own limit is 32,767 letters


def put(cell: Any, value: Any) -> None:
    """Set a cell's value; words stay words, also those that begin like a formula.

    Parameters
    ----------
    cell : openpyxl.cell.Cell
        The cell.
    value : object
        Text, number, date, yes or no, or None. Text is stored as text whatever it begins
        with, and marked so that typing into the cell does not turn it into a formula.
    """
    if value is None or isinstance(value, (bool, int, float, date)):
        cell.value = value
        return
    text = "".join(c for c in str(value) if c in "\n\t" or ord(c) >= 32)
    text = text.replace("\ufffe", "").replace("\uffff", "")[:MOST]
    cell.value = text
    cell.data_type = "s"
    if text.lstrip().startswith(FORMULA):
        cell.quotePrefix = True

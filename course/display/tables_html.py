"""Frames as HTML tables: units in the heads, numbers aligned, words for what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import pandas as pd
from pandas.api import types

from course.display.numbers import NO_VALUE, number

MOST_ROWS = 60
_UNITS = {
    "min": "min", "km": "km", "m": "m", "pct": "%", "km2": "km²", "kmh": "km/h", "s": "s",
    "h": "h",
}  # fmt: skip


def heading(column: object, units: Mapping[str, str] | None = None) -> str:
    """Return a column name as words with its unit.

    Examples
    --------
    >>> heading("headway_min"), heading("trips_per_day")
    ('Headway (min)', 'Trips per day')
    """
    name = str(column)
    unit = (units or {}).get(name)
    stem, _, last = name.rpartition("_")
    if unit is None and stem and last in _UNITS:
        name, unit = stem, _UNITS[last]
    words = name.replace("_", " ").strip()
    words = words[:1].upper() + words[1:]
    return f"{words} ({unit})" if unit else words


def _decimals(values: pd.Series) -> int:
    present = values.dropna().abs()
    if present.empty or (present == present.round()).all():
        return 0
    return 0 if present.max() >= 1000 else 1 if present.max() >= 10 else 2


def cells(
    values: pd.Series, *, decimals: int | None = None, signed: bool = False
) -> tuple[list[str], bool]:
    """Return the text of one column and whether it holds numbers."""
    if types.is_bool_dtype(values):
        return ["yes" if v else "no" for v in values.fillna(False)], False
    if not types.is_numeric_dtype(values):
        return [NO_VALUE if _missing(v) else _text(v) for v in values], False
    if str(values.name) in ("year",) and types.is_integer_dtype(values):
        return [NO_VALUE if pd.isna(v) else str(v) for v in values], True
    digits = _decimals(values.astype(float)) if decimals is None else decimals
    return [
        number(None if pd.isna(v) else float(v), decimals=digits, signed=signed) for v in values
    ], True


def _missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and value != value) or value is pd.NA


def _text(value: Any) -> str:
    if isinstance(value, (tuple, list)) and len(value) > 6:
        return ", ".join(str(v) for v in value[:5]) + f" and {len(value) - 5} more"
    if isinstance(value, (tuple, list)):
        return ", ".join(str(v) for v in value)
    return str(value)


def table(
    frame: pd.DataFrame,
    *,
    caption: str = "",
    units: Mapping[str, str] | None = None,
    decimals: Mapping[str, int] | None = None,
    signed: tuple[str, ...] = (),
    labels: Mapping[str, str] | None = None,
    rows: int = MOST_ROWS,
) -> str:
    """Return a frame as an HTML table.

    Parameters
    ----------
    frame : DataFrame
        Any frame; a named index becomes the first column.
    caption : str
        What the table shows.
    units, decimals, labels : mapping
        By column: unit, digits after the point, words of the head.
    signed : tuple of str
        Columns whose positive numbers carry a plus sign.
    rows : int
        Rows shown; a line says how many there are.

    Returns
    -------
    str
        HTML; an empty frame gives its heads and a line that says so.
    """
    if frame.index.name or isinstance(frame.index, pd.MultiIndex):
        frame = frame.reset_index()
    shown = frame.head(rows)
    columns = []
    for i, column in enumerate(frame.columns):
        name = str(column)
        values = shown.iloc[:, i]
        if name == "value" and "measure" in frame.columns and types.is_numeric_dtype(values):
            # one measure a row: each number keeps the digits of its own size
            text, numeric = [number(None if pd.isna(v) else float(v)) for v in values], True
        else:
            text, numeric = cells(
                values, decimals=(decimals or {}).get(name), signed=name in signed
            )
        head = (labels or {}).get(name) or heading(name, units)
        columns.append((head, text, numeric))
    heads = "".join(
        f'<th scope="col"{" class=num" if numeric else ""}>{escape(head)}</th>'
        for head, _, numeric in columns
    )
    body = []
    for r in range(len(shown)):
        row = []
        for i, (_, text, numeric) in enumerate(columns):
            if i == 0 and not numeric:
                row.append(f'<th scope="row"><bdi>{escape(text[r])}</bdi></th>')
            else:
                # a name keeps its own direction and its column keeps the table's
                cell = escape(text[r]) if numeric else f"<bdi>{escape(text[r])}</bdi>"
                row.append(f"<td{' class=num' if numeric else ''}>{cell}</td>")
        body.append(f"<tr>{''.join(row)}</tr>")
    note = ""
    if frame.empty:
        note = '<p class="kit-subtitle">This table has no rows.</p>'
    elif len(frame) > rows:
        note = f'<p class="kit-subtitle">The first {rows} of {number(len(frame))} rows.</p>'
    head = f"<caption>{escape(caption)}</caption>" if caption else ""
    # a region that scrolls must be reachable by keyboard
    return (
        '<div class="kit-scroll" tabindex="0" role="region" '
        f'aria-label="{escape(caption or "Table")}"><table class="kit-table">{head}'
        f"<thead><tr>{heads}</tr></thead><tbody>{''.join(body)}</tbody></table></div>{note}"
    )

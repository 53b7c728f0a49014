"""Input fields of the plan's form, one for each kind of value in the model.

Each maker returns a widget and calls ``changed(path, value)`` at every change. A number
that is half written stays text, so that nothing typed is lost.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any, Literal, get_args, get_origin

import annotated_types
import ipywidgets as widgets
from pydantic.fields import FieldInfo

from course.actionplan.faults import bare, row_type
from course.actionplan.page import words_of
from course.number_text import parse_number

Path = tuple[str | int, ...]
Changed = Callable[[Path, Any], None]
LONG_TEXT = 200  # signs from which a field has several lines
MOST_STEPS = 5


def number_of(text: str) -> Any:
    """Return the number a text means, else the text; None where nothing stands."""
    if not text.strip():
        return None
    value, problem = parse_number(text)
    if value is None or problem:
        return text
    return int(value) if value.is_integer() and abs(value) < 1e15 else value


def base_type(annotation: Any) -> Any:
    """Return a field's plain type: str, int, float, bool, a date, a Literal or dict."""
    inner = bare(annotation)
    while get_origin(inner) is not None and hasattr(inner, "__metadata__"):
        inner = get_args(inner)[0]
    return inner


def limit(field: FieldInfo, kind: type, name: str) -> Any:
    """Return one of a field's limits, such as its longest length; None where it has none."""
    for rule in field.metadata:
        if isinstance(rule, kind):
            return getattr(rule, name)
    return None


def _style() -> dict[str, str]:
    return {"description_width": "150px"}


def _wide(**more: str) -> widgets.Layout:
    return widgets.Layout(width="min(98%, 680px)", **more)


def _choices(field: FieldInfo) -> list[Any] | None:
    """Return the values of a choice, or of a scale from 1 to 5; None for a free field."""
    kind = base_type(field.annotation)
    if get_origin(kind) is Literal:
        return list(get_args(kind))
    low, high = limit(field, annotated_types.Ge, "ge"), limit(field, annotated_types.Le, "le")
    if kind is int and low == 1 and high == MOST_STEPS:
        return list(range(1, MOST_STEPS + 1))
    return None


def input_for(
    field: FieldInfo, path: Path, value: Any, changed: Changed, *, label: str = ""
) -> widgets.Widget:
    """Return the widget of one field that is neither a box nor a list of boxes.

    Parameters
    ----------
    field : FieldInfo
        Of the strict model.
    path : tuple
        Where in the plan.
    value : object
        What stands there, of any kind.
    changed : callable
        Told path and new value at every change.
    label : str
        The field's title when left out.
    """
    title = label or str(field.title)
    common: dict[str, Any] = {
        "description": title, "tooltip": str(field.description or ""), "style": _style(),
    }  # fmt: skip
    kind = base_type(field.annotation)
    if row_type(field.annotation) is not None:
        return _lines(path, value, changed, common)
    if kind is bool:
        box = widgets.Checkbox(value=value is True, **common)
        box.observe(lambda change: changed(path, bool(change["new"])), names="value")
        return box
    if get_origin(kind) is dict:
        return _only_shown(title, value)
    if (options := _choices(field)) is not None:
        # what stands in the file and is no choice is shown, not dropped
        extra = (
            [] if value in (None, "", *options) else [(f"{words_of(value)} (not possible)", value)]
        )
        drop = widgets.Dropdown(
            options=[("–", ""), *((str(o), o) for o in options), *extra],
            value="" if value is None else value, layout=_wide(), **common,
        )  # fmt: skip
        drop.observe(
            lambda change: changed(path, None if change["new"] == "" else change["new"]),
            names="value",
        )
        return drop
    return _text(field, kind, path, value, changed, common)


def _text(
    field: FieldInfo, kind: Any, path: Path, value: Any, changed: Changed, common: dict[str, Any]
) -> widgets.Widget:
    numeric = kind in (int, float)
    shown = "" if value is None else str(value)
    longest = limit(field, annotated_types.MaxLen, "max_length") or 0
    make = widgets.Textarea if longest > LONG_TEXT else widgets.Text
    if kind not in (int, float, str):
        common["placeholder"] = "2026-11-30"
    box = make(value=shown, layout=_wide(), continuous_update=True, **common)
    if make is widgets.Textarea:
        box.rows = 4
    box.observe(
        lambda change: changed(path, number_of(change["new"]) if numeric else change["new"]),
        names="value",
    )
    return box


def _lines(path: Path, value: Any, changed: Changed, common: dict[str, Any]) -> widgets.Widget:
    """Return a field for a list of short texts, one each line."""
    rows = [str(v) for v in value] if isinstance(value, list) else []
    box = widgets.Textarea(
        value="\n".join(rows), rows=3, placeholder="one each line", layout=_wide(),
        continuous_update=True, **common,
    )  # fmt: skip

    def tell(change: dict[str, Any]) -> None:
        changed(path, [line.strip() for line in change["new"].splitlines() if line.strip()])

    box.observe(tell, names="value")
    return box


def _only_shown(title: str, value: Any) -> widgets.Widget:
    """Return a value that comes from another module and is changed there."""
    said = (
        words_of(value)
        if isinstance(value, dict) and value
        else ("nothing yet. Answer m10_policy in module 10, then run this cell again.")
    )
    return widgets.HTML(f"<p><b>{escape(title)}</b>: {escape(said)}</p>")

"""One place of a plan: what stands there, and the plan with another value there."""

from __future__ import annotations

import copy
from itertools import pairwise
from typing import Any

from course.actionplan.faults import bare, kind_of, path_text, row_type
from course.actionplan.fitting import fitted
from course.actionplan.merging import is_empty
from course.actionplan.model import KINDS

Path = tuple[str | int, ...]


def value_at(data: dict[str, Any], path: Path) -> Any:
    """Return what stands at a place, None where nothing does."""
    value: Any = data
    for step in path:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def changed(data: dict[str, Any], path: Path, value: Any) -> dict[str, Any]:
    """Return a plan with another value at one place.

    Parameters
    ----------
    data : dict
        A draft; it is not changed.
    path : tuple
        Such as ``("risks", 0, "p")``; boxes on the way that are not there are made.
    value : object
        JSON value.

    Returns
    -------
    dict
        Without the mark of an earlier answer at this place; an optional box that was
        emptied is no part of the plan.
    """
    top = str(path[0])
    fields = KINDS[kind_of(data)].model_fields
    whole = copy.deepcopy(data)
    place: Any = whole
    model: Any = KINDS[kind_of(data)]
    for step, after in pairwise(path):
        if isinstance(step, str):
            model = model.model_fields[step].annotation
            if place.get(step) is None:
                place[step] = fitted({}, bare(model))[0] if isinstance(after, str) else []
            inner = row_type(model)
            model = inner if inner is not None else bare(model)
        place = place[step]
    place[path[-1]] = value
    if is_empty(whole[top]) and not fields[top].is_required():
        whole[top] = None
    marks = whole.get("from_answer") or {}
    whole["from_answer"] = {k: v for k, v in marks.items() if not path_text(path).startswith(k)}
    return whole

"""The draft's shape, derived from the strict model: every field there, none required.

A draft holds JSON values. Fields of the model stand where the model has them, empty as
None, "" or []; a value is of any kind, because a half-written number is text.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, create_model

from course.actionplan.faults import bare, is_part, path_text, row_type

Aside = list[tuple[str, Any]]
_SCALAR = (str, int, float, bool, type(None))


def fitted(
    data: dict[str, Any], model: type[BaseModel], where: tuple[str | int, ...] = ()
) -> tuple[dict[str, Any], Aside]:
    """Return data in the shape of a model, and what had to be put aside.

    Parameters
    ----------
    data : dict
        JSON values.
    model : type
        The strict model whose shape counts.
    where : tuple
        The path of ``data`` in the whole, for the report.

    Returns
    -------
    tuple of (dict, list of (str, object))
        Every field of the model; (place, value) of what fits none.
    """
    made: dict[str, Any] = {}
    aside: Aside = []
    for name, field in model.model_fields.items():
        value = data.get(name)
        made[name], more = _one(value, field.annotation, (*where, name))
        if value is None and name not in data and not field.is_required():
            default = field.get_default(call_default_factory=True)
            if made[name] in (None, "") and isinstance(default, _SCALAR):
                made[name] = default
        aside += more
    aside += [(path_text((*where, k)), v) for k, v in data.items() if k not in model.model_fields]
    return made, aside


def _one(value: Any, annotation: Any, where: tuple[str | int, ...]) -> tuple[Any, Aside]:
    inner, row = bare(annotation), row_type(annotation)
    optional = inner is not annotation
    if row is not None:
        return _rows(value, row, where, optional)
    if is_part(inner):
        if value is None:
            return (None, []) if optional else fitted({}, inner, where)
        if not isinstance(value, dict):
            empty, _ = fitted({}, inner, where)
            return empty, [(path_text(where), value)]
        return fitted(value, inner, where)
    if isinstance(value, dict) and getattr(inner, "__origin__", None) is dict:
        return value, []
    if not isinstance(value, _SCALAR):
        return None, [(path_text(where), value)]
    return value, []


def _rows(value: Any, row: Any, where: tuple[str | int, ...], optional: bool) -> tuple[Any, Aside]:
    if value is None:
        return (None if optional else []), []
    if not isinstance(value, list):
        return [], [(path_text(where), value)]
    rows, aside = [], []
    for number, item in enumerate(value):
        here = (*where, number)
        if is_part(row):
            if not isinstance(item, dict):
                aside.append((path_text(here), item))
                continue
            made, more = fitted(item, row, here)
        elif isinstance(item, str):
            made, more = item, []
        else:
            aside.append((path_text(here), item))
            continue
        rows.append(made)
        aside += more
    return rows, aside


def draft_model(model: type[BaseModel]) -> type[BaseModel]:
    """Return the relaxed twin of a strict model: same fields and words, nothing required."""
    fields: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        extra = {"title": field.title, "description": field.description}
        fields[name] = (_relaxed(field.annotation), _loose(field, extra))
    made = create_model(f"{model.__name__}Draft", __config__=ConfigDict(extra="allow"), **fields)
    made.__doc__ = f"A draft of {model.__name__}: the same fields, none of them needed."
    return made


def _loose(field: Any, extra: dict[str, Any]) -> Any:
    from pydantic import Field

    return Field(None, json_schema_extra=field.json_schema_extra, **extra)


def _relaxed(annotation: Any) -> Any:
    inner, row = bare(annotation), row_type(annotation)
    if row is not None:
        return list[draft_model(row) if is_part(row) else str] | None  # type: ignore[misc]
    if is_part(inner):
        return draft_model(inner) | None
    return Any

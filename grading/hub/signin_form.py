"""A section of hub.yml as a dataclass: each value in the form its field has, or a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_type_hints


def filled(kind: Any, section: Any, where: str) -> tuple[Any, list[str]]:
    """Return a dataclass filled from a mapping, and one sentence for each fault.

    Parameters
    ----------
    kind : type
        A dataclass whose fields are text, numbers, yes or no, lists of text, one address
        per name, or such a dataclass again.
    section : object
        As YAML gives it; None leaves everything at its default.
    where : str
        Name of the section, for the sentences.
    """
    if section is None:
        return kind(), []
    if not isinstance(section, Mapping):
        return kind(), [f"{where}: has to hold keys and values. See the comments in hub.yml."]
    hints = get_type_hints(kind)
    known = [f.name for f in fields(kind)]
    said: list[str] = []
    values: dict[str, Any] = {}
    for key, value in section.items():
        name = f"{where}.{key}"
        if key not in known:
            said.append(f"{name} is not a setting. Known there: {', '.join(known)}.")
        elif is_dataclass(hints[key]):
            values[key], more = filled(hints[key], value, name)
            said += more
        elif value is not None:
            made = _as(hints[key], value)
            if made is None:
                said.append(f"{name}: {value!r} does not fit. {_FORMS[_form(hints[key])]}")
            else:
                values[key] = made
    return kind(**values), said


_FORMS = {
    "str": "Write text, in quotation marks where in doubt.",
    "int": "Write a whole number.",
    "float": "Write a number.",
    "bool": "Write true or false.",
    "tuple": "Write a list: [one, two].",
    "dict": "Write one line for each instructor: id: address.",
}


def _form(hint: Any) -> str:
    return "tuple" if get_args(hint)[1:] == (...,) else "dict" if get_args(hint) else hint.__name__


def _as(hint: Any, value: Any) -> Any:
    """Return a value in the form a setting has, or None."""
    form = _form(hint)
    if form == "bool":
        return value if isinstance(value, bool) else None
    if isinstance(value, bool):
        return None
    if form == "int":
        return value if isinstance(value, int) else None
    if form == "float":
        try:
            return float(value) if isinstance(value, int | float) else None
        except OverflowError:  # a whole number of hundreds of digits
            return None
    if form == "str":
        return str(value) if isinstance(value, str | int) else None
    if form == "tuple":
        items = [value] if isinstance(value, str | int) else value
        plain = isinstance(items, list) and all(isinstance(i, str | int) for i in items)
        return tuple(str(i) for i in items) if plain else None
    plain = isinstance(value, Mapping) and all(isinstance(v, str) for v in value.values())
    return {str(k): v for k, v in value.items()} if plain else None

"""Results as plain JSON: what comes back from a worker makes no object but those we name.

Pickle would let whoever took over a worker run code in the process that writes the
gradebook. Here a text is read, and of classes only the dataclasses that the caller lists.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from typing import Any

_MARK = "!"


def dumps(value: Any) -> str:
    """Return a value as JSON text; tuples, sets and dataclasses stay what they are.

    Parameters
    ----------
    value : Any
        Of JSON's types, tuples, frozensets, and dataclasses of these.

    Raises
    ------
    TypeError
        Something else stands in it, or a dictionary has a key that is no text.
    """
    return json.dumps(_plain(value), ensure_ascii=False)


def loads(text: str, types: Iterable[type] = ()) -> Any:
    """Return what :func:`dumps` was given.

    Parameters
    ----------
    text : str
        From a worker; it is not trusted.
    types : iterable of type
        The dataclasses that may stand in it.

    Raises
    ------
    ValueError
        It is not such a text, or names another class.

    Examples
    --------
    >>> loads(dumps({"a": (1, frozenset({"x"}))}))
    {'a': (1, frozenset({'x'}))}
    """
    known = {_name(kind): kind for kind in types}
    try:
        return _object(json.loads(text), known)
    except (AttributeError, KeyError, RecursionError, TypeError) as error:
        raise ValueError(f"A worker sent something that is no result: {error}.") from None


def _name(kind: type) -> str:
    return f"{kind.__module__}:{kind.__qualname__}"


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        # not asdict, which would also take the dataclasses within apart
        inside = {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
        return {_MARK: _name(type(value)), "of": inside}
    if isinstance(value, dict):
        if any(not isinstance(key, str) for key in value):
            raise TypeError("A dictionary that travels has texts for keys.")
        made = {key: _plain(inner) for key, inner in value.items()}
        return {_MARK: "dict", "of": made} if _MARK in made else made
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if isinstance(value, tuple):
        return {_MARK: "tuple", "of": [_plain(inner) for inner in value]}
    if isinstance(value, (set, frozenset)):
        return {_MARK: "frozenset", "of": sorted((_plain(inner) for inner in value), key=repr)}
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    raise TypeError(f"{type(value).__name__} does not travel.")


def _object(value: Any, known: dict[str, type]) -> Any:
    if isinstance(value, list):
        return [_object(inner, known) for inner in value]
    if not isinstance(value, dict):
        return value
    if _MARK not in value:
        return {key: _object(inner, known) for key, inner in value.items()}
    kind, inside = value[_MARK], value["of"]
    if kind == "tuple":
        return tuple(_object(inner, known) for inner in inside)
    if kind == "frozenset":
        return frozenset(_object(inner, known) for inner in inside)
    made = {key: _object(inner, known) for key, inner in inside.items()}
    return made if kind == "dict" else known[kind](**made)

"""JSON in which no key stands twice: of two equal keys Python keeps the last in silence."""

from __future__ import annotations

from typing import Any


def single_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of JSON; for ``object_pairs_hook`` of ``json.loads``.

    Parameters
    ----------
    pairs : list of (str, Any)
        As they stand in the file.

    Raises
    ------
    ValueError
        A key stands twice: which one was meant, nobody can know.

    Examples
    --------
    >>> single_keys([("day", 30), ("people", 4)])
    {'day': 30, 'people': 4}
    >>> single_keys([("day", 30), ("day", 90)])
    Traceback (most recent call last):
    ValueError: 'day' stands twice
    """
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"{key[:60]!r} stands twice")
        found[key] = value
    return found

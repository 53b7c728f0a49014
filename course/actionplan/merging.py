"""Join two versions of a plan field by field; where both changed one, both are kept.

Rows of a list belong together when they have the same first text (the task, the name);
rows without one by their place. Values are JSON values throughout.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from course.actionplan.faults import BESIDE, path_text

EMPTY: tuple[Any, ...] = (None, "", [], {})
_MISSING = object()


@dataclass(frozen=True)
class Conflict:
    """One field that both versions changed.

    Attributes
    ----------
    field : str
        Such as ``objective.target``.
    mine, theirs : object
        The two values.
    """

    field: str
    mine: Any
    theirs: Any

    def __str__(self) -> str:
        """Return one sentence."""
        return f"{self.field}: {_short(self.mine)} here, {_short(self.theirs)} there."


@dataclass
class Joined:
    """Two versions as one.

    Attributes
    ----------
    data : dict
        The plan; the losing value of each conflict stands under ``kept``.
    conflicts : list of Conflict
        Fields that both changed.
    taken : list of str
        Fields that came from the other version.
    """

    data: dict[str, Any]
    conflicts: list[Conflict] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)


def _short(value: Any) -> str:
    text = "nothing" if value in EMPTY else str(value)
    return repr(text if len(text) <= 60 else f"{text[:57]}…")


def same(a: Any, b: Any) -> bool:
    """Say whether two JSON values are the same; True is no 1, empty is empty."""
    if is_empty(a) and is_empty(b):
        return True
    if isinstance(a, dict) and isinstance(b, dict):
        return all(same(a.get(k), b.get(k)) for k in a.keys() | b.keys())
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    return isinstance(a, bool) == isinstance(b, bool) and a == b


def is_empty(value: Any) -> bool:
    """Say whether a value is nothing, or a box of nothing; False and 0 are something."""
    if isinstance(value, dict):
        return all(is_empty(v) for v in value.values())
    return any(value is e or (not isinstance(value, bool) and value == e and type(value) is type(e))
               for e in EMPTY)  # fmt: skip


def join(
    base: Mapping[str, Any],
    mine: Mapping[str, Any],
    theirs: Mapping[str, Any],
    *,
    prefer: str = "mine",
    other: str = "the other version",
) -> Joined:
    """Join two versions that grew from one.

    Parameters
    ----------
    base : mapping
        What both began with; an empty mapping where they have no common beginning.
    mine, theirs : mapping
        The two versions.
    prefer : str
        ``mine`` or ``theirs``: which value stands where both changed a field.
    other : str
        Whose the losing value is, noted beside it.

    Returns
    -------
    Joined
        Nothing of either version is lost.
    """
    made = Joined({})
    work = _Join(made, prefer)
    plain = [{k: v for k, v in d.items() if k not in BESIDE} for d in (base, mine, theirs)]
    made.data = work.mappings(*plain, ())
    kept: list[Any] = []
    for entry in [*(mine.get("kept") or []), *(theirs.get("kept") or [])]:
        if entry not in kept:
            kept.append(entry)
    for c in made.conflicts:
        lost = c.theirs if prefer == "mine" else c.mine
        entry = {"at": c.field, "value": lost, "from": other}
        if not is_empty(lost) and entry not in kept:
            kept.append(entry)
    made.data["kept"] = kept
    marks = {**(theirs.get("from_answer") or {}), **(mine.get("from_answer") or {})}
    made.data["from_answer"] = marks
    return made


class _Join:
    def __init__(self, made: Joined, prefer: str) -> None:
        self.made, self.prefer = made, prefer

    def value(self, base: Any, mine: Any, theirs: Any, where: tuple[str | int, ...]) -> Any:
        if same(mine, theirs) or same(theirs, base):
            return mine
        if same(mine, base):
            self.made.taken.append(path_text(where))
            return theirs
        if isinstance(mine, dict) and isinstance(theirs, dict):
            return self.mappings(base if isinstance(base, dict) else {}, mine, theirs, where)
        if isinstance(mine, list) and isinstance(theirs, list):
            return self.rows(base if isinstance(base, list) else [], mine, theirs, where)
        self.made.conflicts.append(Conflict(path_text(where), mine, theirs))
        return mine if self.prefer == "mine" else theirs

    def mappings(
        self, base: Mapping[str, Any], mine: Mapping[str, Any], theirs: Mapping[str, Any],
        where: tuple[str | int, ...],
    ) -> dict[str, Any]:  # fmt: skip
        names = [*mine, *(k for k in theirs if k not in mine)]
        return {
            name: self.value(base.get(name), mine.get(name), theirs.get(name), (*where, name))
            for name in names
        }

    def rows(
        self, base: list[Any], mine: list[Any], theirs: list[Any], where: tuple[str | int, ...]
    ) -> list[Any]:
        was, here, there = _keyed(base), _keyed(mine), _keyed(theirs)
        made = []
        for key in [*here, *(k for k in there if k not in here)]:
            at = (*where, len(made))
            a, b, c = (rows.get(key, _MISSING) for rows in (was, here, there))
            if b is _MISSING or c is _MISSING:
                left = c if b is _MISSING else b
                if a is not _MISSING and same(a, left):
                    continue  # taken out by one, untouched by the other
                if b is _MISSING:
                    self.made.taken.append(path_text(at))
                made.append(left)
                continue
            made.append(self.value(None if a is _MISSING else a, b, c, at))
        return made


def _keyed(rows: list[Any]) -> dict[Any, Any]:
    """Return rows by their first text; a repeated or empty one by its place."""
    found: dict[Any, Any] = {}
    for number, row in enumerate(rows):
        text = row
        if isinstance(row, dict):
            text = next((v for v in row.values() if isinstance(v, str) and v.strip()), "")
        key: Any = str(text).strip().casefold()
        if not key or key in found:
            key = ("row", number)
        found[key] = row
    return found

"""What is wrong in a file, gathered: a check goes on past one bad line and lists them all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from course.errors import CourseError

MISSING: Any = object()
LONGEST = 200  # characters of one title; a page has to show it


@dataclass
class Complaints:
    """The complaints about one file.

    Parameters
    ----------
    file : str
        Named at the start of each.
    """

    file: str
    lines: list[str] = field(default_factory=list)

    def add(self, where: str, what: str, remedy: str) -> None:
        """Add one: where in the file, what is wrong, what to do."""
        place = ", ".join(part for part in (self.file, where) if part)
        self.lines.append(f"{place}: {what} {remedy}")

    def refuse(self, *, check: str) -> None:
        """Raise when there is a complaint: the first, and where to see the others."""
        if not self.lines:
            return
        more = len(self.lines) - 1
        rest = f" {more} more; see: {check}" if more else ""
        raise CourseError(self.lines[0], rest.strip())


@dataclass
class Reader:
    """One mapping of a file: takes out what is expected and complains about the rest.

    Parameters
    ----------
    complaints : Complaints
        Where complaints go.
    where : str
        The place in the file, such as "day d2, session d2-3".
    content : object
        What stands there.
    """

    complaints: Complaints
    where: str
    content: Any
    _taken: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        if not isinstance(self.content, Mapping):
            self.complain("names with values are expected here.", "Compare it with another one.")
            self.content = {}

    def complain(self, what: str, remedy: str) -> None:
        """Add a complaint about this mapping."""
        self.complaints.add(self.where, what, remedy)

    def take(self, name: str, default: Any = MISSING) -> Any:
        """Return what stands under a name; complain when it is needed and not there."""
        self._taken.add(name)
        value = self.content.get(name, MISSING)
        if value is MISSING or value is None:
            if default is MISSING:
                self.complain(f"{name!r} is missing.", "Add it.")
                return None
            return default
        return value

    def text(self, name: str, default: Any = MISSING, *, longest: int = LONGEST) -> str:
        """Return a text on one line, "" for one that is absent or at fault."""
        value = self.take(name, default)
        if value is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            self.complain(f"{name!r} is not a text.", "Put it between quotation marks.")
            return ""
        text = " ".join(str(value).split())
        if any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or 0xD800 <= ord(c) < 0xE000 for c in text):
            self.complain(f"{name!r} holds signs that cannot be printed.", "Type it again.")
            return ""
        if len(text) > longest:
            self.complain(f"{name!r} is longer than {longest} signs.", "Shorten it.")
            return text[:longest]
        return text

    def number(self, name: str, default: Any = MISSING, *, low: int, high: int) -> int | None:
        """Return a whole number between two bounds, None for one that is absent or at fault."""
        value = self.take(name, default)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.complain(
                f"{name!r} is {_shown(value)}.", f"Write a whole number from {low} to {high}."
            )
            return None
        return value

    def flag(self, name: str, default: bool | None = False) -> bool | None:
        """Return true or false."""
        value = self.take(name, default)
        if value is not None and not isinstance(value, bool):
            self.complain(f"{name!r} is {_shown(value)}.", "Write true or false.")
            return default
        return value

    def choice(self, name: str, allowed: Iterable[str], default: Any = MISSING) -> str:
        """Return one of some words, "" for one that is absent or at fault."""
        words = tuple(allowed)
        value = self.take(name, default)
        if value is None or (default is not MISSING and value is default):
            return value or ""
        if not isinstance(value, str) or value not in words:
            self.complain(f"{name!r} is {_shown(value)}.", f"Write one of {', '.join(words)}.")
            return ""
        return value

    def rows(self, name: str, default: Any = MISSING, *, most: int = 200) -> list[Any]:
        """Return a list, empty for one that is absent or at fault."""
        value = self.take(name, default)
        if value is None:
            return []
        if not isinstance(value, list | tuple):
            self.complain(f"{name!r} is not a list.", "Write one line per row, each after a dash.")
            return []
        if len(value) > most:
            self.complain(f"{name!r} has {len(value)} rows.", f"{most} are the most.")
            return []
        return list(value)

    def end(self) -> None:
        """Complain about every name that nobody asked for."""
        import difflib

        for name in self.content:
            if name in self._taken:
                continue
            near = difflib.get_close_matches(str(name), self._taken, n=1)
            remedy = f"Did you mean {near[0]!r}?" if near else "Delete it."
            self.complain(f"{_shown(name)} is not known here.", remedy)


def _shown(value: object) -> str:
    text = " ".join(repr(value).split())
    return text if len(text) <= 60 else f"{text[:57]}..."

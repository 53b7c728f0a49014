"""The controls of a lab as data: name, unit, range, step; and what they are set to."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol, TypeAlias

from course.display.numbers import with_unit
from course.errors import UsageError

# What one control is set to: a number, the value of an option, or the points of a drawn line.
Value: TypeAlias = float | str | list[list[float]]
FEWEST_OPTIONS, MOST_OPTIONS = 2, 6


@dataclass(frozen=True)
class Control:
    """One slider with a field to type into.

    Parameters
    ----------
    key : str
        Name in the setting.
    label, unit : str
        What the reader sees.
    low, high, step : float
        Range and one press of an arrow key; Page Up and Page Down move ten steps.
    start : float
        Value at first and after Reset.
    decimals : int
        Digits after the point.
    more : bool
        Stands behind "More".
    hint : str
        One short sentence for the reader who asks what it is.
    """

    key: str
    label: str
    unit: str
    low: float
    high: float
    step: float
    start: float
    decimals: int = 0
    more: bool = False
    hint: str = ""

    def clean(self, value: Any) -> float:
        """Return the nearest allowed value; ``start`` for what is no number."""
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            return self.start
        if not math.isfinite(number):
            return self.start
        number = min(max(number, self.low), self.high)
        # typed values are kept to the digits shown, not to the steps of the slider
        return round(number, self.decimals) + 0.0

    def shown(self, value: Value) -> str:
        """Return a value as the reader sees it."""
        return with_unit(self.clean(value), self.unit, decimals=self.decimals)

    def spec(self) -> dict[str, Any]:
        """Return the control as the page's script reads it."""
        return {"kind": "slider", **asdict(self)}


@dataclass(frozen=True)
class Option:
    """A choice of one among two to six, as radio buttons; the arrow keys move it.

    Parameters
    ----------
    key : str
        Name in the setting; the value there is a string.
    label : str
        The question the options answer, such as "Voting rule".
    options : sequence of (str, str)
        Value and words of each option, in the order shown.
    start : str
        Value at first and after Reset; the first option when empty.
    more : bool
        Stands behind "More".
    hint : str
        One short sentence for the reader who asks what it is.

    Examples
    --------
    >>> rule = Option("rule", "Voting rule", [("greedy", "Most votes"), ("equal", "Equal shares")])
    >>> rule.start, rule.clean("equal"), rule.clean("dice"), rule.shown("equal")
    ('greedy', 'equal', 'greedy', 'Equal shares')
    """

    key: str
    label: str
    options: Sequence[tuple[str, str]]
    start: str = ""
    more: bool = False
    hint: str = ""

    def __post_init__(self) -> None:
        pairs = tuple((str(v), str(words)) for v, words in self.options)
        values = [v for v, _ in pairs]
        if not FEWEST_OPTIONS <= len(pairs) <= MOST_OPTIONS or len(set(values)) < len(values):
            raise UsageError(
                f"The option {self.key!r} needs {FEWEST_OPTIONS} to {MOST_OPTIONS} different "
                f"values, not {values}.",
                "Give pairs of value and words; a slider is better for more.",
            )
        start = self.start or values[0]
        if start not in values:
            raise UsageError(
                f"The option {self.key!r} cannot start at {start!r}.",
                f"Its values are {', '.join(values)}.",
            )
        object.__setattr__(self, "options", pairs)
        object.__setattr__(self, "start", start)

    def clean(self, value: Any) -> str:
        """Return the value when it is one of the options, else ``start``."""
        known = isinstance(value, str) and any(value == v for v, _ in self.options)
        return value if known else self.start

    def shown(self, value: Value) -> str:
        """Return the words of a value."""
        return dict(self.options)[self.clean(value)]

    def spec(self) -> dict[str, Any]:
        """Return the control as the page's script reads it."""
        return {"kind": "option", **asdict(self), "options": [list(o) for o in self.options]}


class AnyControl(Protocol):
    """What every control can do: :class:`Control`, :class:`Option`, ``drawing.Drawing``."""

    @property
    def key(self) -> str:
        """Return its name in the setting."""
        ...

    @property
    def label(self) -> str:
        """Return what the reader sees."""
        ...

    @property
    def start(self) -> Any:
        """Return its value at first and after Reset."""
        ...

    def clean(self, value: Any) -> Any:
        """Return an allowed value whatever is given."""
        ...

    def shown(self, value: Any) -> str:
        """Return a value as the reader sees it."""
        ...

    def spec(self) -> dict[str, Any]:
        """Return the control as the page's script reads it."""
        ...


def clean_setting(controls: Sequence[AnyControl], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return one allowed value per control; unknown names are dropped.

    Examples
    --------
    >>> base = Control("base", "Base fare", "KRW", 0, 3000, 50, 1500)
    >>> clean_setting([base], {"base": "9999", "other": 1})
    {'base': 3000.0}
    """
    return {c.key: c.clean(given.get(c.key, c.start)) for c in controls}


def start_setting(controls: Sequence[AnyControl]) -> dict[str, Any]:
    """Return what the controls say at first."""
    return {c.key: c.clean(c.start) for c in controls}

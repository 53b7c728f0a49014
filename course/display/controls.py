"""The controls of a lab as data: name, unit, range, step; and what they are set to."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any


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
        except (TypeError, ValueError):
            return self.start
        if not math.isfinite(number):
            return self.start
        number = min(max(number, self.low), self.high)
        # typed values are kept to the digits shown, not to the steps of the slider
        return round(number, self.decimals) + 0.0

    def spec(self) -> dict[str, Any]:
        """Return the control as the page's script reads it."""
        return asdict(self)


def clean_setting(controls: Sequence[Control], given: Mapping[str, Any]) -> dict[str, float]:
    """Return one allowed value per control; unknown names are dropped.

    Examples
    --------
    >>> base = Control("base", "Base fare", "KRW", 0, 3000, 50, 1500)
    >>> clean_setting([base], {"base": "9999", "other": 1})
    {'base': 3000.0}
    """
    return {c.key: c.clean(given.get(c.key, c.start)) for c in controls}


def start_setting(controls: Sequence[Control]) -> dict[str, float]:
    """Return what the controls say at first."""
    return {c.key: c.clean(c.start) for c in controls}

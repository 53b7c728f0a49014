"""Where the controls of the orientation lab stand, and the line of code that means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# Value to (words, unit, column of the table); the unit of a density is one thing with it.
VALUES = {
    "density": ("People per km²", "people/km²"),
    "population": ("People", "people"),
    "jobs": ("Jobs", "jobs"),
}
FEWEST, MOST, CLASSES = 3, 9, 5


@dataclass(frozen=True)
class OrientationSetting:
    """Where the controls stand.

    Parameters
    ----------
    value : str
        What colours the zones: ``density``, ``population`` or ``jobs``.
    classes : int
        Most classes of colour.
    line : float
        People per km² above which a zone counts as crowded.
    """

    value: str
    classes: int
    line: float

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any], *, line: float) -> OrientationSetting:
        """Build a setting from what the page says; missing values are as at first."""
        return cls(
            value=str(values.get("value", "density")),
            classes=int(values.get("classes", CLASSES)),
            line=float(values.get("line", line)),
        )


def code_of(setting: OrientationSetting) -> str:
    """Return a setting as one line of code.

    Examples
    --------
    >>> code_of(OrientationSetting("jobs", 4, 100))  # doctest: +NORMALIZE_WHITESPACE
    'maps.zones(city, city.zones.set_index("zone_id")["jobs"], classes=4, title="Jobs",
    unit="jobs"); indicators.above(city.zones, 100)'
    """
    words, unit = VALUES[setting.value]
    data = (
        "indicators.zone_densities(city.zones)"
        if setting.value == "density"
        else f'city.zones.set_index("zone_id")["{setting.value}"]'
    )
    return (
        f'maps.zones(city, {data}, classes={setting.classes}, title="{words}", unit="{unit}"); '
        f"indicators.above(city.zones, {setting.line:g})"
    )

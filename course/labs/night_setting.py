"""Where the controls of the night bus lab stand, and the line of code that means.

The line works in a notebook that has ``city`` and ``from course import nightbus``: it gives
one row per route with its buses, rides and cost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

CANDIDATES = 60
ROUTES, HEADWAY_MIN, SPEED_KMH, BUFFER_M = 9, 40.0, 20.0, 500.0


@dataclass(frozen=True)
class NightSetting:
    """Where the controls stand.

    Parameters
    ----------
    routes : int
        How many routes are chosen.
    headway_min, speed_kmh, buffer_m : float
        Minutes between two buses, speed with stops, how far people walk.
    low_income_weight : float
        What a trip home to income groups 1 and 2 counts for in the choice.
    drawn : tuple of (lat, lon)
        Points of the reader's own route; empty or one point for none.
    """

    routes: int = ROUTES
    headway_min: float = HEADWAY_MIN
    speed_kmh: float = SPEED_KMH
    buffer_m: float = BUFFER_M
    low_income_weight: float = 1.0
    drawn: tuple[tuple[float, float], ...] = ()

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> NightSetting:
        """Build a setting from what the page says; missing values are as at first."""
        return cls(
            routes=int(values.get("routes", ROUTES)),
            headway_min=float(values.get("headway_min", HEADWAY_MIN)),
            speed_kmh=float(values.get("speed_kmh", SPEED_KMH)),
            buffer_m=float(values.get("buffer_m", BUFFER_M)),
            low_income_weight=float(values.get("low_income_weight", 1.0)),
            drawn=tuple((float(a), float(b)) for a, b in values.get("drawn") or ()),
        )

    @property
    def has_route(self) -> bool:
        """Say whether enough points are drawn to make a route."""
        return len(self.drawn) > 1


def code_of(setting: NightSetting) -> str:
    """Return a setting as one line of code.

    Examples
    --------
    >>> print(code_of(NightSetting(routes=2)))  # doctest: +NORMALIZE_WHITESPACE
    nightbus.operation(nightbus.add_routes(nightbus.candidates(city, n=60), city.night_trips,
    n=2, buffer_m=500, low_income_weight=1), nightbus.night_costs(city), headway_min=40,
    speed_kmh=20)
    """
    plan = (
        f"nightbus.add_routes(nightbus.candidates(city, n={CANDIDATES}), city.night_trips, "
        f"n={setting.routes}, buffer_m={setting.buffer_m:g}, "
        f"low_income_weight={setting.low_income_weight:g})"
    )
    if setting.has_route:
        # five digits are a metre; three, as :g leaves of a longitude above 100, another stop
        points = ", ".join(f"[{lat:.5f}, {lon:.5f}]" for lat, lon in setting.drawn)
        plan = f"nightbus.plan_with({plan}, nightbus.draw_route(city, [{points}]))"
    return (
        f"nightbus.operation({plan}, nightbus.night_costs(city), "
        f"headway_min={setting.headway_min:g}, speed_kmh={setting.speed_kmh:g})"
    )

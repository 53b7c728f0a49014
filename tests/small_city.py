"""Hand-made cities with a City's attributes, for tests that need no pack and no data."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from itertools import pairwise

import pandas as pd


@dataclass
class SmallCity:
    """A stand-in with the frames the demand model reads."""

    stops: pd.DataFrame
    routes: pd.DataFrame
    patterns: pd.DataFrame
    zones: pd.DataFrame
    properties: dict = field(default_factory=dict)
    weekend_days: list[str] = field(default_factory=lambda: ["saturday", "sunday"])

    @property
    def id(self) -> str:
        return self.properties.get("id", "small")

    @property
    def fingerprint(self) -> str:
        text = "".join(
            f.to_csv(index=False) for f in (self.stops, self.routes, self.patterns, self.zones)
        )
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def small_city(
    lines: dict[str, tuple[str, list[str]]],
    places: dict[str, tuple[float, float]],
    *,
    zones: pd.DataFrame | None = None,
    both_ways: bool = True,
    names: dict[str, str] | None = None,
    **properties: object,
) -> SmallCity:
    """Make a city from lines {route_id: (mode, stop ids)} and places {stop_id: (lat, lon)}."""
    from course.city.metres import metres_between
    from course.city.synthesis.zones import synthesise_zones

    given = {"id": "small", **properties}
    stops = pd.DataFrame(
        [(s, (names or {}).get(s, f"Stop {s}"), a, b) for s, (a, b) in places.items()],
        columns=["stop_id", "name", "lat", "lon"],
    )
    rows = []
    for route, (mode, ids) in lines.items():
        for direction, order in enumerate([ids, ids[::-1]] if both_ways else [ids]):
            along = [0]
            for a, b in pairwise(order):
                along.append(along[-1] + int(metres_between(*places[a], *places[b]) + 0.5))
            rows.append((f"{route}|{direction}|1", route, direction, mode, tuple(order),
                         tuple(along), 120))  # fmt: skip
    patterns = pd.DataFrame(rows, columns=[
        "pattern_id", "route_id", "direction_id", "mode", "stop_ids", "distance_m",
        "trips_per_day"])  # fmt: skip
    routes = pd.DataFrame(
        [(r, r, mode) for r, (mode, _) in lines.items()],
        columns=["route_id", "short_name", "mode"],
    )
    if zones is None:
        zones = synthesise_zones(stops, given)
    return SmallCity(stops, routes, patterns, zones, given)

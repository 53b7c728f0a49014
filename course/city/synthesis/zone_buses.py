"""Buses of a city whose pack knows gated rail only: rides between zones.

No stop is invented. A bus stop is "somewhere in zone Z" and is called ``bus@Z``; a
route is called ``bus-Z-k`` and runs between zone Z and others, both ways. The distance
is the way between two places in the zones, a third longer than the crow flies.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from course.city.places import ZONE_STOP, Plane
from course.city.synthesis.deterrence import deterrence, ride_not_walk
from course.city.synthesis.legs import Legs, Points, masses
from course.city.synthesis.stream import Stream
from course.errors import CourseError

ROUTES_PER_ZONE = 8
_LEGS = 60_000  # wanted, both directions together
# Metres: half of the rides shorter than the first are walked or taken by a slower bus,
# half of those longer than the second go by something faster. Assumptions.
_REACH = {
    "village": (400, 2_000), "circular": (500, 4_000), "branch": (500, 6_000),
    "trunk": (800, 9_000), "red": (14_000, 30_000), "owl": (2_000, 14_000),
}  # fmt: skip
_ANY_BUS = (500, 7_000)


def zone_bus_points(zones: Any) -> Points:
    """Return one point per zone, at the zone point, named ``bus@<zone_id>``."""
    plane = Plane.around(zones["lat"], zones["lon"])
    x, y = plane.metres(zones["lat"], zones["lon"])
    ids = [f"{ZONE_STOP}{zone}" for zone in zones["zone_id"]]
    return Points(ids, x, y, np.arange(len(zones)))


def bus_shares(properties: dict[str, Any]) -> dict[str, int]:
    """Return the parts of bus rides by mode, per ten thousand.

    Parameters
    ----------
    properties : dict
        ``synthesis.bus_shares`` ({mode: percent}); without it all rides are ``bus``.

    Raises
    ------
    CourseError
        If a share is negative or all are zero.
    """
    told = (properties.get("synthesis") or {}).get("bus_shares") or {"bus": 100}
    parts = {str(mode): int(float(share) * 100 + 0.5) for mode, share in told.items()}
    if min(parts.values()) < 0 or not any(parts.values()):
        raise CourseError(
            "datapackage.json: city.synthesis.bus_shares must be percentages, not all zero.",
            "Give a number of 0 or more for each bus mode.",
        )
    return {mode: part for mode, part in parts.items() if part}


def zone_routes(zones: Any, properties: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Return ids and modes of the synthetic routes, ``ROUTES_PER_ZONE`` per zone.

    Each mode gets its share of the routes as evenly as possible along the zones.
    """
    shares = bus_shares(properties)
    total = sum(shares.values())
    given = dict.fromkeys(shares, 0)
    ids, modes = [], []
    for zone in zones["zone_id"]:
        for k in range(1, ROUTES_PER_ZONE + 1):
            number = len(ids) + 1
            mode = max(shares, key=lambda m: shares[m] * number - given[m] * total)
            given[mode] += 1
            ids.append(f"bus-{zone}-{k}")
            modes.append(mode)
    return ids, modes


def zone_bus_legs(
    city: Any, modes: list[str], *, first_point: int, first_route: int, scale: float
) -> Legs:
    """Draw the legs of the synthetic routes.

    Parameters
    ----------
    city : course.City
        Needs ``id`` and ``zones``.
    modes : list of str
        Mode of each synthetic route, as from ``zone_routes``.
    first_point, first_route : int
        Number of the first zone point and the first synthetic route in the model.
    scale : float
        Distances of this city against Seoul's.

    Returns
    -------
    Legs
        Each drawn leg and, right behind all of them, the same leg the other way.
    """
    zones = city.zones
    points = zone_bus_points(zones)
    size = len(zones)
    out, into = masses(zones)
    stream = Stream(city.id, "rides", "zone buses")
    # Half the width of a zone, so that a ride to the next one can be short.
    half = np.sqrt(np.maximum(zones["area_km2"].to_numpy(float), 0.01) / 3.141592653589793) * 1000
    dx = (points.x[:, None] - points.x[None, :]).astype(np.float64)
    dy = (points.y[:, None] - points.y[None, :]).astype(np.float64)
    way = np.sqrt(dx * dx + dy * dy) * 4.0 / 3.0
    per_route = max(4, min(64, _LEGS // (2 * size * ROUTES_PER_ZONE)))
    home = np.repeat(np.arange(len(modes)) // ROUTES_PER_ZONE, per_route)
    goal = np.empty(len(home), dtype=np.int64)
    for number, mode in enumerate(modes):
        zone = number // ROUTES_PER_ZONE
        weight = into * _reach(np.maximum(way[zone], 0.5 * half[zone]), mode, scale)
        whole = np.floor(weight / weight.max() * (1 << 24)).astype(np.int64)
        here = slice(number * per_route, (number + 1) * per_route)
        goal[here] = stream.pick(whole, per_route)
    spread = (stream.integers(0, 181, len(home)) - 90) / 100.0
    metres = np.where(
        home == goal,
        half[home] * (1.0 + spread) * 0.8,
        way[home, goal] + spread * (half[home] + half[goal]),
    )
    metres = np.maximum(np.floor(metres + 0.5).astype(np.int64), 400)
    route = np.repeat(np.arange(len(modes)), per_route)
    reach = np.empty(len(metres))
    for mode in dict.fromkeys(modes):
        rows = np.array([m == mode for m in modes])[route]
        reach[rows] = _reach(metres[rows], mode, scale)
    here, there = np.arange(len(metres)), np.arange(len(metres), 2 * len(metres))
    return Legs(
        board=np.concatenate([home, goal]) + first_point,
        alight=np.concatenate([goal, home]) + first_point,
        route=np.concatenate([route, route]) + first_route,
        distance_m=np.concatenate([metres, metres]),
        gated=np.zeros(2 * len(metres), dtype=bool),
        weight=np.concatenate([out[home], out[goal]]) * np.concatenate([reach, reach]),
        back=np.concatenate([there, here]),
    )


def _reach(metres: np.ndarray, mode: str, scale: float) -> np.ndarray:
    """Return how well a ride of this length suits a bus mode, 0 to 1."""
    short, far = _REACH.get(mode, _ANY_BUS)
    return ride_not_walk(metres, short * scale) * deterrence(metres, far * scale)

"""A route the reader draws: clicked points become a way on the network, and what it gains."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from course.bigdata.night_demand import GRAIN
from course.bigdata.night_network import Network, network_of
from course.bigdata.night_plan import Plan
from course.bigdata.night_routes import Route
from course.city.places import crow_m, nearest_position
from course.errors import CourseError, UsageError

SNAP_M = 3_000
MOST_POINTS = 40


def draw_route(
    city: Any,
    points: Sequence[Sequence[float]],
    *,
    route_id: str = "DRAWN",
    name: str = "",
) -> Route:
    """Return the route through some points: each snapped to the network, shortest way between.

    Parameters
    ----------
    city : course.City
        Its own lines are the network, see :mod:`course.bigdata.night_network`.
    points : sequence of [lat, lon]
        2 to 40 points, WGS 84, in the order of the route.
    route_id, name : str
        What to call it; without a name, its two ends.

    Returns
    -------
    Route
        Of kind "drawn", to be scored like any candidate.

    Raises
    ------
    UsageError
        If the points are no points, or too few or many.
    CourseError
        If a point is more than 3 km from every stop, all lie at one place, or no way leads
        from one to the next; the sentence names the point (the first is point 1).
    """
    network = network_of(city)
    at = _snapped(network, _checked(points))
    way, metres = [at[0]], 0
    for number, (a, b) in enumerate(pairwise(at), start=1):
        if a == b:
            continue
        away = network.metres_from(np.array([a]))[0]
        if away[b] < 0:
            raise CourseError(
                f"No line and no short street leads from point {number} to point {number + 1}.",
                "Choose points in the same part of the network.",
            )
        way += network.path(away, b)[1:]
        metres += int(away[b])
    if len(way) < 2:
        raise CourseError(
            f"All points lie at one place, {network.name[at[0]]}.", "Click a second place."
        )
    label = name or f"{network.name[way[0]]} – {network.name[way[-1]]}"
    return Route(
        route_id=str(route_id), name=label, kind="drawn", length_m=metres,
        lat=tuple(network.lat[way].tolist()), lon=tuple(network.lon[way].tolist()),
        stops=tuple(network.name[p] for p in way), plane=network.plane,
    )  # fmt: skip


def _checked(points: Sequence[Sequence[float]]) -> np.ndarray:
    try:
        table = np.array([[float(a), float(b)] for a, b in points], dtype=np.float64)
    except (TypeError, ValueError):
        raise UsageError(
            "The points are not a list of [latitude, longitude] pairs.",
            "Write points=[[37.57, 126.98], [37.50, 127.03]].",
        ) from None
    if not 2 <= len(table) <= MOST_POINTS:
        raise UsageError(
            f"A route needs 2 to {MOST_POINTS} points, and there are {len(table)}.",
            "Click at least where it begins and where it ends.",
        )
    for number, (lat, lon) in enumerate(table.tolist(), start=1):
        if not (math.isfinite(lat) and abs(lat) <= 90 and math.isfinite(lon) and abs(lon) <= 180):
            raise UsageError(
                f"Point {number} is [{lat:g}, {lon:g}], which is no place on Earth.",
                "Give latitude first, then longitude.",
            )
    return table


def _snapped(network: Network, table: np.ndarray) -> list[int]:
    x, y = network.plane.metres(table[:, 0], table[:, 1])
    at = nearest_position(x, y, network.x, network.y)
    away = crow_m(x, y, network.x[at], network.y[at])
    far = np.flatnonzero(away > SNAP_M)
    if len(far):
        number = int(far[0])
        raise CourseError(
            f"Point {number + 1} is {away[number] / 1000:.1f} km from the nearest stop, "
            f"{network.name[at[number]]}.",
            "Click nearer to a line of the city.",
        )
    return [int(p) for p in at]


@dataclass(frozen=True)
class Gain:
    """What one more route adds to a plan.

    Parameters
    ----------
    own_trips, own_pct : float
        Night trips it serves alone, and percent of all.
    added_trips, added_points : float
        Of these, not served by the plan yet; the same in percentage points of all trips.
    added_per_km : float
        Added trips per kilometre of its one-way length.
    shared_pct : float
        Percent of its own trips that the plan serves already; 0 if it serves none.
    """

    own_trips: float
    own_pct: float
    added_trips: float
    added_points: float
    added_per_km: float
    shared_pct: float


def gain(plan: Plan, route: Route) -> Gain:
    """Return what a route adds to a plan, at the plan's buffer and trips.

    Parameters
    ----------
    plan : Plan
        The present network; may have no routes.
    route : Route
        Drawn or a candidate; one of the plan's own adds nothing.

    Returns
    -------
    Gain
        All zero where there are no night trips.
    """
    here = plan.cover.with_route(route)
    demand = here.demand
    own_pairs = here.served_pairs([len(here.routes) - 1])
    own = int(demand.trips[own_pairs].sum())
    added = int(demand.trips[own_pairs & ~plan.served_pairs].sum())
    total = max(demand.total, 1)
    return Gain(
        own_trips=own / GRAIN, own_pct=100.0 * own / total, added_trips=added / GRAIN,
        added_points=100.0 * added / total,
        added_per_km=added / GRAIN / max(route.length_km, 1e-9),
        shared_pct=100.0 * (own - added) / own if own else 0.0,
    )  # fmt: skip


def plan_with(plan: Plan, route: Route) -> Plan:
    """Return a plan that runs one more route after its own.

    A route of the same id is replaced, so a drawn route may be drawn again.
    """
    here = plan.cover.with_route(route)
    kept = [i for i in plan.route_ids if i != route.route_id]
    at = tuple(here.position(i) for i in [*kept, route.route_id])
    return Plan(here, at, plan.low_income_weight)

"""Every single ride a city's network allows: from where, to where, by what, how far.

Behind gates: each pair of stations, by the shortest way. Other modes: each pair of
stops in the order of a route's pattern, along the route. Very large networks are
thinned to ``MOST_LEGS`` by a fixed rule (a hash of the pair), which is part of the
method and said so. Where a city's pack knows gated rail only, zone_buses.py adds buses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from course.city.places import Plane, crow_m, nearest_position
from course.city.synthesis.deterrence import ride_not_walk
from course.city.synthesis.network import (
    UNREACHED,
    GatedNetwork,
    along_route,
    gated_network,
    not_shorter,
)

if TYPE_CHECKING:
    import pandas as pd

MOST_LEGS = 250_000
_GATES_M = 1_000  # half of the rides this short behind gates are walked or go by bus
_FULL_SERVICE = 40  # trips a day at which a route draws half of what it could


@dataclass(frozen=True)
class Points:
    """Where rides begin and end: the stops, then one bus stop per zone where needed.

    Parameters
    ----------
    ids : list of str
        ``stop_id`` or ``bus@<zone_id>``.
    x, y : numpy.ndarray of int64
        Metres on the city's plane.
    zone : numpy.ndarray of int64
        Position in the zones frame.
    """

    ids: list[str]
    x: np.ndarray
    y: np.ndarray
    zone: np.ndarray


@dataclass(frozen=True)
class Legs:
    """Possible single rides, as columns of equal length.

    Parameters
    ----------
    board, alight : numpy.ndarray of int64
        Positions in ``Points``.
    route : numpy.ndarray of int64
        Position in the model's route list.
    distance_m : numpy.ndarray of int64
        Metres ridden, above zero.
    gated : numpy.ndarray of bool
        True behind gates.
    weight : numpy.ndarray of float64
        Riders drawn, before distance counts.
    back : numpy.ndarray of int64
        Position of a leg that leads back, by the same route where it does; -1 if none.
    """

    board: np.ndarray
    alight: np.ndarray
    route: np.ndarray
    distance_m: np.ndarray
    gated: np.ndarray
    weight: np.ndarray
    back: np.ndarray

    def __len__(self) -> int:
        return len(self.board)

    @classmethod
    def joined(cls, parts: list[Legs]) -> Legs:
        """Put several tables under each other."""
        columns = {
            name: np.concatenate([getattr(p, name) for p in parts])
            for name in cls.__dataclass_fields__
        }
        before = np.cumsum([0, *(len(p) for p in parts[:-1])])
        shift = np.repeat(before, [len(p) for p in parts])
        columns["back"] = np.where(columns["back"] >= 0, columns["back"] + shift, -1)
        return cls(**columns)


def city_points(stops: pd.DataFrame, zones: pd.DataFrame) -> Points:
    """Return the stops as points of the city's plane with their nearest zone."""
    plane = Plane.around(zones["lat"], zones["lon"])
    x, y = plane.metres(stops["lat"], stops["lon"])
    zone = nearest_position(x, y, *plane.metres(zones["lat"], zones["lon"]))
    return Points([str(s) for s in stops["stop_id"]], x, y, zone)


def masses(zones: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return what each zone sends out (residents) and takes in (jobs, a third of residents)."""
    people = zones["population"].to_numpy(dtype=np.float64)
    jobs = zones["jobs"].to_numpy(dtype=np.float64)
    return people + 1.0, jobs + people / 3.0 + 1.0


def gated_legs(city: Any, points: Points, gated: frozenset[str]) -> Legs:
    """Return one leg per ordered pair of different stations behind gates."""
    net = gated_network(city.stops, city.routes, city.patterns, gated)
    a, b = np.nonzero((net.distance_m > 0) & (net.board != UNREACHED))
    keep = _thinned(a * len(net.distance_m) + b, MOST_LEGS)
    a, b = a[keep], b[keep]
    board, alight = net.board[a, b], net.alight[a, b]
    out, into = masses(city.zones)
    here, there = _station_mass(net, points, out), _station_mass(net, points, into)
    size = len(net.distance_m)
    return Legs(
        board=board,
        alight=alight,
        route=net.route[a, b],
        distance_m=net.distance_m[a, b],
        gated=np.ones(len(a), dtype=bool),
        weight=here[a] * there[b] * ride_not_walk(net.distance_m[a, b], _GATES_M),
        back=_position_of(b * size + a, a * size + b),
    )


def _station_mass(net: GatedNetwork, points: Points, mass: np.ndarray) -> np.ndarray:
    """Share a zone's mass among its stations, by the number of lines that meet there."""
    if len(net.stop) == 0:
        return np.zeros(0)
    size = np.bincount(net.station)
    _, first = np.unique(net.station, return_index=True)
    zone = points.zone[net.stop[first]]
    return mass[zone] * size / np.bincount(zone, weights=size, minlength=len(mass))[zone]


def used_patterns(city: Any, gated: frozenset[str]) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the patterns without gates that run on a weekday, busiest first, and their trips.

    Where none runs on a weekday, all of them.
    """
    patterns = city.patterns[~city.patterns["mode"].isin(list(gated))]
    daily = patterns["trips_per_day"].to_numpy(dtype=np.int64)
    if (daily > 0).any():
        patterns, daily = patterns[daily > 0], daily[daily > 0]
    order = np.argsort(-daily, kind="stable")
    return patterns.iloc[order], daily[order]


def pair_count(patterns: pd.DataFrame) -> int:
    """Return the pairs of calls of some patterns; above ``MOST_LEGS`` they are thinned."""
    calls = patterns["stop_ids"].map(len).to_numpy(dtype=np.int64)
    return int((calls * (calls - 1) // 2).sum())


def pattern_legs(city: Any, points: Points, gated: frozenset[str]) -> Legs:
    """Return one leg per route and ordered pair of stops on it, for modes without gates.

    A pair that several patterns of a route serve counts once, by the pattern with most
    trips. A pattern that no weekday trip uses is left out, unless all are.
    """
    import pandas as pd

    place = pd.Index(city.stops["stop_id"])
    patterns, daily = used_patterns(city, gated)
    route = pd.Index(city.routes["route_id"]).get_indexer(patterns["route_id"])
    expected = pair_count(patterns)
    parts = [np.zeros((0, 5), dtype=np.int64)]
    for number, (ids, given) in enumerate(
        zip(patterns["stop_ids"], patterns["distance_m"], strict=True)
    ):
        at = place.get_indexer(list(ids))
        crow = crow_m(points.x[at[:-1]], points.y[at[:-1]], points.x[at[1:]], points.y[at[1:]])
        along = along_route(given, crow)
        i, j = np.triu_indices(len(at), 1)
        metres = not_shorter(
            along[j] - along[i],
            crow_m(points.x[at[i]], points.y[at[i]], points.x[at[j]], points.y[at[j]]),
        )
        ok = (metres > 0) & (at[i] != at[j])
        i, j, metres = i[ok], j[ok], metres[ok]
        key = (route[number] * len(place) + at[i]) * len(place) + at[j]
        kept = _thinned(key, MOST_LEGS, expected)
        same = np.full(len(kept), number)
        parts.append(np.column_stack([key[kept], at[i[kept]], at[j[kept]], metres[kept], same]))
    table = np.concatenate(parts)
    table = table[np.sort(np.unique(table[:, 0], return_index=True)[1])]
    _, board, alight, metres, number = table.T
    out, into = masses(city.zones)
    service = np.maximum(daily, 1)[number] / (np.maximum(daily, 1)[number] + _FULL_SERVICE)
    users = np.union1d(board, alight)
    stops_in_zone = np.maximum(np.bincount(points.zone[users], minlength=len(city.zones)), 1)
    here = out / stops_in_zone
    there = into / stops_in_zone
    return Legs(
        board=board,
        alight=alight,
        route=route[number] if len(table) else board,
        distance_m=metres,
        gated=np.zeros(len(table), dtype=bool),
        weight=here[points.zone[board]] * there[points.zone[alight]] * service
        * ride_not_walk(metres),
        back=_way_back(board, alight, route[number] if len(table) else board, metres, points),
    )  # fmt: skip


def _position_of(wanted: np.ndarray, key: np.ndarray) -> np.ndarray:
    """Return where each wanted key stands in ``key`` (all different), -1 if nowhere."""
    if len(key) == 0:
        return np.full(len(wanted), -1, dtype=np.int64)
    order = np.argsort(key, kind="stable")
    at = order[np.minimum(np.searchsorted(key[order], wanted), len(key) - 1)]
    return np.where(key[at] == wanted, at, -1)


def _way_back(
    board: np.ndarray, alight: np.ndarray, route: np.ndarray, metres: np.ndarray, points: Points
) -> np.ndarray:
    """Return a leg back: same route and stops, else same route and zones, else any route.

    The stop across the street often has another id, and the way back another route id, so
    the two zones decide. On a loop the leg back may be the long way round: half as long
    again, or the other way about, is no way back.
    """
    size = len(points.ids)
    found = _position_of(
        (route * size + alight) * size + board, (route * size + board) * size + alight
    )
    if len(board) == 0:
        return found
    found = np.where(_alike(metres, metres[found]), found, -1)
    origin, goal = points.zone[board], points.zone[alight]
    for line in (route, np.zeros_like(route)):
        opposite = opposite_way(line, origin, goal, metres)
        found = np.where(found < 0, opposite, found)
    return found


def opposite_way(
    line: np.ndarray, origin: np.ndarray, goal: np.ndarray, metres: np.ndarray
) -> np.ndarray:
    """Return for each way one of the same line from its goal to its origin, -1 if none.

    Parameters
    ----------
    line, origin, goal : numpy.ndarray of int64
        Any number, and two zones. A way inside one zone has no opposite.
    metres : numpy.ndarray of int64
        Length; the nearest length from above is taken, if the two are alike.
    """
    if len(line) == 0:
        return line
    zones = int(max(origin.max(), goal.max())) + 1
    long = 1 << 22
    length = np.minimum(metres, long - 1)
    key = ((line * zones + origin) * zones + goal) * long + length
    wanted = ((line * zones + goal) * zones + origin) * long + length
    order = np.argsort(key, kind="stable")
    at = order[np.minimum(np.searchsorted(key[order], wanted), len(key) - 1)]
    ok = (key[at] // long == wanted // long) & (origin != goal) & _alike(metres, metres[at])
    return np.where(ok, at, -1)


def _alike(metres: np.ndarray, other: np.ndarray) -> np.ndarray:
    return (other * 3 >= metres * 2) & (other * 2 <= metres * 3)


def _thinned(key: np.ndarray, most: int, expected: int | None = None) -> np.ndarray:
    """Return the positions kept so that about ``most`` of ``expected`` pairs stay."""
    total = len(key) if expected is None else expected
    if total <= most:
        return np.arange(len(key))
    mixed = key.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    # The upper 32 bits, compared as a fraction of 2**32.
    return np.flatnonzero((mixed >> np.uint64(32)).astype(np.int64) < (most << 32) // total)

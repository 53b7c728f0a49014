"""Candidate night routes from a pack's own network: day routes, and ways between hot cells.

Half of the candidates follow day routes, cut where they are too long for a night bus. The
others are shortest ways over the network: from a place where the night is spent to where
people live, and from home area to home area through such a place, as real night buses run.
What serves many wishes per kilometre comes first, and what runs mostly beside a better
candidate is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from course.bigdata.night_cover import cover
from course.bigdata.night_demand import Demand
from course.bigdata.night_network import Network, network_of
from course.bigdata.night_routes import Candidates, Route
from course.bigdata.night_ways import LONGEST_M, Way, day_ways, path_ways
from course.city.places import content_key
from course.errors import CourseError, UsageError

if TYPE_CHECKING:
    import pandas as pd

MOST_CANDIDATES = 400
_SHORTEST_M = (5_000, 2_000, 1)  # one way; in a small city a night route is short
_END_M = 4_000  # turning round costs about as much as this way: short routes are not free
_ALIKE_PCT = (50, 65, 80, 92)  # shared cells of two candidates; eased until there are enough
_CANDIDATES: dict[tuple[str, int], Candidates] = {}
_KEPT = 32


def candidates(city: Any, *, n: int = 12, night_trips: pd.DataFrame | None = None) -> Candidates:
    """Return candidate routes for a night bus.

    Parameters
    ----------
    city : course.City
        Its ``stops, routes, patterns, zones`` and ``night_trips``.
    n : int
        How many, 1 to 400; a small network gives fewer.
    night_trips : DataFrame, optional
        Other demand than the city's.

    Returns
    -------
    Candidates
        About half follow day routes and come first (``kind`` "day route"), the rest are
        shortest ways between hot cells ("shortest path"); where one kind runs short the
        other fills up. One way 5 to 40 km, shorter in a city that has no such way. The
        same city gives the same candidates on every machine.

    Raises
    ------
    CourseError
        If the network joins no two places.

    Notes
    -----
    The network is the pack's: links between neighbouring stops of its lines, and short
    streets between near stops. A city with rail only has a night bus above the metro line,
    stop by stop, with the track's length. A real plan needs the street map.
    """
    count = _checked_count(n)
    if night_trips is not None:
        return _build(city, count, Demand.of(night_trips))
    key = (content_key(city), count)
    if key not in _CANDIDATES:
        built = _build(city, count, Demand.of(city.night_trips))
        while len(_CANDIDATES) >= _KEPT:
            _CANDIDATES.pop(next(iter(_CANDIDATES)))
        _CANDIDATES[key] = built
    return _CANDIDATES[key]


def _checked_count(n: Any) -> int:
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or not 1 <= n <= MOST_CANDIDATES:
        raise UsageError(
            f"n is {n!r}, not a whole number from 1 to {MOST_CANDIDATES}.",
            "Write nightbus.candidates(city, n=12).",
        )
    return int(n)


def _build(city: Any, n: int, demand: Demand) -> Candidates:
    network = network_of(city)
    day, paths = day_ways(city, network), path_ways(network, demand, n)
    for shortest_m in _SHORTEST_M:
        pools = [
            _ranked(network, [w for w in ways if shortest_m <= w.metres <= LONGEST_M], demand)
            for ways in (day, paths)
        ]
        chosen = _pick(pools, n)
        if len(chosen) >= min(n, 6):
            break
    if not chosen:
        raise CourseError(
            f"The network of {city.id} has no way for a night bus.", "Add lines with stops."
        )
    return _named(city, network, chosen)


@dataclass(frozen=True)
class _Pool:
    ways: list[Way]
    near: np.ndarray  # ways x cells


def _ranked(network: Network, ways: list[Way], demand: Demand) -> _Pool:
    """Order ways by the wishes they serve per kilometre, a turn at the end included."""
    routes = [_route(network, w, "", "", "shortest path") for w in ways]
    here = cover(Candidates(tuple(routes)), demand)
    # Without a cell to compare, ways are alike that pass the same places.
    near = here.near if demand.cells else _passed(network, ways)
    trips = (here.matrix @ here.weights()).astype(np.int64)
    metres = np.array([w.metres for w in ways], dtype=np.int64)
    score = trips * 1_000 // (metres + _END_M)
    order = sorted(range(len(ways)), key=lambda i: (-int(score[i]), ways[i].places))
    return _Pool([ways[i] for i in order], near[order] if len(ways) else near)


def _passed(network: Network, ways: list[Way]) -> np.ndarray:
    table = np.zeros((len(ways), len(network)), dtype=bool)
    for row, way in zip(table, ways, strict=True):
        row[list(way.places)] = True
    return table


def _pick(pools: list[_Pool], n: int) -> list[Way]:
    """Take ways from both pools, half and half, none too much like one taken before."""
    best: list[Way] = []
    for alike in _ALIKE_PCT:
        taken: list[list[Way]] = [[], []]
        cells: list[np.ndarray] = []
        # The day routes' half first, then paths for the rest, then whatever is left.
        for pool, quota in ((0, n // 2), (1, n), (0, n)):
            for way, near in zip(pools[pool].ways, pools[pool].near, strict=True):
                full = len(taken[0]) + len(taken[1]) >= n or len(taken[pool]) >= quota
                if full:
                    break
                if way in taken[pool] or _like_one(near, cells, alike):
                    continue
                taken[pool].append(way)
                cells.append(near)
        if len(taken[0]) + len(taken[1]) > len(best):
            best = taken[0] + taken[1]
        if len(best) >= n:
            break
    return best


def _like_one(near: np.ndarray, cells: list[np.ndarray], alike_pct: int) -> bool:
    """Say whether a way shares too many of its cells with one of those taken."""
    if not cells:
        return False
    table = np.array(cells)
    shared = (table & near).sum(axis=1)
    either = (table | near).sum(axis=1)
    return bool((shared * 100 > either * alike_pct).any() or not near.any())


def _route(network: Network, way: Way, route_id: str, name: str, kind: str) -> Route:
    at = list(way.places)
    return Route(
        route_id=route_id, name=name, kind=kind, length_m=way.metres,
        lat=tuple(network.lat[at].tolist()), lon=tuple(network.lon[at].tolist()),
        stops=tuple(network.name[p] for p in at), plane=network.plane, day_route=way.day_route,
    )  # fmt: skip


def _named(city: Any, network: Network, ways: list[Way]) -> Candidates:
    """Give the ways ids and names; day routes come first."""
    width = max(2, len(str(len(ways))))
    routes, seen = [], {}
    for number, way in enumerate(ways, start=1):
        ends = f"{network.name[way.places[0]]} – {network.name[way.places[-1]]}"
        name = f"{way.name}: {ends}" if way.day_route else ends
        seen[name] = seen.get(name, 0) + 1
        name = name if seen[name] == 1 else f"{name} ({seen[name]})"
        kind = "day route" if way.day_route else "shortest path"
        routes.append(_route(network, way, f"N{number:0{width}d}", name, kind))
    zones = city.zones.sort_values("zone_id", ignore_index=True)
    return Candidates(tuple(routes), zones[["zone_id", "lat", "lon", "income_group"]])

"""Ways a night bus may take: along day routes, and between the places people leave and seek.

A day route is taken at its busiest pattern, cut where it is longer than a night bus runs. A
path is the shortest way over the network from a place where nights are spent to where people
live, or from home area to home area through such a place, as real night buses run.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from course.bigdata.night_demand import Demand
from course.bigdata.night_network import Network
from course.city.places import crow_m, nearest_position

# One way. Seoul's routes of 2022 are 39 to 86 km there and back (facts 3.1).
LONGEST_M = 40_000
_LOOP_M = 400
_SNAP_M = 1_000  # a cell farther from every stop is nobody's end of a way
_APART_M = 1_500  # between two ends, or all ends would lie in one quarter
_STRAIGHT_TENTHS = 13  # a way through a centre may be 1.3 times the shortest


@dataclass(frozen=True)
class Way:
    """A chain of joined places of the network.

    Parameters
    ----------
    places : tuple of int
        In order, at least two.
    metres : int
        Its length one way.
    day_route, name : str
        Route of the pack it follows and what that is called; empty for a path.
    """

    places: tuple[int, ...]
    metres: int
    day_route: str = ""
    name: str = ""


def day_ways(city: Any, network: Network) -> list[Way]:
    """Return the busiest pattern of each route as ways no longer than a night bus runs."""
    ways = []
    for route, name, chain in day_chains(city, network):
        pieces = _cut(network, chain)
        for part, places in enumerate(pieces, start=1):
            told = f"{name}, part {part}" if len(pieces) > 1 else name
            ways.append(Way(tuple(places), network.length_m(places), route, told))
    return ways


def day_chains(city: Any, network: Network) -> list[tuple[str, str, list[int]]]:
    """Return route_id, the name riders know, and the places of each route's busiest pattern.

    Routes that stay at one place are left out.
    """
    patterns = city.patterns
    busiest = patterns.assign(
        falling=-patterns["trips_per_day"], size=-patterns["stop_ids"].map(len)
    )
    busiest = busiest.sort_values(["route_id", "falling", "size", "pattern_id"], kind="stable")
    busiest = busiest.drop_duplicates("route_id")
    routes = city.routes.drop_duplicates("route_id").set_index("route_id")
    known = [c for c in ("short_name", "long_name") if c in routes.columns]
    chains = []
    for route, ids in zip(busiest["route_id"].tolist(), busiest["stop_ids"], strict=True):
        chain = _without_repeats([network.place_of[s] for s in ids])
        if len(chain) > 1:
            told = [str(routes.at[route, c]).strip() for c in known]
            chains.append((str(route), next((t for t in told if t), str(route)), chain))
    return chains


def _without_repeats(chain: list[int]) -> list[int]:
    return [p for i, p in enumerate(chain) if i == 0 or chain[i - 1] != p]


def _cut(network: Network, chain: list[int]) -> list[list[int]]:
    """Cut a chain into parts of about equal length: too long a one, and a loop in two."""
    steps = [network.length_m([a, b]) for a, b in pairwise(chain)]
    total = sum(steps)
    parts = -(-total // LONGEST_M)
    ends = crow_m(
        network.x[chain[0]], network.y[chain[0]], network.x[chain[-1]], network.y[chain[-1]]
    )
    if ends <= _LOOP_M and len(chain) > 3:
        parts = max(int(parts), 2)
    out, begin, done = [], 0, 0
    for i, step in enumerate(steps, start=1):
        done += step
        if done * parts >= total * (len(out) + 1) or i == len(steps):
            out.append(chain[begin : i + 1])
            begin = i
    return [piece for piece in out if len(piece) > 1]


def path_ways(network: Network, demand: Demand, n: int) -> list[Way]:
    """Return shortest ways between hot places and homes, and from home to home through them."""
    start = np.bincount(demand.start, weights=demand.trips, minlength=len(demand.cells))
    end = np.bincount(demand.end, weights=demand.trips, minlength=len(demand.cells))
    more = 1 + n // 100
    hot = _spread(network, demand, start, 6 + 2 * more)
    homes = _spread(network, demand, end, 12 + 6 * more)
    if len(hot) == 0 or len(homes) == 0:  # no demand near the network: its own far ends
        hot, homes = _far_ends(network)
    away = network.metres_from(hot)
    between = network.metres_from(homes)[:, homes]
    ways: dict[tuple[int, ...], Way] = {}

    def add(places: list[int], metres: int) -> None:
        key = tuple(places) if places[0] <= places[-1] else tuple(places[::-1])
        if len(set(key)) == len(key) > 1:
            ways.setdefault(key, Way(key, metres))

    most = 40 + 20 * more
    for h, metres in enumerate(away):
        legs = {int(d): network.path(metres, int(d)) for d in homes if metres[d] > 0}
        for other in hot[h + 1 :].tolist():
            if metres[other] > 0:
                add(network.path(metres, other), int(metres[other]))
        for d, path in legs.items():
            add(path, int(metres[d]))
        through = 0
        for i, a in enumerate(homes.tolist()):  # the homes of most wishes come first
            for b, straight in zip(homes[:i].tolist(), between[i, :i].tolist(), strict=True):
                length = int(metres[a] + metres[b])
                direct = length * 10 <= straight * _STRAIGHT_TENTHS
                if through < most and a in legs and b in legs and direct and length <= LONGEST_M:
                    add(legs[a][::-1] + legs[b][1:], length)
                    through += 1
    return list(ways.values())


def _spread(network: Network, demand: Demand, weight: np.ndarray, count: int) -> np.ndarray:
    """Return places of the network near the heaviest cells, none near another."""
    x, y = network.plane.metres(demand.lat, demand.lon)
    if len(x) == 0:
        return np.zeros(0, dtype=np.int64)
    place = nearest_position(x, y, network.x, network.y)
    reached = crow_m(x, y, network.x[place], network.y[place]) <= _SNAP_M
    # What lies around a cell counts too: a route serves a corridor, not a point.
    around = _around(x, y, weight)
    chosen: list[int] = []
    for cell in np.argsort(-around, kind="stable").tolist():
        at = int(place[cell])
        if around[cell] <= 0 or not reached[cell] or at in chosen:
            continue
        near = crow_m(network.x[at], network.y[at], network.x[chosen], network.y[chosen])
        if len(chosen) == 0 or int(near.min()) >= _APART_M:
            chosen.append(at)
            if len(chosen) == count:
                break
    return np.array(chosen, dtype=np.int64)


def _around(x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return the weight within about one cell of each cell."""
    from scipy.sparse import coo_array
    from scipy.spatial import cKDTree

    pairs = cKDTree(np.column_stack([x, y])).query_pairs(1_200, output_type="ndarray")
    size = len(x)
    beside = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(size, size))
    return weight * 2 + beside @ weight + beside.T @ weight


def _far_ends(network: Network) -> tuple[np.ndarray, np.ndarray]:
    """Return the place farthest from the middle one, and the one farthest from it."""
    first = int(np.argmax(network.metres_from(np.array([0]))[0]))
    second = int(np.argmax(network.metres_from(np.array([first]))[0]))
    return np.array([first]), np.array([second])

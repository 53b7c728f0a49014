"""The roads a night bus may take: links between a pack's neighbouring stops, and short walks.

A pack holds no street map. It holds the order of stops of its own lines, and a bus that
drives from stop to next stop is at least near a road. Stops within 120 m of each other are
one place; places within 400 m without a line between them are joined, as a street at 1.3
times the crow's way (an assumption), and so are parts of the network less than 2 km apart.
In a city with rail only, the night bus follows above the line: its way between stations is
the line's, not a street's, and its length is the track's.

Everything is in whole metres, so equal ways are found equal on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from course.city.places import Plane, content_key, crow_m, nearest_position
from course.errors import CourseError

if TYPE_CHECKING:
    from scipy.sparse import csr_array

SAME_PLACE_M, STREET_M, BRIDGE_M = 120, 400, 2_000
_DETOUR_TENTHS = 13
UNREACHED = -1
_NETWORKS: dict[str, Network] = {}
_KEPT = 16


@dataclass(frozen=True, eq=False)
class Network:
    """Places of a city joined by its own lines.

    Parameters
    ----------
    plane : Plane
        The flat map of all metres here.
    lat, lon : numpy.ndarray of float
        WGS 84 degrees of each place.
    x, y : numpy.ndarray of int64
        Metres on the plane.
    name : tuple of str
        Name of the stop the place stands for.
    edges : numpy.ndarray of int64
        One row per joined pair: place, place (the smaller first), metres. Sorted.
    place_of : dict of str to int
        Stop id to place.
    """

    plane: Plane
    lat: np.ndarray
    lon: np.ndarray
    x: np.ndarray
    y: np.ndarray
    name: tuple[str, ...]
    edges: np.ndarray
    place_of: dict[str, int]

    def __len__(self) -> int:
        return len(self.x)

    @cached_property
    def graph(self) -> csr_array:
        """The edges both ways as a sparse matrix of metres."""
        from scipy.sparse import csr_array

        a, b, metres = self.edges.T if len(self.edges) else np.zeros((3, 0), dtype=np.int64)
        size = len(self)
        return csr_array(
            (
                np.concatenate([metres, metres]).astype(np.float64),
                (np.concatenate([a, b]), np.concatenate([b, a])),
            ),
            shape=(size, size),
        )

    @cached_property
    def metres_of(self) -> dict[tuple[int, int], int]:
        """Metres of each joined pair, by (smaller, larger) place."""
        return {(a, b): m for a, b, m in self.edges.tolist()}

    def metres_from(self, sources: np.ndarray) -> np.ndarray:
        """Return the shortest metres from some places to all: sources x places, int64.

        ``UNREACHED`` where no way leads.
        """
        from scipy.sparse.csgraph import dijkstra

        if len(sources) == 0 or len(self) == 0:
            return np.zeros((len(sources), len(self)), dtype=np.int64)
        found = dijkstra(self.graph, indices=np.asarray(sources))
        return np.where(np.isfinite(found), found, UNREACHED).astype(np.int64)

    def path(self, start_metres: np.ndarray, end: int) -> list[int]:
        """Return the places of the shortest way that ends at a place.

        Parameters
        ----------
        start_metres : numpy.ndarray of int64
            One row of :meth:`metres_from`; its 0 is where the way begins.
        end : int
            The last place; must be reached.

        Returns
        -------
        list of int
            Places from the start. Of equal ways, the one over the places with the
            smallest numbers, seen from the end.
        """
        graph, way = self.graph, [int(end)]
        while start_metres[way[-1]] > 0:
            here = way[-1]
            span = slice(graph.indptr[here], graph.indptr[here + 1])
            beside, metres = graph.indices[span], graph.data[span]
            fits = (start_metres[beside] >= 0) & (
                start_metres[beside] + metres == start_metres[here]
            )
            way.append(int(beside[fits].min()))
        return way[::-1]

    def length_m(self, way: list[int]) -> int:
        """Return the metres of a way over joined places."""
        return sum(self.metres_of[min(a, b), max(a, b)] for a, b in pairwise(way))


def network_of(city: Any) -> Network:
    """Return the network of a city, built once.

    Parameters
    ----------
    city : course.City
        Needs ``stops, patterns`` and what names its content.

    Raises
    ------
    CourseError
        If no two places are joined.
    """
    key = content_key(city)
    if key not in _NETWORKS:
        network = build_network(city)
        while len(_NETWORKS) >= _KEPT:
            _NETWORKS.pop(next(iter(_NETWORKS)))
        _NETWORKS[key] = network
    return _NETWORKS[key]


def build_network(city: Any) -> Network:
    """Build the network of a city; see :func:`network_of`."""
    stops = city.stops.sort_values("stop_id", ignore_index=True)
    served = {stop for ids in city.patterns["stop_ids"] for stop in ids}
    stops = stops[stops["stop_id"].isin(served)].reset_index(drop=True)
    plane = Plane.around(stops["lat"], stops["lon"])
    x, y = plane.metres(stops["lat"], stops["lon"])
    place, leader = _places(x, y)
    ids = stops["stop_id"].tolist()
    place_of = dict(zip(ids, place.tolist(), strict=True))
    x, y = x[leader], y[leader]
    edges = _joined(_links(city.patterns, place_of, x, y), x, y)
    if len(edges) == 0:
        raise CourseError(
            f"The network of {city.id} joins no two places, so no night route can be made.",
            "Add stops and the lines that call at them in order.",
        )
    names = stops["name"].astype("str").to_numpy(dtype=object)[leader]
    return Network(
        plane=plane, x=x, y=y, edges=edges, place_of=place_of,
        lat=stops["lat"].to_numpy(float)[leader], lon=stops["lon"].to_numpy(float)[leader],
        name=tuple(str(n) for n in names),
    )  # fmt: skip


def _places(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give each stop to the first stop within reach that stands for a place, or to itself.

    No chains: a place is never wider than twice the reach, however dense the stops.
    """
    from scipy.spatial import cKDTree

    place = np.full(len(x), -1, dtype=np.int64)
    leader: list[int] = []
    if len(x) == 0:
        return place, np.zeros(0, dtype=np.int64)
    around = cKDTree(np.column_stack([x, y])).query_ball_point(
        np.column_stack([x, y]), SAME_PLACE_M
    )
    for stop, near in enumerate(around):
        if place[stop] < 0:
            free = [other for other in near if place[other] < 0]
            place[free] = len(leader)
            leader.append(stop)
    return place, np.array(leader, dtype=np.int64)


def _links(patterns: Any, place_of: dict[str, int], x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return place, place, metres for neighbours on a line; never shorter than the crow's way."""
    rows = [np.zeros((0, 3), dtype=np.int64)]
    for ids, along in zip(patterns["stop_ids"], patterns["distance_m"], strict=True):
        at = np.array([place_of[s] for s in ids], dtype=np.int64)
        way = np.floor(np.asarray(along, dtype=np.float64) + 0.5).astype(np.int64)
        a, b = at[:-1], at[1:]
        metres = np.maximum(np.diff(way), np.maximum(crow_m(x[a], y[a], x[b], y[b]), 1))
        rows.append(np.column_stack([np.minimum(a, b), np.maximum(a, b), metres]))
    return np.concatenate(rows)


def _joined(links: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Add streets between near places and bridges between near parts; keep the shortest."""
    from scipy.spatial import cKDTree

    if len(x) < 2:
        return np.zeros((0, 3), dtype=np.int64)
    points = np.column_stack([x, y])
    near = cKDTree(points).query_pairs(STREET_M, output_type="ndarray")
    edges = _shortest(links)
    lined = {(a, b) for a, b, _ in edges.tolist()}
    near = np.array(
        [(a, b) for a, b in near.tolist() if (min(a, b), max(a, b)) not in lined], dtype=np.int64
    ).reshape(-1, 2)
    edges = _shortest(np.concatenate([edges, _streets(near, x, y)]))
    return _shortest(np.concatenate([edges, _bridges(edges, points)]))


def _streets(pairs: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    a, b = np.sort(pairs, axis=1).T
    metres = crow_m(x[a], y[a], x[b], y[b]) * _DETOUR_TENTHS // 10
    return np.column_stack([a, b, np.maximum(metres, 1)])


def _bridges(edges: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Join parts of the network by the shortest crow's ways, the nearest parts first."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    size = len(points)
    graph = coo_array((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(size, size))
    count, part = connected_components(graph, directed=False)
    if count == 1:
        return np.zeros((0, 3), dtype=np.int64)
    # Between each pair of parts only its shortest way can be a bridge.
    best: dict[tuple[int, int], tuple[int, int, int]] = {}
    members = [np.flatnonzero(part == k) for k in range(count)]
    x, y = points.T
    for k, other in combinations(range(count), 2):
        few, many = sorted((members[k], members[other]), key=len)
        at = many[nearest_position(x[few], y[few], x[many], y[many])]
        away = crow_m(x[few], y[few], x[at], y[at])
        a, b, metres = min(
            zip(np.minimum(few, at).tolist(), np.maximum(few, at).tolist(), away.tolist(),
                strict=True),
            key=lambda found: (found[2], found),
        )  # fmt: skip
        if metres <= BRIDGE_M:
            best[k, other] = (metres, a, b)
    chosen, group = [], list(range(count))
    for (k, other), (metres, a, b) in sorted(best.items(), key=lambda item: item[1]):
        if group[k] != group[other]:
            old, new = group[other], group[k]
            group = [new if g == old else g for g in group]
            chosen.append((a, b, max(metres * _DETOUR_TENTHS // 10, 1)))
    return np.array(chosen, dtype=np.int64).reshape(-1, 3)


def _shortest(edges: np.ndarray) -> np.ndarray:
    """Keep one row per pair of different places, the shortest, sorted by place."""
    edges = edges[edges[:, 0] != edges[:, 1]]
    edges = edges[np.lexsort((edges[:, 2], edges[:, 1], edges[:, 0]))]
    keep = np.ones(len(edges), dtype=bool)
    keep[1:] = (edges[1:, :2] != edges[:-1, :2]).any(axis=1)
    return edges[keep]

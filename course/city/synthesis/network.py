"""Shortest way between stations behind gates, in whole metres.

A ride behind gates is one ride, whatever lines are used, and its distance is the
shortest way on the tracks; changing lines adds nothing. Stops that are one station to a
rider are joined: the same parent station; the same name within 1,000 m; 100 m apart; or
250 m apart on different lines. Tracks are taken to be used both ways.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from course.city.places import Plane, crow_m

if TYPE_CHECKING:
    import pandas as pd

SAME_NAME_M, SAME_PLACE_M, CHANGE_M = 1_000, 100, 250
UNREACHED = -1


@dataclass(frozen=True)
class GatedNetwork:
    """Stations behind gates and the shortest way between them.

    Parameters
    ----------
    stop : numpy.ndarray of int64
        Position in the stops frame, one per stop behind gates.
    station : numpy.ndarray of int64
        Station number of each of these stops.
    distance_m : numpy.ndarray of int64
        Stations x stations; ``UNREACHED`` where no track leads, 0 on the diagonal.
    board, alight, route : numpy.ndarray of int64
        Stations x stations: the stop (position in the stops frame) where the shortest way
        begins and ends, and the route (position in the routes frame) it begins with.
    """

    stop: np.ndarray
    station: np.ndarray
    distance_m: np.ndarray
    board: np.ndarray
    alight: np.ndarray
    route: np.ndarray


def gated_network(
    stops: pd.DataFrame, routes: pd.DataFrame, patterns: pd.DataFrame, gated: frozenset[str]
) -> GatedNetwork:
    """Build the network of the gated modes.

    Parameters
    ----------
    stops, routes, patterns : pandas.DataFrame
        Frames of a city.
    gated : frozenset of str
        Modes with gates, such as ``subway``.

    Returns
    -------
    GatedNetwork
        With no stations if no pattern has a gated mode.
    """
    links = _links(stops, routes, patterns, gated)
    inside = np.unique(np.concatenate([links[:, 0], links[:, 1]]))
    station = _stations(stops, inside, links)
    count = int(station.max()) + 1 if len(station) else 0
    if count == 0:
        none = np.zeros((0, 0), dtype=np.int64)
        return GatedNetwork(inside, station, none, none, none, none)
    edges = _station_edges(links, inside, station)
    distance = _all_pairs(edges, count)
    return GatedNetwork(inside, station, distance, *_ends(edges, distance))


def along_route(distance: Any, crow: np.ndarray) -> np.ndarray:
    """Return whole cumulative metres of a pattern that never fall; crow's way if not usable.

    Parameters
    ----------
    distance : sequence of float or None
        Cumulative metres as the pack gives them.
    crow : numpy.ndarray of int64
        Metres between consecutive stops, one fewer than stops.
    """
    given = np.asarray([] if distance is None else distance, dtype=np.float64)
    if len(given) != len(crow) + 1 or not np.isfinite(given).all():
        return np.concatenate([[0], np.cumsum(crow)]).astype(np.int64)
    return np.maximum.accumulate(np.floor(given - given[0] + 0.5).astype(np.int64))


def not_shorter(along: np.ndarray, crow: np.ndarray) -> np.ndarray:
    """Return metres along a route; the crow's where a pack's are a tenth too short to be true."""
    return np.where(along * 10 >= crow * 9, along, crow)


def _links(
    stops: pd.DataFrame, routes: pd.DataFrame, patterns: pd.DataFrame, gated: frozenset[str]
) -> np.ndarray:
    """Return one row per pair of neighbours on a line: stop, stop, metres, route."""
    import pandas as pd

    place = pd.Index(stops["stop_id"])
    line = pd.Index(routes["route_id"])
    plane = Plane.around(stops["lat"], stops["lon"])
    x, y = plane.metres(stops["lat"], stops["lon"])
    rows = [np.zeros((0, 4), dtype=np.int64)]
    chosen = patterns[patterns["mode"].isin(list(gated))]
    for route, ids, given in zip(
        line.get_indexer(chosen["route_id"]), chosen["stop_ids"], chosen["distance_m"], strict=True
    ):
        at = place.get_indexer(list(ids))
        crow = crow_m(x[at[:-1]], y[at[:-1]], x[at[1:]], y[at[1:]])
        step = np.maximum(not_shorter(np.diff(along_route(given, crow)), crow), 1)
        rows.append(np.column_stack([at[:-1], at[1:], step, np.full(len(step), route)]))
    links = np.concatenate(rows).astype(np.int64)
    return np.unique(links[links[:, 0] != links[:, 1]], axis=0)


def _stations(stops: pd.DataFrame, inside: np.ndarray, links: np.ndarray) -> np.ndarray:
    """Give numbers to the stations of the stops ``inside``, in the order of their first stop."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import cKDTree

    if len(inside) == 0:
        return np.zeros(0, dtype=np.int64)
    here = stops.iloc[inside]
    plane = Plane.around(here["lat"], here["lon"])
    x, y = plane.metres(here["lat"], here["lon"])
    pairs = cKDTree(np.column_stack([x, y])).query_pairs(SAME_NAME_M, output_type="ndarray")
    a, b = pairs[:, 0], pairs[:, 1]
    apart = crow_m(x[a], y[a], x[b], y[b])
    name = here["name"].astype("str").str.strip().str.casefold().to_numpy(dtype=object)
    same_name = (name[a] == name[b]) & (name[a] != "")
    lines = _lines_at(inside, links)
    other_line = np.array([not (lines[p] & lines[q]) for p, q in pairs.tolist()], dtype=bool)
    joined = same_name | (apart <= SAME_PLACE_M) | ((apart <= CHANGE_M) & other_line)
    if "parent_station" in here.columns:
        parent = here["parent_station"].astype("str").fillna("").to_numpy(dtype=object)
        joined |= (parent[a] == parent[b]) & (parent[a] != "")
    size = len(inside)
    graph = coo_array((np.ones(int(joined.sum())), (a[joined], b[joined])), shape=(size, size))
    label = connected_components(graph, directed=False)[1]
    _, first, number = np.unique(label, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    return rank[number]


def _lines_at(inside: np.ndarray, links: np.ndarray) -> list[frozenset[int]]:
    lines: dict[int, set[int]] = {int(stop): set() for stop in inside}
    for a, b, _, route in links.tolist():
        lines[a].add(route)
        lines[b].add(route)
    return [frozenset(lines[int(stop)]) for stop in inside]


def _station_edges(links: np.ndarray, inside: np.ndarray, station: np.ndarray) -> np.ndarray:
    """Return directed edges: station, station, metres, route, from stop, to stop.

    Of several tracks between two stations the shortest stays, of equals the first route.
    """
    both = np.concatenate([links, links[:, [1, 0, 2, 3]]])
    a = station[np.searchsorted(inside, both[:, 0])]
    b = station[np.searchsorted(inside, both[:, 1])]
    table = np.column_stack([a, b, both[:, 2], both[:, 3], both[:, 0], both[:, 1]])
    table = table[a != b]
    table = table[np.lexsort(table.T[::-1])]
    keep = np.ones(len(table), dtype=bool)
    keep[1:] = (table[1:, :2] != table[:-1, :2]).any(axis=1)
    return table[keep]


def _all_pairs(edges: np.ndarray, count: int) -> np.ndarray:
    """Return the shortest metres between all stations; sums of integers, so exact."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    graph = csr_array(
        (edges[:, 2].astype(np.float64), (edges[:, 0], edges[:, 1])), shape=(count, count)
    )
    found = dijkstra(graph)
    return np.where(np.isfinite(found), found, UNREACHED).astype(np.int64)


def _ends(edges: np.ndarray, distance: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return boarding stop, alighting stop and first route of each pair's shortest way.

    An edge can begin the way from a to d if its length and the rest add up; of several
    the first edge is taken, so that equal ways are the same on every machine.
    """
    count = len(distance)
    board = np.full((count, count), UNREACHED, dtype=np.int64)
    alight, route = board.copy(), board.copy()
    for a, b, metres, line, from_stop, to_stop in edges[::-1].tolist():
        starts = (distance[b] >= 0) & (metres + distance[b] == distance[a])
        board[a, starts], route[a, starts] = from_stop, line
        ends = (distance[:, a] >= 0) & (distance[:, a] + metres == distance[:, b])
        alight[ends, b] = to_stop
    return board, alight, route


def station_distances(city: Any) -> pd.DataFrame:
    """Return the fare distance between all stations behind gates.

    Parameters
    ----------
    city : course.City
        Needs ``stops, routes, patterns, properties``.

    Returns
    -------
    pandas.DataFrame
        One row per ordered pair of different stations that tracks join:
        ``from_stop_id, to_stop_id`` (str, the stop of the line where the way begins and
        ends), ``route_id`` (str, the line it begins with), ``distance_m`` (int64).
        Empty for a city without gates.
    """
    import pandas as pd

    net = gated_network(city.stops, city.routes, city.patterns, gated_modes(city.properties))
    a, b = np.nonzero(net.distance_m > 0)
    stop_id = city.stops["stop_id"].to_numpy(dtype=object)
    route_id = city.routes["route_id"].to_numpy(dtype=object)
    return pd.DataFrame({
        "from_stop_id": pd.array(stop_id[net.board[a, b]].tolist(), dtype="str"),
        "to_stop_id": pd.array(stop_id[net.alight[a, b]].tolist(), dtype="str"),
        "route_id": pd.array(route_id[net.route[a, b]].tolist(), dtype="str"),
        "distance_m": net.distance_m[a, b],
    })  # fmt: skip


def gated_modes(properties: dict[str, Any]) -> frozenset[str]:
    """Return the modes a rider enters and leaves through gates: subway and what the pack adds."""
    return frozenset({"subway", *(properties.get("gated_modes") or [])})

"""How far each ride went: as given, along the route, on the rails, or as the crow flies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from course.city.places import crow_m
from course.city.rides_in.network import Network

MISSING = -1


@dataclass(frozen=True)
class Ways:
    """Distances and where they come from.

    Parameters
    ----------
    metres : numpy.ndarray of int64
        One per ride; -1 without tap-out.
    given, along_route, on_rails, crow : int
        Rides by origin of the distance.
    """

    metres: np.ndarray
    given: int
    along_route: int
    on_rails: int
    crow: int

    def __str__(self) -> str:
        parts = [
            (self.given, "as the file gives them"),
            (self.along_route, "along the route"),
            (self.on_rails, "the shortest way on the rails"),
            (self.crow, "as the crow flies between the stops"),
        ]
        return "; ".join(f"{count:,} {words}" for count, words in parts if count) or "none"


def crow_between(a: np.ndarray, b: np.ndarray, network: Network) -> np.ndarray:
    """Return whole metres between stops; ``MISSING`` where one is."""
    out = np.full(len(a), MISSING, dtype=np.int64)
    both = np.flatnonzero((a >= 0) & (b >= 0))
    if len(both):
        x, y = network.metres()
        out[both] = crow_m(x[a[both]], y[a[both]], x[b[both]], y[b[both]])
    return out


def ways(
    board: np.ndarray,
    alight: np.ndarray,
    route: np.ndarray,
    gated: np.ndarray,
    given: np.ndarray,
    network: Network,
) -> Ways:
    """Measure each ride.

    Parameters
    ----------
    board, alight : numpy.ndarray of int
        Stop numbers; negative = none.
    route : numpy.ndarray of int
        Position in the routes frame, -1 unknown.
    gated : numpy.ndarray of bool
        The ride was behind gates.
    given : numpy.ndarray of float
        Metres of the file, NaN = not given.
    network : Network
        Stops, routes, rails.

    Returns
    -------
    Ways
        A given distance is kept if it is not negative and below 2,000 km.
    """
    metres = crow_between(board, alight, network)
    ended = metres >= 0
    stated = ended & (given >= 0) & (given < 2_000_000)
    metres[stated] = np.floor(given[stated] + 0.5).astype(np.int64)
    rest = ended & ~stated
    rails = _on_rails(metres, rest & gated, board, alight, network)
    along = _along(metres, rest & ~gated & (route >= 0), board, alight, route, network)
    return Ways(metres, int(stated.sum()), along, rails, int(rest.sum()) - along - rails)


def _on_rails(
    metres: np.ndarray, rows: np.ndarray, board: np.ndarray, alight: np.ndarray, network: Network
) -> int:
    at = np.flatnonzero(rows)
    if not len(at):
        return 0
    rails = network.rails
    count = len(network.stops) + len(network.added)
    station = np.full(count, -1, dtype=np.int64)
    station[rails.stop] = rails.station
    a, b = station[board[at]], station[alight[at]]
    known = (a >= 0) & (b >= 0)
    found = np.full(len(at), MISSING, dtype=np.int64)
    found[known] = rails.distance_m[a[known], b[known]]
    reached = found >= 0
    metres[at[reached]] = found[reached]
    return int(reached.sum())


def _along(
    metres: np.ndarray,
    rows: np.ndarray,
    board: np.ndarray,
    alight: np.ndarray,
    route: np.ndarray,
    network: Network,
) -> int:
    at = np.flatnonzero(rows)
    if not len(at):
        return 0
    key = np.column_stack([route[at], board[at], alight[at]])
    each, back = np.unique(key, axis=0, return_inverse=True)
    found = np.full(len(each), MISSING, dtype=np.int64)
    for number in np.unique(each[:, 0]).tolist():
        here = np.flatnonzero(each[:, 0] == number)
        for stops, cumulated in network.lines.get(number, []):
            first = {int(s): i for i, s in reversed(list(enumerate(stops.tolist())))}
            last = {int(s): i for i, s in enumerate(stops.tolist())}
            for row in here[found[here] < 0].tolist():
                i, j = first.get(int(each[row, 1])), last.get(int(each[row, 2]))
                if i is not None and j is not None and i < j:
                    found[row] = int(cumulated[j] - cumulated[i])
    reached = found[back.ravel()] >= 0
    metres[at[reached]] = found[back.ravel()][reached]
    return int(reached.sum())

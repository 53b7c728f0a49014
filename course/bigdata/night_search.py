"""Choose n of many routes: greedy first, then exchanges while one serves more.

The routes that together serve most trips are a maximum coverage problem. Greedy is never
below 63 % of the best; exchanging chosen for other routes closes most of the rest. Weights
are whole numbers, so every sum is exact and every machine chooses the same routes; of
equal choices the first route wins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_array

_KICKS = 4  # times all chosen routes are forbidden in turn, to look for a better plan
_MOST_EXCHANGES = 60


def search(serves: np.ndarray, weight: np.ndarray, n: int) -> list[int]:
    """Return at most n routes that serve many trips together, the one that adds most first.

    Parameters
    ----------
    serves : numpy.ndarray of bool
        Routes x patterns: the route serves the pattern.
    weight : numpy.ndarray of float64
        Trips of each pattern, whole numbers, not negative.
    n : int
        Routes wanted; fewer come back where no more trip can be added.

    Returns
    -------
    list of int
        Positions of routes. The same numbers give the same routes everywhere.

    Notes
    -----
    Greedy, then exchanges of one route. Then each route of the plan is forbidden in turn,
    the plan is repaired and exchanged without and with it, and the best of these becomes
    the plan, as long as that helps and four times at the most.
    """
    from scipy.sparse import csr_array

    used = np.flatnonzero(weight > 0)
    table, trips = serves[:, used], weight[used]
    matrix = csr_array(table.astype(np.float64))
    free = np.zeros(len(table), dtype=bool)
    best = exchanged(table, matrix, trips, added(table, matrix, trips, [], n, free), free)
    for _ in range(_KICKS):
        better = _kicked(table, matrix, trips, best, n)
        if value(table, trips, better) <= value(table, trips, best):
            break
        best = better
    return in_order(table, trips, best)


def added(
    table: np.ndarray,
    matrix: csr_array,
    trips: np.ndarray,
    chosen: list[int],
    n: int,
    barred: np.ndarray,
) -> list[int]:
    """Add the route that serves most of what is not served yet, until there are n.

    ``matrix`` is ``table`` as a sparse matrix; ``barred`` marks routes out of use.
    """
    chosen = list(chosen)
    left = trips * ~table[chosen].any(axis=0)
    while len(chosen) < n and len(table):
        gain = matrix @ left
        gain[barred] = 0
        best = int(np.argmax(gain))
        if gain[best] <= 0:
            break
        chosen.append(best)
        left = left * ~table[best]
    return chosen


def exchanged(
    table: np.ndarray, matrix: csr_array, trips: np.ndarray, chosen: list[int], barred: np.ndarray
) -> list[int]:
    """Exchange one chosen route for another as long as that serves more, the best first."""
    chosen = list(chosen)
    for _ in range(_MOST_EXCHANGES):
        if not chosen:
            break
        mine = table[chosen]
        times = mine.sum(axis=0)
        alone = mine * (trips * (times == 1))  # chosen x patterns: what only this one serves
        gain = (matrix @ (trips * (times == 0) + alone).T) - alone.sum(axis=1)
        gain[barred] = 0
        gain[chosen] = 0
        route, at = divmod(int(np.argmax(gain)), len(chosen))
        if gain[route, at] <= 0:
            break
        chosen[at] = route
    return chosen


def value(table: np.ndarray, trips: np.ndarray, chosen: list[int]) -> int:
    """Return the trips that some routes serve together, each once."""
    return int(trips[table[chosen].any(axis=0)].sum()) if chosen else 0


def in_order(table: np.ndarray, trips: np.ndarray, chosen: list[int]) -> list[int]:
    """Return the same routes, the one that adds most first; of equals the first."""
    left, open_, out = sorted(chosen), trips.copy(), []
    while left:
        gain = table[left] @ open_
        out.append(left.pop(int(np.argmax(gain))))
        open_ = open_ * ~table[out[-1]]
    return out


def _kicked(
    table: np.ndarray, matrix: csr_array, trips: np.ndarray, chosen: list[int], n: int
) -> list[int]:
    best, best_value = chosen, value(table, trips, chosen)
    free = np.zeros(len(table), dtype=bool)
    for route in chosen:
        barred = free.copy()
        barred[route] = True
        rest = [r for r in chosen if r != route]
        other = added(table, matrix, trips, rest, n, barred)
        other = exchanged(table, matrix, trips, other, barred)
        other = exchanged(table, matrix, trips, other, free)
        found = value(table, trips, other)
        if found > best_value:
            best, best_value = other, found
    return best

"""Where a ride without tap-out ended: trip chaining, and how often it is right.

The rule. A rider leaves the vehicle at the stop of the boarded route, after the boarding
stop, that is nearest to the card's next tap-in of the service day; after the last ride, to
the day's first. If even that stop is further than 1,000 m, or the card taps once a day
only, nothing is inferred. Behind gates every station of the network counts. A route the
feed does not know has the stops its own taps show, in either direction; these, and whether
a mode ever taps out, are judged over all files of one import, not day by day.

Where the city's cards do tap out, the same rule is tried on those rides with the tap-out
hidden, and the share found within 500 m and 1,000 m is reported: that is how far to trust
it, and only for riders and lines that look alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from course.city.rides_in.network import Network

if TYPE_CHECKING:
    import pandas as pd

WALK_M = 1_000
NONE = -2
_BUS_KMH, _RAIL_KMH = 15, 35
_RAILS = ("subway", "rail")


@dataclass(frozen=True)
class Score:
    """How well chaining finds known tap-outs.

    Parameters
    ----------
    rides : int
        Rides with a tap-out that were tried.
    inferred : int
        Those for which chaining gave a stop.
    within_500, within_1000 : int
        Those of the inferred whose stop is at most so many metres from the tap-out.
    """

    rides: int
    inferred: int
    within_500: int
    within_1000: int

    def __str__(self) -> str:
        def share(part: int, whole: int) -> str:
            return f"{100 * part / whole:.0f} %" if whole else "none"

        if not self.inferred:
            return (
                f"it gives no stop for any of {self.rides:,} rides with the tap-out hidden "
                "(it needs cards with two rides a day)"
            )
        return (
            f"of {self.rides:,} rides with the tap-out hidden, chaining gives a stop for "
            f"{share(self.inferred, self.rides)}; of these {share(self.within_500, self.inferred)}"
            f" lie within 500 m of the tap-out and {share(self.within_1000, self.inferred)}"
            " within 1,000 m"
        )


def next_stop(rides: pd.DataFrame) -> np.ndarray:
    """Return the stop of the card's next tap-in; the day's first one after its last ride.

    Parameters
    ----------
    rides : pandas.DataFrame
        ``day, card, companion, time, row, stop``; any order.

    Returns
    -------
    numpy.ndarray of int
        One stop number per ride, ``NONE`` for a card with one ride that day.
    """
    n = len(rides)
    out = np.full(n, NONE)
    if n < 2:
        return out
    keys = [rides[c].to_numpy() for c in ("day", "card", "companion")]
    order = np.lexsort((rides["row"].to_numpy(), rides["time"].to_numpy(), *reversed(keys)))
    starts = np.ones(n, dtype=bool)
    same = np.ones(n - 1, dtype=bool)
    for key in keys:
        same &= key[order][1:] == key[order][:-1]
    starts[1:] = ~same
    first = np.flatnonzero(starts)
    size = np.diff(np.append(first, n))
    stop = rides["stop"].to_numpy()[order]
    following = np.append(stop[1:], NONE)
    following[first + size - 1] = np.where(size > 1, stop[first], NONE)
    out[order] = following
    return out


def chained(rides: pd.DataFrame, network: Network) -> np.ndarray:
    """Return the inferred stop of every ride, as if none had a tap-out.

    Parameters
    ----------
    rides : pandas.DataFrame
        ``day, card, companion, time, row, stop, alight_stop, route, line, mode`` (route:
        position in the routes frame, -1 unknown; line: number of the route's text, -1
        none). Of ``alight_stop`` only the places of unknown lines are used.
    network : Network
        Stops and routes.

    Returns
    -------
    numpy.ndarray of int
        Stop numbers, ``NONE`` where nothing can be said.
    """
    after = next_stop(rides)
    board, route = rides["stop"].to_numpy(), rides["route"].to_numpy()
    line, mode = rides["line"].to_numpy(), rides["mode"].to_numpy()
    out = np.full(len(rides), NONE)
    ready = (after >= 0) & (after != board)
    x, y = network.metres()
    gates = np.isin(mode, sorted(network.gated)) & ready
    if gates.any():
        stations = network.rails.stop
        out[gates] = _nearest(after[gates], stations, x, y)
    known = ready & ~gates & np.isin(route, sorted(network.lines))
    for number in np.unique(route[known]).tolist():
        here = np.flatnonzero(known & (route == number))
        out[here] = _downstream(board[here], after[here], network.lines[number], x, y)
    # lines only the taps know: any of their places, whichever way
    rest = ready & ~gates & ~known & (line >= 0)
    ends, order = rides["alight_stop"].to_numpy(), np.argsort(line, kind="stable")
    numbers = np.unique(line[rest])
    first, end = (np.searchsorted(line[order], numbers, side=side) for side in ("left", "right"))
    for a, b in zip(first.tolist(), end.tolist(), strict=True):
        mine = order[a:b]  # not a search of all rides per line: there may be a million lines
        here, places = mine[rest[mine]], np.concatenate([board[mine], ends[mine]])
        out[here] = _nearest(after[here], np.unique(places[places >= 0]), x, y)
    return np.where(out == board, NONE, out)


def _nearest(to: np.ndarray, among: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the nearest of some stops to each stop, ``NONE`` beyond the walking limit."""
    from scipy.spatial import cKDTree

    if not len(among):
        return np.full(len(to), NONE)
    each, back = np.unique(to, return_inverse=True)
    tree = cKDTree(np.column_stack([x[among], y[among]]))
    away, at = tree.query(np.column_stack([x[each], y[each]]))
    return np.where(away <= WALK_M, among[at], NONE)[back]


def _downstream(
    board: np.ndarray,
    after: np.ndarray,
    patterns: list[tuple[np.ndarray, np.ndarray]],
    x: np.ndarray,
    y: np.ndarray,
) -> np.ndarray:
    """Return the stop after the boarding stop on any pattern that is nearest to the next tap."""
    pairs, back = np.unique(np.column_stack([board, after]), axis=0, return_inverse=True)
    best = np.full(len(pairs), np.inf)
    found = np.full(len(pairs), NONE)
    for stops, _ in patterns:
        place = {int(stop): at for at, stop in reversed(list(enumerate(stops.tolist())))}
        at = np.array([place.get(int(stop), len(stops)) for stop in pairs[:, 0]])
        rows = np.flatnonzero(at < len(stops) - 1)
        if not len(rows):
            continue
        to = pairs[rows, 1]
        away = np.hypot(x[stops][None, :] - x[to][:, None], y[stops][None, :] - y[to][:, None])
        away[np.arange(len(stops))[None, :] <= at[rows][:, None]] = np.inf
        nearest = away.argmin(axis=1)
        metres = away[np.arange(len(rows)), nearest]
        better = metres < best[rows]
        best[rows[better]] = metres[better]
        found[rows[better]] = stops[nearest[better]]
    return np.where(best <= WALK_M, found, NONE)[back.ravel()]


def score(known: np.ndarray, inferred: np.ndarray, network: Network) -> Score:
    """Compare inferred with known stops.

    Parameters
    ----------
    known, inferred : numpy.ndarray of int
        Stop numbers of the same rides; ``inferred`` may be ``NONE``.
    network : Network
        Gives the places.
    """
    x, y = network.metres()
    have = inferred >= 0
    a, b = known[have], inferred[have]
    away = np.hypot(x[a] - x[b], y[a] - y[b])
    return Score(len(known), int(have.sum()), int((away <= 500).sum()), int((away <= 1000).sum()))


def ride_seconds(metres: np.ndarray, mode: np.ndarray) -> np.ndarray:
    """Return how long a ride of so many metres takes: 15 km/h on the road, 35 km/h on rails.

    An estimate for rides whose tap-out was inferred, used where a transfer window needs it.
    """
    kmh = np.where(np.isin(mode, _RAILS), _RAIL_KMH, _BUS_KMH)
    return (metres * 36 // (kmh * 10)).astype(np.int64)

"""Possible trips: chains of legs a rider could make, with fitted weights.

A trip of two or three rides goes on from a stop within 400 m of where the rider got
off, by another route, never from gates to gates (that is one ride already), and must
lead somewhere. Beside these stand trips nobody plans but fare rules must judge: six
rides in a row, and the same route twice. They have no weight and are planted by day.py.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from course.city.places import crow_m
from course.city.synthesis.deterrence import deterrence, whole_weights
from course.city.synthesis.legs import Legs, Points, opposite_way
from course.city.synthesis.stream import Stream

CHANGE_WALK_M = 400
_TRIES = 150_000
_TWO, _THREE = 40_000, 12_000  # possible trips kept
_PLANTS = 64
_STRAIGHT = 0.4  # a trip leads at least this far, against what was ridden


@dataclass(frozen=True)
class Trips:
    """Possible trips; the first ``ordinary`` of them are drawn by weight.

    Parameters
    ----------
    start, count : numpy.ndarray of int64
        Where a trip's legs stand in ``leg``, and how many there are.
    leg : numpy.ndarray of int64
        Positions in ``Legs``.
    back : numpy.ndarray of int64
        The trip that leads back, -1 if there is none.
    ordinary : int
        Number of trips that can be drawn.
    chains, same_route : numpy.ndarray of int64
        Trips of six rides; trips of two rides on one route, or gates to gates.
    """

    start: np.ndarray
    count: np.ndarray
    leg: np.ndarray
    back: np.ndarray
    ordinary: int
    chains: np.ndarray
    same_route: np.ndarray


class Onward:
    """Draw a next leg from the stops around a place.

    Parameters
    ----------
    points : Points
        Where legs begin and end.
    legs : Legs
        The possible single rides.
    usual_m : float
        Length of a usual leg, metres.
    zone_points : int
        Number of the first ``bus@`` point; these join every station of their zone.
    """

    def __init__(self, points: Points, legs: Legs, usual_m: float, zone_points: int) -> None:
        self._legs = legs
        weight = np.zeros(len(legs), dtype=np.int64)
        drawn = legs.weight * deterrence(legs.distance_m, usual_m)
        for family in (legs.gated, ~legs.gated):  # as many riders start at gates as not
            if family.any():
                whole = whole_weights(drawn[family], 1 << 20)
                weight[family] = np.maximum(whole * (1 << 40) // int(whole.sum()), 1)
        self._order = np.argsort(legs.board, kind="stable")
        self._total = np.concatenate([[0], np.cumsum(weight[self._order])])
        self._first = np.searchsorted(
            legs.board[self._order], np.arange(len(points.ids) + 1), side="left"
        )
        self._beside(points, zone_points)

    def _beside(self, points: Points, zone_points: int) -> None:
        """List for each point the points one can walk to and ride on from, itself included."""
        from scipy.spatial import cKDTree

        size = len(points.ids)
        real = np.column_stack([points.x[:zone_points], points.y[:zone_points]])
        pairs = [np.column_stack([np.arange(size), np.arange(size)])]
        if zone_points:
            near = cKDTree(real).query_pairs(CHANGE_WALK_M, output_type="ndarray").astype(np.int64)
            pairs += [near, near[:, ::-1]]
        if zone_points < size:
            to_zone = np.column_stack(
                [np.arange(zone_points), zone_points + points.zone[:zone_points]]
            )
            pairs += [to_zone, to_zone[:, ::-1]]
        table = np.unique(np.concatenate(pairs), axis=0)
        departs = self._first[1:] > self._first[:-1]
        table = table[departs[table[:, 1]]]
        self._near = table[:, 1]
        self._near_first = np.searchsorted(table[:, 0], np.arange(size + 1), side="left")

    def begin(self, stream: Stream, size: int) -> np.ndarray:
        """Draw first legs by weight."""
        drawn = stream.integers(0, int(self._total[-1]), size)
        return self._order[np.searchsorted(self._total[1:], drawn, side="right")]

    def after(self, stream: Stream, leg: np.ndarray, *, stay: bool = False) -> np.ndarray:
        """Draw a leg that starts near where each leg ends, -1 where none does.

        ``stay`` means from the very stop where the rider got off.
        """
        at = self._legs.alight[leg]
        options = self._near_first[at + 1] - self._near_first[at]
        which = stream.integers(0, 1 << 30, len(leg)) % np.maximum(options, 1)
        place = np.minimum(self._near_first[at] + which, max(len(self._near) - 1, 0))
        from_point = at if stay or len(self._near) == 0 else self._near[place]
        low = self._total[self._first[from_point]]
        span = self._total[self._first[from_point + 1]] - low
        drawn = low + stream.integers(0, 1 << 50, len(leg)) % np.maximum(span, 1)
        found = np.searchsorted(self._total[1:], drawn, side="right")
        ok = (span > 0) & (stay | (options > 0))
        return np.where(ok, self._order[np.minimum(found, len(self._order) - 1)], -1)


def possible_trips(
    points: Points, legs: Legs, *, usual_m: float, zone_points: int, stream: Stream
) -> Trips:
    """Make the table of possible trips of a city.

    Parameters
    ----------
    points, legs : Points, Legs
        The city's places and single rides.
    usual_m : float
        Length of a usual leg, metres.
    zone_points : int
        Number of the first ``bus@`` point, the number of points if there is none.
    stream : Stream
        Draws the trips of several rides.

    Returns
    -------
    Trips
        First every single leg, then trips of two and three rides, then the planted kinds
        and the ways back.
    """
    onward = Onward(points, legs, usual_m, zone_points)
    tries = min(_TRIES, 2_000 + 40 * len(legs))
    first = onward.begin(stream, tries)
    pairs = _linked(legs, first[:, None], onward.after(stream, first))
    two = pairs[_leads_on(points, legs, pairs)][:_TWO]
    triples = _linked(legs, two, onward.after(stream, two[:, 1]))
    three = triples[_leads_on(points, legs, triples)][:_THREE]
    chain = pairs[: 40 * _PLANTS]
    for _ in range(4):
        chain = _linked(legs, chain, onward.after(stream, chain[:, -1]))
    chain = _shortest(legs, chain)
    again = _same_route(legs, onward, first[: 60 * _PLANTS], stream)
    tables = [np.arange(len(legs))[:, None], two, three]
    ordinary = sum(len(t) for t in tables)
    plain_back = legs.back
    two_back, two_ways = _ways_back(points, legs, two, zone_points)
    three_back, three_ways = _ways_back(points, legs, three, zone_points)
    two_back = _numbered(points, legs, two, two_back, ordinary, len(legs))
    three_back = _numbered(
        points, legs, three, three_back, ordinary + len(two_ways), len(legs) + len(two)
    )
    behind = ordinary + len(two_ways) + len(three_ways)
    tables += [two_ways, three_ways, chain, again]
    count = np.concatenate([np.full(len(t), t.shape[1], dtype=np.int64) for t in tables])
    back = np.full(len(count), -1, dtype=np.int64)
    back[:ordinary] = np.concatenate([plain_back, two_back, three_back])
    return Trips(
        start=np.cumsum(count) - count,
        count=count,
        leg=np.concatenate([t.reshape(-1) for t in tables]).astype(np.int64),
        back=back,
        ordinary=ordinary,
        chains=behind + np.arange(len(chain)),
        same_route=behind + len(chain) + np.arange(len(again)),
    )


def _linked(legs: Legs, trip: np.ndarray, following: np.ndarray) -> np.ndarray:
    """Add a following leg where the law calls it a change: other route, not gates to gates."""
    last = trip[:, -1]
    ok = (following >= 0) & (legs.route[last] != legs.route[following])
    ok &= ~(legs.gated[last] & legs.gated[following])
    return np.column_stack([trip[ok], following[ok]])


def _leads_on(points: Points, legs: Legs, trip: np.ndarray) -> np.ndarray:
    """Say which trips lead somewhere instead of round about."""
    a, b = legs.board[trip[:, 0]], legs.alight[trip[:, -1]]
    ridden = legs.distance_m[trip].sum(axis=1)
    return crow_m(points.x[a], points.y[a], points.x[b], points.y[b]) >= _STRAIGHT * ridden


def _shortest(legs: Legs, trip: np.ndarray) -> np.ndarray:
    ridden = legs.distance_m[trip].sum(axis=1)
    return trip[np.argsort(ridden, kind="stable")[:_PLANTS]]


def _same_route(legs: Legs, onward: Onward, first: np.ndarray, stream: Stream) -> np.ndarray:
    """Return pairs of rides that are no change: the same route again, or gates to gates."""
    following = onward.after(stream, first, stay=True)
    back = legs.back[first]
    following = np.where(legs.route[first] == legs.route[following], following, back)
    # Half of the pairs go back at once, the usual errand.
    even = np.arange(len(first)) % 2 == 0
    following = np.where(even & (back >= 0), back, following)
    ok = (following >= 0) & (legs.route[first] == legs.route[following])
    ok &= ~legs.gated[first] | legs.gated[following]
    pairs = np.column_stack([first[ok], following[ok]])
    return _half_gated(legs, pairs)


def _half_gated(legs: Legs, pairs: np.ndarray) -> np.ndarray:
    """Keep short pairs, as many behind gates as not where both kinds exist."""
    behind = legs.gated[pairs[:, 0]]
    open_pairs, gate_pairs = _shortest(legs, pairs[~behind]), _shortest(legs, pairs[behind])
    if len(open_pairs) == 0:
        return gate_pairs
    return np.concatenate([open_pairs, gate_pairs[: _PLANTS // 4]])


def _ways_back(
    points: Points, legs: Legs, trip: np.ndarray, zone_points: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return which way back each trip has (-1: none), leg by leg, and the ways back."""
    turned = legs.back[trip[:, ::-1]]
    ok = (turned >= 0).all(axis=1)
    for k in range(trip.shape[1] - 1):
        a, b = legs.alight[turned[:, k]], legs.board[turned[:, k + 1]]
        near = crow_m(points.x[a], points.y[a], points.x[b], points.y[b]) <= CHANGE_WALK_M
        somewhere = (a >= zone_points) | (b >= zone_points)
        ok &= near | (somewhere & (points.zone[a] == points.zone[b]))
        ok &= legs.route[turned[:, k]] != legs.route[turned[:, k + 1]]
    return np.where(ok, np.cumsum(ok) - 1, -1), turned[ok]


def _numbered(
    points: Points, legs: Legs, trip: np.ndarray, back: np.ndarray, behind: int, first: int
) -> np.ndarray:
    """Give numbers to the ways back; where there is none, take a trip between the same zones."""
    origin, goal = points.zone[legs.board[trip[:, 0]]], points.zone[legs.alight[trip[:, -1]]]
    other = opposite_way(np.zeros_like(origin), origin, goal, legs.distance_m[trip].sum(axis=1))
    return np.where(back >= 0, behind + back, np.where(other >= 0, first + other, -1))

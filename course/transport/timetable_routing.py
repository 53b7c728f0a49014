"""Earliest arrival between two places by a city's own timetable, with changes and walks.

The answer is exact for these conventions (:class:`Walking`): people walk from the place to a
stop, ride, change at a stop or walk to another one, ride on, and walk to the place. Between
two rides there is one walk at most. A change takes a fixed time besides the walk. Of ways
that arrive at one moment the one with fewest rides counts; of ways with as many rides one
with little walking is shown.

The search goes by number of rides (what can be reached with one ride, with two, …). In each
round every trip is looked at as a whole, so that overtaking, loops and stops without dwell
need no care. It is meant for single ways; a one-to-all engine for maps of travel time stands
beside it under another name.

Limits. Streets are not known: walks are straight lines times a factor. Lifts, stairs, gates
and crowds are not known. Frequencies are taken as exact times.

Examples
--------
>>> from course.city.pack import City
>>> way = route(City.open("seoul"), Place("A", 37.5657, 126.9769), Place("B", 37.5694, 126.8350),
...             depart_min=540)
>>> way.changes, way.table().columns.tolist()[:3]
(1, ['line', 'from', 'to'])
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

import numpy as np

from course.errors import CourseError, UsageError
from course.transport.timetable_routing_day import DAY_S, Block, RunningDay
from course.transport.timetable_routing_legs import Ride, legs_of
from course.transport.timetable_routing_walk import Place, Walking, Walks
from course.transport.timetable_routing_way import Leg, Way, clock

__all__ = ["Leg", "Place", "Router", "Walking", "Way", "clock", "route"]

_NEVER = 2**40


@dataclass
class _Round:
    """What is reached with so many rides, and how; one entry per stop."""

    arrive: np.ndarray  # by vehicle, seconds
    block: np.ndarray
    row: np.ndarray
    column: np.ndarray
    ready: np.ndarray  # when the next vehicle can be boarded
    ready_from: np.ndarray  # stop where the walk before it began
    ready_m: np.ndarray  # metres of that walk

    @classmethod
    def empty(cls, stops: int) -> _Round:
        """Return a round in which nothing is reached."""
        never, none = np.full(stops, _NEVER), np.full(stops, -1)
        return cls(
            never.copy(), none.copy(), none.copy(), none.copy(), never.copy(), none.copy(),
            np.zeros(stops, dtype=np.int64),
        )  # fmt: skip


class Router:
    """Ways on one day of a city; made once, asked many times.

    Parameters
    ----------
    city : City
        Its timetable.
    day : str or datetime.date
        As in :class:`course.transport.timetable_routing_day.RunningDay`.
    walking : Walking
        How people walk and change.
    """

    def __init__(
        self, city: Any, day: str | datetime.date = "weekday", *, walking: Walking | None = None
    ) -> None:
        self.city, self.walking = city, walking or Walking()
        self.running = RunningDay(city, day)
        self.walks = Walks(self.running.stops, self.walking)

    def route(
        self,
        start: Place,
        end: Place,
        *,
        depart_min: float,
        most_rides: int = 5,
        within_min: float = 300,
    ) -> Way:
        """Return the earliest arrival.

        Parameters
        ----------
        start, end : Place
            Where the way begins and ends.
        depart_min : float
            When the traveller is ready, minutes since midnight; 1530 is 01:30 of the next
            day, by the timetable of the day before and of that day.
        most_rides : int
            Most vehicles.
        within_min : float
            Longest way that is looked for.

        Returns
        -------
        Way
            With its legs.

        Raises
        ------
        UsageError
            A time before midnight of the day, or two days after it.
        CourseError
            Nothing leads there within these limits.
        """
        depart_s = _depart(depart_min)
        until_s = depart_s + round(within_min * 60)
        from_m, to_m = self.walks.on_foot(start), self.walks.on_foot(end)
        to_s = np.where(to_m >= 0, self.walking.seconds(to_m), _NEVER)
        metres = self.walks.direct(start, end)
        best_s, best = depart_s + int(self.walking.seconds(metres)), (0, -1)
        if metres > self.walking.most_m or best_s > until_s:
            best_s, best = until_s + 1, (-1, -1)
        rounds = [self._first(from_m, depart_s)]
        blocks = self.running.between(depart_s, until_s)
        known = np.full(len(from_m), _NEVER)
        for number in range(1, most_rides + 1):
            now = self._ride(blocks, rounds[-1].ready, known, best_s)
            if not (now.arrive < _NEVER).any():
                break
            known = np.minimum(known, now.arrive)
            self._change(now)
            rounds.append(now)
            there = now.arrive + to_s
            if there.min() < best_s:
                best_s = int(there.min())
                ends = np.flatnonzero(there == best_s)
                best = (number, int(ends[np.argmin(to_m[ends])]))
        if best[0] < 0:
            raise CourseError(
                f"No way from {start.name} to {end.name} was found after {clock(depart_min)} in "
                f"the timetable of {self.city.title}.",
                "Try an earlier time, a longer walk, or another kind of day.",
            )
        rides = _rides(rounds[: best[0] + 1], blocks, best[1])
        legs = legs_of(rides, self.running, self.walks, start, end, depart_s)
        return Way(start.name, end.name, depart_s / 60, best_s / 60, legs)

    def _first(self, from_m: np.ndarray, depart_s: int) -> _Round:
        found = _Round.empty(len(from_m))
        near = from_m >= 0
        found.ready[near] = depart_s + self.walking.seconds(from_m[near])
        found.ready_m[near] = from_m[near]
        return found

    def _ride(
        self, blocks: list[Block], ready: np.ndarray, known: np.ndarray, before_s: int
    ) -> _Round:
        """Return what one more ride reaches earlier than fewer rides do."""
        found = _Round.empty(len(ready))
        for number, block in enumerate(blocks):
            can_board = block.depart >= ready[block.stops]
            on_board = np.zeros_like(can_board)
            on_board[:, 1:] = np.logical_or.accumulate(can_board, axis=1)[:, :-1]
            if not on_board.any():
                continue
            times = np.where(on_board, block.arrive, _NEVER)
            rows = times.argmin(axis=0)
            for column, row in enumerate(rows.tolist()):
                arrive, stop = times[row, column], block.stops[column]
                # what arrives with the best way so far, or after it, cannot make a better one
                if arrive < min(found.arrive[stop], known[stop], before_s):
                    found.arrive[stop] = arrive
                    found.block[stop], found.row[stop] = number, row
                    found.column[stop] = column
        return found

    def _change(self, now: _Round) -> None:
        """Fill in when the next vehicle can be boarded: at the stop, or after one walk."""
        walks, change_s = self.walks, round(self.walking.change_min * 60)
        reached = now.arrive[walks.start] < _NEVER
        a, b = walks.start[reached], walks.end[reached]
        metres = walks.metres[reached]
        ready = now.arrive[a] + self.walking.seconds(metres) + change_s
        # the earliest first, then the shorter walk: the first of each stop stays
        order = np.lexsort((a, metres, ready, b))
        b, first = np.unique(b[order], return_index=True)
        chosen = order[first]
        now.ready[b], now.ready_from[b] = ready[chosen], a[chosen]
        now.ready_m[b] = metres[chosen]


def _rides(rounds: list[_Round], blocks: list[Block], stop: int) -> list[Ride]:
    """Return the rides that lead to a stop, found from the last to the first."""
    rides: list[Ride] = []
    for number in range(len(rounds) - 1, 0, -1):
        now, before = rounds[number], rounds[number - 1]
        block = blocks[now.block[stop]]
        row, leave = int(now.row[stop]), int(now.column[stop])
        fits = np.flatnonzero(block.depart[row, :leave] >= before.ready[block.stops[:leave]])
        # of the stops where it can be boarded the one with the least walk, then the last
        metres = before.ready_m[block.stops[fits]]
        board = int(fits[np.flatnonzero(metres == metres.min())[-1]])
        rides.append(Ride(block, row, board, leave))
        stop = int(before.ready_from[block.stops[board]])
    return rides[::-1]


def _depart(depart_min: float) -> int:
    if not (np.isfinite(depart_min) and 0 <= depart_min * 60 < 2 * DAY_S):
        raise UsageError(
            f"A way cannot begin at minute {depart_min}.",
            "Give minutes since midnight: 540 is 09:00, 1530 is 01:30 of the next day.",
        )
    return round(depart_min * 60)


def route(
    city: Any,
    start: Place,
    end: Place,
    *,
    depart_min: float,
    day: str | datetime.date = "weekday",
    walking: Walking | None = None,
    **limits: Any,
) -> Way:
    """Return the earliest arrival between two places; see :meth:`Router.route`.

    Parameters
    ----------
    city : City
        Its timetable.
    start, end : Place
        Where the way begins and ends.
    depart_min : float
        When the traveller is ready, minutes since midnight.
    day : str or datetime.date
        A kind of day, or a date.
    walking : Walking, optional
        How people walk and change.
    **limits
        ``most_rides``, ``within_min``.

    Returns
    -------
    Way
        With its legs.
    """
    return Router(city, day, walking=walking).route(start, end, depart_min=depart_min, **limits)

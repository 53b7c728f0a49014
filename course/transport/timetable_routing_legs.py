"""The found rides of a way as legs that a person can follow."""

from __future__ import annotations

from dataclasses import dataclass

from course.transport.timetable_routing_day import Block, RunningDay
from course.transport.timetable_routing_walk import Place, Walks
from course.transport.timetable_routing_way import Leg


@dataclass(frozen=True)
class Ride:
    """One ride: a trip of a block, and the columns where it is boarded and left."""

    block: Block
    row: int
    board: int
    leave: int

    @property
    def first(self) -> int:
        """Return the position of the stop where it is boarded."""
        return int(self.block.stops[self.board])

    @property
    def last(self) -> int:
        """Return the position of the stop where it is left."""
        return int(self.block.stops[self.leave])


def legs_of(
    rides: list[Ride], running: RunningDay, walks: Walks, start: Place, end: Place, depart_s: int
) -> tuple[Leg, ...]:
    """Return walks and rides in order.

    Parameters
    ----------
    rides : list of Ride
        In order; none for a way on foot.
    running : RunningDay
        Names of stops and lines.
    walks : Walks
        Metres on foot.
    start, end : Place
        Where the way begins and ends.
    depart_s : int
        When it begins, seconds.

    Returns
    -------
    tuple of Leg
        A walk of no metres is left out.
    """
    legs: list[Leg] = []
    at, now_s = start, depart_s
    before = -1  # the stop where the last ride was left
    to_stop, from_stop = walks.on_foot(start), walks.on_foot(end)
    for ride in rides:
        here = _stop(running, ride.first)
        if before < 0:
            metres = int(to_stop[ride.first])
        else:
            metres = int(walks.between(before, ride.first)) if before != ride.first else 0
        now_s = _walk(legs, walks, (at, here), metres, now_s)
        legs.append(_ride(ride, running, now_s))
        at, before = _stop(running, ride.last), ride.last
        now_s = int(ride.block.arrive[ride.row, ride.leave])
    metres = walks.direct(start, end) if before < 0 else int(from_stop[before])
    _walk(legs, walks, (at, end), metres, now_s)
    return tuple(legs)


def _walk(
    legs: list[Leg], walks: Walks, ends: tuple[Place, Place], metres: int, depart_s: int
) -> int:
    if not metres:
        return depart_s
    arrive_s = depart_s + int(walks.walking.seconds(metres))
    path = tuple((p.lat, p.lon) for p in ends)
    legs.append(Leg("walk", "walk", ends[0].name, ends[1].name, depart_s / 60, arrive_s / 60,
                    walk_m=metres, path=path))  # fmt: skip
    return arrive_s


def _ride(ride: Ride, running: RunningDay, now_s: int) -> Leg:
    block = ride.block
    depart = int(block.depart[ride.row, ride.board])
    arrive = int(block.arrive[ride.row, ride.leave])
    trip = running.trips.iloc[int(block.trip[ride.row])]
    stops = [_stop(running, int(s)) for s in block.stops[ride.board : ride.leave + 1]]
    ids = running.stops["stop_id"]
    return Leg(
        "ride", _line(running, str(trip["route_id"])), stops[0].name, stops[-1].name,
        depart / 60, arrive / 60, wait_min=(depart - now_s) / 60, stops=ride.leave - ride.board,
        route_id=str(trip["route_id"]), trip_id=str(trip["trip_id"]),
        start_stop_id=str(ids.iloc[ride.first]), end_stop_id=str(ids.iloc[ride.last]),
        path=tuple((p.lat, p.lon) for p in stops),
    )  # fmt: skip


def _stop(running: RunningDay, position: int) -> Place:
    row = running.stops.iloc[position]
    return Place(str(row["name"]), float(row["lat"]), float(row["lon"]))


def _line(running: RunningDay, route_id: str) -> str:
    routes = running.routes
    row = routes[routes["route_id"] == route_id].iloc[0]
    names = (row.get("short_name", ""), row.get("long_name", ""), route_id)
    return next(str(n) for n in names if isinstance(n, str) and n.strip())

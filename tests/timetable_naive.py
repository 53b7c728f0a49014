"""The earliest arrival found the slow way: every trip written out, every pair of its calls tried.

It shares no code with the search it judges, but for the plane the points are laid on.
"""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass, field

import pandas as pd

from course.city.places import Plane

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass
class TinyCity:
    """The frames of a timetable, as a City has them.

    Parameters
    ----------
    places : dict
        Stop id to (lat, lon).
    runs : dict
        Trip id to (route id, service id, [(stop id, arrival, departure), ...]), minutes.
    weekly : dict
        Service id to (days such as "1111100", first date, last date).
    dates : list
        (service id, date, 1 added or 2 taken away).
    repeats : list
        (trip id, start, end, headway), minutes.
    """

    places: dict[str, tuple[float, float]]
    runs: dict[str, tuple[str, str, list[tuple[str, float, float]]]]
    weekly: dict[str, tuple[str, str, str]]
    dates: list[tuple[str, str, int]] = field(default_factory=list)
    repeats: list[tuple[str, float, float, float]] = field(default_factory=list)
    weekend_days: tuple[str, ...] = ("saturday", "sunday")
    title: str = "Tiny"

    @property
    def stops(self) -> pd.DataFrame:
        rows = [(s, f"Stop {s}", a, b) for s, (a, b) in self.places.items()]
        return pd.DataFrame(rows, columns=["stop_id", "name", "lat", "lon"]).astype(
            {"stop_id": "str"}
        )

    @property
    def routes(self) -> pd.DataFrame:
        ids = sorted({route for route, _, _ in self.runs.values()})
        return pd.DataFrame({"route_id": ids, "short_name": [f"Line {r}" for r in ids]})

    @property
    def trips(self) -> pd.DataFrame:
        rows = [(t, r, s) for t, (r, s, _) in self.runs.items()]
        return pd.DataFrame(rows, columns=["trip_id", "route_id", "service_id"]).astype("str")

    @property
    def stop_times(self) -> pd.DataFrame:
        rows = [
            (trip, n, stop, float(arrive), float(depart))
            for trip, (_, _, calls) in self.runs.items()
            for n, (stop, arrive, depart) in enumerate(calls)
        ]
        columns = ["trip_id", "stop_sequence", "stop_id", "arrival_min", "departure_min"]
        return pd.DataFrame(rows, columns=columns).astype({"trip_id": "str", "stop_id": "str"})

    @property
    def frequencies(self) -> pd.DataFrame:
        columns = ["trip_id", "start_min", "end_min", "headway_min"]
        return pd.DataFrame(self.repeats, columns=columns).astype({"trip_id": "str"})

    @property
    def calendar(self) -> pd.DataFrame:
        rows = [(s, *map(int, d), a, b) for s, (d, a, b) in self.weekly.items()]
        return pd.DataFrame(rows, columns=["service_id", *DAYS, "start_date", "end_date"])

    @property
    def calendar_dates(self) -> pd.DataFrame:
        return pd.DataFrame(self.dates, columns=["service_id", "date", "exception_type"])

    def service_ids(self, day: str) -> list[str]:
        """Return the services of a kind of day: those that run on its first weekday."""
        at = {"weekday": 0, "saturday": 5, "sunday": 6}[day]
        return [s for s, (days, _, _) in self.weekly.items() if days[at] == "1"]


def runs_on(city: TinyCity, service: str, date: datetime.date) -> bool:
    """Say whether a service runs on a date."""
    for name, text, kind in city.dates:
        if name == service and text == date.isoformat():
            return kind == 1
    if service not in city.weekly:
        return False
    days, first, last = city.weekly[service]
    return days[date.weekday()] == "1" and first <= date.isoformat() <= last


def written_out(city: TinyCity, date: datetime.date) -> list[list[tuple[str, int, int]]]:
    """Return every vehicle of three days as calls in seconds since midnight of the date."""
    vehicles = []
    for shift in (-1, 0, 1):
        on = date + datetime.timedelta(days=shift)
        for trip, (_, service, calls) in city.runs.items():
            if not runs_on(city, service, on):
                continue
            mine = [r for r in city.repeats if r[0] == trip]
            starts = sorted({
                start + k * headway
                for _, start, end, headway in mine
                for k in range(2000)
                if start + k * headway < end
            })  # fmt: skip
            first = calls[0][2]
            for begin in starts if mine else [first]:
                move = shift * 1440 + begin - first
                vehicles.append(
                    [(s, round((a + move) * 60), round((d + move) * 60)) for s, a, d in calls]
                )
    return vehicles


def earliest(
    city: TinyCity, start: tuple[float, float], end: tuple[float, float], date: datetime.date,
    depart_s: int, *, change_s: int, most_m: int, most_change_m: int, rides: int, within_s: int,
) -> tuple[int, int] | None:  # fmt: skip
    """Return (arrival in seconds, fewest rides for it), None where nothing leads there."""
    ids = list(city.places)
    plane = Plane.around(*zip(*city.places.values(), strict=True))

    named = {**city.places, "": start, "\n": end}
    xs, ys = plane.metres(*zip(*named.values(), strict=True))
    spot = dict(zip(named, zip(xs.tolist(), ys.tolist(), strict=True), strict=True))

    def metres(a: str, b: str) -> int:
        (xa, ya), (xb, yb) = spot[a], spot[b]
        crow = math.floor(math.sqrt((xa - xb) ** 2 + (ya - yb) ** 2) + 0.5)
        return math.floor(crow * 1.3 + 0.5)

    def walk_s(m: int) -> int:
        return math.ceil(m * 3.6 / 4.5 - 1e-9)

    latest = depart_s + within_s
    best: tuple[int, int] | None = None
    whole = metres("", "\n")
    if whole <= most_m and depart_s + walk_s(whole) <= latest:
        best = (depart_s + walk_s(whole), 0)
    to_end = {s: metres(s, "\n") for s in ids}
    ready = {s: depart_s + walk_s(m) for s in ids if (m := metres("", s)) <= most_m}
    vehicles = [v for v in written_out(city, date) if v[-1][1] >= depart_s and v[0][2] <= latest]
    for number in range(1, rides + 1):
        reached: dict[str, int] = {}
        for calls in vehicles:
            for i, (stop, _, leaves) in enumerate(calls):
                if ready.get(stop, math.inf) <= leaves:
                    for other, arrives, _ in calls[i + 1 :]:
                        reached[other] = min(reached.get(other, arrives), arrives)
                    break  # who boards later leaves at no other time
        for stop, arrives in reached.items():
            if to_end[stop] <= most_m:
                there = arrives + walk_s(to_end[stop])
                if there <= latest and (best is None or there < best[0]):
                    best = (there, number)
        ready = {}
        for stop, arrives in reached.items():
            for other in ids:
                m = 0 if other == stop else metres(stop, other)
                if other == stop or m <= most_change_m:
                    at = arrives + walk_s(m) + change_s
                    ready[other] = min(ready.get(other, at), at)
    return best

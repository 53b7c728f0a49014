"""Which vehicles run on a day, and when: the departures that a way through the city can use.

Convention. A day is a kind of day (``weekday``, ``saturday``, ``sunday``, as in
:mod:`course.city.calendar`) or a date. Times are whole seconds since midnight at the start of
that day. A trip of the evening before that runs past 24:00 is still under way after midnight
(25:30 of yesterday is 01:30 today), and a way that begins late goes on with the trips of the
next morning: so each day is three service days, yesterday's, its own and tomorrow's.

Trips that repeat are written out: from the start of a period, every headway, before its end.
A feed may call such times approximate; here they are taken as stated.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from course.city.calendar import WEEKDAYS, days_of
from course.city.membership import positions
from course.city.patterns import same_rows, trip_starts
from course.errors import CourseError, UsageError

if TYPE_CHECKING:
    import pandas as pd

DAY_S = 86_400
_SHIFTS = (-1, 0, 1)


@dataclass(frozen=True)
class Block:
    """Trips that call at the same stops in the same order.

    Parameters
    ----------
    stops : numpy.ndarray of int
        Position of each stop in the table of stops.
    arrive, depart : numpy.ndarray of int
        Seconds, one row per trip and one column per stop.
    trip : numpy.ndarray of int
        Position of each row's trip in the table of trips.
    """

    stops: np.ndarray
    arrive: np.ndarray
    depart: np.ndarray
    trip: np.ndarray


class RunningDay:
    """What runs on one day of a city.

    Parameters
    ----------
    city : City
        Its stops, trips, times, frequencies and calendar.
    day : str or datetime.date
        A kind of day, or a date (``"2026-06-22"``).

    Raises
    ------
    UsageError
        ``day`` is neither.
    CourseError
        A date on which the timetable has no service.
    """

    def __init__(self, city: Any, day: str | datetime.date = "weekday") -> None:
        self.services = services_around(city, day)
        self.stops: pd.DataFrame = city.stops
        self.trips: pd.DataFrame = city.trips
        self.routes: pd.DataFrame = city.routes
        self._calls: pd.DataFrame = city.stop_times
        self._periods: pd.DataFrame = city.frequencies

    @cached_property
    def _templates(self) -> list[Block]:
        """Every trip of the timetable once, whatever day it runs."""
        calls = self._calls
        if calls.empty:
            return []
        first = trip_starts(calls)
        length = np.diff(np.append(first, len(calls)))
        stop = positions(calls["stop_id"], self.stops["stop_id"])
        trip = positions(calls["trip_id"].iloc[first], self.trips["trip_id"])
        arrive, depart = (_seconds(calls[c]) for c in ("arrival_min", "departure_min"))
        number, samples = same_rows(stop, first, length, [])
        blocks = []
        for k, (begin, count) in enumerate(samples):
            rows = np.flatnonzero(number == k)
            at = first[rows][:, None] + np.arange(count)
            blocks.append(Block(stop[begin : begin + count], arrive[at], depart[at], trip[rows]))
        return blocks

    @cached_property
    def _starts(self) -> dict[int, np.ndarray]:
        """Departures of each trip that repeats, by its position among the trips."""
        periods = self._periods
        found: dict[int, list[np.ndarray]] = {}
        rows = positions(periods["trip_id"], self.trips["trip_id"])
        for trip, begin, end, headway in zip(
            rows.tolist(), periods["start_min"], periods["end_min"], periods["headway_min"],
            strict=True,
        ):  # fmt: skip
            # hundredths of a minute, so that 10.5 / 3.5 is exactly three departures
            step = max(1, round(headway * 100))
            count = -(-round((end - begin) * 100) // step)
            times = begin * 60 + np.arange(count) * headway * 60
            found.setdefault(trip, []).append(np.rint(times).astype(np.int64))
        return {trip: np.unique(np.concatenate(parts)) for trip, parts in found.items()}

    def between(self, from_s: int, until_s: int) -> list[Block]:
        """Return the trips under way at some moment between two times of the day."""
        service = self.trips["service_id"].to_numpy(dtype=object)
        blocks = []
        for block in self._templates:
            parts: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
            for shift, services in zip(_SHIFTS, self.services, strict=True):
                for row in np.flatnonzero([service[t] in services for t in block.trip]):
                    trip, base = int(block.trip[row]), int(block.depart[row, 0])
                    offsets = np.array([shift * DAY_S], dtype=np.int64)
                    if trip in self._starts:
                        offsets = offsets + self._starts[trip] - base
                    begin, end = base + offsets, int(block.arrive[row, -1]) + offsets
                    offsets = offsets[(end >= from_s) & (begin <= until_s)]
                    if len(offsets):
                        parts.append((
                            block.arrive[row] + offsets[:, None],
                            block.depart[row] + offsets[:, None],
                            np.full(len(offsets), trip),
                        ))  # fmt: skip
            if parts:
                arrive, depart, trips = (np.concatenate(p) for p in zip(*parts, strict=True))
                blocks.append(Block(block.stops, arrive, depart, trips))
        return blocks


def _seconds(minutes: pd.Series) -> np.ndarray:
    return np.rint(minutes.to_numpy(dtype=np.float64) * 60).astype(np.int64)


# ---- services ------------------------------------------------------------------------


def services_around(
    city: Any, day: str | datetime.date
) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """Return the services of the day before, of the day, and of the day after.

    Parameters
    ----------
    city : City
        Its calendar and weekend.
    day : str or datetime.date
        A kind of day, or a date. Around a working day the days are taken to be working days.

    Raises
    ------
    UsageError
        ``day`` is neither.
    CourseError
        A date on which the timetable has no service.
    """
    if isinstance(day, str) and day in ("weekday", "saturday", "sunday"):
        before, after = {
            "weekday": ("weekday", "weekday"),
            "saturday": ("weekday", "sunday"),
            "sunday": ("saturday", "weekday"),
        }[day]
        if days_of("saturday", city.weekend_days) == days_of("sunday", city.weekend_days):
            before = after = "weekday"  # a weekend of one day stands between working days
        kinds = (before, day, after)
        return tuple(frozenset(city.service_ids(kind)) for kind in kinds)  # type: ignore[return-value]
    date = _date(day)
    here = services_on(city, date)
    if not here:
        raise CourseError(
            f"The timetable of {city.title} has no service on {date}: {_span(city)}.",
            "Choose a date inside it, or a kind of day: 'weekday', 'saturday' or 'sunday'.",
        )
    one = datetime.timedelta(days=1)
    return services_on(city, date - one), here, services_on(city, date + one)


def services_on(city: Any, date: datetime.date) -> frozenset[str]:
    """Return the services that run on a date: the calendar's, with its exceptions.

    Parameters
    ----------
    city : City
        ``calendar`` and ``calendar_dates``.
    date : datetime.date
        Any date; empty outside the calendar.
    """
    text = date.isoformat()
    weekly = city.calendar
    runs = weekly[WEEKDAYS[date.weekday()]].astype(bool)
    runs &= (weekly["start_date"].astype(str) <= text) & (weekly["end_date"].astype(str) >= text)
    running = set(weekly.loc[runs, "service_id"].astype(str))
    extra = city.calendar_dates
    extra = extra[extra["date"].astype(str) == text]
    running |= set(extra.loc[extra["exception_type"] == 1, "service_id"].astype(str))
    return frozenset(running - set(extra.loc[extra["exception_type"] == 2, "service_id"]))


def kind_of_day(city: Any, date: datetime.date) -> str:
    """Return the kind of day a date is in a city: by its weekend, holidays not known.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> kind_of_day(SimpleNamespace(weekend_days=["thursday", "friday"]),
    ...             datetime.date(2026, 6, 26))
    'sunday'
    """
    weekday = date.weekday()
    if weekday in days_of("weekday", city.weekend_days):
        return "weekday"
    # the last day of the weekend first: a weekend of one day is a sunday
    return "sunday" if weekday in days_of("sunday", city.weekend_days) else "saturday"


def _date(day: Any) -> datetime.date:
    if isinstance(day, datetime.datetime):
        return day.date()
    if isinstance(day, datetime.date):
        return day
    try:
        return datetime.date.fromisoformat(day)
    except (TypeError, ValueError):
        raise UsageError(
            f"{str(day)[:40]!r} is no day.",
            "Use 'weekday', 'saturday', 'sunday' or a date such as '2026-06-22'.",
        ) from None


def _span(city: Any) -> str:
    ends = [*city.calendar["start_date"], *city.calendar["end_date"], *city.calendar_dates["date"]]
    return f"it covers {min(ends)} to {max(ends)}" if ends else "it has no calendar"

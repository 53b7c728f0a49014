"""Service days: against a walk over all dates, and where a walk would never end."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.city.calendar import WEEKDAYS, busiest_date, days_of, departures_per_trip
from course.city.derived import empty
from course.errors import UsageError

START = date(2025, 1, 1)
DAY = st.integers(0, 60)


@st.composite
def calendars(draw):
    services = [f"s{i}" for i in range(draw(st.integers(1, 4)))]
    rows, extra = [], []
    for service in services:
        if draw(st.booleans()):
            a, b = sorted((draw(DAY), draw(DAY)))
            runs = draw(st.lists(st.integers(0, 1), min_size=7, max_size=7))
            rows.append((service, *runs, *((START + timedelta(d)).isoformat() for d in (a, b))))
        for day in draw(st.sets(DAY, max_size=8)):
            extra.append(
                (service, (START + timedelta(day)).isoformat(), draw(st.sampled_from([1, 2])))
            )
    calendar = pd.DataFrame(rows, columns=["service_id", *WEEKDAYS, "start_date", "end_date"])
    dates = pd.DataFrame(extra, columns=["service_id", "date", "exception_type"])
    weight = draw(st.lists(st.integers(0, 9), min_size=len(services), max_size=len(services)))
    return calendar, dates, pd.Series(weight, index=services)


def running(calendar: pd.DataFrame, dates: pd.DataFrame, day: date) -> set[str]:
    """Services of one date, the slow and plain way."""
    text, name = day.isoformat(), WEEKDAYS[day.weekday()]
    on = {r.service_id for r in calendar.itertuples()
          if r.start_date <= text <= r.end_date and getattr(r, name)}  # fmt: skip
    for r in dates.itertuples():
        if r.date == text:
            on = on | {r.service_id} if r.exception_type == 1 else on - {r.service_id}
    return on


@settings(max_examples=60, deadline=None)
@given(calendars(), st.sets(st.integers(0, 6), min_size=1).map(sorted))
def test_busiest_date_equals_a_walk_over_all_dates(case, weekdays):
    calendar, dates, weight = case
    every = [START + timedelta(d) for d in range(70)]
    most = max(
        (sum(weight[list(running(calendar, dates, d))]) for d in every if d.weekday() in weekdays),
        default=0,
    )
    found, services = busiest_date(calendar, dates, weight, weekdays=weekdays)
    if most == 0:
        assert (found, services) == ("", [])
        return
    assert set(services) == running(calendar, dates, date.fromisoformat(found))
    assert date.fromisoformat(found).weekday() in weekdays
    assert weight[services].sum() == most


def test_a_calendar_of_a_thousand_years_costs_nothing():
    calendar = pd.DataFrame(
        [("s", 1, 1, 1, 1, 1, 0, 0, "1970-01-01", "2200-12-31")],
        columns=["service_id", *WEEKDAYS, "start_date", "end_date"],
    )
    found = busiest_date(calendar, empty("calendar_dates"), pd.Series([5], ["s"]), weekdays=[2])
    assert found == ("1970-01-07", ["s"])


def test_nothing_runs():
    none = empty("calendar"), empty("calendar_dates")
    assert busiest_date(*none, pd.Series([], dtype="int64"), weekdays=[0]) == ("", [])
    assert busiest_date(*none, pd.Series([3], ["s"]), weekdays=[0]) == ("", [])


def test_day_types_of_other_weekends():
    assert days_of("weekday", ("thursday", "friday")) == (0, 1, 2, 5, 6)
    assert days_of("saturday", ("thursday", "friday")) == (3,)
    with pytest.raises(UsageError, match="no day type"):
        days_of("monday", ("saturday", "sunday"))


def test_departures_of_repeating_trips():
    trips = pd.DataFrame({"trip_id": ["a", "b"]})
    periods = pd.DataFrame({
        "trip_id": ["a", "a"], "start_min": [360.0, 420.0], "end_min": [420.0, 430.5],
        "headway_min": [10.0, 3.5],
    })  # fmt: skip
    # 6:00 … 6:50 are 6; 7:00, 7:03:30, 7:07 are 3, and 7:10:30 is the end, not a departure
    assert departures_per_trip(trips, periods).tolist() == [9, 1]
    assert departures_per_trip(trips, empty("frequencies")).tolist() == [1, 1]

"""Ways by the timetable: worked out by hand, and against every trip written out."""

from __future__ import annotations

import datetime
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.city.pack import City
from course.errors import CourseError, UsageError
from course.transport.timetable_routing import Place, Router, Walking, Way, clock, route
from course.transport.timetable_routing_day import kind_of_day, services_around, services_on
from tests.key_cases import bundled
from tests.timetable_naive import TinyCity, earliest, runs_on

LAT, LON = 37.50, 127.00
KM = 1000 / 111_195  # degrees of latitude
MONDAY = datetime.date(2025, 5, 12)
DAILY = ("1111111", "2025-01-01", "2025-12-31")
WORKING = ("1111100", "2025-01-01", "2025-12-31")
FAR = Walking(most_m=100, most_change_m=100)


def north(km: float) -> tuple[float, float]:
    return LAT + km * KM, LON


def at(km: float, name: str = "") -> Place:
    return Place(name or f"km {km}", *north(km))


def line(*stops: str, start: float, minutes: float = 10, dwell: float = 0) -> list:
    """Return the calls of a trip: so many minutes from stop to stop."""
    times = [start + k * (minutes + dwell) for k in range(len(stops))]
    return [(s, t, t + dwell) for s, t in zip(stops, times, strict=True)]


@pytest.fixture()
def cross() -> TinyCity:
    """A to B at 08:00 and 09:00; B to C at 08:12 and 09:12; express A to C at 08:30."""
    return TinyCity(
        {"A": north(0), "B": north(5), "C": north(10)},
        {
            "ab1": ("1", "day", line("A", "B", start=480)),
            "ab2": ("1", "day", line("A", "B", start=540)),
            "bc1": ("2", "day", line("B", "C", start=492)),
            "bc2": ("2", "day", line("B", "C", start=552)),
            "ac": ("3", "day", line("A", "C", start=510, minutes=15)),
        },
        {"day": DAILY},
    )


def way(city: TinyCity, a: float, b: float, depart: float, **options) -> Way:
    options.setdefault("walking", FAR)
    return route(city, at(a, "start"), at(b, "end"), depart_min=depart, **options)


# ---- by hand -------------------------------------------------------------------------


def test_a_way_with_a_change_and_its_legs(cross):
    found = way(cross, 0, 10, 475, day=MONDAY)
    assert (found.arrive_min, found.rides, found.changes) == (502, 2, 1)
    assert found.table().to_dict("records") == [
        {"line": "Line 1", "from": "Stop A", "to": "Stop B", "depart": "08:00", "arrive": "08:10",
         "wait_min": 5.0, "walk_m": 0},
        {"line": "Line 2", "from": "Stop B", "to": "Stop C", "depart": "08:12", "arrive": "08:22",
         "wait_min": 2.0, "walk_m": 0},
    ]  # fmt: skip
    assert found.minutes == 27 and found.ride_min == 20 and found.wait_min == 7


def test_a_change_needs_its_minutes(cross):
    slow = Walking(most_m=100, most_change_m=100, change_min=3)
    found = way(cross, 0, 10, 475, day=MONDAY, walking=slow)
    # 08:12 is missed with three minutes; the express at 08:30 is there at 08:45
    assert (found.arrive_min, found.rides) == (525, 1)
    assert found.legs[0].line == "Line 3"


def test_of_equal_arrivals_the_fewest_rides(cross):
    cross.runs["ac0"] = ("3", "day", line("A", "C", start=482, minutes=20))
    found = way(cross, 0, 10, 475, day=MONDAY)
    assert (found.arrive_min, found.rides) == (502, 1)


def test_an_express_overtakes_the_train_before_it():
    city = TinyCity(
        {"A": north(0), "B": north(20)},
        {"slow": ("1", "day", line("A", "B", start=480, minutes=60)),
         "fast": ("1", "day", line("A", "B", start=490, minutes=20))},
        {"day": DAILY},
    )  # fmt: skip
    assert way(city, 0, 20, 470, day=MONDAY).legs[0].trip_id == "fast"


def test_walks_to_from_and_between_stops():
    city = TinyCity(
        {"A": north(1), "B": north(11), "B2": north(11.3), "C": north(20)},
        {"ab": ("1", "day", line("A", "B", start=500)),
         "bc": ("2", "day", line("B2", "C", start=520))},
        {"day": DAILY},
    )  # fmt: skip
    found = route(city, at(0, "home"), at(21, "work"), depart_min=480, day=MONDAY)
    kinds = [(leg.kind, leg.walk_m) for leg in found.legs]
    assert [k for k, _ in kinds] == ["walk", "ride", "walk", "ride", "walk"]
    # 1 km as the crow flies is 1,300 m on the street, and 0.3 km is 390 m
    assert [m for k, m in kinds if k == "walk"] == [
        pytest.approx(1300, abs=2), pytest.approx(390, abs=2), pytest.approx(1300, abs=2),
    ]  # fmt: skip
    assert found.arrive_min == pytest.approx(530 + 1.3 / 4.5 * 60, abs=0.05)
    assert found.walk_m == sum(m for _, m in kinds)


def test_on_foot_where_that_is_sooner(cross):
    found = route(cross, at(0, "a"), at(1, "b"), depart_min=481, day=MONDAY)
    assert [leg.kind for leg in found.legs] == ["walk"]
    assert found.walk_m == pytest.approx(1300, abs=2) and found.rides == 0


def test_one_and_the_same_place(cross):
    found = way(cross, 0, 0, 500, day=MONDAY)
    assert found.legs == () and found.minutes == 0 and len(found.table()) == 0


def test_a_loop_is_ridden_past_its_own_start():
    city = TinyCity(
        {"A": north(0), "B": north(5), "C": north(10)},
        {"ring": ("1", "day", line("A", "B", "C", "A", "B", start=480))},
        {"day": DAILY},
    )
    found = way(city, 10, 5, 485, day=MONDAY)
    assert (found.legs[0].depart_min, found.arrive_min, found.legs[0].stops) == (500, 520, 2)


# ---- days, and times past 24:00 ------------------------------------------------------


@pytest.fixture()
def night() -> TinyCity:
    """A trip of working days at 25:30, one of every day at 05:00."""
    return TinyCity(
        {"A": north(0), "B": north(5)},
        {"owl": ("N", "work", line("A", "B", start=1530)),
         "early": ("1", "day", line("A", "B", start=300))},
        {"work": WORKING, "day": DAILY},
    )  # fmt: skip


def test_yesterdays_trip_is_under_way_after_midnight(night):
    saturday = MONDAY + datetime.timedelta(days=5)
    found = way(night, 0, 5, 60, day=saturday)
    # Friday's 25:30 is Saturday 01:30
    assert (found.legs[0].trip_id, found.legs[0].depart_min) == ("owl", 90)
    sunday = saturday + datetime.timedelta(days=1)
    assert way(night, 0, 5, 60, day=sunday).legs[0].trip_id == "early"
    # a monday morning follows a sunday: no owl before it
    assert way(night, 0, 5, 60, day=MONDAY).legs[0].depart_min == 300


def test_after_midnight_the_day_goes_on_counting(night):
    assert way(night, 0, 5, 1500, day=MONDAY).arrive_min == 1540
    # after the owl the next morning's trip: 05:00 of tomorrow is 29:00
    found = way(night, 0, 5, 1531, day=MONDAY)
    assert (found.legs[0].depart_min, found.table()["depart"][0]) == (1740, "29:00")


def test_kinds_of_day(night):
    assert services_around(night, "weekday") == (
        frozenset({"work", "day"}), frozenset({"work", "day"}), frozenset({"work", "day"}),
    )  # fmt: skip
    assert services_around(night, "saturday")[0] == frozenset({"work", "day"})
    assert services_around(night, "saturday")[1] == frozenset({"day"})
    assert way(night, 0, 5, 60, day="sunday").legs[0].trip_id == "early"
    night.weekend_days = ("friday",)
    assert kind_of_day(night, datetime.date(2025, 5, 16)) == "sunday"
    assert kind_of_day(night, datetime.date(2025, 5, 17)) == "weekday"


def test_exceptions_of_the_calendar(night):
    night.dates = [("work", "2025-05-12", 2), ("extra", "2025-05-13", 1)]
    night.runs["x"] = ("X", "extra", line("A", "B", start=200))
    assert services_on(night, MONDAY) == frozenset({"day"})
    tuesday = MONDAY + datetime.timedelta(days=1)
    assert services_on(night, tuesday) == frozenset({"work", "day", "extra"})
    assert way(night, 0, 5, 60, day=tuesday).legs[0].trip_id == "x"


def test_frequencies_are_written_out_until_the_end_of_the_period(cross):
    cross.runs = {"ab": ("1", "day", line("A", "B", start=300))}
    cross.repeats = [("ab", 480, 500, 7.5), ("ab", 500, 520, 10)]
    departures = []
    for depart in (479, 481, 488, 496, 501, 510.5):
        try:
            departures.append(
                way(cross, 0, 5, depart, day=MONDAY, within_min=60).legs[0].depart_min
            )
        except CourseError:
            departures.append(None)
    # not at 502.5, which lies past the first period, nor at 520, the end
    assert departures == [480, 487.5, 495, 500, 510, None]


# ---- what cannot be ------------------------------------------------------------------


def test_nothing_leads_there(cross):
    with pytest.raises(CourseError, match="No way from start to end was found after 10:00"):
        way(cross, 0, 10, 600, day=MONDAY, within_min=120)
    with pytest.raises(CourseError, match="No way"):
        way(cross, 0, 40, 480, day=MONDAY)
    with pytest.raises(CourseError, match="has no service on 2031-01-01: it covers 2025-01-01"):
        way(cross, 0, 10, 480, day="2031-01-01")


@pytest.mark.parametrize("day", ["monday", "", "2025-13-01", None, 3, "weekday "])
def test_what_is_no_day(cross, day):
    with pytest.raises(UsageError, match="is no day"):
        way(cross, 0, 10, 480, day=day)


@pytest.mark.parametrize("minute", [-1, 2 * 1440, float("nan"), float("inf")])
def test_what_is_no_time(cross, minute):
    with pytest.raises(UsageError, match="cannot begin"):
        way(cross, 0, 10, minute, day=MONDAY)


def test_a_timetable_without_trips(cross):
    cross.runs = {}
    with pytest.raises(CourseError, match="No way"):
        way(cross, 0, 10, 480, day="weekday")
    assert way(cross, 0, 0.01, 480, day="weekday").rides == 0


def test_walking_needs_a_speed():
    with pytest.raises(UsageError):
        Walking(speed_kmh=0)
    with pytest.raises(UsageError):
        Walking(detour=0.9)


def test_a_clock_rounds_to_the_minute():
    assert [clock(m) for m in (0, 59.4, 59.6, 1439.6, 2879)] == [
        "00:00", "00:59", "01:00", "24:00", "47:59",
    ]  # fmt: skip


# ---- against every trip written out --------------------------------------------------

spot = st.tuples(st.integers(0, 24), st.integers(0, 24)).map(
    lambda p: (LAT + p[0] * 0.002, LON + p[1] * 0.002)
)


@st.composite
def cities(draw: st.DrawFn) -> TinyCity:
    places = {f"s{i}": draw(spot) for i in range(draw(st.integers(2, 6)))}
    services = {
        "w": (draw(st.text("01", min_size=7, max_size=7)), "2025-05-01", "2025-05-20"),
        "d": ("1111111", "2025-05-12", "2025-05-13"),
    }
    runs, repeats = {}, []
    for number in range(draw(st.integers(0, 7))):
        stops = draw(st.lists(st.sampled_from(sorted(places)), min_size=2, max_size=5))
        now = draw(st.integers(0, 1600))
        calls = []
        for stop in stops:
            arrive = now
            now += draw(st.integers(0, 2))
            calls.append((stop, arrive, now))
            now += draw(st.integers(0, 25))  # no minutes between two stops is a feed's rounding
        trip = f"t{number}"
        runs[trip] = (f"r{number % 3}", draw(st.sampled_from(["w", "d"])), calls)
        if draw(st.integers(0, 4)) == 0:
            start = draw(st.integers(0, 1500))
            length, headway = draw(st.integers(1, 120)), draw(st.sampled_from([7.5, 10, 30, 60]))
            repeats.append((trip, start, start + length, headway))
    dates = draw(st.lists(
        st.tuples(st.sampled_from(["w", "d"]), st.sampled_from(["2025-05-11", "2025-05-12"]),
                  st.sampled_from([1, 2])),
        max_size=2, unique_by=lambda e: e[:2],
    ))  # fmt: skip
    return TinyCity(places, runs, services, dates, repeats)


@settings(max_examples=150, deadline=None)
@given(
    cities(), spot, spot, st.integers(0, 1700), st.sampled_from([0, 2]),
    st.sampled_from([200, 1500]), st.sampled_from([0, 600]), st.integers(1, 4),
)  # fmt: skip
def test_as_early_as_the_slow_search(
    city, a, b, depart, change_min, most_m, most_change_m, most_rides
):
    date = datetime.date(2025, 5, 12)
    limits = {"most_m": most_m, "most_change_m": most_change_m}
    wanted = earliest(
        city, a, b, date, depart * 60, change_s=change_min * 60, rides=most_rides,
        within_s=240 * 60, **limits,
    )  # fmt: skip
    walking = Walking(change_min=change_min, **limits)
    start, end = Place("start", *a), Place("end", *b)
    try:
        found = route(
            city, start, end, depart_min=depart, day=date, walking=walking,
            most_rides=most_rides, within_min=240,
        )  # fmt: skip
    except CourseError as error:
        none_runs = not any(runs_on(city, s, date) for s in city.weekly)
        assert wanted is None or (none_runs and "has no service" in str(error))
        return
    assert wanted is not None
    assert (round(found.arrive_min * 60), found.rides) == wanted
    can_be_travelled(city, found, walking, date)


def can_be_travelled(city, found: Way, walking: Walking, date: datetime.date) -> None:
    """Follow a way leg by leg: nobody is in two places, and every ride is a trip's."""
    now, before = found.depart_min, None
    for leg in found.legs:
        if leg.kind == "walk":
            assert leg.depart_min == pytest.approx(now)
            assert leg.arrive_min - leg.depart_min == pytest.approx(
                leg.walk_m / 1000 / walking.speed_kmh * 60, abs=1 / 60
            )
        else:
            change = walking.change_min if before else 0
            assert leg.depart_min >= now + change - 1e-9
            assert leg.wait_min == pytest.approx(leg.depart_min - now)
            _, _, calls = city.runs[leg.trip_id]
            length = leg.arrive_min - leg.depart_min
            assert any(
                (s, t) == (leg.start_stop_id, leg.end_stop_id) and abs(y - x - length) < 1e-6
                for i, (s, _, x) in enumerate(calls)
                for t, y, _ in calls[i + 1 :]
            )
            before = leg
        now = leg.arrive_min
    assert now == pytest.approx(found.arrive_min)
    for one, other in pairwise(found.legs):
        assert one.end == other.start
        assert not (one.kind == other.kind == "walk")


# ---- real timetables -----------------------------------------------------------------


def test_seoul_by_hand():
    """Jegi-dong to Seoul Station on line 1: 08:00 on, six minutes at most between trains."""
    seoul = bundled("seoul")
    stops = seoul.stops.set_index("stop_id")
    ends = [Place(s, *stops.loc[s, ["lat", "lon"]]) for s in ("jegi-dong", "seoul")
            if s in stops.index]  # fmt: skip
    if len(ends) < 2:
        last = seoul.stop_times.groupby("trip_id")["stop_id"].last()
        name = str(last[next(t for t in last.index if t.startswith("L1-0-weekday"))])
        ends = [ends[0], Place(name, *stops.loc[name, ["lat", "lon"]])]
    found = route(seoul, *ends, depart_min=480)
    assert found.rides == 1 and found.legs[0].line == "Line 1"
    assert found.wait_min <= 6
    times = seoul.stop_times
    trip = times[times["trip_id"] == found.legs[0].trip_id].set_index("stop_id")["arrival_min"]
    length = trip[found.legs[0].end_stop_id] - trip[found.legs[0].start_stop_id]
    assert found.legs[0].minutes == pytest.approx(length, abs=1 / 60)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["caltrain", "busan_metro"])
def test_real_feeds_against_the_slow_search(name: str, city_of):
    """A few ways of each feed, on a date it runs, against every trip written out."""
    city: City = city_of(name)
    date = datetime.date.fromisoformat(city.service_day("weekday")[0])
    tiny = as_tiny(city, date)
    stops = city.stops[city.stops["stop_id"].isin(tiny.places)]
    router = Router(city, date)
    span = stops.iloc[:: max(1, len(stops) // 4)]
    ends = [Place(r.stop_id, r.lat, r.lon) for r in span.itertuples()][:4]
    tried = 0
    for a, b in pairwise(ends):
        for depart in (510, 1430):
            wanted = earliest(
                tiny, (a.lat, a.lon), (b.lat, b.lon), date, depart * 60, change_s=120,
                most_m=2000, most_change_m=500, rides=3, within_s=240 * 60,
            )  # fmt: skip
            try:
                found = router.route(a, b, depart_min=depart, most_rides=3, within_min=240)
            except CourseError:
                assert wanted is None
                continue
            assert (round(found.arrive_min * 60), found.rides) == wanted
            tried += found.rides > 0
    assert tried >= 2


def as_tiny(city: City, date: datetime.date) -> TinyCity:
    """Return a feed's trips of three days as plain lists."""
    days = [date + datetime.timedelta(days=k) for k in (-1, 0, 1)]
    running = {s for day in days for s in services_on(city, day)}
    trips = city.trips[city.trips["service_id"].isin(running)]
    runs = {t.trip_id: (t.route_id, t.service_id, []) for t in trips.itertuples()}
    for call in city.stop_times.itertuples():
        if call.trip_id in runs:
            runs[call.trip_id][2].append((call.stop_id, call.arrival_min, call.departure_min))
    used = {s for _, _, calls in runs.values() for s, _, _ in calls}
    stops = city.stops
    return TinyCity(
        {s.stop_id: (s.lat, s.lon) for s in stops.itertuples() if s.stop_id in used},
        runs,
        {r["service_id"]: ("".join(str(int(r[d])) for d in DAYS), r["start_date"], r["end_date"])
         for r in city.calendar.to_dict("records")},
        [tuple(r) for r in city.calendar_dates[
            ["service_id", "date", "exception_type"]].itertuples(index=False)],
        [tuple(r) for r in city.frequencies[
            ["trip_id", "start_min", "end_min", "headway_min"]].itertuples(index=False)],
    )  # fmt: skip


DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def test_the_house_has_the_doctests():
    import doctest
    import importlib

    for name in ("timetable_routing", "timetable_routing_day", "timetable_routing_way"):
        module = importlib.import_module(f"course.transport.{name}")
        assert doctest.testmod(module).failed == 0

"""Times, distances and the calls between timepoints, by laws that hold for all input."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course.city.alongshape import along
from course.city.metres import cos_degrees, metres_between
from course.city.timepoints import (
    BLANK,
    WRONG,
    carry_midnight,
    fill_times,
    longest_growing,
    parse_times,
    seconds_of,
    time_text,
)


@given(st.integers(0, 7 * 86_400 - 1))
def test_time_text_and_seconds_are_inverse(seconds):
    assert seconds_of(time_text(seconds / 60)) == seconds


@pytest.mark.parametrize(
    ("text", "value"),
    [("8:05:00", 29_100), ("08:05", 29_100), ("25:30:00", 91_800), ("00:00:00", 0), ("", BLANK),
     ("-00:10:00", WRONG), ("8.05", WRONG), ("08:60:00", WRONG), ("08:00:60", WRONG),
     ("noon", WRONG), ("999:00:00", WRONG), ("08:00:00 AM", WRONG), ("1e3", WRONG)],
)  # fmt: skip
def test_one_time(text, value):
    assert seconds_of(text) == value
    assert parse_times(pa.array([text, text])).tolist() == [value, value]


def test_no_times():
    assert parse_times(pa.array([], type=pa.string())).tolist() == []


@st.composite
def trips_with_blanks(draw):
    """Calls of one to four trips, first and last call of each with a time."""
    arrival, departure, distance, known, trip = [], [], [], [], []
    for number in range(draw(st.integers(1, 4))):
        calls = draw(st.integers(2, 12))
        moments = sorted(
            draw(st.lists(st.integers(0, 90_000), min_size=2 * calls, max_size=2 * calls))
        )
        metres = np.cumsum(draw(st.lists(st.integers(0, 5_000), min_size=calls, max_size=calls)))
        mark = draw(st.lists(st.booleans(), min_size=calls, max_size=calls))
        mark[0] = mark[-1] = True
        arrival += moments[::2]
        departure += moments[1::2]
        distance += metres.tolist()
        known += mark
        trip += [number] * calls
    return tuple(map(np.array, (arrival, departure, distance, known, trip)))


@given(trips_with_blanks())
def test_interpolation_never_falls_and_keeps_what_is_given(case):
    arrival, departure, distance, known, trip = case
    come, leave = fill_times(arrival, departure, distance, known)
    assert (come[known] == arrival[known]).all()
    assert (leave[known] == departure[known]).all()
    assert (leave >= come).all()
    same = trip[1:] == trip[:-1]
    assert (come[1:] >= leave[:-1])[same].all()


def test_interpolation_follows_the_distance_and_is_even_without_one():
    time = np.array([0, -1, -1, 900])
    known = np.array([True, False, False, True])
    by_distance, _ = fill_times(time, time, np.array([0, 100, 200, 900]), known)
    assert by_distance.tolist() == [0, 100, 200, 900]
    evenly, _ = fill_times(time, time, np.array([0, 0, 0, 0]), known)
    assert evenly.tolist() == [0, 300, 600, 900]


@given(st.lists(st.integers(0, 50), max_size=30))
def test_longest_growing_is_growing_and_as_long_as_can_be(values):
    stays = longest_growing(values)
    kept = [v for v, on in zip(values, stays, strict=True) if on]
    assert kept == sorted(kept)
    best = [1] * len(values)
    for i, value in enumerate(values):
        best[i] = 1 + max((best[j] for j in range(i) if values[j] <= value), default=0)
    assert len(kept) == max(best, default=0)


def test_midnight_is_carried_inside_a_trip_only():
    times = np.array([85_800, 86_100, 300, 900, 400, 86_000, 100])
    trip = np.array([1, 1, 1, 1, 2, 3, 3])
    carried, changed = carry_midnight(times, trip)
    assert carried.tolist() == [85_800, 86_100, 86_700, 87_300, 400, 86_000, 86_500]
    assert changed.tolist() == [False, False, True, True, False, False, True]


@given(st.floats(-90, 90))
def test_cosine_agrees_with_the_library(angle):
    assert float(cos_degrees(angle)) == pytest.approx(math.cos(math.radians(angle)), abs=1e-12)


def test_metres_against_the_great_circle():
    # Seoul Station to City Hall, haversine on the same sphere: 1,347.6 m by hand
    a, b = math.radians(37.5547), math.radians(37.5657)
    turn = math.radians(126.9771 - 126.9707)
    h = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(turn / 2) ** 2
    arc = 2 * 6_371_008.8 * math.asin(math.sqrt(h))
    assert float(metres_between(37.5547, 126.9707, 37.5657, 126.9771)) == pytest.approx(
        arc, abs=0.01
    )


def test_there_and_back_on_one_shape():
    # east 2 km and back: the second visit of the same stop is 3 km along, not 1 km
    lon = np.array([127.0, 127.01, 127.02, 127.01, 127.0])
    lat = np.full(5, 37.5)
    stops = np.array([127.0, 127.01, 127.02, 127.01, 127.0])
    metres = along(lat, lon, lat, stops)
    step = int(metres[1])
    assert step == pytest.approx(882, abs=2)
    assert metres.tolist() == pytest.approx([0, step, 2 * step, 3 * step, 4 * step], abs=2)


def test_a_shape_that_does_not_fit_is_refused():
    lat, lon = np.full(3, 37.5), np.array([127.0, 127.01, 127.02])
    assert along(lat, lon, np.full(3, 37.6), lon) is None
    assert along(lat, lon, lat, lon[::-1]) is None
    assert along(lat[:1], lon[:1], lat, lon) is None


@given(
    st.lists(st.tuples(st.floats(37.4, 37.6), st.floats(126.9, 127.1)), min_size=2, max_size=25),
    st.data(),
)
def test_distance_along_a_shape_never_falls(points, data):
    lat, lon = (np.array(axis) for axis in zip(*points, strict=True))
    chosen = sorted(data.draw(st.lists(st.integers(0, len(points) - 1), min_size=1, max_size=12)))
    metres = along(lat, lon, lat[chosen], lon[chosen])
    assert metres is not None  # its own points always fit
    assert (np.diff(metres) >= 0).all()
    assert metres[0] == 0

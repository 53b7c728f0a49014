"""Zones of stops: exact, ties by order, the same whatever the order of the stops."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.city.metres import metres_between
from course.city.places import Plane, crow_m, nearest_zone, zone_of
from course.errors import CourseError
from tests.small_city import small_city

POINT = st.tuples(st.floats(37.4, 37.7, allow_nan=False), st.floats(126.8, 127.2, allow_nan=False))


def _zones(points: list[tuple[float, float]]) -> pd.DataFrame:
    return pd.DataFrame({
        "zone_id": [f"Z{i}" for i in range(len(points))],
        "lat": [p[0] for p in points], "lon": [p[1] for p in points],
    })  # fmt: skip


def _city():
    places = {"a": (37.50, 127.00), "b": (37.52, 127.00), "c": (37.54, 127.00)}
    zones = _zones([(37.50, 127.0), (37.54, 127.0)]).assign(
        name="", area_km2=10.0, population=1000, jobs=500, income_group=[1, 5]
    )
    return small_city({"L": ("bus", ["a", "b", "c"])}, places, zones=zones)


def test_zone_of_stops_zone_stops_and_unknowns():
    city = _city()
    asked = pd.Series(["a", "c", "bus@Z1", "b", "nowhere", None], index=[9, 8, 7, 6, 5, 4])
    got = zone_of(city, asked)
    assert got.index.tolist() == asked.index.tolist()
    assert got.name == "zone_id"
    # b lies half-way: the first zone wins.
    assert got.tolist()[:4] == ["Z0", "Z1", "Z1", "Z0"]
    assert got.iloc[4:].isna().all()
    assert zone_of(city, asked.iloc[:0].astype("str")).empty


def test_new_zones_are_not_answered_from_memory():
    city = _city()
    assert zone_of(city, pd.Series(["c"])).tolist() == ["Z1"]
    city.zones = city.zones.iloc[::-1].assign(zone_id=["new", "old"])
    assert zone_of(city, pd.Series(["c"])).tolist() == ["new"]


@settings(max_examples=60, deadline=None)
@given(st.lists(POINT, min_size=1, max_size=12), st.lists(POINT, min_size=1, max_size=20))
def test_nearest_zone_is_the_nearest_by_another_formula(zone_points, points):
    zones = _zones(zone_points)
    lat, lon = np.array(points).T
    got = nearest_zone(lat, lon, zones)
    far = metres_between(
        lat[:, None], lon[:, None], zones["lat"].to_numpy()[None], zones["lon"].to_numpy()[None]
    )
    chosen = far[np.arange(len(points)), [int(z[1:]) for z in got]]
    # One plane for the whole city and whole metres: a little slack at near-ties.
    assert (chosen <= far.min(axis=1) * 1.003 + 2).all()


def test_blocks_give_the_same_as_one_block(monkeypatch):
    generator = np.random.default_rng(1)
    lat, lon = 37 + generator.random(500), 127 + generator.random(500)
    zones = _zones(list(zip(37 + generator.random(40), 127 + generator.random(40), strict=True)))
    whole = nearest_zone(lat, lon, zones)
    monkeypatch.setattr("course.city.places._BLOCK", 100)
    assert (nearest_zone(lat, lon, zones) == whole).all()


def test_a_city_on_the_180th_meridian_is_one_city():
    plane = Plane.around([-17.0, -17.0], [179.99, -179.99])
    x, y = plane.metres([-17.0, -17.0], [179.99, -179.99])
    assert 2_000 < crow_m(x[0], y[0], x[1], y[1]) < 2_300


def test_missing_coordinates_and_zones_are_said():
    with pytest.raises(CourseError, match="no latitude"):
        nearest_zone([np.nan], [127.0], _zones([(37.5, 127.0)]))
    with pytest.raises(CourseError, match="no zones"):
        nearest_zone([37.5], [127.0], _zones([(37.5, 127.0)]).iloc[:0])
    assert nearest_zone([], [], _zones([(37.5, 127.0)])).tolist() == []

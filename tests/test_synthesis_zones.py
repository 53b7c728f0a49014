"""Zones made from stops, and columns filled: sums exact, given values untouched."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.city.synthesis.apportion import apportion
from course.city.synthesis.zones import complete_zones, synthesise_zones
from course.errors import CourseError

SEOUL = {"id": "there", "centre": {"lat": 37.5665, "lon": 126.978}, "population": 1_234_567}


def _grid(rows: int, columns: int, step: float = 0.005) -> pd.DataFrame:
    return pd.DataFrame(
        [(f"{i}-{j}", f"Stop {i}-{j}", 37.5 + i * step, 126.9 + j * step)
         for i in range(rows) for j in range(columns)],
        columns=["stop_id", "name", "lat", "lon"],
    )  # fmt: skip


@given(st.integers(0, 10**9), st.lists(st.floats(0, 1e6), min_size=1, max_size=50))
def test_parts_add_up_and_differ_from_exact_by_less_than_one(total, weights):
    parts = apportion(total, np.array(weights))
    assert parts.sum() == total
    assert (parts >= 0).all()


def test_largest_remainders_by_hand():
    # 7 x (3, 2, 2) / 7 is whole; 8 gives 3.43, 2.29, 2.29: the first has the largest rest.
    assert apportion(7, np.array([3, 2, 2])).tolist() == [3, 2, 2]
    assert apportion(8, np.array([3, 2, 2])).tolist() == [4, 2, 2]
    assert apportion(3, np.zeros(2)).tolist() == [2, 1]


def test_grid_city_zones():
    zones = synthesise_zones(_grid(12, 12), SEOUL)
    assert 60 <= len(zones) <= 400
    assert zones["population"].sum() == 1_234_567
    assert zones["jobs"].sum() == 1_234_567 * 45 // 100
    assert zones["zone_id"].is_unique and zones["name"].is_unique
    assert zones["zone_id"].iloc[0] == "Z001"
    share = zones.groupby("income_group")["population"].sum() / 1_234_567
    assert share.index.tolist() == [1, 2, 3, 4, 5]
    assert ((share > 0.15) & (share < 0.25)).all()
    # Denser near the centre: the first quarter of the zones against the last.
    density = zones["population"] / zones["area_km2"]
    quarter = len(zones) // 4
    assert density.iloc[:quarter].mean() > 1.5 * density.iloc[-quarter:].mean()
    assert "income groups" in zones.attrs["method"]
    # Neighbours are alike: a smooth field differs little to the nearest other zone.
    lat, lon = zones["lat"].to_numpy(), zones["lon"].to_numpy()
    away = (lat[:, None] - lat) ** 2 + (lon[:, None] - lon) ** 2 + np.eye(len(zones))
    beside = zones["income_group"].to_numpy()[away.argmin(axis=1)]
    assert abs(beside - zones["income_group"]).mean() < 0.8


def test_same_bytes_whatever_the_order_of_stops():
    stops = _grid(8, 9)
    one = synthesise_zones(stops, SEOUL)
    two = synthesise_zones(stops.sample(frac=1, random_state=3), SEOUL)
    pd.testing.assert_frame_equal(one, two)


def test_bytes_are_frozen():
    """If this fails on purpose, raise VERSION in course/city/synthesis/__init__.py too."""
    zones = synthesise_zones(_grid(6, 7), SEOUL)
    text = zones.to_csv(index=False, lineterminator="\n").encode()
    assert hashlib.sha256(text).hexdigest() == FROZEN


def test_one_stop_many_stops_and_none():
    assert len(synthesise_zones(_grid(1, 1), {"id": "x"})) >= 1
    same = pd.concat([_grid(1, 1)] * 5)
    assert synthesise_zones(same, {"id": "x"})["population"].sum() > 0
    far = pd.concat([_grid(1, 1), _grid(1, 1).assign(lat=10.0)])
    assert synthesise_zones(far, {"id": "x"})["zone_id"].is_unique
    with pytest.raises(CourseError, match="no stop with coordinates"):
        synthesise_zones(_grid(1, 1).assign(lat=np.nan), {"id": "x"})
    with pytest.raises(CourseError, match="no stop with coordinates"):
        synthesise_zones(_grid(1, 1).iloc[:0], {"id": "x"})


def _districts() -> pd.DataFrame:
    return pd.DataFrame({
        "zone_id": ["N", "E", "S", "W"],
        "lat": [37.60, 37.55, 37.50, 37.55], "lon": [127.0, 127.05, 127.0, 126.95],
    })  # fmt: skip


def test_everything_missing_is_filled():
    zones, made = complete_zones(_districts(), _grid(3, 3), {**SEOUL, "area_km2": 100})
    assert made == ["area_km2", "name", "population", "jobs", "income_group"]
    assert zones["population"].sum() == 1_234_567
    assert zones["area_km2"].sum() == pytest.approx(100)
    assert zones["zone_id"].tolist() == ["N", "E", "S", "W"]
    assert zones["income_group"].between(1, 5).all()


def test_given_values_stay_and_gaps_take_the_rest():
    given_zones = _districts().assign(
        population=[100_000, None, 300_000, None], jobs=[1, 2, 3, 4], income_group=[5, 4, 3, None],
        name=["North", " ", "South", "West"], area_km2=[10.0, 11.0, 12.0, np.nan],
    )  # fmt: skip
    before = given_zones.copy()
    zones, made = complete_zones(given_zones, _grid(3, 3), {**SEOUL, "population": 500_000})
    pd.testing.assert_frame_equal(given_zones, before)
    assert made == ["area_km2", "name", "population", "income_group"]
    assert zones["population"].tolist()[::2] == [100_000, 300_000]
    assert zones["population"].sum() == 500_000
    assert zones["jobs"].tolist() == [1, 2, 3, 4]
    assert zones["income_group"].tolist()[:3] == [5, 4, 3]
    assert zones["name"].tolist() == ["North", "Zone E", "South", "West"]
    assert zones["area_km2"].tolist()[:3] == [10.0, 11.0, 12.0]
    assert zones["area_km2"].iloc[3] > 0


def test_nothing_missing_nothing_made():
    whole, _ = complete_zones(_districts(), _grid(3, 3), SEOUL)
    again, made = complete_zones(whole, _grid(3, 3), SEOUL)
    assert made == []
    pd.testing.assert_frame_equal(again, whole)
    empty, made = complete_zones(_districts().iloc[:0], _grid(3, 3), SEOUL)
    assert empty.empty and made == []


def test_given_people_without_a_total_set_the_level():
    given_zones = _districts().assign(population=[200_000, 200_000, None, None], area_km2=25.0)
    zones, _ = complete_zones(given_zones, _grid(3, 3), {"id": "x"})
    assert 50_000 < zones["population"].iloc[2:].sum() < 2_000_000


@settings(max_examples=25, deadline=None)
@given(st.permutations(range(4)))
def test_row_order_does_not_change_a_zone(order):
    zones, _ = complete_zones(_districts(), _grid(3, 3), SEOUL)
    turned, _ = complete_zones(_districts().iloc[order], _grid(3, 3), SEOUL)
    pd.testing.assert_frame_equal(turned.sort_index(), zones)


FROZEN = "0ac3129d6520576e7aa878524d997655194fd489140412bbc1ab8173a5f6f793"

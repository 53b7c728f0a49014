"""Synthetic requests: frozen bytes, the shares of the facts, what is planted, bad settings."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course import City
from course.city.places import nearest_zone
from course.city.synthesis.requests import (
    CATEGORY_PERMILLE,
    CHANNEL_PERCENT,
    _made,
    synthesise_requests,
)
from course.errors import CourseError, UsageError
from tests.test_synthesis_rides import CITIES, csv_hash, grid_city

FROZEN = "b0a60967e6066702302bb85081c843d6ba9ea3959d1d65e53dab307d0a85838e"


def test_bytes_are_frozen():
    """If this fails on purpose, raise VERSION in course/city/synthesis/__init__.py too."""
    assert csv_hash(synthesise_requests(CITIES["mixed"], seed=("trainee",))) == FROZEN
    assert csv_hash(synthesise_requests(CITIES["mixed"], seed=("other",))) != FROZEN


def laws(city, frame):
    assert list(frame.columns) == ["request_id", "created_at", "closed_at", "category", "text",
                                   "channel", "zone_id", "lat", "lon"]  # fmt: skip
    assert frame["request_id"].is_unique and frame["request_id"].is_monotonic_increasing
    created = pd.to_datetime(frame["created_at"], format="%Y-%m-%dT%H:%M:%S")
    closed = pd.to_datetime(frame["closed_at"], format="%Y-%m-%dT%H:%M:%S")
    assert created.is_monotonic_increasing and created.dt.year.nunique() <= 1
    assert not (closed < created).any()
    assert (frame["lat"].isna() == frame["lon"].isna()).all()
    assert set(frame["category"]) <= set(CATEGORY_PERMILLE)


@pytest.mark.parametrize("name", ["seoul", "mashhad", "iloilo"])
def test_a_city_has_requests_as_the_facts_say(name):
    city = City.open(name)
    frame, planted = _made(city)
    laws(city, frame)
    assert len(frame) == 6_000 and len(planted["doubles"]) == 240
    pd.testing.assert_frame_equal(city.requests, frame)
    shares = frame["category"].value_counts(normalize=True) * 1000
    for category, permille in CATEGORY_PERMILLE.items():
        # four standard errors of 5,760 draws, made wider by repeats of the same problem
        assert abs(shares[category] - permille) < 5 * np.sqrt(permille * (1 - permille / 1000) / 5)
    bad = ~frame["zone_id"].isin(city.zones["zone_id"])
    assert (bad == planted["bad_zone"]).all() and 0.045 < bad.mean() < 0.075
    assert 0.005 < frame["closed_at"].isna().mean() < 0.05
    placed = frame["lat"].notna().to_numpy()
    assert 0.95 < placed.mean() < 0.99
    near = nearest_zone(frame["lat"][placed], frame["lon"][placed], city.zones)
    assert (near == planted["true_zone"][placed]).mean() > 0.999
    assert city.is_synthetic("requests") and "planted" in city.badge("requests")


def test_planted_zones_are_hot_and_the_lowest_group_waits_longer():
    city = City.open("seoul")
    frame, planted = _made(city)
    zones = city.zones.set_index("zone_id")
    zone = pd.Series(planted["true_zone"])
    rate = zone.value_counts() / zones["population"]
    assert set(rate.nlargest(3).index) == set(planted["hot"])
    hours = (pd.to_datetime(frame["closed_at"]) - pd.to_datetime(frame["created_at"])).dt
    hours = hours.total_seconds() / 3600
    low = zone.map(zones["income_group"]).to_numpy() == 1
    assert hours[low].median() > 1.1 * hours[~low].median()


def test_second_entries_say_the_same_as_the_first():
    frame, planted = _made(City.open("iloilo"))
    table = frame.set_index("request_id").assign(zone=planted["true_zone"])
    for name in planted["doubles"][:50]:
        row = table.loc[name]
        same = table[(table["category"] == row["category"]) & (table["zone"] == row["zone"])]
        gap = pd.to_datetime(row["created_at"]) - pd.to_datetime(same["created_at"])
        first = same[(gap >= pd.Timedelta(0)) & (gap <= pd.Timedelta(hours=2)) &
                     (same["channel"] != row["channel"])]  # fmt: skip
        assert len(first) >= 1, name


@settings(max_examples=25, deadline=None)
@given(cases=st.integers(0, 400), year=st.integers(1990, 2100), seed=st.integers(0, 3))
def test_any_number_of_cases_of_any_year(cases, year, seed):
    city = grid_city(bus=False, synthesis={"requests": {"cases": cases, "year": year}})
    frame = synthesise_requests(city, seed=(seed,))
    laws(city, frame)
    assert len(frame) == cases
    assert not len(frame) or frame["created_at"].str[:4].eq(str(year)).all()


def test_channels_are_a_parameter():
    city = grid_city(bus=False, synthesis={"requests": {"channels": {"barangay": 100}}})
    assert set(synthesise_requests(city)["channel"]) == {"barangay"}
    shares = synthesise_requests(grid_city(bus=False))["channel"].value_counts(normalize=True)
    for channel, percent in CHANNEL_PERCENT.items():
        assert abs(100 * shares[channel] - percent) < 4


@pytest.mark.parametrize("told", [
    {"cases": -1}, {"cases": 1.5}, {"cases": True}, {"cases": 10**9}, {"year": "2025"},
    {"channels": {}}, {"channels": {"call": 99}}, {"channels": {"call": 150, "app": -50}},
    {"channels": "call"}, {"cases": None}, 3.5, ["x"],
])  # fmt: skip
def test_settings_that_cannot_be(told):
    with pytest.raises(UsageError, match="synthetic requests"):
        synthesise_requests(grid_city(bus=False, synthesis={"requests": told}))


def test_a_city_without_people_or_with_one_zone():
    city = grid_city(bus=False)
    city.zones = city.zones.assign(population=0)
    assert len(synthesise_requests(city)) == 6_000
    city.zones = city.zones.head(1)
    assert len(synthesise_requests(city)) == 6_000
    city.zones = city.zones.head(0)
    with pytest.raises(CourseError):
        synthesise_requests(city)

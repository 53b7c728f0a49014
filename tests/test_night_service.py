"""Buses, kilometres and money of a night network; Seoul's start as data."""

from __future__ import annotations

import doctest
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course import City, nightbus
from course.bigdata import night_demand, night_service
from course.bigdata.night_demand import HOUR_SHARES_PCT
from course.errors import UsageError
from tests.night_city import grid_city

CITY = grid_city()
PLAN = nightbus.add_routes(nightbus.candidates(CITY), CITY.night_trips, n=4)
COSTS = nightbus.Costs("KRW", per_bus_hour=30_000, per_km=1_500, ride_pct=40)


@pytest.mark.parametrize(
    ("length", "speed", "layover", "headway", "buses"),
    [
        (60, 20, 20, 40, 5),  # the lesson: 180 + 20 minutes, a bus each 40
        (60, 20, 20, 39.9, 6),
        (60.1, 20, 20, 40, 6),
        (60, 20, 0, 40, 5),  # 4.5: half a bus does not run
        (12, 24, 10, 40, 1),
        (0.1, 30, 0, 60, 1),
        (85.9, 20, 20, 25, 12),
    ],
)
def test_fleet_by_hand(length, speed, layover, headway, buses):
    found = nightbus.fleet(
        round_trip_km=length, speed_kmh=speed, layover_min=layover, headway_min=headway
    )
    assert found == buses


@given(st.integers(1, 4_000), st.integers(10, 60), st.integers(0, 120), st.integers(1, 120))
def test_fleet_is_the_exact_quotient_rounded_up(tenths, speed, layover, headway):
    minutes = Fraction(60 * tenths, 10 * speed) + layover
    found = nightbus.fleet(
        round_trip_km=tenths / 10, speed_kmh=speed, layover_min=layover, headway_min=headway
    )
    assert found == max(1, math.ceil(minutes / headway))


@pytest.mark.parametrize(
    "wrong",
    [
        {"round_trip_km": 0}, {"round_trip_km": -3}, {"round_trip_km": "far"},
        {"round_trip_km": float("nan")}, {"speed_kmh": 0}, {"headway_min": 0},
        {"headway_min": float("inf")}, {"layover_min": -1}, {"speed_kmh": True},
    ],
)  # fmt: skip
def test_fleet_refuses_what_is_no_service(wrong):
    with pytest.raises(UsageError, match=next(iter(wrong))):
        nightbus.fleet(**({"round_trip_km": 60} | wrong))


def test_fleet_of_a_plan_and_of_a_route():
    route = PLAN.routes[0]
    one = nightbus.route_fleet(route, headway_min=30, speed_kmh=25)
    assert one == nightbus.fleet(round_trip_km=2 * route.length_km, speed_kmh=25, headway_min=30)
    assert nightbus.plan_fleet(PLAN, headway_min=30, speed_kmh=25) == sum(
        nightbus.route_fleet(r, headway_min=30, speed_kmh=25) for r in PLAN.routes
    )


def test_operation_and_cost_per_ride_by_hand():
    table = nightbus.operation(PLAN, COSTS, headway_min=40, speed_kmh=20, layover_min=20)
    assert table["route_id"].tolist() == PLAN.route_ids
    for row, route, step in zip(
        table.itertuples(), PLAN.routes, PLAN.steps.itertuples(), strict=True
    ):
        assert row.departures == 8  # 300 minutes, one each 40: 7.5
        assert row.vehicle_km == pytest.approx(2 * route.length_km * 8)
        assert row.rides == pytest.approx(0.4 * step.added_trips)
        assert row.cost == pytest.approx(row.buses * 5 * 30_000 + row.vehicle_km * 1_500)
        assert row.cost_per_ride == pytest.approx(row.cost / row.rides)
    assert table["buses"].sum() == nightbus.plan_fleet(PLAN)
    assert nightbus.cost_per_ride(PLAN, COSTS) == pytest.approx(
        table["cost"].sum() / (0.4 * PLAN.served_trips)
    )
    often = nightbus.cost_per_ride(PLAN, COSTS, headway_min=20)
    assert often > 1.5 * nightbus.cost_per_ride(PLAN, COSTS)
    half = COSTS.replace(ride_pct=20)
    assert nightbus.cost_per_ride(PLAN, half) == pytest.approx(
        2 * nightbus.cost_per_ride(PLAN, COSTS)
    )


def test_no_routes_cost_nothing_and_carry_nobody():
    none = nightbus.plan_of(PLAN.cover, routes=[])
    assert nightbus.operation(none, COSTS).empty
    assert np.isnan(nightbus.cost_per_ride(none, COSTS))
    assert nightbus.plan_fleet(none) == 0
    assert nightbus.beside_seoul(none)["yours"].tolist()[0] == 0


@pytest.mark.parametrize(
    ("name", "currency", "hour", "km"),
    [
        ("seoul", "KRW", 30_000, 1_500),
        ("mashhad", "IRR", 400_000, 20_000),
        ("iloilo", "PHP", 260, 13),
    ],
)
def test_costs_come_in_the_citys_own_money(name, currency, hour, km):
    costs = nightbus.night_costs(City.open(name))
    assert (costs.currency, costs.per_bus_hour, costs.per_km) == (currency, hour, km)


def test_costs_without_a_tariff_and_wrong_costs():
    costs = nightbus.night_costs(CITY)
    assert (costs.currency, costs.per_bus_hour, costs.per_km) == ("KRW", 2_000, 100)
    with pytest.raises(UsageError, match="per_km"):
        costs.replace(per_km=-1)
    with pytest.raises(UsageError, match="ride_pct"):
        costs.replace(ride_pct=0)
    with pytest.raises(UsageError, match="ride_pct"):
        costs.replace(ride_pct=140)


def test_seouls_start_is_what_the_sources_say():
    facts = nightbus.SEOUL_START
    assert facts["routes"].value == 9 and len(facts["route_names"].value) == 9
    assert (facts["headway_low_min"].value, facts["headway_high_min"].value) == (40, 45)
    assert (facts["riders"].value, facts["cells"].value) == (6079, 1252)
    assert (facts["routes_2022"].value, facts["buses_2022"].value) == (14, 100)
    assert [facts[f"hour_{h}_pct"].value for h in range(5)] == list(HOUR_SHARES_PCT.values())
    assert facts["cell_area_km2"].value == round(605.2 / 1252, 3)
    for fact in facts.values():
        assert fact.source and fact.mark in "SGC" and 2013 <= fact.year <= 2023
    assert facts["buses_2023"].mark == "G"  # never printed as a fact


def test_reasoning_and_comparison():
    steps = nightbus.seoul_reasoning()
    assert steps["step"].tolist()[:3] == ["records", "wish", "cells"]
    assert (steps != "").all(axis=None)
    for call in steps["here"]:
        for name in [w.split("(")[0] for w in call.split("nightbus.")[1:]]:
            assert hasattr(nightbus, name), name
    table = nightbus.beside_seoul(PLAN, headway_min=30).set_index("measure")
    assert table.loc["routes"].tolist()[:2] == [9, 4]
    assert table.loc["headway", "yours"] == 30
    assert table.loc["buses", "yours"] == nightbus.plan_fleet(PLAN, headway_min=30)
    assert np.isnan(table.loc["riders a night", "yours"])  # a wish is not a rider
    assert table.loc["wishes served", "yours"] == PLAN.served_pct


@pytest.mark.parametrize("module", [nightbus, night_demand, night_service])
def test_examples_of_the_docstrings(module):
    found = doctest.testmod(module)
    assert found.attempted and not found.failed


def test_the_facade_names_what_it_has():
    for name in nightbus.__all__:
        assert getattr(nightbus, name) is not None

"""A designed fare is judged property by property; a design that meets all always exists."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from course.exercises.fare_designs import design_policy
from course.exercises.fare_scale import fare_today, today
from course.transport import fares
from grading.answer_key import m10_design
from grading.answer_key.m10_integrated_fares import work
from grading.answer_key.revenue import base_for_revenue, percent_change, reaction
from tests.key_cases import BUNDLED, bundled, drawn, key

NAMES = ("money", "poorest", "dearest", "distance", "operators")


def judged(city, draw, design) -> dict[str, tuple[bool, str]]:
    rows = key().judge_design("m10_policy", city, draw, design)
    assert [share for _, share, _ in rows] == list(m10_design.SHARES.values())
    return {name: (met, said) for name, (met, _, said) in zip(NAMES, rows, strict=True)}


@pytest.fixture(scope="module", params=BUNDLED)
def case(request):
    city = bundled(request.param)
    draw = drawn("m10_policy", city, "ana")
    return city, draw, key().solution("m10_policy", city, draw)


def test_a_gap_in_the_money_is_asked_for(case):
    city, draw, design = case
    low = design | {"base": design["base"] * 0.7}
    assert judged(city, draw, low)["money"] == (False, "Who fills the gap?")
    high = design | {"base": design["base"] * 1.4}
    assert "Who gets it?" in judged(city, draw, high)["money"][1]


def test_a_subsidy_fills_a_small_gap_up_to_the_line(case):
    city, draw, design = case
    line = draw.params["line"]
    revenue = {}
    for share in (0.80, 0.86, 0.90):
        design_low = design | {"base": design["base"] * share, "subsidy": line}
        revenue[share] = judged(city, draw, design_low)["money"][0]
    assert not revenue[0.80]
    over = design | {"subsidy": line + 1}
    assert judged(city, draw, over)["money"] == (False, "Your subsidy is above the line shown.")


def test_no_free_kilometre_hurts_short_trips(case):
    city, draw, design = case
    step = round(fare_today(city) / 50, 2)
    bad = design | {"free_km": 0, "step_price": step, "step_km": 5, "tap_out": "zones"}
    assert judged(city, draw, bad)["poorest"] == (False, "Short trips pay most.")
    # without a distance price the free distance has no meaning
    assert judged(city, draw, design | {"free_km": 0})["poorest"][0]


def test_group_one_may_not_pay_more_on_average(case):
    city, draw, design = case
    bad = design | {"low_income_discount_pct": 0, "base": design["base"] * 1.3}
    met, said = judged(city, draw, bad)["poorest"]
    assert not met and "Income group 1" in said


def test_the_dearest_trip_has_a_limit(case):
    city, draw, design = case
    w = work(city, draw)
    mean = float(w.old.mean()) / 100
    bad = design | {"step_price": mean, "free_km": 1, "step_km": 1, "tap_out": "tap-out"}
    assert not judged(city, draw, bad)["dearest"][0]
    assert judged(city, draw, design)["dearest"][0]


def test_distance_needs_a_way_to_know_it(case):
    city, draw, design = case
    by_distance = design | {"step_price": round(fare_today(city) / 50, 2)}
    assert judged(city, draw, by_distance)["distance"] == (False, "How do you know the distance?")
    for way in ("tap-out", "zones"):
        assert judged(city, draw, by_distance | {"tap_out": way})["distance"][0]


def test_operators_are_compensated_where_a_second_base_goes(case):
    city, draw, design = case
    goes = not today(city).integrated
    assert judged(city, draw, design | {"compensation": "none"})["operators"][0] is not goes
    apart = design | {"compensation": "none", "max_transfers": 0}
    assert judged(city, draw, apart)["operators"][0]


@pytest.mark.parametrize(
    "change",
    [
        {"base": 1e14}, {"base": -5}, {"step_km": 0}, {"window_min": 10**6}, {"max_transfers": -1},
        {"low_income_discount_pct": 300}, {"free_km": -1}, {"step_price": 10**12},
    ],
)  # fmt: skip
def test_an_impossible_design_earns_nothing_and_says_why(case, change: dict):
    city, draw, design = case
    rows = key().judge_design("m10_policy", city, draw, design | change)
    assert not any(met for met, _, _ in rows)
    assert all(said for _, _, said in rows)


def test_free_rides_for_all_are_judged_without_trouble(case):
    city, draw, design = case
    free = design | {"base": 0}
    rows = judged(city, draw, free)
    assert rows["money"] == (False, "Who fills the gap?")
    assert rows["poorest"][0]


def test_a_line_nobody_can_meet_is_eased(case, monkeypatch: pytest.MonkeyPatch):
    city, draw, design = case
    w = work(city, draw)
    helped = design | {"base": design["base"] * 0.75, "subsidy": 30.0}
    args = (city, w.trips, w.old, w.poorest, 2)
    before = m10_design.judge_policy(*args, helped)[0]
    assert before[2] == "Your subsidy is above the line shown."
    monkeypatch.setattr(m10_design, "solution_exists", lambda *a: None)
    eased = m10_design.judge_policy(*args, helped)[0]
    assert eased[0] or eased[2] != "Your subsidy is above the line shown."


def test_without_transfers_each_ride_pays():
    city = bundled("mashhad")
    design = {"base": 100, "free_km": 1, "step_km": 1, "step_price": 0, "window_min": 0,
              "max_transfers": 4}  # fmt: skip
    policy = design_policy(city, design)
    assert not policy.integrated
    assert fares.price([("bus", 3), ("subway", 4, "gap 5")], policy) == 200


# ---- the arithmetic of revenue, by hand ----------------------------------------------


def test_reaction_by_hand():
    old = np.array([1000, 1000, 0, 500])
    new = np.array([2000, 1000, 700, 0])
    assert reaction(old, new, -1.0).tolist() == [0.5, 1.0, 1.0, 1.0]


def test_percent_change_by_hand():
    assert percent_change(42, 40) == pytest.approx(5)
    assert percent_change(5, 0) == 0


def single_rides(*km: float):
    rides = pd.DataFrame(
        [(f"c{n}", 28800, 29700, "bus", "1", 1000 * d) for n, d in enumerate(km)],
        columns=["card_id", "board_time", "alight_time", "mode", "route_id", "distance_m"],
    )
    return fares.link(rides)


def test_neutral_base_by_hand():
    """Two trips pay 20 today; one pays a step of 4 under the new rule: base 8."""
    trips = single_rides(1, 3)
    plan = fares.FarePolicy.distance(base=5, free_km=2, step_km=5, step_price=4)
    old = np.array([1000, 1000])
    assert base_for_revenue(trips, plan, old) == pytest.approx(8, abs=0.011)
    # nobody pays less than the steps: there is no base below zero
    assert base_for_revenue(trips, plan, np.array([100, 100])) == 0


def test_neutral_base_with_reaction_brings_the_money():
    trips = single_rides(1, 3, 9)
    plan = fares.FarePolicy.distance(base=5, free_km=2, step_km=2, step_price=3)
    old = np.array([1000, 1200, 900])
    base = base_for_revenue(trips, plan, old, elasticity=-0.4)
    from course.transport.pricing import trip_prices

    new = trip_prices(trips, plan.replace(base=base))
    assert (reaction(old, new, -0.4) * new).sum() == pytest.approx(old.sum(), rel=2e-3)

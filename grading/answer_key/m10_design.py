"""The conditions on a designed fare, and a search that shows they can all be met."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from course.city.pack import City
from course.errors import CourseError
from course.exercises import m10_integrated_fares as m10
from course.exercises.fare_designs import design_policy
from course.exercises.fare_scale import fare_today, today
from course.transport.pricing import trip_prices
from grading.answer_key.revenue import base_for_revenue, reaction

ELASTICITY = m10.ELASTICITY
NEAR_TODAY = 0.05
DEAREST = 3.0
SHARES = {"money": 0.30, "poorest": 0.25, "dearest": 0.15, "distance": 0.15, "operators": 0.15}
# Discounts tried for the poorest group, in percent, until one fits.
_DISCOUNTS = (10, 20, 0, 30, 40, 50)


def judge_policy(
    city: City,
    trips: Any,
    old: np.ndarray,
    poorest: np.ndarray,
    line: float,
    value: Mapping[str, Any],
) -> list[tuple[bool, float, str]]:
    """Judge one design of question m10_policy.

    Parameters
    ----------
    city : City
        Gives today's tariff.
    trips, old, poorest
        Linked exercise rides; today's price of each trip; which are of income group 1.
    line : float
        The most the council pays, percent of today's revenue, as shown.
    value : mapping
        The fields of the design.

    Returns
    -------
    list of (bool, float, str)
        Met, share of the points, sentence for the trainee; always five.
    """
    try:
        judged = _conditions(city, trips, old, poorest, line, value)
    except CourseError as error:  # the fare engine refuses the design, and says why
        return [(False, share, str(error)) for share in SHARES.values()]
    money_met, *others = judged
    if not money_met[0] and solution_exists(city, trips, old, poorest, line) is None:
        # the line as shown cannot be met by anyone: it is eased until it does not decide
        money_met = _conditions(city, trips, old, poorest, 100.0, value)[0]
    return [money_met, *others]


def _conditions(
    city: City,
    trips: Any,
    old: np.ndarray,
    poorest: np.ndarray,
    line: float,
    value: Mapping[str, Any],
) -> list[tuple[bool, float, str]]:
    policy = design_policy(city, value)
    new = trip_prices(trips, policy)
    before = float(old.sum())
    subsidy = float(value.get("subsidy", 0.0))
    money = float((reaction(old, new, ELASTICITY) * new).sum()) + subsidy / 100 * before
    by_distance = float(value["step_price"]) > 0
    second_base_goes = policy.integrated and not today(city).integrated
    dust = 1e-9
    return [
        (
            subsidy <= line + dust and abs(money / before - 1) <= NEAR_TODAY + dust,
            SHARES["money"],
            _money_sentence(subsidy, line, money, before),
        ),
        (
            _mean(new[poorest]) <= _mean(old[poorest]) * (1 + dust)
            and not (by_distance and float(value["free_km"]) <= 0),
            SHARES["poorest"],
            "Short trips pay most."
            if by_distance and float(value["free_km"]) <= 0
            else "Income group 1 pays more on average than today. What would help them?",
        ),
        (
            float(new.max(initial=0)) <= DEAREST * _mean(old) * (1 + dust),
            SHARES["dearest"],
            "The dearest trip costs more than three times today's mean fare.",
        ),
        (
            not by_distance or value.get("tap_out") in ("tap-out", "zones"),
            SHARES["distance"],
            "How do you know the distance?",
        ),
        (
            not second_base_goes or value.get("compensation") in ("per boarding", "per km"),
            SHARES["operators"],
            "Riders no longer pay a second base fare. Who pays the operators?",
        ),
    ]


def _money_sentence(subsidy: float, line: float, money: float, before: float) -> str:
    if subsidy > line:
        return "Your subsidy is above the line shown."
    if money < before:
        return "Who fills the gap?"
    return "Riders pay clearly more than today in all. Who gets it?"


def _mean(prices: np.ndarray) -> float:
    return float(prices.mean()) if len(prices) else 0.0


def solution_exists(
    city: City, trips: Any, old: np.ndarray, poorest: np.ndarray, line: float
) -> dict[str, Any] | None:
    """Search a small grid for a design with every condition met.

    One flat price for a whole trip, set to today's revenue after the reaction, with a
    growing discount for the poorest group; no subsidy is needed.

    Returns
    -------
    dict or None
        The fields of such a design, or None if the grid holds none.
    """
    for discount in _DISCOUNTS:
        design: dict[str, Any] = {
            "base": fare_today(city),
            "free_km": 1.0,
            "step_km": 1.0,
            "step_price": 0.0,
            "window_min": 30.0,
            "max_transfers": 4,
            "cap": True,
            "low_income_discount_pct": float(discount),
            "tap_out": "none",
            "subsidy": 0.0,
            "compensation": "per boarding",
        }
        policy = design_policy(city, design)
        design["base"] = round(base_for_revenue(trips, policy, old, elasticity=ELASTICITY), 2)
        if all(met for met, _, _ in _conditions(city, trips, old, poorest, line, design)):
            return design
    return None

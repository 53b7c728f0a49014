"""Fare policies of exercises: policy P of a trainee, a trainee's design, settings of a cap.

All keep what today's tariff gives to each class of riders: its discounts, as one percent
number, and its free rides.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from course.city.synthesis.stream import Stream
from course.errors import UsageError
from course.exercises.fare_scale import fare_today, today, today_per_km, typical_km
from course.exercises.money_steps import money, price_grains, rounded

if TYPE_CHECKING:
    from course.city.pack import City
    from course.transport.fare_policy import FarePolicy


def class_discounts(city: City) -> dict[str, float]:
    """Return today's discount of each class against the adult fare, in whole 5 percent."""
    policy = today(city)
    found = {name: float(pct) for name, pct in (policy.discount_pct or {}).items()}
    adult = policy.base.get("adult") or policy.base.get("*") or {}
    for name, amounts in policy.base.items():
        shared = [mode for mode in amounts if adult.get(mode)]
        if name in ("adult", "*") or name in found or not shared:
            continue
        ratio = math.fsum(amounts[m] / adult[m] for m in shared) / len(shared)
        percent = 5.0 * round((1 - ratio) * 20)
        if 0 < percent < 100:
            found[name] = percent
    return dict(sorted(found.items()))


def _with_todays_classes(city: City, **fields: Any) -> FarePolicy:
    from course.transport.fare_policy import FarePolicy

    # without it the night window would be the day's, and linked trips would split again
    night = max(60.0, fields.get("window_min", 30))
    policy = FarePolicy.distance(currency=city.currency, night_window_min=night, **fields)
    return policy.replace(
        discount_pct=class_discounts(city),
        free=dict(today(city).free or {}),
        teaching=today(city).teaching,
    )


def draw_policy(city: City, key: str) -> dict[str, Any]:
    """Draw the numbers of policy P around today's fare and the city's size."""
    stream = Stream("m10 policy P", city.fingerprint, key)
    fare, km = fare_today(city), typical_km(city)
    base_grain, step_grain = price_grains(fare)
    # one policy in three keeps today's base (short trips then pay the same), the others
    # put most of the price on distance and help the poorest group
    keeps_base = stream.integer(0, 3) == 0
    percent = 100 if keeps_base else 5 * stream.integer(10, 16)
    low_income = 0 if keeps_base else 10 * stream.integer(1, 4)
    base = fare if keeps_base else rounded(fare * percent / 100, base_grain)
    free_km = max(1, round(km * stream.integer(2, 7) / 20))
    step_km = max(1, round(km * stream.integer(2, 5) / 20))
    # a typical trip pays this share of today's base for its distance, on top of most of what
    # distance costs today: else the policy would be cheap where today is by distance
    share = stream.integer(35, 60) if keeps_base else stream.integer(40, 70)
    steps = max(1.0, (km - free_km) / step_km)
    step_price = rounded(
        fare * share / 100 / steps + today_per_km(city) * step_km * 0.75, step_grain
    )
    help_words = f" Income group 1 pays {low_income} % less." if low_income else ""
    return {
        "base": base,
        "free_km": free_km,
        "step_km": step_km,
        "step_price": step_price,
        "low_income_discount_pct": low_income,
        "plan": (
            f"{money(base, city.currency)} for the first {free_km} km of a trip and "
            f"{money(step_price, city.currency)} for each started {step_km} km after that."
            f"{help_words}"
        ),
        "base_high": 20 * max(fare, base),
    }


def policy_p(city: City, params: Mapping[str, Any]) -> FarePolicy:
    """Return policy P of drawn numbers, with today's discounts of each class."""
    policy = _with_todays_classes(
        city,
        base=params["base"],
        free_km=params["free_km"],
        step_km=params["step_km"],
        step_price=params["step_price"],
        low_income_discount_pct=params["low_income_discount_pct"],
        window_min=30,
        max_transfers=4,
    )
    return policy.replace(name="Policy P", source="drawn for this exercise")


def design_policy(city: City, design: Mapping[str, Any]) -> FarePolicy:
    """Return the fare policy a trainee's design describes.

    Parameters
    ----------
    city : City
        Gives the currency and today's discounts of each class.
    design : dict
        The fields of question m10_policy; what does not change a price (tap_out,
        subsidy, compensation) is not used here.

    Returns
    -------
    FarePolicy
        One base and one distance rule for all modes. A night window is never below 60
        minutes; a window or a number of transfers of 0 means that each ride pays.

    Raises
    ------
    UsageError
        A field is missing or is not a number.
    """
    needed = ("base", "free_km", "step_km", "step_price", "window_min", "max_transfers")
    try:
        numbers = {name: float(design[name]) for name in needed}
        discount = float(design.get("low_income_discount_pct", 0))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise UsageError(
            "The design misses a number.", f"It needs {', '.join(needed)} as numbers."
        ) from None
    joins = numbers["window_min"] > 0 and numbers["max_transfers"] > 0
    policy = _with_todays_classes(
        city,
        base=numbers["base"],
        free_km=numbers["free_km"],
        step_km=numbers["step_km"],
        step_price=numbers["step_price"],
        window_min=numbers["window_min"],
        max_transfers=int(numbers["max_transfers"]),
    )
    return policy.replace(
        name="Your design",
        source="a trainee's design",
        integrated=joins,
        cap_at_separate=bool(design.get("cap", True)),
        low_income_discount_pct=discount,
    )


def cap_policy(city: City, setting: Mapping[str, Any], code: str) -> FarePolicy:
    """Return one setting of question m10_cap as a policy."""
    policy = _with_todays_classes(city, max_transfers=4, **setting)
    return policy.replace(name=f"Setting {code}", distance_modes=(), cap_at_separate=True)

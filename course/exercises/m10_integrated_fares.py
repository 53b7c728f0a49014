"""Draws and pieces of the module "One trip, one price".

What is drawn, and the only conditions used (none of them computes an answer):
a Seoul trip is taken from all trips of a bus and a subway ride whose total is over
10 km, at most 30 km and not on the edge of a step; policy P has a base that is not
today's; a subsidy line is a small share of today's revenue. A design that meets every
line always exists: one flat price for a whole trip with a discount for the poorest
group can be set to any revenue (the host searches for one all the same).
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from course.city.synthesis.stream import Stream
from course.errors import UsageError
from course.exercises.memory import Memory
from course.exercises.money_steps import money, price_grains, rounded

if TYPE_CHECKING:
    import pandas as pd

    from course.city.pack import City
    from course.identity import Who
    from course.transport.fare_policy import FarePolicy

BOARDINGS = 8_000
DAYS = 5
FIRST_DAY = datetime.date(2026, 4, 5)
TEACHING_FARE = 100.0
ELASTICITY = -0.4

BUSES = {
    "trunk": "trunk bus",
    "branch": "branch bus",
    "circular": "circular bus",
    "village": "village bus",
}
CAP_CODES = ("a", "b", "c", "d")
CAP_KINDS = ("seoul", "window", "steep", "flat")

_facts = Memory(64)
_tables = Memory(16)


# ---- what the city gives -------------------------------------------------------------


def today(city: City) -> FarePolicy:
    """Return today's tariff of the pack; a labelled teaching fare where it has none."""
    from course.transport import fares

    return _facts.get(("today", city.fingerprint), lambda: fares.today(city))


def fare_today(city: City) -> float:
    """Return the middle of today's adult base fares (the lower of two), in currency units."""
    base = today(city).base
    adult = base.get("adult") or base.get("*") or {}
    amounts = sorted(float(amount) for amount in adult.values() if amount > 0)
    return amounts[(len(amounts) - 1) // 2] if amounts else TEACHING_FARE


def typical_km(city: City) -> float:
    """Return the mean trip length the city's synthetic rides aim at, in km."""
    from course.city.synthesis.targets import city_targets

    def compute() -> float:
        return min(60.0, max(2.0, city_targets(city).mean_m / 1000))

    return _facts.get(("typical_km", city.fingerprint), compute)


def today_per_km(city: City) -> float:
    """Return what a kilometre more costs today on one ride of twice the typical length."""
    from course.transport import fares

    def compute() -> float:
        modes = sorted(set(city.routes["mode"])) or ["bus"]
        km = max(1, round(typical_km(city)))
        prices = [
            float(fares.price([(mode, 2 * km)], today(city), start="12:00"))
            - float(fares.price([(mode, km)], today(city), start="12:00"))
            for mode in modes
        ]
        return max(0.0, math.fsum(prices) / len(prices) / km)

    return _facts.get(("today_per_km", city.fingerprint), compute)


def dates(city: City) -> list[str]:
    """Return the five working days of the exercise rides, as YYYY-MM-DD."""
    weekend = {str(day).strip().lower()[:3] for day in city.weekend_days}
    days: list[str] = []
    day = FIRST_DAY
    while len(days) < DAYS and (day - FIRST_DAY).days < 40:
        if day.strftime("%a").lower() not in weekend:
            days.append(day.isoformat())
        day += datetime.timedelta(days=1)
    return days


# ---- policy P and the design ---------------------------------------------------------


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
    step_price = rounded(fare * share / 100 / steps + today_per_km(city) * step_km * 0.75, step_grain)
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
        "step_text": money(step_price, city.currency),
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


# ---- draws ---------------------------------------------------------------------------


def _seoul_trips() -> list[tuple[str, int, int]]:
    """Return every bus and subway pair worth asking: over 10 km, off the edge of a step."""
    return [
        (bus, bus_km, subway_km)
        for bus in BUSES
        for bus_km in range(2, 13)
        for subway_km in range(4, 23)
        if 10 < bus_km + subway_km <= 30 and (bus_km + subway_km) % 5
    ]


def _draw_trip(city: City, key: str) -> dict[str, Any]:
    stream = Stream("m10_trip", city.fingerprint, key)
    trips = _seoul_trips()
    bus, bus_km, subway_km = trips[stream.integer(0, len(trips))]
    legs = [[bus, bus_km], ["subway", subway_km]]
    words = [f"{BUSES[bus]} {bus_km} km", f"subway {subway_km} km"]
    if stream.integer(0, 2):
        legs.reverse()
        words.reverse()
    gap = stream.integer(4, 26)
    start = f"{stream.integer(8, 18):02d}:{5 * stream.integer(0, 12):02d}"
    return {"legs": legs, "gap": gap, "start": start, "first": words[0], "second": words[1]}


def _draw_link(city: City, key: str) -> dict[str, Any]:
    stream = Stream("m10_link", city.fingerprint, key)
    return {"date": stream.choose(dates(city), 1)[0]}


def _draw_design(city: City, key: str) -> dict[str, Any]:
    stream = Stream("m10_policy", city.fingerprint, key)
    fare = fare_today(city)
    return {
        "line": stream.integer(2, 9),
        "fare_text": money(fare, city.currency),
        "base_high": 20 * fare,
        "step_high": 10 * fare,
    }


def _cap_settings(city: City) -> dict[str, dict[str, Any]]:
    fare, km = fare_today(city), typical_km(city)
    base_grain, step_grain = price_grains(fare)
    base = rounded(fare, base_grain)
    seoul = {
        "base": base,
        "free_km": max(1, round(km * 0.9)),
        "step_km": max(1, round(km * 0.45)),
        "step_price": rounded(base * 0.065, step_grain),
        "window_min": 30,
    }
    steep = {
        "free_km": max(1, round(km * 0.2)),
        "step_km": max(1, round(km * 0.1)),
        "step_price": rounded(base * 0.25, step_grain),
    }
    return {
        "seoul": seoul,
        "window": {**seoul, "window_min": 60},
        "steep": {**seoul, **steep},
        "flat": {**seoul, "step_price": 0.0},
    }


def _setting_words(setting: Mapping[str, Any], currency: str) -> str:
    window = f"transfers within {setting['window_min']} min"
    if not setting["step_price"]:
        return f"one flat fare, {window}"
    return (
        f"{money(setting['step_price'], currency)} for each {setting['step_km']} km "
        f"after {setting['free_km']} km, {window}"
    )


def _draw_cap(city: City, key: str) -> dict[str, Any]:
    settings = _cap_settings(city)
    order = Stream("m10_cap", city.fingerprint, key).choose(list(CAP_KINDS), 4)
    drawn: dict[str, Any] = {"base_text": money(settings["seoul"]["base"], city.currency)}
    for code, kind in zip(CAP_CODES, order, strict=True):
        drawn[f"setting_{code}"] = settings[kind]
        drawn[f"kind_{code}"] = kind
        drawn[f"option_{code}"] = _setting_words(settings[kind], city.currency)
    return drawn


DRAWS = {
    "m10_trip": _draw_trip,
    "m10_link": _draw_link,
    "m10_rev": draw_policy,
    "m10_react": draw_policy,
    "m10_neutral": draw_policy,
    "m10_losers": draw_policy,
    "m10_policy": _draw_design,
    "m10_cap": _draw_cap,
}


# ---- pieces --------------------------------------------------------------------------


def _rides(city: City, seed: str) -> pd.DataFrame:
    from course.city.synthesis.rides import synthesise_rides

    def compute() -> pd.DataFrame:
        frame = synthesise_rides(
            city, boardings=BOARDINGS, dates=dates(city), seed=("m10_rides", seed)
        )
        frame.attrs["badge"] = "SYNTHETIC: exercise rides, gravity on this city's stops"
        return frame

    return _tables.get((city.fingerprint, seed), compute)


def exercise_rides(city: City, who: Who) -> pd.DataFrame:
    """Return the trainee's exercise rides: one row per boarding, five working days.

    Parameters
    ----------
    city : City
        The rides follow its stops and districts.
    who : Who
        Each trainee has other rides.

    Returns
    -------
    pandas.DataFrame
        The columns of ``city.rides``; about 8,000 rows, always synthetic.
    """
    return _rides(city, who.key("trainee")).copy()


def cap_rides(city: City, who: Who) -> pd.DataFrame:
    """Return the exercise rides of question m10_cap, the same for everyone in a city."""
    return _rides(city, who.key("city")).copy()


def cap_policies(city: City, who: Who) -> dict[str, FarePolicy]:
    """Return the four settings of question m10_cap by their letter.

    A ride on its own pays the base; distance counts only when a trip has a change.
    """
    drawn = _draw_cap(city, who.key("city"))
    return {code: cap_policy(city, drawn[f"setting_{code}"], code) for code in CAP_CODES}


def cap_policy(city: City, setting: Mapping[str, Any], code: str) -> FarePolicy:
    """Return one setting of question m10_cap as a policy."""
    policy = _with_todays_classes(city, max_transfers=4, **setting)
    return policy.replace(name=f"Setting {code}", distance_modes=(), cap_at_separate=True)


PIECES = {
    "m10_rides": exercise_rides,
    "m10_policy": lambda city, who: policy_p(city, draw_policy(city, who.key("trainee"))),
    "m10_design": lambda city, who, *, design: design_policy(city, design),
    "m10_cap_rides": cap_rides,
    "m10_cap_settings": cap_policies,
}

"""Draws and pieces of the module "One trip, one price".

What is drawn, and the only conditions used (none of them computes an answer):
a Seoul trip is taken from all trips of a bus and a subway ride whose total is over
10 km, at most 30 km and not on the edge of a step; policy P asks a set share of today's
base for the distance of a typical trip; a subsidy line is a small share of today's
revenue. A design that meets every line always exists: one flat price for a whole trip
with a discount for the poorest group can be set to any revenue (the host searches for
one all the same).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from course.city.synthesis.stream import Stream
from course.exercises.fare_designs import cap_policy, design_policy, draw_policy, policy_p
from course.exercises.fare_scale import dates, fare_today, typical_km
from course.exercises.memory import Memory
from course.exercises.money_steps import money, price_grains, rounded

if TYPE_CHECKING:
    import pandas as pd

    from course.city.pack import City
    from course.identity import Who
    from course.transport.fare_policy import FarePolicy

BOARDINGS = 8_000
ELASTICITY = -0.4

BUSES = {
    "trunk": "trunk bus",
    "branch": "branch bus",
    "circular": "circular bus",
    "village": "village bus",
}
CAP_CODES = ("a", "b", "c", "d")
CAP_KINDS = ("seoul", "window", "steep", "flat")

_tables = Memory(16)


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


DRAWS: dict[str, Callable[[City, str], dict[str, Any]]] = {
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


PIECES = {
    "m10_rides": exercise_rides,
    "m10_policy": lambda city, who: policy_p(city, draw_policy(city, who.key("trainee"))),
    "m10_design": lambda city, who, *, design: design_policy(city, design),
    "m10_cap_rides": cap_rides,
    "m10_cap_settings": cap_policies,
}

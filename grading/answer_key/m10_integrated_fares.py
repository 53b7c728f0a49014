"""Answers of the module "One trip, one price", as functions of the city and the draw.

All prices are whole hundredths of the currency from the course's own fare engine; shares
and sums are taken over the trips of the trainee's exercise rides.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from course.city.pack import City
from course.exercises import Draw
from course.exercises import m10_integrated_fares as m10
from course.exercises.fare_designs import cap_policy, draw_policy, policy_p
from course.exercises.fare_scale import fare_today, today
from course.exercises.memory import Memory
from course.transport import fares
from course.transport.fare_policy import FarePolicy
from course.transport.linking import GATED_MODES
from course.transport.pricing import trip_prices
from grading.answer_key.base import AnswerKey, WrongValues
from grading.answer_key.m10_design import judge_policy, solution_exists
from grading.answer_key.revenue import base_for_revenue, percent_change, reaction

ELASTICITY = m10.ELASTICITY
_works = Memory(12)
_shared = Memory(2_000)


@dataclass(frozen=True)
class Work:
    """One trainee's exercise rides, linked and priced; made once, asked many times."""

    city: City
    rides: pd.DataFrame
    plan: FarePolicy  # policy P

    @cached_property
    def trips(self) -> Any:
        """Return the trips of the exercise rides, by Seoul's rules of a transfer."""
        return link(self.city, self.rides)

    @cached_property
    def old(self) -> np.ndarray:
        """Return today's price of each trip."""
        return trip_prices(self.trips, today(self.city))

    @cached_property
    def new(self) -> np.ndarray:
        """Return the price of each trip under policy P."""
        return trip_prices(self.trips, self.plan)

    @cached_property
    def poorest(self) -> np.ndarray:
        """Return which trips are made by income group 1."""
        return self.trips.table["income_group"].to_numpy(dtype=float, na_value=np.nan) == 1


def link(city: City, rides: pd.DataFrame, **rule: Any) -> Any:
    """Return linked trips; without the zones of their ends, which no question asks for."""
    gates = city.properties.get("gated_modes") or GATED_MODES
    return fares.link(rides, gated_modes=gates, **rule)


def work(city: City, draw: Draw) -> Work:
    """Return the priced exercise of the trainee a draw belongs to."""

    def make() -> Work:
        plan = policy_p(city, draw_policy(city, draw.who.key("trainee")))
        return Work(city, m10.exercise_rides(city, draw.who), plan)

    return _works.get((city.fingerprint, draw.who.trainee), make)


# ---- m10_trip ------------------------------------------------------------------------


def _legs(draw: Draw) -> list[tuple[Any, ...]]:
    (first, first_km), (second, second_km) = draw.params["legs"]
    return [(first, first_km), (second, second_km, f"gap {draw.params['gap']}")]


def _trip(city: City, draw: Draw) -> float:
    def price() -> float:
        return float(fares.price(_legs(draw), fares.SEOUL, start=draw.params["start"]))

    # drawn trips start by day and change within 25 minutes: the price hangs on the legs only
    return _shared.get(("trip", str(draw.params["legs"])), price)


def _trip_wrong(city: City, draw: Draw) -> WrongValues:
    legs, start = draw.params["legs"], draw.params["start"]
    alone = [float(fares.price([(mode, km)], fares.SEOUL, start=start)) for mode, km in legs]
    bases = [float(fares.SEOUL.base["adult"][mode]) for mode, _ in legs]
    steps = _trip(city, draw) - max(bases)
    return [
        (sum(alone), "You paid twice: this is a transfer."),
        (max(bases), "The total is over 10 km."),
        (min(bases) + steps, "Which base is higher?"),
    ]


# ---- m10_link ------------------------------------------------------------------------


def _on_date(city: City, draw: Draw) -> pd.DataFrame:
    rides = work(city, draw).rides
    return rides[rides["date"] == draw.params["date"]]


def _link(city: City, draw: Draw) -> int:
    table = work(city, draw).trips.table
    return int((table["date"] == draw.params["date"]).sum())


def _link_also(city: City, draw: Draw) -> list[int]:
    """Return the count without the city's own gates: the call without ``city=`` is as good."""
    if not city.properties.get("gated_modes"):
        return []
    return [len(fares.link(_on_date(city, draw)))]


def _link_wrong(city: City, draw: Draw) -> WrongValues:
    rides = _on_date(city, draw)
    return [
        (len(rides), "Nothing is linked."),
        (len(link(city, rides, night_window_min=30)), "21:00–07:00 is longer."),
        (len(link(city, rides, same_route=True)), "Same route is a new trip."),
    ]


# ---- m10_rev, m10_react --------------------------------------------------------------


def _rev(city: City, draw: Draw) -> float:
    w = work(city, draw)
    return percent_change(w.new.sum(), w.old.sum())


def _rev_wrong(city: City, draw: Draw) -> WrongValues:
    w = work(city, draw)
    paid = w.old > 0
    no_steps = trip_prices(w.trips, w.plan.replace(step_price=0))
    return [
        (float(np.mean(w.new[paid] / w.old[paid]) - 1) * 100, "Sum money first."),
        (percent_change(no_steps.sum(), w.old.sum()), "Long trips pay steps."),
        (100.0 * float(w.new.sum() / w.old.sum()), "Change, not ratio."),
    ]


def _react(city: City, draw: Draw) -> float:
    w = work(city, draw)
    return percent_change((reaction(w.old, w.new, ELASTICITY) * w.new).sum(), w.old.sum())


def _react_wrong(city: City, draw: Draw) -> WrongValues:
    w = work(city, draw)
    paid = (w.old > 0) & (w.new > 0)
    linear = np.ones(len(w.old))
    linear[paid] = 1 + ELASTICITY * (w.new[paid] / w.old[paid] - 1)
    riders = reaction(w.old, w.new, ELASTICITY)
    ratio = float(w.new.mean() / w.old.mean())
    return [
        (percent_change((linear * w.new).sum(), w.old.sum()), "Use the power form."),
        (float(riders.mean() - 1) * 100, "Money, not riders."),
        ((ratio**ELASTICITY * ratio - 1) * 100, "Trip by trip."),
    ]


# ---- m10_neutral ---------------------------------------------------------------------


def _neutral(city: City, draw: Draw) -> float:
    w = work(city, draw)
    return base_for_revenue(w.trips, w.plan, w.old)


def _neutral_wrong(city: City, draw: Draw) -> WrongValues:
    w = work(city, draw)
    return [
        (fare_today(city), "Steps bring money."),
        (float(draw.params["base"]), "Steps bring money."),
        (float(w.old.mean()) / 100, "Mean fare is base plus steps."),
        (base_for_revenue(w.trips, w.plan, w.old, elasticity=ELASTICITY), "Nobody reacts here."),
    ]


# ---- m10_losers ----------------------------------------------------------------------


def _share(part: np.ndarray, whole: np.ndarray) -> float | None:
    return 100.0 * float(part.sum()) / float(whole.sum()) if whole.any() else None


def _losers(city: City, draw: Draw) -> float | None:
    w = work(city, draw)
    return _share((w.new > w.old) & w.poorest, w.poorest)


def _losers_wrong(city: City, draw: Draw) -> WrongValues:
    w = work(city, draw)
    more = w.new > w.old
    everyone = np.ones(len(more), dtype=bool)
    return [
        (_share(more, everyone), "Group 1."),
        (_share(more & w.poorest, more), "Of group 1's trips."),
        (_share((w.new >= w.old) & w.poorest, w.poorest), "More means more."),
    ]


# ---- m10_policy ----------------------------------------------------------------------


def _judge(city: City, draw: Draw, value: Any) -> list[tuple[bool, float, str]]:
    w = work(city, draw)
    return judge_policy(city, w.trips, w.old, w.poorest, draw.params["line"], value)


def _design(city: City, draw: Draw) -> dict[str, Any] | None:
    w = work(city, draw)
    return solution_exists(city, w.trips, w.old, w.poorest, draw.params["line"])


# ---- m10_cap -------------------------------------------------------------------------


def _cap_shares(city: City, draw: Draw) -> dict[str, float]:
    """Return the share of trips each setting's cap makes cheaper, by letter."""

    def make() -> dict[str, float]:
        trips = link(city, m10.cap_rides(city, draw.who))
        shares = {}
        for code in m10.CAP_CODES:
            capped = cap_policy(city, draw.params[f"setting_{code}"], code)
            free = capped.replace(cap_at_separate=False)
            lower = trip_prices(trips, capped) < trip_prices(trips, free)
            shares[code] = float(lower.mean()) if len(lower) else 0.0
        return shares

    return _shared.get(("cap", city.fingerprint, draw.variant), make)


def _cap(city: City, draw: Draw) -> str:
    shares = _cap_shares(city, draw)
    return max(m10.CAP_CODES, key=lambda code: (shares[code], draw.params[f"kind_{code}"]))


def _cap_also(city: City, draw: Draw) -> list[str]:
    """Return every setting within 1 % of the best: a choice that is no clear best counts."""
    shares = _cap_shares(city, draw)
    best = max(shares.values())
    return [code for code, share in shares.items() if share >= best * 0.99]


_CAP_HINTS = {
    "seoul": "Trips are too short for that.",
    "window": "That changes links, not the price.",
    "flat": "No steps, no cap.",
    "steep": "Count the trips the cap makes cheaper.",
}


def _cap_wrong(city: City, draw: Draw) -> WrongValues:
    return [(code, _CAP_HINTS[draw.params[f"kind_{code}"]]) for code in m10.CAP_CODES]


KEY = AnswerKey(
    expected={
        "m10_trip": _trip,
        "m10_link": _link,
        "m10_rev": _rev,
        "m10_react": _react,
        "m10_neutral": _neutral,
        "m10_losers": _losers,
        "m10_cap": _cap,
    },
    wrong={
        "m10_trip": _trip_wrong,
        "m10_link": _link_wrong,
        "m10_rev": _rev_wrong,
        "m10_react": _react_wrong,
        "m10_neutral": _neutral_wrong,
        "m10_losers": _losers_wrong,
        "m10_cap": _cap_wrong,
    },
    designs={"m10_policy": _judge},
    examples={"m10_policy": _design},
    alternatives={"m10_cap": _cap_also, "m10_link": _link_also},
)

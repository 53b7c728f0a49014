"""Random tariffs of a summary's grid, and the full calculation to hold them against."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pandas as pd

from course import FarePolicy, fares
from course.transport.fare_checks import MODES, USER_CLASSES
from course.transport.fare_grid import Grid
from course.transport.pricing import trip_prices

_RIDDEN = ("subway", "trunk", "branch", "circular", "red", "owl", "village")


def link_all(rides: Any, grid: Grid, city: Any = None) -> fares.Trips:
    """Link rides by a grid's journey rule with the engine of the lessons."""
    rule = grid.journey
    return fares.link(
        rides,
        window_min=rule.window_min,
        night_window_min=rule.night_window_min,
        night_from_min=rule.night_from_min,
        night_to_min=rule.night_to_min,
        same_route=rule.same_route,
        window_from=rule.window_from,
        max_transfers=None,
        city=city,
        gated_modes=grid.gated_modes,
    )


def random_policy(number: int, grid: Grid) -> FarePolicy:
    """Return a tariff of the grid with any mix of features; the same for the same number."""
    r = random.Random(number)
    km = grid.grid_km

    def length(high: int, low: int = 0) -> float:
        return round(km * r.randint(low, max(round(high / km), low)), 3)

    def money(high: int) -> float:
        return r.choice([0, r.randint(0, high), r.randint(0, high * 100) / 100])

    def base() -> dict[str, float]:
        some = r.sample(_RIDDEN, r.randint(0, len(_RIDDEN)))
        return {"*": r.randint(300, 3000)} | {m: money(3000) for m in some}

    classes = ["adult", *r.sample(USER_CLASSES[1:], r.randint(0, 3))]
    window = r.choice(grid.windows)
    fields: dict[str, Any] = {
        "base": {c: base() for c in classes},
        "step_price": {c: r.choice([100, 80, 50, money(300)]) for c in classes},
        "step_price_by_mode": {m: money(300) for m in r.sample(_RIDDEN, r.choice([0, 0, 2]))},
        "free_km": length(20),
        "free_km_by_mode": r.choice([{}, {"red": length(40)}]),
        "step_km": length(10, 1),
        "far_from_km": r.choice([None, length(60)]),
        "far_step_km": length(12, 1),
        "alone_free_km": r.choice([None, None, length(15)]),
        "alone_step_km": r.choice([None, None, length(8, 1)]),
        "distance_modes": r.choice([("*",), ("subway",), (), tuple(r.sample(_RIDDEN, 3))]),
        "integrated": r.random() < 0.8,
        "window_min": window.window_min,
        "night_window_min": window.night_window_min,
        "night_from_min": window.night_from_min,
        "night_to_min": window.night_to_min,
        "same_route_transfer": window.same_route,
        "window_from": window.window_from,
        "max_transfers": r.choice([4, 4, 4, 3, 2, 1, 0, 20]),
        "no_transfer_modes": r.choice([(), (), (), ("red",), ("owl", "village")]),
        "cap_at_separate": r.random() < 0.8,
        "discount_pct": r.choice([{}, {"youth": 33.33, "child": 50}, {"*": 12.5}]),
        "low_income_discount_pct": r.choice([0, 0, 15, 50, 7.77]),
        "free": r.choice([{}, {c: ("subway",) for c in ("senior", "disabled")}, {"*": ("owl",)}]),
        "no_tap_out": r.choice([{}, {"subway": "base"}, {"trunk": 7.5, "village": "base"}]),
    }
    if r.random() < 0.2:
        ends = sorted({length(40, 1) for _ in range(r.randint(1, 4))})
        prices = sorted(money(4000) for _ in range(len(ends) + 1))
        fields["bands"] = list(zip([*ends, None], prices, strict=True))
        fields["integrated"] = fields["integrated"] or not fields["distance_modes"]
    elif r.random() < 0.5:
        fields["early_bird"] = {
            "before_min": r.choice(grid.early_min),
            "discount_pct": r.choice([20, 33.33, 100]),
            "modes": r.choice([("*",), ("subway", "trunk")]),
        }
    return FarePolicy(name=f"random {number}", **fields)


def groups_of(trips: fares.Trips) -> dict[str, tuple[list[str], np.ndarray]]:
    """Return names and codes of the groups of each trip; made once and kept."""
    if "truth" not in trips.cache:
        table = trips.table
        income = table["income_group"].fillna(0).astype(int)
        texts = {
            "income": ("group " + income.astype(str)).where(income > 0, ""),
            "hour": (table["board_time"] // 3600).map("{:02d}:00".format),
            "user_class": table["user_class"],
            "distance_band": table["distance_band"].astype(str),
        }
        if "from_zone_id" in table:
            texts["zone"] = table["from_zone_id"].fillna("")
        trips.cache["truth"] = {}
        for name, text in texts.items():
            codes, words = pd.factorize(text)
            trips.cache["truth"][name] = ([str(w) for w in words], codes)
    return trips.cache["truth"]


def full(trips: fares.Trips, policy: FarePolicy, today: FarePolicy) -> dict[str, dict]:
    """Return what a summary must say, from every trip priced again.

    {group: {name: (trips, revenue today, revenue new, pays more, pays less)}}, whole
    hundredths; journeys that belong to no group have the empty name.
    """
    new, old = trip_prices(trips, policy), trip_prices(trips, today)
    parts = (None, old, new, new > old, new < old)  # sums below 2**53 are exact
    out = {}
    for name, (words, codes) in groups_of(trips).items():
        sums = [np.bincount(codes, weights=w, minlength=len(words)) for w in parts]
        rows = np.column_stack(sums).astype(np.int64).tolist()
        out[name] = {word: tuple(row) for word, row in zip(words, rows, strict=True)}
    return out


def found(result: Any) -> dict[str, dict]:
    """Return a summary's result in the form of `full`."""
    out = {}
    for name, groups in result.groups.items():
        rows = zip(groups.names, groups.whole.tolist(), strict=True)
        out[name] = {k: tuple(row) for k, row in rows if row[0]}
    return out


BY = ("zone", "income", "hour", "user_class", "distance_band")
assert set(_RIDDEN) <= set(MODES)

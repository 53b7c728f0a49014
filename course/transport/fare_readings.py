"""What a lesson reads from fares: small tables and one-sentence readings of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from course.errors import UsageError
from course.transport.fare_checks import ANY, MODES
from course.transport.fare_policy import FarePolicy
from course.transport.fare_tables import base_of
from course.transport.fare_words import money
from course.transport.linking import link
from course.transport.pricing import trip_prices
from course.transport.repricing import reprice
from course.transport.response import respond
from course.transport.trips import Trips
from course.transport.winners import change_by, pays_more_pct

if TYPE_CHECKING:
    from course.city.pack import City


def by_distance(
    policies: Mapping[str, FarePolicy],
    *,
    up_to_km: float = 70,
    every_km: float = 1,
    user_class: str = "adult",
) -> pd.DataFrame:
    """Price one single ride of growing length.

    Parameters
    ----------
    policies : mapping
        {mode: policy}: each mode becomes a column.
    up_to_km, every_km : number
        Longest ride and distance between two rows, in km.
    user_class : str
        Who rides, at 08:00.

    Returns
    -------
    pandas.DataFrame
        One row per distance from `every_km` on: distance_km, and one column per mode with
        the fare in currency units.

    Examples
    --------
    >>> from course.transport.tariffs import SEOUL
    >>> by_distance({"subway": SEOUL}, up_to_km=11)["subway"].tail(2).tolist()
    [1550.0, 1650.0]
    """
    if not 0 < every_km <= up_to_km <= 1000:
        raise UsageError(
            f"by_distance was asked for every {every_km} km up to {up_to_km} km.",
            "Give every_km above 0 and up_to_km of 1000 at most.",
        )
    metres = np.arange(round(every_km * 1000), round(up_to_km * 1000) + 1, round(every_km * 1000))
    table = {"distance_km": metres / 1000}
    for mode, policy in policies.items():
        rides = pd.DataFrame(
            {
                "card_id": [f"{m:09d}" for m in metres],
                "board_time": 28_800,
                "alight_time": 28_800 + metres // 10,
                "mode": mode,
                "distance_m": metres,
                "user_class": user_class,
            }
        )
        table[mode] = trip_prices(link(rides), policy) / 100
    return pd.DataFrame(table)


def trip_counts(trips: Trips) -> pd.DataFrame:
    """Count boardings and trips.

    Returns
    -------
    pandas.DataFrame
        One row per measure: measure, value (boardings, trips, boardings per trip, percent
        of trips with a change, percent of boardings without a tap-out; 0 without rides).
    """
    rides, n = len(trips.legs), len(trips)
    changes = 100 * float((trips.table["n_legs"] > 1).mean()) if n else 0.0
    open_taps = 100 * float(trips.legs["alight_time"].isna().mean()) if rides else 0.0
    return pd.DataFrame(
        [
            ("boardings", float(rides)),
            ("trips", float(n)),
            ("boardings per trip", round(rides / n, 3) if n else 0.0),
            ("trips with a change (%)", round(changes, 1)),
            ("boardings without a tap-out (%)", round(open_taps, 1)),
        ],
        columns=["measure", "value"],
    )


def distance_option(today: FarePolicy) -> FarePolicy:
    """Return one other idea beside today's tariff: every trip by distance, changes free.

    Parameters
    ----------
    today : FarePolicy
        Gives the base (its reference base), the steps where it has any, free rides and
        discounts.

    Returns
    -------
    FarePolicy
        One base for all modes with today's steps; where it has none, 4 km free, then 6
        percent of the base for each started 5 km, teaching values of this course; 30
        minutes for a change, 60 at night, four transfers, cap at the separate fares. The
        fare lab starts from the same option.

    Examples
    --------
    >>> distance_option(FarePolicy.flat(base=20000, currency="IRR")).step_price["*"]
    1200
    """
    name = "Base and distance for every trip, changes free"
    source = "an option of this course, not a tariff in force"
    mode = _reference_mode(today)
    base = today.reference_base
    # the classes are named as in today's tariff, so that the two can be laid side by side
    classes = {"adult" if "adult" in today.base else ANY: {ANY: base}}
    for user_class in today.base:
        own = base_of(today, user_class, mode)
        if user_class not in ("adult", ANY) and own is not None and today.bands is None:
            classes[user_class] = {ANY: own}
    steps = dict(today.step_price)
    if mode in today.step_price_by_mode:
        steps = {"adult": today.step_price_by_mode[mode]}
    has_steps = today.bands is None and any(steps.values())
    if has_steps:
        rule = {"free_km": today.free_km, "step_km": today.step_km, "step_price": steps}
    else:
        price = {c: _round_price(0.06 * modes[ANY]) for c, modes in classes.items()}
        rule = {"free_km": 4, "step_km": 5, "step_price": price}
    return FarePolicy.distance(
        name=name,
        currency=today.currency,
        base=classes,
        window_min=30,
        night_window_min=60,
        max_transfers=4,
        discount_pct=today.discount_pct,
        low_income_discount_pct=today.low_income_discount_pct,
        free=today.free,
        teaching=today.teaching,
        source=source,
        **rule,
    )


def _reference_mode(policy: FarePolicy) -> str:
    """Return the mode whose base is the reference base ("other" where it is any mode's)."""
    for user_class in ("adult", ANY):
        modes = policy.base.get(user_class, {})
        if modes and ANY not in modes:
            return next(mode for mode in MODES if mode in modes)
    return "other"


def _round_price(amount: float) -> float:
    """Round to two leading digits, so that the step looks like a price."""
    if amount <= 0:
        return 0
    digits = 1 - int(np.floor(np.log10(amount)))
    return round(amount, min(digits, 2))


def zone_sentence(priced: pd.DataFrame, city: City, currency: str) -> str:
    """Say which zones pay more and less on average.

    Parameters
    ----------
    priced : pandas.DataFrame
        From ``reprice(trips, policy, today=...)`` of trips linked with a city.
    city : City
        Gives the names of the zones.
    currency : str
        Written behind the amounts.
    """
    zones = change_by(priced, "from_zone_id").dropna(subset=["from_zone_id"])
    if zones.empty:
        return "There are no trips to show."
    frame = city.zones
    names = dict(zip(frame["zone_id"].astype(str), frame["name"].astype(str), strict=True))
    zones = zones.sort_values(["mean_change", "from_zone_id"], ignore_index=True)
    low, high = zones.iloc[0], zones.iloc[-1]
    fare = zones["revenue_today"].sum() / zones["trips"].sum()

    def name(zone_id: str) -> str:
        return names.get(str(zone_id)) or str(zone_id)

    if high["mean_change"] == low["mean_change"]:
        return f"All zones change alike: {_change(high['mean_change'], fare, currency)} on average."
    dearer = int((zones["mean_change"] > 0).sum())
    return (
        f"Trips from {name(high['from_zone_id'])} change by "
        f"{_change(high['mean_change'], fare, currency)} on average, from "
        f"{name(low['from_zone_id'])} by {_change(low['mean_change'], fare, currency)}; "
        f"{dearer} of {len(zones)} zones pay more."
    )


def band_sentence(bands: pd.DataFrame, currency: str) -> str:
    """Say what the shortest and the longest trips pay more or less.

    Parameters
    ----------
    bands : pandas.DataFrame
        From ``change_by(priced, ["distance_band"])``.
    currency : str
        Written behind the amounts.
    """
    known = bands[bands["distance_band"].astype(str) != "no tap-out"]
    if known.empty:
        return "There are no trips to show."
    first, last = known.iloc[0], known.iloc[-1]
    fare = known["revenue_today"].sum() / known["trips"].sum()
    if len(known) == 1:
        return (
            f"All trips are of {first['distance_band']}; they change by "
            f"{_change(first['mean_change'], fare, currency)} on average."
        )
    return (
        f"Trips of {first['distance_band']} change by "
        f"{_change(first['mean_change'], fare, currency)} on average, "
        f"trips of {last['distance_band']} by {_change(last['mean_change'], fare, currency)}."
    )


def _change(amount: float, fare: float, currency: str) -> str:
    """Write a change with its sign; fares of 50 and more have no use for hundredths."""
    size = round(abs(amount)) if fare >= 50 else round(abs(amount), 2)
    if size == 0:
        return money(0, currency)
    return ("+" if amount > 0 else "−") + money(size, currency)


def summary(
    trips: Trips, policy: FarePolicy, today: FarePolicy, *, elasticity: float | None = None
) -> pd.DataFrame:
    """Sum up what a policy does, beside today.

    Parameters
    ----------
    trips : Trips
        From `link`.
    policy, today : FarePolicy
        New and present tariff.
    elasticity : float, optional
        None: nobody reacts, and the rows with reaction are left out.

    Returns
    -------
    pandas.DataFrame
        One row per measure: measure, value, unit. Changes are in percent of today; NaN
        where today's revenue is zero.
    """
    priced = reprice(trips, policy, today=today)
    if priced.empty:
        raise UsageError("There are no trips to sum up.", "Check the rides and the date.")
    old, new = priced["price_today"].sum(), priced["price"].sum()
    cur = today.currency
    rows = [
        ("mean fare today", old / len(priced), cur),
        ("mean fare new", new / len(priced), cur),
        ("revenue, nobody reacts", _pct(new, old), "%"),
    ]
    if elasticity is not None:
        answer = respond(priced, elasticity)
        rows += [
            (f"revenue, elasticity {elasticity:g}", _pct(answer["expected_revenue"].sum(), old),
             "%"),
            (f"trips, elasticity {elasticity:g}",
             _pct(answer["expected_trips"].sum(), len(priced)), "%"),
        ]  # fmt: skip
    rows.append(("trips that pay more", pays_more_pct(priced), "%"))
    poorest = priced[priced["income_group"].eq(1).fillna(False).to_numpy(dtype=bool)]
    if len(poorest):
        rows.append(("trips of income group 1 that pay more", pays_more_pct(poorest), "%"))
        rows.append(("mean change, income group 1", poorest["change"].mean(), cur))
    table = pd.DataFrame(rows, columns=["measure", "value", "unit"])
    return table.assign(value=table["value"].round(2))


def _pct(new: float, old: float) -> float:
    return 100 * (new / old - 1) if old else float("nan")

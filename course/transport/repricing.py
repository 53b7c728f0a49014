"""Trips priced again under another policy, one row per trip."""

from __future__ import annotations

import numpy as np
import pandas as pd

from course.errors import UsageError
from course.transport.base_search import dearest_base, nearest_base
from course.transport.fare_policy import FarePolicy
from course.transport.pricing import price_parts, trip_prices
from course.transport.trips import Trips


def reprice(trips: Trips, policy: FarePolicy, *, today: FarePolicy | None = None) -> pd.DataFrame:
    """Price every trip under a policy.

    Parameters
    ----------
    trips : Trips
        From `link`. The policy splits each trip by its own transfer rule; it cannot join
        what was not linked.
    policy : FarePolicy
        The tariff to apply.
    today : FarePolicy, optional
        The tariff to compare with.

    Returns
    -------
    pandas.DataFrame
        One row per trip: the columns of ``trips.table`` and price; with `today` also
        price_today and change (price − price_today), all in currency units.

    Raises
    ------
    CourseError
        If a policy has no base fare for a mode that is used.

    Examples
    --------
    >>> from course.transport import fares
    >>> trips = fares.trips_of([("trunk", 6), ("subway", 8)])
    >>> fares.reprice(trips, fares.SEOUL, today=fares.SEOUL_HISTORY[2023])["change"].tolist()
    [50.0]
    """
    _check(trips, policy)
    price = trip_prices(trips, policy)
    columns = {"price": price / 100}
    if today is not None:
        _check(trips, today)
        before = trip_prices(trips, today)
        columns |= {"price_today": before / 100, "change": (price - before) / 100}
    return trips.table.assign(**columns)


def revenue(priced: pd.DataFrame, column: str = "price") -> float:
    """Add up the prices of trips, to the hundredth.

    Parameters
    ----------
    priced : pandas.DataFrame
        From `reprice`.
    column : str
        "price" or "price_today".

    Returns
    -------
    float
        Currency units; 0 without trips.
    """
    if column not in priced:
        raise UsageError(
            f"The table has no column {column}.", "Use reprice(trips, policy, today=...)."
        )
    return int(np.rint(priced[column].to_numpy() * 100).sum()) / 100


def total(trips: Trips, policy: FarePolicy) -> int:
    """Return the revenue of all trips in hundredths."""
    return int(trip_prices(trips, policy).sum())


def cap_share(trips: Trips, policy: FarePolicy) -> float:
    """Return the percentage of all trips whose price the cap lowers (0 without trips)."""
    parts = price_parts(trips, policy)
    if len(parts.price) == 0:
        return 0.0
    lowered = np.logical_or.reduceat(parts.cap_off > 0, parts.units.trip_start)
    return 100 * float(lowered.mean())


def neutral_base(trips: Trips, policy: FarePolicy, today: FarePolicy) -> float:
    """Search the base fare that keeps today's revenue; nobody reacts.

    Parameters
    ----------
    trips : Trips
        From `link`.
    policy : FarePolicy
        Everything but its base stays. If it has several bases (or bands) they move in
        proportion: ``policy.with_base(result)`` is the neutral policy.
    today : FarePolicy
        The tariff whose revenue is kept.

    Returns
    -------
    float
        New `reference_base` in currency units, to the hundredth; the one whose revenue is
        nearest to today's. 0 if the steps alone bring more than today.

    Raises
    ------
    CourseError
        If no base brings as much as today, because nobody pays it.

    Notes
    -----
    Revenue never falls when the base rises, so a bracket with linear interpolation finds
    the base; some five evaluations as a rule, and at most every second step of the
    search fails to halve the bracket.
    """
    _check(trips, policy)
    _check(trips, today)
    target = total(trips, today)

    def gap(base: int) -> int:
        return total(trips, policy.with_base(base / 100)) - target

    found = nearest_base(
        gap,
        round(policy.reference_base * 100),
        name=policy.name,
        dearest=dearest_base(policy),
    )
    return found / 100


def _check(trips: Trips, policy: FarePolicy) -> None:
    if not isinstance(trips, Trips):
        raise UsageError(
            f"reprice was given a {type(trips).__name__} in place of trips.",
            "Link the rides first: trips = fares.link(rides).",
        )
    if not isinstance(policy, FarePolicy):
        raise UsageError(
            f"reprice was given a {type(policy).__name__} in place of a fare policy.",
            "Use fares.SEOUL, fares.today(city) or FarePolicy.distance(...).",
        )

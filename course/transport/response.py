"""How riders answer a change of price: a model with one visible number.

Constant elasticity: ``q = q0 * (p / p0) ** e``. It is a model, not a measured effect of any
reform. A fare of zero, before or after, keeps demand: the power form has no value there.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from course.errors import UsageError
from course.transport.fare_policy import FarePolicy
from course.transport.pricing import trip_prices
from course.transport.trips import Trips


def checked_elasticity(elasticity: float) -> float:
    """Return an elasticity as a number; refuse a positive one."""
    e = float(elasticity)
    if not np.isfinite(e) or e > 0:
        raise UsageError(
            f"The elasticity is {elasticity}.", "Give zero or a negative number, such as -0.4."
        )
    return e


def demand(q: Any, p0: Any, p1: Any, elasticity: float) -> Any:
    """Return the demand after a change of price.

    Parameters
    ----------
    q : number or array
        Demand at the price `p0`, in trips.
    p0, p1 : number or array
        Price before and after, in currency units. Where one of them is zero, demand stays.
    elasticity : float
        Zero or negative; -0.4: one percent dearer, about 0.4 percent fewer trips.

    Returns
    -------
    float or numpy.ndarray
        Trips at the price `p1`.

    Examples
    --------
    >>> round(demand(q=100, p0=1200, p1=1500, elasticity=-0.4), 1)
    91.5
    """
    e = checked_elasticity(elasticity)
    before, after = np.asarray(p0, dtype=float), np.asarray(p1, dtype=float)
    if (before < 0).any() or (after < 0).any():
        raise UsageError("A price is negative.", "Give prices of zero or more.")
    ratio = np.ones(np.broadcast_shapes(before.shape, after.shape))
    np.divide(after, before, out=ratio, where=(before > 0) & (after > 0))
    result = np.asarray(q, dtype=float) * ratio**e
    return float(result) if result.ndim == 0 else result


def revenue_change_pct(
    trips: Trips, policy: FarePolicy, today: FarePolicy, *, elasticity: float | None = None
) -> float:
    """Return the change of revenue in percent of today's.

    Parameters
    ----------
    trips : Trips
        From `link`.
    policy, today : FarePolicy
        New and present tariff.
    elasticity : float, optional
        None: nobody reacts. Else every trip answers its own change of price.

    Returns
    -------
    float
        ``100 * (sum q p1 / sum p0 - 1)``; +5 means five percent more money.
    """
    new, old = trip_prices(trips, policy), trip_prices(trips, today)
    _need_revenue(old)
    if elasticity is None:
        return 100 * (int(new.sum()) / int(old.sum()) - 1)
    return 100 * (float((demand(1.0, old, new, elasticity) * new).sum()) / int(old.sum()) - 1)


def trips_change_pct(
    trips: Trips, policy: FarePolicy, today: FarePolicy, *, elasticity: float
) -> float:
    """Return the change of the number of trips in percent, trip by trip."""
    new, old = trip_prices(trips, policy), trip_prices(trips, today)
    if len(old) == 0:
        raise UsageError("There are no trips.", "Check the rides and the date.")
    return 100 * (float(np.mean(demand(1.0, old, new, elasticity))) - 1)


def respond(priced: pd.DataFrame, elasticity: float) -> pd.DataFrame:
    """Add what each trip becomes when riders react.

    Parameters
    ----------
    priced : pandas.DataFrame
        From ``reprice(trips, policy, today=...)``.
    elasticity : float
        Zero or negative.

    Returns
    -------
    pandas.DataFrame
        One row per trip with expected_trips (1 = unchanged) and expected_revenue.
    """
    trips = demand(1.0, priced["price_today"], priced["price"], elasticity)
    return priced.assign(expected_trips=trips, expected_revenue=trips * priced["price"])


def long_run(start: float, target: float, *, short_share: float, years: int) -> pd.DataFrame:
    """Return the way from today's demand to the long-run demand, year by year.

    Partial adjustment: each year closes the same share of what is left,
    ``q[t] = q[t-1] + short_share * (target - q[t-1])``.

    Parameters
    ----------
    start, target : float
        Demand today and in the long run.
    short_share : float
        Short-run over long-run elasticity, from 0 to 1.
    years : int
        How far to go.

    Returns
    -------
    pandas.DataFrame
        One row per year from 0: year, demand.

    Examples
    --------
    >>> long_run(100, 80, short_share=0.5, years=2)["demand"].tolist()
    [100.0, 90.0, 85.0]
    """
    if not 0 <= short_share <= 1:
        raise UsageError(f"short_share is {short_share}.", "Give a share from 0 to 1.")
    path = [float(start)]
    for _ in range(years):
        path.append(path[-1] + short_share * (target - path[-1]))
    return pd.DataFrame({"year": range(len(path)), "demand": path})


# study, what, value, low, high, source, mark
_ELASTICITIES = [
    ("Simpson and Curtin", "public transport, rule of thumb", -0.33, None, None,
     "APTA 1991, abstract", "S"),
    ("APTA 1991", "bus, 52 systems in the United States; stronger off-peak and in small cities",
     -0.40, None, None, "APTA 1991, abstract (TRID 405875)", "S"),
    ("TRRL LR733 (1976)", "public transport; off-peak about twice the peak, rail lower",
     -0.30, -0.60, -0.10, "library catalogue entry of LR733", "S"),
    ("McKenzie 1985", "West Midlands, single tickets, short run", -0.45, None, None,
     "TRID 268247", "S"),
    ("McKenzie 1985", "West Midlands, single tickets, after four years (1.75 times)",
     -0.79, None, None, "calculated from TRID 268247", "C"),
    ("McKenzie 1985", "West Midlands, travelcards, short run", -0.20, None, None,
     "TRID 268247", "S"),
    ("TRL 593 (2004)", "bus, short run", -0.40, None, None, "source not seen", "G"),
    ("TRL 593 (2004)", "bus, long run", -1.00, None, None, "source not seen", "G"),
    ("TRL 593 (2004)", "metro, short run", -0.30, None, None, "source not seen", "G"),
    ("TRL 593 (2004)", "metro, long run", -0.65, None, None, "source not seen", "G"),
]  # fmt: skip


def elasticities() -> pd.DataFrame:
    """Return elasticities of demand to fare, each with its source mark.

    Returns
    -------
    pandas.DataFrame
        One row per value: study, what, value, low, high (NaN = no range), source, mark
        (S = seen in the source, C = calculated from it, G = general knowledge, unverified).

    Examples
    --------
    >>> elasticities()["value"].between(-1, 0).all()
    np.True_
    """
    table = pd.DataFrame(
        _ELASTICITIES, columns=["study", "what", "value", "low", "high", "source", "mark"]
    )
    return table.astype({"value": float, "low": float, "high": float})


def _need_revenue(old: np.ndarray) -> None:
    if len(old) == 0 or old.sum() == 0:
        raise UsageError(
            "Today's revenue is zero, so a change in percent has no meaning.",
            "Compare with a policy that charges something.",
        )

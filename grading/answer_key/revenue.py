"""Revenue of priced trips: its change, the riders' reaction, and the base that keeps it.

Prices are arrays of whole hundredths, one entry per trip.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from course.transport.fare_policy import FarePolicy
from course.transport.pricing import trip_prices

_ROUNDS = 40
_CLOSE = 1e-5  # of the revenue; answers have a tolerance of 1 %
_FINEST = 0.011  # the engine counts in hundredths


def percent_change(new: float, old: float) -> float:
    """Return 100 (new / old - 1); 0 where there was no money before."""
    return 100.0 * (float(new) / float(old) - 1.0) if old else 0.0


def reaction(old: np.ndarray, new: np.ndarray, elasticity: float) -> np.ndarray:
    """Return how often each trip is made after the change, 1 = as before.

    Constant elasticity, (new / old) ** elasticity. A trip that is free before or after
    keeps its demand: the power has no meaning there.
    """
    riders = np.ones(len(old))
    paid = (old > 0) & (new > 0)
    riders[paid] = (new[paid] / old[paid]) ** elasticity
    return riders


def base_for_revenue(
    trips: Any, policy: FarePolicy, old: np.ndarray, *, elasticity: float | None = None
) -> float:
    """Return the base fare with which a policy brings the money of today.

    Parameters
    ----------
    trips : Trips
        Linked rides.
    policy : FarePolicy
        One base for all; everything else is kept.
    old : numpy.ndarray
        Today's price of each trip, in hundredths.
    elasticity : float, optional
        Without it nobody reacts.

    Returns
    -------
    float
        In currency units; 0 where the steps alone bring more than today.
    """
    target = float(old.sum())

    def excess(base: float) -> float:
        own = base == policy.reference_base
        new = trip_prices(trips, policy if own else policy.replace(base=base, name="trial"))
        riders = 1.0 if elasticity is None else reaction(old, new, elasticity)
        return float((riders * new).sum()) - target

    low, below = 0.0, excess(0.0)
    if below >= 0:
        return 0.0
    # the policy's own base is near the answer, and its prices are often known already
    high = max(policy.reference_base, _FINEST)
    above = excess(high)
    while above < 0:
        low, below, high = high, above, high * 2
        above = excess(high)
    # Regula falsi with the Illinois step: revenue is nearly a line in the base
    side = 0
    for _ in range(_ROUNDS):
        middle = (low * above - high * below) / (above - below)
        if high - low <= _FINEST:
            break
        value = excess(middle)
        if abs(value) <= _CLOSE * target:
            break
        if value < 0:
            low, below = middle, value
            above, side = (above / 2 if side < 0 else above), -1
        else:
            high, above = middle, value
            below, side = (below / 2 if side > 0 else below), 1
    return middle

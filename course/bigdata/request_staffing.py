"""How many people it takes to answer the phone in time (Erlang C).

Calls come at random, whoever is free takes the next one, and nobody hangs up. Callers do
hang up, so a desk that is staffed for this answers a little faster than it says. The
formula is the textbook one; it is computed with logarithms, so that a desk of a million is
as exact as one of five.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from course.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

_MOST = 1e12


def wait_chance(staff: int, load: float) -> float:
    """Return the chance that a caller has to wait, 0 to 1.

    Parameters
    ----------
    staff : int
        People answering.
    load : float
        Calls in progress on average: calls per hour x handling time in hours (erlang).

    Examples
    --------
    >>> round(wait_chance(3, 2.0), 4)
    0.4444
    """
    from scipy.special import gammaincc

    if load <= 0:
        return 0.0
    if staff <= load:
        return 1.0
    # Erlang B: the chance of exactly `staff` calls over the chance of at most `staff`.
    blocked = math.exp(_log_poisson(staff, load) - math.log(gammaincc(staff + 1, load)))
    return blocked / (1 - load / staff * (1 - blocked))


def _log_poisson(count: int, mean: float) -> float:
    """Return the logarithm of the chance of a Poisson count, exact for large counts too."""
    if count < 50:
        return count * math.log(mean) - mean - math.lgamma(count + 1)
    # Stirling's series: the large terms cancel on paper instead of in the last digits.
    over = (mean - count) / count
    large = count * (math.log1p(over) - over)
    return large - 0.5 * math.log(2 * math.pi * count) - 1 / (12 * count) + 1 / (360 * count**3)


def answered_within_pct(
    staff: int, calls_per_hour: float, handling_min: float, within_s: float = 15
) -> float:
    """Return the percent of calls answered within some seconds.

    Parameters
    ----------
    staff : int
        People answering.
    calls_per_hour : float
        Calls that come in.
    handling_min : float
        Mean time a call takes, work after it included, minutes.
    within_s : float
        Seconds.

    Returns
    -------
    float
        0 where the staff cannot keep up: the queue then grows without end. 100 where no
        call comes.

    Examples
    --------
    >>> round(answered_within_pct(staff=20, calls_per_hour=300, handling_min=3, within_s=15), 1)
    89.4
    """
    load = _load(calls_per_hour, handling_min)
    _checked(staff, "staff", 0, _MOST)
    _checked(within_s, "within_s", 0, 1e6)
    if int(staff) != staff:
        raise UsageError(f"staff is {staff}, not a whole number.", "Write staff=20.")
    if load == 0:
        return 100.0
    if staff <= load:
        return 0.0
    longer = math.exp(-(staff - load) * within_s / (handling_min * 60))
    return 100 * (1 - wait_chance(int(staff), load) * longer)


def staff_needed(
    calls_per_hour: float, handling_min: float, *, within_s: float = 15, target_pct: float = 90
) -> int:
    """Return the fewest people who answer enough calls in time.

    Parameters
    ----------
    calls_per_hour, handling_min, within_s
        As for :func:`answered_within_pct`.
    target_pct : float
        Percent of calls to be answered within that time, above 0 and below 100.

    Returns
    -------
    int
        0 where no call comes.

    Examples
    --------
    >>> staff_needed(300, 3, within_s=15, target_pct=90)
    21
    """
    if not 0 < target_pct < 100:
        raise UsageError(f"target_pct is {target_pct}.", "Choose more than 0 and less than 100.")
    load = _load(calls_per_hour, handling_min)
    if load == 0:
        return 0
    too_few, step = math.floor(load), 1

    def reached(staff: int) -> bool:
        return answered_within_pct(staff, calls_per_hour, handling_min, within_s) >= target_pct

    while not reached(too_few + step):
        too_few, step = too_few + step, step * 2
    enough = too_few + step
    while enough - too_few > 1:
        middle = (enough + too_few) // 2
        too_few, enough = (too_few, middle) if reached(middle) else (middle, enough)
    return enough


def staff_by_hour(
    calls_per_day: float,
    hours: Iterable[float],
    handling_min: float,
    *,
    within_s: float = 15,
    target_pct: float = 90,
) -> pd.DataFrame:
    """Return the staff each hour of the day needs.

    Parameters
    ----------
    calls_per_day : float
        Calls of one day.
    hours : iterable of 24 floats
        How the calls spread over the day, in any unit, such as
        :func:`course.bigdata.request_volumes.hour_profile`.
    handling_min, within_s, target_pct
        As for :func:`staff_needed`.

    Returns
    -------
    pandas.DataFrame
        24 rows: ``hour``, ``calls``, ``staff``, ``answered_pct`` (within the time),
        ``busy_pct`` (of the staff's time; NaN without staff). Each hour stands alone: a
        queue left over from the hour before is not counted.
    """
    import pandas as pd

    shares = np.asarray(list(hours), dtype=np.float64)
    if shares.shape != (24,) or not np.isfinite(shares).all() or (shares < 0).any() or not (
        shares.sum() > 0
    ):  # fmt: skip
        raise UsageError("hours are not 24 numbers of zero or more.", "Give one per hour, 0 to 23.")
    calls = _checked(calls_per_day, "calls_per_day", 0, _MOST) * shares / shares.sum()
    options = {"within_s": within_s, "target_pct": target_pct}
    staff = np.array([staff_needed(c, handling_min, **options) for c in calls], dtype=np.int64)
    answered = [answered_within_pct(int(n), c, handling_min, within_s)
                for n, c in zip(staff, calls, strict=True)]  # fmt: skip
    with np.errstate(invalid="ignore", divide="ignore"):
        busy = np.where(staff > 0, 100 * calls * handling_min / 60 / staff, np.nan)
    return pd.DataFrame({"hour": np.arange(24), "calls": calls, "staff": staff,
                         "answered_pct": answered, "busy_pct": busy})  # fmt: skip


def _load(calls_per_hour: float, handling_min: float) -> float:
    calls = _checked(calls_per_hour, "calls_per_hour", 0, _MOST)
    minutes = _checked(handling_min, "handling_min", 1e-6, 1e6)
    return calls * minutes / 60


def _checked(value: float, name: str, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or not (
        low <= value <= high
    ):  # fmt: skip
        raise UsageError(f"{name} is {value!r}.", f"Give a number from {low:g} to {high:g}.")
    return float(value)

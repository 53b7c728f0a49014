"""How long a case stays open, with the cases that are still open counted as what they are.

The mean of the closed cases looks better the more hard cases are left open. The
Kaplan-Meier estimate does not: at every closing time it asks how many of the cases still
open by then were closed. The interval is Greenwood's, on the scale log(-log), which stays
between 0 and 100 %. Both are textbook methods; they assume that a case that is still open
is like the others, so they say nothing about cases that were never written down.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from course.bigdata.request_groups import groups_of
from course.bigdata.request_times import lives
from course.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

_ROUNDING = 1e-12
COLUMNS = ("hours", "at_risk", "closed", "open_pct", "low_pct", "high_pct")


@dataclass(frozen=True)
class Curve:
    """A Kaplan-Meier estimate as steps.

    Parameters
    ----------
    seconds : numpy.ndarray of int64
        0, each time a case was closed, and the longest time anybody was followed.
    at_risk, closed : numpy.ndarray of int64
        Cases open just before, and closed at, each time.
    open_share, low, high : numpy.ndarray of float
        Share still open after each time, 0 to 1, and its interval.
    """

    seconds: np.ndarray
    at_risk: np.ndarray
    closed: np.ndarray
    open_share: np.ndarray
    low: np.ndarray
    high: np.ndarray

    def share_at(self, seconds: float) -> tuple[float, float, float]:
        """Return the share closed within a time and its interval; NaN where not known yet.

        It is not known where some cases are still open and none was followed so long.
        """
        if not len(self.seconds) or (seconds > self.seconds[-1] and self.open_share[-1] > 0):
            return (np.nan, np.nan, np.nan)
        step = int(np.searchsorted(self.seconds, seconds, side="right")) - 1
        return (1 - self.open_share[step], 1 - self.high[step], 1 - self.low[step])

    def median(self) -> tuple[float, float, float]:
        """Return the seconds after which half are closed and their interval; NaN = not yet."""
        # a product of shares that is one half on paper may be a rounding above it
        halved = [share <= 0.5 + _ROUNDING for share in (self.open_share, self.low, self.high)]
        return tuple(
            float(self.seconds[int(np.argmax(there))]) if there.any() else np.nan
            for there in halved
        )  # type: ignore[return-value]


def curve(seconds: np.ndarray, closed: np.ndarray, *, level_pct: float = 95.0) -> Curve:
    """Return the Kaplan-Meier estimate of some lives.

    Parameters
    ----------
    seconds : numpy.ndarray of int64
        Length of each life so far, zero or more.
    closed : numpy.ndarray of bool
        It has ended.
    level_pct : float
        Level of the interval.
    """
    from scipy.special import ndtri

    if not 0 < level_pct < 100:
        raise UsageError(f"level_pct is {level_pct}, not between 0 and 100.", "Write 95.")
    if not len(seconds):
        none = np.zeros(0)
        return Curve(none.astype(np.int64), *[none.astype(np.int64)] * 2, *[none] * 3)
    times, which = np.unique(seconds, return_inverse=True)
    ended = np.bincount(which, weights=closed).astype(np.int64)
    left = np.bincount(which).astype(np.int64)
    at_risk = len(seconds) - np.cumsum(left) + left
    keep = ended > 0
    keep[-1] = True  # the curve reaches as far as anybody was followed
    if times[0] > 0:
        times, ended, at_risk = (np.insert(a, 0, v) for a, v in
                                 ((times, 0), (ended, 0), (at_risk, len(seconds))))  # fmt: skip
        keep = np.insert(keep, 0, True)
    keep[0] = True
    times, ended, at_risk = times[keep], ended[keep], at_risk[keep]
    share = np.cumprod(1 - ended / at_risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.cumsum(ended / (at_risk * (at_risk - ended).astype(np.float64)))
        wide = float(ndtri(0.5 + level_pct / 200)) * np.sqrt(spread) / np.log(share)
        low, high = share ** np.exp(-wide), share ** np.exp(wide)
    # Nothing closed yet, or everything: the formula has no spread to work with.
    flat = (share >= 1) | (share <= 0)
    low, high = np.where(flat, share, low), np.where(flat, share, high)
    return Curve(times, at_risk, ended, share, low, high)


def survival(
    requests: Any, *, by: str | None = None, at: Any = None, level_pct: float = 95.0
) -> pd.DataFrame:
    """Return the share of cases still open after each time (Kaplan-Meier).

    Parameters
    ----------
    requests : pandas.DataFrame or Cleaned
        Cases; open ones count as open until ``at``.
    by : str, optional
        Column whose values get a curve each, such as ``category``.
    at : str or datetime, optional
        The moment the table shows; see :func:`course.bigdata.request_times.lives`.
    level_pct : float
        Level of the interval.

    Returns
    -------
    pandas.DataFrame
        One row per time at which a case was closed, and one at 0 hours: (``by``,) ``hours``,
        ``at_risk`` (cases open just before), ``closed`` (cases closed then), ``open_pct``
        (after it), ``low_pct``, ``high_pct``. A last row marks how long the last open case
        was followed. Empty for no cases.

    Examples
    --------
    >>> import pandas as pd
    >>> cases = pd.DataFrame({"created_at": ["2025-05-01T08:00:00"] * 4, "closed_at": [
    ...     "2025-05-01T10:00:00", "2025-05-01T12:00:00", None, "2025-05-02T08:00:00"]})
    >>> survival(cases)[["hours", "at_risk", "closed", "open_pct"]].values.tolist()
    [[0.0, 4.0, 0.0, 100.0], [2.0, 4.0, 1.0, 75.0], [4.0, 3.0, 1.0, 50.0], [24.0, 2.0, 1.0, 25.0]]
    """
    import pandas as pd

    told = lives(requests, at=at)
    parts = []
    for name, rows in groups_of(told.table, by):
        found = curve(told.seconds[rows], told.closed[rows], level_pct=level_pct)
        parts.append(pd.DataFrame({
            **({by: name} if by else {}), "hours": found.seconds / 3600,
            "at_risk": found.at_risk, "closed": found.closed, "open_pct": 100 * found.open_share,
            "low_pct": 100 * found.low, "high_pct": 100 * found.high,
        }))  # fmt: skip
    if not parts:
        return pd.DataFrame(columns=[*([by] if by else []), *COLUMNS], dtype="float64")
    return pd.concat(parts, ignore_index=True)


def median_hours(requests: Any, *, by: str | None = None, at: Any = None) -> Any:
    """Return the hours after which half of the cases are closed, open ones counted.

    Parameters
    ----------
    requests, by, at
        As for :func:`survival`.

    Returns
    -------
    float or pandas.DataFrame
        NaN where less than half are closed yet. With ``by``, one row per value: ``by``,
        ``cases``, ``open``, ``median_hours``, ``low_hours``, ``high_hours`` (95 %; a bound
        not reached is NaN).
    """
    import pandas as pd

    told = lives(requests, at=at)
    if by is None:
        return curve(told.seconds, told.closed).median()[0] / 3600
    rows = []
    for name, some in groups_of(told.table, by):
        middle = np.array(curve(told.seconds[some], told.closed[some]).median()) / 3600
        rows.append((name, len(some), int((~told.closed[some]).sum()), *middle))
    return pd.DataFrame(
        rows, columns=[by, "cases", "open", "median_hours", "low_hours", "high_hours"]
    )


def closed_within(requests: Any, hours: float, *, by: str | None = None, at: Any = None) -> Any:
    """Return the percent of cases closed within some hours, open ones counted.

    Parameters
    ----------
    requests, by, at
        As for :func:`survival`.
    hours : float
        The promise.

    Returns
    -------
    float or pandas.DataFrame
        Percent; NaN where no case has been followed so long and some are open. With ``by``,
        one row per value: ``by``, ``cases``, ``closed_pct``, ``low_pct``, ``high_pct``.
    """
    import pandas as pd

    seconds = promise_seconds(hours)
    told = lives(requests, at=at)
    if by is None:
        return 100 * curve(told.seconds, told.closed).share_at(seconds)[0]
    rows = []
    for name, some in groups_of(told.table, by):
        share = curve(told.seconds[some], told.closed[some]).share_at(seconds)
        rows.append((name, len(some), *(100 * np.array(share))))
    return pd.DataFrame(rows, columns=[by, "cases", "closed_pct", "low_pct", "high_pct"])


def promise_seconds(hours: float) -> float:
    """Return a promise in seconds, or say that it is none."""
    if isinstance(hours, bool) or not isinstance(hours, (int, float, np.number)) or not (
        0 <= hours < 1e7
    ):  # fmt: skip
        raise UsageError(f"{hours!r} is no number of hours.", "Write closed_within(requests, 72).")
    return float(hours) * 3600

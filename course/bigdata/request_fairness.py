"""Does everybody wait the same? Response times by zone or income group, with the gap.

A gap is shown with its interval, for two groups of a city never have the same number.
Where the interval holds zero, no gap has been shown, which is not the same as none. Cases
differ in kind from place to place: look at one category at a time before anybody is blamed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from course.bigdata.request_groups import UNKNOWN, groups_of
from course.bigdata.request_survival import curve, promise_seconds
from course.bigdata.request_times import lives
from course.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

PROMISE_HOURS = 24


def fairness(
    requests: Any,
    zones: pd.DataFrame,
    *,
    by: str = "income_group",
    promise_hours: float = PROMISE_HOURS,
    at: Any = None,
) -> pd.DataFrame:
    """Compare waiting between groups of zones.

    Parameters
    ----------
    requests : pandas.DataFrame or Cleaned
        Cases with ``zone_id``; rows marked as duplicates do not count.
    zones : pandas.DataFrame
        ``zone_id`` and the column ``by``.
    by : str
        ``income_group``, ``zone_id`` or another column of ``zones``.
    promise_hours : float
        The promise: closed within so many hours.
    at : str or datetime, optional
        The moment the table shows; see :func:`course.bigdata.request_times.lives`.

    Returns
    -------
    pandas.DataFrame
        One row per value of ``by`` with a case, cases in no zone left out: ``by``,
        ``cases``, ``open``, ``median_hours``, ``low_hours``, ``high_hours``, ``closed_pct``
        (within the promise), ``low_pct``, ``high_pct``, ``gap_pct`` (minus the share of all
        other cases, percentage points), ``gap_low_pct``, ``gap_high_pct``. All intervals
        95 %. NaN where not known yet. Empty for no cases.

    Raises
    ------
    UsageError
        ``zones`` lacks the column, or the promise is no number of hours.

    Notes
    -----
    Open cases count as open (Kaplan-Meier). The interval of the gap joins those of the two
    shares (MOVER), so it stays inside -100 to 100.
    """
    import pandas as pd

    promise = promise_seconds(promise_hours)
    for column in ("zone_id", by):
        if column not in zones.columns:
            raise UsageError(
                f"The zones have no column {column!r}.", f"Choose one of: {', '.join(zones)}."
            )
    told = lives(requests, at=at)
    if "zone_id" not in told.table.columns:
        raise UsageError("The requests have no column zone_id.", "Clean them first.")
    of_zone = zones.drop_duplicates("zone_id").set_index(zones["zone_id"].astype("str"))[by]
    group = told.table["zone_id"].astype("str").map(of_zone)
    rows = []
    inside = group.notna().to_numpy()
    for name, some in groups_of(pd.DataFrame({by: group}), by):
        if name == UNKNOWN:
            continue
        mine = curve(told.seconds[some], told.closed[some])
        rest = inside.copy()
        rest[some] = False
        others = curve(told.seconds[rest], told.closed[rest])
        share, other = mine.share_at(promise), others.share_at(promise)
        hours = [s / 3600 for s in mine.median()]
        rows.append((name, len(some), int((~told.closed[some]).sum()), *hours,
                     *(100 * s for s in share), *gap_between(share, other)))  # fmt: skip
    return pd.DataFrame(rows, columns=[
        by, "cases", "open", "median_hours", "low_hours", "high_hours", "closed_pct", "low_pct",
        "high_pct", "gap_pct", "gap_low_pct", "gap_high_pct"])  # fmt: skip


def gap_between(
    one: tuple[float, float, float], other: tuple[float, float, float]
) -> tuple[float, float, float]:
    """Return one share minus another in percentage points, with an interval.

    Parameters
    ----------
    one, other : tuple of float
        Share, low and high, 0 to 1.

    Notes
    -----
    Method of variance estimates recovery (Zou and Donner): each end takes the half
    intervals that lead there.
    """
    (a, a_low, a_high), (b, b_low, b_high) = one, other
    gap = a - b
    low = gap - np.hypot(a - a_low, b_high - b)
    high = gap + np.hypot(a_high - a, b - b_low)
    return 100 * gap, 100 * max(low, -1.0), 100 * min(high, 1.0)

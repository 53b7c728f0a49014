"""How many cases there are: by kind, month, channel, zone or hour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from course.bigdata.request_groups import groups_of
from course.bigdata.request_times import instants, lives
from course.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

TIMES = ("month", "weekday", "hour")
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def volumes(requests: Any, by: str = "category", *, at: Any = None) -> pd.DataFrame:
    """Count the cases of each kind.

    Parameters
    ----------
    requests : pandas.DataFrame or Cleaned
        Cases; rows marked as duplicates do not count.
    by : str
        A column such as ``category``, ``channel`` or ``zone_id``; or ``month``, ``weekday``
        or ``hour`` of creation.
    at : str or datetime, optional
        The moment the table shows; see :func:`course.bigdata.request_times.lives`.

    Returns
    -------
    pandas.DataFrame
        One row per value: ``by``, ``cases``, ``share_pct`` (of all cases), ``open`` (at
        ``at``). Values by number of cases, most first; times in their order, those without
        a case too. Empty for no cases.

    Raises
    ------
    UsageError
        There is no such column.
    """
    import pandas as pd

    told = lives(requests, at=at)
    table, every = told.table, None
    if by in TIMES:
        table, every = _with_time(table, by)
    rows = [(v, len(some), int((~told.closed[some]).sum())) for v, some in groups_of(table, by)]
    out = pd.DataFrame(rows, columns=[by, "cases", "open"])
    if every is not None:
        out = out.set_index(by).reindex(pd.Index(every, name=by), fill_value=0).reset_index()
    else:
        out = out.sort_values("cases", ascending=False, kind="stable", ignore_index=True)
    total = max(int(out["cases"].sum()), 1)
    out.insert(2, "share_pct", 100 * out["cases"] / total)
    return out.astype({"cases": "int64", "open": "int64", "share_pct": "float64"})


def _with_time(table: pd.DataFrame, by: str) -> tuple[pd.DataFrame, list[Any]]:
    """Add the month, weekday or hour of creation; and return all there are, in order."""
    import pandas as pd

    created = instants(table["created_at"])
    if by == "hour":
        return table.assign(hour=created.dt.hour), list(range(24)) if len(table) else []
    if by == "weekday":
        names = created.dt.day_of_week.map(dict(enumerate(_DAYS)))
        return table.assign(weekday=names), list(_DAYS) if len(table) else []
    months = created.dt.strftime("%Y-%m")
    if not len(table):
        return table.assign(month=months), []
    every = pd.period_range(created.min(), created.max(), freq="M").strftime("%Y-%m")
    return table.assign(month=months), list(every)


def hour_profile(requests: Any) -> np.ndarray:
    """Return the share of cases that come in at each hour of the day, 24 numbers that make 1.

    Raises
    ------
    UsageError
        There is no case to count.
    """
    counts = volumes(requests, "hour")["cases"].to_numpy(dtype=np.float64)
    if not counts.sum():
        raise UsageError("There is no case to take the hours from.", "Give requests with rows.")
    return counts / counts.sum()

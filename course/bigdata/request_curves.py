"""Survival curves read at chosen hours: a small table for a chart of several kinds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from course.bigdata.request_groups import groups_of
from course.bigdata.request_survival import curve, promise_seconds
from course.bigdata.request_times import lives

if TYPE_CHECKING:
    import pandas as pd


def open_after(
    requests: Any, hours: Iterable[float], *, by: str | None = None, at: Any = None
) -> pd.DataFrame:
    """Return the percent of cases still open after some hours, open ones counted.

    Parameters
    ----------
    requests, by, at
        As for :func:`course.bigdata.request_survival.survival`.
    hours : iterable of float
        Hours since a case came in.

    Returns
    -------
    pandas.DataFrame
        Index ``hours``; one column per value of ``by``, or one named "all": percent still
        open (Kaplan-Meier). NaN where no case has been followed so long and some are open.
        No columns for no cases.

    Examples
    --------
    >>> import pandas as pd
    >>> cases = pd.DataFrame({"created_at": ["2025-05-01T08:00:00"] * 2, "closed_at": [
    ...     "2025-05-01T10:00:00", None]})
    >>> open_after(cases, [0, 1, 2], at="2025-05-02")["all"].tolist()
    [100.0, 100.0, 50.0]
    """
    import pandas as pd

    wanted = [float(h) for h in hours]
    seconds = [promise_seconds(h) for h in wanted]
    told = lives(requests, at=at)
    columns = {}
    for name, rows in groups_of(told.table, by):
        found = curve(told.seconds[rows], told.closed[rows])
        columns[str(name)] = [100 * (1 - found.share_at(s)[0]) for s in seconds]
    return pd.DataFrame(columns, index=pd.Index(wanted, name="hours", dtype="float64"))

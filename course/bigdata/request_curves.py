"""Survival curves read at chosen hours: a small table for a chart of several kinds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from course.bigdata.request_groups import groups_of
from course.bigdata.request_survival import closed_within, curve, median_hours, promise_seconds
from course.bigdata.request_times import lives

if TYPE_CHECKING:
    import pandas as pd


OTHERS = "all others"


def open_after(
    requests: Any,
    hours: Iterable[float],
    *,
    by: str | None = None,
    most: int | None = None,
    at: Any = None,
) -> pd.DataFrame:
    """Return the percent of cases still open after some hours, open ones counted.

    Parameters
    ----------
    requests, by, at
        As for :func:`course.bigdata.request_survival.survival`.
    hours : iterable of float
        Hours since a case came in.
    most : int, optional
        So many values of ``by`` at most, those with most cases; the cases of the rest are one
        column, "all others". A real table has hundreds of kinds, a chart has room for seven.

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
    for name, rows in _largest(groups_of(told.table, by), most):
        found = curve(told.seconds[rows], told.closed[rows])
        columns[str(name)] = [100 * (1 - found.share_at(s)[0]) for s in seconds]
    return pd.DataFrame(columns, index=pd.Index(wanted, name="hours", dtype="float64"))


def waiting_in_words(requests: Any, *, hours: float = 72, at: Any = None) -> str:
    """Return how long half of the cases wait, and how many still wait after some hours.

    Parameters
    ----------
    requests, at
        As for :func:`course.bigdata.request_survival.survival`.
    hours : float
        Hours since a case came in.

    Returns
    -------
    str
        One sentence. What is not known yet is said to be so; no number is made up for it.

    Examples
    --------
    >>> import pandas as pd
    >>> cases = pd.DataFrame({"created_at": ["2025-05-01T08:00:00"] * 2, "closed_at": [
    ...     "2025-05-01T10:00:00", "2025-05-02T10:00:00"]})
    >>> waiting_in_words(cases, hours=12)
    'Half of all requests are closed after 2 hours; 50 % are still open after 12 hours.'
    """
    half = median_hours(requests, at=at)
    closed = closed_within(requests, hours, at=at)
    known = half == half
    first = f"closed after {half:.0f} hours" if known else "not closed yet"
    left = f"{100 - closed:.0f} % are" if closed == closed else "nobody knows yet how many are"
    return f"Half of all requests are {first}; {left} still open after {hours:g} hours."


def _largest(
    groups: list[tuple[Any, np.ndarray]], most: int | None
) -> list[tuple[Any, np.ndarray]]:
    """Return the largest groups in their order, and the rows of the rest as one group."""
    if most is None or len(groups) <= most:
        return groups
    sizes = sorted(range(len(groups)), key=lambda i: -len(groups[i][1]))
    kept = [groups[i] for i in sorted(sizes[:most])]
    rest = np.concatenate([groups[i][1] for i in sizes[most:]])
    return [*kept, (OTHERS, np.sort(rest))]

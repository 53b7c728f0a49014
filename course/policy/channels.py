"""Several channels, one ranking: the votes of each channel as shares, then weighted.

Seoul 2015 (facts F4): a committee 45 %, the electronic vote 45 %, a survey 10 %. How the three
shares were normalised there is not in the facts; here each channel counts as votes per 100
votes of that channel, so that a channel's size does not matter, only its weight.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd

from course.errors import CourseError, UsageError

CHANNELS = ("committee", "online", "survey")


def combine(
    shares: pd.DataFrame, *, committee: float = 45, online: float = 45, survey: float = 10
) -> pd.DataFrame:
    """Rank projects by their weighted shares of three channels.

    Parameters
    ----------
    shares : pandas.DataFrame
        One row per project: ``project_id``, ``committee``, ``online``, ``survey`` (votes).
    committee, online, survey : float
        Weights in percent; they add up to 100.

    Returns
    -------
    pandas.DataFrame
        One row per project, best first: rank (from 1), project_id, committee_pct,
        online_pct, survey_pct (0-100, share of the channel's votes; 0 in a channel without
        votes), score (0-100). In a tie the smaller project_id is first.

    Raises
    ------
    CourseError
        A column is missing, a project is there twice, or votes are below 0.
    UsageError
        The weights do not add up to 100.

    Examples
    --------
    >>> shares = pd.DataFrame(
    ...     {"project_id": ["A", "B"], "committee": [9, 1], "online": [100, 300], "survey": [1, 1]}
    ... )
    >>> combine(shares)[["project_id", "score"]].values.tolist()
    [['A', 56.75], ['B', 43.25]]
    """
    weights = [_exact(w) for w in (committee, online, survey)]
    if min(weights) < 0 or sum(weights) != 100:
        raise UsageError(
            f"The weights are {committee:g}, {online:g} and {survey:g}; they add up to "
            f"{float(sum(weights)):g}.",
            "Choose three weights of 0 or more that add up to 100.",
        )
    missing = [c for c in ("project_id", *CHANNELS) if c not in shares]
    if missing:
        raise CourseError(
            f"The table of votes has no column {missing[0]}.",
            f"It needs project_id, {', '.join(CHANNELS)}.",
        )
    ids = shares["project_id"].astype("str")
    if ids.duplicated().any():
        raise CourseError(
            f"Project {ids[ids.duplicated()].iloc[0]} is in two rows.", "Give it one row."
        )
    exact = [Fraction(0)] * len(ids)
    columns = {}
    for channel, weight in zip(CHANNELS, weights, strict=True):
        votes = _votes(shares[channel], channel, ids)
        total = sum(votes)
        part = [v * 100 / total if total else Fraction(0) for v in votes]
        columns[f"{channel}_pct"] = [float(p) for p in part]
        exact = [e + weight * p / 100 for e, p in zip(exact, part, strict=True)]
    order = sorted(range(len(ids)), key=lambda i: (-exact[i], ids.iloc[i]))
    table = pd.DataFrame({"project_id": ids.to_numpy(), **columns, "score": map(float, exact)})
    table = table.iloc[order].reset_index(drop=True)
    table.insert(0, "rank", np.arange(1, len(ids) + 1))
    return table.astype({"project_id": "str"})


def _exact(number: object) -> Fraction:
    """Read a number as it is written: 0.1 is a tenth."""
    try:
        return Fraction(str(number))
    except (ValueError, ZeroDivisionError):
        raise UsageError(f"{number!r} is not a number.", "Write a number such as 45.") from None


def _votes(column: pd.Series, channel: str, ids: pd.Series) -> list[Fraction]:
    votes = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    wrong = np.flatnonzero(~(np.isfinite(votes) & (votes >= 0)))
    if len(wrong):
        raise CourseError(
            f"Project {ids.iloc[wrong[0]]} has no {channel} votes of 0 or more.",
            "Fill the cell; write 0 for no votes.",
        )
    return [_exact(v) for v in votes.tolist()]

"""Most votes first: the project with most points that still fits, until none fits.

A project that no longer fits is skipped, a smaller one after it may still fit. In a tie the
cheaper project goes first, then the smaller project_id. A project that nobody named is never
funded, by any rule of the course.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from course.policy.outcome import Outcome, budget_cents, outcome
from course.policy.profile import Profile, as_profile


def greedy(
    projects: pd.DataFrame | Profile,
    ballots: pd.DataFrame | None = None,
    budget: float | None = None,
    *,
    min_votes: float = 0,
) -> Outcome:
    """Fund the projects with most votes that fit the budget.

    Parameters
    ----------
    projects : pandas.DataFrame or Profile
        The projects; or the profile of the election, then without ``ballots``.
    ballots : pandas.DataFrame, optional
        One row per voter and project named; votes are the points.
    budget : float
        Currency units.
    min_votes : float
        A project with fewer votes is not funded (Warsaw asks for 3,000).

    Returns
    -------
    Outcome
        Funds nothing where there are no ballots.

    Notes
    -----
    "Utilitarian greedy" by votes; the rule of most cities, also called knapsack voting.

    Examples
    --------
    >>> projects = pd.DataFrame({"project_id": ["A", "B", "C"], "cost": [70, 50, 30]})
    >>> ballots = pd.DataFrame(
    ...     {"voter_id": ["u", "u", "v", "w", "w"], "project_id": ["A", "B", "A", "A", "C"]}
    ... )
    >>> result = greedy(projects, ballots, 100)
    >>> result.funded["project_id"].tolist(), result.left
    (['A', 'C'], 0.0)
    """
    election = as_profile(projects, ballots)
    cents = budget_cents(budget)
    eligible = eligible_projects(election, min_votes)
    return outcome(election, "greedy", cents, by_votes(election, eligible, cents))


def eligible_projects(profile: Profile, min_votes: float = 0) -> np.ndarray:
    """Return the positions of the projects that somebody named, with votes enough."""
    return np.flatnonzero((profile.named_by > 0) & (profile.votes >= min_votes))


def by_votes(profile: Profile, eligible: Iterable[int], budget: int) -> list[int]:
    """Return the positions that most votes first takes from ``eligible`` for ``budget``."""
    at = np.asarray(list(eligible), dtype=np.int64)
    order = at[np.lexsort((profile.tie_rank[at], -profile.points[at]))]
    chosen = []
    for project, cost in zip(order.tolist(), profile.cost[order].tolist(), strict=True):
        if cost <= budget:
            chosen.append(project)
            budget -= cost
    return chosen

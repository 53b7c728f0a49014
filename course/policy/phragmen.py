"""Sequential Phragmén: every voter earns money at the same speed until a group can buy.

All voters start with nothing and earn at one speed. As soon as the supporters of a project
together hold its cost, it is bought and they start from nothing again. The rule stops when
the next project to be bought does not fit what is left of the budget; projects that cost
more than the whole budget take no part. In a tie the cheaper goes first, then the smaller
project_id; if one of the tied projects does not fit, the rule stops.

What one voter has paid is the voter's *load*. Only as many different loads exist as projects
were bought, so they are kept as fractions: floats find the next project, and wherever two are
nearer than the error of the floats can be, the fractions decide.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd

from course.policy.most_votes import by_votes, eligible_projects
from course.policy.outcome import Outcome, budget_cents, outcome
from course.policy.profile import Profile, as_profile

# Far above the error of a sum of amounts of 0 or more, one for each project bought.
_NEAR = 1e-9


def phragmen(
    projects: pd.DataFrame | Profile,
    ballots: pd.DataFrame | None = None,
    budget: float | None = None,
    *,
    completion: str | None = None,
    min_votes: float = 0,
) -> Outcome:
    """Fund projects in the order in which their supporters can pay for them.

    Parameters
    ----------
    projects : pandas.DataFrame or Profile
        The projects; or the profile of the election, then without ``ballots``.
    ballots : pandas.DataFrame, optional
        One row per voter and project named. Only who named what counts, not the points.
    budget : float
        Currency units.
    completion : {None, "greedy"}
        "greedy" spends what is left by most votes first.
    min_votes : float
        A project with fewer votes is not funded.

    Returns
    -------
    Outcome
        Funds nothing where there are no ballots.

    Examples
    --------
    >>> projects = pd.DataFrame({"project_id": ["A", "B", "C"], "cost": [60, 60, 60]})
    >>> ballots = pd.DataFrame({
    ...     "voter_id": ["t", "u", "v", "t", "u", "v", "w", "x"],
    ...     "project_id": ["A", "A", "A", "B", "B", "B", "C", "C"],
    ... })
    >>> phragmen(projects, ballots, 120).funded["project_id"].tolist()
    ['A', 'C']
    """
    from course.policy.equal_shares import known_completion

    known_completion(completion, (None, "greedy"))
    election = as_profile(projects, ballots)
    cents = budget_cents(budget)
    eligible = eligible_projects(election, min_votes)
    chosen = _sequence(election, eligible, cents)
    more: list[int] = []
    if completion:
        left = cents - int(election.cost[chosen].sum())
        more = by_votes(election, [p for p in eligible.tolist() if p not in chosen], left)
    return outcome(election, "phragmen", cents, chosen + more, completed=len(more))


def _sequence(profile: Profile, eligible: np.ndarray, budget: int) -> list[int]:
    """Return the positions bought, in order."""
    cost, tie = profile.cost.tolist(), profile.tie_rank.tolist()
    open_ = [p for p in eligible.tolist() if cost[p] <= budget]
    size = len(cost)
    loads = [Fraction(0)]  # the different loads; voters of a pattern hold one of them
    held = np.zeros(len(profile.count), dtype=np.int64)
    # How many supporters of each project (column) have each load (row).
    holders = profile.named_by[np.newaxis, :].copy()
    chosen: list[int] = []
    left = budget
    by_pattern = np.argsort(profile.choice_pattern, kind="stable")
    begin = np.searchsorted(profile.choice_pattern[by_pattern], np.arange(len(profile.count) + 1))
    while open_:
        at = np.array(open_)
        rough = np.array([float(load) for load in loads]) @ holders[:, at]
        rough = (rough + profile.cost[at]) / profile.named_by[at]
        near = at[rough <= rough.min() * (1 + _NEAR)].tolist()
        full = {p: _full_load(cost[p], holders[:, p].tolist(), loads) for p in near}
        least = min(full.values())
        tied = [p for p in near if full[p] == least]
        if any(cost[p] > left for p in tied):
            break
        project = min(tied, key=tie.__getitem__)
        chosen.append(project)
        open_.remove(project)
        left -= cost[project]
        loads.append(least)
        patterns = profile.choice_pattern[profile.supporters(project)]
        rows, owner = _rows_of(patterns, begin)
        rows = by_pattern[rows]
        named, old = profile.choice_project[rows], held[patterns][owner]
        people = profile.count[patterns][owner]
        np.subtract.at(holders, (old, named), people)
        new = np.bincount(named, weights=people, minlength=size).astype(np.int64)
        holders = np.vstack([holders, new])
        held[patterns] = len(loads) - 1
    return chosen


def _full_load(cost: int, holders: list[int], loads: list[Fraction]) -> Fraction:
    """Return the load of each supporter once they have bought the project."""
    paid = sum((n * load for n, load in zip(holders, loads, strict=True) if n), Fraction(0))
    return (paid + cost) / sum(holders)


def _rows_of(patterns: np.ndarray, begin: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return where the choices of some patterns are, and whose each is."""
    length = begin[patterns + 1] - begin[patterns]
    owner = np.repeat(np.arange(len(patterns)), length)
    first = np.cumsum(length) - length
    return begin[patterns][owner] + np.arange(len(owner)) - first[owner], owner

"""The Method of Equal Shares: every voter holds an equal share of the budget.

The supporters of a project may buy it together. In each round the project is bought whose
supporters get most for what they pay: the largest payment of a supporter, divided by what
the project counts for (``satisfaction``), is smallest. Supporters pay the same; who has less
pays all there is. It ends when no group can pay for one more project.

What a project counts for: its cost ("cost", the rule of the course and of most cities), one
("cardinality"), or the points a supporter gave ("points"; a supporter with twice the points
pays twice as much). With "cost" and "cardinality" only who named what counts.

As the rule may leave money, ``completion`` spends it: by most votes ("greedy"); or by running
the rule again with a little more money for every voter until it would overspend ("add1").
In a tie the cheaper project goes first, then the smaller project_id.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd

from course.errors import UsageError
from course.policy.most_votes import by_votes, eligible_projects
from course.policy.outcome import Outcome, budget_cents, outcome
from course.policy.profile import CENTS, Profile, as_profile
from course.policy.purses import Price, Purses

_NEAR = 1e-12  # covers the rounding of a division
_MOST_RUNS = 5_000
SATISFACTION = ("cost", "cardinality", "points")


def equal_shares(
    projects: pd.DataFrame | Profile,
    ballots: pd.DataFrame | None = None,
    budget: float | None = None,
    *,
    satisfaction: str = "cost",
    completion: str | None = "greedy",
    step: float | None = None,
    min_votes: float = 0,
) -> Outcome:
    """Fund projects that their supporters pay from equal shares of the budget.

    Parameters
    ----------
    projects : pandas.DataFrame or Profile
        The projects; or the profile of the election, then without ``ballots``.
    ballots : pandas.DataFrame, optional
        One row per voter and project named. Every voter in it holds a share.
    budget : float
        Currency units.
    satisfaction : {"cost", "cardinality", "points"}
        What a project counts for: its cost, one, or the points a supporter gave.
    completion : {"greedy", "add1", None}
        How money that is left is spent: by most votes, by larger shares, not at all.
    step : float, optional
        Currency units each share grows by with "add1": 1, or the power of ten that is
        between a thousandth and a hundredth of a share where a share is 1,000 or more.
    min_votes : float
        A project with fewer votes is not funded.

    Returns
    -------
    Outcome
        Funds nothing where there are no ballots.

    Notes
    -----
    "add1" counts the election anew for every step: many times the time of the others.

    Examples
    --------
    >>> projects = pd.DataFrame({"project_id": ["A", "B", "C"], "cost": [60, 60, 40]})
    >>> ballots = pd.DataFrame({
    ...     "voter_id": ["t", "u", "v", "t", "u", "v", "w", "x"],
    ...     "project_id": ["A", "A", "A", "B", "B", "B", "C", "C"],
    ... })
    >>> equal_shares(projects, ballots, 100).funded["project_id"].tolist()
    ['A', 'C']
    """
    known_completion(completion, ("greedy", "add1", None))
    if satisfaction not in SATISFACTION:
        raise UsageError(
            f"satisfaction is {satisfaction!r}.", f"Use one of {', '.join(SATISFACTION)}."
        )
    election = as_profile(projects, ballots)
    cents = budget_cents(budget)
    eligible = eligible_projects(election, min_votes)
    more: list[int] = []
    if completion == "add1":
        chosen = _growing(election, eligible, cents, satisfaction, step)
    else:
        share = Fraction(cents, max(int(election.count.sum()), 1))
        chosen = _bought(election, eligible, share, satisfaction)
    if completion == "greedy":
        left = cents - int(election.cost[chosen].sum())
        more = by_votes(election, [p for p in eligible.tolist() if p not in chosen], left)
    return outcome(election, "equal_shares", cents, chosen + more, completed=len(more))


def known_completion(completion: str | None, known: tuple[str | None, ...]) -> None:
    """Refuse a completion the rule does not know."""
    if completion not in known:
        raise UsageError(
            f"completion is {completion!r}.", f"Use one of {', '.join(map(repr, known))}."
        )


def default_step(budget: int, voters: int) -> int:
    """Return the step of "add1" in hundredths: 1 unit, more where a share is large."""
    step = CENTS
    while budget // max(voters, 1) >= 1_000 * step:
        step *= 10
    return step


def _growing(
    profile: Profile, eligible: np.ndarray, budget: int, satisfaction: str, step: float | None
) -> list[int]:
    """Run the rule with larger and larger shares, to the last that keeps to the budget."""
    voters = max(int(profile.count.sum()), 1)
    more = default_step(budget, voters) if step is None else budget_cents(step)
    if more <= 0:
        raise UsageError(f"step is {step!r}.", "Write an amount above 0, for example step=1.")
    share = Fraction(budget, voters)
    # What has no point can never be bought by points; waiting for it would not end.
    able = eligible[profile.points[eligible] > 0] if satisfaction == "points" else eligible
    kept: list[int] = []
    for _ in range(_MOST_RUNS):
        chosen = _bought(profile, eligible, share, satisfaction)
        left = budget - int(profile.cost[chosen].sum())
        if left < 0:
            return kept
        open_ = np.setdiff1d(able, chosen)
        if not (profile.cost[open_] <= left).any():
            return chosen
        kept = chosen
        share += more
    raise UsageError(
        f"After {_MOST_RUNS:,} steps of {more / CENTS:,.15g} the money of the voters is not spent.",
        f"Take larger steps: step={10 * more / CENTS:.15g}.",
    )


def _bought(
    profile: Profile, eligible: np.ndarray, share: Fraction, satisfaction: str
) -> list[int]:
    """Return the positions that voters with this share (hundredths) buy, in order."""
    purses = Purses(profile, share, by_points=satisfaction == "points")
    cost, tie = profile.cost.tolist(), profile.tie_rank.tolist()
    weight = cost if satisfaction == "cost" else [1] * len(cost)
    chosen = sorted((p for p in eligible.tolist() if cost[p] == 0), key=tie.__getitem__)
    # The last known price, from below; as prices never fall it orders the candidates.
    floor = {p: 0.0 for p in eligible.tolist() if cost[p] > 0}
    while floor:
        prices: dict[int, Price] = {}
        best = np.inf  # the least price per satisfaction is surely not above this
        for project in sorted(floor, key=lambda p: floor[p] / weight[p]):
            if floor[project] / weight[project] > best:
                break
            price = purses.price(project, at_least=floor[project])
            if price is None:
                del floor[project]
                continue
            prices[project] = price
            floor[project] = max(floor[project], price.low * (1 - _NEAR))
            best = min(best, price.high / weight[project] * (1 + _NEAR))
        tied = [p for p in prices if floor[p] / weight[p] <= best]
        if not tied:
            break
        exact = {p: purses.exact_price(p, guess=prices[p].poor) for p in tied}
        least = min(exact[p] / weight[p] for p in tied)
        project = min((p for p in tied if exact[p] / weight[p] == least), key=tie.__getitem__)
        purses.buy(project, exact[project])
        del floor[project]
        chosen.append(project)
    return chosen

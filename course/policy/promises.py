"""Thresholds are a policy: what a channel promises, and the work the promise makes.

Numbers of Seoul (facts F4): 120 Dasan answered 98.3 % of 19,707 calls a day before the merge of
2009 and 99.2 % of 40,514 after it; Democracy Seoul opened a forum at 500 likes and answered at
5,000 participants, from 1 March 2020 at 100 and 1,000; in 2014 each voter had to choose 30 % of
560 projects. Hours of work are not in the facts: they are yours to set.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

import numpy as np
import pandas as pd

from course.errors import UsageError
from course.policy.profile import profile


@dataclass(frozen=True)
class Funnel:
    """How many proposals reach each step.

    Parameters
    ----------
    proposals : int
        Proposals written.
    forums : int
        Of these, with likes enough for a forum.
    answers : int
        Of these, with participants enough for an answer.
    """

    proposals: int
    forums: int
    answers: int


def funnel(
    likes: Sequence[float], participants: Sequence[float], *, forum_at: float, answer_at: float
) -> Funnel:
    """Count the proposals that get a forum, and of these the ones that get an answer.

    Parameters
    ----------
    likes : sequence of float
        Likes of each proposal.
    participants : sequence of float
        People who took part in its forum, or would have; same length.
    forum_at : float
        Likes that open a forum.
    answer_at : float
        Participants that oblige the city to answer. Only a proposal with a forum counts.

    Returns
    -------
    Funnel
        All 0 for no proposals.

    Examples
    --------
    >>> funnel([40, 120, 700], [0, 900, 6000], forum_at=100, answer_at=1000)
    Funnel(proposals=3, forums=2, answers=1)
    """
    liked, came = _counts(likes, "likes"), _counts(participants, "participants")
    if len(liked) != len(came):
        raise UsageError(
            f"There are {len(liked):,} likes and {len(came):,} participants.",
            "Give one number of each for every proposal.",
        )
    forum = liked >= _at_least(forum_at, "forum_at")
    answer = forum & (came >= _at_least(answer_at, "answer_at"))
    return Funnel(len(liked), int(forum.sum()), int(answer.sum()))


def funnel_hours(
    funnel: Funnel,
    *,
    hours_forum: float = 6.0,
    hours_answer: float = 30.0,
    hours_proposal: float = 0.0,
) -> float:
    """Return the staff hours a funnel costs.

    Parameters
    ----------
    funnel : Funnel
        From ``funnel``.
    hours_forum, hours_answer, hours_proposal : float
        Staff hours to moderate one forum, to write one answer, to read one proposal.
        Assumptions: no source gives them for Seoul, so set your own.

    Returns
    -------
    float
        Hours.

    Examples
    --------
    >>> funnel_hours(Funnel(200, 10, 2), hours_forum=6, hours_answer=30)
    120.0
    """
    hours = [
        _at_least(h, name)
        for h, name in (
            (hours_proposal, "hours_proposal"),
            (hours_forum, "hours_forum"),
            (hours_answer, "hours_answer"),
        )
    ]
    steps = (funnel.proposals, funnel.forums, funnel.answers)
    return float(sum(h * n for h, n in zip(hours, steps, strict=True)))


def lost_calls(calls: float, answered_pct: float) -> float:
    """Return the calls that nobody answers.

    Parameters
    ----------
    calls : float
        Calls in a day, or in any other period.
    answered_pct : float
        Percent answered, 0-100.

    Returns
    -------
    float
        Calls in the same period; not rounded.

    Examples
    --------
    >>> round(lost_calls(40_514, 99.2)), round(lost_calls(19_707, 98.3))
    (324, 335)
    """
    return float(Fraction(str(_at_least(calls, "calls"))) * (100 - _pct(answered_pct)) / 100)


def required_choices(projects_n: int, pct: float) -> int:
    """Return the projects a voter must choose, rounded up: nobody can choose half a project.

    Parameters
    ----------
    projects_n : int
        Projects on the list.
    pct : float
        Percent of them that a voter must choose, 0-100.

    Returns
    -------
    int
        Projects.

    Examples
    --------
    >>> required_choices(560, 30), required_choices(30, 12)
    (168, 4)
    """
    return ceil(int(_at_least(projects_n, "projects_n")) * _pct(pct) / 100)


def void_ballots(ballots: pd.DataFrame, projects: pd.DataFrame, *, min_pct: float) -> int:
    """Return the voters with fewer choices than a share of all projects.

    Parameters
    ----------
    ballots : pandas.DataFrame
        One row per voter and project named; an empty ballot has an empty project_id.
    projects : pandas.DataFrame
        One row per project.
    min_pct : float
        Percent of the projects each voter must choose; rounded up.

    Returns
    -------
    int
        Voters whose ballot is void.
    """
    election = profile(projects, ballots)
    need = required_choices(len(projects), min_pct)
    return int((election.choices_per_voter < need).sum())


def _counts(values: Sequence[float], name: str) -> np.ndarray:
    numbers = pd.to_numeric(pd.Series(list(values), dtype=object), errors="coerce")
    array = numbers.to_numpy(dtype=np.float64, na_value=np.nan)
    if not (np.isfinite(array) & (array >= 0)).all():
        raise UsageError(f"{name} are not all numbers of 0 or more.", "Look at empty cells.")
    return array


def _at_least(value: float, name: str, low: float = 0) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)) or not (
        low <= value < float("inf")
    ):  # fmt: skip
        raise UsageError(f"{name} is {value!r}.", f"Write a number of {low:g} or more.")
    return value


def _pct(value: float) -> Fraction:
    if _at_least(value, "percent") > 100:
        raise UsageError(f"{value:g} percent is above 100.", "Write a percent from 0 to 100.")
    return Fraction(str(value))

"""What a trainee's design of a participation rule does: money, voters reached, answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from course.errors import UsageError
from course.policy import participation
from course.policy.profile import Profile

if TYPE_CHECKING:
    import pandas as pd

RULES = {
    "greedy": participation.greedy,
    "equal_shares": participation.equal_shares,
    "phragmen": participation.phragmen,
}


@dataclass(frozen=True)
class Trial:
    """A design tried on the trainee's own tables.

    Parameters
    ----------
    spent : float
        Money given out, currency units.
    reached_pct : float
        Percent of the voters with a funded choice, also one that was not counted.
    forums, answers : int
        Proposals of the month over the two thresholds.
    """

    spent: float
    reached_pct: float
    forums: int
    answers: int


@dataclass(frozen=True)
class Vote:
    """A list with its ballots; counted once, asked many times.

    Parameters
    ----------
    projects, ballots : DataFrame
        The list and all choices among it.
    """

    projects: pd.DataFrame
    ballots: pd.DataFrame

    @cached_property
    def whole(self) -> Profile:
        """Return all choices."""
        return participation.profile(self.projects, self.ballots)

    def counted(self, choices: int | None) -> Profile:
        """Return so many choices per voter; all of them for None."""
        if choices is None or choices >= self.whole.choices_per_voter.max(initial=0):
            return self.whole
        return participation.profile(self.projects, self.ballots, choices=choices)

    def reached(self, rule: str, budget: float, choices: int | None) -> tuple[float, float]:
        """Return the money a rule spends and the percent of voters with a funded choice.

        Parameters
        ----------
        rule : str
            A key of ``RULES``.
        budget : float
            Currency units.
        choices : int or None
            Choices counted per voter. A funded choice that was not counted reaches its
            voter all the same.
        """
        outcome = RULES[rule](self.counted(choices), budget=budget)
        happy = self.whole.served(outcome.table["funded"].to_numpy(bool))
        return outcome.spent, 100.0 * float(np.mean(happy)) if len(happy) else 0.0


def try_design(vote: Vote, proposals: pd.DataFrame, design: Mapping[str, Any]) -> Trial:
    """Try a design.

    Parameters
    ----------
    vote : Vote
        The trainee's list and ballots.
    proposals : DataFrame
        The trainee's proposals of a month.
    design : mapping
        Fields of question m02_rule; what changes no number here (reply_days,
        offline_share_pct) is not used.

    Returns
    -------
    Trial
        What it does.

    Raises
    ------
    UsageError
        A field is missing or cannot be read.
    """
    try:
        rule, budget = str(design["rule"]), float(design["budget"])
        choices = int(design["choices"])
        forum_at, answer_at = (int(design[name]) for name in ("forum_at", "answer_at"))
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError):
        raise UsageError(
            "The design misses a value.",
            "It needs rule, budget, choices, forum_at and answer_at.",
        ) from None
    if rule not in RULES:
        raise UsageError(f"The rule {rule[:40]!r} is unknown.", f"Use one of {', '.join(RULES)}.")
    if choices < 1:
        raise UsageError(f"choices is {choices}.", "Count one choice or more.")
    spent, share = vote.reached(rule, budget, choices)
    steps = participation.funnel(
        proposals["likes"], proposals["participants"], forum_at=forum_at, answer_at=answer_at
    )
    return Trial(spent, share, steps.forums, steps.answers)

"""Where the controls of the participation lab stand, and the line of code that means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

SURVEY_PCT = 10  # Seoul 2015; committee and online vote share the rest
MOST_CHOICES = 10
RULES = {"greedy": "Most votes first", "equal_shares": "Equal shares", "phragmen": "Phragmén"}


@dataclass(frozen=True)
class Setting:
    """Where the controls stand.

    Parameters
    ----------
    rule : str
        A key of ``RULES``.
    budget_pct : float
        Budget in percent of the cost of all projects.
    choices : float
        Choices counted per voter.
    committee : float
        Weight of the committee in percent; the survey has 10, the online vote the rest.
    forum_at, answer_at : float
        Likes that open a forum; participants that oblige the city to answer.
    hours_forum, hours_answer : float
        Staff hours of one forum and of one answer, teaching values.
    """

    rule: str = "greedy"
    budget_pct: float = 30
    choices: float = 5
    committee: float = 45
    forum_at: float = 100
    answer_at: float = 1_000
    hours_forum: float = 6
    hours_answer: float = 30

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> Setting:
        """Build a setting from values by name; other names are left out."""
        return cls(**{f.name: values[f.name] for f in fields(cls) if f.name in values})

    def budget(self, total_cost: float) -> float:
        """Return the budget in currency units, as a whole number."""
        return float(round(total_cost * self.budget_pct / 100))


def code_of(setting: Setting, budget: float, *, weights: bool = True) -> str:
    """Return a setting as one line of code: the rule, then the thresholds.

    Parameters
    ----------
    setting : Setting
        Where the controls stand.
    budget : float
        Currency units.
    weights : bool
        Whether the three channels are weighed; a city whose voters have no zone cannot.

    Examples
    --------
    >>> code_of(Setting(), 500000, weights=False)  # doctest: +ELLIPSIS
    'out = participation.greedy(participation.profile(..., choices=5), budget=500_000); ...'
    """
    votes = f"participation.profile(city.projects, city.ballots, choices={int(setting.choices)})"
    if weights:
        votes = (
            f"participation.weighted({votes}, city.zones, "
            f"committee={_plain(setting.committee)}, survey={SURVEY_PCT})"
        )
    return (
        f"out = participation.{setting.rule}({votes}, budget={int(budget):_}); "
        "answers = participation.funnel(month.likes, month.participants, "
        f"forum_at={int(setting.forum_at)}, answer_at={int(setting.answer_at)})"
    )


def _plain(value: float) -> float | int:
    return int(value) if float(value).is_integer() else round(float(value), 2)

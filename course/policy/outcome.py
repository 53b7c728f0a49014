"""What a voting rule decides: the projects funded, in order, and the voters it serves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from course.errors import UsageError
from course.policy.profile import CENTS, Profile

COMPLETED = "most votes"  # how a project got in that the rule itself did not choose


@dataclass(frozen=True, eq=False)
class Outcome:
    """The decision of a voting rule.

    Parameters
    ----------
    rule : str
        Name of the rule, a key of ``participation.RULES``.
    budget, spent, left : float
        Currency units; ``spent + left == budget``.
    funded : pandas.DataFrame
        One row per funded project, in order of selection: order (from 1), project_id, name,
        cost (currency units), votes (points), voters (who named it), zone_id, chosen_by
        ("rule", or "most votes" for what completed it).
    table : pandas.DataFrame
        One row per project, in the order of the projects: project_id, name, category, cost,
        votes, voters, zone_id, lat, lon, funded (bool), order (Int64, NA = not funded).
    served : pandas.Series of bool
        Index voter_id: has this voter a choice that is funded?
    profile : Profile
        The election the rule counted.
    """

    rule: str
    budget: float
    funded: pd.DataFrame
    table: pd.DataFrame
    spent: float
    left: float
    served: pd.Series = field(repr=False)
    profile: Profile = field(repr=False)

    def __repr__(self) -> str:
        return (
            f"Outcome({self.rule}: {len(self.funded)} of {len(self.table)} projects, "
            f"spent {self.spent:,.15g} of {self.budget:,.15g})"
        )

    def _repr_html_(self) -> str:
        return self.funded.to_html(index=False)


def budget_cents(budget: float | None) -> int:
    """Return a budget in hundredths of a currency unit, or say why it is none."""
    try:
        amount = float(budget)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        amount = math.nan
    if not 0 <= amount < 2**53 / CENTS:
        raise UsageError(
            f"budget is {budget!r}, not an amount of 0 or more.",
            "Write budget=1_000_000, in currency units.",
        )
    return round(amount * CENTS)


def outcome(
    profile: Profile, rule: str, budget: int, chosen: Sequence[int], *, completed: int = 0
) -> Outcome:
    """Describe a decision.

    Parameters
    ----------
    profile : Profile
        The election.
    rule : str
        Name of the rule.
    budget : int
        Hundredths of a currency unit.
    chosen : sequence of int
        Positions of the projects, in order of selection.
    completed : int
        How many of them, at the end, came by most votes to complete the rule.
    """
    order = np.asarray(chosen, dtype=np.int64)
    funded = np.zeros(len(profile.cost), dtype=bool)
    funded[order] = True
    table = profile.projects.copy()
    table.insert(4, "votes", profile.votes)
    table.insert(5, "voters", profile.named_by)
    table["funded"] = funded
    place = np.zeros(len(funded), dtype=np.int64)
    place[order] = np.arange(1, len(order) + 1)
    table["order"] = pd.arrays.IntegerArray(place, ~funded)
    columns = ["project_id", "name", "cost", "votes", "voters", "zone_id"]
    picked = table[columns].iloc[order].reset_index(drop=True)
    picked.insert(0, "order", np.arange(1, len(order) + 1))
    by_rule = len(order) - completed
    picked["chosen_by"] = pd.Series(["rule"] * by_rule + [COMPLETED] * completed, dtype="str")
    spent = int(profile.cost[order].sum())
    return Outcome(
        rule=rule,
        budget=budget / CENTS,
        funded=picked,
        table=table,
        spent=spent / CENTS,
        left=(budget - spent) / CENTS,
        served=pd.Series(profile.served(funded), index=profile.voters["voter_id"], name="served"),
        profile=profile,
    )

"""Module 02 as an able trainee would work it."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import pandas as pd

from course import participation
from course.exercises import exercise
from grading.demo.solver import Solver as AnySolver

ALL_CHOICES, MOST_DAYS, OFFLINE_PCT = 10, 30, 10


class Solver(AnySolver):
    """One trainee's way through the exercises of module 02."""

    text = (
        "The Office of Public Requests answers every message within 10 working days. Half of the "
        "cases took more than 9 hours (lesson table, 2025). A no gives its reason and can be "
        "appealed. The table is synthetic, so the number is an estimate."
    )

    def _piece(self, name: str, **options: Any) -> Any:
        return exercise(name, self.city, who=self.who, **options)

    @cached_property
    def projects(self) -> pd.DataFrame:
        """Return the trainee's 12 projects."""
        return self._piece("m02_projects")

    @cached_property
    def ballots(self) -> pd.DataFrame:
        """Return the choices among them."""
        return self._piece("m02_ballots")

    @cached_property
    def most(self) -> Any:
        """Return what most votes first funds."""
        budget = self.params("m02_greedy")["budget"]
        return participation.greedy(self.projects, self.ballots, budget)

    @cached_property
    def shares(self) -> Any:
        """Return what equal shares funds."""
        budget = self.params("m02_happy")["budget"]
        return participation.equal_shares(self.projects, self.ballots, budget)

    def m02_greedy(self) -> float:
        """Return the money that most votes first leaves over."""
        return float(self.most.left)

    def m02_happy(self) -> float:
        """Return the percent of voters who get nothing under equal shares."""
        return 100.0 - participation.served_pct(self.shares)

    def m02_empty(self) -> int:
        """Return the zones with voters and no funded project."""
        return len(participation.empty_zones(self.most))

    def m02_weights(self) -> str:
        """Return the project that is first with Seoul's weights."""
        return str(participation.combine(self._piece("m02_channels"))["project_id"].iloc[0])

    def m02_void(self) -> int:
        """Return the ballots with too few choices."""
        return participation.void_ballots(
            self._piece("m02_all_ballots"),
            self._piece("m02_all_projects"),
            min_pct=self.params("m02_void")["pct"],
        )

    def m02_rule(self) -> dict[str, Any]:
        """Return a design that meets every condition: the rule that reaches most voters."""
        asked = self.params("m02_rule")
        # forums open to all, answers to the proposals with the largest crowds
        crowds = sorted(self._piece("m02_proposals")["participants"], reverse=True)
        design = {
            "budget": asked["line"],
            "choices": ALL_CHOICES,
            "forum_at": 1,
            "answer_at": int(crowds[asked["capacity"] - 1]),
            "reply_days": MOST_DAYS,
            "offline_share_pct": OFFLINE_PCT,
        }
        tried = [{"rule": rule, **design} for rule in participation.RULES]
        return max(tried, key=lambda d: self._piece("m02_trial", design=d)["reached_pct"])

    # ---- typical mistakes, as a trainee would make them ------------------------------

    def typical_wrong(self) -> dict[str, Any]:
        """Return answers of a trainee who falls into the best-known traps."""
        votes = self._piece("m02_channels").set_index("project_id")
        winners = set(self.most.funded["zone_id"]) - {""}
        return {
            "m02_greedy": float(self.most.spent),
            "m02_happy": participation.served_pct(self.shares),
            "m02_empty": len(self.city.zones) - len(winners),
            "m02_weights": str(votes["online"].idxmax()),
            "m02_rule": self.over_the_line(),
            "m02_void": len(self._piece("m02_all_ballots")),
        }

    def over_the_line(self) -> dict[str, Any]:
        """Return the good design with more money than the council gives."""
        good = self.m02_rule()
        return {**good, "budget": good["budget"] * 1.2}

    def design_share(self, question: str, given: Any, good: Any) -> float:
        """Return the share of the good design, or of the one with too much money.

        ``module.yml`` states that the budget is worth 20 % of a design.
        """
        if not isinstance(given, dict):
            return 0.0
        same = {**given, "budget": good["budget"]} == good
        return (0.8 if given["budget"] > good["budget"] else 1.0) if same else 0.0

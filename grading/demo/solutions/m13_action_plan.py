"""Module 13 as able trainees would work it, and their plans at four levels.

Every plan is invented: its title and its sources say so.
"""

from __future__ import annotations

import copy
import datetime as dt
from typing import Any

from course import actionplan
from course.actionplan.sample_plan import sample_data
from course.exercises import exercise
from grading.demo.solver import Solver as AnySolver

LEVELS = (1, 2, 3, 4)


class Solver(AnySolver):
    """One trainee's way through the exercises of module 13."""

    def m13_smart(self) -> str:
        """Return the objective with owner, two numbers and a day."""
        return "b"

    def m13_gap(self) -> float:
        """Return the money that is missing."""
        shown = self.params("m13_gap")
        return actionplan.budget_gap(
            capex=shown["capex"], opex_per_year=shown["opex"], years=3,
            sources=shown["sources"], contingency_pct=10,
        )  # fmt: skip

    def m13_risk(self) -> str:
        """Return the letter of the risk with the highest score."""
        risks = exercise("m13_risks", self.city, who=self.who)
        scores = [actionplan.risk_score(int(p), int(i)) for p, i in zip(
            risks["p"], risks["i"], strict=True
        )]  # fmt: skip
        return str(risks["letter"].iloc[scores.index(max(scores))])

    def m13_reach(self) -> int:
        """Return the residents of the pilot zones."""
        zones = exercise("m13_zones", self.city, who=self.who)
        return round(float(zones.loc[zones["in_pilot"], "population"].sum()))

    def m13_days(self) -> dict[str, str]:
        """Return four milestones, needs first."""
        return {"d30": "memo signed", "d90": "contract signed", "d180": "staff trained",
                "d365": "count published"}  # fmt: skip

    def typical_wrong(self) -> dict[str, Any]:
        """Return answers of a trainee who falls into the best-known traps."""
        shown = self.params("m13_gap")
        risks = exercise("m13_risks", self.city, who=self.who)
        likely = str(risks["letter"].iloc[int(risks["p"].to_numpy().argmax())])
        zones = exercise("m13_zones", self.city, who=self.who)
        return {
            "m13_smart": "d",
            "m13_gap": shown["capex"] + 3 * shown["opex"] - sum(shown["sources"]),
            "m13_risk": likely if likely != self.m13_risk() else str(
                risks["letter"].iloc[int(risks["i"].to_numpy().argmin())]
            ),
            "m13_reach": int(zones["in_pilot"].sum()),
            "m13_days": {"d30": "machines bought", "d90": "memo signed", "d180": "staff trained",
                         "d365": "machines open"},
        }  # fmt: skip

    def design_share(self, question: str, given: Any, good: Any) -> float:
        """Return the share of a good order, or of the one that buys before anybody signed."""
        if not isinstance(given, dict):
            return 0.0
        return 0.5 if given.get("d30") == "machines bought" else 1.0


def plan(city: Any, *, level: int = 4, date: dt.date | None = None) -> dict[str, Any]:
    """Return an invented plan that deserves a level of the rubric.

    Parameters
    ----------
    city : City
        Gives name, currency and two zones.
    level : int
        4: everything; 3: no case of bad luck and nobody who loses; 2: no owners and cost to
        build only; 1: a list of wishes. Levels 3 and 4 are valid, 1 and 2 break rules.
    date : date, optional
        Of the plan.
    """
    data = copy.deepcopy(sample_data(city, date=date))
    if level <= 3:
        data["finance"] |= {"npv": None, "bad_case": ""}
        data["title"] = "One ticket for two lines (invented example)"
        data["stakeholders"][2]["action"] = "told by poster"
        data["citizens"]["offline_share_pct"] = 5.0
    if level <= 2:
        data["title"] = "Tickets by telephone (invented example)"
        data["finance"] |= {"opex_per_year": None, "sources": data["finance"]["sources"][:1]}
        data["equity"] |= {"group": "all citizens", "before": None, "after": None}
        for row in data["activities"]:
            row["owner"] = ""
        data["milestones"] |= {"d90": "", "d180": ""}
    if level <= 1:
        data["title"] = "Smart city for all (invented example)"
        data["problem"] |= {"text": "Transport must be modern.", "value": None, "source": ""}
        data["risks"], data["help_wanted"] = [], []
    return data


def points(rubric: Any, level: int, *, shift: int = 0) -> dict[str, float]:
    """Return a marker's points for a plan of a level; ``shift`` moves the first criterion."""
    given = {c.id: c.points[level - 1] for c in rubric.criteria}
    first = rubric.criteria[0]
    at = min(max(level - 1 + shift, 0), len(first.points) - 1)
    return {**given, first.id: first.points[at]}

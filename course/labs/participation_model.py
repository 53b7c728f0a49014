"""The participation lab as arithmetic: a setting in, tables out. No widget, no map.

All three rules are counted at every setting, so that one can be seen beside the others. A
voter *gets nothing* when none of his or her choices is funded, also of those not counted;
every voter with a choice is one person here, whatever the weights of the channels.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from course.errors import CourseError
from course.labs.participation_setting import RULES, SURVEY_PCT, Setting
from course.policy import participation
from course.policy.outcome import Outcome
from course.policy.profile import Profile

FEW_VOTERS = 20  # a share over fewer is shown and marked
_KEPT = 24


@dataclass(frozen=True)
class Result:
    """What a setting does.

    Parameters
    ----------
    setting : Setting
        Where the controls stand.
    budget : float
        Currency units.
    outcomes : mapping
        Rule to its outcome.
    voters : int
        Voters of the selection with a choice: all, of one zone, or of one project.
    nothing_pct, city_nothing_pct : mapping
        Rule to the percent of voters who get nothing: of the selection, of all.
    ages : DataFrame
        One row per age group: age_group, voters, nothing_pct, city_nothing_pct, under the
        rule of the setting, and named_pct (of all voters of that age, named the chosen
        project); without rows when the ballots have no ages.
    zones : DataFrame
        One row per zone, in the given order: zone_id, voters, nothing_pct, named_pct (of the
        zone's voters, named the chosen project), funded; NaN without voters.
    named_pct : float
        Percent of all voters who named the chosen project.
    empty_zones, voting_zones : int
        Zones with voters and no funded project; zones with voters.
    proposals, forums, answers : int
        Of a month.
    hours : float
        Staff hours of the forums and answers of a month.
    zone_id, project_id : str
        The selection, empty for none.
    """

    setting: Setting
    budget: float
    outcomes: Mapping[str, Outcome]
    voters: int
    nothing_pct: Mapping[str, float]
    city_nothing_pct: Mapping[str, float]
    ages: pd.DataFrame
    zones: pd.DataFrame
    named_pct: float
    empty_zones: int
    voting_zones: int
    proposals: int
    forums: int
    answers: int
    hours: float
    zone_id: str = ""
    project_id: str = ""

    @property
    def outcome(self) -> Outcome:
        """Return the outcome under the rule of the setting."""
        return self.outcomes[self.setting.rule]


class ParticipationModel:
    """Projects, ballots and proposals, ready to be counted again at every move.

    Parameters
    ----------
    projects, ballots, zones : DataFrame
        As the frames of a city.
    month : DataFrame
        Proposals of one month: likes, participants.

    Raises
    ------
    CourseError
        Without projects or ballots.
    """

    def __init__(
        self,
        projects: pd.DataFrame,
        ballots: pd.DataFrame,
        zones: pd.DataFrame,
        month: pd.DataFrame,
    ) -> None:
        if not len(projects) or not len(ballots):
            raise CourseError(
                "There are no projects or no ballots to count.",
                "Give the pack a table of each, or leave both out: then they are synthesised.",
            )
        self._frames = projects, ballots
        self._zone_table, self.month = zones, month
        self.zone_ids = [str(z) for z in zones["zone_id"]]
        self._profiles: dict[int, Profile] = {}
        self._counted: OrderedDict[tuple[float, ...], dict[str, Outcome]] = OrderedDict()
        whole = participation.profile(projects, ballots)
        self.projects = whole.projects
        self.total_cost = float(whole.cost.sum()) / 100
        self.most_choices = int(whole.choices_per_voter.max(initial=0))
        place = {z: i for i, z in enumerate(self.zone_ids)}
        home = whole.voters["zone_id"].map(place).fillna(-1).to_numpy(np.int64)
        # a voter with an empty ballot has no choice to fund and is left out of every share
        self._counts = whole.choices_per_voter > 0
        self._home = np.where(self._counts, home, -1)
        self.has_zones = bool((self._home >= 0).any())
        age, names = pd.factorize(whole.voters["age_group"], sort=True)
        self.age_names = [str(n) for n in names]
        self._age = np.where(self._counts, age, -1)
        self._named = whole
        self.votes = whole.votes  # of each project, all choices, before any weight
        self._here = np.bincount(self._home[self._home >= 0], minlength=len(place))

    def profile(self, setting: Setting) -> Profile:
        """Return the ballots as a setting counts them."""
        choices = min(int(setting.choices), max(self.most_choices, 1))
        if choices not in self._profiles:
            self._profiles[choices] = participation.profile(*self._frames, choices=choices)
        counted = self._profiles[choices]
        if not self.has_zones:
            return counted
        return participation.weighted(
            counted, self._zone_table, committee=setting.committee, survey=SURVEY_PCT
        )

    def outcomes(self, setting: Setting, budget: float) -> dict[str, Outcome]:
        """Return what each rule funds; the last few are kept, for a click asks again."""
        key = (budget, setting.choices, setting.committee)
        if key not in self._counted:
            counted = self.profile(setting)
            self._counted[key] = {
                "greedy": participation.greedy(counted, budget=budget),
                "equal_shares": participation.equal_shares(counted, budget=budget),
                "phragmen": participation.phragmen(counted, budget=budget),
            }
            while len(self._counted) > _KEPT:
                self._counted.popitem(last=False)
        return self._counted[key]

    def supporters(self, project_id: str) -> np.ndarray:
        """Return which voters named a project, as a mask."""
        whole = self._named
        (position,) = np.flatnonzero(whole.projects["project_id"].to_numpy() == project_id)
        pattern = np.zeros(len(whole.count), dtype=bool)
        pattern[whole.choice_pattern[whole.supporters(int(position))]] = True
        return pattern[whole.pattern]

    def result(self, setting: Setting, *, zone_id: str = "", project_id: str = "") -> Result:
        """Return what a setting does, for everyone and for one zone or project."""
        budget = setting.budget(self.total_cost)
        outcomes = self.outcomes(setting, budget)
        scope = self._counts
        named = np.zeros(len(scope), dtype=bool)
        if project_id:
            named = self.supporters(project_id)
            scope = scope & named
        elif zone_id:
            scope = scope & (self._home == self.zone_ids.index(zone_id))
        nothing = {
            rule: ~self._named.served(out.table["funded"].to_numpy(bool))
            for rule, out in outcomes.items()
        }
        mine = nothing[setting.rule]
        funded = outcomes[setting.rule].table
        stands = funded.loc[funded["funded"], "zone_id"].value_counts()
        zones = self._zones(mine, named, stands)
        voting = zones["voters"] > 0
        funnel = participation.funnel(
            self.month["likes"],
            self.month["participants"],
            forum_at=int(setting.forum_at),
            answer_at=int(setting.answer_at),
        )
        return Result(
            setting=setting,
            budget=budget,
            outcomes=outcomes,
            voters=int(scope.sum()),
            nothing_pct={rule: _percent(nothing[rule], scope) for rule in RULES},
            city_nothing_pct={rule: _percent(nothing[rule], self._counts) for rule in RULES},
            ages=self._ages(mine, scope, named),
            zones=zones,
            named_pct=_percent(named, self._counts),
            empty_zones=int((voting & (zones["funded"] == 0)).sum()),
            voting_zones=int(voting.sum()),
            proposals=int(funnel.proposals),
            forums=int(funnel.forums),
            answers=int(funnel.answers),
            hours=float(
                participation.funnel_hours(
                    funnel,
                    hours_forum=setting.hours_forum,
                    hours_answer=setting.hours_answer,
                )
            ),
            zone_id=zone_id,
            project_id=project_id,
        )

    def _zones(self, nothing: np.ndarray, named: np.ndarray, stands: pd.Series) -> pd.DataFrame:
        known = self._home >= 0
        size = len(self.zone_ids)
        table = pd.DataFrame({"zone_id": self.zone_ids, "voters": self._here})
        here = np.where(self._here > 0, self._here, np.nan)
        for column, mask in (("nothing_pct", nothing), ("named_pct", named)):
            table[column] = 100 * np.bincount(self._home[known & mask], minlength=size) / here
        table["funded"] = table["zone_id"].map(stands).fillna(0).astype(int)
        return table

    def _ages(self, nothing: np.ndarray, scope: np.ndarray, named: np.ndarray) -> pd.DataFrame:
        rows = []
        for number, name in enumerate(self.age_names):
            everyone = self._age == number
            if name and everyone.any():
                here = everyone & scope
                rows.append((name, int(here.sum()), _percent(nothing, here),
                             _percent(nothing, everyone), _percent(named, everyone)))  # fmt: skip
        columns = ["age_group", "voters", "nothing_pct", "city_nothing_pct", "named_pct"]
        return pd.DataFrame(rows, columns=columns)


def _percent(mask: np.ndarray, of: np.ndarray) -> float:
    size = int(of.sum())
    return 100.0 * float((mask & of).sum()) / size if size else float("nan")

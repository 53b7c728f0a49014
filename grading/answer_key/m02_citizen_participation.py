"""Answers of the module "Votes, replies and fairness", as functions of the city and the draw.

The voting rules are the course's own, exact in whole hundredths; the wrong ways beside them
are written out here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from course.city.pack import City
from course.exercises import Draw, voting_lists
from course.exercises.channel_tables import CHANNELS, CODES, channel_table
from course.exercises.memory import Memory
from course.exercises.rule_designs import Vote
from course.policy import participation
from course.policy.outcome import Outcome
from course.policy.profile import Profile
from grading.answer_key.base import AnswerKey, WrongValues
from grading.answer_key.m02_design import judge_rule, solution_exists

_works = Memory(12)


@dataclass(frozen=True)
class Work:
    """One trainee's list, counted by two rules; made once, asked many times."""

    city: City
    vote: Vote
    budget: float

    @property
    def profile(self) -> Profile:
        """Return the ballots on the 12 projects."""
        return self.vote.whole

    @cached_property
    def most(self) -> Outcome:
        """Return what most votes first funds."""
        return participation.greedy(self.profile, budget=self.budget)

    @cached_property
    def shares(self) -> Outcome:
        """Return what equal shares funds."""
        return participation.equal_shares(self.profile, budget=self.budget)


def work(city: City, draw: Draw) -> Work:
    """Return the counted list of the trainee a draw belongs to."""

    def make() -> Work:
        who = draw.who
        drawn = voting_lists.draw_list(city, who.key("trainee"))
        vote = Vote(voting_lists.short_list(city, who), voting_lists.short_ballots(city, who))
        return Work(city, vote, drawn["budget"])

    return _works.get((city.fingerprint, draw.who.trainee), make)


# ---- m02_greedy ----------------------------------------------------------------------


def _greedy(city: City, draw: Draw) -> float:
    return work(city, draw).most.left


def _by_votes(w: Work) -> pd.DataFrame:
    """Return the list in the order of most votes first."""
    table = w.most.table
    return table.sort_values(["votes", "cost", "project_id"], ascending=[False, True, True])


def _greedy_wrong(city: City, draw: Draw) -> WrongValues:
    w = work(city, draw)
    table = _by_votes(w)
    fits = (table["cost"].cumsum() <= w.budget).to_numpy()
    stopped = float(table["cost"].to_numpy()[fits].sum())
    table = table.assign(value=table["votes"] / table["cost"])
    spent = 0.0
    for cost in table.sort_values(["value", "project_id"], ascending=[False, True])["cost"]:
        spent += cost if spent + cost <= w.budget else 0.0
    return [
        (w.budget - stopped, "A smaller project may still fit."),
        (w.budget - spent, "This rule looks at votes only."),
        (w.most.spent, "We ask what stays unspent."),
    ]


# ---- m02_happy -----------------------------------------------------------------------


def _happy(city: City, draw: Draw) -> float:
    return 100.0 - participation.served_pct(work(city, draw).shares)


def _happy_wrong(city: City, draw: Draw) -> WrongValues:
    w = work(city, draw)
    return [
        (100.0 - participation.served_pct(w.most), "Which rule?"),
        (participation.served_pct(w.shares), "You counted those who get something."),
        (100.0 * float((~w.shares.table["funded"]).mean()), "Count voters."),
    ]


# ---- m02_empty -----------------------------------------------------------------------


def _funded_zones(outcome: Outcome) -> set[str]:
    return set(outcome.funded["zone_id"]) - {""}


def _voting_zones(w: Work) -> set[str]:
    return set(w.profile.voters["zone_id"]) - {""}


def _empty(city: City, draw: Draw) -> int:
    w = work(city, draw)
    return len(_voting_zones(w) - _funded_zones(w.most))


def _empty_wrong(city: City, draw: Draw) -> WrongValues:
    w = work(city, draw)
    funded = _funded_zones(w.most)
    return [
        (len(set(city.zones["zone_id"]) - funded), "Zones without voters do not count."),
        (len(_voting_zones(w) & funded), "You counted winners."),
        (len(_voting_zones(w) - _funded_zones(w.shares)), "Check the rule."),
    ]


# ---- m02_weights ---------------------------------------------------------------------


def _scores(draw: Draw) -> dict[str, float]:
    table = participation.combine(channel_table(dict(draw.params)))
    return dict(zip(table["project_id"], table["score"], strict=True))


def _weights(city: City, draw: Draw) -> str:
    scores = _scores(draw)
    return max(CODES, key=lambda code: scores[code])


def _weights_also(city: City, draw: Draw) -> list[str]:
    """Return every project within 1 % of the first: what is no clear winner counts."""
    scores = _scores(draw)
    best = max(scores.values())
    return [code for code, score in scores.items() if score >= best * 0.99]


def _weights_wrong(city: City, draw: Draw) -> WrongValues:
    table = channel_table(dict(draw.params)).set_index("project_id")[list(CHANNELS)]
    return [
        (str(table["online"].idxmax()), "That is one channel."),
        (str(table.sum(axis=1).idxmax()), "Channels differ in size: use shares."),
        (str(table["committee"].idxmax()), "The survey and online vote count too."),
    ]


# ---- m02_rule ------------------------------------------------------------------------


def _judge(city: City, draw: Draw, value: Any) -> list[tuple[bool, float, str]]:
    proposals = voting_lists.month(city, draw.who)
    return judge_rule(work(city, draw).vote, proposals, draw.params, value)


def _design(city: City, draw: Draw) -> dict[str, Any] | None:
    proposals = voting_lists.month(city, draw.who)
    return solution_exists(work(city, draw).vote, proposals, draw.params)


# ---- m02_void ------------------------------------------------------------------------


def _named(city: City, draw: Draw) -> np.ndarray:
    """Return how many projects each voter of the long list named."""
    return voting_lists.long_ballots(city, draw.who).groupby("voter_id").size().to_numpy()


def _void(city: City, draw: Draw) -> int:
    return int((_named(city, draw) < _needed(draw)).sum())


def _needed(draw: Draw) -> int:
    return participation.required_choices(draw.params["projects_n"], draw.params["pct"])


def _void_wrong(city: City, draw: Draw) -> WrongValues:
    named, needed = _named(city, draw), _needed(draw)
    void = named < needed
    return [
        (int((named < needed - 1).sum()), "Half a project cannot be chosen."),
        (int(named[void].sum()), "One voter has several rows."),
        (int(named.sum()), "One voter has several rows."),
        (int((~void).sum()), "We ask for the void ones."),
    ]


KEY = AnswerKey(
    expected={
        "m02_greedy": _greedy,
        "m02_happy": _happy,
        "m02_empty": _empty,
        "m02_weights": _weights,
        "m02_void": _void,
    },
    wrong={
        "m02_greedy": _greedy_wrong,
        "m02_happy": _happy_wrong,
        "m02_empty": _empty_wrong,
        "m02_weights": _weights_wrong,
        "m02_void": _void_wrong,
    },
    designs={"m02_rule": _judge},
    examples={"m02_rule": _design},
    alternatives={"m02_weights": _weights_also},
)

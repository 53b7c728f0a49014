"""The same elections counted by pabutools (a peer, for tests only).

Ties go to the cheaper project and then to the smaller id, as in the course. pabutools funds
projects that nobody named where money is left; the course never does, so they are taken out
of its instance first. Its greedy rule goes by satisfaction per cost; with votes times cost as
the satisfaction this is "most votes first". Satisfactions and ballots are
leaner classes of our own, which take seconds at 60,000 voters where those of pabutools take
minutes; a test checks that both give the same.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from pabutools.election import ApprovalMultiProfile, FrozenApprovalBallot, parse_pabulib
from pabutools.election.satisfaction import GroupSatisfactionMeasure
from pabutools.rules import (
    completion_by_rule_combination,
    greedy_utilitarian_welfare,
    method_of_equal_shares,
    sequential_phragmen,
)
from pabutools.tiebreaking import TieBreakingRule

TIES = TieBreakingRule(lambda instance, profile, project: (project.cost, project.name))


class _Named(FrozenApprovalBallot):
    """An approval ballot that finds a project by its name, in a set."""

    def __contains__(self, project: Any) -> bool:
        try:
            names = self._names
        except AttributeError:
            names = self._names = frozenset(p.name for p in self)
        return project.name in names


class _Worth:
    """What the projects on one ballot are worth to its voter."""

    __slots__ = ("ballot", "worth")

    def __init__(self, ballot: Any, worth: dict[str, Any]) -> None:
        self.ballot, self.worth = ballot, worth

    def sat_project(self, project: Any) -> Any:
        return self.worth.get(project.name, 0)


class _Worths(list, GroupSatisfactionMeasure):
    """One satisfaction per ballot, with how many voters handed it in."""

    def __init__(self, ballots: list, worths: list, counts: list[int]) -> None:
        super().__init__(_Worth(b, w) for b, w in zip(ballots, worths, strict=True))
        self._counts = {id(s): n for s, n in zip(self, counts, strict=True)}

    def multiplicity(self, sat: Any) -> int:
        return self._counts[id(sat)]

    def remove_satisfied(self, sat_bound: Any, projects: Any) -> Any:
        raise NotImplementedError

    def total_satisfaction_project(self, project: Any) -> Any:
        return sum(self._counts[id(s)] * s.sat_project(project) for s in self)


class Peer:
    """An election as pabutools reads it from a file."""

    def __init__(self, path: Path, *, min_votes: float = 0) -> None:
        self.instance, self.profile = parse_pabulib(str(path))
        kind = self.instance.meta["vote_type"]
        self.points: list[dict[str, Any]] = []
        for ballot in self.profile:
            if kind == "ordinal":
                points = {p.name: len(ballot) - i - 1 for i, p in enumerate(ballot)}
            elif kind in ("scoring", "cumulative"):
                points = {p.name: n for p, n in ballot.items()}
            else:
                points = {p.name: 1 for p in ballot}
            self.points.append(points)
        named = {p for points in self.points for p in points}
        total = dict.fromkeys(named, 0)
        for points in self.points:
            for project, n in points.items():
                total[project] += n
        for project in list(self.instance):
            if project.name not in named or total[project.name] < min_votes:
                self.instance.remove(project)
        known = {p.name: p for p in self.instance}
        # A ballot is what is left of it; one with nothing left still is a voter's.
        self._merged: dict[Any, int] = {}
        for points in self.points:
            key = tuple(sorted((p, n) for p, n in points.items() if p in known))
            self._merged[key] = self._merged.get(key, 0) + 1
        self.approvals = ApprovalMultiProfile()
        for key, count in self._merged.items():
            ballot = _Named(known[p] for p, _ in key)
            self.approvals[ballot] += count
        self._cost = {p.name: p.cost for p in self.instance}

    def _worths(self, satisfaction: str) -> _Worths:
        keys = list(self._merged)
        one = {
            "cost": lambda p, n: self._cost[p],
            "cardinality": lambda p, n: 1,
            "points": lambda p, n: n,
            "votes": lambda p, n: n * self._cost[p],
        }[satisfaction]
        worths = [{p: one(p, n) for p, n in key} for key in keys]
        return _Worths([None] * len(keys), worths, list(self._merged.values()))

    def greedy(self) -> list[str]:
        return _ids(
            greedy_utilitarian_welfare(
                self.instance, self.approvals, sat_profile=self._worths("votes"),
                is_sat_additive=True, tie_breaking=TIES,
            )
        )  # fmt: skip

    def equal_shares(
        self, satisfaction: str = "cost", *, completion: str | None = None, step: Any = None
    ) -> list[str]:
        shares = {"sat_profile": self._worths(satisfaction), "tie_breaking": TIES,
                  "binary_sat": satisfaction != "points"}  # fmt: skip
        if completion == "greedy":
            votes = {"sat_profile": self._worths("votes"), "is_sat_additive": True,
                     "tie_breaking": TIES}  # fmt: skip
            return _ids(
                completion_by_rule_combination(
                    self.instance, self.approvals,
                    [method_of_equal_shares, greedy_utilitarian_welfare], [shares, votes],
                )
            )  # fmt: skip
        return _ids(
            method_of_equal_shares(
                self.instance, self.approvals, voter_budget_increment=step, **shares
            )
        )

    def phragmen(self) -> list[str]:
        return _ids(sequential_phragmen(self.instance, self.approvals, tie_breaking=TIES))


def _ids(allocation: Any) -> list[str]:
    return [project.name for project in allocation]


def write_pabulib(
    path: Path, projects: pd.DataFrame, votes: list[tuple[str, str, str]], **meta: object
) -> Path:
    """Write a ``.pb`` file: votes are (voter_id, vote, points)."""
    points = any(p for _, _, p in votes)
    told = {"num_projects": len(projects), "num_votes": len(votes), **meta}
    lines = ["META", "key;value", *(f"{k};{v}" for k, v in told.items()), "PROJECTS"]
    lines.append("project_id;cost")
    lines += [f"{p};{c}" for p, c in zip(projects["project_id"], projects["cost"], strict=True)]
    lines += ["VOTES", "voter_id;vote" + (";points" if points else "")]
    lines += [";".join(row if points else row[:2]) for row in votes]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path

"""Voting rules give what pabutools gives, on real files and on made-up ones of every kind."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pabutools.election import ApprovalBallot, ApprovalProfile, parse_pabulib
from pabutools.election.satisfaction import Additive_Cardinal_Sat, Cardinality_Sat, Cost_Sat
from pabutools.rules import (
    greedy_utilitarian_welfare,
    method_of_equal_shares,
    sequential_phragmen,
)

from course import participation
from tests.voting_peers import TIES, Peer, write_pabulib

SMALL = (
    "France_Toulouse_2022.pb",
    "Netherlands_Assen_2024.pb",
    "Switzerland_Zurich_D5.pb",
    "US_Stanford_Dataset_PB_Cambridge_2019_vote_approvals.pb",
)
WARSAW = "Poland_Warszawa_2026.pb"
# A step of "add1" that takes pabutools seconds and not minutes.
STEPS = {SMALL[0]: 200, SMALL[1]: 20, SMALL[2]: 10, SMALL[3]: 5}


@cache
def both(path: Path, min_votes: float = 0) -> tuple[Peer, participation.Profile, float]:
    election = participation.read_pabulib(path)
    counted = participation.profile(election.projects, election.ballots)
    return Peer(path, min_votes=min_votes), counted, election.budget


def ids(outcome) -> list[str]:
    return outcome.funded["project_id"].tolist()


def assert_all_equal(path: Path, *, step: float = 1, add1: bool = True) -> None:
    peer, counted, budget = both(path)
    assert float(peer.instance.budget_limit) == budget
    assert ids(participation.greedy(counted, budget=budget)) == peer.greedy()
    ours = participation.phragmen(counted, budget=budget)
    assert sorted(ids(ours)) == sorted(peer.phragmen())
    for satisfaction in ("cost", "cardinality", "points"):

        def shares(completion, satisfaction=satisfaction, **more):
            return ids(
                participation.equal_shares(
                    counted, budget=budget, satisfaction=satisfaction, completion=completion, **more
                )
            )

        assert shares(None) == peer.equal_shares(satisfaction)
        assert shares("greedy") == peer.equal_shares(satisfaction, completion="greedy")
        if add1:
            assert shares("add1", step=step) == peer.equal_shares(satisfaction, step=step)


@pytest.mark.slow
@pytest.mark.parametrize("name", SMALL)
def test_real_elections(test_data, name):
    assert_all_equal(test_data / "pb" / name, step=STEPS.get(name, 1))


@pytest.mark.slow
@pytest.mark.parametrize("rule", ["greedy", "phragmen", "cost", "cardinality"])
def test_61_668_voters(test_data, rule):
    peer, counted, budget = both(test_data / "pb" / WARSAW)
    assert len(counted.voters) == 61_668
    if rule == "greedy":
        assert ids(participation.greedy(counted, budget=budget)) == peer.greedy()
    elif rule == "phragmen":
        ours = participation.phragmen(counted, budget=budget)
        assert sorted(ids(ours)) == sorted(peer.phragmen())
    else:
        ours = participation.equal_shares(
            counted, budget=budget, satisfaction=rule, completion=None
        )
        assert ids(ours) == peer.equal_shares(rule)


def test_the_lean_classes_are_those_of_pabutools(test_data):
    path = test_data / "pb" / "Switzerland_Zurich_D5.pb"
    peer, _, _ = both(path)
    instance, profile = parse_pabulib(str(path))
    for satisfaction, sat in (
        ("cost", Cost_Sat), ("cardinality", Cardinality_Sat), ("points", Additive_Cardinal_Sat),
    ):  # fmt: skip
        theirs = method_of_equal_shares(instance, profile, sat, tie_breaking=TIES)
        assert [p.name for p in theirs] == peer.equal_shares(satisfaction)
    approvals = ApprovalProfile(ApprovalBallot(ballot) for ballot in profile)
    theirs = sequential_phragmen(instance, approvals, tie_breaking=TIES)
    assert [p.name for p in theirs] == peer.phragmen()
    path = test_data / "pb" / "Netherlands_Assen_2024.pb"
    instance, profile = parse_pabulib(str(path))
    theirs = greedy_utilitarian_welfare(instance, profile, Cost_Sat, tie_breaking=TIES)
    assert [p.name for p in theirs] == both(path)[0].greedy()


def test_warsaw_decided_as_its_rule_says(test_data):
    """The city's own list: most votes first among the projects with 3,000 votes."""
    election = participation.read_pabulib(test_data / "pb" / WARSAW)
    assert election.min_votes == 3_000
    result = participation.greedy(
        election.projects, election.ballots, election.budget, min_votes=election.min_votes
    )
    chosen = election.projects.loc[election.projects["selected"] == 1, "project_id"]
    assert sorted(ids(result)) == sorted(chosen)


def test_assen_decided_by_equal_shares(test_data):
    """The city's own list: equal shares with add1, ties as the city broke them."""
    election = participation.read_pabulib(test_data / "pb" / SMALL[1])
    result = participation.equal_shares(
        election.projects, election.ballots, election.budget, completion="add1", step=1
    )
    chosen = election.projects.loc[election.projects["selected"] == 1, "project_id"]
    assert sorted(ids(result)) == sorted(chosen)


def votes_of(kind: str):
    """Random ballots of one kind, as (vote, points) cells."""
    some = st.lists(st.sampled_from(["1", "2", "10", "A", "b"]), max_size=4, unique=True)
    if kind in ("approval", "knapsack"):
        return some.map(lambda v: (",".join(v), ""))
    if kind == "choose-1":
        return st.sampled_from(["1", "2", "10", "A", "b"]).map(lambda v: (v, ""))
    if kind == "ordinal":
        return some.map(lambda v: (",".join(v), ""))
    points = st.sampled_from(["0", "1", "2", "5", "0.5"] if kind == "scoring" else ["1", "2", "3"])
    named = some.filter(bool).flatmap(
        lambda v: st.lists(points, min_size=len(v), max_size=len(v)).map(lambda p: (v, p))
    )
    return named.map(lambda vp: (",".join(vp[0]), ",".join(vp[1])))


@pytest.mark.parametrize(
    "kind", ["approval", "knapsack", "choose-1", "cumulative", "scoring", "ordinal"]
)
@settings(deadline=None, max_examples=20,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(data=st.data())
def test_every_kind_of_ballot(tmp_path, kind, data):
    cost = st.one_of(st.integers(1, 9), st.integers(1, 900).map(lambda c: c / 100))
    projects = pd.DataFrame({"project_id": ["1", "2", "10", "A", "b"]})
    projects["cost"] = [data.draw(cost) for _ in range(5)]
    cells = data.draw(st.lists(votes_of(kind), min_size=1, max_size=12))
    votes = [(f"v{n}", *cell) for n, cell in enumerate(cells)]
    budget = data.draw(st.integers(1, 2500).map(lambda c: c / 100))
    limit = {"max_sum_cost": budget} if kind == "knapsack" else {}
    told = "approval" if kind == "knapsack" else kind
    path = write_pabulib(
        tmp_path / "made.pb", projects, votes, budget=budget, vote_type=told, **limit
    )
    both.cache_clear()
    assert_all_equal(path, step=1)

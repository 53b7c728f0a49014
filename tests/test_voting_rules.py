"""Voting rules: equal to the rules word for word, and the laws that hold for them."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course import participation
from course.errors import CourseError, UsageError
from course.policy.equal_shares import default_step
from tests import voting_naive as naive

calm = settings(deadline=None, max_examples=60)
RULES = [
    participation.greedy,
    participation.equal_shares,
    participation.phragmen,
    lambda *a, **k: participation.equal_shares(*a, completion=None, **k),
    lambda *a, **k: participation.equal_shares(*a, satisfaction="cardinality", **k),
    lambda *a, **k: participation.equal_shares(*a, satisfaction="points", **k),
    lambda *a, **k: participation.phragmen(*a, completion="greedy", **k),
]


@st.composite
def elections(draw, *, points=(1,), free=True, most_voters=12):
    """Small elections in which ties, empty ballots and odd costs are usual."""
    ids = draw(st.lists(st.sampled_from(["10", "9", "A", "b", "é", "A1", "Z"]), min_size=1,
                        max_size=6, unique=True))  # fmt: skip
    least = 0 if free else 1
    cost = st.one_of(
        st.integers(least, 12), st.integers(max(least * 100, 1), 1200).map(lambda c: c / 100)
    )
    projects = pd.DataFrame({"project_id": ids, "cost": [draw(cost) for _ in ids]})
    rows = []
    for n in range(draw(st.integers(0, most_voters))):
        named = draw(st.lists(st.sampled_from(ids), max_size=4, unique=True))
        rows += [(f"v{n}", p, draw(st.sampled_from(points))) for p in named] or [(f"v{n}", "", 0)]
    ballots = pd.DataFrame(rows, columns=["voter_id", "project_id", "points"])
    ballots = ballots.astype({"voter_id": "str", "project_id": "str", "points": float})
    budget = draw(st.one_of(st.integers(0, 40), st.integers(0, 4000).map(lambda c: c / 100)))
    return projects, ballots, budget


def ids(outcome) -> list[str]:
    return outcome.funded["project_id"].tolist()


@calm
@given(elections(points=(0, 1, 2, 0.5)))
def test_greedy_is_the_naive_loop(election):
    projects, ballots, budget = election
    expected = naive.greedy(
        naive.costs_of(projects), naive.choices_of(ballots), Fraction(str(budget))
    )
    assert ids(participation.greedy(projects, ballots, budget)) == expected


@calm
@given(elections(points=(0, 1, 2, 0.5)), st.sampled_from(["cost", "cardinality", "points"]))
def test_equal_shares_is_the_rule_word_for_word(election, satisfaction):
    projects, ballots, budget = election
    cost, choices = naive.costs_of(projects), naive.choices_of(ballots)
    worth = {
        v: {
            p: {"cost": cost[p] or 1, "cardinality": Fraction(1), "points": points}[satisfaction]
            for p, points in mine.items()
        }
        for v, mine in choices.items()
    }
    share = Fraction(str(budget)) / max(len(choices), 1)
    ours = participation.equal_shares(
        projects, ballots, budget, satisfaction=satisfaction, completion=None
    )
    expected = naive.equal_shares(cost, choices, share, worth)
    free = {p for p in cost if cost[p] == 0}
    if satisfaction == "points":  # who gives a free project 0 points still named it
        assert [p for p in ids(ours) if p not in free] == [p for p in expected if p not in free]
    else:
        assert ids(ours) == expected


@calm
@given(elections())
def test_phragmen_is_the_clock_of_money(election):
    projects, ballots, budget = election
    expected = naive.phragmen(
        naive.costs_of(projects), naive.choices_of(ballots), Fraction(str(budget))
    )
    assert ids(participation.phragmen(projects, ballots, budget)) == expected


@calm
@given(elections(points=(0, 1, 3)), st.sampled_from(RULES), st.randoms())
def test_what_holds_for_every_rule(election, rule, random):
    projects, ballots, budget = election
    result = rule(projects, ballots, budget)
    cents = (projects["cost"] * 100).round().astype("int64")
    funded = result.table["funded"]
    assert cents[funded].sum() == round(result.spent * 100) <= round(budget * 100)
    assert round(result.left * 100) == round(budget * 100) - round(result.spent * 100)
    assert result.table.loc[funded, "order"].tolist() == [
        ids(result).index(p) + 1 for p in result.table.loc[funded, "project_id"]
    ]
    assert not (funded & (result.table["voters"] == 0)).any()
    happy = set(ballots.loc[ballots["project_id"].isin(ids(result)), "voter_id"])
    assert result.served.index.tolist() == ballots["voter_id"].drop_duplicates().tolist()
    assert result.served.to_dict() == {v: v in happy for v in result.served.index}
    # The order of the rows is nobody's business.
    rows, lines = list(range(len(projects))), list(range(len(ballots)))
    random.shuffle(rows)
    random.shuffle(lines)
    again = rule(projects.iloc[rows], ballots.iloc[lines], budget)
    assert ids(again) == ids(result)
    assert ids(rule(participation.profile(projects, ballots), budget=budget)) == ids(result)


@calm
@given(elections(free=False), st.integers(2, 5), st.sampled_from(RULES))
def test_money_in_another_unit_changes_nothing(election, factor, rule):
    projects, ballots, budget = election
    larger = projects.assign(cost=(projects["cost"] * factor).round(2))
    assert ids(rule(larger, ballots, round(budget * factor, 2))) == ids(
        rule(projects, ballots, budget)
    )


@calm
@given(elections(free=False), st.integers(2, 4), st.sampled_from(RULES))
def test_everybody_twice_changes_nothing(election, times, rule):
    """Copies of all voters keep every share of the money; so nothing may change."""
    projects, ballots, budget = election
    copies = [ballots.assign(voter_id=ballots["voter_id"] + f"#{n}") for n in range(times)]
    assert ids(rule(projects, pd.concat(copies, ignore_index=True), budget)) == ids(
        rule(projects, ballots, budget)
    )


@calm
@given(elections())
def test_when_all_fits_all_that_was_named_is_funded_by_greedy(election):
    projects, ballots, _ = election
    result = participation.greedy(projects, ballots, float(projects["cost"].sum()) + 1)
    assert set(ids(result)) == set(ballots["project_id"]) - {""}


@calm
@given(elections(free=False), st.sampled_from(["cost", "cardinality"]))
def test_add1_keeps_to_the_budget_and_its_definition(election, satisfaction):
    """One more step would overspend, or nothing that was named still fits."""
    projects, ballots, budget = election
    election_ = participation.profile(projects, ballots)
    result = participation.equal_shares(
        election_, budget=budget, satisfaction=satisfaction, completion="add1", step=1
    )
    cost, choices = naive.costs_of(projects), naive.choices_of(ballots)
    worth = {
        v: {p: cost[p] if satisfaction == "cost" else Fraction(1) for p in mine}
        for v, mine in choices.items()
    }
    limit = Fraction(str(budget))
    share, kept = limit / max(len(choices), 1), []
    named = {p for mine in choices.values() for p in mine}
    while True:
        chosen = naive.equal_shares(cost, choices, share, worth)
        left = limit - sum(cost[p] for p in chosen)
        if left < 0:
            break
        kept = chosen
        if not any(cost[p] <= left for p in named - set(chosen)):
            break
        share += 1
    assert ids(result) == kept


def test_near_ties_are_decided_exactly():
    """Prices that differ in the twentieth digit, or in none, where floats see no difference."""
    n = 3 * 7 * 11 * 13
    voters = [f"v{i}" for i in range(n)]
    projects = pd.DataFrame({"project_id": ["a", "b", "c", "d"], "cost": [1000, 1000, 999.99, 7]})
    rows = [(v, "a") for v in voters[: n // 3]] + [(v, "b") for v in voters[n // 3 : 2 * n // 3]]
    rows += [(v, "c") for v in voters[-(n // 3) :]] + [(v, "d") for v in voters[::7]]
    ballots = pd.DataFrame(rows, columns=["voter_id", "project_id"]).assign(points=1.0)
    choices, cost = naive.choices_of(ballots), naive.costs_of(projects)
    for budget in (3006.99, 3007.0, 3006.98, 1500.01):
        for satisfaction in ("cost", "cardinality"):
            worth = {
                v: {p: cost[p] if satisfaction == "cost" else Fraction(1) for p in mine}
                for v, mine in choices.items()
            }
            expected = naive.equal_shares(cost, choices, Fraction(str(budget)) / n, worth)
            result = participation.equal_shares(
                projects, ballots, budget, completion=None, satisfaction=satisfaction
            )
            assert ids(result) == expected


def test_a_tie_goes_to_the_cheaper_then_to_the_id():
    projects = pd.DataFrame({"project_id": ["b", "a", "c"], "cost": [10, 10, 9]})
    ballots = pd.DataFrame({"voter_id": ["u"] * 3, "project_id": ["a", "b", "c"], "points": 1.0})
    for rule in (participation.greedy, participation.equal_shares):
        assert ids(rule(projects, ballots, 19)) == ["c", "a"]
    assert ids(participation.greedy(projects, ballots, 29)) == ["c", "a", "b"]


def test_a_smaller_project_may_still_fit():
    projects = pd.DataFrame({"project_id": ["A", "B", "C"], "cost": [70, 50, 30]})
    votes = {"A": 3, "B": 2, "C": 1}
    ballots = pd.DataFrame(
        [(f"{p}{n}", p) for p, count in votes.items() for n in range(count)],
        columns=["voter_id", "project_id"],
    )
    result = participation.greedy(projects, ballots, 100)
    assert ids(result) == ["A", "C"]
    assert (result.spent, result.left) == (100, 0)
    assert result.funded["votes"].tolist() == [3, 1]


def test_min_votes_leaves_out_what_few_named():
    projects = pd.DataFrame({"project_id": ["A", "B"], "cost": [60, 50]})
    ballots = pd.DataFrame({"voter_id": ["u", "v", "w"], "project_id": ["A", "A", "B"]})
    for rule in RULES:
        assert "B" not in ids(rule(projects, ballots, 500, min_votes=2))


def test_choices_count_most_points_then_the_id():
    projects = pd.DataFrame({"project_id": ["A", "B", "C"], "cost": [1, 1, 1]})
    ballots = pd.DataFrame({
        "voter_id": ["u", "u", "u", "v", "v"], "project_id": ["A", "C", "B", "B", "A"],
        "points": [1, 3, 1, 2, 2],
    })  # fmt: skip
    counted = participation.profile(projects, ballots, choices=2)
    assert counted.named_by.tolist() == [2, 1, 1]
    assert participation.profile(projects, ballots, choices=1).votes.tolist() == [2, 0, 3]
    whole = participation.profile(projects, ballots, choices=9)
    assert whole.votes.tolist() == participation.profile(projects, ballots).votes.tolist()


def test_voters_with_the_same_ballot_are_one_pattern():
    projects = pd.DataFrame({"project_id": ["A", "B"], "cost": [1, 1]})
    ballots = pd.DataFrame({
        "voter_id": ["u", "u", "v", "v", "w", "x", "y"],
        "project_id": ["A", "B", "B", "A", "A", "", ""], "points": [1, 2, 2, 1, 1, 0, 0],
    })  # fmt: skip
    counted = participation.profile(projects, ballots)
    assert sorted(counted.count.tolist()) == [1, 2, 2]
    assert counted.pattern[0] == counted.pattern[1] != counted.pattern[2]
    assert counted.choices_per_voter.tolist() == [2, 2, 1, 0, 0]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"cost": [1, -1]}, "row 2 has no cost of 0 or more; it says -1"),
        ({"cost": [1, "x"]}, "row 2 has no cost"),
        ({"cost": [np.inf, 1]}, "row 1 has no cost"),
        ({"cost": [np.nan, 1]}, "row 1 has no cost"),
        ({"cost": [1e300, 1]}, "row 1 has no cost"),
        ({"project_id": ["A", "A"]}, "row 2 repeats project_id A"),
        ({"project_id": ["A", ""]}, "row 2 has no project_id"),
        ({"project_id": ["A", None]}, "row 2 has no project_id"),
    ],
)
def test_projects_that_cannot_be_counted(change, what):
    projects = pd.DataFrame({"project_id": ["A", "B"], "cost": [1, 2]}).assign(**change)
    ballots = pd.DataFrame({"voter_id": ["u"], "project_id": ["A"]})
    with pytest.raises(CourseError, match=r"projects: " + what):
        participation.greedy(projects, ballots, 5)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"project_id": ["A", "Q"]}, "row 2 names a project that is not in the list: Q"),
        ({"project_id": ["A", "A"]}, "row 2 names a project a second time: A"),
        ({"voter_id": ["u", None]}, "row 2 has no voter_id"),
        ({"points": [1, -1]}, "row 2 has no points of 0 or more"),
        ({"points": [1, np.nan]}, "row 2 has no points of 0 or more"),
        ({"points": [1, "many"]}, "row 2 has no points of 0 or more"),
        ({"zone_id": ["north", "south"]}, "row 2 gives a voter another zone_id: u"),
    ],
)
def test_ballots_that_cannot_be_counted(change, what):
    projects = pd.DataFrame({"project_id": ["A", "B"], "cost": [1, 2]})
    ballots = pd.DataFrame({"voter_id": ["u", "u"], "project_id": ["A", "B"], "points": 1.0})
    with pytest.raises(CourseError, match=r"ballots: .*" + what):
        participation.profile(projects, ballots.assign(**change))


def test_all_faults_are_told_at_once():
    projects = pd.DataFrame({"project_id": ["A"], "cost": [1]})
    ballots = pd.DataFrame({"voter_id": list("abcdefgh"), "project_id": list("AQRSTUVW")})
    with pytest.raises(CourseError, match=r"row 2 .*; row 6 .*; and 2 more") as caught:
        participation.profile(projects, ballots)
    assert "isin" in caught.value.remedy


@pytest.mark.parametrize("budget", [None, -1, float("nan"), float("inf"), "much", 1e300])
def test_a_budget_that_is_none(budget):
    projects = pd.DataFrame({"project_id": ["A"], "cost": [1]})
    ballots = pd.DataFrame({"voter_id": ["u"], "project_id": ["A"]})
    for rule in RULES:
        with pytest.raises(UsageError, match="budget is"):
            rule(projects, ballots, budget)


def test_wrong_calls_say_so():
    projects = pd.DataFrame({"project_id": ["A"], "cost": [1]})
    ballots = pd.DataFrame({"voter_id": ["u"], "project_id": ["A"]})
    counted = participation.profile(projects, ballots)
    for call in (
        lambda: participation.greedy(projects, budget=3),
        lambda: participation.greedy(counted, ballots, 3),
        lambda: participation.greedy(projects, 3),
        lambda: participation.equal_shares(counted, budget=3, completion="more"),
        lambda: participation.equal_shares(counted, budget=3, satisfaction="joy"),
        lambda: participation.equal_shares(counted, budget=3, completion="add1", step=0),
        lambda: participation.phragmen(counted, budget=3, completion="add1"),
        lambda: participation.profile(projects, ballots, choices=0),
        lambda: participation.profile(projects, ballots, choices=2.5),
        lambda: participation.profile(projects, [1]),
    ):
        with pytest.raises(UsageError):
            call()


def test_ids_from_a_spreadsheet_and_nobody_at_all():
    projects = pd.DataFrame({"project_id": [1, 2], "cost": ["10", 20]})
    ballots = pd.DataFrame({"voter_id": [7, 8], "project_id": [1.0, np.nan]})
    result = participation.equal_shares(projects, ballots, 30)
    assert ids(result) == ["1"]
    assert result.served.to_dict() == {"7": True, "8": False}
    for rule in RULES:
        none = rule(projects, ballots.iloc[:0], 30)
        assert len(none.funded) == 0 and none.left == 30 and len(none.served) == 0


def test_add1_does_not_run_for_ever():
    """One voter alone wants what half the budget buys: the shares would have to grow for ever."""
    projects = pd.DataFrame({"project_id": ["A", "B"], "cost": [5_000_000, 10]})
    rows = [("v0", "A"), *((f"v{n}", "B") for n in range(1, 500))]
    ballots = pd.DataFrame(rows, columns=["voter_id", "project_id"])
    with pytest.raises(UsageError, match="5,000 steps") as caught:
        participation.equal_shares(projects, ballots, 10_000_000, completion="add1", step=1)
    assert caught.value.remedy == "Take larger steps: step=10."
    result = participation.equal_shares(
        projects, ballots, 10_000_000, completion="add1", step=10_000
    )
    assert ids(result) == ["B", "A"]


def test_the_step_grows_with_the_share():
    assert default_step(100_000_00, 84) == 1000  # 1,190 a head: 10 units
    assert default_step(24_186_815_00, 61_668) == 100
    assert default_step(10**15, 2_000) // 100 > 1


def test_money_is_exact_to_the_hundredth():
    projects = pd.DataFrame({"project_id": [f"p{n}" for n in range(10)], "cost": [0.1] * 10})
    ballots = pd.DataFrame({"voter_id": ["u"] * 10, "project_id": projects["project_id"]})
    for rule in RULES:
        result = rule(projects, ballots, 1.0)
        assert len(result.funded) == 10 and result.left == 0
        assert len(rule(projects, ballots, 0.99).funded) == 9

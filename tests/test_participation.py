"""Channels, thresholds, reach and turnout: the numbers of Seoul, laws, and bad input."""

from __future__ import annotations

import doctest
import importlib
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course import participation
from course.errors import CourseError, UsageError

calm = settings(deadline=None, max_examples=80)
MODULES = [
    f"course.policy.{m}"
    for m in ("profile", "most_votes", "equal_shares", "phragmen", "channels", "promises")
] + ["course.city.age_groups"]


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_the_docstrings(name):
    module = importlib.import_module(name)
    result = doctest.testmod(module)
    assert result.attempted and not result.failed


def test_numbers_of_seoul():
    """Curriculum 02: calls nobody answered before and after 2009, void ballots of 2014."""
    assert round(participation.lost_calls(40_514, answered_pct=99.2)) == 324
    assert round(participation.lost_calls(19_707, answered_pct=98.3)) == 335
    assert participation.required_choices(560, 30) == 168
    assert participation.required_choices(30, 12) == 4  # 3.6: half a project cannot be chosen


@calm
@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_required_choices_round_up_exactly(projects, tenths):
    pct = tenths / 100
    need = participation.required_choices(projects, pct)
    exact = Fraction(tenths, 10_000) * projects
    assert need - 1 < exact <= need


@calm
@given(
    st.lists(st.tuples(st.integers(0, 900), st.integers(0, 9000)), max_size=40),
    st.integers(0, 900), st.integers(0, 9000),
)  # fmt: skip
def test_funnel_narrows_and_a_lower_line_lets_more_through(proposals, forum_at, answer_at):
    likes, came = [p[0] for p in proposals], [p[1] for p in proposals]
    here = participation.funnel(likes, came, forum_at=forum_at, answer_at=answer_at)
    assert here.proposals == len(proposals) >= here.forums >= here.answers >= 0
    lower = participation.funnel(likes, came, forum_at=forum_at / 2, answer_at=answer_at / 2)
    assert lower.forums >= here.forums and lower.answers >= here.answers
    hours = participation.funnel_hours(here, hours_forum=5, hours_answer=20, hours_proposal=1)
    assert hours == here.proposals + 5 * here.forums + 20 * here.answers


def test_funnel_says_what_is_wrong():
    for call in (
        lambda: participation.funnel([1], [1, 2], forum_at=1, answer_at=1),
        lambda: participation.funnel([1, "x"], [1, 2], forum_at=1, answer_at=1),
        lambda: participation.funnel([1, -1], [1, 2], forum_at=1, answer_at=1),
        lambda: participation.funnel([1], [1], forum_at=-1, answer_at=1),
        lambda: participation.funnel_hours(participation.Funnel(1, 1, 1), hours_forum=-1),
        lambda: participation.lost_calls(-5, 50),
        lambda: participation.lost_calls(5, 101),
        lambda: participation.lost_calls("many", 50),
        lambda: participation.required_choices(10, float("nan")),
    ):
        with pytest.raises(UsageError):
            call()


SHARES = pd.DataFrame({
    "project_id": ["A", "B", "C"], "committee": [60, 30, 10], "online": [100, 500, 400],
    "survey": [2, 2, 6],
})  # fmt: skip


def test_combine_weighs_shares_not_votes():
    table = participation.combine(SHARES)
    expected = {"A": 45 * 0.6 + 45 * 0.1 + 10 * 0.2, "B": 45 * 0.3 + 45 * 0.5 + 10 * 0.2,
                "C": 45 * 0.1 + 45 * 0.4 + 10 * 0.6}  # fmt: skip
    assert table["project_id"].tolist() == sorted(expected, key=lambda p: -expected[p])
    for row in table.itertuples():
        assert row.score == pytest.approx(expected[row.project_id])
    assert table["score"].sum() == pytest.approx(100)
    assert table["rank"].tolist() == [1, 2, 3]
    # Ten times the votes of one channel is the same opinion.
    again = participation.combine(SHARES.assign(online=SHARES["online"] * 10))
    assert again["score"].tolist() == table["score"].tolist()
    assert participation.combine(SHARES, committee=0, online=100, survey=0)["score"].tolist() == [
        50, 40, 10,
    ]  # fmt: skip


def test_combine_breaks_ties_by_id_exactly():
    shares = pd.DataFrame(
        {"project_id": ["b", "a"], "committee": [1, 2], "online": [2, 1], "survey": [5, 5]}
    )
    assert participation.combine(shares)["project_id"].tolist() == ["a", "b"]
    empty = participation.combine(shares.assign(survey=0))
    assert empty["survey_pct"].tolist() == [0, 0]


def test_combine_says_what_is_wrong():
    for weights in ((45, 45, 9), (-10, 100, 10), (float("nan"), 50, 50)):
        with pytest.raises(UsageError):
            participation.combine(
                SHARES, committee=weights[0], online=weights[1], survey=weights[2]
            )
    participation.combine(SHARES, committee=33.3, online=33.3, survey=33.4)
    for bad, what in (
        (SHARES.drop(columns="survey"), "no column survey"),
        (SHARES.assign(project_id="A"), "in two rows"),
        (SHARES.assign(online=[1, -1, 2]), "Project B has no online votes"),
        (SHARES.assign(online=[1, None, 2]), "Project B has no online votes"),
    ):
        with pytest.raises(CourseError, match=what):
            participation.combine(bad)


PROJECTS = pd.DataFrame({
    "project_id": ["A", "B", "C", "D"], "cost": [50, 50, 60, 10], "zone_id": ["N", "S", "E", ""],
})  # fmt: skip
BALLOTS = pd.DataFrame(
    [
        ("n1", "A", "N", "20-29"), ("n2", "A", "N", "60+"), ("n2", "C", "N", "60+"),
        ("s1", "C", "S", "60+"), ("s2", "D", "S", "30-39"), ("s3", "A", "S", "20-29"),
        ("w1", "C", "W", "60+"), ("w2", "", "W", ""), ("x1", "A", "", ""),
    ],
    columns=["voter_id", "project_id", "zone_id", "age_group"],
).assign(points=1.0)  # fmt: skip


def test_who_gets_nothing():
    result = participation.greedy(PROJECTS, BALLOTS, 65)  # A (4 votes), then D; C is too dear
    assert result.funded["project_id"].tolist() == ["A", "D"]
    table = participation.nobody(result).set_index("zone_id")
    assert table["voters"].to_dict() == {"N": 2, "S": 3, "W": 2}
    assert table["with_project"].to_dict() == {"N": 2, "S": 2, "W": 0}
    assert table["without_pct"].to_dict() == pytest.approx({"N": 0, "S": 100 / 3, "W": 100})
    assert table["funded_projects"].to_dict() == {"N": 1, "S": 0, "W": 0}
    assert participation.empty_zones(result) == ["S", "W"]  # D has no zone, so it serves none
    assert participation.served_pct(result) == 100 * 5 / 8
    by_age = participation.nobody(result, by="age_group").set_index("age_group")
    assert by_age.loc["60+", "without_pct"] == pytest.approx(200 / 3)
    # Other voters than those who decided.
    others = BALLOTS[BALLOTS["zone_id"] == "S"]
    assert participation.served_pct(result, others) == pytest.approx(200 / 3)
    assert participation.empty_zones(result, others) == ["S"]
    assert participation.served_pct(result, result.profile) == 100 * 5 / 8


def test_a_zone_with_a_project_and_no_voter_is_not_empty():
    result = participation.greedy(PROJECTS, BALLOTS, 130)
    table = participation.nobody(result).set_index("zone_id")
    assert table.loc["E", "voters"] == 0 and np.isnan(table.loc["E", "without_pct"])
    assert "E" not in participation.empty_zones(result)
    assert np.isnan(participation.served_pct(participation.greedy(PROJECTS, BALLOTS[:0], 5)))


def test_void_ballots_count_voters():
    assert participation.void_ballots(BALLOTS, PROJECTS, min_pct=25) == 1
    assert participation.void_ballots(BALLOTS, PROJECTS, min_pct=25.1) == 7
    assert participation.void_ballots(BALLOTS, PROJECTS, min_pct=0) == 0


def test_turnout_by_zone():
    zones = pd.DataFrame({"zone_id": ["S", "N", "Q"], "population": [300, 100, 0]})
    table = participation.turnout(BALLOTS, zones)
    assert table["zone_id"].tolist() == ["S", "N", "Q"]
    assert table["voters"].tolist() == [3, 2, 0]
    assert table["turnout_pct"].tolist()[:2] == [1, 2] and np.isnan(table["turnout_pct"].iloc[2])
    with pytest.raises(CourseError, match="no column zone_id"):
        participation.turnout(BALLOTS.drop(columns="zone_id"), zones)


def test_missing_groups_weakest_first():
    plain = participation.missing_groups(BALLOTS)
    assert plain["age_group"].tolist() == ["20-29", "30-39", "60+"]
    assert plain["voters"].tolist() == [2, 1, 3]
    table = participation.missing_groups(BALLOTS, {"0-19": 20, "20-29": 20, "30-39": 40, "60+": 20})
    assert table["age_group"].tolist() == ["0-19", "30-39", "20-29", "60+"]
    assert table["ratio"].tolist() == pytest.approx([0, (1 / 6) / 0.4, (2 / 6) / 0.2, 2.5])
    assert table["population_pct"].sum() == pytest.approx(100)
    with pytest.raises(CourseError, match="'60\\+', the population is not"):
        participation.missing_groups(BALLOTS, {"20-29": 1, "30-39": 1})
    for bad in ({}, {"60+": -1}, {"60+": 0}):
        with pytest.raises(UsageError):
            participation.missing_groups(BALLOTS, bad)


def test_outcome_for_people():
    result = participation.greedy(PROJECTS.assign(cost=[50.5, 50, 60, 10]), BALLOTS, 65)
    assert "2 of 4 projects, spent 60.5 of 65" in repr(result)
    assert "<table" in result._repr_html_()
    assert set(participation.RULES) == {"greedy", "equal_shares", "phragmen"}
    for name in participation.RULES:
        assert getattr(participation, name)(PROJECTS, BALLOTS, 65).rule == name

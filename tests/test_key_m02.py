"""What is special about the answer key of module 02; the rest is tests/test_modules_keys.py."""

from __future__ import annotations

import pandas as pd
import pytest

from course import exercises
from course.exercises import Draw, rule_designs, voting_lists
from course.exercises.channel_tables import CHANNELS, CODES, channel_table, draw_channels
from course.identity import Who
from grading.answer_key import m02_citizen_participation as m02_key
from grading.answer_key import m02_design
from tests.key_cases import BUNDLED, bundled, drawn, key

NAMES = tuple(m02_design.SHARES)
PROJECTS = pd.DataFrame(
    {
        "project_id": ["A", "B", "C", "D"],
        "name": ["a", "b", "c", "d"],
        "cost": [60.0, 50.0, 30.0, 20.0],
        "zone_id": ["z1", "z2", "", "z1"],
    }
)
# A has 4 votes, B 3, C 2, D 2; five voters in three zones of five.
CHOICES = {
    "u": ("z1", "A B"), "v": ("z1", "A B"), "w": ("z2", "A B"), "x": ("z2", "A D"),
    "y": ("z3", "C D"), "q": ("z3", "C"),
}  # fmt: skip
BALLOTS = pd.DataFrame(
    [
        (voter, project, 1.0, zone, "")
        for voter, (zone, named) in CHOICES.items()
        for project in named.split()
    ],
    columns=["voter_id", "project_id", "points", "zone_id", "age_group"],
)


class Toy:
    """A city of five zones."""

    fingerprint, zones = "toy", pd.DataFrame({"zone_id": [f"z{n}" for n in range(1, 6)]})


@pytest.fixture()
def toy(monkeypatch: pytest.MonkeyPatch) -> Draw:
    """Return a draw whose list is the small one above, with a budget of 100."""
    made = m02_key.Work(Toy(), rule_designs.Vote(PROJECTS, BALLOTS), 100.0)
    monkeypatch.setattr(m02_key, "work", lambda city, draw: made)
    monkeypatch.setattr(voting_lists, "long_ballots", lambda city, who: BALLOTS)
    return Draw("m02", {"pct": 30, "projects_n": 4}, "x", Who("by hand"))


def test_the_toy_list_by_hand(toy: Draw):
    """Most votes: A 60, B 50 no longer fits, D 20 (cheaper than C), C 30 does not fit: 20 left."""
    assert m02_key._greedy(Toy(), toy) == 20.0
    wrong = dict(m02_key._greedy_wrong(Toy(), toy))
    assert wrong[40.0] == "A smaller project may still fit."  # stopped after A
    # votes per cost: D 0.1, A and C 0.067, B 0.06: D, A, then nothing fits but 20: 20 left
    assert wrong[80.0] == "We ask what stays unspent."
    # z1 has A and D; z2 and z3 vote and have nothing: 2 of 3 zones
    assert m02_key._empty(Toy(), toy) == 2
    assert m02_key._empty_wrong(Toy(), toy)[:2] == [
        (4, "Zones without voters do not count."),
        (1, "You counted winners."),
    ]


def test_equal_shares_on_the_toy_list_by_hand(toy: Draw):
    """Each of six holds 16.67. A: 4 pay 15, a quarter of its cost. D: of x 1.67 and y 16.67,
    less than 20. C: y and q pay 15, half. B: three hold 1.67 each. Left 10, nothing fits."""
    work = m02_key.work(Toy(), toy)
    assert work.shares.funded["project_id"].tolist() == ["A", "C"]
    assert m02_key._happy(Toy(), toy) == 0.0
    wrong = m02_key._happy_wrong(Toy(), toy)
    assert wrong[0] == (pytest.approx(100 / 6), "Which rule?")  # q names C only
    assert wrong[1:] == [(100.0, "You counted those who get something."), (50.0, "Count voters.")]


def test_void_ballots_by_hand(toy: Draw):
    """30 % of 4 projects are 1.2, so 2 choices: the ballot of q is void."""
    assert m02_key._void(Toy(), toy) == 1
    assert m02_key._void_wrong(Toy(), toy) == [
        (0, "Half a project cannot be chosen."),
        (1, "One voter has several rows."),
        (11, "One voter has several rows."),
        (5, "We ask for the void ones."),
    ]


# ---- against a second way of counting ------------------------------------------------


@pytest.mark.parametrize("name", BUNDLED)
@pytest.mark.parametrize("trainee", ["ana", "ben"])
def test_most_votes_first_by_a_plain_loop(name: str, trainee: str):
    city, who = bundled(name), Who(trainee)
    projects = exercises.exercise("m02_projects", city, who=who)
    ballots = exercises.exercise("m02_ballots", city, who=who)
    votes = ballots.groupby("project_id").size()
    left = drawn("m02_greedy", city, trainee).params["budget"]
    zones = set()
    order = sorted(
        projects.itertuples(), key=lambda p: (-votes.get(p.project_id, 0), p.cost, p.project_id)
    )
    for project in order:
        if project.cost <= left:
            left -= project.cost
            zones.add(project.zone_id)
    draw = drawn("m02_greedy", city, trainee)
    assert key("m02_greedy").expected("m02_greedy", city, draw) == pytest.approx(left)
    draw = drawn("m02_empty", city, trainee)
    empty = set(ballots["zone_id"]) - zones
    assert key("m02_empty").expected("m02_empty", city, draw) == len(empty)


# ---- the tables ----------------------------------------------------------------------


@pytest.mark.parametrize("name", BUNDLED)
def test_exercise_tables_are_the_trainees_own_and_say_so(name: str):
    city, ana = bundled(name), Who("ana")
    projects = exercises.exercise("m02_projects", city, who=ana)
    ballots = exercises.exercise("m02_ballots", city, who=ana)
    assert len(projects) == 12 and len(exercises.exercise("m02_all_projects", city, who=ana)) == 30
    assert set(ballots["project_id"]) <= set(projects["project_id"])
    assert set(ballots["zone_id"]) <= set(city.zones["zone_id"])
    for frame in (projects, ballots):
        assert frame.attrs["badge"].startswith("SYNTHETIC")
    other = exercises.exercise("m02_projects", city, who=Who("ben"))
    assert not projects["cost"].reset_index(drop=True).equals(other["cost"])
    projects.loc[:, "cost"] = -1  # a copy: nobody can spoil the next one
    assert (exercises.exercise("m02_projects", city, who=ana)["cost"] > 0).all()
    # the vote did not reach every zone, so that two kinds of empty zones can be told apart
    everyone = exercises.exercise("m02_all_ballots", city, who=ana)
    assert everyone["zone_id"].nunique() <= 0.8 * len(city.zones)
    assert everyone.groupby("voter_id").size().between(1, 5).all()


def test_a_pack_with_real_projects_changes_no_exercise():
    """The exercise is drawn on the zones; real ballots are for the lesson and the lab."""
    city = bundled("seoul")

    class Real:
        def __init__(self) -> None:
            self.projects = city.projects.head(3)

        def __getattr__(self, name: str):
            return getattr(city, name)

    voting_lists._lists._kept.clear()
    with_real = voting_lists.short_ballots(Real(), Who("ana"))
    voting_lists._lists._kept.clear()
    assert with_real.equals(voting_lists.short_ballots(city, Who("ana")))


@pytest.mark.parametrize("name", BUNDLED)
def test_budgets_are_a_share_of_the_list(name: str):
    city = bundled(name)
    for trainee in ("ana", "ben", "chi"):
        drawn_ = drawn("m02_greedy", city, trainee).params
        assert 0.24 <= drawn_["budget"] / drawn_["total_cost"] <= 0.46
        assert drawn_ == drawn("m02_happy", city, trainee).params
        line = drawn("m02_rule", city, trainee).params
        assert 0.29 <= line["line"] / line["total_cost"] <= 0.51


# ---- channels ------------------------------------------------------------------------


def test_three_channels_have_three_winners_and_one_clear_first():
    """For every draw: who is first online, in the committee and by raw votes is not first."""
    firsts = set()
    for number in range(200):
        draw = Draw("m02_weights", draw_channels("city", str(number)), "x", Who("t"))
        scores = m02_key._scores(draw)
        best, second = sorted(scores.values(), reverse=True)[:2]
        assert best >= 1.01 * second
        right = m02_key._weights(None, draw)
        wrong = [value for value, _ in m02_key._weights_wrong(None, draw)]
        assert len({right, *wrong}) == 4
        assert m02_key._weights_also(None, draw) == [right]
        table = channel_table(dict(draw.params))
        assert (table[list(CHANNELS)] > 0).all().all()
        assert table["name"].is_unique and table["project_id"].tolist() == list(CODES)
        firsts.add(right)
    assert firsts == set(CODES)


def test_projects_as_good_as_the_first_are_accepted(monkeypatch: pytest.MonkeyPatch):
    scores = {"a": 20.0, "b": 25.0, "c": 24.8, "d": 10.0, "e": 20.2}
    monkeypatch.setattr(m02_key, "_scores", lambda draw: scores)
    assert m02_key._weights_also(None, None) == ["b", "c"]


# ---- the design ----------------------------------------------------------------------


@pytest.fixture(scope="module", params=BUNDLED)
def case(request):
    city = bundled(request.param)
    draw = drawn("m02_rule", city, "ana")
    return city, draw, key("m02_rule").solution("m02_rule", city, draw)


def judged(city, draw, design) -> dict[str, tuple[bool, str]]:
    rows = key("m02_rule").judge_design("m02_rule", city, draw, design)
    assert [share for _, share, _ in rows] == list(m02_design.SHARES.values())
    return {name: (met, said) for name, (met, _, said) in zip(NAMES, rows, strict=True)}


def test_money_above_the_line_is_seen(case):
    city, draw, design = case
    over = design | {"budget": draw.params["line"] * 1.01}
    assert judged(city, draw, over)["budget"] == (False, "Your budget is above the line shown.")


def test_a_small_budget_reaches_too_few(case):
    city, draw, design = case
    met, said = judged(city, draw, design | {"budget": draw.params["line"] / 20})["served"]
    assert not met and "Look at empty zones." in said


def test_low_thresholds_are_more_than_the_staff_can_answer(case):
    city, draw, design = case
    low = design | {"forum_at": 1, "answer_at": 1}
    assert judged(city, draw, low)["replies"] == (False, "Your staff cannot answer this many.")
    # the same with the forum as the gate: few likes asked, few participants asked
    high = design | {"forum_at": 1_000_000}
    assert judged(city, draw, high)["replies"] == (
        False, "Nobody reaches your thresholds. Is that a promise?"
    )  # fmt: skip


def test_offline_votes_and_days_are_asked_for(case):
    city, draw, design = case
    rows = judged(city, draw, design | {"offline_share_pct": 9, "reply_days": 31})
    assert rows["offline"] == (False, "Who has no phone?")
    assert rows["days"] == (False, "Who would wait so long for an answer?")


@pytest.mark.parametrize(
    "change",
    [
        {"rule": "lottery"}, {"budget": -5}, {"budget": 1e300}, {"choices": 0},
        {"choices": None}, {"forum_at": -1}, {"answer_at": "many"}, {"budget": float("nan")},
    ],
)  # fmt: skip
def test_an_impossible_design_earns_nothing_and_says_why(case, change: dict):
    city, draw, design = case
    rows = key("m02_rule").judge_design("m02_rule", city, draw, design | change)
    assert not any(met for met, _, _ in rows)
    assert all(said for _, _, said in rows)


def test_a_capacity_nobody_can_keep_is_eased(case):
    city, draw, _ = case
    vote = m02_key.work(city, draw).vote
    # five proposals with the same crowd: no threshold lets fewer than five through
    same = pd.DataFrame({"likes": [300] * 5, "participants": [2_000] * 5})
    asked = {"line": draw.params["line"], "capacity": 3}
    found = m02_design.solution_exists(vote, same, asked)
    assert found is not None and found["answer_at"] == 2_000
    rows = m02_design.judge_rule(vote, same, asked, found)
    assert all(met for met, _, _ in rows)
    more = pd.concat([same, pd.DataFrame({"likes": [200], "participants": [900]})])
    rows = m02_design.judge_rule(vote, more, asked, found | {"answer_at": 900})
    assert not rows[2][0]


def test_a_month_without_proposals_has_no_solution(case):
    city, draw, _ = case
    vote = m02_key.work(city, draw).vote
    none = pd.DataFrame({"likes": [], "participants": []})
    assert m02_design.solution_exists(vote, none, draw.params) is None


def test_a_trial_tells_the_trainee_what_a_design_does(case):
    city, draw, design = case
    trial = exercises.exercise("m02_trial", city, who=draw.who, design=design)
    vote = m02_key.work(city, draw).vote
    tried = rule_designs.try_design(vote, voting_lists.month(city, draw.who), design)
    assert trial["reached_pct"] == tried.reached_pct
    assert 0 < trial["spent"] <= draw.params["line"]
    assert 1 <= trial["answers"] <= draw.params["capacity"]

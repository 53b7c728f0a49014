"""What the participation lesson says, worked out by hand or by a second way of counting."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pandas as pd
import pytest

from course import participation, service_requests
from course.city.synthesis.proposals import synthesise_proposals
from course.errors import UsageError
from tests.key_cases import BUNDLED, bundled

LESSON = Path(__file__).resolve().parent.parent / "modules/02_citizen_participation/lesson.ipynb"


def _text() -> str:
    cells = json.loads(LESSON.read_text(encoding="utf-8"))["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells)


def test_lost_calls_by_hand():
    """1.7 % of 19,707 and 0.8 % of 40,514 (facts 4)."""
    assert participation.lost_calls(calls=19_707, answered_pct=98.3) == pytest.approx(335.019)
    assert participation.lost_calls(calls=40_514, answered_pct=99.2) == pytest.approx(324.112)


def erlang_c_in_time(staff: int, load: float, *, within_s: float, handling_s: float) -> float:
    """Return the share answered in time, by the recursion of Erlang B."""
    blocked = 1.0
    for n in range(1, staff + 1):
        blocked = load * blocked / (n + load * blocked)
    wait = staff * blocked / (staff - load * (1 - blocked))
    return 1 - wait * 2.718281828459045 ** (-(staff - load) * within_s / handling_s)


@pytest.mark.parametrize(("target", "staff"), [(50, 117), (90, 125), (99, 134)])
def test_the_staff_of_step_1_by_a_second_formula(target: int, staff: int):
    load = 40_514 / 24 * 4 / 60
    for people, enough in ((staff, True), (staff - 1, False)):
        share = erlang_c_in_time(people, load, within_s=15, handling_s=240)
        assert (100 * share >= target) is enough
    assert service_requests.staff_needed(40_514 / 24, 4, within_s=15, target_pct=target) == staff


def test_the_weights_of_step_8_by_hand():
    """Shares 40/10/20/30, 10/40/20/30, 20/30/30/20 percent; weights 45, 45, 10."""
    votes = pd.DataFrame(
        {
            "project_id": ["trees", "lights", "library", "crossing"],
            "committee": [120, 30, 60, 90],
            "online": [1_000, 4_000, 2_000, 3_000],
            "survey": [100, 150, 150, 100],
        }
    )
    table = participation.combine(votes, committee=45, online=45, survey=10)
    assert dict(zip(table["project_id"], table["score"], strict=True)) == pytest.approx(
        {"crossing": 29.0, "lights": 25.5, "trees": 24.5, "library": 21.0}
    )
    first = {c: participation.combine(votes, committee=c, online=90 - c)["project_id"][0]
             for c in (0, 45, 90)}  # fmt: skip
    assert first == {0: "lights", 45: "crossing", 90: "trees"}
    raw = votes.set_index("project_id").sum(axis=1)
    assert raw.idxmax() == "lights"
    assert "the crossing is first with 29.0 %" in _text()
    for numbers in ("[120, 30, 60, 90]", "[1_000, 4_000, 2_000, 3_000]", "[100, 150, 150, 100]"):
        assert numbers in _text()


@pytest.mark.parametrize("name", BUNDLED)
def test_thresholds_of_step_4_by_counting(name: str):
    month = synthesise_proposals(bundled(name))
    assert len(month) == 200
    for forum_at, answer_at in ((500, 5_000), (100, 1_000)):
        rows = [(a, b) for a, b in zip(month.likes, month.participants, strict=True)]
        forums = [b for a, b in rows if a >= forum_at]
        steps = participation.funnel(
            month.likes, month.participants, forum_at=forum_at, answer_at=answer_at
        )
        assert (steps.forums, steps.answers) == (
            len(forums), sum(b >= answer_at for b in forums)
        )  # fmt: skip
        hours = participation.funnel_hours(steps, hours_forum=6, hours_answer=30)
        assert hours == 6 * steps.forums + 30 * steps.answers
    # the lesson promises more answers at the lower thresholds, in every city
    assert (
        steps.answers
        > participation.funnel(
            month.likes, month.participants, forum_at=500, answer_at=5_000
        ).answers
    )


@pytest.mark.parametrize("name", BUNDLED)
def test_the_shares_of_step_2_are_complete_at_the_start_and_fall(name: str):
    city = bundled(name)
    requests = service_requests.clean(city.requests, city.zones)
    curve = service_requests.open_after(requests, [0, 3, 6, 12, 24, 36, 48, 72], by="category")
    assert curve.shape[1] <= 7  # a chart of more lines cannot be read
    assert (curve.loc[0] <= 100).all() and (curve.diff().dropna() <= 1e-9).all().all()
    closed = service_requests.closed_within(requests, 24, by="category").set_index("category")
    for kind in curve:
        assert curve.loc[24, kind] == pytest.approx(100 - closed.loc[kind, "closed_pct"])


@pytest.mark.parametrize("name", BUNDLED)
def test_the_story_of_steps_5_to_7_holds(name: str):
    """Equal shares buys more projects and leaves fewer voters with nothing at 30 %."""
    city = bundled(name)
    budget = round(0.3 * city.projects["cost"].sum())
    most = participation.greedy(city.projects, city.ballots, budget)
    shares = participation.equal_shares(city.projects, city.ballots, budget)
    assert len(shares.funded) > len(most.funded)
    named = city.ballots.groupby("voter_id")["project_id"].agg(set)
    for out in (most, shares):
        funded = set(out.funded["project_id"])
        by_hand = 100 * sum(bool(choices & funded) for choices in named) / len(named)
        assert participation.served_pct(out) == pytest.approx(by_hand)
    assert participation.served_pct(shares) > participation.served_pct(most)


def test_equal_shares_does_not_always_reach_more_voters():
    """Mashhad at 85 % of all costs: most votes first is ahead, as the lesson says can be."""
    city = bundled("mashhad")
    money = 0.85 * city.projects["cost"].sum()
    profile = participation.profile(city.projects, city.ballots)
    most, shares = (
        participation.served_pct(rule(profile, budget=money))
        for rule in (participation.greedy, participation.equal_shares)
    )
    assert most > shares


def test_facts_carry_their_year_and_source():
    text = _text()
    for words in (
        "19,707", "40,514", "91.3 %", "18 November 2009", "1 March 2020", "5,963", "0.99 %",
        "7 March 2014", "english.seoul.go.kr (2020)", "publicadministration.un.org",
        "In 2015 Seoul", "2017 online 50 %", "In 2014",
    ):  # fmt: skip
        assert words in text, words
    # what has no source is a question to the speaker, never a fact
    assert re.search(r"after 2022: we have no source", text)


def test_shares_at_chosen_hours_by_hand():
    """Four cases: closed after 2, 4 and 24 hours, one still open when the table was read."""
    begun = "2025-05-01T08:00:00"
    ends = ["2025-05-01T10:00:00", "2025-05-01T12:00:00", "2025-05-02T08:00:00", None]
    cases = pd.DataFrame({"created_at": [begun] * 4, "closed_at": ends, "kind": list("aabb")})
    told = service_requests.open_after(cases, [0, 2, 3, 24])
    assert told["all"].tolist() == [100, 75, 75, 25]
    by_kind = service_requests.open_after(cases, [0, 2, 4], by="kind")
    assert by_kind["a"].tolist() == [100, 50, 0]
    assert by_kind["b"].tolist() == [100, 100, 100]
    # nobody was followed for 48 hours and one case is open: not known
    assert service_requests.open_after(cases, [48])["all"].isna().all()
    assert service_requests.open_after(cases.head(0), [1]).shape == (1, 0)
    with pytest.raises(UsageError, match="no number of hours"):
        service_requests.open_after(cases, [-1])


def test_a_real_table_of_many_kinds_fits_a_chart():
    """Nine kinds: the six with most cases, and one line for the rest."""
    kinds = [k for i, k in enumerate("abcdefghi") for _ in range(10 - i)]
    rows = len(kinds)
    cases = pd.DataFrame(
        {
            "created_at": ["2025-05-01T08:00:00"] * rows,
            "closed_at": ["2025-05-01T10:00:00" if k < "h" else None for k in kinds],
            "kind": kinds,
        }
    )
    told = service_requests.open_after(cases, [0, 2], by="kind", most=6)
    assert list(told) == [*"abcdef", "all others"]
    # g (4 cases) is closed after two hours, h (3) and i (2) are open
    assert told.loc[2, "all others"] == pytest.approx(100 * 5 / 9)
    assert list(service_requests.open_after(cases, [0], by="kind", most=9)) == list("abcdefghi")


def test_waiting_is_told_without_a_made_up_number():
    begun = "2025-05-01T08:00:00"
    cases = pd.DataFrame({"created_at": [begun] * 2, "closed_at": [None, None]})
    told = service_requests.waiting_in_words(cases, hours=72)
    assert told == (
        "Half of all requests are not closed yet; "
        "nobody knows yet how many are still open after 72 hours."
    )
    assert "nan" not in service_requests.waiting_in_words(cases.head(0))


def test_who_is_reached_is_told_without_zones_too():
    projects = pd.DataFrame({"project_id": ["A"], "cost": [5], "zone_id": [""]})
    ballots = pd.DataFrame({"voter_id": ["u", "v"], "project_id": ["A", ""]})
    out = participation.greedy(projects, ballots, 5)
    assert participation.in_words(out) == (
        "50 % of the voters have a funded choice; the ballots name no zone."
    )
    assert participation.in_words(participation.greedy(projects, ballots[:0], 5)) == "Nobody voted."
    mashhad = bundled("mashhad")
    out = participation.greedy(mashhad.projects, mashhad.ballots, 10_000_000_000)
    zones = set(mashhad.ballots["zone_id"]) - {""}
    served = zones - set(out.funded["zone_id"])
    assert f"{len(served)} of {len(zones)} zones with voters have" in participation.in_words(out)


def _lesson_figures(city, monkeypatch) -> str:
    """Return what the code cells of the lesson show on a city, but for its widgets."""
    from course import City

    monkeypatch.setattr(City, "open", classmethod(lambda cls, *a, **k: city))
    names: dict[str, object] = {}
    shown = []
    for cell in json.loads(LESSON.read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] != "code" or "labs.explore" in source or "labs.part" in source:
            continue
        *steps, last = ast.parse(source).body
        exec(compile(ast.Module(steps, []), cell["id"], "exec"), names)
        figure = eval(compile(ast.Expression(last.value), cell["id"], "eval"), names)
        shown.append(figure._repr_mimebundle_()["text/html"])
    return "".join(shown)


class _With:
    """A city with tables of its own in place of the pack's."""

    def __init__(self, city, **frames) -> None:
        self._city = city
        self.__dict__.update(frames)

    def __getattr__(self, name: str):
        return getattr(self._city, name)


def test_the_lesson_runs_on_votes_without_zones_and_ages_and_on_many_kinds(monkeypatch):
    """As a Pabulib file and a city's own request table come: the pages say what is missing."""
    city = bundled("mashhad")
    requests = city.requests.copy()
    requests["category"] = [f"kind $_{{{i % 40}" for i in range(len(requests))]
    page = _lesson_figures(
        _With(
            city,
            projects=city.projects.assign(zone_id="", lat=float("nan"), lon=float("nan")),
            ballots=city.ballots.assign(zone_id="", age_group=""),
            requests=requests,
        ),
        monkeypatch,
    )
    assert "all others" in page and "These ballots state no age" in page
    assert page.count("name no zone") >= 2
    assert "nan %" not in page and "0 zones" not in page

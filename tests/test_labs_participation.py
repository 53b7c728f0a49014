"""The participation lab: its arithmetic beside the course's own calls, its words, its page."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from course import City, participation
from course.city.synthesis.proposals import synthesise_proposals
from course.display.lab_page import LabPage
from course.errors import CourseError, UsageError
from course.labs import participation_words as say
from course.labs import records
from course.labs.participation_lab import ParticipationLab
from course.labs.participation_model import ParticipationModel
from course.labs.participation_setting import RULES, Setting, code_of

CITIES = ("seoul", "mashhad", "iloilo")


class Given:
    """A bundled city with other tables in place of its own."""

    def __init__(self, name: str, **frames: pd.DataFrame) -> None:
        self._city = City.open(name)
        self.__dict__.update(frames)

    def __getattr__(self, name: str):
        return getattr(self._city, name)


@pytest.fixture(scope="module", params=CITIES)
def lab(request) -> ParticipationLab:
    return ParticipationLab(City.open(request.param))


@pytest.fixture(scope="module")
def seoul() -> ParticipationLab:
    return ParticipationLab(City.open("seoul"))


def start(lab: ParticipationLab) -> dict[str, object]:
    return {c.key: c.start for c in lab.controls}


def project(lab: ParticipationLab, at: int = 0) -> str:
    return [c.id for c in lab.choices if c.id.startswith("project ")][at]


# ---- the first picture ---------------------------------------------------------------


def test_the_first_picture_already_tells_a_story(lab):
    picture = lab.picture(start(lab), None)
    result = lab.model.result(Setting.from_mapping(start(lab)))
    shares = list(result.nothing_pct.values())
    assert max(shares) - min(shares) > 2  # the rules differ
    classes = picture.classes[picture.classes != 255]
    assert len(np.unique(classes)) >= 3  # and so do the zones
    assert lab.city.title in picture.sentence
    assert "nan" not in json.dumps(picture.spec()).lower()
    assert picture.chart.startswith("<svg") and "Equal shares" in picture.chart
    assert len(picture.numbers) == 4


def test_the_controls_follow_the_curriculum(lab):
    found = {c.key: c for c in lab.controls}
    assert [v for v, _ in found["rule"].options] == list(participation.RULES)
    expected = {"budget_pct": (10, 100, 30), "committee": (0, 90, 45)}
    assert {k: (found[k].low, found[k].high, found[k].start) for k in expected} == expected
    assert found["choices"].start == 5 and found["choices"].low == 1
    assert (found["forum_at"].start, found["answer_at"].start) == (100, 1000)
    assert sum(not c.more for c in lab.controls) == 6
    for control in lab.controls:
        assert control.clean(control.start) == control.start


# ---- the numbers are those of the course's own calls ---------------------------------


@pytest.mark.parametrize("rule", RULES)
def test_the_numbers_are_those_of_the_rules(lab, rule: str):
    setting = Setting(rule=rule, budget_pct=25, choices=3, committee=0)
    city = lab.city
    result = lab.model.result(setting)
    counted = participation.weighted(
        participation.profile(city.projects, city.ballots, choices=3), city.zones, committee=0
    )
    out = getattr(participation, rule)(counted, budget=result.budget)
    assert result.outcome.funded["project_id"].tolist() == out.funded["project_id"].tolist()
    # everybody's choices decide who gets nothing, also those that were not counted
    everyone = participation.served_pct(out, city.ballots)
    assert result.nothing_pct[rule] == pytest.approx(100 - everyone)
    zones = participation.nobody(out, city.ballots).set_index("zone_id")
    ours = result.zones.set_index("zone_id")
    for zone, row in zones.iterrows():
        assert ours.loc[zone, "voters"] == row["voters"]
        assert ours.loc[zone, "funded"] == row["funded_projects"]
        if row["voters"]:
            assert ours.loc[zone, "nothing_pct"] == pytest.approx(row["without_pct"])
    assert result.empty_zones == len(participation.empty_zones(out, city.ballots))
    assert result.voting_zones == (zones["voters"] > 0).sum()


def test_thresholds_and_hours(seoul):
    month = synthesise_proposals(seoul.city)
    result = seoul.model.result(Setting(forum_at=200, answer_at=2_000))
    steps = participation.funnel(month.likes, month.participants, forum_at=200, answer_at=2_000)
    assert (result.forums, result.answers) == (steps.forums, steps.answers)
    assert result.hours == participation.funnel_hours(steps, hours_forum=6, hours_answer=30)
    dearer = seoul.model.result(Setting(forum_at=200, answer_at=2_000, hours_answer=100))
    assert dearer.hours == result.hours + 70 * result.answers


def test_only_votes_are_weighed_never_people(seoul):
    """With the online vote alone each voter counts once: the rules see the raw ballots."""
    city = seoul.city
    raw = participation.profile(city.projects, city.ballots)
    online = participation.weighted(raw, city.zones, committee=0, survey=0)
    for rule in RULES:
        plain, same = (getattr(participation, rule)(p, budget=1_443_300_000) for p in (raw, online))
        assert plain.funded["project_id"].tolist() == same.funded["project_id"].tolist()
        assert plain.served.equals(same.served)


def test_weights_order_most_votes_first_as_combine_does(lab):
    city = lab.city
    raw = participation.profile(city.projects, city.ballots)
    channels = participation.zone_channels(raw, city.zones)
    for committee in (0, 45, 90):
        ranked = participation.combine(
            channels, committee=committee, online=90 - committee, survey=10
        )
        weighted = participation.weighted(raw, city.zones, committee=committee)
        all_funded = participation.greedy(weighted, budget=city.projects["cost"].sum())
        order = all_funded.funded["project_id"].tolist()
        scores = ranked.set_index("project_id")["score"]
        # weights are whole parts of a voter: neighbours may swap where scores are equal
        assert (np.diff(scores[order].to_numpy()) <= 2e-3).all()


@pytest.mark.parametrize("weights", [(-1, 10), (95, 10), (50, -5), (float("nan"), 10)])
def test_weights_that_do_not_add_up_are_refused(seoul, weights):
    raw = participation.profile(seoul.city.projects, seoul.city.ballots)
    with pytest.raises(UsageError, match="adds"):
        participation.weighted(raw, seoul.city.zones, committee=weights[0], survey=weights[1])


def test_channels_by_hand():
    """Two zones: N with 3 voters and 100 people, S with 1 voter and 300 people."""
    projects = pd.DataFrame({"project_id": ["A", "B"], "cost": [1, 1]})
    ballots = pd.DataFrame(
        {
            "voter_id": ["1", "2", "3", "4"],
            "project_id": ["A", "A", "B", "B"],
            "zone_id": ["N", "N", "N", "S"],
        }
    )
    zones = pd.DataFrame({"zone_id": ["N", "S"], "population": [100, 300]})
    table = participation.zone_channels(participation.profile(projects, ballots), zones)
    shares = table.set_index("project_id")
    assert shares.loc["A", "online"] == pytest.approx(50)  # 2 of 4 voters
    assert shares.loc["A", "committee"] == pytest.approx(100 / 3)  # 2/3 of one seat of two
    assert shares.loc["A", "survey"] == pytest.approx(100 / 6)  # 2/3 of a quarter of the people


def test_a_project_speaks_about_its_own_voters(lab):
    setting = start(lab)
    plain = lab.picture(setting, None)
    wish = project(lab, 3)
    picture = lab.picture(setting, wish)
    pid = wish.removeprefix("project ")
    result = lab.model.result(Setting.from_mapping(setting), project_id=pid)
    named = lab.city.ballots
    assert result.voters == (named["project_id"] == pid).sum()
    assert "voters named it" in picture.sentence
    assert not np.array_equal(picture.classes, plain.classes)
    assert "named it" in picture.legends["zones"].title
    assert picture.chart_subtitle.startswith("Voters who named the project")
    # what the rule does is not what the project's voters say, and stays
    assert picture.numbers == plain.numbers
    assert np.array_equal(picture.layers["projects"], plain.layers["projects"])


def test_a_zone_speaks_about_its_own_voters(lab):
    setting = start(lab)
    result = lab.model.result(Setting.from_mapping(setting))
    row = result.zones.loc[result.zones["voters"].idxmax()]
    picture = lab.picture(setting, f"zone {row['zone_id']}")
    assert f"{int(row['voters'])} voters" in picture.sentence
    assert lab._names[row["zone_id"]] in picture.sentence
    assert f"all voters in {lab.city.title}" in picture.chart


def test_an_unknown_selection_is_no_selection(seoul):
    picture = seoul.picture(start(seoul), "project nowhere")
    assert picture.sentence == seoul.picture(start(seoul), None).sentence


def test_every_feature_of_the_map_is_a_choice_and_has_a_look(lab):
    picture = lab.picture(start(lab), None)
    base = lab.draw_map(picture)
    for layer in base.layers:
        mine = [c for c in lab.choices if c.layer == layer.id]
        assert len(mine) == len(layer.shapes) == len(picture.layers[layer.id])
        assert len(picture.layer_tips[layer.id]) == len(mine)
    picture.styles(base.layers)
    assert len({c.id for c in lab.choices}) == len(lab.choices)
    assert len({c.name for c in lab.choices if c.id.startswith("project")}) == 30
    # two projects serve the whole city: no sign, but they can be chosen
    assert sum(c.layer == "list" for c in lab.choices) == 2
    whole = next(c.id for c in lab.choices if c.layer == "list")
    assert "for the whole city" in lab.picture(start(lab), whole).sentence


def test_numbers_on_the_map_keep_clear_of_the_signs(seoul):
    picture = seoul.picture(start(seoul), None)
    assert sum(bool(text) for text in picture.labels) >= 20


# ---- laws ----------------------------------------------------------------------------


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    rule=st.sampled_from(list(RULES)),
    budget=st.integers(10, 100),
    choices=st.integers(1, 5),
    committee=st.integers(0, 90),
)
def test_laws_of_the_lab(rule, budget, choices, committee):
    lab = _KEPT.setdefault("seoul", None) or ParticipationLab(City.open("seoul"))
    _KEPT["seoul"] = lab
    setting = Setting(rule=rule, budget_pct=budget, choices=choices, committee=committee)
    result = lab.model.result(setting)
    for out in result.outcomes.values():
        assert out.spent <= result.budget + 1e-6
    assert all(0 <= share <= 100 for share in result.nothing_pct.values())
    weights = result.zones["voters"]
    mean = (weights * result.zones["nothing_pct"].fillna(0)).sum() / weights.sum()
    assert mean == pytest.approx(result.nothing_pct[rule])
    ages = result.ages
    mean = (ages["voters"] * ages["nothing_pct"]).sum() / ages["voters"].sum()
    assert mean == pytest.approx(result.nothing_pct[rule])
    assert 0 <= result.empty_zones <= result.voting_zones
    everything = lab.model.result(replace(setting, budget_pct=100, choices=5))
    assert everything.nothing_pct["greedy"] == 0  # every project somebody named is funded


_KEPT: dict[str, ParticipationLab | None] = {}


# ---- code, words, page ---------------------------------------------------------------


@pytest.mark.parametrize("rule", RULES)
def test_the_line_of_code_is_the_setting(seoul, rule: str):
    setting = start(seoul) | {"rule": rule, "budget_pct": 22.0, "committee": 30.0, "choices": 2.0}
    picture = seoul.picture(setting, None)
    month = synthesise_proposals(seoul.city)
    names: dict[str, object] = {
        "participation": participation, "city": seoul.city, "month": month,
    }  # fmt: skip
    exec(picture.code, names)
    result = seoul.model.result(Setting.from_mapping(setting))
    out = names["out"]
    assert out.funded["project_id"].tolist() == result.outcome.funded["project_id"].tolist()
    assert names["answers"].answers == result.answers
    assert "\n" not in picture.code


def test_the_line_of_code_without_zones():
    code = code_of(Setting(rule="phragmen"), 1_000, weights=False)
    assert "weighted" not in code and "budget=1_000" in code


@pytest.mark.parametrize(
    ("nothing", "title"),
    [
        ((31, 22, 24), "Equal shares leaves fewest voters with nothing"),
        ((20, 20.2, 20.4), "The three rules leave as many voters with nothing"),
        ((30, 20, 20.3), "Equal shares and Phragmén leave fewest voters with nothing"),
        ((10, 20, 30), "Most votes first leaves fewest voters with nothing"),
        ((float("nan"),) * 3, "There are no voters here"),
        ((0, 0, 0), "No rule leaves a voter with nothing"),
    ],
)
def test_the_chart_says_what_it_shows(nothing, title):
    assert say.chart_title(dict(zip(RULES, nothing, strict=True))) == title


def test_amounts_of_any_currency_stay_short():
    assert say.money(33_970_000_000, "IRR") == "34.0\xa0bn IRR"
    assert say.money(8_644_000, "PHP") == "8.64\xa0m PHP"
    assert say.money(950, "") == "950"
    assert say.money(2.5e13, "IRR") == "25\xa0tn IRR"


def test_a_budget_that_buys_nothing_says_so(seoul):
    result = seoul.model.result(Setting(budget_pct=0.01))
    text = say.sentence(result, names=seoul._names, city="Seoul", unit="KRW")
    assert text == "This budget buys no project in Seoul: everybody gets nothing."
    seoul.picture(start(seoul) | {"budget_pct": 0.01}, None)


def test_a_zone_where_nobody_voted_says_so():
    city = City.open("seoul")
    zone = city.zones["zone_id"].iloc[0]
    lab = ParticipationLab(Given("seoul", ballots=city.ballots[city.ballots["zone_id"] != zone]))
    picture = lab.picture(start(lab), f"zone {zone}")
    assert picture.sentence == f"Nobody in {lab._names[zone]} voted."
    assert picture.classes[0] == 255
    assert any("no voters" in str(row) for row in picture.legends["zones"].rows)
    assert "nan" not in json.dumps(picture.spec()).lower()


def test_ballots_without_zones_and_ages_still_open_the_lab():
    """A real vote may say neither: then nothing is weighed, and the map stays grey."""
    city = City.open("seoul")
    bare = city.ballots[["voter_id", "project_id", "points"]]
    lab = ParticipationLab(Given("seoul", ballots=bare))
    assert "committee" not in {c.key for c in lab.controls}
    picture = lab.picture(start(lab), None)
    assert "No voter has a zone" in picture.sentence
    assert (picture.classes == 255).all()
    assert "weighted" not in picture.code
    assert "By age" not in picture.chart
    json.dumps(picture.spec(), allow_nan=False)
    lab.picture(start(lab), project(lab))
    with pytest.raises(CourseError, match="No voter has a zone"):
        participation.weighted(participation.profile(city.projects, bare), city.zones, committee=45)


def test_projects_without_places_or_names_still_open_the_lab():
    city = City.open("seoul")
    bare = city.projects[["project_id", "cost"]]
    lab = ParticipationLab(Given("seoul", projects=bare))
    picture = lab.picture(start(lab), project(lab))
    assert picture.sentence.startswith("P01 costs")  # nothing says where it is
    base = lab.draw_map(picture)
    assert [layer.id for layer in base.layers] == ["zones", "projects"]
    base.page()


@pytest.mark.parametrize("empty", ["projects", "ballots"])
def test_tables_without_rows_are_a_sentence(empty: str):
    city = City.open("seoul")
    frames = {"projects": city.projects, "ballots": city.ballots}
    frames[empty] = frames[empty].head(0)
    with pytest.raises(CourseError, match="no projects or no ballots"):
        ParticipationModel(**frames, zones=city.zones, month=synthesise_proposals(city))


@pytest.fixture()
def page(seoul, tmp_path, monkeypatch) -> LabPage:
    monkeypatch.chdir(tmp_path)

    def keep(setting, chosen):
        records.append("participation", setting, city="seoul", chosen=chosen)

    return LabPage(seoul, record=keep)


def test_one_question_changes_everything_at_once(page, seoul):
    before = dict(page.frame), page.styles
    setting = page.setting | {"rule": "phragmen", "budget_pct": 15, "forum_at": 300}
    page.asked = {
        "seq": 7, "setting": setting, "chosen": project(seoul), "user": True, "settled": True,
    }  # fmt: skip
    assert page.frame["setting"]["rule"] == "phragmen"
    for key in ("numbers", "chart", "grid", "sentence", "code", "labels", "legends"):
        assert page.frame[key] != before[0][key], key
    assert page.styles != before[1]
    json.dumps(page.frame, allow_nan=False)
    (entry,) = records.read()
    assert entry["lab"] == "participation" and entry["chosen"] == project(seoul)


@pytest.mark.parametrize(
    "asked",
    [{}, {"seq": "x", "setting": 3}, {"setting": {"rule": "dice", "budget_pct": {}}},
     {"seq": None, "chosen": "<script>"}],
)  # fmt: skip
def test_nonsense_from_a_page_shows_the_first_setting(page, asked):
    page.asked = asked | {"mark": 1}
    assert page.setting == {c.key: c.clean(c.start) for c in page._lab.controls}
    assert page.chosen == ""


def test_the_still_page_holds_everything_and_no_script(page):
    html = page.still_html()
    for text in (
        "who gets nothing", "Voting rule", "Most votes first", "Answers a month", "SYNTHETIC: ",
        "What the data do not show", "participation.greedy", "<svg", "<table", "not funded",
    ):  # fmt: skip
        assert text in html
    assert "<script" not in html
    assert "http" not in html.replace("http://www.w3.org", "")
    assert page.still_text().splitlines()[1].startswith("Voters with a funded choice ")


def test_weights_that_leave_no_vote_are_refused():
    projects = pd.DataFrame({"project_id": ["A"], "cost": [1]})
    ballots = pd.DataFrame({"voter_id": ["u"], "project_id": ["A"], "zone_id": ["z"]})
    empty = pd.DataFrame({"zone_id": ["z"], "population": [0]})
    votes = participation.profile(projects, ballots)
    with pytest.raises(CourseError, match="No vote has a weight"):
        participation.weighted(votes, empty, committee=0, survey=100)
    assert participation.weighted(votes, empty, committee=45).count.tolist() == [1000]


def test_the_table_says_what_it_leaves_out():
    assert say.not_shown(17, 30, 17) == "No rule funds the other 13 projects."
    assert say.not_shown(29, 30, 24) == "No rule funds the other 1 project; 24 of 29 are shown."
    assert say.not_shown(30, 30, 30) == "Every project is funded."

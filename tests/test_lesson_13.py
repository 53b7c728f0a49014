"""Lesson 13: the sums, the calendar and the pictures its page shows."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from course import actionplan
from course.actionplan import figures, pilot, timeline
from course.actionplan.page import plan_html
from course.actionplan.sample_plan import sample_data
from course.errors import CourseError, UsageError
from course.questions import load_module
from grading.answer_key.m13_action_plan import _judge_days
from tests.key_cases import BUNDLED, MODULES, bundled
from tests.module_runs import cells

DAY = dt.date(2026, 11, 22)


def test_money_that_is_missing():
    gap = actionplan.budget_gap
    assert gap(capex=100, opex_per_year=20, years=3, sources=[70, 60], contingency_pct=10) == 46
    assert gap(capex=0.1, opex_per_year=0.2, years=1, sources=[0.3]) == 0
    # 650,000 + 3 x 200,000 with 10 % kept back; the sources name 100 % of the cost without it
    assert gap(actionplan.sample(date=DAY)) == 125_000
    with pytest.raises(UsageError):
        gap()


@pytest.mark.parametrize("value", [0, 6, 2.0, True, "3"])
def test_a_step_is_a_whole_number_from_one_to_five(value: Any):
    with pytest.raises(UsageError):
        actionplan.risk_score(value, 3)


def test_progress_goes_from_zero_over_hundred():
    progress = actionplan.progress_pct
    assert progress(baseline=34, target=22, now=34) == 0
    assert progress(baseline=34, target=22, now=19) == 125
    assert progress(baseline=34, target=22, now=37) == -25


@pytest.mark.parametrize(
    ("changes", "missed"),
    [
        ({}, ""), ({"owner": ""}, "S"), ({"text": "The bus office makes buses better"}, "S"),
        ({"indicator": ""}, "M"), ({"target": None}, "MA"), ({"target": 34}, "MA"),
        ({"text": "100 % of riders are happy"}, "A"), ({"text": "Buy 50 sensors"}, "R"),
        ({"date": "soon"}, "T"), ({"date": "2029-06-30"}, "T"), ({"date": "2027-01-04"}, "T"),
    ],
)  # fmt: skip
def test_what_an_objective_lacks(changes: dict, missed: str):
    said = {"text": "Fewer riders wait", "indicator": "share", "baseline": 34, "target": 20,
            "date": "2028-06-30", "owner": "the bus office"} | changes  # fmt: skip
    frame = actionplan.smart(
        said["text"], said["indicator"], said["baseline"], said["target"], said["date"],
        owner=said["owner"], today="2027-01-04",
    )  # fmt: skip
    assert "".join(frame.loc[~frame["met"], "letter"]) == missed
    assert frame.attrs["met"] == 5 - len(missed)
    assert (frame.loc[~frame["met"], "remark"] != "").all()


def test_holidays_of_three_countries_and_of_none():
    for code, day in (("KR", dt.date(2027, 3, 1)), ("IR", dt.date(2027, 2, 11)),
                      ("PH", dt.date(2027, 6, 12))):  # fmt: skip
        assert day in timeline.holidays_of(code, [2027]).days
    for code in ("", None, "ZZ", "nowhere"):
        found = timeline.holidays_of(code, [2027])
        assert not found.known and found.days == {} and "ask at home" in found.sentence


def test_lines_of_the_calendar():
    bars = timeline.bars_of(actionplan.sample(date=DAY), timeline.holidays_of("KR", [2026, 2027]))
    kinds = [b.kind for b in bars]
    assert (kinds.count("activity"), kinds.count("phase"), kinds.count("milestone")) == (5, 2, 4)
    two_lines = next(b for b in bars if b.name == "Two lines")
    # months 4 to 11 of a plan of 22 November: 22 February to 21 October
    assert (two_lines.start, two_lines.end) == (dt.date(2027, 2, 22), dt.date(2027, 10, 21))
    run = next(b for b in bars if b.name == "Run the pilot and count")
    assert run.off_days == sum(
        run.start <= d <= run.end for d in timeline.holidays_of("KR", [2026, 2027]).days
    )
    assert timeline.bars_of({"activities": [{"task": "x", "start": "soon", "end": None}]}) == []


@pytest.mark.parametrize("draw", [figures.gantt_figure, figures.budget_figure,
                                  figures.risk_figure, figures.power_figure])  # fmt: skip
def test_a_figure_of_nothing_is_a_sentence_and_one_of_a_plan_has_words(draw: Any):
    assert draw({}).reading and not draw({}).body
    figure = draw(actionplan.sample(date=DAY))
    assert figure.alt and "<title>" in figure.body and figure.table is not None
    odd = sample_data(date=DAY)
    odd["risks"][0]["p"], odd["stakeholders"][0]["power"] = "5", True
    odd["finance"]["sources"][0]["share_pct"] = None
    odd["activities"][0]["start"] = "0000-00-00"
    draw(odd)


@pytest.mark.parametrize("name", BUNDLED)
@pytest.mark.parametrize("kind", pilot.INDICATORS)
def test_a_pilot_counts_people_and_its_baseline(name: str, kind: str):
    table = pilot.zone_table(bundled(name))
    first = str(table["zone_id"].iloc[0])
    near = pilot.nearest(table, first, 3)
    assert near[0] == first and len(set(near)) == 3
    found = pilot.pilot_of(table, near, kind)
    inside = table[table["zone_id"].isin(near)]
    assert found.people == round(inside["population"].sum())
    everybody = pilot.pilot_of(table, table["zone_id"].tolist(), kind)
    assert everybody.share_pct == pytest.approx(100)
    assert everybody.baseline == pytest.approx(everybody.city)
    if kind == "density":
        assert found.baseline == pytest.approx(
            inside["population"].sum() / inside["area_km2"].sum()
        )
    assert pilot.pilot_of(table, ["no such zone"], kind).zones == ()


def test_no_words_of_a_plan_become_html():
    data = sample_data(date=DAY)
    for row in data["risks"]:
        row["text"] = "<b onclick=x>&\"'</b>"
    page = plan_html(data | {"kept": [{"at": "<i>", "value": "<u>"}], "colour": "<s>"})
    for tag in ("<b onclick", "<u>", "<s>", "<i>"):
        assert tag not in page
    plan_html({"kind": 3, "risks": 5, "team": ["x"], "finance": [], "kept": "x"})


def test_the_pages_of_the_exercises_tell_the_rubric_word_for_word():
    rubric = load_module(MODULES / "13_action_plan").rubric
    told = {
        c["metadata"]["nbgrader"]["grade_id"]: c
        for c in cells("13_action_plan")
        if c["metadata"].get("nbgrader", {}).get("task")
    }
    assert list(told) == [c.id for c in rubric.criteria]
    for criterion in rubric.criteria:
        cell = told[criterion.id]
        text = "".join(cell["source"])
        assert cell["metadata"]["nbgrader"]["points"] == criterion.most
        for points, level in zip(criterion.points, criterion.levels, strict=True):
            assert f"| {points:g} | {level} |" in text
    html = actionplan.preview(rubric, actionplan.sample(date=DAY))
    assert all(c.title in html for c in rubric.criteria)
    fields = set(actionplan.ActionPlan.model_fields)
    assert all(set(c.reads) <= fields for c in rubric.criteria)


@pytest.mark.parametrize(
    ("change", "words"),
    [(("total: 100", "total: 90"), "add up to 100"),
     (("[5, 10, 15, 20]", "[5, 5, 15, 20]"), "rise"),
     (("id: m13_evidence", "id: m13_relevance"), "one id"), (("criteria:", "criteria: ["), "YAML"),
     (("pass: 50", "pass: often"), "pass"), (("- Tasks without owners.\n", ""), "levels")],
)  # fmt: skip
def test_a_rubric_that_breaks_a_rule_is_refused(change: tuple[str, str], words: str, tmp_path):
    text = (MODULES / "13_action_plan" / "rubric.yml").read_text("utf-8")
    assert change[0] in text
    (tmp_path / "rubric.yml").write_text(text.replace(*change, 1), encoding="utf-8")
    with pytest.raises(CourseError, match=words):
        actionplan.load_rubric(tmp_path)


@pytest.mark.parametrize(
    ("days", "met"),
    [
        (("memo signed", "machines bought", "staff trained", "machines open"), "1111"),
        (("report sent", "contract signed", "staff trained", "count published"), "1111"),
        (("machines bought", "memo signed", "staff trained", "machines open"), "1010"),
        (("memo signed", "machines open", "machines bought", "staff trained"), "1100"),
        (("memo signed", "memo signed", "staff trained", "machines open"), "0111"),
        (("staff trained", "memo signed", "machines bought", "report sent"), "1110"),
        ((None, None, None, None), "0000"),
    ],
)
def test_milestones_are_judged_one_by_one(days: tuple, met: str):
    value = dict(zip(("d30", "d90", "d180", "d365"), days, strict=True))
    rows = _judge_days(None, None, value)  # type: ignore[arg-type]
    assert "".join(str(int(m)) for m, _, _ in rows) == met
    for odd in (None, 3, [], {"d30": ["memo signed"]}):
        assert not any(m for m, _, _ in _judge_days(None, None, odd))  # type: ignore[arg-type]

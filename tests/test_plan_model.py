"""The plan's model: every rule of the table, in plain words, on strict plans and on drafts."""

from __future__ import annotations

import copy
import datetime as dt
import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from course import actionplan
from course.actionplan import faults, model, rules
from course.actionplan.outline import sections
from course.actionplan.reading import KEPT, MAX_BYTES, PlanFault, draft_from, parse
from course.actionplan.sample_plan import sample_data
from course.errors import CourseError

DAY = dt.date(2026, 11, 22)
ALL = [f"{n:02d}" for n in range(13)]
# pydantic's own words, which nobody may be shown
RAW = ("Input should", "Field required", "validation error", "type=", "Extra inputs", "Value error")


def plan(**changes: Any) -> dict[str, Any]:
    """Return the sample, with values put at dotted places."""
    data = copy.deepcopy(sample_data(date=DAY))
    for path, value in changes.items():
        *way, last = path.split("__")
        place: Any = data
        for step in way:
            place = place[int(step) if step.isdigit() else step]
        place[int(last) if last.isdigit() else last] = value
    return data


def note(**changes: Any) -> dict[str, Any]:
    made = actionplan.sample_note(date=DAY).model_dump(mode="json")
    return made | changes


def said(data: Any, modules: Any = ()) -> dict[str, str]:
    """Return field -> sentence and remedy of every problem."""
    return {p.field: str(p) for p in actionplan.problems(data, modules=modules)}


def test_the_sample_is_whole_for_every_programme():
    assert said(plan(), ALL) == {}
    assert said(note()) == {}


# field, what is put there, the field that is named, words of sentence or remedy
RULES = [
    ("title", "Too short", "title", "at least 10"),
    ("title", "x" * 81, "title", "at most 80"),
    ("team", [], "team", "empty"),
    ("team__0__signs", False, "team", "Nobody signs"),
    ("team__1__signs", True, "team", "2 people sign"),
    ("team__1__part", "", "team[1].part", "no named part"),
    ("data_readiness", [], "data_readiness", "three tables"),
    ("data_readiness__0__fix_by", "2026-11-22", "data_readiness[0].fix_by", "not after the plan"),
    ("data_readiness__0__owner", "", "data_readiness[0].owner", "Who? Name the owner of table 1."),
    ("data_readiness__0__origin", "guessed", "data_readiness[0].origin", "none of the choices"),
    ("policy_context__maturity", 6, "policy_context.maturity", "from 1 to 5"),
    ("policy_context__maturity", 2.5, "policy_context.maturity", "no whole number"),
    ("problem__text", "x" * 401, "problem.text", "at most 400"),
    ("problem__value", "many", "problem.value", "not a number"),
    ("problem__value", True, "problem.value", "not a number"),
    ("problem__source", " ", "problem.source", "Who says so?"),
    ("problem__year", 2027, "problem.year", "after the plan"),
    ("root_causes", ["one"], "root_causes", "2 are needed"),
    ("root_causes", [str(n) for n in range(6)], "root_causes", "at most 5"),
    ("objective__target", 0.0, "objective", "equals its baseline"),
    ("objective__date", "2028-11-23", "objective.date", "more than 24 months"),
    ("objective__date", "2026-11-22", "objective.date", "not after the plan"),
    ("objective__date", "day 90", "objective.date", "year, month, day"),
    ("objective__date", "2027-02-30", "objective.date", "no day of the calendar"),
    ("objective__source", "", "objective.source", "Who measures?"),
    ("citizens__reply_days", 61, "citizens.reply_days", "1 to 60"),
    ("citizens__reply_days", 0, "citizens.reply_days", "1 to 60"),
    ("citizens__offline_share_pct", 0, "citizens.offline_share_pct", "above 0"),
    ("phases__0__needs", ["Two lines"], "phases", "wait for one another"),
    ("phases__1__needs", ["Nothing known"], "phases[1].needs", "no phase of the plan"),
    ("phases__1__start", 3, "phases[1].start", "before 'Shared card number' is done"),
    ("phases__0__stop_rule", "when it fails", "phases[0]", "no number"),
    ("phases__1__project", "Shared card number", "phases[1].project", "Two phases"),
    ("finance__capex", -1, "finance.capex", "0 or more"),
    ("finance__sources__0__share_pct", 59.8, "finance", "Money is missing"),
    ("finance__sources__0__share_pct", 60.2, "finance", "counted twice"),
    ("finance__sources__0__item", "capex", "finance", "Running cost is not covered"),
    ("finance__sources", [], "finance.sources", "empty"),
    ("finance__years", 0, "finance.years", "1 to 30"),
    ("data_sharing__0__k", 4, "data_sharing[0]", "under 5"),
    ("data_sharing__0__k", None, "data_sharing[0]", "under 5"),
    ("pilot_service__coverage_pct", 101, "pilot_service.coverage_pct", "0 to 100"),
    ("security", [], "security", "two things"),
    ("technology__baseline", None, "technology.baseline", "as a number"),
    ("operations_kpi__0__unit", "", "operations_kpi[0].unit", "unit of indicator 1"),
    ("equity__group", "", "equity.group", "Which group?"),
    ("integration__systems", ["one"], "integration.systems", "2 are needed"),
    ("seoul_practice__what_must_differ", "x" * 39, "seoul_practice.what_must_differ", "40"),
    ("stakeholders", [], "stakeholders", "empty"),
    ("stakeholders__0__power", 0, "stakeholders[0].power", "1 to 5"),
    ("activities__0__end", "2026-11-01", "activities[0]", "ends before it starts"),
    ("activities__0__cost", 1e9, "activities", "the budget holds"),
    ("activities__0__owner", None, "activities[0].owner", "Who? Name the owner of activity 1."),
    ("risks__0__answer", "", "risks[0]", "Chance x harm is 16"),
    ("risks__0__p", 6, "risks[0].p", "1 to 5"),
    ("legal_privacy", "x" * 39, "legal_privacy", "at least 40"),
    ("legal_privacy", "x" * 601, "legal_privacy", "at most 600"),
    ("milestones__d90", "", "milestones.d90", "day 90"),
    ("help_wanted__0__money", True, "help_wanted", "All help that is asked for is money"),
    ("colour", "blue", "colour", "no field of the plan"),
    ("date", "22.11.2026", "date", "2026-11-30"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "field", "words"), RULES)
def test_each_rule_names_the_field_and_the_remedy(path: str, value: Any, field: str, words: str):
    found = actionplan.problems(plan(**{path: value}))
    here = [p for p in found if p.field == field]
    assert here, found
    assert any(words in str(p) for p in here), here
    assert all(p.remedy for p in found)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("finance__sources__0__share_pct", 59.9), ("finance__sources__0__share_pct", 60.1),
        ("objective__date", "2028-11-22"), ("citizens__reply_days", 60),
        ("data_sharing__0__k", 5), ("risks__2__p", 3), ("policy_context__maturity", 5.0),
        ("problem__year", 2026), ("phases__1__start", 4),
    ],
)  # fmt: skip
def test_the_edge_of_a_rule_is_inside(path: str, value: Any):
    assert said(plan(**{path: value}), ALL) == {}


def test_a_table_without_persons_needs_no_group():
    assert said(plan(data_sharing__0__persons=False, data_sharing__0__k=None)) == {}


def test_the_answer_of_a_risk_is_asked_from_twelve_on():
    assert said(plan(risks__2__p=3, risks__2__i=3)) == {}
    assert "risks[2]" in said(plan(risks__2__p=3, risks__2__i=4))


@pytest.mark.parametrize("field", [f for f, (_, always) in model.FED_BY.items() if not always])
def test_a_field_is_asked_where_the_programme_holds_its_module(field: str):
    number = model.FED_BY[field][0]
    data = plan(**{field: None})
    assert said(data) == {}
    assert list(said(data, [f"{number}_some_name"])) == [field]


@pytest.mark.parametrize("field", [f for f, (_, always) in model.FED_BY.items() if always])
def test_a_field_of_every_programme_is_always_asked(field: str):
    assert field in said(plan(**{field: None}))


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"offers": []}, "offers", "empty"),
        ({"partner": ""}, "partner", "With whom?"),
        ({"contact": {"name": "", "office": "x", "reach": "x"}}, "contact.name", "Who?"),
        ({"first_step": None}, "first_step", "first joint step"),
        ({"risks": []}, "risks", "no field of the plan"),
        ({"integration": None}, "integration", "systems"),
    ],
)
def test_rules_of_the_cooperation_note(changes: dict, field: str, words: str):
    assert words in said(note(**changes))[field]


def test_one_side_alone_is_no_cooperation():
    data = note()
    data["offers"][1]["who"] = data["offers"][0]["who"].upper()
    assert "Only one side" in said(data)["offers"]


def test_several_faults_are_told_together_in_the_order_of_the_form():
    found = actionplan.problems(plan(title="x", risks__0__answer="", help_wanted__0__money=True,
                                     objective__target=0.0))  # fmt: skip
    assert [p.field for p in found] == ["title", "objective", "risks[0]", "help_wanted"]


# ---- laws ----------------------------------------------------------------------------


def paths_of(value: Any, way: tuple = ()) -> list[tuple]:
    """Return the way to everything in a plan."""
    found = [way] if way else []
    if isinstance(value, (dict, list)):
        steps = value.items() if isinstance(value, dict) else enumerate(value)
        for step, inner in steps:
            found += paths_of(inner, (*way, step))
    return found


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=12,
)
PATHS = paths_of(sample_data(date=DAY))


@settings(max_examples=250, deadline=None)
@given(path=st.sampled_from(PATHS), value=JSON)
def test_anything_anywhere_is_told_in_plain_words_or_is_fine(path: tuple, value: Any):
    data = copy.deepcopy(sample_data(date=DAY))
    place: Any = data
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    found = actionplan.problems(data)
    for problem in found:
        assert problem.sentence and problem.remedy, problem
        assert not any(raw in str(problem) for raw in RAW), problem
        assert problem.field.split(".")[0].split("[")[0] in {*data, ""}
    if not found:
        actionplan.ActionPlan.model_validate(data)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(value=JSON)
def test_any_json_is_a_draft_that_loses_nothing(value: Any):
    draft = draft_from(value)
    assert all(p.sentence and p.remedy for p in actionplan.problems(draft))
    # the draft's own model takes every draft
    actionplan.draft_model(model.KINDS[draft.kind]).model_validate(draft.data)
    again = draft_from(draft.data)
    assert again.data == draft.data or value != value or "nan" in repr(value)
    if isinstance(value, dict):
        stands = json.dumps(draft.data, default=str)
        for name, inner in value.items():
            if inner not in (None, "", [], {}) and name not in (KEPT, "kind", "from_answer"):
                assert json.dumps(inner, default=str) in stands, name


@settings(max_examples=200, deadline=None)
@given(
    raw=st.binary(max_size=300) | st.text(max_size=200).map(lambda t: t.encode("utf-8", "replace"))
)
def test_any_bytes_are_read_or_refused_with_a_remedy(raw: bytes):
    parsed = parse(raw)
    if parsed.problem is not None:
        assert parsed.problem.sentence and parsed.problem.remedy


def needs_of(edges: list[tuple[int, int]], size: int) -> dict[str, list[str]]:
    made: dict[str, list[str]] = {str(n): [] for n in range(size)}
    for a, b in edges:
        made[str(a)].append(str(b))
    return made


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=14))
def test_a_circle_is_found_exactly_where_there_is_one(edges: list[tuple[int, int]]):
    import graphlib

    needs = needs_of(edges, 7)
    found = rules.circle(needs)
    try:
        list(graphlib.TopologicalSorter(needs).static_order())
        assert found == []
    except graphlib.CycleError:
        assert found[0] == found[-1] and len(found) > 1
        assert all(b in needs[a] for a, b in itertools.pairwise(found))


# ---- files ---------------------------------------------------------------------------


def write(folder: Path, raw: bytes) -> Path:
    path = folder / "plan.json"
    path.write_bytes(raw)
    return path


def test_a_plan_goes_through_a_file_and_comes_back(tmp_path: Path):
    made = actionplan.ActionPlan.model_validate(plan())
    write(tmp_path, made.model_dump_json().encode())
    assert actionplan.read_plan(tmp_path, modules=ALL) == made
    assert actionplan.read_plan(tmp_path / "plan.json") == made


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-8"])
def test_what_an_editor_adds_does_no_harm(encoding: str, tmp_path: Path):
    data = plan(title="طرح یک بلیت برای دو سفر", city="일로일로")
    write(tmp_path, json.dumps(data, ensure_ascii=False).encode(encoding))
    assert actionplan.read_plan(tmp_path).city == "일로일로"


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "line 1"),
        (b'{"title": ', "not readable at line 1"),
        (b"\xff\xd8\xff\xe0", "not text in UTF-8"),
        (b'{"finance": {"capex": NaN}}', "NaN"),
        (b'{"finance": {"capex": 1e999}}', "NaN, Infinity"),
        (b'{"problem": {"value": ' + b"9" * 5000 + b"}}", "too long"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 60 + b"1" + b"}" * 60, "nested too deeply"),
        (b" " * (MAX_BYTES + 1), "larger than 1 MB"),
        (b"[]", "not a set of fields"),
        (b"12", "not a set of fields"),
        (b'{"title": "One plan for all", "title": "Another plan here"}', "stands twice"),
        (b'{"kind": "novel"}', "none of the choices"),
    ],
)
def test_a_file_that_is_no_plan_is_refused_in_one_sentence(raw: bytes, words: str, tmp_path: Path):
    with pytest.raises(PlanFault) as caught:
        actionplan.read_plan(write(tmp_path, raw))
    assert words in str(caught.value) and caught.value.remedy
    assert caught.value.what.startswith("plan.json")
    assert all(p.remedy for p in caught.value.problems)


def test_a_missing_file_says_what_writes_it(tmp_path: Path):
    with pytest.raises(CourseError, match="not there"):
        actionplan.read_plan(tmp_path)
    assert actionplan.read_draft(tmp_path).kind == "action_plan"
    assert actionplan.read_draft(tmp_path, kind="cooperation_note").kind == "cooperation_note"


def test_a_draft_keeps_what_it_does_not_know_and_a_hand_in_is_not_stopped_by_it(tmp_path: Path):
    data = plan(colour={"deep": [1, 2]})
    data["finance"]["tip"] = "a lot"
    data["risks"].append("a risk as text")
    raw = json.dumps(data).encode()[:-1] + b', "title": "One ticket for three rides"}'
    draft = actionplan.read_draft(write(tmp_path, raw))
    assert {(k["at"], str(k["value"])) for k in draft.kept} == {
        ("colour", "{'deep': [1, 2]}"), ("finance.tip", "a lot"), ("risks[3]", "a risk as text"),
        ("title", "One ticket for two rides (invented example)"),
    }  # fmt: skip
    assert len(draft.notes) == 4 and draft.data["title"] == "One ticket for three rides"
    write(tmp_path, json.dumps(draft.data).encode())
    assert actionplan.read_draft(tmp_path).data == draft.data
    assert actionplan.read_plan(tmp_path).title == "One ticket for three rides"


def test_signs_that_no_document_can_hold_are_refused():
    for sign in ("\x00", "\x0b", "\ud800", "\ufffe"):
        assert "cannot be printed" in said(plan(title=f"One ticket{sign} for two"))["title"]
    assert said(plan(title="One ticket\u200c برای two")) == {}  # joins Persian letters


# ---- one definition ------------------------------------------------------------------


@pytest.mark.parametrize("kind", model.KINDS)
def test_form_and_document_show_every_field_once(kind: str):
    shown = [f for section in sections(kind) for f in section.fields]
    assert len(shown) == len(set(shown))
    assert set(shown) == set(model.KINDS[kind].model_fields) - {"kind", "schema_version"}


@pytest.mark.parametrize("kind", model.KINDS)
def test_every_field_has_words(kind: str):
    def walk(part: Any) -> None:
        for name, field in part.model_fields.items():
            assert field.title and field.description, (part, name)
            assert (field.json_schema_extra or {}).get("remedy"), (part, name)
            assert "!" not in f"{field.title}{field.description}"
            inner = faults.row_type(field.annotation) or faults.bare(field.annotation)
            if faults.is_part(inner):
                walk(inner)

    walk(model.KINDS[kind])


@pytest.mark.parametrize("kind", model.KINDS)
def test_the_json_schema_takes_the_sample_and_the_draft_takes_anything(kind: str):
    data = plan() if kind == "action_plan" else note()
    strict = actionplan.json_schema(kind)
    Draft202012Validator.check_schema(strict)
    checker = Draft202012Validator(strict)
    assert not list(checker.iter_errors(data))
    assert list(checker.iter_errors(data | {"title": "x"}))
    relaxed = actionplan.json_schema(kind, draft=True)
    Draft202012Validator.check_schema(relaxed)
    assert not list(Draft202012Validator(relaxed).iter_errors({"title": 3, "date": "soon"}))
    names = {n for n in strict["properties"]}
    assert names == set(relaxed["properties"])


def test_months_end_where_the_calendar_does():
    assert rules.months_after(dt.date(2024, 2, 29), 12) == dt.date(2025, 2, 28)
    assert rules.months_after(dt.date(2026, 11, 22), 24) == dt.date(2028, 11, 22)

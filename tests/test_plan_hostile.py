"""Hostile and careless plans, markers and forms: told in words, and nothing is lost."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from course import actionplan
from course.actionplan.reading import KEPT, draft_from
from course.actionplan.sample_plan import sample_data, sample_note
from course.actionplan.storing import PlanFile
from course.errors import CourseError, UsageError
from grading import cohort
from grading.plans import day as plan_day
from grading.plans import marks as plan_marks
from grading.plans import peer as plan_peer
from grading.plans.files import MODULE, plan_of, read_handed_in
from grading.plans.groups import Group, find_group, groups
from grading.plans.page import marker_page
from tests.key_cases import bundled
from tests.test_plan_form import button, folder, labelled, on_disk  # noqa: F401
from tests.test_plan_marks import HEAD, RUBRIC, begun, form, give, state  # noqa: F401

LEVELS = {"relevance": 15, "evidence": 15, "feasibility": 10, "financing": 8, "equity": 11,
          "followup": 8}  # fmt: skip


def altered(**change: Any) -> dict[str, Any]:
    return {**copy.deepcopy(sample_data(bundled("iloilo"))), **change}


def money(**change: Any) -> dict[str, Any]:
    return {**altered()["finance"], **change}


def task(**change: Any) -> list[dict[str, Any]]:
    return [{"task": "a", "owner": "b", "start": "2027-01-01", "end": "2027-02-01", "cost": 0}
            | change]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"date": "9999-12-30"}, "date"),
        ({"date": "0001-01-01"}, "date"),
        ({"activities": task(end="9999-12-31")}, "activities[0].end"),
        ({"activities": task(start="0001-01-01")}, "activities[0].start"),
        ({"finance": money(years=10**300, capex=1e308)}, "finance.years"),
        ({"finance": money(years=10**400)}, "finance.years"),
        ({"title": "\ud800 a lone half of a sign"}, "title"),
        ({"title": "\x1b[2J a title for the terminal"}, "title"),
    ],
)
def test_a_plan_no_calendar_and_no_sum_can_hold_is_shown_and_told(change, field, tmp_path: Path):
    data = altered(**change)
    if change.get("date") == "9999-12-30":
        data["objective"]["date"] = "9999-12-31"
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    found = read_handed_in(path, "t-01")
    assert field in [p.field for p in found.problems]
    page = marker_page(found, RUBRIC, Group("team:x", ("t-01",)))
    (found.title + page + " ".join(map(str, found.problems))).encode("utf-8")
    assert "\x1b" not in found.title + page


def test_sixty_thousand_unknown_names_take_a_moment_and_are_all_kept():
    rows = {f"k{number}": 1 for number in range(60_000)}
    draft = draft_from({**altered(), **rows})
    assert len(draft.data[KEPT]) == 60_000
    assert draft_from(draft.data).data[KEPT] == draft.data[KEPT]


@pytest.mark.parametrize("blank", ["\u200c", "\u200d", "\u00a0", "\u202f", "\u3000"])
def test_joiners_and_blanks_of_any_script_are_shown_as_they_are(blank: str):
    title = f"یک بلیت می{blank}خواهیم"
    assert title in actionplan.plan_html(altered(title=title))
    assert "\u202e" not in actionplan.plan_html(altered(title="\u202eeltit a si siht"))


# ---- the team ------------------------------------------------------------------------


def test_the_file_of_a_colleague_is_not_overwritten_by_a_part_of_that_name(folder: Path):  # noqa: F811
    theirs = altered(title="What Ana wrote at home")
    (folder / "plan.ana.json").write_text(json.dumps(theirs), encoding="utf-8")
    file = PlanFile(folder)
    file.save(file.draft.data | {"title": "What Ben wrote at work"})
    assert "plan.ana.older-1.json" in actionplan.export_part("ana", folder=folder)
    older = json.loads((folder / "plan.ana.older-1.json").read_text("utf-8"))
    assert older["title"] == "What Ana wrote at home"
    assert "older" not in actionplan.export_part("ana", folder=folder)
    assert [p.name for p in folder.glob("plan.ana*older*")] == ["plan.ana.older-1.json"]


def test_words_of_another_tab_are_seen_before_they_are_changed(folder: Path):  # noqa: F811
    mine, other = actionplan.form(folder=folder), PlanFile(folder)
    other.save(other.draft.data | {"title": "Words of the other tab"})
    labelled(mine, "City").value = "Iloilo City"
    assert labelled(mine, "Title").value == "Words of the other tab"


def test_a_row_that_another_tab_took_out_takes_no_other_row_along(folder: Path):  # noqa: F811
    file = PlanFile(folder)
    rows = [{"name": n, "post": "x", "unit": "y", "part": n, "signs": n == "Ana"}
            for n in ("Ana", "Ben")]  # fmt: skip
    file.save(file.draft.data | {"team": rows})
    mine, other = actionplan.form(folder=folder), PlanFile(folder)
    other.save(other.draft.data | {"team": rows[1:]})
    labelled(mine, "City").value = "Iloilo City"
    labelled(mine, "Post").value = "clerk"
    assert [(r["name"], r["post"]) for r in on_disk(folder)["team"]] == [("Ben", "clerk")]


def test_a_note_is_not_told_that_it_needs_less_than_it_needs(folder: Path):  # noqa: F811
    data = draft_from(sample_note().model_dump(mode="json")).data
    (folder / "plan.json").write_text(json.dumps(data), encoding="utf-8")
    made = actionplan.form(folder=folder)
    button(made, "3 Together").click()
    assert "does not ask" not in " ".join(str(getattr(w, "value", "")) for w in made._body.children)


# ---- who marks -----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["T-02", "Test Two", "test  THREE", "Ｔｅｓｔ Two"])
def test_nobody_marks_their_own_plan_under_any_spelling(name: str, state):  # noqa: F811
    with pytest.raises(UsageError, match="own plan"):
        plan_marks.mark(state, find_group(state, "iloilo"), name, LEVELS)


def test_one_marker_in_two_spellings_is_one_marker(state):  # noqa: F811
    group = find_group(state, "iloilo")
    for name in ("First Reader", "first reader", "FIRST  READER"):
        plan_marks.mark(state, group, name, LEVELS)
    assert plan_marks.agreed(state, group).points is None
    assert [m.marker for m in plan_marks.marks_of(state, group)] == ["First Reader"]


def test_a_name_that_is_a_team_and_a_participant_is_asked_for(state, tmp_path: Path):  # noqa: F811
    more = tmp_path / "more.csv"
    more.write_text("student_id,name,email,city,team\nt-04,Test Four,,Busan,t-02\n", "utf-8")
    cohort.add(state, more)
    with pytest.raises(UsageError, match="of another one"):
        find_group(state, "t-02")
    assert find_group(state, "team:t-02").members == ("t-04",)
    assert find_group(state, "iloilo").members == ("t-02", "t-03")


def test_a_note_in_place_of_a_plan_is_not_valid(state, tmp_path: Path):  # noqa: F811
    note = sample_note().model_dump(mode="json")
    give(state, "t-02", note)
    assert plan_of(state, "t-02").valid  # no programme is known: both kinds are right
    path = state.folder("submitted", "t-02", MODULE) / "plan.json"
    found = read_handed_in(path, "t-02", kind="action_plan")
    assert [p.field for p in found.problems] == ["kind"]
    assert read_handed_in(path, "t-02", kind="cooperation_note").valid


# ---- the day -------------------------------------------------------------------------


def test_a_break_that_runs_backwards_is_refused(state):  # noqa: F811
    for wrong in ({"break_after": -1}, {"break_after": 1, "break_min": -30}):
        with pytest.raises(UsageError, match="not possible"):
            plan_day.order(state, groups(state), RUBRIC, start="09:00", **wrong)


def test_a_page_that_cannot_be_written_is_told(tmp_path: Path):
    with pytest.raises(CourseError, match="cannot be written"):
        plan_day.write_text(tmp_path, "x")
    assert not list(tmp_path.parent.glob(f".{tmp_path.name}.*"))


def test_a_form_with_a_wrong_row_counts_nothing_until_it_is_mended(state, tmp_path: Path):  # noqa: F811
    known, file = [g.id for g in groups(state)], tmp_path / "one.csv"
    rows = [f"{known[0]},x,5,5,5,5,fine", f"{known[1]},x,9,5,5,5,fine"]
    file.write_text(HEAD + "\n".join(rows) + "\n", "utf-8")
    done = plan_peer.collect(state, [file], known)
    assert done.added == 0 and "Nothing of one.csv" in done.problems[-1]
    file.write_text(file.read_text("utf-8").replace(",9,", ",4,"), "utf-8")
    assert plan_peer.collect(state, [file], known).added == 2
    assert [r["reviews"] for r in plan_peer.summary(state)] == [1, 1]


def test_forms_as_machines_write_them(state, tmp_path: Path):  # noqa: F811
    known, file = [g.id for g in groups(state)], tmp_path / "one.csv"
    blanks = HEAD.replace(",", " , ")
    file.write_text(blanks + f"{known[0]},x,5.0,۴,３,2,\x1b[31mred\n", "utf-8")
    done = plan_peer.collect(state, [file], known)
    assert (done.added, done.problems) == (1, [])
    file.write_text(HEAD + f'{known[0]},x,1,1,1,1,"{"a" * 200_000}"\n', "utf-8")
    assert "cannot be read" in plan_peer.collect(state, [file], known).problems[0]
    file.write_bytes(b"PK\x03\x04\xff\xfe\x00")
    assert "no CSV" in plan_peer.collect(state, [file], known).problems[0]


def test_the_reviewers_words_steer_no_terminal(state, tmp_path: Path):  # noqa: F811
    known = [g.id for g in groups(state)]
    for number in (1, 2):
        file = tmp_path / f"{number}.csv"
        file.write_text(HEAD + f"{known[0]},x,5,5,5,5,\x1b[31mred {number}\n", "utf-8")
        plan_peer.collect(state, [file], known)
    said = " ".join(plan_peer.summary(state)[0]["said"])
    assert "red 1" in said and "\x1b" not in said

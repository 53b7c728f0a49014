"""The plan's file, its form and its team: nothing typed is lost, nothing overwritten unseen."""

from __future__ import annotations

import copy
import json
import os
import threading
from pathlib import Path
from typing import Any

import ipywidgets as widgets
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course import actionplan, whole_files
from course.actionplan import feeding, storing
from course.actionplan.form_fields import number_of
from course.actionplan.merging import is_empty, join, same
from course.actionplan.reading import draft_from, empty_draft
from course.actionplan.sample_plan import sample_data
from course.actionplan.storing import JOINED, SAVED, WAITING, PlanFile
from course.errors import CourseError, UsageError
from tests.key_cases import bundled


@pytest.fixture()
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a trainee's folder of module 13 in a workspace of its own."""
    monkeypatch.setenv("COURSE_WORKSPACE", str(tmp_path))
    monkeypatch.setenv("COURSE_TRAINEE", "Test Trainee")
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    made = tmp_path / "modules" / "13_action_plan"
    made.mkdir(parents=True)
    return made


def on_disk(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "plan.json").read_text(encoding="utf-8"))


# ---- joining -------------------------------------------------------------------------

TEXTS = st.sampled_from(["", "a", "b", "c"])
ROWS = st.lists(st.fixed_dictionaries({"task": TEXTS, "owner": TEXTS}), max_size=4)
PLANS = st.fixed_dictionaries({
    "title": TEXTS, "problem": st.fixed_dictionaries({"text": TEXTS, "unit": TEXTS}),
    "activities": ROWS, "root_causes": st.lists(TEXTS, max_size=3),
})  # fmt: skip


def texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [t for v in value.values() for t in texts(v)]
    if isinstance(value, list):
        return [t for v in value for t in texts(v)]
    return [value] if isinstance(value, str) and value else []


@settings(max_examples=200, deadline=None)
@given(base=PLANS, mine=PLANS)
def test_who_changed_alone_wins(base: dict, mine: dict):
    assert same(strip(join(base, mine, base).data), mine)
    assert same(strip(join(base, base, mine).data), mine)
    assert same(strip(join(base, mine, mine).data), mine)
    assert not join(base, mine, base).conflicts


def strip(data: dict) -> dict:
    return {k: v for k, v in data.items() if k not in ("kept", "from_answer")}


@settings(max_examples=300, deadline=None)
@given(base=PLANS, mine=PLANS, theirs=PLANS, prefer=st.sampled_from(["mine", "theirs"]))
def test_no_word_of_either_version_is_lost(base: dict, mine: dict, theirs: dict, prefer: str):
    made = join(base, mine, theirs, prefer=prefer)
    left = set(texts(made.data))
    # what both kept, or one wrote anew, is still there; only what somebody took out may go
    new = (set(texts(mine)) | set(texts(theirs))) - set(texts(base))
    assert new <= left
    for conflict in made.conflicts:
        lost = conflict.theirs if prefer == "mine" else conflict.mine
        if not is_empty(lost):
            assert lost in [k["value"] for k in made.data["kept"]]


def test_rows_of_two_members_stand_together_and_differences_are_told():
    mine = {"risks": [{"text": "Rain", "p": 2}, {"text": "Strike", "p": 3}], "city": "Iloilo"}
    theirs = {"risks": [{"text": "rain ", "p": 4}, {"text": "Law", "p": 1}], "city": "Iloilo City"}
    made = join({}, mine, theirs, other="plan.ben.json")
    assert [r["text"] for r in made.data["risks"]] == ["Rain", "Strike", "Law"]
    assert {c.field for c in made.conflicts} == {"risks[0].text", "risks[0].p", "city"}
    assert {"at": "city", "value": "Iloilo City", "from": "plan.ben.json"} in made.data["kept"]


def test_a_row_taken_out_by_one_goes_and_one_changed_by_the_other_stays():
    base = {"risks": [{"text": "Rain", "p": 2}, {"text": "Law", "p": 1}]}
    gone = {"risks": [{"text": "Law", "p": 1}]}
    assert join(base, base, gone).data["risks"] == gone["risks"]
    changed = {"risks": [{"text": "Rain", "p": 5}, {"text": "Law", "p": 1}]}
    assert {"text": "Rain", "p": 5} in join(base, changed, gone).data["risks"]


# ---- the file ------------------------------------------------------------------------


def test_two_tabs_that_change_other_fields_are_joined(folder: Path):
    first, second = PlanFile(folder), PlanFile(folder)
    assert first.save(first.draft.data | {"title": "One ticket for two"}).state == SAVED
    outcome = second.save(second.draft.data | {"city": "Iloilo"})
    assert outcome.state == JOINED
    assert (on_disk(folder)["title"], on_disk(folder)["city"]) == ("One ticket for two", "Iloilo")


def test_two_tabs_that_change_the_same_field_overwrite_nothing(folder: Path):
    first, second = PlanFile(folder), PlanFile(folder)
    first.save(first.draft.data | {"title": "One ticket for two"})
    mine = second.draft.data | {"title": "A night bus for all"}
    outcome = second.save(mine)
    assert outcome.state == WAITING and outcome.conflicts[0].field == "title"
    assert on_disk(folder)["title"] == "One ticket for two"
    kept = json.loads((folder / "plan.mine-1.json").read_text("utf-8"))
    assert kept["title"] == "A night bus for all" and "plan.mine-1.json" in outcome.sentence
    # more typing goes on beside, until a person chooses
    second.save(mine | {"city": "Iloilo"})
    assert json.loads((folder / "plan.mine-1.json").read_text("utf-8"))["city"] == "Iloilo"
    done = second.choose(mine | {"city": "Iloilo"}, "theirs")
    assert done.data["title"] == "One ticket for two" and done.data["city"] == "Iloilo"
    assert done.data["kept"][0]["value"] == "A night bus for all"
    assert second.save(done.data | {"city": "Iloilo City"}).state == SAVED


def test_a_damaged_file_is_kept_under_another_name(folder: Path):
    (folder / "plan.json").write_text('{"title": "half', encoding="utf-8")
    file = PlanFile(folder)
    assert "plan.broken-1.json" in file.said
    assert file.save(file.draft.data).state == SAVED
    assert (folder / "plan.broken-1.json").read_text("utf-8") == '{"title": "half'
    (folder / "plan.json").write_bytes(b"\xff\xfe\xff")  # damaged while the tab is open
    assert "plan.broken-2.json" in file.save(file.draft.data).sentence


def test_a_folder_that_cannot_be_written_says_so(folder: Path, monkeypatch: pytest.MonkeyPatch):
    file = PlanFile(folder)

    def refused(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(whole_files.os, "replace", refused)
    outcome = file.save(file.draft.data)
    assert outcome.state == "failed" and "No space left" in outcome.sentence
    assert not list(folder.glob(".*tmp"))


def test_many_writers_leave_a_whole_file(folder: Path):
    """Eight tabs write at once; the file is JSON at every moment, and no change is lost."""

    def write(number: int) -> None:
        file = PlanFile(folder)
        for _ in range(5):
            data = copy.deepcopy(file.draft.data)
            data["root_causes"] = [*(data["root_causes"] or []), f"cause {number}"]
            outcome = file.save(data)
            assert outcome.state in (SAVED, JOINED, WAITING)
            file.load()

    threads = [threading.Thread(target=write, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {f"cause {n}" for n in range(8)} <= set(on_disk(folder)["root_causes"])


# ---- the form ------------------------------------------------------------------------


def all_widgets(root: widgets.Widget) -> list[widgets.Widget]:
    found = [root]
    for child in getattr(root, "children", ()):
        found += all_widgets(child)
    return found


def labelled(form: Any, label: str) -> Any:
    return next(w for w in all_widgets(form) if getattr(w, "description", "") == label)


def button(form: Any, words: str) -> Any:
    return next(
        w for w in all_widgets(form)
        if isinstance(w, widgets.Button) and w.description.startswith(words)
    )  # fmt: skip


def test_every_key_is_on_the_disk_and_a_new_kernel_finds_it(folder: Path):
    form = actionplan.form(bundled("iloilo"), folder=folder)
    for text in ("O", "On", "One ticket for two rides"):
        labelled(form, "Title").value = text
        assert on_disk(folder)["title"] == text
    again = actionplan.form(bundled("iloilo"), folder=folder)
    assert labelled(again, "Title").value == "One ticket for two rides"
    assert again.data["city"] == "Iloilo City" and again.data["team"][0]["signs"] is True


def test_the_whole_sample_can_be_typed_section_by_section(folder: Path):
    """Every field has an input: what is typed is a plan that may be handed in."""
    form = actionplan.form(folder=folder)
    wanted = sample_data(bundled("iloilo"))

    def type_in(value: Any, way: tuple) -> None:
        if isinstance(value, dict) and way[-1] != "policy":
            for name, inner in value.items():
                type_in(inner, (*way, name))
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for number, row in enumerate(value):
                if len(form.value_at(way) or []) <= number:
                    form.change(way, [*(form.value_at(way) or []), {}])
                type_in(row, (*way, number))
        else:
            form.change(way, value)

    for number, section in enumerate(form.sections):
        form.show_section(number)
        for name in section.fields:
            type_in(wanted[name], (name,))
    assert form.found == []
    assert actionplan.read_plan(folder, modules=[f"{n:02d}" for n in range(13)])
    assert "Ready to hand in" in form._head.value
    assert "Operators do not agree" in form.still_html()


def test_rows_are_added_removed_and_put_back(folder: Path):
    form = actionplan.form(folder=folder)
    form.show_section(6)
    for _ in range(2):
        button(form, "Add risk").click()
    labelled(form, "Risk").value = "Rain"
    button(form, "Remove risk 1").click()
    assert [r["text"] for r in on_disk(folder)["risks"]] == [None]
    button(form, "Put it back").click()
    assert [r["text"] for r in on_disk(folder)["risks"]] == ["Rain", None]
    assert labelled(form, "Risk").value == "Rain"


def test_a_half_written_number_stays_text_and_is_told(folder: Path):
    form = actionplan.form(folder=folder)
    form.show_section(4)
    box = labelled(form, "Cost to build")
    box.value = "12 mill"
    assert on_disk(folder)["finance"]["capex"] == "12 mill"
    assert "is not a number" in form._notes["finance.capex"][0].value
    box.value = "12 000 000"
    assert on_disk(folder)["finance"]["capex"] == 12_000_000
    assert "Not right" not in form._notes["finance.capex"][0].value


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("", None),
        ("1,550", 1550),
        ("1.5", 1.5),
        ("−3", -3),
        ("۱۲", 12),
        ("a", "a"),
        ("1e999", "1e999"),
    ],
)
def test_numbers_as_people_type_them(typed: str, value: Any):
    assert number_of(typed) == value


def test_an_optional_part_that_is_emptied_is_no_part(folder: Path):
    form = actionplan.form(folder=folder)
    form.show_section(2)
    labelled(form, "Channel").value = "desk"
    assert on_disk(folder)["citizens"]["channel"] == "desk"
    labelled(form, "Channel").value = ""
    assert on_disk(folder)["citizens"] is None


def test_what_is_no_choice_stands_in_the_form_until_it_is_changed(folder: Path):
    data = empty_draft().data
    data["data_readiness"] = [
        {"frame": "rides", "origin": "guessed", "owner": "", "fix_by": "soon"}
    ]
    storing.write_plan(folder / "plan.json", data)
    form = actionplan.form(folder=folder)
    form.show_section(5)
    assert labelled(form, "Origin").value == "guessed"
    assert labelled(form, "Ready by").value == "soon"


def test_a_second_tab_shows_a_choice_and_nothing_is_lost(folder: Path):
    one, two = actionplan.form(folder=folder), actionplan.form(folder=folder)
    labelled(one, "Title").value = "One ticket for two rides"
    labelled(two, "Title").value = "A night bus for the port"
    button(two, "Join, keep my words").click()
    assert on_disk(folder)["title"] == "A night bus for the port"
    assert on_disk(folder)["kept"][0]["value"] == "One ticket for two rides"


def test_a_widget_that_is_dead_still_shows_the_plan_without_running_its_words(folder: Path):
    form = actionplan.form(folder=folder)
    labelled(form, "Title").value = "<img src=x onerror=alert(1)> tickets"
    page = form._repr_mimebundle_()["text/html"]
    assert "&lt;img src=x" in page and "<img" not in page


def test_a_cooperation_note_has_its_own_form(folder: Path):
    data = draft_from(actionplan.sample_note().model_dump(mode="json")).data
    storing.write_plan(folder / "plan.json", data)
    form = actionplan.form(folder=folder)
    assert form.kind == "cooperation_note" and form.found == []
    assert labelled(form, "Partner").value == "Sample Partner"


# ---- earlier answers -----------------------------------------------------------------


def answer_file(workspace: Path, module: str, **answers: Any) -> None:
    folder = workspace / "modules" / module
    folder.mkdir(parents=True, exist_ok=True)
    rows = [{"question": q, "value": v, "n": 1} for q, v in answers.items()]
    (folder / "answers.json").write_text(json.dumps({"answers": rows}), encoding="utf-8")


DESIGN = {"base": 14, "free_km": 4, "cap": True, "tap_out": "zones"}
RULE = {"rule": "equal_shares", "reply_days": 20, "offline_share_pct": 30}


def test_answers_of_earlier_modules_flow_in_and_stay_the_writers(folder: Path, tmp_path: Path):
    answer_file(tmp_path, "10_integrated_fares", m10_policy=DESIGN)
    answer_file(tmp_path, "02_citizen_participation", m02_rule=RULE)
    answer_file(tmp_path, "06_night_bus", m06_net={"routes": ["N01", "N02"], "headway_min": 40})
    form = actionplan.form(bundled("iloilo"), folder=folder)
    data = on_disk(folder)
    assert data["fare_policy"]["policy"] == DESIGN
    assert data["citizens"]["reply_days"] == 20
    assert data["pilot_service"]["routes"] == ["N01", "N02"] and data["pilot_service"]["fleet"] >= 2
    assert data["from_answer"]["citizens.reply_days"] == "m02_rule"
    form.change(("citizens", "reply_days"), 10)
    assert "citizens.reply_days" not in on_disk(folder)["from_answer"]
    again = actionplan.form(bundled("iloilo"), folder=folder)
    assert again.data["citizens"]["reply_days"] == 10  # filled once, never over what stands
    assert "20" not in str(actionplan.load(bundled("iloilo"), folder=folder).used)


@pytest.mark.parametrize("value", [None, 3, "text", [], {}, {"routes": "N01"}, {"routes": [1]},
                                   {"routes": ["N99"], "headway_min": 40},
                                   {"reply_days": "soon"}])  # fmt: skip
def test_an_answer_of_any_shape_stops_nothing(value: Any, folder: Path, tmp_path: Path):
    answer_file(tmp_path, "any", m10_policy=value, m06_net=value, m02_rule=value)
    found = feeding.found_in(tmp_path, bundled("iloilo"))
    data, _ = feeding.fill(empty_draft().data, found)
    assert draft_from(data).notes == []


def test_notes_of_a_visit_become_seoul_practice(folder: Path, tmp_path: Path):
    rows = [
        {"site": "topis", "field": "saw", "text": "One wall of screens",
         "time": "2026-11-20T10:00"},
        {"site": "topis", "field": "would_change", "text": "Start with ten buses " * 3},
        "no row", {"site": 3, "field": "saw", "text": "x"},
    ]  # fmt: skip
    (folder / "visit_notes.json").write_text(json.dumps({"notes": rows}), encoding="utf-8")
    data, _ = feeding.fill(empty_draft().data, feeding.found_in(tmp_path, None))
    practice = data["seoul_practice"]
    assert practice["practice"].endswith("One wall of screens")
    assert practice["what_must_differ"].startswith("Start with ten buses")
    assert practice["source_year"] == 2026


# ---- a team --------------------------------------------------------------------------


def test_members_join_their_parts_through_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folders = {}
    for name in ("ana", "ben"):
        monkeypatch.setenv("COURSE_WORKSPACE", str(tmp_path / name))
        folders[name] = tmp_path / name / "modules" / "13_action_plan"
        folders[name].mkdir(parents=True)
        file = PlanFile(folders[name])
        data = file.draft.data | {"title": f"The plan of {name}, part one"}
        data["risks" if name == "ana" else "activities"] = [
            {"text": "Rain", "p": 2, "i": 2, "answer": ""} if name == "ana"
            else {"task": "Sign", "owner": "x", "start": None, "end": None, "cost": 0}
        ]  # fmt: skip
        file.save(data)
        said = actionplan.export_part(name, folder=folders[name])
        assert f"plan.{name}.json" in said
    os.replace(folders["ben"] / "plan.ben.json", folders["ana"] / "plan.ben.json")
    report = actionplan.import_part("plan.ben.json", folder=folders["ana"])
    data = on_disk(folders["ana"])
    assert data["risks"][0]["text"] == "Rain" and data["activities"][0]["task"] == "Sign"
    assert data["title"].startswith("The plan of ana")
    assert "The plan of ben, part one" in json.dumps(data["kept"])
    assert "In 1 you differ" in report.reading
    again = actionplan.import_part("plan.ben.json", folder=folders["ana"])
    assert "0 fields came" in again.reading and len(on_disk(folders["ana"])["kept"]) == 1


@pytest.mark.parametrize(
    ("raw", "words"),
    [(b"[]", "not a set"), (b"{", "not readable"), (b'{"kind": "cooperation_note"}', "kind")],
)
def test_a_file_of_a_colleague_that_is_no_plan_changes_nothing(
    raw: bytes, words: str, folder: Path
):
    PlanFile(folder).save(empty_draft().data)
    before = (folder / "plan.json").read_bytes()
    (folder / "plan.x.json").write_bytes(raw)
    with pytest.raises(CourseError, match=words):
        actionplan.import_part("plan.x.json", folder=folder)
    assert (folder / "plan.json").read_bytes() == before
    with pytest.raises(CourseError, match="not there"):
        actionplan.import_part("plan.nobody.json", folder=folder)
    with pytest.raises(UsageError):
        actionplan.export_part("../escape", folder=folder)

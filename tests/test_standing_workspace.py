"""What a trainee sees: the own files, and what the host said last about this trainee alone."""

from __future__ import annotations

import base64
import json
import os
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from course import catalogue, own_statement, self_scores, workspace
from course.commands import dispatch
from course.completion import CompletionRule, Evidence, outcome
from course.completion.asked import asked
from course.host_word import HostWord, newest_word, read_word
from course.labs import records
from course.programme import Programme
from course.standing import merged, of_workspace, own_evidence
from grading.completion.feedback import Said, section

WEEK = Programme.open("wego_week")
ALONE = Programme.open("self_paced")
HOST = Evidence(
    on_site_minutes=WEEK.on_site_minutes, attended_minutes=1700, missed_minutes=0,
    core_points=30, core_possible=40, written_good=3, written_asked=4, plan_handed_in=True,
    plan_valid=True, plan_points=70, plan_presented=True, post_test_asked=True,
    post_test_handed_in=True, post_test_pct=80,
)  # fmt: skip
SEEN = {"02_citizen_participation": (9.0, 0.0), "10_integrated_fares": (8.0, 0.0)}


def word(**changes) -> HostWord:
    fields = {"trainee": "ana", "programme": "wego_week", "time": "2026-11-05T18:00:00+00:00",
              "evidence": HOST, "modules": SEEN}  # fmt: skip
    return HostWord(**{**fields, **changes})


def feedback(folder, name, said: HostWord, *, own: str = "") -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    page = f"<!DOCTYPE html>\n<html>\n<head>\n</head>\n<body>\n<p>Hello</p>{own}</body></html>"
    made = Said(said.block(), section(outcome(CompletionRule(), said.evidence), "W", said.time))
    path.write_text(made.put_into(page), encoding="utf-8")


@pytest.fixture
def place(tmp_path, monkeypatch):
    folder = tmp_path / "work"
    workspace.prepare(folder, trainee="ana")
    monkeypatch.setenv("COURSE_WORKSPACE", str(folder))
    return folder


def by_id(made):
    return {r.id: r for r in made.requirements}


def answer(folder, module: str, questions, *, time="2026-11-01T10:00:00.000+00:00") -> None:
    entries = [{"question": q, "value": 1, "trainee": "ana", "time": time} for q in questions]
    (folder / "modules" / module / "answers.json").write_text(json.dumps({"answers": entries}))


def core_of(module: str) -> dict[str, float]:
    from course.paths import ROOT
    from course.questions import load_module

    spec = load_module(ROOT / "modules" / module)
    return {n: q.points for n, q in spec.questions.items() if q.kind == "core"}


# ---- the own files ----------------------------------------------------------------------------


def test_a_new_workspace_misses_everything_and_fails_at_nothing(place):
    made = of_workspace(place, WEEK)
    assert not made.complete and made.told_by_host == ""
    assert by_id(made)["attendance"].met is None  # nobody has said anything
    assert by_id(made)["labs"].met is False and by_id(made)["plan"].met is False
    empty = of_workspace(place / "nowhere", WEEK)
    assert [r.id for r in empty.requirements] == [r.id for r in made.requirements]


def test_labs_answers_and_the_test_count_as_soon_as_they_are_there(place):
    before = by_id(of_workspace(place, WEEK))
    folder = place / "modules" / "10_integrated_fares"
    records.append("fares", {"base": 1}, folder=folder)
    assert by_id(of_workspace(place, WEEK))["labs"].have != before["labs"].have
    everything = [m.id for m in catalogue.modules() if m.status == "ready" and m.needs_city]
    for module in everything:
        answer(place, module, core_of(module))
    now = by_id(of_workspace(place, WEEK))
    assert now["points"].met is None and "wait for your host" in now["points"].remedy
    assert before["post_test"].met is False
    answer(place, "91_post_test", ["m91_01"])
    assert by_id(of_workspace(place, WEEK))["post_test"].met is None


def test_records_of_somebody_else_do_not_count(place, monkeypatch):
    folder = place / "modules" / "10_integrated_fares"
    monkeypatch.setenv("COURSE_TRAINEE", "bo")
    records.append("fares", {"base": 1}, folder=folder)
    monkeypatch.delenv("COURSE_TRAINEE")
    assert by_id(of_workspace(place, WEEK))["labs"].have.startswith("0 of")


# ---- the host's word --------------------------------------------------------------------------


def test_a_word_comes_back_as_it_was_said(tmp_path):
    feedback(tmp_path, "f.html", word())
    assert read_word(tmp_path / "f.html") == word()
    odd = word(trainee="علی‌رضا <x>&\"'", evidence=replace(HOST, labs_run=frozenset({"a/b"})))
    feedback(tmp_path, "g.html", odd)
    assert read_word(tmp_path / "g.html").evidence == odd.evidence


def test_the_newest_word_about_this_trainee_counts(place):
    old = replace(HOST, core_points=3)
    feedback(place, "10_integrated_fares/feedback/a/exercises.html",
             word(time="2026-11-04T00:00:00+00:00", evidence=old, modules={}))  # fmt: skip
    feedback(place, "Downloads/mail.htm", word())
    feedback(place, "x/other.html", word(trainee="bo", time="2027-01-01T00:00:00+00:00"))
    feedback(place, "x/else.html", word(programme="two", time="2027-01-01T00:00:00+00:00"))
    feedback(place, ".hidden/new.html", word(time="2027-01-01T00:00:00+00:00"))
    found = newest_word(place, trainee="ana", programme="wego_week")
    assert found.time == "2026-11-05T18:00:00+00:00"
    made = of_workspace(place, WEEK)
    assert made.told_by_host == found.time
    assert by_id(made)["attendance"].met is True and by_id(made)["plan_points"].met is True
    assert by_id(made)["points"].have.startswith("17 of")  # of the modules the host has seen


def test_what_was_done_since_is_added_to_the_hosts_word(place):
    feedback(place, "feedback/f.html", word())
    wanted = asked(WEEK, catalogue.modules())

    def waiting() -> float:
        return own_evidence(place, WEEK, wanted, "ana", word()).core_waiting

    core = core_of("10_integrated_fares")
    answer(place, "10_integrated_fares", core)  # before the host spoke: it has seen them
    assert waiting() == 0
    answer(place, "10_integrated_fares", core, time="2026-11-06T10:00:00.000+00:00")
    assert waiting() == 2  # what the host has not given yet of 10
    answer(place, "06_night_bus", core_of("06_night_bus"))  # the host has none of it
    assert waiting() == 12
    records.append("fares", {"base": 1}, folder=place / "modules" / "10_integrated_fares")
    assert by_id(of_workspace(place, WEEK))["labs"].have.startswith("1 of")
    assert merged(Evidence(core_points=17, core_possible=40), None).core_points == 17


def test_a_plan_completed_since_is_complete_and_an_older_no_stays_no(place):
    bad = replace(HOST, plan_valid=False)
    assert merged(Evidence(), word(evidence=bad)).plan_valid is False
    assert merged(Evidence(plan_handed_in=True, plan_valid=True), word(evidence=bad)).plan_valid


def test_a_block_below_the_head_is_the_trainees_own_text(place):
    """A trainee could write such a block into an answer; it stands in the body."""
    forged = word(time="2030-01-01T00:00:00+00:00").block()
    feedback(place, "f/own.html", word(), own=forged)
    assert newest_word(place, trainee="ana", programme="wego_week").time.startswith("2026")
    (place / "f" / "own.html").write_text(f"<html><head></head><body>{forged}</body></html>")
    assert newest_word(place, trainee="ana", programme="wego_week") is None
    (place / "f" / "own.html").write_text(f"<html><head>{forged}</head><body></body></html>")
    assert newest_word(place, trainee="ana", programme="wego_week") is not None


def test_links_out_of_the_workspace_are_not_read(place, tmp_path):
    feedback(tmp_path, "elsewhere/f.html", word())
    (place / "linked").symlink_to(tmp_path / "elsewhere")
    (place / "f.html").symlink_to(tmp_path / "elsewhere" / "f.html")
    os.mkfifo(place / "pipe.html")
    assert newest_word(place, trainee="ana", programme="wego_week") is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(st.data())
def test_a_damaged_block_is_no_word_and_never_an_error(tmp_path, data):
    whole = json.loads(base64.b64decode(word().block().split('content="')[1].split('"')[0]))
    inner = data.draw(st.sampled_from([whole, whole["evidence"], whole["modules"]]))
    key = data.draw(st.sampled_from(sorted(inner)))
    inner[key] = data.draw(st.none() | st.text() | st.floats() | st.lists(st.integers())
                           | st.dictionaries(st.text(), st.integers()) | st.integers())  # fmt: skip
    raw = base64.b64encode(json.dumps(whole).encode()).decode()
    cut = data.draw(st.integers(0, len(raw)) | st.just(len(raw)))
    page = f'<head><meta name="course-standing" content="{raw[:cut]}"></head>'
    (tmp_path / "f.html").write_text(page)
    found = read_word(tmp_path / "f.html")
    assert found is None or outcome(CompletionRule(), found.evidence).requirements


def test_the_section_is_html_whatever_is_in_it_and_speaks_of_nobody_else():
    made = outcome(CompletionRule(), replace(HOST, core_points=0))
    evil = replace(made, requirements=(replace(made.requirements[0], have="<script>x</script>"),))
    assert "<script" not in section(evil, "<b>Week</b>", "2026-11-05T18:00:00+00:00")
    text = section(made, "Week", "2026-11-05T18:00:00+00:00")
    assert "what is still missing" in text and "Points of the core questions" in text
    assert "still to do" in text and text.index("still to do") < text.index(">done<")
    assert "nothing is missing" in section(outcome(CompletionRule(), HOST), "W", "2026-11-05")


# ---- who learns alone -------------------------------------------------------------------------


def own_score(folder, module="10_integrated_fares", **changes):
    fields = {"core": 8, "extra": 1, "points": 9, "of": 11, "time": "2026-11-02T00:00:00+00:00"}
    self_scores.write(folder / "modules" / module,
                      self_scores.OwnScore(module, "ana", **{**fields, **changes}))  # fmt: skip


def test_the_own_computers_points_count_where_there_is_no_host(place):
    own_score(place)
    assert by_id(of_workspace(place, ALONE))["points"].have.startswith("9 of")
    own_score(place, "91_post_test", core=0, extra=0, points=15, of=20)
    assert by_id(of_workspace(place, ALONE))["post_test"].have == "75 %"
    feedback(place, "f.html", word(programme="self_paced"))
    assert by_id(of_workspace(place, ALONE))["points"].have.startswith("17 of")


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "{}", '{"core": "8"}', '{"core": -1}', "[" * 9999,
        '{"core":1,"extra":0,"points":1,"of":NaN,"trainee":"ana"}',
        '{"core":1,"extra":0,"points":1,"of":1,"trainee":"bo"}',
    ],
)  # fmt: skip
def test_a_score_that_is_none_is_not_read(tmp_path, text):
    (tmp_path / self_scores.FILE).write_text(text)
    assert self_scores.read(tmp_path, trainee="ana") is None


def test_the_statement_says_what_was_done_and_that_it_is_unsigned(place, capsys):
    nothing = own_statement.page(place, ALONE)
    assert "Nothing is recorded" in nothing and "0.0 hours" in nothing
    own_score(place)
    records.append("fares", {"base": 1}, folder=place / "modules" / "10_integrated_fares")
    answer(place, "10_integrated_fares", core_of("10_integrated_fares"))
    page = own_statement.page(place, ALONE, today=date(2026, 11, 22))
    assert "no\ncertificate" in page or "no certificate" in page
    assert "9 of 11" in page and "1 of 1" in page and "2026-11-22" in page
    assert "<script" not in page and "http" not in page.replace("http-equiv", "")
    assert "06 " not in page.split("<tbody>")[1], "a module nobody opened is not on it"
    command = dispatch.find("course", "statement")
    assert dispatch.run(command, ["--programme", "self_paced", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [m["id"] for m in told["modules"] if m["labs"]] == ["10_integrated_fares"]
    assert (place / "statement.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_no_statement_outside_a_workspace(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("COURSE_WORKSPACE", str(tmp_path / "none"))
    command = dispatch.find("course", "statement")
    assert dispatch.guarded(lambda: dispatch.run(command, []), package="course") == 1
    assert "Traceback" not in capsys.readouterr().err

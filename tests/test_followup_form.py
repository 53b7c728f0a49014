"""The participant's form: saved at every key, nothing lost, a page without its kernel."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from course.followup import form
from course.followup.drafts import DRAFT, Drafts
from course.followup.fields import QUESTIONS, asked
from course.followup.report import Report
from course.followup.scale import DAYS
from grading.followup.reading import read_report
from tests.followup_year import STORIES, plan_of

ILOILO = STORIES[2]
NOTEBOOK = Path(__file__).parent.parent / "modules" / "13_action_plan" / "follow_up.ipynb"


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("COURSE_TRAINEE", "ana")
    own = tmp_path / "modules" / "13_action_plan"
    own.mkdir(parents=True)
    (own / "plan.json").write_text(json.dumps(plan_of(ILOILO)), encoding="utf-8")
    profile = {"course_workspace": True, "programme": "wego_week"}
    (tmp_path / "profile.json").write_text(json.dumps(profile))
    return own


def answer(shown, **values) -> None:
    for name, value in values.items():
        shown.inputs[name.replace("__", " ")].value = value


def test_the_form_writes_the_report_when_nothing_is_open(folder):
    shown = form(folder=folder)
    assert "Status of the plan: not answered yet." in shown._state.value
    answer(shown, status="2 funded", obstacle="money")
    assert not (folder / "report_day_30.json").exists()
    answer(shown, consent="no", activities__2="4 done", proofs__1="memo.pdf", signer="The mayor")
    assert "report_day_30.json" in shown._state.value
    report = read_report(folder / "report_day_30.json").report
    assert (report.student, report.programme, report.status) == ("ana", "wego_week", "2")
    assert report.proofs == ("memo.pdf",) and report.signer == "The mayor"
    assert report.activities[0].number == 2 and report.consent is False


def test_every_question_of_a_step_can_be_answered(folder):
    texts = {"date": "2026-09-01", "number": "7.5", "count": "12"}
    for day in DAYS:
        shown = form(folder=folder)
        shown._step.value = day
        for question in asked(day):
            if question.kind == "proofs":
                shown.inputs["proofs 3"].value = "https://city.example"
            elif question.menu:
                shown.inputs[question.id].value = question.menu[-2]
            else:
                shown.inputs[question.id].value = texts.get(question.kind, "Some words")
        report = read_report(folder / f"report_day_{day}.json").report
        for question in asked(day):
            assert getattr(report, question.id) not in (None, "", ()), (day, question.id)
    given = "format version programme student day activities tables written plan_sha256"
    fields = set(Report.model_fields) - set(given.split())
    assert {q.id for q in QUESTIONS} == fields


def test_a_restart_finds_every_answer(folder):
    shown = form(folder=folder)
    shown._step.value = 90
    answer(shown, change="Half a sent", tables__rides="yes", status="1 approved")
    again = form(folder=folder)
    assert again.day == 90 and again.inputs["change"].value == "Half a sent"
    assert again.inputs["tables rides"].value == "yes"
    again._step.value = 30
    assert again.inputs["status"].value == "–"


def test_two_tabs_change_only_their_own_field(folder):
    one, two = form(folder=folder), form(folder=folder)
    answer(one, signer="One")
    answer(two, presented_to="Two")
    assert {"signer": "One", "presented_to": "Two"}.items() <= Drafts(folder).answers(30).items()


def test_a_wrong_answer_keeps_the_last_complete_report(folder):
    shown = form(folder=folder)
    answer(shown, status="1 approved", obstacle="law or rules", consent="yes")
    before = (folder / "report_day_30.json").read_bytes()
    answer(shown, kickoff="1405/02/03")
    assert "Jalali" in shown._state.value and "last complete report" in shown._state.value
    assert (folder / "report_day_30.json").read_bytes() == before
    answer(shown, kickoff="")
    assert (folder / "report_day_30.json").read_bytes() == before


@pytest.mark.parametrize("content", [b"{", b"[1]", b"\xff\xfe"])
def test_a_damaged_draft_is_kept_aside_each_time(content, folder):
    for number in (1, 2):
        (folder / DRAFT).write_bytes(content + b" " * number)
        answer(form(folder=folder), status="1 approved")
        assert Drafts(folder).answers(30)["status"] == "1 approved"
        kept = folder / f"follow_up_draft.broken-{number}.json"
        assert kept.read_bytes() == content + b" " * number
    first = folder / "follow_up_draft.broken-1.json"
    assert first.read_bytes() == content + b" "


def test_an_odd_draft_stops_nothing(folder):
    (folder / DRAFT).write_bytes(b'{"steps": 3, "day": "x"}')
    answer(form(folder=folder), status="1 approved")
    assert Drafts(folder).answers(30)["status"] == "1 approved"


def test_a_damaged_draft_that_cannot_be_moved_is_not_written_over(folder, monkeypatch):
    def refused(path: Path) -> Path:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("course.answer_book.set_aside", refused)
    (folder / DRAFT).write_bytes(b"{ my words")
    shown = form(folder=folder)
    answer(shown, status="1 approved")
    assert (folder / DRAFT).read_bytes() == b"{ my words"
    assert "nothing is saved over it" in shown._state.value


@pytest.mark.parametrize("plan", [None, b"{", b'{"activities": "many", "milestones": [1]}'])
def test_a_plan_that_is_missing_or_odd_stops_nothing(plan, folder):
    (folder / "plan.json").unlink()
    if plan is not None:
        (folder / "plan.json").write_bytes(plan)
    shown = form(folder=folder)
    answer(shown, status="0 not started", obstacle="no obstacle", consent="yes")
    assert (folder / "report_day_30.json").is_file()


def test_a_guest_types_an_id_that_is_kept(folder, monkeypatch):
    monkeypatch.delenv("COURSE_TRAINEE")
    shown = form(folder=folder)
    answer(shown, status="1 approved", obstacle="money", consent="yes")
    assert "Your id" in shown._state.value
    shown._name.value = "ben"
    assert read_report(folder / "report_day_30.json").report.student == "ben"
    assert form(folder=folder).student == "ben"


def test_the_page_reads_without_a_kernel_and_runs_no_text(folder):
    plan = plan_of(ILOILO) | {"title": "<img src=x onerror=steal()>"}
    (folder / "plan.json").write_text(json.dumps(plan))
    shown = form(folder=folder)
    answer(shown, change="<script>steal()</script>")
    page = shown.still_html()
    assert "<img" not in page and "<script" not in page and "&lt;script" in page
    assert "<img" not in shown._head.value
    assert "Status of the plan" in page and "Run All Cells" in page
    assert "day 30" in shown.still_text()


def test_the_notebook_runs(folder):
    """Every cell runs in the folder of the plan, as nbval proves for the other pages."""
    import nbformat
    from nbclient import NotebookClient

    book = nbformat.read(NOTEBOOK, as_version=4)
    client = NotebookClient(book, timeout=240, resources={"metadata": {"path": str(folder)}})
    client.execute()
    data = [o.get("data", {}) for c in book.cells if c.cell_type == "code" for o in c.outputs]
    html = [d["text/html"] for d in data if d.get("text/html")]
    assert any("Follow-up report, day 30" in h for h in html)
    assert any("application/vnd.jupyter.widget-view+json" in d for d in data)

"""Completion from the host's raw records, through the real nbgrader; feedback says the same."""

from __future__ import annotations

import base64
import os
import re
import shutil

import pytest
from nbgrader.api import Gradebook

from course.answers import answer
from course.city.pack import City
from course.completion import CompletionRule
from course.host_word import read_word
from course.labs import records
from course.paths import ROOT
from course.questions import load_module
from course.standing import of_workspace
from grading import cohort, completion, paperwork
from grading.cohort.people import Participant
from grading.cohort.store import save
from grading.collect import collect
from grading.completion import table as standing_table
from grading.direct import score_all
from grading.release import release
from grading.state import COURSE_ID, GradingState
from tests.cohort_pieces import programme, session
from tests.grading_pieces import MODULE, source_notebook, write
from tests.module_runs import session as trainee_of
from tests.module_runs import solve

pytestmark = [pytest.mark.nbgrader, pytest.mark.slow]
SPEC = load_module(ROOT / "modules" / MODULE)
CORE = {n: q.points for n, q in SPEC.questions.items() if q.kind == "core"}
RULE = CompletionRule(plan=None, post_test_pct=None)
WEEK = programme(
    session("d1-1", 60), session("d1-2", 40),
    session("d1-3", 45, module=MODULE, part="lesson", kind="lesson"),
    session("d1-4", 45, module=MODULE, part="exercises", kind="exercises"),
    session("d1-5", 45, module="03_master_plan", part="exercises", kind="exercises"),
    rule=RULE,
)  # fmt: skip
PEOPLE = ("ana", "bo", "cy", "dee", "eve")
STAMP = "2026-11-02 10:00:00.000000 UTC"


def hand_in(state, student: str, values: dict) -> None:
    """Answer as a trainee would, and lay the folder where nbgrader's submit lays it."""
    folder = state.exchange / COURSE_ID / "inbound" / f"{student}+{MODULE}+{STAMP}+abc"
    write(folder, source_notebook())
    (folder / "timestamp.txt").write_text(STAMP)
    (folder / "submission_secret.txt").write_text("x" * 64)
    shutil.copy(ROOT / "modules" / MODULE / "module.yml", folder)
    here = os.getcwd()
    with trainee_of(City.open("iloilo"), student):
        os.chdir(folder)
        try:
            for question, value in values.items():
                answer(question, value)
            records.append("fares", {"base": 1}, city="iloilo")
        finally:
            os.chdir(here)


@pytest.fixture(scope="module")
def scored(tmp_path_factory):
    """A course of five: all right, half right, lab of a neighbour, nothing yet, hostile."""
    base = tmp_path_factory.mktemp("course")
    state = GradingState(base / "grading", ROOT, base / "exchange").prepare()
    save(state, [Participant(p, f"{p.title()} Test", city="Iloilo", team="iloilo",
                             programme=WEEK.id) for p in PEOPLE])  # fmt: skip
    release(state, "10")
    right = {p: solve(MODULE, City.open("iloilo"), p) for p in PEOPLE[:3]}
    hand_in(state, "ana", right["ana"])
    hand_in(state, "bo", {n: right["bo"][n] for n in list(CORE)[:3]})
    hand_in(state, "cy", right["cy"])
    inbound = state.exchange / COURSE_ID / "inbound"
    neighbour = inbound / f"ana+{MODULE}+{STAMP}+abc" / records.FILE
    shutil.copy(neighbour, inbound / f"cy+{MODULE}+{STAMP}+abc" / records.FILE)
    hand_in(state, "eve", {})
    evil = inbound / f"eve+{MODULE}+{STAMP}+abc" / records.FILE
    evil.unlink()
    evil.symlink_to(neighbour)
    collect(state, "10")
    cohort.mark(state, WEEK, "d1-1", PEOPLE[:2], absent=PEOPLE[2:])
    return state


def by_id(state, student: str):
    made = completion.completions(state, WEEK, [student])[student]
    return {r.id: r for r in made.requirements}


def test_from_collected_to_complete(scored, tmp_path):
    state = scored
    # collected and not scored: everything waits, nothing is "not met"
    ana = completion.evidence(state, WEEK, "ana")
    assert (ana.core_points, ana.core_waiting, ana.core_possible) == (0, 10, 10)
    assert (ana.written_good, ana.written_waiting, ana.written_asked) == (0, 1, 1)
    assert by_id(state, "ana")["points"].met is None and by_id(state, "ana")["written"].met is None
    dee = by_id(state, "dee")
    assert dee["points"].met is False and dee["labs"].met is False

    score_all(state, "10", workers=1)
    expected = {"ana": sum(CORE.values()), "bo": sum(list(CORE.values())[:3]),
                "cy": sum(CORE.values()), "dee": 0, "eve": 0}  # fmt: skip
    for student, points in expected.items():
        found = completion.evidence(state, WEEK, student)
        assert (found.core_points, found.core_waiting) == (points, 0), student
    assert completion.evidence(state, WEEK, "ana").extra_points == 1
    # the records of labs travelled with the hand-ins; a neighbour's and a link do not count
    assert {p: by_id(state, p)["labs"].met for p in PEOPLE} == {
        "ana": True, "bo": True, "cy": False, "dee": False, "eve": False,
    }  # fmt: skip

    # a person marks the written answers in the gradebook; bo's is not read yet
    written = SPEC.written[0]
    with Gradebook(state.db_url, COURSE_ID) as book:
        for student, band in (("ana", 2), ("cy", 1)):
            grade = book.find_grade(written.id, "exercises", MODULE, student)
            grade.manual_score, grade.needs_manual_grade = written.points * band / 4, False
        book.db.commit()
    assert by_id(state, "ana")["written"].met is True
    assert by_id(state, "cy")["written"].met is False
    # an answer as released was never written: nobody waits for a marker
    assert by_id(state, "eve")["written"].met is False

    assert by_id(state, "ana")["attendance"].met is None  # 60 of 235 minutes; the rest is open
    for one in ("d1-2", "d1-3", "d1-4", "d1-5"):
        cohort.mark(state, WEEK, one, ["ana", "bo", "cy"])
    done = completion.completions(state, WEEK)
    assert [s for s, made in done.items() if made.complete] == ["ana"]
    assert by_id(state, "bo")["attendance"].met and by_id(state, "bo")["points"].met is (
        expected["bo"] >= 6
    )
    known = completion.Records(state, WEEK)
    assert known.modules_done("ana") == (MODULE,) and known.modules_done("dee") == ()
    assert known.modules_done("eve") == (), "a page handed in as it was released is no work"
    assert known.asked.module_ids == (MODULE,), "a module in preparation asks for nothing"

    frame = completion.standing(state, WEEK)
    assert list(frame["student_id"]) == list(PEOPLE) and list(frame["complete"]).count(True) == 1
    assert frame.set_index("student_id").loc["cy", "labs"] == "missing"
    path = standing_table.write(frame, WEEK, tmp_path / "standing.xlsx")
    from openpyxl import load_workbook

    sheet = load_workbook(path).active
    assert [c.value for c in sheet[4]][:5] == ["ana", "Ana Test", "Iloilo", "iloilo", "yes"]
    assert "1 of 5 have everything" in "\n".join(standing_table.lines(frame, WEEK))


def test_the_feedback_page_says_what_is_missing_and_the_home_page_reads_it(scored, tmp_path):
    state = scored
    people = [Participant(p, f"{p.title()} Test", team="iloilo",
                          programme="" if p == "bo" else "wego_week") for p in PEOPLE]  # fmt: skip
    save(state, people)
    try:
        score_all(state, "10", workers=1)
        out, problems = paperwork.feedback(state, "10")
        assert not problems and {"ana", "bo"} <= set(out)
        page = (state.folder("feedback", "ana", MODULE) / "exercises.html").read_text("utf-8")
        assert "what is still missing" in page and "Presence at the sessions" in page
        assert "<script" not in page.casefold()
        block = base64.b64decode(re.search(r'course-standing" content="([^"]+)"', page)[1]).decode()
        assert '"ana"' in block and not any(f'"{p}"' in block for p in PEOPLE[1:])
        assert not any(f"{p.title()} Test" in page for p in PEOPLE[1:]), "feedback is private"
        none = (state.folder("feedback", "bo", MODULE) / "exercises.html").read_text("utf-8")
        assert "still missing" not in none, "the roster puts bo in no programme"
        told = read_word(state.folder("feedback", "ana", MODULE) / "exercises.html")
        assert (told.trainee, told.programme) == ("ana", "wego_week")
        assert told.evidence.core_points == sum(CORE.values()) and told.modules == {
            MODULE: (10.0, 0.0)
        }
        # the trainee lays the page anywhere in the workspace
        from course import workspace
        from course.programme import Programme

        work = tmp_path / "work"
        workspace.prepare(work, trainee="ana")
        shutil.copy(state.folder("feedback", "ana", MODULE) / "exercises.html", work / "mail.html")
        shutil.copy(state.folder("feedback", "cy", MODULE) / "exercises.html", work / "cy.html")
        made = of_workspace(work, Programme.open("wego_week"))
        assert made.told_by_host == told.time
        have = next(r.have for r in made.requirements if r.id == "points")
        assert have.startswith("11 of")  # the extra point counts, up to the cap
    finally:
        save(state, [Participant(p, f"{p.title()} Test", team="iloilo", programme=WEEK.id)
                     for p in PEOPLE])  # fmt: skip


def test_a_damaged_log_does_not_keep_feedback_back(scored, caplog):
    from grading.completion.feedback import standing_of

    log = scored.base / "attendance.jsonl"
    before = log.read_bytes()
    try:
        log.write_bytes(b"damaged\n" + before)
        assert standing_of(str(scored.base), str(scored.root), "ana") is None
    finally:
        log.write_bytes(before)


def test_a_state_without_anything_knows_nothing(tmp_path):
    state = GradingState(tmp_path / "grading", ROOT, tmp_path / "exchange").prepare()
    frame = completion.standing(state, WEEK)
    assert frame.empty and standing_table.lines(frame, WEEK) == [
        "Nobody takes part in small_week yet."
    ]
    assert completion.evidence(state, WEEK, "nobody").core_points == 0
    assert standing_table.write(frame, WEEK, tmp_path / "x.xlsx").is_file()

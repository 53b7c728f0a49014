"""Pre-test, post-test and survey through the real nbgrader, with simulated trainees.

The round runs once for all tests of this file; what changes something works on a copy.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from course.paths import ROOT
from grading import items, paperwork, scored
from grading.after_feedback import is_over
from grading.collect import collect
from grading.demo import exchange, stories, week, working
from grading.direct import score_all
from grading.items import report, survey
from grading.items.responses import responses
from grading.release import release
from tests.grading_gradebook import rows
from tests.key_cases import SURVEYS, TESTS, key, module

pytestmark = [pytest.mark.nbgrader, pytest.mark.slow]
PEOPLE = 13
BEFORE, AFTER = TESTS
(SURVEY,) = SURVEYS


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Return the state and the weeks of both tests and the survey."""
    out = tmp_path_factory.mktemp("forms")
    with week.throw_away_state(out, ROOT) as state:
        made = {
            name: week.run(state, out, PEOPLE, module=name, say=lambda line: None)
            for name in (*TESTS, SURVEY)
        }
        yield state, made, out


@contextmanager
def copy_of(course, tmp_path: Path):
    state, _, out = course
    shutil.copytree(out, tmp_path / "copy", symlinks=True)
    base, there = tmp_path / "copy" / "state" / "grading", tmp_path / "copy" / "exchange"
    yield replace(state, base=base, exchange=there)


def command(course, *words: str) -> subprocess.CompletedProcess[str]:
    _, _, out = course
    env = {**os.environ, "COURSE_STATE": str(out / "state"),
           "COURSE_EXCHANGE": str(out / "exchange"), "PYTHONPATH": str(ROOT)}  # fmt: skip
    return subprocess.run(
        [sys.executable, "-m", "grading", *words], env=env, cwd=ROOT, capture_output=True, text=True
    )


# ---- points --------------------------------------------------------------------------


@pytest.mark.parametrize("name", (*TESTS, SURVEY))
def test_everybody_gets_what_the_words_of_the_answers_say(course, name: str):
    assert [row.person.id for row in course[1][name].rows if not row.agrees] == []


@pytest.mark.parametrize("name", TESTS)
def test_the_percent_is_that_of_the_raw_records(course, name: str):
    """Count once more from answers.json: the letter leads to words, the words are right."""
    state, made, _ = course
    compared = 0
    for desk, row in zip(made[name].desks, made[name].rows, strict=True):
        if row.person.kind in ("forger", "file copier", "number copier"):
            continue  # what they hand in is not what they answered
        found = json.loads((desk.folder / "answers.json").read_text()) if (
            desk.folder / "answers.json").exists() else {"answers": []}  # fmt: skip
        latest = {r["question"]: r["value"] for r in found["answers"]}
        if not latest:
            continue
        good = 0
        for qid, value in latest.items():
            shown = desk.solver.params(qid)
            good += shown.get(f"option_{value}") == key(name).words(qid)
        assert items.test_percent(state, name, row.person.id) == pytest.approx(5 * good)
        compared += 1
    assert compared >= 9
    assert items.test_percent(state, name, "nobody") is None


def test_a_point_given_by_hand_counts(course, tmp_path: Path):
    from nbgrader.api import Gradebook

    with copy_of(course, tmp_path) as state:
        assert items.test_percent(state, "91", "demo-03") == 0.0
        with Gradebook(state.db_url, "smartcity") as book:
            book.find_grade("m91_wait", "exercises", AFTER, "demo-03").manual_score = 1.0
            book.db.commit()
        assert items.test_percent(state, AFTER, "demo-03") == 5.0
        assert items.test_percents(state, AFTER)["demo-02"] == items.test_percent(
            state, AFTER, "demo-02"
        )


def test_the_demo_has_people_of_different_ability_who_learn(course):
    made = course[1]
    points = {n: [sum(r.points.values()) for r in made[n].rows] for n in TESTS}
    assert all(len(set(own)) >= 6 for own in points.values())
    assert sum(points[AFTER]) > 1.2 * sum(points[BEFORE])


def test_tests_are_no_core_points_and_the_survey_none_at_all(course):
    state, _, _ = course
    table = paperwork.export_rows(state)
    assert {r["assignment"]: r["max_score"] for r in table} == {BEFORE: 20, AFTER: 20, SURVEY: 0}
    assert all(module(n).core_points == 0 for n in (*TESTS, SURVEY))


@pytest.mark.parametrize(("name", "student"), [(AFTER, "demo-08"), (SURVEY, "demo-02")])
def test_nbgraders_own_autograde_writes_the_same_rows(
    course, name: str, student: str, tmp_path: Path
):
    with copy_of(course, tmp_path) as state:
        database = state.base / "gradebook.db"
        wanted = rows(database)
        from grading.gradebook import scoring_api

        result = scoring_api(state).autograde(name, student, force=True)
        assert result["success"], result["error"]
        assert rows(database) == wanted


# ---- what comes out ------------------------------------------------------------------


def pages(course, name: str) -> dict[str, str]:
    made = course[1]
    return {r.person.id: r.feedback.read_text("utf-8") for r in made[name].rows if r.feedback}


def test_the_released_pages_hold_no_key_and_no_explanation(course):
    state, _, _ = course
    for name in TESTS:
        folder = state.folder("release", ".", name)
        assert sorted(p.name for p in folder.iterdir()) == ["exercises.ipynb", "module.yml"]
        page = (folder / "exercises.ipynb").read_text("utf-8")
        for question in module(name).questions.values():
            assert not any(words in page for words in question.choices if len(words) > 12)
            assert key(name).said(question.id) not in page
    cells = json.loads(page)["cells"]
    answers = [c for c in cells if c["metadata"]["nbgrader"]["grade"]]
    assert len(answers) == 20 and all(c["metadata"].get("editable", True) for c in answers)


@pytest.mark.parametrize("name", TESTS)
def test_feedback_tells_points_and_never_the_right_words_of_a_wrong_answer(course, name: str):
    """Where somebody was wrong, the words of the right answer stand on the page as often as
    those of any other option: in the list of four that the question showed.
    """
    state = course[0]
    checked = 0
    for student, page in pages(course, name).items():
        done = scored.load(state, name)[student]
        for qid, question in module(name).questions.items():
            result = done.result(qid)
            assert ("Hint" not in page) and (result.sentence in page or "&" in result.sentence
                                             or "'" in result.sentence)  # fmt: skip
            if result.status != "wrong" or any(c in page for c in ("&#", "&quot;") if c in qid):
                continue
            right = key(name).words(qid)
            others = [c for c in question.choices if c != right]
            if len(right) > 12 and all(len(o) > 12 for o in others):
                counts = {page.count(o) for o in others}
                # the one that was chosen stands once more, in the reply "Received"
                assert page.count(right) <= min(counts), (student, qid)
                checked += 1
    assert checked > 20


def test_before_the_course_no_page_explains(course):
    for page in pages(course, BEFORE).values():
        assert "This is a subject of module 09." in page
        for qid in module(AFTER).questions:
            assert key(AFTER).said(qid) not in page


def test_after_the_course_everybody_reads_one_sentence_each(course):
    import html

    for student, page in pages(course, AFTER).items():
        text = html.unescape(page)
        said = sum(key(AFTER).said(qid) in text for qid in module(AFTER).questions)
        # an open question gets none, nor does a neighbour's letter
        assert said >= (14 if student != "demo-09" else 5), student


def test_the_survey_says_thanks_and_no_points(course):
    state, _, _ = course
    for page in pages(course, SURVEY).values():
        assert "Received. Thank you." in page
    kept = "".join(p.read_text("utf-8") for p in (state.base / "scored").glob(f"{SURVEY}*"))
    assert "fare lab" not in kept  # what somebody wrote is copied to no further file


# ---- the reports ---------------------------------------------------------------------


def test_the_report_on_questions_agrees_with_the_gradebook(course):
    state = course[0]
    points = paperwork.automatic_points(state, AFTER)
    answers = responses(state, AFTER)
    assert set(answers.left_out) == {"demo-09"}  # handed in a neighbour's files
    told = report.plain(report.report_on(state, AFTER))
    assert told["trainees"] == len(points) - 1
    for row in told["questions"]:
        counted = sum(p[row["question"]] for s, p in points.items() if s != "demo-09")
        assert row["right"] == counted
        chosen = sum(o["chosen"] for o in row["options"])
        assert chosen + row["open"] + row["unreadable"] == row["n"]
        assert next(o for o in row["options"] if o["right"])["chosen"] >= row["right"] - 1
    assert {p["student_id"] for p in told["gain"]["people"]} == set(points) - {"demo-09"}
    for person in told["gain"]["people"]:
        assert person["after"] == items.test_percent(state, AFTER, person["student_id"])
        assert person["before"] == items.test_percent(state, BEFORE, person["student_id"])


def test_the_commands(course, tmp_path: Path):
    done = command(course, "items", "91", "--out", str(tmp_path / "t.xlsx"))
    assert done.returncode == 0, done.stderr
    assert "Reliability" in done.stdout and (tmp_path / "t.xlsx").stat().st_size > 5000
    data = json.loads(command(course, "items", "90", "--json").stdout)
    assert data["gain"] is None and len(data["questions"]) == 20
    done = command(course, "survey", "--json", "--out", str(tmp_path / "s.csv"))
    assert json.loads(done.stdout)["people"] == PEOPLE - 1  # the copied file is nobody's own
    for words, code in ((["items", "92"], 2), (["survey", "91"], 2), (["items", "10"], 2),
                        (["items", "91", "--out", str(tmp_path / "x.doc")], 2)):  # fmt: skip
        done = command(course, *words)
        assert done.returncode == code and "Traceback" not in done.stderr, words
        assert done.stderr.count("\n") == 1


def test_the_survey_report_has_nobody_in_it(course):
    state, made, _ = course
    out = survey.report_on(state)
    told = json.dumps(survey.plain(out), ensure_ascii=False) + "\n".join(survey.lines_of(out))
    for row in made[SURVEY].rows:
        assert row.person.id not in told and row.person.city.title() not in told
    given = [
        d.given["m92_useful"] for d in made[SURVEY].desks
        if d.person.kind not in ("file copier", "unreadable", "number copier")
    ]  # fmt: skip
    assert sum(out.scales[0].counts.values()) >= len(given) >= 10


# ---- one hand-in ---------------------------------------------------------------------


def answer_again(state, course, student: str, name: str, answers: dict) -> None:
    """Answer once more and hand in, as a trainee would."""
    desk = next(d for d in course[1][name].desks if d.person.id == student)
    home = state.exchange.parent / "trainees" / student
    folder = home / name
    with working.as_trainee(folder, trainee=student, city="seoul", workspace=home):
        stories._do(replace(desk, folder=folder), answers)
    exchange.submit(state, home, student, name)


def test_after_the_feedback_a_new_hand_in_does_not_count(course, tmp_path: Path):
    with copy_of(course, tmp_path) as state:
        desk = course[1][AFTER].desks[2]
        assert desk.person.kind == "wrong" and is_over(state, AFTER, "demo-03")
        assert not is_over(state, SURVEY, "demo-03") and not is_over(state, AFTER, "nobody")
        answer_again(state, course, "demo-03", AFTER, desk.solver.right())
        collect(state, AFTER)
        score_all(state, AFTER)
        assert items.test_percent(state, AFTER, "demo-03") == 0.0
        # an instructor who allows it removes the feedback
        shutil.rmtree(state.folder("feedback", "demo-03", AFTER))
        collect(state, AFTER)
        score_all(state, AFTER)
        assert items.test_percent(state, AFTER, "demo-03") == 100.0


def test_late_hand_ins_count_and_are_named(course, tmp_path: Path):
    from nbgrader.api import Gradebook

    with copy_of(course, tmp_path) as state:
        with Gradebook(state.db_url, "smartcity") as book:
            book.find_assignment(AFTER).duedate = book.find_submission(AFTER, "demo-02").timestamp
            book.db.commit()
        made = report.report_on(state, AFTER)
        late = set(made.trainees.index[made.trainees["late"]])
        assert "demo-02" not in late and "demo-13" in late
        assert "Handed in after the deadline: " in "\n".join(report.lines_of(made))
        assert items.test_percent(state, AFTER, "demo-13") > 0


def test_a_test_is_scored_for_a_trainee_of_a_city_nobody_knows(course):
    row = next(r for r in course[1][AFTER].rows if r.person.city == "own")
    assert row.first == row.points and sum(row.points.values()) > 0
    desk = next(d for d in course[1][AFTER].desks if d.person.city == "own")
    assert not list(desk.folder.glob("city-*.zip"))


def test_a_release_of_a_test_that_is_run_again_changes_nothing(course, tmp_path: Path):
    with copy_of(course, tmp_path) as state:
        page = state.folder("release", ".", AFTER) / "exercises.ipynb"
        before = page.read_bytes()
        release(state, AFTER)
        assert page.read_bytes() == before
        assert score_all(state, AFTER).now == []

"""A plan's way through the real nbgrader: handed in, shown, marked by hand, given back.

Four trainees: one with a valid plan, two of a team of which one handed the plan in, and
one who handed in the notebook without a plan.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from course.actionplan.sample_plan import sample_data
from course.city.pack import City
from grading import cohort, paperwork
from grading.demo.week import throw_away_state
from grading.direct import score_all
from grading.gradebook import scoring_api
from grading.plans import gradebook as plan_gradebook
from grading.plans import marks as plan_marks
from grading.plans.groups import MODULE, find_group
from grading.release import load_template, release
from grading.state import COURSE_ID, EXERCISES, GradingState
from tests.grading_gradebook import forget_scores, rows
from tests.module_runs import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.nbgrader]
VALID, FIRST, SECOND, NONE = "plan-01", "plan-02", "plan-03", "plan-04"
ROSTER = (
    "student_id,name,email,city,team\n"
    f"{VALID},Test One,,Seoul,\n{FIRST},Test Two,,Iloilo City,iloilo\n"
    f"{SECOND},Test Three,,Iloilo City,iloilo\n{NONE},Test Four,,Mashhad,\n"
)
TRICK = "<script>alert(1)</script>One ticket for two rides"


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GradingState]:
    """Return a course in which four hand-ins were scored on nbgrader's own road."""
    where = tmp_path_factory.mktemp("plan")
    with throw_away_state(where, ROOT, "grading.answer_key") as state:
        roster = where / "roster.csv"
        roster.write_text(ROSTER, encoding="utf-8")
        cohort.add(state, roster)
        release(state, MODULE)
        page = state.folder("release", ".", MODULE) / f"{EXERCISES}.ipynb"
        for student in (VALID, FIRST, SECOND, NONE):
            folder = state.folder("submitted", student, MODULE)
            folder.mkdir(parents=True)
            shutil.copy(page, folder)
            (folder / "timestamp.txt").write_text("2026-11-22 10:00:00 UTC", encoding="utf-8")
            (folder / "submission_secret.txt").write_text("s" * 20, encoding="utf-8")
        give(state, VALID, sample_data(City.open("seoul")) | {"title": TRICK})
        give(state, FIRST, sample_data(City.open("iloilo")))
        result = scoring_api(state).autograde(MODULE, VALID)
        assert result["success"], result
        for student in (FIRST, SECOND, NONE):
            assert scoring_api(state).autograde(MODULE, student)["success"]
        yield state


def give(state: GradingState, student: str, data: dict) -> None:
    path = state.folder("submitted", student, MODULE) / "plan.json"
    path.write_text(json.dumps(data), encoding="utf-8")


def tasks(state: GradingState) -> dict[tuple[str, str], tuple]:
    """Return (student, criterion) -> (auto, manual, waits for a person)."""
    return {
        (student, cell): (auto, manual, bool(waits))
        for student, _, cell, auto, manual, _, waits in rows(state.base / "gradebook.db")["grade"]
        if cell in load_template(state, MODULE).tasks
    }


def test_the_release_holds_one_cell_for_each_criterion_and_the_rubric(course):
    template = load_template(course, MODULE)
    assert template.tasks == plan_marks.rubric_of(course).points
    assert sum(template.tasks.values()) == 100
    folder = course.folder("release", ".", MODULE)
    assert (folder / "rubric.yml").is_file() and not list(folder.glob("instructor*"))


def test_a_plan_waits_for_people_and_no_plan_is_nothing(course):
    found = tasks(course)
    assert len(found) == 24
    for (student, criterion), (auto, manual, waits) in found.items():
        expected = (0.0, None, False) if student == NONE else (None, None, True)
        assert (auto, manual, waits) == expected, (student, criterion)


def test_both_roads_write_the_same_rows(course):
    database = course.base / "gradebook.db"
    kept = course.base / "kept.db"
    shutil.copy(database, kept)
    try:
        forget_scores(database)
        score_all(course, MODULE, again=True)
        assert rows(database) == rows(kept)
    finally:
        shutil.move(kept, database)


def test_the_markers_see_the_plan_from_its_file_without_the_trainees_html(course):
    notebook = json.loads(
        (course.folder("autograded", VALID, MODULE) / f"{EXERCISES}.ipynb").read_text("utf-8")
    )
    pages = [
        "".join(o["data"]["text/html"])
        for c in notebook["cells"]
        for o in c.get("outputs", [])
        if c["metadata"].get("nbgrader", {}).get("grade_id") == "m13_page"
    ]
    (page,) = pages
    assert "Who changes once pays two full fares" in page
    assert "<script" not in page and "&lt;script&gt;alert" in page


def test_points_of_formgrader_reach_export_and_feedback_and_count_as_one_marker(course):
    """The formgrader's buttons write through this very class."""
    from nbgrader.api import Gradebook

    rubric = plan_marks.rubric_of(course)
    with Gradebook(course.db_url, COURSE_ID) as book:
        for criterion in rubric.criteria:
            grade = book.find_grade(criterion.id, EXERCISES, MODULE, VALID)
            grade.manual_score, grade.needs_manual_grade = criterion.points[2], False
        comment = book.find_comment("m13_financing", EXERCISES, MODULE, VALID)
        comment.manual_comment = "Who pays in year two?"
        book.db.commit()
    group = find_group(course, VALID)
    found = plan_marks.agreed(course, group)
    assert found.points is None and found.markers == ("formgrader",)

    good = {c.id: c.points[3] for c in rubric.criteria}
    plan_marks.mark(course, group, "Second Reader", good, {"financing": "#1"})
    found = plan_marks.agreed(course, group)
    third = sum(c.points[2] for c in rubric.criteria)
    assert third == 75 and found.points is None  # 75 and 100 are more than 10 apart
    assert "third" in found.sentence
    near = {c.id: c.points[2] for c in rubric.criteria} | {"m13_relevance": 20}
    plan_marks.mark(course, group, "Third Reader", near)
    found = plan_marks.agreed(course, group)
    assert found.points == (75 + 80) / 2
    assert plan_gradebook.write(
        course, group, dict(found.by_criterion), {"m13_relevance": "Why now?"}
    ) == [VALID]
    # what was written is nobody's mark, and the one of formgrader is not lost
    again = plan_marks.agreed(course, group)
    assert again == found and set(again.markers) == set(found.markers)
    assert tasks(course)[VALID, "m13_relevance"][1:] == (17.5, False)

    export = paperwork.export_rows(course, [MODULE])
    (row,) = [r for r in export if r["student_id"] == VALID]
    assert row["score"] == 77.5 and row["m13_relevance"] == 17.5
    (none,) = [r for r in export if r["student_id"] == NONE]
    assert none["score"] == 0 and none["m13_relevance_status"] == "marked"

    done, problems = paperwork.feedback(course, MODULE)
    assert VALID in done, problems
    page = (course.folder("feedback", VALID, MODULE) / f"{EXERCISES}.html").read_text("utf-8")
    assert "Who pays in year two?" in page and "Why now?" in page
    assert "Score: 17.5 / 20" in " ".join(page.split())
    assert "<script" not in page and "Who changes once pays two full fares" in page


def test_a_team_shares_plan_and_points(course):
    group = find_group(course, SECOND)
    assert group.members == (FIRST, SECOND)
    rubric = plan_marks.rubric_of(course)
    for marker, level in (("A", 1), ("B", 1)):
        plan_marks.mark(course, group, marker, {c.id: c.points[level] for c in rubric.criteria})
    found = plan_marks.agreed(course, group)
    assert plan_gradebook.write(course, group, dict(found.by_criterion), {}) == [FIRST, SECOND]
    for student in (FIRST, SECOND):
        assert plan_marks.result(course, student).points == 51
        assert sum(m for (s, _), (_, m, _) in tasks(course).items() if s == student) == 51
        assert plan_marks.result(course, student).valid


def test_scoring_again_keeps_what_people_gave(course):
    before = {k: v[1] for k, v in tasks(course).items()}
    score_all(course, MODULE, again=True)
    assert {k: v[1] for k, v in tasks(course).items()} == before
    result = plan_marks.result(course, NONE)
    assert (result.points, result.handed_in, result.valid) == (0.0, False, False)
    assert "No plan was handed in." in result.problems[0]


def test_a_plan_nobody_handed_in_cannot_be_marked(course):
    from course.errors import CourseError

    with pytest.raises(CourseError, match="handed in no plan"):
        plan_marks.mark(course, find_group(course, NONE), "A", {"relevance": 20})


def test_files_in_odd_shapes_are_no_plan(course, tmp_path: Path):
    folder = course.folder("submitted", NONE, MODULE)
    target = tmp_path / "elsewhere.json"
    target.write_text(json.dumps(sample_data()), encoding="utf-8")
    (folder / "plan.json").symlink_to(target)
    assert not plan_marks.result(course, NONE).handed_in  # a link could point at the gradebook
    (folder / "plan.json").unlink()
    (folder / "plan.json").mkdir()
    assert not plan_marks.result(course, NONE).handed_in
    (folder / "plan.json").rmdir()
    (folder / "plan.json").write_bytes(b"\xff\x00 no text")
    found = plan_marks.result(course, NONE)
    assert not found.handed_in and "UTF-8" in found.problems[0]

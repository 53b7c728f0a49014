"""A planted key is found nowhere a trainee can look, in no way of writing a number."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile

import pytest

from course.paths import ROOT
from grading.demo import exchange, people, stories, week, working
from grading.direct import score_all
from tests.grading_planted_key import PLANTED, files, found_in, holds_key, texts, ways_of_writing

MODULE = week.MODULE
pytestmark = [pytest.mark.nbgrader, pytest.mark.slow]


def test_the_search_finds_every_way_of_writing_it():
    for written in ways_of_writing(PLANTED):
        assert holds_key(f"it is {written} KRW"), written
    assert not holds_key("1,234.5 and 9.18e3 and 98273.64")


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """A small cohort with a key full of planted numbers: one right guess, one far off."""
    out = tmp_path_factory.mktemp("planted")
    with week.throw_away_state(out, ROOT, "tests.grading_planted_key") as state:
        made = week.run(state, out, 3, workers=1, say=lambda line: None)
        yield state, out, made


def test_the_key_was_really_used(planted):
    state, _, made = planted
    keys = (state.base / "keys" / f"{MODULE}.json").read_text("utf-8")
    assert "918273.64" in keys
    assert all(row.points["m10_rev"] == 0 for row in made.rows)


def test_it_is_in_nothing_that_was_released(planted):
    state, _, _ = planted
    assert files(state.exchange)
    assert found_in(state.exchange) == []
    assert found_in(state.step("release")) == []


def test_it_is_in_nothing_a_trainee_has(planted):
    _, out, _ = planted
    pages = [p for p in files(out / "trainees") if p.suffix == ".html"]
    assert len(pages) == 3
    assert found_in(out / "trainees") == []


def test_it_is_in_no_scored_notebook_feedback_report_or_export(planted):
    state, _, made = planted
    for step in ("submitted", "autograded", "feedback", "scored", "reports"):
        assert found_in(state.step(step)) == [], step
    assert found_in(state.base / "intake") == []
    assert not any(holds_key(t) for t in texts(made.export))
    from grading.report import report_of

    assert not holds_key(json.dumps(report_of(made.scoring)))


def test_a_right_guess_tells_that_it_is_right_and_nothing_more(planted):
    """Who answers 918273.64 gets the points; nobody else sees the number."""
    state, _, made = planted
    desk = made.desks[1]
    with working.as_trainee(
        desk.folder, trainee=desk.person.id, city=str(desk.city.path), workspace=desk.workspace
    ):
        stories._do(desk, {"m10_rev": PLANTED, "m10_link": 1})
    exchange.submit(state, desk.workspace, desk.person.id, MODULE)
    from grading.collect import collect

    collect(state, MODULE)
    outcome = score_all(state, MODULE)
    made = outcome.scored[desk.person.id]
    assert made.result("m10_rev").status == "right"
    others = [s for s in outcome.scored if s != desk.person.id]
    for student in others:
        assert found_in(state.folder("autograded", student, MODULE)) == []


def test_the_keys_are_readable_by_the_host_only(planted):
    state, _, _ = planted
    if os.name != "posix":
        pytest.skip("permissions are of another kind here")
    assert (state.base / "keys").stat().st_mode & 0o077 == 0
    assert (state.base / "keys" / f"{MODULE}.json").stat().st_mode & 0o077 == 0


def test_course_never_imports_grading():
    for path in (ROOT / "course").rglob("*.py"):
        text = path.read_text("utf-8")
        assert not re.search(r"^\s*(from|import) grading\b", text, re.MULTILINE), path


def test_a_trainees_kernel_cannot_import_the_key(tmp_path):
    """With only the course on the path, there is no grading to import.

    ``-S`` leaves out this environment, in which a developer may have installed the
    whole checkout.
    """
    with working.as_trainee(tmp_path, trainee="ana", city="seoul", workspace=tmp_path):
        library = working.only_course()
    code = (
        "import course, importlib.util, sys\n"
        "print(importlib.util.find_spec('grading'), course.__name__)"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], cwd=tmp_path, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(library)}, check=True,
    )  # fmt: skip
    assert done.stdout.split() == ["None", "course"]


def test_the_wheel_holds_no_key_and_no_instructors_file(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    assert any(n.startswith("course/") for n in names)
    for name in names:
        assert "grading" not in name and "answer_key" not in name, name
        assert not name.startswith(("modules/", "tests/")), name
        assert "instructor" not in name, name


def test_people_of_the_fixture():
    assert [p.kind for p in people.people(3)] == ["kernel", "honest", "wrong"]

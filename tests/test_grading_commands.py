"""The host's commands as a person types them: exit codes, one-line errors, JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from course.paths import ROOT
from tests.grading_pieces import raw_record, source_notebook, write

MODULE = "10_integrated_fares"


@pytest.fixture
def grading(tmp_path):
    def run(*words, **extra):
        environment = {
            **os.environ, "COURSE_STATE": str(tmp_path / "state"), "PYTHONPATH": str(ROOT),
            "COURSE_EXCHANGE": str(tmp_path / "exchange"), **extra,
        }  # fmt: skip
        return subprocess.run(
            [sys.executable, "-m", "grading", *map(str, words)], cwd=tmp_path, env=environment,
            capture_output=True, text=True, timeout=300,
        )  # fmt: skip

    return run


def one_line(done, code):
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    lines = [x for x in done.stderr.splitlines() if x.startswith("grading: ")]
    assert len(lines) == 1, done.stderr
    return lines[0]


@pytest.mark.nbgrader
@pytest.mark.slow
def test_a_planned_module_is_refused(grading):
    line = one_line(grading("release", "01_smart_city_policy"), 1)
    assert "in preparation" in line


@pytest.mark.nbgrader
@pytest.mark.slow
def test_usage_errors(grading):
    assert "There is no module" in one_line(grading("release", "99"), 2)
    assert "Release it first" in one_line(grading("score", "10"), 1)
    assert "fingerprint" in one_line(grading("city", "approve"), 2)
    assert "begins with" in one_line(grading("city", "approve", "abc"), 2)
    assert grading("score").returncode == 2
    assert grading("score", "10", "--workers", "0").returncode == 2


@pytest.mark.nbgrader
@pytest.mark.slow
def test_release_collect_score_feedback_export_by_command(grading, tmp_path):
    made = grading("release", "10", "--json")
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)["files"] == ["exercises.ipynb", "lesson.ipynb", "module.yml"]
    past = grading("release", "10", "--due", "2020-01-01 18:00")
    assert past.returncode == 0 and "This moment has passed" in past.stdout
    again = grading("release", "10")
    assert again.returncode == 0, "twice is safe"
    assert "due at 2020-01-01 18:00 KST" in again.stdout, "a due date stays, and is told"
    one_line(grading("release", "10", "--due", ""), 2)

    inbound = tmp_path / "exchange" / "smartcity" / "inbound"
    folder = inbound / f"ana+{MODULE}+2026-11-02 10:00:00.000000 UTC+abc"
    write(folder, source_notebook())
    (folder / "submission_secret.txt").write_text("x" * 64)
    assert json.loads(grading("collect", "10", "--json").stdout)["students"] == ["ana"]

    scored = json.loads(grading("score", "10", "--json", "--workers", "1").stdout)
    (ana,) = scored["students"]
    assert (ana["student"], ana["points"], ana["of"]) == ("ana", 0, 11)
    text = grading("score", "10", "--workers", "1")
    assert "0 scored, 1 unchanged" in text.stdout
    assert "one or" not in text.stderr

    assert json.loads(grading("feedback", "10", "--json").stdout)["released"] == ["ana"]
    done = grading("export", tmp_path / "points.csv", "--json")
    assert json.loads(done.stdout)["rows"][0]["student_id"] == "ana"
    listed = json.loads(grading("city", "list", "--json").stdout)["cities"]
    assert {c["id"] for c in listed} >= {"seoul", "mashhad", "iloilo"}


# ---- self ----------------------------------------------------------------------------

BLOCK = "import sys; sys.modules['nbgrader'] = None; from grading.commands import self as s;"


@pytest.fixture
def my_folder(tmp_path):
    """A self-learner's folder with one right answer, one wrong, the rest open."""
    from course.city.pack import City
    from course.exercises import draw
    from course.identity import Who
    from course.questions import load_module
    from grading.demo.solutions import solver_of

    spec = load_module(ROOT / "modules" / MODULE)
    city, who = City.open("seoul"), Who("ana")
    solver = solver_of(spec.id)(spec, city, who)
    values = {"m10_trip": solver.m10_trip(), "m10_link": 1}
    folder = tmp_path / "mine"
    write(folder, source_notebook())
    (folder / "module.yml").write_bytes((ROOT / "modules" / MODULE / "module.yml").read_bytes())
    records = [
        raw_record(
            name, value, city="seoul", fingerprint=city.fingerprint,
            variant=draw(spec.questions[name], city, who).variant,
        )
        for name, value in values.items()
    ]  # fmt: skip
    (folder / "answers.json").write_text(json.dumps({"answers": records}))
    return folder


def test_self_scores_without_nbgrader(my_folder, tmp_path):
    code = f"""{BLOCK}
import argparse
p = argparse.ArgumentParser(); s.add_arguments(p)
raise SystemExit(s.run(p.parse_args([{str(my_folder / "exercises.ipynb")!r}, '--json'])))"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "COURSE_STATE": str(tmp_path / "s")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    made = json.loads(done.stdout)
    status = {q["question"]: q["status"] for q in made["questions"]}
    assert (status["m10_trip"], status["m10_link"], status["m10_rev"]) == (
        "right", "wrong", "missing",
    )  # fmt: skip
    assert made["points"] == 1.0
    assert made["open"] == ["m10_written"]
    page = (my_folder / "exercises.feedback.html").read_text("utf-8")
    assert "<script" not in page
    assert "For an instructor" in page


def test_self_says_what_is_wrong(grading, tmp_path):
    assert "does not exist" in one_line(grading("self", tmp_path / "no.ipynb"), 1)
    lonely = write(tmp_path / "lonely", source_notebook())
    assert "module.yml" in one_line(grading("self", lonely / "exercises.ipynb"), 1)
    (tmp_path / "x.txt").write_text("x")
    assert "no notebook" in one_line(grading("self", tmp_path / "x.txt"), 2)

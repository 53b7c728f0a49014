"""``score --reproduce`` as a host types it, on a module that nbgrader released."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from course.errors import UsageError
from course.paths import ROOT
from grading.commands import score
from grading.demo.week import throw_away_state
from grading.state import GradingState
from tests.reproduce_pieces import MODULE, need_jail


def grading(out: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "grading", "score", MODULE, *words], cwd=ROOT,
        capture_output=True, text=True,
        env={**os.environ, "COURSE_STATE": str(out / "state"), "COURSE_GRADEBOOK": "",
             "COURSE_EXCHANGE": str(out / "exchange"), **env},
    )  # fmt: skip


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Yield a state with two hand-ins, one of which was typed after the answers were made."""
    from course.questions import load_module
    from grading.demo import exchange, people, stories
    from grading.release import release

    need_jail()
    out = tmp_path_factory.mktemp("course")
    with throw_away_state(out, ROOT) as state:
        release(state, MODULE)
        spec = load_module(state.assignment_folder(MODULE))
        for name in ("demo-01", "demo-02"):
            person = people.Person(name, "honest", "seoul")
            folder = exchange.fetch(state, out / name, name, MODULE)
            desk = stories.desk(person, folder, out / name, spec)
            stories.work(desk, None)
            if name == "demo-02":
                path = folder / "exercises.ipynb"
                text = path.read_text(encoding="utf-8")
                given = repr(desk.given["m10_link"])
                assert f"m10_link = {given}" in text
                path.write_text(text.replace(f"m10_link = {given}", "m10_link = 1"), "utf-8")
            target = state.folder("submitted", name, MODULE)
            target.parent.mkdir(parents=True)
            folder.rename(target)
        yield out, state


def points(state: GradingState) -> Any:
    from grading import paperwork

    return paperwork.automatic_points(state, MODULE)


@pytest.mark.slow
@pytest.mark.nbgrader
def test_the_report_says_who_reproduces_and_no_point_changes(course: Any) -> None:
    out, state = course
    first = grading(out, "--json")
    assert first.returncode == 0, first.stderr
    assert "reproduced" not in json.loads(first.stdout)
    before = points(state)
    ran = grading(out, "--reproduce", "--json", "--workers", "2")
    assert ran.returncode == 0, ran.stderr
    made = json.loads(ran.stdout)
    assert made["reproduced"] == {"yes": 1, "of": 2, "not_run": 0, "run": 2, "unchanged": 0}
    rows = {row["student"]: row for row in made["students"]}
    assert [rows[s]["reproduced"] for s in ("demo-01", "demo-02")] == ["yes", "7 of 8"]
    assert any("m10_link: handed in" in line for line in rows["demo-02"]["lines"])
    assert points(state) == before
    kept = json.loads(Path(made["report"]).read_text(encoding="utf-8"))
    assert kept["reproduced"]["yes"] == 1

    words = grading(out, "--reproduce")
    assert words.returncode == 0 and "1 of 2 hand-ins reproduce." in words.stdout
    assert "reproduced" in words.stdout.splitlines()[0]
    # a later scoring runs nothing and still tells what is known
    later = json.loads(grading(out, "--json").stdout)
    assert later["reproduced"]["of"] == 2


@pytest.mark.slow
@pytest.mark.nbgrader
def test_without_a_jail_the_command_refuses_in_one_sentence(course: Any) -> None:
    """A PATH without bwrap: the same command on a computer where it is not installed."""
    out, _ = course
    bare = str(Path(sys.executable).parent)
    refused = grading(out, "--reproduce", PATH=bare)
    assert refused.returncode == 1 and refused.stdout == ""
    assert "The program bwrap is missing" in refused.stderr and "--unsafe" in refused.stderr
    assert "Traceback" not in refused.stderr
    trusted = grading(out, "--reproduce", "--unsafe", "--student", "demo-01", PATH=bare)
    assert trusted.returncode == 0, trusted.stderr
    assert "UNSAFE: the notebooks run without a jail" in trusted.stderr


@pytest.mark.parametrize(
    "words", [["--unsafe"], ["--cell-seconds", "5"], ["--seconds", "9"], ["--memory", "900"]]
)
def test_options_of_a_run_stand_with_it(words: list[str]) -> None:
    import argparse

    parser = argparse.ArgumentParser()
    score.add_arguments(parser)
    args = parser.parse_args([MODULE, *words])
    from grading.reproduce import options

    with pytest.raises(UsageError, match="is for --reproduce"):
        options.check(args, None)
    bounds = options.bounds_of(parser.parse_args([MODULE, "--reproduce", "--memory", "900"]))
    assert (bounds.memory_mb, bounds.cell_s) == (900, 120.0)

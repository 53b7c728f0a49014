"""The whole chain by the user's own commands: work in a real kernel, hand in, score.

For every module, on Seoul and, by turns, on one other city; on five with
``--all-cities``. A city the host never saw is pending first, and right after approval.
What one kernel made is also handed in to a host whose key is full of planted numbers:
they must be found nowhere.
"""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from course import bootstrap
from course.city.pack import City
from grading import paperwork
from grading.demo.week import throw_away_state
from grading.direct import score_all
from grading.release import release
from tests.cities_by_turns import FEEDS, OTHER_BUNDLED, by_turns, is_feed
from tests.grading_planted_key import PLANTED, SENTENCE, found_in, holds_key
from tests.key_cases import LESSONS, WITH_CONTENT, module
from tests.module_runs import ROOT, kernel_solved

TRAINEE = "chain-01"
APART = "each-command-a-process"
CHAINS = [
    (name, city)
    for name in WITH_CONTENT
    # a test or survey is about no city
    for city in by_turns(f"chain of {name}", (*OTHER_BUNDLED, *FEEDS) if name in LESSONS else ())
]
pytestmark = [pytest.mark.slow, pytest.mark.nbgrader]


def _run(env: dict[str, str], *arguments: str) -> str:
    """Give a command as a user does; all but the first chain without a new process for each.

    A process takes two seconds to import what the command before it had imported.
    """
    if env["COURSE_STATE"].endswith(APART):
        done = subprocess.run(
            [sys.executable, "-m", *arguments], cwd=ROOT, env=env, capture_output=True, text=True
        )
        assert done.returncode == 0, (arguments, done.stdout[-1500:], done.stderr[-1500:])
        return done.stdout
    package, *words = arguments
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(io.StringIO()) as told:
        patch.setenv("COURSE_STATE", env["COURSE_STATE"])
        patch.delenv("COURSE_TRAINEE", raising=False)
        assert bootstrap.main(package, words) == 0, (arguments, told.getvalue()[-1500:])
    return told.getvalue()


@pytest.fixture(scope="session")
def worked(
    tmp_path_factory: pytest.TempPathFactory, city_of: Callable[[str], City]
) -> Callable[[str, str], Path]:
    """Return a function that gives a hand-in of a module on a city, made by one kernel."""
    where = tmp_path_factory.mktemp("worked")

    def hand_in(module_id: str, city: str) -> Path:
        return kernel_solved(module_id, city_of(city), TRAINEE, where / city / module_id)

    return hand_in


@pytest.mark.parametrize(("module_id", "name"), CHAINS)
def test_right_answers_get_full_marks(
    module_id: str,
    name: str,
    worked: Callable[[str, str], Path],
    city_of: Callable[[str], City],
    tmp_path: Path,
):
    place = tmp_path / (APART if (module_id, name) == CHAINS[0] else "host")
    env = os.environ | {"COURSE_STATE": str(place), "PYTHONPATH": str(ROOT)}
    env.pop("COURSE_TRAINEE", None)
    spec = module(module_id)
    draft = ["--draft"] if spec.status == "draft" else []
    _run(env, "grading", "release", module_id, *draft)
    folder = place / "grading" / "submitted" / TRAINEE / module_id
    shutil.copytree(worked(module_id, name), folder)
    assert bool(list(folder.glob("city-*.zip"))) == is_feed(name)

    _run(env, "grading", "score", module_id)
    if is_feed(name):
        fingerprint = city_of(name).fingerprint
        waiting = json.loads(_run(env, "grading", "city", "list", "--json"))
        assert fingerprint in json.dumps(waiting)
        assert _points(env, tmp_path)[0] == 0  # pending, not yet judged
        _run(env, "grading", "city", "approve", fingerprint)
        _run(env, "grading", "score", module_id)
    points, row = _points(env, tmp_path)
    assert points == spec.automatic_points, row


def _points(env: dict[str, str], folder: Path) -> tuple[float, dict[str, str]]:
    """Return the automatic points in the exported table (the written answer has none yet)."""
    out = folder / "grades.csv"
    _run(env, "grading", "export", str(out))
    with out.open(encoding="utf-8-sig", newline="") as file:
        rows = [r for r in csv.DictReader(file) if r["student_id"] == TRAINEE]
    assert len(rows) == 1
    return float(rows[0]["score"]), rows[0]


# of a test no number can be planted: tests/test_forms_chain.py asks in another way
@pytest.mark.parametrize("module_id", LESSONS)
def test_a_planted_key_is_found_nowhere_a_trainee_can_look(
    module_id: str, worked: Callable[[str, str], Path], tmp_path: Path
):
    """Release, score and feed back with a key full of one number and one sentence."""
    with throw_away_state(tmp_path, ROOT, "tests.grading_planted_key") as state:
        release(state, module_id, draft=True)
        folder = state.folder("submitted", TRAINEE, module_id)
        shutil.copytree(worked(module_id, "seoul"), folder)
        scored = score_all(state, module_id).scored[TRAINEE]
        paperwork.feedback(state, module_id)
        export = paperwork.export(state, tmp_path / "points.csv", [module_id])
    keys = (state.base / "keys" / f"{module_id}.json").read_text("utf-8")
    numbers = [q for q in module(module_id).questions.values() if q.type in ("number", "integer")]
    assert str(PLANTED) in keys and numbers
    for question in numbers:
        result = scored.result(question.id)
        assert result.points == 0 and SENTENCE not in result.sentence
    places = [state.step(s) for s in ("release", "submitted", "autograded", "feedback", "scored")]
    for place in (state.exchange, *places, state.reports):
        assert found_in(place) == [], place
    assert list(state.step("feedback").rglob("*.html"))
    assert not holds_key(export.read_text("utf-8"))

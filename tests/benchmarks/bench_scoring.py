"""Scoring 1,000 hand-ins beside nbgrader's plain autograde of 20 of them.

Plain autograde is nbgrader's default list of steps: it starts a kernel and runs the whole
notebook of every trainee. The hand-ins are those of simulated trainees: 20 notebooks made
with the course's own ``answer()``, copied to 1,000 names with the answers of each name.
70 % of the trainees answer right; the others are wrong in two questions, in one with the
best-known mistake and in the other with a number that fits no hint.
"""

from __future__ import annotations

import copy
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

HAND_INS = int(os.environ.get("BENCH_HAND_INS", "1000"))
PLAIN = int(os.environ.get("BENCH_PLAIN", "20"))
WORKERS = 2
MODULE = "10_integrated_fares"
CITIES = ("seoul", "mashhad", "iloilo")
MEDIA_TYPE = "application/vnd.course.answer+json"


def run() -> pd.DataFrame:
    """Return one row per way of scoring: wall and CPU seconds, per hand-in and in all."""
    import pandas as pd

    from course.paths import ROOT
    from grading.demo.week import throw_away_state

    with tempfile.TemporaryDirectory(prefix="bench-scoring-") as name:
        out = Path(name)
        with throw_away_state(out, ROOT) as state:
            students = _hand_ins(state, out)
            rows = [
                _fast(state, students),
                _fast_again(state, students),
                _one_process(state, out, students[:100]),
            ]
            plain = _plain(state, out, students[:: max(1, len(students) // PLAIN)][:PLAIN])
    rows.append(plain)
    table = pd.DataFrame(rows)
    each = table["wall s"] / table["hand-ins"]
    table["wall ms each"] = (each * 1000).round(1)
    table["times plain"] = (each.iloc[-1] / each).round(1)
    return table


def _used() -> float:
    """Return the CPU seconds of this process and of all that it has waited for."""
    return sum(
        usage.ru_utime + usage.ru_stime
        for usage in (
            resource.getrusage(resource.RUSAGE_SELF),
            resource.getrusage(resource.RUSAGE_CHILDREN),
        )
    )


def _timed(way: str, number: int, work: Any, *, counted: bool = True) -> dict[str, Any]:
    cpu, wall = _used(), time.perf_counter()
    work()
    return {
        "way": way,
        "hand-ins": number,
        "wall s": round(time.perf_counter() - wall, 2),
        "CPU s": round(_used() - cpu, 2) if counted else float("nan"),
    }


def _fast(state: Any, students: list[str]) -> dict[str, Any]:
    from grading.direct import score_all

    def work() -> None:
        outcome = score_all(state, MODULE, workers=WORKERS)
        assert len(outcome.now) == len(students), outcome.failed

    # the pool's processes are nobody's children here: their CPU seconds are not counted
    way = f"python -m grading score, {WORKERS} processes"
    return _timed(way, len(students), work, counted=False)


def _copy_of(state: Any, folder: Path, students: list[str]) -> Any:
    """Return a state with the release and some of the hand-ins, nothing scored."""
    other = replace(state, base=folder / "grading")
    other.base.mkdir(parents=True)
    shutil.copytree(state.base / "release", other.base / "release")
    shutil.copyfile(state.base / "gradebook.db", other.base / "gradebook.db")
    for student in students:
        shutil.copytree(
            state.folder("submitted", student, MODULE), other.folder("submitted", student, MODULE)
        )
    return other


def _one_process(state: Any, out: Path, students: list[str]) -> dict[str, Any]:
    """Score some hand-ins in one process, whose CPU seconds can be counted."""
    from course.paths import ROOT

    _copy_of(state, out / "one", students)
    environment = {**os.environ, "COURSE_STATE": str(out / "one")}
    command = [sys.executable, "-m", "grading", "score", MODULE, "--json", "--workers", "1"]

    def work() -> None:
        subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)

    return _timed("python -m grading score, 1 process, with its start", len(students), work)


def _fast_again(state: Any, students: list[str]) -> dict[str, Any]:
    from grading.direct import score_all

    def work() -> None:
        outcome = score_all(state, MODULE, workers=WORKERS)
        assert len(outcome.skipped) == len(students)

    return _timed("the same again, nothing changed", len(students), work)


def _plain(state: Any, out: Path, students: list[str]) -> dict[str, Any]:
    """Time nbgrader's own default autograde on a copy of the state."""
    from grading.demo.working import only_course
    from grading.gradebook import scoring_api

    other = _copy_of(state, out / "plain", students)
    api = scoring_api(other)
    del api.config["Autograde"]  # back to nbgrader's own steps, which execute
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = str(only_course())

    def work() -> None:
        for student in students:
            result = api.autograde(MODULE, student)
            assert result["success"], result.get("error")

    try:
        return _timed("nbgrader autograde as it comes", len(students), work)
    finally:
        if before is None:
            os.environ.pop("PYTHONPATH", None)
        else:
            os.environ["PYTHONPATH"] = before


# ---- the hand-ins --------------------------------------------------------------------


def _hand_ins(state: Any, out: Path, number: int = HAND_INS, by: int = 20) -> list[str]:
    """Write some hand-ins into the state, copies of the work of a few; return the names."""
    from course.questions import load_module
    from grading.demo import exchange, people, stories
    from grading.release import release

    release(state, MODULE)
    spec = load_module(state.assignment_folder(MODULE))
    models = []
    for model in range(by):
        city = CITIES[model % len(CITIES)]
        person = people.Person(f"model-{model:02d}", "honest", city)
        home = out / "trainees" / person.id
        folder = exchange.fetch(state, home, person.id, MODULE)
        desk = stories.desk(person, folder, home, spec)
        stories.work(desk, None)
        models.append(desk)
    students = []
    for place in range(number):
        student = f"s{place:04d}"
        _copy(state, models[place % len(models)], student, spec, wrong=place % 10 >= 7)
        students.append(student)
    return students


def _copy(state: Any, model: Any, student: str, spec: Any, *, wrong: bool) -> None:
    """Write the hand-in of one name: a model's files with this name's own answers."""
    from course.exercises import draw
    from course.identity import Who
    from grading.answer_key import for_module

    key, who = for_module(MODULE), Who(student)
    folder = state.folder("submitted", student, MODULE)
    folder.mkdir(parents=True)
    for name in ("lesson.ipynb", "module.yml"):
        shutil.copyfile(model.folder / name, folder / name)
    answers = {}
    for question in spec.questions.values():
        drawn = draw(question, model.city, who)
        value = key.expected(question.id, model.city, drawn)
        if value is None:
            value = model.given[question.id]
        if wrong and question.id == "m10_rev":
            value = 100 + value  # the ratio in place of the change
        if wrong and question.id == "m10_link":
            value = value + 17
        answers[question.id] = {"value": value, "variant": drawn.variant, "trainee": student}
    notebook = json.loads((model.folder / "exercises.ipynb").read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            record = output.get("data", {}).get(MEDIA_TYPE)
            if record:
                record |= copy.deepcopy(answers[record["question"]])
    (folder / "exercises.ipynb").write_text(json.dumps(notebook, indent=1), encoding="utf-8")
    book = json.loads((model.folder / "answers.json").read_text(encoding="utf-8"))
    for record in book["answers"]:
        record |= answers[record["question"]]
    (folder / "answers.json").write_text(json.dumps(book, indent=1), encoding="utf-8")
    (folder / "timestamp.txt").write_text("2026-11-02 10:00:00.000000 UTC", encoding="utf-8")
    (folder / "submission_secret.txt").write_text("x" * 128, encoding="utf-8")

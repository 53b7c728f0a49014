"""A small course with hand-ins of simulated trainees, made once and copied for every story."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from grading.state import GradingState

MODULE = "10_integrated_fares"


def make(out: Path, number: int, gradebook: str) -> GradingState:
    """Release a module and write hand-ins; a third was scored and marked by hand before.

    What those wrote changed after it was marked: nbgrader then wants it looked at again.
    """
    from course.paths import ROOT
    from grading.demo.hosting import mark_written
    from grading.demo.week import throw_away_state
    from grading.direct import score_all
    from tests.benchmarks import bench_scoring

    with throw_away_state(out, ROOT) as plain:
        state = replace(plain, gradebook=gradebook)
        # one city: the others are tested elsewhere, and each process has to open it
        bench_scoring.CITIES = ("iloilo",)
        students = bench_scoring._hand_ins(state, out, number, 2)
        early = students[: number // 3]
        score_all(state, MODULE, students=early)
        assert mark_written(state, MODULE) > 0
        for student in early:
            _write_more(state, student)
    return state


def _write_more(state: GradingState, student: str) -> None:
    path = state.folder("submitted", student, MODULE) / "exercises.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        mark = cell["metadata"].get("nbgrader", {})
        if mark.get("solution") and cell["cell_type"] == "markdown":
            cell["source"] = "".join(cell["source"]) + " We looked at it again."
    path.write_text(json.dumps(notebook), encoding="utf-8")


def copy_of(state: GradingState, base: Path, gradebook: str) -> GradingState:
    """Return the same course in another folder; its database is the caller's business."""
    shutil.copytree(state.base, base)
    return replace(state, base=base, gradebook=gradebook)


def files(state: GradingState) -> dict[str, Any]:
    """Return what scoring leaves on the disk: records, expected numbers, notebooks."""
    from grading import scored

    kept = {s: vars(made) for s, made in scored.load(state, MODULE).items()}
    keys = json.loads((state.base / "keys" / f"{MODULE}.json").read_text(encoding="utf-8"))
    names = sorted(state.step("autograded").glob(f"*/{MODULE}/*"))
    notebooks = {
        f"{path.parent.parent.name}/{path.name}": path.read_text(encoding="utf-8")
        for path in names
        if not path.name.startswith(".")  # a killed process leaves what it was writing
    }
    return {"scored": kept, "keys": keys, "autograded": notebooks}


def own_environment(out: Path) -> dict[str, str]:
    """Return an environment in which commands work on the course below a folder."""
    return {
        **os.environ, "COURSE_STATE": str(out / "state"),
        "COURSE_EXCHANGE": str(out / "exchange"),
    }  # fmt: skip

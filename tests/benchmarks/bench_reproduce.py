"""Running hand-ins again in jails, beside nbgrader's plain autograde of the same hand-ins.

Both run the whole notebook of every trainee from the top, with the same packages. Plain
autograde starts a kernel for each in this process's own account, without any wall; a run
here has a jail, a Python and a kernel of its own, and its answers are compared. The row
without jails shows what the jail itself costs. CPU seconds include the processes that were
started, where they can be counted: neither in a pool nor in a jail. The hand-ins are those of
simulated trainees, made with the course's own ``answer()``.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

HAND_INS = int(os.environ.get("BENCH_HAND_INS", "12"))
WORKERS = 2
MODULE = "10_integrated_fares"
CITIES = ("seoul", "mashhad", "iloilo")


def run() -> pd.DataFrame:
    """Return one row per way of running: wall and CPU seconds, per hand-in and in all."""
    import pandas as pd

    from course.paths import ROOT
    from grading.demo.week import throw_away_state
    from tests.benchmarks import bench_scoring

    with tempfile.TemporaryDirectory(prefix="bench-reproduce-") as name:
        out = Path(name)
        with throw_away_state(out, ROOT) as state:
            students = _hand_ins(state, out)
            again = "score --reproduce"
            rows = [
                _ours(state, students, f"{again}, {WORKERS} processes", workers=WORKERS),
                _ours(state, students, f"{again}, 1 process"),
                _ours(state, students, f"{again} --unsafe, 1 process", unsafe=True),
                bench_scoring._plain(state, out, students),
            ]
    table = pd.DataFrame(rows)
    for kind in ("wall", "CPU"):
        each = table[f"{kind} s"] / table["hand-ins"]
        table[f"{kind} ms each"] = (each * 1000).round(1)
        table[f"times plain, {kind}"] = (each.iloc[-1] / each).round(2)
    return table


def _ours(
    state: Any, students: list[str], way: str, *, workers: int = 1, unsafe: bool = False
) -> dict[str, Any]:
    from grading.reproduce.batch import reproduce_all
    from tests.benchmarks import bench_scoring

    def work() -> None:
        made = reproduce_all(state, MODULE, workers=workers, unsafe=unsafe, again=True)
        assert [made.runs[s].status for s in students] == ["yes"] * len(students), made

    return bench_scoring._timed(way, len(students), work, counted=unsafe and workers == 1)


def _hand_ins(state: Any, out: Path) -> list[str]:
    from course.questions import load_module
    from grading.demo import exchange, people, stories
    from grading.release import release

    release(state, MODULE)
    spec = load_module(state.assignment_folder(MODULE))
    students = []
    for number in range(HAND_INS):
        person = people.Person(f"model-{number:02d}", "honest", CITIES[number % len(CITIES)])
        home = out / "trainees" / person.id
        folder = exchange.fetch(state, home, person.id, MODULE)
        stories.work(stories.desk(person, folder, home, spec), None)
        target = state.folder("submitted", person.id, MODULE)
        shutil.copytree(folder, target)
        (target / "timestamp.txt").write_text("2026-11-02 10:00:00.000000 UTC", encoding="utf-8")
        students.append(person.id)
    return students

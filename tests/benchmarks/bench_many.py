"""Scoring 1,000 hand-ins on Dask workers with a PostgreSQL gradebook.

Beside it the process pool with SQLite, and nbgrader's plain autograde of 20 of them. The
scheduler, two worker processes and PostgreSQL run on the same machine and are started
before the clock, as a host would keep them running; the workers' first run opens the
cities, the second finds them open. Hand-ins are those of the benchmark "scoring".
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

HAND_INS = int(os.environ.get("BENCH_HAND_INS", "1000"))
PLAIN = int(os.environ.get("BENCH_PLAIN", "20"))
WORKERS = 2
MODULE = "10_integrated_fares"


def run() -> pd.DataFrame:
    """Return one row per way of scoring: wall seconds in all and per hand-in."""
    import pandas as pd

    from course.paths import ROOT
    from grading.demo.week import throw_away_state
    from tests.benchmarks import bench_scoring as one_machine
    from tests.followup_postgres import running

    with (
        tempfile.TemporaryDirectory(prefix="bench-many-") as name,
        throw_away_state(Path(name), ROOT) as state,
        running() as server,
    ):
        out = Path(name)
        students = one_machine._hand_ins(state, out, HAND_INS)
        many = _on_postgres(state, out, server.address, students)
        with _cluster(out) as cluster:
            rows = [
                _scored(many, students, "Dask, 2 workers, PostgreSQL", cluster=cluster),
                _scored(many, students, "the same hand-ins again (--again)", cluster=cluster),
            ]
        rows.append(_scored(state, students, "process pool, 2 processes, SQLite", workers=WORKERS))
        assert _same(many, state), "the two gradebooks differ"
        chosen = students[:: max(1, len(students) // PLAIN)][:PLAIN]
        plain = one_machine._plain(state, out, chosen)
    rows.append({k: plain[k] for k in ("way", "hand-ins", "wall s")})
    table = pd.DataFrame(rows)
    each = table["wall s"] / table["hand-ins"]
    table["wall ms each"] = (each * 1000).round(1)
    table["times plain"] = (each.iloc[-1] / each).round(1)
    return table


def _scored(state: Any, students: list[str], way: str, **how: Any) -> dict[str, Any]:
    from grading.direct import score_all

    begin = time.perf_counter()
    outcome = score_all(state, MODULE, again=True, **how)
    assert len(outcome.now) == len(students), outcome.failed
    return {"way": way, "hand-ins": len(students), "wall s": round(time.perf_counter() - begin, 2)}


def _on_postgres(state: Any, out: Path, address: str, students: list[str]) -> Any:
    """Return the same course, nothing scored, with its gradebook in PostgreSQL."""
    import shutil

    from grading import gradebook_address
    from grading.release import release
    from tests.followup_postgres import new_database

    url = gradebook_address.plain(new_database(address, "grades"))
    other = replace(state, base=out / "many" / "grading", gradebook=url).prepare()
    release(other, MODULE)
    for student in students:
        shutil.copytree(
            state.folder("submitted", student, MODULE), other.folder("submitted", student, MODULE)
        )
    return other


def _same(one: Any, other: Any) -> bool:
    from tests.many_gradebook import rows

    return rows(one.db_url) == rows(other.db_url)


@contextmanager
def _cluster(out: Path) -> Iterator[Any]:
    """Run a scheduler and two workers by the course's own commands, over TLS."""
    import socket

    from course.paths import ROOT
    from grading.many.cluster import checked

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    env = {**os.environ, "COURSE_CACHE": str(out / "cache"), "PYTHONPATH": str(ROOT)}
    command, log = [sys.executable, "-m", "grading"], (out / "cluster.log").open("w")
    address = f"tls://127.0.0.1:{port}"
    going = []

    def start(*words: str, said: str) -> None:
        going.append(
            subprocess.Popen([*command, *words], cwd=ROOT, env=env, stdout=log, stderr=log)
        )
        until = time.monotonic() + 120
        while said not in (told := (out / "cluster.log").read_text()):
            if time.monotonic() > until:
                raise RuntimeError(told)
            time.sleep(0.1)

    try:
        start("scheduler", "--port", str(port), said="Scheduler at")
        start("worker", address, "--workers", str(WORKERS), said="Registered to")
        yield checked(address)
    finally:
        for one in reversed(going):
            one.terminate()
            one.wait()
        log.close()

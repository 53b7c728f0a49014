"""Trainees who sign in at once, work, hand in and fetch feedback on one real hub.

Each of the trainees is a thread with a browser's session; server and kernel of each are real
and run in the hub's own jail. All steps of one row begin at the same moment. In the middle
of the first cells the hub is ended with kill -9 and started again, later the disk of the
exchange is full; what a person has to load again counts in the seconds, and a hand-in that was
confirmed is looked for in the exchange byte by byte. The trainees' browsers run on the same
machine and are part of the load. `COURSE_LOAD_TRAINEES` says how many. Baseline: one trainee
alone on the same hub, before the others come. It needs root, as a hub does.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

IDLE_SECONDS = 60.0
WATCHERS = ("fetch module", "open exercises", "first cells", "all cells", "hand in")
ORDER = ("sign in", "server starts", *WATCHERS, "hand in, disk full", "hand in again",
         "fetch feedback")  # fmt: skip


def run(trainees: int | None = None, idle: float = IDLE_SECONDS) -> pd.DataFrame:
    """Return one row per step and per measured need.

    Parameters
    ----------
    trainees : int, optional
        None reads ``COURSE_LOAD_TRAINEES``, at first 12.
    idle : float
        Seconds over which the idle servers are watched.

    Returns
    -------
    DataFrame
        Columns: what, unit, trainees, p50, p90, p99, max (of the trainees' values), cpu
        (seconds of CPU of the trainee's own processes, mean), again (pages loaded again),
        failures, alone (the baseline).
    """
    from course.errors import CourseError
    from tests import hub_running

    if reason := hub_running.why_not():
        raise CourseError(f"The load of a hub cannot be measured here: {reason}.", "See README.")
    count = trainees or int(os.environ.get("COURSE_LOAD_TRAINEES", "12"))
    with tempfile.TemporaryDirectory(prefix="course-load-") as folder:
        Path(folder).chmod(0o711)
        return _measured(Path(folder), count, idle)


def _measured(folder: Path, count: int, idle: float) -> pd.DataFrame:
    from tests import hub_evening as work
    from tests.hub_running import running_hub
    from tests.hub_small_disk import small_disk

    names = [f"load-{number:03}" for number in range(1, count + 1)]
    with small_disk(512) as disk, running_hub(folder, ["alone", *names], before=disk.mount) as hub:
        hub.as_host("release", work.NUMBER)
        alone = work.Evening(hub)
        _arrive(alone, [work.Trainee(alone, "alone")])
        evening = work.Evening(hub)
        people = [work.Trainee(evening, name) for name in names]
        # only what the course needs: no number of another hub is in the table
        empty = _pss_of_the_hub(hub)
        away = _arrive(evening, people, kill=True)
        needs = [_memory(people), _kernel_memory(people), _idle(people, idle)]
        needs.append(("memory of the hub itself, PSS", "MB", [empty, _pss_of_the_hub(hub)]))
        needs.append(("home on disk", "MB", [_disk(hub.folder.home(n)) for n in names]))
        size = max(_disk(f) for f in hub.folder.inbound.iterdir()) * 1_000_000
        needs.append(("hand-in on disk", "MB", [size / 1e6]))
        needs.append(("hub away, with its start", "s", [away]))
        disk.fill(leave=int(size * count / 2))
        evening.all_at_once(lambda t: t.hand_in(step="hand in, disk full"), people)
        told = sum(map(len, evening.refused.values()))
        lost = work.lost(evening) + work.halves(evening)
        disk.free()
        evening.all_at_once(lambda t: t.hand_in(step="hand in again"), people)
        lost += work.lost(evening)
        began = time.monotonic()
        grades = work.grades(evening)
        needs.append(("collect, score and export, the host", "s", [time.monotonic() - began]))
        hub.as_host("feedback", work.NUMBER)
        evening.all_at_once(lambda t: t.feedback(), people)
        lost += [f"no grade of {name}" for name in names if name not in grades]
        checks = {
            "hand-ins confirmed": sum(map(len, evening.confirmed.values())),
            "hand-ins refused with a sentence, disk full": told,
            "hand-ins lost or by half": len(lost),
        }
    for line in [*lost, *sorted({f"{s.name}: {s.failure}" for s in evening.failures()})]:
        print(line, file=sys.stderr)
    return _table(evening, alone, count, needs, checks)


def _arrive(evening: Any, people: list[Any], *, kill: bool = False) -> float:
    """Let everybody come and work; return how long the hub was away."""
    from tests import hub_evening as work

    evening.all_at_once(lambda t: t.sign_in(), people)
    evening.all_at_once(lambda t: t.start(), people)
    evening.all_at_once(lambda t: t.fetch(), people)
    cells: dict[str, list[str]] = {}
    evening.all_at_once(lambda t: cells.update({t.name: work.typed(t.open(), t.name)}), people)
    people = [t for t in people if t.name in cells]
    away = [0.0]

    def power_cut() -> None:
        time.sleep(1)
        began = time.monotonic()
        evening.hub.kill()
        evening.hub.start_again()
        away[0] = time.monotonic() - began

    evening.all_at_once(
        lambda t: t.run("first cells", cells[t.name][:4]), people,
        meanwhile=power_cut if kill else lambda: None,
    )  # fmt: skip
    evening.all_at_once(lambda t: t.run("all cells", cells[t.name][4:]), people)
    evening.all_at_once(lambda t: t.hand_in(), people)
    return away[0]


def _memory(people: list[Any]) -> tuple[str, str, list[float]]:
    from tests import hub_evening as work

    found = [sum(work.memory_of(t.uid()).values()) for t in people]
    return "memory of a trainee after all cells, PSS", "MB", found


def _kernel_memory(people: list[Any]) -> tuple[str, str, list[float]]:
    from tests import hub_evening as work

    found = [work.memory_of(t.uid()).get("kernel", 0.0) for t in people]
    return "of it the kernel, PSS", "MB", found


def _idle(people: list[Any], seconds: float) -> tuple[str, str, list[float]]:
    before = [t.cpu() for t in people]
    time.sleep(seconds)
    spent = [(t.cpu() - b) / seconds * 3600 for t, b in zip(people, before, strict=True)]
    return "CPU of an idle trainee", "s per hour", spent


def _pss_of_the_hub(hub: Any) -> float:
    """Return the memory of the hub with proxy, formgrader and desk, MB."""
    import psutil

    head = psutil.Process(hub.run.process.pid)
    uids = {t for t in _numbers(hub)}
    found = 0.0
    for process in [head, *head.children(recursive=True)]:
        try:
            if process.uids().real not in uids:
                found += process.memory_full_info().pss / 1e6
        except psutil.Error:
            continue
    return found


def _numbers(hub: Any) -> list[int]:
    from grading.hub import accounts

    return list(accounts.read(hub.folder.accounts).people.values())


def _disk(folder: Path) -> float:
    return sum(p.lstat().st_size for p in folder.rglob("*") if not p.is_dir()) / 1e6


def _table(evening: Any, alone: Any, count: int, needs: Any, checks: Any) -> pd.DataFrame:
    rows = []
    by_hand = {step.name: step.seconds for step in alone.steps if not step.failure}
    for name in ORDER:
        steps = [s for s in evening.steps if s.name == name]
        done = [s for s in steps if not s.failure]
        rows.append(
            _row(name, "s", count, [s.seconds for s in done])
            | {
                "cpu": sum(s.cpu for s in done) / max(1, len(done)),
                "again": sum(s.again for s in steps),
                "failures": len(steps) - len(done),
                "alone": by_hand.get(name, float("nan")),
            }
        )
    rows += [_row(name, unit, count, values) for name, unit, values in needs]
    rows += [_row(name, "", count, [value]) for name, value in checks.items()]
    return pd.DataFrame(rows)


def _row(what: str, unit: str, count: int, values: list[float]) -> dict[str, Any]:
    series = pd.Series(values, dtype=float)
    found = {f"p{q}": series.quantile(q / 100) if len(series) else float("nan")
             for q in (50, 90, 99)}  # fmt: skip
    nan = float("nan")
    top = series.max() if len(series) else nan
    return {"what": what, "unit": unit, "trainees": count, **found, "max": top,
            "cpu": nan, "again": nan, "failures": nan, "alone": nan}  # fmt: skip


if __name__ == "__main__":
    from course.commands.bench import markdown_table

    print(markdown_table(run(int(sys.argv[1]) if sys.argv[1:] else None)))

"""Kill -9 in the middle of start, add and remind: run again, nothing doubled, nothing lost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from course.paths import ROOT
from grading.followup import open_store
from grading.followup.adding import add_all
from tests import followup_killer, followup_postgres
from tests.followup_year import register

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="kill -9 and fork are of POSIX systems"),
]
TABLES = (
    "cohorts", "participants", "plans", "milestones", "activities", "plan_tables", "reports",
    "obstacles", "evidence", "reminders", "statuses", "kpis", "table_states",
)  # fmt: skip


def content(db: str) -> dict[str, list[tuple]]:
    """Return every row of the store without what differs between two runs."""
    with open_store(db) as store:
        frames = store.frames()
    found = {}
    for name in TABLES:
        table = getattr(frames, name)
        # numbers given by the database may have gaps where a killed run had begun
        keys = [c for c in table if c == "id" or (c.endswith("_id") and c != "student_id")]
        table = table.drop(columns=[*keys, *[c for c in ("recorded_at",) if c in table]])
        found[name] = sorted(map(repr, table.itertuples(index=False)))
    return found


def harried(databases: list[str], folder: Path, points: dict[str, int]) -> None:
    """Kill at random points, each in its own database, and compare with the first one."""
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "tests.followup_killer", json.dumps(databases), folder, "20260327",
         json.dumps(points)],
        cwd=ROOT, capture_output=True, text=True, timeout=400,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert not [t for t in told if "error" in t], told
    assert all(t["killed"] for t in told) and len(told) == sum(points.values())
    rows, files = content(databases[0]), mails(folder / "0")
    assert len(rows["reports"]) == 2 * len(followup_killer.CITIES) and rows["reminders"] and files
    for number, (db, kill) in enumerate(zip(databases[1:], told, strict=True), start=1):
        assert content(db) == rows, kill
        assert mails(folder / str(number)) == files, kill


def mails(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in (folder / "mail").iterdir() if p.suffix != ".part"}


def test_twenty_kills_leave_no_trace_on_sqlite(tmp_path):
    databases = [str(tmp_path / f"{n}.db") for n in range(21)]
    harried(databases, tmp_path / "work", {"start": 5, "add": 9, "remind": 6})


def test_a_few_kills_leave_no_trace_on_postgresql(tmp_path):
    with followup_postgres.server() as address:
        names = [f"kill{n}" for n in range(5)]
        databases = [followup_postgres.new_database(address, name) for name in names]
        harried(databases, tmp_path / "work", {"start": 1, "add": 2, "remind": 1})


def test_the_command_itself_is_finished_by_running_it_again(tmp_path):
    """The whole command in its own interpreter, killed while it works on the files."""
    db = str(tmp_path / "f.db")
    with open_store(db) as store:
        register(store, followup_killer.CITIES)
    files = [str(p) for p in followup_killer.files(tmp_path / "reports")]
    command = [sys.executable, "-m", "grading", "followup", "add", *files, "--db", db, "--json",
               "--on", followup_killer.ADD_DAY.isoformat()]  # fmt: skip
    running = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 240
    with open_store(db) as store:
        # as soon as the first report has come, the rest has not
        while store.frames().reports.empty and running.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.002)
    running.send_signal(signal.SIGKILL)
    running.wait()
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    outcomes = [f["outcome"] for f in json.loads(done.stdout)["files"]]
    assert "refused" not in outcomes and len(outcomes) == 2 * len(followup_killer.CITIES)
    with open_store(tmp_path / "calm.db") as store:
        register(store, followup_killer.CITIES)
        add_all(store, files, on=followup_killer.ADD_DAY)
    assert content(db) == content(str(tmp_path / "calm.db"))

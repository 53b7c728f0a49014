"""Kills at random moments, and what was left afterwards.

Processes are ended with kill -9 while hand-ins are scored, run again and handed in: the
workers, the scheduler and the database (PostgreSQL) of scoring and of reproduction on Dask, the
processes of reproduction on one machine, JupyterHub while trainees hand in, and everything of
a hub at once, with its proxy and all servers. Afterwards gradebook, records and notebooks must
equal those of an undisturbed run (the baseline, in the same test), nothing doubled, nothing
lost, nothing by half. `COURSE_KILLS` says how many of
each sort (more where they are quick, fewer on the hub), `COURSE_KILLS_SEED` which moments;
the course's own tests deal a few of each. It needs root, as a hub does.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
KILLS = int(os.environ.get("COURSE_KILLS", "25"))
# the test, and how many kills it deals for each that the other sorts deal; a hub takes half a
# minute to come back, with everybody at work again
TESTS = {
    "test_many_kills.py": (
        "test_killed_at_random_moments_the_gradebook_is_as_if_nothing_had_been", 1.0,
    ),
    "test_reproduce_kills.py": (
        "test_killed_at_random_moments_it_ends_as_if_undisturbed", 1.6,
    ),
    "test_hub_kills.py": ("test_the_gradebook_is_that_of_an_undisturbed_evening", 0.4),
}  # fmt: skip


def run() -> pd.DataFrame:
    """Return one row per sort of work and of process killed.

    Returns
    -------
    DataFrame
        Columns: work, killed (what was ended), times, equal (whether everything was as if
        undisturbed), minutes (of the test, with its undisturbed run; the tests run side by side).
    """
    from course.errors import CourseError

    rows = []
    with ThreadPoolExecutor(len(TESTS)) as side_by_side:
        done = list(side_by_side.map(_run, TESTS, *zip(*TESTS.values(), strict=True)))
    for file, (told, passed, minutes) in zip(TESTS, done, strict=True):
        if not told:
            raise CourseError(f"{file} dealt no kill here.", f"Run it: pytest tests/{file}")
        rows += [
            (work, kind, times, "yes" if passed else "NO", minutes)
            for work, killed in told.items()
            for kind, times in sorted(killed.items())
        ]
    table = pd.DataFrame(rows, columns=["work", "killed", "times", "equal", "minutes"])
    everything = "yes" if (table["equal"] == "yes").all() else "NO"
    longest = table["minutes"].max()
    table.loc[len(table)] = ("all", "", int(table["times"].sum()), everything, longest)
    return table


def _run(file: str, test: str, share: float) -> tuple[dict[str, dict[str, int]], bool, float]:
    """Run a test; return what it says it killed, by work, whether it passed, its minutes."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="bench-kills-") as folder:
        report = Path(folder) / "report.xml"
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-n0", f"tests/{file}::{test}",
             f"--junitxml={report}", "-o", "junit_family=xunit1"],
            cwd=ROOT, env=os.environ | {"COURSE_KILLS": str(round(KILLS * share))}, check=False,
        )  # fmt: skip
        found = ET.parse(report).getroot().iter("property")
        told = {
            str(p.get("name")).removeprefix("killed "): json.loads(str(p.get("value")))
            for p in found
            if str(p.get("name")).startswith("killed ")
        }
    return told, done.returncode == 0, round((time.monotonic() - began) / 60, 1)

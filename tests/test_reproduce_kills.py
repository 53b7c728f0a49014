"""Reproduction killed at random moments: every hand-in is verified once, as if undisturbed.

``COURSE_KILLS`` says how many kills (some in CI), ``COURSE_KILLS_SEED`` where the dice begin.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from course.paths import ROOT
from grading.reproduce import kept
from grading.reproduce.batch import reproduce_all
from grading.reproduce.bounds import Bounds
from grading.reproduce.usage import descendants
from grading.state import GradingState
from tests.reproduce_pieces import MODULE, gone, hand_in, jails, need_jail, state_in
from tests.waiting import wait_until

KILLS = int(os.environ.get("COURSE_KILLS", "6"))
SEED = int(os.environ.get("COURSE_KILLS_SEED", "6"))
KINDS = ("host", "worker")
HANDED = {"m10_trip": 1850, "m10_link": 1295, "m10_cap": "d"}
RIGHT = {"m10_trip": "m10_trip = 1850", "m10_link": "m10_link = 1290 + 5",
         "m10_cap": "m10_cap = 'd'"}  # fmt: skip
OTHER = {"m10_trip": "m10_trip = 1700", "m10_link": "m10_link = 1290 + 5",
         "m10_cap": "m10_cap = 'd'"}  # fmt: skip
_BATCH = """
import sys
from pathlib import Path
from grading.reproduce.batch import reproduce_all
from grading.reproduce.bounds import Bounds
from grading.state import GradingState
if __name__ == "__main__":
    base = Path(sys.argv[1])
    state = GradingState(base=base, root=Path(sys.argv[2]), exchange=base)
    reproduce_all(state, sys.argv[3], bounds=Bounds(cell_s=100), workers=2)
"""


def start(state: GradingState, script: Path) -> subprocess.Popen[bytes]:
    script.write_text(_BATCH, encoding="utf-8")
    return subprocess.Popen(
        [sys.executable, str(script), str(state.base), str(ROOT), MODULE], cwd=script.parent,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, start_new_session=True,
    )  # fmt: skip


def victim(host: subprocess.Popen[bytes], kind: str, dice: random.Random) -> int:
    """Return the batch itself, or a process of its pool that has a jail now; 0 for none."""
    if kind == "host":
        return host.pid
    workers = []
    for pid in descendants(host.pid):
        with suppress(OSError):
            if b"bwrap" in Path(f"/proc/{pid}/comm").read_bytes():
                status = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
                parent = int(status[1])
                if b"bwrap" not in Path(f"/proc/{parent}/comm").read_bytes():
                    workers.append(parent)
    return dice.choice(sorted(set(workers))) if workers else 0


def verdicts(state: GradingState) -> dict[str, Any]:
    """Return what is kept of each hand-in, without the moment and the seconds it took."""
    return {
        name: (made.status, [(o["question"], o["outcome"]) for o in made.outcomes])
        for name, made in kept.load(state, MODULE).items()
    }


@pytest.mark.slow
def test_killed_at_random_moments_it_ends_as_if_undisturbed(
    tmp_path: Path, record_property: Callable[[str, Any], None]
) -> None:
    need_jail()
    state = state_in(tmp_path)
    names = [f"s-{n:02}" for n in range(max(8, KILLS))]
    for number, name in enumerate(names):
        hand_in(state, name, OTHER if number % 3 == 0 else RIGHT, HANDED)
    calm = replace(state, base=tmp_path / "calm")
    calm.base.mkdir()
    for part in ("submitted", "release"):
        shutil.copytree(state.base / part, calm.base / part)
    reproduce_all(calm, MODULE, bounds=Bounds(cell_s=100), workers=2)
    expected = verdicts(calm)
    assert {n: status for n, (status, _) in expected.items()} == {
        name: "no" if number % 3 == 0 else "yes" for number, name in enumerate(names)
    }

    dice, killed, seen = random.Random(SEED), 0, Counter[str]()
    # whatever the moments turn out to be, both kinds have their share
    kinds = [KINDS[number % len(KINDS)] for number in range(KILLS)]
    dice.shuffle(kinds)
    while killed < KILLS:
        host = start(state, tmp_path / "batch.py")
        goal = len(kept.load(state, MODULE)) + dice.choice((0, 0, 1))
        until = time.monotonic() + 120
        while host.poll() is None and time.monotonic() < until and killed < KILLS:
            if jails(host.pid) and len(kept.load(state, MODULE)) >= goal:
                time.sleep(dice.random() * 0.6)
                kind = kinds[killed]
                with suppress(ProcessLookupError):
                    if pid := victim(host, kind, dice):
                        os.kill(pid, signal.SIGKILL)
                        killed += 1
                        seen[kind] += 1
                goal += 1
            time.sleep(0.02)
        pids = [host.pid, *descendants(host.pid)]
        if killed >= KILLS and host.poll() is None:
            host.wait(300)
        if host.poll() is None:
            host.kill()
        host.wait(60)
        assert wait_until(lambda pids=pids: gone(pids[1:])), "a jail outlived its host"
        if verdicts(state).keys() == expected.keys() and killed < KILLS:
            # all is done before the last kill: the story begins again, with nothing kept
            (state.base / "reproduced" / f"{MODULE}.jsonl").unlink()
    reproduce_all(state, MODULE, bounds=Bounds(cell_s=100), workers=2)
    record_property("killed reproducing on one machine", json.dumps(seen))
    assert killed == KILLS and set(seen) == set(KINDS)
    assert verdicts(state) == expected
    lines = (state.base / "reproduced" / f"{MODULE}.jsonl").read_text(encoding="utf-8")
    assert sorted(json.loads(line)["student"] for line in lines.splitlines()) == names

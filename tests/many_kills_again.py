"""``score --reproduce`` on Dask and PostgreSQL, killed at random moments: scored and run again.

The stories of `tests.many_kills`, with the command itself. A few hand-ins are enough: each run
in a jail takes seconds. Some of them give other answers when they are run again.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict
from typing import Any

from grading.reproduce import kept
from grading.reproduce.usage import descendants
from grading.state import GradingState
from tests import many_hand_ins
from tests.many_kills import Run, Stories
from tests.many_machines import Machines

MODULE = many_hand_ins.MODULE
CHOSEN = ("s0000", "s0007", "s0008", "s0012")


def score(state: GradingState, *words: str) -> None:
    """Do what ``python -m grading score --reproduce`` does; its sentences are raised."""
    import argparse

    from grading.commands import score as command

    os.environ |= {
        "COURSE_STATE": str(state.base.parent), "COURSE_EXCHANGE": str(state.exchange),
        "COURSE_GRADEBOOK": state.gradebook,
    }  # fmt: skip
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    only = [word for student in CHOSEN for word in ("--student", student)]
    code = command.run(parser.parse_args([MODULE, "--reproduce", "--json", *only, *words]))
    assert code == 0, "a hand-in could not be scored or run at all"


class ScoredAndRunAgain(Run):
    """One run of the command on the cluster."""

    def start(self) -> Run:
        self.kept_before = len(kept.load(self.state, MODULE))
        return super().start()

    def work(self) -> None:
        score(self.state, "--scheduler", self.machines.address)

    def written(self) -> int:
        return super().written() + len(kept.load(self.state, MODULE)) - self.kept_before


class Again(Stories):
    """Stories of scoring and running again."""

    run = ScoredAndRunAgain
    name = "again"
    pause_s = 1.5

    def undisturbed(self, state: GradingState) -> None:
        score(state, "--workers", "2")

    def left(self, state: GradingState) -> dict[str, Any]:
        """Return verdicts and the report too; a student has one line among the verdicts."""
        lines = (state.base / "reproduced" / f"{MODULE}.jsonl").read_text(encoding="utf-8")
        assert sorted(json.loads(line)["student"] for line in lines.splitlines()) == sorted(CHOSEN)
        found = {s: asdict(made) for s, made in kept.load(state, MODULE).items()}
        report = json.loads((state.reports / f"{MODULE}.json").read_text(encoding="utf-8"))
        rows = {row["student"]: row for row in report["students"]}
        return {**super().left(state), "verdicts": found, "report": rows}

    def check_calm(self) -> None:
        outcomes = [o["outcome"] for made in self.files["verdicts"].values()
                    for o in made["outcomes"]]  # fmt: skip
        assert {"reproduced", "different"} == set(outcomes), outcomes
        assert all(made["jailed"] for made in self.files["verdicts"].values())

    def ready(self, kind: str, run: Run, machines: Machines) -> bool:
        """Wait until a notebook runs in a jail, where a worker is to be killed with one."""
        while kind == "worker" and not any(map(descendants, machines.workers)):
            if run.over():
                return False
            time.sleep(0.01)
        return True

    def victim(self, machines: Machines) -> int:
        inside = [n for n, pid in enumerate(machines.workers) if descendants(pid)]
        return self.chance.choice(inside) if inside else super().victim(machines)

    def moment(self, left: int) -> int:
        """Draw a moment; most fall into the runs in jails, which come after the scoring."""
        before = max(0, left - len(CHOSEN))  # of these steps the scoring is made
        return self.chance.randint(0 if self.chance.random() < 0.25 else before, max(0, left - 1))

    def to_do(self, state: GradingState) -> int:
        from grading import scored

        made = scored.load(state, MODULE)
        done = [s for s in CHOSEN if s in made and vars(made[s]) == self.files["scored"][s]]
        return 2 * len(CHOSEN) - len(done) - len(kept.load(state, MODULE))

"""Scoring on Dask and PostgreSQL, killed at random moments: a process of its own.

``python -m tests.many_kills FOLDER SEED '{"worker": 2, ...}' '{...}'`` makes a small course and
scores it undisturbed; then it tells stories. In each a fresh copy of the course is scored while
workers, the scheduler, the database and the scoring process itself are ended with SIGKILL,
and run again, until all is scored. Everything that is left must equal the undisturbed run.

All processes are forks of this one, which has imported everything and started no thread:
each costs milliseconds. Moments are counted in notebooks written, with a little time on
top, so that they fall into the work on any machine. One JSON line is printed per story. The second
number of kills is dealt in stories of ``score --reproduce`` (`tests.many_kills_again`).
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

from course.errors import CourseError
from grading import direct, gradebook_address, gradebook_store
from grading.many import Cluster, dask_work, tasks
from grading.state import GradingState
from tests import many_hand_ins
from tests.followup_postgres import Server, new_database, running
from tests.many_gradebook import rows
from tests.many_machines import Machines, child

NUMBER = int(os.environ.get("COURSE_KILL_HAND_INS", "18"))
KINDS = ("scoring", "worker", "scheduler", "database", "database for long")
ONCE = {  # what may stand in a table only once
    "submitted_assignment": "assignment_id, student_id",
    "submitted_notebook": "notebook_id, assignment_id",
    "grade": "cell_id, notebook_id",
    "comment": "cell_id, notebook_id",
}
DONE, SENTENCE = 0, 3


def warm() -> None:
    """Import what the processes need; nothing here may start a thread."""
    import distributed  # noqa: F401
    import nbgrader.api
    import nbgrader.plugins  # noqa: F401
    import pandas  # noqa: F401

    import course.answers
    import course.city.pack  # noqa: F401
    import grading.answer_key.m10_integrated_fares
    import grading.marking  # noqa: F401

    dask_settings()
    tasks.code()
    # small batches and short waits: more moments between two steps, and less to wait for
    direct.CHUNK, direct.BATCH = 1, 3
    gradebook_store.PATIENCE_S, gradebook_store._PAUSE_S = 1.5, 0.05
    dask_work.NO_WORKER_S, dask_work._LOOK_S, dask_work.CONNECT_S = 20.0, 0.1, 3.0


def dask_settings() -> None:
    import dask

    dask.config.set({
        "distributed.scheduler.http.routes": [], "distributed.worker.http.routes": [],
        "distributed.scheduler.allowed-failures": 6, "distributed.admin.log-format": "",
        "distributed.scheduler.worker-ttl": None,
    })  # fmt: skip


@dataclass
class Run:
    """One scoring in a process of its own."""

    state: GradingState
    machines: Machines
    log: Path
    pid: int = 0
    code: int | None = None

    def start(self) -> Run:
        def work() -> int:
            try:
                self.work()
            except CourseError as error:
                print("SENTENCE", error)
                return SENTENCE
            return DONE

        self.started = time.time()
        self.pid = child(work, self.log)
        return self

    def work(self) -> None:
        """Do it, in the process of its own."""
        cluster = Cluster(self.machines.address)
        outcome = direct.score_all(self.state, many_hand_ins.MODULE, cluster=cluster)
        assert not outcome.failed, outcome.failed

    def over(self) -> bool:
        if self.code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.code = os.waitstatus_to_exitcode(status)
        return self.code is not None

    def wait(self) -> int:
        until = time.monotonic() + 180
        while not self.over():
            assert time.monotonic() < until, "a run hangs: " + self.log.read_text()
            time.sleep(0.01)
        assert self.code in (DONE, SENTENCE), self.log.read_text()
        return self.code

    def written(self) -> int:
        """Return how many notebooks this run has written so far."""
        found = self.state.step("autograded").glob(f"*/{many_hand_ins.MODULE}/exercises.ipynb")
        return sum(path.stat().st_mtime >= self.started for path in found)

    def reach(self, notebooks: int, then: float) -> bool:
        """Wait for a moment; False when the run ended before it."""
        while not self.over():
            if self.written() >= notebooks:
                time.sleep(then)
                return not self.over()
            time.sleep(0.005)
        return False

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        self.code = -signal.SIGKILL


@dataclass
class Stories:
    """The course, the database server, and what the undisturbed run left."""

    folder: Path
    server: Server
    chance: random.Random
    base: GradingState
    rows: dict[str, Any] = field(default_factory=dict)
    files: dict[str, Any] = field(default_factory=dict)
    run: ClassVar[type[Run]] = Run
    name: ClassVar[str] = "scored"
    pause_s: ClassVar[float] = 0.12
    told: int = 0
    with_jail: int = 0
    killed: Counter[str] = field(default_factory=Counter)

    def copy(self, name: str) -> GradingState:
        """Copy the course and its database; nobody is connected to it."""
        url = gradebook_address.plain(new_database(self.server.address, name, like="base"))
        folder = self.folder / name / "state" / "grading"
        return many_hand_ins.copy_of(self.base, folder, url)

    def calm(self) -> None:
        """Score undisturbed, on the process pool's own road, and remember what is left."""
        state, log = self.copy(f"calm{self.name}"), self.folder / f"calm{self.name}.log"
        pid = child(lambda: self.undisturbed(state), log)
        assert os.waitpid(pid, 0)[1] == 0, log.read_text()
        self.rows, self.files = rows(state.db_url), self.left(state)
        self.check_calm()

    def undisturbed(self, state: GradingState) -> None:
        direct.score_all(state, many_hand_ins.MODULE)

    def left(self, state: GradingState) -> dict[str, Any]:
        """Return what a run leaves on the disk."""
        return many_hand_ins.files(state)

    def check_calm(self) -> None:
        assert len(self.rows["submitted_assignment"]) == NUMBER

    def tell(self, kinds: list[str]) -> list[str]:
        """Score one copy with kills, run again to the end, compare; return kinds left over."""
        self.told, began = self.told + 1, time.monotonic()
        name = f"{self.name}{self.told}"
        state, place = self.copy(name), self.folder / name
        machines, log = Machines(place), place / "scoring.log"
        machines.start()
        happened: list[str] = []
        most = self.chance.randint(4, 9)  # then it may come to its end
        ends: list[int] = []
        try:
            run = self.run(state, machines, log).start()
            while kinds and len(happened) < most:
                left = self.to_do(state)
                moment = self.moment(left)
                if not run.reach(moment, self.chance.uniform(0, self.pause_s)):
                    ends.append(run.wait())
                    if ends[-1] == DONE:
                        break
                    run = self.run(state, machines, log).start()
                    continue
                if not self.ready(kinds[0], run, machines):
                    continue
                kind = kinds.pop(0)
                happened.append(f"{kind} at {run.written()} of {left}")
                self.killed[kind] += 1
                run = self._strike(kind, run, machines, ends)
                self._nothing_doubled(state)
            while not ends or ends[-1] != DONE or run.code is None:
                ends.append(run.wait())
                if ends[-1] == SENTENCE:
                    run = self.run(state, machines, log).start()
        finally:
            machines.stop()
        self.with_jail += machines.with_jail
        assert rows(state.db_url) == self.rows, f"{name}: another gradebook"
        left = self.left(state)
        for part, wanted in self.files.items():
            assert left[part] == wanted, f"{name}: other {part}"
        took = round(time.monotonic() - began, 1)
        print(json.dumps({"story": name, "killed": happened, "ends": ends, "seconds": took}),
              flush=True)  # fmt: skip
        shutil.rmtree(place)
        return kinds

    def _strike(self, kind: str, run: Run, machines: Machines, ends: list[int]) -> Run:
        again = self.run(run.state, machines, run.log)
        if kind == "worker":
            machines.kill_worker(self.victim(machines))
            return run
        if kind == "database":  # back before patience ends: the run goes on by itself
            self.server.kill()
            self.server.start()
            return run
        if kind == "scoring":
            run.kill()
            return again.start()
        if kind == "scheduler":
            machines.kill_scheduler()
            ends.append(run.wait())
        else:  # the database stays away until the run has given up, or has no need of it
            self.server.kill()
            ends.append(run.wait())
            self.server.start()
        return again.start()

    def ready(self, kind: str, run: Run, machines: Machines) -> bool:
        """Say whether a kill may fall now; False when the run ended before."""
        return True

    def victim(self, machines: Machines) -> int:
        """Draw the worker that is killed."""
        return self.chance.randrange(len(machines.workers))

    def moment(self, left: int) -> int:
        """Draw the step after which to kill."""
        return self.chance.randint(0, max(0, left - 1))

    def to_do(self, state: GradingState) -> int:
        """Return how many steps are left of which a kill can fall between two."""
        from grading import scored

        done = scored.load(state, many_hand_ins.MODULE).items()
        return NUMBER - sum(vars(made) == self.files["scored"][s] for s, made in done)

    def _nothing_doubled(self, state: GradingState) -> None:
        """After a kill no row is there twice, and no student is there in part."""
        for table, once in ONCE.items():
            found = self._ask(state, f"SELECT {once} FROM {table} GROUP BY {once} "
                                     "HAVING count(*) > 1")  # fmt: skip
            assert not found, f"{table} holds a row twice: {found}"
        cells = {
            n for _, n in self._ask(state, "SELECT notebook_id, count(*) FROM grade GROUP BY 1")
        }
        assert len(cells) <= 1, f"a hand-in is there in part: {cells} cells"

    def _ask(self, state: GradingState, query: str) -> list[tuple[Any, ...]]:
        import psycopg

        with psycopg.connect(state.db_url.replace("+psycopg", "")) as connection:
            return connection.execute(query).fetchall()


def main(folder: Path, seed: int, *wanted: dict[str, int]) -> None:
    """Tell stories of each sort until every kind of kill was dealt as often as wanted."""
    from tests.many_kills_again import Again

    warm()
    chance = random.Random(seed)
    with running() as server:
        base = gradebook_address.plain(new_database(server.address, "base"))
        made = child(lambda: prepare(folder / "base", base), folder / "base.log")
        assert os.waitpid(made, 0)[1] == 0, (folder / "base.log").read_text()
        state = replace(
            GradingState(folder / "base" / "state" / "grading", root(),
                         folder / "base" / "exchange"), gradebook=base,
        )  # fmt: skip
        for sort, numbers in zip((Stories, Again), wanted, strict=False):
            kinds = [kind for kind in KINDS for _ in range(numbers.get(kind, 0))]
            chance.shuffle(kinds)
            stories = sort(folder, server, chance, state)
            if kinds:
                stories.calm()
            while kinds:
                kinds = stories.tell(kinds)
            print(json.dumps({
                "sort": sort.name, "stories": stories.told, "killed": stories.killed,
                "with_jail": stories.with_jail,
            }), flush=True)  # fmt: skip


def prepare(out: Path, gradebook: str) -> None:
    many_hand_ins.make(out, NUMBER, gradebook)


def root() -> Path:
    from course.paths import ROOT

    return ROOT


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), *map(json.loads, sys.argv[3:]))

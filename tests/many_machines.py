"""A scheduler and its workers as forks of this process, and how they are killed."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from grading.many import tasks
from grading.reproduce.usage import descendants
from tests.reproduce_pieces import gone

FAULT = 1


def child(work: Callable[[], int | None], out: Path) -> int:
    """Run something in a fork; what it says goes into a file."""
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return pid
    code = FAULT
    try:
        os.setpgid(0, 0)
        handle = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(handle, 1)
        os.dup2(handle, 2)
        code = work() or 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


@dataclass
class Machines:
    """The scheduler and its workers, each a process."""

    folder: Path
    number: int = 2
    address: str = ""
    scheduler: int = 0
    workers: list[int] = field(default_factory=list)
    with_jail: int = 0  # workers that were killed while a notebook ran in a jail

    def start(self) -> None:
        into, out = os.pipe()

        def serve() -> None:
            from distributed import Scheduler

            async def go() -> None:
                async with Scheduler(host="127.0.0.1", port=0, dashboard=False,
                                     dashboard_address="127.0.0.1:0") as made:  # fmt: skip
                    os.write(out, made.address.encode() + b"\n")
                    await made.finished()

            asyncio.run(go())

        self.scheduler = child(serve, self.folder / "scheduler.log")
        os.close(out)
        with os.fdopen(into) as pipe:
            self.address = pipe.readline().strip()
        assert self.address, (self.folder / "scheduler.log").read_text()
        while len(self.workers) < self.number:
            self.add_worker()

    def add_worker(self) -> None:
        address, place = self.address, self.folder / "dask"

        def serve() -> None:
            from distributed import Worker

            async def go() -> None:
                async with Worker(address, nthreads=1, dashboard=False, memory_limit=0,
                                  dashboard_address="127.0.0.1:0", resources={tasks.JAIL: 1},
                                  local_directory=str(place)) as made:  # fmt: skip
                    await made.finished()

            asyncio.run(go())

        self.workers.append(child(serve, self.folder / "worker.log"))

    def kill_worker(self, which: int) -> None:
        self._end_worker(self.workers.pop(which))
        self.add_worker()

    def _end_worker(self, pid: int) -> None:
        """Kill a worker; whatever it had started must end with it."""
        inside = descendants(pid)
        self.with_jail += bool(inside)
        end(pid)
        until = time.monotonic() + 60
        while not gone(inside):
            assert time.monotonic() < until, f"left behind by a worker: {inside}"
            time.sleep(0.01)

    def kill_scheduler(self) -> None:
        end(self.scheduler)
        self.stop()
        self.start()

    def stop(self) -> None:
        for pid in self.workers:
            self._end_worker(pid)
        end(self.scheduler)
        self.workers, self.scheduler = [], 0


def end(pid: int) -> None:
    """Kill one of our processes for good and wait for its end; ended ones are no news."""
    if pid:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(pid, 0)

"""A pool of processes that survives a hand-in which takes one of them down."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from course.errors import CourseError
from grading.state import GradingState

Job = tuple[GradingState, str, list[str]]  # the course, the module's id, some students
STOPPED = "The process that read this hand-in was stopped by the system."


class MarkersLost(CourseError):
    """Nobody is left to do the work; what was done is good."""


class Work:
    """Runs jobs in this process or in a pool; use as a context manager.

    Parameters
    ----------
    state, assignment
        The first two parts of every job.
    workers : int
        Processes; 1 works here, without a pool.
    """

    def __init__(self, state: GradingState, assignment: str, workers: int) -> None:
        self.state, self.assignment, self.workers = state, assignment, workers
        self.pool = _new_pool(workers) if workers > 1 else None

    def map(
        self,
        function: Callable[[Job], Any],
        chunks: list[list[str]],
        lost: Callable[[str, str], Any],
    ) -> Iterator[Any]:
        """Yield the results as they are ready, in any order.

        Parameters
        ----------
        function : callable
            A function of a module; takes a job.
        chunks : list of list of str
            The students of each job.
        lost : callable
            ``lost(student, sentence)`` is yielded for one that stopped its process.
        """
        jobs = [(self.state, self.assignment, chunk) for chunk in chunks]
        if self.pool is None:
            yield from map(function, jobs)
            return
        futures = {self.pool.submit(function, job): job for job in jobs}
        broken: list[str] = []
        for future in as_completed(futures):
            try:
                yield future.result()
            except BrokenProcessPool:
                broken += futures[future][2]
        if broken:
            # one hand-in took a process down, and the whole pool with it: each of those
            # not done gets a process of its own, so that only that one is lost
            self.pool.shutdown()
            self.pool = _new_pool(self.workers)
            for student in broken:
                yield self._alone(function, student, lost)

    def _alone(
        self, function: Callable[[Job], Any], student: str, lost: Callable[[str, str], Any]
    ) -> Any:
        with _new_pool(1) as pool:
            try:
                return pool.submit(function, (self.state, self.assignment, [student])).result()
            except BrokenProcessPool:
                return lost(student, STOPPED)

    def __enter__(self) -> Work:
        """Return itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, *exc: object) -> None:
        """Stop the processes; what has not begun is dropped, and after Ctrl-C also what has."""
        if self.pool is None:
            return
        if kind is not None and not issubclass(kind, Exception):
            for process in list((self.pool._processes or {}).values()):
                process.kill()
        self.pool.shutdown(cancel_futures=True)


def _new_pool(workers: int) -> ProcessPoolExecutor:
    # a fork would copy the locks of numerical libraries in whatever state they are
    context = multiprocessing.get_context("forkserver" if os.name == "posix" else "spawn")
    if os.name == "posix":
        # imported once by the server, which has no threads, then shared by its forks
        context.set_forkserver_preload(["grading.marking", "course.answers", "pandas"])
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_belong)


def _belong() -> None:
    """Make a process of the pool end with the one that uses it, whatever it is doing then.

    Ctrl-C in a terminal reaches every process; here only the first one answers it.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow, daemon=True).start()


def _follow() -> None:
    from multiprocessing.connection import wait

    if (user := multiprocessing.parent_process()) is not None:
        wait([user.sentinel])
        os._exit(1)

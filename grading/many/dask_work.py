"""Jobs on Dask workers, behind the same interface as the process pool.

A worker that dies takes nothing with it: the scheduler gives its job to another one. A
hand-in that kills worker after worker is given up after a few, and the others go on. A
scheduler that dies ends the run with a sentence; what was written stays. Work that needs a
jail goes to those workers that said at their start that they can make one.
"""

from __future__ import annotations

import json
import logging
import queue
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from course.errors import CourseError
from grading.many import plain, tasks
from grading.many.cluster import Cluster
from grading.pool import Job, MarkersLost
from grading.state import GradingState

NO_WORKER_S = 60.0  # a worker that is started again is back before that
CONNECT_S = 15.0
_LOOK_S = 1.0
GIVEN_UP = "Worker after worker stopped while it read this hand-in."
_ON = "Start the scheduler and its workers, then run the command again: it goes on where it was."
_AHEAD = 2  # jobs that need a jail are given out as they are done: a worker that dies with
# many that it had not begun would bring all of them under suspicion
Pending = dict[str, tuple[Any, list[str]]]


class DaskWork:
    """Runs jobs on the workers of a cluster; use as a context manager.

    Parameters
    ----------
    state, assignment
        The first two parts of every job. The state's folders must be seen by all workers.
    cluster : Cluster
        Where the scheduler is.
    types : tuple of type
        Dataclasses that stand in results; no other class is made of what workers send.
    jailed : bool
        The work needs a jail: it goes only to workers that can make one.

    Attributes
    ----------
    left_out : list of str
        Why workers that are there do none of this work, a sentence for each machine.
    """

    def __init__(
        self, state: GradingState, assignment: str, cluster: Cluster,
        types: tuple[type, ...] = (), *, jailed: bool = False,
    ) -> None:  # fmt: skip
        self.state, self.assignment, self.cluster, self.types = state, assignment, cluster, types
        self.jailed = jailed
        self.run = uuid.uuid4().hex
        self.client: Any = None
        self.left_out: list[str] = []
        self._alone_since: float | None = None

    def __enter__(self) -> DaskWork:
        """Connect.

        Raises
        ------
        CourseError
            No scheduler answers at the address, or Dask is not installed.
        """
        try:
            from distributed import Client
        except ImportError:
            raise CourseError(
                "Dask is not installed in this environment.",
                "Install the hub's requirements: pip install -r requirements-hub.lock.",
            ) from None
        _silence()
        try:
            self.client = Client(
                self.cluster.address, security=self.cluster.security(), timeout=f"{CONNECT_S}s",
                set_as_default=False, name="course",
                # results are bytes of JSON: what a worker sends is never unpickled as data
                serializers=["dask", "msgpack"], deserializers=["dask", "msgpack", "error"],
            )  # fmt: skip
        except (OSError, TimeoutError, ValueError) as error:
            said = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
            raise CourseError(
                f"No scheduler answers at {self.cluster.address} ({said.rstrip('.')}).", _ON
            ) from None
        return self

    def __exit__(self, *exc: object) -> None:
        """Leave; the scheduler drops what has not begun."""
        if self.client is not None:
            self.client.close(timeout=5)

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
            A function of a module of ``grading``, takes a job; or a ``functools.partial``
            of one with named plain options.
        chunks : list of list of str
            The students of each job.
        lost : callable
            ``lost(student, sentence)`` is yielded for one that stopped worker after worker.

        Raises
        ------
        CourseError
            The scheduler is gone, no worker is there, or none can do the work.
        """
        if self.jailed:
            self._look_for_jails()
        broken: list[str] = []
        for chunk, answer in self._answers(function, chunks):
            if answer is None:
                broken += chunk
            else:
                yield answer[0]
        # one of them is to blame: each alone, while nothing else runs
        for student in broken:
            for _, answer in self._answers(function, [[student]]):
                yield lost(student, GIVEN_UP) if answer is None else answer[0]

    def _answers(
        self, function: Callable[[Job], Any], chunks: list[list[str]]
    ) -> Iterator[tuple[list[str], tuple[Any] | None]]:
        """Yield (chunk, its result in a tuple), None where its workers died."""
        from distributed import KilledWorker

        ready: queue.Queue[Any] = queue.Queue()
        # a job whose future nobody holds is dropped: they stay here until they are done
        pending: Pending = {}
        waiting = deque(chunks)
        while waiting or pending:
            self._give_out(function, waiting, pending, ready)
            if (future := self._next(ready)) is None:
                continue
            future, chunk = pending.pop(future.key)
            try:
                answer = json.loads(future.result())
            except KilledWorker:
                yield chunk, None
                continue
            except Exception as error:
                raise self._gone(error) from None
            yield chunk, (self._result(answer),)

    def _give_out(
        self,
        function: Callable[[Job], Any],
        waiting: deque[list[str]],
        pending: Pending,
        ready: queue.Queue[Any],
    ) -> None:
        """Hand jobs to the scheduler: all at once, or a few for each worker with a jail."""
        room = len(waiting)
        if self.jailed and waiting:
            room = min(room, _AHEAD * self._threads() - len(pending))
        if room < 1:
            return
        given = [waiting.popleft() for _ in range(room)]
        orders = [self._order(function, chunk) for chunk in given]
        for future, chunk in zip(self._submitted(orders), given, strict=True):
            pending[future.key] = (future, chunk)
            future.add_done_callback(ready.put)

    def _submitted(self, orders: list[str]) -> list[Any]:
        try:
            return self.client.map(
                tasks.work, orders, pure=False, key="course-" + self.run[:8],
                resources={tasks.JAIL: 1} if self.jailed else None,
            )  # fmt: skip
        except Exception as error:
            raise self._gone(error) from None

    def _order(self, function: Callable[[Job], Any], chunk: list[str]) -> str:
        options: dict[str, Any] = {}
        if isinstance(function, partial):
            if function.args:
                raise TypeError("Options of a job are given by name.")
            options, function = function.keywords, function.func
        said = self.state
        return json.dumps({
            "function": f"{function.__module__}:{function.__qualname__}", "options": options,
            "assignment": self.assignment, "students": chunk,
            "state": {"base": str(said.base), "root": str(said.root),
                      "exchange": str(said.exchange), "key_package": said.key_package},
            "run": self.run, "code": tasks.code(), "jailed": self.jailed,
        })  # fmt: skip

    def _next(self, ready: queue.Queue[Any]) -> Any:
        """Return the next job that is done, None to look again; raise when nobody is left."""
        try:
            return ready.get(timeout=_LOOK_S)
        except queue.Empty:
            pass
        if self._threads():
            self._alone_since = None
            return None
        self._alone_since = self._alone_since or time.monotonic()
        if time.monotonic() - self._alone_since > NO_WORKER_S:
            self._alone_since = None
            if self.jailed:
                self._look_for_jails()
            raise MarkersLost(f"No worker is at {self.cluster.address}.", _ON)
        return None

    def _workers(self) -> dict[str, dict[str, Any]]:
        try:
            # a scheduler that is gone is not always noticed by the question after the workers
            self.client.nthreads()
            return dict(self.client.scheduler_info()["workers"])
        except Exception as error:
            raise self._gone(error) from None

    def _threads(self) -> int:
        """Return how many jobs the workers that can do them carry at once."""
        return sum(w["nthreads"] for w in self._workers().values() if self._can(w))

    def _can(self, worker: dict[str, Any]) -> bool:
        return not self.jailed or bool((worker.get("resources") or {}).get(tasks.JAIL))

    def _look_for_jails(self) -> None:
        """Ask the workers without a jail for the reason; raise where there are only such."""
        workers = self._workers()
        without = [address for address, worker in workers.items() if not self._can(worker)]
        if not without:
            return
        try:
            said = self.client.run(tasks.why_left_out, workers=without, on_error="ignore")
        except Exception as error:
            raise self._gone(error) from None
        self.left_out = sorted({str(reason)[:400] for reason in said.values()})
        if len(without) == len(workers):
            raise MarkersLost(
                f"No worker at {self.cluster.address} can run a notebook in a jail. "
                + " ".join(self.left_out),
                "Install bubblewrap on a machine and start its workers again there.",
            )

    def _gone(self, error: BaseException) -> MarkersLost:
        from asyncio import CancelledError

        from distributed.client import FutureCancelledError
        from distributed.comm import CommClosedError

        if isinstance(error, (OSError, CommClosedError, FutureCancelledError, CancelledError)):
            return MarkersLost(f"The scheduler at {self.cluster.address} is gone.", _ON)
        said = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        return MarkersLost(f"The workers of {self.cluster.address} failed: {said}", _ON)

    def _result(self, answer: dict[str, Any]) -> Any:
        if "refused" in answer:
            what, _, remedy = str(answer["refused"]).partition(". ")
            raise MarkersLost(what + ".", remedy)
        if "fault" in answer:
            raise MarkersLost(f"A worker failed: {answer['fault']}", "Please report it.")
        try:
            return plain.loads(answer["result"], self.types)
        except (KeyError, TypeError, ValueError) as error:
            raise MarkersLost(f"{error} ({self.cluster.address})", "Look at the workers.") from None


def _silence() -> None:
    """Keep Dask's tracebacks of lost connections away: they are told in one sentence."""
    for name in list(logging.root.manager.loggerDict):  # it gives a level to each of its own
        if name.split(".")[0] == "distributed":
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)

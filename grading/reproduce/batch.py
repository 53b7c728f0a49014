"""Run all hand-ins of a module again, several at once, and go on where a run was killed."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from course import __version__
from course.errors import CourseError
from grading import jail
from grading.handin import content_hash
from grading.marking import Marker
from grading.pool import Job, Work
from grading.reproduce import kept
from grading.reproduce.bounds import Bounds
from grading.reproduce.giving import give
from grading.reproduce.run import run
from grading.reproduce.verdict import Reproduced, judge, reproduced
from grading.state import GradingState

if TYPE_CHECKING:
    from grading.many.cluster import Cluster

TYPES = (Reproduced,)  # what a job hands back, for workers elsewhere


@dataclass
class Reproduction:
    """The outcome of one batch.

    Attributes
    ----------
    assignment : str
        The module's id.
    runs : dict
        Student -> Reproduced, of everybody, run now or before.
    now : list of str
        Students whose notebook ran in this batch.
    skipped : list of str
        Students whose hand-in has not changed since it ran.
    failed : dict
        Student -> sentence, where the hand-in could not be read at all.
    left_out : list of str
        Why workers elsewhere took no part, a sentence for each machine.
    """

    assignment: str
    runs: dict[str, Reproduced] = field(default_factory=dict)
    now: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)


def must_be_safe(*, unsafe: bool) -> bool:
    """Return whether runs are jailed; raise where they cannot be and nobody said otherwise.

    Raises
    ------
    CourseError
        With the reason why no jail is to be had here.
    """
    why = jail.why_not()
    if why and not unsafe:
        if "COURSE_HUB" in os.environ:  # the host's account holds the gradebook: never --unsafe
            raise CourseError(
                f"Nothing was run again. {why}",
                "The administrator of the hub's machine runs it: sudo python3 -m grading hub "
                "as-host score MODULE --reproduce. On Kubernetes nobody can: restore a backup on "
                "one machine and run it there.",
            )
        raise CourseError(
            f"Nothing was run again. {why}",
            "Do it on another computer, or add --unsafe if you trust everybody who handed in: "
            "their code then runs as you, and can read and change all that you can.",
        )
    return not unsafe


def reproduce_all(
    state: GradingState,
    assignment: str,
    *,
    bounds: Bounds | None = None,
    workers: int = 1,
    unsafe: bool = False,
    again: bool = False,
    students: Iterable[str] | None = None,
    progress: Callable[[Iterable[Any], int, str], Iterable[Any]] | None = None,
    cluster: Cluster | None = None,
) -> Reproduction:
    """Run the collected hand-ins of a module again and compare their answers.

    Parameters
    ----------
    state : GradingState
        The course.
    assignment : str
        The module's id, or its number.
    bounds : Bounds, optional
        What each run may use.
    workers : int
        Runs at once.
    unsafe : bool
        Without jails.
    again : bool
        Also what has not changed.
    students : iterable of str, optional
        Only these.
    progress : callable, optional
        Wraps an iterable for a progress bar: ``progress(iterable, total, words)``.
    cluster : Cluster, optional
        Run them on the workers of a Dask cluster in place of processes here.

    Returns
    -------
    Reproduction
        Nobody handed in: empty. No grade is read or changed.

    Raises
    ------
    UsageError
        A named student did not hand in.
    CourseError
        No jail is to be had, or the module was not released.
    """
    forget()
    # on a cluster each worker looks for itself
    jailed = not unsafe if cluster else must_be_safe(unsafe=unsafe)
    state.prepare()
    marker = Marker(state, assignment)
    assignment = marker.spec.id
    everybody = state.submitted_students(assignment)
    chosen = state.chosen_students(assignment, students)
    bounds = bounds or Bounds()
    runs = {s: r for s, r in kept.load(state, assignment).items() if s in set(everybody)}
    outcome = Reproduction(assignment, runs)
    for student in chosen:
        last = outcome.runs.get(student)
        about = _about_before(marker, student, last, bounds)
        if not again and kept.fits(last, about, jailed=jailed):
            outcome.skipped.append(student)
    todo = [s for s in chosen if s not in set(outcome.skipped)]
    if todo:
        with _work(state, assignment, min(workers, len(todo)), cluster, jailed) as pool:
            job = functools.partial(run_some, bounds=bounds.plain(), unsafe=not jailed)
            results = pool.map(job, [[s] for s in todo], _lost)
            show = progress or (lambda items, total, words: items)
            for some in show(results, len(todo), "running again"):
                _keep(state, outcome, some)
            outcome.left_out = list(getattr(pool, "left_out", ()))
        kept.save(state, assignment, outcome.runs)
        outcome.now.sort()
    return outcome


def _work(
    state: GradingState, assignment: str, workers: int, cluster: Cluster | None, jailed: bool
) -> Any:
    if cluster is None:
        return Work(state, assignment, workers)
    from grading.many.dask_work import DaskWork

    return DaskWork(state, assignment, cluster, TYPES, jailed=jailed)


def _lost(student: str, why: str) -> list[Reproduced]:
    return [Reproduced(student, "failed", stopped=why)]


def _keep(state: GradingState, outcome: Reproduction, some: list[Reproduced]) -> None:
    """Remember runs as they end: a kill in between only means to run one again."""
    for entry in some:
        if entry.status == "failed":
            outcome.failed[entry.student] = entry.stopped
            outcome.runs.pop(entry.student, None)
        else:
            outcome.runs[entry.student] = entry
            outcome.now.append(entry.student)
    kept.append(state, outcome.assignment, [e for e in some if e.status != "failed"])


def _about_before(
    marker: Marker, student: str, last: Reproduced | None, bounds: Bounds
) -> dict[str, Any]:
    """Return what a run depends on, without reading the notebook."""
    return {
        "content": content_hash(marker.state.folder("submitted", student, marker.spec.id)),
        "template": marker.template.digest,
        "course": __version__,
        "cities": marker.cities.statuses(last.cities) if last else {},
        "team": marker.teams.get(student, "") or (last.team if last else ""),
        "bounds": bounds.plain(),
    }


# ---- in the worker processes ---------------------------------------------------------


@lru_cache(maxsize=1)
def _marker(state: GradingState, assignment: str) -> Marker:
    return Marker(state, assignment)


def forget() -> None:
    """Look at the release and the teams anew; for a process that serves many runs."""
    _marker.cache_clear()


def run_some(job: Job, *, bounds: dict[str, Any], unsafe: bool) -> list[Reproduced]:
    """Run some hand-ins again, one after another.

    Parameters
    ----------
    job : Job
        The course, the module's id, some students.
    bounds : dict
        Of :class:`Bounds`.
    unsafe : bool
        Without jails.

    Returns
    -------
    list of Reproduced
        One for each; status ``failed`` where the hand-in broke the reading of it.
    """
    must_be_safe(unsafe=unsafe)
    state, assignment, students = job
    marker = _marker(state, assignment)
    made = []
    for student in students:
        try:
            made.append(run_one(marker, student, Bounds(**bounds), unsafe=unsafe))
        except Exception as error:  # the batch goes on, whatever one hand-in breaks
            made += _lost(student, f"{type(error).__name__}: {str(error)[:200]}")
    return made


def run_one(marker: Marker, student: str, bounds: Bounds, *, unsafe: bool = False) -> Reproduced:
    """Run one hand-in again and compare its answers."""
    folder = marker.state.folder("submitted", student, marker.spec.id)
    content = content_hash(folder)  # before it is read: a change in between is seen next time
    given = give(marker, student)
    about: dict[str, Any] = {
        "jailed": not unsafe,
        "content": content,
        "template": marker.template.digest,
        "course": __version__,
        "cities": marker.cities.statuses({r.fingerprint for r in given.handed.values()} - {""}),
        "bounds": bounds.plain(),
        "team": dict(given.task.env).get("COURSE_TEAM", "") if given.task else "",
    }
    if given.task is None:
        return Reproduced(student, given.why, **about)
    ran = run(given.task, bounds, unsafe=unsafe)
    outcomes, stopped = judge(ran, given.handed, given.cells, marker.spec.questions, bounds)
    return reproduced(student, outcomes, stopped, started=ran.end != "no start", **about)

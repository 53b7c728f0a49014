"""Score all hand-ins of a module quickly: no kernel, no conversion, one gradebook writer.

A pool of processes marks the hand-ins and writes their notebooks. A wrong number that
fits no hint may be a neighbour's: those hand-ins are marked once more when everybody's
expected numbers are known. The gradebook is written by this process alone, in batches.
What was scored and has not changed is skipped, so a run that was killed is finished by
running it again.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from course.errors import UsageError
from grading import roster, scored
from grading.gradebook_rows import Entry, GradebookWriter, entry_of
from grading.handin import NOTEBOOK, content_hash, write_notebook
from grading.keys import Expected
from grading.marking import Marker, judge_all
from grading.scored import Scored, scored_of
from grading.state import GradingState

BATCH = 50
CHUNK = 8
Job = tuple[GradingState, str, list[str]]


@dataclass
class Scoring:
    """The outcome of one run.

    Attributes
    ----------
    assignment : str
        The module's id.
    scored : dict
        Student -> Scored, of everybody, scored now or before.
    now : list of str
        Students scored in this run.
    skipped : list of str
        Students whose hand-in has not changed.
    failed : dict
        Student -> sentence, where even the repair failed.
    """

    assignment: str
    scored: dict[str, Scored] = field(default_factory=dict)
    now: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)


def score_all(
    state: GradingState,
    assignment: str,
    *,
    workers: int = 1,
    again: bool = False,
    students: Iterable[str] | None = None,
    progress: Callable[[Iterable[Any], int, str], Iterable[Any]] | None = None,
) -> Scoring:
    """Score the collected hand-ins of a module.

    Parameters
    ----------
    state : GradingState
        The course.
    assignment : str
        The module's id, or its number.
    workers : int
        Processes that read and judge; 1 works without a pool.
    again : bool
        Also score what has not changed. Grades and comments that a person gave stay.
    students : iterable of str, optional
        Only these.
    progress : callable, optional
        Wraps an iterable for a progress bar: ``progress(iterable, total, words)``.

    Returns
    -------
    Scoring
        Nobody handed in: empty.

    Raises
    ------
    UsageError
        A named student did not hand in.
    CourseError
        The module was not released, or has no key.
    """
    state.prepare()
    marker = Marker(state, assignment)
    assignment = marker.spec.id
    everybody = state.submitted_students(assignment)
    chosen = list(everybody if students is None else dict.fromkeys(students))
    if strangers := [s for s in chosen if s not in set(everybody)]:
        raise UsageError(
            f"{strangers[0]} has no hand-in of {assignment}.", "Collect first, or check the id."
        )
    run = _Run(state, marker, max(1, workers), progress or (lambda items, total, words: items))
    return run.go(chosen, everybody, again=again)


class _Run:
    def __init__(
        self, state: GradingState, marker: Marker, workers: int, progress: Callable[..., Any]
    ) -> None:
        self.state, self.marker, self.workers, self.progress = state, marker, workers, progress
        self.table = marker.expected.load()
        self.template_hash = _template_hash(marker)

    def go(self, chosen: list[str], everybody: list[str], *, again: bool) -> Scoring:
        assignment = self.marker.spec.id
        outcome = Scoring(assignment, scored.load(self.state, assignment))
        before = dict(outcome.scored)
        todo = [s for s in chosen if again or not self._is_current(s, before.get(s))]
        outcome.skipped = [s for s in chosen if s not in set(todo)]
        if not todo:
            return outcome
        names = roster.names(self.state)
        with (
            _Work(self.state, assignment, self.workers) as work,
            GradebookWriter(self.state, assignment, names) as writer,
        ):
            later = self._mark(work, writer, todo, outcome, before, first=True)
            known = {at.rsplit("|", 1)[0] for at in self.table.values}
            if later:
                self._complete_table(work, [s for s in everybody if s not in known])
            self.table.save()
            self._mark(work, writer, later, outcome, before, first=False)
        outcome.now.sort()
        return outcome

    def _is_current(self, student: str, last: Scored | None) -> bool:
        if last is None or not self._written(student):
            return False
        folder = self.state.folder("submitted", student, self.marker.spec.id)
        return (
            last.key == self.table.version
            and last.template == self.template_hash
            and last.cities == self.marker.cities.statuses(last.cities)
            and last.content == content_hash(folder)
        )

    def _written(self, student: str) -> bool:
        folder = self.state.folder("autograded", student, self.marker.spec.id)
        return (folder / NOTEBOOK).is_file()

    def _complete_table(self, work: _Work, students: list[str]) -> None:
        """Add the expected numbers of students who are not marked in this run."""
        for found in work.map(_expect, _chunks(students)):
            self.table.add(found)

    def _mark(
        self,
        work: _Work,
        writer: GradebookWriter,
        students: list[str],
        outcome: Scoring,
        before: dict[str, Scored],
        *,
        first: bool,
    ) -> list[str]:
        """Mark and write; returns the students who must wait for the neighbours' table."""
        chunks = _chunks(students)
        words = "scoring" if first else "comparing with neighbours"
        results = work.map(_mark_first if first else _mark_again, chunks)
        waiting: list[tuple[Entry, Scored]] = []
        later = []
        for done in self.progress(results, len(chunks), words):
            for one in done:
                self.table.add(one.expected)
                if one.problem:
                    outcome.failed[one.student] = one.problem
                elif one.entry is None or one.scored is None:
                    later.append(one.student)
                else:
                    last = before.get(one.student)
                    changed = last is None or last.content != one.scored.content
                    waiting.append((replace(one.entry, changed=changed), one.scored))
            if len(waiting) >= BATCH:
                self._flush(writer, waiting, outcome)
        self._flush(writer, waiting, outcome)
        return sorted(later)

    def _flush(
        self, writer: GradebookWriter, waiting: list[tuple[Entry, Scored]], outcome: Scoring
    ) -> None:
        """Write a batch, then remember it: a kill in between only means to score it again."""
        if not waiting:
            return
        writer.write([entry for entry, _ in waiting])
        for entry, made in waiting:
            outcome.scored[entry.student] = made
            outcome.now.append(entry.student)
        waiting.clear()
        scored.save(self.state, outcome.assignment, outcome.scored)


def _template_hash(marker: Marker) -> str:
    import hashlib
    import json

    text = json.dumps(marker.template.notebook, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _chunks(students: list[str]) -> list[list[str]]:
    return [students[at : at + CHUNK] for at in range(0, len(students), CHUNK)]


# ---- in the worker processes ---------------------------------------------------------


@dataclass
class Done:
    """What a worker hands back of one hand-in; without entry it waits for the neighbours."""

    student: str
    entry: Entry | None = None
    scored: Scored | None = None
    problem: str = ""
    expected: Expected = field(default_factory=dict)


@lru_cache(maxsize=1)
def _marker(state: GradingState, assignment: str, table: int) -> Marker:
    """Return this process's marker, made anew when the table of neighbours was written."""
    marker = Marker(state, assignment)
    if table:
        marker.expected.load()
    return marker


def _expect(job: Job) -> Expected:
    """Return the expected numbers of some students."""
    state, assignment, students = job
    marker = _marker(state, assignment, 0)
    found: Expected = {}
    for student in students:
        try:
            found |= judge_all(marker, [student])
        except Exception:  # marking meets the same fault and reports it
            continue
    return found


def _mark_first(job: Job) -> list[Done]:
    """Mark without the neighbours; who may have copied is left for later."""
    state, assignment, students = job
    marker = _marker(state, assignment, 0)
    return [_mark_one(marker, student, final=False) for student in students]


def _mark_again(job: Job) -> list[Done]:
    """Mark with everybody's expected numbers at hand."""
    state, assignment, students = job
    table = state.base / "keys" / f"{assignment}.json"
    marker = _marker(state, assignment, table.stat().st_mtime_ns)
    return [_mark_one(marker, student, final=True) for student in students]


def _mark_one(marker: Marker, student: str, *, final: bool) -> Done:
    assignment = marker.spec.id
    try:
        marked = marker.mark(student)
        if marked.asks_neighbours and not final:
            return Done(student, expected=marked.expected)
        write_autograded(marker.state, assignment, student, marked.notebook)
        made = scored_of(
            marked,
            key=marker.expected.version,
            template=_template_hash(marker),
            cities=marker.cities.statuses(marked.fingerprints),
        )
        entry = entry_of(marked, marker.template.graded)
        return Done(student, entry, made, expected=marked.expected)
    except Exception as error:  # the batch goes on, whatever one hand-in breaks
        return Done(student, problem=f"{type(error).__name__}: {str(error)[:200]}")


def write_autograded(
    state: GradingState, assignment: str, student: str, notebook: dict[str, Any]
) -> None:
    """Write a scored notebook where the formgrader and the feedback look for it.

    Besides, only the two small files that nbgrader's feedback needs are taken along.
    """
    target = state.folder("autograded", student, assignment)
    source = state.folder("submitted", student, assignment)
    target.mkdir(parents=True, exist_ok=True)
    for name in ("timestamp.txt", "submission_secret.txt"):
        given = source / name
        if given.is_file() and not given.is_symlink() and given.stat().st_size < 10_000:
            _replace(given, target / name)
    write_notebook(target / NOTEBOOK, notebook)


def _replace(source: Path, target: Path) -> None:
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    shutil.copyfile(source, beside)
    os.replace(beside, target)


# ---- the pool ------------------------------------------------------------------------


class _Work:
    """Runs jobs here or in a pool; results come as they are ready."""

    def __init__(self, state: GradingState, assignment: str, workers: int) -> None:
        self.state, self.assignment, self.workers = state, assignment, workers
        self.pool = _new_pool(workers) if workers > 1 else None

    def map(self, function: Callable[[Job], Any], chunks: list[list[str]]) -> Iterator[Any]:
        jobs = [(self.state, self.assignment, chunk) for chunk in chunks]
        if self.pool is None:
            yield from map(function, jobs)
            return
        futures = {self.pool.submit(function, job): job for job in jobs}
        lost = []
        for future in as_completed(futures):
            try:
                yield future.result()
            except BrokenProcessPool:
                lost.append(futures[future])
        if lost:
            # one hand-in took a process down, and the whole pool with it: each of those
            # not done gets a process of its own, so that only that one is lost
            self.pool.shutdown()
            self.pool = _new_pool(self.workers)
            for student in [s for _, _, students in lost for s in students]:
                yield _alone(function, (self.state, self.assignment, [student]))

    def __enter__(self) -> _Work:
        return self

    def __exit__(self, *exc: object) -> None:
        if self.pool is not None:
            self.pool.shutdown(cancel_futures=True)


def _new_pool(workers: int) -> ProcessPoolExecutor:
    # a fork would copy the locks of numerical libraries in whatever state they are
    method = "forkserver" if os.name == "posix" else "spawn"
    return ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context(method))


def _alone(function: Callable[[Job], Any], job: Job) -> Any:
    with _new_pool(1) as pool:
        try:
            return pool.submit(function, job).result()
        except BrokenProcessPool:
            why = "The process that read this hand-in was stopped by the system."
            return {} if function is _expect else [Done(s, problem=why) for s in job[2]]

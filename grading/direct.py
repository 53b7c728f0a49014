"""Score all hand-ins of a module quickly: no kernel, no conversion, one gradebook writer.

First everyone's expected numbers are computed (the neighbours' table), then each hand-in
is marked and its notebook written, both in a pool of processes. The gradebook is written
by this process alone, in batches. What was scored and has not changed is skipped, so a
run that was killed is finished by running it again.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
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
        with _pool(self.state, assignment, self.workers) as work:
            self._complete_table(work, [s for s in everybody if s in set(todo) or s not in before])
            self._mark(work, todo, before, outcome)
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
        """Compute the expected numbers of these students; keep the table."""
        chunks = _chunks(students)
        for found in self.progress(work.map(_expect, chunks), len(chunks), "reading"):
            for at, values in found.items():
                self.table.values.setdefault(at, {}).update(values)
        self.table.save()

    def _mark(
        self, work: _Work, todo: list[str], before: dict[str, Scored], outcome: Scoring
    ) -> None:
        contents = {s: before[s].content for s in todo if s in before}
        chunks = [(chunk, {s: contents.get(s) for s in chunk}) for chunk in _chunks(todo)]
        names = roster.names(self.state)
        waiting: list[tuple[Entry, Scored]] = []
        with GradebookWriter(self.state, outcome.assignment, names) as writer:
            for done in self.progress(work.map(_mark, chunks), len(chunks), "scoring"):
                for student, entry, made, problem in done:
                    if problem:
                        outcome.failed[student] = problem
                        continue
                    waiting.append((entry, made))
                if len(waiting) >= BATCH:
                    self._flush(writer, waiting, outcome)
            self._flush(writer, waiting, outcome)

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


@lru_cache(maxsize=2)
def _marker(state: GradingState, assignment: str) -> Marker:
    return Marker(state, assignment)


def _expect(job: tuple[GradingState, str, list[str]]) -> Expected:
    """Return the expected numbers of some students."""
    state, assignment, students = job
    marker = _marker(state, assignment)
    found: Expected = {}
    for student in students:
        try:
            found |= judge_all(marker, [student])
        except Exception:  # marking meets the same fault and reports it
            continue
    return found


def _mark(
    job: tuple[GradingState, str, tuple[list[str], dict[str, str | None]]],
) -> list[tuple[str, Entry | None, Scored | None, str]]:
    """Mark some hand-ins and write their notebooks."""
    state, assignment, (students, contents) = job
    marker = _marker(state, assignment)
    if not marker.expected.values:
        marker.expected.load()
    done: list[tuple[str, Entry | None, Scored | None, str]] = []
    for student in students:
        try:
            marked = marker.mark(student)
            cities = marker.cities.statuses(marked.fingerprints)
            write_autograded(state, assignment, student, marked.notebook)
            entry = entry_of(
                marked, marker.template.graded, changed=marked.content != contents.get(student)
            )
            made = scored_of(
                marked,
                key=marker.expected.version,
                template=_template_hash(marker),
                cities=cities,
            )
            done.append((student, entry, made, ""))
        except Exception as error:
            done.append((student, None, None, f"{type(error).__name__}: {str(error)[:200]}"))
    return done


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
        self.state, self.assignment = state, assignment
        self.pool: ProcessPoolExecutor | None = None
        if workers > 1:
            method = "forkserver" if os.name == "posix" else "spawn"
            context = multiprocessing.get_context(method)
            self.pool = ProcessPoolExecutor(workers, mp_context=context)

    def map(self, function: Callable[[Any], Any], chunks: list[Any]) -> Iterator[Any]:
        jobs = [(self.state, self.assignment, chunk) for chunk in chunks]
        if self.pool is None:
            yield from map(function, jobs)
            return
        from concurrent.futures import as_completed

        futures = [self.pool.submit(function, job) for job in jobs]
        for future in as_completed(futures):
            yield future.result()

    def __enter__(self) -> _Work:
        return self

    def __exit__(self, *exc: object) -> None:
        if self.pool is not None:
            self.pool.shutdown(cancel_futures=True)


def _pool(state: GradingState, assignment: str, workers: int) -> _Work:
    _marker.cache_clear()
    return _Work(state, assignment, workers)

"""Score all hand-ins of a module quickly: no kernel, no conversion, one gradebook writer.

A pool of processes marks the hand-ins and writes their notebooks. A wrong number that
fits no hint may be a neighbour's: that is looked up at the end, when everybody's
expected numbers are known. The gradebook is written by this process alone, in batches.
What was scored and has not changed is skipped, so a run that was killed is finished by
running it again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from grading import cohort, marking_jobs, scored
from grading.gradebook_rows import Entry, GradebookWriter
from grading.handin import NOTEBOOK, content_hash, write_notebook
from grading.marking import Marker
from grading.marking_jobs import Done
from grading.neighbours import compare_with_neighbours
from grading.pool import MarkersLost, Work
from grading.score_cells import with_scores
from grading.scored import Scored
from grading.state import GradingState

if TYPE_CHECKING:
    from grading.many import Cluster, DaskWork

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
    cluster: Cluster | None = None,
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
    cluster : Cluster, optional
        Give the work to its Dask workers, in place of processes of this machine.

    Returns
    -------
    Scoring
        Nobody handed in: empty.

    Raises
    ------
    UsageError
        A named student did not hand in.
    CourseError
        The module was not released, or has no key; the scheduler or the gradebook's database
        went away: what was written is kept, and the next run goes on.
    """
    state.prepare()
    marker = Marker(state, assignment)
    assignment = marker.spec.id
    everybody = state.submitted_students(assignment)
    chosen = state.chosen_students(assignment, students)
    run = _Run(state, marker, max(1, workers), progress or (lambda items, total, words: items))
    run.cluster = cluster
    return run.go(chosen, everybody, again=again)


class _Run:
    def __init__(
        self, state: GradingState, marker: Marker, workers: int, progress: Callable[..., Any]
    ) -> None:
        self.state, self.marker, self.workers, self.progress = state, marker, workers, progress
        self.table = marker.expected.load()
        self.cluster: Cluster | None = None

    def go(self, chosen: list[str], everybody: list[str], *, again: bool) -> Scoring:
        assignment = self.marker.spec.id
        outcome = Scoring(assignment, scored.load(self.state, assignment))
        before = dict(outcome.scored)
        todo = [s for s in chosen if again or not self._is_current(s, before.get(s))]
        outcome.skipped = [s for s in chosen if s not in set(todo)]
        if not todo:
            return outcome
        names = cohort.names(self.state)
        with (
            self._work(assignment) as work,
            GradebookWriter(self.state, assignment, names) as writer,
        ):
            later = self._mark(work, writer, todo, outcome, before)
            known = {at.rsplit("|", 1)[0] for at in self.table.values}
            if later:
                self._complete_table(work, [s for s in everybody if s not in known])
            self.table.save()
            waiting = [self._compared(done, before) for done in later]
            self._flush(writer, waiting, outcome)
        scored.save(self.state, assignment, outcome.scored)
        outcome.now.sort()
        return outcome

    def _work(self, assignment: str) -> Work | DaskWork:
        if self.cluster is None:
            return Work(self.state, assignment, self.workers)
        from grading.many import DaskWork

        return DaskWork(self.state, assignment, self.cluster, (Done, Entry, Scored))

    def _is_current(self, student: str, last: Scored | None) -> bool:
        if last is None or not self._written(student):
            return False
        folder = self.state.folder("submitted", student, self.marker.spec.id)
        return (
            last.key == self.table.version
            and last.template == self.marker.template.digest
            and last.cities == self.marker.cities.statuses(last.cities)
            and last.content == content_hash(folder)
        )

    def _written(self, student: str) -> bool:
        folder = self.state.folder("autograded", student, self.marker.spec.id)
        return (folder / NOTEBOOK).is_file()

    def _complete_table(self, work: Work | DaskWork, students: list[str]) -> None:
        """Add the expected numbers of students who are not marked in this run."""
        for found in work.map(marking_jobs.expect, _chunks(students), lambda student, why: {}):
            self.table.add(found)

    def _mark(
        self,
        work: Work | DaskWork,
        writer: GradebookWriter,
        students: list[str],
        outcome: Scoring,
        before: dict[str, Scored],
    ) -> list[Done]:
        """Mark and write; returns those that wait for the table of neighbours."""
        chunks = _chunks(students)
        jobs = work.map(
            marking_jobs.mark, chunks, lambda student, why: [Done(student, problem=why)]
        )
        waiting: list[tuple[Entry, Scored]] = []
        later: list[Done] = []
        try:
            for results in self.progress(jobs, len(chunks), "scoring"):
                for done in results:
                    self.table.add(done.expected)
                    if done.entry is None or done.scored is None:
                        outcome.failed[done.student] = done.problem
                    elif done.open_numbers:
                        later.append(done)
                    else:
                        waiting.append(_since(before, done.entry, done.scored))
                if len(waiting) >= BATCH:
                    self._flush(writer, waiting, outcome)
        except MarkersLost:
            self._flush(writer, waiting, outcome)  # what was marked before is not marked again
            raise
        self._flush(writer, waiting, outcome)
        return later

    def _compared(self, done: Done, before: dict[str, Scored]) -> tuple[Entry, Scored]:
        """Finish a hand-in whose wrong numbers may be a neighbour's."""
        entry, made = done.entry, done.scored
        assert entry is not None and made is not None
        results = {name: made.result(name) for name in done.open_numbers}
        changed = compare_with_neighbours(
            {n: r for n, r in results.items() if r is not None},
            done.open_numbers,
            self.marker.spec,
            self.table.neighbours(done.student),
        )
        if changed:
            path = self.state.folder("autograded", done.student, self.marker.spec.id) / NOTEBOOK
            notebook = json.loads(path.read_text(encoding="utf-8"))
            write_notebook(path, with_scores(notebook, changed))
            made.results |= {name: asdict(result) for name, result in changed.items()}
            made.notes += [[name, result.details[-1]] for name, result in changed.items()]
            made.look = True
            entry = replace(entry, look=True)
        return _since(before, entry, made)

    def _flush(
        self, writer: GradebookWriter, waiting: list[tuple[Entry, Scored]], outcome: Scoring
    ) -> None:
        """Write a batch, then remember it: a kill in between only means to score it again."""
        if not waiting:
            return
        writer.write([entry for entry, _ in waiting])
        made = {entry.student: made for entry, made in waiting}
        scored.append(self.state, outcome.assignment, made)
        outcome.scored |= made
        outcome.now += made
        waiting.clear()


def _chunks(students: list[str]) -> list[list[str]]:
    return [students[at : at + CHUNK] for at in range(0, len(students), CHUNK)]


def _since(before: dict[str, Scored], entry: Entry, made: Scored) -> tuple[Entry, Scored]:
    """Say in the entry whether the hand-in differs from the one scored before."""
    last = before.get(entry.student)
    return replace(entry, changed=last is None or last.content != made.content), made

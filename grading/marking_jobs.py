"""One job of scoring: some students in, what came of their hand-ins out.

Runs in the worker processes of a pool, on the workers of a cluster, or in the process that
asked. A job writes the notebooks; it never writes the gradebook.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from course import whole_files
from grading.gradebook_rows import Entry, entry_of
from grading.handin import NOTEBOOK, write_notebook
from grading.keys import Expected
from grading.marking import Marker, Open
from grading.neighbours import expected_of
from grading.pool import Job
from grading.records import plain_line
from grading.scored import Scored, scored_of
from grading.state import GradingState


@dataclass
class Done:
    """What a worker hands back of one hand-in."""

    student: str
    entry: Entry | None = None
    scored: Scored | None = None
    problem: str = ""
    expected: Expected = field(default_factory=dict)
    open_numbers: Open = field(default_factory=dict)


@lru_cache(maxsize=1)
def _marker(state: GradingState, assignment: str) -> Marker:
    return Marker(state, assignment)


def forget() -> None:
    """Look at the release, the roster and the key anew; for a process that serves many runs."""
    _marker.cache_clear()


def expect(job: Job) -> Expected:
    """Return the expected numbers of some students."""
    state, assignment, students = job
    found: Expected = {}
    for student in students:
        try:
            found |= expected_of(_marker(state, assignment), [student])
        except Exception:  # marking meets the same fault and reports it
            continue
    return found


def mark(job: Job) -> list[Done]:
    """Mark some hand-ins and write their notebooks."""
    state, assignment, students = job
    return [_mark_one(_marker(state, assignment), student) for student in students]


def _mark_one(marker: Marker, student: str) -> Done:
    assignment = marker.spec.id
    try:
        marked = marker.mark(student)
        write_autograded(marker.state, assignment, student, marked.notebook)
        made = scored_of(
            marked,
            key=marker.expected.version,
            template=marker.template.digest,
            cities=marker.cities.statuses(marked.fingerprints),
        )
        entry = entry_of(marked, marker.template.graded)
        return Done(
            student, entry, made, expected=marked.expected, open_numbers=marked.open_numbers
        )
    except Exception as error:  # the batch goes on, whatever one hand-in breaks
        return Done(student, problem=plain_line(f"{type(error).__name__}: {str(error)[:200]}"))


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
            whole_files.write(target / name, given.read_bytes())
    write_notebook(target / NOTEBOOK, notebook)

"""Judge the original hand-ins again after a key or a module was mended, and say what changes.

A trial writes nothing. When it is done in earnest, what stood before is written down first,
so that a run that was killed half-way and is run again still knows every difference. Points
given by hand stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from course.errors import CourseError, UsageError
from grading import scored
from grading.desk import diary, store
from grading.marking import Marker
from grading.neighbours import with_neighbours
from grading.pool import Job, Work
from grading.release import check_points
from grading.scored import Scored
from grading.state import GradingState

TABLE = "regrade"
_CHUNK = 8


@dataclass(frozen=True)
class Change:
    """One question of one trainee whose score is not what it was.

    Attributes
    ----------
    student, question : str
        Ids.
    before, after : float
        Automatic points.
    status_before, status_after : str
        As in `grading.result`; ``none`` where there was no score.
    by_hand : float or None
        Points a person gave to this question; they count, before and after.
    """

    student: str
    question: str
    before: float
    after: float
    status_before: str
    status_after: str
    by_hand: float | None = None


@dataclass(frozen=True)
class JudgedAgain:
    """What judging again brings.

    Attributes
    ----------
    module : str
        Its id.
    applied : bool
        False for a trial.
    students : tuple of str
        Who was judged again.
    changes : tuple of Change
        By student and question.
    failed : dict
        Student -> why not.
    """

    module: str
    applied: bool
    students: tuple[str, ...]
    changes: tuple[Change, ...]
    failed: dict[str, str]


def regrade(
    state: GradingState,
    name: str,
    *,
    students: Iterable[str] | None = None,
    apply: bool = False,
    why: str = "",
    workers: int = 1,
    progress: Callable[[Iterable[Any], int, str], Iterable[Any]] = lambda items, total, words: (
        items
    ),
) -> JudgedAgain:
    """Judge hand-ins again.

    Parameters
    ----------
    state : GradingState
        The course.
    name : str
        The module's id, or its number.
    students : iterable of str, optional
        Only these.
    apply : bool
        Write the new scores; else nothing is written.
    why : str
        For the diary; must be given to apply.
    workers : int
        Processes.
    progress : callable
        Wraps an iterable for a progress bar.

    Returns
    -------
    JudgedAgain
        The differences.

    Raises
    ------
    UsageError
        A named student has no scored hand-in, or no reason was given.
    CourseError
        The module's points changed since it was released.
    """
    marker = Marker(state, name)
    module = marker.spec.id
    check_points(marker.template, marker.spec)
    before = scored.load(state, module)
    chosen = sorted(before) if students is None else sorted(set(students))
    if strangers := [s for s in chosen if s not in before]:
        raise UsageError(
            f"{strangers[0]} has no scored hand-in of {module}.",
            f"Score first: python3 -m grading score {module}.",
        )
    if not apply:
        after, failed = _tried(state, module, chosen, workers, progress)
        return _compared(state, module, chosen, before, after, failed)
    if not why.strip():
        raise UsageError("Say why the points change.", 'Give --why "…"; the diary keeps it.')
    return _applied(state, module, chosen, before, why.strip(), workers, progress)


def _applied(
    state: GradingState,
    module: str,
    chosen: list[str],
    before: dict[str, Scored],
    why: str,
    workers: int,
    progress: Callable[..., Any],
) -> JudgedAgain:
    from grading.direct import score_all

    with store.changing(state, f"{TABLE}-{module}") as begun:
        # what a killed run wrote down first is the true "before"
        old = {s: _results(begun["before"][s]) if s in begun.get("before", {}) else
               before[s].results for s in chosen}  # fmt: skip
        begun.update(why=why, by=diary.instructor(), at=_now())
        begun["before"] = {**begun.get("before", {}), **old}
    outcome = score_all(
        state, module, workers=workers, again=True, students=chosen, progress=progress
    )
    made = _compared(
        state, module, chosen, before, {s: outcome.scored[s].results for s in chosen
                                        if s in outcome.scored},
        outcome.failed, old=old, applied=True,
    )  # fmt: skip
    diary.note(
        state, "regrade", module=module, why=why, students=chosen,
        changes=[asdict(c) for c in made.changes], failed=made.failed,
    )  # fmt: skip
    with store.changing(state, f"{TABLE}-{module}") as begun:
        left = {s: was for s, was in begun.get("before", {}).items() if s not in chosen}
        begun.clear()
        if left:  # of a killed run over more people: their difference is still to be told
            begun["before"] = left
    return made


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _results(raw: Any) -> dict[str, dict[str, Any]]:
    if not isinstance(raw, dict):
        raise CourseError("The note of an unfinished regrade is damaged.", "Delete it in desk/.")
    return raw


def _compared(
    state: GradingState,
    module: str,
    chosen: list[str],
    before: dict[str, Scored],
    after: dict[str, dict[str, dict[str, Any]]],
    failed: dict[str, str],
    *,
    old: dict[str, dict[str, dict[str, Any]]] | None = None,
    applied: bool = False,
) -> JudgedAgain:
    by_hand = hand_points(state, module)
    changes = []
    for student in chosen:
        was = old[student] if old is not None else before[student].results
        now = after.get(student)
        if now is None:
            continue
        for question in dict.fromkeys([*was, *now]):
            a, b = was.get(question, {}), now.get(question, {})
            one = (float(a.get("points", 0.0)), str(a.get("status", "none")))
            two = (float(b.get("points", 0.0)), str(b.get("status", "none")))
            if one != two:
                given = by_hand.get((student, question))
                changes.append(Change(student, question, one[0], two[0], one[1], two[1], given))
    return JudgedAgain(module, applied, tuple(chosen), tuple(changes), failed)


def hand_points(state: GradingState, module: str) -> dict[tuple[str, str], float]:
    """Return (student, cell) -> points a person gave."""
    from nbgrader.api import (
        Assignment,
        BaseCell,
        Grade,
        SubmittedAssignment,
        SubmittedNotebook,
    )

    from grading.gradebook_store import open_book

    with open_book(state) as book:
        rows = (
            book.db.query(SubmittedAssignment.student_id, BaseCell.name, Grade.manual_score)
            .select_from(Grade)
            .join(SubmittedNotebook, SubmittedNotebook.id == Grade.notebook_id)
            .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
            .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
            .join(BaseCell, BaseCell.id == Grade.cell_id)
            .filter(Assignment.name == module, Grade.manual_score.isnot(None))
        )
        return {(student, cell): float(points) for student, cell, points in rows}


# ---- a trial -------------------------------------------------------------------------


def _tried(
    state: GradingState,
    module: str,
    chosen: list[str],
    workers: int,
    progress: Callable[..., Any],
) -> tuple[dict[str, dict[str, dict[str, Any]]], dict[str, str]]:
    chunks = [chosen[at : at + _CHUNK] for at in range(0, len(chosen), _CHUNK)]
    after: dict[str, dict[str, dict[str, Any]]] = {}
    failed: dict[str, str] = {}
    with Work(state, module, workers) as work:
        jobs = work.map(_try, chunks, lambda student, why: {student: why})
        for found in progress(jobs, len(chunks), "judging"):
            for student, made in found.items():
                if isinstance(made, str):
                    failed[student] = made
                else:
                    after[student] = made
    return after, failed


@lru_cache(maxsize=1)
def _marker(state: GradingState, module: str, _version: str) -> Marker:
    marker = Marker(state, module)
    marker.expected.load()
    return marker


def _try(job: Job) -> dict[str, Any]:
    """Judge some hand-ins without writing anything."""
    state, module, students = job
    version = Marker(state, module).expected.version
    marker = _marker(state, module, version)
    found: dict[str, Any] = {}
    for student in students:
        try:
            marked = with_neighbours(marker.mark(student), marker)
            found[student] = {name: asdict(result) for name, result in marked.results.items()}
        except Exception as error:  # the others go on
            found[student] = f"{type(error).__name__}: {str(error)[:200]}"
    return found

"""Points of the gradebook, as the completion rule counts them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from course.questions import ModuleSpec
from grading.gradebook_store import exists, open_book
from grading.state import GradingState


@dataclass(frozen=True)
class Points:
    """Automatic points of one hand-in: earned in core and extra questions, and waiting."""

    core: float = 0.0
    extra: float = 0.0
    waiting: float = 0.0


@dataclass(frozen=True)
class Grades:
    """Cells of the gradebook.

    Attributes
    ----------
    cells : dict
        (student, module) -> cell -> points, None where a person or an approval is waited
        for.
    """

    cells: dict[tuple[str, str], dict[str, float | None]]

    def points(self, student: str, module: ModuleSpec, handed_in: bool) -> Points:
        """Return the automatic points of a module.

        Parameters
        ----------
        student : str
            The id.
        module : ModuleSpec
            Its questions say which are core and which extra.
        handed_in : bool
            A hand-in came: where the gradebook has none of it, all core points wait.
        """
        cells = self.cells.get((student, module.id))
        if cells is None:
            return Points(waiting=module.core_points if handed_in else 0.0)
        core = extra = waiting = 0.0
        for question in module.questions.values():
            got = cells.get(question.id, 0.0)
            if question.kind == "core":
                core += got or 0.0
                waiting += question.points if got is None else 0.0
            elif question.kind == "extra":
                extra += got or 0.0
        return Points(core, extra, waiting)

    def written(self, student: str, module_id: str, cell: str, handed_in: bool) -> float | None:
        """Return the points of a written answer, None while nobody has read it."""
        cells = self.cells.get((student, module_id))
        if cells is None:
            return None if handed_in else 0.0
        return cells.get(cell, 0.0)


def grades_of(state: GradingState, modules: Iterable[str], only: str | None = None) -> Grades:
    """Return the graded cells of everybody's last scored hand-ins.

    Parameters
    ----------
    state : GradingState
        The course; without a gradebook nothing is graded.
    modules : iterable of str
        The modules that count.
    only : str, optional
        Read this student's alone.
    """
    if not exists(state):
        return Grades({})
    from nbgrader.api import (
        Assignment,
        BaseCell,
        Grade,
        SubmittedAssignment,
        SubmittedNotebook,
    )

    found: dict[tuple[str, str], dict[str, float | None]] = {}
    with open_book(state) as book:
        query = (
            book.db.query(
                SubmittedAssignment.student_id,
                Assignment.name,
                BaseCell.name,
                Grade.score,
                Grade.needs_manual_grade,
            )
            .select_from(Grade)
            .join(SubmittedNotebook, SubmittedNotebook.id == Grade.notebook_id)
            .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
            .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
            .join(BaseCell, BaseCell.id == Grade.cell_id)
            .filter(Assignment.name.in_(list(modules)))
        )
        if only is not None:
            query = query.filter(SubmittedAssignment.student_id == only)
        for student, module, cell, score, open_ in query:
            cells = found.setdefault((student, module), {})
            cells[cell] = None if open_ else float(score or 0.0)
    return Grades(found)

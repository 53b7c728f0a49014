"""Our steps inside nbgrader's own autograde and feedback.

They make ``nbgrader autograde``, ``nbgrader generate_feedback`` and the formgrader's
buttons do what ``python3 -m grading score`` does, through the same functions.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import nbformat
from nbgrader import utils
from nbgrader.preprocessors import NbGraderPreprocessor, SaveAutoGrades
from traitlets import Unicode

from grading.handin import read_hand_in
from grading.marking import Marked, Marker
from grading.neighbours import expected_of, with_neighbours
from grading.state import EXERCISES, GradingState

log = logging.getLogger("grading")
# folders whose expected numbers this process has seen, by the time they last changed
_JUDGED: dict[Path, int] = {}


class _OnState(NbGraderPreprocessor):
    """A step that knows the course's folders."""

    state_base = Unicode("", help="Folder of the grading state").tag(config=True)
    state_root = Unicode("", help="Folder that holds modules/").tag(config=True)
    state_exchange = Unicode("", help="nbgrader's exchange").tag(config=True)
    key_package = Unicode("", help="Package with the answer keys").tag(config=True)

    def state(self) -> GradingState:
        """Return the course's folders."""
        if not self.state_base:
            return GradingState.default()
        return GradingState(
            base=Path(self.state_base),
            root=Path(self.state_root),
            exchange=Path(self.state_exchange),
            key_package=self.key_package,
        )

    def marker(self, resources: Any) -> Marker:
        """Return the marker of the assignment at hand."""
        return Marker(self.state(), resources["nbgrader"]["assignment"])


class RepairSubmission(_OnState):
    """Rebuild the hand-in on the released notebook before nbgrader looks at it."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Replace the notebook by its repaired form; other notebooks are made safe only."""
        what = resources["nbgrader"]
        if what["notebook"] != EXERCISES:
            return _only_safe(nb), resources
        hand_in = self.marker(resources).read(what["student"])
        return nbformat.from_dict(hand_in.repaired.notebook), resources


def _only_safe(nb: Any) -> Any:
    """Return a notebook without points, made safe to show, whatever its cells say they are."""
    from grading.cleaning import ordinary_cell

    for number, cell in enumerate(nb.cells):
        safe = ordinary_cell(cell, str(cell.get("id") or f"own-{number}"))
        nb.cells[number] = nbformat.from_dict(safe)
    nb.metadata = nbformat.from_dict({"kernelspec": nb.metadata.get("kernelspec", {})})
    return nb


class ScoreAnswers(_OnState):
    """Put points and one sentence into each automatic cell; nothing is executed."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Score the hand-in and leave the results for :class:`SaveScores`."""
        what = resources["nbgrader"]
        if what["notebook"] != EXERCISES:
            return nb, resources
        marker = self.marker(resources)
        complete_table(marker)
        marked = with_neighbours(marker.mark(what["student"]), marker)
        resources["course_marked"] = marked
        for line in marked.notes:
            log.warning("%s %s: %s", what["student"], *line)
        scored = nbformat.from_dict(marked.notebook)
        scored.metadata = nb.metadata
        return scored, resources


def complete_table(marker: Marker) -> None:
    """Complete the table of everyone's expected numbers, and keep it."""
    table = marker.expected.load()
    students = []
    for student in marker.state.submitted_students(marker.spec.id):
        folder = marker.state.folder("submitted", student, marker.spec.id)
        changed = folder.stat().st_mtime_ns
        if _JUDGED.get(folder) != changed:
            students.append(student)
            _JUDGED[folder] = changed
    fresh = expected_of(marker, students)
    if fresh:
        table.add(fresh)
        table.save()


class SaveScores(SaveAutoGrades, _OnState):
    """Write the grades; an answer that waits is marked as waiting, not as failed.

    Waiting means: no automatic score and "needs manual grade". nbgrader then shows the
    cell as ungraded, and an instructor may also give points by hand.
    """

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Write grades and comments, and flag what an instructor should look at."""
        self.marked: Marked | None = resources.get("course_marked")
        nb, resources = super().preprocess(nb, resources)
        if self.marked is not None and self.marked.look:
            from nbgrader.api import Gradebook

            with Gradebook(self.db_url) as book:
                book.find_submission_notebook(
                    self.notebook_id, self.assignment_id, self.student_id
                ).flagged = True
                book.db.commit()
        return nb, resources

    def _add_score(self, cell: Any, resources: Any) -> None:
        super()._add_score(cell, resources)
        name = cell.metadata["nbgrader"]["grade_id"]
        result = self.marked.results.get(name) if self.marked else None
        if result is not None and result.status == "pending":
            grade = self.gradebook.find_grade(
                name, self.notebook_id, self.assignment_id, self.student_id
            )
            grade.auto_score = None
            grade.needs_manual_grade = True
            self.gradebook.db.commit()

    def preprocess_cell(self, cell: Any, resources: Any, index: int) -> tuple[Any, Any]:
        """Write the grade of a criterion too, which nbgrader leaves as it is."""
        cell, resources = super().preprocess_cell(cell, resources, index)
        if self.marked is not None and utils.is_task(cell):
            name = cell.metadata["nbgrader"]["grade_id"]
            grade = self.gradebook.find_grade(
                name, self.notebook_id, self.assignment_id, self.student_id
            )
            grade.auto_score = self.marked.tasks.get(name, 0.0)
            grade.needs_manual_grade = grade.auto_score is None or grade.manual_score is not None
            self.gradebook.db.commit()
        return cell, resources

    def _add_comment(self, cell: Any, resources: Any) -> None:
        if self.marked is None:
            super()._add_comment(cell, resources)
            return
        name = cell.metadata["nbgrader"]["grade_id"]
        comment = self.gradebook.find_comment(
            name, self.notebook_id, self.assignment_id, self.student_id
        )
        comment.auto_comment = "No response." if name in self.marked.unanswered else None
        self.gradebook.db.commit()


def _is_marked(cell: Any) -> bool:
    """Say whether a cell carries points: of a question or of a criterion."""
    return bool(utils.is_grade(cell) or utils.is_task(cell))


NOT_READ = "Your instructor has not read this yet; there are no points so far."


class HideMachinery(NbGraderPreprocessor):
    """Leave the bare number of points out, and say of what is open that it is open."""

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Look up what still waits for an instructor."""
        from nbgrader.api import Gradebook

        what = resources["nbgrader"]
        with Gradebook(what["db_url"]) as book:
            notebook = book.find_submission_notebook(
                what["notebook"], what["assignment"], what["student"]
            )
            self.open = {
                g.cell.name
                for g in notebook.grades
                if g.needs_manual_grade and g.manual_score is None
            }
        return super().preprocess(nb, resources)

    def preprocess_cell(self, cell: Any, resources: Any, index: int) -> tuple[Any, Any]:
        """Drop the ``execute_result`` of graded cells."""
        if cell.cell_type == "code" and utils.is_grade(cell):
            cell.outputs = [o for o in cell.outputs if o.output_type != "execute_result"]
        elif _is_marked(cell) and cell.metadata.nbgrader["grade_id"] in self.open:
            cell.metadata.nbgrader["comment"] = cell.metadata.nbgrader.get("comment") or NOT_READ
        return cell, resources


__all__ = [
    "HideMachinery",
    "RepairSubmission",
    "SaveScores",
    "ScoreAnswers",
    "read_hand_in",
]

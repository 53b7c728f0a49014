"""Write scores into nbgrader's gradebook, many hand-ins in one transaction.

The rows are those that nbgrader's autograde writes, made through its own ``Gradebook``
and tables; a test compares the two row by row.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course.errors import CourseError
from grading.desk import extensions
from grading.gradebook_store import close, in_a_sentence, opened, patiently
from grading.marking import Marked
from grading.state import EXERCISES, GradingState


@dataclass(frozen=True)
class Entry:
    """What one hand-in puts into the gradebook.

    Attributes
    ----------
    student : str
        The id.
    points : dict
        Graded cell -> points, None where an instructor or an approval is waited for.
    unanswered : frozenset of str
        Solution cells that are as released.
    look : bool
        Flag the hand-in for an instructor.
    changed : bool
        The hand-in differs from the one scored before: manual grades need a review.
    """

    student: str
    points: dict[str, float | None]
    unanswered: frozenset[str]
    look: bool
    changed: bool = True


def entry_of(marked: Marked, graded: Iterable[str]) -> Entry:
    """Return the gradebook's view of a scored hand-in.

    Parameters
    ----------
    marked : Marked
        The hand-in.
    graded : iterable of str
        All cells with points: automatic ones get theirs, a written answer waits for an
        instructor, a written answer left as released gets 0.
    """
    points: dict[str, float | None] = {}
    for name in graded:
        result = marked.results.get(name)
        if result is None:
            points[name] = 0.0 if name in marked.unanswered else None
        else:
            points[name] = None if result.status == "pending" else result.points
    points |= marked.tasks
    return Entry(marked.student, points, frozenset(marked.unanswered), marked.look)


class GradebookWriter:
    """Writes entries of one assignment; use as a context manager.

    Parameters
    ----------
    state : GradingState
        The course.
    assignment : str
        The module's id; it must have been released.
    people : dict
        Student id -> names and e-mail, from the roster.
    """

    def __init__(
        self, state: GradingState, assignment: str, people: dict[str, dict[str, str]] | None = None
    ) -> None:
        self.state, self.people, self.name = state, people or {}, assignment
        self.book: Any = None
        with in_a_sentence(state):  # a wrong password does not mend itself: no waiting here
            self._open()
        self.late = _late_plugin()
        self.extensions = extensions.given(state, assignment)

    def _open(self) -> None:
        from nbgrader.api import MissingEntry

        self.book = opened(self.state)
        try:
            self.assignment = self.book.find_assignment(self.name)
            self.book.find_notebook(EXERCISES, self.name)
        except MissingEntry:
            self._close()
            raise CourseError(
                f"{self.name} is not in the gradebook.",
                f"Release it first: python3 -m grading release {self.name}.",
            ) from None

    def _close(self) -> None:
        book, self.book = self.book, None
        if book is not None:
            close(book)

    def _open_again(self) -> None:
        self._close()
        self._open()

    def __enter__(self) -> GradebookWriter:
        return self

    def __exit__(self, *exc: object) -> None:
        self._close()

    def write(self, entries: list[Entry]) -> None:
        """Write a batch in one transaction: all of it or nothing.

        A PostgreSQL that goes away is waited for; the batch is then written again, which
        changes nothing where it was written already.

        Raises
        ------
        CourseError
            The database stayed away.
        """
        patiently(self.state, lambda: self._write(entries), self._open_again)

    def _write(self, entries: list[Entry]) -> None:
        from nbgrader.api import Student, SubmittedAssignment
        from sqlalchemy import select

        session, wanted = self.book.db, [e.student for e in entries]
        students = {s.id: s for s in session.scalars(select(Student).where(Student.id.in_(wanted)))}
        known = {
            s.student_id: s
            for s in session.scalars(
                select(SubmittedAssignment).where(
                    SubmittedAssignment.assignment_id == self.assignment.id,
                    SubmittedAssignment.student_id.in_(wanted),
                )
            )
        }
        # objects refer to one another before they are all in the session
        try:
            with session.no_autoflush:
                self._write_all(entries, students, known)
            session.commit()
        except BaseException:
            # a database that is gone cannot be asked to roll back: it has done so
            with suppress(Exception):
                session.rollback()
            raise

    def _write_all(
        self, entries: list[Entry], students: dict[str, Any], known: dict[str, Any]
    ) -> None:
        from nbgrader.api import Student

        for entry in entries:
            student = students.get(entry.student)
            if student is None:
                student = Student(id=entry.student, **self.people.get(entry.student, {}))
                self.book.db.add(student)
            submission = known.get(entry.student) or self._new(student)
            self._fill(submission, entry)

    def _new(self, student: Any) -> Any:
        """Mirror the structure of the assignment, as nbgrader's ``add_submission`` does."""
        from nbgrader.api import Comment, Grade, SubmittedAssignment, SubmittedNotebook

        submission = SubmittedAssignment(assignment=self.assignment, student=student)
        for notebook in self.assignment.notebooks:
            made = SubmittedNotebook(notebook=notebook, assignment=submission)
            for cell in (*notebook.grade_cells, *notebook.task_cells):
                Grade(cell=cell, notebook=made)
            for cell in (*notebook.solution_cells, *notebook.task_cells):
                Comment(cell=cell, notebook=made)
        self.book.db.add(submission)
        return submission

    def _fill(self, submission: Any, entry: Entry) -> None:
        stamp = read_stamp(self.state.folder("submitted", entry.student, self.assignment.name))
        if stamp is not None:
            submission.timestamp = stamp
        submission.extension = extensions.length(
            self.extensions, entry.student, submission.assignment.duedate
        )
        for notebook in submission.notebooks:
            if notebook.notebook.name != EXERCISES:
                continue
            for grade in notebook.grades:
                self._grade(grade, entry)
            for comment in notebook.comments:
                comment.auto_comment = (
                    "No response." if comment.cell.name in entry.unanswered else None
                )
            if entry.look:
                notebook.flagged = True
            notebook.late_submission_penalty = self._penalty(submission, notebook, entry)

    def _grade(self, grade: Any, entry: Entry) -> None:
        points = entry.points.get(grade.cell.name, 0.0)
        grade.auto_score = points
        if grade.manual_score is None:
            grade.needs_manual_grade = points is None
        elif entry.changed:
            # nbgrader's rule: a person's grade on a new hand-in is to be looked at again
            grade.needs_manual_grade = True

    def _penalty(self, submission: Any, notebook: Any, entry: Entry) -> float | None:
        late = submission.total_seconds_late if submission.assignment.duedate else 0
        if not late:
            return None
        total = sum(_score_of(grade) for grade in notebook.grades)
        penalty = self.late.late_submission_penalty(entry.student, total, late)
        return None if penalty is None else min(max(penalty, 0), total)


def _score_of(grade: Any) -> float:
    """Return what counts of a grade, by nbgrader's rule, before it is in the database."""
    base = grade.manual_score if grade.manual_score is not None else grade.auto_score
    return 0.0 if base is None else base + (grade.extra_credit or 0.0)


def _late_plugin() -> Any:
    from nbgrader.plugins import LateSubmissionPlugin

    return LateSubmissionPlugin()


def read_stamp(folder: Path) -> Any:
    """Return the time of a hand-in as nbgrader stores it, or None."""
    from nbgrader.utils import parse_utc

    path = folder / "timestamp.txt"
    if path.is_symlink() or not path.is_file():
        return None
    try:
        text = path.read_bytes()[:200].decode("utf-8").strip()
        return parse_utc(text) if text else None
    except Exception:  # dateutil raises what it likes on hostile text
        return None

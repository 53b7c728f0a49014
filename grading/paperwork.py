"""What goes out: feedback for trainees, points for the host."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from course import whole_files
from grading import intake, scored
from grading.cohort.store import no_formula
from grading.gradebook import must_succeed, scoring_api
from grading.gradebook_store import open_book
from grading.release import load_template
from grading.state import EXERCISES, GradingState

# nbgrader's own columns, in its order
COLUMNS = (
    "assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email",
    "raw_score", "late_submission_penalty", "score", "max_score",
)  # fmt: skip


def feedback(
    state: GradingState, name: str, *, students: Iterable[str] | None = None
) -> tuple[list[str], dict[str, str]]:
    """Generate and release the feedback of everybody who was scored.

    Parameters
    ----------
    state : GradingState
        The course.
    name : str
        The module's id, or its number.
    students : iterable of str, optional
        Only these.

    Returns
    -------
    tuple
        Students whose feedback is out, and student -> why not.

    Raises
    ------
    CourseError
        nbgrader could not make the pages.
    """
    assignment = state.assignment_folder(name).name
    load_template(state, assignment)
    done = state.step("autograded").glob(f"*/{assignment}/{EXERCISES}.ipynb")
    here = sorted(p.parent.parent.name for p in done)
    wanted = here if students is None else [s for s in here if s in set(students)]
    out: list[str] = []
    problems: dict[str, str] = {}
    api = scoring_api(state)
    for student in wanted:
        result = api.generate_feedback(assignment, student)
        if not result["success"]:
            problems[student] = _last_line(result)
            continue
        folder = state.folder("feedback", student, assignment)
        # nbgrader stops for everybody at one hand-in without these two files
        if not all((folder / n).is_file() for n in ("timestamp.txt", "submission_secret.txt")):
            problems[student] = "The hand-in did not come through the exchange; give it by hand."
            continue
        _under_handed_in_names(state, assignment, student)
        must_succeed(
            api.release_feedback(assignment, student),
            f"The feedback of {student} could not be released",
            f"Check the folder {state.exchange}.",
        )
        out.append(student)
    return out, problems


def _under_handed_in_names(state: GradingState, assignment: str, student: str) -> None:
    """Offer the page also under the name of the notebook that was handed in.

    A trainee's nbgrader asks for feedback by the names of the notebooks they sent: who
    sent ``exercises-Copy1.ipynb`` would never get the page called ``exercises``.
    """
    sent = state.folder("submitted", student, assignment)
    placed = intake.load(state, assignment, student).placed
    stems = {
        p.stem for p in sent.glob("*.ipynb")
        if p.is_file() and not p.is_symlink() and p.stem != EXERCISES
    }  # fmt: skip
    if not placed:
        stems.discard("lesson")
    page = state.folder("feedback", student, assignment) / f"{EXERCISES}.html"
    for stem in sorted(stems)[:5]:
        shutil.copyfile(page, page.with_name(f"{stem}.html"))


def _last_line(result: dict[str, Any]) -> str:
    return (result.get("error") or "no reason given").strip().splitlines()[-1]


def automatic_points(state: GradingState, assignment: str) -> dict[str, dict[str, float]]:
    """Return the gradebook's points of the automatic questions: student -> question -> points."""
    automatic = set(load_template(state, assignment).automatic)
    rows = _grades(state, assignment)
    return {
        student: {n: round(g["score"], 4) for n, g in grades.items() if n in automatic}
        for student, grades in rows.items()
    }


def _grades(state: GradingState, assignment: str) -> dict[str, dict[str, dict[str, Any]]]:
    from nbgrader.api import (
        Assignment,
        BaseCell,
        Grade,
        SubmittedAssignment,
        SubmittedNotebook,
    )

    found: dict[str, dict[str, dict[str, Any]]] = {}
    with open_book(state) as book:
        query = (
            book.db.query(
                SubmittedAssignment.student_id,
                BaseCell.name,
                Grade.score,
                Grade.needs_manual_grade,
            )
            .select_from(Grade)
            .join(SubmittedNotebook, SubmittedNotebook.id == Grade.notebook_id)
            .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
            .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
            .join(BaseCell, BaseCell.id == Grade.cell_id)
            .filter(Assignment.name == assignment)
        )
        for student, cell, score, needs in query:
            found.setdefault(student, {})[cell] = {"score": float(score or 0), "open": bool(needs)}
    return found


def safe_cell(value: Any) -> Any:
    """Return a table cell that no spreadsheet takes for a formula.

    >>> safe_cell("=1+1"), safe_cell(-2.5)
    ("'=1+1", -2.5)
    """
    if isinstance(value, str):
        return no_formula(value)
    return "" if value is None else value


def export(state: GradingState, path: Path, assignments: Iterable[str] | None = None) -> Path:
    """Write the points as CSV: nbgrader's columns, then points and status per question.

    Parameters
    ----------
    state : GradingState
        The course.
    path : Path
        The file.
    assignments : iterable of str, optional
        Modules; all that are in the gradebook when left out.

    Returns
    -------
    Path
        The file: one row per student and module; a question that waits has no points and
        the status ``pending`` or, for a written answer, ``open``.
    """
    rows = export_rows(state, assignments)
    extra = list(dict.fromkeys(k for row in rows for k in row if k not in COLUMNS))
    table = io.StringIO(newline="")
    writer = csv.DictWriter(table, [*COLUMNS, *extra], restval="")
    writer.writeheader()
    writer.writerows({k: safe_cell(v) for k, v in row.items()} for row in rows)
    return whole_files.write(path, table.getvalue())


def export_rows(
    state: GradingState, assignments: Iterable[str] | None = None
) -> list[dict[str, Any]]:
    """Return the rows of :func:`export` as dictionaries."""
    rows: list[dict[str, Any]] = []
    with open_book(state) as book:
        wanted = set(assignments) if assignments is not None else None
        people = {s.id: s for s in book.students}
        for assignment in sorted(book.assignments, key=lambda a: a.name):
            if wanted is not None and assignment.name not in wanted:
                continue
            grades = _grades(state, assignment.name)
            last = scored.load(state, assignment.name)
            handed_in = {s.student_id: s for s in assignment.submissions}
            for student in sorted(people):
                row = _row(assignment, people[student], handed_in.get(student))
                for cell, grade in sorted(grades.get(student, {}).items()):
                    made = last.get(student)
                    result = made.result(cell) if made else None
                    if grade["open"]:
                        status = "pending" if result else "open"
                    else:
                        status = result.status if result else "marked"
                    row[cell] = "" if grade["open"] else grade["score"]
                    row[f"{cell}_status"] = status
                rows.append(row)
    return rows


def _row(assignment: Any, student: Any, submission: Any) -> dict[str, Any]:
    penalty = (submission.late_submission_penalty if submission else 0.0) or 0.0
    score = float(submission.score) if submission else 0.0
    return {
        "assignment": assignment.name,
        "duedate": _moment(assignment.duedate),
        "timestamp": _moment(submission.timestamp) if submission else "",
        "student_id": student.id,
        "last_name": student.last_name,
        "first_name": student.first_name,
        "email": student.email,
        "raw_score": score,
        "late_submission_penalty": penalty,
        "score": max(0.0, score - penalty),
        "max_score": float(assignment.max_score),
    }


def _moment(value: Any) -> str:
    return "" if value is None else str(value)

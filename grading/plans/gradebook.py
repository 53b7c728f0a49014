"""The plan's marks in nbgrader's gradebook: read what was given there, write what counts."""

from __future__ import annotations

from typing import Any

from grading.gradebook_store import exists, open_book
from grading.plans import log as plan_log
from grading.plans.groups import MODULE, Group
from grading.state import EXERCISES, GradingState


def _rows(state: GradingState, members: tuple[str, ...]) -> list[tuple[str, str, Any]]:
    """Return (student, criterion, points given by hand) of some students, None where none."""
    if not exists(state):
        return []
    from nbgrader.api import (
        Assignment,
        Grade,
        SubmittedAssignment,
        SubmittedNotebook,
        TaskCell,
    )

    with open_book(state) as book:
        query = (
            book.db.query(SubmittedAssignment.student_id, TaskCell.name, Grade.manual_score)
            .select_from(Grade)
            .join(SubmittedNotebook, SubmittedNotebook.id == Grade.notebook_id)
            .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
            .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
            .join(TaskCell, TaskCell.id == Grade.cell_id)
            .filter(Assignment.name == MODULE, SubmittedAssignment.student_id.in_(members))
        )
        return [(str(s), str(c), p) for s, c, p in query]


def written_before(state: GradingState) -> dict[tuple[str, str], float]:
    """Return the agreed points this program wrote: (student, criterion) -> points."""
    return {
        (str(r.get("student")), str(r.get("criterion"))): float(r["points"])
        for r in plan_log.read(state, plan_log.MARKS)
        if r.get("kind") == "written" and isinstance(r.get("points"), (int, float))
    }


def given_by_hand(state: GradingState, group: Group) -> dict[str, float]:
    """Return points that a person gave in formgrader, and not this program.

    Of several members of a team the first by id counts.
    """
    ours = written_before(state)
    found: dict[str, float] = {}
    for student, criterion, points in sorted(_rows(state, group.members), key=lambda r: r[:2]):
        if points is None or ours.get((student, criterion)) == points:
            continue
        found.setdefault(criterion, float(points))
    return found


def write(
    state: GradingState, group: Group, points: dict[str, float], comments: dict[str, str]
) -> list[str]:
    """Write agreed points and comments for every member who handed in.

    What a person had given in formgrader is noted in the log before, as the marker
    ``formgrader``, so that it is not lost.

    Returns
    -------
    list of str
        Members whose rows were written.
    """
    from nbgrader.api import MissingEntry

    by_hand = given_by_hand(state, group)
    rows = [
        {"kind": "mark", "group": group.id, "marker": "formgrader", "criterion": c, "points": p,
         "comment": None, "plan": ""}
        for c, p in by_hand.items()
    ]  # fmt: skip
    plan_log.append(state, plan_log.MARKS, rows)
    if not exists(state):
        return []
    done = []
    with open_book(state) as book:
        for student in group.members:
            try:
                submission = book.find_submission_notebook(EXERCISES, MODULE, student)
            except MissingEntry:
                continue
            # said before it is done: a kill in between must not make ours look like a person's
            plan_log.append(state, plan_log.MARKS, [
                {"kind": "written", "student": student, "criterion": c, "points": p}
                for c, p in points.items()
            ])  # fmt: skip
            for grade in submission.grades:
                if grade.cell.name in points:
                    grade.manual_score = points[grade.cell.name]
                    grade.needs_manual_grade = False
            for comment in submission.comments:
                if comments.get(comment.cell.name):
                    comment.manual_comment = comments[comment.cell.name]
            book.db.commit()
            done.append(student)
    return done

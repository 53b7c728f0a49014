"""What the gradebook and the exchange hold of all modules, read once, in plain values."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime

from grading.gradebook_store import open_book
from grading.state import COURSE_ID, GradingState, is_student_id


@dataclass
class Book:
    """What the gradebook holds, in plain values."""

    due: dict[str, datetime] = field(default_factory=dict)
    of: dict[str, float] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)
    stamps: dict[tuple[str, str], datetime | None] = field(default_factory=dict)
    points: dict[tuple[str, str], float] = field(default_factory=dict)
    open: dict[tuple[str, str], set[str]] = field(default_factory=dict)


def in_utc(moment: datetime | None) -> datetime | None:
    """Return a moment in UTC; one without a zone is in UTC, as nbgrader keeps it."""
    if moment is None:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def inbound(state: GradingState) -> dict[tuple[str, str], datetime]:
    """Return (student, module) -> the latest hand-in that lies in the exchange, in UTC.

    The names of the folders are believed here; collecting looks closer.
    """
    from nbgrader.utils import parse_utc

    found: dict[tuple[str, str], datetime] = {}
    try:
        names = os.listdir(state.exchange / COURSE_ID / "inbound")
    except OSError:
        return {}
    for name in names:
        parts = name.rsplit("+", 3)
        if len(parts) < 4 or not is_student_id(parts[0]):
            continue
        try:
            moment = in_utc(parse_utc(parts[2]))
        except Exception:  # dateutil raises what it likes
            continue
        at = (parts[0], parts[1])
        if moment is not None and (at not in found or moment > found[at]):
            found[at] = moment
    return found


def read_book(state: GradingState) -> Book:
    """Return what the gradebook holds of all modules."""
    from nbgrader.api import (
        Assignment,
        BaseCell,
        Grade,
        Student,
        SubmittedAssignment,
        SubmittedNotebook,
    )

    made = Book()
    with open_book(state) as book:
        for assignment in book.assignments:
            made.of[assignment.name] = float(assignment.max_score or 0)
            if assignment.duedate:
                made.due[assignment.name] = assignment.duedate.replace(tzinfo=UTC)
        for student in book.db.query(Student):
            parts = (student.first_name, student.last_name)
            made.people[student.id] = " ".join(p for p in parts if p)
        stamps = book.db.query(
            SubmittedAssignment.student_id, Assignment.name, SubmittedAssignment.timestamp
        ).join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        for name, module, stamp in stamps:
            made.stamps[name, module] = in_utc(stamp)
        grades = (
            book.db.query(
                SubmittedAssignment.student_id, Assignment.name, BaseCell.name, Grade.score,
                Grade.needs_manual_grade,
            )
            .select_from(Grade)
            .join(SubmittedNotebook, SubmittedNotebook.id == Grade.notebook_id)
            .join(SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id)
            .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
            .join(BaseCell, BaseCell.id == Grade.cell_id)
        )  # fmt: skip
        for name, module, cell, score, needs in grades:
            at = (name, module)
            made.points[at] = made.points.get(at, 0.0) + float(score or 0)
            if needs:
                made.open.setdefault(at, set()).add(cell)
    return made

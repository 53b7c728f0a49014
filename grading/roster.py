"""Who takes part: names and teams, from ``roster.csv`` in the state, where there is one."""

from __future__ import annotations

import csv
from pathlib import Path

from course.errors import CourseError
from grading.state import GradingState, is_student_id

COLUMNS = ("student_id", "first_name", "last_name", "email", "team")


def read_roster(path: Path) -> list[dict[str, str]]:
    """Return one dictionary per participant.

    Parameters
    ----------
    path : Path
        A CSV file with the column ``student_id`` and, where known, ``first_name``,
        ``last_name``, ``email``, ``team``. A missing file gives an empty list.

    Raises
    ------
    CourseError
        Naming the row whose id cannot be one.
    """
    if not path.is_file():
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    people = []
    for number, row in enumerate(rows, start=2):
        student = (row.get("student_id") or "").strip()
        if not is_student_id(student):
            raise CourseError(
                f"{path.name}, row {number}: {student!r} cannot be a student id.",
                "Use letters, digits, '.', '-', '_' and '@', beginning with a letter or digit.",
            )
        people.append({name: (row.get(name) or "").strip() for name in COLUMNS})
        people[-1]["student_id"] = student
    return people


def roster_path(state: GradingState) -> Path:
    """Return where the roster of a state lies."""
    return state.base / "roster.csv"


def teams(state: GradingState) -> dict[str, str]:
    """Return the team of each student the roster names one for."""
    people = read_roster(roster_path(state))
    return {p["student_id"]: p["team"] for p in people if p["team"]}


def names(state: GradingState) -> dict[str, dict[str, str]]:
    """Return first name, last name and e-mail of each student, for the gradebook."""
    return {
        p["student_id"]: {k: p[k] for k in ("first_name", "last_name", "email") if p[k]}
        for p in read_roster(roster_path(state))
    }

"""Collect hand-ins from the exchange and make them fit for every later step."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from course.errors import CourseError
from grading.gradebook import must_succeed, open_api
from grading.intake import settle_all
from grading.state import COURSE_ID, GradingState


@dataclass
class Collected:
    """What a collection brought.

    Attributes
    ----------
    students : list of str
        Everybody whose hand-in is now here.
    settled : list of str
        Students whose notebook was missing, renamed or unreadable: the rebuilt one was
        put in its place, the original stays beside it.
    left_out : list of str
        Lines about what was not collected.
    """

    students: list[str] = field(default_factory=list)
    settled: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def collect(state: GradingState, name: str) -> Collected:
    """Bring the latest hand-ins of a module here.

    Parameters
    ----------
    state : GradingState
        The course.
    name : str
        The module's id, or its number.

    Raises
    ------
    CourseError
        The module was not released, or the exchange cannot be read.
    """
    assignment = state.assignment_folder(name).name
    first = f"Release it first: python3 -m grading release {assignment}."
    if not (state.exchange / COURSE_ID).is_dir():  # nbgrader would send the host to the instructor
        raise CourseError(f"{assignment} was not released from here.", first)
    result = open_api(state).collect(assignment, update=True)
    must_succeed(
        result,
        f"{assignment} could not be collected",
        first,
    )
    lines = (result.get("log") or "").splitlines()
    left_out = [re.sub(r"^\[WARNING\] ", "", line) for line in lines if "[WARNING]" in line]
    settled = settle_all(state, assignment)
    return Collected(state.submitted_students(assignment), settled, left_out)

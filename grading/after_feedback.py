"""When a test is over for a trainee: as soon as its feedback is out.

The feedback of a test says which answers were right. A hand-in that comes after it shows
who can read, so it is not collected: the one before it counts.
"""

from __future__ import annotations

from course.errors import CourseError
from course.questions import load_module
from grading.state import GradingState


def is_over(state: GradingState, assignment: str, student: str) -> bool:
    """Say whether a trainee's feedback of a test was made.

    To let somebody take a test again, remove the folder of that person and test from
    ``feedback`` in the state, then collect.

    Parameters
    ----------
    state : GradingState
        The course.
    assignment, student : str
        The module and the trainee.

    Returns
    -------
    bool
        False for every module that is no test.
    """
    try:
        spec = load_module(state.assignment_folder(assignment))
    except CourseError:
        return False
    if spec.form != "test":
        return False
    return any(state.folder("feedback", student, spec.id).glob("*.html"))

"""The percent of a test, for the completion rule."""

from __future__ import annotations

from contextlib import suppress

from course.errors import CourseError
from grading import paperwork, scored
from grading.scored import Scored
from grading.state import GradingState


def test_percent(state: GradingState, module_id: str, student_id: str) -> float | None:
    """Return what a trainee reached in a test, 0 to 100.

    Parameters
    ----------
    state : GradingState
        The course.
    module_id : str
        Such as ``91_post_test``, or its number.
    student_id : str
        The id of the gradebook.

    Returns
    -------
    float or None
        See :func:`test_percents`. None: this trainee has no scored hand-in of the test.
    """
    return test_percents(state, module_id).get(student_id)


def test_percents(state: GradingState, module_id: str) -> dict[str, float]:
    """Return what everybody reached in a test: student id to percent.

    Points of all points; a question without an answer counts as wrong. The gradebook
    decides, so a point that an instructor gave by hand counts. Nobody scored: empty.
    """
    with suppress(CourseError):  # a test that is not in this checkout may have been scored
        module_id = state.assignment_folder(module_id).name
    found = {}
    scores = scored.load(state, module_id)
    points = paperwork.automatic_points(state, module_id) if scores else {}
    for student, made in scores.items():
        percent = percent_of(made)
        if percent is None:
            continue
        if own := points.get(student):
            of = sum(float(r["max_points"]) for r in made.results.values())
            percent = min(100.0, 100.0 * sum(own.values()) / of)
        found[student] = percent
    return found


# pytest would take them for tests of its own
test_percent.__test__ = test_percents.__test__ = False  # type: ignore[attr-defined]


def percent_of(made: Scored) -> float | None:
    """Return the percent of one score as it was scored; None where nothing carries points."""
    points = sum(float(r["points"]) for r in made.results.values())
    of = sum(float(r["max_points"]) for r in made.results.values())
    return 100.0 * points / of if of else None

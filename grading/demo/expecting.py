"""The points a simulated trainee should get, worked out without the answer key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from grading.demo.stories import WAITS, Desk


@dataclass(frozen=True)
class Expectation:
    """What should come out for one trainee.

    Attributes
    ----------
    points : dict
        Question -> points after every city of a hand-in was approved.
    first : dict
        Question -> points of the first scoring, when an own city still waits.
    """

    points: dict[str, float]
    first: dict[str, float]

    @property
    def total(self) -> float:
        """Return all points."""
        return round(sum(self.points.values()), 4)


def expectation(place: Desk) -> Expectation:
    """Return what a trainee's answers should bring.

    An answer is right when it equals what the trainee's own way with the functions of
    ``course`` gives, within the tolerance that the question states.
    """
    right = place.solver.right()
    line = place.solver.params("m10_policy")["line"]
    points = {}
    for name, question in place.solver.spec.questions.items():
        given = place.given.get(name)
        if name == "m10_policy":
            share = _design_share(given, right[name], line)
        else:
            share = float(_equal(question, given, right[name]))
        points[name] = round(float(question.points) * share, 4)
    own = place.person.city == "own"
    first = dict.fromkeys(points, 0.0) if own else points
    return Expectation(points, first)


def _design_share(given: Any, good: dict[str, Any], line: float) -> float:
    """Return the share of the good design, or of the one with too much subsidy.

    ``module.yml`` states that money is worth 30 % of a design.
    """
    if not isinstance(given, dict):
        return 0.0
    same = {**given, "subsidy": good["subsidy"]} == good
    return (0.7 if given["subsidy"] > line else 1.0) if same else 0.0


def _equal(question: Any, given: Any, right: Any) -> bool:
    if given is None or given is WAITS:
        return False
    if isinstance(given, int | float) and isinstance(right, int | float):
        within = question.tolerance.width(right) or 1e-9
        return abs(given - right) <= within
    return given == right

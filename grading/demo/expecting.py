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


def expectation(place: Desk, *, known: bool = False) -> Expectation:
    """Return what a trainee's answers should bring.

    An answer is right when it equals what the trainee's own way with the functions of
    ``course`` gives, within the tolerance that the question states.

    Parameters
    ----------
    place : Desk
        What the trainee had and gave.
    known : bool
        The host has approved a city of the trainee's own before, with another module.
    """
    right = place.solver.right()
    points = {}
    for name, question in place.solver.spec.questions.items():
        given = place.given.get(name)
        if question.type == "json" and given is not WAITS:
            share = place.solver.design_share(name, given, right[name])
        else:
            share = float(_equal(question, given, right[name]))
        points[name] = round(float(question.points) * share, 4)
    # a test or survey is about no city, so nothing waits for one
    waits = place.person.city == "own" and not known and place.solver.spec.needs_city
    first = dict.fromkeys(points, 0.0) if waits else points
    return Expectation(points, first)


def _equal(question: Any, given: Any, right: Any) -> bool:
    if given is None or given is WAITS:
        return False
    if isinstance(given, int | float) and isinstance(right, int | float):
        within = question.tolerance.width(right) or 1e-9
        return abs(given - right) <= within
    return given == right

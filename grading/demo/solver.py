"""Answers as an able trainee would find them: with the functions of ``course`` only.

The answer key is not used here: that the two agree is what the demo shows. Everything is
computed from the trainee's own draw and tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from course.exercises import draw
from course.identity import Who
from course.questions import ModuleSpec


@dataclass(frozen=True)
class Solver:
    """One trainee's way through the exercises of a module.

    A module's own class adds a method for each automatic question, named as the question,
    and ``typical_wrong``; `grading.demo.solutions` finds it.

    Parameters
    ----------
    spec : ModuleSpec
        The module.
    city : City
        The trainee's.
    who : Who
        The trainee.
    """

    spec: ModuleSpec
    city: Any
    who: Who
    # what is written where a person marks
    text: ClassVar[str] = (
        "We begin where most people wait (exercise table, 2026). The table is synthetic, so the "
        "number is an estimate."
    )

    def params(self, question: str) -> dict[str, Any]:
        """Return what the question shows this trainee."""
        return dict(draw(self.spec.questions[question], self.city, self.who).params)

    def right(self) -> dict[str, Any]:
        """Return the answer to every automatic question."""
        return {name: getattr(self, name)() for name in self.spec.questions}

    def answers(self) -> dict[str, Any]:
        """Return what the trainee answers; in a test not everybody knows everything."""
        return self.right()

    def typical_wrong(self) -> dict[str, Any]:
        """Return answers of a trainee who falls into the best-known traps."""
        raise NotImplementedError

    def design_share(self, question: str, given: Any, good: Any) -> float:
        """Return the share of the points that a design should bring.

        Parameters
        ----------
        question : str
            The design's question.
        given : Any
            What was handed in.
        good : Any
            What `right` gives: a design with every property met.
        """
        return float(given == good)

"""Simulated trainees in a test or survey: some know more than others, nobody knows all.

What somebody knows is drawn from their name and the question: an ability, a difficulty, and
the typical misconception where the two do not meet. It is invented, and says nothing about
people; it only makes the report on the questions worth looking at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from course.city.synthesis.stream import Stream
from grading.demo.solver import Solver

_STEPS = 1000


def _unit(*parts: object) -> float:
    """Return a drawn number from 0 up to 1."""
    return Stream("demo", *parts).integer(0, _STEPS) / _STEPS


@dataclass(frozen=True)
class TestSolver(Solver):
    """One trainee in a test.

    A test's own class gives ``known``: question -> how the right answer begins, written
    down without the answer key, and ``trap``: question -> how the answer begins that looks
    right to many; ``start`` and ``reach`` are the chance of the least and the most able.
    """

    __test__: ClassVar[bool] = False  # no test of pytest's
    text: ClassVar[str] = ""
    known: ClassVar[dict[str, str]] = {}
    trap: ClassVar[dict[str, str]] = {}
    start: ClassVar[float] = 0.3
    reach: ClassVar[float] = 0.7

    def letter(self, question: str, begins: str) -> str:
        """Return the letter of the one option that begins with these words."""
        shown = self.params(question)
        (found,) = [
            name.removeprefix("option_")
            for name, words in shown.items()
            if name.startswith("option_") and words.startswith(begins)
        ]
        return found

    def right(self) -> dict[str, Any]:
        """Return the right letter of every question."""
        return {name: self.letter(name, self.known[name]) for name in self.spec.questions}

    def typical_wrong(self) -> dict[str, Any]:
        """Return the letters of somebody who falls into every trap."""
        return {name: self.letter(name, self.trap[name]) for name in self.spec.questions}

    def answers(self) -> dict[str, Any]:
        """Return what this trainee answers: the right letter, a wrong one, or nothing."""
        right, wrong, given = self.right(), self.typical_wrong(), {}
        ability = _unit("ability", self.who.trainee)
        for name in self.spec.questions:
            chance = self.start + (self.reach - self.start) * ability
            easy = 0.3 * (_unit("ease", name) - 0.5)
            drawn = _unit("answer", name, self.who.trainee)
            if drawn < chance + easy:
                given[name] = right[name]
            elif drawn < 0.9:
                other = "abcd"[int(4 * _unit("guess", name, self.who.trainee))]
                given[name] = wrong[name] if drawn < 0.7 else other
        return given


@dataclass(frozen=True)
class SurveySolver(Solver):
    """One trainee in the survey: steps and words that are drawn from the name."""

    text: ClassVar[str] = ""
    words: ClassVar[dict[str, tuple[str, ...]]] = {}

    def right(self) -> dict[str, Any]:
        """Return an opinion on everything; none is better than another."""
        given: dict[str, Any] = {}
        for name, question in self.spec.questions.items():
            drawn = _unit("opinion", name, self.who.trainee)
            if question.type == "choice":
                middle = question.best - 0.7
                step = round(middle + 2.4 * (drawn - 0.5))
                given[name] = min(5, max(1, step))
            else:
                texts = self.words[name]
                given[name] = texts[int(len(texts) * drawn)]
        return given

    def typical_wrong(self) -> dict[str, Any]:
        """Return the opinions of somebody who liked little."""
        return {n: 2 for n, q in self.spec.questions.items() if q.type == "choice"}

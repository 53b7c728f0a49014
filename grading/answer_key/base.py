"""What every module's answer key offers, and the memory they share.

A key is a set of pure functions of the city and of one trainee's draw. Nothing of a
trainee's notebook reaches it but the value to judge. Wrong answers that fit any number
(another unit, another city, a neighbour's value) are `grading.hints`; here are only the
ones a module knows by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from course.city.pack import City
from course.errors import UsageError
from course.exercises import Draw
from course.exercises.memory import Memory

WrongValues = list[tuple[Any, str]]
Judged = list[tuple[bool, float, str]]

# Answers are small; tables are not. A host that scores trainee by trainee needs few tables.
_ANSWERS = 50_000


class AnswerKey:
    """The answer key of one module.

    Parameters
    ----------
    expected : mapping of str to callable
        Question id to ``f(city, draw) -> answer``; designs have none.
    wrong : mapping of str to callable
        Question id to ``f(city, draw) -> [(wrong value, hint), ...]``.
    designs : mapping of str to callable, optional
        Question id to ``f(city, draw, value) -> [(met, share, sentence), ...]``.
    alternatives : mapping of str to callable, optional
        Question id to ``f(city, draw) -> [answers that are as good, ...]``.
    examples : mapping of str to callable, optional
        Design id to ``f(city, draw) -> a design with every property met``, or None.
    notes : mapping of str to callable, optional
        Design id to ``f(city, draw) -> str``: where a line judged is not the line shown.
    """

    def __init__(
        self,
        *,
        expected: Mapping[str, Callable[[City, Draw], Any]],
        wrong: Mapping[str, Callable[[City, Draw], WrongValues]],
        designs: Mapping[str, Callable[[City, Draw, Any], Judged]] | None = None,
        alternatives: Mapping[str, Callable[[City, Draw], list[Any]]] | None = None,
        examples: Mapping[str, Callable[[City, Draw], Any]] | None = None,
        notes: Mapping[str, Callable[[City, Draw], str]] | None = None,
    ) -> None:
        self._expected, self._wrong = dict(expected), dict(wrong)
        self._designs, self._alternatives = dict(designs or {}), dict(alternatives or {})
        self._examples, self._notes = dict(examples or {}), dict(notes or {})
        self._memory = Memory(_ANSWERS)

    @property
    def questions(self) -> tuple[str, ...]:
        """Return the ids this key can judge."""
        return tuple(dict.fromkeys([*self._expected, *self._designs]))

    def expected(self, qid: str, city: City, draw: Draw) -> Any:
        """Return the right answer of one trainee; None where there is none."""
        if qid in self._designs:
            return None
        make = _of(self._expected, qid)
        return self._memory.get(
            (qid, city.fingerprint, draw.variant, draw.who.trainee), lambda: make(city, draw)
        )

    def solution(self, qid: str, city: City, draw: Draw) -> Any:
        """Return an answer with full marks: the expected one, or a design of the host's own."""
        if qid in self._examples:
            return self._examples[qid](city, draw)
        return self.expected(qid, city, draw)

    def wrong_values(self, qid: str, city: City, draw: Draw) -> WrongValues:
        """Return typical wrong answers with their hints, the most telling first.

        Values that cannot be computed (nobody in group 1, for instance) are left out.
        """
        found = self._wrong[qid](city, draw) if qid in self._wrong else []
        return [(value, hint) for value, hint in found if value is not None]

    def alternatives(self, qid: str, city: City, draw: Draw) -> list[Any]:
        """Return other answers that are as good as the expected one."""
        return self._alternatives[qid](city, draw) if qid in self._alternatives else []

    def judge_design(self, qid: str, city: City, draw: Draw, value: Any) -> Judged:
        """Judge a design property by property: (met, share of the points, sentence)."""
        return _of(self._designs, qid)(city, draw, value)

    def note(self, qid: str, city: City, draw: Draw) -> str:
        """Say how the lines of a design were eased for this trainee; empty if they were not."""
        return self._notes[qid](city, draw) if qid in self._notes else ""


def _of(functions: Mapping[str, Callable[..., Any]], qid: str) -> Callable[..., Any]:
    if qid not in functions:
        raise UsageError(f"The answer key holds no question {qid!r}.", "Check the module's file.")
    return functions[qid]

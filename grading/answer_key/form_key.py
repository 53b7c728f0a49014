"""The key of a test: the text of each right answer, and what is said after scoring.

A right answer is known by its words, not by its letter or its place in ``module.yml``:
each trainee sees the options in another order, and an editor may change the order there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from course.errors import UsageError
from course.exercises import Draw
from grading.answer_key.base import Judged, WrongValues


class FormKey:
    """The key of a test or survey.

    Parameters
    ----------
    right : mapping of str to str
        Question id to the words of the right answer, as in ``module.yml``; empty for a
        survey.
    said : mapping of str to str
        Question id to the sentence a trainee reads after scoring, right or wrong. It must
        not hold the answer: a page of feedback travels.
    """

    def __init__(self, *, right: Mapping[str, str], said: Mapping[str, str]) -> None:
        self._right, self._said = dict(right), dict(said)

    @property
    def questions(self) -> tuple[str, ...]:
        """Return the ids this key can judge."""
        return tuple(self._right)

    def words(self, qid: str) -> str:
        """Return the words of the right answer."""
        if qid not in self._right:
            raise UsageError(f"The answer key holds no question {qid!r}.", "Check the test's file.")
        return self._right[qid]

    def expected(self, qid: str, city: Any, draw: Draw) -> str | None:
        """Return the letter under which this trainee sees the right answer.

        None where the words are not among the options: then the answer waits for a person.
        None in a survey, where no answer is right.
        """
        words = self._right.get(qid)
        for name, text in draw.params.items():
            if name.startswith("option_") and text == words:
                return name.removeprefix("option_")
        return None

    def solution(self, qid: str, city: Any, draw: Draw) -> str | None:
        """Return an answer with full marks."""
        return self.expected(qid, city, draw)

    def said(self, qid: str) -> str:
        """Return what a trainee reads after scoring; empty where nothing is said."""
        return self._said.get(qid, "")

    def wrong_values(self, qid: str, city: Any, draw: Draw) -> WrongValues:
        """Return no hints: a test has none."""
        return []

    def alternatives(self, qid: str, city: Any, draw: Draw) -> list[Any]:
        """Return nothing: one option is right."""
        return []

    def judge_design(self, qid: str, city: Any, draw: Draw, value: Any) -> Judged:
        """Refuse: a test has no designs."""
        raise UsageError(f"{qid} is no design.", "Check the test's file.")

    def note(self, qid: str, city: Any, draw: Draw) -> str:
        """Return nothing: nothing is eased in a test."""
        return ""

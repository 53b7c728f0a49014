"""The questions of the fare-question lab, by name."""

from __future__ import annotations

from course.errors import UsageError
from course.labs.questions_asked import Question
from course.labs.questions_money import MONEY
from course.labs.questions_tariff import TARIFF

QUESTIONS = {q.key: q for q in (*TARIFF, *MONEY)}


def question_of(key: str) -> Question:
    """Return a question by its name; an unknown one is refused with the list."""
    if key not in QUESTIONS:
        raise UsageError(
            f"There is no fare question {key!r}.", f"Ask one of: {', '.join(QUESTIONS)}."
        )
    return QUESTIONS[key]

"""The order in which a trainee sees the options of a test.

Each trainee has another order, so that a neighbour's letter says nothing. The order hangs
on the question and the trainee alone, not on the city: the host finds it again without
knowing any city. Which option is right is not known here.
"""

from __future__ import annotations

from typing import Any

from course.city.synthesis.stream import Stream
from course.questions import Question


def order_of(question: Question, key: str) -> tuple[int, ...]:
    """Return the positions of the options, in the order they are shown.

    Parameters
    ----------
    question : Question
        With ``choices``.
    key : str
        Whose order: `course.identity.Who.key` of the trainee.

    Returns
    -------
    tuple of int
        The first is the place in ``choices`` of what is shown as the first option.
    """
    places = list(range(len(question.choices)))
    return tuple(Stream("options", question.id, key).choose(places, len(places)))


def drawn_order(question: Question, key: str) -> dict[str, Any]:
    """Return the drawn values: the order, and the text of each shown option."""
    order = order_of(question, key)
    shown = {
        f"option_{option.key}": question.choices[place]
        for option, place in zip(question.options, order, strict=True)
    }
    return {"order": list(order), **shown}


def shown_as(question: Question, key: str, place: int) -> str:
    """Return the letter under which a trainee sees an option.

    Parameters
    ----------
    place : int
        Its place in ``choices``, from 0.
    """
    return question.options[order_of(question, key).index(place)].key


def place_of(question: Question, key: str, letter: str) -> int:
    """Return the place in ``choices`` of the option a trainee sees under a letter."""
    letters = [option.key for option in question.options]
    return order_of(question, key)[letters.index(letter)]

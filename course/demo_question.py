"""The one question whose answer is beside the learner: it shows what a hint is."""

from __future__ import annotations

import math
from typing import Any

from course.answer_cards import Card
from course.number_text import parse_number

ID = "m00_demo"
_TITLE = "How many buses come in one hour?"
_RIGHT = 6.0
_HINTS = {
    60.0: "That is one bus each minute. A bus comes every 10 minutes.",
    10.0: "10 is the time between two buses. We ask for the number of buses.",
    7.0: "You counted the bus at 11:00 too. We ask for buses before 11:00.",
}
_GENERAL = "An hour has 60 minutes. How many times do 10 minutes fit into it?"


def card() -> Card:
    """Return the question."""
    return Card(
        title=_TITLE,
        sentences=(
            "A bus comes every 10 minutes, from 10:00 on. How many buses come before 11:00?",
        ),
        notes=("Answer: a whole number. Nothing is handed in.",),
    )


def reply(value: Any) -> Card:
    """Return what a value is told; a wrong one gets its hint at once."""
    number = _number(value)
    if value is None or value is ...:
        return Card(title="No answer yet", sentences=("Give a number.",), status=True)
    if number is None:
        return Card(title="I could not read a number here.", status=True)
    if number == _RIGHT:
        return Card(title="Right.", sentences=("10 minutes fit six times into an hour.",),
                    status=True)  # fmt: skip
    return Card(title="Not yet.", sentences=(_HINTS.get(number, _GENERAL),), status=True)


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        return parse_number(value)[0]
    try:
        number = float(value)
    except (Exception, SystemExit):  # anything may be passed here
        return None
    return number if math.isfinite(number) else None

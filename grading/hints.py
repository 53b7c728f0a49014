"""Which typical mistake does a wrong answer look like? The hint that comes with the score.

Order: the key's own wrong values, then unit, city, neighbour (curriculum section 0). A
hint is only given where it can be told from the right answer: more than three tolerances
away. No hint contains the key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from course.questions import Question
from grading.comparing import as_number, is_numeric, matches, near, tolerance_of

UNIT_FACTORS = (60.0, 1 / 60, 100.0, 1 / 100, 1000.0, 1 / 1000)
CLEAR_OF_KEY = 3.0  # tolerances


@dataclass(frozen=True)
class Hint:
    """Why a value may have come out.

    Attributes
    ----------
    kind : str
        specific, unit, city or neighbour.
    sentence : str
        What the trainee reads.
    detail : str
        What the instructor reads in the report; may be empty.
    """

    kind: str
    sentence: str
    detail: str = ""


def told_apart(question: Question, wrong: Any, expected: Any) -> bool:
    """Say whether a wrong value lies clear of the right one."""
    if not is_numeric(question):
        return not matches(question, wrong, expected)
    a, b = as_number(wrong), as_number(expected)
    if a is None or b is None:
        return False
    return abs(a - b) > CLEAR_OF_KEY * tolerance_of(question, expected) and not near(
        a, b, within=1e-9 * abs(b)
    )


def _far(question: Question, value: Any, other: Any) -> bool:
    """Say quickly of most pairs of numbers that they do not match; there may be many."""
    if not (isinstance(value, int | float) and isinstance(other, int | float)):
        return False
    return abs(value - other) > 2 * question.tolerance.width(other) + 1e-6 * abs(other) + 1e-6


def specific(
    question: Question, value: Any, expected: Any, wrong_values: Iterable[tuple[Any, str]]
) -> Hint | None:
    """Return the hint of the first wrong value that the answer matches."""
    for wrong, sentence in wrong_values:
        if told_apart(question, wrong, expected) and matches(question, value, wrong):
            return Hint("specific", sentence)
    return None


def other_unit(question: Question, value: Any, expected: Any, unit: str) -> Hint | None:
    """Return the hint for the right digits in minutes, thousands or shares."""
    number = as_number(expected)
    if not is_numeric(question) or not number:
        return None
    for factor in UNIT_FACTORS:
        wrong = number * factor
        # the tolerance scales with the number: 16.5 % given as 0.165 is the same slip
        within = max(tolerance_of(question, expected) * factor, abs(wrong) * 1e-9)
        if told_apart(question, wrong, expected) and near(value, wrong, within=within):
            asked = f" We ask for {unit}." if unit else ""
            return Hint("unit", f"Right digits, other unit.{asked}")
    return None


def other_city(
    question: Question, value: Any, expected: Any, of_packs: Callable[[], Iterable[tuple[str, Any]]]
) -> Hint | None:
    """Return the hint for a value of a bundled pack that is not the trainee's.

    Parameters
    ----------
    of_packs : callable
        Gives (title of a pack, value there); called only when needed, for it is dear.
    """
    if not is_numeric(question):
        return None
    for title, wrong in of_packs():
        if told_apart(question, wrong, expected) and matches(question, value, wrong):
            return Hint("city", f"This fits {title}. Which city did you open?")
    return None


def neighbour(
    question: Question,
    value: Any,
    expected: Any,
    others: Iterable[tuple[str, Any]],
    *,
    any_type: bool = False,
) -> Hint | None:
    """Return the hint for the value of another trainee's draw.

    Parameters
    ----------
    others : iterable of (str, Any)
        Student id and expected value of everyone else.
    any_type : bool
        Also for choices: only where one certain other trainee is meant, because among
        many any choice is somebody's.
    """
    if question.varies_by not in ("trainee", "team"):
        return None
    if not any_type and not is_numeric(question):
        return None
    others = list(others)
    fits = [
        student
        for student, wrong in others
        if not _far(question, value, wrong)
        and told_apart(question, wrong, expected)
        and matches(question, value, wrong)
    ]
    # where few answers are possible, an honest slip is somebody's answer too
    if not fits or len(fits) > max(2, len(others) // 10):
        return None
    item = question.item or "variant"
    more = f" and {len(fits) - 1} more" if len(fits) > 1 else ""
    return Hint(
        "neighbour",
        f"This fits another {item}. Which one is yours?",
        f"The value is the right one for {fits[0]}{more}.",
    )

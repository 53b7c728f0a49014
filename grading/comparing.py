"""Is an answer the expected one? One rule for each type of question."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from course.questions import Question

# Sums of money differ in the last binary digit by the order of adding; an "exact"
# answer is exact in every digit a person can see.
_DUST = 1e-9
# One place where trainees and key may round differently: the last shown digit.
_NUMERIC = ("number", "integer")


def tolerance(question: Question, expected: float) -> float:
    """Return how far from the key an answer may lie, in the question's unit."""
    return max(question.tolerance.width(float(expected)), abs(float(expected)) * _DUST)


def is_numeric(question: Question) -> bool:
    """Say whether the question asks for one number."""
    return question.type in _NUMERIC


def matches(question: Question, value: Any, expected: Any) -> bool:
    """Say whether a value that was read is the expected one.

    Parameters
    ----------
    question : Question
        Gives type and tolerance.
    value : Any
        As returned by ``course.answers.read_value``.
    expected : Any
        As returned by the answer key.

    Returns
    -------
    bool
        False where the two cannot be compared.
    """
    if expected is None or value is None:
        return False
    if is_numeric(question):
        return near(value, expected, within=tolerance_of(question, expected))
    if question.type == "multi":
        return _as_set(value) is not None and _as_set(value) == _as_set(expected)
    if question.type == "table":
        return _same_table(question, value, expected)
    if question.type in ("choice", "text"):
        return _words(value) == _words(expected)
    return bool(value == expected)


def tolerance_of(question: Question, expected: Any) -> float:
    """Return the tolerance, 0 where the expected value is no finite number."""
    number = as_number(expected)
    return 0.0 if number is None else tolerance(question, number)


def near(value: Any, expected: Any, *, within: float) -> bool:
    """Say whether two numbers lie within a distance of each other."""
    a, b = as_number(value), as_number(expected)
    return a is not None and b is not None and abs(a - b) <= within * (1 + _DUST) + 1e-12


def as_number(value: Any) -> float | None:
    """Return a finite float, or None; truth values are not numbers here."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _words(value: Any) -> str:
    return " ".join(str(value).split()).casefold()


def _as_set(value: Any) -> frozenset[str] | None:
    if isinstance(value, str) or not isinstance(value, Iterable):
        return None
    return frozenset(_words(part) for part in value)


def _same_table(question: Question, value: Any, expected: Any) -> bool:
    """Compare a table: the same keys, each number within the tolerance."""
    if isinstance(expected, dict):
        return (
            isinstance(value, dict)
            and {str(k) for k in value} == {str(k) for k in expected}
            and all(
                _same_table(question, part, expected[key])
                for key, part in ((_key(expected, k), v) for k, v in value.items())
            )
        )
    if isinstance(expected, list | tuple):
        return (
            isinstance(value, list | tuple)
            and len(value) == len(expected)
            and all(_same_table(question, a, b) for a, b in zip(value, expected, strict=True))
        )
    if as_number(expected) is not None:
        return near(value, expected, within=tolerance_of(question, expected))
    return _words(value) == _words(expected)


def _key(expected: dict[Any, Any], given: Any) -> Any:
    """Return the expected table's own key for one that JSON turned into text."""
    return given if given in expected else next(k for k in expected if str(k) == str(given))

"""What came of one question for one student: points, a status and one friendly sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from grading import hints

STATUSES = ("right", "partial", "wrong", "missing", "unreadable", "pending", "mismatch", "noted")


@dataclass(frozen=True)
class Result:
    """The score of one question for one student.

    Attributes
    ----------
    question : str
        Its id.
    points, max_points : float
        Points given; 0 while pending.
    status : str
        right, partial, wrong, missing, unreadable, pending (nothing was judged yet),
        mismatch (the answer is right for somebody else, not for this student), or noted
        (an answer of a survey, which nobody judges).
    sentence : str
        What the trainee reads; never the key.
    details : tuple of str
        Lines for the report.
    hint : str
        specific, unit, city, neighbour or empty.
    value : str
        The answer as short text.
    """

    question: str
    points: float
    max_points: float
    status: str
    sentence: str
    details: tuple[str, ...] = ()
    hint: str = ""
    value: str = ""


def copied(result: Result, hint: hints.Hint) -> Result:
    """Return a wrong result as one that fits somebody else."""
    return replace(
        result,
        status="mismatch",
        sentence=f"Not yet. {hint.sentence}",
        hint=hint.kind,
        details=(*result.details, hint.detail),
    )


def needs_look(result: Result) -> bool:
    """Say whether an instructor should look at this result."""
    return result.status == "mismatch" or any(
        line.startswith(("The answer was made under", "The answer names another", "The record"))
        for line in result.details
    )


def totals(results: Mapping[str, Result]) -> tuple[float, float]:
    """Return the points and the possible points of a set of results."""
    return (
        round(sum(r.points for r in results.values()), 4),
        round(sum(r.max_points for r in results.values()), 4),
    )

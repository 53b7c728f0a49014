"""Whether the markers of one plan agree, and on what; pure."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from course.actionplan.rubric import Rubric


@dataclass(frozen=True)
class Mark:
    """One marker's view of a plan: points and comment of each criterion."""

    marker: str
    points: Mapping[str, float]
    comments: Mapping[str, str] = field(default_factory=dict)
    plan: str = ""

    def total(self, rubric: Rubric) -> float:
        """Return the sum of the points."""
        return math.fsum(self.points.get(c.id, 0.0) for c in rubric.criteria)

    def whole(self, rubric: Rubric) -> bool:
        """Say whether every criterion has points."""
        return all(c.id in self.points for c in rubric.criteria)


@dataclass(frozen=True)
class Agreed:
    """What the markers of a group come to.

    Attributes
    ----------
    points : float or None
        The total; None while somebody is waited for.
    by_criterion : mapping
        Points of each criterion, empty while waiting.
    markers : tuple of str
        Those who marked every criterion.
    sentence : str
        What is waited for, or how it was found.
    """

    points: float | None
    by_criterion: Mapping[str, float]
    markers: tuple[str, ...]
    sentence: str


def agree(rubric: Rubric, marks: list[Mark], *, alone: bool = False) -> Agreed:
    """Return what some marks come to.

    Parameters
    ----------
    rubric : Rubric
        Its criteria, and how far two markers may lie apart.
    marks : list of Mark
        In the order they began; those without all criteria wait.
    alone : bool
        One marker is enough, by a decision of the course.

    Returns
    -------
    Agreed
        Pure.
    """
    whole = [m for m in marks if m.whole(rubric)]
    names = tuple(m.marker for m in whole)
    if not whole:
        return Agreed(None, {}, names, "Nobody has marked every criterion yet.")
    if len(whole) == 1:
        if alone:
            return _mean(rubric, whole, names, "One marker, by decision of the course.")
        return Agreed(None, {}, names, f"{names[0]} has marked it; a second marker is waited for.")
    pairs = list(itertools.combinations(whole, 2))
    distances = [round(abs(a.total(rubric) - b.total(rubric)), 6) for a, b in pairs]
    # of two pairs as near, the one that began earlier
    nearest = min(range(len(pairs)), key=lambda at: (distances[at], at))
    pair, apart = pairs[nearest], distances[nearest]
    if len(whole) == 2 and apart > rubric.third_marker_over + 1e-9:
        return Agreed(
            None, {}, names,
            f"{names[0]} and {names[1]} lie {apart:g} points apart; a third one reads it.",
        )  # fmt: skip
    told = " and ".join(m.marker for m in pair)
    return _mean(rubric, list(pair), names, f"The mean of {told}, {apart:g} points apart.")


def _mean(rubric: Rubric, marks: list[Mark], names: tuple[str, ...], said: str) -> Agreed:
    by = {c.id: math.fsum(m.points[c.id] for m in marks) / len(marks) for c in rubric.criteria}
    return Agreed(round(math.fsum(by.values()), 4), by, names, said)

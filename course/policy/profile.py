"""Voters x projects as compact arrays: built once, used by every voting rule.

Conventions. One row of ``ballots`` is one choice: the voter named the project, with so many
points. A ranked ballot is turned into points when it is read (``course.city.pabulib``); a
knapsack ballot is an approval ballot whose projects fit the budget together. A voter who
handed in an empty ballot has one row with an empty ``project_id``: this voter counts among
the voters and has no choice. Money is whole hundredths of a currency unit, points are whole
multiples of a common fraction, so that no result hangs on rounding. Voters with the same
choices and points are one *pattern* with a count.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from course.errors import CourseError, UsageError
from course.policy.ballot_checks import checked_ballots, checked_projects

CENTS = 100
_FINEST = 1_000_000  # points are counted in millionths at most


@dataclass(frozen=True, eq=False)
class Profile:
    """An election as arrays; make it with ``profile``.

    Parameters
    ----------
    projects : pandas.DataFrame
        One row per project, in the order given: project_id, name, category, cost, zone_id,
        lat, lon.
    voters : pandas.DataFrame
        One row per voter, in the order of the ballots: voter_id, zone_id, age_group.
    cost : numpy.ndarray of int64
        Cost of each project in hundredths of a currency unit.
    pattern : numpy.ndarray of int64
        The pattern of each voter.
    count : numpy.ndarray of int64
        Voters of each pattern; or what they weigh together (``zone_weights``).
    choice_pattern, choice_project, choice_points : numpy.ndarray of int64
        The choices of the patterns, by project and then pattern; points times
        ``point_scale``.
    point_scale : int
        1 where all points are whole, else a power of ten.
    """

    projects: pd.DataFrame
    voters: pd.DataFrame
    cost: np.ndarray
    pattern: np.ndarray
    count: np.ndarray
    choice_pattern: np.ndarray
    choice_project: np.ndarray
    choice_points: np.ndarray
    point_scale: int

    def __repr__(self) -> str:
        return (
            f"Profile({len(self.voters):,} voters, {len(self.projects):,} projects, "
            f"{len(self.count):,} patterns)"
        )

    @cached_property
    def people(self) -> int:
        """Voters, or their weights where voters weigh more and less."""
        return int(self.count.sum())

    @cached_property
    def first(self) -> np.ndarray:
        """Where the choices of each project begin; one more entry for the end."""
        return np.searchsorted(self.choice_project, np.arange(len(self.cost) + 1))

    def supporters(self, project: int) -> slice:
        """Return the part of the choice arrays that names a project (by position)."""
        return slice(int(self.first[project]), int(self.first[project + 1]))

    @cached_property
    def choice_people(self) -> np.ndarray:
        """Voters behind each choice, as float64."""
        return self.count[self.choice_pattern].astype(np.float64)

    @cached_property
    def points(self) -> np.ndarray:
        """Points of each project, times ``point_scale``; what "most votes" looks at."""
        total = np.zeros(len(self.cost), dtype=np.int64)
        each = self.choice_points * self.count[self.choice_pattern]
        np.add.at(total, self.choice_project, each)
        return total

    @cached_property
    def named_by(self) -> np.ndarray:
        """Voters who named each project."""
        total = np.zeros(len(self.cost), dtype=np.int64)
        np.add.at(total, self.choice_project, self.count[self.choice_pattern])
        return total

    @cached_property
    def votes(self) -> np.ndarray:
        """Points of each project as numbers people read; equal to voters where all give 1."""
        return self.points / self.point_scale

    @cached_property
    def tie_rank(self) -> np.ndarray:
        """Rank of each project in a tie: the cheaper first, then by project_id."""
        order = np.lexsort((_rank(self.projects["project_id"]), self.cost))
        rank = np.empty(len(order), dtype=np.int64)
        rank[order] = np.arange(len(order))
        return rank

    @cached_property
    def choices_per_voter(self) -> np.ndarray:
        """Projects named by each voter."""
        return np.bincount(self.choice_pattern, minlength=len(self.count))[self.pattern]

    def served(self, funded: np.ndarray) -> np.ndarray:
        """Return, for each voter, whether a funded project (by mask) is among the choices."""
        happy = np.zeros(len(self.count), dtype=bool)
        happy[self.choice_pattern[funded[self.choice_project]]] = True
        return happy[self.pattern]


def profile(
    projects: pd.DataFrame, ballots: pd.DataFrame, *, choices: int | None = None
) -> Profile:
    """Put projects and ballots into the arrays that every voting rule reads.

    Parameters
    ----------
    projects : pandas.DataFrame
        One row per project: ``project_id`` (str), ``cost`` (currency units, 0 or more);
        used where present: ``name, category, zone_id, lat, lon``.
    ballots : pandas.DataFrame
        One row per voter and project named: ``voter_id, project_id`` (str), ``points``
        (0 or more; 1 where the column is missing); used where present: ``zone_id``
        (home of the voter), ``age_group``. An empty ``project_id`` is an empty ballot.
    choices : int, optional
        Choices counted per voter: the ones with most points, then by project_id.

    Returns
    -------
    Profile
        Without rows where the frames have none. The order of the rows changes no result.

    Raises
    ------
    CourseError
        A row cannot be used; the first such rows are named.
    UsageError
        ``choices`` is not a whole number of 1 or more.

    Examples
    --------
    >>> projects = pd.DataFrame({"project_id": ["A", "B"], "cost": [100, 50]})
    >>> ballots = pd.DataFrame({"voter_id": ["u", "u", "w"], "project_id": ["A", "B", "B"]})
    >>> profile(projects, ballots)
    Profile(2 voters, 2 projects, 2 patterns)
    """
    if choices is not None and (isinstance(choices, bool) or int(choices) != choices
                                or choices < 1):  # fmt: skip
        raise UsageError(
            f"choices is {choices!r}, not a whole number of 1 or more.",
            "Write choices=5 to count five choices per voter.",
        )
    table = checked_projects(projects)
    code, voters, project, points = checked_ballots(ballots, table)
    scale = _scale(points)
    whole = np.rint(points * scale).astype(np.int64)
    order = np.lexsort((_rank(table["project_id"])[project], -whole, code))
    if choices is not None:
        begin = np.searchsorted(code[order], code[order], side="left")
        order = order[np.arange(len(order)) - begin < choices]
    code, project, whole = code[order], project[order], whole[order]
    pattern = _patterns(code, project, whole, len(voters))
    _, at = np.unique(pattern, return_index=True)  # one voter who stands for each pattern
    stands = np.zeros(len(voters), dtype=bool)
    stands[at] = True
    keep = stands[code]
    of, to, given = pattern[code[keep]], project[keep], whole[keep]
    order = np.lexsort((of, to))
    return Profile(
        projects=table,
        voters=voters,
        cost=np.rint(table["cost"].to_numpy() * CENTS).astype(np.int64),
        pattern=pattern,
        count=np.bincount(pattern, minlength=len(at)),
        choice_pattern=of[order],
        choice_project=to[order],
        choice_points=given[order],
        point_scale=scale,
    )


def as_profile(projects: pd.DataFrame | Profile, ballots: pd.DataFrame | None) -> Profile:
    """Return the profile given, or make one of the two frames."""
    if isinstance(projects, Profile):
        if ballots is not None:
            raise UsageError(
                "A profile already holds the ballots.", "Write rule(profile, budget=...)."
            )
        return projects
    if not isinstance(ballots, pd.DataFrame):
        raise UsageError(
            "There are projects, but the ballots are missing.",
            "Write rule(projects, ballots, budget) or rule(profile, budget=...).",
        )
    return profile(projects, ballots)


def _rank(ids: pd.Series) -> np.ndarray:
    """Rank of each id in the order of its letters."""
    rank = np.empty(len(ids), dtype=np.int64)
    rank[np.argsort(ids.to_numpy(dtype=object), kind="stable")] = np.arange(len(ids))
    return rank


def _scale(points: np.ndarray) -> int:
    """Return the power of ten that makes all points whole."""
    scale = 1
    while scale < _FINEST and (np.abs(points * scale - np.rint(points * scale)) > 1e-9).any():
        scale *= 10
    if len(points) and points.max(initial=0) * scale * len(points) > 2**53:
        raise CourseError(
            f"Points as large as {points.max():g} cannot be counted exactly.",
            "Use smaller points, for example 0 to 100.",
        )
    return scale


def _patterns(code: np.ndarray, project: np.ndarray, points: np.ndarray, voters: int) -> np.ndarray:
    """Tell the different ballots apart: voters with the same choices and points share a number.

    ``code`` is in order. Exact, without hashing: the ballots are told apart by their first
    choice, then by their second, and so on.
    """
    pattern = np.zeros(voters, dtype=np.int64)
    if not len(code):
        return pattern
    item = pd.factorize(points)[0] * (int(project.max()) + 1) + project
    item = pd.factorize(item)[0].astype(np.int64) + 1
    # By item, so that two ballots with the same content are read in the same order.
    order = np.lexsort((item, code))
    code, item = code[order], item[order]
    begin = np.searchsorted(code, np.arange(voters + 1))
    length = np.diff(begin)
    kinds = int(item.max()) + 1
    for place in range(int(length.max())):
        more = np.flatnonzero(length > place)
        key = pattern.copy() * kinds
        key[more] += item[begin[more] + place]
        pattern = pd.factorize(key)[0].astype(np.int64)
    return pattern

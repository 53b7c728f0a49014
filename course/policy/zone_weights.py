"""One vote counted as three channels: committee, online vote and survey, by a stated rule.

Seoul's participatory budget of 2015 weighed a citizens' committee 45 %, the online vote
45 % and a survey 10 %. How the three were put on one scale was not found in any source, and
a city that starts has no committee and no survey yet. This course makes them from the
ballots: the *online vote* counts each voter once; the *committee* has one seat for each zone
with voters, which votes as the zone's voters did; the *survey* counts each zone by its
population. Each channel's votes add up to its weight. A voter without a zone is heard online
only.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from course.errors import CourseError, UsageError
from course.policy.profile import Profile

CHANNELS = ("committee", "online", "survey")
_PER_VOTER = 1_000  # whole parts a voter weighs on average


def weighted(
    profile: Profile, zones: pd.DataFrame, *, committee: float = 45, survey: float = 10
) -> Profile:
    """Return the same ballots, each voter weighing what the three channels give.

    Parameters
    ----------
    profile : Profile
        Ballots with the zone of each voter.
    zones : pandas.DataFrame
        One row per zone: ``zone_id``, ``population`` (people).
    committee, survey : float
        Weight of a channel in percent; the online vote has the rest.

    Returns
    -------
    Profile
        For any rule. Who is served is counted in voters as before; votes are counted in
        weights and no longer in people.

    Raises
    ------
    UsageError
        The weights are below 0 or add up to more than 100.
    CourseError
        No voter has a zone of the city, and a channel needs it; or only the survey has a
        weight, and nobody lives in the zones of the voters.
    """
    shares = _percent(committee=committee, survey=survey)
    if not len(profile.voters):
        return profile
    parts = _weights(profile, zones, needed=committee > 0 or survey > 0)
    each = sum(share * part for share, part in zip(shares, parts, strict=True))
    if not each.sum():
        raise CourseError(
            "No vote has a weight: the channels that count have no votes.",
            "Give the zones their population, or give the online vote a weight.",
        )
    whole = np.rint(each * (_PER_VOTER * len(profile.voters) / each.sum())).astype(np.int64)
    count = np.bincount(profile.pattern, weights=whole, minlength=len(profile.count))
    return replace(profile, count=count.astype(np.int64))


def zone_channels(profile: Profile, zones: pd.DataFrame) -> pd.DataFrame:
    """Return the votes of each project in the three channels, in percent of the channel.

    Parameters
    ----------
    profile : Profile
        Ballots with the zone of each voter.
    zones : pandas.DataFrame
        One row per zone: ``zone_id``, ``population``.

    Returns
    -------
    pandas.DataFrame
        One row per project: ``project_id``, ``name``, ``committee``, ``online``, ``survey``;
        each channel adds up to 100. For ``participation.combine``.
    """
    table = profile.projects[["project_id", "name"]].copy()
    for name, part in zip(CHANNELS, _weights(profile, zones, needed=True), strict=True):
        each = np.bincount(profile.pattern, weights=part, minlength=len(profile.count))
        votes = np.bincount(
            profile.choice_project,
            weights=profile.choice_points * each[profile.choice_pattern],
            minlength=len(table),
        )
        table[name] = 100 * votes / votes.sum() if votes.sum() else 0.0
    return table


def _percent(*, committee: float, survey: float) -> tuple[float, float, float]:
    if not (committee >= 0 and survey >= 0 and committee + survey <= 100):
        raise UsageError(
            f"A committee of {committee} % and a survey of {survey} % leave nothing that adds "
            "up to 100 %.",
            "Give two weights of 0 or more that add up to 100 or less.",
        )
    return committee, 100 - committee - survey, survey


def _weights(profile: Profile, zones: pd.DataFrame, *, needed: bool) -> np.ndarray:
    """Return what each voter weighs in each channel; the votes of a channel add up to 1."""
    people = zones.set_index("zone_id")["population"]
    home = profile.voters["zone_id"]
    known = home.isin(people.index).to_numpy()
    if needed and not known.any():
        raise CourseError(
            "No voter has a zone of this city, so committee and survey cannot be made.",
            "Give the ballots a column zone_id, or set both weights to 0.",
        )
    code, names = pd.factorize(home.where(known))
    voters = np.bincount(code[known], minlength=len(names))
    inside = np.zeros((len(CHANNELS), len(home)))
    inside[1] = 1.0
    if known.any():
        inside[0, known] = (1.0 / voters)[code[known]]
        lives = people.reindex(names).to_numpy(dtype=float)
        inside[2, known] = (lives / voters)[code[known]]
    points = np.bincount(
        profile.choice_pattern, weights=profile.choice_points, minlength=len(profile.count)
    )[profile.pattern]
    total = inside @ points
    return np.divide(inside, total[:, None], out=np.zeros_like(inside), where=total[:, None] > 0)

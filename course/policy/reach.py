"""Who gets nothing: voters without a funded choice, zones without a funded project."""

from __future__ import annotations

import numpy as np
import pandas as pd

from course.policy.outcome import Outcome
from course.policy.profile import Profile, as_profile


def nobody(
    outcome: Outcome, ballots: pd.DataFrame | Profile | None = None, *, by: str = "zone_id"
) -> pd.DataFrame:
    """Count by zone the voters who get nothing.

    Parameters
    ----------
    outcome : Outcome
        What a rule decided.
    ballots : pandas.DataFrame or Profile, optional
        The voters to count; the election of the outcome where not given.
    by : {"zone_id", "age_group"}
        Group of the voters.

    Returns
    -------
    pandas.DataFrame
        One row per zone with voters or with a funded project, by zone_id: zone_id, voters,
        with_project (voters with at least one funded choice), without_pct (0-100, NaN
        without voters), funded_projects (projects funded in the zone). Voters of unknown
        home and projects without a zone are in no row. By age_group: no funded_projects.
    """
    election = _election(outcome, ballots)
    group = election.voters[by]
    happy = _served(outcome, election)
    table = pd.DataFrame({by: group, "voters": 1, "with_project": happy.astype(np.int64)})
    table = table[table[by] != ""].groupby(by, sort=True).sum()
    if by == "zone_id":
        zones = outcome.table.loc[outcome.table["funded"], "zone_id"]
        funded = zones[zones != ""].value_counts()
        table = table.reindex(table.index.union(funded.index).sort_values(), fill_value=0)
        table["funded_projects"] = funded.reindex(table.index, fill_value=0)
    voters = table["voters"].to_numpy(dtype=np.float64)
    without = voters - table["with_project"].to_numpy()
    share = np.divide(100 * without, voters, out=np.full(len(voters), np.nan), where=voters > 0)
    table.insert(2, "without_pct", share)
    table.index = table.index.astype("str")
    return table.rename_axis(by).reset_index()


def served_pct(outcome: Outcome, ballots: pd.DataFrame | Profile | None = None) -> float:
    """Return the percent of voters with at least one funded choice.

    Parameters
    ----------
    outcome : Outcome
        What a rule decided.
    ballots : pandas.DataFrame or Profile, optional
        The voters to count; the election of the outcome where not given.

    Returns
    -------
    float
        0-100; NaN without voters.
    """
    happy = _served(outcome, _election(outcome, ballots))
    return float(100 * np.count_nonzero(happy) / len(happy)) if len(happy) else float("nan")


def empty_zones(outcome: Outcome, ballots: pd.DataFrame | Profile | None = None) -> list[str]:
    """Return the zones that have voters but no funded project, by zone_id.

    A project without a zone serves no zone; zones without voters do not count.
    """
    table = nobody(outcome, ballots)
    empty = (table["voters"] > 0) & (table["funded_projects"] == 0)
    return table.loc[empty, "zone_id"].tolist()


def in_words(outcome: Outcome) -> str:
    """Return who is reached and which zones stay empty, as one sentence.

    Examples
    --------
    >>> from course.policy.most_votes import greedy
    >>> projects = pd.DataFrame({"project_id": ["A"], "cost": [1], "zone_id": ["z"]})
    >>> ballots = pd.DataFrame(
    ...     {"voter_id": ["u", "v"], "project_id": ["A", "A"], "zone_id": ["z", "y"]}
    ... )
    >>> in_words(greedy(projects, ballots, 1))
    '100 % of the voters have a funded choice; 1 of 2 zones with voters has no project.'
    """
    if not len(outcome.profile.voters):
        return "Nobody voted."
    reached = f"{served_pct(outcome):.0f} % of the voters have a funded choice"
    zones = int((nobody(outcome)["voters"] > 0).sum())
    if not zones:
        return f"{reached}; the ballots name no zone."
    empty = len(empty_zones(outcome))
    verb = "has" if empty == 1 else "have"
    return f"{reached}; {empty} of {zones} zones with voters {verb} no project."


def _election(outcome: Outcome, ballots: pd.DataFrame | Profile | None) -> Profile:
    if ballots is None:
        return outcome.profile
    if isinstance(ballots, Profile):
        return ballots
    return as_profile(outcome.profile.projects, ballots)


def _served(outcome: Outcome, election: Profile) -> np.ndarray:
    """Return for each voter of an election whether the outcome funds a choice."""
    if election is outcome.profile:
        return outcome.served.to_numpy()
    funded = set(outcome.funded["project_id"])
    return election.served(election.projects["project_id"].isin(funded).to_numpy())

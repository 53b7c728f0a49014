"""Who took part and who is missing. Voters are not a sample of the citizens."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from course.errors import CourseError, UsageError


def turnout(ballots: pd.DataFrame, zones: pd.DataFrame) -> pd.DataFrame:
    """Return the voters of each zone beside its residents.

    Parameters
    ----------
    ballots : pandas.DataFrame
        One row per voter and project named: ``voter_id``, ``zone_id`` (home).
    zones : pandas.DataFrame
        One row per zone: ``zone_id``, ``population``.

    Returns
    -------
    pandas.DataFrame
        One row per zone, in the order of ``zones``: zone_id, voters, population,
        turnout_pct (voters per 100 residents; NaN where nobody lives). Voters of unknown
        home are in no row.
    """
    voters = _voters(ballots, "zone_id")
    table = zones[["zone_id", "population"]].reset_index(drop=True)
    count = voters.value_counts()
    table.insert(1, "voters", table["zone_id"].map(count).fillna(0).astype(np.int64))
    people = table["population"].to_numpy(dtype=np.float64, na_value=np.nan)
    share = np.full(len(table), np.nan)
    np.divide(100 * table["voters"], people, out=share, where=people > 0)
    return table.assign(turnout_pct=share)


def missing_groups(
    ballots: pd.DataFrame, population: Mapping[str, float] | None = None
) -> pd.DataFrame:
    """Return the age groups of the voters beside those of the residents.

    Parameters
    ----------
    ballots : pandas.DataFrame
        One row per voter and project named: ``voter_id``, ``age_group``.
    population : mapping of str to float, optional
        Residents, or their percent, by age group.

    Returns
    -------
    pandas.DataFrame
        One row per age group, by name: age_group, voters, voters_pct (of the voters of
        known age). With ``population`` also population_pct, and ratio: 1 where a group is
        as strong among voters as among residents, 0.5 where half of it is missing; the
        weakest group first.
    """
    voters = _voters(ballots, "age_group").value_counts().sort_index()
    total = int(voters.sum())
    if population is None:
        pct = voters.to_numpy() * 100 / max(total, 1)
        return pd.DataFrame({
            "age_group": pd.Series(voters.index, dtype="str"), "voters": voters.to_numpy(),
            "voters_pct": pct,
        })  # fmt: skip
    people = pd.Series(dict(population), dtype=np.float64)
    if not len(people) or not (np.isfinite(people) & (people >= 0)).all() or people.sum() <= 0:
        raise UsageError(
            f"population is {dict(population)!r}, not residents by age group.",
            'Write population={"19-29": 18, "30-39": 17}, in people or percent.',
        )
    stray = sorted(set(voters.index) - set(people.index))
    if stray:
        raise CourseError(
            f"Voters are in the age group {stray[0]!r}, the population is not.",
            f"Give its residents too; the groups are {', '.join(map(str, people.index))}.",
        )
    voters = voters.reindex(people.index, fill_value=0)
    share = voters.to_numpy() * 100 / max(total, 1)
    lived = (people * 100 / people.sum()).to_numpy()
    ratio = np.divide(share, lived, out=np.full(len(lived), np.nan), where=lived > 0)
    table = pd.DataFrame({
        "age_group": pd.Series(people.index, dtype="str"), "voters": voters.to_numpy(),
        "voters_pct": share, "population_pct": lived, "ratio": ratio,
    })  # fmt: skip
    return table.sort_values(["ratio", "age_group"], ignore_index=True)


def _voters(ballots: pd.DataFrame, column: str) -> pd.Series:
    """Return a column once per voter, without the voters who have no value."""
    if column not in ballots:
        raise CourseError(f"ballots has no column {column}.", "Choose a city whose ballots say it.")
    once = ballots.drop_duplicates("voter_id")[column].astype("str").fillna("")
    return once[once != ""]

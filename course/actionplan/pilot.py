"""Where a plan begins: pilot zones, the people they reach, and the value they start from.

A pilot is a zone and the zones nearest to it, by the distance of their middles. Residents
are people of the zone table; jobs, income groups and stops are of the same pack.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from course.errors import UsageError

MOST_ZONES = 12
INDICATORS = {
    "density": ("People per km²", "people/km²"),
    "low_income": ("Residents in income groups 1 and 2", "%"),
    "jobs": ("Jobs per 1,000 people", "jobs"),
    "stops": ("Stops per 10,000 people", "stops"),
}
_METRES = 111_195.0  # of one degree of latitude


@dataclass(frozen=True)
class Pilot:
    """A pilot of some zones.

    Attributes
    ----------
    zones : tuple of str
        Zone ids, the middle one first.
    people : int
        Residents.
    share_pct : float
        Of the city's residents, percent.
    baseline, city : float
        The indicator in the pilot and in the whole city; NaN where it cannot be said.
    """

    zones: tuple[str, ...]
    people: int
    share_pct: float
    baseline: float
    city: float


def nearest(zones: pd.DataFrame, zone_id: str, count: int) -> list[str]:
    """Return a zone and those nearest to it, nearest first.

    Parameters
    ----------
    zones : DataFrame
        ``zone_id, lat, lon``.
    zone_id : str
        The middle one.
    count : int
        Zones in all, cut to those there are.
    """
    ids = zones["zone_id"].astype(str).to_numpy()
    at = np.flatnonzero(ids == str(zone_id))
    if not len(at):
        raise UsageError(f"The city has no zone {zone_id!r}.", "Choose one on the map.")
    lat, lon = zones["lat"].to_numpy(float), zones["lon"].to_numpy(float)
    north = (lat - lat[at[0]]) * _METRES
    east = (lon - lon[at[0]]) * _METRES * np.cos(np.radians(lat[at[0]]))
    order = np.lexsort((ids, np.round(np.hypot(north, east), 3)))
    order = np.concatenate([at[:1], order[order != at[0]]])
    return [str(z) for z in ids[order[: max(1, min(count, len(ids)))]]]


def zone_table(city: Any) -> pd.DataFrame:
    """Return the zones with what the indicators need.

    Returns
    -------
    DataFrame
        One row per zone: ``zone_id, name, lat, lon, area_km2, population, jobs,
        income_group, stops`` (counted by the nearest zone).
    """
    zones = city.zones.reset_index(drop=True).copy()
    zones["zone_id"] = zones["zone_id"].astype(str)
    stops = city.stops
    cos = np.cos(np.radians(float(zones["lat"].mean())))
    counts = np.zeros(len(zones), int)
    if len(stops):
        z_lat, z_lon = zones["lat"].to_numpy(float), zones["lon"].to_numpy(float) * cos
        s_lat, s_lon = stops["lat"].to_numpy(float), stops["lon"].to_numpy(float) * cos
        for begin in range(0, len(stops), 2_000):
            part = slice(begin, begin + 2_000)
            apart = (s_lat[part, None] - z_lat) ** 2 + (s_lon[part, None] - z_lon) ** 2
            counts += np.bincount(apart.argmin(axis=1), minlength=len(zones))
    return zones.assign(stops=counts)


def value_of(rows: pd.DataFrame, indicator: str) -> float:
    """Return an indicator over some rows of `zone_table`; NaN where nobody lives."""
    people = float(rows["population"].sum())
    if indicator == "density":
        area = float(rows["area_km2"].sum())
        return people / area if area > 0 else float("nan")
    if not people > 0:
        return float("nan")
    if indicator == "low_income":
        return 100.0 * float(rows.loc[rows["income_group"] <= 2, "population"].sum()) / people
    if indicator == "jobs":
        return 1000.0 * float(rows["jobs"].sum()) / people
    if indicator == "stops":
        return 10_000.0 * float(rows["stops"].sum()) / people
    raise UsageError(
        f"There is no indicator {indicator!r}.", f"Use one of {', '.join(INDICATORS)}."
    )


def pilot_of(table: pd.DataFrame, zones: list[str], indicator: str = "density") -> Pilot:
    """Return people and baseline of a pilot.

    Parameters
    ----------
    table : DataFrame
        From `zone_table`.
    zones : list of str
        Zone ids; unknown ones are left out.
    indicator : str
        One of `INDICATORS`.
    """
    inside = table[table["zone_id"].isin([str(z) for z in zones])]
    known = set(inside["zone_id"])
    people, whole = float(inside["population"].sum()), float(table["population"].sum())
    return Pilot(
        zones=tuple(str(z) for z in zones if str(z) in known),
        people=round(people),
        share_pct=100.0 * people / whole if whole > 0 else 0.0,
        baseline=value_of(inside, indicator) if len(inside) else float("nan"),
        city=value_of(table, indicator),
    )

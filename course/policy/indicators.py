"""Indicators of a city and its zones: numbers that show how something is going.

Convention. A density is a total over a total: people of the whole place divided by its land.
The mean of the densities of zones is another number, because small and large zones then
count the same. Money, people and land are added first and divided last.

Examples
--------
>>> round(density_per_km2(population=9_597_372, area_km2=605.2))
15858
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from course.errors import CourseError, UsageError

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Above", "above", "badge", "city_density", "density_per_km2", "population_by_rule",
    "zone_densities",
]  # fmt: skip


@dataclass(frozen=True)
class Above:
    """What lies in the zones above a line.

    Parameters
    ----------
    people_pct, land_pct, zones_pct : float
        Shares of all people, all land and all zones, 0 to 100.
    zone_ids : tuple of str
        The zones above the line, in the order of the table.
    """

    people_pct: float
    land_pct: float
    zones_pct: float
    zone_ids: tuple[str, ...]


def density_per_km2(*, population: Any, area_km2: Any) -> Any:
    """Return people for each square kilometre of land.

    Parameters
    ----------
    population : number or Series
        People.
    area_km2 : number or Series
        Land in km².

    Returns
    -------
    float or Series
        People per km²; the same kind as was given.

    Raises
    ------
    UsageError
        The land is not above zero, or a number is below it.

    Examples
    --------
    >>> density_per_km2(population=300, area_km2=2)
    150.0
    """
    try:
        people, land = np.asarray(population, dtype=float), np.asarray(area_km2, dtype=float)
    except (TypeError, ValueError):
        raise UsageError(
            "A density takes numbers, and one of these is none.",
            "Such as population=300, area_km2=2; without quotes.",
        ) from None
    if not (np.all(land > 0) and np.all(people >= 0)):
        raise UsageError(
            "A density needs land above 0 km² and people of 0 or more.",
            "Look at the population and the area of the zones.",
        )
    found = population / area_km2
    return float(found) if np.ndim(found) == 0 else found


def zone_densities(zones: pd.DataFrame) -> pd.Series:
    """Return people per km² of each zone.

    Parameters
    ----------
    zones : pandas.DataFrame
        ``zone_id``, ``population``, ``area_km2``.

    Returns
    -------
    pandas.Series
        ``density_per_km2`` by ``zone_id``, in the order of the table; empty for no zones.

    Examples
    --------
    >>> import pandas as pd
    >>> zone_densities(pd.DataFrame({"zone_id": ["a"], "population": [50], "area_km2": [0.5]}))
    zone_id
    a    100.0
    Name: density_per_km2, dtype: float64
    """
    by_zone = _needed(zones).set_index("zone_id")
    found = density_per_km2(population=by_zone["population"], area_km2=by_zone["area_km2"])
    return found.astype(float).rename("density_per_km2")


def city_density(zones: pd.DataFrame) -> float:
    """Return people per km² of the whole city: all people over all land.

    Parameters
    ----------
    zones : pandas.DataFrame
        ``population``, ``area_km2``.

    Raises
    ------
    CourseError
        There are no zones.
    """
    if _needed(zones).empty:
        raise CourseError("The city has no zones.", "Give it a table of zones.")
    return density_per_km2(
        population=float(zones["population"].sum()), area_km2=float(zones["area_km2"].sum())
    )


def above(zones: pd.DataFrame, line: float) -> Above:
    """Return who and what lies in zones with more than a number of people per km².

    Parameters
    ----------
    zones : pandas.DataFrame
        ``zone_id``, ``population``, ``area_km2``.
    line : float
        People per km²; a zone exactly on the line is not above it.

    Returns
    -------
    Above
        All shares 0 where the city has no zones.

    Raises
    ------
    UsageError
        The line is no number.

    Examples
    --------
    >>> import pandas as pd
    >>> zones = pd.DataFrame({"zone_id": ["a", "b"], "population": [900, 100],
    ...                       "area_km2": [1.0, 3.0]})
    >>> above(zones, 500)
    Above(people_pct=90.0, land_pct=25.0, zones_pct=50.0, zone_ids=('a',))
    """
    if isinstance(line, (bool, str)) or not np.isscalar(line) or np.isnan(line):
        raise UsageError(
            f"The line {str(line)[:40]!r} is no number.",
            "Give people per km², such as indicators.above(zones, 10_000).",
        )
    dense = (zone_densities(zones) > line).to_numpy()
    people, land = (zones[c].to_numpy(float) for c in ("population", "area_km2"))
    return Above(
        people_pct=_share(people[dense].sum(), people.sum()),
        land_pct=_share(land[dense].sum(), land.sum()),
        zones_pct=_share(dense.sum(), len(dense)),
        zone_ids=tuple(zones["zone_id"].astype(str).to_numpy()[dense]),
    )


def population_by_rule(city: Any) -> pd.Series:
    """Return the people the course's own rule would put into each zone of a city.

    Parameters
    ----------
    city : City
        Its zones, stops and total population; the people counted by zone are not looked at.

    Returns
    -------
    pandas.Series
        ``population`` (people) by ``zone_id``, synthetic: the same total, denser near the
        centre. ``attrs["badge"]`` says so.
    """
    from course.city.synthesis.zones import METHOD, complete_zones

    zones = city.zones
    blank = zones.drop(columns=[c for c in ("population", "jobs") if c in zones])
    told = {**city.properties, "population": int(zones["population"].sum())}
    made, _ = complete_zones(blank, city.stops, told)
    found = made.set_index("zone_id")["population"].reindex(zones["zone_id"])
    found.attrs["badge"] = f"SYNTHETIC: {METHOD}"
    return found


def badge(city: Any, *columns: str) -> str:
    """Return the badge of numbers drawn from some columns of the zones only.

    Parameters
    ----------
    city : City
        Its ``sources`` name the columns of ``zones`` that are made up.
    *columns : str
        Columns used, such as ``"population"``.

    Returns
    -------
    str
        ``city.badge("zones")`` where one of them is made up, else empty text.
    """
    made = city.sources.set_index("frame").loc["zones", "synthetic_columns"]
    names = {name.strip() for name in str(made).split(",")}
    return city.badge("zones") if "all" in names or names & set(columns) else ""


def _share(part: float, whole: float) -> float:
    return 100.0 * float(part) / float(whole) if whole else 0.0


def _needed(zones: pd.DataFrame) -> pd.DataFrame:
    for column in ("zone_id", "population", "area_km2"):
        if column not in zones:
            raise UsageError(f"The zones have no column {column!r}.", "Use the table city.zones.")
    return zones

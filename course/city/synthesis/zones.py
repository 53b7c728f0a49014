"""Zones for a city that has none, and the columns its own zones lack.

The rules (an assumption in every number they make, and labelled so): people live denser
near the centre; incomes follow a smooth random field, cut into five groups of about
equal population; jobs gather around three centres. What a pack gives is never changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from course.city.places import Plane, crow_m
from course.city.synthesis.apportion import apportion
from course.city.synthesis.cells import cell_names, cell_points, cover
from course.city.synthesis.fields import centre, density, hundredths, income_groups, job_weights
from course.errors import CourseError

if TYPE_CHECKING:
    import pandas as pd

PEOPLE_PER_KM2 = 5_000  # assumption where a pack states no population
JOBS_PER_100_PEOPLE = 45  # assumption where a pack states no jobs
METHOD = (
    "made by a rule, not counted: people fewer with distance from the centre, jobs in three "
    "centres, income groups drawn as five areas of about equal population"
)
FILLED = ("area_km2", "name", "population", "jobs", "income_group")


def synthesise_zones(stops: pd.DataFrame, properties: dict[str, Any]) -> pd.DataFrame:
    """Cut the neighbourhood of the stops into H3 cells and fill them with people.

    Parameters
    ----------
    stops : pandas.DataFrame
        Needs ``lat, lon``; ``name`` where there is one.
    properties : dict
        The ``city`` property of a pack: ``id``; used where given: ``population`` (people),
        ``centre`` (``lat``, ``lon``).

    Returns
    -------
    pandas.DataFrame
        One row per zone, from the centre outwards: ``zone_id`` (str, "Z001"), ``name``,
        ``name_local`` (empty), ``lat``, ``lon`` (WGS 84), ``area_km2`` (float),
        ``population``, ``jobs`` (int64, people), ``income_group`` (int64, 1 lowest to 5),
        ``h3_cell`` (str). ``attrs["method"]`` says how.

    Raises
    ------
    CourseError
        If no stop has coordinates.

    Notes
    -----
    Source of the rule: the course. Total = ``properties["population"]``, else 5,000
    people per km2 of cells, an assumption. A cell without a stop has half the density.
    """
    import pandas as pd

    placed = stops[stops["lat"].notna() & stops["lon"].notna()]
    if placed.empty:
        raise CourseError(
            "The city has no stop with coordinates, so no zones can be made.",
            "Give stops latitude and longitude, or add a zones table.",
        )
    if "stop_id" in placed.columns:
        placed = placed.sort_values("stop_id", ignore_index=True)
    if "name" not in placed.columns:
        placed = placed.assign(name="")
    counted = cover(placed["lat"].to_numpy(float), placed["lon"].to_numpy(float))
    cells = list(counted)
    lat, lon, area = cell_points(cells)
    plane = Plane.around(lat, lon)
    x, y = plane.metres(lat, lon)
    order = np.argsort(crow_m(x, y, *centre(properties, placed, plane)), kind="stable")
    cells = [cells[i] for i in order]
    width = max(3, len(str(len(cells))))
    zones = pd.DataFrame({
        "zone_id": pd.array([f"Z{i + 1:0{width}d}" for i in range(len(cells))], dtype="str"),
        "name": pd.array(cell_names(cells, placed), dtype="str"),
        "name_local": pd.array([""] * len(cells), dtype="str"),
        "lat": lat[order], "lon": lon[order], "area_km2": area[order],
    })  # fmt: skip
    people = apportion(
        _total(properties, area), density(zones, placed, properties)
        * np.where([counted[c] > 0 for c in cells], 2.0, 1.0))  # fmt: skip
    zones["population"] = people
    zones["jobs"] = apportion(
        int(people.sum()) * JOBS_PER_100_PEOPLE // 100, job_weights(zones, placed, properties)
    )
    zones["income_group"] = income_groups(zones, people, properties)
    zones["h3_cell"] = pd.array(cells, dtype="str")
    zones.attrs["method"] = f"hexagons around the stops; {METHOD}"
    return zones


def complete_zones(
    zones: pd.DataFrame, stops: pd.DataFrame, properties: dict[str, Any]
) -> tuple[pd.DataFrame, list[str]]:
    """Fill what a pack's zones lack; keep what it gives exactly.

    Parameters
    ----------
    zones : pandas.DataFrame
        Needs ``zone_id, lat, lon``. ``name, area_km2, population, jobs, income_group`` may
        be absent, or have missing values.
    stops : pandas.DataFrame
        Needs ``lat, lon``; only used for the centre, if ``properties`` names none.
    properties : dict
        The ``city`` property of the pack.

    Returns
    -------
    tuple
        The zones in the same order with all columns filled (``population, jobs,
        income_group`` int64), and the names of the columns that hold made-up values, empty
        if none. Empty zones come back empty.

    Notes
    -----
    A missing population is the city's total less what is given, shared by density; without
    a total the missing zones get the given zones' density. A missing area comes from the
    distance to the nearest other zone.
    """
    made: list[str] = []
    if zones.empty:
        return zones.copy(), made
    # Draws go in the order of the ids: the order of a pack's rows must not change them.
    out = zones.reset_index(drop=True).sort_values("zone_id", kind="stable")
    order = out.index
    out = out.reset_index(drop=True)
    rules = {
        "area_km2": _areas, "name": _names, "population": _population, "jobs": _jobs,
        "income_group": lambda z, s, p: income_groups(z, _whole(z["population"]), p),
    }  # fmt: skip
    for column in FILLED:
        missing = _missing(out, column)
        if missing.any():
            filled = rules[column](out, stops, properties)
            if column in out.columns and not missing.all():
                filled = out[column].where(~missing, filled)
            out[column] = filled
            made.append(column)
    out["name"] = out["name"].astype("str")
    out["area_km2"] = out["area_km2"].astype("float64")
    for column in ("population", "jobs", "income_group"):
        out[column] = _whole(out[column])
    out = out.set_axis(order).sort_index().set_axis(zones.index)
    if made:
        out.attrs["method"] = f"{', '.join(made)} made up: {METHOD}"
    return out, made


def _missing(zones: pd.DataFrame, column: str) -> np.ndarray:
    if column not in zones.columns:
        return np.ones(len(zones), dtype=bool)
    gone = zones[column].isna()
    if column == "name":
        gone = gone | (zones[column].astype("str").str.strip() == "")
    return gone.to_numpy(dtype=bool)


def _whole(values: pd.Series) -> np.ndarray:
    return np.floor(values.to_numpy(dtype=np.float64) + 0.5).astype(np.int64)


def _total(properties: dict[str, Any], area: np.ndarray) -> int:
    told = properties.get("population")
    if told is not None and float(told) > 0:
        return int(told)
    return int(hundredths(area).sum()) * PEOPLE_PER_KM2 // 100


def _areas(zones: pd.DataFrame, stops: pd.DataFrame, properties: dict[str, Any]) -> np.ndarray:
    """Return km2 from the spacing of the zone points, scaled to the city's area if told."""
    plane = Plane.around(zones["lat"], zones["lon"])
    x, y = plane.metres(zones["lat"], zones["lon"])
    told = properties.get("area_km2")
    if len(zones) == 1:
        return np.array([float(told or 10.0)])
    spacing = np.empty(len(zones))
    for i in range(len(zones)):
        away = (x - x[i]) * (x - x[i]) + (y - y[i]) * (y - y[i])
        away[i] = np.iinfo(np.int64).max
        spacing[i] = max(int(away.min()), 10_000)
    km2 = spacing * 0.866 / 1e6  # a hexagon whose neighbours are that far away
    given = zones["area_km2"] if "area_km2" in zones.columns else None
    if told and given is None:
        return apportion(int(float(told) * 10_000), km2) / 10_000
    return np.floor(km2 * 10_000 + 0.5) / 10_000


def _names(zones: pd.DataFrame, stops: pd.DataFrame, properties: dict[str, Any]) -> list[str]:
    return [f"Zone {zone}" for zone in zones["zone_id"]]


def _population(zones: pd.DataFrame, stops: pd.DataFrame, properties: dict[str, Any]) -> np.ndarray:
    missing = _missing(zones, "population")
    weight = density(zones, stops, properties)
    if missing.all():
        return apportion(_total(properties, zones["area_km2"].to_numpy(float)), weight)
    known = int(_whole(zones.loc[~missing, "population"]).sum())
    rest = int(properties.get("population") or 0) - known
    return _rest(missing, weight, rest, known)


def _jobs(zones: pd.DataFrame, stops: pd.DataFrame, properties: dict[str, Any]) -> np.ndarray:
    missing = _missing(zones, "jobs")
    weight = job_weights(zones, stops, properties)
    if missing.all():
        total = int(_whole(zones["population"]).sum()) * JOBS_PER_100_PEOPLE // 100
        return apportion(total, weight)
    return _rest(missing, weight, 0, int(_whole(zones.loc[~missing, "jobs"]).sum()))


def _rest(missing: np.ndarray, weight: np.ndarray, rest: int, known: int) -> np.ndarray:
    """Share ``rest`` among the missing zones; none stated: at the given zones' level."""
    if rest <= 0:
        scaled = np.floor(weight / max(float(weight.max()), 1e-9) * (1 << 24)).astype(np.int64)
        rest = known * int(scaled[missing].sum()) // max(int(scaled[~missing].sum()), 1)
    out = np.zeros(len(weight), dtype=np.int64)
    out[missing] = apportion(rest, weight[missing])
    return out

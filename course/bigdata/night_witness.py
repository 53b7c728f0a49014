"""A second witness of night demand: whether taxi records see the same places as calls."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from course.bigdata.night_checks import cell_codes, resolution_of
from course.bigdata.night_fairness import cells
from course.errors import CourseError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Witness:
    """Two records of the same night, place by place.

    Parameters
    ----------
    agreement : float
        Spearman's rank correlation over the cells: 1 the same order, 0 none, -1 reversed.
        NaN where one of the records does not differ between cells.
    table : DataFrame
        One row per cell that either record saw, largest difference of rank first:
        ``cell, lat, lon, zone_id, income_group, calls, taxis, call_rank, taxi_rank``
        (1 = most; equals share the mean rank), ``rank_gap`` (positive: taxis see it
        higher).
    method : str
        How the taxi records were made; empty for given ones.
    """

    agreement: float
    table: pd.DataFrame = field(repr=False)
    method: str = ""


def taxi_witness(
    city: Any,
    *,
    ends: bool = False,
    taxis: pd.DataFrame | None = None,
    night_trips: pd.DataFrame | None = None,
) -> Witness:
    """Compare where calls and taxis see the night, cell by cell.

    Parameters
    ----------
    city : course.City
        With its ``night_trips``.
    ends : bool
        Compare homes (ends of wishes, drop-offs) and not starts with pick-ups.
    taxis : DataFrame, optional
        Own records: ``cell, pickups, dropoffs``. Without them they are synthesised by
        another rule than the wishes, and ``method`` says so: agreement then shows how the
        check works, not that the demand is real. Taxis in cells that are neither the city's
        nor the wishes' are left out.
    night_trips : DataFrame, optional
        Other wishes than the city's own.

    Returns
    -------
    Witness
        Seoul used about five million taxi records of seven days so (facts 3.1).

    Raises
    ------
    CourseError
        If ``taxis`` lacks a column, holds a count below zero or no number, or has cells of
        another size than the wishes.
    """
    import pandas as pd

    from course.city.synthesis.night_taxis import METHOD, synthesise_night_taxis

    seen = cells(city, night_trips=night_trips)
    resolution = resolution_of(seen["cell"].tolist())
    if taxis is None:
        record = synthesise_night_taxis(city, resolution=resolution)
    else:
        record = _checked(taxis, resolution)
    column = "dropoffs" if ends else "pickups"
    counts = pd.Series(
        record[column].to_numpy(np.float64), index=record["cell"].to_numpy(dtype=object)
    )
    counts = counts.groupby(level=0).sum()
    seen["calls"] = seen["ends" if ends else "starts"].astype("float64")
    seen["taxis"] = counts.reindex(seen["cell"].to_numpy(dtype=object)).fillna(0.0).to_numpy()
    seen = seen[(seen["calls"] > 0) | (seen["taxis"] > 0)].reset_index(drop=True)
    for name in ("call", "taxi"):
        seen[f"{name}_rank"] = seen[f"{name}s"].rank(ascending=False, method="average")
    seen["rank_gap"] = seen["call_rank"] - seen["taxi_rank"]
    order = np.lexsort((seen["cell"].to_numpy(dtype=object), -seen["rank_gap"].abs()))
    columns = ["cell", "lat", "lon", "zone_id", "income_group", "calls", "taxis", "call_rank",
               "taxi_rank", "rank_gap"]  # fmt: skip
    table = seen.iloc[order].reset_index(drop=True)[columns]
    agreement = _correlation(seen["call_rank"].to_numpy(), seen["taxi_rank"].to_numpy())
    return Witness(agreement, table, METHOD if taxis is None else "")


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    if len(a) < 2:
        return float("nan")
    a, b = a - a.mean(), b - b.mean()
    spread = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / spread if spread > 0 else float("nan")


def _checked(taxis: pd.DataFrame, resolution: int) -> pd.DataFrame:
    import pandas as pd

    absent = [c for c in ("cell", "pickups", "dropoffs") if c not in getattr(taxis, "columns", ())]
    if absent:
        raise CourseError(
            f"The taxi records have no column {', '.join(absent)}.",
            "They need cell, pickups and dropoffs.",
        )
    for name in ("pickups", "dropoffs"):
        number = pd.to_numeric(taxis[name], errors="coerce").to_numpy(np.float64, na_value=np.nan)
        bad = ~(np.isfinite(number) & (number >= 0))
        if bad.any():
            raise CourseError(
                f"Taxi records, {name}, row {int(np.argmax(bad)) + 1}: not a number of 0 or more.",
                "Correct the row or leave it out.",
            )
    codes, names = cell_codes(taxis["cell"], name="Taxi records, cell")
    if len(names) and resolution_of(names, name="The table of taxi records") != resolution:
        raise CourseError(
            "The taxi records have cells of another size than the night trips.",
            f"Bring them to H3 resolution {resolution} first.",
        )
    return taxis.assign(cell=pd.array(names, dtype="str").take(codes) if len(names) else [])

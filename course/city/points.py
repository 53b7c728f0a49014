"""Places of cases and projects in other people's tables: which of them can be used.

A place that is wrong is worse than none: it puts a case on the map where nothing happened.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from course.city.metres import metres_between
from course.city.repairs import RepairList
from course.errors import CourseError

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

FARTHEST_KM = 300.0


def usable_places(
    table: pa.Table,
    used: dict[str, str],
    stops: pd.DataFrame,
    label: str,
    rows: np.ndarray,
    lost: np.ndarray,
    repairs: RepairList,
    *,
    what: str,
    decimals: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the latitudes and longitudes of a table, absent where they cannot be right.

    Parameters
    ----------
    table : pyarrow.Table
        With ``lat, lon``, or neither.
    used : dict
        Mapping of the columns.
    stops, label, rows, lost, repairs, what, decimals
        See :func:`checked_places`.

    Returns
    -------
    tuple of numpy.ndarray of float
        NaN for none.

    Raises
    ------
    CourseError
        Most places are far from the city's stops.
    """
    here = [c for c in ("lat", "lon") if c in used]
    if len(here) < 2:
        if here:
            done = "ignored: map both or none"
            repairs.note(label, f"has a column for {here[0]} only", done)
        return np.full(len(rows), np.nan), np.full(len(rows), np.nan)
    lat, lon = (_degrees(table.column(c)) for c in ("lat", "lon"))
    return checked_places(lat, lon, stops, label, rows, lost, repairs, what=what,
                          decimals=decimals)  # fmt: skip


def checked_places(
    lat: np.ndarray,
    lon: np.ndarray,
    stops: pd.DataFrame,
    label: str,
    rows: np.ndarray,
    lost: np.ndarray,
    repairs: RepairList,
    *,
    what: str,
    decimals: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Return latitudes and longitudes, absent where they cannot be right.

    Parameters
    ----------
    lat, lon : numpy.ndarray of float
        Degrees, NaN for none.
    stops : pandas.DataFrame
        The city's.
    label : str
        File, for messages.
    rows : numpy.ndarray of int
        Row numbers in the file.
    lost : numpy.ndarray of bool
        Rows already dropped: they are not counted again.
    repairs : RepairList
        Gets what was left out.
    what : str
        What a row is.
    decimals : int
        Decimals that are kept; 4 is about ten metres.
    """
    gone = np.zeros(len(rows), dtype=bool)

    def leave_out(wrong: np.ndarray, why: str) -> None:
        repairs.rows(label, wrong & ~gone & ~lost, rows, why, "repaired: as if without a place")
        np.logical_or(gone, wrong, out=gone)

    with np.errstate(invalid="ignore"):
        none = np.isnan(lat) & np.isnan(lon)
        repairs.rows(label, none & ~lost, rows, f"{what} without coordinates", "noted: no place")
        np.logical_or(gone, none, out=gone)
        leave_out(np.isnan(lat) | np.isnan(lon), "one of latitude and longitude is missing")
        on_earth = (np.abs(lat) <= 90) & (np.abs(lon) <= 180)
        leave_out(~on_earth, "coordinates are no place on earth")
        leave_out((lat == 0) & (lon == 0), "coordinates are 0, 0")
        leave_out((lat % 1 == 0) & (lon % 1 == 0), "coordinates are rounded to whole degrees")
        middle = float(stops["lat"].median()), float(stops["lon"].median())
        away = metres_between(lat, lon, *middle) / 1000
        far = (away > FARTHEST_KM) & ~gone & ~lost
        if far.sum() * 2 > (~gone & ~lost).sum():
            raise CourseError(
                f"{label}: most places lie {np.median(away[far]):,.0f} km from the city's stops.",
                "Is this another city's table, or are latitude and longitude exchanged?",
            )
        leave_out(far, f"{what} far from every stop")
    scale = 10**decimals
    lat, lon = (np.floor(a * scale + 0.5) / scale for a in (lat, lon))
    return np.where(gone, np.nan, lat), np.where(gone, np.nan, lon)


def _degrees(values: pa.ChunkedArray) -> np.ndarray:
    """Return numbers, with a comma for the decimal point if need be; NaN for anything else."""
    import pandas as pd
    import pyarrow as pa

    text = values.cast(pa.string()).to_pandas().astype("str").fillna("").str.strip()
    comma = text.str.fullmatch(r"[+-]?\d+,\d+").to_numpy(dtype=bool)
    text = text.where(~comma, text.str.replace(",", "."))
    numbers = pd.to_numeric(text, errors="coerce").to_numpy(dtype=np.float64)
    return np.where(np.isfinite(numbers), numbers, np.nan)

"""A table of trips at night that a city has -> the frame ``night_trips``.

One row per pair of H3 cells and hour, such as counts of calls or taxi rides. All cells must
be of one size, for a bus stop cannot serve a cell as large as the city.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from course.city.columns import read_mapped
from course.city.metres import metres_between
from course.city.points import FARTHEST_KM
from course.city.repairs import RepairList
from course.city.schema import LARGEST
from course.errors import CourseError

if TYPE_CHECKING:
    import pandas as pd

SMALL_COUNT = 5  # fewer people than this could be known by their trip
_LAST_HOUR = 47
_KEY = ["from_cell", "to_cell", "hour"]


def import_night_trips(
    path: Path, mapping: dict[str, str], stops: pd.DataFrame, repairs: RepairList
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Read and clean a table of night trips.

    Parameters
    ----------
    path : Path
        CSV or Parquet; needed are ``from_cell, to_cell, hour, trips``.
    mapping : dict
        Ours to theirs.
    stops : pandas.DataFrame
        The city's: cells must lie near them.
    repairs : RepairList
        Gets what was dropped or added up.

    Returns
    -------
    tuple of (pandas.DataFrame, dict)
        The frame ``night_trips``, each pair and hour once; and the mapping used.

    Raises
    ------
    CourseError
        A column is missing, the cells are another city's, or no row is left.
    """
    import pandas as pd

    table, used = read_mapped(path, "night_trips", mapping, repairs)
    for column in (*_KEY, "trips"):
        if column not in used:
            raise CourseError(
                f"{path.name} has no column for {column}.",
                f"Map it: --columns night_trips.{column}=THEIR_NAME.",
            )
    label, rows = path.name, np.arange(table.num_rows) + 2
    frame = pd.DataFrame({c: _text(table.column(c)).str.lower() for c in used})
    lost = np.zeros(len(frame), dtype=bool)

    def drop(wrong: np.ndarray, what: str) -> None:
        repairs.rows(label, wrong & ~lost, rows, what, "dropped")
        np.logical_or(lost, wrong, out=lost)

    cells = pd.unique(pd.concat([frame["from_cell"], frame["to_cell"]]))
    size, lat, lon = _known(list(cells))
    for column in ("from_cell", "to_cell"):
        drop(frame[column].map(size).isna().to_numpy(), f"{column} is no H3 cell")
    sizes = frame.loc[~lost, "from_cell"].map(size).value_counts()
    if len(sizes):
        for column in ("from_cell", "to_cell"):
            other = (frame[column].map(size) != sizes.index[0]).to_numpy()
            drop(other, f"{column} is of another size than most (resolution {sizes.index[0]:.0f})")
    hour, trips = (
        pd.to_numeric(frame[c], errors="coerce").to_numpy(float) for c in ("hour", "trips")
    )
    with np.errstate(invalid="ignore"):
        drop(~((hour >= 0) & (hour <= _LAST_HOUR) & (hour % 1 == 0)),
             f"hour is no whole number from 0 to {_LAST_HOUR}")  # fmt: skip
        drop(~((trips >= 0) & (trips <= LARGEST)), "trips is no number of zero or more")
    if lost.all():
        raise CourseError(
            f"{label}: none of {len(rows):,} rows can be used.",
            "Cells must be H3 ids such as 8830e1d8b9fffff, hours 0 to 4, trips a number.",
        )
    middle = float(stops["lat"].median()), float(stops["lon"].median())
    away = np.maximum(*(
        metres_between(frame[c].map(lat).to_numpy(float), frame[c].map(lon).to_numpy(float),
                       *middle) / 1000
        for c in ("from_cell", "to_cell")
    ))  # fmt: skip
    far = (away > FARTHEST_KM) & ~lost
    if far.sum() * 2 > (~lost).sum():
        raise CourseError(
            f"{label}: most cells lie {np.median(away[far]):,.0f} km from the city's stops.",
            "Is this another city's table?",
        )
    drop(far, "cell far from every stop")
    frame["hour"], frame["trips"] = np.where(lost, 0, hour).astype(np.int64), trips
    repairs.rows(label, (trips < SMALL_COUNT) & (trips > 0) & ~lost, rows,
                 f"fewer than {SMALL_COUNT} trips of a pair and hour",
                 "noted: ask whether single people can be known by them")  # fmt: skip
    kept = frame[~lost]
    again = kept.duplicated(_KEY).to_numpy()
    repairs.rows(label, again, rows[~lost], "pair and hour were there before",
                 "repaired: trips added up")  # fmt: skip
    out = kept.groupby(_KEY, as_index=False, sort=True)["trips"].sum()
    return out.astype({"from_cell": "str", "to_cell": "str", "trips": "float64"}), used


def _text(values: object) -> pd.Series:
    import pyarrow as pa

    return values.cast(pa.string()).to_pandas().astype("str").fillna("").str.strip()  # type: ignore[attr-defined]


def _known(cells: list[str]) -> tuple[dict[str, int], dict[str, float], dict[str, float]]:
    """Return size, latitude and longitude of those texts that are H3 cells."""
    import h3

    sound = [c for c in cells if len(c) <= 16 and h3.is_valid_cell(c)]
    middle = {c: h3.cell_to_latlng(c) for c in sound}
    return ({c: h3.get_resolution(c) for c in sound}, {c: p[0] for c, p in middle.items()},
            {c: p[1] for c, p in middle.items()})  # fmt: skip

"""A table of zones that a city has -> the frame ``zones``, gaps left for the synthesis."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from course.city.cleaning_stops import FARTHEST_STOP_KM
from course.city.columns import read_mapped
from course.city.metres import metres_between
from course.city.repairs import RepairList
from course.errors import CourseError

if TYPE_CHECKING:
    import pandas as pd

MAX_ZONES = 100_000


def import_zones(
    path: Path, mapping: dict[str, str], stops: pd.DataFrame, repairs: RepairList
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Read and clean a table of zones.

    Parameters
    ----------
    path : Path
        CSV or Parquet; see :func:`course.city.columns.read_mapped`.
    mapping : dict
        Ours to theirs.
    stops : pandas.DataFrame
        The city's stops: zones must lie near them.
    repairs : RepairList
        Gets what was mended.

    Returns
    -------
    tuple of (pandas.DataFrame, dict)
        ``zone_id, name, lat, lon`` and, where given, ``area_km2, population, jobs,
        income_group, h3_cell``; an empty cell is for the synthesis. And the mapping used.
        Ids that are H3 cells give ``h3_cell``, and what is missing of ``lat, lon`` and
        ``area_km2`` follows from the cell.

    Raises
    ------
    CourseError
        No ids, no places, no rows left, or zones of another city.
    """
    import pandas as pd

    table, used = read_mapped(path, "zones", mapping, repairs)
    if table.num_rows > MAX_ZONES:
        raise CourseError(
            f"{path.name} has {table.num_rows:,} zones.", f"At most {MAX_ZONES:,}: merge them."
        )
    if "zone_id" not in used:
        raise CourseError(
            f"{path.name} has no column with the id of the zone.",
            "Map it: --columns zones.zone_id=THEIR_NAME.",
        )
    rows = np.arange(table.num_rows) + 2
    ids = _text(table, "zone_id")
    frame = pd.DataFrame({"zone_id": ids})
    cell = ids.str.lower()
    is_cell = _are_cells(cell)
    if "name" in used:
        frame["name"] = _text(table, "name")
    elif is_cell:  # nobody can tell two cells apart by 15 hex digits
        frame["name"] = "Cell " + ids.rank(method="first").astype(int).astype(str)
    else:
        frame["name"] = ids
    for column in ("lat", "lon", "area_km2", "population", "jobs", "income_group"):
        if column in used:
            frame[column] = _number(path.name, table, column, rows, repairs)
    if is_cell:
        frame["h3_cell"] = cell
        _from_cells(frame)
    if "lat" not in frame or "lon" not in frame:
        raise CourseError(
            f"{path.name} does not say where its zones are.",
            "Map latitude and longitude: --columns zones.lat=… zones.lon=…, or use H3 ids.",
        )
    for column, low, high in (("area_km2", 1e-6, 1e6), ("population", 0, 1e9), ("jobs", 0, 1e9),
                              ("income_group", 1, 5)):  # fmt: skip
        if column in frame:
            wrong = ((frame[column] < low) | (frame[column] > high)).to_numpy()
            repairs.rows(path.name, wrong, rows, f"{column} is outside {low:g} to {high:g}",
                         "repaired: as if empty, then synthetic")  # fmt: skip
            frame.loc[wrong, column] = np.nan
    for column in ("population", "jobs", "income_group"):
        if column in frame:
            broken = (frame[column] % 1 > 0).to_numpy()
            repairs.rows(path.name, broken, rows, f"{column} is no whole number",
                         "repaired: rounded")  # fmt: skip
            frame[column] = np.floor(frame[column] + 0.5).astype("Int64")
    return _kept(path.name, frame, stops, rows, repairs), used


def _kept(
    label: str, frame: pd.DataFrame, stops: pd.DataFrame, rows: np.ndarray, repairs: RepairList
) -> pd.DataFrame:
    empty = (frame["zone_id"] == "").to_numpy()
    repairs.rows(label, empty, rows, "zone without id", "dropped")
    again = frame["zone_id"].duplicated().to_numpy() & ~empty
    repairs.rows(label, again, rows, "zone id was used before", "dropped: the later row")
    nowhere = ~((frame["lat"].abs() <= 90) & (frame["lon"].abs() <= 180)).to_numpy() & ~empty
    repairs.rows(label, nowhere, rows, "zone without usable coordinates", "dropped")
    keep = ~(empty | again | nowhere)
    if not keep.any():
        raise CourseError(f"{label}: no zone has an id and a place.", "Check the columns.")
    middle = stops["lat"].median(), stops["lon"].median()
    away = metres_between(frame["lat"].to_numpy(), frame["lon"].to_numpy(), *middle) / 1000
    far = (away > FARTHEST_STOP_KM) & keep
    if far.sum() * 2 > keep.sum():
        raise CourseError(
            f"{label}: the zones lie {np.nanmedian(away[keep]):,.0f} km from the feed's stops.",
            "Are these the zones of another city, or are latitude and longitude exchanged?",
        )
    repairs.rows(label, far, rows, "zone far from every stop", "dropped")
    out = frame[keep & ~far]
    return out.astype({"zone_id": "str", "name": "str"}).reset_index(drop=True)


def _text(table: object, column: str) -> pd.Series:
    import pandas as pd
    import pyarrow as pa

    values = table.column(column)  # type: ignore[attr-defined]
    if pa.types.is_floating(values.type):  # 101.0 was once 101
        series = values.to_pandas()
        return pd.Series([f"{v:.0f}" if v == v else "" for v in series], dtype="str")
    return values.cast(pa.string()).to_pandas().astype("str").fillna("").str.strip()


def _number(
    label: str, table: object, column: str, rows: np.ndarray, repairs: RepairList
) -> np.ndarray:
    import pandas as pd

    values = table.column(column).to_pandas()  # type: ignore[attr-defined]
    if values.dtype.kind in "OUT" or str(values.dtype) == "str":
        text = values.astype("str").fillna("").str.strip()
        comma = text.str.fullmatch(r"[+-]?\d+,\d+").to_numpy(bool)
        if comma.any() and column in ("lat", "lon"):
            text = text.where(~comma, text.str.replace(",", "."))
        numbers = pd.to_numeric(text, errors="coerce").to_numpy(dtype=np.float64)
        repairs.rows(label, ~np.isfinite(numbers) & (text != "").to_numpy(), rows,
                     f"{column} is no number", "repaired: as if empty")  # fmt: skip
    else:
        numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.isfinite(numbers), numbers, np.nan)


def _are_cells(ids: pd.Series) -> bool:
    """All ids are H3 cells: 15 hex digits that h3 knows."""
    if not ids.str.fullmatch(r"[0-9a-f]{15}").all():
        return False
    import h3

    return all(map(h3.is_valid_cell, ids))


def _from_cells(frame: pd.DataFrame) -> None:
    import h3

    centres = np.array([h3.cell_to_latlng(cell) for cell in frame["h3_cell"]]).reshape(-1, 2)
    for k, column in enumerate(("lat", "lon")):
        centre = np.round(centres[:, k], 6)
        frame[column] = frame[column].fillna(dict(enumerate(centre))) if column in frame else centre
    if "area_km2" not in frame:
        # Rounded, so that the last digits of the platform's sine do not count.
        frame["area_km2"] = [round(h3.cell_area(cell, unit="km^2"), 5) for cell in frame["h3_cell"]]

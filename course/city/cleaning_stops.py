"""``stops.txt`` -> stops with a name and sound coordinates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from course.city.cleaning import refuse_if_most_lost, without_duplicates
from course.city.metres import metres_between
from course.city.reading import RawTable
from course.city.repairs import RepairList

if TYPE_CHECKING:
    import pandas as pd

# Farther from the middle of all stops than this is a slip, not a suburb.
FARTHEST_STOP_KM = 300.0


def clean_stops(label: str, table: RawTable, repairs: RepairList) -> pd.DataFrame:
    """Return stops with sound coordinates.

    Parameters
    ----------
    label : str
        Name of the feed.
    table : RawTable
        ``stops.txt``.
    repairs : RepairList
        Gets what was mended.

    Returns
    -------
    pandas.DataFrame
        ``stop_id, name, name_local, lat, lon, location_type, parent_station,
        zone_id_fare``.
    """
    import pandas as pd

    table = without_duplicates(table, "stop_id", repairs)
    lat, lon = (_coordinates(table, f"stop_{axis}", repairs) for axis in ("lat", "lon"))
    kind = pd.Series(table.objects("location_type")).replace("", "0")
    frame = pd.DataFrame({
        "stop_id": table.objects("stop_id"), "name": table.objects("stop_name"),
        "name_local": "", "lat": lat, "lon": lon, "location_type": kind.to_numpy(),
        "parent_station": table.objects("parent_station"),
        "zone_id_fare": table.objects("zone_id"),
    }, index=table.rows)  # fmt: skip
    _mend_coordinates(frame, repairs)
    unnamed = frame["name"] == ""
    stops = frame["location_type"].isin(["0", "1"])
    repairs.rows("stops.txt", (unnamed & stops).to_numpy(), table.rows, "stop_name is empty",
                 "repaired: named by its stop_id")  # fmt: skip
    frame.loc[unnamed, "name"] = frame.loc[unnamed, "stop_id"]
    placed = frame["lat"].notna()
    repairs.rows("stops.txt", (~placed & stops).to_numpy(), table.rows,
                 "stop has no usable coordinates", "dropped")  # fmt: skip
    frame = frame[placed & stops]
    refuse_if_most_lost(label, "stops.txt", len(frame), int(stops.sum()), "no usable coordinates")
    return frame


def _coordinates(table: RawTable, column: str, repairs: RepairList) -> np.ndarray:
    import pandas as pd

    text = pd.Series(table.objects(column))
    comma = text.str.fullmatch(r"[+-]?\d+,\d+")
    if comma.any():
        what, marks = f"{column} is written with a decimal comma", comma.to_numpy(bool)
        repairs.rows(table.name, marks, table.rows, what, "repaired: read as a point")
        text = text.where(~comma, text.str.replace(",", "."))
    numbers = pd.to_numeric(text, errors="coerce").to_numpy(dtype=np.float64)
    numbers = np.where(np.isfinite(numbers), numbers, np.nan)
    wrong = np.isnan(numbers) & (text != "").to_numpy()
    repairs.rows(table.name, wrong, table.rows, f"{column} is no number", "noted: as if empty")
    return numbers


def _mend_coordinates(frame: pd.DataFrame, repairs: RepairList) -> None:
    """Swap swapped coordinates, borrow a station's, and blank what lies nowhere near."""
    rows = frame.index.to_numpy()
    lat, lon = frame["lat"].to_numpy().copy(), frame["lon"].to_numpy().copy()
    nowhere = (np.abs(lat) < 1e-6) & (np.abs(lon) < 1e-6)
    repairs.rows("stops.txt", nowhere, rows, "coordinates are 0, 0", "noted: as if empty")
    half = np.isnan(lat) ^ np.isnan(lon)
    lat[nowhere | half] = lon[nowhere | half] = np.nan
    outside = (np.abs(lat) > 90) | (np.abs(lon) > 180)
    swapped = outside & (np.abs(lon) <= 90) & (np.abs(lat) <= 180)
    inside = ~outside & ~np.isnan(lat)
    if inside.any():
        middle = np.median(lat[inside]), np.median(lon[inside])
        far = _km(lat, lon, *middle) > FARTHEST_STOP_KM
        swapped |= inside & far & (_km(lon, lat, *middle) <= FARTHEST_STOP_KM)
    elif swapped.any():
        middle = np.median(lon[swapped]), np.median(lat[swapped])
    else:
        return
    repairs.rows("stops.txt", swapped, rows, "latitude and longitude are swapped",
                 "repaired: swapped back")  # fmt: skip
    lat[swapped], lon[swapped] = lon[swapped], lat[swapped]
    beyond = ~np.isnan(lat) & ((np.abs(lat) > 90) | (np.abs(lon) > 180))
    what = "coordinates are outside the world"
    repairs.rows("stops.txt", beyond, rows, what, "noted: as if empty")
    lat[beyond] = lon[beyond] = np.nan
    far = _km(lat, lon, *middle) > FARTHEST_STOP_KM
    repairs.rows("stops.txt", far, rows,
                 f"stop lies more than {FARTHEST_STOP_KM:.0f} km from the middle of all stops",
                 "noted: as if without coordinates")  # fmt: skip
    lat[far] = lon[far] = np.nan
    place = dict(zip(frame["stop_id"], range(len(frame)), strict=True))
    parent = frame["parent_station"].map(place).to_numpy(dtype=np.float64, na_value=np.nan)
    wanting = np.isnan(lat) & ~np.isnan(parent)
    source = np.where(wanting, parent, 0).astype(np.int64)
    wanting &= ~np.isnan(lat[source])
    repairs.rows("stops.txt", wanting, rows, "stop has no coordinates but its station has",
                 "repaired: placed at its station")  # fmt: skip
    lat[wanting], lon[wanting] = lat[source[wanting]], lon[source[wanting]]
    frame["lat"], frame["lon"] = lat, lon


def _km(lat: np.ndarray, lon: np.ndarray, lat0: float, lon0: float) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        return np.nan_to_num(metres_between(lat, lon, lat0, lon0) / 1000, nan=0.0)

"""The timetable of any city as a GTFS zip that validators accept."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from course.city import storage
from course.city.timepoints import time_text

if TYPE_CHECKING:
    import pandas as pd

    from course.city.pack import City

_EPOCH = (1980, 1, 1, 0, 0, 0)
_PUBLISHER_URL = "https://example.org"  # GTFS wants an address; a pack has none


def write_gtfs(city: City, path: str | os.PathLike[str]) -> Path:
    """Write the timetable of a city as a GTFS feed.

    Parameters
    ----------
    city : City
        An open pack.
    path : path
        The zip; replaced in one step. The same city gives the same bytes.

    Returns
    -------
    Path
        The zip.
    """
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, frame in gtfs_tables(city).items():
            info = zipfile.ZipInfo(f"{name}.txt", _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, _csv(frame))
    storage.replace_bytes(Path(path), packed.getvalue())
    return Path(path)


def gtfs_tables(city: City) -> dict[str, pd.DataFrame]:
    """Return the tables of a feed under their GTFS names, without ``.txt``.

    Parameters
    ----------
    city : City
        An open pack.

    Returns
    -------
    dict of str to pandas.DataFrame
        Text and numbers as GTFS writes them; optional tables only where they have rows.
    """
    import pandas as pd

    language = (city.languages or ["en"])[0]
    tables = {
        "agency": pd.DataFrame([{
            "agency_id": "1", "agency_name": city.title, "agency_url": _PUBLISHER_URL,
            "agency_timezone": city.timezone, "agency_lang": language,
        }]),
        "feed_info": pd.DataFrame([{
            "feed_publisher_name": city.title, "feed_publisher_url": _PUBLISHER_URL,
            "feed_lang": language, "feed_version": city.fingerprint,
            "feed_contact_url": _PUBLISHER_URL,
        }]),
        "stops": _stops(city.frame("stops")), "routes": _routes(city.frame("routes")),
        "trips": _trips(city.frame("trips")),
        "stop_times": _stop_times(city.frame("stop_times")),
    }  # fmt: skip
    calendar, dates = city.frame("calendar"), city.frame("calendar_dates")
    if len(calendar):
        for column in ("start_date", "end_date"):
            calendar[column] = calendar[column].str.replace("-", "")
        tables["calendar"] = calendar
    if len(dates):
        tables["calendar_dates"] = dates.assign(date=dates["date"].str.replace("-", ""))
    periods = city.frame("frequencies")
    if len(periods):
        tables["frequencies"] = pd.DataFrame({
            "trip_id": periods["trip_id"], "start_time": _times(periods["start_min"]),
            "end_time": _times(periods["end_min"]),
            "headway_secs": (periods["headway_min"] * 60).round().astype("int64"),
            "exact_times": 0,
        })  # fmt: skip
    shapes = city.frame("shapes")
    if len(shapes):
        names = {"sequence": "shape_pt_sequence", "lat": "shape_pt_lat", "lon": "shape_pt_lon"}
        tables["shapes"] = shapes.rename(columns=names)
    return tables


def _stops(stops: pd.DataFrame) -> pd.DataFrame:
    names = {"name": "stop_name", "lat": "stop_lat", "lon": "stop_lon", "zone_id_fare": "zone_id"}
    out = stops.rename(columns=names)
    columns = ["stop_id", "stop_name", "stop_lat", "stop_lon", "zone_id", "location_type",
               "parent_station"]  # fmt: skip
    return out[[c for c in columns if c in out and (out[c].astype("str") != "").any()]]


def _routes(routes: pd.DataFrame) -> pd.DataFrame:
    out = routes.rename(columns={"short_name": "route_short_name", "long_name": "route_long_name"})
    out["route_color"] = out["color"].str.lstrip("#").str.upper()
    # A long name that only repeats the short one says nothing.
    same = out["route_long_name"] == out["route_short_name"]
    out.loc[same, "route_long_name"] = ""
    out["route_text_color"] = [_text_color(color) for color in out["route_color"]]
    out["agency_id"] = "1"
    return out[["route_id", "agency_id", "route_short_name", "route_long_name", "route_type",
                "route_color", "route_text_color"]]  # fmt: skip


def _text_color(color: str) -> str:
    """Black or white, whichever reads better on a colour."""
    if len(color) != 6:
        return ""
    red, green, blue = (int(color[i : i + 2], 16) for i in (0, 2, 4))
    return "000000" if 299 * red + 587 * green + 114 * blue > 140_000 else "FFFFFF"


def _trips(trips: pd.DataFrame) -> pd.DataFrame:
    out = trips.rename(columns={"headsign": "trip_headsign"})
    columns = ["route_id", "service_id", "trip_id", "trip_headsign", "direction_id", "shape_id"]
    return out[[c for c in columns if (out[c].astype("str") != "").any()]]


def _stop_times(stop_times: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame({
        "trip_id": stop_times["trip_id"], "arrival_time": _times(stop_times["arrival_min"]),
        "departure_time": _times(stop_times["departure_min"]),
        "stop_id": stop_times["stop_id"], "stop_sequence": stop_times["stop_sequence"],
    })  # fmt: skip


def _times(minutes: pd.Series) -> np.ndarray:
    """GTFS text of many times; each different one is written once."""
    unique, code = np.unique(minutes.to_numpy(), return_inverse=True)
    return np.array([time_text(m) for m in unique], dtype=object)[code.reshape(-1)]


def _csv(frame: pd.DataFrame) -> bytes:
    import pyarrow as pa
    from pyarrow import csv

    table = pa.Table.from_pandas(frame, preserve_index=False)
    sink = io.BytesIO()
    csv.write_csv(table, sink, csv.WriteOptions(quoting_style="needed"))
    return sink.getvalue()

"""Feeds -> the frames of one city: cleaned, cut to what trips serve, put together.

Several feeds make one city (two operators). Where an id of one is used by another too,
all ids of the later feed get the prefix ``2:``, ``3:`` ….
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from course.city import cleaning
from course.city.calls import clean_stop_times
from course.city.cleaning_stops import clean_stops
from course.city.derived import empty
from course.city.feed import Feed
from course.city.membership import is_among
from course.city.schema import TABLES, TIMETABLE
from course.errors import CourseError

if TYPE_CHECKING:
    import pandas as pd

FRAMES = (*TIMETABLE, "shapes")
_IDS = ("stop_id", "route_id", "trip_id", "service_id", "shape_id", "parent_station")


def frames_of(
    feed: Feed, *, progress: Callable[[str], None] = lambda step: None
) -> dict[str, pd.DataFrame]:
    """Clean one feed.

    Parameters
    ----------
    feed : Feed
        Raw tables; its repairs grow.
    progress : callable
        Called with the name of each step.

    Returns
    -------
    dict of str to pandas.DataFrame
        The frames of a timetable and ``shapes``, with declared columns and types.

    Raises
    ------
    CourseError
        More than half of a needed table is of no use.
    """
    import pandas as pd

    tables, repairs, label = feed.tables, feed.repairs, feed.label
    progress("stops, routes and days")
    stops = clean_stops(label, tables["stops.txt"], repairs)
    routes = cleaning.clean_routes(label, tables["routes.txt"], repairs)
    frames = {name: empty(name) for name in ("calendar", "calendar_dates", "frequencies", "shapes")}
    if "calendar.txt" in tables:
        frames["calendar"] = cleaning.clean_calendar(tables["calendar.txt"], repairs)
    if "calendar_dates.txt" in tables:
        frames["calendar_dates"] = cleaning.clean_calendar_dates(
            tables["calendar_dates.txt"], repairs)  # fmt: skip
    services = {*frames["calendar"]["service_id"], *frames["calendar_dates"]["service_id"]}
    progress("trips")
    trips = cleaning.clean_trips(label, tables["trips.txt"], routes, services, repairs)
    if "shapes.txt" in tables:
        used = set(trips["shape_id"]) - {""}
        frames["shapes"] = cleaning.clean_shapes(tables["shapes.txt"], used, repairs)
    progress("calls and times")
    stop_times = clean_stop_times(
        label, tables["stop_times.txt"], trips, stops, frames["shapes"], repairs
    )
    progress("what trips serve")
    timed = is_among(trips["trip_id"], stop_times["trip_id"])
    silent = ~timed
    rows = trips.index.to_numpy()
    repairs.rows("trips.txt", silent, rows, "trip without usable calls", "dropped")
    trips = trips[timed]
    cleaning.refuse_if_most_lost(
        label, "trips.txt", len(trips), len(tables["trips.txt"]), "they have no usable calls"
    )
    trips.loc[~is_among(trips["shape_id"], frames["shapes"]["shape_id"]), "shape_id"] = ""
    if "frequencies.txt" in tables:
        frames["frequencies"] = cleaning.clean_frequencies(
            tables["frequencies.txt"], trips, repairs)  # fmt: skip
    frames |= {"stops": _served(stops, stop_times, repairs), "trips": trips,
               "stop_times": stop_times,
               "routes": routes[is_among(routes["route_id"], trips["route_id"])]}  # fmt: skip
    for name, key in (("calendar", "service_id"), ("calendar_dates", "service_id")):
        frames[name] = frames[name][is_among(frames[name][key], trips["service_id"])]
    return {name: _declared(name, pd.DataFrame(frames[name])) for name in FRAMES}


def _served(stops: pd.DataFrame, stop_times: pd.DataFrame, repairs: Any) -> pd.DataFrame:
    """Return the stops with calls, and the stations they belong to."""
    called = is_among(stops["stop_id"], stop_times["stop_id"])
    stations = is_among(stops["stop_id"], stops.loc[called, "parent_station"])
    stations &= (stops["location_type"] == "1").to_numpy()
    idle = ~(called | stations)
    if idle.any():
        repairs.note("stops.txt", "stop that no trip serves", "ignored: the stop",
                     row=int(stops.index[idle].min()), count=int(idle.sum()))  # fmt: skip
    out = stops[called | stations].copy()
    out.loc[~is_among(out["parent_station"], out["stop_id"]), "parent_station"] = ""
    return out


def _declared(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    columns = {c.name: c.dtype for c in TABLES[name].columns if c.name in frame.columns}
    return frame[list(columns)].reset_index(drop=True).astype(columns)


def merged(feeds: list[dict[str, pd.DataFrame]], labels: list[str]) -> dict[str, pd.DataFrame]:
    """Put the frames of several feeds together.

    Parameters
    ----------
    feeds : list of dict
        Frames of each feed.
    labels : list of str
        Their file names, for messages.

    Returns
    -------
    dict of str to pandas.DataFrame
        One set of frames, no id used twice.
    """
    import pandas as pd

    if not feeds:
        raise CourseError("No feed was given.", "Name at least one GTFS zip.")
    out = feeds[0]
    for number, frames in enumerate(feeds[1:], start=2):
        if _share_ids(out, frames):
            frames = {name: _prefixed(frame, f"{number}:") for name, frame in frames.items()}
        if _share_ids(out, frames):
            raise CourseError(
                f"{labels[number - 1]} uses ids of the feeds before it even with a prefix.",
                "Give each feed once.",
            )
        out = {name: pd.concat([out[name], frames[name]], ignore_index=True) for name in FRAMES}
    return out


def _share_ids(a: dict[str, pd.DataFrame], b: dict[str, pd.DataFrame]) -> bool:
    keys = (("stops", "stop_id"), ("routes", "route_id"), ("trips", "trip_id"),
            ("trips", "service_id"), ("shapes", "shape_id"))  # fmt: skip
    return any(set(a[t][k]) & set(b[t][k]) - {""} for t, k in keys)


def _prefixed(frame: pd.DataFrame, prefix: str) -> pd.DataFrame:
    frame = frame.copy()
    for column in _IDS:
        if column in frame.columns:
            frame[column] = frame[column].where(frame[column] == "", prefix + frame[column])
    return frame

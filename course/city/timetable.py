"""A timetable from lines, stations and headways.

What a pack built from lines holds (CSV, one row per ...):

``stations`` (stop): stop_id, name, name_local?, lat, lon; further columns stay in
``city.stops``.

``lines`` (stop of a line, in order): line_id, mode, name, name_local?, color?, sequence,
stop_id, direction_id?, two_way?, distance_m?, long_name?

- The order given is direction 0; direction 1 is the same stops backwards.
- ``two_way`` 0 on a line: it runs in the given order only (a loop that goes one way).
- ``direction_id`` filled on every row of a line: each direction has its own stops.
- A circular line names its first stop again as its last.
- A branch is a line of its own.
- ``distance_m`` filled on every row of a line: cumulative metres as a source states them;
  else metres between the stops as the crow flies.

``headways`` (line, day type, period): line_id, day (weekday | saturday | sunday),
start_min, end_min, headway_min, speed_kmh. ``speed_kmh`` counts the time at stops. A line
without a row for a day type does not run then. Periods of a line and day do not overlap.

Conventions. The timetable is a frequency-based one: one template trip per line, direction,
day type and speed, starting with its first period, and one row of ``frequencies`` per
period. Times are whole seconds. Arrival and departure are equal. Service ids are the day
types; ``saturday`` is the first day of the city's weekend and ``sunday`` the last, and a
weekend of one day uses ``sunday`` (or ``saturday`` where a pack gives no Sunday rows).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from course.city.calendar import WEEKDAYS, days_of
from course.city.metres import metres_between
from course.errors import CourseError

if TYPE_CHECKING:
    import pandas as pd

GTFS_ROUTE_TYPE = {"tram": 0, "subway": 1, "rail": 2, "ferry": 4}  # every other mode is a bus


def frames_from_lines(
    stations: pd.DataFrame,
    lines: pd.DataFrame,
    headways: pd.DataFrame,
    *,
    weekend_days: Sequence[str] = ("saturday", "sunday"),
    year: int = 2025,
) -> dict[str, pd.DataFrame]:
    """Build the frames of a timetable.

    Parameters
    ----------
    stations, lines, headways : pandas.DataFrame
        As the module describes.
    weekend_days : sequence of str
        The city's weekend, English names in the order of the week.
    year : int
        The calendar covers this year.

    Returns
    -------
    dict of str to pandas.DataFrame
        ``stops, routes, trips, stop_times, frequencies, calendar, calendar_dates``; empty
        frames with these columns for no lines.

    Raises
    ------
    CourseError
        A line names an unknown stop, has one stop only, or headways overlap.
    """
    import pandas as pd

    _check(stations, lines, headways)
    route_rows, trip_rows, times, periods = [], [], [], []
    place = pd.Index(stations["stop_id"])
    lat, lon = stations["lat"].to_numpy(), stations["lon"].to_numpy()
    for line_id, line in lines.groupby("line_id", sort=False):
        head = line.iloc[0]
        route_rows.append((
            line_id, head["name"], head.get("long_name") or "",
            GTFS_ROUTE_TYPE.get(head["mode"], 3), head["mode"],
            str(head.get("color", "")).lower(), head.get("name_local", ""),
        ))  # fmt: skip
        own = headways[headways["line_id"] == line_id]
        for direction, stop_ids, given in _directions(line):
            row = place.get_indexer(stop_ids)
            metres = given if given is not None else _metres(lat[row], lon[row])
            headsign = stations["name"].iloc[row[-1]]
            for (day, speed), group in own.groupby(["day", "speed_kmh"], sort=False):
                trip_id = f"{line_id}-{direction}-{day}-{speed:g}"
                trip_rows.append((trip_id, line_id, day, direction, headsign, ""))
                start = group["start_min"].min()
                seconds = np.floor(metres * 3.6 / speed + 0.5)
                times.append((trip_id, stop_ids, start + seconds / 60, metres))
                periods += [(trip_id, p.start_min, p.end_min, p.headway_min)
                            for p in group.sort_values("start_min").itertuples()]  # fmt: skip
    calls = [len(t[1]) for t in times]
    minutes = np.concatenate([t[2] for t in times]) if times else np.zeros(0)
    frames = {
        "stops": stations[stations["stop_id"].isin(lines["stop_id"])].reset_index(drop=True),
        "routes": pd.DataFrame(route_rows, columns=[
            "route_id", "short_name", "long_name", "route_type", "mode", "color", "name_local"]),
        "trips": pd.DataFrame(trip_rows, columns=[
            "trip_id", "route_id", "service_id", "direction_id", "headsign", "shape_id"]),
        "stop_times": pd.DataFrame({
            "trip_id": np.repeat(np.array([t[0] for t in times], dtype=object), calls),
            "stop_sequence": np.concatenate([np.arange(1, n + 1) for n in calls] or [[]]),
            "stop_id": np.array([s for t in times for s in t[1]], dtype=object),
            "arrival_min": minutes, "departure_min": minutes,
            "distance_m": np.concatenate([t[3] for t in times] or [[]]),
        }).astype({"trip_id": "str", "stop_id": "str", "stop_sequence": "int64",
                   "distance_m": "int64"}),
        "frequencies": pd.DataFrame(
            periods, columns=["trip_id", "start_min", "end_min", "headway_min"]),
        "calendar": _calendar(headways, weekend_days, year),
        "calendar_dates": pd.DataFrame({"service_id": [], "date": [], "exception_type": []}),
    }  # fmt: skip
    return {name: _as_declared(name, frame) for name, frame in frames.items()}


def _directions(line: pd.DataFrame) -> Iterator[tuple[int, list[str], np.ndarray | None]]:
    """Yield direction, stop ids and stated metres of each direction of a line."""
    line = line.sort_values("sequence", kind="stable")
    given = line.get("direction_id")
    if given is not None and given.notna().all():
        for direction, part in line.groupby(given.astype("int64")):
            yield int(direction), part["stop_id"].tolist(), _stated(part)
        return
    stops, metres = line["stop_id"].tolist(), _stated(line)
    yield 0, stops, metres
    two_way = line.get("two_way")
    if two_way is None or not (two_way == 0).any():
        yield 1, stops[::-1], None if metres is None else (metres[-1] - metres)[::-1]


def _stated(part: pd.DataFrame) -> np.ndarray | None:
    column = part.get("distance_m")
    if column is None or column.isna().any():
        return None
    metres = column.to_numpy(dtype=np.int64)
    return metres - metres[0]


def _metres(lat: np.ndarray, lon: np.ndarray) -> np.ndarray:
    leg = np.floor(metres_between(lat[:-1], lon[:-1], lat[1:], lon[1:]) + 0.5)
    return np.append(0, np.cumsum(leg.astype(np.int64)))


def _calendar(headways: pd.DataFrame, weekend_days: Sequence[str], year: int) -> pd.DataFrame:
    import pandas as pd

    given = set(headways["day"])
    days = {day: set(days_of(day, weekend_days)) for day in ("weekday", "saturday", "sunday")}
    if days["saturday"] == days["sunday"]:  # a weekend of one day has one timetable
        days["saturday" if "sunday" in given else "sunday"] = set()
    if len(days["saturday"] | days["sunday"]) < len(weekend_days):
        days["sunday"] |= set(map(WEEKDAYS.index, weekend_days)) - days["saturday"]
    rows = [
        (day, *(int(i in days[day]) for i in range(7)), f"{year}-01-01", f"{year}-12-31")
        for day in ("weekday", "saturday", "sunday")
        if day in given and days[day]
    ]
    return pd.DataFrame(rows, columns=["service_id", *WEEKDAYS, "start_date", "end_date"])


def _as_declared(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    from course.city.schema import TABLES

    types = {c.name: c.dtype for c in TABLES[name].columns if c.name in frame}
    return frame.astype(types)


def _check(stations: pd.DataFrame, lines: pd.DataFrame, headways: pd.DataFrame) -> None:
    if stations["stop_id"].duplicated().any():
        again = stations["stop_id"][stations["stop_id"].duplicated()].iloc[0]
        raise CourseError(f"stations lists {again} twice.", "Keep one row.")
    unknown = lines.index[~lines["stop_id"].isin(stations["stop_id"])]
    if len(unknown):
        row = lines.loc[unknown[0]]
        raise CourseError(
            f"lines, row {unknown[0] + 2}: line {row['line_id']} calls at {row['stop_id']}, "
            "which is not in stations.",
            "Add the station with its coordinates, or leave the stop out.",
        )
    short = lines.groupby("line_id").size()
    if (short < 2).any():
        raise CourseError(
            f"lines: line {short.index[short < 2][0]} has one stop.", "A line needs two stops."
        )
    strange = headways.index[~headways["line_id"].isin(lines["line_id"])]
    if len(strange):
        raise CourseError(
            f"headways, row {strange[0] + 2}: there is no line "
            f"{headways.loc[strange[0], 'line_id']}.",
            "Use a line_id of lines.",
        )
    bad = (headways["end_min"] <= headways["start_min"]) | (headways["headway_min"] <= 0)
    bad |= headways["speed_kmh"] <= 0
    if bad.any():
        raise CourseError(
            f"headways, row {headways.index[bad][0] + 2}: a period, headway or speed is not "
            "above zero.",
            "Give end_min after start_min, and a headway and a speed above zero.",
        )
    ordered = headways.sort_values(["line_id", "day", "start_min"])
    before = ordered.groupby(["line_id", "day"])["end_min"].shift()
    over = ordered.index[ordered["start_min"] < before]
    if len(over):
        raise CourseError(
            f"headways, row {over[0] + 2}: the period begins before the one before it ends.",
            "Let each period of a line and day start where the last one ends.",
        )

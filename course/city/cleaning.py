"""Raw tables of a feed -> the frames of a city: routes, calendars, trips, shapes.

Each function takes raw tables and the list of repairs, and returns a frame with the row
numbers of the file as its index. What cannot be right is left out or mended, and listed;
what would leave out more than half of a table is refused, because then the fault is in
the feed or in our reading of it, not in single rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from course.city.calendar import WEEKDAYS
from course.city.membership import is_among
from course.city.reading import RawTable
from course.city.repairs import RepairList
from course.city.timepoints import parse_times
from course.errors import CourseError

if TYPE_CHECKING:
    import pandas as pd

_MODE_OF_TYPE = {0: "tram", 1: "subway", 2: "rail", 3: "bus", 4: "ferry"}
_MODE_OF_HUNDRED = {1: "rail", 2: "bus", 3: "rail", 4: "subway", 5: "subway", 6: "subway",
                    7: "bus", 8: "bus", 9: "tram", 10: "ferry", 12: "ferry"}  # fmt: skip
_COLOR = r"^[0-9a-fA-F]{6}$"


def whole_numbers(table: RawTable, column: str) -> np.ndarray:
    """Return a column as float64, NaN where it holds no finite number."""
    import pandas as pd
    import pyarrow as pa
    import pyarrow.compute as pc

    text = table.text(column)
    try:  # Arrow is many times faster, but takes a column only as a whole
        numbers = pc.cast(pc.if_else(pc.equal(text, ""), None, text), pa.float64())
        values = numbers.to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        objects = pd.Series(text.to_numpy(zero_copy_only=False))
        values = pd.to_numeric(objects, errors="coerce").to_numpy(dtype=np.float64)
    return np.where(np.isfinite(values), values, np.nan)


def without_duplicates(table: RawTable, key: str, repairs: RepairList) -> RawTable:
    """Leave out rows whose id is empty or was used before."""
    import pandas as pd

    ids = pd.Series(table.objects(key))
    empty = (ids == "").to_numpy()
    repairs.rows(table.name, empty, table.rows, f"{key} is empty", "dropped")
    again = ids.duplicated().to_numpy() & ~empty
    repairs.rows(table.name, again, table.rows, f"{key} was used before", "dropped: the later row")
    return table.keep(~(empty | again))


def refuse_if_most_lost(label: str, name: str, kept: int, total: int, why: str) -> None:
    """Refuse a feed that loses more than half of a table."""
    if kept * 2 < total or kept == 0:
        raise CourseError(
            f"{label}: {total - kept:,} of {total:,} rows of {name} cannot be used ({why}).",
            "This is more than a repair: ask the publisher for a sound feed.",
        )


def mode_of(route_type: int) -> str:
    """Return the course's mode of a GTFS route type, extended types by their hundreds.

    Examples
    --------
    >>> mode_of(1), mode_of(704), mode_of(11)
    ('subway', 'bus', 'other')
    """
    if route_type < 100:
        return _MODE_OF_TYPE.get(route_type, "other")
    return _MODE_OF_HUNDRED.get(route_type // 100, "other")


def clean_routes(label: str, table: RawTable, repairs: RepairList) -> pd.DataFrame:
    """Return routes with a name, a type and a mode; see the frame's schema."""
    import pandas as pd

    table = without_duplicates(table, "route_id", repairs)
    short, long = table.objects("route_short_name"), table.objects("route_long_name")
    ids = table.objects("route_id")
    unnamed = (short == "") & (long == "")
    repairs.rows(table.name, unnamed, table.rows, "route has neither a short nor a long name",
                 "repaired: named by its route_id")  # fmt: skip
    kind = whole_numbers(table, "route_type")
    wrong = ~((kind >= 0) & (kind < 1800) & (kind % 1 == 0))
    repairs.rows(table.name, wrong, table.rows, "route_type is no GTFS type", "repaired: 3 (bus)")
    kind = np.where(wrong, 3, kind).astype(np.int64)
    color = pd.Series(table.objects("route_color")).str.lstrip("#")
    sound = color.str.match(_COLOR).to_numpy(bool)
    repairs.rows(table.name, ~sound & (color != "").to_numpy(), table.rows,
                 "route_color is no colour of six hex digits", "ignored: the colour")  # fmt: skip
    return pd.DataFrame({
        "route_id": ids, "short_name": np.where(unnamed, ids, short), "long_name": long,
        "route_type": kind, "mode": [mode_of(int(k)) for k in kind],
        "color": np.where(sound, "#" + color.str.lower(), ""), "name_local": "",
    }, index=table.rows)  # fmt: skip


def clean_calendar(table: RawTable, repairs: RepairList) -> pd.DataFrame:
    """Return services with sound dates; days that are not 0 or 1 count as 0."""
    import pandas as pd

    table = without_duplicates(table, "service_id", repairs)
    frame = pd.DataFrame({"service_id": table.objects("service_id")}, index=table.rows)
    for day in WEEKDAYS:
        value = whole_numbers(table, day)
        wrong = ~np.isin(value, (0.0, 1.0))
        repairs.rows(table.name, wrong, table.rows, f"{day} is neither 0 nor 1", "repaired: 0")
        frame[day] = np.where(wrong, 0, value).astype(np.int64)
    for column in ("start_date", "end_date"):
        frame[column] = _dates(table, column)
    lost = ((frame["start_date"] == "") | (frame["end_date"] == "")).to_numpy()
    repairs.rows(table.name, lost, table.rows, "a date is not YYYYMMDD", "dropped")
    turned = (frame["start_date"] > frame["end_date"]).to_numpy() & ~lost
    repairs.rows(table.name, turned, table.rows, "the service ends before it starts", "dropped")
    return frame[~(lost | turned)]


def clean_calendar_dates(table: RawTable, repairs: RepairList) -> pd.DataFrame:
    """Return exceptions with sound dates and types, each service and date once."""
    import pandas as pd

    frame = pd.DataFrame({
        "service_id": table.objects("service_id"), "date": _dates(table, "date"),
        "exception_type": whole_numbers(table, "exception_type"),
    }, index=table.rows)  # fmt: skip
    lost = (frame["date"] == "").to_numpy()
    repairs.rows(table.name, lost, table.rows, "date is not YYYYMMDD", "dropped")
    odd = ~frame["exception_type"].isin([1, 2]).to_numpy() & ~lost
    repairs.rows(table.name, odd, table.rows, "exception_type is neither 1 nor 2", "dropped")
    again = frame.duplicated(["service_id", "date"]).to_numpy() & ~lost & ~odd
    repairs.rows(table.name, again, table.rows, "service and date were named before",
                 "dropped: the later row")  # fmt: skip
    return frame[~(lost | odd | again)].astype({"exception_type": "int64"})


def _dates(table: RawTable, column: str) -> np.ndarray:
    """``YYYY-MM-DD`` text of ``YYYYMMDD``, empty where that is no date."""
    import pandas as pd

    text = pd.Series(table.objects(column)).str.replace("-", "", regex=False)
    text = text.where(text.str.fullmatch(r"\d{8}").to_numpy(bool), "")
    known = {t: _date(t) for t in text.unique()}
    return text.map(known).to_numpy(dtype=object)


def _date(text: str) -> str:
    from datetime import date

    try:
        day = date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return ""
    return day.isoformat() if 1970 <= day.year <= 2200 else ""


def clean_trips(
    label: str, table: RawTable, routes: pd.DataFrame, services: set[str], repairs: RepairList
) -> pd.DataFrame:
    """Return trips whose route and service exist."""
    import pandas as pd

    total = len(table)
    table = without_duplicates(table, "trip_id", repairs)
    direction = whole_numbers(table, "direction_id")
    wrong = ~np.isin(direction, (0.0, 1.0))
    stated = table.objects("direction_id") != ""
    repairs.rows(table.name, wrong & stated, table.rows, "direction_id is neither 0 nor 1",
                 "repaired: 0")  # fmt: skip
    frame = pd.DataFrame({
        "trip_id": table.objects("trip_id"), "route_id": table.objects("route_id"),
        "service_id": table.objects("service_id"),
        "direction_id": np.where(wrong, 0, direction).astype(np.int64),
        "headsign": table.objects("trip_headsign"), "shape_id": table.objects("shape_id"),
    }, index=table.rows)  # fmt: skip
    stray = ~is_among(frame["route_id"], routes["route_id"])
    _dangling(table, stray, frame["route_id"], "trip of route {} that routes.txt lacks", repairs)
    idle = ~is_among(frame["service_id"], services) & ~stray
    _dangling(table, idle, frame["service_id"], "trip of service {} that no calendar has", repairs)
    frame = frame[~(stray | idle)]
    refuse_if_most_lost(label, "trips.txt", len(frame), total, "their route or service is missing")
    return frame


def _dangling(
    table: RawTable, wrong: np.ndarray, values: pd.Series, what: str, repairs: RepairList
) -> None:
    if wrong.any():
        first = values[wrong].iloc[0]
        repairs.rows(table.name, wrong, table.rows, what.format(repr(str(first)[:60])), "dropped")


def clean_frequencies(table: RawTable, trips: pd.DataFrame, repairs: RepairList) -> pd.DataFrame:
    """Return the periods of trips that repeat, with sound times and headways."""
    import pandas as pd

    start, end = parse_times(table.text("start_time")), parse_times(table.text("end_time"))
    headway = whole_numbers(table, "headway_secs")
    ids = pd.Series(table.objects("trip_id"))
    stray = ~is_among(ids, trips["trip_id"])
    _dangling(table, stray, ids, "period of trip {} that trips.txt lacks", repairs)
    wrong = ~stray & ((start < 0) | (end <= start) | ~(headway >= 1))
    repairs.rows(table.name, wrong, table.rows,
                 "start, end or headway is not a time above zero", "dropped")  # fmt: skip
    frame = pd.DataFrame({
        "trip_id": ids.to_numpy(), "start_min": start / 60, "end_min": end / 60,
        "headway_min": headway / 60,
    }, index=table.rows)[~(stray | wrong)]  # fmt: skip
    frame = frame.sort_values(["trip_id", "start_min"], kind="stable")
    before = frame.groupby("trip_id")["end_min"].cummax().groupby(frame["trip_id"]).shift()
    over = (frame["start_min"] < before).to_numpy()
    repairs.rows(table.name, over, frame.index.to_numpy(),
                 "period begins before the one before it ends", "dropped")  # fmt: skip
    return frame[~over]


def clean_shapes(table: RawTable, used: set[str], repairs: RepairList) -> pd.DataFrame:
    """Return the points of the shapes that trips use, in order."""
    import pandas as pd

    frame = pd.DataFrame({
        "shape_id": table.objects("shape_id"),
        "sequence": whole_numbers(table, "shape_pt_sequence"),
        "lat": whole_numbers(table, "shape_pt_lat"), "lon": whole_numbers(table, "shape_pt_lon"),
    }, index=table.rows)  # fmt: skip
    wrong = ~((frame["lat"].abs() <= 90) & (frame["lon"].abs() <= 180)).to_numpy()
    wrong |= ((frame["lat"].abs() < 1e-6) & (frame["lon"].abs() < 1e-6)).to_numpy()
    wrong |= ~(frame["sequence"] >= 0).to_numpy()
    repairs.rows(table.name, wrong, table.rows, "point has no usable place or order", "dropped")
    frame = frame[~wrong & is_among(frame["shape_id"], used)]
    frame = frame.sort_values(["shape_id", "sequence"], kind="stable")
    # Whole numbers from 1 on: feeds use fractions and repeat numbers.
    frame["sequence"] = frame.groupby("shape_id").cumcount() + 1
    return frame

"""Frames a pack does not hold but the course can make: built, completed or synthesised."""

from __future__ import annotations

import contextlib
import importlib
from typing import TYPE_CHECKING

from course import paths
from course.city.schema import SCORED_IF_GIVEN, TABLES, TIMETABLE

if TYPE_CHECKING:
    import pandas as pd

    from course.city.pack import City

DEFAULT_BOARDINGS = 100_000
DEFAULT_DATES = ("2025-05-14",)
# Frame -> "module:function"; function(city) gives the frame, the module's METHOD says how.
SYNTHESISED = {
    "requests": "course.city.synthesis.requests:synthesise_requests",
    "projects": "course.city.synthesis.ballots:synthesise_projects",
    "ballots": "course.city.synthesis.ballots:synthesise_ballots",
    "night_trips": "course.city.synthesis.night_trips:synthesise_night_trips",
}


def empty(name: str) -> pd.DataFrame:
    """Return a frame without rows, with the declared columns and types."""
    import pandas as pd

    return pd.DataFrame({c.name: pd.Series(dtype=c.dtype) for c in TABLES[name].columns})


def timetable(city: City) -> dict[str, pd.DataFrame]:
    """Build the timetable frames of a pack that gives lines and headways."""
    from course.city.timetable import frames_from_lines

    frames = frames_from_lines(
        *(city._cached(name) for name in ("stations", "lines", "headways")),
        weekend_days=city.weekend_days,
        year=int(city.properties.get("timetable_year", 2025)),
    )
    return {name: completed(city, name, frame) for name, frame in frames.items()}


def completed(city: City, name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Fill the optional columns the course relies on and put the rows in canonical order.

    The order follows from the content alone, so that a pack and its export, which have
    the same fingerprint, also give the same draws of exercises and rides.
    """
    table = TABLES[name]
    if name in TIMETABLE:
        for column in table.columns:
            if column.name not in frame.columns and column.name != "distance_m":
                frame[column.name] = 0 if column.dtype == "int64" else ""
    if (table.scored or name in SCORED_IF_GIVEN) and len(frame):
        key = list(table.key) or [c.name for c in table.columns if c.name in frame.columns]
        frame = frame.sort_values(key, ignore_index=True)
    if name == "stop_times" and "distance_m" not in frame.columns:
        from course.city.patterns import distances_by_stop

        frame["distance_m"] = distances_by_stop(frame, city._cached("stops"))
    return frame


def zones(city: City) -> pd.DataFrame:
    """Return the zones, synthesised or completed where the pack lacks them."""
    from course.city.synthesis import zones as synthetic

    stops = city._cached("stops")
    if not city.given("zones"):
        return synthetic.synthesise_zones(stops, city.properties)
    given = completed(city, "zones", city._read("zones"))
    frame, columns = synthetic.complete_zones(given, stops, city.properties)
    city._synthetic_zone_columns = tuple(columns)
    return frame


def patterns(city: City) -> pd.DataFrame:
    """Return the patterns of a city, counted on its busiest weekday."""
    from course.city import patterns as grouping

    return grouping.patterns(
        *(city._cached(name) for name in ("routes", "trips", "stop_times", "frequencies")),
        services=city.service_ids("weekday"),
    )


def service_day(city: City, day: str) -> tuple[str, tuple[str, ...]]:
    """Return the busiest date of a day type and its services."""
    import pandas as pd

    from course.city import calendar as service_days

    trips = city._cached("trips")
    count = service_days.departures_per_trip(trips, city._cached("frequencies"))
    departures = pd.Series(count, index=trips["service_id"]).groupby(level=0).sum()
    frames = city._cached("calendar"), city._cached("calendar_dates"), departures
    weekdays = service_days.days_of(day, city.weekend_days)
    date, services = service_days.busiest_date(*frames, weekdays=weekdays)
    if not services and day == "weekday":
        date, services = service_days.busiest_date(*frames, weekdays=range(7))
    return date, tuple(services)


def synthesised(city: City, name: str) -> pd.DataFrame:
    """Make a frame of :data:`SYNTHESISED`, with the columns and types its schema declares."""
    module, function = SYNTHESISED[name].split(":")
    frame = getattr(importlib.import_module(module), function)(city)
    types = {c.name: c.dtype for c in TABLES[name].columns if c.name in frame.columns}
    return frame[list(types)].astype(types)


def rides(city: City) -> pd.DataFrame:
    """Return synthetic rides, from the cache where they were made before."""
    import pandas as pd

    from course.city import column_types, storage
    from course.city.synthesis.rides import synthesise_rides

    wanted = city.properties.get("synthesis") or {}
    boardings = int(wanted.get("boardings", DEFAULT_BOARDINGS))
    dates = [str(date) for date in wanted.get("dates") or DEFAULT_DATES]
    name = f"rides-{city.id}-{city.fingerprint}-{boardings}-{'_'.join(dates)[:60]}.parquet"
    kept = paths.cache_dir() / "synthetic" / name
    if kept.is_file():
        try:
            import pyarrow.parquet as pq

            return column_types.typed(pq.read_table(kept), "rides", label=name)
        except Exception:  # a spoilt cache is made again, whatever spoilt it
            kept.unlink(missing_ok=True)
    frame = synthesise_rides(city, boardings=boardings, dates=dates)
    with contextlib.suppress(OSError):  # a full or read-only disk costs time, not the lesson
        storage.write_table(kept, frame)
    types = {c.name: c.dtype for c in TABLES["rides"].columns if c.name in frame.columns}
    return pd.DataFrame(frame).astype(types)

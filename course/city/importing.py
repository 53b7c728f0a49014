"""``city add``: feeds and tables -> a city pack, all or nothing.

The pack is written into a hidden folder beside its place and moved there when it is
whole. An import that is refused or killed leaves the old pack, or none.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course import paths
from course.city import describing, feed_fares, regions, storage
from course.city.export_reading import read_export
from course.city.feed import Feed, read_feed
from course.city.feed_frames import FRAMES, frames_of, merged
from course.city.given_tables import TableFiles, read_given
from course.city.installing import install
from course.city.integrity import faults
from course.city.membership import is_among
from course.city.naming import city_id
from course.city.pack import City
from course.city.repairs import RepairList
from course.city.rides_in.packing import RideReading, Surroundings
from course.city.schema import SCORED, SCORED_IF_GIVEN
from course.errors import CourseError, UsageError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["add_city", "read_export"]
REPAIRS = "repairs.csv"


def add_city(
    name: str,
    feeds: Sequence[str | os.PathLike[str]],
    *,
    zones: str | os.PathLike[str] | None = None,
    rides: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | None = None,
    requests: str | os.PathLike[str] | None = None,
    votes: Sequence[str | os.PathLike[str]] = (),
    night_trips: str | os.PathLike[str] | None = None,
    columns: Sequence[str] = (),
    dates: Sequence[str] = (),
    ride_reading: RideReading | None = None,
    title: str | None = None,
    timezone: str | None = None,
    country: str | None = None,
    currency: str | None = None,
    fare_flat: float | None = None,
    licence: str = "",
    where: str | os.PathLike[str] | None = None,
    progress: Callable[[str], None] = lambda step: None,
) -> City:
    """Make a city pack from GTFS feeds.

    Parameters
    ----------
    name : str
        Name of the pack; its folder is :func:`course.city.naming.city_id` of it.
    feeds : sequence of path
        GTFS zips, put together.
    zones, rides, requests, votes, night_trips, columns, dates, ride_reading
        Tables of the city and how to read them; see
        :class:`course.city.given_tables.TableFiles`.
    title, timezone, country, currency : str, optional
        What the feed does not say, or says wrongly.
    fare_flat : float, optional
        Today's flat fare in currency units; wins over the feed's.
    licence : str
        Licence of the feed, as ``city.sources`` will show it.
    where : path, optional
        Folder that will hold the pack; None: the workspace's cities, else the state
        folder's.
    progress : callable
        Called with the name of each step.

    Returns
    -------
    City
        The pack, open.

    Raises
    ------
    CourseError
        A feed or table cannot be used; nothing was changed.
    """
    pack_id = city_id(name)
    folder = Path(where).expanduser() if where is not None else default_folder()
    refuse_bundled_name(pack_id, folder)
    if fare_flat is not None and not 0 <= fare_flat < 1e12:
        raise UsageError(f"{fare_flat} is no fare.", "Give an amount in currency units.")
    files = TableFiles(
        zones, rides, requests, tuple(votes), night_trips, columns, dates,
        ride_reading or RideReading(),
    )  # fmt: skip
    if not feeds:
        raise UsageError("No feed was given.", "Name at least one GTFS zip.")
    read, framed = [], []
    for path in feeds:
        label = Path(path).name
        progress(f"{label}: reading")
        feed = read_feed(Path(path))
        framed.append(frames_of(feed, progress=lambda step, of=label: progress(f"{of}: {step}")))
        read.append(feed)
    frames = merged(framed, [feed.label for feed in read])
    year = _year(read, frames)
    repairs = RepairList()
    properties = _properties(
        pack_id, title or name, read, frames, repairs,
        timezone=timezone, country=country, currency=currency,
    )  # fmt: skip
    fare = _fare(read, properties["currency"], year, fare_flat)
    if fare is not None:
        properties["fare_policy"] = fare
    elif not any("teaching fare" in r.done for feed in read for r in feed.repairs.entries):
        done = "noted: lessons use a labelled teaching fare, or give --fare-flat"
        repairs.note(read[0].label, "states no fare", done)
    said = {"year": year, "licence": licence, "source": ", ".join(f.label for f in read)}
    tables: list[tuple[str, pd.DataFrame, dict[str, Any]]] = [
        (frame, frames[frame], {**said, "method": f"GTFS feed: {said['source']}"})
        for frame in FRAMES
        if len(frames[frame]) or frame in ("stops", "routes", "trips", "stop_times")
    ]
    given = read_given(
        files, around=_around(frames), timezone=properties["timezone"],
        repairs=repairs, progress=progress,
    )  # fmt: skip
    tables += given.tables
    wrong = faults({n: f for n, f, _ in tables if n in (*SCORED, *SCORED_IF_GIVEN)})
    if wrong:  # the cleaning promises that this cannot happen
        remedy = "Report this feed to the makers of the course."
        raise CourseError(f"{read[0].label}: {wrong[0]}", remedy)
    progress("writing")
    every = _together(read, repairs).frame()
    told = {"columns": given.columns, "dates": given.dates, **given.properties}
    properties |= {key: value for key, value in told.items() if value not in (None, {})}

    def write(into: Path) -> None:
        resources = []
        for table, frame, told in tables:
            path = write_frame(into, table, frame)
            resources.append(describing.resource_of(table, frame, path, **told))
        storage.write_datapackage(into, describing.package_of(properties, resources))
        storage.replace_bytes(into / "README.md", describing.readme_of(
            properties, [f.label for f in read], every).encode())  # fmt: skip
        storage.write_table(into / REPAIRS, every)

    return City(install(write, folder / pack_id))


def _around(frames: dict[str, pd.DataFrame]) -> Surroundings:
    def patterns() -> pd.DataFrame:
        from course.city.patterns import patterns as group

        names = ("routes", "trips", "stop_times", "frequencies")
        calls = frames["stop_times"].sort_values(["trip_id", "stop_sequence"], ignore_index=True)
        if "distance_m" not in calls:
            from course.city.patterns import distances_by_stop

            calls["distance_m"] = distances_by_stop(calls, frames["stops"])
        trips = frames["trips"].sort_values("trip_id", ignore_index=True)
        given = {**frames, "stop_times": calls, "trips": trips}
        return group(*(given[n] for n in names), services=trips["service_id"].unique().tolist())

    return Surroundings(frames["stops"], frames["routes"], patterns)


def refuse_bundled_name(pack_id: str, folder: Path) -> None:
    """Refuse the name of a city that comes with the course, except in its own place."""
    bundled = paths.bundled_cities_dir() / pack_id
    if bundled.is_dir() and folder.resolve() != bundled.parent.resolve():
        raise UsageError(
            f"{pack_id} is the name of a city that comes with the course.",
            f"Choose another name, such as {pack_id}-gtfs, or {pack_id}-own with --from {pack_id}.",
        )


def default_folder() -> Path:
    """Return where imported packs go: the workspace's cities, else the state folder's."""
    workspace = paths.workspace_dir()
    if os.environ.get("COURSE_WORKSPACE") or paths.is_workspace(workspace):
        return workspace / "cities"
    return paths.state_dir() / "cities"


def write_frame(into: Path, name: str, frame: pd.DataFrame) -> str | list[str]:
    """Write one frame as Parquet, rides by date; return its path or paths in the pack."""
    if name != "rides":
        storage.write_table(into / f"{name}.parquet", frame)
        return f"{name}.parquet"
    out = []
    days = frame.groupby("date", sort=True) if hasattr(frame, "groupby") else frame.days()
    for date, part in days:
        path = f"rides/{date}.parquet"
        storage.write_table(into / path, part.reset_index(drop=True))
        out.append(path)
    return out


def _together(feeds: list[Feed], more: RepairList) -> RepairList:
    """Put the feeds' repairs, named by feed where there are several, before the rest."""
    out = RepairList()
    for feed in feeds:
        for repair in feed.repairs.entries:
            file = repair.file if len(feeds) == 1 else f"{feed.label}: {repair.file}"
            out.note(file, repair.what, repair.done, row=repair.row, count=repair.count)
    out.entries += more.entries
    return out


def _properties(
    pack_id: str,
    title: str,
    feeds: list[Feed],
    frames: dict[str, pd.DataFrame],
    repairs: RepairList,
    *,
    timezone: str | None,
    country: str | None,
    currency: str | None,
) -> dict[str, Any]:
    """Return what the pack says about the city; what had to be guessed is listed."""
    for given, sound, what in (
        (timezone, regions.is_timezone, "time zone"),
        (currency, regions.is_currency, "currency"),
    ):
        if given and not sound(given):
            raise UsageError(f"{given!r} is no {what}.", "Write it like Asia/Seoul or KRW.")
    zone = timezone or _first_text(feeds, "agency.txt", "agency_timezone")
    if not zone or not regions.is_timezone(zone):
        repairs.note("agency.txt", f"no usable time zone ({zone!r})",
                     "repaired: UTC; correct it with --timezone")  # fmt: skip
        zone = "UTC"
    where = (country or regions.country_of(zone)).upper()
    money = currency or feed_fares.feed_currency(feeds[0])
    if not money:
        money = regions.currency_of(where)
        known = money != regions.UNKNOWN_CURRENCY
        guessed = f"guessed from the time zone {zone}" if known else "not known"
        repairs.note(feeds[0].label, f"states no currency: {money}, {guessed}",
                     "noted: correct it with --currency")  # fmt: skip
    spoken = (_first_text(feeds, "agency.txt", "agency_lang")
              or _first_text(feeds, "feed_info.txt", "feed_lang"))  # fmt: skip
    stops = frames["stops"]
    called = stops[is_among(stops["stop_id"], frames["stop_times"]["stop_id"])]
    return {
        "id": pack_id, "title": title, "country": where,
        "centre": {"lat": round(float(called["lat"].median()), 5),
                   "lon": round(float(called["lon"].median()), 5)},
        "timezone": zone, "currency": money, "currency_minor": regions.decimals_of(money),
        "languages": [spoken.lower()[:2]] if spoken.isascii() and spoken else
        regions.languages_of(where)[:1],
        "weekend_days": regions.weekend_of(where),
    }  # fmt: skip


def _first_text(feeds: list[Feed], file: str, column: str) -> str:
    for feed in feeds:
        table = feed.get(file)
        if table is not None and column in table:
            for value in table.objects(column):
                if value:
                    return str(value)
    return ""


def _year(feeds: list[Feed], frames: dict[str, pd.DataFrame]) -> int | None:
    """Year of the feed: what it says, else the start of its latest service."""
    said = _first_text(feeds, "feed_info.txt", "feed_start_date")
    if said[:4].isdigit() and 1990 < int(said[:4]) < 2100:
        return int(said[:4])
    calendar, dates = frames["calendar"], list(frames["calendar_dates"]["date"])
    starts, ends = [*calendar["start_date"], *dates], [*calendar["end_date"], *dates]
    if not starts:
        return None
    first, last = int(max(starts)[:4]), int(max(ends)[:4])
    # a calendar that runs for decades does not say when the feed was made
    return first if last - first <= 2 else None


def _fare(
    feeds: list[Feed], currency: str, year: int | None, fare_flat: float | None
) -> dict[str, Any] | None:
    if fare_flat is not None:
        return feed_fares.policy_of(fare_flat, currency=currency, year=None,
                                    source="stated by the person who added the city")  # fmt: skip
    found = [feed_fares.flat_policy(feed, currency=currency, year=year) for feed in feeds]
    return next((policy for policy in found if policy is not None), None)

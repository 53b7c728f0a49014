"""A GTFS zip -> raw tables: which files a feed must have, which are read, which are not.

The files and columns are data, not branches: ``FILES`` says what is needed. A feed that
lacks what is needed is refused with a sentence that names the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from course.city.archive import open_archive
from course.city.reading import RawTable, read_table
from course.city.repairs import RepairList
from course.errors import CourseError

# File -> columns without which it says nothing. Needed files come first.
FILES: dict[str, tuple[str, ...]] = {
    "stops.txt": ("stop_id", "stop_lat", "stop_lon"),
    "routes.txt": ("route_id",),
    "trips.txt": ("trip_id", "route_id", "service_id"),
    "stop_times.txt": ("trip_id", "stop_id", "arrival_time"),
    "calendar.txt": (
        "service_id", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday",
        "sunday", "start_date", "end_date",
    ),
    "calendar_dates.txt": ("service_id", "date", "exception_type"),
    "frequencies.txt": ("trip_id", "start_time", "end_time", "headway_secs"),
    "shapes.txt": ("shape_id", "shape_pt_lat", "shape_pt_lon", "shape_pt_sequence"),
    "agency.txt": ("agency_timezone",),
    "feed_info.txt": (),
    "fare_attributes.txt": ("fare_id", "price"),
    "fare_rules.txt": ("fare_id",),
}  # fmt: skip
NEEDED = ("stops.txt", "routes.txt", "trips.txt", "stop_times.txt")
# A feed may leave these out; what they would say is then guessed or asked for.
OPTIONAL = tuple(name for name in FILES if name not in NEEDED)
_KNOWN_UNUSED = frozenset(
    f"{name}.txt"
    for name in (
        "transfers", "pathways", "levels", "translations", "attributions", "areas",
        "stop_areas", "networks", "route_networks", "timeframes", "rider_categories",
        "fare_media", "fare_products", "fare_leg_rules", "fare_leg_join_rules",
        "fare_transfer_rules", "location_groups", "location_group_stops", "booking_rules",
    )
) | {"locations.geojson"}  # fmt: skip


@dataclass(frozen=True)
class Feed:
    """The raw tables of one GTFS zip.

    Parameters
    ----------
    label : str
        File name of the zip.
    tables : dict of str to RawTable
        File name -> table, only files named in :data:`FILES`.
    repairs : RepairList
        What reading them mended.
    """

    label: str
    tables: dict[str, RawTable]
    repairs: RepairList

    def get(self, name: str) -> RawTable | None:
        """Return a table, None where it is absent, empty or lacks a needed column."""
        return self.tables.get(name)


def read_feed(path: Path) -> Feed:
    """Read the files of a feed and check that the needed ones are there.

    Parameters
    ----------
    path : Path
        A GTFS zip.

    Returns
    -------
    Feed
        Text tables.

    Raises
    ------
    CourseError
        Not a zip, hostile, or without a needed file, column or row.
    """
    archive = open_archive(Path(path), expected=frozenset(FILES))
    label, repairs = archive.label, RepairList()
    if not any(name in archive.members for name in FILES):
        inner = [n for n in (*archive.members, *archive.ignored) if n.lower().endswith(".zip")]
        if inner:
            raise CourseError(
                f"{label} holds other zips ({inner[0]}), not a feed.",
                "Unpack it and give the zip inside.",
            )
        raise CourseError(
            f"{label} holds no GTFS file.",
            f"A feed is a zip with {', '.join(NEEDED)} and calendar.txt.",
        )
    _check_files(label, archive.members)
    if archive.folder:
        what = f"the feed lies in the folder {archive.folder!r}"
        repairs.note(label, what, "repaired: read there")
    _note_ignored(archive.members, archive.ignored, repairs)
    tables = {}
    for name, columns in FILES.items():
        if name not in archive.members:
            continue
        table = read_table(name, archive.read(name), repairs)
        absent = [column for column in columns if column not in table]
        if name in NEEDED:
            if absent and len(table.table.column_names) == 0:
                raise CourseError(
                    f"{label}: {name} is empty.", "Ask the publisher for a complete feed."
                )
            if absent:
                raise CourseError(
                    f"{label}: {name}, row 1 has no column {absent[0]}.",
                    f"{name} needs: {', '.join(columns)}.",
                )
            if not len(table):
                raise CourseError(
                    f"{label}: {name} has a header and no rows.",
                    "Ask the publisher for a complete feed.",
                )
        elif absent:
            what = "is empty" if not table.table.column_names else f"has no column {absent[0]}"
            repairs.note(name, what, "ignored: the file")
            continue
        tables[name] = table
    if not any(len(tables.get(n, ())) for n in ("calendar.txt", "calendar_dates.txt")):
        raise CourseError(
            f"{label}: no day of service is left in calendar.txt and calendar_dates.txt.",
            "Ask the publisher for a feed with service days.",
        )
    return Feed(label, tables, repairs)


def _check_files(label: str, members: dict[str, object]) -> None:
    missing = [name for name in NEEDED if name not in members]
    if missing:
        raise CourseError(
            f"{label} has no {' and no '.join(missing)}, without which there is no timetable.",
            "Ask the publisher for the complete feed, or build a pack from lines and headways.",
        )
    if "calendar.txt" not in members and "calendar_dates.txt" not in members:
        raise CourseError(
            f"{label} has neither calendar.txt nor calendar_dates.txt.",
            "Without service days no timetable can be read: ask the publisher for them.",
        )


def _note_ignored(
    members: dict[str, object], ignored: tuple[str, ...], repairs: RepairList
) -> None:
    for name in sorted(members):
        if name in FILES:
            continue
        known = name in _KNOWN_UNUSED
        repairs.note(
            name, "is not used by the course" if known else "is no GTFS file", "ignored: the file"
        )
    if ignored:
        repairs.note(
            ignored[0], "lies outside the feed's folder", "ignored: the file", count=len(ignored)
        )

"""Other people's column names, mapped once and saved in the pack.

A mapping is written ``table.ours=theirs``, such as ``requests.created_at=CreatedDate``. For
zones and rides the table may be left out: ``population=POB_2022`` goes to whichever of the
two has the column, to both where both have it. What is not mapped is recognised by a short
list of usual names, in any letter case.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from course.city.rides_in.fields import FIELDS as RIDE_FIELDS
from course.city.rides_in.fields import USUAL_NAMES as RIDE_NAMES
from course.city.schema import TABLES
from course.errors import CourseError, UsageError

if TYPE_CHECKING:
    import pyarrow as pa

    from course.city.repairs import RepairList

MAX_FILE_BYTES = 4_000_000_000
USUAL_NAMES: dict[str, dict[str, tuple[str, ...]]] = {
    "zones": {
        "zone_id": ("zone_id", "zone", "id", "hex_id", "h3", "h3_cell", "h3_index", "cell", "code"),
        "name": ("name", "zone_name", "district"),
        "lat": ("lat", "latitude", "y"),
        "lon": ("lon", "lng", "long", "longitude", "x"),
        "area_km2": ("area_km2", "km2", "area"),
        "population": ("population", "pop", "residents", "inhabitants"),
        "jobs": ("jobs", "employment", "workplaces"),
        "income_group": ("income_group", "income_quintile", "quintile"),
    },
    "rides": RIDE_NAMES,
    # Words of citizens (requests.text) are taken over only where a person maps them.
    "requests": {
        "request_id": ("request_id", "case_id", "service_request_id", "servicerequestnum", "id"),
        "created_at": ("created_at", "created", "created_date", "createddate", "opened",
                       "requested_datetime", "open_dt"),
        "closed_at": ("closed_at", "closed", "closed_date", "closeddate", "close_date",
                      "closedate", "closed_dt", "resolved_at"),
        "category": ("category", "type", "srtype", "request_type", "complaint_type",
                     "service_name"),
        "channel": ("channel", "methodreceived", "method_received", "source"),
        "zone_id": ("zone_id", "zone"),
        "lat": ("lat", "latitude"),
        "lon": ("lon", "lng", "long", "longitude"),
        "status": ("status", "srstatus"),
    },
    "projects": {
        "project_id": ("project_id", "project", "id"),
        "name": ("name", "title", "project_name"),
        "category": ("category", "type"),
        "cost": ("cost", "price", "budget", "amount"),
        "zone_id": ("zone_id", "zone", "district"),
        "lat": ("lat", "latitude"),
        "lon": ("lon", "lng", "long", "longitude"),
    },
    "ballots": {
        "voter_id": ("voter_id", "voter", "user_id"),
        "project_id": ("project_id", "project", "vote"),
        "points": ("points", "score"),
        "zone_id": ("zone_id", "zone", "district"),
        "age_group": ("age_group", "age"),
    },
    "night_trips": {
        "from_cell": ("from_cell", "origin_cell", "origin", "from"),
        "to_cell": ("to_cell", "destination_cell", "destination", "to"),
        "hour": ("hour",),
        "trips": ("trips", "count", "calls"),
    },
}  # fmt: skip
_DATED = ("requests", "rides")
_WITHOUT_TABLE = ("zones", "rides")
# Columns that steer an import and do not become part of the frame.
_STEERING = {"requests": ("status",)}


def parse_mappings(pairs: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return the mappings of a command line, by table.

    Parameters
    ----------
    pairs : iterable of str
        ``ours=theirs`` or ``table.ours=theirs``.

    Returns
    -------
    dict
        ``{"zones": {ours: theirs}, "rides": {...}, ...}``; a pair without table goes to
        zones and rides, each that has the column. Other tables appear where they are named.

    Raises
    ------
    UsageError
        Not a pair, or a column the course does not have.

    Examples
    --------
    >>> parse_mappings(["population=pob", "rides.date=fecha"])
    {'zones': {'population': 'pob'}, 'rides': {'date': 'fecha'}}
    """
    out: dict[str, dict[str, str]] = {name: {} for name in _WITHOUT_TABLE}
    for pair in pairs:
        ours, equals, theirs = pair.partition("=")
        table, dot, column = ours.strip().rpartition(".")
        if not equals or not column or not theirs.strip():
            raise UsageError(
                f"{pair!r} is no column mapping.", "Write ours=theirs, such as population=POB_2022."
            )
        tables = [table] if dot else [n for n in _WITHOUT_TABLE if _has(n, column)]
        if not tables or not all(_has(name, column) for name in tables):
            _refuse(ours.strip(), "" if dot else column)
        for name in tables:
            mine = out.setdefault(name, {})
            if column in mine and mine[column] != theirs.strip():
                raise UsageError(f"{column} is mapped twice.", "Keep one of the two.")
            mine[column] = theirs.strip()
    return out


def _has(table: str, column: str) -> bool:
    if table == "rides":
        return column in RIDE_FIELDS
    return table in USUAL_NAMES and (
        TABLES[table].column(column) is not None or column in _STEERING.get(table, ())
    )


def _refuse(ours: str, without_table: str) -> NoReturn:
    homes = [name for name in USUAL_NAMES if without_table and _has(name, without_table)]
    if homes:
        raise UsageError(
            f"{ours!r} does not say which table it belongs to.",
            f"Write {' or '.join(f'{name}.{ours}' for name in homes)}=THEIR_NAME.",
        )
    known = sorted({f"{n}.{c.name}" for n in USUAL_NAMES if n != "rides" for c in TABLES[n].columns}
                   | {f"rides.{c}" for c in RIDE_FIELDS})  # fmt: skip
    raise UsageError(
        f"The course has no column {ours!r} to map to.", f"Its columns are: {', '.join(known)}."
    )


def parse_dates(pairs: Iterable[str]) -> dict[str, str]:
    """Return the formats of times of a command line, by table.

    Parameters
    ----------
    pairs : iterable of str
        ``table=format``, the format as of ``strftime``.

    Raises
    ------
    UsageError
        Not a pair, a table without times, or a table named twice.

    Examples
    --------
    >>> parse_dates(["requests=%m/%d/%Y %I:%M:%S %p"])
    {'requests': '%m/%d/%Y %I:%M:%S %p'}
    """
    out: dict[str, str] = {}
    for pair in pairs:
        table, equals, stated = (part.strip() for part in pair.partition("="))
        if not equals or not stated or table not in _DATED or table in out:
            raise UsageError(f"{pair!r} is no format of times.", 'Write "requests=%d/%m/%Y %H:%M".')
        out[table] = stated
    return out


def read_mapped(
    path: Path, name: str, mapping: dict[str, str], repairs: RepairList
) -> tuple[pa.Table, dict[str, str]]:
    """Read a CSV or Parquet table and give its columns the course's names.

    Parameters
    ----------
    path : Path
        ``*.csv`` (any separator, any encoding) or ``*.parquet``.
    name : str
        A table of ``USUAL_NAMES``.
    mapping : dict
        Ours to theirs, as the person gave it.
    repairs : RepairList
        Gets what reading mended and which columns were left out.

    Returns
    -------
    tuple of (pyarrow.Table, dict)
        Columns under our names; and the whole mapping that was used.

    Raises
    ------
    CourseError
        No such file, unreadable, or a mapped column is not there.
    """
    table = read_other_table(path, repairs)
    theirs = {column.strip().lower(): column for column in table.column_names}
    used: dict[str, str] = {}
    for ours, wanted in mapping.items():
        if wanted.lower() not in theirs:
            raise CourseError(
                f"{path.name} has no column {wanted!r}.",
                f"Its columns are: {', '.join(table.column_names[:40])}.",
            )
        used[ours] = theirs[wanted.lower()]
    for ours, usual in USUAL_NAMES[name].items():
        for candidate in usual:
            column = theirs.get(candidate)
            if ours not in used and column is not None and column not in used.values():
                used[ours] = column
    rest = [column for column in table.column_names if column not in used.values()]
    if rest:
        repairs.note(
            path.name, f"columns the course has no use for: {', '.join(rest[:12])}", "ignored"
        )
    return table.select(list(used.values())).rename_columns(list(used)), used


def read_other_table(path: Path, repairs: RepairList) -> pa.Table:
    """Return a CSV or Parquet table that somebody else wrote, under its own column names."""
    import pyarrow as pa

    if not path.is_file():
        raise CourseError(f"There is no file {path}.", "Check the path.")
    if path.stat().st_size > MAX_FILE_BYTES:
        raise CourseError(f"{path.name} is larger than 4 GB.", "Cut it to fewer days.")
    if path.suffix.lower() in (".parquet", ".pq"):
        import pyarrow.parquet as pq

        try:
            return pq.read_table(path, partitioning=None).replace_schema_metadata(None)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
            raise CourseError(
                f"{path.name} is no Parquet file ({str(error).splitlines()[0]}).",
                "Write it again, or give CSV.",
            ) from None
    from course.city.reading import read_table

    raw = read_table(path.name, path.read_bytes(), repairs, lower=False)
    if not len(raw):
        raise CourseError(f"{path.name} has no rows.", "Give a table with a header and rows.")
    return raw.table

"""Other people's column names, mapped once and saved in the pack.

A mapping is written ``ours=theirs``, or ``zones.population=POB_2022`` where the same name
exists in two tables. What is not mapped is recognised by a short list of usual names, in
any letter case.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

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
    "rides": {
        "card_id": ("card_id", "card", "card_no", "id"),
        "board_time": ("board_time", "boarding_time", "tap_in", "time_in", "time"),
        "alight_time": ("alight_time", "alighting_time", "tap_out", "time_out"),
        "mode": ("mode",),
        "route_id": ("route_id", "route", "line"),
        "board_stop_id": ("board_stop_id", "board_stop", "stop_id", "from_stop_id", "origin"),
        "alight_stop_id": ("alight_stop_id", "alight_stop", "to_stop_id", "destination"),
        "distance_m": ("distance_m", "distance"),
        "user_class": ("user_class", "card_type", "class"),
        "income_group": ("income_group",),
        "date": ("date", "service_date", "day"),
    },
}


def parse_mappings(pairs: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return the mappings of a command line, by table.

    Parameters
    ----------
    pairs : iterable of str
        ``ours=theirs`` or ``table.ours=theirs``.

    Returns
    -------
    dict
        ``{"zones": {ours: theirs}, "rides": {...}}``; a pair without table goes to every
        table that has the column.

    Raises
    ------
    UsageError
        Not a pair, or a column the course does not have.

    Examples
    --------
    >>> parse_mappings(["population=pob", "rides.date=fecha"])
    {'zones': {'population': 'pob'}, 'rides': {'date': 'fecha'}}
    """
    out: dict[str, dict[str, str]] = {name: {} for name in USUAL_NAMES}
    for pair in pairs:
        ours, equals, theirs = pair.partition("=")
        table, dot, column = ours.strip().rpartition(".")
        if not equals or not column or not theirs.strip():
            raise UsageError(
                f"{pair!r} is no column mapping.", "Write ours=theirs, such as population=POB_2022."
            )
        tables = [table] if dot else [n for n in USUAL_NAMES if TABLES[n].column(column)]
        if not tables or any(n not in USUAL_NAMES or not TABLES[n].column(column) for n in tables):
            known = sorted({c.name for n in USUAL_NAMES for c in TABLES[n].columns})
            raise UsageError(
                f"The course has no column {ours.strip()!r} to map to.",
                f"Its columns are: {', '.join(known)}.",
            )
        for name in tables:
            if column in out[name] and out[name][column] != theirs.strip():
                raise UsageError(f"{column} is mapped twice.", "Keep one of the two.")
            out[name][column] = theirs.strip()
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
        ``zones`` or ``rides``.
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
    table = _read(path, repairs)
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


def _read(path: Path, repairs: RepairList) -> pa.Table:
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

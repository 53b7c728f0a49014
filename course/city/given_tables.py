"""The tables a city brings beside its feed: zones, rides, requests, votes, night trips.

One place that knows which option of ``city add`` gives which frames, so that a new pack and
a table added to an old one are read alike.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course.city.columns import parse_dates, parse_mappings
from course.city.repairs import RepairList
from course.city.rides_in.packing import TAP_PLACES, RideReading, Surroundings, read_rides
from course.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    Source = str | os.PathLike[str]

FRAMES_OF = {
    "zones": ("zones",), "rides": ("rides",), "requests": ("requests",),
    "votes": ("projects", "ballots"), "night_trips": ("night_trips",),
}  # fmt: skip
TABLE_OPTIONS = (*FRAMES_OF, "columns", "dates")
FRAMES = tuple(frame for frames in FRAMES_OF.values() for frame in frames)


@dataclass(frozen=True)
class TableFiles:
    """Files of a city's own tables and how to read them.

    Parameters
    ----------
    zones, requests, night_trips : path, optional
        CSV or Parquet.
    rides : path or sequence of path, optional
        CSV, packed CSV or Parquet, several files of one shape.
    votes : sequence of path
        One ``.pb`` file, or two tables (projects and ballots); empty for none.
    columns : sequence of str
        ``table.ours=theirs``; see :mod:`course.city.columns`.
    dates : sequence of str
        ``table=format``; see :func:`course.city.columns.parse_dates`.
    ride_reading : RideReading
        What there is to say about ride files beside their columns.
    """

    zones: Source | None = None
    rides: Source | Sequence[Source] | None = None
    requests: Source | None = None
    votes: Sequence[Source] = ()
    night_trips: Source | None = None
    columns: Sequence[str] = ()
    dates: Sequence[str] = ()
    ride_reading: RideReading = field(default_factory=RideReading)

    @property
    def options(self) -> tuple[str, ...]:
        """The options that name a file."""
        return tuple(name for name in FRAMES_OF if getattr(self, name))

    def paths(self, option: str) -> list[Path]:
        """Return the files of one option."""
        named = getattr(self, option)
        return [Path(p) for p in ([named] if isinstance(named, str | os.PathLike) else named)]

    @property
    def frames(self) -> tuple[str, ...]:
        """The frames these files give."""
        return tuple(frame for name in self.options for frame in FRAMES_OF[name])


@dataclass
class Given:
    """What the files gave.

    Parameters
    ----------
    tables : list of (str, pandas.DataFrame, dict)
        Frame name, frame, and what to say of it: method, source, year.
    columns : dict
        Mappings that were used, by frame.
    dates : dict
        How times were read, by frame.
    properties : dict
        What the files say of the city: ``vote_budget`` (currency units).
    """

    tables: list[tuple[str, pd.DataFrame, dict[str, Any]]] = field(default_factory=list)
    columns: dict[str, dict[str, str]] = field(default_factory=dict)
    dates: dict[str, str] = field(default_factory=dict)
    properties: dict[str, Any] = field(default_factory=dict)


def read_given(
    files: TableFiles,
    *,
    around: Surroundings,
    timezone: str,
    repairs: RepairList,
    saved_reading: dict[str, Any] | None = None,
    saved_columns: dict[str, dict[str, str]] | None = None,
    saved_dates: dict[str, str] | None = None,
    progress: Callable[[str], None] = lambda step: None,
) -> Given:
    """Read and clean the tables a city brings.

    Parameters
    ----------
    files : TableFiles
        What there is.
    around : Surroundings
        The city's stops, routes, patterns and zones.
    timezone : str
        The city's.
    repairs : RepairList
        Gets every dropped and mended row with its reason.
    saved_reading : dict, optional
        How ride files were read before.
    saved_columns, saved_dates : dict, optional
        How the same tables were read before; what ``files`` says wins. A saved column that
        the new file lacks is forgotten.
    progress : callable
        Called with the name of each step.

    Raises
    ------
    UsageError
        A mapping or format for a table that is not given.
    CourseError
        A table cannot be used.
    """
    mappings, dates = parse_mappings(files.columns), parse_dates(files.dates)
    _nothing_idle(files, mappings, dates)
    remembered = _Remembered(saved_columns or {}, mappings, repairs)
    out, stops = Given(), around.stops
    for option in files.options:
        paths = files.paths(option)
        label = " and ".join(path.name for path in paths)
        progress(f"{label}: {option.replace('_', ' ')}")
        path, said = paths[0], {"method": f"table {label}", "source": label}
        if option == "votes":
            from course.city.vote_tables import import_votes

            wanted = {name: remembered.of(name, paths) for name in FRAMES_OF["votes"]}
            frames, used, budget = import_votes(paths, wanted, stops, repairs)
            out.tables += [(name, frame, said) for name, frame in frames.items()]
            out.columns |= used
            out.properties["vote_budget"] = budget  # none: an older vote's budget is over
            continue
        mapping = remembered.of(option, paths)
        if option == "zones":
            from course.city.zone_table import import_zones

            frame, used_here = import_zones(path, mapping, stops, repairs)
        elif option == "rides":
            reading = files.ride_reading.saved(saved_reading)
            stated = dates.get(option) or _a_format((saved_dates or {}).get(option))
            frame, places = read_rides(
                paths, mapping, around, repairs, reading=reading, day=files.ride_reading.day,
                form=stated or "", timezone=timezone, progress=progress,
            )  # fmt: skip
            used_here = frame.mapping
            out.properties["rides_read"] = reading or None
            if stated:
                out.dates[option] = stated
            if places is not None:
                out.tables.append((TAP_PLACES, places, said))
        elif option == "night_trips":
            from course.city.night_table import import_night_trips

            frame, used_here = import_night_trips(path, mapping, stops, repairs)
        else:
            from course.city.request_table import import_requests

            stated = dates.get(option) or _a_format((saved_dates or {}).get(option))
            frame, used_here, out.dates[option] = import_requests(
                path, mapping, stops, repairs, timezone=timezone, dates=stated
            )
            said = {**said, "year": int(frame["created_at"].max()[:4])}
        out.tables.append((option, frame, said))
        out.columns[option] = used_here
    return out


@dataclass
class _Remembered:
    """Mappings of an earlier import, which hold where the new file has the same columns."""

    saved: dict[str, dict[str, str]]
    stated: dict[str, dict[str, str]]
    repairs: RepairList

    def of(self, name: str, paths: Sequence[Path]) -> dict[str, str]:
        """Return the mapping of one table: what is stated, and what is saved and still fits."""
        stated = dict(self.stated.get(name, {}))
        saved = self.saved.get(name, {})
        if not saved or any(path.suffix.lower() == ".pb" for path in paths):
            return stated
        there = {c.strip() for path in paths for c in _header(name, path)}
        taken = {theirs.lower() for theirs in stated.values()}
        again = {ours: theirs for ours, theirs in saved.items() if theirs in there
                 and ours not in stated and theirs.lower() not in taken}  # fmt: skip
        if again:
            told = ", ".join(f"{ours}={theirs}" for ours, theirs in again.items())
            self.repairs.note(paths[0].name, f"read as before: {told}", "noted")
        return again | stated


def _header(name: str, path: Path) -> list[str]:
    """Return the columns of a file; of ride files only the first block is read."""
    if name == "rides":
        from course.city.rides_in.reading import blocks

        return next((b.table.column_names for b in blocks(path, RepairList())), [])
    from course.city.columns import read_other_table

    return read_other_table(path, RepairList()).column_names


def _a_format(told: str | None) -> str | None:
    """Return a saved format; a sentence about how times were recognised is none."""
    return told if told and "%" in told else None


def _nothing_idle(
    files: TableFiles, mappings: dict[str, dict[str, str]], dates: dict[str, str]
) -> None:
    """Refuse what would be ignored: the person believes that it counts."""
    for name in (*mappings, *dates):
        if (mappings.get(name) or name in dates) and name not in files.frames:
            both = {"zones", "rides"} & set(files.frames)
            if name in ("zones", "rides") and both and name not in dates:
                continue  # a mapping without a table may fit the other of the two
            option = next(o for o, frames in FRAMES_OF.items() if name in frames)
            raise UsageError(
                f"There are columns or dates for {name}, but no table of it.",
                f"Add --{option.replace('_', '-')} FILE, or leave them out.",
            )

"""Ride files of a city pack: the network they are placed on, and what the pack keeps.

How the files were read is saved in the pack (``rides_read``), so that next month's files
need no options again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course.city.repairs import RepairList
from course.city.rides_in.imported import ImportedRides, RideOptions
from course.city.rides_in.importing import import_rides
from course.city.rides_in.network import Network
from course.city.rides_in.stopping import place_id
from course.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

TAP_PLACES = "tap_places"
_VALUED = ("mode", "user_class", "tap")
_INFER = {"auto": None, "yes": True, "no": False}


@dataclass(frozen=True)
class RideReading:
    """What a person says about ride files beside their columns.

    Parameters
    ----------
    values : sequence of str
        ``column.THEIRS=ours``, such as ``mode.COL=bus``.
    day : str
        Service day of files that state none, YYYY-MM-DD.
    day_start : str
        Clock at which a service day begins; empty = 04:00.
    infer : str
        ``auto``, ``yes`` or ``no``; empty = auto.
    """

    values: Sequence[str] = ()
    day: str = ""
    day_start: str = ""
    infer: str = ""

    def saved(self, old: dict[str, Any] | None = None) -> dict[str, Any]:
        """Return what the pack keeps: what is said now, else what was said before."""
        old = old or {}
        told = {
            "values": parse_values(self.values) or old.get("values") or {},
            "day_start": self.day_start or old.get("day_start") or "",
            "infer": self.infer or old.get("infer") or "",
        }
        return {key: value for key, value in told.items() if value}


def parse_values(pairs: Sequence[str]) -> dict[str, dict[str, str]]:
    """Return the words of a command line, by column.

    Examples
    --------
    >>> parse_values(["mode.COL=bus", "user_class.1=adult"])
    {'mode': {'COL': 'bus'}, 'user_class': {'1': 'adult'}}
    """
    from course.city.schema import TABLES

    out: dict[str, dict[str, str]] = {}
    for pair in pairs:
        theirs, equals, ours = pair.rpartition("=")
        column, dot, word = theirs.removeprefix("rides.").partition(".")
        if not equals or not dot or column not in _VALUED:
            raise UsageError(
                f"{pair!r} is no word to read.",
                f"Write COLUMN.THEIRS=OURS, such as mode.COL=bus, for {', '.join(_VALUED)}.",
            )
        known = TABLES["rides"].column(column)
        allowed = known.choices if known else ("in", "out")
        if ours.strip() not in allowed:
            raise UsageError(
                f"{ours.strip()!r} is no {column.replace('_', ' ')} of the course.",
                f"There are {', '.join(allowed)}.",
            )
        words = out.setdefault(column, {})
        again = {w for w, meant in words.items()
                 if w.lower() == word.strip().lower() and meant != ours.strip()}  # fmt: skip
        if again:
            raise UsageError(
                f"{column}.{word.strip()} is read in two ways.", "Keep one of the two."
            )
        words[word.strip()] = ours.strip()
    return out


@dataclass(frozen=True)
class Surroundings:
    """What of a city ride files need.

    Parameters
    ----------
    stops, routes : pandas.DataFrame
        Frames of the city.
    patterns : callable
        Gives the frame ``patterns``.
    gated : frozenset of str
        Modes with gates.
    zones : pandas.DataFrame or None
        Zones the pack has, for rides that name ``bus@zone``.
    """

    stops: pd.DataFrame
    routes: pd.DataFrame
    patterns: Callable[[], pd.DataFrame]
    gated: frozenset[str] = field(default_factory=lambda: frozenset({"subway"}))
    zones: pd.DataFrame | None = None


def read_rides(
    files: Sequence[Path],
    mapping: dict[str, str],
    around: Surroundings,
    repairs: RepairList,
    *,
    reading: dict[str, Any],
    day: str,
    form: str,
    timezone: str,
    progress: Callable[[str], None] = lambda step: None,
) -> tuple[ImportedRides, pd.DataFrame | None]:
    """Read the ride files of a pack.

    Parameters
    ----------
    files : sequence of Path
        One or more files of one shape.
    mapping : dict
        Ours to theirs.
    around : Surroundings
        The city.
    repairs : RepairList
        Gets what was dropped, mended and guessed.
    reading : dict
        As :meth:`RideReading.saved` gives it.
    day, form, timezone : str
        Service day of files without one; format of dates; time zone of the city.
    progress : callable
        Told the name of each step.

    Returns
    -------
    tuple of (ImportedRides, pandas.DataFrame or None)
        The rides; and the places of taps that are no stop of the feed, as stops.
    """
    import pandas as pd

    if reading.get("infer", "auto") not in _INFER:
        raise UsageError(f"--infer {reading['infer']!r} is none.", "Write auto, yes or no.")
    stops = around.stops
    if around.zones is not None and len(around.zones):
        # bus legs of rail-only packs begin and end in a zone
        zones = pd.DataFrame({"stop_id": "bus@" + around.zones["zone_id"].astype("str"),
                              "name": "", "lat": around.zones["lat"],
                              "lon": around.zones["lon"]})  # fmt: skip
        stops = pd.concat([stops, zones], ignore_index=True)
        for column in stops.columns.difference(["lat", "lon"]):
            stops[column] = stops[column].fillna("").astype("str")
    network = Network(stops, around.routes, around.patterns, around.gated)
    options = RideOptions(
        mapping=mapping, values=reading.get("values", {}), format=form, day=day,
        day_start=reading.get("day_start") or "04:00",
        infer=_INFER[reading.get("infer", "auto")], zone=timezone,
    )  # fmt: skip
    got = import_rides(files, network, repairs, options, progress=progress)
    if not network.added:
        return got, None
    return got, pd.DataFrame({
        "stop_id": [place_id(lat, lon) for lat, lon in network.added],
        "name": [f"Tap place {lat:.3f}, {lon:.3f}" for lat, lon in network.added],
        "lat": [lat for lat, _ in network.added], "lon": [lon for _, lon in network.added],
    })  # fmt: skip

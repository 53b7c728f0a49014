"""Ride files of any shape -> rides by service day, with a list of what was done to them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from course.city.repairs import RepairList
from course.city.rides_in import cleaning, destinations, distances, moments, tapping
from course.city.rides_in.collecting import Collected, collect, reasons
from course.city.rides_in.network import Network
from course.city.rides_in.stopping import place_id
from course.city.schema import TABLES
from course.errors import CourseError, UsageError

if TYPE_CHECKING:
    import pandas as pd

DAY_START = "04:00"
# Fewer rows say nothing about what is usual in a file.
SOME = 100


@dataclass(frozen=True)
class RideOptions:
    """How a person says their ride files are to be read.

    Parameters
    ----------
    mapping : dict
        Our column to theirs.
    values : dict
        Column (``mode``, ``user_class``, ``tap``) to a dict of their word to ours.
    format : str
        Format of the dates (of the times, where they hold the date) in the letters of
        ``strftime``; empty = recognised.
    day : str
        Service day of files that state none, YYYY-MM-DD.
    day_start : str
        Clock at which a service day begins.
    infer : bool or None
        Infer missing tap-outs by chaining; None = for modes that never tap out in the files.
    zone : str
        Time zone of the city.
    """

    mapping: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    format: str = ""
    day: str = ""
    day_start: str = DAY_START
    infer: bool | None = None
    zone: str = "UTC"


@dataclass(frozen=True)
class ImportedRides:
    """Rides of a city, by service day.

    Parameters
    ----------
    rides : pandas.DataFrame
        Numbers instead of texts, one row per ride; see :meth:`days`.
    routes, lines, stops : list of str
        Texts of the numbers: routes of the feed, routes as the files write them, stops.
    mapping : dict
        Our column to theirs, as it was used.
    inferred_pct : float
        Share of rides whose destination was inferred.
    score : destinations.Score or None
        How well chaining finds the tap-outs the files have.
    counts : dict
        Rows read, rides kept, cards, days.
    """

    rides: pd.DataFrame
    routes: list[str]
    lines: list[str]
    stops: list[str]
    mapping: dict[str, str]
    inferred_pct: float
    score: destinations.Score | None
    counts: dict[str, int]

    @property
    def columns(self) -> list[str]:
        """The columns of the frames of :meth:`days`."""
        return next(self.days())[1].columns.tolist()

    def days(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """Yield each service day with its frame ``rides``, sorted by card and time."""
        for day, part in self.rides.groupby("day", sort=True):
            yield str(np.datetime64(int(day), "D")), self._frame(part)

    def frame(self) -> pd.DataFrame:
        """Return the rides of all days as one frame."""
        import pandas as pd

        return pd.concat([part for _, part in self.days()], ignore_index=True)

    def _route_ids(self, part: pd.DataFrame) -> np.ndarray:
        """Return the feed's id where the route is known, else the word of the file."""
        of_feed, words = np.array([*self.routes, ""], object), np.array([*self.lines, ""], object)
        route, line = part["route"].to_numpy(), part["line"].to_numpy()
        return np.where(route >= 0, of_feed[route], words[line])

    def _frame(self, part: pd.DataFrame) -> pd.DataFrame:
        import pandas as pd

        stop = np.array([*self.stops, None], dtype=object)
        ended = part["alight_stop"].to_numpy() >= 0
        out = part["alight_time"].to_numpy()
        columns = {
            "card_id": "c" + part["card_number"].astype(str),
            "board_time": part["time"],
            "alight_time": pd.Series(out, index=part.index).where(out >= 0),
            "mode": part["mode"],
            "route_id": self._route_ids(part),
            "board_stop_id": stop[part["stop"].to_numpy()],
            "alight_stop_id": stop[np.where(ended, part["alight_stop"].to_numpy(), -1)],
            "distance_m": part["metres"].where(part["metres"] >= 0),
            "user_class": part["user_class"],
            "income_group": part["income_group"].where(part["income_group"] > 0),
            "date": str(np.datetime64(int(part["day"].iloc[0]), "D")),
        }
        optional = {"alight_inferred": "inferred", "journey_no": "journey", "weight": "weight"}
        for ours, theirs in optional.items():
            if theirs in part:
                columns[ours] = part[theirs]
        types = {c.name: c.dtype for c in TABLES["rides"].columns if c.name in columns}
        frame = pd.DataFrame(columns, index=part.index)
        frame["_number"] = part["card_number"]
        frame = frame.sort_values(["_number", "board_time"], kind="stable", ignore_index=True)
        return frame[list(types)].astype(types)


def import_rides(
    paths: Sequence[Path],
    network: Network,
    repairs: RepairList,
    options: RideOptions | None = None,
    *,
    progress: Callable[[str], None] = lambda step: None,
) -> ImportedRides:
    """Read, clean and complete the rides of a city.

    Parameters
    ----------
    paths : sequence of Path
        Files of the same shape, such as one per day.
    network : Network
        Stops and routes of the pack; places of taps that are no stop are added to it.
    repairs : RepairList
        Gets every row that was dropped, mended or guessed, by reason.
    options : RideOptions, optional
        How the files are to be read.
    progress : callable
        Told the name of each step.

    Returns
    -------
    ImportedRides
        The rides; empty input is an error, never an empty pack.

    Raises
    ------
    CourseError
        A column is missing, dates are ambiguous, or no ride is left.
    UsageError
        An option is written wrongly.
    """
    options = options or RideOptions()
    day_start_s, stated = _clock(options.day_start), _stated_day(options.day)
    got = collect(paths, network, repairs, options, progress=progress)
    label = got.label
    rows = _timed(got, day_start_s, stated, repairs)
    read = len(rows) + got.lost

    def listed(index: pd.Index, what: str, done: str) -> None:
        if len(index):
            repairs.note(label, what, done, row=int(got.file_row[index].min()), count=len(index))

    progress("rides: cleaning")
    rows = cleaning.drop_twins(rows, listed)
    if got.to_the_hour:
        rows = _in_file_order(rows)
    rows = rows.sort_values(["day", "card", "time", "row"], kind="stable")
    joined = 0
    if got.tap_rows:
        taps = len(rows)
        rows, lost = tapping.join_taps(rows)
        unmatched = int(lost.sum())
        joined = taps - unmatched - len(rows)
        if unmatched:
            repairs.note(label, "tap-out without a tap-in", "dropped", count=unmatched)
    if not got.to_the_hour:
        rows = cleaning.part_companions(rows, listed)
    if "companion" not in rows:
        rows = rows.assign(companion=np.int32(0))
    rows = cleaning.right_ends(rows, listed, to_the_hour=got.to_the_hour)
    board = rows["stop"].to_numpy()
    if not got.to_the_hour:
        crow = distances.crow_between(board, rows["alight_stop"].to_numpy(), network)
        rows = cleaning.slow_enough(rows, crow, listed)
    if rows.empty:
        raise CourseError(
            f"{label}: none of {read:,} rows is a ride that can be used.",
            f"See what was dropped: {reasons(repairs, label)}.",
        )
    rows, found = _ended(rows, got, network, options, label, repairs, progress)
    if got.to_the_hour:
        repairs.note(label, "times are known to the hour only",
                     "noted: rides of one hour stand in the operator's order, else in the "
                     "file's; windows in minutes cannot be judged")  # fmt: skip
    rows = _numbered(rows, got)
    inferred = 100.0 * float(rows["inferred"].mean()) if "inferred" in rows else 0.0
    counts = {
        "rows": read, "rides": len(rows), "cards": int(rows["card_number"].nunique()),
        "days": int(rows["day"].nunique()),
    }  # fmt: skip
    repairs.note(label, _told(counts, joined), "noted")
    if read >= SOME and counts["cards"] == counts["rides"]:
        repairs.note(label, "no card has two rides",
                     f"noted: transfers cannot be seen; is {got.mapping['card_id']!r} the card?",
                     )  # fmt: skip
    stops = [*network.stops["stop_id"].tolist(), *(place_id(a, o) for a, o in network.added)]
    routes = network.routes["route_id"].tolist()
    return ImportedRides(rows, routes, got.lines, stops, got.mapping, inferred, found, counts)


def _told(counts: dict[str, int], joined: int) -> str:
    """Return where all the rows went, so that the sum can be checked."""
    dropped = counts["rows"] - counts["rides"] - joined
    parts = {
        "rows read": counts["rows"], "rides": counts["rides"], "tap-outs joined": joined,
        "dropped": dropped, "cards": counts["cards"], "service days": counts["days"],
    }  # fmt: skip
    return "; ".join(f"{words}: {count:,}" for words, count in parts.items() if count)


def _clock(text: str) -> int:
    from course.city.timepoints import seconds_of

    seconds = seconds_of(text)
    if not 0 <= seconds < 12 * 3600:
        raise UsageError(f"{text!r} is no start of a day.", "Write a clock such as 04:00.")
    return seconds


def _stated_day(text: str) -> int | None:
    import datetime

    if not text:
        return None
    try:
        return (datetime.date.fromisoformat(text) - datetime.date(1970, 1, 1)).days
    except ValueError:
        raise UsageError(f"{text!r} is no date.", "Write it like 2025-05-14.") from None


def _timed(
    got: Collected, day_start_s: int, stated: int | None, repairs: RepairList
) -> pd.DataFrame:
    """Return the rows with service day and seconds; rows without are dropped and listed."""
    rows, board, alight = got.rows, got.board, got.alight
    got.to_the_hour = moments.settle(board)
    columns = {"board_time": board, "date": got.dates, "alight_time": alight}
    days = moments.calendar_days(
        {name: read.parts for name, read in columns.items() if read is not None}, label=got.label
    )
    day, written = days["board_time"], board.parts[:, 0] > 0
    if got.dates is not None:
        day = np.where(days["date"] >= 0, days["date"], day)
        written = written | got.dates.wrong | (got.dates.parts[:, 0] > 0)
    if stated is not None:
        day = np.where(written, day, stated)
        if written.all():
            repairs.note(got.label, "every ride states its date", "ignored: --ride-day")
    clock = board.seconds
    if got.hours is not None:
        got.to_the_hour = not (clock >= 0).any()
        clock = np.where(clock >= 0, clock, got.hours)
    _some_time(got, clock, day, written)
    lost = np.zeros(len(rows), dtype=bool)
    for wrong, what in (
        (clock < 0, "no time of the tap-in"),
        ((day < 0) & ~written, "no date"),
        (day < 0, "a date that does not exist"),
    ):
        wrong = wrong & ~lost
        repairs.rows(got.label, wrong, got.file_row, what, "dropped")
        lost |= wrong
    service, seconds = moments.service_day(day, clock, day_start_s=day_start_s)
    out = np.full(len(rows), -1, dtype=np.int64)
    if alight is not None:
        moments.settle(alight)
        own = days["alight_time"]
        wrong = alight.wrong | ((alight.parts[:, 0] > 0) & (own < 0))
        repairs.rows(got.label, wrong & ~lost, got.file_row, "tap-out is no time",
                     cleaning.NO_TAP_OUT)  # fmt: skip
        given = (alight.seconds >= 0) & ~wrong
        dated = (own >= 0) & given
        shift = np.where(dated, own - service, 0)
        early = given & ~dated & (clock < day_start_s)
        out = np.where(given, alight.seconds + shift * moments.DAY_S, -1)
        out = np.where(early, alight.seconds + moments.DAY_S, out)
        # a date years away is a slip of the keyboard, not a ride
        out = np.where(dated & (np.abs(shift) > 1), seconds + cleaning.LONGEST_S + 1, out)
    ended = out >= 0
    frame = rows.assign(
        day=service.astype(np.int32), time=seconds.astype(np.int64), alight_time=out,
        alight_stop=np.where(ended | got.without_end_time, rows["alight_stop"], -2),
    )[~lost]  # fmt: skip
    got.lost += int(lost.sum())
    return frame


def _some_time(got: Collected, clock: np.ndarray, day: np.ndarray, written: np.ndarray) -> None:
    """Refuse files of which no time or no date can be read, and show what they have instead."""
    if (clock < 0).all():
        column = "board_time" if "board_time" in got.samples else "hour"
        raise CourseError(
            f"{got.label}: no time of a tap-in can be read{got.such_as(column)}.",
            'Map the right column, or say how times are written: --dates "rides=%d/%m/%Y %H:%M".',
        )
    if (day < 0).all() and not written.any():
        raise CourseError(
            f"{got.label} states no date.",
            "Add --ride-day YYYY-MM-DD, or map the dates: --columns rides.date=THEIR_NAME.",
        )
    if (day < 0).all():
        column = "date" if "date" in got.samples else "board_time"
        raise CourseError(
            f"{got.label}: no date can be read{got.such_as(column)}.",
            'Say how dates are written, such as --dates "rides=%d/%m/%y". Years are those of the '
            "Gregorian calendar, 1990 to 2100.",
        )


def _in_file_order(rows: pd.DataFrame) -> pd.DataFrame:
    """Put taps of one card and hour a minute apart, in the operator's or the file's order."""
    keys = ["day", "card", "time"]
    rows = rows.sort_values([*keys, *(["order"] if "order" in rows else []), "row"], kind="stable")
    place = rows.groupby(keys, sort=False).cumcount().to_numpy()
    return rows.assign(time=rows["time"] + 60 * np.minimum(place, 59))


def _ended(
    rows: pd.DataFrame,
    got: Collected,
    network: Network,
    options: RideOptions,
    label: str,
    repairs: RepairList,
    progress: Callable[[str], None],
) -> tuple[pd.DataFrame, destinations.Score | None]:
    """Infer, measure and mark where rides end."""
    progress("rides: destinations and distances")
    alight = rows["alight_stop"].to_numpy().copy()
    known = alight >= 0
    found = None
    modes = rows["mode"].to_numpy()
    never = ~np.isin(modes, np.unique(modes[known].astype(str)))
    wanted = np.full(len(rows), options.infer) if options.infer is not None else never
    if wanted.any() or known.any():
        guess = destinations.chained(rows, network)
        if known.any():
            found = destinations.score(alight[known], guess[known], network)
            repairs.note(label, f"trip chaining tried: {found}", "noted")
        if wanted.any():
            fill = wanted & ~known & (guess >= 0)
            alight[fill] = guess[fill]
            rows = rows.assign(inferred=fill.astype(np.int64))
            share = 100.0 * float(fill.mean())
            repairs.note(label, f"destination inferred for {share:.1f} % of the rides",
                         "noted: the nearest stop of the route to the card's next tap",
                         count=int(fill.sum()) or 1)  # fmt: skip
    missing = int((alight < 0).sum())
    if missing:
        repairs.note(label, "ride without tap-out", "noted: kept", count=missing)
    gated = np.isin(rows["mode"].to_numpy(), sorted(network.gated))
    way = distances.ways(rows["stop"].to_numpy(), alight, rows["route"].to_numpy(), gated,
                         rows["given_m"].to_numpy(), network)  # fmt: skip
    repairs.note(label, f"distances: {way}", "noted")
    out = rows["alight_time"].to_numpy().copy()
    timeless = (alight >= 0) & (out < 0)
    if timeless.any():
        end = rows["time"].to_numpy() + destinations.ride_seconds(way.metres, rows["mode"])
        out[timeless] = end[timeless]
        repairs.note(label, "tap-out without a time",
                     "noted: estimated at 15 km/h on the road, 35 km/h on rails",
                     count=int(timeless.sum()))  # fmt: skip
    return rows.assign(alight_stop=alight, alight_time=out, metres=way.metres), found


def _numbered(rows: pd.DataFrame, got: Collected) -> pd.DataFrame:
    """Give numbers to cards, and to journeys where the operator counts transfers."""
    import pandas as pd

    pair = pd.MultiIndex.from_arrays([rows["card"], rows["companion"]])
    rows = rows.assign(card_number=pd.factorize(pair, sort=True)[0] + 1)
    if "order" in rows:
        rows = rows.sort_values(["day", "card_number", "time", "order", "row"], kind="stable")
        first = rows["order"].to_numpy() <= got.first_order
        same = np.zeros(len(rows), dtype=bool)
        same[1:] = (
            (rows["day"].to_numpy()[1:] == rows["day"].to_numpy()[:-1])
            & (rows["card_number"].to_numpy()[1:] == rows["card_number"].to_numpy()[:-1])
        )  # fmt: skip
        falls = np.zeros(len(rows), dtype=bool)
        falls[1:] = rows["order"].to_numpy()[1:] <= rows["order"].to_numpy()[:-1]
        rows = rows.assign(journey=np.cumsum(first | falls | ~same))
        begin = rows.groupby(["day", "card_number"])["journey"].transform("min")
        rows = rows.assign(journey=rows["journey"] - begin + 1)
    return rows


def new_key() -> bytes:
    """Return a key for hashing card numbers; nobody keeps it."""
    return secrets.token_bytes(32)

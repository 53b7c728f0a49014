"""Ride files of any shape -> rides by service day, with a list of what was done to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from course.city.repairs import RepairList
from course.city.rides_in import cleaning, destinations, distances, tapping
from course.city.rides_in.collecting import Collected, collect, reasons
from course.city.rides_in.imported import ImportedRides, RideOptions
from course.city.rides_in.network import Network
from course.city.rides_in.stopping import place_id
from course.city.rides_in.timing import clock_seconds, in_file_order, stated_day, timed
from course.errors import CourseError

if TYPE_CHECKING:
    import pandas as pd

# Fewer rows say nothing about what is usual in a file.
SOME = 100


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
    day_start_s, stated = clock_seconds(options.day_start), stated_day(options.day)
    got = collect(paths, network, repairs, options, progress=progress)
    label = got.label
    rows = timed(got, day_start_s, stated, repairs)
    read = len(rows) + got.lost

    def listed(index: pd.Index, what: str, done: str) -> None:
        if len(index):
            repairs.note(label, what, done, row=int(got.file_row[index].min()), count=len(index))

    progress("rides: cleaning")
    rows = cleaning.drop_twins(rows, listed)
    if got.to_the_hour:
        rows = in_file_order(rows)
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
    if "weight" in rows and (rows["weight"] != 1).any():
        repairs.note(label, "rows stand for several rides",
                     "noted: kept in the column weight; prices count each row once")  # fmt: skip
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

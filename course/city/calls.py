"""``stop_times.txt`` -> calls of trips in order, every one with a time and a distance.

Works on whole columns: half a million calls take a second or two. Order of the steps:
references, order inside the trip, times as given, distances, times of the calls that
have none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from course.city.cleaning import refuse_if_most_lost, whole_numbers
from course.city.membership import positions
from course.city.metres import metres_between
from course.city.reading import RawTable
from course.city.repairs import RepairList
from course.city.timepoints import (
    WRONG,
    carry_midnight,
    fill_times,
    longest_growing,
    parse_times,
)

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

NAME = "stop_times.txt"


@dataclass
class Calls:
    """Calls as columns of equal length; trips and stops are positions in their frames."""

    rows: np.ndarray
    trip: np.ndarray
    stop: np.ndarray
    sequence: np.ndarray
    arrival: np.ndarray
    departure: np.ndarray

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, chosen: np.ndarray) -> Calls:
        """Return some calls, by mask or position."""
        return Calls(**{name: values[chosen] for name, values in self.__dict__.items()})

    def starts(self) -> np.ndarray:
        """Positions at which a new trip begins."""
        if not len(self):
            return np.zeros(0, dtype=np.int64)
        return np.flatnonzero(np.append(True, self.trip[1:] != self.trip[:-1]))


def clean_stop_times(
    label: str,
    table: RawTable,
    trips: pd.DataFrame,
    stops: pd.DataFrame,
    shapes: pd.DataFrame | None,
    repairs: RepairList,
) -> pd.DataFrame:
    """Return the calls of a feed.

    Parameters
    ----------
    label : str
        Name of the feed, for refusals.
    table : RawTable
        ``stop_times.txt``.
    trips, stops : pandas.DataFrame
        Cleaned frames.
    shapes : pandas.DataFrame or None
        Cleaned frame of points.
    repairs : RepairList
        Gets what was mended.

    Returns
    -------
    pandas.DataFrame
        ``trip_id, stop_sequence, stop_id, arrival_min, departure_min, distance_m``,
        sorted by trip and sequence.
    """
    import pandas as pd

    calls = _given(table, trips, stops, repairs)
    calls = _in_order(calls, table, repairs)
    calls, given = _sound_times(calls, repairs)
    why = "their trip, stop or times are missing"
    refuse_if_most_lost(label, NAME, len(calls), len(table), why)
    distance = _distances(calls, trips, stops, shapes, repairs)
    blank = int((~given).sum())
    if blank:
        repairs.rows(NAME, ~given, calls.rows, "call without a time of its own",
                     "repaired: time by distance between the calls that have one")  # fmt: skip
    arrival, departure = fill_times(calls.arrival, calls.departure, distance, given)
    return pd.DataFrame({
        "trip_id": pd.Series(_taken(trips["trip_id"], calls.trip), dtype="str"),
        "stop_sequence": calls.sequence,
        "stop_id": pd.Series(_taken(stops["stop_id"], calls.stop), dtype="str"),
        "arrival_min": arrival / 60.0, "departure_min": departure / 60.0,
        "distance_m": distance,
    })  # fmt: skip


def _taken(values: pd.Series, place: np.ndarray) -> pa.Array:
    import pyarrow as pa

    return pa.array(values, type=pa.large_string()).take(pa.array(place))


def _given(table: RawTable, trips: pd.DataFrame, stops: pd.DataFrame, repairs: RepairList) -> Calls:
    """Keep the calls whose trip and stop exist."""
    trip = positions(table.text("trip_id"), trips["trip_id"])
    stop = positions(table.text("stop_id"), stops["stop_id"])
    for column, place in (("trip_id", trip), ("stop_id", stop)):
        stray = (place < 0) & (trip >= 0 if column == "stop_id" else True)
        if stray.any():
            first = table.text(column)[int(stray.argmax())].as_py()
            of = "trip" if column == "trip_id" else "stop"
            what = f"call of {of} {first[:60]!r} that is not among the usable {of}s"
            repairs.rows(NAME, stray, table.rows, what, "dropped")
    calls = Calls(
        rows=table.rows, trip=trip, stop=stop,
        sequence=whole_numbers(table, "stop_sequence"),
        arrival=parse_times(table.text("arrival_time")),
        departure=parse_times(table.text("departure_time")),
    )  # fmt: skip
    return calls.take((trip >= 0) & (stop >= 0))


def _in_order(calls: Calls, table: RawTable, repairs: RepairList) -> Calls:
    """Sort by trip and sequence; rows without a usable sequence keep the file's order."""
    wrong = ~((calls.sequence >= 0) & (calls.sequence % 1 == 0) & (calls.sequence < 2**31))
    if wrong.any():
        repairs.rows(NAME, wrong, calls.rows, "stop_sequence is no whole number from 0 on",
                     "repaired: order of the file, for its whole trip")  # fmt: skip
        odd = np.isin(calls.trip, np.unique(calls.trip[wrong]))
        order = np.argsort(calls.trip, kind="stable")
        starts = np.flatnonzero(np.append(True, np.diff(calls.trip[order]) != 0))
        rank = np.arange(len(order)) - np.repeat(starts, np.diff(np.append(starts, len(order))))
        in_file = np.empty(len(order))
        in_file[order] = rank + 1
        calls.sequence = np.where(odd, in_file, calls.sequence)
    calls.sequence = calls.sequence.astype(np.int64)
    key = calls.trip * (calls.sequence.max(initial=0) + 1) + calls.sequence
    if len(key) and (np.diff(key) < 0).any():
        calls = calls.take(np.argsort(key, kind="stable"))
        key = np.sort(key)
    again = np.append(False, key[1:] == key[:-1])[: len(key)]
    repairs.rows(NAME, again, calls.rows, "trip and stop_sequence were used before",
                 "dropped: the later row")  # fmt: skip
    return calls.take(~again)


def _sound_times(calls: Calls, repairs: RepairList) -> tuple[Calls, np.ndarray]:
    """Return calls of trips that can be timed, and which calls have a time of their own."""
    wrong = (calls.arrival == WRONG) | (calls.departure == WRONG)
    repairs.rows(NAME, wrong, calls.rows, "time is not HH:MM:SS", "noted: as if empty")
    arrival = np.where(calls.arrival < 0, calls.departure, calls.arrival)
    departure = np.where(calls.departure < 0, calls.arrival, calls.departure)
    given = (arrival >= 0) & (departure >= 0)
    place = np.flatnonzero(given)
    # Arrival and departure of the given calls in one row of times, in order.
    pair = np.column_stack([arrival[place], departure[place]]).reshape(-1)
    trip = np.repeat(calls.trip[place], 2)
    pair, carried = carry_midnight(pair, trip)
    repairs.rows(NAME, carried[::2], calls.rows[place], "time falls back at midnight",
                 "repaired: 24 hours added")  # fmt: skip
    come, leave = pair[::2].copy(), pair[1::2].copy()
    late = leave < come
    repairs.rows(NAME, late, calls.rows[place], "departure before arrival",
                 "repaired: departs on arrival")  # fmt: skip
    leave[late] = come[late]
    same = calls.trip[place][1:] == calls.trip[place][:-1]
    falls = np.append(False, same & (come[1:] < leave[:-1]))
    if falls.any():
        stays = _growing(calls.trip[place], come, leave, falls)
        repairs.rows(NAME, ~stays, calls.rows[place], "time goes backwards in its trip",
                     "repaired: as if empty")  # fmt: skip
        given[place[~stays]] = False
    arrival[place], departure[place] = come, leave
    calls.arrival, calls.departure = arrival, departure

    starts = calls.starts()
    length = np.diff(np.append(starts, len(calls)))
    ends = starts + length - 1
    untimed = ~(given[starts] & given[ends])
    single = length < 2
    of_trip = np.repeat(np.arange(len(starts)), length)
    for mark, what in (
        (single, "trip with a single call"),
        (untimed & ~single, "trip without a time at its first or last call"),
    ):
        hit = np.repeat(mark, length)
        if mark.any():
            trips_hit = int(mark.sum())
            repairs.rows(NAME, hit, calls.rows, what, f"dropped: {trips_hit:,} trips")
    keep = ~(single | untimed)[of_trip] if len(starts) else np.zeros(0, dtype=bool)
    return calls.take(keep), given[keep]


def _growing(
    trip: np.ndarray, come: np.ndarray, leave: np.ndarray, falls: np.ndarray
) -> np.ndarray:
    """Mark the given calls that stay in the few trips where a time goes backwards."""
    stays = np.ones(len(trip), dtype=bool)
    for number in np.unique(trip[falls]):
        here = np.flatnonzero(trip == number)
        growing = np.array(longest_growing(come[here].tolist()))
        # A departure may still pass the next arrival; then the later call loses its time.
        latest = -1
        for k, i in enumerate(here):
            if growing[k] and come[i] >= latest:
                latest = leave[i]
            else:
                growing[k] = False
        stays[here] = growing
    return stays


def _distances(
    calls: Calls,
    trips: pd.DataFrame,
    stops: pd.DataFrame,
    shapes: pd.DataFrame | None,
    repairs: RepairList,
) -> np.ndarray:
    """Cumulative metres: along the shape where it fits, else between the stops."""
    import pandas as pd

    from course.city.alongshape import along
    from course.city.patterns import same_rows

    lat, lon = stops["lat"].to_numpy(), stops["lon"].to_numpy()
    starts = calls.starts()
    length = np.diff(np.append(starts, len(calls)))
    shape_code, shape_ids = pd.factorize(trips["shape_id"].to_numpy(dtype=object))
    number, samples = same_rows(calls.stop, starts, length, [shape_code[calls.trip[starts]]])
    bounds = {}
    if shapes is not None and len(shapes):
        first = np.flatnonzero(~shapes["shape_id"].duplicated().to_numpy())
        last = np.append(first[1:], len(shapes))
        ends = zip(first, last, strict=True)
        bounds = dict(zip(shapes["shape_id"].iloc[first], ends, strict=True))
        path_lat, path_lon = shapes["lat"].to_numpy(), shapes["lon"].to_numpy()
    ways: list[np.ndarray] = []
    misfit: set[str] = set()
    backwards: set[str] = set()
    for begin, count in samples:
        stop = calls.stop[begin : begin + count]
        shape_id = shape_ids[shape_code[calls.trip[begin]]]
        way = None
        if shape_id in bounds:
            a, b = bounds[shape_id]
            way = along(path_lat[a:b], path_lon[a:b], lat[stop], lon[stop])
            if way is None:  # drawn from the other end
                way = along(path_lat[a:b][::-1], path_lon[a:b][::-1], lat[stop], lon[stop])
                (misfit if way is None else backwards).add(shape_id)
        if way is None:
            leg = metres_between(lat[stop][:-1], lon[stop][:-1], lat[stop][1:], lon[stop][1:])
            way = np.append(0, np.cumsum(np.floor(leg + 0.5).astype(np.int64)))
        ways.append(way)
    if backwards:
        repairs.note(
            "shapes.txt", f"shape {min(backwards)!r} runs against its trips",
            "repaired: distances measured from its other end", count=len(backwards),
        )  # fmt: skip
    if misfit:
        repairs.note(
            "shapes.txt", f"shape {min(misfit)!r} does not fit the order of stops of its trips",
            "ignored: distances between stops are used", count=len(misfit),
        )  # fmt: skip
    distance = np.empty(len(calls), dtype=np.int64)
    by_pattern = np.argsort(number, kind="stable")
    edges = np.searchsorted(number[by_pattern], np.arange(len(ways) + 1))
    for k, way in enumerate(ways):
        at = starts[by_pattern[edges[k] : edges[k + 1]]]
        distance[at[:, None] + np.arange(len(way))] = way
    return distance

"""Trips that call at the same stops in the same order, as one row.

Vectorised: trips are grouped by their number of calls, and each group is one integer
matrix whose distinct rows are the patterns. 500,000 calls take about a second.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from course.city.calendar import departures_per_trip
from course.city.membership import is_among, positions
from course.city.metres import metres_between

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "pattern_id", "route_id", "direction_id", "mode", "stop_ids", "distance_m", "trips_per_day",
)  # fmt: skip


def distances_by_stop(stop_times: pd.DataFrame, stops: pd.DataFrame) -> np.ndarray:
    """Return the way from the first call of each trip, in metres between stops as the crow flies.

    Parameters
    ----------
    stop_times : pandas.DataFrame
        Sorted by trip and ``stop_sequence``, all calls of a trip together.
    stops : pandas.DataFrame
        With ``stop_id, lat, lon``.

    Returns
    -------
    numpy.ndarray of int64
        Cumulative metres, 0 at the first call of each trip; empty for no calls.
    """
    if stop_times.empty:
        return np.zeros(0, dtype=np.int64)
    place = positions(stop_times["stop_id"], stops["stop_id"])
    lat, lon = stops["lat"].to_numpy()[place], stops["lon"].to_numpy()[place]
    leg = np.zeros(len(place))
    leg[1:] = metres_between(lat[:-1], lon[:-1], lat[1:], lon[1:])
    first = trip_starts(stop_times)
    leg[first] = 0.0
    total = np.cumsum(np.floor(leg + 0.5).astype(np.int64))
    return total - np.repeat(total[first], np.diff(np.append(first, len(total))))


def trip_starts(stop_times: pd.DataFrame) -> np.ndarray:
    """Return the positions at which a new trip begins in sorted ``stop_times``."""
    if stop_times.empty:
        return np.zeros(0, dtype=np.int64)
    import pandas as pd

    codes = pd.factorize(stop_times["trip_id"])[0]
    return np.flatnonzero(np.append(True, codes[1:] != codes[:-1]))


def same_rows(
    stop: np.ndarray, first: np.ndarray, length: np.ndarray, keys: list[np.ndarray]
) -> tuple[np.ndarray, list[tuple[int, int]]]:
    """Return which trips call at the same stops in the same order.

    Parameters
    ----------
    stop : numpy.ndarray of int
        Stop number per call.
    first, length : numpy.ndarray of int
        Where each trip begins in ``stop``, and its number of calls.
    keys : list of numpy.ndarray of int
        What must be equal too, per trip, such as the route.

    Returns
    -------
    tuple
        Pattern number per trip, and for each pattern (begin, calls) of its first trip.
    """
    number = np.zeros(len(first), dtype=np.int64)
    samples: list[tuple[int, int]] = []
    for calls in np.unique(length):
        here = np.flatnonzero(length == calls)
        matrix = np.column_stack(
            [*(key[here] for key in keys), stop[first[here][:, None] + np.arange(calls)]]
        ).astype(np.int32)
        # One opaque value per row sorts faster than column after column.
        opaque = np.ascontiguousarray(matrix).view(f"V{matrix.shape[1] * 4}").reshape(-1)
        _, sample, code = np.unique(opaque, return_index=True, return_inverse=True)
        number[here] = len(samples) + code.reshape(-1)
        samples += [(int(first[here[k]]), int(calls)) for k in sample]
    return number, samples


def patterns(
    routes: pd.DataFrame,
    trips: pd.DataFrame,
    stop_times: pd.DataFrame,
    frequencies: pd.DataFrame,
    *,
    services: Sequence[str],
) -> pd.DataFrame:
    """Return one row per route, direction and order of stops.

    Parameters
    ----------
    routes, trips, stop_times, frequencies : pandas.DataFrame
        The frames of a city; ``stop_times`` sorted, with ``distance_m``.
    services : sequence of str
        The services of the day that is counted.

    Returns
    -------
    pandas.DataFrame
        ``pattern_id`` (route, direction and rank), ``route_id``, ``direction_id`` (int),
        ``mode``, ``stop_ids`` (tuple of str), ``distance_m`` (tuple of int, cumulative
        metres along the shape where one is given, else between stops),
        ``trips_per_day`` (int, departures on that day, 0 where only other days run it).
        Sorted by route, direction and falling trips. Empty for no trips.
    """
    import pandas as pd

    if stop_times.empty:
        return pd.DataFrame({name: [] for name in COLUMNS}).astype(
            {"direction_id": "int64", "trips_per_day": "int64"})  # fmt: skip
    first = trip_starts(stop_times)
    length = np.diff(np.append(first, len(stop_times)))
    row = positions(stop_times["trip_id"].iloc[first], trips["trip_id"])
    direction = trips["direction_id"].to_numpy(dtype=np.int64)
    keys = [pd.factorize(trips["route_id"])[0][row], direction[row]]
    number, samples = same_rows(pd.factorize(stop_times["stop_id"])[0], first, length, keys)
    runs = is_among(trips["service_id"], list(services))
    daily = np.where(runs, departures_per_trip(trips, frequencies), 0)[row]
    per_day = np.bincount(number, weights=daily, minlength=len(samples)).astype(np.int64)
    trip_of = row[np.searchsorted(first, [begin for begin, _ in samples])]
    stop_id = stop_times["stop_id"].to_numpy(dtype=object)
    distance = stop_times["distance_m"].to_numpy(dtype=np.int64)
    route_id = trips["route_id"].to_numpy(dtype=object)[trip_of]
    mode = pd.Series(routes["mode"].to_numpy(dtype=object), index=routes["route_id"])
    out = pd.DataFrame({
        "route_id": route_id,
        "direction_id": direction[trip_of],
        "mode": mode.reindex(route_id).to_numpy(),
        "stop_ids": [tuple(stop_id[b : b + n].tolist()) for b, n in samples],
        "distance_m": [tuple(distance[b : b + n].tolist()) for b, n in samples],
        "trips_per_day": per_day,
    })  # fmt: skip
    out["falling"] = -out["trips_per_day"]
    out = out.sort_values(["route_id", "direction_id", "falling", "stop_ids"], ignore_index=True)
    rank = out.groupby(["route_id", "direction_id"]).cumcount() + 1
    out["pattern_id"] = (
        out["route_id"] + "|" + out["direction_id"].astype(str) + "|" + rank.astype(str)
    )
    return out[list(COLUMNS)].astype({"pattern_id": "str", "route_id": "str", "mode": "str"})

"""One row of figures per trip: stops, first and last call, length, time, speed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from course.city.membership import positions
from course.city.metres import metres_between
from course.city.patterns import trip_starts

if TYPE_CHECKING:
    import pandas as pd

    from course.city.pack import City

LOOP_M = 400.0  # a trip that ends this near to its start is a loop
COLUMNS = (
    "trip_id", "route_id", "direction_id", "num_stops", "start_min", "end_min",
    "start_stop_id", "end_stop_id", "is_loop", "distance_m", "duration_min", "speed_kmh",
)  # fmt: skip


def trip_stats(city: City) -> pd.DataFrame:
    """Return figures of every trip of a city.

    Parameters
    ----------
    city : City
        An open pack.

    Returns
    -------
    pandas.DataFrame
        One row per trip, sorted by ``trip_id``: ``route_id, direction_id, num_stops``,
        ``start_min, end_min`` (first departure, last arrival, minutes since the start of the
        service day), ``start_stop_id, end_stop_id, is_loop``, ``distance_m``,
        ``duration_min``, ``speed_kmh`` (NaN where no time passes). Trips that repeat by
        frequency count once. Empty for no trips.
    """
    import pandas as pd

    calls, stops = city._cached("stop_times"), city._cached("stops")
    trips = city._cached("trips")
    first = trip_starts(calls)
    last = np.append(first[1:], len(calls)) - 1 if len(first) else first
    begin, end = calls.iloc[first], calls.iloc[last]
    row = positions(begin["trip_id"], trips["trip_id"])
    a, b = (positions(calls["stop_id"], stops["stop_id"]) for calls in (begin, end))
    lat, lon = stops["lat"].to_numpy(), stops["lon"].to_numpy()
    start_min = begin["departure_min"].to_numpy()
    end_min = end["arrival_min"].to_numpy()
    distance = end["distance_m"].to_numpy(dtype=np.int64)
    duration = end_min - start_min
    with np.errstate(divide="ignore", invalid="ignore"):
        speed = np.where(duration > 0, distance / 1000 / (duration / 60), np.nan)
    return pd.DataFrame({
        "trip_id": begin["trip_id"].to_numpy(), "route_id": trips["route_id"].to_numpy()[row],
        "direction_id": trips["direction_id"].to_numpy()[row], "num_stops": last - first + 1,
        "start_min": start_min, "end_min": end_min,
        "start_stop_id": begin["stop_id"].to_numpy(), "end_stop_id": end["stop_id"].to_numpy(),
        "is_loop": metres_between(lat[a], lon[a], lat[b], lon[b]) < LOOP_M,
        "distance_m": distance, "duration_min": duration, "speed_kmh": speed,
    }, columns=list(COLUMNS))  # fmt: skip

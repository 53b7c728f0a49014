"""When people ride: the hours of a day, and trips planted to make fare rules matter.

Times are seconds since the start of the service day, so 25:30 is 91,800. The working
day has a sharp peak at 07-09 and its busiest hour at 18-19 (Seoul 2024 [S]); the shape
between is an assumption. Planted trips sit on each border of the fare law, a few per
date: without them a wrong rule would often count the same trips as the right one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from course.city.synthesis.stream import Stream

HOUR = 3_600
# Parts per thousand by hour from 05; index 0 is 05-06.
_OUT = (12, 66, 196, 190, 92, 55, 48, 45, 45, 42, 38, 36, 36, 30, 20, 14, 9, 6, 2)
_HOME = (0, 0, 0, 2, 6, 12, 18, 26, 32, 38, 50, 72, 132, 245, 118, 75, 72, 62, 40, 15)
_ALL_DAY = (8, 22, 45, 52, 55, 60, 64, 68, 72, 74, 76, 78, 80, 78, 60, 45, 36, 22, 8)
_NIGHT_FROM = 23  # owl routes: hours from 23
_NIGHT = (8, 13, 28, 27, 22)
RETURN_PARTS = 64  # of a hundred cards that have a way back so many take it
_LATEST = 25 * HOUR + 1800  # a way home that would start later is not made

# Assumed, with stops; together they give about the 33.1 minutes of a Seoul trip [S].
SPEED_KMH = {"subway": 31, "rail": 38, "tram": 16, "red": 26, "owl": 22, "ferry": 16, "jeepney": 14,
             "modern_jeepney": 14, "village": 13}  # fmt: skip
SPEED_OTHER_KMH = 16
GATES_S, VEHICLE_S = 420, 60  # from gate to train and out again; dwell at stops

# kind -> how often per date. "first_off" anchors the end of the first ride, "start" the
# beginning of the trip: (anchor, from, to) and the gap before the second ride, in seconds.
PLANTS: dict[str, tuple[str, int, int, int, int]] = {
    "same_route": ("start", 9 * HOUR, 20 * HOUR, 180, 1_500),
    "six_rides": ("start", 10 * HOUR, 16 * HOUR, 120, 420),
    "day_over_30": ("first_off", 10 * HOUR, 20 * HOUR, 1_860, 3_500),
    "day_exactly_30": ("first_off", 9 * HOUR, 19 * HOUR, 1_800, 1_802),
    "night_under_60": ("first_off", 21 * HOUR + 1_200, 23 * HOUR, 1_900, 3_500),
    "night_over_60": ("first_off", 21 * HOUR + 1_200, 23 * HOUR, 3_660, 5_000),
    "around_21": ("first_off", 20 * HOUR + 3_000, 21 * HOUR + 600, 1_500, 2_700),
    "around_0630": ("start", 6 * HOUR + 1_200, 6 * HOUR + 2_400, 120, 900),
    "around_07": ("first_off", 6 * HOUR + 2_700, 7 * HOUR + 900, 1_860, 2_700),
    "after_midnight": ("start", 24 * HOUR + 300, 25 * HOUR, 1_860, 3_300),
}  # fmt: skip
PER_DATE = 4


def hour_profile(name: str) -> tuple[np.ndarray, int]:
    """Return weights by hour and the first hour of a profile: out, home, all_day or night."""
    if name == "night":
        return np.array(_NIGHT, dtype=np.int64), _NIGHT_FROM
    parts = {"out": _OUT, "home": _HOME, "all_day": _ALL_DAY}[name]
    return np.array(parts, dtype=np.int64), 5


def times(stream: Stream, name: str, size: int) -> np.ndarray:
    """Draw times of a profile, seconds since the start of the service day."""
    weight, first = hour_profile(name)
    return (first + stream.pick(weight, size)) * HOUR + stream.integers(0, HOUR, size)


def not_too_late(start: np.ndarray) -> np.ndarray:
    """Say which ways home still start on this service day."""
    return start <= _LATEST


def ride_seconds(
    distance_m: np.ndarray, speed_kmh: np.ndarray, gated: np.ndarray, stream: Stream
) -> np.ndarray:
    """Return the time from tap to tap, whole seconds, drawn within 10 % of the usual."""
    usual = np.where(gated, GATES_S, VEHICLE_S) + distance_m * 18 // (5 * speed_kmh)
    return np.maximum(usual * stream.integers(90, 111, len(distance_m)) // 100, 30)


def gap_seconds(stream: Stream, size: int) -> np.ndarray:
    """Draw the time from tap-out to the next tap-in of one trip, whole seconds.

    Of a hundred changes 92 take 1-15 minutes, 4 take 15-30, 3 take 30-60 and 1 takes
    60-90: an assumption that keeps the 30 and 60 minute rules busy.
    """
    kind = stream.integers(0, 100, size)
    low = np.select([kind < 92, kind < 96, kind < 99], [60, 900, 1_801], 3_601)
    high = np.select([kind < 92, kind < 96, kind < 99], [900, 1_800, 3_600], 5_400)
    return low + stream.integers(0, 1 << 30, size) % (high - low + 1)


@dataclass(frozen=True)
class Planted:
    """Planted trips of one table, one row each.

    Parameters
    ----------
    trip : numpy.ndarray of int64
        Positions in the model's trips.
    day : numpy.ndarray of int64
        Position in the dates.
    anchor_s : numpy.ndarray of int64
        The time the trip is tied to.
    at_first_off : numpy.ndarray of bool
        True where that is the end of the first ride, else the start of the trip.
    low_s, high_s : numpy.ndarray of int64
        Bounds of the gaps of the trip.
    """

    trip: np.ndarray
    day: np.ndarray
    anchor_s: np.ndarray
    at_first_off: np.ndarray
    low_s: np.ndarray
    high_s: np.ndarray


def plant(
    stream: Stream, per_day: list[int], pools: dict[str, np.ndarray], usual: np.ndarray
) -> Planted:
    """Draw the planted trips.

    Parameters
    ----------
    stream : Stream
        Draws them.
    per_day : list of int
        Planted trips of each kind on each date.
    pools : dict
        Trips to take ``same_route`` and ``six_rides`` from; an empty pool plants none.
    usual : numpy.ndarray of int64
        Trips of two rides for the other kinds, empty if the network has none.
    """
    rows: list[np.ndarray] = [np.zeros((0, 6), dtype=np.int64)]
    for kind, (anchor, begin, end, low, high) in PLANTS.items():
        pool = pools.get(kind, usual)
        day = np.repeat(np.arange(len(per_day)), per_day)
        chosen = stream.integers(0, max(len(pool), 1), len(day))
        at = stream.integers(begin, end, len(day))
        if len(pool):
            same = np.ones(len(day), dtype=np.int64)
            rows.append(np.column_stack([
                pool[chosen], day, at, same * (anchor == "first_off"), same * low, same * high,
            ]))  # fmt: skip
    table = np.concatenate(rows)
    trip, day, at, first_off, low_s, high_s = table.T
    return Planted(trip, day, at, first_off.astype(bool), low_s, high_s)

"""Times of the timetable: text to seconds, and the calls that have no time of their own.

Convention. Times are seconds since the start of the service day while a feed is cleaned;
25:30:00 is 91,800. Frames hold minutes. A call without a time gets one between the last
and the next call that have one, by distance, evenly where the distances say nothing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa

BLANK = -1
WRONG = -2
_DAY = 86_400
_HALF_DAY = 43_200
_LATEST = 7 * _DAY  # a service day of more than a week is a slip of the keyboard
_PATTERN = re.compile(r"(\d{1,3}):(\d{1,2})(?::(\d{1,2}))?")


def seconds_of(text: str) -> int:
    """Return the seconds of one time.

    Parameters
    ----------
    text : str
        ``H:MM:SS``, ``HH:MM:SS`` or ``HH:MM``; hours may pass 24.

    Returns
    -------
    int
        Seconds, ``BLANK`` (-1) for empty text, ``WRONG`` (-2) for what is no time.

    Examples
    --------
    >>> seconds_of("25:30:00"), seconds_of(""), seconds_of("8.30")
    (91800, -1, -2)
    """
    if not text:
        return BLANK
    match = _PATTERN.fullmatch(text)
    if not match:
        return WRONG
    hours, minutes, seconds = int(match[1]), int(match[2]), int(match[3] or 0)
    if minutes > 59 or seconds > 59:
        return WRONG
    total = hours * 3600 + minutes * 60 + seconds
    return total if total < _LATEST else WRONG


def parse_times(text: pa.Array) -> np.ndarray:
    """Return the seconds of many times; each different text is looked at once.

    Parameters
    ----------
    text : pyarrow.Array
        Text.

    Returns
    -------
    numpy.ndarray of int64
        See :func:`seconds_of`.
    """
    coded = text.dictionary_encode()
    values = np.array([seconds_of(t) for t in coded.dictionary.to_pylist()], dtype=np.int64)
    if len(values) == 0:
        return np.zeros(0, dtype=np.int64)
    return values[coded.indices.to_numpy(zero_copy_only=False)]


def time_text(minutes: float) -> str:
    """Return GTFS text of a time.

    Examples
    --------
    >>> time_text(1530.0)
    '25:30:00'
    """
    seconds = int(minutes * 60 + 0.5)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def carry_midnight(times: np.ndarray, trip: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Add a day to times that fall back by more than half a day inside a trip.

    Parameters
    ----------
    times : numpy.ndarray of int64
        Given times of consecutive calls, no blanks.
    trip : numpy.ndarray of int
        Trip of each, equal ones together.

    Returns
    -------
    tuple of numpy.ndarray
        The times, and which of them were changed.
    """
    fall = np.zeros(len(times), dtype=np.int64)
    fall[1:] = (times[1:] < times[:-1] - _HALF_DAY) & (trip[1:] == trip[:-1])
    if not fall.any():
        return times, fall.astype(bool)
    total = np.cumsum(fall)
    first = np.append(True, trip[1:] != trip[:-1])
    days = total - total[first][np.cumsum(first) - 1]
    return times + days * _DAY, days > 0


def longest_growing(values: list[int]) -> list[bool]:
    """Mark the most values that can stay so that none falls.

    Parameters
    ----------
    values : list of int
        Times of one trip.

    Returns
    -------
    list of bool
        True for those that stay: one wrong time is dropped, not all that come after.

    Examples
    --------
    >>> longest_growing([480, 1085, 490, 495])
    [True, False, True, True]
    """
    if not values:
        return []
    plain = _longest(values)
    # Of equally long ones take one that keeps the ends: a trip needs its first and last time.
    inside = [i for i, value in enumerate(values) if values[0] <= value <= values[-1]]
    among = _longest([values[i] for i in inside])
    if sum(among) < sum(plain):
        return plain
    stays = [False] * len(values)
    for i, on in zip(inside, among, strict=True):
        stays[i] = on
    return stays


def _longest(values: list[int]) -> list[bool]:
    from bisect import bisect_right

    tails: list[int] = []
    at: list[int] = []
    before = [-1] * len(values)
    for i, value in enumerate(values):
        k = bisect_right(tails, value)
        before[i] = at[k - 1] if k else -1
        if k == len(tails):
            tails.append(value)
            at.append(i)
        else:
            tails[k], at[k] = value, i
    stays = [False] * len(values)
    i = at[-1] if at else -1
    while i >= 0:
        stays[i] = True
        i = before[i]
    return stays


def fill_times(
    arrival: np.ndarray, departure: np.ndarray, distance: np.ndarray, given: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Give a time to every call between two that have one.

    Parameters
    ----------
    arrival, departure : numpy.ndarray of int64
        Seconds; what stands where ``given`` is False does not count.
    distance : numpy.ndarray of int64
        Cumulative metres, never falling inside a trip.
    given : numpy.ndarray of bool
        The first and the last call of each trip must be given, so that no call looks
        into another trip.

    Returns
    -------
    tuple of numpy.ndarray of int64
        Arrival and departure, whole seconds, never falling between two given calls.
    """
    if given.all() or len(given) == 0:
        return arrival, departure
    place = np.arange(len(given))
    last = np.maximum.accumulate(np.where(given, place, -1))
    following = np.minimum.accumulate(np.where(given, place, len(given))[::-1])[::-1]
    blank = np.flatnonzero(~given)
    a, b = last[blank], following[blank]
    way, whole = distance[blank] - distance[a], distance[b] - distance[a]
    # Without a distance between the two, the calls share the time evenly.
    part = np.where(whole > 0, way / np.maximum(whole, 1), (blank - a) / (b - a))
    span = arrival[b] - departure[a]
    seconds = departure[a] + np.floor(part * span + 0.5).astype(np.int64)
    arrival, departure = arrival.copy(), departure.copy()
    arrival[blank] = departure[blank] = seconds
    return arrival, departure

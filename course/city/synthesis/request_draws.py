"""When a request comes in, where, and how long it stays open: the draws, in whole numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from course.city.calendar import WEEKDAYS
from course.city.places import Plane
from course.city.synthesis.stream import Stream

if TYPE_CHECKING:
    import pandas as pd

# Cases per hour of the day and per day, an assumption: offices are awake from 8 to 18.
_HOURS = np.array([3, 2, 1, 1, 1, 2, 5, 12, 22, 28, 27, 24, 18, 23, 25, 24, 22, 20, 14, 10, 8, 7,
                   6, 4])  # fmt: skip
_WORKING_DAY, _WEEKEND_DAY = 100, 55
# 33 quantiles (0.2 %, 1/32, ... 99.8 %) of a log-normal time with spread 1.1, in thousandths
# of its median: a table, because a library's exp may differ in its last digit.
_TIMES = np.array([42, 129, 185, 235, 282, 329, 377, 426, 476, 529, 584, 642, 704, 770, 841, 917,
                   1000, 1090, 1189, 1298, 1420, 1557, 1712, 1891, 2100, 2349, 2653, 3037, 3544,
                   4262, 5406, 7760, 23712])  # fmt: skip
_METRES_PER_DEGREE = 111_195.0


def moments(stream: Stream, year: int, weekend: list[str], count: int) -> np.ndarray:
    """Draw times of a year in whole seconds since 1970, the city's clock, in drawn order."""
    start = np.datetime64(f"{year}-01-01", "D").astype(np.int64)
    end = np.datetime64(f"{year + 1}-01-01", "D").astype(np.int64)
    weekday = (np.arange(start, end) + 3) % 7  # 1970-01-01 was a Thursday
    free = np.isin(weekday, [WEEKDAYS.index(d) for d in weekend if d in WEEKDAYS])
    day = start + stream.pick(np.where(free, _WEEKEND_DAY, _WORKING_DAY), count)
    hour = stream.pick(_HOURS, count)
    return day * 86_400 + hour * 3_600 + stream.integers(0, 3_600, count)


def points(
    stream: Stream, zones: pd.DataFrame, zone: np.ndarray
) -> tuple[np.ndarray, np.ndarray, Plane]:
    """Draw whole metres near each zone's point, nearer to it than to any other zone's."""
    plane = Plane.around(zones["lat"], zones["lon"])
    to_x, to_y = plane.metres(zones["lat"], zones["lon"])
    area = zones["area_km2"].to_numpy(dtype=np.float64, na_value=np.nan)
    usual = np.sqrt(np.where(area > 0, area, 1.0)) * 500.0
    reach = np.floor(np.minimum(usual, _to_next(to_x, to_y) * 0.45) * 0.7).astype(np.int64)
    size = len(zone)
    # the mean of two draws lies more often in the middle, as houses do
    span = 2 * reach[zone] + 1
    x, y = (
        (stream.integers(0, 1 << 40, size) % span + stream.integers(0, 1 << 40, size) % span) // 2
        - reach[zone]
        for _ in range(2)
    )
    return to_x[zone] + x, to_y[zone] + y, plane


def _to_next(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return metres from each point to the nearest other place; far for a single one."""
    out = np.full(len(x), 1e6)
    rows = max(1, 2_000_000 // max(len(x), 1))
    for start in range(0, len(x), rows):
        here = slice(start, start + rows)
        square = (x[here, None] - x[None, :]) ** 2 + (y[here, None] - y[None, :]) ** 2
        square = np.where(square == 0, 10**12, square)
        out[here] = np.sqrt(square.min(axis=1).astype(np.float64))
    return out


def seconds_open(stream: Stream, median_hours: np.ndarray, count: int) -> np.ndarray:
    """Draw whole seconds from creation to closing around medians, at least a minute."""
    step = 1 << 20
    at, within = np.divmod(stream.integers(0, 32 * step, count), step)
    factor = _TIMES[at] * step + (_TIMES[at + 1] - _TIMES[at]) * within  # x 1000 x step
    seconds = median_hours.astype(np.int64) * 3_600 * (factor >> 10) // (1000 * (step >> 10))
    return np.maximum(seconds, 60)


def degrees(plane: Plane, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return latitudes and longitudes of whole metres, to five decimals (about a metre)."""
    lat = plane.lat0 / 1e6 + y / _METRES_PER_DEGREE
    lon = plane.lon0 / 1e6 + x / (_METRES_PER_DEGREE * max(plane.shrink, 1e-6))
    lon = (lon + 180.0) % 360.0 - 180.0
    return np.floor(lat * 1e5 + 0.5) / 1e5, np.floor(lon * 1e5 + 0.5) / 1e5

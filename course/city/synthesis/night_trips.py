"""Synthetic night demand: wish trips of one night between hexagons, by a stated rule.

In 2013 a call or text in cell A by a person living in cell B counted as one wish to go from
A to B. No city gives such records away, so here the wishes are drawn: seven in eight begin
at the night places (the liveliest cells with many jobs), the rest anywhere people live; they
end where people live, fewer with distance; hours follow the riders of the first 50 nights
of Seoul's night bus (facts 3.1). Every number comes from ``Stream`` and whole-number
arithmetic, so a host rebuilds a trainee's table to the byte.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from course.city.places import Plane, crow_m
from course.city.synthesis import VERSION
from course.city.synthesis.apportion import apportion
from course.city.synthesis.cells import cell_points
from course.city.synthesis.deterrence import deterrence, ride_not_walk, whole_weights
from course.city.synthesis.night_cells import RESOLUTION, night_cells
from course.city.synthesis.stream import Stream

if TYPE_CHECKING:
    import pandas as pd

METHOD = (
    "wishes of one night made by a rule, not measured (from lively job cells to homes, fewer "
    "with distance; hours as Seoul's night bus in 2013)"
)
COLUMNS = ("from_cell", "to_cell", "hour", "trips")
HOURS = (0, 1, 2, 3, 4)
# Riders by hour, thousandths as published: they add up to 1,001 because each was rounded.
HOUR_PARTS = np.array([131, 279, 273, 218, 100], dtype=np.int64)
WISHES_PER_1000_PEOPLE = 8  # an assumption
LEAST_WISHES, MOST_WISHES = 300, 120_000  # enough to count in a village, few enough for a slider
_ANYWHERE = 8  # one wish in so many begins anywhere people live
_MOST_PLACES = 120
_WALK_M = 1_000  # at night half of the trips this short are walked


def synthesise_night_trips(city: Any, *, seed: tuple[object, ...] = ()) -> pd.DataFrame:
    """Make the night demand of a city.

    Parameters
    ----------
    city : course.City
        Needs ``id, stops, patterns, zones, zone_cells``.
    seed : tuple, optional
        What else the draws depend on; same parts, same bytes.

    Returns
    -------
    pandas.DataFrame
        One row per pair of cells and hour with a wish, sorted: ``from_cell``, ``to_cell``
        (str, H3 resolution 8), ``hour`` (int64, 0 to 4), ``trips`` (float64, whole wishes of
        one night). Together 8 per 1,000 people, at least 300 and at most 120,000.
        Empty where all people live in one cell. ``attrs["method"]`` says how.

    Notes
    -----
    A pack may name its night places in the property ``synthesis.night_places``.

    Source of the hours: facts 3.1 (13.1, 27.9, 27.3, 21.8 and 10.0 %, which make 100.1 by
    rounding; taken as parts of 1,001). Everything else is the course's own assumption.
    """
    cells = night_cells(city)
    homes = cells["population"].to_numpy(dtype=np.int64)
    size = len(cells)
    total = int(homes.sum()) * WISHES_PER_1000_PEOPLE // 1000
    total = min(max(total, LEAST_WISHES), MOST_WISHES) if size > 1 and homes.any() else 0
    stream = Stream(city.id, "night_trips", VERSION, *seed)
    jobs = cells["jobs"].to_numpy(dtype=np.int64)
    named = named_places(city.properties)
    lively = _night_places(liveliness(stream, size), jobs, homes, cells["cell"].tolist(), named)
    by_hour = apportion(total, HOUR_PARTS)
    origin, hour = [], []
    for h, wishes in zip(HOURS, by_hour.tolist(), strict=True):
        tilt = stream.integers(50, 151, size)  # each place has hours of its own
        anywhere = wishes // _ANYWHERE
        for weight, count in ((lively * tilt, wishes - anywhere), (homes, anywhere)):
            if count and weight.any():
                origin.append(stream.pick(weight, count))
                hour.append(np.full(count, h, dtype=np.int64))
    if not origin:
        return _frame(cells, *(np.zeros(0, dtype=np.int64) for _ in range(4)))
    start, when = np.concatenate(origin), np.concatenate(hour)
    end = _destinations(stream, start, cells, homes)
    kept = end >= 0
    key = (start[kept] * size + end[kept]) * len(HOURS) + when[kept]
    key, trips = np.unique(key, return_counts=True)
    pair, when = np.divmod(key, len(HOURS))
    start, end = np.divmod(pair, size)
    return _frame(cells, start, end, when, trips)


def liveliness(stream: Stream, size: int) -> np.ndarray:
    """Return 1 to 8 per cell: offices sleep at night, theatres do not."""
    return stream.integers(1, 9, size)


def named_places(properties: dict[str, Any]) -> list[tuple[float, float]]:
    """Return the night places a pack names in ``synthesis.night_places``, as (lat, lon).

    Each is ``{"lat": 37.4979, "lon": 127.0276}``, with a name and a source for people. What
    is no place on Earth is left out: the property may come from a stranger's file.
    """
    wanted = properties.get("synthesis")
    told = wanted.get("night_places") if isinstance(wanted, dict) else None
    found = []
    for place in told if isinstance(told, list) else []:
        at = [place.get(c) for c in ("lat", "lon")] if isinstance(place, dict) else []
        whole = all(isinstance(v, int | float) and not isinstance(v, bool) for v in at)
        if at and whole and abs(at[0]) <= 90 and abs(at[1]) <= 180:
            found.append((float(at[0]), float(at[1])))
    return found[:_MOST_PLACES]


def _night_places(
    lively: np.ndarray,
    jobs: np.ndarray,
    homes: np.ndarray,
    cells: list[str],
    named: list[tuple[float, float]],
) -> np.ndarray:
    """Return whole weights of the places where nights are spent; 0 elsewhere.

    Where a pack names night places, their cells weigh as much as the liveliest one, the
    cells beside them a third of that, and all others half of their own.
    """
    import h3

    pull = whole_weights((jobs if jobs.any() else homes) * lively.astype(np.float64))
    row = {cell: i for i, cell in enumerate(cells)}
    at = {h3.latlng_to_cell(lat, lon, RESOLUTION) for lat, lon in named} & row.keys()
    if at:
        top = int(pull.max())
        pull //= 2
        for cell in sorted(at):
            for other in h3.grid_disk(cell, 1):
                if other in row:
                    least = top if other == cell else top // 3
                    pull[row[other]] = max(int(pull[row[other]]), least)
    places = min(max(len(jobs) // 10, 1), _MOST_PLACES)
    keep = np.argsort(-pull, kind="stable")[:places]
    out = np.zeros(len(pull), dtype=np.int64)
    out[keep] = pull[keep]
    return out


def _destinations(
    stream: Stream, start: np.ndarray, cells: pd.DataFrame, homes: np.ndarray
) -> np.ndarray:
    """Draw the home cell of each wish; -1 where no home is a ride away."""
    lat, lon = cells["lat"].to_numpy(float), cells["lon"].to_numpy(float)
    plane = Plane.around(lat, lon)
    x, y = plane.metres(lat, lon)
    half_m = _half_m(cells["cell"].tolist())
    out = np.full(len(start), -1, dtype=np.int64)
    order = np.argsort(start, kind="stable")
    places, first = np.unique(start[order], return_index=True)
    for place, mine in zip(places.tolist(), np.split(order, first[1:]), strict=True):
        away = crow_m(x[place], y[place], x, y)
        weight = whole_weights(homes * deterrence(away, half_m) * ride_not_walk(away, _WALK_M))
        if weight.any():
            out[mine] = stream.pick(weight, len(mine))
    return out


def _half_m(cells: list[str]) -> int:
    """Return the distance at which wishes are half as many: 0.4 of the city's radius."""
    _, _, area = cell_points(cells)
    km2 = int(np.floor(area * 10_000 + 0.5).astype(np.int64).sum()) / 10_000
    return min(max(int(np.sqrt(km2 / 3.141592653589793) * 400), 1_500), 6_000)


def _frame(
    cells: pd.DataFrame, start: np.ndarray, end: np.ndarray, hour: np.ndarray, trips: np.ndarray
) -> pd.DataFrame:
    import pandas as pd

    names = pd.array(cells["cell"], dtype="str")
    out = pd.DataFrame({
        "from_cell": names.take(start), "to_cell": names.take(end),
        "hour": hour.astype(np.int64), "trips": trips.astype(np.float64),
    }, columns=list(COLUMNS))  # fmt: skip
    out.attrs["method"] = METHOD
    return out

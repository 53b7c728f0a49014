"""Which services run on a kind of day, without ever walking over dates.

Convention. A *day type* is ``weekday`` (any day outside the city's weekend), ``saturday``
(the first day of its weekend) or ``sunday`` (the last): the names of the GTFS habit, meant
for cities whose weekend is Thursday and Friday too. The services of a day type are those
of one real date: the date with most departures, the earliest of equals. Only dates on
which the set of services can change are looked at: the first such weekday of each
interval between the starts and ends of services, and the exception dates.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from course.city.membership import is_among
from course.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_EPOCH_WEEKDAY = 3  # 1970-01-01 was a Thursday
_CANDIDATES_AT_ONCE = 256


def days_of(day: str, weekend_days: Sequence[str]) -> tuple[int, ...]:
    """Return the weekdays (0 Monday … 6 Sunday) that a day type means.

    Parameters
    ----------
    day : str
        ``weekday``, ``saturday`` or ``sunday``.
    weekend_days : sequence of str
        English names, in the order of the week, such as ``("thursday", "friday")``.

    Examples
    --------
    >>> days_of("weekday", ("saturday", "sunday"))
    (0, 1, 2, 3, 4)
    >>> days_of("sunday", ("friday",))
    (4,)
    """
    weekend = [WEEKDAYS.index(name) for name in weekend_days] or [5, 6]
    chosen = {
        "weekday": tuple(i for i in range(7) if i not in weekend),
        "saturday": (weekend[0],),
        "sunday": (weekend[-1],),
    }
    try:
        return chosen[day]
    except KeyError:
        raise UsageError(
            f"{day!r} is no day type.", "Use 'weekday', 'saturday' or 'sunday'."
        ) from None


def busiest_date(
    calendar: pd.DataFrame,
    calendar_dates: pd.DataFrame,
    departures: pd.Series,
    *,
    weekdays: Sequence[int],
) -> tuple[str, list[str]]:
    """Return the date with most departures among some weekdays, and its services.

    Parameters
    ----------
    calendar, calendar_dates : pandas.DataFrame
        The frames of a city; either may be empty.
    departures : pandas.Series
        Departures per ``service_id`` (index) on a day it runs.
    weekdays : sequence of int
        0 Monday … 6 Sunday.

    Returns
    -------
    tuple of (str, list of str)
        Date ``YYYY-MM-DD`` and sorted service ids; ``("", [])`` where nothing runs.
    """
    ids = sorted(map(str, departures.index))
    if not ids:
        return "", []
    weight = departures.reindex(ids).to_numpy(dtype=np.int64)
    place = {service: i for i, service in enumerate(ids)}
    regular = calendar[is_among(calendar["service_id"], ids)]
    extra = calendar_dates[is_among(calendar_dates["service_id"], ids)]
    starts, ends = _days(regular["start_date"]), _days(regular["end_date"])
    extra_days = _days(extra["date"])
    candidates = _candidates(starts, ends, extra_days, weekdays)
    runs = regular[list(WEEKDAYS)].to_numpy(dtype=bool).reshape(-1, 7)
    rows = np.array([place[s] for s in regular["service_id"]], dtype=np.int64)
    extra_rows = np.array([place[s] for s in extra["service_id"]], dtype=np.int64)
    added = extra["exception_type"].to_numpy() == 1

    best: tuple[int, int] | None = None  # (departures, -day)
    best_active = np.zeros(len(ids), dtype=bool)
    for start in range(0, len(candidates), _CANDIDATES_AT_ONCE):
        block = candidates[start : start + _CANDIDATES_AT_ONCE]
        active = np.zeros((len(ids), len(block)), dtype=bool)
        inside = (starts[:, None] <= block) & (block <= ends[:, None])
        np.logical_or.at(active, rows, inside & runs[:, (block + _EPOCH_WEEKDAY) % 7])
        column = np.searchsorted(block, extra_days)
        known = (column < len(block)) & (block[np.minimum(column, len(block) - 1)] == extra_days)
        active[extra_rows[known], column[known]] = added[known]
        totals = weight @ active
        k = int(totals.argmax())  # the first of equals: the earliest date
        if totals[k] > 0 and (best is None or totals[k] > best[0]):
            best = (int(totals[k]), int(block[k]))
            best_active = active[:, k]
    if best is None:
        return "", []
    date = str(np.datetime64(best[1], "D"))
    return date, [service for service, on in zip(ids, best_active, strict=True) if on]


def _days(dates: pd.Series) -> np.ndarray:
    """Days since 1970-01-01 of ``YYYY-MM-DD`` text."""
    unique, codes = np.unique(dates.to_numpy(dtype=object).astype(str), return_inverse=True)
    return unique.astype("datetime64[D]").astype(np.int64)[codes.reshape(-1)]


def _candidates(
    starts: np.ndarray, ends: np.ndarray, extra_days: np.ndarray, weekdays: Sequence[int]
) -> np.ndarray:
    """Sorted days on which the busiest service can begin; never one per calendar date."""
    changes = np.unique(np.concatenate([starts, ends + 1]))
    first_of_each = [changes + (day - (changes + _EPOCH_WEEKDAY)) % 7 for day in weekdays]
    # Where the first such weekday of an interval is an exception date, the day a week after
    # the last of a row of exceptions stands for the days without them.
    wanted = np.isin((extra_days + _EPOCH_WEEKDAY) % 7, list(weekdays))
    every = [*first_of_each, extra_days[wanted], extra_days[wanted] + 7]
    return np.unique(np.concatenate(every)).astype(np.int64)


def departures_per_trip(trips: pd.DataFrame, frequencies: pd.DataFrame) -> np.ndarray:
    """Return how often each trip departs on a day its service runs.

    Parameters
    ----------
    trips, frequencies : pandas.DataFrame
        The frames of a city.

    Returns
    -------
    numpy.ndarray of int64
        In the order of ``trips``: 1, or the departures of all periods of a trip that
        repeats (the end of a period is not a departure).
    """
    import pandas as pd

    if frequencies.empty:
        return np.ones(len(trips), dtype=np.int64)
    # Hundredths of a minute, so that 10.5 / 3.5 is exactly three.
    length = ((frequencies["end_min"] - frequencies["start_min"]) * 100).round()
    headway = (frequencies["headway_min"] * 100).round().clip(lower=1)
    count = -(-length.astype(np.int64) // headway.astype(np.int64))
    per_trip = pd.Series(count.to_numpy(), index=frequencies["trip_id"]).groupby(level=0).sum()
    return trips["trip_id"].map(per_trip).fillna(1).astype(np.int64).to_numpy()

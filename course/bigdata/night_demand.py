"""Night demand: from records of calls to wish trips, by cell and by pair of cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from course.bigdata.night_checks import cell_codes, check_night_trips
from course.city.synthesis.cells import cell_points
from course.city.synthesis.night_trips import HOUR_PARTS, HOURS
from course.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

# Trips are counted in thousandths, so that sums of fractions do not depend on their order.
GRAIN = 1000
HOUR_SHARES_PCT = dict(zip(HOURS, (13.1, 27.9, 27.3, 21.8, 10.0), strict=True))


@dataclass(frozen=True, eq=False)
class Demand:
    """Night trips as arrays: the different cells and the trips of each pair.

    Parameters
    ----------
    cells : list of str
        Sorted different cells.
    lat, lon : numpy.ndarray of float
        Their middles.
    start, end : numpy.ndarray of int64
        Positions in ``cells``, one per pair that has trips.
    trips : numpy.ndarray of int64
        Thousandths of a trip, all hours together.
    row : numpy.ndarray of int64
        For each row of the table, its pair.
    """

    cells: list[str]
    lat: np.ndarray
    lon: np.ndarray
    start: np.ndarray
    end: np.ndarray
    trips: np.ndarray
    row: np.ndarray = field(repr=False)

    @classmethod
    def of(cls, night_trips: pd.DataFrame) -> Demand:
        """Read a table of night trips, checked."""
        table = check_night_trips(night_trips)
        rows = len(table)
        both = [*table["from_cell"].tolist(), *table["to_cell"].tolist()]
        codes, cells = cell_codes(both, name="night_trips")
        lat, lon, _ = cell_points(cells)
        pair = codes[:rows] * max(len(cells), 1) + codes[rows:]
        different, row = np.unique(pair, return_inverse=True)
        parts = np.floor(table["trips"].to_numpy() * GRAIN + 0.5).astype(np.int64)
        trips = np.zeros(len(different), dtype=np.int64)
        np.add.at(trips, row, parts)
        start, end = np.divmod(different, max(len(cells), 1))
        return cls(cells, lat, lon, start, end, trips, row.reshape(-1))

    @cached_property
    def total(self) -> int:
        """All trips, in thousandths."""
        return int(self.trips.sum())


def hex_area_km2(edge_km: float) -> float:
    """Return the area of a regular hexagon.

    Parameters
    ----------
    edge_km : float
        Length of one edge, which is also the distance from the middle to a corner, in km.

    Returns
    -------
    float
        km2: 3 x sqrt(3) / 2 x edge squared.

    Examples
    --------
    >>> round(hex_area_km2(0.5), 3)
    0.65
    """
    edge = positive(edge_km, "edge_km")
    return 1.5 * 3.0**0.5 * edge * edge


def positive(value: Any, name: str, *, most: float = 1e9, zero: bool = False) -> float:
    """Return a number above zero (or also zero), or say what is wrong with it."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = float("nan")
    fits = (number >= 0 if zero else number > 0) and number <= most
    if isinstance(value, bool) or not fits:
        low = "0" if zero else "more than 0"
        raise UsageError(
            f"{name} is {value!r}, not a number from {low} to {most:g}.", f"Give {name} again."
        )
    return number


def hot_cells(
    night_trips: pd.DataFrame, *, hour: int | None = None, n: int = 10, ends: bool = False
) -> pd.DataFrame:
    """Return the cells in which most night trips start.

    Parameters
    ----------
    night_trips : pandas.DataFrame
        ``from_cell, to_cell, hour, trips``.
    hour : int, optional
        One hour of the night, 2 for 02-03 h; all hours without it.
    n : int
        How many cells at the most.
    ends : bool
        Count where the trips end (homes) and not where they start.

    Returns
    -------
    pandas.DataFrame
        One row per cell, most trips first, of equals the first id: ``cell`` (str), ``trips``,
        ``share_pct`` of all trips of the hour, ``lat``, ``lon`` (WGS 84). Empty where no
        trip is left.
    """
    import pandas as pd

    table = check_night_trips(night_trips)
    if hour is not None:
        table = table[table["hour"] == positive(hour, "hour", most=47, zero=True)]
    column = "to_cell" if ends else "from_cell"
    # Summed in thousandths: the order of the rows then never decides between two cells.
    parts = np.floor(table["trips"].to_numpy() * GRAIN + 0.5).astype(np.int64)
    sums = pd.Series(parts, index=table[column].to_numpy(dtype=object)).groupby(level=0).sum()
    sums = sums[sums > 0].sort_index().sort_values(ascending=False, kind="stable")
    top = sums.head(int(positive(n, "n")))
    lat, lon, _ = cell_points(top.index.tolist())
    return pd.DataFrame({
        "cell": pd.array(top.index.tolist(), dtype="str"),
        "trips": top.to_numpy(np.float64) / GRAIN,
        "share_pct": 100.0 * top.to_numpy(np.float64) / max(int(sums.sum()), 1),
        "lat": lat, "lon": lon,
    })  # fmt: skip


def hour_shares(night_trips: pd.DataFrame) -> pd.DataFrame:
    """Return the share of each hour beside that of Seoul's riders in 2013.

    Parameters
    ----------
    night_trips : pandas.DataFrame
        ``from_cell, to_cell, hour, trips``.

    Returns
    -------
    pandas.DataFrame
        One row per hour 0 to 4: ``hour``, ``trips``, ``share_pct`` (of the trips in these
        hours), ``seoul_pct`` (first 50 nights, facts 3.1, as published: they add up to
        100.1 because each was rounded), ``seoul_of_100_pct`` (the same, made to add to 100).
    """
    import pandas as pd

    table = check_night_trips(night_trips)
    sums = table.groupby("hour")["trips"].sum().reindex(list(HOURS), fill_value=0.0)
    total = float(sums.sum())
    return pd.DataFrame({
        "hour": np.array(HOURS, dtype=np.int64),
        "trips": sums.to_numpy(np.float64),
        "share_pct": 100.0 * sums.to_numpy(np.float64) / total if total else 0.0,
        "seoul_pct": np.array(list(HOUR_SHARES_PCT.values())),
        "seoul_of_100_pct": 100.0 * HOUR_PARTS / int(HOUR_PARTS.sum()),
    })  # fmt: skip


@dataclass(frozen=True, eq=False)
class Wishes:
    """Wish trips read from records of events.

    Parameters
    ----------
    trips : DataFrame
        ``from_cell, to_cell, hour, trips``: one row per pair and hour, sorted.
    dropped : DataFrame
        ``reason, records``: what no wish was made of. The two add up to all records.
    """

    trips: pd.DataFrame
    dropped: pd.DataFrame


def wish_trips(records: pd.DataFrame, *, hours: Sequence[int] = HOURS) -> Wishes:
    """Turn records of calls and texts into wish trips by the rule of 2013.

    An event in cell A by a person who lives in cell B counts as one wish to go from A to B.
    A call made at home is no wish, and a call by day is none of the night bus's.

    Parameters
    ----------
    records : pandas.DataFrame
        One row per call or text: ``event_cell``, ``home_cell`` (H3 cells of one resolution),
        ``hour`` (0 to 23). Missing cells are allowed and counted.
    hours : sequence of int
        The hours of the night.

    Returns
    -------
    Wishes
        Every record is in one of its two tables.

    Notes
    -----
    Source of the rule: facts 3.1 (press, 2013). A person who calls ten times counts ten
    times: the rule counts events, not people.

    Examples
    --------
    >>> import pandas as pd
    >>> a, b = "8830e1d8c9fffff", "8830e1d8cbfffff"
    >>> calls = pd.DataFrame({"event_cell": [a, a, b], "home_cell": [b, b, b], "hour": [1, 1, 2]})
    >>> found = wish_trips(calls)
    >>> float(found.trips["trips"].sum()), found.dropped["records"].tolist()
    (2.0, [0, 1, 0])
    """
    import pandas as pd

    absent = [
        c for c in ("event_cell", "home_cell", "hour") if c not in getattr(records, "columns", ())
    ]
    if absent:
        raise UsageError(
            f"The records have no column {', '.join(absent)}.",
            "They need event_cell, home_cell and hour.",
        )
    unknown = records["event_cell"].isna() | records["home_cell"].isna()
    unknown = (unknown | records["hour"].isna()).to_numpy(dtype=bool)
    hour = pd.to_numeric(records["hour"], errors="coerce").to_numpy(np.float64, na_value=np.nan)
    at_home = ~unknown & (
        records["event_cell"].astype("object") == records["home_cell"].astype("object")
    ).to_numpy(dtype=bool)
    by_day = ~unknown & ~at_home & ~np.isin(hour, np.array(list(hours), dtype=np.float64))
    kept = records[~(unknown | at_home | by_day)]
    table = check_night_trips(
        pd.DataFrame({
            "from_cell": kept["event_cell"], "to_cell": kept["home_cell"], "hour": kept["hour"],
            "trips": np.ones(len(kept)),
        }), name="records",
    )  # fmt: skip
    trips = table.groupby(["from_cell", "to_cell", "hour"], as_index=False)["trips"].sum()
    dropped = pd.DataFrame({
        "reason": pd.array(["a cell or the hour is missing", "made at home",
                            "outside the night's hours"], dtype="str"),
        "records": np.array([unknown.sum(), at_home.sum(), by_day.sum()], dtype=np.int64),
    })  # fmt: skip
    return Wishes(trips.astype({"from_cell": "str", "to_cell": "str"}), dropped)

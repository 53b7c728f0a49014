"""The same problem at the same place again: a repair that did not hold.

Two cases are linked where they have the same category, lie at most so many metres apart
and came in at most so many days after each other. Links make chains: a lamp reported every
three weeks is one problem, however long it goes on. Exact, also where thousands of cases
share one point: pairs are looked up by place, and at each place only the latest earlier
case matters, for older ones there are linked to it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from course.bigdata.request_times import instants, lives
from course.city.places import Plane
from course.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "problem", "category", "cases", "first", "last", "span_days", "zone_id", "lat", "lon",
    "request_ids",
)  # fmt: skip
_CHUNK = 4_000_000  # links held at a time


def repeats(requests: Any, *, within_m: float = 100, within_days: float = 30) -> pd.DataFrame:
    """Return the problems that were reported again.

    Parameters
    ----------
    requests : pandas.DataFrame or Cleaned
        Cases with ``category, lat, lon``; rows without a place, and rows marked as
        duplicates, do not count.
    within_m : float
        Largest distance between two reports of one problem, metres.
    within_days : float
        Longest time between two reports of one problem, days.

    Returns
    -------
    pandas.DataFrame
        One row per problem with two cases or more, most cases first: ``problem`` (1, 2 …),
        ``category``, ``cases``, ``first``, ``last`` (times), ``span_days`` (between them),
        ``zone_id`` (of the first case), ``lat``, ``lon`` (mean), ``request_ids`` (tuple, in
        order of time). Empty where nothing came again. ``cases`` minus one, added up, is
        the number of repeat cases.

    Raises
    ------
    UsageError
        A limit is no positive number.
    """
    import pandas as pd

    table = lives(requests).table
    if not {"lat", "lon"} <= set(table.columns):
        return pd.DataFrame({c: [] for c in COLUMNS})
    table = table[(table["lat"].notna() & table["lon"].notna()).to_numpy()].reset_index(drop=True)
    begun = instants(table["created_at"]).to_numpy().astype("datetime64[s]").astype(np.int64)
    later, earlier = links(table, begun, within_m=within_m, within_s=within_days * 86_400)
    problem = _chains(len(table), later, earlier)
    size = np.bincount(problem, minlength=1)[problem] if len(table) else problem
    again = np.flatnonzero(size > 1)
    ids = table["request_id"] if "request_id" in table.columns else pd.Series(
        np.arange(1, len(table) + 1).astype(str))  # fmt: skip
    order = again[np.lexsort((begun[again], problem[again]))]
    if not len(order):
        return pd.DataFrame({c: [] for c in COLUMNS})
    part = table.iloc[order].assign(
        problem=problem[order], request_id=ids.iloc[order].to_numpy(),
        moment=begun[order].astype("datetime64[s]"),
        zone_id=table["zone_id"].iloc[order] if "zone_id" in table.columns else "",
    )  # fmt: skip
    out = part.groupby("problem", sort=False).agg(
        category=("category", "first"), cases=("category", "size"), first=("moment", "first"),
        last=("moment", "last"), zone_id=("zone_id", "first"), lat=("lat", "mean"),
        lon=("lon", "mean"), request_ids=("request_id", tuple),
    )  # fmt: skip
    out["span_days"] = (out["last"] - out["first"]).dt.total_seconds() / 86_400
    out = out.sort_values(["cases", "first"], ascending=[False, True], kind="stable")
    out = out.reset_index(drop=True)
    out["problem"] = np.arange(1, len(out) + 1)
    return out[list(COLUMNS)]


def links(
    table: pd.DataFrame, begun: np.ndarray, *, within_m: float, within_s: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return positions of cases and of the earlier cases they repeat.

    Parameters
    ----------
    table : pandas.DataFrame
        ``category, lat, lon``, all given.
    begun : numpy.ndarray of int64
        Creation, seconds since 1970.
    within_m, within_s : float
        Largest distance and longest time between two reports.

    Returns
    -------
    tuple of numpy.ndarray
        ``later, earlier``: for each case, the latest earlier one at every place in reach.
        Of cases of the same second, the row that stands first is the earlier one.
    """
    import pandas as pd
    from scipy.spatial import cKDTree

    for value, what in ((within_m, "within_m"), (within_s, "within_days")):
        if not 0 <= value < 1e12:
            raise UsageError(f"{what} is no positive number.", f"Write {what}=30, for example.")
    if len(table) < 2:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    x, y = Plane.around(table["lat"], table["lon"]).metres(table["lat"], table["lon"])
    category = pd.factorize(table["category"])[0]
    spots = pd.MultiIndex.from_arrays([category, x, y])
    spot, where = pd.factorize(spots)
    place = np.array(where.tolist(), dtype=np.float64)
    # Categories are pulled apart by more than any reach, so one tree holds them all.
    apart = np.column_stack([place[:, 1:], place[:, 0] * (float(within_m) + 1.0) * 4])
    pairs = cKDTree(apart).query_pairs(float(within_m) + 1e-6, output_type="ndarray")
    alone = np.arange(len(where))
    one = np.concatenate([pairs[:, 0], pairs[:, 1], alone])
    other = np.concatenate([pairs[:, 1], pairs[:, 0], alone])
    order = np.lexsort((np.arange(len(table)), begun, spot))
    rank = np.empty(len(table), dtype=np.int64)  # order in time, so that ties have an order
    rank[np.lexsort((np.arange(len(table)), begun))] = np.arange(len(table))
    key = spot[order] * np.int64(len(table)) + rank[order]  # grows along `order`
    start = np.searchsorted(spot[order], np.arange(len(where) + 1))
    many = np.diff(start)[one]
    found: list[tuple[np.ndarray, np.ndarray]] = []
    cuts = np.searchsorted(np.cumsum(many), np.arange(_CHUNK, many.sum() + _CHUNK, _CHUNK))
    for low, high in zip(np.append(0, cuts), np.append(cuts, len(one)), strict=True):
        if high <= low:
            continue
        some = many[low:high]
        first = np.repeat(start[one[low:high]] - np.cumsum(some) + some, some)
        case = order[first + np.arange(int(some.sum()))]
        at = np.repeat(other[low:high], some)
        before = np.searchsorted(key, at * np.int64(len(table)) + rank[case]) - 1
        there = (before >= 0) & (spot[order[before]] == at)
        case, earlier = case[there], order[before[there]]
        near = begun[case] - begun[earlier] <= within_s
        found.append((case[near], earlier[near]))
    return tuple(np.concatenate(part) for part in zip(*found, strict=True))  # type: ignore[return-value]


def _chains(count: int, later: np.ndarray, earlier: np.ndarray) -> np.ndarray:
    """Return the number of the chain each case belongs to."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if not count:
        return np.zeros(0, dtype=np.int64)
    graph = coo_array((np.ones(len(later), dtype=np.int8), (later, earlier)), shape=(count, count))
    return connected_components(graph, directed=False)[1]

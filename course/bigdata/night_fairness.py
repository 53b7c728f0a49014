"""Who gains from a night network: coverage by the income group of the home's zone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from course.bigdata.night_demand import GRAIN, Demand
from course.bigdata.night_plan import LOW_INCOME, Plan
from course.city.synthesis.night_cells import night_cells, zoned
from course.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd


def cells(city: Any, *, night_trips: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return a city's cells with who lives there and how many night trips start and end.

    Parameters
    ----------
    city : course.City
        Needs ``night_trips`` and what makes its cells.
    night_trips : DataFrame, optional
        Other trips than the city's own.

    Returns
    -------
    pandas.DataFrame
        One row per cell, sorted: ``cell`` (H3), ``lat``, ``lon`` (middle, WGS 84),
        ``zone_id`` and ``income_group`` of the nearest zone point, ``population``, ``jobs``
        (people), ``starts``, ``ends`` (night trips). Cells of the night trips that lie
        outside the zones are there too, with no people.

    Notes
    -----
    How people are shared among cells is an assumption, see
    :mod:`course.city.synthesis.night_cells`.
    """
    import pandas as pd

    from course.bigdata.night_checks import resolution_of

    demand = Demand.of(city.night_trips if night_trips is None else night_trips)
    known = night_cells(city, resolution=resolution_of(demand.cells))
    beyond = pd.DataFrame({"cell": demand.cells, "lat": demand.lat, "lon": demand.lon})
    beyond = beyond[~beyond["cell"].isin(known["cell"])].assign(population=0, jobs=0)
    if len(beyond):
        zones = city.zones.sort_values("zone_id", ignore_index=True)
        known = pd.concat([known, zoned(beyond, zones)[known.columns]], ignore_index=True)
        known = known.sort_values("cell", ignore_index=True).astype({"cell": "str"})
    row = pd.Index(known["cell"]).get_indexer(demand.cells)
    for name, at in (("starts", demand.start), ("ends", demand.end)):
        trips = np.zeros(len(known), dtype=np.int64)
        np.add.at(trips, row[at], demand.trips)
        known[name] = trips / GRAIN
    return known


def coverage_by_income(
    plan: Plan,
    night_trips: pd.DataFrame | None = None,
    cells: pd.DataFrame | None = None,
    *,
    before: Plan | None = None,
    keep_before: bool = False,
) -> pd.DataFrame:
    """Return the share of night trips served by the income group of the home's zone.

    Parameters
    ----------
    plan : Plan
        The network.
    night_trips : DataFrame, optional
        Other trips than those the plan was made for.
    cells : DataFrame, optional
        ``cell, income_group``, from ``nightbus.cells(city)``; without it the candidates' own
        zones say who lives where.
    before : Plan, optional
        The network to compare with, such as ``nightbus.night_service_today(city)``; without
        it nobody is served before.
    keep_before : bool
        What ran before goes on running beside the plan.

    Returns
    -------
    pandas.DataFrame
        One row per income group with trips, 1 lowest to 5: ``income_group``, ``trips``,
        ``before_pct``, ``served_trips``, ``served_pct``, ``change_points``.
        ``attrs["city_pct"]`` and ``attrs["low_income_pct"]`` hold the share of all trips
        and of the trips home to groups 1 and 2. The home is where a trip ends.

    Notes
    -----
    A zone's group is that of its people on average; a poor person in a rich zone is not seen.
    """
    import pandas as pd

    from course.bigdata.night_cover import cover

    demand = plan.cover.demand if night_trips is None else Demand.of(night_trips)
    group = _groups(plan, demand, cells)[demand.end]
    after = _served(plan, demand, cover)
    was = np.zeros(len(after), dtype=bool) if before is None else _served(before, demand, cover)
    after = after | was if keep_before else after
    rows = []
    for number in np.unique(group[demand.trips > 0]).tolist():
        mine = group == number
        trips, now, then = (
            int(demand.trips[mine & some].sum()) for some in (np.ones_like(mine), after, was)
        )
        rows.append((number, trips / GRAIN, 100.0 * then / trips, now / GRAIN,
                     100.0 * now / trips, 100.0 * (now - then) / trips))  # fmt: skip
    columns = ["income_group", "trips", "before_pct", "served_trips", "served_pct",
               "change_points"]  # fmt: skip
    types = dict.fromkeys(columns, "float64") | {"income_group": "int64"}
    out = pd.DataFrame(rows, columns=columns).astype(types)
    low = np.isin(group, LOW_INCOME)
    out.attrs["city_pct"] = _share(demand, after, np.ones_like(low))
    out.attrs["low_income_pct"] = _share(demand, after, low)
    return out


def _share(demand: Demand, served: np.ndarray, some: np.ndarray) -> float:
    total = int(demand.trips[some].sum())
    return 100.0 * int(demand.trips[some & served].sum()) / total if total else 0.0


def _served(plan: Plan, demand: Demand, cover: Any) -> np.ndarray:
    if demand is plan.cover.demand:
        return plan.served_pairs
    if not plan.chosen:
        return np.zeros(len(demand.trips), dtype=bool)
    here = cover(list(plan.routes), demand, buffer_m=plan.buffer_m)
    return here.served_pairs(range(len(here.routes)))


def _groups(plan: Plan, demand: Demand, cells: pd.DataFrame | None) -> np.ndarray:
    """Return the income group of each cell of the demand."""
    import pandas as pd

    if cells is not None:
        known = pd.Series(cells["income_group"].to_numpy(), index=cells["cell"].to_numpy(object))
        found = known.reindex(demand.cells)
        if found.isna().any():
            lost = demand.cells[int(np.argmax(found.isna().to_numpy()))]
            raise UsageError(
                f"The table of cells lacks {lost}, which has night trips.",
                "Take it from nightbus.cells(city) of the same city.",
            )
        return found.to_numpy(np.int64)
    if demand is plan.cover.demand and plan.cover.home_groups is not None:
        return plan.cover.home_groups
    zones = plan.cover.candidates.zones
    if zones is None:
        raise UsageError(
            "These routes do not say who lives where.",
            "Give the cells: nightbus.coverage_by_income(plan, night_trips, nightbus.cells(city)).",
        )
    frame = pd.DataFrame({"lat": demand.lat, "lon": demand.lon})
    return zoned(frame, zones)["income_group"].to_numpy(np.int64)

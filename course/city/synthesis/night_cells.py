"""People and jobs by H3 cell: where a city's night begins and where it goes home to.

A pack knows people by zone, the night bus of 2013 knew them by hexagon. Here the people of
each zone are shared among its hexagons, three times as many to one with a stop in it or
beside it; jobs go to the hexagons that several routes serve. The sharing is an assumption;
the sums of every zone are kept exactly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from course.city.places import nearest_zone
from course.city.synthesis.apportion import apportion
from course.city.synthesis.cells import cell_points

if TYPE_CHECKING:
    import pandas as pd

RESOLUTION = 8  # edge about 0.5 km, about 1 km across: the size of the 2013 hexagons
COLUMNS = ("cell", "lat", "lon", "zone_id", "population", "jobs", "income_group")
_NEAR_A_STOP = 3  # times as many people as far from one
_MOST_ROUTES = 12  # more do not make a place busier


def night_cells(city: Any, *, resolution: int = RESOLUTION) -> pd.DataFrame:
    """Return the hexagons of a city with the people who live and the jobs that are there.

    Parameters
    ----------
    city : course.City
        Needs ``stops, patterns, zones, zone_cells``.
    resolution : int
        H3 resolution; 8 unless a pack's own records have another.

    Returns
    -------
    pandas.DataFrame
        One row per cell, sorted by ``cell`` (str): ``lat``, ``lon`` of its middle (WGS 84),
        ``zone_id`` and ``income_group`` (1 lowest to 5) of the nearest zone point,
        ``population`` and ``jobs`` (int64, people). Cells on the border hang over it, as
        those of 2013 did. Empty for a city without zones.
    """
    import pandas as pd

    zones = city.zones.sort_values("zone_id", ignore_index=True)
    routes = _routes_by_cell(city, resolution)
    beside = _beside(routes)
    homes: dict[str, int] = {}
    jobs: dict[str, int] = {}
    pieces = _pieces(city.zone_cells, beside, resolution)
    for zone, people, work in zip(
        zones["zone_id"].tolist(), zones["population"].tolist(), zones["jobs"].tolist(), strict=True
    ):
        parts = pieces.get(str(zone), {})
        names = sorted(parts)
        size = np.array([parts[c] for c in names], dtype=np.int64)
        near = np.array([_NEAR_A_STOP if c in beside else 1 for c in names], dtype=np.int64)
        busy = np.array([min(routes.get(c, 0), _MOST_ROUTES) for c in names], dtype=np.int64)
        for into, total, weight in (
            (homes, people, size * near), (jobs, work, size * (1 + 2 * busy)),
        ):  # fmt: skip
            for cell, part in zip(names, apportion(int(total), weight).tolist(), strict=True):
                into[cell] = into.get(cell, 0) + part
    cells = sorted(homes)
    lat, lon, _ = cell_points(cells)
    out = pd.DataFrame({
        "cell": pd.array(cells, dtype="str"), "lat": lat, "lon": lon,
        "population": np.array([homes[c] for c in cells], dtype=np.int64),
        "jobs": np.array([jobs[c] for c in cells], dtype=np.int64),
    })  # fmt: skip
    return zoned(out, zones)[list(COLUMNS)]


def zoned(cells: pd.DataFrame, zones: pd.DataFrame) -> pd.DataFrame:
    """Add ``zone_id`` and ``income_group`` of the nearest zone point to cells with lat, lon."""
    import pandas as pd

    if cells.empty:
        return cells.assign(zone_id=pd.array([], dtype="str"), income_group=np.zeros(0, np.int64))
    owner = nearest_zone(cells["lat"], cells["lon"], zones)
    group = pd.Series(zones["income_group"].to_numpy(dtype=np.int64), index=zones["zone_id"])
    return cells.assign(
        zone_id=pd.array(owner, dtype="str"), income_group=group.loc[owner].to_numpy(np.int64)
    )


def _routes_by_cell(city: Any, resolution: int) -> dict[str, int]:
    """Count the routes that stop in each cell; a stop no route serves counts as none."""
    import h3

    stops = city.stops
    cell = {
        stop: h3.latlng_to_cell(lat, lon, resolution)
        for stop, lat, lon in zip(
            stops["stop_id"].tolist(), stops["lat"].tolist(), stops["lon"].tolist(), strict=True
        )
    }
    found = {c: set() for c in cell.values()}
    patterns = city.patterns
    for route, ids in zip(patterns["route_id"].tolist(), patterns["stop_ids"], strict=True):
        for stop in ids:
            if stop in cell:
                found[cell[stop]].add(route)
    return {c: len(names) for c, names in found.items()}


def _beside(routes: dict[str, int]) -> frozenset[str]:
    import h3

    return frozenset(other for cell in routes for other in h3.grid_disk(cell, 1))


def _pieces(
    zone_cells: dict[str, list[str]], beside: frozenset[str], resolution: int
) -> dict[str, dict[str, int]]:
    """Return for each zone its cells of one resolution, each with its number of pieces.

    Finer cells are pieces of the cell they lie in. A coarser cell becomes the cells in it
    that have a stop in or beside them: who lives elsewhere in it is out of a bus's reach.
    """
    import h3

    inside: dict[int, dict[str, list[str]]] = {}
    out: dict[str, dict[str, int]] = {}
    for zone, cells in zone_cells.items():
        parts: dict[str, int] = {}
        for cell in cells:
            level = h3.get_resolution(cell)
            if level >= resolution:
                into = [h3.cell_to_parent(cell, resolution)]
            else:
                if level not in inside:
                    inside[level] = {}
                    for near in beside:
                        inside[level].setdefault(h3.cell_to_parent(near, level), []).append(near)
                into = inside[level].get(cell) or [h3.cell_to_center_child(cell, resolution)]
            for name in into:
                parts[name] = parts.get(name, 0) + 1
        out[str(zone)] = parts
    return out

"""Outlines of zones made of H3 cells. They are no legal borders.

A pack holds the point of a zone, not its border. Here every H3 cell belongs to the nearest
zone point, and cells too far from it are left out, so that the city keeps an outline and
about the area of its zones together. How far is too far follows from the zone's own area.
Two neighbours therefore meet half-way between their points, wherever the real border runs:
good for colouring a map, not for counting what lies in a zone, and never for a legal
question.

Zones with a column ``h3_cell`` are those cells.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from course.city.metres import metres_between
from course.errors import CourseError

if TYPE_CHECKING:
    import pandas as pd

# Cells per city: enough to look like districts, few enough to draw at once.
MOST_CELLS = 5_000
# A cell belongs to a zone up to this many radii of a round zone of the same area: as many as
# give the city the area of its zones, between these bounds. A square's corner lies at 1.25
# radii, and real districts are longer than squares.
REACH, LEAST_REACH = 1.6, 1.25
_FINEST, _COARSEST = 10, 5


def zone_cells(
    zones: pd.DataFrame, stops: pd.DataFrame | None = None, *, most_cells: int = MOST_CELLS
) -> dict[str, list[str]]:
    """Return the H3 cells of each zone.

    Parameters
    ----------
    zones : pandas.DataFrame
        One row per zone: ``zone_id``, ``lat``, ``lon`` (WGS 84), optionally ``area_km2``
        and ``h3_cell``. Without an area, the spacing of the zone points stands in.
    stops : pandas.DataFrame, optional
        One row per stop: ``lat``, ``lon``. Only used where there is one zone without an
        area: its outline then reaches its farthest stop.
    most_cells : int
        The finest H3 resolution (5 to 10) is taken at which the zones' area holds at most
        this many cells.

    Returns
    -------
    dict of str to list of str
        H3 cells by zone_id, sorted; all of one resolution, except given ``h3_cell``.
        Every zone has at least one cell and no cell belongs to two zones. Empty zones
        give an empty dict.

    Raises
    ------
    CourseError
        A zone has no coordinates, two zones share an id or an ``h3_cell``, or so many
        zones lie in one place that no cell is left for one of them.

    Notes
    -----
    The same input gives the same cells on every platform: distances use exact arithmetic
    and a tie goes to the zone that comes first.

    Examples
    --------
    >>> import pandas as pd
    >>> two = pd.DataFrame({"zone_id": ["a", "b"], "lat": [10.70, 10.70],
    ...                     "lon": [122.50, 122.55], "area_km2": [20.0, 20.0]})
    >>> cells = zone_cells(two)
    >>> sorted(cells), set(cells["a"]) & set(cells["b"])
    (['a', 'b'], set())
    """
    ids = _checked_ids(zones)
    if not ids:
        return {}
    given = _given_cells(zones, ids)
    if given is not None:
        return given
    lat = zones["lat"].to_numpy(dtype="float64")
    lon = zones["lon"].to_numpy(dtype="float64")
    reach_m = _reach_m(zones, lat, lon, stops)
    resolution = _resolution(lat, lon, reach_m, most_cells)
    cells = _candidates(lat, lon, reach_m, resolution)
    nearest, ratio = _nearest(cells, lat, lon, reach_m)
    owner = np.where(ratio <= _cut(cells, ratio, reach_m), nearest, -1)
    _fill_holes(cells, nearest, owner)
    _give_each_zone_a_cell(cells, owner, ids, lat, lon, resolution)
    shapes: dict[str, list[str]] = {zone_id: [] for zone_id in ids}
    for cell, zone in zip(cells, owner.tolist(), strict=True):
        if zone >= 0:
            shapes[ids[zone]].append(cell)
    return shapes


def zone_polygons(
    zones: pd.DataFrame, stops: pd.DataFrame | None = None, *, most_cells: int = MOST_CELLS
) -> dict[str, dict[str, Any]]:
    """Return a GeoJSON outline of each zone, made of its H3 cells.

    Parameters
    ----------
    zones, stops, most_cells
        As for :func:`zone_cells`.

    Returns
    -------
    dict of str to dict
        GeoJSON geometry (``Polygon`` or ``MultiPolygon``, longitude first, WGS 84,
        rounded to 6 decimals) by zone_id. Neighbours share their edge exactly; nothing
        overlaps. Empty zones give an empty dict.

    Notes
    -----
    Outlines are H3 cells of the nearest zone point, not legal borders.

    Examples
    --------
    >>> import pandas as pd
    >>> one = pd.DataFrame({"zone_id": ["a"], "lat": [10.7], "lon": [122.5], "area_km2": [5.0]})
    >>> zone_polygons(one)["a"]["type"]
    'Polygon'
    """
    import h3

    return {
        zone_id: _rounded(h3.cells_to_geo(cells))
        for zone_id, cells in zone_cells(zones, stops, most_cells=most_cells).items()
    }


def _checked_ids(zones: pd.DataFrame) -> list[str]:
    ids = zones["zone_id"].astype(str).tolist()
    if len(set(ids)) != len(ids):
        twice = next(zone_id for zone_id in ids if ids.count(zone_id) > 1)
        raise CourseError(f"Two zones are called {twice}.", "Give each zone its own zone_id.")
    for row, (zone_id, absent) in enumerate(
        zip(ids, zones[["lat", "lon"]].isna().any(axis=1), strict=True), start=2
    ):
        if absent:
            raise CourseError(
                f"Zone {zone_id} (row {row}) has no coordinates.", "Add its lat and lon."
            )
    return ids


def _given_cells(zones: pd.DataFrame, ids: list[str]) -> dict[str, list[str]] | None:
    """Return the cells the zones name themselves, or None if any zone names none."""
    import h3

    if "h3_cell" not in zones.columns:
        return None
    cells = zones["h3_cell"].astype("object").where(zones["h3_cell"].notna(), "").tolist()
    if not all(isinstance(cell, str) and h3.is_valid_cell(cell) for cell in cells):
        return None
    if len(set(cells)) != len(cells):
        raise CourseError("Two zones name the same h3_cell.", "Give each zone its own cell.")
    return {zone_id: [cell] for zone_id, cell in zip(ids, cells, strict=True)}


def _reach_m(
    zones: pd.DataFrame, lat: np.ndarray, lon: np.ndarray, stops: pd.DataFrame | None
) -> np.ndarray:
    """Return how far from its point a zone may own a cell, in metres."""
    area = np.full(len(lat), np.nan)
    if "area_km2" in zones.columns:
        area = zones["area_km2"].to_numpy(dtype="float64", na_value=np.nan)
    known = np.sqrt(np.where(area > 0, area, np.nan) * 1e6 / np.pi) * REACH
    if not np.isnan(known).any():
        return known
    if len(lat) == 1:
        far = 1_000.0
        if stops is not None and len(stops):
            away = metres_between(lat[0], lon[0], stops["lat"].to_numpy(), stops["lon"].to_numpy())
            far = max(far, float(np.nanmax(away)))
        return np.array([far])
    # The distance to the nearest other point is about the width of a zone.
    width = np.empty(len(lat))
    for k in range(len(lat)):
        away = metres_between(lat[k], lon[k], lat, lon)
        away[k] = np.inf
        width[k] = away.min()
    typical = float(np.median(width))
    spaced = np.clip(width, typical * 0.5, typical * 2.0) * 0.5 * REACH
    return np.where(np.isnan(known), np.maximum(spaced, 50.0), known)


def _resolution(lat: np.ndarray, lon: np.ndarray, reach_m: np.ndarray, most_cells: int) -> int:
    """Return the finest resolution that stays at or below ``most_cells``."""
    import h3

    discs_km2 = float((np.pi * (reach_m / REACH / 1000.0) ** 2).sum())
    here = h3.latlng_to_cell(float(np.median(lat)), float(np.median(lon)), _COARSEST)
    for resolution in range(_FINEST, _COARSEST, -1):
        cell_km2 = h3.cell_area(h3.cell_to_center_child(here, resolution), unit="km^2")
        if discs_km2 / cell_km2 <= most_cells:
            return resolution
    return _COARSEST


def _candidates(
    lat: np.ndarray, lon: np.ndarray, reach_m: np.ndarray, resolution: int
) -> list[str]:
    """Return the cells around the zone points, sorted."""
    import h3

    # Rings of cells lie one cell width apart, at the least 0.8 of it where H3 bends.
    width_m = h3.average_hexagon_edge_length(resolution, unit="m") * 1.732 * 0.8
    found: set[str] = set()
    for k in range(len(lat)):
        middle = h3.latlng_to_cell(float(lat[k]), float(lon[k]), resolution)
        found.update(h3.grid_disk(middle, int(reach_m[k] // width_m) + 1))
    return sorted(found)


def _nearest(
    cells: list[str], lat: np.ndarray, lon: np.ndarray, reach_m: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return for each cell the row of the nearest zone and the way to it in parts of reach."""
    import h3

    centres = np.array([h3.cell_to_latlng(cell) for cell in cells])
    nearest = np.full(len(cells), -1)
    ratio = np.full(len(cells), np.inf)
    for start in range(0, len(cells), 512):  # keeps the table of distances small
        part = centres[start : start + 512]
        away = metres_between(part[:, :1], part[:, 1:], lat[None, :], lon[None, :])
        first = away.argmin(axis=1)
        nearest[start : start + 512] = first
        ratio[start : start + 512] = away[np.arange(len(part)), first] / reach_m[first]
    return nearest, ratio


def _cut(cells: list[str], ratio: np.ndarray, reach_m: np.ndarray) -> float:
    """Return the part of reach at which the cells have the area of the zones together."""
    import h3

    zones_km2 = float((np.pi * (reach_m / REACH / 1000.0) ** 2).sum())
    cell_km2 = h3.cell_area(cells[int(ratio.argmin())], unit="km^2")
    wanted = min(round(zones_km2 / cell_km2), len(cells) - 1)
    return float(np.clip(np.sort(ratio)[wanted], LEAST_REACH / REACH, 1.0))


def _fill_holes(cells: list[str], nearest: np.ndarray, owner: np.ndarray) -> None:
    """Give cells out of reach but enclosed by the city to their nearest zone.

    A place out of reach of every zone and wider than a cell is no candidate at all and
    stays open: a lake, or a part of the city the pack does not know.
    """
    import h3

    row_of = {cell: row for row, cell in enumerate(cells)}
    spare = {cell for cell, row in row_of.items() if owner[row] < 0}
    around = {cell: h3.grid_disk(cell, 1) for cell in spare}
    outside = [cell for cell in spare if any(other not in row_of for other in around[cell])]
    spare.difference_update(outside)
    while outside:
        for other in around[outside.pop()]:
            if other in spare:
                spare.discard(other)
                outside.append(other)
    for cell in spare:
        owner[row_of[cell]] = nearest[row_of[cell]]


def _give_each_zone_a_cell(
    cells: list[str],
    owner: np.ndarray,
    ids: list[str],
    lat: np.ndarray,
    lon: np.ndarray,
    resolution: int,
) -> None:
    """Give the nearest spare cell to zones smaller than a cell, changing ``owner``."""
    import h3

    row_of = {cell: row for row, cell in enumerate(cells)}
    count = np.bincount(owner[owner >= 0], minlength=len(ids))
    for zone in np.flatnonzero(count == 0).tolist():
        middle = h3.latlng_to_cell(float(lat[zone]), float(lon[zone]), resolution)
        for ring in range(4):
            spare = [
                (float(metres_between(lat[zone], lon[zone], *h3.cell_to_latlng(cell))), cell)
                for cell in h3.grid_disk(middle, ring)
                if cell in row_of and (owner[row_of[cell]] < 0 or count[owner[row_of[cell]]] > 1)
            ]
            if spare:
                row = row_of[min(spare)[1]]
                if owner[row] >= 0:
                    count[owner[row]] -= 1
                owner[row], count[zone] = zone, 1
                break
        else:
            raise CourseError(
                f"Zone {ids[zone]} lies too close to its neighbours to be drawn.",
                "Merge zones that share one point, or add an h3_cell column.",
            )


def _rounded(geometry: dict[str, Any]) -> dict[str, Any]:
    def walk(part: Any) -> Any:
        if isinstance(part, (list, tuple)):
            return [walk(one) for one in part]
        return round(part, 6)

    return {"type": geometry["type"], "coordinates": walk(geometry["coordinates"])}

"""Cut a city without districts into hexagons: H3 cells around its stops.

A cell is kept when a stop lies in it or its middle lies within reach of a stop. Reach is
twice the usual distance between neighbouring stops, 500 m to 2,500 m: who lives farther
away is not in the picture of a network. The size of the cells is the one that gives a readable
number of zones (about 60 to 400).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from course.city.places import Plane, crow_m, nearest_position

LEAST, MOST = 60, 400
LEAST_REACH_M, MOST_REACH_M = 500, 2_500
_WANTED = 180
_FINEST = 10
_SAME_PLACE_M = 250  # platforms and both sides of a street are one place


def cover(lat: np.ndarray, lon: np.ndarray) -> dict[str, int]:
    """Return the H3 cells around some points and the number of points in each.

    Parameters
    ----------
    lat, lon : numpy.ndarray of float
        WGS 84 degrees.

    Returns
    -------
    dict of str to int
        H3 cell id and points in it (0 for a cell within reach only), sorted by cell id;
        empty for no points.

    Examples
    --------
    >>> sum(cover(np.array([37.5, 37.5]), np.array([127.0, 127.01])).values())
    2
    """
    if len(lat) == 0:
        return {}
    plane = Plane.around(lat, lon)
    x, y = plane.metres(lat, lon)
    reach_m = reach(x, y)
    best: dict[str, int] = {}
    for resolution in range(3, _FINEST + 1):
        found = _cells_at(lat, lon, resolution, reach_m, plane)
        if not best or _worth(len(found)) <= _worth(len(best)):
            best = found
        if len(found) > MOST:
            break
    return dict(sorted(best.items()))


def reach(x: np.ndarray, y: np.ndarray) -> int:
    """Return how far around a stop people count as served, metres (500 to 2,500)."""
    from scipy.spatial import cKDTree

    places = np.unique(np.column_stack([x, y]) // _SAME_PLACE_M, axis=0)
    if len(places) < 2:
        return LEAST_REACH_M
    spacing, _ = cKDTree(places).query(places, k=2)
    usual = np.sort(spacing[:, 1])[len(places) // 2] * _SAME_PLACE_M
    return int(min(max(int(2.0 * usual), LEAST_REACH_M), MOST_REACH_M))


def _cells_at(
    lat: np.ndarray, lon: np.ndarray, resolution: int, reach_m: int, plane: Plane
) -> dict[str, int]:
    import h3

    found: dict[str, int] = {}
    for a, b in zip(lat.tolist(), lon.tolist(), strict=True):
        cell = h3.latlng_to_cell(a, b, resolution)
        found[cell] = found.get(cell, 0) + 1
    # Middles of neighbours are 1.73 edges apart; one ring more for the skew of the grid.
    rings = int(reach_m / (1.5 * h3.average_hexagon_edge_length(resolution, unit="m"))) + 1
    around = {cell for inside in found for cell in h3.grid_disk(inside, rings)} - found.keys()
    if around:
        beside = sorted(around)
        middle_lat, middle_lon, _ = cell_points(beside)
        x, y = plane.metres(middle_lat, middle_lon)
        stop_x, stop_y = plane.metres(lat, lon)
        at = nearest_position(x, y, stop_x, stop_y)
        near = crow_m(x, y, stop_x[at], stop_y[at]) <= reach_m
        found.update((cell, 0) for cell, ok in zip(beside, near.tolist(), strict=True) if ok)
    return found


def _worth(count: int) -> tuple[int, int]:
    """Rank a number of zones: inside the bounds first, then near the wanted number."""
    outside = max(LEAST - count, count - MOST, 0)
    return outside, abs(count - _WANTED)


def cell_points(cells: list[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return latitude, longitude (rounded to 5 decimals) and area in km2 (4 decimals)."""
    import h3

    points: list[tuple[float, float]] = [h3.cell_to_latlng(cell) for cell in cells]
    # Rounding hides the last digit of the library's sine and cosine.
    lat = np.array([round(p[0], 5) for p in points], dtype=np.float64)
    lon = np.array([round(p[1], 5) for p in points], dtype=np.float64)
    area = np.array([round(h3.cell_area(cell, unit="km^2"), 4) for cell in cells])
    return lat, lon, area.astype(np.float64)


def cell_names(cells: list[str], stops: Any) -> list[str]:
    """Name each cell after the first stop in it, else after the nearest one.

    Parameters
    ----------
    cells : list of str
        H3 cells of one resolution.
    stops : pandas.DataFrame
        Needs ``name, lat, lon``.

    Returns
    -------
    list of str
        "Seomyeon" or "near Seomyeon"; a name that comes again gets a number.
    """
    lat, lon, _ = cell_points(cells)
    plane = Plane.around(stops["lat"], stops["lon"])
    nearest = nearest_position(*plane.metres(lat, lon), *plane.metres(stops["lat"], stops["lon"]))
    inside = _first_stop_inside(cells, stops)
    label = stops["name"].astype("str").fillna("").to_numpy(dtype=object)
    names, seen = [], {}
    for number, cell in enumerate(cells):
        at = inside.get(cell)
        text = str(label[nearest[number] if at is None else at]).strip() or "stop without a name"
        text = text if at is not None else f"near {text}"
        seen[text] = seen.get(text, 0) + 1
        names.append(text if seen[text] == 1 else f"{text} ({seen[text]})")
    return names


def _first_stop_inside(cells: list[str], stops: Any) -> dict[str, int]:
    import h3

    resolution = h3.get_resolution(cells[0])
    first: dict[str, int] = {}
    rows = zip(stops["lat"].tolist(), stops["lon"].tolist(), strict=True)
    for position, (a, b) in enumerate(rows):
        first.setdefault(h3.latlng_to_cell(a, b, resolution), position)
    return first

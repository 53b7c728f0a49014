"""Cut a city without districts into hexagons: H3 cells around its stops.

A cell is kept when a stop lies in it or in a cell beside it: who lives farther away is
not in the picture of a network. The size is the one that gives a readable number of
zones (about 60 to 400).
"""

from __future__ import annotations

from typing import Any

import numpy as np

LEAST, MOST = 60, 400
_WANTED = 180
_FINEST = 10


def cover(lat: np.ndarray, lon: np.ndarray) -> dict[str, int]:
    """Return the H3 cells around some points and the number of points in each.

    Parameters
    ----------
    lat, lon : numpy.ndarray of float
        WGS 84 degrees.

    Returns
    -------
    dict of str to int
        H3 cell id and points in it (0 for a cell beside), sorted by cell id; empty for
        no points.

    Examples
    --------
    >>> sorted(cover(np.array([37.5]), np.array([127.0])).values())[-1]
    1
    """
    best: dict[str, int] = {}
    for resolution in range(4, _FINEST + 1):
        found = _cells_at(lat, lon, resolution)
        if not best or _worth(len(found)) <= _worth(len(best)):
            best = found
        if len(found) > MOST:
            break
    return dict(sorted(best.items()))


def _cells_at(lat: np.ndarray, lon: np.ndarray, resolution: int) -> dict[str, int]:
    import h3

    found: dict[str, int] = {}
    for a, b in zip(lat.tolist(), lon.tolist(), strict=True):
        cell = h3.latlng_to_cell(a, b, resolution)
        found[cell] = found.get(cell, 0) + 1
    for cell in list(found):
        for beside in h3.grid_disk(cell, 1):
            found.setdefault(beside, 0)
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
    from course.city.places import Plane, nearest_position

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

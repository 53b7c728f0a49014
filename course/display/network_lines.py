"""A city's lines as few polylines: every stretch between two stops drawn once.

A network of 1,700 patterns shares most of its stretches. Drawing each stretch once per
colour keeps a map of a large city below a few hundred kilobytes and quick to draw.
Between stops the line is straight: packs hold no line geometry.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

SCALE = 100_000  # five decimals of a degree, about one metre


def chains(stop_lists: Iterable[Sequence[str]]) -> list[list[str]]:
    """Return runs of stops that cover every stretch of the given lists exactly once.

    Parameters
    ----------
    stop_lists : iterable of sequence of str
        Stops in order, one list per pattern; both directions of a stretch are the same.

    Examples
    --------
    >>> chains([["a", "b", "c"], ["c", "b", "d"]])
    [['a', 'b', 'c'], ['b', 'd']]
    """
    seen: set[tuple[str, str]] = set()
    found: list[list[str]] = []
    for stops in stop_lists:
        run: list[str] = []
        for a, b in itertools.pairwise(stops):
            edge = (a, b) if a < b else (b, a)
            if a == b or edge in seen:
                run = []
                continue
            seen.add(edge)
            if not run:
                run = [a]
                found.append(run)
            run.append(b)
    return found


def flat(lat: np.ndarray, lon: np.ndarray) -> list[int]:
    """Return points as whole numbers: the first one, then the steps from point to point."""
    points = np.rint(np.column_stack([lat, lon]) * SCALE).astype(np.int64)
    steps = np.vstack([points[:1], np.diff(points, axis=0)])
    return steps.ravel().tolist()


def network(
    patterns: pd.DataFrame, stops: pd.DataFrame, routes: pd.DataFrame | None = None
) -> list[dict[str, object]]:
    """Return the polylines of a network by route colour.

    Parameters
    ----------
    patterns : DataFrame
        ``route_id`` and ``stop_ids``; ``trips_per_day`` where known.
    stops : DataFrame
        ``stop_id``, ``lat``, ``lon`` in WGS 84 degrees.
    routes : DataFrame, optional
        ``route_id`` and ``color``; everything in one colour when absent.

    Returns
    -------
    list of dict
        ``color`` ("" for none) and ``lines`` (see :func:`flat`); empty for no patterns.
    """
    if patterns.empty or stops.empty:
        return []
    spot = {s: i for i, s in enumerate(stops["stop_id"])}
    lat, lon = stops["lat"].to_numpy(float), stops["lon"].to_numpy(float)
    placed = np.isfinite(lat) & np.isfinite(lon)
    order = patterns
    if "trips_per_day" in patterns:
        order = patterns.sort_values("trips_per_day", ascending=False, kind="stable")
    color = pd.Series("", index=order.index)
    if routes is not None and "color" in routes:
        named = dict(zip(routes["route_id"], routes["color"].fillna(""), strict=True))
        color = order["route_id"].map(named).fillna("")
    found = []
    for value, rows in order.groupby(color, sort=True):
        lists = [[s for s in ids if s in spot and placed[spot[s]]] for ids in rows["stop_ids"]]
        lines = []
        for run in chains(lists):
            at = [spot[s] for s in run]
            lines.append(flat(lat[at], lon[at]))
        if lines:
            found.append({"color": str(value), "lines": lines})
    return found


def rings(geometry: dict[str, object]) -> list[list[list[int]]]:
    """Return a GeoJSON Polygon or MultiPolygon as flat rings, polygon by polygon."""
    kind, coordinates = geometry.get("type"), geometry.get("coordinates") or []
    polygons = [coordinates] if kind == "Polygon" else coordinates
    found = []
    for polygon in polygons:  # type: ignore[attr-defined]
        parts = []
        for ring in polygon:
            line = np.asarray(ring, dtype=float)[:, :2]
            if len(line) > 1 and (line[0] == line[-1]).all():
                line = line[:-1]
            if len(line) >= 3:
                parts.append(flat(line[:, 1], line[:, 0]))
        if parts:
            found.append(parts)
    return found

"""Smooth fields over the zones of a city: how dense people live, where jobs are, who earns what.

Everything is rational in the distance and drawn from ``Stream``, so the fields are the
same on every machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from course.city.places import Plane, crow_m
from course.city.synthesis.stream import Stream

if TYPE_CHECKING:
    import pandas as pd


def centre(properties: dict[str, Any], points: pd.DataFrame, plane: Plane) -> tuple[int, int]:
    """Return the city's centre in metres: the one the pack names, else the points' mean."""
    told = properties.get("centre") or {}
    if isinstance(told, dict) and "lat" in told and "lon" in told:
        x, y = plane.metres([float(told["lat"])], [float(told["lon"])])
        return int(x[0]), int(y[0])
    if points.empty:
        return 0, 0
    x, y = plane.metres(points["lat"], points["lon"])
    return int(x.sum()) // len(x), int(y.sum()) // len(y)


def hundredths(area: np.ndarray) -> np.ndarray:
    """Return areas as whole hundredths of a km2, so that sums are exact."""
    return np.maximum(np.floor(np.asarray(area, dtype=np.float64) * 100 + 0.5), 1).astype(np.int64)


def _layout(
    zones: pd.DataFrame, stops: pd.DataFrame, properties: dict[str, Any]
) -> tuple[np.ndarray, np.ndarray, int, int, float]:
    """Return the zones' metres, the centre and the radius of a disc of the same area."""
    plane = Plane.around(zones["lat"], zones["lon"])
    x, y = plane.metres(zones["lat"], zones["lon"])
    placed = stops[stops["lat"].notna() & stops["lon"].notna()] if len(stops) else zones
    centre_x, centre_y = centre(properties, placed, plane)
    km2 = int(hundredths(zones["area_km2"].to_numpy(float)).sum()) / 100
    return x, y, centre_x, centre_y, np.sqrt(km2 / 3.141592653589793) * 1000.0


def _near(x: np.ndarray, y: np.ndarray, to_x: int, to_y: int, half_m: float) -> np.ndarray:
    """Return 1 at a point, 1/2 at ``half_m`` from it, falling with the square after that."""
    dx, dy = (x - to_x).astype(np.float64), (y - to_y).astype(np.float64)
    return 1.0 / (1.0 + (dx * dx + dy * dy) / (half_m * half_m))


def _noise(stream: Stream, size: int) -> np.ndarray:
    return stream.integers(75, 126, size) / 100.0


def density(zones: pd.DataFrame, stops: pd.DataFrame, properties: dict[str, Any]) -> np.ndarray:
    """Return unscaled residents: land x density falling with distance x noise."""
    x, y, centre_x, centre_y, radius = _layout(zones, stops, properties)
    falling = _near(x, y, centre_x, centre_y, 0.6 * radius)
    stream = Stream(properties.get("id", ""), "zones", "population")
    return zones["area_km2"].to_numpy(float) * falling * _noise(stream, len(zones))


def job_weights(zones: pd.DataFrame, stops: pd.DataFrame, properties: dict[str, Any]) -> np.ndarray:
    """Return unscaled jobs: the centre, two drawn sub-centres, some beside the homes."""
    x, y, centre_x, centre_y, radius = _layout(zones, stops, properties)
    stream = Stream(properties.get("id", ""), "zones", "jobs")
    away = crow_m(x, y, centre_x, centre_y)
    ring = np.flatnonzero((away > 0.3 * radius) & (away < 0.8 * radius))
    ring = ring if len(ring) else np.arange(len(zones))
    weight = 5.0 * _near(x, y, centre_x, centre_y, 0.2 * radius)
    for size, at in zip((3.0, 2.0), stream.choose(ring.tolist(), 2), strict=False):
        weight = weight + size * _near(x, y, int(x[at]), int(y[at]), 0.15 * radius)
    land = zones["area_km2"].to_numpy(float)
    people = zones["population"].to_numpy(float)
    beside = people / max(float(people.max()), 1.0) * max(float(land.max()), 0.01)
    return (weight * land + 0.3 * beside) * _noise(stream, len(zones))


def income_groups(
    zones: pd.DataFrame, people: np.ndarray, properties: dict[str, Any]
) -> np.ndarray:
    """Return groups 1 to 5: a smooth random field, cut where a fifth of the people is full."""
    x, y, _, _, radius = _layout(zones, zones.iloc[:0], properties)
    stream = Stream(properties.get("id", ""), "zones", "income_group")
    field = np.zeros(len(zones))
    for at, sign in zip(stream.integers(0, len(zones), 7), (1, -1, 1, -1, 1, -1, 1), strict=True):
        wide = radius * stream.integer(35, 80) / 100
        field = field + sign * _near(x, y, int(x[at]), int(y[at]), wide)
    order = np.argsort(field, kind="stable")
    weight = np.maximum(people[order], 1)
    middle = np.cumsum(weight) - weight // 2
    groups = np.empty(len(zones), dtype=np.int64)
    groups[order] = np.minimum(1 + middle * 5 // int(weight.sum()), 5)
    return groups

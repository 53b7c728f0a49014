"""Walking in a timetable search: how fast, how far, and which stops lie near each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from course.city.places import Plane, crow_m
from course.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Place:
    """Where a way begins or ends: a name and WGS 84 degrees."""

    name: str
    lat: float
    lon: float


@dataclass(frozen=True)
class Walking:
    """How people walk and change: parameters of this course, to be edited (unverified).

    Parameters
    ----------
    speed_kmh : float
        Walking speed.
    detour : float
        Metres on the street for each metre as the crow flies.
    most_m : int
        Farthest walk to the first stop, from the last one, or all the way, on the street.
    most_change_m : int
        Farthest walk between two rides, on the street.
    change_min : float
        Minutes that a change takes besides its walk.
    """

    speed_kmh: float = 4.5
    detour: float = 1.3
    most_m: int = 2_000
    most_change_m: int = 500
    change_min: float = 2.0

    def __post_init__(self) -> None:
        if not (self.speed_kmh > 0 and self.detour >= 1):
            raise UsageError(
                "A walk needs a speed above 0 km/h and a detour of 1 or more.",
                "Leave them out to walk 4.5 km/h and 1.3 m for each metre.",
            )

    def metres(self, crow: Any) -> np.ndarray:
        """Return whole street metres for metres as the crow flies."""
        return np.floor(np.asarray(crow) * self.detour + 0.5).astype(np.int64)

    def seconds(self, metres: Any) -> np.ndarray:
        """Return whole seconds for street metres, rounded up."""
        return np.ceil(np.asarray(metres) * 3.6 / self.speed_kmh - 1e-9).astype(np.int64)


class Walks:
    """Walks among the stops of a city, and between places and stops.

    Parameters
    ----------
    stops : pandas.DataFrame
        ``lat``, ``lon``; a stop without coordinates is walked to by nobody.
    walking : Walking
        How people walk.

    Attributes
    ----------
    start, end, metres : numpy.ndarray of int
        Walks between two rides, by position of the stops, each stop to itself (0 m) as well.
    """

    def __init__(self, stops: pd.DataFrame, walking: Walking) -> None:
        self.walking = walking
        lat, lon = (stops[c].to_numpy(float) for c in ("lat", "lon"))
        self._placed = np.flatnonzero(np.isfinite(lat + lon))
        lat, lon = lat[self._placed], lon[self._placed]
        self._plane = Plane.around(lat, lon)
        self._x = np.zeros(len(stops), dtype=np.int64)
        self._y = np.zeros(len(stops), dtype=np.int64)
        self._x[self._placed], self._y[self._placed] = self._plane.metres(lat, lon)
        self.start, self.end, self.metres = self._among()

    def _among(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        from scipy.spatial import cKDTree

        at = np.column_stack([self._x, self._y])[self._placed]
        reach = self.walking.most_change_m / self.walking.detour + 2
        pairs = np.zeros((0, 2), dtype=np.int64)
        if len(at) > 1:
            pairs = cKDTree(at).query_pairs(reach, output_type="ndarray").astype(np.int64)
        pairs = self._placed[pairs]
        a, b = np.concatenate([pairs, pairs[:, ::-1]]).T
        metres = self.between(a, b)
        near = metres <= self.walking.most_change_m
        every = np.arange(len(self._x), dtype=np.int64)
        return (
            np.concatenate([every, a[near]]),
            np.concatenate([every, b[near]]),
            np.concatenate([np.zeros(len(every), dtype=np.int64), metres[near]]),
        )

    def between(self, a: Any, b: Any) -> np.ndarray:
        """Return street metres between stops, by position."""
        return self.walking.metres(crow_m(self._x[a], self._y[a], self._x[b], self._y[b]))

    def on_foot(self, place: Place) -> np.ndarray:
        """Return street metres from a place to every stop; -1 where it is too far."""
        x, y = self._plane.metres([place.lat], [place.lon])
        metres = np.full(len(self._x), -1, dtype=np.int64)
        here = self._placed
        found = self.walking.metres(crow_m(self._x[here], self._y[here], x[0], y[0]))
        metres[here] = np.where(found <= self.walking.most_m, found, -1)
        return metres

    def direct(self, start: Place, end: Place) -> int:
        """Return street metres between two places."""
        x, y = self._plane.metres([start.lat, end.lat], [start.lon, end.lon])
        return int(self.walking.metres(crow_m(x[0], y[0], x[1], y[1])))

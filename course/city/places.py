"""Which zone a stop or a point belongs to, and how far points are apart.

Convention: coordinates become whole micro-degrees and then whole metres on one plane
per city (equirectangular about its middle). Everything after that is integers, so two
machines never disagree about the nearest zone. A point that is as near to two zones
belongs to the one that comes first.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from course.city.metres import cos_degrees
from course.errors import CourseError

if TYPE_CHECKING:
    import pandas as pd

ZONE_STOP = "bus@"  # "bus@Z" is a bus stop somewhere in zone Z: the pack knows no more
_METRES_PER_MICRODEGREE = 0.111195
_BLOCK = 2_000_000  # distances held at a time
_STOP_ZONES: dict[str, pd.Series] = {}
_KEPT = 32


def microdegrees(values: Any) -> np.ndarray:
    """Return degrees as whole millionths of a degree (int64)."""
    degrees = np.asarray(values, dtype=np.float64)
    if not np.isfinite(degrees).all():
        raise CourseError(
            "A point has no latitude or longitude.", "Give every stop and zone both numbers."
        )
    return np.floor(degrees * 1e6 + 0.5).astype(np.int64)


@dataclass(frozen=True)
class Plane:
    """A flat map of one city in whole metres.

    Parameters
    ----------
    lat0, lon0 : int
        The middle, in micro-degrees.
    shrink : float
        Cosine of the middle latitude, rounded to 6 decimals.
    """

    lat0: int
    lon0: int
    shrink: float

    @classmethod
    def around(cls, lat: Any, lon: Any) -> Plane:
        """Return the plane about the mean of some points; about 0, 0 for none."""
        lat_u, lon_u = microdegrees(lat), microdegrees(lon)
        if len(lat_u) == 0:
            return cls(0, 0, 1.0)
        lat0 = int(lat_u.sum()) // len(lat_u)
        east = _wrapped(lon_u - lon_u[0])  # a city on the 180th meridian stays in one piece
        lon0 = int(lon_u[0]) + int(east.sum()) // len(lon_u)
        return cls(lat0, lon0, round(float(cos_degrees(lat0 / 1e6)), 6))

    def metres(self, lat: Any, lon: Any) -> tuple[np.ndarray, np.ndarray]:
        """Return metres east and north of the middle, two int64 arrays."""
        north = (microdegrees(lat) - self.lat0) * _METRES_PER_MICRODEGREE
        east = _wrapped(microdegrees(lon) - self.lon0) * (_METRES_PER_MICRODEGREE * self.shrink)
        # Half metres go to the even side: east and west, north and south alike.
        return np.rint(east).astype(np.int64), np.rint(north).astype(np.int64)


def _wrapped(east: np.ndarray) -> np.ndarray:
    return (east + 180_000_000) % 360_000_000 - 180_000_000


def crow_m(x_a: Any, y_a: Any, x_b: Any, y_b: Any) -> np.ndarray:
    """Return whole metres between points of one plane, element by element."""
    dx = np.asarray(x_a, dtype=np.int64) - x_b
    dy = np.asarray(y_a, dtype=np.int64) - y_b
    return np.floor(np.sqrt((dx * dx + dy * dy).astype(np.float64)) + 0.5).astype(np.int64)


def nearest_position(
    x: np.ndarray, y: np.ndarray, to_x: np.ndarray, to_y: np.ndarray
) -> np.ndarray:
    """Return for each point the position of the nearest target; the first of equals."""
    if len(to_x) == 0:
        raise CourseError("The city has no zones.", "Give it a zones table with one row per zone.")
    out = np.empty(len(x), dtype=np.int64)
    rows = max(1, _BLOCK // len(to_x))
    for start in range(0, len(x), rows):
        here = slice(start, start + rows)
        dx = x[here, None] - to_x[None, :]
        dy = y[here, None] - to_y[None, :]
        out[here] = np.argmin(dx * dx + dy * dy, axis=1)
    return out


def nearest_zone(lat: Any, lon: Any, zones: pd.DataFrame) -> np.ndarray:
    """Return the id of the nearest zone point for each point.

    Parameters
    ----------
    lat, lon : array_like of float
        WGS 84 degrees.
    zones : pandas.DataFrame
        Needs ``zone_id, lat, lon``; equal distances go to the first row.

    Returns
    -------
    numpy.ndarray of object
        One zone id (str) per point; empty for no points.

    Raises
    ------
    CourseError
        If there are no zones or a coordinate is missing.

    Examples
    --------
    >>> import pandas as pd
    >>> zones = pd.DataFrame({"zone_id": ["N", "S"], "lat": [1.0, 0.0], "lon": [0.0, 0.0]})
    >>> nearest_zone([0.9, 0.5, 0.1], [0.0, 0.0, 0.0], zones).tolist()
    ['N', 'N', 'S']
    """
    plane = Plane.around(zones["lat"], zones["lon"])
    x, y = plane.metres(lat, lon)
    to_x, to_y = plane.metres(zones["lat"], zones["lon"])
    return zones["zone_id"].to_numpy(dtype=object)[nearest_position(x, y, to_x, to_y)]


def zone_of(city: Any, stop_ids: pd.Series) -> pd.Series:
    """Return the zone each stop belongs to: the one with the nearest zone point.

    Parameters
    ----------
    city : course.City
        Needs ``stops`` and ``zones``.
    stop_ids : pandas.Series of str
        Stop ids, ``bus@<zone_id>`` for a bus stop of a zone, or NA.

    Returns
    -------
    pandas.Series of str
        Zone ids on the same index, named ``zone_id``; NA where the stop is NA or unknown.
        Empty for an empty series.

    Notes
    -----
    The rule is the course's own: no boundaries are needed, so it works in every city.
    """
    import pandas as pd

    known = _stop_zones(city)
    number, different = pd.factorize(stop_ids)
    zones = known.array.take(known.index.get_indexer(pd.Index(different)), allow_fill=True)
    values = pd.array(zones, dtype="str").take(number, allow_fill=True)
    return pd.Series(values, index=stop_ids.index, name="zone_id")


def _stop_zones(city: Any) -> pd.Series:
    """Map every stop id, and ``bus@Z`` for every zone, to a zone id."""
    import pandas as pd

    key = content_key(city)
    if key not in _STOP_ZONES:
        stops, zones = city.stops, city.zones
        ids = zones["zone_id"].astype("str")
        found = nearest_zone(stops["lat"], stops["lon"], zones) if len(stops) else []
        mapped = pd.Series(
            [*found, *ids],
            index=pd.Index([*stops["stop_id"], *(ZONE_STOP + ids)], dtype="str"),
            dtype="str",
        )
        while len(_STOP_ZONES) >= _KEPT:
            _STOP_ZONES.pop(next(iter(_STOP_ZONES)))
        _STOP_ZONES[key] = mapped[~mapped.index.duplicated()]
    return _STOP_ZONES[key]


def content_key(city: Any) -> str:
    """Return 32 hex digits that change when the city's scored content or properties do.

    The fingerprint alone is not enough: population, area and centre are properties, and
    synthesised zones depend on them.
    """
    told = json.dumps(city.properties, sort_keys=True, default=str, ensure_ascii=True)
    text = "\x1f".join([str(city.id), str(city.fingerprint), told])
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:32]

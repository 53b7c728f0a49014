"""A line the reader draws on a lab's map: points come in, Python says what line they mean.

The page sends points clicked or named; they are checked like anything typed. What line the
points mean (snapped to streets, to stops) is for the lab to say, in ``Picture.drawn``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np

from course.display.network_lines import SCALE, flat
from course.errors import UsageError

KEY = "drawn"
MOST_POINTS = 40
MOST_LINE_POINTS = 5_000  # of the line a lab gives back


@dataclass(frozen=True)
class Place:
    """A point that can be added by its name.

    Parameters
    ----------
    name : str
        What the reader types or picks.
    lat, lon : float
        WGS 84 degrees.
    """

    name: str
    lat: float
    lon: float


@dataclass(frozen=True)
class Drawing:
    """The control for drawing one line; it stands among a lab's controls.

    Parameters
    ----------
    label : str
        What is drawn, such as "Your route".
    bounds : tuple of float
        South, west, north, east in degrees; points outside are refused.
        :func:`bounds_around` makes them.
    places : sequence of Place
        What can be typed in place of a click; a reader without a mouse needs them.
    button : str
        Words of the button.
    most : int
        The most points, 2 to 40.
    hint : str
        One short sentence for the reader who asks what it is.

    Notes
    -----
    In the setting it is ``"drawn"``: a list of ``[lat, lon]``, empty when nothing is drawn.

    Examples
    --------
    >>> ink = Drawing("Your route", bounds=(37.4, 126.8, 37.7, 127.2))
    >>> ink.clean([[37.5, 127.0], [37.5, 127.0], [91, 0], ["37.5", 127], [37.51, 127.02]])
    [[37.5, 127.0], [37.51, 127.02]]
    """

    label: str
    bounds: tuple[float, float, float, float]
    places: Sequence[Place] = ()
    button: str = "Draw a route"
    most: int = MOST_POINTS
    hint: str = ""
    more: bool = False

    def __post_init__(self) -> None:
        south, west, north, east = self.bounds
        if not all(map(math.isfinite, self.bounds)) or south >= north or west >= east:
            raise UsageError(
                f"The bounds of a drawing must be south, west, north, east, not {self.bounds}.",
                "Use bounds_around(stops['lat'], stops['lon']).",
            )
        if not 2 <= self.most <= MOST_POINTS:
            raise UsageError(
                f"A drawn line takes 2 to {MOST_POINTS} points, not {self.most}.",
                "Leave `most` out.",
            )

    @property
    def key(self) -> str:
        """Return its name in the setting."""
        return KEY

    @property
    def start(self) -> list[list[float]]:
        """Return no points."""
        return []

    def clean(self, value: Any) -> list[list[float]]:
        """Return the points that are finite and inside the bounds, each once in a row."""
        if not isinstance(value, list | tuple):
            return []
        kept: list[list[float]] = []
        for given in value[: 4 * MOST_POINTS]:
            point = self._point(given)
            if point and (not kept or kept[-1] != point):
                kept.append(point)
        return kept[: self.most]

    def _point(self, given: Any) -> list[float] | None:
        if not isinstance(given, list | tuple) or len(given) != 2:
            return None
        if any(isinstance(v, bool) or not isinstance(v, Real) for v in given):
            return None
        try:
            lat, lon = (float(v) for v in given)
        except OverflowError:
            return None
        south, west, north, east = self.bounds
        # a number that is not finite fails both comparisons
        if not (south <= lat <= north and west <= lon <= east):
            return None
        return [round(lat, 5), round(lon, 5)]

    def shown(self, value: Any) -> str:
        """Return how many points a value has."""
        n = len(self.clean(value))
        return "nothing drawn" if n == 0 else "1 point" if n == 1 else f"{n} points"

    def spec(self) -> dict[str, Any]:
        """Return the control as the page's script reads it."""
        usable = [p for p in self.places if self._point((p.lat, p.lon))]
        return {
            "kind": "drawing",
            "key": KEY,
            "label": self.label,
            "button": self.button,
            "bounds": [float(v) for v in self.bounds],
            "places": [[str(p.name), round(p.lat, 5), round(p.lon, 5)] for p in usable],
            "most": self.most,
            "hint": self.hint,
            "more": self.more,
            "start": [],
        }


def bounds_around(
    lat: Iterable[float], lon: Iterable[float], *, margin: float = 0.05
) -> tuple[float, float, float, float]:
    """Return bounds around places, for :class:`Drawing`.

    Parameters
    ----------
    lat, lon : iterable of float
        WGS 84 degrees; missing values are left out.
    margin : float
        Share of the larger side added on each side.

    Raises
    ------
    UsageError
        When no place has coordinates.

    Examples
    --------
    >>> bounds_around([37.4, 37.6], [126.9, 127.1], margin=0.1)
    (37.38, 126.88, 37.62, 127.12)
    """
    y, x = (np.asarray(list(v), dtype=float) for v in (lat, lon))
    there = np.isfinite(y) & np.isfinite(x)
    if not there.any():
        raise UsageError("No place has coordinates.", "Give the lat and lon of the city's stops.")
    y, x = y[there], x[there]
    pad = max(float(np.ptp(y)), float(np.ptp(x)), 0.01) * margin
    corners = (y.min() - pad, x.min() - pad, y.max() + pad, x.max() + pad)
    south, west, north, east = (round(float(v), 5) for v in corners)
    return south, west, north, east


def line_numbers(points: Sequence[Sequence[float]]) -> list[int]:
    """Return a line as the page reads it: whole numbers, see :mod:`network_lines`.

    Raises
    ------
    UsageError
        For a coordinate that is not finite or a line of too many points.
    """
    if not len(points):
        return []
    line = np.asarray(points, dtype=float)
    if line.ndim != 2 or line.shape[1] != 2 or not np.isfinite(line).all():
        raise UsageError(
            "A drawn line needs pairs of lat and lon.", "Give Picture.drawn as [(lat, lon), ...]."
        )
    if len(line) > MOST_LINE_POINTS:
        raise UsageError(
            f"The drawn line has {len(line)} points; the page takes {MOST_LINE_POINTS}.",
            "Leave out points closer than a few metres.",
        )
    whole = np.rint(line * SCALE)
    keep = np.ones(len(whole), dtype=bool)
    keep[1:] = (np.diff(whole, axis=0) != 0).any(axis=1)
    return flat(line[keep, 0], line[keep, 1])

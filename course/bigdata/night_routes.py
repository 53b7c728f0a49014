"""A night route and a set of candidates: where it runs, how long it is, what it is called."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from course.city.places import Plane
from course.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

KINDS = ("day route", "shortest path", "drawn")


@dataclass(frozen=True)
class Route:
    """One way a night bus may take, there and back the same way.

    Parameters
    ----------
    route_id, name : str
        "N03" and where it leads.
    kind : str
        ``day route`` (a line of the pack), ``shortest path`` (over the pack's network) or
        ``drawn`` (by a reader).
    length_m : int
        Metres one way.
    lat, lon : tuple of float
        The places it passes, in order, WGS 84.
    stops : tuple of str
        Their names.
    plane : Plane
        The flat map on which distances to it are measured.
    day_route : str
        ``route_id`` of the line it follows, empty for others.
    """

    route_id: str
    name: str
    kind: str
    length_m: int
    lat: tuple[float, ...]
    lon: tuple[float, ...]
    stops: tuple[str, ...]
    plane: Plane
    day_route: str = ""

    @property
    def length_km(self) -> float:
        """Kilometres one way; the bus drives twice as many."""
        return self.length_m / 1000

    @property
    def path(self) -> list[list[float]]:
        """The places as [latitude, longitude] pairs."""
        return [[a, b] for a, b in zip(self.lat, self.lon, strict=True)]

    def metres_to(self, lat: np.ndarray, lon: np.ndarray, *, limit_m: int) -> np.ndarray:
        """Return whole metres from points to the nearest spot of the way, int32.

        Farther than ``limit_m`` is ``limit_m + 1``. The way between two places is the
        straight line.
        """
        x, y = self.plane.metres(lat, lon)
        return metres_to_way(*self.plane.metres(self.lat, self.lon), x, y, limit_m)


def metres_to_way(
    way_x: np.ndarray, way_y: np.ndarray, x: np.ndarray, y: np.ndarray, limit_m: int
) -> np.ndarray:
    """Return whole metres (int32) from points to a way of straight lines, up to a limit."""
    out = np.full(len(x), limit_m + 1, dtype=np.int32)
    near = np.flatnonzero(
        (x >= way_x.min() - limit_m) & (x <= way_x.max() + limit_m)
        & (y >= way_y.min() - limit_m) & (y <= way_y.max() + limit_m)
    )  # fmt: skip
    if len(near) == 0:
        return out
    ax, ay = way_x[:-1].astype(np.float64), way_y[:-1].astype(np.float64)
    bx, by = np.diff(way_x).astype(np.float64), np.diff(way_y).astype(np.float64)
    if len(ax) == 0:  # one place only
        ax, ay, bx, by = (np.array([float(v)]) for v in (way_x[0], way_y[0], 0, 0))
    square = np.maximum(bx * bx + by * by, 1.0)
    px, py = x[near, None] - ax, y[near, None] - ay
    along = np.clip((px * bx + py * by) / square, 0.0, 1.0)
    dx, dy = px - along * bx, py - along * by
    metres = np.floor(np.sqrt((dx * dx + dy * dy).min(axis=1)) + 0.5)
    out[near] = np.minimum(metres, limit_m + 1).astype(np.int32)
    return out


@dataclass(frozen=True)
class Candidates:
    """Night routes to choose from.

    Parameters
    ----------
    routes : tuple of Route
        In the order of their ids.
    zones : DataFrame, optional
        Zone points with ``lat, lon, zone_id, income_group``: who lives where.
    """

    routes: tuple[Route, ...]
    zones: pd.DataFrame | None = field(default=None, repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.routes)

    def __iter__(self) -> Iterator[Route]:
        return iter(self.routes)

    def __getitem__(self, route_id: str) -> Route:
        """Return a route by its id."""
        for route in self.routes:
            if route.route_id == route_id:
                return route
        known = ", ".join(r.route_id for r in self.routes[:12])
        raise UsageError(
            f"There is no candidate {route_id!r}.",
            f"Use one of {known}{' ...' if len(self) > 12 else ''}.",
        )

    def __repr__(self) -> str:
        return f"Candidates({len(self)} routes)"

    @property
    def ids(self) -> list[str]:
        """The route ids in order."""
        return [route.route_id for route in self.routes]

    @property
    def table(self) -> pd.DataFrame:
        """One row per route: route_id, name, kind, length_km (one way), stops, day_route."""
        import pandas as pd

        columns = ["route_id", "name", "kind", "length_km", "stops", "day_route"]
        rows = [
            (r.route_id, r.name, r.kind, r.length_km, len(r.stops), r.day_route)
            for r in self.routes
        ]
        return pd.DataFrame(rows, columns=columns).astype({
            "route_id": "str", "name": "str", "kind": "str", "length_km": "float64",
            "stops": "int64", "day_route": "str",
        })  # fmt: skip

    def some(self, route_ids: Iterable[str]) -> Candidates:
        """Return a smaller set, in the order asked for."""
        wanted = [route_ids] if isinstance(route_ids, str) else route_ids
        return Candidates(tuple(self[i] for i in wanted), self.zones)

    def with_route(self, route: Route) -> Candidates:
        """Return the set with one more route, which replaces one of the same id."""
        others = tuple(r for r in self.routes if r.route_id != route.route_id)
        return Candidates((*others, route), self.zones)


def routes_of(given: Route | Candidates | Sequence[Route]) -> tuple[Route, ...]:
    """Return one or several routes as a tuple, refusing what is none."""
    found = (given,) if isinstance(given, Route) else tuple(given) if _listed(given) else (given,)
    for route in found:
        if not isinstance(route, Route):
            raise UsageError(
                f"{route!r} is not a route.",
                'Take routes from nightbus.candidates(city), such as candidates["N03"].',
            )
    return found


def _listed(given: object) -> bool:
    return isinstance(given, Iterable) and not isinstance(given, str)

"""Hand-made cities with night demand, for tests that need no pack and no data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from course.bigdata.night_routes import Candidates, Route
from course.city.places import Plane
from course.city.synthesis.night_trips import synthesise_night_trips
from tests.small_city import SmallCity, small_city

HERE = (37.50, 127.00)
PLANE = Plane.around([HERE[0]], [HERE[1]])


@dataclass
class NightCity(SmallCity):
    """A small city with cells and night trips."""

    currency: str = "KRW"
    fare_policy: dict | None = None

    @cached_property
    def zone_cells(self) -> dict[str, list[str]]:
        from course.city.zone_shapes import zone_cells

        return zone_cells(self.zones, self.stops)

    @cached_property
    def night_trips(self) -> pd.DataFrame:
        return synthesise_night_trips(self)


def night_city(lines: dict, places: dict, **properties: object) -> NightCity:
    """Make a night city from lines and places as `small_city` takes them."""
    city = small_city(lines, places, **properties)
    return NightCity(city.stops, city.routes, city.patterns, city.zones, city.properties)


def grid_city(*, bus: bool = True, **properties: object) -> NightCity:
    """Two subway lines that cross, and (or not) bus lines on a grid of about 1 km."""
    places = {
        f"{i}-{j}": (HERE[0] + i * 0.009, HERE[1] + j * 0.0113) for i in range(9) for j in range(9)
    }
    lines = {
        "M1": ("subway", [f"4-{j}" for j in range(9)]),
        "M2": ("subway", [f"{i}-4" for i in range(9)]),
    }
    if bus:
        for i in (0, 2, 6, 8):
            lines[f"B{i}"] = ("bus", [f"{i}-{j}" for j in range(9)])
            lines[f"T{i}"] = ("bus", [f"{j}-{i}" for j in range(9)])
    used = {s for _, ids in lines.values() for s in ids}
    told = {"id": "night grid", "population": 400_000, **properties}
    return night_city(lines, {s: p for s, p in places.items() if s in used}, **told)


def straight_route(route_id: str, *points: tuple[float, float], metres: int = 10_000) -> Route:
    """Return a route through points, of a length that is told."""
    return Route(
        route_id, f"Route {route_id}", "drawn", metres, tuple(p[0] for p in points),
        tuple(p[1] for p in points), tuple(f"stop {i}" for i in range(len(points))), PLANE,
    )  # fmt: skip


def hexagons(rings: int = 4) -> list[str]:
    """Return cells of resolution 8 around HERE, sorted."""
    import h3

    return sorted(h3.grid_disk(h3.latlng_to_cell(*HERE, 8), rings))


def some_trips(pairs: list[tuple[int, int, int, float]], rings: int = 4) -> pd.DataFrame:
    """Return night trips (from, to, hour, trips) by the number of the cell in `hexagons`."""
    cells = hexagons(rings)
    return pd.DataFrame(
        [(cells[a], cells[b], hour, float(trips)) for a, b, hour, trips in pairs],
        columns=["from_cell", "to_cell", "hour", "trips"],
    ).astype({"from_cell": "str", "to_cell": "str", "hour": "int64", "trips": "float64"})


def some_routes(draw_points: list[list[int]], rings: int = 4) -> Candidates:
    """Return routes through the middles of numbered cells."""
    import h3

    cells = hexagons(rings)
    return Candidates(
        tuple(
            straight_route(
                f"R{k}", *(h3.cell_to_latlng(cells[i]) for i in numbers), metres=1_000 * (k + 1)
            )
            for k, numbers in enumerate(draw_points)
        )
    )

"""The map of the night bus lab: hexagons by night trips, and the routes that run.

Colour says how many trips start or end in a cell; stripes say that a route passes it, so
that what is served can be seen without colour.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from course.display import breaks, network_lines, palette
from course.display.base_map import THEMES, BaseMap
from course.display.map_layer import Layer, Legend, Look

CELLS, ROUTES = "cells", "routes"
CLASSES = 5
RUNS, SPARE = 0, 1  # classes of the layer of routes
_PALE, _FULL = 0.55, 0.92  # what no route passes stands back
# One colour for every line: which line it is, its name says, not its colour.
_LINE = {"light": "#d55e00", "dark": "#ff9a4d"}


def hexagons(cells: Sequence[str]) -> list[Any]:
    """Return H3 cells as a layer of areas draws them."""
    import h3

    shapes = []
    for cell in cells:
        ring = np.array(h3.cell_to_boundary(cell), dtype=float)
        shapes.append([[network_lines.flat(ring[:, 0], ring[:, 1])]])
    return shapes


def edges_of(trips: np.ndarray) -> list[float]:
    """Return the class edges of night trips per cell, the same at every setting."""
    return breaks.sequential_edges(trips[trips > 0], classes=CLASSES)


def cell_classes(trips: np.ndarray, reached: np.ndarray, edges: Sequence[float]) -> np.ndarray:
    """Return the class of each cell: by trips, and in a second row of classes when reached."""
    plain = breaks.classify(trips, edges)
    return np.where(reached, plain + len(edges) + 1, plain).astype(np.uint8)


def cell_layer(
    cells: Sequence[str], names: Sequence[str], classes: np.ndarray, edges: Sequence[float]
) -> Layer:
    """Return the layer of hexagons."""
    count = len(edges) + 1
    # the first of the scale is too loud on paper and lost on a dark page
    colors = {t: palette.sequential(count + 1, theme=t)[1:] * 2 for t in THEMES}
    looks = [Look("No route passes here", opacity=_PALE)] * count
    looks += [Look("A route passes here", hatch="stripes", opacity=_FULL)] * count
    return Layer(
        id=CELLS, kind="areas", shapes=hexagons(cells), classes=classes, colors=colors,
        names=list(names), picks=True, weight=0.4, looks=looks,
    )  # fmt: skip


def route_layer(routes: Sequence[Any], names: Sequence[str], classes: np.ndarray) -> Layer:
    """Return the layer of candidate routes; what does not run is not drawn."""
    shapes = [[network_lines.flat(np.array(route.lat), np.array(route.lon))] for route in routes]
    return Layer(
        id=ROUTES, kind="lines", shapes=shapes, classes=classes, names=list(names), picks=True,
        colors={t: [_LINE[t], palette.ROLES[t]["ink-2"]] for t in THEMES},
        looks=[
            Look("Runs", weight=3.5, front=True), Look("Does not run", weight=2.5, dash="dashes"),
        ],
    )  # fmt: skip


def cell_legend(edges: Sequence[float]) -> Legend:
    """Return the legend of the hexagons: amounts, and what stripes mean."""
    words = breaks.class_labels(edges)
    count = len(edges) + 1
    rows: list[tuple[int, str]] = [(k, word) for k, word in enumerate(words)][::-1]
    return Legend("Night trips of a cell", [*rows, (2 * count - 1, "a route passes here")])


def route_legend(some_spare: bool) -> Legend:
    """Return the legend of the lines."""
    rows = [(RUNS, "runs")] + ([(SPARE, "candidate, does not run")] if some_spare else [])
    return Legend("Night routes", rows)


def empty_map(city: Any, title: str, height: int) -> BaseMap:
    """Return the base map of the lab."""
    return BaseMap(city, title=title, height=height)

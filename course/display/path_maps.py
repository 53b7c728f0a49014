"""Ways through the city as lines: wider and darker for more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from course.display import breaks, network_lines, palette
from course.display.base_map import HEIGHT, THEMES, BaseMap, iframe
from course.display.figure import Figure
from course.display.map_layer import Layer, Look
from course.display.map_words import ends, head, subtitle
from course.display.numbers import with_unit
from course.errors import UsageError

if TYPE_CHECKING:
    from course.city.pack import City

_THIN, _WIDER = 2.5, 1.5  # pixels: the lowest class, and what each class adds


def paths(
    city: City,
    ways: Mapping[str, Sequence[Sequence[float]]],
    *,
    values: Mapping[str, float] | pd.Series | None = None,
    title: str,
    unit: str = "",
    reading: str = "",
    measure: str = "",
    year: int | str | None = None,
    classes: int = 4,
    decimals: int | None = None,
    synthetic: str = "",
    sources: str = "",
    table: pd.DataFrame | None = None,
    height: int = HEIGHT,
) -> Figure:
    """Draw ways as lines, wider and darker for more.

    Parameters
    ----------
    city : City
        Whose lines are the base.
    ways : mapping
        Name to its points in order, ``[lat, lon]`` in WGS 84 degrees.
    values : mapping or Series, optional
        Number by name; all the same width when absent.
    classes : int
        Most classes, 2 to 6.
    table : DataFrame, optional
        Table below the map; way and value when absent.
    title, unit, reading, measure, year, decimals, synthetic, sources, height
        As in :func:`course.display.maps.zones`.

    Returns
    -------
    Figure
        No ways give the base map and a sentence that says so.

    Raises
    ------
    UsageError
        A way has fewer than two points, or a value belongs to no way.
    """
    names = [str(name) for name in ways]
    shapes = [[_flat(name, points)] for name, points in ways.items()]
    data = _numbers(names, values)
    edges = breaks.sequential_edges(data, classes=classes) if values is not None else []
    count = len(edges) + 1
    text = [with_unit(v, unit, decimals=decimals) for v in data]
    base = BaseMap(city, title=title, height=height)
    base.add(
        Layer(
            id="paths",
            kind="lines",
            shapes=shapes,
            classes=breaks.classify(data, edges) if len(names) else np.zeros(0, np.uint8),
            # the palest of the scale would be lost on the canvas
            colors={t: palette.sequential(count + 1, theme=t)[1:] for t in THEMES},
            names=names,
            tips=[[f"{measure or title}: {t}"] if values is not None else [] for t in text],
            looks=[Look(weight=_THIN + _WIDER * k, front=k == count - 1) for k in range(count)],
        )
    )
    if edges:
        words = breaks.class_labels(edges, decimals=decimals)
        rows = [(k, word, "line") for k, word in enumerate(words)][::-1]
        base.legend("paths", head(measure or title, unit), rows)
    base.badge(synthetic.split(":")[0] if synthetic else "")
    if not names:
        reading = "There is no way to show."
    elif values is not None and not reading:
        reading = ends(names, data, text)
    if table is None and values is not None:
        table = pd.DataFrame({"way": names, measure or "value": data})
    return Figure(
        title=title,
        subtitle=subtitle(measure, unit, year, synthetic),
        reading=reading,
        alt=title,
        body=f'<div class="kit-frame">{iframe(base.page(), title=title, height=height)}</div>',
        synthetic=synthetic,
        sources=sources,
        table=table,
        table_options={"caption": head(measure or title, unit)},
    )


def _flat(name: Any, points: Sequence[Sequence[float]]) -> list[int]:
    try:
        line = np.asarray(points, dtype=float)
    except (TypeError, ValueError):
        line = np.zeros(0)
    if line.ndim != 2 or line.shape[1] != 2 or len(line) < 2 or not np.isfinite(line).all():
        raise UsageError(
            f"The way {name!r} is no list of two or more [lat, lon] pairs.",
            "Give the path of a route: route.path.",
        )
    return network_lines.flat(line[:, 0], line[:, 1])


def _numbers(names: Sequence[str], values: Any) -> np.ndarray:
    if values is None:
        return np.zeros(len(names))
    given = {str(name): float(value) for name, value in dict(values).items()}
    if strange := [name for name in given if name not in set(names)]:
        raise UsageError(
            f"There is a value for {strange[0]!r}, which is no way.", "Use the names of the ways."
        )
    return np.array([given.get(name, np.nan) for name in names], dtype=float)

"""Places as circles: larger and darker for more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from course.display import breaks, network_lines, palette
from course.display.base_map import HEIGHT, THEMES, BaseMap, Layer, iframe
from course.display.figure import Figure
from course.display.map_words import ends, head, subtitle
from course.display.numbers import with_unit
from course.errors import UsageError

if TYPE_CHECKING:
    from course.city.pack import City


def points(
    city: City,
    places: pd.DataFrame,
    *,
    value: str | None = None,
    name: str = "name",
    title: str,
    unit: str = "",
    reading: str = "",
    measure: str = "",
    year: int | str | None = None,
    classes: int = 5,
    synthetic: str = "",
    sources: str = "",
    height: int = HEIGHT,
) -> Figure:
    """Draw places as circles, larger and darker for more.

    Parameters
    ----------
    city : City
        Whose lines are the base.
    places : DataFrame
        One row per place: ``lat``, ``lon`` (WGS 84 degrees), a name column and, if given,
        the value column. Rows without coordinates are left out and counted.
    value : str, optional
        Column that sizes the circles; all the same when absent.
    name : str
        Column with the name.
    title, unit, reading, measure, year, classes, synthetic, sources, height
        As in :func:`course.display.maps.zones`.

    Returns
    -------
    Figure
        No rows give the base map and a sentence that says so.
    """
    for column in ("lat", "lon", *([value] if value else [])):
        if column not in places:
            raise UsageError(
                f"The places have no column {column!r}.",
                f"Their columns are {', '.join(map(str, places.columns))}.",
            )
    there = places[places["lat"].notna() & places["lon"].notna()].reset_index(drop=True)
    lost = len(places) - len(there)
    data = there[value].to_numpy(float) if value else np.zeros(len(there))
    edges = breaks.sequential_edges(data, classes=classes) if value else []
    top = float(np.nanmax(np.abs(data))) if value and np.isfinite(data).any() else 0.0
    size = np.sqrt(np.nan_to_num(np.abs(data)) / top) if top else np.full(len(data), 0.4)
    # large circles first, so that small ones stay on top and can be touched
    order = np.argsort(-size, kind="stable")
    rows, data, size = there.iloc[order], data[order], size[order]
    names = rows[name].astype(str).tolist() if name in rows else [""] * len(rows)
    text = [with_unit(v, unit) for v in data] if value else [""] * len(rows)
    base = BaseMap(city, title=title, height=height)
    base.add(
        Layer(
            id="points",
            kind="points",
            shapes=[
                network_lines.flat(np.array([a]), np.array([b]))
                for a, b in zip(rows["lat"], rows["lon"], strict=True)
            ],
            classes=breaks.classify(data, edges),
            colors={t: palette.sequential(len(edges) + 1, theme=t) for t in THEMES},
            names=names,
            tips=[[f"{measure or value}: {t}"] if t else [] for t in text],
            radii=3 + 13 * size,
            weight=1,
            opacity=0.88,
        )
    )
    if value:
        words = breaks.class_labels(edges)
        rows_ = [(i, w, "dot") for i, w in enumerate(words)][::-1]
        base.legend("points", head(measure or title, unit), rows_)
    base.badge(synthetic.split(":")[0] if synthetic else "")
    if not len(there):
        reading = "There is no place to show."
    elif value and not reading:
        reading = ends(names, data, text)
    if lost:
        reading += f" {lost} without coordinates are not drawn."
    columns = [c for c in (name, value) if c and c in rows]
    return Figure(
        title=title,
        subtitle=subtitle(measure, unit, year, synthetic),
        reading=reading.strip(),
        alt=title,
        body=f'<div class="kit-frame">{iframe(base.page(), title=title, height=height)}</div>',
        synthetic=synthetic,
        sources=sources,
        table=rows[columns] if columns else None,
        table_options={"caption": head(measure or title, unit), "units": {value: unit}},
    )

"""The network itself: lines in their own colours, stops as dots."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from course.display import network_lines, palette
from course.display.base_map import HEIGHT, THEMES, BaseMap, Layer, iframe
from course.display.figure import Figure
from course.display.numbers import number
from course.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from course.city.pack import City


def network(
    city: City,
    *,
    title: str = "",
    routes: Sequence[str] | None = None,
    reading: str = "",
    sources: str = "",
    synthetic: str = "",
    height: int = HEIGHT,
) -> Figure:
    """Draw the lines and stops of a city in their own colours.

    Parameters
    ----------
    city : City
        Whose network is drawn.
    title, reading, sources, synthetic : str
        As in :func:`course.display.maps.zones`.
    routes : sequence of str, optional
        ``route_id`` of lines to bring forward; none when absent.
    height : int
        Height in pixels.

    Returns
    -------
    Figure
        Table: one row per mode with routes, patterns and trips per weekday.
    """
    patterns = city.patterns
    title = title or f"{city.title}: lines and stops"
    base = BaseMap(city, title=title, own_colors=not routes, height=height)
    if routes:
        chosen = city.routes[city.routes["route_id"].isin(list(routes))]
        if chosen.empty:
            raise UsageError(
                f"No route of {city.title} is called {next(iter(routes))!r}.",
                "Use route_id from city.routes.",
            )
        base.add(_route_layer(city, chosen))
    counts = (
        patterns.groupby("mode")
        .agg(
            routes=("route_id", "nunique"),
            patterns=("route_id", "size"),
            trips_per_weekday=("trips_per_day", "sum"),
        )
        .reset_index()
    )
    n_routes, n_stops = patterns["route_id"].nunique(), len(city.stops)
    said = f"{number(n_routes)} lines serve {number(n_stops)} stops."
    return Figure(
        title=title,
        reading=reading or said,
        alt=said,
        body=f'<div class="kit-frame">{iframe(base.page(), title=title, height=height)}</div>',
        synthetic=synthetic,
        sources=sources,
        table=counts,
        table_options={"caption": "The network by mode, representative weekday"},
    )


def _route_layer(city: City, routes: pd.DataFrame) -> Layer:
    shapes, names = [], []
    for route in routes.itertuples():
        own = city.patterns[city.patterns["route_id"].eq(route.route_id)]
        parts = network_lines.network(own, city.stops)
        shapes.append(parts[0]["lines"] if parts else [])
        names.append(str(route.short_name or route.long_name or route.route_id))
    given = [palette.OKABE_ITO[i % len(palette.OKABE_ITO)] for i in range(len(routes))]
    own_colors = [
        c if isinstance(c, str) and len(c) == 7 else given[i] for i, c in enumerate(routes["color"])
    ]
    return Layer(
        id="routes",
        kind="lines",
        shapes=shapes,
        classes=np.arange(len(routes), dtype=np.uint8),
        colors={t: [palette.line_color(c, theme=t) for c in own_colors] for t in THEMES},
        names=names,
        tips=[[str(n)] for n in routes["long_name"]],
        weight=4,
    )

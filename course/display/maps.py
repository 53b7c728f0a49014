"""Maps for lessons: districts by value, places by size, the network itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from course.display import breaks, network_lines, offline, palette
from course.display.base_map import BaseMap, Layer, iframe
from course.display.figure import Figure
from course.display.numbers import number, with_unit
from course.errors import UsageError

if TYPE_CHECKING:
    import folium

    from course.city.pack import City

HEIGHT = 440
MANY_ZONES = 300  # the page leaves out what would collide; above this nothing would be left
THEMES: tuple[palette.Theme, ...] = ("light", "dark")


def zone_shapes(city: City, zone_ids: Sequence[str]) -> list[Any]:
    """Return the outlines of zones in the given order, as a layer draws them."""
    polygons = city.zone_polygons
    return [network_lines.rings(polygons.get(z, {"type": "Polygon"})) for z in zone_ids]


def full_name(name: object, local: object) -> str:
    """Return a name with the city's own spelling beside it, when it differs."""
    own = "" if local is None or local != local else str(local)
    return f"{name} {own}" if own and own != str(name) else str(name)


def _as_series(city: City, values: Any) -> pd.Series:
    if isinstance(values, Mapping):
        values = pd.Series(dict(values), dtype=float)
    if not isinstance(values, pd.Series):
        raise UsageError(
            f"maps.zones() needs one number per zone, not {type(values).__name__}.",
            "Give a Series with zone_id as its index.",
        )
    known = set(city.zones["zone_id"])
    strange = [str(z) for z in values.index if z not in known]
    if len(strange) == len(values) and len(values):
        raise UsageError(
            f"None of the zones is in {city.title}, for example {strange[0]!r}.",
            "Use zone_id as the index: frame.set_index('zone_id')['value'].",
        )
    return values.astype(float)


def zones(
    city: City,
    values: pd.Series | Mapping[str, float],
    *,
    title: str,
    unit: str = "",
    reading: str = "",
    measure: str = "",
    year: int | str | None = None,
    diverging: bool = False,
    classes: int = 5,
    less: str = "less",
    more: str = "more",
    decimals: int | None = None,
    synthetic: str | None = None,
    sources: str = "",
    table: pd.DataFrame | None = None,
    height: int = HEIGHT,
) -> Figure:
    """Draw one value per zone.

    Parameters
    ----------
    city : City
        Whose zones, lines and stops are drawn.
    values : Series or mapping
        Number by ``zone_id``; a zone without a number is drawn as "no data".
    title : str
        What the map says.
    unit, measure, year : str, str, int
        What the number is; shown under the title and in the legend.
    reading : str
        One sentence: what we see; names the two ends of the scale when absent.
    diverging : bool
        Change around zero: blue for less, orange for more, neutral for exactly zero.
    classes : int
        Most classes, 2 to 7 (diverging: always three on each side).
    less, more : str
        Words for the two sides ("pays less").
    decimals : int, optional
        Digits after the point.
    synthetic : str, optional
        Badge; that of the city's zones when absent, none when empty.
    sources : str
        Sources line.
    table : DataFrame, optional
        Table below the map; zone and value when absent.
    height : int
        Height of the map in pixels.

    Returns
    -------
    Figure
        Map, reading and table. No values at all give grey zones and say so.

    Raises
    ------
    UsageError
        When ``values`` has no zone of this city.
    """
    series = _as_series(city, values)
    frame = city.zones
    data = frame["zone_id"].map(series).to_numpy(float)
    colors: dict[str, list[str]]
    if diverging:
        edges = breaks.diverging_edges(data)
        side = len(edges) + 1
        zero = 0.5 * 10.0 ** -(decimals if decimals is not None else 0)
        found = breaks.classify_diverging(data, edges, zero_below=zero)
        colors = {t: palette.diverging(side, theme=t) for t in THEMES}
        words = breaks.diverging_labels(edges, decimals=decimals, less=less, more=more)
        legend = [(i, w, "") for i, w in enumerate(words)][::-1]
    else:
        edges = breaks.sequential_edges(data, classes=classes)
        found = breaks.classify(data, edges)
        colors = {t: palette.sequential(len(edges) + 1, theme=t) for t in THEMES}
        words = breaks.class_labels(edges, decimals=decimals)
        legend = [(i, w, "") for i, w in enumerate(words)][::-1]
    if (found == breaks.MISSING).any():
        legend.append((breaks.MISSING, "no data", ""))
    text = [with_unit(v, unit, decimals=decimals, signed=diverging) for v in data]
    badge = city.badge("zones") if synthetic is None else synthetic
    note = ", ".join(t for t in (str(year or ""), badge.split(":")[0].lower()) if t)
    base = BaseMap(city, title=title, height=height)
    base.add(
        Layer(
            id="zones",
            kind="areas",
            shapes=zone_shapes(city, frame["zone_id"].tolist()),
            classes=found,
            colors=colors,
            names=_names(frame),
            tips=[[f"{measure or title}: {t}", *([note] if note else [])] for t in text],
            labels=(
                [number(v, decimals=decimals, signed=diverging) for v in data]
                if len(frame) <= MANY_ZONES
                else None
            ),
            label_at=_points(frame),
        )
    )
    base.legend("zones", _head(measure or title, unit), legend)
    base.badge(badge.split(":")[0] if badge else "")
    return Figure(
        title=title,
        subtitle=_subtitle(measure, unit, year, badge),
        reading=reading or _ends(frame["name"].tolist(), data, text),
        alt=title,
        body=f'<div class="kit-frame">{iframe(base.page(), title=title, height=height)}</div>',
        synthetic=badge,
        sources=sources,
        table=table if table is not None else _zone_table(frame, data, measure or "value"),
        table_options={"caption": _head(measure or title, unit)},
    )


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
        As in :func:`zones`.

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
        base.legend(
            "points", _head(measure or title, unit), [(i, w, "dot") for i, w in enumerate(words)][::-1]
        )
    base.badge(synthetic.split(":")[0] if synthetic else "")
    if not len(there):
        reading = "There is no place to show."
    elif value and not reading:
        reading = _ends(names, data, text)
    if lost:
        reading += f" {lost} without coordinates are not drawn."
    columns = [c for c in (name, value) if c and c in rows]
    return Figure(
        title=title,
        subtitle=_subtitle(measure, unit, year, synthetic),
        reading=reading.strip(),
        alt=title,
        body=f'<div class="kit-frame">{iframe(base.page(), title=title, height=height)}</div>',
        synthetic=synthetic,
        sources=sources,
        table=rows[columns] if columns else None,
        table_options={"caption": _head(measure or title, unit), "units": {value: unit}},
    )


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
        As in :func:`zones`.
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


def show(
    map_: folium.Map,
    *,
    title: str,
    reading: str,
    subtitle: str = "",
    synthetic: str = "",
    sources: str = "",
    table: pd.DataFrame | None = None,
    height: int = HEIGHT,
) -> Figure:
    """Show a folium map of one's own: with a title, a reading and no internet.

    Parameters
    ----------
    map_ : folium.Map
        Made with ``tiles=None``; tiles need the network.
    title, reading, subtitle, synthetic, sources : str
        As in :func:`zones`.
    table : DataFrame, optional
        The numbers of the map.
    height : int
        Height in pixels.

    Raises
    ------
    CourseError
        When the map uses a plugin whose script is not installed.
    """
    body = iframe(offline.page(map_, title=title), title=title, height=height)
    return Figure(
        title=title,
        subtitle=subtitle,
        reading=reading,
        alt=title,
        body=f'<div class="kit-frame">{body}</div>',
        synthetic=synthetic,
        sources=sources,
        table=table,
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


def _names(frame: pd.DataFrame) -> list[str]:
    local = frame["name_local"] if "name_local" in frame else [""] * len(frame)
    return [full_name(n, lo) for n, lo in zip(frame["name"], local, strict=True)]


def _points(frame: pd.DataFrame) -> list[int]:
    return network_lines.flat(frame["lat"].to_numpy(float), frame["lon"].to_numpy(float))


def _head(measure: str, unit: str) -> str:
    return f"{measure} ({unit})" if unit else measure


def _subtitle(measure: str, unit: str, year: int | str | None, badge: str) -> str:
    kind = "synthetic" if badge else ""
    parts = [_head(measure, unit) if measure else unit, str(year or ""), kind]
    return ", ".join(p for p in parts if p)


def _ends(names: Sequence[str], data: np.ndarray, text: Sequence[str]) -> str:
    if not np.isfinite(data).any():
        return "There is no number to show."
    high, low = int(np.nanargmax(data)), int(np.nanargmin(data))
    if data[high] == data[low]:
        return f"Every place has the same value, {text[high]}."
    return f"{names[high]} has the most, {text[high]}; {names[low]} has the least, {text[low]}."


def _zone_table(frame: pd.DataFrame, data: np.ndarray, measure: str) -> pd.DataFrame:
    table = pd.DataFrame({"zone": _names(frame), measure: data})
    return table.sort_values(measure, ascending=False, kind="stable", ignore_index=True)

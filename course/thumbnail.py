"""A small picture of a city's network, drawn as SVG from its own stops and lines.

For the home page and other places where a folium map would be too much. Coordinates are
projected with one scale around the middle latitude (fine for one city). No tiles, no
outline of districts: only what the pack holds.
"""

from __future__ import annotations

import math
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

WIDTH, HEIGHT, MARGIN = 360, 270, 14
CANVAS, NETWORK, INK = "#f4f5f2", "#a9b0b7", "#52606d"
KM_PER_DEGREE = 111.32
MOST_PATTERNS = 240  # a thumbnail shows a network's shape, not every bus variant


def city_picture(
    stops: pd.DataFrame, patterns: pd.DataFrame, routes: pd.DataFrame, *, title: str
) -> str:
    """Return an SVG of a network.

    Parameters
    ----------
    stops : DataFrame
        ``stop_id``, ``lat``, ``lon`` (WGS 84).
    patterns : DataFrame
        ``route_id``, ``stop_ids`` (tuple of stop_id), ``trips_per_day``.
    routes : DataFrame
        ``route_id``, ``color`` ("#rrggbb" or "").
    title : str
        Text alternative of the picture.

    Returns
    -------
    str
        An SVG document of 360 x 270; with no stop, an empty canvas that says so.
    """
    places = stops.dropna(subset=["lat", "lon"])
    if places.empty:
        return _document(title, _note("This city has no stops yet"))
    x_of, y_of, km_px = _projection(places["lat"], places["lon"])
    spot = {
        str(row.stop_id): (x_of(row.lon), y_of(row.lat))
        for row in places[["stop_id", "lat", "lon"]].itertuples()
    }
    color_of = dict(zip(routes["route_id"].astype(str), routes["color"], strict=True))
    chosen = patterns.sort_values("trips_per_day", ascending=False, kind="stable")
    drawn: set[tuple[object, ...]] = set()
    lines = []
    for pattern in chosen.head(MOST_PATTERNS).itertuples():
        color = color_of.get(str(pattern.route_id)) or NETWORK
        points = [spot[stop] for stop in map(str, pattern.stop_ids) if stop in spot]
        path = _path(points, color, drawn)
        if path:
            lines.append((color == NETWORK, path, color))
    # grey lines first, so that the city's own colours lie on top
    lines.sort(key=lambda line: not line[0])
    body = [
        f'<path d="{path}" stroke="{escape(color)}" stroke-width="{1.2 if grey else 2.2}"/>'
        for grey, path, color in lines
    ]
    if not body:
        body = [f'<circle cx="{x}" cy="{y}" r="1.4" fill="{INK}"/>' for x, y in spot.values()]
    group = f'<g fill="none" stroke-linecap="round" stroke-linejoin="round">{"".join(body)}</g>'
    return _document(title, group + _scale_bar(km_px))


def _projection(lat: pd.Series, lon: pd.Series):
    """Return functions to pixels and the pixels of one km, leaving far outliers outside."""
    south, north = _span(lat)
    west, east = _span(lon)
    narrow = math.cos(math.radians((south + north) / 2))
    wide_km = max((east - west) * narrow, 0.005) * KM_PER_DEGREE
    high_km = max(north - south, 0.005) * KM_PER_DEGREE
    km_px = min((WIDTH - 2 * MARGIN) / wide_km, (HEIGHT - 2 * MARGIN) / high_km)
    middle_lat, middle_lon = (south + north) / 2, (west + east) / 2

    def x_of(value: float) -> float:
        return round(WIDTH / 2 + (value - middle_lon) * narrow * KM_PER_DEGREE * km_px, 1)

    def y_of(value: float) -> float:
        return round(HEIGHT / 2 - (value - middle_lat) * KM_PER_DEGREE * km_px, 1)

    return x_of, y_of, km_px


def _span(values: pd.Series) -> tuple[float, float]:
    """Return lowest and highest value, or without the last per cents if these lie far out.

    A feed may hold one stop in another country; a line to the suburbs is to be seen whole.
    """
    low, high = values.min(), values.max()
    inner_low, inner_high = values.quantile(0.02), values.quantile(0.98)
    if high - low > 2 * (inner_high - inner_low) > 0:
        return inner_low, inner_high
    return low, high


def _path(points: list[tuple[float, float]], color: str, drawn: set[tuple[object, ...]]) -> str:
    """Return the path of one pattern without the pieces that are drawn already."""
    parts, pen = [], None
    for start, end in pairwise(points):
        piece = (color, *sorted((start, end)))
        if start == end or piece in drawn:
            continue
        drawn.add(piece)
        if pen != start:
            parts.append(f"M{start[0]:g} {start[1]:g}")
        parts.append(f"L{end[0]:g} {end[1]:g}")
        pen = end
    return "".join(parts)


def _scale_bar(km_px: float) -> str:
    length = next(km for km in (50, 20, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0) if km * km_px < WIDTH / 3)
    if not length:
        return ""
    left, low = MARGIN, HEIGHT - MARGIN + 4
    return (
        f'<path d="M{left} {low}h{length * km_px:.1f}" stroke="{INK}" stroke-width="1.5"/>'
        f'<text x="{left}" y="{low - 5}" font-size="11" fill="{INK}">{length:g} km</text>'
    )


def _note(text: str) -> str:
    return (
        f'<text x="{WIDTH / 2}" y="{HEIGHT / 2}" text-anchor="middle" font-size="13" '
        f'fill="{INK}">{escape(text)}</text>'
    )


def _document(title: str, body: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" role="img" font-family="sans-serif">'
        f"<title>{escape(title)}</title>"
        f'<rect width="{WIDTH}" height="{HEIGHT}" rx="6" fill="{CANVAS}"/>{body}</svg>\n'
    )

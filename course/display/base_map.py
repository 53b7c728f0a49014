"""The kit's map: a folium map whose base is the city's own lines and stops.

Everything is drawn on canvas by one script (``assets/map_page.js``): base, data layers,
legend, selection, labels. Geometry travels as whole numbers (1e-5 degree), a style as
one byte per feature. A street map comes under it only when the network is there.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import folium
import numpy as np
import pandas as pd
from branca.element import MacroElement
from folium.template import Template

from course.display import fonts, network_lines, offline, palette
from course.display.map_layer import Layer, Legend
from course.display.street_tiles import street_tiles

if TYPE_CHECKING:
    from course.city.pack import City

__all__ = ["HEIGHT", "THEMES", "BaseMap", "Layer", "Legend", "attribution", "iframe", "read_asset"]

_ASSETS = Path(__file__).with_name("assets")
HEIGHT = 440
THEMES: tuple[palette.Theme, ...] = ("light", "dark")
MANY_STOPS = 1_500  # above this the dots are drawn smaller


_ESCAPES = (
    ("<", "\\u003c"), ("\u2028", ""), ("\u2029", ""),
    ("{{", "{\\u007b"), ("{%", "{\\u0025"), ("{#", "{\\u0023"),
)  # fmt: skip


@lru_cache(maxsize=8)
def read_asset(name: str) -> str:
    """Return the text of one of the kit's own scripts or styles."""
    return (_ASSETS / name).read_text(encoding="utf-8")


@dataclass
class _Drawing:
    """What the page's script needs, gathered before the page is written."""

    spec: dict[str, Any]
    layers: list[Layer] = field(default_factory=list)


class _Script(MacroElement):
    _template = Template(
        """{% macro header(this, kwargs) %}<style>{{ this.style() }}</style>
        <script>{{ this.code }}</script>{% endmacro %}
        {% macro script(this, kwargs) %}
        courseMap({{ this._parent.get_name() }}, {{ this.data() }});
        {% endmacro %}"""
    )

    def __init__(self, drawing: _Drawing) -> None:
        super().__init__()
        self._name = "course_map"
        self._drawing = drawing
        self.code = "\n".join(map(read_asset, ("map_looks.js", "map_draw.js", "map_page.js")))

    def _words(self) -> list[str]:
        words = [str(self._drawing.spec.get("title", "")), str(self._drawing.spec["attribution"])]
        for layer in self._drawing.layers:
            words += [str(n) for n in layer.names or ()]
        return words

    def style(self) -> str:
        """Return the page's style with the roles of both themes and the scripts it shows."""
        light, dark = (palette.css_variables(t) for t in ("light", "dark"))
        return (
            f":root{{{light}}}@media (prefers-color-scheme:dark){{:root{{{dark}}}}}"
            f':root[data-theme="light"]{{{light}}}:root[data-theme="dark"]{{{dark}}}'
            f"{fonts.face_css(self._words())}{read_asset('map_page.css')}"
        )

    def data(self) -> str:
        """Return everything the script draws, as JSON that no reader on the way acts upon.

        It cannot close a script element, and it holds no sign of a template: folium renders
        what a macro returns once more, so a stop named ``{{ ... }}`` would be evaluated on
        the machine that draws the map. The pairs stand inside texts only, as escapes there.
        """
        spec = self._drawing.spec
        spec["layers"] = [layer.spec() for layer in self._drawing.layers]
        colors = {c for la in self._drawing.layers for row in la.colors.values() for c in row}
        spec["inks"] = {
            c: "light" if palette.text_on(c) == "#ffffff" else "dark" for c in sorted(colors)
        }
        text = json.dumps(spec, ensure_ascii=False, separators=(",", ":"))
        for sign, safe in _ESCAPES:
            text = text.replace(sign, safe)
        return text


class BaseMap(folium.Map):
    """A folium map on the kit's base: add layers, then ``page()``.

    Parameters
    ----------
    city : City
        Whose lines and stops are the base.
    title : str
        What the map shows; read out by a screen reader.
    own_colors : bool
        Lines in the colours of the feed (for maps of the network) instead of grey.
    base : bool
        False leaves the lines and stops out.
    height : int
        Height in pixels.
    """

    def __init__(
        self,
        city: City,
        *,
        title: str = "Map",
        own_colors: bool = False,
        base: bool = True,
        height: int = HEIGHT,
    ) -> None:
        super().__init__(
            location=[float(c) for c in city.centre],
            zoom_start=11,
            tiles=None,
            prefer_canvas=True,
            # half steps of zoom let a city fill its frame; the page sets the bounds itself
            zoom_snap=0.25,
            zoom_delta=0.5,
            max_zoom=offline.MAX_ZOOM,
        )
        self.options["maxZoom"] = offline.MAX_ZOOM
        self.height_px = height
        self.title = title
        stops = city.stops if base else pd.DataFrame(columns=["stop_id", "lat", "lon"])
        lines = _base_lines(city, own_colors) if base else []
        placed = stops[stops["lat"].notna() & stops["lon"].notna()]
        spec: dict[str, Any] = {
            "title": title,
            "lang": "en",
            "roles": palette.ROLES,
            "missing": palette.NO_DATA,
            "base": {
                "lines": lines,
                "weight": 2.5,
                "radius": 1.2 if len(placed) > MANY_STOPS else 2.2,
                "stops": _flat(placed) if len(placed) else [],
            },
            "bounds": _bounds(placed),
            "attribution": escape(attribution(city)),
            "tiles": street_tiles(),
            "legends": [],
            "badge": "",
        }
        self._drawing = _Drawing(spec)
        _Script(self._drawing).add_to(self)

    def add(self, layer: Layer) -> None:
        """Add one data layer.

        The first layer of areas sets where the reader looks at first; a layer that can be
        picked widens it, so that nothing to pick lies outside.
        """
        first = not any(la.kind == "areas" for la in self._drawing.layers)
        corners = _corners(layer) if layer.picks or (layer.kind == "areas" and first) else None
        if corners is not None:
            seen = self._drawing.spec["bounds"]
            if seen and not (layer.kind == "areas" and first):
                corners = np.vstack([corners, seen])
            low, high = corners.min(axis=0), corners.max(axis=0)
            self._drawing.spec["bounds"] = [low.tolist(), high.tolist()]
        self._drawing.layers.append(layer)

    def legend(self, layer: str, title: str, rows: Sequence[Sequence[Any]]) -> None:
        """Set the legend of one layer: class index, words and form (``""``, ``line``, ``dot``).

        Layers keep the order in which their legends are first set.
        """
        legends = self._drawing.spec["legends"]
        fresh = Legend(title, rows).spec(layer)
        at = next((i for i, given in enumerate(legends) if given["layer"] == layer), None)
        if at is None:
            legends.append(fresh)
        else:
            legends[at] = fresh

    def look_at(self, lat: Sequence[float], lon: Sequence[float]) -> None:
        """Let the reader look at some points first, with a margin; no points change nothing."""
        if len(lat):
            (south, north), (west, east) = (
                (float(np.min(v)), float(np.max(v))) for v in (lat, lon)
            )
            pad = max(north - south, east - west, 0.01) * 0.08
            box = [[south - pad, west - pad], [north + pad, east + pad]]
            self._drawing.spec["bounds"] = [[round(v, 5) for v in corner] for corner in box]

    @property
    def bounds(self) -> list[list[float]] | None:
        """Return where the reader looks at first: south-west and north-east corner."""
        return self._drawing.spec["bounds"]

    def badge(self, text: str) -> None:
        """Show a badge in the corner ("SYNTHETIC: ..."); empty text shows none."""
        self._drawing.spec["badge"] = text

    @property
    def layers(self) -> list[Layer]:
        """Return the data layers in order."""
        return list(self._drawing.layers)

    def page(self) -> str:
        """Return the map as one HTML page that needs no internet."""
        return offline.page(self, title=self.title)

    def _repr_html_(self, **kwargs: Any) -> str:
        return iframe(self.page(), title=self.title, height=self.height_px)


def iframe(page: str, *, title: str, height: int) -> str:
    """Return a page inside a sandboxed frame with a title, sized by the reader's window."""
    return (
        f'<iframe class="kit-map" title="{escape(title)}" srcdoc="{escape(page)}" '
        'sandbox="allow-scripts allow-popups" loading="eager" '
        f'style="display:block;width:100%;height:{height}px;border:0"></iframe>'
    )


def attribution(city: City) -> str:
    """Return who made the lines and stops of a city, in one short line."""
    licence = ""
    try:
        rows = city.sources
        found = rows.loc[rows["frame"].eq("stops"), "licence"]
        licence = str(found.iloc[0]) if len(found) and str(found.iloc[0]) not in ("", "nan") else ""
    except (AttributeError, KeyError, TypeError):
        licence = ""
    return f"Lines and stops: {city.title}" + (f" ({licence})" if licence else "")


def _base_lines(city: City, own_colors: bool) -> list[dict[str, Any]]:
    routes = city.routes if own_colors else None
    found = network_lines.network(city.patterns, city.stops, routes)
    for part in found:
        color = str(part["color"])
        part["color"] = (
            {t: palette.line_color(color, theme=t) for t in ("light", "dark")} if color else None
        )
    return found


def _flat(stops: pd.DataFrame) -> list[int]:
    return network_lines.flat(stops["lat"].to_numpy(float), stops["lon"].to_numpy(float))


def _corners(layer: Layer) -> np.ndarray | None:
    """Return south-west and north-east corner of a layer's shapes; None for no shapes."""
    if layer.kind == "areas":
        parts = [ring for shape in layer.shapes for polygon in shape for ring in polygon]
    elif layer.kind == "lines":
        parts = [line for shape in layer.shapes for line in shape]
    else:
        parts = layer.shapes
    found = [np.asarray(p, np.int64).reshape(-1, 2).cumsum(axis=0) for p in parts if len(p)]
    if not found:
        return None
    points = np.vstack(found) / network_lines.SCALE
    return np.array([points.min(axis=0), points.max(axis=0)])


def _bounds(stops: pd.DataFrame) -> list[list[float]] | None:
    """Return where nearly all stops lie; one far airport must not shrink the city."""
    if not len(stops):
        return None
    lat, lon = stops["lat"].to_numpy(float), stops["lon"].to_numpy(float)
    low, high = (0.01, 0.99) if len(stops) > 100 else (0.0, 1.0)
    (south, north), (west, east) = (np.quantile(v, [low, high]) for v in (lat, lon))
    pad = max(north - south, east - west, 0.01) * 0.03
    box = [[south - pad, west - pad], [north + pad, east + pad]]
    return [[round(float(v), 5) for v in corner] for corner in box]

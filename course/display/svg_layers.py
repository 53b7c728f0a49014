"""The data layers of a still map: areas, lines and points with their colours and signs.

Every class is named once as a CSS variable, light and dark, under a class name made from
the colours themselves: two maps on one page never take each other's colours.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np

from course.display import breaks, palette
from course.display.map_layer import Layer, Look
from course.display.network_lines import SCALE

MANY_FEATURES = 400  # above this the features of a class are one shape without titles
MOST_FIT = 0.3  # share of labels that must fit, else none is written
DASHES = {"": "", "dashes": "8 6", "dots": "1 6"}
_TILE = 6  # pixels from one sign of a hatch to the next
_HATCHES = {
    "stripes": "M-1 1L1 -1M0 6L6 0M5 7L7 5",
    "cross": "M-1 1L1 -1M0 6L6 0M5 7L7 5M-1 5L1 7M0 0L6 6M5 -1L7 1",
}


def degrees(flat: Sequence[int]) -> np.ndarray:
    """Return flat whole numbers as rows of lat and lon."""
    return np.asarray(flat, dtype=np.int64).reshape(-1, 2).cumsum(axis=0) / SCALE


class View:
    """From degrees to pixels: equal scale on both axes at the middle latitude."""

    def __init__(self, bounds: list[list[float]], width: int, height: int) -> None:
        (south, west), (north, east) = bounds
        self.squeeze = float(np.cos(np.radians((south + north) / 2)))
        wide, high = max((east - west) * self.squeeze, 1e-6), max(north - south, 1e-6)
        self.scale = min((width - 24) / wide, (height - 24) / high)
        self.west, self.north = west, north
        self.left = (width - wide * self.scale) / 2
        self.top = (height - high * self.scale) / 2

    def path(self, flat: Sequence[int], *, close: bool = False) -> str:
        """Return one line or ring as SVG path data."""
        points = np.round(self.pixels(degrees(flat)), 1)
        # neighbours less than a pixel apart add bytes and nothing to see
        keep = np.ones(len(points), dtype=bool)
        if len(points) > 3:
            keep[1:-1] = np.abs(np.diff(points, axis=0)).max(axis=1)[:-1] >= 0.6
        text = "L".join(f"{x:g} {y:g}" for x, y in points[keep])
        return f"M{text}{'Z' if close else ''}"

    def pixels(self, points: np.ndarray) -> np.ndarray:
        """Return x and y of rows of lat and lon."""
        x = self.left + (points[:, 1] - self.west) * self.squeeze * self.scale
        y = self.top + (self.north - points[:, 0]) * self.scale
        return np.column_stack([x, y])


class Colors:
    """The colours of all classes of a map as CSS variables."""

    def __init__(self, layers: Sequence[Layer]) -> None:
        self._layers = {layer.id: (n, layer) for n, layer in enumerate(layers)}
        light, dark = self._rows("light"), self._rows("dark")
        self.scope = f"kit-c{hashlib.sha256((light + dark).encode()).hexdigest()[:8]}"
        here = f".{self.scope}"
        self.style = (
            f'<style>{here}{{{light}}}[data-jp-theme-light="false"] {here}{{{dark}}}'
            "@media (prefers-color-scheme:dark){body:not([data-jp-theme-light]) "
            f"{here}{{{dark}}}}}</style>"
        )

    def _rows(self, theme: palette.Theme) -> str:
        rows = [f"--kit-none:{palette.NO_DATA[theme]};"]
        for n, layer in self._layers.values():
            for i, color in enumerate(layer.colors[theme]):
                rows.append(f"--kit-{n}-{i}:{color};")
                if layer.look(i).hatch:
                    rows.append(f"--kit-{n}-{i}-sign:{palette.text_on(color)};")
        return "".join(rows)

    def of(self, layer: Layer, value: int) -> str:
        """Return the colour of a class as CSS, with the light one for old readers."""
        if value == breaks.MISSING:
            return f"var(--kit-none,{palette.NO_DATA['light']})"
        return f"var(--kit-{self._layers[layer.id][0]}-{value},{layer.colors['light'][value]})"

    def fill(self, layer: Layer, value: int) -> str:
        """Return how an area of a class is filled: its colour or its pattern."""
        hatched = value != breaks.MISSING and layer.look(value).hatch
        return f"url(#{self._pattern(layer, value)})" if hatched else self.of(layer, value)

    def _pattern(self, layer: Layer, value: int) -> str:
        return f"{self.scope}-{self._layers[layer.id][0]}-{value}"

    def definitions(self) -> str:
        """Return the patterns of all classes with a hatch."""
        found = []
        for n, layer in self._layers.values():
            for i, color in enumerate(layer.colors["light"]):
                hatch = layer.look(i).hatch
                if not hatch:
                    continue
                sign = f"var(--kit-{n}-{i}-sign,{palette.text_on(color)})"
                drawn = (
                    f'<circle cx="3" cy="3" r="1.2" fill="{sign}" fill-opacity=".7"/>'
                    if hatch == "dots"
                    else f'<path d="{_HATCHES[hatch]}" stroke="{sign}" stroke-opacity=".6"/>'
                )
                found.append(
                    f'<pattern id="{self._pattern(layer, i)}" width="{_TILE}" height="{_TILE}" '
                    f'patternUnits="userSpaceOnUse"><rect width="{_TILE}" height="{_TILE}" '
                    f'fill="{self.of(layer, i)}"/>{drawn}</pattern>'
                )
        return f"<defs>{''.join(found)}</defs>" if found else ""


def layer_svg(layer: Layer, view: View, colors: Colors) -> str:
    """Return the features of one layer, those of a class in front after the others."""
    classes = np.asarray(layer.classes)
    shown = [int(v) for v in np.unique(classes) if v != breaks.HIDDEN]
    shown.sort(key=lambda v: (layer.look(v).front, -1 if v == breaks.MISSING else v))
    many = len(layer.shapes) > MANY_FEATURES
    draw = {"areas": _area, "lines": _line, "points": _point}[layer.kind]
    found = []
    for value in shown:
        members = np.flatnonzero(classes == value)
        parts = [(int(i), draw(layer, int(i), view)) for i in members]
        parts = [(i, d) for i, d in parts if d]
        if many:
            inside = f'<path d="{"".join(d for _, d in parts)}"/>'
        else:
            inside = "".join(f'<path d="{d}">{_title(layer, i)}</path>' for i, d in parts)
        found.append(f"<g {_dress(layer, value, colors)}>{inside}</g>")
    if layer.labels is not None and layer.label_at:
        found.append(_labels(layer, view))
    return "".join(found)


def outline(layer: Layer, index: int, view: View) -> str:
    """Return the outline of the selected feature in the accent."""
    data = {"areas": _area, "lines": _line, "points": _point}[layer.kind](layer, index, view)
    wide = ((8, "--kit-halo,#fff"), (5 if layer.kind == "lines" else 4, "--kit-accent,#0b6e99"))
    return "".join(
        f'<path d="{data}" fill="none" stroke="var({color})" stroke-width="{width}" '
        'stroke-linejoin="round" stroke-linecap="round"/>'
        for width, color in wide
    )


def _dress(layer: Layer, value: int, colors: Colors) -> str:
    look: Look = layer.look(value)
    color = colors.of(layer, value)
    missing = value == breaks.MISSING
    if layer.kind == "lines":
        clear = look.opacity if look.opacity is not None else 0.5 if missing else 0.95
        dash = DASHES[look.dash]
        return (
            f'fill="none" stroke="{color}" stroke-opacity="{clear:g}" stroke-linejoin="round" '
            f'stroke-linecap="round" stroke-width="{_width(layer, look):g}"'
            + (f' stroke-dasharray="{dash}"' if dash else "")
        )
    clear = look.opacity if look.opacity is not None else 0.88
    if layer.kind == "points" and look.hollow:
        return (
            f'fill="var(--kit-paper,#fff)" fill-opacity="{clear:g}" stroke="{color}" '
            f'stroke-width="{look.weight or 2.5:g}"'
        )
    thin = min(_width(layer, look), 1.0) if layer.kind == "areas" else 1.0
    return (
        f'fill="{colors.fill(layer, value)}" fill-opacity="{clear:g}" fill-rule="evenodd" '
        f'stroke="var(--kit-halo,#fff)" stroke-width="{thin:g}"'
    )


def _width(layer: Layer, look: Look) -> float:
    return layer.weight if look.weight is None else look.weight


def _title(layer: Layer, index: int) -> str:
    words = [str(layer.names[index])] if layer.names else []
    words += [str(t) for t in layer.tips[index][:1]] if layer.tips else []
    return f"<title>{escape(': '.join(words))}</title>" if words else ""


def _area(layer: Layer, index: int, view: View) -> str:
    shape = layer.shapes[index]
    return "".join(view.path(ring, close=True) for polygon in shape for ring in polygon)


def _line(layer: Layer, index: int, view: View) -> str:
    return "".join(view.path(part) for part in layer.shapes[index])


def _point(layer: Layer, index: int, view: View) -> str:
    ((x, y),) = view.pixels(degrees(layer.shapes[index]))
    radius = float(layer.radii[index]) if layer.radii is not None else 5.0
    return marker_path(layer.look(int(layer.classes[index])).marker, x, y, radius)


def marker_path(marker: str, x: float, y: float, radius: float) -> str:
    """Return a marker as path data; all markers of one radius have about one area."""
    r = radius
    if marker == "circle":
        half = f"a{r:.1f} {r:.1f} 0 1 0"
        return f"M{x - r:.1f} {y:.1f}{half} {2 * r:.1f} 0{half} {-2 * r:.1f} 0Z"
    turns, wide = {
        "square": ((0.125, 0.375, 0.625, 0.875), 1.25),
        "diamond": ((0.0, 0.25, 0.5, 0.75), 1.25),
        "triangle": ((0.25, 0.583333, 0.916667), 1.45),
    }[marker]
    corners = [
        f"{x + wide * r * np.cos(2 * np.pi * t):.1f} {y - wide * r * np.sin(2 * np.pi * t):.1f}"
        for t in turns
    ]
    return f"M{'L'.join(corners)}Z"


def _labels(layer: Layer, view: View) -> str:
    found, taken, tried = [], [], 0
    spots = view.pixels(degrees(layer.label_at or []))
    for i, (x, y) in enumerate(spots):
        text = str((layer.labels or [])[i])
        half = 4.2 * len(text) + 2
        if layer.kind == "points":  # no room inside: the label stands to the right
            x, wide = x + half + (layer.radii[i] if layer.radii else 5), np.inf
        else:
            rings = [ring for polygon in layer.shapes[i] for ring in polygon]
            if not rings:
                continue
            wide = np.ptp(view.pixels(np.vstack([degrees(r) for r in rings]))[:, 0])
        tried += 1
        clash = any(abs(x - a) < half + b and abs(y - c) < 16 for a, c, b in taken)
        if clash or wide < 1.6 * half:
            continue
        taken.append((x, y, half))
        # ink with a paper outline reads on every class of both themes
        found.append(
            f'<text x="{x:.0f}" y="{y + 4.5:.0f}" text-anchor="middle" font-size="13" '
            'font-weight="600" fill="var(--kit-ink,#1f2933)" stroke="var(--kit-halo,#fff)" '
            f'stroke-width="3" paint-order="stroke" stroke-linejoin="round">{escape(text)}</text>'
        )
    # a few numbers among many districts would look like the only ones that matter
    return "".join(found) if len(found) >= MOST_FIT * tried else ""


def legend_html(legend: dict[str, Any], layer: Layer, colors: Colors) -> str:
    """Return the legend of one layer as a line of keys."""
    keys = []
    for index, words, form in legend["rows"]:
        keys.append(
            f'<span class="kit-key">{_key(layer, index, form, colors)}{escape(words)}</span>'
        )
    return (
        f'<p class="kit-keys {colors.scope}"><strong>{escape(legend["title"])}</strong> '
        f"{''.join(keys)}</p>"
    )


def _key(layer: Layer, value: int, form: str, colors: Colors) -> str:
    if layer.looks is None:
        name = f' class="{form}"' if form in ("line", "dot") else ""
        return f'<i{name} style="background:{colors.of(layer, value)}"></i>'
    body = {
        "areas": '<path d="M0 0H18V14H0Z"/>',
        "lines": '<path d="M1 7H17"/>',
        "points": f'<path d="{marker_path(layer.look(value).marker, 9, 7, 5)}"/>',
    }[layer.kind]
    return (
        '<svg class="kit-sign" width="18" height="14" aria-hidden="true">'
        f"<g {_dress(layer, value, colors)}>{body}</g></svg>"
    )

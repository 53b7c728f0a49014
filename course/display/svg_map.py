"""A map as a still SVG: the form that needs no script, for print, exports and feedback."""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np

from course.display import breaks, palette
from course.display.base_map import BaseMap, Layer
from course.display.network_lines import SCALE

WIDTH, HEIGHT = 720, 460
MOST_FIT = 0.3  # share of labels that must fit, else none is written


def _degrees(flat: list[int]) -> np.ndarray:
    return np.asarray(flat, dtype=np.int64).reshape(-1, 2).cumsum(axis=0) / SCALE


class _View:
    """From degrees to pixels: equal scale on both axes at the middle latitude."""

    def __init__(self, bounds: list[list[float]], width: int, height: int) -> None:
        (south, west), (north, east) = bounds
        self.squeeze = float(np.cos(np.radians((south + north) / 2)))
        wide, high = max((east - west) * self.squeeze, 1e-6), max(north - south, 1e-6)
        self.scale = min((width - 24) / wide, (height - 24) / high)
        self.west, self.north = west, north
        self.left = (width - wide * self.scale) / 2
        self.top = (height - high * self.scale) / 2

    def path(self, flat: list[int], *, close: bool = False) -> str:
        """Return one line or ring as SVG path data."""
        return self._path(_degrees(flat), close)

    def pixels(self, degrees: np.ndarray) -> np.ndarray:
        x = self.left + (degrees[:, 1] - self.west) * self.squeeze * self.scale
        y = self.top + (self.north - degrees[:, 0]) * self.scale
        return np.column_stack([x, y])

    def _path(self, degrees: np.ndarray, close: bool) -> str:
        points = np.round(self.pixels(degrees), 1)
        # neighbours less than a pixel apart add bytes and nothing to see
        keep = np.ones(len(points), dtype=bool)
        if len(points) > 3:
            keep[1:-1] = np.abs(np.diff(points, axis=0)).max(axis=1)[:-1] >= 0.6
        text = "L".join(f"{x:g} {y:g}" for x, y in points[keep])
        return f"M{text}{'Z' if close else ''}"


def svg(
    base: BaseMap, *, alt: str, width: int = WIDTH, height: int = HEIGHT, legend: bool = True
) -> str:
    """Return a still picture of a map and its legend as HTML.

    Parameters
    ----------
    base : BaseMap
        The map with its layers of areas.
    alt : str
        Words for readers who cannot see the map.
    width, height : int
        Size in pixels; the picture shrinks with the page.
    legend : bool
        Add the legend under the picture.
    """
    spec = base._drawing.spec
    view = _View(spec["bounds"] or [[-1, -1], [1, 1]], width, height)
    parts = [
        f'<svg role="img" viewBox="0 0 {width} {height}" class="kit-still" '
        f'aria-label="{escape(alt)}"><title>{escape(alt)}</title>'
        f'<rect width="{width}" height="{height}" fill="var(--kit-canvas,#f4f5f2)"/>'
    ]
    network = "".join(view.path(line) for part in spec["base"]["lines"] for line in part["lines"])
    if network:
        parts.append(
            f'<path d="{network}" fill="none" stroke="var(--kit-network,#a9b0b7)" '
            'stroke-width="1" stroke-linejoin="round"/>'
        )
    for layer in base.layers:
        if layer.kind == "areas":
            parts.append(_areas(layer, view))
    parts.append("</svg>")
    if legend and spec["legend"]:
        parts.append(_legend(spec["legend"], next(iter(base.layers))))
    return "".join(parts)


def color_name(index: int) -> str:
    """Return the CSS variable of a class of the data scale."""
    return f"--kit-class-{index}"


def variables(layer: Layer, theme: palette.Theme) -> str:
    """Return the colours of a layer's classes as CSS custom properties."""
    rows = [f"{color_name(i)}:{c};" for i, c in enumerate(layer.colors[theme])]
    return "".join(rows) + f"{color_name(breaks.MISSING)}:{palette.NO_DATA[theme]};"


def _areas(layer: Layer, view: _View) -> str:
    found = []
    light = layer.colors["light"]
    for i, shape in enumerate(layer.shapes):
        value = int(layer.classes[i])
        plain = palette.NO_DATA["light"] if value == breaks.MISSING else light[value]
        data = "".join(view.path(ring, close=True) for polygon in shape for ring in polygon)
        if data:
            words = [str(layer.names[i])] if layer.names else []
            words += layer.tips[i][:1] if layer.tips else []
            tip = f"<title>{escape(': '.join(words))}</title>" if words else ""
            found.append(
                f'<path d="{data}" fill="var({color_name(value)},{plain})" fill-opacity="0.88" '
                f'fill-rule="evenodd" stroke="var(--kit-halo,#fff)">{tip}</path>'
            )
    if layer.labels is not None and layer.label_at:
        found.append(_labels(layer, view))
    return "".join(found)


def _labels(layer: Layer, view: _View) -> str:
    found, taken, tried = [], [], 0
    spots = view.pixels(_degrees(layer.label_at or []))
    for i, (x, y) in enumerate(spots):
        text = str((layer.labels or [])[i])
        half = 4.2 * len(text) + 2
        rings = [ring for polygon in layer.shapes[i] for ring in polygon]
        if not rings:
            continue
        wide = np.ptp(view.pixels(np.vstack([_degrees(r) for r in rings]))[:, 0])
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


def _legend(legend: dict[str, Any], layer: Layer) -> str:
    keys = []
    for index, words, _ in legend["rows"]:
        plain = (
            palette.NO_DATA["light"]
            if index == breaks.MISSING
            else layer.colors["light"][int(index)]
        )
        keys.append(
            f'<span class="kit-key"><i style="background:var({color_name(index)},{plain})"></i>'
            f"{escape(words)}</span>"
        )
    return f'<p class="kit-keys"><strong>{escape(legend["title"])}</strong> {"".join(keys)}</p>'

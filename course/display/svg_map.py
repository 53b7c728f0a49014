"""A map as a still SVG: the form that needs no script, for print, exports and feedback."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from course.display.base_map import BaseMap
from course.display.map_layer import Legend
from course.display.svg_layers import Colors, View, degrees, layer_svg, legend_html, outline

WIDTH, HEIGHT = 720, 460


def svg(
    base: BaseMap,
    *,
    alt: str,
    width: int = WIDTH,
    height: int = HEIGHT,
    legend: bool = True,
    legends: dict[str, Legend] | None = None,
    selected: tuple[str, int] | None = None,
    drawn: Sequence[int] = (),
    points: Sequence[int] = (),
) -> str:
    """Return a still picture of a map and its legends as HTML.

    Parameters
    ----------
    base : BaseMap
        The map with its layers.
    alt : str
        Words for readers who cannot see the map.
    width, height : int
        Size in pixels; the picture shrinks with the page.
    legend : bool
        Add the legends under the picture.
    legends : dict, optional
        Legends by layer id in place of those of the map.
    selected : (layer id, index), optional
        Feature with an outline.
    drawn, points : sequence of int
        A line the reader drew and its points, as flat whole numbers.
    """
    spec = base._drawing.spec
    view = View(spec["bounds"] or [[-1, -1], [1, 1]], width, height)
    colors = Colors(base.layers)
    parts = [
        f'{colors.style}<svg role="img" viewBox="0 0 {width} {height}" '
        f'class="kit-still {colors.scope}" aria-label="{escape(alt)}">'
        f"<title>{escape(alt)}</title>{colors.definitions()}"
        f'<rect width="{width}" height="{height}" fill="var(--kit-canvas,#f4f5f2)"/>'
    ]
    network = "".join(view.path(line) for part in spec["base"]["lines"] for line in part["lines"])
    if network:
        parts.append(
            f'<path d="{network}" fill="none" stroke="var(--kit-network,#a9b0b7)" '
            'stroke-width="1" stroke-linejoin="round"/>'
        )
    parts += [layer_svg(layer, view, colors) for layer in base.layers]
    chosen = {layer.id: layer for layer in base.layers}
    if selected and selected[0] in chosen:
        parts.append(outline(chosen[selected[0]], selected[1], view))
    parts.append(_drawn(drawn, points, view))
    parts.append("</svg>")
    if legend:
        rows = {given["layer"]: given for given in spec["legends"]}
        rows |= {name: given.spec(name) for name, given in (legends or {}).items()}
        for name, given in rows.items():
            if given["rows"] and name in chosen:
                parts.append(legend_html(given, chosen[name], colors))
    return "".join(parts)


def _drawn(line: Sequence[int], points: Sequence[int], view: View) -> str:
    if not len(points):
        return ""
    accent, paper = "var(--kit-accent,#0b6e99)", "var(--kit-halo,#fff)"
    way = view.path(line) if len(line) > 2 else ""
    # the light dots tell a drawn line from one that is selected
    parts = [
        f'<path d="{way}" fill="none" stroke="{color}" stroke-width="{width}" '
        f'stroke-linejoin="round" stroke-linecap="round"{dots}/>'
        for color, width, dots in (
            (paper, 8, ""),
            (accent, 5, ""),
            (paper, 2, ' stroke-dasharray="1 7"'),
        )
        if way
    ]
    for x, y in view.pixels(degrees(points)):
        parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{paper}" stroke="{accent}" '
            'stroke-width="2"/>'
        )
    return "".join(parts)

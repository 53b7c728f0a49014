"""Still pictures for documents: PNG maps and charts of a city, with their alt text inside.

Every picture says its unit and year, carries a scale bar where it is a map, and the badge
SYNTHETIC where its numbers were made by a rule. The alternative text travels in the PNG
(text chunk ``Description``), so that whoever places the picture can place the text too.
Sizes are pixels; letters are sized as if the picture stood eight inches wide.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from course.display import breaks, palette, still_map
from course.display import still_layers as layers
from course.display.map_words import ends, head
from course.display.numbers import number, with_unit
from course.errors import UsageError

if TYPE_CHECKING:
    from course.city.pack import City

LIGHT = palette.ROLES["light"]


def network_png(
    city: City,
    *,
    width_px: int = 1600,
    height_px: int = 1000,
    highlight_zones: Sequence[str] = (),
    legend: bool = True,
    names: bool = True,
    text_pt: float = 11,
    alt: str = "",
) -> bytes:
    """Draw the lines and stops of a city in the city's own colours.

    Parameters
    ----------
    city : City
        Any pack; one without lines shows its stops, one without stops its zones.
    width_px, height_px : int
        Size of the picture.
    highlight_zones : sequence of str
        ``zone_id`` of zones to bring forward, such as the pilot zones of a plan.
        Zones that the city does not have are left out.
    legend : bool
        Name the lines, or the zones brought forward, below the map.
    names : bool
        Name the places where most lines meet.
    text_pt : float
        Size of the letters in points, at eight inches of width.
    alt : str
        Alternative text; made from the pack when absent.

    Returns
    -------
    bytes
        A PNG; :func:`alt_of` gives its alternative text.
    """
    alt = alt or network_alt(city, highlight_zones=highlight_zones)
    with still_map.style(text_pt):
        drawing = still_map.sheet(width_px, height_px)
        rows = layers.line_rows(city, highlight_zones) if legend else []
        columns = _columns(rows, text_pt, most=5)
        foot = layers.foot_share(drawing, -(-len(rows) // columns), text_pt)
        axes, on = layers.ground(drawing, city, foot)
        layers.body(axes, city, on)
        layers.pilot_zones(axes, city, on, highlight_zones)
        layers.lines(axes, city, on)
        if names:
            layers.name_places(axes, city, on, highlight_zones)
        still_map.scale_bar(axes)
        if rows:
            layers.line_legend(drawing, rows, foot, columns)
        return still_map.png(drawing, alt)


def zones_png(
    city: City,
    values: pd.Series | Mapping[str, float],
    title: str,
    unit: str = "",
    *,
    measure: str = "",
    year: int | str | None = None,
    width_px: int = 1600,
    height_px: int = 1000,
    classes: int = 5,
    diverging: bool = False,
    least: float = 0,
    less: str = "less",
    more: str = "more",
    decimals: int | None = None,
    highlight_zones: Sequence[str] = (),
    synthetic: str | None = None,
    text_pt: float = 11,
    alt: str = "",
) -> bytes:
    """Draw one value per zone.

    Parameters
    ----------
    city : City
        Whose zones are drawn.
    values : Series or mapping
        Number by ``zone_id``; a zone without one is drawn as "no data".
    title : str
        What the map says; goes into the alternative text.
    unit, measure, year : str, str, int
        What the number is; stands over the legend.
    width_px, height_px : int
        Size of the picture.
    classes : int
        Most classes, 2 to 7.
    diverging : bool
        Change around zero: blue for less, orange for more.
    least : float
        Smallest change worth a colour of its own (diverging only).
    less, more : str
        Words for the two sides.
    decimals : int, optional
        Digits after the point.
    highlight_zones : sequence of str
        ``zone_id`` of zones that get a thick outline and their name.
    synthetic : str, optional
        Badge; that of the city's zones when absent, none when empty.
    text_pt : float
        Size of the letters in points, at eight inches of width.
    alt : str
        Alternative text; made from the values when absent.

    Returns
    -------
    bytes
        A PNG. No value at all gives grey zones and says so in the alternative text.

    Raises
    ------
    UsageError
        None of the zones is in this city.
    """
    frame = city.zones
    data = _by_zone(city, frame, values)
    badge = city.badge("zones") if synthetic is None else synthetic
    found, colors, words = _classed(data, classes, diverging, least, decimals, less, more)
    text = [with_unit(v, unit, decimals=decimals, signed=diverging) for v in data]
    said = ends(frame["name"].tolist(), data, text) if len(frame) else "This city has no zones."
    alt = alt or " ".join(t for t in (f"Map: {title}.", said, badge and f"{badge}.") if t)
    rows = list(zip(colors, words, strict=True))
    if (found >= breaks.HIDDEN).any():
        rows.append((palette.NO_DATA["light"], "no data"))
    over = ", ".join(t for t in (head(measure or title, unit), str(year or "")) if t)
    with still_map.style(text_pt):
        drawing = still_map.sheet(width_px, height_px)
        columns = _columns(rows, text_pt, most=7)
        foot = layers.foot_share(drawing, 1 - (-len(rows) // columns), text_pt)
        axes, on = layers.ground(drawing, city, foot, zones_only=True)
        fill = [colors[k] if k < len(colors) else palette.NO_DATA["light"] for k in found]
        layers.areas(axes, city, on, frame["zone_id"].tolist(), facecolors=fill,
                     edgecolors=LIGHT["paper"], linewidths=0.6, zorder=1)  # fmt: skip
        layers.grey_lines(axes, city, on)
        layers.outline(axes, city, on, highlight_zones)
        still_map.badge(axes, badge.split(":")[0])
        layers.name_zones(axes, frame, on, data, highlight_zones)
        still_map.scale_bar(axes)
        layers.class_strip(drawing, over, rows, foot, columns)
        return still_map.png(drawing, alt)


def network_alt(city: City, *, highlight_zones: Sequence[str] = ()) -> str:
    """Return the alternative text of :func:`network_png`."""
    patterns = city.patterns
    if patterns.empty:
        said = f"Map of {city.title}: {number(len(city.stops))} stops, no lines."
    else:
        n = patterns["route_id"].nunique()
        said = f"Map of {city.title}: {number(n)} routes and {number(len(city.stops))} stops."
    chosen = layers.known(city, highlight_zones)
    if chosen:
        names = city.zones.set_index("zone_id").loc[chosen, "name"].astype(str)
        said += f" Brought forward: {', '.join(names)}."
    return said


def alt_of(picture: bytes | Path) -> str:
    """Return the alternative text inside a PNG of this module, empty for other pictures."""
    from PIL import Image

    source = io.BytesIO(picture) if isinstance(picture, bytes) else picture
    with Image.open(source) as image:
        return str(getattr(image, "text", {}).get("Description", ""))


def _columns(rows: Sequence[tuple[str, str]], text_pt: float, *, most: int) -> int:
    """Return how many columns a legend has room for: its widest words decide."""
    longest = max((len(words) for _, words in rows), default=1)
    room = still_map.INCHES * 72 / (text_pt * (0.52 * longest + 3.2))
    return max(1, min(most, int(room), len(rows) or 1))


def _classed(
    data: np.ndarray, classes: int, diverging: bool, least: float, decimals: int | None,
    less: str, more: str,
) -> tuple[np.ndarray, list[str], list[str]]:  # fmt: skip
    if diverging:
        edges = breaks.diverging_edges(data, least=least)
        # neutral is what prints as zero, and nothing that prints as a change
        zero = 0.5 * 10.0 ** -(decimals if decimals is not None else 2)
        found = breaks.classify_diverging(data, edges, zero_below=zero)
        words = breaks.diverging_labels(edges, decimals=decimals, less=less, more=more)
        return found, palette.diverging(len(edges) + 1), words
    edges = breaks.sequential_edges(data, classes=classes)
    words = breaks.class_labels(edges, decimals=decimals)
    return breaks.classify(data, edges), palette.sequential(len(edges) + 1), words


def _by_zone(city: City, frame: pd.DataFrame, values: Any) -> np.ndarray:
    series = pd.Series(dict(values), dtype=float) if isinstance(values, Mapping) else values
    if not isinstance(series, pd.Series):
        raise UsageError(
            f"zones_png() needs one number per zone, not {type(series).__name__}.",
            "Give a Series with zone_id as its index.",
        )
    here = set(frame["zone_id"])
    if len(series) and not here.intersection(series.index):
        raise UsageError(
            f"None of the zones is in {city.title}, for example {series.index[0]!r}.",
            "Use zone_id as the index: frame.set_index('zone_id')['value'].",
        )
    return frame["zone_id"].map(series.astype(float)).to_numpy(float)

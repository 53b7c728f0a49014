"""Maps for lessons: districts by value, places by size, the network itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from course.display import breaks, network_lines, offline, palette
from course.display.base_map import HEIGHT, THEMES, BaseMap, Layer, iframe
from course.display.figure import Figure
from course.display.map_words import ends, head, subtitle, zone_names, zone_points
from course.display.network_maps import network
from course.display.numbers import number, with_unit
from course.display.path_maps import paths
from course.display.place_maps import points
from course.errors import UsageError

if TYPE_CHECKING:
    import folium

    from course.city.pack import City

__all__ = ["class_table", "network", "paths", "points", "show", "zone_shapes", "zones"]

MANY_ZONES = 300  # the page leaves out what would collide; above this nothing would be left


def zone_shapes(city: City, zone_ids: Sequence[str]) -> list[Any]:
    """Return the outlines of zones in the given order, as a layer draws them."""
    polygons = city.zone_polygons
    return [network_lines.rings(polygons.get(z, {"type": "Polygon"})) for z in zone_ids]


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
    least: float = 0,
    less: str = "less",
    more: str = "more",
    same: str = "no change",
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
        Most classes, 2 to 9 (diverging: always three on each side).
    least : float
        Smallest change worth a colour of its own (diverging only).
    less, more : str
        Words for the two sides ("pays less").
    same : str
        Words for the neutral middle ("as expected").
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
        edges = breaks.diverging_edges(data, least=least)
        side = len(edges) + 1
        # neutral is what prints as zero, and nothing that prints as a change
        zero = 0.5 * 10.0 ** -(decimals if decimals is not None else 2)
        found = breaks.classify_diverging(data, edges, zero_below=zero)
        colors = {t: palette.diverging(side, theme=t) for t in THEMES}
        words = breaks.diverging_labels(edges, decimals=decimals, less=less, more=more, same=same)
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
            names=zone_names(frame),
            tips=[[f"{measure or title}: {t}", *([note] if note else [])] for t in text],
            labels=(
                [number(v, decimals=decimals, signed=diverging) for v in data]
                if len(frame) <= MANY_ZONES
                else None
            ),
            label_at=zone_points(frame),
        )
    )
    base.legend("zones", head(measure or title, unit), legend)
    base.badge(badge.split(":")[0] if badge else "")
    return Figure(
        title=title,
        subtitle=subtitle(measure, unit, year, badge),
        reading=reading or ends(frame["name"].tolist(), data, text),
        alt=title,
        body=f'<div class="kit-frame">{iframe(base.page(), title=title, height=height)}</div>',
        synthetic=badge,
        sources=sources,
        table=table if table is not None else _zone_table(frame, data, measure or "value"),
        table_options={"caption": head(measure or title, unit)},
    )


def class_table(values: pd.Series | Mapping[str, float], *, classes: int = 5) -> pd.DataFrame:
    """Return the classes a map of these values would have, and how many zones are in each.

    Parameters
    ----------
    values : Series or mapping
        Number by ``zone_id``.
    classes : int
        Most classes, 2 to 9; round edges may give fewer.

    Returns
    -------
    pandas.DataFrame
        One row per class, lowest first: ``words`` ("under 5,000"), ``zones`` (count).

    Examples
    --------
    >>> class_table({"a": 1, "b": 2, "c": 9}, classes=2)["zones"].tolist()
    [1, 2]
    """
    data = pd.Series(values, dtype=float).to_numpy()
    edges = breaks.sequential_edges(data, classes=classes)
    found = breaks.classify(data, edges)
    counts = np.bincount(found[found != breaks.MISSING], minlength=len(edges) + 1)
    return pd.DataFrame({"words": breaks.class_labels(edges), "zones": counts})


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


def _zone_table(frame: pd.DataFrame, data: np.ndarray, measure: str) -> pd.DataFrame:
    table = pd.DataFrame({"zone": zone_names(frame), measure: data})
    return table.sort_values(measure, ascending=False, kind="stable", ignore_index=True)

"""What lies on a printed map: the city's body, zones, lines, names and the legend below.

Each function draws one layer onto axes of :mod:`course.display.still_map`; none computes
what it shows.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from course.display import network_lines, palette, still_map
from course.display.map_words import full_name, zone_names
from course.display.numbers import number
from course.display.still_map import LIGHT, Ground

if TYPE_CHECKING:
    from course.city.pack import City

MOST_NAMED_LINES = 16  # a legend of more lines is not read
MOST_NAMED_ZONES = 40  # a map of more zones names only those brought forward
MOST_NAMED_STOPS = 9
SMALL_ZONE_INCHES = 0.6  # on the drawing; a lower zone has its name below it
MANY_STOPS = 450  # more dots than this are drawn small
PALE = 1.6  # contrast with the canvas under which a line gets a dark edge


def known(city: City, zone_ids: Sequence[str]) -> list[str]:
    """Return the zones that the city has, each once, in the given order."""
    here = set(city.zones["zone_id"])
    return [z for z in dict.fromkeys(map(str, zone_ids)) if z in here]


def ground(drawing: Any, city: City, foot: float, *, zones_only: bool = False) -> Any:
    """Return the axes above the foot, fitted to the city, and its projection."""
    axes = drawing.add_axes((0, foot, 1, 1 - foot))
    zones, stops = city.zones, city.stops.dropna(subset=["lat", "lon"])
    shapes = [r for z in city.zone_polygons.values() for r in network_lines.rings(z)]
    places = zones.dropna(subset=["lat", "lon"]) if len(zones) else stops
    lat, lon = (float(places[c].median()) if len(places) else 0.0 for c in ("lat", "lon"))
    on = Ground(lat, lon)
    corners = [on.line(ring) for polygon in shapes for ring in polygon]
    if not zones_only or not corners:
        corners.append(on.km(stops["lat"], stops["lon"]))
    still_map.frame(axes, np.vstack(corners) if corners else np.zeros((0, 2)), margin=0.035)
    return axes, on


def areas(axes: Any, city: City, on: Ground, zone_ids: Sequence[str], **looks: Any) -> None:
    """Draw zones; looks are those of a matplotlib collection."""
    from matplotlib.collections import PathCollection

    polygons = city.zone_polygons
    shapes = [network_lines.rings(polygons[z]) if z in polygons else [] for z in zone_ids]
    paths = [still_map.area_path(s, on) for s in shapes]
    axes.add_collection(PathCollection(paths, **looks), autolim=False)


def body(axes: Any, city: City, on: Ground) -> None:
    """Draw the city's area as paper on the canvas."""
    areas(
        axes, city, on, city.zones["zone_id"].tolist(), facecolors=LIGHT["paper"],
        edgecolors=LIGHT["hairline"], linewidths=0.5, zorder=1,
    )  # fmt: skip


def pilot_zones(axes: Any, city: City, on: Ground, zone_ids: Sequence[str]) -> None:
    """Fill the zones brought forward, under the lines."""
    chosen = known(city, zone_ids)
    if chosen:
        areas(axes, city, on, chosen, facecolors=LIGHT["accent-soft"],
              edgecolors=LIGHT["accent"], linewidths=1.6, zorder=2)  # fmt: skip


def outline(axes: Any, city: City, on: Ground, zone_ids: Sequence[str]) -> None:
    """Draw a thick line around the zones brought forward, over everything."""
    chosen = known(city, zone_ids)
    for color, width in ((LIGHT["paper"], 4.4), (LIGHT["accent"], 2.4)) if chosen else ():
        areas(axes, city, on, chosen, facecolors="none", edgecolors=color, linewidths=width,
              zorder=6)  # fmt: skip


def own_color(color: object) -> str:
    """Return a line's own colour as the feed gives it, empty where it gives none."""
    text = str(color or "").strip().lower()
    return text if re.fullmatch(r"#[0-9a-f]{6}", text) else ""


def lines(axes: Any, city: City, on: Ground) -> None:
    """Draw the lines in the city's own colours and the stops as dots on them.

    A colour too pale for the canvas keeps its place between two dark edges. Where the feed
    gives no colour at all, lines are dark: the map is of nothing else.
    """
    from matplotlib.collections import LineCollection

    patterns, stops = city.patterns, city.stops.dropna(subset=["lat", "lon"])
    groups = network_lines.network(patterns, stops, city.routes)
    colored = any(own_color(g["color"]) for g in groups)
    for group in sorted(groups, key=lambda g: bool(own_color(g["color"]))):
        own = own_color(group["color"])
        paths = [on.line(x) for x in group["lines"]]  # type: ignore[attr-defined]
        color = own or (LIGHT["network"] if colored else LIGHT["bar-strong"])
        layers = [(color, 2.4 if own else 1.4 if not colored else 1.0)]
        if own and palette.contrast(own, LIGHT["canvas"]) < PALE:
            layers.insert(0, (LIGHT["ink-2"], 3.6))
        for shade, width in layers:
            axes.add_collection(
                LineCollection(paths, colors=shade, linewidths=width, capstyle="round",
                               joinstyle="round", zorder=4 if own else 3),
                autolim=False,
            )  # fmt: skip
    at = on.km(stops["lat"], stops["lon"])
    if len(at) <= MANY_STOPS:
        axes.scatter(at[:, 0], at[:, 1], s=9, color=LIGHT["paper"], edgecolors=LIGHT["ink-2"],
                     linewidths=0.6, zorder=5)  # fmt: skip
    else:
        axes.scatter(at[:, 0], at[:, 1], s=0.8, color=LIGHT["ink-2"], linewidths=0, zorder=2)


def grey_lines(axes: Any, city: City, on: Ground) -> None:
    """Draw the network as a thin grey base under a map of zones."""
    from matplotlib.collections import LineCollection

    for group in network_lines.network(city.patterns, city.stops.dropna(subset=["lat", "lon"])):
        axes.add_collection(
            LineCollection([on.line(x) for x in group["lines"]],  # type: ignore[attr-defined]
                           colors=LIGHT["network"], linewidths=0.9, alpha=0.7, zorder=3),
            autolim=False,
        )  # fmt: skip


def name_places(axes: Any, city: City, on: Ground, zone_ids: Sequence[str]) -> None:
    """Name the zones brought forward, then the places where most routes call."""
    chosen = known(city, zone_ids)
    if chosen:
        zones = city.zones.set_index("zone_id").loc[chosen].reset_index()
        words, at = zone_names(zones), on.km(zones["lat"], zones["lon"])
        under = [_foot_of_small(axes, city, on, z) for z in chosen]
        for word, place, foot in zip(words[:6], at, under, strict=False):
            # a name on a small zone would hide what it names
            still_map.names(axes, np.array([place if foot is None else foot]), [word], most=1,
                            centred=foot is None, below=foot is not None)  # fmt: skip
    stops = city.stops.dropna(subset=["lat", "lon"])
    stops = stops[stops["name"].fillna("").astype(str).ne("")]
    count = stops["stop_id"].astype(str).map(still_map.calls(city.patterns)).fillna(0)
    top = stops.loc[count.sort_values(ascending=False, kind="stable").index[:80]]
    local = top["name_local"] if "name_local" in top else [""] * len(top)
    words = [full_name(n, lo) for n, lo in zip(_plain(top["name"]), local, strict=True)]
    fresh = [w if w not in words[:i] else "" for i, w in enumerate(words)]
    still_map.names(axes, on.km(top["lat"], top["lon"]), fresh, most=MOST_NAMED_STOPS)


def _foot_of_small(axes: Any, city: City, on: Ground, zone_id: str) -> np.ndarray | None:
    """Return the lowest point of a zone that has no room for its name, None where it has."""
    polygons = city.zone_polygons
    if zone_id not in polygons:
        return None
    rings = [on.line(ring) for shape in network_lines.rings(polygons[zone_id]) for ring in shape]
    corners = np.vstack(rings) if rings else np.zeros((0, 2))
    if not len(corners):
        return None
    seen = axes.transData.transform(corners)
    if np.ptp(seen[:, 1]) > SMALL_ZONE_INCHES * axes.figure.dpi:
        return None
    return np.array([(corners[:, 0].min() + corners[:, 0].max()) / 2, corners[:, 1].min()])


def _plain(names: pd.Series) -> list[str]:
    """Return names without the running number of stops that share one."""
    bare = [re.sub(r" \d{1,2}$", "", str(n)) for n in names]
    shared = Counter(bare)
    return [b if shared[b] > 1 else str(n) for b, n in zip(bare, names, strict=True)]


def name_zones(
    axes: Any, frame: pd.DataFrame, on: Ground, data: np.ndarray, zone_ids: Sequence[str]
) -> None:
    """Name the zones brought forward and, on a map of few zones, the others."""
    if len(frame) == 0:
        return
    order = np.argsort(-np.nan_to_num(data, nan=-np.inf), kind="stable")
    chosen = set(map(str, zone_ids))
    wanted = [i for i in order if str(frame["zone_id"].iloc[i]) in chosen]
    if len(frame) <= MOST_NAMED_ZONES:
        wanted += [i for i in order if i not in set(wanted)]
    at = on.km(frame["lat"], frame["lon"])
    words = zone_names(frame)
    still_map.names(axes, at[wanted], [words[i] for i in wanted], most=MOST_NAMED_ZONES,
                    centred=True, size="x-small")  # fmt: skip


def _route_name(row: pd.Series) -> str:
    return next((str(row[c]) for c in ("short_name", "long_name") if row.get(c)),
                str(row["route_id"]))  # fmt: skip


def line_rows(city: City, zone_ids: Sequence[str]) -> list[tuple[str, str]]:
    """Return colour and words of the lines for a legend, the modes where lines are too many."""
    rows: list[tuple[str, str]] = []
    routes = city.routes
    for color, group in routes.groupby("color", sort=False) if "color" in routes else ():
        if own_color(color):
            first = group.iloc[0]
            names = [_route_name(row) for _, row in group.iterrows()]
            words = full_name(names[0], first.get("name_local", ""))
            # branches carry the name of their line; other routes of one colour do not
            others = sum(not n.startswith(names[0]) for n in names)
            rows.append((own_color(color), f"{words} and {others} more" if others else words))
    if len(rows) > MOST_NAMED_LINES:
        rows = []
    if not rows and len(routes):
        told = ", ".join(f"{number(n)} {mode}" for mode, n in routes["mode"].value_counts().items())
        rows = [(LIGHT["bar-strong"], f"Routes: {told}")]
    if known(city, zone_ids):
        rows.append((LIGHT["accent"], "Pilot zones"))
    return rows


def foot_share(drawing: Any, rows: float, text_pt: float) -> float:
    """Return the part of the height that so many rows of text take below the map."""
    if not rows:
        return 0.0
    return (rows * text_pt * 1.6 + text_pt) / 72 / drawing.get_size_inches()[1]


def line_legend(drawing: Any, rows: Sequence[tuple[str, str]], foot: float, columns: int) -> None:
    """Draw colour and name of each line below the map."""
    from matplotlib.lines import Line2D
    from matplotlib.patheffects import Normal, Stroke

    handles = []
    for color, _ in rows:
        edge = palette.contrast(color, LIGHT["paper"]) < PALE
        effects = [Stroke(linewidth=4.6, foreground=LIGHT["ink-2"]), Normal()] if edge else None
        handles.append(Line2D([], [], color=color, linewidth=3.2, path_effects=effects))
    drawing.legend(
        handles, [words for _, words in rows], loc="center left", ncols=columns,
        bbox_to_anchor=(0.012, foot / 2), frameon=False, handlelength=1.4, columnspacing=1.8,
        handletextpad=0.6, fontsize="small", labelspacing=0.45, borderaxespad=0, borderpad=0,
    )  # fmt: skip


def class_strip(
    drawing: Any, over: str, rows: Sequence[tuple[str, str]], foot: float, columns: int
) -> None:
    """Draw the legend of a map of zones: measure and unit, then one swatch per class."""
    from matplotlib.patches import Patch

    handles = [Patch(facecolor=c, edgecolor=LIGHT["hairline"], linewidth=0.5) for c, _ in rows]
    legend = drawing.legend(
        handles, [w for _, w in rows], loc="center left", bbox_to_anchor=(0.012, foot / 2),
        ncols=columns, frameon=False, fontsize="small", handlelength=1.4, handleheight=0.9,
        columnspacing=1.3, handletextpad=0.45, borderaxespad=0, borderpad=0, title=over,
        title_fontsize="small", labelspacing=0.45,
    )  # fmt: skip
    legend._legend_box.align = "left"
    legend.get_title().set_color(LIGHT["ink"])

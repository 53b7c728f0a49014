"""All cities on one offline folium map: a sign per plan, its city and its status.

No coastline is drawn, since none comes with an installed package: a grid of degrees and
the principal places of the world's time zones (``zone1970.tab`` of the time zone database,
public domain) give the orientation. A street map comes under it where the network is there.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from html import escape
from importlib import resources
from typing import Any

import pandas as pd

from course.display import fonts, offline, palette
from course.display.street_tiles import street_tiles
from grading.followup import board_colors

HEIGHT, WIDTH = 460, 740
FONT = '"Kit Script",system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif'
_PLACE = re.compile(r"([+-])(\d{2})(\d{2})(\d{2})?([+-])(\d{3})(\d{2})(\d{2})?")


def page(plans: pd.DataFrame, *, title: str) -> str:
    """Return the map as an HTML page that asks no server.

    Parameters
    ----------
    plans : DataFrame
        From :func:`grading.followup.standing.standing`; rows without coordinates are left
        out (the page below lists them).
    title : str
        Read out by a screen reader.
    """
    import folium

    there = [p for p in plans.to_dict("records") if p["lat"] is not None]
    box, zoom = _view([(p["lat"], p["lon"]) for p in there])
    middle = [(box[0][0] + box[1][0]) / 2, (box[0][1] + box[1][1]) / 2]
    world = folium.Map(
        location=middle, zoom_start=zoom, tiles=None, prefer_canvas=True, zoom_snap=0.25,
        zoom_delta=0.5, max_zoom=12, min_zoom=1, world_copy_jump=True, height=f"{HEIGHT}px",
    )  # fmt: skip
    world.options["maxZoom"] = 12
    tiles = street_tiles()
    if tiles:
        folium.TileLayer(tiles["url"], attr=tiles["attribution"], opacity=0.5).add_to(world)
    _grid(world)
    for lat, lon in _around(middle[1]):
        folium.CircleMarker(
            (lat, lon), radius=2, stroke=False, fill=True, fill_opacity=0.9, interactive=False,
            fill_color=palette.ROLES["light"]["network"],
        ).add_to(world)  # fmt: skip
    sides = label_sides([(p["lat"], p["lon"], str(p["city"])) for p in there], zoom, middle)
    for plan, side in zip(there, sides, strict=True):
        folium.Marker(
            (plan["lat"], plan["lon"]),
            icon=folium.DivIcon(
                icon_size=(26, 26), icon_anchor=(13, 13), html=_sign(plan, side),
                class_name="city",
            ),
            keyboard=True,
            title=f"{_bare(plan['city'])}: {board_colors.WORDS[plan['status']]}",
        ).add_to(world)  # fmt: skip
    words = [title, *(str(p["city"]) for p in there)]
    style = f"<style>{fonts.face_css(words)}{_css()}</style>"
    world.get_root().header.add_child(folium.Element(style))
    return offline.page(world, title=title)


def _sign(plan: dict[str, Any], side: str) -> str:
    code = plan["status"]
    sign = board_colors.SIGNS[code]
    return (
        f'<span class="dot {board_colors.class_of(code)}">{sign}</span>'
        f'<span class="name {side}">{inert(str(plan["city"]))}</span>'
    )


def inert(text: str) -> str:
    """Return a text that is a text in HTML and in a script's template string.

    >>> inert("<b>`${x}")
    '&lt;b&gt;&#96;&#36;&#123;x&#125;'
    """
    safe = escape(text, quote=True)
    for sign in "`${}\\":
        safe = safe.replace(sign, f"&#{ord(sign)};")
    return safe


def _around(middle: float) -> list[tuple[float, float]]:
    """Return the places as the map shows them: within half the world of its middle."""
    return [(lat, lon + 360 * round((middle - lon) / 360)) for lat, lon in places()]


def _bare(text: str) -> str:
    """Return a text for an attribute that a script sets: nothing a template would expand.

    folium's pages go through a template engine twice, so that braces in a name would be
    run on the host; entities would be shown as they are.
    """
    return text.translate(str.maketrans("{}<>`$\\", "()()'  "))


@lru_cache(maxsize=1)
def places() -> tuple[tuple[float, float], ...]:
    """Return the principal places of the time zones as (lat, lon); empty without the table."""
    try:
        table = (resources.files("tzdata") / "zoneinfo" / "zone1970.tab").read_text("utf-8")
    except (ModuleNotFoundError, OSError):
        return ()
    found = []
    for line in table.splitlines():
        cells = line.split("\t")
        match = _PLACE.fullmatch(cells[1]) if len(cells) > 2 and line[0] != "#" else None
        if match:
            found.append((_degrees(match.groups()[:4]), _degrees(match.groups()[4:])))
    return tuple(found)


def _degrees(parts: tuple[str | None, ...]) -> float:
    sign, degrees, minutes, seconds = parts
    size = int(degrees or 0) + int(minutes or 0) / 60 + int(seconds or 0) / 3600
    return round(-size if sign == "-" else size, 3)


def _grid(world: Any) -> None:
    import folium

    look = {"color": palette.ROLES["light"]["hairline"], "weight": 1, "interactive": False}
    for lat in range(-60, 81, 20):
        folium.PolyLine([(lat, -540), (lat, 540)], **(look | {"weight": 1.6 if lat == 0 else 1})
                        ).add_to(world)  # fmt: skip
    for lon in range(-540, 541, 20):
        folium.PolyLine([(-85, lon), (85, lon)], **look).add_to(world)


def _view(spots: list[tuple[float, float]]) -> tuple[list[list[float]], float]:
    """Return the box that holds all cities and the zoom (in quarters) at which it fits."""
    if not spots:
        return [[-55.0, -170.0], [75.0, 170.0]], 1.25
    south, north = min(s[0] for s in spots), max(s[0] for s in spots)
    west, east = min(s[1] for s in spots), max(s[1] for s in spots)
    tall = _y(south) - _y(north) or 1e-9
    wide = (east - west) / 360 or 1e-9
    zoom = min(math.log2((WIDTH - 150) / 256 / wide), math.log2((HEIGHT - 110) / 256 / tall))
    return [[south, west], [north, east]], max(1.0, min(6.0, math.floor(zoom * 4) / 4))


def _y(lat: float) -> float:
    """Return the height of a latitude on the map, 0 at the top, 1 at the bottom."""
    s = math.sin(math.radians(max(-85.0, min(85.0, lat))))
    return 0.5 - math.log((1 + s) / (1 - s)) / (4 * math.pi)


def label_sides(
    cities: list[tuple[float, float, str]], zoom: float, middle: list[float]
) -> list[str]:
    """Return where each name stands (right, left, above, below) so that few overlap.

    Parameters
    ----------
    cities : list of (lat, lon, name)
        In degrees.
    zoom, middle : float, list of float
        At which, and where, the map opens.
    """
    size = 256 * 2**zoom
    taken = []
    left = (middle[1] + 180) / 360 * size - WIDTH / 2
    edges = [(left - WIDTH, -1e9, left, 1e9), (left + WIDTH, -1e9, left + 2 * WIDTH, 1e9)]
    spots = [((lon + 180) / 360 * size, _y(lat) * size, 8 * len(name)) for lat, lon, name in cities]
    dots = [(x - 13, y - 13, x + 13, y + 13) for x, y, _ in spots]
    sides = []
    for number, (x, y, wide) in enumerate(spots):
        boxes = {
            "right": (x + 15, y - 9, x + 15 + wide, y + 9),
            "left": (x - 15 - wide, y - 9, x - 15, y + 9),
            "above": (x - wide / 2, y - 32, x + wide / 2, y - 14),
            "below": (x - wide / 2, y + 14, x + wide / 2, y + 32),
        }
        others = [*edges, *taken, *(d for i, d in enumerate(dots) if i != number)]
        best = min(boxes, key=lambda s: sum(_meet(boxes[s], o) for o in others))
        taken.append(boxes[best])
        sides.append(best)
    return sides


def _meet(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _css() -> str:
    light = palette.ROLES["light"]
    return (
        f"html,body{{background:{light['canvas']};margin:0}}"
        f".leaflet-container{{background:{light['canvas']};font:13px {FONT};"
        f"color:{light['ink']}}}"
        ".city{overflow:visible;background:none;border:0}"
        ".dot{display:flex;align-items:center;justify-content:center;width:26px;height:26px;"
        f"border-radius:50%;font:600 13px {FONT};border:1.5px solid {light['paper']};"
        "box-sizing:border-box;box-shadow:0 0 0 1px #0003}"
        f".name{{position:absolute;white-space:nowrap;font:600 13px/18px {FONT};"
        f"color:{light['ink']};text-shadow:{_halo(light['canvas'])}}}"
        ".right{left:30px;top:4px}.left{right:30px;top:4px}"
        ".above{bottom:27px;left:50%;transform:translateX(-50%)}"
        ".below{top:27px;left:50%;transform:translateX(-50%)}"
        ".leaflet-control-attribution{font-size:13px}"
        ".leaflet-attribution-flag{display:none !important}"
        f".city:focus-visible .dot{{outline:3px solid {light['accent']};outline-offset:2px}}"
        f"{board_colors.css()}"
    )


def _halo(color: str) -> str:
    return ",".join(f"{x}px {y}px 1px {color}" for x in (-1, 0, 1) for y in (-1, 0, 1) if x or y)

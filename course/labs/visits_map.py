"""The map of the study visits, and the ways of a day between them, on Seoul's own lines.

Places that stand at one point share one sign. A place whose position nobody confirmed is an
open circle; one that is shown at its station is a diamond. Rides are lines, walks are dots.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from course import visits
from course.display import network_lines, palette
from course.display.base_map import THEMES, BaseMap, iframe
from course.display.figure import Figure
from course.display.map_layer import Layer, Look
from course.errors import UsageError
from course.transport.timetable_routing import clock
from course.visits.routes import DayRoute, seoul
from course.visits.routes import day_route as _day_of
from course.visits.routes import programme_day as _programme_day

if TYPE_CHECKING:
    import pandas as pd

MAP_HEIGHT = 440
SEEN, UNSURE, STATION = 0, 1, 2
_LOOKS = (
    Look("Place seen in a source", marker="square"),
    Look("Place unverified: confirm it with the host", hollow=True, weight=3),
    Look("Only the station is known", marker="diamond"),
)
_WORDS = ("place seen in a source", "place unverified", "its station: place not known")
RIDE, WALK = 0, 1
_LEGS = (Look("Ride", weight=5, front=True), Look("Walk", weight=3, dash="dots"))
_LINE = {"light": "#d55e00", "dark": "#ff9a4d"}
_SOURCES = (
    "course/programmes/sites.yml (each place with its source and mark); stations: "
    "github.com/minseojo/live-bmw"
)


def visit_map() -> Figure:
    """Draw every place of the study visits.

    Returns
    -------
    Figure
        Map, reading, and a table with what to look for, hours and how sure the place is.
        Places without any position stand in the table only.
    """
    table = visits.sites()
    numbers = {site: k for k, site in enumerate(table["site_id"], start=1)}
    base = BaseMap(seoul(), title="Study visits in Seoul", height=MAP_HEIGHT)
    points = _points(table, numbers)
    base.add(_layer("places", points))
    base.look_at([p["lat"] for p in points], [p["lon"] for p in points])
    _legend(base, points)
    placed = sum(len(p["sites"]) for p in points)
    sure = int((table["certainty"] == "S").sum())
    return Figure(
        title="Where the study visits are",
        subtitle="Places of the training weeks, Seoul",
        reading=f"{placed} of {len(table)} places can be shown; the position of {sure} was seen in "
        "a source, the others have to be confirmed with the host. Hours stand in the table.",
        alt="Map of the study visits in Seoul on the lines of the subway",
        body=_frame(base, "Study visits in Seoul"),
        sources=_SOURCES,
        table=_listed(table, numbers),
        table_options={
            "caption": "What to look for", "rows": len(table),
            "labels": {"number": "On the map", "title": "Place", "look_for": "Look for",
                       "nearest_station": "Nearest station (line)", "place_note": "How sure"},
        },
    )  # fmt: skip


def day_route(
    places: Sequence[str] | DayRoute | None = None, *, programme: Any = None, day: str = "",
    depart: str | float = "09:00", stay_min: float = 60, kind: str = "weekday",
) -> Figure:  # fmt: skip
    """Draw the ways of a day between visits, by the timetable of the Seoul pack.

    Parameters
    ----------
    places : sequence of str, optional
        Ids of ``visits.sites()`` in the order of the day; or a day that was worked out.
    programme, day : optional
        In their place: a programme such as ``"wego_week"`` and the id of its day, ``"d2"``.
    depart, stay_min, kind
        For your own list: when you leave the first place, minutes at each, and the kind of
        day; as in ``visits.day_route``.

    Returns
    -------
    Figure
        Map, reading, and a table with one row per leg. A day without ways says so.
    """
    if places is None and not (programme and day):
        raise UsageError(
            "labs.day_route() needs places, or a programme and a day.",
            'Such as labs.day_route(["shrdc", "topis"]) or '
            'labs.day_route(programme="wego_week", day="d2").',
        )
    if isinstance(places, DayRoute):
        found = places
    elif places is not None:
        found = _day_of(places, depart=depart, stay_min=stay_min, day=kind)
    else:
        found = _programme_day(programme, day)
    return _draw(found)


def _draw(found: DayRoute) -> Figure:
    table = visits.sites()
    order: dict[str, list[int]] = {}
    for number, stop in enumerate(found.stops, start=1):
        order.setdefault(stop.site_id, []).append(number)
    base = BaseMap(seoul(), title=found.title, height=MAP_HEIGHT)
    legs = [leg for way in found.ways for leg in way.legs]
    if legs:
        base.add(_leg_layer(legs))
        rows = [(RIDE, "ride"), (WALK, "walk")]
        base.legend("legs", "Ways of the day", [r for r in rows if _has(legs, r[0])])
        lat, lon = np.array([p for leg in legs for p in leg.path]).T
        base.look_at(lat, lon)
    points = _points(table[table["site_id"].isin(order)], order)
    base.add(_layer("places", points))
    _legend(base, points)
    badge = seoul().badge("stop_times")
    base.badge(badge.split(":")[0])
    stays = " ".join(
        f"{number} {stop.title}, {_from_to(stop.start_min, stop.end_min)}."
        for number, stop in enumerate(found.stops, start=1)
    )
    return Figure(
        title=found.title,
        subtitle="Earliest arrival by subway and on foot, minutes by the timetable of the pack",
        reading=f"{found.in_words()} {stays}",
        alt=f"Map of the ways between {len(found.stops)} places of the day",
        body=_frame(base, found.title),
        synthetic=badge,
        sources="Seoul pack: order of stops and headways; walks are straight lines times 1.3 at "
        "4.5 km/h and a change takes 2 minutes (parameters, unverified); places: sites.yml",
        table=found.table(),
        table_options={
            "caption": "The ways of the day, leg by leg", "rows": 60,
            "labels": {"leg": "Way", "wait_min": "Wait (min)", "walk_m": "Walk (m)"},
            "decimals": {"wait_min": 1},
        },
    )  # fmt: skip


# ---- drawing -------------------------------------------------------------------------


def _from_to(start: float, end: float) -> str:
    """Return when one is at a place; the last place of a day has no end."""
    return f"{clock(start)} to {clock(end)}" if end > start else f"from {clock(start)}"


def _points(table: pd.DataFrame, numbers: dict[str, Any]) -> list[dict[str, Any]]:
    """Return one sign per position, with everything that stands there."""
    found: dict[tuple[float, float], dict[str, Any]] = {}
    for row in table.itertuples():
        kind = SEEN if row.certainty == "S" else UNSURE
        lat, lon = row.lat, row.lon
        if lat != lat or lon != lon:
            kind, lat, lon = STATION, row.station_lat, row.station_lon
        if lat != lat or lon != lon:
            continue
        sign = found.setdefault(
            (round(lat, 4), round(lon, 4)),
            {"lat": lat, "lon": lon, "kind": kind, "sites": [], "numbers": [], "tips": []},
        )
        sign["sites"].append(row)
        given = numbers[row.site_id]
        sign["numbers"] += given if isinstance(given, list) else [given]
    for sign in found.values():
        for row in sign["sites"]:
            head = [f"{row.title}:"] if len(sign["sites"]) > 1 else []
            sign["tips"] += [*head, row.look_for]
        last = sign["sites"][-1]
        sign["tips"] += [last.place_note, f"{last.hours}"] if len(sign["sites"]) == 1 else []
    return list(found.values())


def _layer(name: str, points: list[dict[str, Any]]) -> Layer:
    lat, lon = (np.array([p[c] for p in points], dtype=float) for c in ("lat", "lon"))
    ink = {t: [palette.ROLES[t]["ink"]] * len(_LOOKS) for t in THEMES}
    return Layer(
        id=name,
        kind="points",
        shapes=[network_lines.flat(lat[i : i + 1], lon[i : i + 1]) for i in range(len(points))],
        classes=np.array([p["kind"] for p in points], dtype=np.uint8),
        colors=ink,
        names=[", ".join(row.title for row in p["sites"]) for p in points],
        tips=[[tip for tip in p["tips"] if tip] for p in points],
        radii=[7.0] * len(points),
        weight=2,
        opacity=1.0,
        looks=_LOOKS,
        labels=[", ".join(map(str, sorted(p["numbers"]))) for p in points],
        label_at=network_lines.flat(lat, lon) if points else [],
    )


def _legend(base: BaseMap, points: list[dict[str, Any]]) -> None:
    kinds = {p["kind"] for p in points}
    base.legend("places", "Study visits", [(k, w) for k, w in enumerate(_WORDS) if k in kinds])


def _leg_layer(legs: Sequence[Any]) -> Layer:
    shapes = []
    for leg in legs:
        lat, lon = np.array(leg.path, dtype=float).T
        shapes.append([network_lines.flat(lat, lon)])
    return Layer(
        id="legs",
        kind="lines",
        shapes=shapes,
        classes=np.array([RIDE if leg.kind == "ride" else WALK for leg in legs], dtype=np.uint8),
        colors={t: [_LINE[t], palette.ROLES[t]["ink"]] for t in THEMES},
        names=[f"{leg.line}: {leg.start} to {leg.end}" for leg in legs],
        tips=[
            [f"{clock(leg.depart_min)} to {clock(leg.arrive_min)}",
             f"{leg.walk_m} m" if leg.walk_m else f"{leg.stops} stops"]
            for leg in legs
        ],
        looks=_LEGS,
    )  # fmt: skip


def _has(legs: Sequence[Any], kind: int) -> bool:
    return any((leg.kind == "ride") == (kind == RIDE) for leg in legs)


def _frame(base: BaseMap, title: str) -> str:
    inner = iframe(base.page(), title=title, height=MAP_HEIGHT)
    return f'<div class="kit-frame">{inner}</div>'


def _listed(table: pd.DataFrame, numbers: dict[str, int]) -> pd.DataFrame:
    shown = table.assign(number=[numbers[s] for s in table["site_id"]])
    shown["place_note"] = [
        note or visits.CERTAINTY.get(mark, mark)
        for note, mark in zip(table["place_note"], table["certainty"], strict=True)
    ]
    return shown[["number", "title", "look_for", "hours", "nearest_station", "place_note"]]

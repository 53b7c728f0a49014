"""Answers of the module "Your city as data", as functions of the city and the draw.

Shares and densities are worked out here from the tables, not by the course's functions: a
slip in those would otherwise be right by definition.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from course.city.pack import City
from course.exercises import Draw
from course.exercises import m00_orientation as m00
from course.visits.routes import route
from grading.answer_key.base import AnswerKey, WrongValues

# three tolerances: nearer than this a wrong value cannot be told from the right one
_DENSITY, _POINTS, _MINUTES = 0.03, 1.5, 3.0


def _clear(right: float, found: WrongValues, *, apart: float, same: float) -> WrongValues:
    """Return the wrong values that can be told from the right one, each number once.

    Two slips that lead to one number (zones of one size) get their hints together.
    """
    kept: list[tuple[Any, str]] = []
    for value, hint in found:
        if value is None or abs(value - right) <= apart:
            continue
        near = next((i for i, (v, _) in enumerate(kept) if abs(v - value) <= same), None)
        if near is None:
            kept.append((value, hint))
        else:
            kept[near] = (kept[near][0], f"{kept[near][1]} {hint}")
    return kept


def _totals(city: City) -> tuple[np.ndarray, np.ndarray]:
    zones = city.zones
    return zones["population"].to_numpy(float), zones["area_km2"].to_numpy(float)


# ---- m00_density ---------------------------------------------------------------------


def _density(city: City, draw: Draw) -> float:
    people, land = _totals(city)
    return float(people.sum() / land.sum())


def _density_wrong(city: City, draw: Draw) -> WrongValues:
    people, land = _totals(city)
    right = _density(city, draw)
    found = [
        (float((people / land).mean()),
         "Large and small zones count the same here. Divide the totals."),
        (float(land.sum() / people.sum()), "Which goes on top, people or land?"),
        (float(people.sum() / len(people)), "A zone is not one km²."),
    ]  # fmt: skip
    return _clear(right, found, apart=_DENSITY * right, same=0.01 * right)


# ---- m00_densest ---------------------------------------------------------------------


def _eight(city: City, draw: Draw) -> pd.DataFrame:
    """Return the zones of the question by their letter, with what is compared."""
    letters = [code for code in m00.CODES if f"zone_{code}" in draw.params]
    zones = city.zones.set_index("zone_id").loc[[draw.params[f"zone_{c}"] for c in letters]]
    zones.index = pd.Index(letters)
    top, below = ("population", "area_km2")
    if draw.params["variant"] == "jobs":
        top, below = ("jobs", "population")
    return zones.assign(value=zones[top] / zones[below])


def _densest(city: City, draw: Draw) -> str:
    return str(_eight(city, draw)["value"].idxmax())


def _densest_also(city: City, draw: Draw) -> list[str]:
    """Return every zone within 1 % of the first: what is no clear best counts."""
    value = _eight(city, draw)["value"]
    return [str(code) for code in value.index[value >= 0.99 * value.max()]]


def _densest_wrong(city: City, draw: Draw) -> WrongValues:
    eight = _eight(city, draw)
    good = {_densest(city, draw), *_densest_also(city, draw)}
    if draw.params["variant"] == "jobs":
        found = [
            (eight["jobs"].idxmax(), "Most jobs is not most jobs for each resident."),
            (eight["population"].idxmax(), "Most people is not most jobs."),
            (eight["value"].idxmin(), "You sorted the other way."),
        ]
    else:
        found = [
            (eight["population"].idxmax(), "Most people is not most crowded."),
            (eight["value"].idxmin(), "You sorted the other way."),
            (eight["area_km2"].idxmin(), "Small is not yet dense."),
        ]
    said: dict[str, str] = {}
    for code, hint in found:
        if code not in good:
            said[str(code)] = f"{said[code]} {hint}" if code in said else hint
    return list(said.items())


# ---- m00_above -----------------------------------------------------------------------


def _over(city: City, draw: Draw) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    people, land = _totals(city)
    return people / land > draw.params["line"], people, land


def _above(city: City, draw: Draw) -> float:
    over, people, _ = _over(city, draw)
    return 100.0 * float(people[over].sum() / people.sum())


def _above_wrong(city: City, draw: Draw) -> WrongValues:
    over, _, land = _over(city, draw)
    right = _above(city, draw)
    found = [
        (100.0 * float(over.mean()), "Count people, not zones."),
        (100.0 * float(land[over].sum() / land.sum()), "That is the land share."),
        (100.0 - right, "You took the zones below the line."),
    ]
    return _clear(right, found, apart=_POINTS, same=0.5)


# ---- m00_synth -----------------------------------------------------------------------


def _origins(city: City, draw: Draw) -> pd.DataFrame:
    return city.sources.set_index("frame").loc[list(draw.params["frames"])]


def _rows(city: City, draw: Draw) -> list[int]:
    return [len(city.frame(name)) for name in draw.params["frames"]]


def _synth(city: City, draw: Draw) -> int:
    if draw.params["variant"] == "rows":
        return sum(_rows(city, draw))
    return int((_origins(city, draw)["origin"] == "synthetic").sum())


def _synth_wrong(city: City, draw: Draw) -> WrongValues:
    right, count = _synth(city, draw), len(draw.params["frames"])
    if draw.params["variant"] == "rows":
        found = [(count, "Count rows, not frames."), (max(_rows(city, draw)), "Add all of them.")]
    else:
        facts = int((_origins(city, draw)["origin"] == "facts").sum())
        found = [
            (count - right, "You counted the frames that are not synthetic."),
            (count, "This is every frame."),
            (right + facts, "Facts come from a source, not from a rule."),
        ]
    return _clear(right, found, apart=0, same=0)


# ---- m00_2530 ------------------------------------------------------------------------


def _clock(city: City, draw: Draw) -> str:
    return "b"


def _clock_wrong(city: City, draw: Draw) -> WrongValues:
    return [
        ("a", "That is 24 hours earlier."),
        ("d", "Hours above 24 belong to the same service day."),
        ("c", "Subtract 24, not 23."),
    ]


# ---- m00_route -----------------------------------------------------------------------


def _way(draw: Draw, *, back: bool = False) -> Any:
    p = draw.params
    start, end = (p["end"], p["start"]) if back else (p["start"], p["end"])
    return route(start, end, depart=p["depart"])


def _route(city: City, draw: Draw) -> float:
    return float(_way(draw).minutes)


def _route_wrong(city: City, draw: Draw) -> WrongValues:
    way = _way(draw)
    rides = [leg for leg in way.legs if leg.kind == "ride"]
    found = [(way.ride_min, "You wait, change and walk too.")]
    if rides:
        on_rails = rides[-1].arrive_min - rides[0].depart_min
        found.append((on_rails, "From door to door, not from station to station."))
    found.append((_way(draw, back=True).minutes, "That is the way back."))
    return _clear(way.minutes, found, apart=_MINUTES, same=1.0)


KEY = AnswerKey(
    expected={
        "m00_density": _density,
        "m00_densest": _densest,
        "m00_above": _above,
        "m00_synth": _synth,
        "m00_2530": _clock,
        "m00_route": _route,
    },
    wrong={
        "m00_density": _density_wrong,
        "m00_densest": _densest_wrong,
        "m00_above": _above_wrong,
        "m00_synth": _synth_wrong,
        "m00_2530": _clock_wrong,
        "m00_route": _route_wrong,
    },
    alternatives={"m00_densest": _densest_also},
)

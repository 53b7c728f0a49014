"""Answers of the module "Routes from night demand", as functions of the city and the draw.

Every count is of whole night trips of the trainee's own exercise table, so that an answer
does not depend on the order of adding up.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from course.bigdata.night_cover import Cover, cover
from course.bigdata.night_demand import GRAIN
from course.city.pack import City
from course.exercises import Draw
from course.exercises import m06_night_bus as m06
from course.exercises.memory import Memory
from course.exercises.night_routes import beside
from grading.answer_key.base import AnswerKey, Judged, WrongValues
from grading.answer_key.m06_design import NetworkTask, judge_network

SIX_TRIANGLES = 1.5 * math.sqrt(3.0)
_works = Memory(12)
_tasks = Memory(64)


@dataclass(frozen=True)
class Work:
    """One trainee's exercise night trips, measured against the routes of the city."""

    city: City
    night_trips: pd.DataFrame

    @cached_property
    def cover(self) -> Cover:
        """Return what each route serves; other buffers come from ``cover.at``."""
        return cover(beside(self.city).routes, self.night_trips)

    @property
    def total(self) -> int:
        """Return all night trips, in the cover's own grain."""
        return self.cover.demand.total


def work(city: City, draw: Draw) -> Work:
    """Return the exercise of the trainee a draw belongs to."""
    return _works.get(
        (city.fingerprint, draw.who.trainee),
        lambda: Work(city, m06.exercise_night_trips(city, draw.who)),
    )


def _together(found: WrongValues) -> WrongValues:
    """Return each wrong value once, with the hints of all slips that lead to it."""
    said: dict[Any, str] = {}
    for value, hint in found:
        said[value] = f"{said[value]} {hint}" if value in said else hint
    return list(said.items())


# ---- m06_hex -------------------------------------------------------------------------


def _hex(city: City, draw: Draw) -> float:
    return SIX_TRIANGLES * float(draw.params["edge_km"]) ** 2


def _hex_wrong(city: City, draw: Draw) -> WrongValues:
    edge = float(draw.params["edge_km"])
    return [
        (math.pi * edge**2, "A hexagon, not a circle."),
        (SIX_TRIANGLES * (2 * edge) ** 2, "Edge, not width."),
        (edge**2, "Six triangles."),
    ]


# ---- m06_hot -------------------------------------------------------------------------


def _ten(draw: Draw) -> dict[str, str]:
    """Return the ten cells by their letter; fewer in a city of fewer cells."""
    return {c: draw.params[f"cell_{c}"] for c in m06.CODES if f"cell_{c}" in draw.params}


def _counts(trips: pd.DataFrame, column: str, draw: Draw) -> dict[str, float]:
    sums = trips.groupby(column)["trips"].sum()
    return {code: float(sums.get(cell, 0.0)) for code, cell in _ten(draw).items()}


def _of_hour(city: City, draw: Draw) -> pd.DataFrame:
    trips = work(city, draw).night_trips
    return trips[trips["hour"] == draw.params["hour"]]


def _hot(city: City, draw: Draw) -> str:
    counts = _counts(_of_hour(city, draw), "from_cell", draw)
    return max(counts, key=counts.get)


def _hot_also(city: City, draw: Draw) -> list[str]:
    """Return every cell within 1 % of the best: a choice that is no clear best counts."""
    counts = _counts(_of_hour(city, draw), "from_cell", draw)
    best = max(counts.values())
    return [code for code, count in counts.items() if count >= 0.99 * best]


def _hot_wrong(city: City, draw: Draw) -> WrongValues:
    people = beside(city).cells.set_index("cell")["population"]
    ends = _counts(_of_hour(city, draw), "to_cell", draw)
    night = _counts(work(city, draw).night_trips, "from_cell", draw)
    asleep = {code: float(people.loc[cell]) for code, cell in _ten(draw).items()}
    found = [
        (ends, "Where does the trip start?"),
        (night, "One hour only."),
        (asleep, "People asleep do not travel."),
    ]
    return _together([(max(counts, key=counts.get), hint) for counts, hint in found])


# ---- m06_score -----------------------------------------------------------------------


def _score(city: City, draw: Draw) -> float:
    here = work(city, draw).cover.at(draw.params["buffer_m"])
    at = here.position(draw.params["route"])
    return here.served_trips([at]) / here.routes[at].length_km


def _score_wrong(city: City, draw: Draw) -> WrongValues:
    here = work(city, draw).cover.at(draw.params["buffer_m"])
    at = here.position(draw.params["route"])
    length_km, served = here.routes[at].length_km, here.served_trips([at])
    near, demand = here.near[at], here.demand
    one_end = float(demand.trips[near[demand.start] | near[demand.end]].sum()) / GRAIN
    return [
        (one_end / length_km, "Both ends must be near."),
        (served, "Per km."),
        (served / (2 * length_km), "Use the length in the table."),
    ]


# ---- m06_gain ------------------------------------------------------------------------


def _shares(city: City, draw: Draw) -> tuple[float, float, float]:
    """Return the share of all trips served by the first, the second, and both, in percent."""
    here = work(city, draw).cover.at(draw.params["buffer_m"])
    first, second = (here.position(draw.params[name]) for name in ("first", "second"))
    trips, total = here.demand.trips, here.demand.total
    served = [
        100.0 * float(trips[here.served_pairs(chosen)].sum()) / total if total else 0.0
        for chosen in ([first], [second], [first, second])
    ]
    return served[0], served[1], served[2]


def _gain(city: City, draw: Draw) -> float:
    first, _, both = _shares(city, draw)
    return both - first


def _gain_wrong(city: City, draw: Draw) -> WrongValues:
    first, second, both = _shares(city, draw)
    return [
        (second, "Some were served already."),
        (100.0 * (both - first) / both if both else None, "Of all night trips."),
        (both, "Only the addition."),
    ]


# ---- m06_net -------------------------------------------------------------------------


def _task(city: City, draw: Draw) -> NetworkTask:
    p = draw.params

    def make() -> NetworkTask:
        return NetworkTask(
            cover=work(city, draw).cover.at(p["buffer_m"]),
            hot=tuple(p["hot"]),
            budget=float(p["budget"]),
            speed_kmh=float(p["speed_kmh"]),
            layover_min=float(p["layover_min"]),
        )

    return _tasks.get((city.fingerprint, draw.variant, draw.who.trainee), make)


def _judge(city: City, draw: Draw, value: Any) -> Judged:
    return judge_network(_task(city, draw), value)


def _eased(city: City, draw: Draw) -> str:
    return _task(city, draw).note


def _network(city: City, draw: Draw) -> dict[str, Any]:
    return _task(city, draw).solution


# ---- m06_fleet -----------------------------------------------------------------------


def _minutes(draw: Draw) -> tuple[float, float]:
    """Return the driving minutes of a round trip, and the rest."""
    p = draw.params
    return 60.0 * 2 * p["length_km"] / p["speed_kmh"], float(p["layover_min"])


def _up(minutes: float, headway_min: float) -> int:
    return max(1, math.ceil(minutes / headway_min - 1e-9))


def _fleet(city: City, draw: Draw) -> int:
    driving, rest = _minutes(draw)
    return _up(driving + rest, draw.params["headway_min"])


def _fleet_wrong(city: City, draw: Draw) -> WrongValues:
    driving, rest = _minutes(draw)
    headway = float(draw.params["headway_min"])
    return _together([
        (_up(driving, headway), "Drivers rest."),
        (_up(driving / 2 + rest, headway), "It must come back."),
        (math.floor((driving + rest) / headway + 1e-9), "Half a bus does not run."),
    ])  # fmt: skip


KEY = AnswerKey(
    expected={
        "m06_hex": _hex,
        "m06_hot": _hot,
        "m06_score": _score,
        "m06_gain": _gain,
        "m06_fleet": _fleet,
    },
    wrong={
        "m06_hex": _hex_wrong,
        "m06_hot": _hot_wrong,
        "m06_score": _score_wrong,
        "m06_gain": _gain_wrong,
        "m06_fleet": _fleet_wrong,
    },
    designs={"m06_net": _judge},
    examples={"m06_net": _network},
    notes={"m06_net": _eased},
    alternatives={"m06_hot": _hot_also},
)

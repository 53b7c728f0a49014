"""The arithmetic of the night bus lab: one setting in, one network and its numbers out.

Everything comes from `course.bigdata.nightbus`; this module only asks it the questions of
one page. The cover of routes and trips is measured once; a buffer, a number of routes or a
weight is then a matter of a few milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from course.bigdata.night_candidates import candidates
from course.bigdata.night_cover import Cover, cover
from course.bigdata.night_demand import GRAIN
from course.bigdata.night_drawing import Gain, draw_route, gain, plan_with
from course.bigdata.night_fairness import coverage_by_income
from course.bigdata.night_plan import Plan, add_routes
from course.bigdata.night_routes import Route
from course.bigdata.night_service import Costs, cost_per_ride, night_costs, route_fleet
from course.labs.night_setting import CANDIDATES, NightSetting

if TYPE_CHECKING:
    import pandas as pd

    from course.city.pack import City

DRAWN = "YOURS"
_KEPT = 24


@dataclass(frozen=True)
class Result:
    """One network at one setting.

    Parameters
    ----------
    plan : Plan
        The chosen routes, and the reader's own after them.
    before : Plan or None
        What the reader started from: the plan without the drawn route, every trip counted
        once. None where that is the same.
    own : Route or None
        The drawn route.
    added : Gain or None
        What it adds to the others.
    buses : tuple of int
        One per route.
    cost : float
        Of one ride, in currency units; NaN without rides. Rests on unverified parameters.
    """

    plan: Plan
    before: Plan | None
    own: Route | None
    added: Gain | None
    buses: tuple[int, ...]
    cost: float
    steps: pd.DataFrame = field(repr=False)
    fair: pd.DataFrame = field(repr=False)

    @cached_property
    def reached(self) -> np.ndarray:
        """Return for each cell whether a route that runs passes within the buffer."""
        return self.plan.cover.near[list(self.plan.chosen)].any(axis=0)

    @cached_property
    def served_of_cell(self) -> np.ndarray:
        """Return the served trips of each cell: those that start or end there."""
        return of_cells(self.plan.cover, self.plan.served_pairs)

    def at_cell(self, cell: int) -> np.ndarray:
        """Return for each route of the plan the trips it serves of one cell."""
        here = self.plan.cover
        mine = (here.demand.start == cell) | (here.demand.end == cell)
        trips = here.demand.trips
        return np.array(
            [int(trips[here.served_pairs([at]) & mine].sum()) / GRAIN for at in self.plan.chosen]
        )


def of_cells(here: Cover, pairs: np.ndarray | None = None) -> np.ndarray:
    """Return the trips that start or end in each cell; a trip inside a cell counts once."""
    demand = here.demand
    trips = demand.trips if pairs is None else np.where(pairs, demand.trips, 0)
    out = np.zeros(len(demand.cells), dtype=np.int64)
    np.add.at(out, demand.start, trips)
    np.add.at(out, demand.end, np.where(demand.start == demand.end, 0, trips))
    return out / GRAIN


class NightModel:
    """The night network of one city.

    Parameters
    ----------
    city : City
        Night trips, zones and the network of its lines.
    """

    def __init__(self, city: City) -> None:
        self.city = city
        self.cover = cover(candidates(city, n=CANDIDATES), city.night_trips)
        self.costs: Costs = night_costs(city)
        self.cell_trips = of_cells(self.cover)
        self._plans: dict[tuple[float, int, float], Plan] = {}

    @property
    def cells(self) -> list[str]:
        """Return the cells with night trips."""
        return self.cover.demand.cells

    @property
    def routes(self) -> tuple[Route, ...]:
        """Return the candidates."""
        return self.cover.routes

    def plan(self, setting: NightSetting) -> Plan:
        """Return the chosen routes of a setting, without a drawn one."""
        key = (setting.buffer_m, setting.routes, setting.low_income_weight)
        if key not in self._plans:
            made = add_routes(
                self.cover.at(setting.buffer_m),
                n=setting.routes,
                low_income_weight=setting.low_income_weight,
            )
            while len(self._plans) >= _KEPT:
                self._plans.pop(next(iter(self._plans)))
            self._plans[key] = made
        return self._plans[key]

    def result(self, setting: NightSetting) -> Result:
        """Return the network of a setting.

        Raises
        ------
        CourseError
            A drawn point is far from every line, or no way leads to it.
        """
        chosen = self.plan(setting)
        own = draw_route(self.city, setting.drawn, route_id=DRAWN) if setting.has_route else None
        plan = chosen if own is None else plan_with(chosen, own)
        before = None
        if setting.low_income_weight != 1:
            before = self.plan(NightSetting(routes=setting.routes, buffer_m=setting.buffer_m))
        elif own is not None:
            before = chosen
        service = {"headway_min": setting.headway_min, "speed_kmh": setting.speed_kmh}
        return Result(
            plan=plan,
            before=before,
            own=own,
            added=None if own is None else gain(chosen, own),
            buses=tuple(route_fleet(route, **service) for route in plan.routes),
            cost=cost_per_ride(plan, self.costs, **service),
            steps=plan.steps,
            fair=coverage_by_income(plan, before=before),
        )

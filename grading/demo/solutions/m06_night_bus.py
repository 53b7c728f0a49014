"""Module 06 as an able trainee would work it."""

from __future__ import annotations

import itertools
import math
from functools import cached_property
from typing import Any

import pandas as pd

from course import nightbus
from course.exercises import exercise
from grading.demo.solver import Solver as AnySolver

LONGEST_HEADWAY_MIN = 60
TOO_LONG_MIN = 75
# What `module.yml` states that nobody's wait over an hour is worth.
WAIT_SHARE = 0.15


class Solver(AnySolver):
    """One trainee's way through the exercises of module 06."""

    text = (
        "Hospital cleaners and market porters are missing: 2 of 3 shifts begin before 05 h (staff "
        "lists, 2025). The staff offices are asked in one week, the gates counted for three "
        "nights. Our night trips are synthetic, so the share served is an estimate."
    )

    @cached_property
    def trips(self) -> pd.DataFrame:
        """Return the trainee's exercise night trips."""
        return exercise("m06_night_trips", self.city, who=self.who)

    @cached_property
    def routes(self) -> Any:
        """Return the twelve routes."""
        return exercise("m06_routes", self.city, who=self.who)

    @cached_property
    def cover(self) -> Any:
        """Return what each route serves at 500 m."""
        return nightbus.cover(self.routes, self.trips)

    def _starts(self, column: str) -> pd.Series:
        """Return the trips of each of the ten cells in the asked hour, by letter."""
        cells = exercise("m06_cells", self.city, who=self.who).set_index("letter")["cell"]
        of_hour = self.trips[self.trips["hour"] == self.params("m06_hot")["hour"]]
        return cells.map(of_hour.groupby(column)["trips"].sum()).fillna(0)

    def _share(self, *route_ids: str) -> float:
        """Return the percent of all trips that routes of question m06_gain serve together."""
        served = nightbus.trips_served(
            self.routes.some(route_ids), self.trips, buffer_m=self.params("m06_gain")["buffer_m"]
        )
        return 100 * served / float(self.trips["trips"].sum())

    def m06_hex(self) -> float:
        """Return the area of the drawn hexagon."""
        return nightbus.hex_area_km2(self.params("m06_hex")["edge_km"])

    def m06_hot(self) -> str:
        """Return the letter of the cell in which most trips of the hour start."""
        return str(self._starts("from_cell").idxmax())

    def m06_score(self) -> float:
        """Return the score of the drawn route."""
        shown = self.params("m06_score")
        route = self.routes[shown["route"]]
        return nightbus.score_per_km(route, self.trips, buffer_m=shown["buffer_m"])

    def m06_gain(self) -> float:
        """Return the percentage points that the second route adds."""
        shown = self.params("m06_gain")
        return self._share(shown["first"], shown["second"]) - self._share(shown["first"])

    def m06_fleet(self) -> int:
        """Return the buses of the drawn route."""
        shown = self.params("m06_fleet")
        return nightbus.fleet(
            round_trip_km=2 * shown["length_km"],
            speed_kmh=shown["speed_kmh"],
            layover_min=shown["layover_min"],
            headway_min=shown["headway_min"],
        )

    def m06_net(self) -> dict[str, Any]:
        """Return a network that meets every condition, or comes as near as any.

        Sets of routes that serve enough, pass the busy cells and can be paid for; of these
        the first that serves low incomes as well as the city, else the best one for them.
        """
        budget = self.params("m06_net")["budget"]
        needed = [set(ids.split(", ")) for ids in self._beside["routes"]]
        affordable: list[tuple[int, float, tuple[str, ...]]] = []
        for n in range(1, len(self.routes) + 1):
            for ids in itertools.combinations(self.routes.ids, n):
                if all(one & set(ids) for one in needed):
                    affordable.append((max(self._buses(ids), budget), -self._served(ids), ids))
        found = []
        for buses, served, ids in sorted(affordable):
            if found and buses > found[0][0]:
                break  # no more buses than the shown budget, or than the fewest that do
            enough = self._greedy[max(len(ids), min(3, len(self.routes))) - 1]
            if -served < 0.85 * enough:
                continue
            plan = nightbus.plan_of(self.cover, routes=ids)
            told = nightbus.coverage_by_income(plan).attrs
            found.append((buses, told["low_income_pct"] / max(told["city_pct"], 1e-9), ids))
            if found[-1][1] >= 1:
                break
        best = max(found, key=lambda row: min(row[1], 1.0))
        return {"routes": list(best[2]), "headway_min": LONGEST_HEADWAY_MIN}

    @cached_property
    def _beside(self) -> pd.DataFrame:
        return exercise("m06_beside", self.city, who=self.who)

    @cached_property
    def _fleet_of(self) -> dict[str, int]:
        return {
            route.route_id: nightbus.route_fleet(route, headway_min=LONGEST_HEADWAY_MIN)
            for route in self.routes
        }

    def _buses(self, ids: tuple[str, ...]) -> int:
        return sum(self._fleet_of[route_id] for route_id in ids)

    def _served(self, ids: tuple[str, ...]) -> float:
        return self.cover.served_trips([self.cover.position(route_id) for route_id in ids])

    @cached_property
    def _greedy(self) -> list[float]:
        """Return what greedy serves with 1, 2, 3 ... routes."""
        chosen: tuple[str, ...] = ()
        out = []
        for _ in self.routes:
            rest = [r for r in self.routes.ids if r not in chosen]
            chosen = (*chosen, max(rest, key=lambda r: self._served((*chosen, r))))
            out.append(self._served(chosen))
        return out

    # ---- typical mistakes, as a trainee would make them ------------------------------

    def typical_wrong(self) -> dict[str, Any]:
        """Return answers of a trainee who falls into the best-known traps."""
        edge, fleet = self.params("m06_hex")["edge_km"], self.params("m06_fleet")
        pair = self.params("m06_gain")
        starts, ends = self._starts("from_cell"), self._starts("to_cell")
        where = str(ends.idxmax())
        score = self.params("m06_score")["route"]
        one_way = 60 * fleet["length_km"] / fleet["speed_kmh"] + fleet["layover_min"]
        return {
            "m06_hex": math.pi * edge**2,
            "m06_hot": where if where != self.m06_hot() else str(starts.idxmin()),
            "m06_score": self.m06_score() * self.routes[score].length_km,
            "m06_gain": self._share(pair["first"], pair["second"]),
            "m06_net": {**self.m06_net(), "headway_min": TOO_LONG_MIN},
            "m06_fleet": min(math.ceil(one_way / fleet["headway_min"]), self.m06_fleet() - 1),
        }

    def design_share(self, question: str, given: Any, good: Any) -> float:
        """Return the share of the good network, or of the one with too long a headway."""
        if not isinstance(given, dict):
            return 0.0
        return 1.0 - WAIT_SHARE * (given.get("headway_min") == TOO_LONG_MIN)

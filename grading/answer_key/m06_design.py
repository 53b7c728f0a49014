"""The conditions on a designed night network, and a search that shows they can all be met.

Twelve routes have 4,095 sets of one or more: all of them are looked at. Trips are whole
numbers, so a share is compared exactly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from course.bigdata.night_cover import Cover
from course.bigdata.night_service import fleet
from grading.answer_key.base import Judged

SHARES = {"buses": 0.30, "demand": 0.25, "centres": 0.15, "homes": 0.15, "wait": 0.15}
OF_GREEDY = 0.85
LONGEST_HEADWAY_MIN = 60.0
LEAST_ROUTES = 3  # the buses are drawn for three routes or more: one good route is no network
LOW_INCOME = (1, 2)
# What the host tries for itself; Seoul began with 40 to 45 minutes.
_HEADWAYS_MIN = (40.0, 45.0, 50.0, LONGEST_HEADWAY_MIN)
_DUST = 1e-9


@dataclass(frozen=True)
class NetworkTask:
    """What one trainee's network is judged by.

    Parameters
    ----------
    cover : Cover
        The routes and the trainee's night trips, at the buffer shown.
    hot : tuple of str
        The cells every network must reach.
    budget, speed_kmh, layover_min : float
        Buses, speed and rest as shown.
    """

    cover: Cover
    hot: tuple[str, ...]
    budget: float
    speed_kmh: float
    layover_min: float

    @cached_property
    def sets(self) -> np.ndarray:
        """Sets x routes, bool: every set of one or more routes."""
        routes = len(self.cover.routes)
        numbers = np.arange(1, 2**routes, dtype=np.int64)
        return (numbers[:, None] >> np.arange(routes)) & 1 == 1

    @cached_property
    def low(self) -> np.ndarray:
        """For each pair of cells: the trip goes home to income group 1 or 2."""
        groups = self.cover.home_groups
        assert groups is not None  # the exercise routes know their zones
        return np.isin(groups, LOW_INCOME)[self.cover.demand.end]

    def trips(self, chosen: np.ndarray, *, low: bool = False) -> np.ndarray:
        """Return the trips each set serves: all, or those home to groups 1 and 2."""
        weight = self.cover.weights(self.low.astype(np.int64) if low else None)
        served = chosen.astype(np.float32) @ self.cover.serves.astype(np.float32) > 0
        return served @ weight

    def reaches(self, chosen: np.ndarray) -> np.ndarray:
        """Return for each set whether every hot cell lies beside one of its routes."""
        cells = self.cover.demand.cells
        at = [cells.index(cell) for cell in self.hot if cell in cells]
        return (chosen.astype(np.int64) @ self.cover.near[:, at].astype(np.int64) > 0).all(axis=1)

    def buses(self, chosen: np.ndarray, headway_min: float) -> np.ndarray:
        """Return the buses of each set; each route has its own."""
        each = [
            fleet(
                round_trip_km=2 * route.length_km,
                speed_kmh=self.speed_kmh,
                layover_min=self.layover_min,
                headway_min=headway_min,
            )
            for route in self.cover.routes
        ]
        return chosen @ np.array(each, dtype=np.int64)

    @cached_property
    def greedy(self) -> np.ndarray:
        """Trips that 1, 2, 3 ... routes serve when the one that adds most comes next."""
        weight, serves = self.cover.weights(), self.cover.serves
        open_, total, out = weight.copy(), 0.0, []
        for _ in self.cover.routes:
            gain = serves @ open_
            best = int(np.argmax(gain))
            total += float(gain[best])
            out.append(total)
            open_ = open_ * ~serves[best]
        return np.array(out)

    def met(self, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return which sets meet demand, centres and homes, as shown."""
        served = self.trips(chosen)
        count = np.maximum(chosen.sum(axis=1), min(LEAST_ROUTES, chosen.shape[1]))
        home, total = self.trips(chosen, low=True), float(self.cover.demand.total)
        all_home = float(self.cover.demand.trips[self.low].sum())
        return (
            served >= OF_GREEDY * self.greedy[count - 1] - _DUST,
            self.reaches(chosen),
            home * total >= served * all_home * (1 - _DUST),
        )

    @cached_property
    def line(self) -> tuple[float, bool]:
        """Return the budget, and whether the homes are judged; eased where nobody could do it.

        More buses only where demand and centres cannot be met with fewer. Homes are then
        judged as shown or not at all: a trainee cannot aim at a line that nobody showed.
        """
        demand, centres, homes = self.met(self.sets)
        buses = self.buses(self.sets, LONGEST_HEADWAY_MIN)
        # all routes together meet both, so there is always a fewest
        budget = max(float(self.budget), float(buses[demand & centres].min()))
        return budget, bool((demand & centres & homes & (buses <= budget)).any())

    @property
    def note(self) -> str:
        """Say how the line judged differs from the line shown; empty where it does not."""
        budget, judged = self.line
        said = []
        if budget > self.budget:
            said.append(
                "No network of your routes reaches the busiest cells and serves enough trips "
                f"with the buses shown, so {budget:g} buses are allowed."
            )
        if not judged:
            said.append(
                "No network of your routes meets the condition on groups 1 and 2 together with "
                "the others, so it counts as met."
            )
        return " ".join(said)

    @cached_property
    def solution(self) -> dict[str, Any]:
        """Return a network that meets everything: at the first headway that can be paid for."""
        budget, judged = self.line
        demand, centres, homes = self.met(self.sets)
        sets = self.sets[demand & centres & (homes | (not judged))]
        for headway in _HEADWAYS_MIN:
            paid = sets[self.buses(sets, headway) <= budget]
            if len(paid):
                best = paid[int(np.argmax(self.trips(paid)))]
                ids = self.cover.candidates.ids
                return {"routes": [ids[i] for i in np.flatnonzero(best)], "headway_min": headway}
        return {"routes": [], "headway_min": LONGEST_HEADWAY_MIN}


def judge_network(task: NetworkTask, value: Mapping[str, Any]) -> Judged:
    """Judge one network of question m06_net.

    Parameters
    ----------
    task : NetworkTask
        The trainee's own trips, routes and line.
    value : mapping
        ``routes`` (ids) and ``headway_min``.

    Returns
    -------
    list of (bool, float, str)
        Met, share of the points, sentence for the trainee; always five.
    """
    known = task.cover.candidates.ids
    unknown = [route for route in value["routes"] if route not in known]
    headway = float(value["headway_min"])
    problem = ""
    if unknown:
        problem = f"Your table has no route {unknown[0]}."
    elif not value["routes"]:
        problem = "A network needs at least one route."
    elif not 0 < headway <= 24 * 60:
        problem = "The headway is not a number of minutes between two buses."
    if problem:
        return [(False, share, problem) for share in SHARES.values()]
    chosen = np.array([[route in value["routes"] for route in known]])
    budget, judged = task.line
    demand, centres, homes = (bool(part[0]) for part in task.met(chosen))
    return [
        (
            int(task.buses(chosen, headway)[0]) <= budget,
            SHARES["buses"],
            "More buses than the city has. Longer headway or fewer routes?",
        ),
        (
            demand,
            SHARES["demand"],
            _too_little(int(chosen.sum())),
        ),
        (centres, SHARES["centres"], "One of the three busiest cells is too far from your routes."),
        (
            homes or not judged,
            SHARES["homes"],
            "Your routes serve the centre. Where do they go home to?",
        ),
        (headway <= LONGEST_HEADWAY_MIN, SHARES["wait"], "Who waits longer than an hour at night?"),
    ]


def _too_little(routes: int) -> str:
    if routes < LEAST_ROUTES:
        return f"Few routes serve few trips. What would {LEAST_ROUTES} routes serve?"
    return "Two routes serve the same cells. Which route would add more?"

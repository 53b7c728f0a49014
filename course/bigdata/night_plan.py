"""A night network: which routes run, what each adds, what all serve together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from course.bigdata.night_cover import BUFFER_M, Cover, cover
from course.bigdata.night_demand import GRAIN, Demand, positive
from course.bigdata.night_routes import Candidates, Route
from course.bigdata.night_search import search
from course.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

LOW_INCOME = (1, 2)  # income groups of zones that count as low
WEIGHT_GRAIN = 100  # weights are whole hundredths


@dataclass(frozen=True, eq=False)
class Plan:
    """Routes that run together.

    Parameters
    ----------
    cover : Cover
        What the plan was chosen from.
    chosen : tuple of int
        Positions of the routes in the cover, in the order in which they count.
    low_income_weight : float
        What a wish to a home in income group 1 or 2 counted for in the choice.
    bound : float or None
        No n routes can serve more (weighted) trips than this; None where nobody asked.
    """

    cover: Cover = field(repr=False)
    chosen: tuple[int, ...]
    low_income_weight: float = 1.0
    bound: float | None = None

    @property
    def routes(self) -> tuple[Route, ...]:
        """The routes, in order."""
        return tuple(self.cover.routes[i] for i in self.chosen)

    @property
    def route_ids(self) -> list[str]:
        """Their ids."""
        return [route.route_id for route in self.routes]

    @property
    def buffer_m(self) -> int:
        """Metres within which a route serves a cell."""
        return self.cover.buffer_m

    @property
    def length_km(self) -> float:
        """Kilometres of all routes, one way."""
        return sum(route.length_m for route in self.routes) / 1000

    @cached_property
    def served_pairs(self) -> np.ndarray:
        """For each pair of the cover's demand: a route serves it."""
        return self.cover.served_pairs(self.chosen)

    @property
    def total_trips(self) -> float:
        """All night trips."""
        return self.cover.demand.total / GRAIN

    @property
    def served_trips(self) -> float:
        """Night trips served, each once."""
        return int(self.cover.demand.trips[self.served_pairs].sum()) / GRAIN

    @property
    def served_pct(self) -> float:
        """Night trips served, percent of all; 0 where there are none."""
        return 100.0 * self.served_trips / self.total_trips if self.cover.demand.total else 0.0

    @property
    def weighted_trips(self) -> float:
        """What the choice counts: served trips, those to low-income homes by their weight."""
        weight = pair_weights(self.cover, self.low_income_weight)
        trips = self.cover.demand.trips[self.served_pairs]
        if weight is None:
            return int(trips.sum()) / GRAIN
        return int((trips * weight[self.served_pairs]).sum()) / (GRAIN * WEIGHT_GRAIN)

    @property
    def gap_pct(self) -> float | None:
        """How far below the bound the plan is at the most, percent of the bound."""
        if self.bound is None:
            return None
        return 100.0 * (self.bound - self.weighted_trips) / self.bound if self.bound else 0.0

    @cached_property
    def steps(self) -> pd.DataFrame:
        """One row per route in order.

        ``n``, ``route_id``, ``name``, ``length_km`` (one way), ``own_trips`` (it alone),
        ``added_trips`` (not served by the routes above), ``served_trips`` and ``served_pct``
        (all routes so far, percent of all night trips). Empty for no routes.
        """
        import pandas as pd

        demand, rows = self.cover.demand, []
        before = np.zeros(len(demand.trips), dtype=bool)
        total = max(demand.total, 1)
        for number, at in enumerate(self.chosen, start=1):
            route, own = self.cover.routes[at], self.cover.served_pairs([at])
            added = int(demand.trips[own & ~before].sum()) / GRAIN
            before |= own
            so_far = int(demand.trips[before].sum())
            rows.append((number, route.route_id, route.name, route.length_km,
                         int(demand.trips[own].sum()) / GRAIN, added, so_far / GRAIN,
                         100.0 * so_far / total))  # fmt: skip
        columns = ["n", "route_id", "name", "length_km", "own_trips", "added_trips",
                   "served_trips", "served_pct"]  # fmt: skip
        types = dict.fromkeys(columns, "float64") | {"n": "int64", "route_id": "str", "name": "str"}
        return pd.DataFrame(rows, columns=columns).astype(types)

    def __len__(self) -> int:
        return len(self.chosen)

    def __repr__(self) -> str:
        return f"Plan({len(self)} routes, {self.served_pct:.1f} % of night trips served)"

    def without(self, route_id: str) -> Plan:
        """Return the plan with one route less, the others in their order."""
        gone = self.cover.position(route_id)
        return Plan(self.cover, tuple(i for i in self.chosen if i != gone), self.low_income_weight)


def pair_weights(here: Cover, low_income_weight: float) -> np.ndarray | None:
    """Return whole hundredths per pair: more where the home is in a low-income zone."""
    weight = round(positive(low_income_weight, "low_income_weight", most=100) * WEIGHT_GRAIN)
    if weight == WEIGHT_GRAIN:
        return None
    if here.home_groups is None:
        raise UsageError(
            "These routes do not say who lives where, so low incomes cannot be weighted.",
            "Use nightbus.candidates(city), or leave low_income_weight at 1.",
        )
    low = np.isin(here.home_groups, LOW_INCOME)[here.demand.end]
    return np.where(low, weight, WEIGHT_GRAIN).astype(np.int64)


def covered(
    candidates: Candidates | Cover | Sequence[Route],
    night_trips: pd.DataFrame | Demand | None,
    buffer_m: float | None,
) -> Cover:
    """Return the cover of routes and trips, or the cover that was given, at a buffer."""
    if isinstance(candidates, Cover):
        return candidates if buffer_m is None else candidates.at(buffer_m)
    if night_trips is None:
        raise UsageError(
            "There are candidates but no night trips.",
            "Write nightbus.add_routes(candidates, city.night_trips, n=9).",
        )
    return cover(candidates, night_trips, buffer_m=BUFFER_M if buffer_m is None else buffer_m)


def checked_n(n: object) -> int:
    """Return a number of routes, 0 or more."""
    whole = not isinstance(n, bool) and isinstance(n, int | np.integer | float) and n == n // 1
    if not whole or not 0 <= n <= 400:
        raise UsageError(
            f"n is {n!r}, not a whole number from 0 to 400.", "Say how many routes run, n=9."
        )
    return int(n)


def add_routes(
    candidates: Candidates | Cover | Sequence[Route],
    night_trips: pd.DataFrame | None = None,
    *,
    n: int = 9,
    buffer_m: float | None = None,
    low_income_weight: float = 1,
) -> Plan:
    """Choose n routes that together serve many night trips.

    Parameters
    ----------
    candidates : Candidates, Cover or sequence of Route
        A ``Cover`` from :func:`course.bigdata.nightbus.cover` makes it fast under a slider;
        then ``night_trips`` is not needed.
    night_trips : DataFrame, optional
        ``from_cell, to_cell, hour, trips``.
    n : int
        How many routes; fewer come back where no more trip can be added.
    buffer_m : float, optional
        Metres from a cell's middle to the route; 500, or the cover's.
    low_income_weight : float
        What a wish to a home in income group 1 or 2 counts for, others 1.

    Returns
    -------
    Plan
        ``plan.steps`` has one row per route in the order of what each adds;
        ``plan.served_pct`` is the share of all night trips, unweighted.

    Notes
    -----
    Greedy, then exchanges: see :mod:`course.bigdata.night_search`. The same input gives the
    same plan on every machine. A plan of 6 routes need not hold the plan of 5.
    """
    here = covered(candidates, night_trips, buffer_m)
    weights = here.weights(pair_weights(here, low_income_weight))
    chosen = search(here.serves, weights, checked_n(n)) if len(here.routes) else []
    return Plan(here, tuple(chosen), float(low_income_weight))


def plan_of(
    candidates: Candidates | Cover | Sequence[Route],
    night_trips: pd.DataFrame | None = None,
    *,
    routes: Iterable[str],
    buffer_m: float | None = None,
    low_income_weight: float = 1,
) -> Plan:
    """Return the plan of some chosen routes, in the order given.

    Parameters
    ----------
    candidates, night_trips, buffer_m, low_income_weight
        As for :func:`add_routes`.
    routes : iterable of str
        Route ids; each at most once.

    Returns
    -------
    Plan
        Empty for no routes.
    """
    here = covered(candidates, night_trips, buffer_m)
    if not isinstance(routes, Iterable):
        raise UsageError(
            f"routes is {routes!r}, not a list of route ids.", 'Write routes=["N01", "N02"].'
        )
    wanted = [routes] if isinstance(routes, str) else list(routes)
    chosen = [here.position(route_id) for route_id in wanted]
    if len(set(chosen)) != len(chosen):
        twice = next(r for r in wanted if wanted.count(r) > 1)
        raise UsageError(f"Route {twice} is named twice.", "Name each route once.")
    return Plan(here, tuple(chosen), float(low_income_weight))

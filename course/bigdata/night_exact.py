"""The best plan there is, or a bound that says how good a plan is: mixed-integer programming.

A model with one variable per pair of cells is hopeless within a minute. Pairs that the same
routes serve are merged into patterns first; then it is often solved to the end in a second.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from course.bigdata.night_cover import Cover
from course.bigdata.night_demand import GRAIN, positive
from course.bigdata.night_plan import WEIGHT_GRAIN, Plan, checked_n, covered, pair_weights
from course.bigdata.night_routes import Candidates, Route
from course.bigdata.night_search import in_order, search, value

if TYPE_CHECKING:
    import pandas as pd


def plan_exact(
    candidates: Candidates | Cover | Sequence[Route],
    night_trips: pd.DataFrame | None = None,
    *,
    n: int = 9,
    buffer_m: float | None = None,
    low_income_weight: float = 1,
    time_limit_s: float = 20,
) -> Plan:
    """Choose the n routes that together serve most night trips, with a bound.

    Parameters
    ----------
    candidates, night_trips, n, buffer_m, low_income_weight
        As for :func:`course.bigdata.nightbus.add_routes`.
    time_limit_s : float
        Seconds for the solver.

    Returns
    -------
    Plan
        ``plan.bound``: no n of these routes serve more (weighted) trips.
        ``plan.gap_pct`` 0: the plan is proved to be the best. Where time ends first, the
        plan is the better one of the solver's and of greedy with exchanges, and the
        bound the solver's own or the linear relaxation's, whichever is lower.

    Notes
    -----
    Of several best plans the solver returns one, and at the time limit the result depends
    on the machine: do not score answers with it.
    """
    here = covered(candidates, night_trips, buffer_m)
    limit = positive(time_limit_s, "time_limit_s", most=3600)
    of_pair = pair_weights(here, low_income_weight)
    weight = here.weights(of_pair)
    grain = GRAIN * (1 if of_pair is None else WEIGHT_GRAIN)
    wanted = min(checked_n(n), len(here.routes))
    used = np.flatnonzero(weight > 0)
    serves, trips = here.serves[:, used], weight[used]
    if wanted == 0 or len(used) == 0:
        return Plan(here, (), float(low_income_weight), bound=0.0)
    best = search(serves, trips, wanted)
    found, bound = _solved(serves, trips / grain, wanted, limit)
    if found is not None and value(serves, trips, found) > value(serves, trips, best):
        best = in_order(serves, trips, found)
    # Trips are whole grains, so the bound may be rounded down to one, never below a plan.
    reached = value(serves, trips, best)
    whole = max(math.floor(bound * grain * (1 + 1e-9) + 1e-3), reached)
    return Plan(here, tuple(best), float(low_income_weight), bound=whole / grain)


def _solved(
    serves: np.ndarray, trips: np.ndarray, n: int, limit_s: float
) -> tuple[list[int] | None, float]:
    """Return the solver's routes, if any, and an upper bound of the trips."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    objective, matrix, upper = _model(serves, trips, n)
    routes = len(serves)
    integral = np.zeros(len(objective))
    integral[:routes] = 1
    rows = LinearConstraint(matrix, -np.inf, upper)
    options = {"time_limit": limit_s, "mip_rel_gap": 0.0}
    result = milp(
        objective, constraints=rows, integrality=integral, bounds=Bounds(0, 1), options=options
    )
    chosen = None
    if result.x is not None:
        chosen = np.flatnonzero(result.x[:routes] > 0.5).tolist()
    bounds = [float(trips.sum())]
    told: Any = getattr(result, "mip_dual_bound", None)
    if told is not None and math.isfinite(told):
        bounds.append(-float(told))
    if result.status != 0:  # not solved to the end
        bounds.append(_relaxed(objective, matrix, upper, float(trips.sum())))
    return chosen, min(bounds)


def _model(serves: np.ndarray, trips: np.ndarray, n: int) -> tuple[np.ndarray, Any, np.ndarray]:
    """Return costs, rows and right sides: routes first, then patterns of several routes.

    A pattern is served at most as much as routes that serve it run. One that a single route
    serves needs no variable: its trips belong to the route.
    """
    from scipy.sparse import coo_array, csr_array, hstack, vstack

    many = np.flatnonzero(serves.sum(axis=0) > 1)
    single = serves.sum(axis=0) == 1
    own = (serves[:, single] * trips[single]).sum(axis=1)
    link = csr_array(-serves[:, many].T.astype(np.float64))
    size = len(many)
    one = coo_array((np.ones(size), (np.arange(size), np.arange(size))), shape=(size, size))
    count = csr_array(np.concatenate([np.ones(len(serves)), np.zeros(size)])[None, :])
    rows = vstack([hstack([link, one]), count]).tocsr() if size else count
    upper = np.concatenate([np.zeros(size), [float(n)]])
    return np.concatenate([-own, -trips[many]]), rows, upper


def _relaxed(objective: np.ndarray, matrix: Any, upper: np.ndarray, most: float) -> float:
    from scipy.optimize import linprog

    result = linprog(objective, A_ub=matrix, b_ub=upper, bounds=(0, 1), method="highs")
    return -float(result.fun) if result.status == 0 else most

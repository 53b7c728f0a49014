"""Which route serves which pair of cells: built once, then fast under a slider.

A trip is served if the middles of both its cells lie within the buffer of one and the same
route; the direction does not matter, the bus runs both ways. A trip that would need a
change of buses is not served: at 40 minutes' headway hardly anybody changes.

Pairs of cells that the same set of routes serves are one *pattern*. A few hundred routes
and 60,000 pairs leave a few thousand patterns, and every question about a set of routes
is then a product with one matrix.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from course.bigdata.night_demand import GRAIN, Demand
from course.bigdata.night_routes import Candidates, Route, routes_of
from course.city.synthesis.night_cells import zoned
from course.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd
    from scipy.sparse import csr_array

BUFFER_M = 500
LEAST_BUFFER_M, MOST_BUFFER_M = 50, 2_000


@dataclass(frozen=True, eq=False)
class Cover:
    """What each of some routes serves, at one buffer.

    Make one with :func:`cover`; :meth:`at` gives another buffer without measuring again.

    Parameters
    ----------
    candidates : Candidates
        The routes.
    demand : Demand
        The night trips.
    metres : numpy.ndarray of int32
        Routes x cells: from the cell's middle to the route.
    buffer_m : int
        Metres within which a route serves a cell.
    home_groups : numpy.ndarray of int64 or None
        Income group of each cell's nearest zone; None where the routes do not know.
    """

    candidates: Candidates
    demand: Demand = field(repr=False)
    metres: np.ndarray = field(repr=False)
    buffer_m: int = BUFFER_M
    home_groups: np.ndarray | None = field(default=None, repr=False)

    @property
    def routes(self) -> tuple[Route, ...]:
        """The routes, in the order of every array here."""
        return self.candidates.routes

    def at(self, buffer_m: float) -> Cover:
        """Return the cover at another buffer."""
        return replace(self, buffer_m=checked_buffer(buffer_m))

    def with_route(self, route: Route) -> Cover:
        """Return the cover with one more route, the last; one of the same id is replaced."""
        keep = [i for i, other in enumerate(self.routes) if other.route_id != route.route_id]
        new = route.metres_to(self.demand.lat, self.demand.lon, limit_m=MOST_BUFFER_M)
        table = np.concatenate([self.metres[keep], new[None, :]])
        return replace(self, candidates=self.candidates.with_route(route), metres=table)

    @cached_property
    def near(self) -> np.ndarray:
        """Routes x cells, bool: the cell's middle lies within the buffer."""
        return self.metres <= self.buffer_m

    @cached_property
    def _patterns(self) -> tuple[np.ndarray, np.ndarray]:
        """Routes x patterns (bool), and the pattern of each pair (-1: served by no route)."""
        bits = np.packbits(self.near, axis=0).T  # cells x bytes, one bit per route
        bits = np.ascontiguousarray(bits)
        both = bits[self.demand.start] & bits[self.demand.end]
        some = np.flatnonzero(both.any(axis=1))
        different, number = _different_rows(both[some])
        pattern = np.full(len(both), -1, dtype=np.int64)
        pattern[some] = number
        routes = np.unpackbits(different, axis=1, count=len(self.routes)).T
        return np.ascontiguousarray(routes).astype(bool), pattern

    @property
    def serves(self) -> np.ndarray:
        """Routes x patterns, bool: the route serves the pairs of the pattern."""
        return self._patterns[0]

    @property
    def pattern(self) -> np.ndarray:
        """The pattern of each pair of the demand, -1 where no route serves it."""
        return self._patterns[1]

    @cached_property
    def matrix(self) -> csr_array:
        """:attr:`serves` as a sparse matrix of ones."""
        from scipy.sparse import csr_array

        return csr_array(self.serves.astype(np.float64))

    def weights(self, of_pair: np.ndarray | None = None) -> np.ndarray:
        """Return the trips of each pattern in thousandths, each pair times its weight.

        Whole numbers below 2**53 held as float64, so sums are exact in any order.
        """
        trips = self.demand.trips if of_pair is None else self.demand.trips * of_pair
        served = self.pattern >= 0
        out = np.zeros(self.serves.shape[1], dtype=np.int64)
        np.add.at(out, self.pattern[served], trips[served])
        return out.astype(np.float64)

    def served_pairs(self, chosen: Sequence[int]) -> np.ndarray:
        """Return for each pair of the demand whether one of the chosen routes serves it."""
        out = np.zeros(len(self.demand.trips), dtype=bool)
        some = self.pattern >= 0
        pattern = self.serves[list(chosen)].any(axis=0)
        out[some] = pattern[self.pattern[some]]
        return out

    def served_trips(self, chosen: Sequence[int]) -> float:
        """Return the trips that a set of routes serves, each once."""
        return int(self.demand.trips[self.served_pairs(chosen)].sum()) / GRAIN

    def position(self, route_id: str) -> int:
        """Return the position of a route by its id."""
        self.candidates[route_id]  # refuses an unknown one with a sentence
        return self.candidates.ids.index(route_id)


def _different_rows(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the different rows of a table of bytes, sorted, and the number of each row."""
    if rows.size == 0:
        return rows[:0], np.zeros(len(rows), dtype=np.int64)
    wide = -(-rows.shape[1] // 8) * 8
    padded = np.zeros((len(rows), wide), dtype=np.uint8)
    padded[:, : rows.shape[1]] = rows
    words = padded.view(np.uint64)
    order = np.lexsort(words.T[::-1])
    ordered = words[order]
    new = np.ones(len(rows), dtype=bool)
    new[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    number = np.empty(len(rows), dtype=np.int64)
    number[order] = np.cumsum(new) - 1
    return rows[order[new]], number


def checked_buffer(buffer_m: float) -> int:
    """Return a buffer in whole metres, refusing one without a meaning."""
    try:
        metres = float(buffer_m)
    except (TypeError, ValueError):
        metres = float("nan")
    if not LEAST_BUFFER_M <= metres <= MOST_BUFFER_M:
        raise UsageError(
            f"buffer_m is {buffer_m!r}, not a number from {LEAST_BUFFER_M} to {MOST_BUFFER_M}.",
            "A person walks about 500 m to a night bus: try buffer_m=500.",
        )
    return int(metres)


def cover(
    candidates: Candidates | Sequence[Route] | Route,
    night_trips: pd.DataFrame | Demand,
    *,
    buffer_m: float = BUFFER_M,
) -> Cover:
    """Measure what each route serves.

    Parameters
    ----------
    candidates : Candidates, Route or sequence of Route
        The routes; with ``Candidates`` the income of homes is known too.
    night_trips : DataFrame or Demand
        ``from_cell, to_cell, hour, trips``.
    buffer_m : float
        Metres from a cell's middle to the route, 50 to 2,000.

    Returns
    -------
    Cover
        To be kept and asked again: see :meth:`Cover.at`.
    """
    own = isinstance(candidates, Candidates)
    routes = candidates if own else Candidates(routes_of(candidates))
    demand = night_trips if isinstance(night_trips, Demand) else Demand.of(night_trips)
    metres = [route.metres_to(demand.lat, demand.lon, limit_m=MOST_BUFFER_M) for route in routes]
    table = np.array(metres, dtype=np.int32).reshape(len(routes), len(demand.cells))
    return Cover(routes, demand, table, checked_buffer(buffer_m), _home_groups(routes, demand))


def _home_groups(candidates: Candidates, demand: Demand) -> np.ndarray | None:
    if candidates.zones is None:
        return None
    import pandas as pd

    cells = pd.DataFrame({"lat": demand.lat, "lon": demand.lon})
    return zoned(cells, candidates.zones)["income_group"].to_numpy(np.int64)


def served(
    routes: Route | Candidates | Sequence[Route],
    night_trips: pd.DataFrame,
    *,
    buffer_m: float = BUFFER_M,
) -> pd.Series:
    """Say for each row of night trips whether one of the routes serves it.

    Parameters
    ----------
    routes : Route, Candidates or sequence of Route
        Both ends must lie within the buffer of the same route, in any order.
    night_trips : DataFrame
        ``from_cell, to_cell, hour, trips``.
    buffer_m : float
        Metres from a cell's middle to the route, 50 to 2,000.

    Returns
    -------
    pandas.Series of bool
        On the index of ``night_trips``, named ``served``;
        ``night_trips.loc[served(...), "trips"].sum()`` are the trips.
    """
    import pandas as pd

    here = cover(routes, night_trips, buffer_m=buffer_m)
    pairs = here.served_pairs(range(len(here.routes)))
    return pd.Series(pairs[here.demand.row], index=night_trips.index, name="served", dtype=bool)


def trips_served(
    routes: Route | Candidates | Sequence[Route],
    night_trips: pd.DataFrame,
    *,
    buffer_m: float = BUFFER_M,
) -> float:
    """Return the night trips that one or several routes serve together, each trip once."""
    here = cover(routes, night_trips, buffer_m=buffer_m)
    return here.served_trips(range(len(here.routes)))


def score_per_km(route: Route, night_trips: pd.DataFrame, *, buffer_m: float = BUFFER_M) -> float:
    """Return the night trips a route serves per kilometre of its one-way length.

    Parameters
    ----------
    route : Route
        One candidate or drawn route.
    night_trips : DataFrame
        ``from_cell, to_cell, hour, trips``.
    buffer_m : float
        Metres from a cell's middle to the route, 50 to 2,000.

    Returns
    -------
    float
        Trips per km.

    Notes
    -----
    The course's own code idea (facts 3.1), not the city's formula: what is known of that is
    "weight of the floating population near each route".
    """
    if not isinstance(route, Route):
        raise UsageError(
            "score_per_km takes one route.", 'Write nightbus.score_per_km(candidates["N03"], ...).'
        )
    return trips_served(route, night_trips, buffer_m=buffer_m) / max(route.length_km, 1e-9)

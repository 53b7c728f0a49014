"""The twelve routes of the night exercises, and what lies beside them.

The routes come from the pack's network and from night trips made by the course's rule, the
same for everyone in a city: a host that knows the pack knows the routes. Only places are
compared here, no trips.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from course.exercises.memory import Memory

if TYPE_CHECKING:
    import pandas as pd

    from course.bigdata.night_routes import Candidates
    from course.city.pack import City

ROUTES = 12
BUFFER_M, WIDE_BUFFER_M = 500, 1_000
PAIRS = 16
# A route that reaches few of a large city's cells serves few of all trips: the question
# about the second route then asks for a wider walk, or the overlap could not be seen.
_FEW_CELLS = 0.05
_ALIKE = 0.8  # two routes through the same cells are no pair

_kept = Memory(32)


@dataclass(frozen=True)
class Beside:
    """Which cells lie how far from each route.

    Parameters
    ----------
    routes : Candidates
        The twelve routes (fewer in a small network).
    cells : DataFrame
        The cells of the city, see `course.city.synthesis.night_cells`.
    metres : numpy.ndarray of int32
        Routes x cells: metres from the middle of the cell to the route, up to 1,001.
    """

    routes: Candidates
    cells: pd.DataFrame
    metres: np.ndarray

    @property
    def gain_buffer_m(self) -> int:
        """Return the buffer of the question about the second route."""
        usual = float(np.median((self.metres <= BUFFER_M).sum(axis=1)))
        return WIDE_BUFFER_M if usual < _FEW_CELLS * len(self.cells) else BUFFER_M


def route_set(city: City) -> Candidates:
    """Return the candidate routes of the exercises, N01 to N12 (fewer in a small network)."""
    return beside(city).routes


def beside(city: City) -> Beside:
    """Return the routes of the exercises with the cells beside them; made once per city."""
    from course.bigdata.night_candidates import candidates
    from course.city.synthesis.night_cells import night_cells
    from course.city.synthesis.night_trips import synthesise_night_trips

    def compute() -> Beside:
        night_trips = synthesise_night_trips(city, seed=("m06_routes",))
        routes = candidates(city, n=ROUTES, night_trips=night_trips)
        cells = night_cells(city)
        lat, lon = cells["lat"].to_numpy(), cells["lon"].to_numpy()
        metres = [route.metres_to(lat, lon, limit_m=WIDE_BUFFER_M) for route in routes]
        return Beside(routes, cells, np.array(metres).reshape(len(routes), len(cells)))

    return _kept.get((city.fingerprint, city.id), compute)


def overlapping(city: City) -> list[tuple[str, str]]:
    """Return ordered pairs of routes that run partly through the same cells.

    Returns
    -------
    list of (str, str)
        The pairs that share most cells, at most 16; the second route has cells of its own.
        Any two routes where none are such a pair; a route twice where there is only one.
    """
    here = beside(city)
    near = here.metres <= here.gain_buffer_m
    found = []
    for first, second in itertools.permutations(range(len(near)), 2):
        shared, own = int((near[first] & near[second]).sum()), int(near[second].sum())
        if 0 < shared <= _ALIKE * own:
            found.append((-shared, first, second))
    ids = here.routes.ids
    pairs = [(ids[a], ids[b]) for _, a, b in sorted(found)[:PAIRS]]
    return pairs or list(itertools.permutations(ids, 2))[:PAIRS] or [(ids[0], ids[0])]


def usual_length_km(city: City) -> float:
    """Return the middle length of the routes, one way, in km."""
    return float(np.median([route.length_m for route in route_set(city)])) / 1000

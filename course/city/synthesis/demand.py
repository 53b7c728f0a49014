"""What is known of a city's demand once its network was read: one dataclass of arrays."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np


@dataclass(frozen=True)
class DemandModel:
    """A city's possible trips, as arrays; see ``Legs`` and ``Trips`` for their meaning.

    Parameters
    ----------
    city_id : str
        Seeds the draws.
    point_ids, route_ids, route_modes : list of str
        Texts that the numbers in the arrays stand for.
    board, alight, route, distance_m, gated : numpy.ndarray
        Columns of the legs.
    start, count, leg, back, chains, same_route : numpy.ndarray
        Columns of the trips.
    cumulated : numpy.ndarray of int64
        Running sum of the fitted weights of the ordinary trips.
    point_group : numpy.ndarray of int64
        Income group (1 to 5) of the zone of each point.
    weekend : numpy.ndarray of int64
        Days without the working-day peaks, Monday = 0.
    night : numpy.ndarray of bool
        Trips on an owl route, which run at night only.
    facts : numpy.ndarray of int64
        The d0 found and the mean distance the weights reach (metres), 1 if buses are
        synthesised by zone, rides a card makes on a day in thousandths, 1 if pairs of stops
        were thinned.
    """

    city_id: str
    point_ids: list[str]
    route_ids: list[str]
    route_modes: list[str]
    board: np.ndarray
    alight: np.ndarray
    route: np.ndarray
    distance_m: np.ndarray
    gated: np.ndarray
    start: np.ndarray
    count: np.ndarray
    leg: np.ndarray
    back: np.ndarray
    chains: np.ndarray
    same_route: np.ndarray
    cumulated: np.ndarray
    point_group: np.ndarray
    weekend: np.ndarray
    night: np.ndarray
    facts: np.ndarray

    @property
    def method(self) -> str:
        """What a reader must know beside the rule that holds everywhere, or empty text."""
        by_zone, thinned = bool(self.facts[2]), bool(self.facts[4])
        return ("; buses run from zone to zone, no bus stop is invented" if by_zone else "") + (
            "; the pairs of stops were thinned by a fixed rule" if thinned else ""
        )

    @cached_property
    def texts(self) -> tuple[Any, Any, Any]:
        """Point ids, route ids and route modes as pandas arrays, made once."""
        import pandas as pd

        return tuple(
            pd.array(values, dtype="str")
            for values in (self.point_ids, self.route_ids, self.route_modes)
        )

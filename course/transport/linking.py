"""Rides become trips: which boardings of a card belong to one journey.

Conventions. Times are seconds since the start of the service day, so 25:30 (91,800 s) still
belongs to the day before; a trip never crosses a service day. The window runs from the
previous tap-out (or tap-in, with ``window_from="board"``; or from the first tap-in of the
trip, with "first") to the next tap-in, both ends included, and the clock time of the tap it
runs from decides whether the night window holds:
21:00 is night, 07:00 is not. Two taps the wrong way round on one card (boarding before the
last tap-out: two people, or a wrong clock) are no transfer.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from course.errors import CourseError, UsageError
from course.transport.fare_checks import MODES, WINDOWS_FROM, known, minutes, number
from course.transport.ride_columns import complete_rides
from course.transport.trips import (
    GATED_MODES,
    LegArrays,
    TransferRule,
    Trips,
    by_trip,
    leg_arrays,
    split,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from course.city.pack import City

DISTANCE_BANDS_KM = (5, 10, 20)


def link(
    rides: pd.DataFrame,
    *,
    window_min: float = 30,
    night_window_min: float | None = 60,
    max_transfers: int | None = 4,
    same_route: bool = False,
    night_from_min: float = 1260,
    night_to_min: float = 420,
    window_from: str = "alight",
    journeys: str = "rule",
    city: City | None = None,
    gated_modes: Sequence[str] | None = None,
    bands_km: Sequence[float] = DISTANCE_BANDS_KM,
) -> Trips:
    """Link the rides of each card and service day into trips.

    Parameters
    ----------
    rides : pandas.DataFrame
        One row per boarding: card_id, board_time, alight_time (s since the start of the
        service day; NA = no tap-out), mode, distance_m (NA without tap-out); also used:
        route_id, board_stop_id, alight_stop_id, user_class, income_group, date.
    window_min, night_window_min : number, number or None
        Longest transfer by day and by night; both ends count. None = the same by night.
    max_transfers : int or None
        4 transfers are five rides; the sixth starts a new trip. None = no limit.
    same_route : bool
        True: the same route again, or a second entry through gates, is a transfer too.
    night_from_min, night_to_min : number
        Night on the clock, from (included) to (not included).
    window_from : "alight", "board" or "first"
        The tap from which the window runs: tap-out or tap-in of the previous ride, or the
        first tap-in of the trip. After a ride without tap-out nothing can be linked with
        "alight".
    journeys : "rule" or "operator"
        "operator": rides of one ``journey_no`` of a card's day are one trip, as the
        operator's own transfer counter says; the rule above is not used. For data that
        know the hour of a tap only.
    city : City, optional
        Adds from_zone_id and to_zone_id, and names the gated modes.
    gated_modes : sequence of str, optional
        Modes entered through gates; default the city's, else the subway.
    bands_km : sequence of number
        Edges of the distance bands.

    Returns
    -------
    Trips
        Each ride in exactly one trip; the order of the rows of `rides` does not matter.
        Without rides, no trips.

    Raises
    ------
    CourseError
        If a column is missing or a row cannot be a ride.

    Notes
    -----
    Rules of Seoul, facts 1.3: 30 minutes, 60 from 21:00 to 07:00; four transfers; the same
    bus route and subway to subway through the gates are no transfer.

    To compare windows, link once with the widest one and ``max_transfers=None``: a policy
    splits each trip again by its own rule, with the same result as linking anew.

    Examples
    --------
    >>> import pandas as pd
    >>> rides = pd.DataFrame(
    ...     [("c1", 28800, 29700, "trunk", "100", 6000), ("c1", 30000, 31000, "subway", "", 8000)],
    ...     columns=["card_id", "board_time", "alight_time", "mode", "route_id", "distance_m"],
    ... )
    >>> link(rides)
    Trips: 2 rides in 1 trips
    """
    if window_from not in WINDOWS_FROM:
        raise UsageError(f"window_from is {window_from!r}.", 'Use "alight", "board" or "first".')
    if journeys not in ("rule", "operator"):
        raise UsageError(f"journeys is {journeys!r}.", 'Use "rule" or "operator".')
    window_min = minutes(window_min, "window_min", high=1440)
    if night_window_min is not None:
        night_window_min = minutes(night_window_min, "night_window_min", high=1440)
    if max_transfers is not None and not isinstance(
        max_transfers := number(max_transfers, "max_transfers"), int
    ):
        raise UsageError(f"max_transfers is {max_transfers}.", "Give a whole number.")
    gates = tuple(gated_modes) if gated_modes is not None else _gates_of(city)
    for mode in gates:
        known(mode, MODES, "mode", "gated_modes")
    night = window_min if night_window_min is None else night_window_min
    rule = TransferRule(
        window_s=round(window_min * 60),
        night_window_s=round(night * 60),
        night_from_s=round(night_from_min * 60),
        night_to_s=round(night_to_min * 60),
        max_rides=None if max_transfers is None else max_transfers + 1,
        same_route=same_route,
        window_from=window_from,
    )
    legs, group = complete_rides(rides)
    arrays = leg_arrays(legs, group, gates)
    starts = split(arrays, rule) if journeys == "rule" else _as_counted(legs, group)
    return _trips(legs, arrays, starts, gates, city, bands_km)


def _as_counted(legs: pd.DataFrame, group: np.ndarray) -> np.ndarray:
    """Return where the operator's counter begins a journey; a ride without one is its own."""
    if "journey_no" not in legs:
        raise CourseError(
            "The rides have no journeys of the operator.",
            "Map the transfer counter when you import them: --columns rides.order=THEIR_NAME.",
        )
    journey = legs["journey_no"].to_numpy(dtype="int64", na_value=-1)
    starts = np.ones(len(legs), dtype=bool)
    starts[1:] = (group[1:] != group[:-1]) | (journey[1:] != journey[:-1]) | (journey[1:] < 0)
    return starts


def _gates_of(city: City | None) -> tuple[str, ...]:
    given = city.properties.get("gated_modes") if city is not None else None
    return tuple(given) if given else GATED_MODES


def _trips(
    legs: pd.DataFrame,
    a: LegArrays,
    starts: np.ndarray,
    gates: tuple[str, ...],
    city: City | None,
    bands_km: Sequence[float],
) -> Trips:
    n = len(legs)
    first = np.flatnonzero(starts)
    last = np.append(first[1:], n) - 1 if n else first
    trip_id = np.cumsum(starts) - 1
    place = np.arange(n) - first[trip_id] if n else trip_id
    legs = legs.assign(trip_id=trip_id, leg_no=place + 1)
    known_m = np.add.reduceat(a.metres, first) if n else a.metres
    unknown = a.no_tap_out | legs["distance_m"].isna().to_numpy()
    unknown = np.logical_or.reduceat(unknown, first) if n else unknown
    head = legs.take(first)
    table = pd.DataFrame(
        {
            "trip_id": np.arange(len(first)),
            "card_id": head["card_id"].array,
            "date": head["date"].array,
            "board_time": a.board_s[first],
            "n_legs": last - first + 1,
            "modes": _mode_names(a.mode, place, first, last),
            "distance_m": pd.array(known_m, dtype="Int32"),
            "user_class": head["user_class"].array,
            "income_group": head["income_group"].array,
            "from_stop_id": head["board_stop_id"].array,
            "to_stop_id": legs["alight_stop_id"].array.take(last),
        }
    )
    table.loc[unknown, "distance_m"] = pd.NA
    table["distance_band"] = distance_band(known_m, unknown, bands_km=bands_km)
    if city is not None:
        table = _with_zones(table, city)
    trips = Trips(legs=legs, table=table, gated_modes=gates)
    trips.cache["arrays"] = by_trip(a, starts)
    return trips


def distance_band(
    metres: np.ndarray, unknown: np.ndarray, *, bands_km: Sequence[float] = DISTANCE_BANDS_KM
) -> pd.Categorical:
    """Return the distance band of each trip ("0-5 km"), the upper end included.

    Trips without a tap-out are "no tap-out", a band that exists only where there are any.
    """
    edges = [0, *bands_km]
    if sorted(set(edges)) != list(edges):
        raise UsageError(f"bands_km is {list(bands_km)}.", "Give rising distances above 0.")
    names = [f"{a:g}-{b:g} km" for a, b in pairwise(edges)]
    names.append(f"{edges[-1]:g}+ km")
    codes = np.searchsorted([round(km * 1000) for km in bands_km], metres, side="left")
    if unknown.any():
        names.append("no tap-out")
        codes = np.where(unknown, len(names) - 1, codes)
    return pd.Categorical.from_codes(codes, categories=names, ordered=True)


def _mode_names(
    mode: np.ndarray, place: np.ndarray, first: np.ndarray, last: np.ndarray
) -> pd.api.extensions.ExtensionArray:
    """Return the modes of each trip in order, such as "branch+subway"."""
    n_legs = last - first + 1
    text = pd.array(MODES, dtype="str").take(mode[first])
    several = np.flatnonzero(n_legs > 1)
    if len(several) == 0:
        return text
    # One number per sequence of modes, so that each sequence is written once only.
    short = several[n_legs[several] <= 12]
    code = np.zeros(len(short), dtype=np.int64)
    for k in range(int(n_legs[short].max(initial=0))):
        inside = n_legs[short] > k
        leg = np.minimum(first[short] + k, len(mode) - 1)
        code = code * (len(MODES) + 1) + np.where(inside, mode[leg] + 1, 0)
    sequences, example, which = np.unique(code, return_index=True, return_inverse=True)
    words = ["+".join(MODES[m] for m in mode[first[t] : last[t] + 1]) for t in short[example]]
    if len(sequences):
        text[short] = pd.array(words, dtype="str").take(which)
    for t in several[n_legs[several] > 12]:
        text[t] = "+".join(MODES[m] for m in mode[first[t] : last[t] + 1])
    return text


def _with_zones(table: pd.DataFrame, city: City) -> pd.DataFrame:
    from course.city.places import zone_of

    both = pd.concat([table["from_stop_id"], table["to_stop_id"]], ignore_index=True)
    codes, stops = pd.factorize(both)
    zones = np.asarray(zone_of(city, pd.Series(stops, dtype="str")), dtype=object)
    zones = pd.array([*zones, None], dtype="str").take(codes)  # code -1: no tap-out
    n = len(table)
    at = table.columns.get_loc("to_stop_id") + 1
    table.insert(at, "from_zone_id", zones[:n])
    table.insert(at + 1, "to_zone_id", zones[n:])
    return table

"""Rides become trips: which boardings of a card belong to one journey.

Conventions. Times are seconds since the start of the service day, so 25:30 (91,800 s) still
belongs to the day before; a trip never crosses a service day. The window runs from the
previous tap-out (or tap-in, with ``window_from="board"``) to the next tap-in, both ends
included, and the clock time of that *previous* tap decides whether the night window holds:
21:00 is night, 07:00 is not. Two taps the wrong way round on one card (boarding before the
last tap-out: two people, or a wrong clock) are no transfer.

Linking needs no loop: whether two neighbouring rides belong together depends on that pair
only, and the ride limit cuts what is left into equal pieces.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from course.errors import UsageError
from course.transport.fare_checks import MODES, USER_CLASSES, known
from course.transport.ride_columns import complete_rides

if TYPE_CHECKING:
    from collections.abc import Sequence

    from course.city.pack import City

DISTANCE_BANDS_KM = (5, 10, 20)
GATED_MODES = ("subway",)
_DAY_S = 86_400


@dataclass(frozen=True)
class TransferRule:
    """When the next ride belongs to the same trip (times in seconds)."""

    window_s: int
    night_window_s: int
    night_from_s: int = 75_600
    night_to_s: int = 25_200
    max_rides: int | None = 5
    same_route: bool = False
    window_from: str = "alight"
    tap_out_needed: bool = False  # a ride without tap-out stands alone (fares, not journeys)
    alone: tuple[int, ...] = ()  # codes of modes that never link


@dataclass(frozen=True)
class LegArrays:
    """The rides of a Trips object as whole numbers, in the order of its legs."""

    mode: np.ndarray  # index into MODES
    user_class: np.ndarray  # index into USER_CLASSES, of the trip's first ride
    low_income: np.ndarray  # 1 where the trip's first ride is of income group 1
    metres: np.ndarray  # 0 where there is no tap-out
    board_s: np.ndarray
    alight_s: np.ndarray  # -1 where there is no tap-out
    no_tap_out: np.ndarray
    same_route: np.ndarray  # as the ride before
    same_gates: np.ndarray  # second entry through the gates of the same mode
    gated: np.ndarray
    new_group: np.ndarray  # first ride of a trip: nothing before it can belong to it


@dataclass(frozen=True, eq=False)
class Trips:
    """Rides linked into trips.

    Parameters
    ----------
    legs : pandas.DataFrame
        One row per ride, sorted by service day, card and boarding time; the columns of the
        rides, and trip_id (int, counted from 0), leg_no (int, counted from 1).
    table : pandas.DataFrame
        One row per trip: trip_id, card_id, date, board_time (s), n_legs, modes (text such
        as "branch+subway"), distance_m (Int32; NA if a ride has no tap-out), user_class,
        income_group, from_stop_id, to_stop_id, distance_band ("0-5 km"; upper end
        included), and with a city from_zone_id, to_zone_id.
    gated_modes : tuple of str
        Modes entered through gates.
    """

    legs: pd.DataFrame
    table: pd.DataFrame
    gated_modes: tuple[str, ...] = GATED_MODES
    cache: dict[Any, Any] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.table)

    def select(self, chosen: Any) -> Trips:
        """Return some of the trips, chosen by a True/False value per trip; ids are kept."""
        chosen = np.asarray(chosen, dtype=bool)
        if len(chosen) != len(self.table):
            raise UsageError(
                f"select was given {len(chosen)} values for {len(self.table)} trips.",
                "Give one True or False per row of trips.table.",
            )
        table = self.table[chosen].reset_index(drop=True)
        legs = self.legs[np.isin(self.legs["trip_id"], table["trip_id"])]
        return Trips(legs.reset_index(drop=True), table, self.gated_modes)

    def __repr__(self) -> str:
        return f"Trips: {len(self.legs):,} rides in {len(self.table):,} trips"


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
    window_from : "alight" or "board"
        The tap of the previous ride from which the window runs. After a ride without
        tap-out nothing can be linked with "alight".
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
    if window_from not in ("alight", "board"):
        raise UsageError(f"window_from is {window_from!r}.", 'Use "alight" or "board".')
    for name, value in (("window_min", window_min), ("night_window_min", night_window_min)):
        if value is not None and not 0 <= value <= 1440:
            raise UsageError(f"{name} is {value}.", f"{name} lies between 0 and 1440 minutes.")
    if max_transfers is not None and max_transfers < 0:
        raise UsageError(f"max_transfers is {max_transfers}.", "Give 0 or more.")
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
    arrays = _arrays(legs, group, gates)
    starts = split(arrays, rule)
    return _trips(legs, arrays, starts, gates, city, bands_km)


def split(a: LegArrays, rule: TransferRule) -> np.ndarray:
    """Return for each ride whether it starts a new trip (or fare) under a rule."""
    n = len(a.mode)
    if n == 0:
        return np.zeros(0, dtype=bool)
    tap = a.alight_s if rule.window_from == "alight" else a.board_s
    before = np.empty(n, dtype=tap.dtype)
    before[0], before[1:] = 0, tap[:-1]
    gap = a.board_s - before
    window: np.ndarray | int = rule.window_s
    if rule.night_window_s != rule.window_s:
        time = before % _DAY_S
        lo, hi = rule.night_from_s, rule.night_to_s
        night = (time >= lo) | (time < hi) if lo > hi else (time >= lo) & (time < hi)
        window = np.where(night, rule.night_window_s, rule.window_s)
    starts = a.new_group | (gap > window) | (gap < 0)
    if rule.window_from == "alight":
        starts[1:] |= a.no_tap_out[:-1]
        if rule.tap_out_needed:
            starts |= a.no_tap_out
    if not rule.same_route:
        starts |= a.same_route | a.same_gates
    if rule.alone:
        alone = np.isin(a.mode, rule.alone)
        starts |= alone
        starts[1:] |= alone[:-1]
    if rule.max_rides is not None:
        place = np.arange(n)
        place -= np.maximum.accumulate(np.where(starts, place, 0))
        starts |= place % rule.max_rides == 0
    return starts


def arrays_of(trips: Trips) -> LegArrays:
    """Return the rides of some trips as whole numbers; made once and kept."""
    if "arrays" not in trips.cache:
        group = trips.legs["trip_id"].to_numpy()
        raw = _arrays(trips.legs, group, trips.gated_modes)
        trips.cache["arrays"] = _by_trip(raw, raw.new_group)
    return trips.cache["arrays"]


def _gates_of(city: City | None) -> tuple[str, ...]:
    given = city.properties.get("gated_modes") if city is not None else None
    return tuple(given) if given else GATED_MODES


def _codes(values: pd.Series, words: tuple[str, ...], kind: str, default: str) -> np.ndarray:
    """Return the index of each value in `words`; refuse a word the course does not know."""
    codes, found = pd.factorize(values)
    table = np.array(
        [words.index(known(str(w), words, kind, "The rides frame")) for w in found]
        + [words.index(default)],  # code -1: nothing given
        dtype=np.int64,
    )
    return table[codes]


def _same_as_before(values: pd.Series) -> np.ndarray:
    codes = pd.factorize(values)[0]
    same = np.zeros(len(codes), dtype=bool)
    same[1:] = (codes[1:] == codes[:-1]) & (codes[1:] >= 0)
    return same


def _arrays(legs: pd.DataFrame, group: np.ndarray, gates: tuple[str, ...]) -> LegArrays:
    n = len(legs)
    new_group = np.ones(n, dtype=bool)
    new_group[1:] = group[1:] != group[:-1]
    mode = _codes(legs["mode"], MODES, "mode", "other")
    alight = legs["alight_time"].to_numpy(dtype="int64", na_value=-1)
    gated = np.isin(mode, [MODES.index(m) for m in gates])
    same_mode = np.zeros(n, dtype=bool)
    same_mode[1:] = mode[1:] == mode[:-1]
    low = legs["income_group"].to_numpy(dtype="int64", na_value=0) == 1
    return LegArrays(
        mode=mode,
        user_class=_codes(legs["user_class"], USER_CLASSES, "user class", "adult"),
        low_income=low.astype(np.int64),
        metres=legs["distance_m"].to_numpy(dtype="int64", na_value=0),
        board_s=legs["board_time"].to_numpy(dtype="int64"),
        alight_s=alight,
        no_tap_out=alight < 0,
        same_route=_same_as_before(legs["route_id"]) & ~gated,
        same_gates=same_mode & gated,
        gated=gated,
        new_group=new_group,
    )


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
    trips.cache["arrays"] = _by_trip(a, starts)
    return trips


def _by_trip(a: LegArrays, starts: np.ndarray) -> LegArrays:
    """Return the arrays with trips as groups; the first ride says who travels."""
    first = np.maximum.accumulate(np.where(starts, np.arange(len(starts)), 0))
    return replace(
        a, new_group=starts, user_class=a.user_class[first], low_income=a.low_income[first]
    )


def distance_band(
    metres: np.ndarray, unknown: np.ndarray, *, bands_km: Sequence[float] = DISTANCE_BANDS_KM
) -> pd.Categorical:
    """Return the distance band of each trip ("0-5 km"), the upper end included.

    Trips without a tap-out are "unknown", a band that exists only where there are any.
    """
    edges = [0, *bands_km]
    if sorted(set(edges)) != list(edges):
        raise UsageError(f"bands_km is {list(bands_km)}.", "Give rising distances above 0.")
    names = [f"{a:g}-{b:g} km" for a, b in zip(edges, edges[1:], strict=False)]
    names.append(f"{edges[-1]:g}+ km")
    codes = np.searchsorted([round(km * 1000) for km in bands_km], metres, side="left")
    if unknown.any():
        names.append("unknown")
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
    words = [
        "+".join(MODES[m] for m in mode[first[t] : last[t] + 1]) for t in short[example]
    ]
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


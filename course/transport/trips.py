"""Trips as whole-number arrays, and the one rule that cuts rides into trips or fares.

Linking needs no loop: whether two neighbouring rides belong together depends on that pair
only, and the ride limit cuts what is left into equal pieces. `course.transport.linking`
states the conventions.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from course.errors import UsageError
from course.transport.fare_checks import MODES, USER_CLASSES, known

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
    window_from: str = "alight"  # of the ride before; "board"; "first": the trip's first tap-in
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


def split(a: LegArrays, rule: TransferRule) -> np.ndarray:
    """Return for each ride whether it starts a new trip (or fare) under a rule."""
    n = len(a.mode)
    if n == 0:
        return np.zeros(0, dtype=bool)
    if rule.window_from == "first":
        return _split_from_first(a, rule)
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
    _other_breaks(starts, a, rule)
    if rule.max_rides is not None:
        place = np.arange(n)
        place -= np.maximum.accumulate(np.where(starts, place, 0))
        starts |= place % rule.max_rides == 0
    return starts


def _other_breaks(starts: np.ndarray, a: LegArrays, rule: TransferRule) -> None:
    """Mark rides that cannot follow the one before whatever the clock says."""
    if not rule.same_route:
        starts |= a.same_route | a.same_gates
    if rule.alone:
        alone = np.isin(a.mode, rule.alone)
        starts |= alone
        starts[1:] |= alone[:-1]


def _split_from_first(a: LegArrays, rule: TransferRule) -> np.ndarray:
    """Split where the time since the first tap-in of the trip runs out.

    Where a trip begins decides how far it reaches, so it is found step by step: each pass
    breaks every trip at its first ride that is too late or one too many.
    """
    n = len(a.mode)
    place = np.arange(n)
    starts = a.new_group.copy()
    starts[0] = True
    _other_breaks(starts, a, rule)
    lo, hi = rule.night_from_s, rule.night_to_s
    while True:
        first = np.maximum.accumulate(np.where(starts, place, 0))
        begun = a.board_s[first]
        time = begun % _DAY_S
        night = (time >= lo) | (time < hi) if lo > hi else (time >= lo) & (time < hi)
        window = np.where(night, rule.night_window_s, rule.window_s)
        late = a.board_s - begun > window
        if rule.max_rides is not None:
            late |= place - first >= rule.max_rides
        late[1:] &= ~(late[:-1] & (first[1:] == first[:-1]))
        if not late.any():
            return starts
        starts |= late


def arrays_of(trips: Trips) -> LegArrays:
    """Return the rides of some trips as whole numbers; made once and kept."""
    if "arrays" not in trips.cache:
        group = trips.legs["trip_id"].to_numpy()
        raw = leg_arrays(trips.legs, group, trips.gated_modes)
        trips.cache["arrays"] = by_trip(raw, raw.new_group)
    return trips.cache["arrays"]


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


def leg_arrays(legs: pd.DataFrame, group: np.ndarray, gates: tuple[str, ...]) -> LegArrays:
    """Return sorted rides as whole numbers; `group` says which may belong together."""
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


def by_trip(a: LegArrays, starts: np.ndarray) -> LegArrays:
    """Return the arrays with trips as groups; the first ride says who travels."""
    first = np.maximum.accumulate(np.where(starts, np.arange(len(starts)), 0))
    return replace(
        a, new_group=starts, user_class=a.user_class[first], low_income=a.low_income[first]
    )

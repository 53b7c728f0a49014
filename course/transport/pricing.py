"""The fare engine: rides grouped into fares, each fare priced in whole hundredths.

A *fare* is what one price is asked for: a ride alone, or the rides of a trip that the
policy links. The order of the rules:

1. base: the highest base of the modes used; free rides count neither here nor below;
2. distance: started steps beyond the free distance, on the total distance of a linked
   fare, on the own distance of a single ride if its mode pays by distance;
3. early bird: off the base of the first paid vehicle, if boarded early enough;
4. cap: a linked fare never exceeds its rides one by one (each with 1 to 3);
5. discounts of the user class and of income group 1, on the result, halves up;
6. charge for a missing tap-out, without discounts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from course.errors import CourseError
from course.transport.fare_checks import MODES, USER_CLASSES
from course.transport.fare_policy import FarePolicy
from course.transport.fare_tables import FULL, NO_FARE, FareTables, fare_tables, transfer_rule
from course.transport.trips import LegArrays, Trips, arrays_of, split

_KEPT_PRICES = 6


@dataclass(frozen=True)
class FareUnits:
    """Which rides share a fare: indexes into the legs and the trips."""

    start: np.ndarray  # first leg of each fare
    n: np.ndarray  # rides in it
    trip_start: np.ndarray  # first fare of each trip
    several: np.ndarray  # fares of more than one ride
    legs: np.ndarray  # their legs, one after the other
    leg_start: np.ndarray  # where each of `several` begins in `legs`


@dataclass(frozen=True)
class FareParts:
    """What each fare is made of, in hundredths; one entry per fare."""

    units: FareUnits
    base: np.ndarray
    distance: np.ndarray
    early_off: np.ndarray
    cap_off: np.ndarray
    separate: np.ndarray
    discount: np.ndarray
    charge: np.ndarray
    price: np.ndarray


def fare_units(trips: Trips, policy: FarePolicy) -> FareUnits:
    """Return the fares of each trip; kept per transfer rule, as sliders ask again."""
    rule = transfer_rule(policy)
    key = ("units", rule)
    if key in trips.cache:
        return trips.cache[key]
    a = arrays_of(trips)
    start = np.flatnonzero(a.new_group | split(a, rule))
    n = np.diff(np.append(start, len(a.mode)))
    several = np.flatnonzero(n > 1)
    counts = n[several]
    leg_start = np.cumsum(counts) - counts
    legs = np.repeat(start[several] - leg_start, counts) + np.arange(counts.sum())
    trip_start = np.flatnonzero(a.new_group[start])
    units = FareUnits(start, n, trip_start, several, legs, leg_start)
    for old in [k for k in trips.cache if isinstance(k, tuple) and k[0] == "units"][:-7]:
        del trips.cache[old]
    trips.cache[key] = units
    return units


def price_parts(trips: Trips, policy: FarePolicy) -> FareParts:
    """Price every fare of some trips and keep what it is made of.

    Returns
    -------
    FareParts
        One entry per fare, in hundredths; ``price = base + distance - early_off - cap_off
        - discount + charge``.

    Raises
    ------
    CourseError
        If the policy has no base fare for a mode that is used.
    """
    a, t, u = arrays_of(trips), fare_tables(policy), fare_units(trips, policy)
    cell = a.user_class * len(MODES) + a.mode
    base = t.base.ravel().take(cell)
    if len(base) and base.min() == NO_FARE:
        _refuse_missing(a, base, policy)
    distance = _single_distance(a, t, cell)
    early = np.zeros(len(base), dtype=np.int64)
    if t.early_s:
        early = np.where(a.board_s < t.early_s, t.early_off.ravel().take(cell), 0)
    f_base, f_distance, f_early = base[u.start], distance[u.start], early[u.start]
    separate = f_base + f_distance - f_early
    cap_off = np.zeros(len(u.start), dtype=np.int64)
    if len(u.several):
        linked_base, linked_distance, first_paid = _linked(a, t, u, cell, base)
        f_early[u.several] = early[first_paid]
        alone = np.add.reduceat((base + distance - early)[u.legs], u.leg_start)
        f_base[u.several], f_distance[u.several] = linked_base, linked_distance
        separate[u.several] = alone
        if policy.cap_at_separate:
            whole = linked_base + linked_distance - f_early[u.several]
            cap_off[u.several] = np.maximum(whole - alone, 0)
    price = f_base + f_distance - f_early - cap_off
    before = price
    if (t.keep != FULL * FULL).any():
        who = a.user_class[u.start] * 2 + a.low_income[u.start]
        price = _share(price, t.keep.ravel().take(who))
    discount = before - price
    charge = np.zeros(len(price), dtype=np.int64)
    if t.charge.any() and a.no_tap_out.any():
        missing = np.where(a.no_tap_out, t.charge.ravel().take(cell), 0)
        charge = np.add.reduceat(missing, u.start)
    price = price + charge
    return FareParts(u, f_base, f_distance, f_early, cap_off, separate, discount, charge, price)


def trip_prices(trips: Trips, policy: FarePolicy) -> np.ndarray:
    """Return the price of each trip in hundredths: the sum of its fares."""
    key = ("price", policy)
    if key not in trips.cache:
        for old in [k for k in trips.cache if isinstance(k, tuple) and k[0] == "price"][
            : -_KEPT_PRICES + 1
        ]:
            del trips.cache[old]
        parts = price_parts(trips, policy)
        if len(parts.price) == 0:
            return parts.price
        prices = np.add.reduceat(parts.price, parts.units.trip_start)
        prices.setflags(write=False)
        trips.cache[key] = prices
    return trips.cache[key]


def _refuse_missing(a: LegArrays, base: np.ndarray, policy: FarePolicy) -> None:
    leg = int(np.argmin(base))
    mode, user_class = MODES[a.mode[leg]], USER_CLASSES[a.user_class[leg]]
    raise CourseError(
        f"The policy {policy.name!r} has no base fare for the mode {mode} ({user_class}).",
        f"Add one with replace(base={{'adult': {{..., '{mode}': amount}}}}), or '*' for any mode.",
    )


def _share(price: np.ndarray, keep: np.ndarray) -> np.ndarray:
    """Return `keep` parts in FULL² of a price, halves up.

    Whole and rest are multiplied apart, so that no product leaves 64 bits.
    """
    whole, rest = np.divmod(price, FULL * FULL)
    return whole * keep + (rest * keep + FULL * FULL // 2) // (FULL * FULL)


def _started(length: np.ndarray, step: int) -> np.ndarray:
    """Return the started steps of a length in metres; none for zero or less."""
    return np.maximum(-(-length // step), 0)


def _band(t: FareTables, length: np.ndarray) -> np.ndarray:
    return t.band_prices[np.searchsorted(t.band_ends_m, length, side="left")]


def _single_distance(a: LegArrays, t: FareTables, cell: np.ndarray) -> np.ndarray:
    """Return what each ride alone pays for its distance."""
    pays = t.by_distance[a.mode]
    if t.band_prices is not None:
        return np.where(pays & ~t.free.ravel().take(cell), _band(t, a.metres), 0)
    free = t.free_m[a.mode]
    steps = _started(a.metres - free, t.step_m)
    if t.far_m >= 0 or t.alone_free_m >= 0 or t.alone_step_m != t.step_m:
        # Only rides through gates have the rules of the long or lone ride.
        gates = np.flatnonzero(a.gated)
        length = a.metres[gates]
        inside = free[gates] if t.alone_free_m < 0 else np.full(len(gates), t.alone_free_m)
        far = np.maximum(inside, t.far_m) if t.far_m >= 0 else length
        steps[gates] = _started(np.minimum(length, far) - inside, t.alone_step_m)
        if t.far_m >= 0:
            steps[gates] += _started(length - far, t.far_step_m)
    return np.where(pays, steps * t.step.ravel().take(cell), 0)


def _linked(
    a: LegArrays, t: FareTables, u: FareUnits, cell: np.ndarray, base: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return base, distance price and first paid leg of the fares of more than one ride."""
    cell = cell[u.legs]
    mode = a.mode[u.legs]
    paid = ~t.free.ravel().take(cell)
    total = np.add.reduceat(np.where(paid, a.metres[u.legs], 0), u.leg_start)
    top = np.maximum.reduceat(base[u.legs], u.leg_start)
    # Where all rides are free the first one serves: it has no early bird either.
    first = np.minimum.reduceat(np.where(paid, u.legs, len(base)), u.leg_start)
    first = np.where(first < len(base), first, u.start[u.several])
    if t.band_prices is not None:
        # A flat mode in the trip asks at least its own base.
        any_paid = np.logical_or.reduceat(paid, u.leg_start)
        return top, np.where(any_paid, np.maximum(_band(t, total) - top, 0), 0), first
    free = np.maximum.reduceat(np.where(paid, t.free_m[mode], 0), u.leg_start)
    step = np.maximum.reduceat(t.step.ravel().take(cell), u.leg_start)
    return top, _started(total - free, t.step_m) * step, first

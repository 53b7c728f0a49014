"""A fare policy as whole-number tables, one cell per user class and mode.

Amounts are in hundredths of the currency unit, distances in metres, times in seconds, so
that the engine adds and divides whole numbers and is equal on every machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from course.transport.fare_checks import ANY, MODES, USER_CLASSES
from course.transport.fare_policy import FarePolicy
from course.transport.trips import TransferRule

FULL = 10_000  # a discount of nothing: shares are counted in hundredths of a percent
NO_FARE = -1


@dataclass(frozen=True)
class FareTables:
    """Tables read by the engine; [user class, mode] unless said otherwise."""

    base: np.ndarray  # NO_FARE where the policy names none
    free: np.ndarray  # bool
    step: np.ndarray
    early_off: np.ndarray
    charge: np.ndarray  # for a missing tap-out
    free_m: np.ndarray  # [mode]
    by_distance: np.ndarray  # [mode] bool: a single ride pays by distance
    keep: np.ndarray  # [user class, low income]: share of the fare to pay, of FULL**2
    step_m: int
    alone_free_m: int  # -1: as free_m
    alone_step_m: int
    far_m: int  # -1: none
    far_step_m: int
    early_s: int
    band_ends_m: np.ndarray | None
    band_prices: np.ndarray | None


def hundredths(amount: float) -> int:
    """Return an amount in hundredths, halves up."""
    return int(np.floor(round(amount * 100, 6) + 0.5))


def metres(km: float) -> int:
    """Return kilometres as whole metres."""
    return round(km * 1000)


def _find(table: Mapping[str, Any], user_class: str, default: Any) -> Any:
    for key in (user_class, "adult", ANY):
        if key in table:
            return table[key]
    return default


def base_of(policy: FarePolicy, user_class: str, mode: str) -> float | None:
    """Return the base fare: the class, else adult, else any; in each the mode, else any."""
    for key in (user_class, "adult", ANY):
        modes = policy.base.get(key, {})
        for m in (mode, ANY):
            if m in modes:
                return modes[m]
    return None


def is_free(policy: FarePolicy, user_class: str, mode: str) -> bool:
    """Return whether a ride costs this class nothing."""
    return any(m in (mode, ANY) for key in (user_class, ANY) for m in policy.free.get(key, ()))


def transfer_rule(policy: FarePolicy) -> TransferRule:
    """Return when the rides of a trip share one fare under a policy."""
    night = policy.window_min if policy.night_window_min is None else policy.night_window_min
    alone = MODES if ANY in policy.no_transfer_modes else policy.no_transfer_modes
    return TransferRule(
        window_s=round(policy.window_min * 60),
        night_window_s=round(night * 60),
        night_from_s=round(policy.night_from_min * 60),
        night_to_s=round(policy.night_to_min * 60),
        max_rides=policy.max_transfers + 1 if policy.integrated else 1,
        same_route=policy.same_route_transfer,
        window_from=policy.window_from,
        tap_out_needed=policy.window_from == "alight",
        alone=tuple(MODES.index(m) for m in alone),
    )


@lru_cache(maxsize=64)
def fare_tables(policy: FarePolicy) -> FareTables:
    """Return the tables of a policy; made once per policy."""
    p = policy
    shape = (len(USER_CLASSES), len(MODES))
    base = np.full(shape, NO_FARE, dtype=np.int64)
    free = np.zeros(shape, dtype=bool)
    step, early_off, charge = (np.zeros(shape, dtype=np.int64) for _ in range(3))
    pays_bands = p.bands is not None
    for c, user_class in enumerate(USER_CLASSES):
        class_step = hundredths(_find(p.step_price, user_class, 0))
        for m, mode in enumerate(MODES):
            fare = base_of(p, user_class, mode)
            distance_mode = mode in p.distance_modes or ANY in p.distance_modes
            if pays_bands and distance_mode:
                fare = 0  # the band is the whole price
            if fare is not None:
                base[c, m] = hundredths(fare)
            free[c, m] = is_free(p, user_class, mode)
            own = p.step_price_by_mode.get(mode)
            step[c, m] = class_step if own is None else hundredths(own)
            early = p.early_bird
            if early and fare and (mode in early["modes"] or ANY in early["modes"]):
                pct = hundredths(early["discount_pct"])
                early_off[c, m] = (int(base[c, m]) * pct + FULL // 2) // FULL
            extra = p.no_tap_out.get(mode)
            if extra == "base":
                charge[c, m] = max(base[c, m], 0)
            elif extra is not None:
                charge[c, m] = hundredths(extra)
    base[free], step[free], early_off[free], charge[free] = 0, 0, 0, 0
    low = FULL - hundredths(p.low_income_discount_pct)
    keep = [
        FULL - hundredths(p.discount_pct.get(c, p.discount_pct.get(ANY, 0))) for c in USER_CLASSES
    ]
    return FareTables(
        base=base,
        free=free,
        step=step,
        early_off=early_off,
        charge=charge,
        free_m=np.array(
            [metres(p.free_km_by_mode.get(m, p.free_km)) for m in MODES], dtype=np.int64
        ),
        by_distance=np.array(
            [m in p.distance_modes or ANY in p.distance_modes for m in MODES], dtype=bool
        ),
        keep=np.array([[k * FULL, k * low] for k in keep], dtype=np.int64),
        step_m=metres(p.step_km),
        alone_free_m=-1 if p.alone_free_km is None else metres(p.alone_free_km),
        alone_step_m=metres(p.alone_step_km or p.step_km),
        far_m=-1 if p.far_from_km is None else metres(p.far_from_km),
        far_step_m=metres(p.far_step_km),
        early_s=round(p.early_bird["before_min"] * 60) if p.early_bird else 0,
        band_ends_m=None
        if p.bands is None
        else np.array([metres(end) for end, _ in p.bands[:-1]], dtype=np.int64),
        band_prices=None
        if p.bands is None
        else np.array([hundredths(price) for _, price in p.bands], dtype=np.int64),
    )

"""Where the sliders of the fare lab stand, and the tariff and line of code that means.

Today's tariff is compared with one that charges distance on every ride and one price per
trip, whatever the vehicles. Concessions, free rides and the early-morning discount stay as
today, so that a change of fare comes from the sliders and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from course.transport.fare_policy import FarePolicy


@dataclass(frozen=True)
class Setting:
    """Where the sliders stand.

    Parameters
    ----------
    base, step_price : float
        Currency units.
    free_km, step_km : float
        Kilometres inside the base fare; length of a step.
    window_min : float
        Longest transfer, minutes from tap-out to tap-in.
    max_transfers : float
        Transfers in one fare.
    elasticity : float
        Zero or negative: change of trips per change of fare.
    low_income_discount_pct : float
        Discount for income group 1.
    """

    base: float
    free_km: float
    step_km: float
    step_price: float
    window_min: float = 30
    max_transfers: float = 4
    elasticity: float = -0.4
    low_income_discount_pct: float = 0

    @classmethod
    def from_mapping(cls, values: Mapping[str, float]) -> Setting:
        """Build a setting from values by name; other names are left out."""
        return cls(**{f.name: values[f.name] for f in fields(cls) if f.name in values})


def _plain(value: float) -> float | int:
    return int(value) if float(value).is_integer() else round(float(value), 4)


def concessions(today: FarePolicy) -> dict[str, Any]:
    """Return what a new tariff keeps of today's: discounts, free rides, the early bird.

    Classes that have a base of their own today keep their share of the adult base, as a
    whole percentage; SEOUL's youth pay 900 of 1,550, a discount of 42 %.
    """
    discount = {k: _plain(v) for k, v in today.discount_pct.items() if v}
    adult = today.base.get("adult") or today.base.get("*") or {}
    mode = next((m for m in adult if adult[m] == today.reference_base), None)
    for user_class, amounts in today.base.items():
        if user_class in ("adult", "*") or user_class in discount or not today.reference_base:
            continue
        own = amounts.get(mode, amounts.get("*")) if mode else None
        share = 100 - round(100 * own / today.reference_base) if own is not None else 0
        if share > 0:
            discount[user_class] = share
    kept: dict[str, Any] = {}
    if discount:
        kept["discount_pct"] = discount
    if today.free:
        kept["free"] = {k: list(v) for k, v in today.free.items()}
    if today.early_bird:
        kept["early_bird"] = {
            k: list(v) if isinstance(v, tuple | list) else v for k, v in today.early_bird.items()
        }
    return kept


def arguments(setting: Setting, today: FarePolicy) -> dict[str, Any]:
    """Return the arguments of ``FarePolicy.distance`` for a setting."""
    given: dict[str, Any] = {
        "base": _plain(setting.base),
        "free_km": _plain(setting.free_km),
        "step_km": _plain(setting.step_km),
        "step_price": _plain(setting.step_price),
        "window_min": _plain(setting.window_min),
        "max_transfers": int(setting.max_transfers),
    }
    if setting.low_income_discount_pct:
        given["low_income_discount_pct"] = _plain(setting.low_income_discount_pct)
    if today.integrated and (today.night_window_min or 0) > setting.window_min > 0:
        given["night_window_min"] = _plain(today.night_window_min or 0)
    if today.currency:
        given["currency"] = today.currency
    return given | concessions(today)


def policy_of(setting: Setting, today: FarePolicy) -> FarePolicy:
    """Return the tariff of a setting."""
    return FarePolicy.distance(name="your setting", **arguments(setting, today))


def code_of(setting: Setting, today: FarePolicy) -> str:
    """Return the tariff of a setting as one line of code.

    Examples
    --------
    >>> flat = FarePolicy.flat(base=20000, currency="IRR")
    >>> code_of(Setting(20000, 4, 5, 1200), flat)  # doctest: +ELLIPSIS
    "fares.FarePolicy.distance(base=20000, free_km=4, step_km=5, step_price=1200, ...)"
    """
    inside = ", ".join(f"{k}={v!r}" for k, v in arguments(setting, today).items())
    return f"fares.FarePolicy.distance({inside})"

"""The sliders of the fare lab: ranges and steps in the city's own money."""

from __future__ import annotations

from course.display.breaks import round_step
from course.display.controls import Control
from course.labs.fares_setting import Setting
from course.transport.fare_policy import FarePolicy

WIDEST_WINDOW_MIN = 60


def _round_to(value: float, step: float) -> float:
    return round(round(value / step) * step, 4)


def charges_distance(policy: FarePolicy) -> bool:
    """Say whether some single rides pay by distance, in steps."""
    return bool(policy.distance_modes) and policy.bands is None


def start_of(today: FarePolicy, policy: FarePolicy | None = None) -> Setting:
    """Return where the sliders stand at first.

    Parameters
    ----------
    today : FarePolicy
        The tariff of the city.
    policy : FarePolicy, optional
        A tariff to begin with in place of the usual alternative.

    Notes
    -----
    Without a policy: today's base for everyone, and distance on every ride. Where every
    mode already pays by distance, its own steps stay, and what changes is that a trip with
    a change pays once.
    """
    base = today.reference_base
    step = round_step(base / 150)
    given = policy or today
    amounts = [*given.step_price.values(), *given.step_price_by_mode.values()]
    adult = given.step_price.get("adult", min(amounts) if amounts else 0)
    if policy is None and (not adult or not charges_distance(today)):
        usual = Setting(base, today.free_km or 4, 5, _round_to(0.06 * base, step))
    else:
        usual = Setting(
            given.reference_base,
            given.free_km,
            given.step_km,
            adult,
            window_min=given.window_min if policy else 30,
            max_transfers=given.max_transfers if policy else 4,
            low_income_discount_pct=given.low_income_discount_pct,
        )
    return usual


def controls_of(start: Setting, today: FarePolicy) -> list[Control]:
    """Return the sliders of the lab for one city's money."""
    money, base = today.currency or "currency units", max(today.reference_base, start.base, 1e-9)
    step = round_step(base / 150)
    fine = 0 if float(step).is_integer() else 2 if step < 0.1 else 1
    small = round_step(base / 300)
    small = float(round(small)) if small >= 1 else small
    small_fine = 0 if small >= 1 else 2
    return [
        Control("base", "Base fare", money, 0, _round_to(3 * base, step), step, start.base, fine,
                hint="Paid by an adult for every trip."),
        Control("free_km", "Free distance", "km", 0, 30, 1, start.free_km,
                0 if float(start.free_km).is_integer() else 1,
                hint="Kilometres inside the base fare."),
        Control("step_km", "Step", "km", 1, 10, 1, start.step_km,
                0 if float(start.step_km).is_integer() else 1,
                hint="Beyond the free distance, each started step costs extra."),
        Control("step_price", "Price of a step", money, 0,
                max(_round_to(0.2 * base, small), start.step_price), small, start.step_price,
                small_fine, hint="What each started step costs."),
        Control("window_min", "Transfer window", "min", 0, WIDEST_WINDOW_MIN, 5, start.window_min,
                hint="Longest time from tap-out to the next tap-in inside one trip."),
        Control("elasticity", "Elasticity", "", -1, 0, 0.05, start.elasticity, 2,
                hint="How riders answer: -0.4 means one percent dearer, 0.4 percent fewer trips."),
        Control("max_transfers", "Transfers in one fare", "", 0, 4, 1, start.max_transfers,
                more=True, hint="Further rides pay a new fare."),
        Control("low_income_discount_pct", "Low-income discount", "%", 0, 50, 1,
                start.low_income_discount_pct, more=True, hint="For income group 1."),
    ]  # fmt: skip

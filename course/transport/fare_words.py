"""A fare policy in words: what a trainee reads when a policy is printed or compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from course.transport.fare_checks import ANY

if TYPE_CHECKING:
    from course.transport.fare_policy import FarePolicy


def money(value: float, currency: str = "") -> str:
    """Write an amount: thousands separated, hundredths only where there are any.

    Examples
    --------
    >>> money(1550, "KRW"), money(27.8)
    ('1,550 KRW', '27.80')
    """
    text = f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}"
    return f"{text} {currency}".strip()


def clock(minute: float) -> str:
    """Write minutes since the start of the service day as a time (1530 is 25:30)."""
    return f"{int(minute) // 60:02d}:{int(minute) % 60:02d}"


def _who(name: str) -> str:
    return "all" if name == ANY else name.replace("_", " ")


def _each(table: dict[str, float], write) -> str:
    if len(table) == 1:
        ((key, value),) = table.items()
        return write(value) if key == ANY else f"{_who(key)} {write(value)}"
    return ", ".join(f"{_who(key)} {write(value)}" for key, value in table.items())


def rules_in_words(policy: FarePolicy) -> dict[str, str]:
    """Return rule -> value in words, only the rules that matter for this policy."""
    p = policy
    words = {"name": p.name + (" (teaching fare)" if p.teaching else "")}
    if p.currency:
        words["currency"] = p.currency
    if p.year:
        words["year"] = str(p.year)
    if p.source:
        words["source"] = p.source
    for user_class, modes in p.base.items():
        words["base fare" if user_class == ANY else f"base fare, {_who(user_class)}"] = _each(
            dict(modes), money
        )
    _distance_words(p, words)
    _transfer_words(p, words)
    _special_words(p, words)
    if p.unverified:
        words["unverified"] = ", ".join(p.unverified)
    return words


def _distance_words(p: FarePolicy, words: dict[str, str]) -> None:
    if p.bands is not None:
        words["price by distance"] = ", ".join(
            f"{'beyond' if end is None else f'to {end:g} km'} {money(price)}"
            for end, price in p.bands
        )
    has_steps = p.bands is None and (
        any(p.step_price.values()) or any(p.step_price_by_mode.values())
    )
    if has_steps:
        free = f"{p.free_km:g} km"
        if p.free_km_by_mode:
            free += "; " + _each(dict(p.free_km_by_mode), lambda km: f"{km:g} km")
        words["inside the base fare"] = free
        words["each started step"] = f"{p.step_km:g} km"
        words["price of a step"] = _each(dict(p.step_price), money)
        if p.step_price_by_mode:
            words["price of a step by mode"] = _each(dict(p.step_price_by_mode), money)
        if p.far_from_km is not None:
            words["long single ride"] = (
                f"beyond {p.far_from_km:g} km a step is {p.far_step_km:g} km"
            )
        if p.alone_free_km is not None or p.alone_step_km is not None:
            words["single ride through gates"] = (
                f"{p.alone_free_km if p.alone_free_km is not None else p.free_km:g} km inside "
                f"the base fare, step {p.alone_step_km or p.step_km:g} km"
            )
    if has_steps or p.bands is not None:
        modes = [_who(m) for m in p.distance_modes]
        words["single rides that pay by distance"] = ", ".join(modes) or "none"


def _transfer_words(p: FarePolicy, words: dict[str, str]) -> None:
    if not p.integrated:
        words["transfers"] = "each ride pays"
        return
    night = p.window_min if p.night_window_min is None else p.night_window_min
    window = f"up to {p.max_transfers}, within {p.window_min:g} min"
    if night != p.window_min:
        window += f" ({night:g} min from {clock(p.night_from_min)} to {clock(p.night_to_min)})"
    after = {"alight": "last tap-out", "board": "last tap-in", "first": "first tap-in"}
    words["transfers"] = f"one fare; {window} of the {after[p.window_from]}"
    words["same route again"] = "a transfer" if p.same_route_transfer else "pays again"
    if p.no_transfer_modes:
        words["no transfer with"] = ", ".join(map(_who, p.no_transfer_modes))
    words["cap"] = "sum of the separate fares" if p.cap_at_separate else "none"


def _special_words(p: FarePolicy, words: dict[str, str]) -> None:
    if p.early_bird:
        words["early bird"] = (
            f"first vehicle before {clock(p.early_bird['before_min'])}: "
            f"{p.early_bird['discount_pct']:g} % off its base"
        )
        if ANY not in p.early_bird["modes"]:
            words["early bird"] += f" ({', '.join(map(_who, p.early_bird['modes']))})"
    if any(p.discount_pct.values()):
        words["discount"] = _each(dict(p.discount_pct), lambda pct: f"{pct:g} %")
    if p.low_income_discount_pct:
        words["low-income discount"] = f"{p.low_income_discount_pct:g} % for income group 1"
    if p.free:
        words["free"] = "; ".join(
            f"{_who(c)}: {', '.join(map(_who, modes))}" for c, modes in p.free.items()
        )
    if p.no_tap_out:
        words["no tap-out"] = ", ".join(
            f"{_who(m)} + {'a base fare' if v == 'base' else money(v)}"
            for m, v in p.no_tap_out.items()
        )

"""A slow second fare engine: the written rules, one by one, one ride at a time.

It shares nothing with ``course.transport.pricing`` but the FarePolicy it reads. A ride is a
dict with the columns of the rides frame; money is Decimal until the last line.
"""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction


def cents(amount) -> int:
    return int((Decimal(str(amount)) * 100).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def half_up(value: Fraction) -> int:
    return math.floor(value + Fraction(1, 2))


def lookup(table, user_class, default=0):
    for key in (user_class, "adult", "*"):
        if key in table:
            return table[key]
    return default


def base_cents(policy, user_class, mode) -> int:
    if policy.bands is not None and pays_by_distance(policy, mode):
        return 0
    for key in (user_class, "adult", "*"):
        modes = policy.base.get(key, {})
        if mode in modes:
            return cents(modes[mode])
        if "*" in modes:
            return cents(modes["*"])
    raise LookupError(mode)


def pays_by_distance(policy, mode) -> bool:
    return "*" in policy.distance_modes or mode in policy.distance_modes


def rides_free(policy, user_class, mode) -> bool:
    return any(m in ("*", mode) for who in (user_class, "*") for m in policy.free.get(who, ()))


def metres(ride) -> int:
    return 0 if ride["alight_time"] is None else ride["distance_m"]


def started(length_m: int, step_km) -> int:
    if length_m <= 0:
        return 0
    return math.ceil(Fraction(length_m, round(step_km * 1000)))


def at_night(second: int, from_min, to_min) -> bool:
    minute = Fraction(second, 60) % 1440
    if from_min > to_min:
        return minute >= from_min or minute < to_min
    return from_min <= minute < to_min


def is_transfer(before, ride, *, window_min, night_window_min, night_from_min, night_to_min,
                same_route, window_from, first, gated=("subway",)) -> bool:  # fmt: skip
    """Whether `ride` continues the trip of the ride before, which began with `first`."""
    tap = before["alight_time"] if window_from == "alight" else before["board_time"]
    tap = first["board_time"] if window_from == "first" else tap
    if window_from == "alight" and tap is None:
        return False
    gap = ride["board_time"] - tap
    night = at_night(tap, night_from_min, night_to_min)
    window = night_window_min if night and night_window_min is not None else window_min
    if gap < 0 or gap > round(window * 60):
        return False
    if not same_route:
        if ride["mode"] in gated and ride["mode"] == before["mode"]:
            return False
        both_on_road = ride["mode"] not in gated
        if both_on_road and ride["route_id"] is not None:
            return ride["route_id"] != before["route_id"]
    return True


def link(rides, *, max_transfers=4, **rule) -> list[list[dict]]:
    """Link the rides of many cards and days; trips in order of day, card and time."""
    trips: list[list[dict]] = []
    order = sorted(rides, key=lambda r: (r["date"], r["card_id"], r["board_time"]))
    for ride in order:
        last = trips[-1] if trips else None
        if (
            last
            and last[-1]["card_id"] == ride["card_id"]
            and last[-1]["date"] == ride["date"]
            and (max_transfers is None or len(last) <= max_transfers)
            and is_transfer(last[-1], ride, first=last[0], **rule)
        ):
            last.append(ride)
        else:
            trips.append([ride])
    return trips


def fares_of(trip, policy, gated=("subway",)) -> list[list[dict]]:
    """Split a trip into the groups of rides that share a fare."""
    out: list[list[dict]] = []
    for ride in trip:
        last = out[-1] if out else None
        alone = {"*"} & set(policy.no_transfer_modes)
        joins = (
            last is not None
            and policy.integrated
            and len(last) <= policy.max_transfers
            and not alone
            and ride["mode"] not in policy.no_transfer_modes
            and last[-1]["mode"] not in policy.no_transfer_modes
            and not (policy.window_from == "alight" and ride["alight_time"] is None)
            and is_transfer(
                last[-1],
                ride,
                window_min=policy.window_min,
                night_window_min=policy.night_window_min,
                night_from_min=policy.night_from_min,
                night_to_min=policy.night_to_min,
                same_route=policy.same_route_transfer,
                window_from=policy.window_from,
                first=last[0],
                gated=gated,
            )
        )
        if joins:
            last.append(ride)
        else:
            out.append([ride])
    return out


def band_cents(policy, length_m) -> int:
    for end, price in policy.bands:
        if end is None or length_m <= round(end * 1000):
            return cents(price)
    raise AssertionError


def step_cents(policy, user_class, mode) -> int:
    if mode in policy.step_price_by_mode:
        return cents(policy.step_price_by_mode[mode])
    return cents(lookup(policy.step_price, user_class))


def early_off(policy, ride, user_class) -> int:
    rule = policy.early_bird
    if rule is None or rides_free(policy, user_class, ride["mode"]):
        return 0
    if ride["mode"] not in rule["modes"] and "*" not in rule["modes"]:
        return 0
    if ride["board_time"] >= round(rule["before_min"] * 60):
        return 0
    base = base_cents(policy, user_class, ride["mode"])
    return half_up(base * Fraction(cents(rule["discount_pct"]), 10_000))


def single(policy, ride, user_class, gated=("subway",)) -> int:
    """Price one ride by itself, before discounts."""
    mode, length = ride["mode"], metres(ride)
    if rides_free(policy, user_class, mode):
        return 0
    if policy.bands is not None and pays_by_distance(policy, mode):
        return band_cents(policy, length)
    price = base_cents(policy, user_class, mode)
    if policy.bands is None and pays_by_distance(policy, mode):
        free = round(policy.free_km_by_mode.get(mode, policy.free_km) * 1000)
        step = policy.step_km
        far = None
        if mode in gated:
            if policy.alone_free_km is not None:
                free = round(policy.alone_free_km * 1000)
            if policy.alone_step_km is not None:
                step = policy.alone_step_km
            if policy.far_from_km is not None:
                far = max(free, round(policy.far_from_km * 1000))
        if far is None or length <= far:
            steps = started(length - free, step)
        else:
            steps = started(far - free, step) + started(length - far, policy.far_step_km)
        price += steps * step_cents(policy, user_class, mode)
    return price - early_off(policy, ride, user_class)


def linked(policy, rides, user_class) -> int:
    """Price several rides as one, before cap and discounts."""
    paid = [r for r in rides if not rides_free(policy, user_class, r["mode"])]
    if not paid:
        return 0
    base = max(base_cents(policy, user_class, r["mode"]) for r in paid)
    total = sum(metres(r) for r in paid)
    if policy.bands is not None:
        return max(base, band_cents(policy, total))
    free = max(round(policy.free_km_by_mode.get(r["mode"], policy.free_km) * 1000) for r in paid)
    step = max(step_cents(policy, user_class, r["mode"]) for r in paid)
    price = base + started(total - free, policy.step_km) * step
    return price - early_off(policy, paid[0], user_class)


def price(trip, policy, gated=("subway",)) -> int:
    """Price a trip in hundredths."""
    user_class = trip[0].get("user_class") or "adult"
    poor = trip[0].get("income_group") == 1
    total = 0
    for rides in fares_of(trip, policy, gated):
        separate = sum(single(policy, r, user_class, gated) for r in rides)
        due = separate if len(rides) == 1 else linked(policy, rides, user_class)
        if len(rides) > 1 and policy.cap_at_separate:
            due = min(due, separate)
        off = policy.discount_pct.get(user_class, policy.discount_pct.get("*", 0))
        keep = Fraction(10_000 - cents(off), 10_000)
        if poor:
            keep *= Fraction(10_000 - cents(policy.low_income_discount_pct), 10_000)
        total += half_up(due * keep)
        for ride in rides:
            charge = policy.no_tap_out.get(ride["mode"])
            if ride["alight_time"] is None and charge is not None:
                if rides_free(policy, user_class, ride["mode"]):
                    continue
                total += (
                    base_cents(policy, user_class, ride["mode"])
                    if charge == "base"
                    else cents(charge)
                )
    return total

"""How a price came about, step by step, in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from course.errors import UsageError
from course.transport.fare_checks import ANY, MODES
from course.transport.fare_policy import FarePolicy
from course.transport.fare_tables import fare_tables
from course.transport.fare_words import money
from course.transport.one_trip import trips_of
from course.transport.pricing import FareParts, price_parts
from course.transport.trips import arrays_of


def explain(
    legs: Iterable[Any],
    policy: FarePolicy,
    *,
    user_class: str = "adult",
    start: Any = "08:00",
    income_group: int | None = None,
) -> pd.DataFrame:
    """Show how the price of one trip comes about.

    Parameters
    ----------
    legs, policy, user_class, start, income_group
        As in `price`.

    Returns
    -------
    pandas.DataFrame
        One row per step: fare (the rides that share it, "trunk + subway"), step, words,
        amount in currency units. The amounts of all rows but the last, "to pay", add up
        to the last.

    Examples
    --------
    >>> from course.transport.tariffs import SEOUL
    >>> for words in explain([("trunk", 6), ("subway", 8)], SEOUL)["words"]:
    ...     print(words)
    subway 1,550
    total 14 km, 10 free, 1 step of 5 km: +100
    separate fares 3,050, not reached
    1,650 KRW
    """
    if not isinstance(policy, FarePolicy):
        raise UsageError(
            f"explain was given a {type(policy).__name__} in place of a fare policy.",
            "Use explain([...], fares.SEOUL).",
        )
    trips = trips_of(legs, user_class=user_class, start=start, income_group=income_group)
    parts = price_parts(trips, policy)
    a, t = arrays_of(trips), fare_tables(policy)
    rows: list[tuple[str, str, str, float]] = []
    for k in range(len(parts.price)):
        first = int(parts.units.start[k])
        rides = range(first, first + int(parts.units.n[k]))
        name = " + ".join(MODES[a.mode[i]].replace("_", " ") for i in rides)
        if k > 0:
            name += " (new fare)"
        rows += [(name, *row) for row in _fare_rows(parts, k, rides, a, t, policy)]
    due = int(parts.price.sum()) / 100
    rows.append(("all", "to pay", money(due, policy.currency), due))
    return pd.DataFrame(rows, columns=["fare", "step", "words", "amount"])


def _signed(cents: int) -> str:
    return ("+" if cents >= 0 else "−") + money(abs(cents) / 100)


def _fare_rows(
    parts: FareParts, k: int, rides: range, a: Any, t: Any, policy: FarePolicy
) -> list[tuple[str, str, float]]:
    linked = len(rides) > 1
    base = int(parts.base[k])
    cells = [(int(a.user_class[i]), int(a.mode[i])) for i in rides]
    free = [bool(t.free[c]) for c in cells]
    rows: list[tuple[str, str, float]] = []
    for i, is_free in zip(rides, free, strict=True):
        if is_free:
            rows.append(("free ride", f"{MODES[a.mode[i]]} is free for this rider", 0.0))
    by_bands = policy.bands is not None
    if not all(free) and not (by_bands and base == 0):
        top = next(c for c, f in zip(cells, free, strict=True) if not f and t.base[c] == base)
        mode = MODES[top[1]].replace("_", " ")
        rows.append(
            ("highest base" if linked else "base", f"{mode} {money(base / 100)}", base / 100)
        )
    if not all(free):
        rows += _distance_row(parts, k, rides, a, t, policy, free)
    if parts.early_off[k]:
        off = int(parts.early_off[k])
        pct = policy.early_bird["discount_pct"]
        rows.append(
            (
                "early bird",
                f"{pct:g} % of the first vehicle's base: {_signed(-off)}",
                -off / 100,
            )
        )
    if linked and policy.cap_at_separate and not all(free):
        off, alone = int(parts.cap_off[k]), int(parts.separate[k]) / 100
        reached = f"reached: {_signed(-off)}" if off else "not reached"
        rows.append(("cap", f"separate fares {money(alone)}, {reached}", -off / 100))
    if parts.discount[k]:
        off = int(parts.discount[k])
        rows.append(("discount", f"{_discount_words(policy, a, rides[0])}: {_signed(-off)}",
                     -off / 100))  # fmt: skip
    if parts.charge[k]:
        extra = int(parts.charge[k])
        rows.append(("no tap-out", f"charge at the next boarding: {_signed(extra)}", extra / 100))
    return rows


def _distance_row(
    parts: FareParts, k: int, rides: range, a: Any, t: Any, policy: FarePolicy, free: list[bool]
) -> list[tuple[str, str, float]]:
    linked = len(rides) > 1
    paid = [i for i, f in zip(rides, free, strict=True) if not f]
    if not linked and not t.by_distance[a.mode[rides[0]]]:
        return (
            [("distance", "a single ride does not pay by distance", 0.0)]
            if _has_steps(policy)
            else []
        )
    if not linked and a.no_tap_out[rides[0]]:
        return [("distance", "unknown: there is no tap-out", parts.distance[k] / 100)]
    metres = sum(int(a.metres[i]) for i in paid)
    km = f"{'total ' if linked else ''}{metres / 1000:g} km"
    amount = int(parts.distance[k])
    if policy.bands is not None:
        return [("distance band", f"{km}: {_signed(amount)}", amount / 100)]
    if not _has_steps(policy):
        return []
    gates = not linked and bool(a.gated[rides[0]])
    inside = max(int(t.free_m[a.mode[i]]) for i in paid)
    step_m = t.step_m
    if gates:
        inside = t.alone_free_m if t.alone_free_m >= 0 else inside
        step_m = t.alone_step_m
    far = max(inside, t.far_m) if gates and t.far_m >= 0 else metres
    near_steps = max(-(-(min(metres, far) - inside) // step_m), 0)
    far_steps = max(-(-(metres - far) // t.far_step_m), 0)

    def steps(n: int, length: int) -> str:
        return f"{n} step{'' if n == 1 else 's'} of {length / 1000:g} km"

    words = f"{km}, {inside / 1000:g} free, {steps(near_steps, step_m)}"
    if far_steps:
        words += f" and {steps(far_steps, t.far_step_m)}"
    return [("distance", f"{words}: {_signed(amount)}", amount / 100)]


def _has_steps(policy: FarePolicy) -> bool:
    return any(policy.step_price.values()) or any(policy.step_price_by_mode.values())


def _discount_words(policy: FarePolicy, a: Any, leg: int) -> str:
    from course.transport.fare_checks import USER_CLASSES

    user_class = USER_CLASSES[a.user_class[leg]]
    pct = policy.discount_pct.get(user_class, policy.discount_pct.get(ANY, 0))
    words = [f"{user_class} {pct:g} %"] if pct else []
    if a.low_income[leg] and policy.low_income_discount_pct:
        words.append(f"income group 1 {policy.low_income_discount_pct:g} %")
    return ", ".join(words)

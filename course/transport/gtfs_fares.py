"""Fares a second system can read: a policy as the tables of GTFS-Fares v2.

One network per mode, one product per mode and rider category, timeframes for the early
bird, and transfer rules that bring a change up to the dearer of its two modes. What the
format cannot say is listed by `gtfs_fares_gaps.gaps`, in sentences; it is left out of the
tables and never approximated in silence.

Source: GTFS Schedule reference (google/transit, gtfs/spec/en/reference.md), files
timeframes, rider_categories, fare_media, fare_products, fare_leg_rules,
fare_leg_join_rules, fare_transfer_rules, areas, stop_areas, networks, route_networks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from course.errors import CourseError, UsageError
from course.transport.fare_checks import ANY, MODES, USER_CLASSES
from course.transport.fare_policy import FarePolicy
from course.transport.fare_tables import FULL, fare_tables

if TYPE_CHECKING:
    import pandas as pd


MEDIA_ID = "card"
EARLY, LATER = "early", "later"
# No minor unit in ISO 4217; the rial has one on paper only, and validators want none.
WHOLE_CURRENCIES = ("CLP", "IRR", "ISK", "JPY", "KRW", "PYG", "UGX", "VND")


def decimals(currency: str) -> int:
    """Return the digits after the point that ISO 4217 gives a currency."""
    return 0 if currency in WHOLE_CURRENCIES else 2


def price_text(cents: int, currency: str) -> str:
    """Return an amount in hundredths as GTFS writes it, halves up."""
    if decimals(currency) == 0:
        return str((cents + 50) // 100)
    return f"{cents // 100}.{cents % 100:02d}"


def rounded(cents: int, currency: str) -> int:
    """Return an amount in hundredths as it is after writing and reading."""
    return (cents + 50) // 100 * 100 if decimals(currency) == 0 else cents


def classes_of(policy: FarePolicy) -> tuple[str, ...]:
    """Return the rider categories of a policy: adult, and all it treats by name."""
    named = {*policy.base, *policy.step_price, *policy.discount_pct, *policy.free}
    return tuple(c for c in USER_CLASSES if c == "adult" or c in named)


def class_prices(
    policy: FarePolicy, modes: Sequence[str]
) -> dict[tuple[str, str], tuple[int, int]]:
    """Return {(class, mode): (price of a ride at no distance, early-bird price)}.

    In hundredths, discounts of the class and free rides inside, rounded to what the
    currency can write.
    """
    t = fare_tables(policy)
    out = {}
    for user_class in classes_of(policy):
        c = USER_CLASSES.index(user_class)
        for mode in modes:
            m = MODES.index(mode)
            base, early = int(t.base[c, m]), int(t.early_off[c, m])
            if base < 0:
                raise CourseError(
                    f"The policy {policy.name!r} has no base fare for the mode {mode} "
                    f"({user_class}).",
                    "Add one with replace(base=...), or '*' for any mode.",
                )
            if policy.bands is not None and t.by_distance[m] and not t.free[c, m]:
                base = int(t.band_prices[0])
            keep = int(t.keep[c, 0])
            whole = FULL * FULL
            full, less = ((v * keep + whole // 2) // whole for v in (base, base - early))
            out[user_class, mode] = (
                rounded(full, policy.currency), rounded(less, policy.currency),
            )  # fmt: skip
    return out


def fares_tables(
    policy: FarePolicy,
    *,
    modes: Sequence[str],
    gated_modes: Sequence[str] = ("subway",),
    service_ids: Sequence[str] = (),
    routes: pd.DataFrame | None = None,
) -> dict[str, pd.DataFrame]:
    """Return a policy as tables of GTFS-Fares v2, by file name without ``.txt``.

    Parameters
    ----------
    policy : FarePolicy
        The tariff.
    modes : sequence of str
        Modes that become networks.
    gated_modes : sequence of str
        Modes in which a change inside the gates is one ride (fare_leg_join_rules).
    service_ids : sequence of str
        Services for which an early-bird timeframe holds; needed where there is one.
    routes : pandas.DataFrame, optional
        route_id and mode; gives route_networks.

    Returns
    -------
    dict of str to pandas.DataFrame
        Text throughout; a table without rows is left out.
    """
    if not policy.currency:
        raise UsageError("The policy has no currency.", "Give an ISO code of three letters.")
    modes = [m for m in MODES if m in modes]
    if not modes:
        raise UsageError("No mode is named.", "Give the modes that become networks.")
    prices = class_prices(policy, modes)
    has_early = policy.early_bird is not None and any(a != b for a, b in prices.values())
    if has_early and not service_ids:
        raise UsageError("An early bird needs services.", "Give service_ids.")
    rows: dict[str, list[dict[str, Any]]] = {
        "fare_media": [
            {"fare_media_id": MEDIA_ID, "fare_media_name": "Transit card", "fare_media_type": "2"}
        ],
        "rider_categories": [
            {"rider_category_id": c, "rider_category_name": c.capitalize(),
             "is_default_fare_category": "1" if c == "adult" else "0"}
            for c in classes_of(policy)
        ],
        "networks": [{"network_id": m, "network_name": m.replace("_", " ")} for m in modes],
        "timeframes": _timeframes(policy, service_ids) if has_early else [],
        "fare_products": [],
        "fare_leg_rules": [],
        "fare_leg_join_rules": [
            {"from_network_id": m, "to_network_id": m} for m in modes if m in gated_modes
        ],
        "fare_transfer_rules": [],
    }  # fmt: skip
    if routes is not None:
        known = routes[routes["mode"].isin(modes)]
        rows["route_networks"] = [
            {"network_id": m, "route_id": r}
            for r, m in zip(known["route_id"].astype(str), known["mode"], strict=True)
        ]

    def product(name: str, label: str, amounts: dict[str, int]) -> str:
        for user_class, cents in amounts.items():
            rows["fare_products"].append(
                {"fare_product_id": name, "fare_product_name": label,
                 "rider_category_id": user_class, "fare_media_id": MEDIA_ID,
                 "amount": price_text(cents, policy.currency), "currency": policy.currency}
            )  # fmt: skip
        return name

    classes = classes_of(policy)
    for mode in modes:
        label = f"{mode.replace('_', ' ')}, one ride"
        single = product(f"{mode}_ride", label, {c: prices[c, mode][0] for c in classes})
        rule = {"leg_group_id": mode, "network_id": mode, "from_timeframe_group_id": "",
                "fare_product_id": single}  # fmt: skip
        if has_early and any(prices[c, mode][0] != prices[c, mode][1] for c in classes):
            early = product(f"{mode}_early", f"{label}, early",
                            {c: prices[c, mode][1] for c in classes})  # fmt: skip
            rows["fare_leg_rules"] += [
                rule | {"from_timeframe_group_id": EARLY, "fare_product_id": early},
                rule | {"from_timeframe_group_id": LATER},
            ]
        else:
            rows["fare_leg_rules"].append(rule)
    _transfer_rules(policy, modes, gated_modes, prices, product, rows)
    return frames(rows)


def _timeframes(policy: FarePolicy, service_ids: Sequence[str]) -> list[dict[str, str]]:
    from course.transport.fare_words import clock

    minute = policy.early_bird["before_min"]
    seconds = round(minute * 60)
    edge = f"{clock(seconds // 60)}:{seconds % 60:02d}"
    return [
        {"timeframe_group_id": group, "start_time": start, "end_time": end, "service_id": str(s)}
        for group, start, end in ((EARLY, "00:00:00", edge), (LATER, edge, "24:00:00"))
        for s in service_ids
        if start != end
    ]


def links(policy: FarePolicy, modes: Sequence[str], gated: Sequence[str]) -> list[tuple[str, str]]:
    """Return the pairs of modes between which a change is one fare."""
    if not policy.integrated or policy.max_transfers == 0 or policy.window_min == 0:
        return []
    alone = MODES if ANY in policy.no_transfer_modes else policy.no_transfer_modes
    free = [m for m in modes if m not in alone]
    return [
        (a, b) for a in free for b in free
        if a != b or a not in gated or policy.same_route_transfer
    ]  # fmt: skip


def _transfer_rules(policy, modes, gated, prices, product, rows) -> None:
    classes = classes_of(policy)
    for a, b in links(policy, modes, gated):
        more = {c: max(prices[c, b][0] - prices[c, a][0], 0) for c in classes}
        name = ""
        if any(more.values()):
            name = product(f"change_{a}_{b}", f"change from {a} to {b}", more)
        rows["fare_transfer_rules"].append(
            {
                "from_leg_group_id": a, "to_leg_group_id": b,
                "transfer_count": str(policy.max_transfers) if a == b else "",
                "duration_limit": str(round(policy.window_min * 60)),
                "duration_limit_type": "2" if policy.window_from == "alight" else "1",
                "fare_transfer_type": "0", "fare_product_id": name,
            }
        )  # fmt: skip


def frames(rows: dict[str, list[dict[str, Any]]]) -> dict[str, pd.DataFrame]:
    """Return rows as tables of text, empty tables and empty columns left out."""
    import pandas as pd

    out = {}
    for name, lines in rows.items():
        if lines:
            frame = pd.DataFrame(lines).astype("str")
            used = [c for c in frame.columns if (frame[c] != "").any()]
            out[name] = frame[used]
    return out

"""What GTFS-Fares v2 cannot say about a policy, in sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from course.transport.fare_checks import MODES
from course.transport.fare_policy import FarePolicy
from course.transport.fare_tables import fare_tables
from course.transport.gtfs_fares import class_prices, decimals, links

ALWAYS = (
    "Passes with a limit by money, daily caps and weekly caps have no place in the format; a "
    "pass can be named as a product without saying whom it suits.",
)


def gaps(
    policy: FarePolicy, *, modes: Sequence[str] | None = None,
    gated_modes: Sequence[str] = ("subway",),
) -> list[str]:  # fmt: skip
    """Return what is lost when a policy is written as GTFS-Fares v2.

    Parameters
    ----------
    policy : FarePolicy
        The tariff.
    modes : sequence of str, optional
        Modes that are written; default every mode with a base fare for adults.
    gated_modes : sequence of str
        As `gtfs_fares.fares_tables`.

    Returns
    -------
    list of str
        One sentence per rule that is left out; empty where the feed says all of it, and a
        reader of the feed then prices every journey as the policy does.

    Examples
    --------
    >>> gaps(FarePolicy.flat(base=20000, currency="IRR"))
    []
    """
    t = fare_tables(policy)
    if modes is None:
        modes = [m for i, m in enumerate(MODES) if t.base[0, i] >= 0]
    codes = [MODES.index(m) for m in MODES if m in modes]
    modes = [MODES[c] for c in codes]
    joined = links(policy, modes, gated_modes)
    unwritten = [
        m for i, m in enumerate(MODES) if m in policy.base.get("adult", {}) and i not in codes
    ]
    out = []
    if unwritten:
        out.append(f"Modes without routes in the feed: {', '.join(unwritten)}.")
    if policy.bands is not None:
        out.append(
            "Distance bands: a price by kilometres has no field; the first band is written. One "
            "price for each pair of stops, as areas, would say the same in many rows."
        )
    elif (t.by_distance[codes].any() or joined) and t.step[:, codes].any():
        out.append(
            "Distance steps: a price by kilometres has no field; only the base fare is written. "
            "One price for each pair of stops, as areas, would say the same in many rows."
        )
    if policy.integrated and policy.window_min == 0 and policy.max_transfers:
        out.append("A change without any time between has no duration; no change is written.")
    night = policy.night_window_min
    if joined and night is not None and night != policy.window_min:
        out.append(f"The longer window by night ({night:g} min): a transfer has one duration.")
    if joined:
        out += _transfer_gaps(policy, modes, gated_modes)
    if policy.low_income_discount_pct:
        out.append(
            "The low-income discount: rider categories are for everyone to choose, and the "
            "course has no such class of riders."
        )
    if t.charge[:, codes].any():
        out.append("The charge for a missing tap-out.")
    if policy.early_bird is not None and (t.early_off[:, codes] > 0).any():
        if joined:
            out.append(
                "The early bird of a linked fare: a discount on the first vehicle is written as "
                "its price, and what a change adds is counted from the full one."
            )
        out.append(
            "The early bird of the service day: a timeframe is of the calendar day, so a ride "
            "after midnight counts as early."
        )
    if decimals(policy.currency or "XXX") == 0 and _loses_hundredths(policy, modes):
        out.append(f"Hundredths: {policy.currency} is written in whole units, halves up.")
    return out


def city_gaps(policy: FarePolicy, city: Any) -> list[str]:
    """Return what `gtfs_feed.write_fares` leaves out of a policy for a city."""
    gates = tuple(city.properties.get("gated_modes") or ("subway",))
    modes = [m for m in MODES if m in set(city.routes["mode"])]
    return gaps(policy, modes=modes, gated_modes=gates)


def _transfer_gaps(policy: FarePolicy, modes: Sequence[str], gated: Sequence[str]) -> list[str]:
    out = [
        f"At most {policy.max_transfers} changes: the number counts between rides of one mode "
        "only, changes between modes have no limit."
    ]
    if not policy.same_route_transfer:
        out.append("The same route again is no change: routes of one network are not told apart.")
    out.append(
        "The dearest mode of three or more: each change adds what its second mode costs more "
        "than its first, so going down and up again pays the rise twice."
    )
    if policy.window_from == "first":
        out.append("The time from the first tap-in of the trip: it is written for each change.")
    if policy.window_from == "alight":
        out.append("A ride without a tap-out loses the change: the format knows no missing taps.")
    if policy.cap_at_separate and policy.bands is None and any(policy.step_price.values()):
        out.append("The cap at the separate fares.")
    return out


def _loses_hundredths(policy: FarePolicy, modes: Sequence[str]) -> bool:
    from course.transport.fare_tables import FULL

    t = fare_tables(policy)
    written = class_prices(policy, modes)
    from course.transport.fare_checks import USER_CLASSES

    for (user_class, mode), (full, early) in written.items():
        c, m = USER_CLASSES.index(user_class), MODES.index(mode)
        base = int(t.base[c, m])
        if policy.bands is not None and t.by_distance[m] and not t.free[c, m]:
            base = int(t.band_prices[0])
        keep, whole = int(t.keep[c, 0]), FULL * FULL
        exact = [(v * keep + whole // 2) // whole for v in (base, base - int(t.early_off[c, m]))]
        if exact != [full, early]:
            return True
    return False

"""The base fare at which some money is met: a search over whole hundredths."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from course.errors import CourseError
from course.transport.fare_checks import LARGEST_AMOUNT

if TYPE_CHECKING:
    from course.transport.fare_policy import FarePolicy
    from course.transport.journeys import Journeys

_DEAREST = 10**8  # hundredths: no base fare is a million


def dearest_base(policy: FarePolicy) -> int:
    """Return the highest base (hundredths) at which no fare of a policy passes its limit.

    All bases (or bands) rise with the reference base, so the dearest of them decides.
    """
    amounts = [v for modes in policy.base.values() for v in modes.values()]
    amounts += [price for _, price in policy.bands or ()]
    top, reference = max(amounts, default=0), policy.reference_base
    if not top or not reference:
        return _DEAREST
    return min(_DEAREST, int(LARGEST_AMOUNT / top * reference) * 100)


def nearest_base(
    gap: Callable[[int], int],
    start: int,
    *,
    name: str = "this policy",
    dearest: int = _DEAREST,
) -> int:
    """Return the base (hundredths) whose revenue is nearest to what is wanted.

    Parameters
    ----------
    gap : callable
        Revenue above the target at a base, both in hundredths; never falls with the base.
    start : int
        A base to begin with.
    name : str
        Of the policy, for the sentence.
    dearest : int
        No base above it is tried; see :func:`dearest_base`.

    Notes
    -----
    A bracket with linear interpolation; some five evaluations as a rule, and at most every
    second step of the search fails to halve the bracket.
    """
    low, high = 0, min(max(start, 100), dearest)
    gap_low, gap_high = gap(low), gap(high)
    while gap_high < 0 and high < dearest:
        low, gap_low = high, gap_high
        high = min(high * 8, dearest)
        gap_high = gap(high)
    if gap_high < 0:
        raise CourseError(
            f"No base fare of {name!r} brings today's revenue.",
            "Check discounts and free rides: somebody has to pay the base.",
        )
    halve = False
    while high - low > 1 and gap_low < 0 < gap_high:
        width = high - low
        share = 0.5 if halve else -gap_low / (gap_high - gap_low)
        guess = min(max(low + int(width * share), low + 1), high - 1)
        value = gap(guess)
        if value <= 0:
            low, gap_low = guess, value
        else:
            high, gap_high = guess, value
        halve = not halve and (high - low) * 2 > width
    return low if abs(gap_low) <= gap_high else high


def base_for_revenue(journeys: Journeys, policy: FarePolicy) -> float:
    """Return the base fare of a policy that keeps today's revenue; nobody reacts.

    Parameters
    ----------
    journeys : Journeys
        From `fares.journeys`; its tariff of today gives the revenue to keep.
    policy : FarePolicy
        Everything but its base stays; several bases (or bands) move in proportion.

    Returns
    -------
    float
        New `reference_base`, to the hundredth; 0 if the steps alone bring more than today.

    Raises
    ------
    CourseError
        If no base brings as much as today, or the policy cannot be priced.
    """
    from course.transport.journeys import checked_policy

    checked_policy(journeys, policy)

    def gap(base: int) -> int:
        whole = journeys.reprice(policy.with_base(base / 100), by=()).groups["income"].whole
        return int(whole[:, 2].sum() - whole[:, 1].sum())

    found = nearest_base(
        gap,
        round(policy.reference_base * 100),
        name=policy.name,
        dearest=dearest_base(policy),
    )
    return found / 100

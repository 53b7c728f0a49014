"""Question 11: the cheapest reform that leaves no income group worse off.

Searched over a declared grid of base fares and low-income discounts. Every price falls or
stays when the base falls or the discount grows, so for each discount the dearest base that
harms no group is found by halving, and the best of them is the answer of trying all.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from course.errors import CourseError, UsageError
from course.transport.fare_answer import Answer, compare
from course.transport.fare_checks import amount, percent
from course.transport.fare_policy import FarePolicy
from course.transport.fare_words import money
from course.transport.ridership import SHORT_RUN, Reaction

if TYPE_CHECKING:
    from course.transport.journeys import Journeys

MOST_CHOICES = 100_000


def grid_of(policy: FarePolicy, *, steps: int = 40) -> tuple[list[float], list[float]]:
    """Return base fares from half to one and a half of a policy's, and discounts 0 to 50 %."""
    base = policy.reference_base
    size = base / steps
    digits = 0 if base >= 100 else 2
    bases = sorted({round(base / 2 + k * size, digits) for k in range(steps + 1)})
    return bases, [float(d) for d in range(0, 51, 5)]


def harms(journeys: Journeys, policy: FarePolicy) -> tuple[np.ndarray, int]:
    """Return which income groups pay more on average, and the subsidy, in hundredths.

    Means are compared as sums of whole hundredths over the same journeys, so nothing is
    rounded. Journeys of no known group count for the money and for no group.
    """
    whole = journeys.reprice(policy, by=()).groups["income"].whole
    return whole[1:, 2] > whole[1:, 1], int(whole[:, 1].sum() - whole[:, 2].sum())


def nobody_worse(
    journeys: Journeys,
    policy: FarePolicy,
    *,
    bases: Sequence[float] | None = None,
    discounts_pct: Sequence[float] | None = None,
    reaction: Reaction | str = SHORT_RUN,
) -> Answer:
    """Find the cheapest setting of a reform in which no income group pays more on average.

    Parameters
    ----------
    journeys : Journeys
        From `fares.journeys`.
    policy : FarePolicy
        The reform; all but its base and its low-income discount stays.
    bases : sequence of number, optional
        Reference bases to try; default `grid_of`.
    discounts_pct : sequence of number, optional
        Low-income discounts (income group 1) to try.
    reaction : Reaction or "short" or "long"
        For the answer; the search itself lets nobody react.

    Returns
    -------
    Answer
        ``answer.policy`` is the cheapest setting; the table has one row per discount:
        discount_pct, base (the dearest that harms no group; NaN if none), subsidy,
        subsidy_per_trip.

    Raises
    ------
    CourseError
        If every setting of the grid harms a group.

    Notes
    -----
    Least subsidy; of equal ones the smaller discount, then the smaller base. Within a
    group some pay more and others less: the rule is about means.
    """
    import pandas as pd

    usual = grid_of(policy)
    found_bases = sorted(
        {float(amount(b, "bases")) for b in (usual[0] if bases is None else bases)}
    )
    pcts = sorted({float(percent(d, "discounts_pct"))
                   for d in (usual[1] if discounts_pct is None else discounts_pct)})  # fmt: skip
    if not found_bases or not pcts or len(found_bases) * len(pcts) > MOST_CHOICES:
        raise UsageError(
            f"The grid has {len(found_bases)} bases and {len(pcts)} discounts.",
            f"Give at least one of each and {MOST_CHOICES:,} pairs at most.",
        )

    def setting(base: float, pct: float) -> FarePolicy:
        return policy.with_base(base).replace(low_income_discount_pct=pct)

    rows = []
    for pct in pcts:
        low, high = -1, len(found_bases)  # low harms nobody, high harms somebody
        while high - low > 1:
            middle = (low + high) // 2
            harmed, _ = harms(journeys, setting(found_bases[middle], pct))
            low, high = (low, middle) if harmed.any() else (middle, high)
        if low < 0:
            rows.append((pct, np.nan, np.nan))
            continue
        # a base that changes nothing (all ride free) costs the same: the smaller is taken
        _, best = harms(journeys, setting(found_bases[low], pct))
        first, last = -1, low
        while last - first > 1:
            middle = (first + last) // 2
            _, cost = harms(journeys, setting(found_bases[middle], pct))
            first, last = (first, middle) if cost == best else (middle, last)
        rows.append((pct, found_bases[last], best / 100))
    table = pd.DataFrame(rows, columns=["discount_pct", "base", "subsidy"])
    table["subsidy_per_trip"] = table["subsidy"] / (journeys.count or 1)
    if table["base"].isna().all():
        raise CourseError(
            "Every setting of this grid lets an income group pay more on average.",
            "Allow lower bases, larger discounts, or cheaper steps.",
        )
    best_row = table.loc[table["subsidy"].idxmin()]
    chosen = setting(float(best_row["base"]), float(best_row["discount_pct"])).replace(
        name=f"{policy.name}, no income group worse off"
    )
    answer, _ = compare(
        journeys, chosen, question="nobody", title="No income group pays more on average",
        by=("income", "distance_band"), reaction=reaction,
    )  # fmt: skip
    unit = journeys.today.currency
    cost = float(best_row["subsidy_per_trip"])
    size = money(round(abs(cost)) if abs(cost) >= 5 else round(abs(cost), 2), unit)
    word = "costs" if cost >= 0 else "still brings"
    sentence = (
        f"A base of {money(float(best_row['base']), unit)} with {best_row['discount_pct']:g} % off "
        f"for income group 1 {word} {size} per journey beside today, and no income group pays "
        "more on average."
    )
    return answer.changed(
        table=table,
        sentence=sentence,
        notes=(
            f"Tried: {len(found_bases)} bases from {found_bases[0]:g} to {found_bases[-1]:g} and "
            f"{len(pcts)} discounts up to {pcts[-1]:g} %. Means hide people: inside each group "
            "some pay more.",
            *answer.notes,
        ),
        extra={"base": float(best_row["base"]), "discount_pct": float(best_row["discount_pct"]),
               "subsidy": float(best_row["subsidy"])},
    )  # fmt: skip

"""Question 12: what each journey costs the public purse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from course.transport.fare_answer import Answer, compare
from course.transport.fare_checks import amount
from course.transport.fare_policy import FarePolicy
from course.transport.fare_words import money
from course.transport.ridership import SHORT_RUN, Reaction

if TYPE_CHECKING:
    from course.transport.journeys import Journeys

# facts 1.5 and 1.8; a subsidy is what is left after the fare, a unit cost includes it
SEOUL_SUBSIDY_2022 = (672, "KRW per bus trip, 2022, Yonhap TV (reprint) [S]")
MASHHAD_UNIT_COST = (125_000, "IRR per trip, 120,000 to 130,000, pana.ir [S]; middle [C]")


def cost_of_a_trip(journeys: Journeys) -> tuple[float, str]:
    """Return a cost per journey to begin with, and where it comes from.

    Mashhad: the council's unit cost. Seoul: today's mean fare of these journeys plus the
    published subsidy per bus trip, taken for all modes. Elsewhere twice the mean fare, an
    assumption without a source.
    """
    result = journeys.reprice(journeys.today, by=())
    mean = result.revenue_today / result.trips if result.trips else 0.0
    if journeys.today.currency == "IRR":
        return float(MASHHAD_UNIT_COST[0]), MASHHAD_UNIT_COST[1]
    if journeys.today.currency == "KRW":
        return (
            float(round(mean + SEOUL_SUBSIDY_2022[0])),
            f"mean fare of these journeys and {SEOUL_SUBSIDY_2022[0]} {SEOUL_SUBSIDY_2022[1]}, "
            "taken for all modes [C]",
        )
    return round(2 * mean, 2), "twice the mean fare: an assumption without a source"


def subsidy(
    journeys: Journeys,
    policy: FarePolicy,
    *,
    cost_per_trip: float | None = None,
    cost_follows_trips: bool = False,
    reaction: Reaction | str = SHORT_RUN,
) -> Answer:
    """Say how much of a journey's cost the fare covers, and what is left to pay.

    Parameters
    ----------
    journeys : Journeys
        From `fares.journeys`.
    policy : FarePolicy
        The tariff.
    cost_per_trip : number, optional
        Cost of a journey today, currency units; default `cost_of_a_trip`.
    cost_follows_trips : bool
        False: the service and its cost stay as today, whoever rides. True: each journey
        more or less changes the cost by `cost_per_trip`.
    reaction : Reaction or "short" or "long"
        How riders answer.

    Returns
    -------
    Answer
        Table: case ("today", "nobody reacts", "weak", "middle", "strong" reaction),
        journeys, revenue, cost, subsidy (all of the day), subsidy_per_trip, covered_pct.
    """
    import pandas as pd

    from course.transport.ridership import reaction_of

    told = "chosen by you"
    if cost_per_trip is None:
        cost_per_trip, told = cost_of_a_trip(journeys)
    unit_cost = amount(cost_per_trip, "cost_per_trip")
    reaction = reaction_of(reaction)
    answer, result = compare(
        journeys, policy, question="subsidy", title="What a journey costs the public purse",
        reaction=reaction,
    )  # fmt: skip
    n = result.trips
    whole = unit_cost * n
    cases = [("today", float(n), result.revenue_today), ("nobody reacts", float(n), result.revenue)]
    for name, e in zip(("weak", "middle", "strong"), reaction.values, strict=True):
        r = journeys.reprice(policy, elasticity=e, by=())
        cases.append((f"{name} reaction", r.expected_trips, r.expected_revenue))
    rows = []
    for case, trips, revenue in cases:
        cost = unit_cost * trips if cost_follows_trips else whole
        per_trip = (cost - revenue) / trips if trips else float("nan")
        covered = 100 * revenue / cost if cost else float("nan")
        rows.append((case, trips, revenue, cost, cost - revenue, per_trip, covered))
    table = pd.DataFrame(rows, columns=["case", "journeys", "revenue", "cost", "subsidy",
                                        "subsidy_per_trip", "covered_pct"])  # fmt: skip
    unit = journeys.today.currency
    now, middle = table.iloc[0], table.iloc[3]
    ends = sorted(table["subsidy_per_trip"].iloc[2:])

    def said(value: float) -> str:
        return money(round(value) if abs(value) >= 50 else round(value, 2), unit)

    sentence = (
        f"A journey that costs {said(unit_cost)} is subsidised with {said(now.subsidy_per_trip)} "
        f"today and with {said(middle.subsidy_per_trip)} under the policy "
        f"({said(ends[0])} to {said(ends[-1])}); fares cover {now.covered_pct:.0f} % today and "
        f"{middle.covered_pct:.0f} % then."
    )
    kept = "changes with the journeys" if cost_follows_trips else "stays as today"
    return answer.changed(
        table=table,
        sentence=sentence if n else answer.sentence,
        figures=(
            ("Subsidy per journey", float(middle.subsidy_per_trip), unit,
             f"{said(ends[0])} to {said(ends[-1])}; today {said(now.subsidy_per_trip)}"),
            ("Covered by fares", float(middle.covered_pct), "%",
             f"today {now.covered_pct:.0f} %"),
            answer.figures[1],
        ),
        notes=(f"Cost per journey: {told}. The cost of the service {kept}.", *answer.notes),
    )  # fmt: skip

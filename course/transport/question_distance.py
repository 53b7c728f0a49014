"""Questions 2 and 10: from flat to distance, with the base that keeps today's revenue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from course.transport.base_search import base_for_revenue
from course.transport.fare_answer import Answer, compare, led_in
from course.transport.fare_checks import ANY, amount, number
from course.transport.fare_policy import FarePolicy
from course.transport.fare_readings import distance_option
from course.transport.fare_words import money
from course.transport.ridership import SHORT_RUN, Reaction

if TYPE_CHECKING:
    from course.transport.journeys import Journeys


def distance_policy(
    today: FarePolicy, *, step_price: float, free_km: float = 10, step_km: float = 5,
    base: float | None = None,
) -> FarePolicy:  # fmt: skip
    """Return one base for all modes and steps by distance, with today's concessions.

    Parameters
    ----------
    today : FarePolicy
        Gives base, classes, discounts and free rides; see `fares.distance_option`.
    step_price : number
        What an adult pays for each started step; other classes in proportion to their base.
        0 is a flat fare with free changes.
    free_km, step_km : number
        Distance inside the base, length of a step.
    base : number, optional
        Base of an adult; default today's.
    """
    step_price = amount(step_price, "step_price")
    option = distance_option(today)
    shares = {c: modes[ANY] for c, modes in option.base.items()}
    adult = shares.get("adult", shares.get(ANY, 0))
    steps = {c: round(step_price * (own / adult), 2) if adult else step_price
             for c, own in shares.items()}  # fmt: skip
    kind = "flat fare" if not step_price else "fare by distance"
    policy = option.replace(
        name=f"{kind}, changes free", step_price=steps, free_km=free_km, step_km=step_km
    )
    return policy if base is None else policy.with_base(base).replace(name=policy.name)


def to_distance(
    journeys: Journeys,
    *,
    step_price: float,
    free_km: float = 10,
    step_km: float = 5,
    base: float | None = None,
    reaction: Reaction | str = SHORT_RUN,
) -> Answer:
    """Say who pays more the more distance counts.

    Parameters
    ----------
    journeys : Journeys
        From `fares.journeys`.
    step_price, free_km, step_km
        As `distance_policy`; a step price of 0 is a flat fare.
    base : number, optional
        Base of an adult; default the one that keeps today's revenue while nobody reacts.
    reaction : Reaction or "short" or "long"
        How riders answer.

    Returns
    -------
    Answer
        By distance band and income group.
    """
    number(free_km, "free_km", high=1000, unit="km")
    number(step_km, "step_km", low=0.1, high=1000, unit="km")
    policy = distance_policy(
        journeys.today, step_price=step_price, free_km=free_km, step_km=step_km, base=base
    )
    if base is None:
        found = base_for_revenue(journeys, policy)
        policy = policy.with_base(found).replace(name=policy.name)
    unit = journeys.today.currency
    how = "that keeps today's revenue" if base is None else "you chose"
    answer, result = compare(
        journeys, policy, question="distance", reaction=reaction,
        title=_title(journeys, policy),
        notes=("Concessions stay in proportion: each class keeps its share of the adult fare.",),
    )  # fmt: skip
    start = (
        f"With {money(step_price, unit)} for each started {step_km:g} km after {free_km:g} km and "
        f"the base {how}, {money(policy.reference_base, unit)}: "
    )
    return answer.changed(
        sentence=led_in(start, answer, result), extra={"base": policy.reference_base}
    )


def _title(journeys: Journeys, policy: FarePolicy) -> str:
    if not any(policy.step_price.values()):
        return "One flat fare, whatever the distance"
    return "A base and a price for distance"


def keep_revenue(
    journeys: Journeys, policy: FarePolicy, *, reaction: Reaction | str = SHORT_RUN
) -> Answer:
    """Find the base that keeps today's revenue, and say who then pays more.

    Parameters
    ----------
    journeys : Journeys
        From `fares.journeys`.
    policy : FarePolicy
        Everything but its base stays.
    reaction : Reaction or "short" or "long"
        How riders answer; the base itself is found while nobody reacts.

    Returns
    -------
    Answer
        ``answer.policy`` is the neutral policy, ``answer.extra["base"]`` its base.
    """
    base = base_for_revenue(journeys, policy)
    neutral = policy.with_base(base).replace(name=f"{policy.name}, revenue as today")
    unit = journeys.today.currency
    answer, result = compare(
        journeys, neutral, question="neutral", title="The base that keeps today's revenue",
        reaction=reaction,
    )  # fmt: skip
    left = round(result.revenue - result.revenue_today, 2)
    exact = "to the hundredth" if left == 0 else f"to {money(abs(left), unit)}"
    return answer.changed(
        sentence=led_in(
            f"A base of {money(base, unit)} keeps today's revenue {exact} while nobody reacts; ",
            answer, result,
        ),
        extra={"base": base},
    )  # fmt: skip

"""Question 7: discounts for young, old and poor riders, and who pays for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from course.errors import UsageError
from course.transport.fare_answer import Answer, compare, led_in
from course.transport.fare_checks import USER_CLASSES, known, percent
from course.transport.fare_policy import FarePolicy
from course.transport.fare_tables import base_of, is_free
from course.transport.fare_words import money
from course.transport.ridership import SHORT_RUN, Reaction

if TYPE_CHECKING:
    from course.transport.journeys import Journeys


def concession_policy(
    today: FarePolicy, discounts: Mapping[str, float], *, low_income_pct: float = 0
) -> FarePolicy:
    """Return today's adult fares with one discount per user class.

    Parameters
    ----------
    today : FarePolicy
        Its adult amounts, distances and transfers stay.
    discounts : mapping of user class to percent
        Off the adult fare; 100 is free. It replaces the class's own fares, discounts and
        free rides of today. Classes that are not named stay as they are.
    low_income_pct : number
        Off the fare of income group 1, on top.
    """
    for name in discounts:
        known(name, USER_CLASSES, "user class", "discounts")
    if "adult" in discounts:
        raise UsageError("Discounts are off the adult fare.", "Leave adult out.")
    checked = {c: percent(v, f"discounts[{c!r}]") for c, v in discounts.items()}
    kept = {c: dict(m) for c, m in today.base.items() if c not in checked}
    steps = {c: v for c, v in today.step_price.items() if c not in checked}
    free = {c: tuple(m) for c, m in today.free.items() if c not in checked}
    return today.replace(
        name=f"{today.name}, other discounts",
        base=kept,
        step_price=steps,
        free=free,
        discount_pct={**today.discount_pct, **checked},
        low_income_discount_pct=percent(low_income_pct, "low_income_pct"),
    )


def today_discount_pct(today: FarePolicy, user_class: str) -> float:
    """Return what a class has off the adult fare today, in percent, on the reference mode."""
    from course.transport.fare_readings import _reference_mode

    mode = _reference_mode(today)
    if is_free(today, user_class, mode):
        return 100.0
    own, adult = base_of(today, user_class, mode), base_of(today, "adult", mode)
    share = 1.0 if not adult or own is None else own / adult
    off = today.discount_pct.get(user_class, today.discount_pct.get("*", 0))
    return round(100 * (1 - share * (1 - off / 100)), 1)


def concessions(
    journeys: Journeys,
    discounts: Mapping[str, float],
    *,
    low_income_pct: float = 0,
    reaction: Reaction | str = SHORT_RUN,
) -> Answer:
    """Say what discounts for groups cost and who gains.

    Parameters
    ----------
    journeys : Journeys
        From `fares.journeys`.
    discounts, low_income_pct
        As `concession_policy`.
    reaction : Reaction or "short" or "long"
        How riders answer.

    Returns
    -------
    Answer
        By user class and income group; the sentence names the money per journey that has
        to come from elsewhere.
    """
    policy = concession_policy(journeys.today, discounts, low_income_pct=low_income_pct)
    answer, result = compare(
        journeys, policy, question="groups", by=("user_class", "income"), reaction=reaction,
        title="A discount is paid by somebody else",
    )  # fmt: skip
    lost = (result.revenue_today - result.revenue) / (result.trips or 1)
    unit = journeys.today.currency
    size = money(round(abs(lost)) if abs(lost) >= 5 else round(abs(lost), 2), unit)
    word = "cost" if lost >= 0 else "bring"
    start = f"Beside today, these discounts {word} {size} per journey made in the city; "
    return answer.changed(
        sentence=led_in(start, answer, result),
        notes=(
            "Income groups are those of the zone a card starts from, not of the person: a "
            "low-income discount needs proof of income that taps do not hold.",
            *answer.notes,
        ),
    )

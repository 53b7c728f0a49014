"""Question 1: today's journeys under the tariffs of other years.

The journeys are today's: nobody of 2004 is in them. A past tariff may not know a mode that
is ridden today, or the fares of young riders; what stands in for them is listed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from course.errors import UsageError
from course.transport.fare_answer import Answer, change_words, compare
from course.transport.fare_checks import ANY, MODES, USER_CLASSES
from course.transport.fare_policy import FarePolicy
from course.transport.fare_tables import base_of
from course.transport.fare_words import money
from course.transport.ridership import SHORT_RUN, Reaction

if TYPE_CHECKING:
    from course.transport.journeys import Journeys

REFORM_CAVEAT = (
    "The reform of 2004 changed routes, lanes, contracts and fares together, and these are "
    "today's synthetic journeys: the direction can be compared, the size cannot."
)
PUBLISHED_2004 = (673, 622, "UN Public Service Awards, nomination 564")
_LIKE = ("trunk", "bus", "branch", "subway", "jeepney")


def completed(
    policy: FarePolicy, today: FarePolicy, used: np.ndarray
) -> tuple[FarePolicy, tuple[str, ...]]:
    """Return a past tariff that can price today's rides, and what stands in for what.

    Parameters
    ----------
    policy, today : FarePolicy
        The past tariff and today's.
    used : numpy.ndarray
        Which classes use which modes, ``journeys.used``.

    Returns
    -------
    FarePolicy, tuple of str
        A class the past tariff does not name pays the share of the adult fare that it
        pays today; a mode it does not name costs as a trunk bus (or bus) did. Each of
        both is said in words.
    """
    base: dict[str, dict[str, float]] = {c: dict(m) for c, m in policy.base.items()}
    said = []
    if policy.bands is None:
        like = next((m for m in _LIKE if base_of(policy, "adult", m) is not None), None)
        for code in np.flatnonzero(used.any(axis=0)):
            mode = MODES[code]
            if like is None or base_of(policy, "adult", mode) is not None:
                continue
            table = base.setdefault("adult" if "adult" in base else ANY, {})
            table[mode] = base_of(policy, "adult", like)
            said.append(f"{mode} as {like}")
    steps = dict(policy.step_price)
    for code in np.flatnonzero(used.any(axis=1)):
        user_class = USER_CLASSES[code]
        if user_class in base or user_class not in today.base or policy.bands is not None:
            continue
        adult = base.get("adult") or base.get(ANY, {})
        own = {}
        for mode, fare in adult.items():
            now, grown = base_of(today, user_class, mode), base_of(today, "adult", mode)
            if now is not None and grown:
                own[mode] = _tens(fare * now / grown)
        if own:
            base[user_class] = own
            grown_step = today.step_price.get("adult", 0)
            if user_class in today.step_price and grown_step and steps.get("adult"):
                share = today.step_price[user_class] / grown_step
                steps.setdefault(user_class, _tens(steps["adult"] * share))
            said.append(f"{user_class} at today's share of the adult fare")
    if not said:
        return policy, ()
    return policy.replace(base=base, step_price=steps, name=policy.name), tuple(said)


def _tens(amount: float) -> float:
    return round(amount, -1) if amount >= 100 else round(amount, 2)


def by_year(
    journeys: Journeys,
    history: Mapping[int, FarePolicy],
    *,
    year: int | None = None,
    reaction: Reaction | str = SHORT_RUN,
) -> Answer:
    """Price today's journeys under the tariffs of other years.

    Parameters
    ----------
    journeys : Journeys
        From `fares.journeys`.
    history : mapping of int to FarePolicy
        Such as `fares.SEOUL_HISTORY`.
    year : int, optional
        The year shown on the map; default the first.
    reaction : Reaction or "short" or "long"
        How riders answer.

    Returns
    -------
    Answer
        Its table has one row per year: year, mean_fare, revenue, revenue_pct (of today's,
        nobody reacts), pays_more_pct, stand_ins. Money of each year: prices rose, and no
        price index is applied.

    Examples
    --------
    >>> from course.transport import fares
    >>> one = fares.journeys(fares.trips_of([("subway", 14)]), today=fares.SEOUL)
    >>> by_year(one, {2023: fares.SEOUL_HISTORY[2023]}).table["mean_fare"].tolist()
    [1500.0]
    """
    import pandas as pd

    if not history:
        raise UsageError("The history is empty.", "Give {year: policy}, as fares.SEOUL_HISTORY.")
    year = min(history) if year is None else year
    if year not in history:
        years = ", ".join(str(y) for y in sorted(history))
        raise UsageError(f"The history has no tariff of {year}.", f"Use one of: {years}.")
    rows, filled = [], {}
    for y in sorted(history):
        filled[y], said = completed(history[y], journeys.today, journeys.used)
        result = journeys.reprice(filled[y], by=())
        n = result.trips or 1
        pct = 100 * (result.revenue / result.revenue_today - 1) if result.revenue_today else np.nan
        rows.append((y, result.revenue / n, result.revenue, pct, 100 * result.pays_more / n,
                     "; ".join(said)))  # fmt: skip
    table = pd.DataFrame(
        rows, columns=["year", "mean_fare", "revenue", "revenue_pct", "pays_more_pct", "stand_ins"]
    )
    unit = journeys.today.currency
    first, last = table.iloc[0], table.iloc[-1]
    sentence = (
        f"Today's journeys would cost {_rounded(first['mean_fare'], unit)} on average under the "
        f"tariff of {int(first['year'])} and {_rounded(last['mean_fare'], unit)} under that of "
        f"{int(last['year'])}, each in the money of its year."
    )
    notes = ["Money of each year: no price index is applied."]
    said = table.loc[table["year"] == year, "stand_ins"].iloc[0]
    if said:
        notes.append(f"Not known for {year}, so a stand-in is used: {said}.")
    answer, _ = compare(
        journeys, filled[year], question="years",
        title=f"Today's journeys under the tariff of {year}", reaction=reaction,
        notes=tuple(notes),
    )  # fmt: skip
    years = pd.DataFrame({"name": table["year"].astype(str), "value": table["mean_fare"]})
    return answer.changed(
        table=table, sentence=sentence, bars=(("Mean fare by tariff", years),), signed=False,
        extra={"year": year},
    )  # fmt: skip


def _rounded(amount: float, unit: str) -> str:
    return money(round(amount) if amount >= 50 else round(amount, 2), unit)


def reform(
    journeys: Journeys,
    policy: FarePolicy | None = None,
    *,
    published: tuple[float, float, str] = PUBLISHED_2004,
) -> Answer:
    """Say what one fare for a journey did to the mean fare, beside what was published.

    Parameters
    ----------
    journeys : Journeys
        From `fares.journeys`.
    policy : FarePolicy, optional
        An integrated tariff; default Seoul's of 2004.
    published : (before, after, source)
        Mean fare per trip before and after; facts 1.5.

    Returns
    -------
    Answer
        Table: case ("every ride pays", "one fare for a journey"), mean_per_journey,
        mean_per_ride. With the amounts of `policy` in both, the difference is the effect of
        integration alone; it is never positive, because a linked fare never exceeds its
        rides one by one.
    """
    import pandas as pd

    if policy is None:
        from course.transport.tariffs import SEOUL_HISTORY

        policy = SEOUL_HISTORY[2004]
    policy, said = completed(policy, journeys.today, journeys.used)
    if not policy.integrated:
        raise UsageError(f"{policy.name} links no rides.", "Give an integrated tariff.")
    apart = policy.replace(integrated=False, name=f"{policy.name}, every ride pays")
    rows = []
    for case, one in (("every ride pays", apart), ("one fare for a journey", policy)):
        total = journeys.reprice(one, by=()).revenue
        rows.append((case, total / (journeys.count or 1), total / (journeys.rides or 1)))
    table = pd.DataFrame(rows, columns=["case", "mean_per_journey", "mean_per_ride"])
    before, after = table["mean_per_ride"]
    down, was_down = after < before, published[1] < published[0]
    same = "the same direction" if down == was_down else "not the same direction"
    unit = policy.currency
    answer, _ = compare(journeys, policy, question="reform", title="One fare for a journey")
    return answer.changed(
        table=table,
        sentence=(
            f"With the amounts of {policy.year}, paying once for a journey lowers the mean per "
            f"ride from {_rounded(before, unit)} to {_rounded(after, unit)} "
            f"({change_words(after - before, unit, fare=before)}); published was "
            f"{published[0]:,} to {published[1]:,} per trip, {same}."
        ),
        bars=(("Mean fare per ride", pd.DataFrame(
            {"name": table["case"], "value": table["mean_per_ride"]})),),
        signed=False,
        notes=(REFORM_CAVEAT, f"Published: {published[2]}.",
               *(f"Stand-in: {s}." for s in said), *answer.notes),
    )  # fmt: skip


def histories() -> dict[str, dict[int, FarePolicy]]:
    """Return the histories of tariffs the course knows, by city."""
    from course.transport.tariffs import ILOILO, MASHHAD_HISTORY, SEOUL_HISTORY

    return {"seoul": dict(SEOUL_HISTORY), "mashhad": dict(MASHHAD_HISTORY),
            "iloilo": {2023: ILOILO}}  # fmt: skip


def history_of(journeys: Journeys, city: Any = None) -> dict[int, FarePolicy]:
    """Return the history of a city, or today's tariff alone where none is known."""
    found = histories().get(getattr(city, "id", "") or "")
    return found or {journeys.today.year or 0: journeys.today}

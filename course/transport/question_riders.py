"""Question 13: how many ride next year, and in ten years."""

from __future__ import annotations

from typing import TYPE_CHECKING

from course.transport.fare_answer import Answer, compare, percent
from course.transport.fare_policy import FarePolicy
from course.transport.ridership import LONG_RUN, SHORT_RUN, Reaction, band, path

if TYPE_CHECKING:
    from course.transport.journeys import Journeys


def ridership(
    journeys: Journeys,
    policy: FarePolicy,
    *,
    years: int = 10,
    short: Reaction = SHORT_RUN,
    long: Reaction = LONG_RUN,
) -> Answer:
    """Say how journeys and revenue move in the short and in the long run, as bands.

    Parameters
    ----------
    journeys : Journeys
        From `fares.journeys`.
    policy : FarePolicy
        The tariff.
    years : int
        How far the line goes, 1 to 30.
    short, long : Reaction
        Elasticities after about one year and in the end.

    Returns
    -------
    Answer
        Table: run, measure, today, low, middle, high and their percentages; ``line`` is
        the band over the years.
    """
    import pandas as pd

    tables = [
        band(journeys, policy, reaction=r).assign(run=name)
        for name, r in (("short", short), ("long", long))
    ]
    table = pd.concat(tables, ignore_index=True)
    table = table[["run", *[c for c in table.columns if c != "run"]]]
    answer, result = compare(
        journeys, policy, question="riders", title="Riders answer for years", reaction=short
    )

    def said(run: int, measure: str) -> str:
        row = tables[run][tables[run]["measure"] == measure].iloc[0]
        ends = f"{percent(row['low_pct'])} to {percent(row['high_pct'])}"
        return f"{percent(row['middle_pct'])} ({ends})"

    sentence = (
        f"Journeys change by {said(0, 'journeys')} within about a year and by "
        f"{said(1, 'journeys')} in the long run; revenue by {said(0, 'revenue')} and then "
        f"{said(1, 'revenue')}."
    )
    middles = pd.DataFrame(
        {
            "name": [f"{m}, {r} run" for r in ("short", "long") for m in ("journeys", "revenue")],
            "value": table["middle_pct"].to_numpy(),
        }
    )
    return answer.changed(
        table=table,
        sentence=sentence if result.trips else answer.sentence,
        bars=(("Change in percent of today, middle", middles),),
        line=path(journeys, policy, years=years, short=short, long=long),
        notes=(
            f"Long run: {long.source}.",
            "Wages, prices, jobs and roads change over ten years; here they stand still.",
            *answer.notes,
        ),
        extra={"bar_unit": "%", "bars_are_money": False},
    )

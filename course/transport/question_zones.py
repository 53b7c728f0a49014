"""Question 8: fares by zone beside today's."""

from __future__ import annotations

from typing import Any

import numpy as np

from course.errors import UsageError
from course.transport.fare_answer import (
    BAND_IS_ASSUMED,
    ONLY_TRIPS_MADE,
    Answer,
    bars_of,
    group_table,
    zone_table,
)
from course.transport.fare_words import money
from course.transport.journey_groups import BAND_NAMES, INCOME_NAMES
from course.transport.od_summary import OdSummary, od_summary
from course.transport.response import demand
from course.transport.ridership import SHORT_RUN, Reaction, reaction_of
from course.transport.summary_result import Groups, SummaryResult
from course.transport.zone_tariff import ZoneTariff


def reprice_zones(
    od: OdSummary, tariff: ZoneTariff, *, elasticity: float | None = None
) -> SummaryResult:
    """Price journeys by their zones, beside today; results as `FareSummary.reprice`."""
    if tuple(tariff.zone_ids) != tuple(od.zone_ids):
        raise UsageError("The tariff has other zones than the journeys.", "Use one city for both.")
    r = od.rows
    new, old, n = tariff.price(r[:, 0], r[:, 1], r[:, 2]), r[:, 5], r[:, 6]
    kept = np.ones(len(r)) if elasticity is None else demand(1.0, old, new, elasticity)
    groups = {}
    named = {
        "zone": ([*od.zone_ids, ""], r[:, 0]),
        "income": (list(INCOME_NAMES), r[:, 3]),
        "distance_band": (list(BAND_NAMES), r[:, 4]),
    }
    for name, (names, code) in named.items():
        whole = np.zeros((len(names), 5), dtype=np.int64)
        for column, values in enumerate((n, n * old, n * new, n * (new > old), n * (new < old))):
            np.add.at(whole[:, column], code, values)
        parts = np.column_stack(
            [np.bincount(code, weights=n * w, minlength=len(names)) for w in (kept, kept * new)]
        )
        groups[name] = Groups(names, whole, parts)
    return SummaryResult(policy=od.today, today=od.today, elasticity=elasticity, groups=groups)


def neutral_prices(od: OdSummary, tariff: ZoneTariff) -> tuple[float, ...]:
    """Return the prices, in proportion to those given, whose revenue is nearest to today's."""
    from course.transport.base_search import nearest_base

    first = tariff.prices[0]
    if first <= 0:
        raise UsageError("The first price is 0, so the others have no proportion.", "Raise it.")
    target = int((od.rows[:, 5] * od.rows[:, 6]).sum())

    def scaled(cents: int) -> tuple[float, ...]:
        return tuple(round(p * cents / 100 / first, 2) for p in tariff.prices)

    def gap(cents: int) -> int:
        result = reprice_zones(od, tariff.with_prices(scaled(cents)))
        return int(result.groups["income"].whole[:, 2].sum()) - target

    return scaled(nearest_base(gap, round(first * 100), name=tariff.name))


def zone_fares(
    source: Any,
    tariff: ZoneTariff,
    *,
    keep_revenue: bool = False,
    reaction: Reaction | str = SHORT_RUN,
    today: Any = None,
    city: Any = None,
) -> Answer:
    """Say who pays more when the price follows zones.

    Parameters
    ----------
    source : OdSummary, City, rides or Trips
        See `od_summary`.
    tariff : ZoneTariff
        From `rings` or `zones_crossed`.
    keep_revenue : bool
        Scale all prices so that today's revenue is kept while nobody reacts.
    reaction : Reaction or "short" or "long"
        How riders answer.

    Returns
    -------
    Answer
        By distance band and income group. A journey without a known arrival pays the
        dearest price.
    """
    import pandas as pd

    od = od_summary(source, today=today, city=city)
    if keep_revenue:
        tariff = tariff.with_prices(neutral_prices(od, tariff))
    result = reprice_zones(od, tariff)
    reaction = reaction_of(reaction)
    answers = [reprice_zones(od, tariff, elasticity=e) for e in reaction.values]
    rows = []
    unit = od.today.currency
    for measure, now, values in (
        ("journeys", float(result.trips), [a.expected_trips for a in answers]),
        ("revenue", result.revenue_today, [a.expected_revenue for a in answers]),
    ):
        ends = (min(values), values[1], max(values))
        pct = [100 * (v / now - 1) if now else float("nan") for v in ends]
        rows.append((measure, unit if measure == "revenue" else "", now, *ends, *pct))
    band = pd.DataFrame(rows, columns=["measure", "unit", "today", "low", "middle", "high",
                                       "low_pct", "middle_pct", "high_pct"])  # fmt: skip
    n = result.trips or 1
    more, less = 100 * result.pays_more / n, 100 * result.pays_less / n
    shown = ", ".join(money(p, "") for p in tariff.prices)
    still = 100 * (result.revenue / result.revenue_today - 1) if result.revenue_today else np.nan
    return Answer(
        question="zones",
        title="A price by zone has steps in space",
        sentence=(
            f"With {tariff.name} at {shown} {unit} for 1, 2, 3 … zones, {more:.0f} % of journeys "
            f"pay more and {less:.0f} % pay less; revenue changes by {still:+.1f} % if nobody "
            "reacts."
        ).replace("-", "\N{MINUS SIGN}"),
        table=group_table(result, "distance_band", "income"),
        unit=unit,
        zones=zone_table(result.groups["zone"]),
        bars=(
            bars_of(result, "distance_band", "By distance of the journey"),
            bars_of(result, "income", "By income group, 1 = lowest"),
        ),
        band=band,
        figures=(
            ("Revenue", float(band["middle_pct"].iloc[1]), "%",
             f"{still:+.1f} % if nobody reacts".replace("-", "\N{MINUS SIGN}")),
            ("Journeys", float(band["middle_pct"].iloc[0]), "%", "a model"),
            ("Who pays more", more, "%", f"of journeys; {less:.0f} % pay less"),
        ),
        notes=(
            "Two neighbours on either side of a border pay different fares for the same way.",
            "Departure and arrival decide; the way between them is not asked.",
            BAND_IS_ASSUMED.format(source=reaction.source),
            ONLY_TRIPS_MADE,
        ),
        extra={"prices": tariff.prices},
    )  # fmt: skip

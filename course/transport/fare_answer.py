"""The answer to a fare question: a title, a sentence, a table, winners and losers by zone.

An answer is plain data. `labs` draws it: zones on the map, groups as bars, the band beside
the figures. Whatever is assumed stands in `notes`, in words a reader can dispute.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from course.transport.fare_policy import FarePolicy
from course.transport.fare_words import money
from course.transport.ridership import SHORT_RUN, Reaction, band, reaction_of
from course.transport.summary_result import Groups, SummaryResult

if TYPE_CHECKING:
    import pandas as pd

    from course.transport.journeys import Journeys

MINUS = "\N{MINUS SIGN}"
ONLY_TRIPS_MADE = "Only journeys that are made today count; who stayed at home is not in the data."
BAND_IS_ASSUMED = "The band is an assumption about riders, not a measured effect: {source}."


@dataclass(frozen=True)
class Answer:
    """What a policy does, for one question.

    Parameters
    ----------
    question : str
        Which question, such as "transfers".
    title, sentence : str
        What the answer says, and its one-sentence reading.
    table : pandas.DataFrame
        The numbers of the question.
    unit : str
        Currency.
    policy : FarePolicy or None
        The policy asked about; None where it is no tariff.
    zones : pandas.DataFrame or None
        One row per zone: zone_id, trips, mean_today, mean_new, mean_change,
        pays_more_pct, pays_less_pct. A journey belongs to the zone where it begins.
    bars : tuple of (heading, DataFrame)
        Groups to draw: name, value.
    band : pandas.DataFrame or None
        Journeys and revenue as low, middle, high; see `ridership.band`.
    figures : tuple of (label, value, unit, note)
        The large figures; a value is a number or text.
    notes : tuple of str
        What is assumed and what the data do not show.
    line : pandas.DataFrame or None
        A band over years: year, low, middle, high.
    signed : bool
        Whether the bars are changes around zero.
    """

    question: str
    title: str
    sentence: str
    table: pd.DataFrame
    unit: str = ""
    policy: FarePolicy | None = None
    zones: pd.DataFrame | None = None
    bars: tuple[tuple[str, Any], ...] = ()
    band: pd.DataFrame | None = None
    figures: tuple[tuple[str, float | str, str, str], ...] = ()
    notes: tuple[str, ...] = ()
    line: pd.DataFrame | None = None
    signed: bool = True
    extra: dict[str, Any] = field(default_factory=dict)

    def changed(self, **changes: Any) -> Answer:
        """Return a copy with some parts changed."""
        return replace(self, **changes)

    def __repr__(self) -> str:
        return f"{self.title}\n{self.sentence}"


def zone_table(groups: Groups) -> pd.DataFrame:
    """Return winners and losers by zone; journeys that begin nowhere known are left out."""
    table = groups.frame().rename(columns={"group": "zone_id"})
    table = table[table["zone_id"] != ""].reset_index(drop=True)
    return table[["zone_id", "trips", "mean_today", "mean_new", "mean_change", "pays_more_pct",
                  "pays_less_pct"]]  # fmt: skip


def group_table(result: SummaryResult, *names: str) -> pd.DataFrame:
    """Return one row per group with journeys, groups of several kinds one after the other.

    Returns
    -------
    pandas.DataFrame
        kind, group, trips, mean_today, mean_new, mean_change (currency units),
        pays_more_pct, pays_less_pct.
    """
    import pandas as pd

    parts = []
    for name in names:
        table = result.by(name)
        table = table[(table["trips"] > 0) & (table["group"] != "")]
        parts.append(table.assign(kind=name.replace("_", " ")))
    table = pd.concat(parts, ignore_index=True)
    return table[["kind", "group", "trips", "mean_today", "mean_new", "mean_change",
                  "pays_more_pct", "pays_less_pct"]]  # fmt: skip


def bars_of(result: SummaryResult, name: str, heading: str) -> tuple[str, pd.DataFrame]:
    """Return the mean change of each group that has journeys, to be drawn."""
    table = result.by(name)
    table = table[(table["trips"] > 0) & (table["group"] != "")]
    shown = table[["group", "mean_change"]].rename(
        columns={"group": "name", "mean_change": "value"}
    )
    return heading, shown.reset_index(drop=True)


def change_words(amount: float, unit: str, *, fare: float) -> str:
    """Write a change of fare with its sign; fares of 50 and more need no hundredths."""
    size = round(abs(amount)) if fare >= 50 else round(abs(amount), 2)
    if size == 0:
        return money(0, unit)
    return ("+" if amount > 0 else MINUS) + money(size, unit)


def percent(value: float, *, signed: bool = True) -> str:
    """Write a percentage with one digit: "+2.1 %", "no value" where there is none."""
    if not np.isfinite(value):
        return "no value"
    text = f"{abs(value):.1f}\N{NO-BREAK SPACE}%"
    if text.startswith("0.0") or not signed:
        return text if value >= 0 or text.startswith("0.0") else MINUS + text
    return ("+" if value > 0 else MINUS) + text


def band_words(table: pd.DataFrame, measure: str) -> str:
    """Say a band in words: "-0.4 to -2.3 %, middle -1.6 %"."""
    row = table[table["measure"] == measure].iloc[0]
    low, middle, high = (percent(row[c]) for c in ("low_pct", "middle_pct", "high_pct"))
    return f"{middle} ({low} to {high})"


def led_in(start: str, answer: Answer, result: SummaryResult) -> str:
    """Return an answer's sentence behind the words of its question; without journeys, alone."""
    if not result.trips:
        return answer.sentence
    return start + answer.sentence[0].lower() + answer.sentence[1:]


def compare(
    journeys: Journeys,
    policy: FarePolicy,
    *,
    question: str,
    title: str,
    sentence: str = "",
    by: tuple[str, ...] = ("distance_band", "income"),
    reaction: Reaction | str = SHORT_RUN,
    notes: tuple[str, ...] = (),
) -> tuple[Answer, SummaryResult]:
    """Price a policy beside today and give the answer all questions share.

    Parameters
    ----------
    journeys : Journeys
        From `fares.journeys`.
    policy : FarePolicy
        The tariff.
    question, title, sentence : str
        As in `Answer`; without a sentence the usual one is written.
    by : tuple of str
        Groups of the table and the bars.
    reaction : Reaction or "short" or "long"
        How riders answer.
    notes : tuple of str
        What else is assumed.

    Returns
    -------
    Answer, SummaryResult
        The result has `by`, the zones and the incomes; nobody reacts in it.
    """
    reaction = reaction_of(reaction)
    result = journeys.reprice(policy, by=tuple(dict.fromkeys(("zone", *by))))
    table = band(journeys, policy, reaction=reaction)
    unit = journeys.today.currency
    before = result.revenue_today / result.trips if result.trips else 0.0
    mean = (result.revenue - result.revenue_today) / result.trips if result.trips else 0.0
    share_more = 100 * result.pays_more / result.trips if result.trips else float("nan")
    share_less = 100 * result.pays_less / result.trips if result.trips else float("nan")
    still = _pct(result.revenue, result.revenue_today)
    usual = (
        f"The mean fare changes by {change_words(mean, unit, fare=before)}; "
        f"{share_more:.0f}\N{NO-BREAK SPACE}% of journeys pay more and "
        f"{share_less:.0f}\N{NO-BREAK SPACE}% pay less; revenue changes by "
        f"{band_words(table, 'revenue')} once riders react."
    )
    if not result.trips:
        usual = "There are no journeys in these rides."
    names = {"distance_band": "By distance of the journey", "income": "By income group, 1 = lowest",
             "user_class": "By user class", "hour": "By hour of departure"}  # fmt: skip
    figures = (
        ("Revenue", _middle(table, "revenue"), "%",
         f"{_ends(table, 'revenue')}; {percent(still)} if nobody reacts"),
        ("Journeys", _middle(table, "journeys"), "%", f"{_ends(table, 'journeys')}, a model"),
        ("Who pays more", share_more, "%", f"of journeys; {share_less:.0f} % pay less"),
    )  # fmt: skip
    answer = Answer(
        question=question,
        title=title,
        sentence=sentence or usual,
        table=group_table(result, *by),
        unit=unit,
        policy=policy,
        zones=zone_table(result.groups["zone"]),
        bars=tuple(bars_of(result, name, names[name]) for name in by if name in names),
        band=table,
        figures=figures,
        notes=(*notes, BAND_IS_ASSUMED.format(source=reaction.source), ONLY_TRIPS_MADE),
    )
    return answer, result


def _pct(new: float, old: float) -> float:
    return 100 * (new / old - 1) if old else float("nan")


def _middle(table: pd.DataFrame, measure: str) -> float:
    return float(table.loc[table["measure"] == measure, "middle_pct"].iloc[0])


def _ends(table: pd.DataFrame, measure: str) -> str:
    row = table[table["measure"] == measure].iloc[0]
    return f"{percent(row['low_pct'])} to {percent(row['high_pct'])}"

"""How an answer reads: heads of its table, its cells, its figures, a zone's sentence."""

from __future__ import annotations

import numbers
from typing import Any

import pandas as pd

from course.display.lab_picture import BigNumber, Grid
from course.display.numbers import number, with_unit
from course.labs.fares_words import more_or_less
from course.transport.fare_answer import Answer

# Words of the columns; money stands in the currency of the caption.
HEADS = {
    "kind": "By", "group": "Group", "trips": "Journeys", "mean_today": "Today",
    "mean_new": "New", "mean_change": "Change", "pays_more_pct": "Pay more, %",
    "pays_less_pct": "Pay less, %", "year": "Tariff of", "mean_fare": "Mean fare",
    "revenue": "Revenue", "revenue_pct": "Revenue, % of today", "stand_ins": "Stand-ins",
    "case": "Case", "mean_per_journey": "Per journey", "mean_per_ride": "Per ride",
    "cost": "Cost", "subsidy": "Subsidy", "subsidy_per_trip": "Per journey",
    "covered_pct": "Covered, %", "elasticity": "Elasticity", "diversion": "Diversion",
    "new_journeys": "New journeys", "car_trips_avoided": "Car trips avoided",
    "car_km_avoided": "Car km avoided", "discount_pct": "Discount, %", "base": "Base",
    "cards": "Cards", "gain": "Gain", "buyers": "Buy", "buyers_pct": "Buy, %",
    "saved_per_buyer": "Saved each", "revenue_lost": "Revenue lost", "capped": "At the cap",
    "capped_pct": "At the cap, %", "saved_per_capped": "Saved each", "journeys": "Journeys",
    "run": "Run", "measure": "Measure", "low": "Low", "middle": "Middle", "high": "High",
    "low_pct": "Low, %", "middle_pct": "Middle, %", "high_pct": "High, %", "today": "Today",
    "unit": "Unit",
}  # fmt: skip
_LEFT_OUT = ("stand_ins", "unit", "low", "middle", "high", "today")
_SIGNED = ("mean_change", "revenue_pct", "low_pct", "middle_pct", "high_pct")
_WHOLE = ("trips", "cards", "gain", "journeys", "capped", "buyers", "new_journeys", "revenue",
          "cost", "subsidy", "revenue_lost", "car_trips_avoided", "car_km_avoided")  # fmt: skip


def _cell(column: str, value: Any, decimals: int) -> tuple[str, float | str | None]:
    if isinstance(value, str):
        return value, value
    if value is None or (isinstance(value, float) and value != value):
        return "–", None
    if column == "year":
        return str(int(value)), int(value)
    if column in ("elasticity", "diversion"):
        return number(float(value), decimals=2), round(float(value), 4)
    if column in _WHOLE:
        digits = 0
    elif column.endswith("_pct"):
        digits = 1
    else:
        digits = decimals
    if not isinstance(value, numbers.Real):
        return str(value), str(value)
    shown = number(float(value), decimals=digits, signed=column in _SIGNED)
    return shown, round(float(value), 4)


def grid(answer: Answer, *, decimals: int, most: int = 14) -> Grid:
    """Return the table of an answer as the page shows it."""
    table: pd.DataFrame = answer.table
    columns = [c for c in table.columns if c not in _LEFT_OUT or answer.question == "riders"]
    columns = [c for c in columns if c not in ("unit", "stand_ins", "low", "middle", "high")]
    if "kind" in columns:
        # one column says it: "income group 1", "youth", "0-5 km"
        poor = table["kind"].eq("income")
        names = table["group"].where(~poor, "income " + table["group"].astype(str))
        table = table.assign(group=names)
        columns.remove("kind")
    cells, keys = [], []
    for row in table[columns].head(most).itertuples(index=False):
        pairs = [_cell(c, v, decimals) for c, v in zip(columns, row, strict=True)]
        cells.append([text for text, _ in pairs])
        keys.append([key for _, key in pairs])
    money = f"; money in {answer.unit}" if answer.unit else ""
    return Grid(f"{answer.title}{money}", [HEADS.get(c, c) for c in columns], cells, keys)


def figures(answer: Answer, *, decimals: int) -> tuple[BigNumber, ...]:
    """Return the large figures of an answer."""
    out = []
    for label, value, unit, note in answer.figures:
        if isinstance(value, str):
            out.append(BigNumber(label, value, note))
            continue
        percent = unit == "%"
        signed = label in ("Revenue", "Journeys")
        whole = 0 if abs(value) >= 100 or not percent else 1
        digits = (0 if label == "Who pays more" else 1) if percent else (
            decimals if unit else whole
        )  # fmt: skip
        out.append(BigNumber(label, with_unit(value, unit, decimals=digits, signed=signed), note))
    return tuple(out)


def zone_sentence(
    answer: Answer, zone_id: str, name: str, *, decimals: int, per: str = "journey"
) -> str:
    """Say what one zone pays more or less."""
    if answer.zones is None:
        return f"This answer has no zones. {answer.sentence}"
    row = answer.zones[answer.zones["zone_id"] == zone_id]
    if row.empty or not int(row["trips"].iloc[0]):
        return f"No {per} begins in {name} in these rides."
    change = float(row["mean_change"].iloc[0])
    moved = more_or_less(change, answer.unit, decimals)
    more, less = (float(row[c].iloc[0]) for c in ("pays_more_pct", "pays_less_pct"))
    start = (
        f"A {per} from {name} costs the same as today on average"
        if moved == "the same"
        else f"A {per} from {name} costs {moved} on average"
    )
    return (
        f"{start}; {more:.0f}\N{NO-BREAK SPACE}% pay more and {less:.0f}\N{NO-BREAK SPACE}% pay "
        f"less. {answer.sentence}"
    )

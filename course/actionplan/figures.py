"""The figures of a plan: calendar, budget, risk grid, power and interest, gaps."""

from __future__ import annotations

from typing import Any

import pandas as pd

from course.actionplan import drawing
from course.actionplan.parts import RISK_LINE
from course.actionplan.sums import amount, budget_gap, data_of
from course.actionplan.timeline import bars_of, holidays_of
from course.display.figure import Figure
from course.display.numbers import number, with_unit

EMPTY = "Nothing is written here yet."


def _steps(rows: Any, first: str, second: str, name: str) -> list[dict[str, Any]]:
    """Return the rows whose two steps are written, with their number in the list."""
    found = []
    for at, row in enumerate(rows or (), start=1):
        a, b = row.get(first), row.get(second)
        if all(isinstance(v, int) and not isinstance(v, bool) and 1 <= v <= 5 for v in (a, b)):
            found.append({"number": at, "name": str(row.get(name) or ""), first: a, second: b})
    return found


def gantt_figure(plan: Any, *, country: str | None = None) -> Figure:
    """Return the calendar of a plan with the public holidays of a country."""
    bars = bars_of(plan)
    title = "What happens when"
    if not bars:
        return Figure(title=title, reading="No activity has two days yet.")
    years = range(min(b.start for b in bars).year, max(b.end for b in bars).year + 1)
    off = holidays_of(country, years)
    bars = bars_of(plan, off)
    table = pd.DataFrame(
        [(b.name, b.owner, str(b.start), str(b.end), b.off_days if off.known else None)
         for b in bars],
        columns=["what", "owner", "start", "end", "holidays"],
    )  # fmt: skip
    begin, end = min(b.start for b in bars), max(b.end for b in bars)
    inside = sum(begin <= day <= end for day in off.days)
    said = f"{len(bars)} lines from {begin} to {end}."
    if off.known:
        said += f" {inside} public holidays fall into it, drawn as dotted lines."
    return Figure(
        title=title,
        subtitle="filled: activities, outlined: phases, diamonds: milestones",
        reading=f"{said} {off.sentence}",
        alt=said,
        body=drawing.gantt(bars, off, alt=said),
        table=table if off.known else table.drop(columns="holidays"),
    )


def budget_figure(plan: Any, *, contingency_pct: float | None = None) -> Figure:
    """Return cost and sources of a plan, and what is missing."""
    data = data_of(plan)
    money = data.get("finance") or {}
    capex, opex = amount(money.get("capex")), amount(money.get("opex_per_year"))
    title = "What it costs and who pays"
    if capex is None or opex is None:
        return Figure(title=title, reading="Write the cost to build and to run first.")
    years = int(amount(money.get("years")) or 1)
    total, unit = capex + opex * years, str(money.get("currency") or "")
    if contingency_pct is not None:
        data = {**data, "pilot": {**(data.get("pilot") or {}), "contingency_pct": contingency_pct}}
    gap = budget_gap(data)
    rows = [("Cost to build", capex), (f"Cost to run, {years} years", opex * years)]
    shares = [(str(s.get("name") or "no name"), amount(s.get("share_pct")) or 0.0)
              for s in money.get("sources") or ()]  # fmt: skip
    rows += [(f"Paid by: {name}", total * share / 100) for name, share in shares]
    named = sum(share for _, share in shares)
    said = (
        f"{with_unit(total, unit)} in {years} years; the sources name {named:g} %. "
        f"With the contingency {with_unit(gap, unit)} are missing."
        if gap > 0
        else f"{with_unit(total, unit)} in {years} years; the sources name {named:g} %."
    )
    table = pd.DataFrame(rows, columns=["item", "amount"])
    return Figure(title=title, subtitle=f"{unit}, all years".strip(", "), reading=said, alt=said,
                  body=drawing.budget(rows, unit=unit, alt=said), table=table)  # fmt: skip


def risk_figure(plan: Any) -> Figure:
    """Return the risk grid of a plan."""
    rows = _steps(data_of(plan).get("risks"), "p", "i", "text")
    title = "Which risk comes first"
    if not rows:
        return Figure(title=title, reading=EMPTY)
    table = pd.DataFrame(rows).rename(columns={"name": "risk", "p": "chance", "i": "harm"})
    table["score"] = table["chance"] * table["harm"]
    table = table.sort_values(["score", "number"], ascending=[False, True], ignore_index=True)
    top, high = table.iloc[0], int((table["score"] >= RISK_LINE).sum())
    said = (
        f"Risk {top['number']} comes first with a score of {top['score']}: {top['risk']}. "
        f"{high} of {len(table)} reach {RISK_LINE} and need an answer."
    )
    body = drawing.risk_grid([(r["p"], r["i"], str(r["number"])) for r in rows], alt=said)
    return Figure(title=title, subtitle="score = chance x harm, shaded from 12", reading=said,
                  alt=said, body=body, table=table)  # fmt: skip


def power_figure(plan: Any) -> Figure:
    """Return the power and interest chart of a plan."""
    rows = _steps(data_of(plan).get("stakeholders"), "interest", "power", "name")
    title = "Who decides, and who lives with it"
    if not rows:
        return Figure(title=title, reading=EMPTY)
    table = pd.DataFrame(rows)
    first = table[(table["interest"] >= 4) & (table["power"] >= 4)]["name"].tolist()
    alone = table[(table["interest"] >= 4) & (table["power"] <= 2)]["name"].tolist()
    said = (
        f"Talk first to: {', '.join(first)}."
        if first
        else "Nobody has both high power and high interest."
    )
    if alone:
        said += f" High interest and little power: {', '.join(alone)}. Who speaks for them?"
    body = drawing.power_interest(
        [(r["interest"], r["power"], str(r["number"])) for r in rows], alt=said
    )
    return Figure(title=title, subtitle="interest and power from 1 to 5, shaded: both high",
                  reading=said, alt=said, body=body, table=table)  # fmt: skip


def gaps_figure(found: list[Any], *, what: str = "the plan") -> Figure:
    """Return what is still missing, as a list in the order of the form."""
    if not found:
        return Figure(title=f"Nothing is missing in {what}", reading="It can be handed in.")
    table = pd.DataFrame([(p.field, p.sentence, p.remedy) for p in found],
                         columns=["field", "what", "remedy"])  # fmt: skip
    from course.display import tables_html

    count = number(len(found))
    verb = "thing is" if len(found) == 1 else "things are"
    return Figure(title=f"{count} {verb} still open in {what}",
                  body=tables_html.table(table, rows=60))  # fmt: skip

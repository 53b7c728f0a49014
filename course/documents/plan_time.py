"""The plan over time on slides: one bar per activity, then order and stop rules."""

from __future__ import annotations

import datetime as dt
from typing import Any

from course.actionplan.rules import months_after
from course.actionplan.timeline import day_of
from course.documents import measure
from course.documents.letters import clean
from course.documents.plan_parts import HIGH, WHOLE, listed
from course.documents.plan_view import NOT_YET, PlanView
from course.documents.slide_master import MARGIN, WIDE
from course.documents.slide_tables import Column
from course.documents.slides import BOTTOM, TOP, Deck, Slide

NAMES_WIDE = 340.0
ROW = 52.0
PER_SLIDE, MOST_SLIDES = 8, 2


def time_slides(deck: Deck, seen: PlanView) -> None:
    """Add activities as bars (one further slide at most) and the stop rules."""
    bars = [b for b in map(_bar, seen.rows("activities")) if b]
    undated = len(seen.rows("activities")) - len(bars)
    phases = seen.rows("phases")
    title = f"{len(bars)} activities, each with an owner" if bars else "Plan, order, stop rules"
    shown = bars[: PER_SLIDE * MOST_SLIDES]
    pages = [shown[i : i + PER_SLIDE] for i in range(0, len(shown), PER_SLIDE)] or [[]]
    span = _span(seen, bars)
    for i, page in enumerate(pages):
        tag = "4 Plan, order, stop rule · 2 min" if i == 0 else "4 Plan, further"
        slide = deck.slide(title, tag=tag, mark=seen.mark)
        if not page:
            slide.text((MARGIN, TOP, 600, 24), [f"Activities with days: {NOT_YET}"])
        if page and span:
            _calendar(slide, seen, page, span)
        left = len(bars) - len(shown) + undated if i == len(pages) - 1 else 0
        if left:
            slide.text((MARGIN, BOTTOM - 20, WIDE - 2 * MARGIN, 19),
                       [f"{left} more {seen.more('activities')}"], sizes=(13,), color="ink-2",
                       name="More")  # fmt: skip
        slide.notes("Two minutes. Say what must be done first, and when you stop.",
                    *[f"{b['task']}: {b['owner']}, {b['start']} to {b['end']}, {b['cost']}"
                      for b in page])  # fmt: skip
    if phases:
        _stop_rules(deck, seen)


def _bar(row: dict[str, Any]) -> dict[str, Any] | None:
    start, end = day_of(row.get("start")), day_of(row.get("end"))
    if start is None or end is None or end < start:
        return None
    return {"task": clean(row.get("task")) or "–", "owner": clean(row.get("owner")),
            "start": start, "end": end, "cost": row.get("cost")}  # fmt: skip


def _span(seen: PlanView, bars: list[dict[str, Any]]) -> tuple[dt.date, dt.date] | None:
    if not bars:
        return None
    days = [d for b in bars for d in (b["start"], b["end"])]
    first, last = min(days), max(days)
    if seen.day and seen.day <= first:
        first = seen.day
    return first, max(last, first + dt.timedelta(days=30))


def _calendar(
    slide: Slide, seen: PlanView, page: list[dict[str, Any]], span: tuple[dt.date, dt.date]
) -> None:
    """Place names on the left and bars on the right, under a scale of months."""
    left, right = MARGIN + NAMES_WIDE + 20, WIDE - MARGIN
    days = (span[1] - span[0]).days or 1

    def x_of(day: dt.date) -> float:
        return left + (right - left) * (day - span[0]).days / days

    high = min(ROW, (BOTTOM - TOP - 50) / max(len(page), 1))
    bottom = TOP + 26 + high * len(page)
    for month, day in _marks(span):
        x = x_of(day)
        if x > right - 26:
            break
        slide.bar((x, TOP + 20, 0.75, bottom - TOP - 20), "hairline", name=f"Line of {month}")
        slide.text((x + 3, TOP, 70, 18), [month], sizes=(13,), color="ink-2", name="Month")
    for i, bar in enumerate(page):
        top = TOP + 26 + i * high
        task = measure.shorten(bar["task"], NAMES_WIDE, 15, 1, more="…")
        slide.text((MARGIN, top, NAMES_WIDE, 20), [task], sizes=(15,), name="Activity")
        owner = measure.shorten(bar["owner"], NAMES_WIDE, 13, 1, more="…")
        slide.text((MARGIN, top + 19, NAMES_WIDE, 18), [owner], sizes=(13,), color="ink-2",
                   name="Owner")  # fmt: skip
        start, end = x_of(bar["start"]), x_of(bar["end"])
        what = f"{bar['task']}: {bar['start']} to {bar['end']}"
        slide.bar((start, top + 8, max(end - start, 4), 18), "bar-strong", name=what)


def _marks(span: tuple[dt.date, dt.date]) -> list[tuple[str, dt.date]]:
    """Return the starts of months, as many as can be read side by side."""
    first = span[0].replace(day=1)
    whole = (span[1] - span[0]).days / 30.4
    step = next(s for s in (1, 2, 3, 6, 12, 24, 60, 120, 600) if whole / s <= 6 or s == 600)
    found = []
    for n in range(0, min(int(whole) + 2, 1300), step):
        day = months_after(first, n)
        if day >= span[0] and day <= span[1]:
            found.append((f"{day:%b %Y}", day))
    return found


def _when(start: str, months: str) -> str:
    if not start or not months:
        return ""
    return f"from month {start}, for {months} {'month' if months == '1' else 'months'}"


def _stop_rules(deck: Deck, seen: PlanView) -> None:
    slide = deck.slide("What comes first, and when we stop", tag="4 Order and stop rule",
                       mark=seen.mark)  # fmt: skip
    cells = [
        [name, _when(start, months), needs, stop]
        for name, start, months, needs, stop in seen.cells(
            "phases", ("project", "start", "months", "needs", "stop_rule")
        )
    ]
    columns = (Column("Project", 0.25), Column("When", 0.17), Column("Needs", 0.22),
               Column("We stop when", 0.36))  # fmt: skip
    listed(slide, seen, (MARGIN, TOP, WHOLE, HIGH), columns, cells, "phases", sizes=(18, 15, 13))
    slide.notes("Part of the two minutes of the plan.", *[" · ".join(c) for c in cells])

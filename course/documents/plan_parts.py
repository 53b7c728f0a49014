"""Blocks that several slides of a plan share: a headed text, a list of rows, a big number."""

from __future__ import annotations

from collections.abc import Sequence

from course.display.numbers import number
from course.documents.letters import clean
from course.documents.plan_view import NOT_YET, PlanView
from course.documents.slide_master import MARGIN, WIDE
from course.documents.slide_tables import Column, table
from course.documents.slides import BOTTOM, TOP, Box, Slide

LEFT_WIDE = 372.0
RIGHT = MARGIN + LEFT_WIDE + 32
RIGHT_WIDE = WIDE - MARGIN - RIGHT
WHOLE = WIDE - 2 * MARGIN
HIGH = BOTTOM - TOP
LEFT_BOX: Box = (MARGIN, TOP, LEFT_WIDE, HIGH)
RIGHT_BOX: Box = (RIGHT, TOP, RIGHT_WIDE, HIGH)
OPEN = NOT_YET[0].upper() + NOT_YET[1:]


def headed(
    slide: Slide, seen: PlanView, box: Box, head: str, said: Sequence[object], field: str,
    *, sizes: Sequence[float] = (18, 15, 13),
) -> None:  # fmt: skip
    """Place a small head and its text under it; what finds no room is named with its section."""
    left, top, wide, high = box
    slide.text((left, top, wide, 19), [head], sizes=(13,), color="ink-2", name=f"{head}, head")
    words = [clean(t) for t in said if clean(t)] or [OPEN]
    slide.text((left, top + 21, wide, high - 21), words, sizes=sizes, gap=0.3,
               more=seen.more(field), name=head)  # fmt: skip


def listed(
    slide: Slide, seen: PlanView, box: Box, columns: Sequence[Column],
    rows: Sequence[Sequence[object]], field: str,
    *, sizes: Sequence[float] = (15, 13), most_lines: int = 3,
) -> None:  # fmt: skip
    """Place rows of the plan as a table; rows that find no room are counted below it."""
    if not rows:
        slide.text((*box[:3], 24), [OPEN], sizes=(15,), color="ink-2", name="Nothing yet")
        return
    table(slide, box, columns, rows, sizes=sizes, most_lines=most_lines, more="…",
          rest=seen.more(field), alt=", ".join(c.head for c in columns))  # fmt: skip


def problem_figure(slide: Slide, seen: PlanView) -> None:
    """Place the number of the problem, with unit, year and source."""
    value = seen.amount("problem.value")
    source = ", ".join(t for t in (seen.say("problem.year"), seen.say("problem.source")) if t)
    slide.figure((MARGIN, TOP, LEFT_WIDE, 118.0), number(value) if value is not None else "–",
                 seen.say("problem.unit") or OPEN, source or "no year or source yet")  # fmt: skip

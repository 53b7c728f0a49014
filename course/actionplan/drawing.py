"""Pictures of a plan as light SVG with real text: calendar, risk grid, power and interest."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from html import escape
from typing import Any

from course.actionplan.parts import RISK_LINE
from course.actionplan.timeline import Bar, Holidays
from course.display.bar_svg import Bar as Row
from course.display.bar_svg import Group, plain_bars

WIDTH, LEFT, ROW, HEAD = 720, 230, 24, 34
CELL, SIDE, TOP = 64, 84, 12
_INK, _INK2 = "var(--kit-ink,#1f2933)", "var(--kit-ink-2,#52606d)"
_LINE, _BAR = "var(--kit-hairline,#d9dee3)", "var(--kit-bar,#7b8794)"
_STRONG, _PAPER = "var(--kit-bar-strong,#3e4c59)", "var(--kit-paper,#ffffff)"
_HOLIDAY = "var(--kit-more,#e0913f)"
_CANVAS = "var(--kit-canvas,#f4f5f2)"


def _svg(width: int, height: float, alt: str, body: str) -> str:
    return (
        f'<svg role="img" viewBox="0 0 {width} {height:.0f}" width="{width}" '
        f'aria-label="{escape(alt)}" style="max-width:100%;height:auto;font-size:13px;'
        f'font-family:inherit"><title>{escape(alt)}</title>{body}</svg>'
    )


def _text(x: float, y: float, words: str, *, anchor: str = "start", fill: str = _INK) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{fill}">{escape(words)}</text>'
    )


def short(text: str, most: int) -> str:
    """Return a text of at most so many signs, with a sign where it was cut."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def gantt(
    bars: Sequence[Bar], holidays: Holidays, *, alt: str, width: int = WIDTH, left: int = LEFT
) -> str:
    """Return activities, phases and milestones over the months, holidays as fine lines.

    Parameters
    ----------
    bars : sequence of Bar
        At least one.
    holidays : Holidays
        Drawn as lines through all rows.
    alt : str
        What the picture says.
    width, left : int
        Of the picture, and of the names in it.
    """
    first = min(b.start for b in bars).replace(day=1)
    last = max(b.end for b in bars)
    span = max((last - first).days + 1, 28)
    scale = (width - left - 12) / span

    def at(day: dt.date) -> float:
        return left + (day - first).days * scale

    height = HEAD + ROW * len(bars) + 10
    parts = []
    step = max(1, math.ceil(54 / (30.4 * scale)))  # a label needs its room
    month, number = first, 0
    while month <= last:
        x = at(month)
        if number % step == 0:
            parts.append(f'<path d="M{x:.1f} {HEAD - 8}V{height - 8}" stroke="{_LINE}"/>')
            if x < width - 50:  # no room for a label at the right edge
                parts.append(_text(x + 3, HEAD - 14, f"{month:%b %y}", fill=_INK2))
        month, number = (month + dt.timedelta(days=32)).replace(day=1), number + 1
    for day in holidays.days:
        if first <= day <= last:
            parts.append(
                f'<path d="M{at(day):.1f} {HEAD - 6}V{height - 8}" stroke="{_HOLIDAY}" '
                'stroke-width="1" stroke-dasharray="2 3"/>'
            )
    for number, bar in enumerate(bars):
        y = HEAD + ROW * number
        parts.append(_text(0, y + 16, short(bar.name, int(left / 7.6))))
        if bar.kind == "milestone":
            x, middle = at(bar.start), y + ROW / 2
            parts.append(f'<path d="M{x:.1f} {middle - 7}l7 7l-7 7l-7 -7z" fill="{_STRONG}"/>')
            continue
        wide = max((bar.end - bar.start).days + 1, 1) * scale
        look = (
            f'fill="{_BAR}"'
            if bar.kind == "activity"
            else (f'fill="{_PAPER}" stroke="{_STRONG}" stroke-width="1.5"')
        )
        parts.append(
            f'<rect x="{at(bar.start):.1f}" y="{y + 5}" width="{max(wide, 2):.1f}" '
            f'height="{ROW - 10}" rx="2" {look}/>'
        )
    return _svg(width, height, alt, "".join(parts))


def _grid(
    points: Sequence[tuple[int, int, str]], *, right: str, up: str, alt: str, strong: Any
) -> str:
    """Return a five by five grid with the numbers of its points in the cells."""
    side = CELL * 5
    parts = []
    for column in range(1, 6):
        for row in range(1, 6):
            x, y = SIDE + (column - 1) * CELL, TOP + (5 - row) * CELL
            fill = _CANVAS if strong(column, row) else _PAPER
            parts.append(
                f'<rect x="{x}" y="{y}" width="{CELL}" height="{CELL}" fill="{fill}" '
                f'stroke="{_LINE}"/>'
            )
            here = [name for c, r, name in points if (c, r) == (column, row)]
            for number, name in enumerate(here[:6]):
                cx, cy = x + 13 + (number % 3) * 19, y + 18 + (number // 3) * 24
                parts.append(
                    f'<circle cx="{cx}" cy="{cy}" r="9" fill="{_STRONG}"/>'
                    f'<text x="{cx}" y="{cy + 4.5}" text-anchor="middle" fill="{_PAPER}">'
                    f"{escape(name)}</text>"
                )
            if len(here) > 6:
                parts.append(_text(x + CELL - 6, y + CELL - 6, f"+{len(here) - 6}", anchor="end"))
    for step in range(1, 6):
        parts.append(_text(SIDE + (step - 0.5) * CELL, TOP + side + 18, str(step), anchor="middle"))
        parts.append(_text(SIDE - 10, TOP + (5.5 - step) * CELL + 4, str(step), anchor="end"))
    parts.append(_text(SIDE + side / 2, TOP + side + 38, right, anchor="middle", fill=_INK2))
    middle = TOP + side / 2
    parts.append(
        f'<text x="{SIDE - 44}" y="{middle}" text-anchor="middle" fill="{_INK2}" '
        f'transform="rotate(-90 {SIDE - 44} {middle})">{escape(up)}</text>'
    )
    return _svg(SIDE + side + 12, TOP + side + 48, alt, "".join(parts))


def risk_grid(points: Sequence[tuple[int, int, str]], *, alt: str) -> str:
    """Return chance by harm; cells from 12 on, which need an answer, are shaded.

    Parameters
    ----------
    points : sequence of (chance, harm, number)
        One per risk.
    alt : str
        What the picture says.
    """
    return _grid(points, right="Chance, 1 to 5", up="Harm, 1 to 5", alt=alt,
                 strong=lambda p, i: p * i >= RISK_LINE)  # fmt: skip


def power_interest(points: Sequence[tuple[int, int, str]], *, alt: str) -> str:
    """Return interest by power; those who can decide (4 or 5 in both) are shaded.

    Parameters
    ----------
    points : sequence of (interest, power, number)
        One per stakeholder.
    alt : str
        What the picture says.
    """
    return _grid(points, right="Interest, 1 to 5", up="Power, 1 to 5", alt=alt,
                 strong=lambda interest, power: min(interest, power) >= 4)  # fmt: skip


def budget(rows: Sequence[tuple[str, float]], *, unit: str, alt: str) -> str:
    """Return the budget as bars from zero.

    Parameters
    ----------
    rows : sequence of (name, amount)
        Costs and sources.
    unit : str
        The currency.
    alt : str
        What the picture says.
    """
    bars = tuple(Row(short(name, 28), value) for name, value in rows)
    drawn = plain_bars([Group("", bars)], unit=unit, alt=alt)
    return f'<div style="max-width:560px">{drawn}</div>'

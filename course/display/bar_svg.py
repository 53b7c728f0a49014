"""Horizontal bars as light SVG with real text: the chart of a lab, redrawn on every move.

A matplotlib chart takes a tenth of a second; a lab answers a slider in a few hundredths.
The hand is the same: direct labels, a zero line, the roles of the palette.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from course.display.numbers import with_unit

WIDTH, ROW, NAME = 480, 28, 110
LETTER = 7.8  # width of a sign of a name, bold, in a wide font


@dataclass(frozen=True)
class Bar:
    """One bar.

    Parameters
    ----------
    name : str
        Label at the left.
    value : float
        Its length; NaN for no data.
    beside : float
        A second value drawn as a tick (the city beside one zone); NaN for none.
    strong : bool
        Brought forward (plain bars only); its name is then bold too.
    """

    name: str
    value: float
    beside: float = float("nan")
    strong: bool = False


@dataclass(frozen=True)
class Group:
    """Bars under one heading."""

    heading: str
    bars: tuple[Bar, ...]


def signed_bars(
    groups: Sequence[Group], *, unit: str, alt: str, decimals: int = 0, beside: str = ""
) -> str:
    """Return bars around zero: blue to the left for less, orange to the right for more.

    Parameters
    ----------
    groups : sequence of Group
        Drawn one under the other on one scale.
    unit : str
        Unit of the values.
    alt : str
        What the chart shows; becomes the SVG's title.
    decimals : int
        Digits after the point.
    beside : str
        What the tick means; nothing is written when empty.
    """
    return _bars(groups, unit=unit, alt=alt, decimals=decimals, beside=beside, signed=True)


def plain_bars(
    groups: Sequence[Group], *, unit: str, alt: str, decimals: int = 0, beside: str = ""
) -> str:
    """Return bars from zero in the one colour of amounts; parameters as :func:`signed_bars`."""
    return _bars(groups, unit=unit, alt=alt, decimals=decimals, beside=beside, signed=False)


def _bars(
    groups: Sequence[Group], *, unit: str, alt: str, decimals: int, beside: str, signed: bool
) -> str:
    values = [v for g in groups for b in g.bars for v in (b.value, b.beside) if v == v]
    low, high = min([0.0, *values]), max([0.0, *values])
    span = (high - low) or 1.0
    bars = [bar for group in groups for bar in group.bars]
    texts = [with_unit(b.value, unit, decimals=decimals, signed=signed) for b in bars]
    text_room = 10 + 9 * max(map(len, texts), default=0)
    name_room = max(NAME, 8 + LETTER * max((len(b.name) for b in bars), default=0))
    left = name_room + (text_room if low < 0 else 8)
    right = WIDTH - (text_room if high > 0 or low == 0 else 8)
    scale = (right - left) / span
    zero = left - low * scale
    parts, y = [], 0
    for group in groups:
        head = escape(group.heading)
        parts.append(f'<text x="0" y="{y + 16}" class="kit-svg-head">{head}</text>')
        y += 26
        top = y
        for bar in group.bars:
            parts.append(_bar(bar, y, zero, scale, unit, decimals, signed))
            y += ROW
        parts.append(f'<path d="M{zero:.1f} {top}V{y}" stroke="var(--kit-ink-2,#52606d)"/>')
        y += 12
    if beside and any(b.beside == b.beside for g in groups for b in g.bars):
        parts.append(
            f'<path d="M2 {y}v14" stroke="var(--kit-ink,#1f2933)" stroke-width="2"/>'
            f'<text x="10" y="{y + 12}" class="kit-svg-note">{escape(beside)}</text>'
        )
        y += 22
    return (
        f'<svg role="img" class="kit-bars" viewBox="0 0 {WIDTH} {y}" aria-label="{escape(alt)}">'
        f"<title>{escape(alt)}</title>{''.join(parts)}</svg>"
    )


def _bar(
    bar: Bar, y: int, zero: float, scale: float, unit: str, decimals: int, signed: bool
) -> str:
    middle = y + ROW / 2
    known = bar.value == bar.value
    size = abs(bar.value) * scale if known else 0.0
    less = known and bar.value < 0
    start = zero - size if less else zero
    color = _color(bar, less, signed)
    text = with_unit(bar.value, unit, decimals=decimals, signed=signed)
    bold = ' font-weight="600"' if bar.strong and not signed else ""
    tick = ""
    reach = [start, zero + (0 if less else size)]
    if bar.beside == bar.beside:
        at = zero + bar.beside * scale
        tick = (
            f'<path d="M{at:.1f} {y + 4}V{y + ROW - 4}" stroke="var(--kit-ink,#1f2933)" '
            'stroke-width="2"/>'
        )
        # the value stands beside its bar, or behind the tick where it would touch it
        end = reach[0] if less else reach[1]
        if abs(at - end) < 14 + 9 * len(text) or (at < end) != less:
            reach = [min(reach[0], at), reach[1]] if less else [reach[0], max(reach[1], at)]
    x, anchor = (reach[0] - 6, "end") if less else (reach[1] + 6, "start")
    return (
        f'<text x="0" y="{middle + 4.5:.1f}" class="kit-svg-name"{bold}>{escape(bar.name)}</text>'
        f'<rect x="{start:.1f}" y="{y + 5}" width="{size:.1f}" height="{ROW - 10}" fill="{color}"/>'
        f'{tick}<text x="{x:.1f}" y="{middle + 4.5:.1f}" text-anchor="{anchor}" '
        f'class="kit-svg-value">{escape(text)}</text>'
    )


def _color(bar: Bar, less: bool, signed: bool) -> str:
    if signed:
        return "var(--kit-less,#5f86c9)" if less else "var(--kit-more,#e0913f)"
    return "var(--kit-bar-strong,#3e4c59)" if bar.strong else "var(--kit-bar,#7b8794)"

"""The programme on the home page: the week as a strip of days, and the timetable under it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from course.home.pieces import ACCENT, FIGURES, HAIRLINE, QUIET, heading, text
from course.home.rows import short_date
from course.programmes import clock
from course.programmes.parts import OUTSIDE, Day, Session

if TYPE_CHECKING:
    from course.programme import Programme


def block(programme: Programme, now: datetime | None, *, ready: frozenset[str]) -> str:
    """Return the strip of days and the timetable.

    Parameters
    ----------
    programme : Programme
        With or without dates.
    now : datetime, optional
        The time in the programme's zone, without a zone.
    ready : frozenset of str
        Modules that stand; the others are marked.
    """
    today = now.date() if now is not None else None
    current = programme.today(today) if today else ()
    on_site = [day for day in current if not day.online]
    here = {day.id for day in on_site or current}
    wide = _width(len(programme.days))
    boxes = "".join(
        _box(day, here=day.id in here, past=_is_past(day, now), wide=wide) for day in programme.days
    )
    shown = "".join(_timetable(day, ready, now) for day in programme.days if day.id in here)
    others = "".join(_timetable(day, ready, None) for day in programme.days if day.id not in here)
    rest = (
        f'<details style="font-size: 15px; margin-top: 10px"><summary>'
        f"{'The other days' if here else 'The timetable'}</summary>{others}</details>"
        if others
        else ""
    )
    return (
        heading(programme.title)
        + f'<div style="display: flex; flex-wrap: wrap; gap: 8px">{boxes}</div>'
        + shown
        + rest
    )


def _is_past(day: Day, now: datetime | None) -> bool:
    return now is not None and day.until is not None and day.until < now.date()


def _width(days: int) -> int:
    """Return the percent of the row a day takes: one row of up to seven, else even rows.

    Six less than its share: borders, padding and gaps come on top, and the boxes grow.
    """
    rows = -(-days // 7)
    return max(100 // max(-(-days // max(rows, 1)), 1) - 6, 8)


def _box(day: Day, *, here: bool, past: bool, wide: int) -> str:
    edge = f"2px solid {ACCENT}" if here else HAIRLINE
    said = "today" if here and day.lasts_days == 1 else "now" if here else "over" if past else ""
    mark = f" · {said}" if said else ""
    return (
        f'<div style="flex: 1 1 {wide}%; min-width: 74px; max-width: 240px; border: {edge}; '
        f"border-radius: 6px; padding: 8px 7px; font-size: 13px; line-height: 1.35; {FIGURES}"
        f'{"; opacity: 0.62" if past else ""}">'
        f"<b>{text(label(day))}</b>{mark}<br>{text(day.theme)}<br>"
        f'<span style="{QUIET}">{clock.duration(day.sum_min)}</span></div>'
    )


def label(day: Day) -> str:
    """Return what a day is called: its date, or its number."""
    if day.date is not None and day.lasts_days == 1:
        return short_date(day.date)
    if day.until is not None:
        return f"until {short_date(day.until)}"
    if day.number <= 0:
        return "Before"
    return f"Week {(day.number + 6) // 7}" if day.lasts_days == 7 else f"Day {day.number}"


def _timetable(day: Day, ready: frozenset[str], now: datetime | None) -> str:
    minute = None if now is None else now.hour * 60 + now.minute
    lines = "".join(_line(session, ready, minute) for session in day.sessions)
    return (
        f'<p style="font-size: 15px; margin: 16px 0 4px 0"><b>{text(label(day))}</b>: '
        f'{text(day.theme)}</p><div style="border-top: {HAIRLINE}">{lines}</div>'
    )


def _line(session: Session, ready: frozenset[str], minute: int | None) -> str:
    time = "" if session.start_min is None else clock.clock(session.start_min)
    notes = [session.note]
    if session.part is not None and session.module not in ready:
        notes.append("in preparation")
    note = "".join(f' <span style="font-size: 13px; {QUIET}">{text(n)}</span>' for n in notes if n)
    running = (
        minute is not None
        and session.start_min is not None
        and session.start_min <= minute < session.start_min + session.minutes
    )
    title = f"<b>{text(session.title)}</b>, now" if running else text(session.title)
    cell = "padding: 4px 0"
    fade = "; opacity: 0.72" if session.kind in OUTSIDE else ""
    column = (
        f'<span style="flex: 0 0 46px; {cell}; {FIGURES}; {QUIET}">{time}</span>' if time else ""
    )
    return (
        f'<div style="display: flex; gap: 14px; font-size: 15px; line-height: 1.4; '
        f'border-bottom: {HAIRLINE}{fade}">{column}'
        f'<span style="flex: 1 1 auto; {cell}">{title}{note}</span>'
        f'<span style="flex: 0 0 62px; text-align: right; {cell}; {FIGURES}">'
        f"{session.minutes} min</span></div>"
    )

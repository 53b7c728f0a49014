"""The first thing on the page: what to do now, with one button."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from course.home.pieces import FIGURES, QUIET, button, card, text
from course.home.rows import Row, short_date
from course.programmes import clock, site_files
from course.programmes.parts import EXERCISES, LESSON, OUTSIDE, TESTS, VISIT, Day, Session

if TYPE_CHECKING:
    from course.programme import Programme

_VISIT_MAP = "00_orientation"  # its lesson holds the map of all visits
_NO_MORE = (
    "Every question of the open modules has an answer. Read a lesson again, "
    "or try it with another city."
)


@dataclass(frozen=True)
class _Thing:
    """What the card says: a quiet line, a title, a sentence, and at most one button."""

    when: str
    title: str
    words: str = ""
    path: str = ""
    label: str = ""
    minutes: int = 0


def block(rows: list[Row], programme: Programme | None, now: datetime | None) -> str:
    """Return the card with the one thing to do next.

    Parameters
    ----------
    rows : list of Row
        All modules.
    programme : Programme, optional
        The programme, with or without dates.
    now : datetime, optional
        The time in the programme's zone, without a zone; None: no clock.
    """
    return _shown(_thing(rows, programme, now))


def _thing(rows: list[Row], programme: Programme | None, now: datetime | None) -> _Thing:
    if programme is None:
        return _next(rows, "") or _nothing(rows)
    by_id = {row.module.id: row for row in rows}
    if programme.start is not None and now is not None:
        for day in programme.today(now.date()):
            if not day.online and (found := _on_site(day, by_id, now)):
                return found
        return _around(rows, programme, by_id, now)
    return _in_order(programme, by_id) or _nothing(rows)


def _on_site(day: Day, rows: dict[str, Row], now: datetime) -> _Thing | None:
    """Return the session that runs now, else the next one of today, else None."""
    minute = now.hour * 60 + now.minute
    left = [s for s in day.sessions if s.kind not in OUTSIDE and s.end_min and s.end_min > minute]
    if not left or left[0].start_min is None:
        return None
    session = left[0]
    begins, ends = clock.clock(left[0].start_min), clock.clock(session.end_min or 0)
    when = f"Now, until {ends}" if left[0].start_min <= minute else f"Today at {begins}"
    return _session(session, rows, when)


def _session(session: Session, rows: dict[str, Row], when: str) -> _Thing:
    row = rows.get(session.module or "")
    path, label = ("", "") if row is None or not row.is_open else _opening(session, row)
    words = session.note
    if session.kind == VISIT:
        place = site_files.read_sites().get(session.site or "")
        if place is not None:
            asked = place.asks(session.module)
            words = f"{place.look_for} Look for two answers: {asked.q1} {asked.q2}"
        if not path and (map_row := rows.get(_VISIT_MAP)) and map_row.is_open and map_row.lesson:
            path, label = map_row.lesson, "Open the map of the visits"
    elif row is not None and session.kind == LESSON:
        words = row.module.decision
    if row is not None and not path and session.part is not None:
        words = "This module is in preparation. Your instructor shows it."
    return _Thing(when, session.title, words, path, label, session.minutes if row and path else 0)


def _opening(session: Session, row: Row) -> tuple[str, str]:
    if session.kind == LESSON and row.lesson:
        return row.lesson, "Open the lesson"
    if session.kind in TESTS and row.exercises:
        return row.exercises, _test_label(row)
    if session.kind == EXERCISES and row.exercises:
        return row.exercises, "Open the exercises"
    return (row.lesson, "Read the lesson again") if row.lesson else ("", "")


def _test_label(row: Row) -> str:
    return "Open the survey" if row.module.form == "survey" else "Open the test"


def _around(rows: list[Row], programme: Programme, by_id: dict[str, Row], now: datetime) -> _Thing:
    """Return what to do on a day without sessions: a part on line, or between days."""
    today = now.date()
    for day in programme.today(today):
        if day.online and (found := _undone(day, by_id)):
            return _from_row(found, f"{day.theme}, until {short_date(day.until)}")  # type: ignore[arg-type]
    later = next((d for d in programme.days if d.date and d.date > today), None)
    if later is None or later.date is None:
        over = programme.end is not None and programme.end < today
        told = f"{programme.title} ended on {short_date(programme.end)}" if over else ""  # type: ignore[arg-type]
        return _next(rows, told) or _Thing(told, "The last day is over", _NO_MORE)
    tomorrow = later.date == today + timedelta(days=1)
    day_words = "tomorrow" if tomorrow else f"on {short_date(later.date)}"
    at = "" if later.start_min is None else f" at {clock.clock(later.start_min)}"
    told = f"{later.theme}: {day_words}{at}"
    return _in_order(programme, by_id, when=told) or _Thing(told, later.theme, _NO_MORE)


def _in_order(programme: Programme, rows: dict[str, Row], *, when: str = "") -> _Thing | None:
    """Return the first thing of the programme's order that is not done."""
    for day in programme.days:
        if row := _undone(day, rows):
            return _from_row(row, when or _day_words(programme, day))
    return None


def _day_words(programme: Programme, day: Day) -> str:
    if day.lasts_days == 7:
        return f"Week {(day.number + 6) // 7}: {day.theme}"
    return f"Day {day.number}: {day.theme}" if day.number > 0 else day.theme


def _undone(day: Day, rows: dict[str, Row]) -> Row | None:
    for session in day.sessions:
        row = rows.get(session.module or "")
        worked = session.part is not None or session.kind in TESTS
        if worked and row and row.is_open and row.files and not row.done.complete:
            return row
    return None


def _next(rows: list[Row], when: str) -> _Thing | None:
    for row in rows:
        if row.is_open and row.files and not row.done.complete:
            return _from_row(row, when)
    return None


def _from_row(row: Row, when: str) -> _Thing:
    module, done = row.module, row.done
    lesson = not done.begun and bool(row.lesson)
    minutes = module.minutes.get("lesson" if lesson else "exercises", 0)
    progress = f"{done.answered} of {done.questions} answered" if done.begun else "Start here"
    said = " · ".join(part for part in (when, progress) if part)
    if not row.is_lesson:
        label = _test_label(row)
    else:
        label = "Open the lesson" if lesson else "Go on with the exercises"
    path = row.lesson if lesson else row.exercises or row.files[-1]
    return _Thing(said, module.title, module.decision, path, label, minutes)


def _nothing(rows: list[Row]) -> _Thing:
    if any(row.is_open for row in rows):
        return _Thing("", "", _NO_MORE)
    return _Thing("", "", "No module is in your folder yet. Your city is ready to look at.")


def _shown(thing: _Thing) -> str:
    parts = []
    if thing.when:
        parts.append(f'<div style="font-size: 13px; {QUIET}; {FIGURES}">{text(thing.when)}</div>')
    if thing.title:
        parts.append(
            f'<div style="font-size: 24px; font-weight: 600; line-height: 1.25; '
            f'margin: 2px 0 6px 0">{text(thing.title)}</div>'
        )
    if thing.words:
        below = 14 if thing.path else 0
        parts.append(
            f'<div style="font-size: 15px; margin-bottom: {below}px">{text(thing.words)}</div>'
        )
    if thing.path:
        about = (
            f'<span style="font-size: 13px; margin-left: 14px; {QUIET}; {FIGURES}">'
            f"about {thing.minutes} minutes</span>"
            if thing.minutes
            else ""
        )
        parts.append(button(thing.path, thing.label) + about)
    return card("".join(parts))

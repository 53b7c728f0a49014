"""A programme put on a calendar: each day gets its date, closed places their stand-ins."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from course.errors import UsageError
from course.programmes import site_files
from course.programmes.parts import VISIT, Day, Session
from course.programmes.places import Site

if TYPE_CHECKING:
    from course.programme import Programme

FIRST, LAST = date(2000, 1, 1), date(2199, 12, 31)


def dated(programme: Programme, start: date) -> Programme:
    """Return the programme with dates, made from its days without dates.

    Parameters
    ----------
    programme : Programme
        With or without dates; those it has are forgotten.
    start : date
        Its day 1.

    Raises
    ------
    UsageError
        The start is no date of this or the next century.
    """
    if type(start) is not date or not FIRST <= start <= LAST:
        raise UsageError(f"{start!r} is no day to begin on.", "Give a date such as 2027-04-05.")
    plain = programme._undated or programme.days
    places = site_files.read_sites()
    days = tuple(_day(day, start, places) for day in plain)
    return replace(programme, start=start, days=days, _undated=plain)


def _day(day: Day, start: date, places: dict[str, Site]) -> Day:
    when = start + timedelta(days=day.number - 1)
    sessions = tuple(_session(session, when, places) for session in day.sessions)
    return replace(day, date=when, sessions=sessions)


def _session(session: Session, when: date, places: dict[str, Site]) -> Session:
    """Return a visit with the first of its places that is open; others as they are."""
    if session.kind != VISIT or session.site not in places:
        return session
    why = places[session.site].closed(when, session.start_min, session.end_min)
    if not why:
        return session
    for name in session.if_closed:
        if name in places and not places[name].closed(when, session.start_min, session.end_min):
            title = f"Visit: {places[name].title}"
            return replace(session, site=name, title=title, note=f"Instead: {why}")
    if session.optional:
        return replace(
            session, kind="break", title="Free time", site=None, module=None, attended=False,
            note=why,
        )  # fmt: skip
    return session

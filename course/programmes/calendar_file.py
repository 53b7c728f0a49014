"""The timetable as an iCalendar file (RFC 5545) for the calendar people already use.

One event per session on site, with the clock of the programme's own time zone; one event of
whole days per span on line. The UID of a session is the same in every file of a year, and
``SEQUENCE`` grows with the time of writing: importing a file again changes the events that
are there and adds none. A second run in one year is a programme of its own: copy the file.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Event, Timezone

from course.errors import UsageError
from course.programmes import clock, known_modules, places, site_files
from course.programmes.parts import EXERCISES, LESSON, OUTSIDE, VISIT, Day, Session

if TYPE_CHECKING:
    from course.programme import Programme

MINUTES = "X-COURSE-MINUTES"
_DOMAIN = "smart-city-course.example"  # a reserved name: an UID needs one, nobody owns this one
_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
_BEFORE_THE_DAY = timedelta(minutes=-30)
_LAST_DAY_AT_NINE = timedelta(hours=-15)  # the end of a span is the midnight after it


def written(programme: Programme, *, now: datetime | None = None) -> bytes:
    """Return the timetable as an iCalendar file.

    Parameters
    ----------
    programme : Programme
        With dates.
    now : datetime, optional
        The time of writing, with its zone; the clock's when absent.

    Returns
    -------
    bytes
        UTF-8, lines folded at 75 bytes and ended as the standard asks.

    Raises
    ------
    UsageError
        The programme has no dates.
    """
    if programme.start is None:
        raise UsageError(
            f"{programme.title} has no dates, and a calendar needs them.",
            "Give its first day, such as --start 2027-04-05.",
        )
    now = (now or datetime.now(UTC)).astimezone(UTC).replace(microsecond=0)
    calendar = Calendar()
    calendar.add("prodid", "-//Smart city course//Programme//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", programme.title)
    calendar.add("x-wr-timezone", programme.timezone)
    first = programme.days[0].date or programme.start
    calendar.add_component(
        Timezone.from_tzid(
            programme.timezone,
            first_date=min(first, programme.start) - timedelta(days=366),
            last_date=(programme.end or programme.start) + timedelta(days=366),
        )
    )
    for day in programme.days:
        for event in _events(programme, day):
            event.add("dtstamp", now)
            event.add("last-modified", now)
            event.add("sequence", max(0, int((now - _EPOCH).total_seconds() // 60)))
            calendar.add_component(event)
    return calendar.to_ical()


def uid(programme: Programme, name: str) -> str:
    """Return the id of a session's or span's event, the same in every file of a year."""
    year = programme.start.year if programme.start else 0
    return f"{programme.id}.{year}.{name}@{_DOMAIN}"


def _events(programme: Programme, day: Day) -> list[Event]:
    if day.start_min is None:
        return [_span(programme, day)]
    first = next((s.id for s in day.sessions if s.kind not in OUTSIDE), "")
    return [_timed(programme, day, session, alarm=session.id == first) for session in day.sessions]


def _timed(programme: Programme, day: Day, session: Session, *, alarm: bool) -> Event:
    zone = ZoneInfo(programme.timezone)
    event = _event(programme, session.id, session.title, session.minutes)
    event.add("dtstart", day.moment(session.start_min or 0).replace(tzinfo=zone))
    event.add("dtend", day.moment(session.end_min or 0).replace(tzinfo=zone))
    event.add("categories", [session.kind])
    event.add("transp", "TRANSPARENT" if session.kind in OUTSIDE else "OPAQUE")
    place = site_files.read_sites().get(session.site or "")
    if place is not None or session.room:
        event.add("location", session.room or place.title)  # type: ignore[union-attr]
    if place is not None and place.lat is not None and place.lon is not None:
        event.add("geo", (place.lat, place.lon))
    if words := _description(session, place):
        event.add("description", words)
    if alarm:
        _add_alarm(event, f"{day.theme}: {session.title}", _BEFORE_THE_DAY)
    return event


def _span(programme: Programme, day: Day) -> Event:
    event = _event(programme, day.id, f"{programme.title}: {day.theme}", day.sum_min)
    begin, until = day.date or date.min, day.until or date.min
    event.add("dtstart", begin)
    event.add("dtend", until + timedelta(days=1))
    event.add("transp", "TRANSPARENT")
    lines = [f"{s.minutes} min  {s.title}{_unready(s)}" for s in day.sessions]
    whole = f"{clock.duration(day.sum_min)} of work, when it suits you."
    event.add("description", "\n".join([whole, *lines]))
    _add_alarm(event, f"Last day: {day.theme}", _LAST_DAY_AT_NINE, related="END")
    return event


def _event(programme: Programme, name: str, title: str, minutes: int) -> Event:
    event = Event()
    event.add("uid", uid(programme, name))
    event.add("summary", title)
    event.add("status", "CONFIRMED")
    event.add(MINUTES, str(minutes))
    return event


def _add_alarm(event: Event, words: str, before: timedelta, *, related: str = "START") -> None:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", words)
    alarm.add("trigger", before, parameters={} if related == "START" else {"related": related})
    event.add_component(alarm)


def _description(session: Session, place: places.Site | None) -> str:
    lines = [session.note] if session.note else []
    if session.part in (LESSON, EXERCISES) and session.module:
        lines.append(f"Module {session.module[:2]}, {session.part}{_unready(session)}")
    if place is not None and session.kind == VISIT:
        asked = place.asks(session.module)
        lines += [place.look_for, f"1. {asked.q1}", f"2. {asked.q2}"]
        if place.booking:
            lines.append("The visit needs a booking.")
        if place.place_note:
            lines.append(place.place_note)
        if place.hours_mark == "G":
            lines.append("Opening hours are unverified: confirm them with the host.")
    return "\n".join(lines)


def _unready(session: Session) -> str:
    if session.part is None:
        return ""
    spec = known_modules.specs().get(session.module or "")
    return "" if spec is not None and spec.status == "ready" else " (in preparation)"

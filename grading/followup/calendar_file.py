"""The four report days of a plan as a calendar file, in the city's own time."""

from __future__ import annotations

import hashlib
from copy import deepcopy
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pandas as pd

if TYPE_CHECKING:
    from icalendar import Timezone

NINE = time(9, 0)
MINUTES = 10  # what the form takes
PRODUCT = "-//Smart city course//Follow-up//EN"


def calendar(plan: pd.Series, milestones: pd.DataFrame, *, stamp: date) -> bytes:
    """Return an iCalendar file with one event and one task for each report day.

    Parameters
    ----------
    plan : Series
        One row of ``Frames.plans``.
    milestones : DataFrame
        Its rows of ``Frames.milestones``.
    stamp : date
        The day of writing; the same day gives the same bytes.

    Returns
    -------
    bytes
        Events from 9:00 to 9:10 in the time zone of the plan, with their VTIMEZONE.
    """
    from icalendar import Calendar, Event, Todo

    zone = _zone(str(plan["timezone"]))
    book = Calendar()
    book.add("prodid", PRODUCT)
    book.add("version", "2.0")
    book.add("method", "PUBLISH")
    written = datetime.combine(stamp, time(0), UTC)
    for step in milestones.sort_values("day").itertuples():
        begins = datetime.combine(step.due, NINE, zone)
        said = f"Follow-up report, day {step.day}: {plan['title']}"
        promise = f" Promised in the plan: {step.promise}." if step.promise else ""
        words = f"Ten minutes. Open follow_up.ipynb or the Excel template.{promise}"
        event = Event()
        event.add("uid", _uid(plan, step.day, "event"))
        event.add("dtstamp", written)
        event.add("dtstart", begins)
        event.add("dtend", begins + timedelta(minutes=MINUTES))
        event.add("summary", said)
        event.add("description", words)
        event.add("transp", "TRANSPARENT")
        task = Todo()
        task.add("uid", _uid(plan, step.day, "task"))
        task.add("dtstamp", written)
        task.add("due", begins + timedelta(minutes=MINUTES))
        task.add("summary", said)
        task.add("description", words)
        task.add("status", "NEEDS-ACTION")
        book.add_component(event)
        book.add_component(task)
    first = plan["closing"].replace(month=1, day=1)
    for name in sorted(book.get_missing_tzids()):
        book.subcomponents.insert(0, deepcopy(_rules(name, first)))
    return book.to_ical()


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return ZoneInfo("Asia/Seoul")


@lru_cache(maxsize=64)
def _rules(name: str, first: date) -> Timezone:
    """Return the clock changes of a zone in the three years from a day; slow to find out."""
    from icalendar import Timezone

    return Timezone.from_tzid(name, first_date=first, last_date=first.replace(year=first.year + 3))


def _uid(plan: pd.Series, day: int, kind: str) -> str:
    """Return an id that stays the same, so that a second import moves nothing twice."""
    text = f"{plan['programme']}|{plan['closing']}|{plan['key']}|{day}|{kind}"
    return f"{hashlib.sha256(text.encode('utf-8')).hexdigest()[:32]}@follow-up.smart-city-course"

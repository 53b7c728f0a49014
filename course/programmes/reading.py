"""Reading one programme file: what it holds, and everything that is wrong in its form.

Nothing is corrected silently. What the file says is taken as it is; whether its minutes,
places and modules fit together is asked by `course.programmes.checks`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

from course.completion import CompletionRule
from course.errors import CourseError
from course.programmes import clock, folders, known_modules, plain_yaml, site_files
from course.programmes.complaints import Complaints, Reader
from course.programmes.parts import (
    EXERCISES,
    KINDS,
    LESSON,
    OUTSIDE,
    TESTS,
    TITLES,
    VISIT,
    Day,
    Delegation,
    Session,
)

MOST_MINUTES = 24 * 60
MOST_SEATS = 500


class Content(NamedTuple):
    """What a file says, with empty places where it says nothing readable."""

    id: str
    title: str
    timezone: str
    starts_on: int | None
    rule: CompletionRule
    delegations: tuple[Delegation, ...]
    days: tuple[Day, ...]
    afterwards: tuple[str, ...]
    unverified: tuple[str, ...]
    source: str


def read(path: Path) -> tuple[Content, Complaints]:
    """Return what a programme file says, and the complaints about its form.

    Parameters
    ----------
    path : Path
        The YAML file; its name is the programme's id.

    Raises
    ------
    CourseError
        It is not readable at all.
    """
    complaints = Complaints(str(path))
    reader = Reader(complaints, "", plain_yaml.load(path))
    name = reader.text("id")
    if name != path.stem or not folders.good_name(name):
        reader.complain(
            f"'id' is {name!r}.", "Give it the file's name: lower case letters, digits and _."
        )
    zone = reader.text("timezone", "Asia/Seoul")
    if not _is_zone(zone):
        reader.complain(f"'timezone' is {zone!r}.", "Write a zone such as Asia/Seoul.")
        zone = "Asia/Seoul"
    weekday = reader.choice("starts_on", clock.DAYS, "")
    days = tuple(_day(complaints, row, i) for i, row in enumerate(reader.rows("days"), 1))
    if not days:
        reader.complain("there is no day.", "Add one under 'days'.")
    content = Content(
        id=path.stem,
        title=reader.text("title"),
        timezone=zone,
        starts_on=clock.DAYS.index(weekday) if weekday else None,
        rule=_rule(reader),
        delegations=tuple(_delegation(complaints, r) for r in reader.rows("delegations", ())),
        days=days,
        afterwards=_words(reader, "afterwards"),
        unverified=_words(reader, "unverified"),
        source=reader.text("source", "", longest=600),
    )
    reader.end()
    return content, complaints


def _rule(reader: Reader) -> CompletionRule:
    given = reader.take("rule", {})
    try:
        return CompletionRule.from_data(given, where=reader.complaints.file)
    except CourseError as error:
        reader.complaints.lines.append(str(error))
    except TypeError:
        reader.complain("'rule' is not readable.", "Compare it with another programme's.")
    return CompletionRule()


def _words(reader: Reader, name: str) -> tuple[str, ...]:
    found = []
    for value in reader.rows(name, (), most=60):
        one = Reader(reader.complaints, name, {"text": value})
        found.append(one.text("text", longest=400))
    return tuple(word for word in found if word)


def _delegation(complaints: Complaints, row: Any) -> Delegation:
    name = row.get("id") if isinstance(row, dict) else None
    reader = Reader(complaints, f"delegation {name}", row)
    pack = reader.text("pack", "")
    found = Delegation(
        id=_id(reader),
        city=reader.text("city"),
        country=reader.text("country", ""),
        pack=pack or None,
        seats=reader.number("seats", 1, low=1, high=MOST_SEATS) or 1,
        example=bool(reader.flag("example")),
    )
    reader.end()
    return found


def _day(complaints: Complaints, row: Any, number: int) -> Day:
    given = row.get("id") if isinstance(row, dict) else None
    reader = Reader(complaints, f"day {given or number}", row)
    name = _id(reader)
    online = bool(reader.flag("online"))
    start = _time(reader, "start", needed=not online)
    sessions: list[Session] = []
    running = start
    for position, item in enumerate(reader.rows("sessions"), 1):
        session = _session(complaints, item, day=name, number=position, online=online, at=running)
        sessions.append(session)
        running = None if running is None else running + session.minutes
    if not sessions:
        reader.complain("there is no session.", "Add one under 'sessions'.")
    day = Day(
        id=name,
        theme=reader.text("theme"),
        number=_or(reader.number("day", low=-366, high=366), 1),
        lasts_days=reader.number("lasts_days", 1, low=1, high=366) or 1,
        start_min=start,
        total_min=reader.number("total", low=1, high=100 * MOST_MINUTES) or 0,
        online=online,
        sessions=tuple(sessions),
    )
    if online and start is not None:
        reader.complain("a day on line has a 'start'.", "Delete it, or delete 'online'.")
    if not online and day.lasts_days > 1:
        reader.complain("'lasts_days' is for days on line.", "Write one entry for each day.")
    reader.end()
    return day


def _session(
    complaints: Complaints, row: Any, *, day: str, number: int, online: bool, at: int | None
) -> Session:
    given = row.get("id") if isinstance(row, dict) else None
    where = f"day {day}, session {given or number}"
    reader = Reader(complaints, where, row)
    name = _id(reader, f"{day}-{number}")
    kind = reader.choice("kind", KINDS)
    module = reader.text("module", TESTS.get(kind, ""))
    site = reader.text("site", "")
    counts = reader.flag("attended", None)
    session = Session(
        id=name,
        day=day,
        kind=kind or "other",
        title=reader.text("title", "") or _title(reader, kind, module, site),
        minutes=reader.number("minutes", low=1, high=MOST_MINUTES) or 0,
        start_min=at,
        module=module or None,
        part=kind if kind in (LESSON, EXERCISES) else None,
        site=site or None,
        attended=(kind not in OUTSIDE and not online) if counts is None else counts,
        optional=bool(reader.flag("optional")),
        if_closed=_words(reader, "if_closed"),
        at_min=_time(reader, "at", needed=False),
        room=reader.text("room", ""),
        note=reader.text("note", "", longest=400),
    )
    if counts and (online or kind in OUTSIDE):
        reader.complain("presence is not taken here.", "Delete 'attended'.")
    reader.end()
    return session


def _title(reader: Reader, kind: str, module: str, site: str) -> str:
    """Return the title of a session whose file gives none."""
    if kind in TITLES:
        return TITLES[kind]
    if kind in (LESSON, EXERCISES):
        if not module:
            reader.complain("'module' is missing.", "Add the id of a module.")
            return kind
        name = known_modules.title_of(module, known_modules.specs())
        return name if kind == LESSON else f"{name}: exercises"
    if kind == VISIT:
        places = site_files.read_sites()
        if site in places:
            return f"Visit: {places[site].title}"
        if not site:
            reader.complain("'site' is missing.", "Add the place of the visit.")
        return f"Visit: {site}"
    if kind:
        reader.complain("'title' is missing.", "Add what people read in the timetable.")
    return kind or "?"


def _id(reader: Reader, default: str | None = None) -> str:
    name = reader.text("id") if default is None else reader.text("id", default)
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,39}", name, re.ASCII):
        reader.complain(f"'id' is {name!r}.", "Use lower case letters, digits, - and _.")
    return name


def _time(reader: Reader, name: str, *, needed: bool) -> int | None:
    value = reader.take(name) if needed else reader.take(name, None)
    if value is None:
        return None
    total = clock.minutes(value)
    if total is None:
        reader.complain(f"{name!r} is {str(value)[:40]!r}.", f'Write {name}: "09:00".')
    return total


def _or(value: int | None, default: int) -> int:
    return default if value is None else value


def _is_zone(name: str) -> bool:
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    except (OSError, ValueError):  # ZoneInfoNotFoundError is a KeyError
        return False
    except KeyError:
        return False
    return True

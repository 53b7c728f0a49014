"""The calendar files, read by a second library and compared with the programme."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from ical.calendar import Calendar
from ical.calendar_stream import IcsCalendarStream

from course.errors import UsageError
from course.programme import Programme
from course.programmes import calendar_file
from course.programmes.calendar_file import MINUTES
from tests.programme_files import small, write

NOW = datetime(2026, 11, 22, 3, 4, 5, tzinfo=UTC)
START = {
    "wego_week": date(2027, 4, 5),
    "mashhad_tailor_made": date(2019, 6, 9),
    "iloilo_susa": date(2024, 5, 9),
    "self_paced": date(2027, 1, 4),
}
SEOUL = ZoneInfo("Asia/Seoul")


def parsed(content: bytes) -> Calendar:
    return IcsCalendarStream.calendar_from_ics(content.decode("utf-8"))


def dated(name: str) -> Programme:
    return Programme.open(name).dated(START[name])


@pytest.mark.parametrize("name", START)
def test_every_event_is_the_programmes(name: str) -> None:
    programme = dated(name)
    events = {event.uid: event for event in parsed(programme.ics()).events}
    wanted = 0
    for day in programme.days:
        if day.online:
            event = events.pop(calendar_file.uid(programme, day.id))
            assert (event.dtstart, event.dtend) == (day.date, day.until + timedelta(days=1))
            assert all(session.title in event.description for session in day.sessions)
            wanted += day.total_min
            continue
        for session in day.sessions:
            event = events.pop(calendar_file.uid(programme, session.id))
            assert event.summary == session.title
            begin = datetime(day.date.year, day.date.month, day.date.day, tzinfo=SEOUL)
            assert event.dtstart == begin + timedelta(minutes=session.start_min)
            assert event.dtend - event.dtstart == timedelta(minutes=session.minutes)
            assert event.dtstart.utcoffset() == timedelta(hours=9)
            wanted += session.minutes
    assert not events
    lines = re.findall(rb"^X-COURSE-MINUTES:(\d+)\r$", programme.ics(), re.M)
    assert sum(map(int, lines)) == wanted == sum(day.total_min for day in programme.days)


def test_the_name_of_the_minutes_line_is_the_one_that_is_counted() -> None:
    assert MINUTES == "X-COURSE-MINUTES"


def test_the_time_zone_is_in_the_file_and_knows_no_summer_time() -> None:
    text = dated("wego_week").ics().decode()
    zone = text[text.index("BEGIN:VTIMEZONE") : text.index("END:VTIMEZONE")]
    assert "TZID:Asia/Seoul" in zone and "BEGIN:STANDARD" in zone
    assert "DAYLIGHT" not in zone
    assert set(re.findall(r"TZOFFSET(?:FROM|TO):(\S+)", zone)) == {"+0900"}
    assert text.count("DTSTART;TZID=Asia/Seoul:") == 65  # all but the part on line
    summer = Programme.open("wego_week").dated(date(2027, 7, 5))
    hours = {
        e.dtstart.utcoffset() for e in parsed(summer.ics()).events if hasattr(e.dtstart, "hour")
    }
    assert hours == {timedelta(hours=9)}


def test_a_zone_with_summer_time_is_told_right(tmp_path: Path) -> None:
    content = small() | {"timezone": "Europe/Madrid", "delegations": []}
    programme = Programme.open(write(tmp_path, content))
    for start, hours in ((date(2027, 1, 11), 1), (date(2027, 7, 12), 2)):
        text = programme.dated(start).ics()
        assert b"BEGIN:DAYLIGHT" in text
        (opening,) = (e for e in parsed(text).events if e.summary == "Opening")
        assert opening.dtstart.astimezone(UTC).hour == 9 - hours


def test_importing_again_changes_events_and_adds_none() -> None:
    """A calendar keeps the event of an UID that has the greater SEQUENCE, as RFC 5546 says."""
    programme = dated("wego_week")
    shown: dict[str, tuple[int, object]] = {}

    def load(content: bytes) -> None:
        for event in parsed(content).events:
            if event.sequence >= shown.get(event.uid, (-1, None))[0]:
                shown[event.uid] = (event.sequence, event.dtstart)

    load(calendar_file.written(programme, now=NOW))
    first = dict(shown)
    load(calendar_file.written(programme, now=NOW))
    assert shown == first
    moved = programme.dated(date(2027, 4, 12))
    load(calendar_file.written(moved, now=NOW + timedelta(hours=1)))
    assert shown.keys() == first.keys()
    days = {uid: shown[uid][1] - first[uid][1] for uid in shown}
    assert set(days.values()) == {timedelta(days=7)}
    # an older file, imported late, changes nothing back
    load(calendar_file.written(programme, now=NOW))
    assert {uid: shown[uid][1] - first[uid][1] for uid in shown} == days
    # next year's week is another one
    load(calendar_file.written(programme.dated(date(2028, 4, 3)), now=NOW))
    assert len(shown) == 2 * len(first)


def test_the_same_moment_gives_the_same_bytes() -> None:
    programme = dated("mashhad_tailor_made")
    assert calendar_file.written(programme, now=NOW) == calendar_file.written(programme, now=NOW)
    other = NOW.astimezone(SEOUL)
    assert calendar_file.written(programme, now=other) == calendar_file.written(programme, now=NOW)


def test_lines_are_folded_and_any_script_survives(tmp_path: Path) -> None:
    names = [
        "서울 시민청 방문과 긴 설명 " * 5,
        "نشست دربارهٔ بلیت یکپارچه در مشهد " * 5,
        "Iloílo, ñ; a\\b,c",
    ]
    content = small() | {"title": "서울 مشهد", "delegations": []}
    for session, name in zip(content["days"][2]["sessions"], names, strict=True):
        session["title"] = " ".join(name.split())
    programme = Programme.open(write(tmp_path, content)).dated(date(2027, 4, 5))
    raw = programme.ics()
    lines = raw.split(b"\r\n")
    assert lines[-1] == b"" and b"\n" not in raw.replace(b"\r\n", b"")
    assert all(len(line) <= 75 for line in lines)
    for line in lines:
        line.decode("utf-8")  # no letter is cut in two
    told = {event.summary for event in parsed(raw).events}
    assert {" ".join(name.split()) for name in names} <= told


def test_alarms_come_once_a_day_and_before_a_part_on_line_ends() -> None:
    programme = dated("wego_week")
    calendar = parsed(programme.ics())
    by_day: dict[object, list[object]] = {}
    for event in calendar.events:
        if event.alarm:
            by_day.setdefault(
                getattr(event.dtstart, "date", lambda e=event: e.dtstart)(), []
            ).append(event.alarm[0].trigger)
    assert {key: len(found) for key, found in by_day.items()} == {
        date(2027, 3, 8): 1, **{date(2027, 4, 5 + i): 1 for i in range(5)},
    }  # fmt: skip
    assert by_day[date(2027, 4, 6)] == [timedelta(minutes=-30)]
    text = programme.ics().decode()
    assert text.count("TRIGGER;RELATED=END:-PT15H") == 1  # nine in the morning of the last day


def test_a_visit_says_where_and_what_to_look_for() -> None:
    (topis,) = (e for e in parsed(dated("wego_week").ics()).events if "TOPIS" in e.summary)
    assert topis.location.startswith("TOPIS")
    assert (topis.geo.lat, topis.geo.lng) == (37.5663, 126.9779)
    assert "How old is the newest position?" in topis.description
    assert "unverified" in topis.description
    breaks = [e for e in parsed(dated("wego_week").ics()).events if e.summary == "Break"]
    assert breaks and {e.transparency for e in breaks} == {"TRANSPARENT"}


def test_what_has_no_dates_has_no_calendar() -> None:
    with pytest.raises(UsageError, match="has no dates"):
        Programme.open("wego_week").ics()

"""Due list and reminders: by the day, once each, and nothing is sent."""

from __future__ import annotations

import email
import email.policy
import json
import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grading.followup import due as due_rules
from grading.followup import mail, open_store
from grading.followup.adding import add
from grading.followup.due import STANDARD, due
from grading.followup.reminding import remind, slug
from grading.followup.starting import Person, start
from tests.followup_year import CLOSING, COHORT, STORIES, handed_in, register, report_of, student

ILOILO = STORIES[2]


def after(days: int) -> date:
    return CLOSING + timedelta(days=days)


@pytest.fixture
def store(tmp_path):
    with open_store(tmp_path / "f.db") as opened:
        yield opened


def state_of(store, day: int, on: date) -> tuple[str, str]:
    table = due(store.frames(on)).set_index("day")
    return table.loc[day, "state"], table.loc[day, "next"]


def test_a_step_walks_from_later_to_unknown(store, tmp_path):
    register(store, (ILOILO,))
    seen = []
    for days in (22, 23, 29, 30, 36, 37, 38, 50, 51, 52, 64, 65, 300):
        seen.append((days, *state_of(store, 30, after(days))))
        remind(store, tmp_path / "mail", on=after(days))
    assert seen == [
        (22, "later", ""), (23, "due soon", "notice"), (29, "due soon", ""), (30, "due", ""),
        (36, "due", ""), (37, "overdue", "reminder 1"), (38, "overdue", ""), (50, "overdue", ""),
        (51, "overdue", "reminder 2"), (52, "overdue", ""), (64, "overdue", ""),
        (65, "unknown", ""), (300, "unknown", ""),
    ]  # fmt: skip


def test_silence_is_never_not_started(store, tmp_path):
    register(store, (ILOILO,))
    for days in sorted(step + week for step in (30, 90, 180, 365) for week in (0, 7, 14, 21, 28)):
        remind(store, tmp_path / "mail", on=after(days))
    table = due(store.frames(after(420)))
    assert set(table["state"]) == {"unknown"} and set(table["status"]) == {None}
    assert set(table["reminders"]) == {2}


def test_a_late_report_ends_the_silence(store, tmp_path):
    register(store, (ILOILO,))
    for days in (37, 51, 70):
        remind(store, tmp_path / "mail", on=after(days))
    path = tmp_path / "r.json"
    path.write_text(json.dumps(report_of(ILOILO, 30)))
    add(store, path, on=after(80))
    assert state_of(store, 30, after(79)) == ("unknown", "")
    assert state_of(store, 30, after(80)) == ("answered", "")


def test_nobody_is_asked_about_a_dropped_plan(store, tmp_path):
    story = STORIES[5]
    register(store, (story,))
    path = tmp_path / "r.json"
    path.write_text(json.dumps(report_of(story, 180)))
    add(store, path, on=after(185))
    table = due(store.frames(after(500))).set_index("day")
    assert table["state"].to_dict() == {
        30: "overdue", 90: "overdue", 180: "answered", 365: "closed",
    }  # fmt: skip
    assert table.loc[365, "next"] == ""


def test_twice_gives_no_second_reminder(store, tmp_path):
    register(store)
    first = remind(store, tmp_path / "mail", on=after(40))
    files = {p.name: p.read_bytes() for p in (tmp_path / "mail").iterdir()}
    assert len(first) == len(STORIES) and {w.what for w in first} == {"reminder 1"}
    assert remind(store, tmp_path / "mail", on=after(40)) == []
    assert remind(store, tmp_path / "other", on=after(41)) == []
    assert {p.name: p.read_bytes() for p in (tmp_path / "mail").iterdir()} == files
    assert len(store.frames().reminders) == len(STORIES)


def test_stopped_between_files_and_note_it_writes_the_same_again(store, tmp_path):
    register(store, STORIES[:3])

    class Stop(Exception):
        pass

    calls = iter([None, Stop()])

    def stop() -> None:
        if (error := next(calls)) is not None:
            raise error

    with pytest.raises(Stop):
        remind(store, tmp_path / "mail", on=after(40), after_files=stop)
    before = {p.name: p.read_bytes() for p in (tmp_path / "mail").iterdir()}
    again = remind(store, tmp_path / "mail", on=after(40))
    assert len(again) == 2
    now = {p.name: p.read_bytes() for p in (tmp_path / "mail").iterdir()}
    assert before.items() <= now.items() and len(now) == 9
    assert len(store.frames().reminders) == 3


@given(
    late=st.integers(-400, 400),
    log=st.dictionaries(st.sampled_from([0, 1, 2]), st.integers(0, 300)),
)
def test_laws_of_the_next_mail(late, log):
    today = date(2026, 6, 1)
    when = {number: today - timedelta(days=ago) for number, ago in log.items()}
    step = due_rules._next(late, when, today, STANDARD)
    state = due_rules._state(late, when, today, STANDARD)
    assert step in ("", "notice", "reminder 1", "reminder 2")
    if step:
        assert state != due_rules.LATER
        assert {"notice": 0, "reminder 1": 1, "reminder 2": 2}[step] not in when
    if step == "reminder 2":
        assert 1 in when and late >= STANDARD.second_after
    if state == "unknown":
        assert 2 in when and step == ""
    if late < 0:
        assert state in ("later", "due soon") and step in ("", "notice")


# ---- the files ----------------------------------------------------------------------


def written(store, tmp_path, **changes) -> Path:
    person = Person(student(ILOILO), "Test Iloilo", "test@city.example", ILOILO.city)
    plans = {person.student_id: handed_in(replace(ILOILO, **changes.pop("plan", {})))}
    from grading.followup.starting import Place

    start(store, COHORT, [replace(person, **changes)], plans, on=CLOSING,
          places={ILOILO.city: Place("PH", 10.7, 122.56, "Asia/Manila")})  # fmt: skip
    remind(store, tmp_path / "mail", on=after(40))
    return tmp_path / "mail"


def test_the_calendar_opens_in_a_second_library(store, tmp_path):
    from ical.calendar_stream import IcsCalendarStream

    folder = written(store, tmp_path)
    (path,) = folder.glob("*.ics")
    calendar = IcsCalendarStream.calendar_from_ics(path.read_bytes().decode("utf-8"))
    begins = [e.dtstart for e in calendar.events]
    assert [b.date() for b in begins] == [after(d) for d in (30, 90, 180, 365)]
    assert {b.utcoffset() for b in begins} == {timedelta(hours=8)}
    assert {(b.hour, b.minute) for b in begins} == {(9, 0)}
    assert [t.due.date() for t in calendar.todos] == [after(d) for d in (30, 90, 180, 365)]
    uids = [x.uid for x in (*calendar.events, *calendar.todos)]
    assert len(set(uids)) == 8
    assert "memo signed" in calendar.events[0].description
    assert all(len(line) <= 75 for line in path.read_bytes().split(b"\r\n"))


def test_the_letter_is_plain_and_says_what_to_do(store, tmp_path):
    folder = written(store, tmp_path)
    (path,) = folder.glob("*.eml")
    letter = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert letter["To"] == "Test Iloilo <test@city.example>" and letter["X-Unsent"] == "1"
    assert letter["Subject"] == f"Reminder: your follow-up report, day 30: {ILOILO.title}"
    body = letter.get_body().get_content()
    assert "was due on 2026-04-26, 10 days ago" in body and "memo signed" in body
    assert "!" not in body
    (attached,) = letter.iter_attachments()
    assert attached.get_content_type() == "text/calendar"
    (text,) = folder.glob("*.txt")
    assert body.splitlines() == text.read_text(encoding="utf-8").split("\n\n", 1)[1].splitlines()


HOSTILE = "Ana\r\nBcc: all@city.example\r\n\r\nhello"


def test_no_text_becomes_a_head_of_the_mail(store, tmp_path):
    folder = written(store, tmp_path, name=HOSTILE, plan={"title": f"Plan {HOSTILE}"})
    (path,) = folder.glob("*.eml")
    letter = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert set(letter.keys()) == {"To", "Subject", "X-Unsent", "MIME-Version", "Content-Type"}
    assert len(letter["To"].addresses) == 1
    (text,) = folder.glob("*.txt")
    assert not re.search(r"^Bcc:", text.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize(
    "address",
    ["", "none", "a@b", "a b@c.example", "a@c.example, b@d.example", "<a@c.example>",
     "a@c.example\nBcc: x@y.example", "@c.example", "a@@c.example", "ä@c.example"],
)  # fmt: skip
def test_an_address_that_is_none_gives_text_only(address):
    letter = mail.Letter("notice", "Ana", address, "Plan", "City", 30, CLOSING, CLOSING)
    assert mail.message(letter, b"", "x.ics") is None
    head = mail.text_file(letter).partition("\n\n")[0]
    assert "Bcc" not in head and ("(no usable address)" in head or address == "ä@c.example")


@given(name=st.text(max_size=60))
def test_any_id_makes_a_plain_file_name(name):
    made = slug(name)
    assert re.fullmatch(r"[A-Za-z0-9._-]+", made) and not made.startswith((".", "-"))


@given(name=st.text(max_size=80), title=st.text(max_size=80), promise=st.text(max_size=80))
def test_any_name_makes_one_mail(name, title, promise):
    letter = mail.Letter("reminder 2", name, "a@city.example", title, "City", 90, CLOSING,
                         CLOSING, promise)  # fmt: skip
    made = mail.message(letter, b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "x.ics")
    mail.text_file(letter).encode("utf-8", "strict")
    if made is not None:
        parsed = email.message_from_bytes(made, policy=email.policy.default)
        assert set(parsed.keys()) == {"To", "Subject", "X-Unsent", "MIME-Version", "Content-Type"}


def test_a_folder_that_cannot_be_written_is_named(store, tmp_path):
    from course.errors import CourseError

    register(store, (ILOILO,))
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CourseError, match="cannot be written"):
        remind(store, tmp_path / "file" / "mail", on=after(40))
    assert store.frames().reminders.empty

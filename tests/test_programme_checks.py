"""Whatever is wrong in a programme is said, with file, day, session and remedy."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from course.errors import CourseError, UsageError
from course.programme import Programme
from course.programmes import plain_yaml
from tests.programme_files import small, write


@pytest.fixture(autouse=True)
def own_state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Look at the programmes of the course and of this test alone."""
    monkeypatch.delenv("COURSE_PROGRAMMES", raising=False)
    monkeypatch.setenv("COURSE_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("COURSE_WORKSPACE", str(tmp_path / "work"))


def at(content: dict[str, Any], path: str) -> Any:
    """Return the place in a programme that a path such as "days 1 sessions 4" names."""
    for step in path.split():
        content = content[int(step) if step.isdigit() else step]
    return content


def problems(folder: Path, content: Any, *, start: date | None = None) -> list[str]:
    """Return all complaints about a programme, as the command lists them."""
    programme, found = Programme.read(write(folder, content))
    if found.lines:
        with pytest.raises(CourseError):
            Programme.open(programme.path)
        return found.lines
    return (programme if start is None else programme.dated(start)).check()


def test_the_programme_of_these_tests_is_right(tmp_path: Path) -> None:
    assert problems(tmp_path, small()) == []
    assert problems(tmp_path, small(), start=date(2027, 4, 5)) == []


# where, change, what is said, what to do
FORM = [
    ("", {"id": "other"}, "'id' is 'other'", "file's name"),
    ("", {"title": None}, "'title' is missing", "Add it"),
    ("", {"title": ["a"]}, "'title' is not a text", "quotation marks"),
    ("", {"title": "x" * 300}, "longer than 200", "Shorten"),
    ("", {"timezone": "Mars/Base"}, "'timezone' is 'Mars/Base'", "Asia/Seoul"),
    ("", {"timezone": "../../etc/passwd"}, "'timezone'", "Asia/Seoul"),
    ("", {"titles": "x"}, "'titles' is not known", "Did you mean 'title'"),
    ("", {"days": []}, "there is no day", "Add one"),
    ("", {"days": "monday"}, "'days' is not a list", "after a dash"),
    ("", {"days": [3]}, "day 1: names with values", "Compare"),
    ("", {"starts_on": "lundi"}, "'starts_on' is 'lundi'", "mon, tue"),
    ("", {"rule": {"kind": "medal"}}, "kind is 'medal'", "certificate"),
    ("", {"rule": {"attendance": 80}}, "no field 'attendance'", "attendance_pct"),
    ("", {"rule": [1]}, "rule", "."),
    ("", {"rule": {"attendance_pct": 180}}, "attendance_pct is '180'", "0 to 100"),
    ("days 1", {"theme": None}, "day d1: 'theme' is missing", "Add it"),
    ("days 1", {"start": "9am"}, "day d1: 'start' is '9am'", '"09:00"'),
    ("days 1", {"start": 900}, "day d1: 'start' is '900'", '"09:00"'),
    ("days 1", {"start": None}, "day d1: 'start' is missing", "Add it"),
    ("days 1", {"total": "260"}, "day d1: 'total' is '260'", "whole number"),
    ("days 1", {"total": 0}, "day d1: 'total' is 0", "from 1"),
    ("days 1", {"day": 10_000}, "day d1: 'day' is 10000", "-366 to 366"),
    ("days 1", {"lasts_days": 3}, "'lasts_days' is for days on line", "each day"),
    ("days 1", {"sessions": []}, "day d1: there is no session", "Add one"),
    ("days 0", {"start": "09:00"}, "a day on line has a 'start'", "Delete"),
    ("days 1 sessions 1", {"minutes": -5}, "day d1, session d1-2: 'minutes' is -5", "from 1"),
    ("days 1 sessions 1", {"minutes": 45.5}, "session d1-2: 'minutes' is 45.5", "whole"),
    ("days 1 sessions 1", {"minutes": True}, "session d1-2: 'minutes' is True", "whole"),
    ("days 1 sessions 1", {"kind": "party"}, "session d1-2: 'kind' is 'party'", "lesson"),
    ("days 1 sessions 1", {"modules": "x"}, "session d1-2: 'modules' is not known", "'module'"),
    ("days 1 sessions 1", {"module": None}, "session d1-2: 'module' is missing", "Add the id"),
    ("days 1 sessions 0", {"title": None}, "session d1-1: 'title' is missing", "people read"),
    ("days 1 sessions 0", {"title": "a\u0007b"}, "session d1-1: 'title' holds signs", "again"),
    ("days 1 sessions 0", {"id": "No Good"}, "session No Good: 'id' is 'No Good'", "lower case"),
    ("days 1 sessions 4", {"site": None}, "session d1-5: 'site' is missing", "Add the place"),
    ("days 1 sessions 5", {"attended": True}, "session d1-6: presence is not taken", "Delete"),
    ("days 1 sessions 4", {"attended": "no"}, "session d1-5: 'attended' is 'no'", "true or false"),
    ("delegations 0", {"seats": 0}, "delegation one: 'seats' is 0", "from 1"),
    ("delegations 0", {"city": None}, "delegation one: 'city' is missing", "Add it"),
]
FIT = [
    ("days 1", {"total": 265}, "day d1: the sessions up to d1-6 add up to 260", "total: 260"),
    ("days 1 sessions 1", {"minutes": 50}, "day d1: the sessions", "total: 265"),
    ("days 1 sessions 1", {"id": "d1-1"}, "session d1-1: this id stands 2 times", "another id"),
    ("days 1", {"id": "d2"}, "d2: this id stands 2 times", "another id"),
    ("delegations 1", {"id": "one"}, "delegation one: this id stands 2 times", "another id"),
    ("days 1 sessions 2", {"at": "10:00"}, "session d1-3: it overlaps: it is at 10:00",
     "by 15 minutes"),
    ("days 1 sessions 2", {"at": "10:30"}, "session d1-3: there is a gap", "break of 15 minutes"),
    ("days 0 sessions 0", {"at": "10:30"}, "session before-1: a day on line has no clock",
     "Delete 'at'"),
    ("days 1", {"start": "21:00"}, "session d1-5: it ends after midnight", "Begin earlier"),
    ("days 2", {"day": 1}, "day d2, session d2-1: it overlaps with day d1", "Change 'day'"),
    ("days 2", {"day": 0}, "day d2: it stands after day d1 and is before it", "in order"),
    ("days 1 sessions 1", {"module": "10_integrated_fare"},
     "session d1-2: there is no module '10_integrated_fare'", "'10_integrated_fares'"),
    ("days 1 sessions 1", {"module": "../../x"}, "there is no module '../../x'", "id"),
    ("days 0 sessions 0", {"module": "91_post_test"}, "a pre_test is module 90_pre_test",
     "Delete 'module'"),
    ("days 1 sessions 4", {"site": "topas"}, "session d1-5: there is no place 'topas'", "'topis'"),
    ("days 1 sessions 4", {"if_closed": ["moon"]}, "there is no place 'moon'", "sites.yml"),
    ("days 1", {"start": "05:00"}, "session d1-5: TOPIS", "Change the day, the time"),
    ("days 0 sessions 1", {"kind": "visit", "site": "topis"}, "a visit is on a day on line",
     "Move it"),
    ("delegations 0", {"pack": "atlantis"}, "delegation one: there is no city pack 'atlantis'",
     "city add atlantis"),
    ("delegations 0", {"pack": "../seoul"}, "there is no city pack '../seoul'", "city add"),
    ("days 2 sessions 2", {"kind": "survey"}, "rule: it asks for the test after the course",
     "post_test_pct: null"),
    ("days 2 sessions 0", {"module": "10_integrated_fares"}, "rule: it asks for a plan",
     "plan: null"),
    ("", {"afterwards": ["99_x"]}, "there is no module '99_x'", "module's id"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "change", "said", "remedy"), [*FORM, *FIT])
def test_each_fault_is_named_with_its_place_and_remedy(
    tmp_path: Path, path: str, change: dict[str, Any], said: str, remedy: str
) -> None:
    content = small()
    at(content, path).update(change)
    lines = problems(tmp_path, content)
    about = [line for line in lines if said in line and remedy in line]
    assert about, lines
    assert all(line.startswith(str(tmp_path / "small.yml")) for line in lines)


def test_all_faults_are_listed_at_once(tmp_path: Path) -> None:
    content = small()
    content["days"][1]["sessions"][0]["minutes"] = 31
    content["days"][1]["sessions"][4]["site"] = "nowhere"
    content["days"][2]["total"] = 1
    assert len(problems(tmp_path, content)) == 3
    content["days"][1]["theme"] = 3.5  # a number is text on a page
    content["titles"] = "x"
    content["days"][2]["sessions"][0]["kind"] = "x"
    path = write(tmp_path, content)
    with pytest.raises(CourseError, match="'kind' is 'x'") as caught:
        Programme.open(path)
    assert "1 more; see: python3 -m course programme check" in str(caught.value)


def test_exercises_come_after_their_lesson(tmp_path: Path) -> None:
    content = small()
    first, second = content["days"][0]["sessions"][1], content["days"][1]["sessions"][1]
    first["kind"], second["kind"] = "exercises", "lesson"
    assert "exercises of 10_integrated_fares come before its lesson" in problems(
        tmp_path, content
    )[0]  # fmt: skip


@pytest.mark.parametrize(
    ("start", "said"),
    [
        (date(2027, 4, 3), "closed on Saturday 3 April 2027"),
        (date(2026, 5, 5), "a holiday (Children's Day)"),
        (date(2027, 4, 5), ""),
    ],
)
def test_a_visit_on_a_closed_day(tmp_path: Path, start: date, said: str) -> None:
    lines = problems(tmp_path, small(), start=start)
    assert (said in lines[0]) if said else lines == []


def test_a_programme_begins_on_its_day_of_the_week(tmp_path: Path) -> None:
    content = small() | {"starts_on": "mon"}
    assert problems(tmp_path, content, start=date(2027, 4, 5)) == []
    (line,) = problems(tmp_path, content, start=date(2027, 4, 6))
    assert "begin on a Monday" in line and "Tuesday 6 April 2027" in line


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "names with values"),
        ("- a\n- b\n", "names with values"),
        ("id: small\nid: small\n", "line 2: 'id' stands twice"),
        ("id: [\n", "not readable YAML"),
        ("a: &x 1\nb: *x\n", "line 1: signs like & and *"),
        ("a: !!python/object:os.system x\n", "not readable YAML"),
        ("? [a]\n: b\n", "line 1: a name is a list"),
        ("[" * 3000, "not readable YAML"),
        ("id: " + "x" * 400_000, "larger than"),
    ],
)
def test_a_file_that_is_no_programme(tmp_path: Path, text: str, said: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(CourseError) as caught:
        Programme.open(path)
    assert said in str(caught.value) and str(path) in str(caught.value)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "small.yml"
    path.write_bytes(b"id: small\ntitle: \xff\xfe\n")
    with pytest.raises(CourseError, match="line 2: these letters are not UTF-8"):
        Programme.open(path)
    path.unlink()
    path.mkdir()
    with pytest.raises(CourseError):
        Programme.open(path)


def test_words_stay_words(tmp_path: Path) -> None:
    """Plain YAML reads 10:30 as 630, no as false and 2027-02-30 not at all."""
    path = write(tmp_path, "a: 10:30\nb: no\nc: 2027-02-30\nd: 012\ne: true\nf: 7\ng:\nh: ~\n")
    assert plain_yaml.load(path) == {
        "a": "10:30", "b": "no", "c": "2027-02-30", "d": "012", "e": True, "f": 7, "g": None,
        "h": None,
    }  # fmt: skip


def test_a_name_that_is_not_there_gets_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Did you mean 'wego_week'"):
        Programme.open("wego_weak")
    with pytest.raises(CourseError, match="does not exist"):
        Programme.open(tmp_path / "no.yml")

"""A programme that was mistreated is refused, or is still one: never a traceback."""

from __future__ import annotations

import json
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from course import visits
from course.errors import CourseError
from course.programme import Programme
from course.programmes import folders, plain_yaml, site_files
from tests.programme_files import SMALL, small, write

QUIET = settings(
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.integers(-2, 100), st.floats(),
    st.text(max_size=12),
    st.sampled_from(["09:00", "24:00", "topis", "magok", "lesson", "visit", "break", "d1", "d1-1",
                     "10_integrated_fares", "13_action_plan", "../x", "$x$", "<b>", "서울", "مشهد",
                     "2027-02-30", "a: b", "x" * 300]),
    st.lists(st.integers(0, 3), max_size=3), st.dictionaries(st.text(max_size=3), st.integers()),
)  # fmt: skip


@pytest.fixture(autouse=True)
def own_state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Look at the programmes of the course and of this test alone."""
    monkeypatch.delenv("COURSE_PROGRAMMES", raising=False)
    monkeypatch.setenv("COURSE_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("COURSE_WORKSPACE", str(tmp_path / "work"))


def places(content: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the way to every value in a programme."""
    if isinstance(content, dict):
        steps: Any = content.items()
    elif isinstance(content, list):
        steps = enumerate(content)
    else:
        return [path]
    return [path, *(p for key, value in steps for p in places(value, (*path, key)))]


PLACES = [path for path in places(SMALL) if path]


@st.composite
def mistreated(draw: st.DrawFn) -> dict[str, Any]:
    """Return the small programme with one to three values changed, dropped or doubled."""
    content = small()
    for _ in range(draw(st.integers(1, 3))):
        *way, last = draw(st.sampled_from(PLACES))
        inside: Any = content
        try:
            for step in way:
                inside = inside[step]
            how = draw(st.sampled_from(["change", "drop", "double", "add"]))
            if how == "change":
                inside[last] = draw(VALUES)
            elif how == "drop":
                del inside[last]
            elif how == "double" and isinstance(inside, list):
                inside.insert(0, inside[last])
            elif isinstance(inside, dict):
                inside[draw(st.text(min_size=1, max_size=8))] = draw(VALUES)
        except (LookupError, TypeError):
            continue  # an earlier change took this place away
    return content


@st.composite
def edited(draw: st.DrawFn) -> dict[str, Any]:
    """Return the small programme as a person edits it: every value can be one, few fit."""
    content = small()
    places_known, kinds = sorted(visits.all_sites()), ["lecture", "break", "visit", "survey"]
    for _ in range(draw(st.integers(1, 4))):
        day = draw(st.sampled_from(content["days"]))
        session = draw(st.sampled_from(day["sessions"]))
        how = draw(st.sampled_from(["minutes", "move", "copy", "drop", "start", "day", "kind",
                                    "site", "at", "id"]))  # fmt: skip
        if how == "minutes":
            session["minutes"] = draw(st.integers(1, 400))
        elif how == "move":
            day["sessions"].remove(session)
            draw(st.sampled_from(content["days"]))["sessions"].append(session)
        elif how == "copy":
            day["sessions"].append({**session, "id": draw(st.sampled_from(["new", "newer"]))})
        elif how == "drop" and len(day["sessions"]) > 1:
            day["sessions"].remove(session)
        elif how == "start" and not day.get("online"):
            day["start"] = draw(st.sampled_from(["00:00", "08:30", "13:00", "18:00", "22:00"]))
        elif how == "day":
            day["day"] = draw(st.integers(-3, 4))
        elif how == "kind":
            session |= {"kind": draw(st.sampled_from(kinds)), "title": "T", "site": "magok"}
            session.pop("module", None)
        elif how == "site" and session["kind"] == "visit":
            session["site"] = draw(st.sampled_from(places_known))
        elif how == "at" and not day.get("online"):
            session["at"] = draw(st.sampled_from(["09:00", "09:30", "10:15", "11:15"]))
        elif how == "id":
            session["id"] = draw(st.sampled_from(["d1-1", "d2-1", "fresh"]))
        day["sessions"] = day["sessions"] or [
            {"id": f"{day['id']}-x", "kind": "break", "minutes": 5}
        ]
    if draw(st.booleans()):  # most people mend the totals at the end
        for day in content["days"]:
            day["total"] = sum(s["minutes"] for s in day["sessions"])
    return content


def faults(content: dict[str, Any]) -> bool:
    """Say, from the plain data alone, whether minutes, ids or times cannot be right."""
    ids = [s["id"] for day in content["days"] for s in day["sessions"]]
    if len(set(ids)) < len(ids):
        return True
    on_site = []
    for day in content["days"]:
        if sum(s["minutes"] for s in day["sessions"]) != day["total"]:
            return True
        if day.get("online"):
            if any(s["kind"] == "visit" for s in day["sessions"]):
                return True
            continue
        hour, minute = map(int, day["start"].split(":"))
        clock = begin = 60 * hour + minute
        for s in day["sessions"]:
            if "at" in s and clock != 60 * int(s["at"][:2]) + int(s["at"][3:]):
                return True
            clock += s["minutes"]
        if clock > 1440:
            return True
        on_site.append((day["day"], begin, clock))
    return any(
        a[0] > b[0] or (a[0] == b[0] and a[1] < b[2] and b[1] < a[2]) for a, b in pairwise(on_site)
    )


@QUIET
@given(content=edited())
def test_an_edited_programme_with_a_fault_is_never_passed(
    tmp_path: Path, content: dict[str, Any]
) -> None:
    programme, found = Programme.read(write(tmp_path, content))
    lines = found.lines or programme.check()
    assert all(line.startswith(str(tmp_path / "small.yml")) for line in lines)
    if faults(content):
        assert lines
    if not lines:
        consistent(programme)
        consistent(programme.dated(date(2027, 4, 6)))


def consistent(programme: Programme) -> None:
    """Fail unless the promises hold that others build on."""
    names = [session.id for session in programme.sessions]
    assert len(names) == len(set(names)) and names
    for day in programme.days:
        assert day.sum_min == day.total_min > 0
        if not day.online:
            begins = [s.start_min for s in day.sessions]
            ends = [s.end_min for s in day.sessions]
            assert begins[1:] == ends[:-1] and ends[-1] <= 24 * 60
    assert programme.agenda()["minutes"].sum() == sum(d.total_min for d in programme.days)
    assert all(s.attended is False for d in programme.days if d.online for s in d.sessions)
    json.dumps(programme.agenda().to_dict("records"))


@QUIET
@given(content=mistreated(), start=st.dates(date(2000, 1, 1), date(2199, 12, 31)))
def test_a_mistreated_programme_is_refused_or_still_one(
    tmp_path: Path, content: dict[str, Any], start: date
) -> None:
    path = tmp_path / "small.yml"
    try:
        write(tmp_path, content)
    except (yaml.YAMLError, UnicodeEncodeError):
        return  # not a file at all
    try:
        programme, found = Programme.read(path)
    except CourseError as error:
        assert str(path) in str(error)
        return
    if found.lines:
        assert all(line.startswith(str(path)) for line in found.lines)
        return
    lines = programme.check()
    dated = programme.dated(start)
    assert all(isinstance(line, str) and line.startswith(str(path)) for line in lines)
    lines += dated.check()
    if lines:
        return
    consistent(programme)
    consistent(dated)
    assert dated.ics().startswith(b"BEGIN:VCALENDAR")


@QUIET
@given(cut=st.integers(0, 4000), junk=st.binary(max_size=6))
def test_a_damaged_file_is_refused_or_still_one(tmp_path: Path, cut: int, junk: bytes) -> None:
    whole = (folders.bundled() / "iloilo_susa.yml").read_bytes()
    path = tmp_path / "iloilo_susa.yml"
    path.write_bytes(whole[:cut] + junk + whole[cut + len(junk) :])
    try:
        programme, found = Programme.read(path)
    except CourseError as error:
        assert str(path) in str(error)
        return
    if not found.lines and not programme.check():
        consistent(programme)


@QUIET
@given(text=st.text(max_size=40))
def test_any_text_reads_as_plain_values_or_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "any.yml"
    path.write_text(text, encoding="utf-8", errors="surrogatepass", newline="")
    try:
        value = plain_yaml.load(path)
    except CourseError as error:
        assert str(path) in str(error)
        return
    json.dumps(value, allow_nan=False)


@QUIET
@given(
    name=st.sampled_from(sorted(visits.all_sites())),
    day=st.none() | st.dates(date(2000, 1, 1), date(2199, 12, 31)),
    begin=st.none() | st.integers(0, 1439),
    minutes=st.integers(1, 600),
)
def test_a_shorter_visit_is_never_refused_where_a_longer_one_fits(
    name: str, day: date | None, begin: int | None, minutes: int
) -> None:
    place = site_files.read_sites()[name]
    end = None if begin is None else begin + minutes
    if not place.closed(day, begin, end):
        shorter = None if end is None else end - minutes // 2
        assert not place.closed(day, begin, shorter)
        assert not place.closed(day, None, None)
        if day is not None:
            assert not place.closed(None, begin, end)

"""A report as it is written: every field refused by name, with a remedy; any bytes survive."""

from __future__ import annotations

import json
import math
from datetime import date

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from course.errors import CourseError
from course.followup import values
from course.followup.report import Report, parse, problems
from grading.followup.reading import of_bytes

GOOD = {"student": "ana", "day": 30, "status": "3", "obstacle": "law", "consent": True}

WRONG = {
    "nobody": ({"student": ""}, "student", "missing"),
    "two lines": ({"student": "a\nb"}, "student", "one line"),
    "other day": ({"day": 60}, "day", "not a step"),
    "day as yes": ({"day": True}, "day", "not a step"),
    "status in words": ({"status": "soon"}, "status", "not a status"),
    "status 5": ({"status": 5}, "status", "not a status"),
    "status 2.5": ({"status": 2.5}, "status", "not a status"),
    "obstacle": ({"obstacle": "weather"}, "obstacle", "not in the list"),
    "other without words": ({"obstacle": "other"}, "obstacle_text", "missing"),
    "dropped without a reason": ({"status": "X"}, "obstacle_text", "dropped"),
    "consent": ({"consent": "perhaps"}, "consent", "neither yes nor no"),
    "no consent": ({"consent": None}, "consent", "missing"),
    "unknown field": ({"colour": "red"}, "colour", "not a field"),
    "long text": ({"change": "x" * 601}, "change", "601 letters"),
    "list as text": ({"change": ["x"]}, "change", "not a text"),
    "six proofs": ({"proofs": ["x"] * 6}, "proofs", "more entries"),
    "proofs as text": ({"proofs": "https://x.example"}, "proofs", "cannot be read"),
    "jalali": ({"kickoff": "1405-02-03"}, "kickoff", "Jalali"),
    "jalali slashes": ({"kickoff": "1405/2/3"}, "kickoff", "Jalali"),
    "persian digits": ({"kickoff": "۲۰۲۶-۰۴-۳۰"}, "kickoff", "other digits"),
    "buddhist": ({"kickoff": "2569-04-30"}, "kickoff", "Buddhist"),
    "day first": ({"kickoff": "03/04/2026"}, "kickoff", "more than one way"),
    "no such day": ({"kickoff": "2026-02-30"}, "kickoff", "no day of the calendar"),
    "year 1026": ({"kickoff": "1026-02-20"}, "kickoff", "year 1026"),
    "words": ({"kickoff": "next week"}, "kickoff", "not a date"),
    "number as date": ({"kickoff": 20260430}, "kickoff", "not a date"),
    "value without a date": ({"kpi_value": 1, "kpi_source": "x"}, "kpi_on", "date and its source"),
    "value without a source": ({"kpi_value": 1, "kpi_on": "2026-05-01"}, "kpi_source", "missing"),
    "comma": ({"cost": "12,5"}, "cost", "more than one way"),
    "persian number": ({"cost": "۱۲"}, "cost", "other digits"),
    "infinite": ({"cost": math.inf}, "cost", "finite"),
    "huge": ({"cost": 10**400}, "cost", "too large"),
    "half a person": ({"people_served": 2.5}, "people_served", "not a count"),
    "less than nobody": ({"people_served": -1}, "people_served", "not a count"),
    "activity 0": ({"activities": [{"number": 0, "status": 1}]}, "activities[1].number", ""),
    "activity twice": (
        {"activities": [{"number": 1, "status": 1}] * 2}, "activities", "same row twice"),
    "table twice": (
        {"tables": [{"frame": "Rides", "closed": True}, {"frame": "rides", "closed": False}]},
        "tables", "same row twice"),
    "other format": ({"format": "photo"}, "format", "not one that this course reads"),
    "newer version": ({"version": 2}, "version", "not one that this course reads"),
    "hash": ({"plan_sha256": "abc"}, "plan_sha256", "cannot be read"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_each_wrong_field_is_named_with_a_remedy(case):
    change, field, said = WRONG[case]
    found = problems(GOOD | change)
    assert [p.field for p in found] == [field]
    assert said in f"{found[0].sentence} {found[0].remedy}"
    assert found[0].remedy and "pydantic" not in str(found[0])
    with pytest.raises(CourseError) as error:
        parse(GOOD | change, name="ana.json")
    assert str(error.value).startswith(f"ana.json, {field}")


def test_a_good_report_is_read_as_it_was_written():
    assert problems(GOOD) == []
    whole = GOOD | {
        "status": "X dropped", "obstacle": "Law or rules", "obstacle_text": " No\r\nlaw ",
        "consent": "No", "kickoff": "2026-4-3", "cost": "1 200.5", "people_served": 7.0,
        "activities": [{"number": 2, "status": "4 done"}],
    }  # fmt: skip
    report = parse(whole)
    assert (report.status, report.obstacle, report.consent) == ("X", "law", False)
    assert report.obstacle_text == "No\nlaw" and report.kickoff == date(2026, 4, 3)
    assert (report.cost, report.people_served) == (1200.5, 7)
    assert report.activities[0].status == "4"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "line 1: this is not JSON"), (b"{", "this is not JSON"), (b"[]", "not an object"),
        (b"\xff\xfe\x00", "neither JSON nor"), (b'{"day": NaN}', "NaN is not a number"),
        (b'{"day": 30, "day": 90}', "'day' stands twice"),
        (b"[" * 100_000, "nested too deeply"), (b'{"cost": ' + b"9" * 100 + b"}", "30 digits"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1....", "old Excel file"),
        (b" " * 1_000_001, "larger than a report"), (b"PK\x03\x04 but no zip", "damaged"),
    ],
)  # fmt: skip
def test_a_file_that_is_none_is_refused(content, said):
    with pytest.raises(CourseError, match=said) as error:
        of_bytes(content, "ana.json")
    assert str(error.value).startswith("ana.json")


def test_bytes_with_a_mark_in_front_are_read():
    assert of_bytes(b"\xef\xbb\xbf" + json.dumps(GOOD).encode(), "a.json").report.day == 30


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://city.example/a?b=c#d", True), ("HTTP://city.example", True),
        ("mailto:a@city.example", True), ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("file:///etc/passwd", False), ("//city.example", False), ("https://", False),
        ("ht\ntps://x.example", False), ("https://a b.example", False), ("memo.pdf", False),
        ("vbscript:x", False), ("https://user:pw@city.example", False), ("mailto:x", False),
        ("https://[::1", False), (" javascript:alert(1)", False),
        ("\x01javascript:alert(1)", False),
    ],
)  # fmt: skip
def test_only_plain_addresses_become_links(address, shown):
    assert (values.safe_link(address) is not None) is shown


# ---- any input ----------------------------------------------------------------------

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.dates(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner,
                                                                 max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(change=st.dictionaries(st.sampled_from(list(Report.model_fields)), ANYTHING, max_size=6))
@example(change={"change": "\ud800", "status": "0"})
@example(change={"student": "\x00"})
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_any_value_in_any_field_is_read_or_refused_by_name(change):
    given_ = GOOD | change
    found = problems(given_)
    if found:
        assert all(p.sentence for p in found)
        with pytest.raises(CourseError):
            parse(given_)
        return
    report = parse(given_)
    again = parse(json.loads(report.json_bytes()))
    assert again == report and again.content_sha256() == report.content_sha256()
    for text in (report.student, report.change, report.lesson, *report.proofs):
        text.encode("utf-8", "strict")
        assert "\0" not in text


@given(
    content=st.binary(max_size=200)
    | st.text(max_size=200).map(lambda t: t.encode("utf-8", "replace"))
)
def test_any_bytes_are_read_or_refused(content):
    try:
        of_bytes(content, "x.json")
    except CourseError as error:
        assert str(error).startswith("x.json")


@given(given_=st.text(max_size=30))
def test_any_text_is_a_date_or_refused(given_):
    try:
        found = values.day(given_)
    except ValueError as error:
        assert "|" in str(error)
    else:
        assert found is None or 2000 <= found.year <= 2100


@given(when=st.dates(date(2000, 1, 1), date(2100, 12, 31)))
def test_a_date_is_read_as_it_is_written(when):
    assert values.day(when.isoformat()) == when == values.day(when)


@given(number=st.floats(-1e15, 1e15) | st.integers(-(10**15), 10**15))
def test_a_number_is_read_as_it_is_written(number):
    assert values.number(number) == number
    assert values.number(repr(number)) == number

"""Due dates: read, kept in the gradebook, and said in the report."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from course.errors import CourseError, UsageError
from grading import due, report


@pytest.mark.parametrize(
    "text",
    ["", "tomorrow", "2027-13-01", "2027-03-24 25:00", "24.03.2027", "0001-01-01 00:00",
     "9999-12-31 23:59-10:00"],
)  # fmt: skip
def test_what_is_no_moment_is_refused(text):
    with pytest.raises(UsageError, match="no date and time"):
        due.moment(text)


def test_an_offset_wins_over_the_zone():
    assert due.moment("2027-03-24T18:00+03:30").utcoffset() == timedelta(hours=3, minutes=30)
    with pytest.raises(UsageError, match="no time zone"):
        due.moment("2027-03-24 18:00", zone="Mars/North")


def test_late_is_late_by_the_minute():
    rows = {"students": [{"student": s, "lines": []} for s in ("a", "b")]}
    report.add_late(rows, {"b": timedelta(minutes=61)})
    assert rows["students"][0] == {"student": "a", "lines": []}
    assert rows["students"][1] == {
        "student": "b", "late_min": 61, "lines": ["Handed in 1 h 1 min late."],
    }  # fmt: skip


@pytest.mark.nbgrader
def test_the_gradebook_knows_who_was_late(tmp_path):
    from nbgrader.api import Gradebook

    from course.paths import ROOT
    from grading.demo.week import throw_away_state
    from grading.state import COURSE_ID

    with throw_away_state(tmp_path, ROOT) as state:
        with pytest.raises(CourseError, match="not in the gradebook"):
            due.set_due(state, "10_integrated_fares", due.moment("2027-03-24 18:00"))
        assert due.late(state, "10_integrated_fares") == {}
        limit = datetime(2027, 3, 24, 9, 0)  # UTC, as nbgrader keeps it
        with Gradebook(state.db_url, COURSE_ID) as book:
            book.add_assignment("10_integrated_fares")
            for name, minutes in (("early", -1), ("sharp", 0), ("late", 61)):
                book.add_student(name)
                book.add_submission(
                    "10_integrated_fares", name, timestamp=limit + timedelta(minutes=minutes)
                )
        assert due.late(state, "10_integrated_fares") == {}
        assert due.due_of(state, "10_integrated_fares") is None
        due.set_due(state, "10_integrated_fares", due.moment("2027-03-24 18:00"))
        assert due.due_of(state, "10_integrated_fares") == due.moment("2027-03-24 18:00")
        assert due.due_of(state, "never_released") is None
        assert due.late(state, "10_integrated_fares") == {"late": timedelta(minutes=61)}
        due.set_due(state, "10_integrated_fares", datetime(2027, 3, 24, 11, 0, tzinfo=UTC))
        assert due.late(state, "10_integrated_fares") == {}

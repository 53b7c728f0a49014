"""Times as offices write them: each form, no guess between two readings, one clock."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.city.moments import read_moments
from course.errors import CourseError, UsageError


def read(texts, stated=None, timezone="Asia/Seoul"):
    return read_moments(pd.Series(texts, dtype="str"), label="t.csv", table="requests",
                        timezone=timezone, stated=stated)  # fmt: skip


def first(text, **options):
    return str(read([text], **options).values[0])


@pytest.mark.parametrize(("text", "expected"), [
    ("2025-03-04T05:06:07", "2025-03-04T05:06:07"), ("2025-03-04 05:06", "2025-03-04T05:06:00"),
    ("2025/3/4 5:06", "2025-03-04T05:06:00"), ("2025.03.04", "2025-03-04T00:00:00"),
    ("20250304", "2025-03-04T00:00:00"), ("20250304050607", "2025-03-04T05:06:07"),
    ("2025-03-04T05:06:07.123456", "2025-03-04T05:06:07"),
    ("2025-03-04T05:06:07Z", "2025-03-04T14:06:07"),
    ("2025-03-04 05:06:07+09:00", "2025-03-04T05:06:07"),
    ("2025-03-04 05:06:07-05", "2025-03-04T19:06:07"),
    ("13.04.2025 05:06", "2025-04-13T05:06:00"), ("03.04.2025", "2025-04-03T00:00:00"),
    ("04/13/2018 11:11:26 AM", "2018-04-13T11:11:26"),
    ("13/04/2018 12:00 pm", "2018-04-13T12:00:00"),
    ("13/04/2018 12:05 a.m.", "2018-04-13T00:05:00"), ("05/05/2014", "2014-05-05T00:00:00"),
    ("2024-02-29", "2024-02-29T00:00:00"),
])  # fmt: skip
def test_forms(text, expected):
    assert first(text) == expected


@pytest.mark.parametrize("text", [
    "2025-02-29", "2025-13-01", "2025-00-10", "soon", "12", "2025-03-04 24:00", "2025-03-04 05:60",
    "13/13/2025", "2025-03-04 13:00 PM", "2025-03-04 00:30 AM", "01/02/03", "4 March 2025",
])  # fmt: skip
def test_what_is_no_time(text):
    told = read([text, "2025-01-01"])
    assert np.isnat(told.values).tolist() == [True, False] and told.given.all()
    with pytest.raises(CourseError, match=r"row 2: .* is read as no time") as caught:
        read([text])
    assert "--dates" in caught.value.remedy


def test_two_readings_are_refused():
    with pytest.raises(CourseError, match="day first or month first \\(0 of 2 rows tell"):
        read(["03/04/2025", "05/06/2025"])
    with pytest.raises(CourseError, match="1 rows can only be day first and 1 only month first"):
        read(["13/04/2025", "04/13/2025"])
    with pytest.raises(CourseError, match="1 of 501 rows tell"):  # one slip proves nothing
        read(["03/04/2025"] * 500 + ["04/13/2025"])
    assert read(["03/04/2025"] * 5 + ["04/13/2025"]).format == "month first"
    assert read(["03/04/2025"] * 5 + ["13/04/2025"]).format == "day first"
    assert read(["03/03/2025", "04/04/2025"]).values[0] == np.datetime64("2025-03-03")
    assert str(read(["03/04/2025"], stated="%d/%m/%Y").values[0]).startswith("2025-04-03")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.datetimes(datetime.datetime(1990, 1, 1), datetime.datetime(2100, 12, 31)),
                min_size=1, max_size=30),
       st.sampled_from(["%Y-%m-%dT%H:%M:%S", "%Y/%m/%d %I:%M:%S %p", "%d.%m.%Y %H:%M:%S",
                        "%m/%d/%Y %H:%M:%S", "%d/%m/%Y %I:%M:%S %p", "%Y%m%d%H%M%S"]))  # fmt: skip
def test_read_back_or_refused(moments, form):
    """What is recognised is right; where it might be wrong it is refused."""
    told = [m.replace(microsecond=0) for m in moments]
    texts = [m.strftime(form) for m in told]
    expected = np.array(told, dtype="datetime64[s]")
    try:
        assert (read(texts).values == expected).all()
    except CourseError as error:
        assert "day first or month first" in str(error)
    assert (read(texts, stated=form).values == expected).all()


def test_stated_formats():
    assert first("04 Mar 2025", stated="%d %b %Y") == "2025-03-04T00:00:00"
    assert first("2025-03-04 05:06 +0000", stated="%Y-%m-%d %H:%M %z") == "2025-03-04T14:06:00"
    for wrong in ("dd/mm/yyyy", "%Q %", ""):
        with pytest.raises((UsageError, CourseError)):
            read(["04/03/2025"], stated=wrong)
    with pytest.raises(CourseError, match="no time with the format '%Y'"):
        read(["04/03/2025"], stated="%Y")


def test_empty():
    told = read([])
    assert len(told.values) == 0 and len(told.given) == 0
    told = read(["", " "])
    assert np.isnat(told.values).all() and not told.given.any()

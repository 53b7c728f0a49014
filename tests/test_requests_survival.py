"""How long cases stay open: equal to lifelines, laws, and every odd table there is."""

from __future__ import annotations

import warnings
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course import City, service_requests
from course.bigdata.request_survival import curve
from course.bigdata.request_times import instants, lives
from course.errors import CourseError, UsageError

START = pd.Timestamp("2025-05-01T08:00:00")


def table(hours, *, until=100.0, **columns):
    """Cases all created at once; None = still open when the table was read."""
    ended = [None if h is None else (START + pd.Timedelta(hours=h)).isoformat() for h in hours]
    frame = pd.DataFrame({
        "request_id": [f"R{k}" for k in range(len(hours))], "created_at": START.isoformat(),
        "closed_at": pd.array(ended, dtype="str"), "category": "road", **columns,
    })  # fmt: skip
    frame.attrs["at"] = START + pd.Timedelta(hours=until)
    return frame


def fitted(seconds, closed):
    lifelines = pytest.importorskip("lifelines")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return lifelines.KaplanMeierFitter().fit(seconds, closed)


lives_drawn = st.lists(st.tuples(st.integers(0, 60), st.booleans()), min_size=1, max_size=60)


@settings(max_examples=60, deadline=None)
@given(lives_drawn)
def test_it_equals_lifelines(drawn):
    seconds = np.array([s for s, _ in drawn]) * 3600
    closed = np.array([c for _, c in drawn])
    ours, theirs = curve(seconds, closed), fitted(seconds, closed)
    at = theirs.survival_function_at_times(ours.seconds).to_numpy()
    np.testing.assert_allclose(ours.open_share, at, atol=1e-12)
    bounds = theirs.confidence_interval_.loc[ours.seconds].to_numpy()
    inner = (ours.open_share > 0) & (ours.open_share < 1)  # where the formula has a value
    np.testing.assert_allclose(ours.low[inner], bounds[inner, 0], atol=1e-9)
    np.testing.assert_allclose(ours.high[inner], bounds[inner, 1], atol=1e-9)
    share, exact = Fraction(1), []
    for left, ended in zip(ours.at_risk.tolist(), ours.closed.tolist(), strict=True):
        share *= 1 - Fraction(ended, left)
        exact.append(share)
    halved = [s for s, e in zip(ours.seconds.tolist(), exact, strict=True) if e <= Fraction(1, 2)]
    median = ours.median()[0]
    assert np.isnan(median) if not halved else median == halved[0]
    if Fraction(1, 2) not in exact:  # there lifelines' own rounding decides
        assert theirs.median_survival_time_ == (halved[0] if halved else np.inf)


def test_a_whole_city_equals_lifelines():
    cleaned = service_requests.clean(City.open("iloilo").requests, City.open("iloilo").zones)
    told = lives(cleaned)
    theirs = fitted(told.seconds / 3600, told.closed)
    ours = service_requests.survival(cleaned)
    at = theirs.survival_function_at_times(ours["hours"]).to_numpy()
    np.testing.assert_allclose(ours["open_pct"], 100 * at, atol=1e-9)
    assert service_requests.median_hours(cleaned) == pytest.approx(theirs.median_survival_time_)
    expected = 100 * (1 - theirs.predict(24.0))
    assert service_requests.closed_within(cleaned, 24) == pytest.approx(expected)


@settings(max_examples=60, deadline=None)
@given(lives_drawn)
def test_laws_of_a_curve(drawn):
    found = curve(np.array([s for s, _ in drawn]), np.array([c for _, c in drawn]))
    assert (np.diff(found.open_share) <= 1e-12).all() and (np.diff(found.seconds) > 0).all()
    assert (found.low <= found.open_share + 1e-12).all()
    assert (found.open_share <= found.high + 1e-12).all()
    assert (found.low >= 0).all() and (found.high <= 1).all()
    assert found.closed.sum() == sum(c for _, c in drawn) and found.at_risk[0] == len(drawn)


def test_without_open_cases_it_is_the_plain_share():
    cases = table([1, 2, 3, 4, 5])
    assert service_requests.closed_within(cases, 3) == pytest.approx(60.0)
    assert service_requests.closed_within(cases, 2.99) == pytest.approx(40.0)
    assert service_requests.median_hours(cases) == pytest.approx(3.0)


def test_open_cases_count():
    cases = table([1, 2, None, None])
    when = cases.attrs["at"]
    assert np.isnan(service_requests.median_hours(cases.iloc[1:], at=when))
    assert service_requests.closed_within(cases, 2, at=when) == pytest.approx(50.0)
    assert service_requests.closed_within(cases, 99, at=when) == pytest.approx(50.0)
    assert np.isnan(service_requests.closed_within(cases, 101, at=when))  # nobody knows yet


def test_a_table_as_of_an_earlier_day():
    cases = table([1, 30, 60])
    early = START + pd.Timedelta(hours=24)
    told = lives(cases, at=early)
    assert told.closed.tolist() == [True, False, False]
    assert told.seconds.tolist() == [3600, 86_400, 86_400]
    assert len(lives(cases, at=START - pd.Timedelta(days=1)).table) == 0
    assert service_requests.volumes(cases, at=early)["open"].tolist() == [2]


def test_empty_one_row_all_open_all_at_once():
    none = table([])
    assert service_requests.survival(none).empty and np.isnan(service_requests.median_hours(none))
    assert np.isnan(service_requests.closed_within(none, 5))
    assert service_requests.survival(none, by="category").columns[0] == "category"
    one = service_requests.survival(table([2]))
    assert one["open_pct"].tolist() == [100.0, 0.0] and one["low_pct"].tolist() == [100.0, 0.0]
    still = table([None, None])
    found = service_requests.survival(still, at=still.attrs["at"])
    assert found["open_pct"].tolist() == [100.0, 100.0] and found["hours"].tolist() == [0, 100]
    assert np.isnan(service_requests.median_hours(still))
    at_once = table([0, 0, 0])
    assert service_requests.survival(at_once)["open_pct"].tolist() == [0.0]
    assert service_requests.median_hours(at_once) == 0.0
    assert service_requests.closed_within(at_once, 0) == 100.0


def test_by_a_column():
    cases = table([1, 2, None, 4], channel=["app", "app", "", None])
    found = service_requests.median_hours(cases, by="channel")
    assert found["channel"].tolist() == ["app", "unknown"] and found["open"].tolist() == [0, 1]
    shares = service_requests.closed_within(cases, 1, by="channel", at=cases.attrs["at"])
    assert shares["closed_pct"].tolist() == [50.0, 0.0]
    with pytest.raises(UsageError, match="no column 'nothing'"):
        service_requests.survival(cases, by="nothing")


@pytest.mark.parametrize(("column", "value", "words"), [
    ("closed_at", "2025-05-01T07:59:59", "closing time before its creation"),
    ("created_at", "", "no creation time"), ("created_at", "yesterday", "no creation time"),
    ("created_at", None, "no creation time"), ("closed_at", "soon", "closing time that is no time"),
    ("closed_at", "2025-13-01", "closing time that is no time"),
])  # fmt: skip
def test_a_table_that_is_not_clean_is_refused_by_name(column, value, words):
    cases = table([1, 2, 3])
    cases[column] = cases[column].astype("object")
    cases.loc[1, column] = value
    with pytest.raises(CourseError, match=f"The case R1 has .*{words}") as caught:
        service_requests.survival(cases)
    assert "clean(requests, zones)" in caught.value.remedy


def test_wrong_calls():
    cases = table([1])
    for hours in (-1, "three", float("nan"), True, None):
        with pytest.raises(UsageError, match="no number of hours"):
            service_requests.closed_within(cases, hours)
    for at in ("noon", "2025-05-01T00:00:00Z", object()):
        with pytest.raises(UsageError, match="no time on the city's clock"):
            service_requests.survival(cases, at=at)
    with pytest.raises(UsageError, match="no column created_at"):
        service_requests.survival(cases.drop(columns="created_at"))
    with pytest.raises(UsageError, match="level_pct"):
        service_requests.survival(cases, level_pct=100)


# --- times --------------------------------------------------------------------------------


def test_times_of_every_kind():
    text = pd.Series(["2025-03-01T08:00:00", "2025-03-01 08:00", "2025-03-01", "", None, "x"])
    day = np.datetime64("2025-03-01T00", "h")
    assert instants(text).tolist()[:3] == pd.to_datetime([day + 8, day + 8, day]).tolist()
    assert instants(text).isna().tolist() == [False] * 3 + [True] * 3
    stamps = pd.Series(pd.to_datetime(["2025-03-01T08:00:00.9", None]))
    assert instants(stamps)[0] == pd.Timestamp("2025-03-01T08:00:00")
    assert instants(stamps).isna().tolist() == [False, True]
    aware = stamps.dt.tz_localize("Asia/Seoul")
    assert instants(aware).iloc[0] == pd.Timestamp("2025-02-28T23:00:00")
    assert instants(aware, timezone="Asia/Seoul").iloc[0] == pd.Timestamp("2025-03-01T08:00:00")


def test_offsets_are_turned_to_one_clock():
    both = pd.Series(["2025-03-01T08:00:00+09:00", "2025-02-28T23:00:00Z"])
    assert instants(both).nunique() == 1
    assert instants(both, timezone="Asia/Seoul").iloc[0] == pd.Timestamp("2025-03-01T08:00:00")
    mixed = pd.Series(["2025-03-01T08:00:00", "2025-02-28T23:00:00Z"])
    with pytest.raises(CourseError, match="Row 2 has a time with an offset"):
        instants(mixed)
    assert instants(mixed, timezone="Asia/Seoul").nunique() == 1


def test_hours_over_a_change_of_clocks():
    """UTC tells one hour; the clock on the wall tells two."""
    both = pd.Series(["2025-03-30T00:30:00Z", "2025-03-30T01:30:00Z"])
    utc = instants(both)
    assert (utc[1] - utc[0]).total_seconds() == 3600

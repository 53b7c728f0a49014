"""Cleaning loses nothing in silence; counting, repeats, hot spots and fairness keep their laws."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course import City, service_requests
from course.bigdata.request_hot_spots import _step_up, poisson_interval, shrunk_ratio
from course.bigdata.request_repeats import links
from course.city.places import Plane
from course.city.synthesis.requests import _made
from course.errors import CourseError, UsageError

ZONES = pd.DataFrame({
    "zone_id": ["A", "B", "C"], "name": ["Ah", "Be", "Ce"], "lat": [37.50, 37.55, 37.60],
    "lon": [127.0, 127.0, 127.0], "population": [1_000, 2_000, 0], "income_group": [1, 5, 3],
})  # fmt: skip


def cases(rows):
    """Rows of (id, created, closed, category, zone, lat, lon)."""
    names = ["request_id", "created_at", "closed_at", "category", "zone_id", "lat", "lon"]
    return pd.DataFrame(rows, columns=names)


def at(day, hour=8, minute=0):
    return f"2025-05-{day:02d}T{hour:02d}:{minute:02d}:00"


# --- clean --------------------------------------------------------------------------------


def test_every_row_is_kept_or_has_a_reason():
    given_rows = cases([
        ("1", at(1), at(2), "road", "A", 37.5, 127.0),
        ("2", "", at(2), "road", "A", 37.5, 127.0),
        ("3", at(3), at(2), "road", "A", 37.5, 127.0),
        ("4", at(3), "soon", "road", "A", 37.5, 127.0),
        ("1", at(5), at(6), "road", "A", 37.5, 127.0),
        ("5", at(5), None, "", "nowhere", 37.549, 127.001),
        ("6", at(5), None, None, " B ", np.nan, np.nan),
        ("7", at(5), pd.NaT, "road", "?", np.nan, np.nan),
        ("8", at(5), np.nan, "road", "?", 39.0, -77.0),
        ("9", at(5), None, "road", None, 37.6, np.nan),
    ])  # fmt: skip
    done = service_requests.clean(given_rows, ZONES)
    assert len(done.table) + len(done.dropped) == len(given_rows)
    assert done.dropped[["row", "request_id", "reason"]].values.tolist() == [
        [2, "2", "no creation time"], [3, "3", "closed before it was created"],
        [4, "4", "closing time is no time"], [5, "1", "id was used before"]]  # fmt: skip
    table = done.table.set_index("request_id")
    assert table["zone_id"].tolist() == ["A", "B", "B", "unknown", "unknown", "unknown"]
    assert table["zone_by"].tolist() == ["given", "place", "given"] + ["unknown"] * 3
    assert table["zone_given"].tolist() == ["A", "nowhere", " B ", "?", "?", ""]
    assert table["category"].tolist()[1:3] == ["unknown", "unknown"]
    assert table["hours"].tolist()[0] == 24 and table["hours"].isna().sum() == 5
    summary = done.summary.set_index("what")["rows"]
    assert summary["rows given"] == 10 and summary["cases that count"] == 6
    service_requests.survival(done)  # what is clean can be counted


def test_second_entries_are_marked_and_do_not_count():
    done = service_requests.clean(cases([
        ("a", at(1, 8, 0), at(2), "road", "A", 37.5, 127.0),
        ("b", at(1, 9, 30), at(2), "road", "A", 37.5001, 127.0001),  # 14 m and 90 min on
        ("c", at(1, 10, 30), None, "road", "A", 37.5001, 127.0001),  # an hour after b
        ("d", at(1, 8, 5), None, "noise", "A", 37.5, 127.0),  # another kind
        ("e", at(1, 8, 5), None, "road", "A", 37.501, 127.0),  # 111 m away
        ("f", at(1, 8, 5), None, "road", "A", np.nan, np.nan),  # nobody can say
        ("g", at(3, 8, 5), None, "road", "A", 37.5, 127.0),  # two days later: a case of its own
    ]), ZONES)  # fmt: skip
    marks = done.table.set_index("request_id")["duplicate_of"]
    assert marks[marks != ""].to_dict() == {"b": "a", "c": "a"}
    assert service_requests.volumes(done)["cases"].sum() == 5 == len(done.cases)


@pytest.mark.parametrize("name", ["seoul", "iloilo"])
def test_what_is_planted_is_found(name):
    city = City.open(name)
    requests, planted = _made(city)
    done = service_requests.clean(requests, city.zones)
    assert done.dropped.empty
    marked = set(done.table.loc[done.table["duplicate_of"] != "", "request_id"])
    placed = set(requests.loc[requests["lat"].notna(), "request_id"])
    assert len(marked & set(planted["doubles"])) >= 0.9 * len(planted["doubles"])
    assert len(marked - set(planted["doubles"])) <= 5
    assert marked <= placed
    found = done.table["zone_by"] == "place"
    assert (found.to_numpy() == (planted["bad_zone"] & ~planted["no_place"])).all()
    assert (done.table["zone_id"].to_numpy() == planted["true_zone"])[found].all()
    spots = service_requests.hot_spots(done, city.zones)
    named = set(planted["hot"]) & set(spots.loc[spots["flag"] == "more", "zone_id"])
    assert len(named) == (3 if name == "seoul" else 2)  # Iloilo's third has too few people
    assert service_requests.repeats(done)["cases"].sub(1).sum() >= 0.8 * planted["again"]


def test_an_empty_table_and_one_row():
    none = service_requests.clean(cases([]), ZONES)
    assert none.table.empty and none.dropped.empty and none.summary["rows"].sum() == 0
    for result in (service_requests.volumes(none), service_requests.repeats(none),
                   service_requests.fairness(none, ZONES), service_requests.volumes(none, "month"),
                   service_requests.volumes(none, "hour")):  # fmt: skip
        assert len(result) == 0
    spots = service_requests.hot_spots(none, ZONES)
    assert spots["cases"].tolist() == [0, 0, 0] and (spots["flag"] == "").all()
    one = service_requests.clean(cases([("1", at(1), at(1), "x", "A", 37.5, 127.0)]), ZONES)
    assert one.table["hours"].tolist() == [0.0]
    assert service_requests.fairness(one, ZONES)["gap_pct"].isna().all()
    assert service_requests.repeats(one).empty


def test_tables_without_optional_columns():
    bare = cases([("1", at(1), None, "x", "A", 1.0, 1.0)])[["created_at", "closed_at", "category"]]
    done = service_requests.clean(bare, ZONES)
    assert done.table["request_id"].tolist() == ["1"] and done.table["zone_by"].tolist() == [
        "unknown"
    ]
    with pytest.raises(UsageError, match="no column closed_at"):
        service_requests.clean(bare.drop(columns="closed_at"), ZONES)


def test_time_zones_in_one_table():
    mixed = cases([("1", "2025-05-01T08:00:00", "2025-05-01T00:30:00Z", "x", "A", 1.0, 1.0)])
    with pytest.raises(CourseError, match="offset"):
        service_requests.clean(mixed, ZONES)
    done = service_requests.clean(mixed, ZONES, timezone="Asia/Seoul")
    assert done.table["hours"].tolist() == [1.5]
    assert done.table["closed_at"].tolist() == ["2025-05-01T09:30:00"]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(
    st.sampled_from(["1", "2", "3", "4", "5", ""]), st.integers(1, 28),
    st.sampled_from(["", "x", at(14), at(20), None]),
    st.sampled_from(["A", "B", "Z", "", None]), st.floats(37.4, 37.7), st.booleans()),
    max_size=25))  # fmt: skip
def test_rows_in_are_rows_out(drawn):
    frame = cases([
        (i, at(d), c, "road", z, lat, np.nan if gone else 127.0)
        for i, d, c, z, lat, gone in drawn
    ])  # fmt: skip
    done = service_requests.clean(frame, ZONES)
    assert len(done.table) + len(done.dropped) == len(frame)
    assert (done.table["hours"].dropna() >= 0).all()
    assert set(done.table["zone_id"]) <= {"A", "B", "C", "unknown"}
    known = set(done.table["request_id"])
    assert set(done.table["duplicate_of"]) <= known | {""}
    again = service_requests.clean(done.table.assign(request_id=range(len(done.table))), ZONES)
    assert again.dropped.empty and again.table["zone_id"].tolist() == done.table["zone_id"].tolist()


# --- volumes ------------------------------------------------------------------------------


def test_volumes():
    done = cases([
        ("1", "2025-01-31T23:59:59", None, "road", "A", 1, 1),
        ("2", "2025-03-01T00:00:00", at(1), "road", "B", 1, 1),
        ("3", "2025-03-01T10:00:00", at(2), "noise", "B", 1, 1),
    ])  # fmt: skip
    by_kind = service_requests.volumes(done)
    assert by_kind.values.tolist() == [["road", 2, pytest.approx(200 / 3), 1],
                                       ["noise", 1, pytest.approx(100 / 3), 0]]  # fmt: skip
    months = service_requests.volumes(done, "month")
    assert months[["month", "cases"]].values.tolist() == [
        ["2025-01", 1], ["2025-02", 0], ["2025-03", 2]]  # fmt: skip
    assert service_requests.volumes(done, "hour")["cases"].sum() == 3
    assert service_requests.volumes(done, "weekday")["weekday"].tolist()[0] == "monday"
    assert service_requests.volumes(done, "weekday").set_index("weekday")["cases"]["saturday"] == 2
    with pytest.raises(UsageError, match="Choose one of"):
        service_requests.volumes(done, "agency")


# --- repeats ------------------------------------------------------------------------------


def plainly(table, within_m, within_days):
    """Every pair of cases looked at."""
    x, y = Plane.around(table["lat"], table["lon"]).metres(table["lat"], table["lon"])
    when = pd.to_datetime(table["created_at"]).to_numpy()
    group = list(range(len(table)))
    for i in range(len(table)):
        for j in range(i):
            dx, dy = float(x[i] - x[j]), float(y[i] - y[j])
            if (table["category"].iloc[i] == table["category"].iloc[j]
                    and dx * dx + dy * dy <= within_m**2
                    and abs(when[i] - when[j]) <= np.timedelta64(within_days, "D")):  # fmt: skip
                a, b = group[i], group[j]
                group = [a if g == b else g for g in group]
    return sorted(sorted(table["request_id"].iloc[k] for k in range(len(table)) if group[k] == g)
                  for g in set(group) if group.count(g) > 1)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 28), st.integers(0, 23), st.sampled_from("ab"),
                       st.integers(0, 40), st.integers(0, 40)), max_size=30),
    st.sampled_from([0, 50, 100, 400]), st.sampled_from([0, 3, 30]),
)  # fmt: skip
def test_repeats_equal_a_plain_search(drawn, within_m, within_days):
    table = cases([
        (f"{k:02d}", at(d, h), None, c, "A", 37.5 + x / 4000, 127 + y / 4000)
        for k, (d, h, c, x, y) in enumerate(drawn)
    ])  # fmt: skip
    found = service_requests.repeats(table, within_m=within_m, within_days=within_days)
    assert sorted(sorted(ids) for ids in found["request_ids"]) == plainly(
        table, within_m, within_days)  # fmt: skip
    assert (found["cases"] == found["request_ids"].map(len)).all()
    assert (found["last"] >= found["first"]).all() and (found["cases"].diff().dropna() <= 0).all()


def test_thousands_of_cases_at_one_point_are_one_chain():
    many = 20_000
    begun = pd.Timestamp("2025-01-01") + pd.to_timedelta(np.arange(many) * 60, unit="s")
    table = pd.DataFrame({
        "request_id": np.arange(many).astype(str), "category": "x", "lat": 37.5, "lon": 127.0,
        "created_at": begun.strftime("%Y-%m-%dT%H:%M:%S"), "closed_at": None,
    })  # fmt: skip
    later, earlier = links(table, np.arange(many) * 60, within_m=100, within_s=86_400)
    assert len(later) == many - 1 and (later - earlier == 1).all()
    assert service_requests.repeats(table)["cases"].tolist() == [many]


def test_repeats_refuses_limits_that_are_none():
    table = cases([("1", at(1), None, "x", "A", 37.5, 127.0)] * 2)
    for options in ({"within_m": -1}, {"within_m": float("nan")}, {"within_days": -1}):
        with pytest.raises(UsageError, match="is no positive number"):
            service_requests.repeats(table, **options)


# --- hot spots ----------------------------------------------------------------------------


def in_zones(**counts):
    return cases([(f"{zone}{k}", at(1 + k % 28), at(28, 9), "x", zone, 37.5, 127.0)
                  for zone, count in counts.items() for k in range(count)])  # fmt: skip


def test_rates_allow_for_population():
    table = service_requests.hot_spots(in_zones(A=20, B=10, C=4, D=2), ZONES)
    rows = table.set_index("zone_id")
    assert rows["per_1000"].tolist()[:2] == [20.0, 5.0] and np.isnan(rows.loc["C", "per_1000"])
    assert rows.loc["A", "expected"] == 10 and rows.loc["A", "ratio"] == 2
    assert rows["flag"].to_dict() == {"A": "more", "B": "fewer", "C": ""}
    assert rows.loc["A", "low"] == pytest.approx(12.217 / 10, abs=1e-3)
    assert rows.loc["A", "high"] == pytest.approx(30.888 / 10, abs=1e-3)
    assert table.attrs["unplaced"] == 2
    assert 5 < rows.loc["B", "shrunk_per_1000"] < rows.loc["A", "shrunk_per_1000"] < 20


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 5_000)), min_size=1, max_size=20))
def test_a_flag_needs_an_interval_without_1(drawn):
    zones = pd.DataFrame({"zone_id": [f"z{k}" for k in range(len(drawn))],
                          "population": [p for _, p in drawn]})  # fmt: skip
    table = service_requests.hot_spots(in_zones(**{f"z{k}": n for k, (n, _) in enumerate(drawn)}),
                                       zones)  # fmt: skip
    named = table[table["flag"] != ""]
    assert ((named["low"] > 1) | (named["high"] < 1)).all() and (named["p_adjusted"] <= 0.05).all()
    lived = table[table["population"] > 0]
    assert lived["expected"].sum() == pytest.approx(lived["cases"].sum())
    assert table["flag"][table["population"] == 0].eq("").all()
    between = lived.dropna(subset=["shrunk_per_1000"])
    city = 1000 * lived["cases"].sum() / max(lived["population"].sum(), 1)
    away, kept = (between[c] - city for c in ("per_1000", "shrunk_per_1000"))
    assert (kept.abs() <= away.abs() + 1e-9).all() and (kept * away >= -1e-9).all()


def test_chance_alone_names_few_zones():
    """2,000 zones with one true rate: one by one a tenth look odd, guarded hardly any."""
    draw = np.random.default_rng(3)
    expected = np.full(2_000, 12.0)
    counts = draw.poisson(12.0, 2_000).astype(float)
    low, high = poisson_interval(counts)
    alone = (low > expected) | (high < expected)
    zones = pd.DataFrame({"zone_id": [f"z{k}" for k in range(2_000)], "population": 1_000})
    table = service_requests.hot_spots(
        in_zones(**{f"z{k}": int(n) for k, n in enumerate(counts)}), zones
    )
    assert alone.sum() > 20 and (table["flag"] != "").sum() <= 2
    assert table["shrunk_per_1000"].std() < 0.35 * table["per_1000"].std()


def test_against_scipy_and_by_hand():
    from scipy.stats import chi2, false_discovery_control

    counts = np.array([0, 1, 7, 300.0])
    low, high = poisson_interval(counts)
    np.testing.assert_allclose(high, chi2.ppf(0.975, 2 * counts + 2) / 2)
    np.testing.assert_allclose(low[1:], chi2.ppf(0.025, 2 * counts[1:]) / 2)
    chances = np.array([0.01, 0.9, 0.02, 0.03, 0.5])
    np.testing.assert_allclose(_step_up(chances), false_discovery_control(chances))
    assert np.isnan(_step_up(np.array([np.nan, 0.5]))[0])
    assert shrunk_ratio(np.array([5.0, 5.0]), np.array([5.0, 5.0])).tolist() == [1.0, 1.0]
    assert np.isnan(shrunk_ratio(np.array([5.0]), np.array([0.0]))[0])


def test_wrong_zones():
    table = in_zones(A=2)
    with pytest.raises(UsageError, match="no column population"):
        service_requests.hot_spots(table, ZONES.drop(columns="population"))
    with pytest.raises(UsageError, match="below zero"):
        service_requests.hot_spots(table, ZONES.assign(population=-1))
    with pytest.raises(UsageError, match="no column 'wealth'"):
        service_requests.fairness(table, ZONES, by="wealth")


# --- fairness -----------------------------------------------------------------------------


def waits(zone, hours, start=0):
    begun = pd.Timestamp("2025-05-01")
    return [(f"{zone}{start + k}", begun.isoformat(),
             None if h is None else (begun + pd.Timedelta(hours=h)).isoformat(), "x", zone, 1, 1)
            for k, h in enumerate(hours)]  # fmt: skip


def test_a_gap_with_its_interval():
    table = cases(
        waits("A", [10] * 40 + [90] * 40 + [None] * 20) + waits("B", [10] * 90 + [90] * 10)
    )
    found = service_requests.fairness(table, ZONES, promise_hours=24, at="2025-05-06")
    assert found["income_group"].tolist() == [1, 5] and found["open"].tolist() == [20, 0]
    assert found["closed_pct"].tolist() == pytest.approx([40, 90])
    assert found["gap_pct"].tolist() == pytest.approx([-50, 50])
    low, high = found["gap_low_pct"][0], found["gap_high_pct"][0]
    assert -63 < low < -50 < high < -37
    assert found["median_hours"].tolist() == [90, 10]
    zones = service_requests.fairness(table, ZONES, by="zone_id", promise_hours=24)
    assert zones["zone_id"].tolist() == ["A", "B"]
    unknown = service_requests.fairness(table.assign(zone_id="unknown"), ZONES)
    assert unknown.empty


def test_intervals_of_gaps_cover_the_truth():
    """Two groups of 60 with one true share of 70 %: 95 in 100 intervals hold zero."""
    draw = np.random.default_rng(11)
    from course.bigdata.request_fairness import gap_between
    from course.bigdata.request_survival import curve

    held = 0
    for _ in range(1_000):
        one, two = (curve(draw.exponential(3600 / 1.204, 60).astype(int), np.ones(60, bool))
                    for _ in range(2))  # fmt: skip
        _, low, high = gap_between(one.share_at(3600), two.share_at(3600))
        held += low <= 0 <= high
    assert 930 <= held <= 975

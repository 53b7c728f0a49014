"""Linking rides into trips: edges, laws, and two other engines."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from course import CourseError, fares
from course.transport.fare_grid import Grid
from tests import fare_reference
from tests.fare_strategies import frame, rides_of_days

some = settings(
    max_examples=60, deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)  # fmt: skip
RULE = {"night_from_min": 1260, "night_to_min": 420, "window_from": "alight"}


def _rides(*rows, **columns) -> pd.DataFrame:
    """Rows of (card, board, alight, mode, route)."""
    table = pd.DataFrame(rows, columns=["card_id", "board_time", "alight_time", "mode", "route_id"])
    table["alight_time"] = table["alight_time"].astype("Int32")
    table["distance_m"] = pd.array([3000] * len(table), dtype="Int32")
    table.loc[table["alight_time"].isna(), "distance_m"] = pd.NA
    return table.assign(**columns)


def _sets(trips) -> set:
    """Return each trip as the set of its rides."""
    keys = ["date", "card_id", "board_time"]
    return {
        frozenset(map(tuple, group[keys].to_numpy().tolist()))
        for _, group in trips.legs.groupby("trip_id")
    }


@some
@given(
    rides=rides_of_days(),
    window=st.sampled_from((0, 10, 30)),
    night=st.sampled_from((None, 0, 30, 60)),
    transfers=st.sampled_from((None, 0, 1, 4)),
    since=st.sampled_from(("alight", "board", "first")),
    same=st.booleans(),
)
def test_linking_equals_the_rules_one_by_one(rides, window, night, transfers, since, same):
    trips = fares.link(
        frame(rides), window_min=window, night_window_min=night, max_transfers=transfers,
        same_route=same, window_from=since,
    )  # fmt: skip
    expected = fare_reference.link(
        rides, window_min=window, night_window_min=night, max_transfers=transfers,
        same_route=same, **(RULE | {"window_from": since}),
    )  # fmt: skip
    assert trips.table["n_legs"].tolist() == [len(t) for t in expected]
    assert trips.legs["board_time"].tolist() == [r["board_time"] for t in expected for r in t]


@some
@given(rides=rides_of_days(), data=st.data())
def test_the_order_of_rows_does_not_matter(rides, data):
    table = frame(rides)
    order = data.draw(st.permutations(range(len(table))))
    one, other = fares.link(table), fares.link(table.iloc[list(order)])
    pd.testing.assert_frame_equal(one.table, other.table)
    pd.testing.assert_frame_equal(one.legs, other.legs)


@some
@given(rides=rides_of_days())
def test_one_day_at_a_time_equals_all_days(rides):
    table = frame(rides)
    whole = fares.link(table)
    days = [fares.link(table[table["date"] == d]).table for d in sorted(set(table["date"]))]
    apart = pd.concat(days, ignore_index=True).drop(columns="trip_id")
    together = whole.table.drop(columns="trip_id")
    for frame_ in (apart, together):
        frame_["distance_band"] = frame_["distance_band"].astype(str)
    pd.testing.assert_frame_equal(apart, together)


@some
@given(rides=rides_of_days())
def test_each_ride_is_in_exactly_one_trip(rides):
    trips = fares.link(frame(rides))
    assert len(trips.legs) == len(rides)
    assert trips.table["n_legs"].sum() == len(rides)
    assert trips.legs["trip_id"].is_monotonic_increasing
    assert (trips.legs.groupby("trip_id")["leg_no"].max().to_numpy()
            == trips.table["n_legs"].to_numpy()).all()  # fmt: skip
    known = trips.table["distance_m"].notna()
    sums = trips.legs.groupby("trip_id")["distance_m"].sum().to_numpy()
    assert (trips.table.loc[known, "distance_m"].to_numpy() == sums[known]).all()


@some
@given(rides=rides_of_days(), wide=st.sampled_from((30, 45, 60)))
def test_a_longer_window_never_makes_more_trips_without_a_limit(rides, wide):
    table = frame(rides)
    short = fares.link(table, window_min=20, night_window_min=None, max_transfers=None)
    long = fares.link(table, window_min=wide, night_window_min=None, max_transfers=None)
    assert len(long) <= len(short)


def test_linking_equals_sql():
    import duckdb

    rng = np.random.default_rng(20)
    n = 20_000
    rides = pd.DataFrame(
        {
            "card_id": [f"c{k:04d}" for k in rng.integers(0, 1500, n)],
            "board_time": rng.integers(4 * 3600, 31 * 3600, n) // 60 * 60,
            "mode": rng.choice(["subway", "trunk", "village"], n),
            "route_id": rng.choice([f"r{k}" for k in range(12)], n),
            "distance_m": pd.array(rng.integers(0, 30_000, n), dtype="Int32"),
            "date": rng.choice(["2026-04-06", "2026-04-07"], n),
        }
    )
    rides["alight_time"] = pd.array(rides["board_time"] + rng.integers(60, 3000, n), dtype="Int32")
    rides.loc[rng.choice(n, 300, replace=False), ["alight_time", "distance_m"]] = pd.NA
    rides = rides.drop_duplicates(["date", "card_id", "board_time"], ignore_index=True)
    sql = """
    WITH a AS (SELECT *, lag(alight_time) OVER w pa, lag(route_id) OVER w pr,
                      lag(mode) OVER w pm, row_number() OVER w rn FROM rides
               WINDOW w AS (PARTITION BY date, card_id ORDER BY board_time)),
    b AS (SELECT *, CASE WHEN rn = 1 OR pa IS NULL OR board_time < pa
            OR (mode = 'subway' AND pm = 'subway')
            OR (mode <> 'subway' AND route_id = pr)
            OR board_time - pa > CASE WHEN (pa // 3600) % 24 >= 21 OR (pa // 3600) % 24 < 7
                                 THEN 3600 ELSE 1800 END
          THEN 1 ELSE 0 END brk FROM a),
    c AS (SELECT *, sum(brk) OVER (PARTITION BY date, card_id ORDER BY board_time
                                   ROWS UNBOUNDED PRECEDING) isl FROM b),
    d AS (SELECT *, (row_number() OVER (PARTITION BY date, card_id, isl
                                        ORDER BY board_time) - 1) // 5 AS chunk FROM c)
    SELECT date, card_id, isl, chunk, min(board_time) AS board_time, count(*) AS n_legs,
           string_agg(mode, '+' ORDER BY board_time) AS modes
    FROM d GROUP BY ALL ORDER BY date, card_id, board_time
    """
    with duckdb.connect() as db:
        db.register("rides", rides)
        expected = db.sql(sql).df()
    trips = fares.link(rides)
    assert len(trips) == len(expected)
    assert trips.table["n_legs"].max() >= 3
    for column in ("date", "card_id", "board_time", "n_legs", "modes"):
        assert trips.table[column].tolist() == expected[column].tolist(), column


@pytest.mark.parametrize(
    ("alight", "gap", "linked"),
    [
        (12 * 3600, 1800, True),
        (12 * 3600, 1801, False),
        (21 * 3600 - 1, 1801, False),  # 20:59:59 is day
        (21 * 3600, 3600, True),
        (21 * 3600, 3601, False),
        (31 * 3600 - 1, 3600, True),  # 06:59:59 after midnight, counted on
        (31 * 3600, 1801, False),  # 31:00 is 07:00
        (7 * 3600 - 1, 3600, True),
        (7 * 3600, 3600, False),
        (12 * 3600, 0, True),
        (12 * 3600, -1, False),  # boarded before the last tap-out
    ],
)
def test_edges_of_the_window(alight, gap, linked):
    rides = _rides(
        ("c", alight - 600, alight, "trunk", "1"),
        ("c", alight + gap, alight + gap + 300, "branch", "2"),
    )
    assert len(fares.link(rides)) == (1 if linked else 2)


def test_the_window_can_run_from_the_boarding():
    rides = _rides(("c", 1000, None, "bus", "1"), ("c", 2500, None, "bus", "2"))
    assert len(fares.link(rides)) == 2
    assert len(fares.link(rides, window_from="board")) == 1


def test_the_window_can_run_from_the_first_boarding():
    # taps at 0, 25 and 50 minutes: each within 30 of the one before, the third not of the first
    rides = _rides(*(("c", 40_000 + 1500 * k, 40_600 + 1500 * k, "bus", str(k)) for k in range(3)))
    assert fares.link(rides).table["n_legs"].tolist() == [3]
    first = fares.link(rides, window_from="first").table["n_legs"].tolist()
    assert first == [2, 1]
    policy = fares.FarePolicy.flat(base=10, integrated=True, window_min=30, window_from="first")
    assert fares.reprice(fares.link(rides), policy)["price"].sum() == 20
    assert "first tap-in" in str(policy)
    why = Grid.around(fares.SEOUL).why_not(policy)
    assert why is not None and "first tap-in" in why[0]


def test_the_same_route_and_the_gates():
    same = _rides(("c", 40_000, 40_100, "bus", "1"), ("c", 40_200, 40_300, "bus", "1"))
    gates = _rides(("c", 40_000, 40_100, "subway", "a"), ("c", 40_200, 40_300, "subway", "b"))
    rail = _rides(("c", 40_000, 40_100, "rail", "a"), ("c", 40_200, 40_300, "rail", "b"))
    assert len(fares.link(same)) == 2
    assert len(fares.link(same, same_route=True)) == 1
    assert len(fares.link(gates)) == 2
    assert len(fares.link(gates, same_route=True)) == 1
    assert len(fares.link(rail)) == 1
    assert len(fares.link(rail, gated_modes=("subway", "rail"))) == 2


def test_a_ride_without_tap_out_ends_the_trip():
    rides = _rides(
        ("c", 40_000, 40_100, "bus", "1"),
        ("c", 40_200, None, "bus", "2"),
        ("c", 40_300, 40_400, "bus", "3"),
    )
    trips = fares.link(rides)
    assert trips.table["n_legs"].tolist() == [2, 1]
    assert trips.table["distance_m"].tolist() == [pd.NA, 3000]
    assert trips.table["distance_band"].tolist() == ["no tap-out", "0-5 km"]


def test_columns_of_the_table():
    rides = _rides(
        ("c", 40_000, 40_100, "branch", "1"),
        ("c", 40_200, 40_900, "subway", ""),
        ("d", 91_800, 92_000, "owl", "N1"),
        board_stop_id=["s1", "s2", "s3"],
        alight_stop_id=["s2", "s9", "s4"],
        user_class="youth",
        income_group=2,
        date="2026-04-06",
    )
    trips = fares.link(rides)
    assert len(trips) == 2
    assert repr(trips) == "Trips: 3 rides in 2 trips"
    first = trips.table.iloc[0].to_dict()
    assert first == {
        "trip_id": 0, "card_id": "c", "date": "2026-04-06", "board_time": 40_000, "n_legs": 2,
        "modes": "branch+subway", "distance_m": 6000, "user_class": "youth", "income_group": 2,
        "from_stop_id": "s1", "to_stop_id": "s9", "distance_band": "5-10 km",
    }  # fmt: skip
    assert trips.legs["leg_no"].tolist() == [1, 2, 1]
    assert "from_zone_id" not in trips.table


def test_distance_bands_include_their_end():
    rides = _rides(*[(f"c{k}", 40_000, 40_100, "bus", "1") for k in range(6)])
    rides["distance_m"] = pd.array([0, 5000, 5001, 10_000, 20_000, 20_001], dtype="Int32")
    assert fares.link(rides).table["distance_band"].tolist() == [
        "0-5 km", "0-5 km", "5-10 km", "5-10 km", "10-20 km", "20+ km",
    ]  # fmt: skip
    other = fares.link(rides, bands_km=(2.5,)).table["distance_band"]
    assert other.cat.categories.tolist() == ["0-2.5 km", "2.5+ km"]


def test_the_rides_are_not_changed():
    rides = frame([{
        "card_id": "c", "board_time": 5, "alight_time": 9, "mode": "bus", "route_id": "1",
        "distance_m": 3, "user_class": "adult", "income_group": None, "date": "2026-04-06",
    }])  # fmt: skip
    before = rides.copy(deep=True)
    fares.link(rides)
    pd.testing.assert_frame_equal(rides, before)


def test_trips_can_be_selected():
    rides = _rides(
        ("a", 40_000, 40_100, "trunk", "1"),
        ("b", 40_000, 40_100, "trunk", "1"),
        ("b", 40_200, 40_300, "subway", ""),
        ("c", 40_000, 40_100, "village", "1"),
    )
    trips = fares.link(rides)
    part = trips.select(trips.table["card_id"] != "a")
    assert part.table["trip_id"].tolist() == [1, 2]
    assert fares.reprice(part, fares.SEOUL)["price"].tolist() == [1550, 1200]
    with pytest.raises(CourseError, match="select"):
        trips.select([True])


def test_zones_come_from_the_city():
    class City:
        id, fingerprint = "test", "0" * 16
        properties: ClassVar = {"gated_modes": ["subway", "rail"]}
        stops = pd.DataFrame({"stop_id": ["s1", "s2"], "lat": [0.0, 1.0], "lon": [0.0, 0.0]})
        zones = pd.DataFrame({"zone_id": ["S", "N"], "lat": [0.0, 1.0], "lon": [0.0, 0.0]})

    rides = _rides(
        ("c", 40_000, 40_100, "rail", "1"),
        ("c", 40_200, None, "rail", "2"),
        board_stop_id=["s1", "bus@S"],
        alight_stop_id=["s2", None],
    )
    trips = fares.link(rides, city=City())
    assert trips.gated_modes == ("subway", "rail")
    assert trips.table["from_zone_id"].tolist() == ["S", "S"]
    assert trips.table["to_zone_id"].isna().tolist() == [False, True]
    assert list(trips.table.columns)[-3:] == ["from_zone_id", "to_zone_id", "distance_band"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda r: r.drop(columns="mode"), "no column mode"),
        (lambda r: r.assign(mode="metro"), "metro"),
        (lambda r: r.assign(user_class="pensioner"), "pensioner"),
        (lambda r: r.assign(board_time=[50_000, 50_000]), "alighting before boarding (2"),
        (lambda r: r.assign(board_time=["08:00", "09:00"]), "board_time"),
        (lambda r: r.assign(board_time=[-1, 5]), "row 0: board_time"),
        (lambda r: r.assign(alight_time=[40_100, 400_000]), "row 1: alight_time"),
        (lambda r: r.assign(distance_m=[5, -5]), "row 1: negative distance"),
        (lambda r: r.assign(card_id=["c", None]), "row 1: no card_id"),
        (lambda r: r.assign(mode=["bus", None]), "row 1: no mode"),
        (lambda r: r.to_dict("list"), "table of rides"),
        (lambda r: None, "table of rides"),
    ],
)
def test_wrong_rides_are_refused_with_column_and_row(change, words):
    rides = _rides(("c", 40_000, 40_100, "bus", "1"), ("d", 40_000, 40_100, "bus", "1"))
    with pytest.raises(CourseError) as refusal:
        fares.link(change(rides))
    assert words in str(refusal.value)
    assert refusal.value.remedy


@pytest.mark.parametrize(
    "wrong",
    [
        {"window_min": -1},
        {"window_min": 10_080},
        {"night_window_min": -5},
        {"max_transfers": -1},
        {"window_from": "middle"},
        {"gated_modes": ("metro",)},
        {"bands_km": (10, 5)},
        {"window_min": "half an hour"},
        {"max_transfers": 2.5},
    ],
)
def test_wrong_options_are_refused(wrong):
    rides = _rides(("c", 40_000, 40_100, "bus", "1"))
    with pytest.raises(CourseError):
        fares.link(rides, **wrong)


def test_categories_dates_and_numbers_of_other_tables_serve():
    rides = _rides(
        (7, 40_000, 40_100, "bus", 1), (7, 40_200, 40_300, "bus", 2),
        date=pd.to_datetime(["2026-04-06", "2026-04-06"]),
    ).astype({"mode": "category"})  # fmt: skip
    trips = fares.link(rides)
    assert len(trips) == 1
    assert trips.table["date"].tolist() == ["2026-04-06"]
    assert trips.table["card_id"].tolist() == ["7"]


def test_two_boardings_in_one_second_have_a_fixed_order():
    rides = _rides(
        ("c", 40_000, 40_600, "bus", "1"),
        ("c", 40_000, 40_100, "bus", "2"),
        ("c", 40_700, 40_800, "bus", "3"),
    )
    forward, back = fares.link(rides), fares.link(rides.iloc[::-1])
    pd.testing.assert_frame_equal(forward.legs, back.legs)


def test_linking_twice_is_the_same():
    rides = _rides(("c", 40_000, 40_100, "bus", "1"), ("c", 40_200, 40_300, "bus", "2"))
    once = fares.link(rides)
    pd.testing.assert_frame_equal(fares.link(once.legs).legs, once.legs)

"""Night demand: hexagons, hot cells, the rule of 2013, tables that cannot be counted on."""

from __future__ import annotations

import math

import h3
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course import nightbus
from course.errors import CourseError, UsageError
from tests.night_city import grid_city, hexagons, some_trips

CITY = grid_city()
A, B, C = hexagons()[:3]


def test_hexagon_area():
    assert nightbus.hex_area_km2(0.5) == pytest.approx(0.650, abs=5e-4)
    assert nightbus.hex_area_km2(edge_km=0.431) == pytest.approx(0.483, abs=5e-4)
    assert nightbus.hex_area_km2(1) == pytest.approx(3 * math.sqrt(3) / 2)
    # The size of the cells here: an H3 cell is about its mean edge's hexagon.
    mean = h3.average_hexagon_edge_length(8, unit="km")
    assert nightbus.hex_area_km2(mean) == pytest.approx(
        h3.average_hexagon_area(8, unit="km^2"), rel=0.02
    )
    for wrong in (0, -1, "wide", None, float("nan"), float("inf"), True):
        with pytest.raises(UsageError, match="edge_km"):
            nightbus.hex_area_km2(wrong)


def test_hot_cells_by_hand():
    trips = some_trips([(0, 1, 2, 5), (0, 2, 2, 2), (1, 0, 2, 6), (2, 1, 3, 50), (2, 0, 2, 0)])
    hot = nightbus.hot_cells(trips, hour=2)
    assert hot["cell"].tolist() == [A, B]
    assert hot["trips"].tolist() == [7.0, 6.0]
    assert hot["share_pct"].round(3).tolist() == [53.846, 46.154]
    assert (hot["lat"][0], hot["lon"][0]) == pytest.approx(h3.cell_to_latlng(A), abs=1e-5)
    assert nightbus.hot_cells(trips, n=1)["cell"].tolist() == [C]
    assert nightbus.hot_cells(trips, hour=2, ends=True)["cell"].tolist() == [A, B, C]
    assert nightbus.hot_cells(trips, hour=4).empty
    with pytest.raises(UsageError, match="hour"):
        nightbus.hot_cells(trips, hour=-1)
    tie = some_trips([(2, 0, 1, 3), (1, 0, 1, 3)])
    assert nightbus.hot_cells(tie)["cell"].tolist() == sorted([B, C])


def test_hour_shares_and_their_sum():
    table = nightbus.hour_shares(CITY.night_trips)
    assert table["seoul_pct"].tolist() == [13.1, 27.9, 27.3, 21.8, 10.0]
    assert table["seoul_pct"].sum() == pytest.approx(100.1)
    assert table["seoul_of_100_pct"].sum() == pytest.approx(100)
    assert table["share_pct"].sum() == pytest.approx(100)
    assert (table["share_pct"] - table["seoul_of_100_pct"]).abs().max() < 0.1
    assert sum(nightbus.HOUR_SHARES_PCT.values()) == pytest.approx(100.1)
    empty = nightbus.hour_shares(CITY.night_trips.iloc[:0])
    assert empty["trips"].sum() == 0 and len(empty) == 5


def records(rows: list[tuple]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["event_cell", "home_cell", "hour"])


def test_the_rule_of_2013():
    calls = records([(A, B, 1), (A, B, 1), (B, A, 1), (A, A, 2), (A, B, 13), (A, None, 1),
                     (None, B, 2), (A, B, None), (C, B, 4)])  # fmt: skip
    found = nightbus.wish_trips(calls)
    rows = list(found.trips.itertuples(index=False, name=None))
    assert rows == sorted([(A, B, 1, 2.0), (B, A, 1, 1.0), (C, B, 4, 1.0)])
    assert dict(zip(found.dropped["reason"], found.dropped["records"], strict=True)) == {
        "a cell or the hour is missing": 3, "made at home": 1, "outside the night's hours": 1,
    }  # fmt: skip
    assert nightbus.wish_trips(calls, hours=[13]).trips["trips"].sum() == 1
    assert nightbus.wish_trips(records([])).trips.empty
    with pytest.raises(UsageError, match="home_cell"):
        nightbus.wish_trips(calls.drop(columns="home_cell"))
    with pytest.raises(CourseError, match=r"records, from_cell, row 1: 'nowhere'"):
        nightbus.wish_trips(records([("nowhere", B, 1)]))


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from([A, B, C, None]), st.sampled_from([A, B, C, None]),
                       st.integers(0, 23)), max_size=40)
)  # fmt: skip
def test_every_record_is_a_wish_or_dropped_and_none_counts_twice(rows):
    found = nightbus.wish_trips(records(rows))
    assert found.trips["trips"].sum() + found.dropped["records"].sum() == len(rows)
    for a, b, hour, trips in found.trips.itertuples(index=False, name=None):
        assert trips == rows.count((a, b, hour)) and a != b


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"from_cell": "x"}, r"from_cell, row 2: 'x' is not an H3 cell"),
        ({"to_cell": None}, r"to_cell, row 2: an empty value is not an H3 cell"),
        ({"to_cell": 7}, r"to_cell, row 2: 7 is not an H3 cell"),
        ({"to_cell": "<script>" * 20}, r"row 2: '<script><script><script><script><scr... is not"),
        ({"trips": -1.0}, r"trips, row 2: -1\.0 is not a number"),
        ({"trips": float("nan")}, r"trips, row 2: an empty value"),
        ({"trips": float("inf")}, r"trips, row 2: inf"),
        ({"hour": 48}, r"hour, row 2: 48 is not a whole number from 0 to 47"),
        ({"hour": 1.5}, r"hour, row 2: 1\.5"),
        ({"from_cell": h3.cell_to_parent(A, 7)}, r"mixes cells of several sizes"),
    ],
)
def test_a_table_that_cannot_be_counted_on_is_refused(change, message):
    trips = some_trips([(0, 1, 2, 5), (0, 2, 2, 2)]).astype("object")
    for column, value in change.items():
        trips.loc[1, column] = value
    with pytest.raises(CourseError, match=message):
        nightbus.check_night_trips(trips)
    with pytest.raises(CourseError, match=message):
        nightbus.hot_cells(trips)


@pytest.mark.parametrize("resolution", [0, 5, 12, 15])
def test_cells_of_no_use_to_a_bus_are_refused(resolution):
    cells = [h3.latlng_to_cell(37.5, 127.0, resolution), h3.latlng_to_cell(37.8, 127.4, resolution)]
    trips = pd.DataFrame({"from_cell": cells[0], "to_cell": cells[1], "hour": [1], "trips": [1.0]})
    with pytest.raises(CourseError, match=f"H3 resolution {resolution}"):
        nightbus.check_night_trips(trips)


def test_a_table_without_columns_or_rows():
    with pytest.raises(CourseError, match="no column to_cell, trips"):
        nightbus.check_night_trips(pd.DataFrame({"from_cell": [A], "hour": [1]}))
    with pytest.raises(CourseError, match="no column"):
        nightbus.check_night_trips(None)
    assert nightbus.check_night_trips(CITY.night_trips.iloc[:0]).empty
    assert nightbus.night_notes(CITY, CITY.night_trips.iloc[:0]) == [
        "The table has no trips, so no route serves anybody."
    ]


def test_text_numbers_and_upper_case_are_understood():
    trips = pd.DataFrame(
        {"from_cell": [A.upper()], "to_cell": ["0x" + B], "hour": ["2"], "trips": ["3"]}
    )
    checked = nightbus.check_night_trips(trips)
    assert checked.loc[0].tolist() == [A, B, 2, 3.0]


def test_what_limits_own_data_is_said():
    assert nightbus.night_notes(CITY, CITY.night_trips) == []
    own = CITY.night_trips.head(50).copy()
    cells = {c: h3.latlng_to_cell(*h3.cell_to_latlng(c), 9) for c in
             {*own["from_cell"], *own["to_cell"]}}  # fmt: skip
    fine = own.assign(from_cell=own["from_cell"].map(cells), to_cell=own["to_cell"].map(cells))
    (note,) = nightbus.night_notes(CITY, fine)
    assert "resolution 9" in note
    far = h3.latlng_to_cell(35.1, 129.0, 8)
    own.loc[own.index[0], "to_cell"] = far
    own.loc[own.index[1], "to_cell"] = own.loc[own.index[1], "from_cell"]
    own.loc[own.index[2], "trips"] = 0.5
    notes = nightbus.night_notes(CITY, own)
    assert len(notes) == 3
    assert "2 km outside" in notes[0] and "stay in one cell" in notes[1] and "fraction" in notes[2]
    # They are counted all the same.
    cells_table = nightbus.cells(CITY, night_trips=own)
    assert far in set(cells_table["cell"])
    assert cells_table["starts"].sum() == cells_table["ends"].sum() == own["trips"].sum()


def test_cells_of_a_city():
    cells = nightbus.cells(CITY)
    assert cells.columns.tolist() == ["cell", "lat", "lon", "zone_id", "population", "jobs",
                                      "income_group", "starts", "ends"]  # fmt: skip
    assert cells["starts"].sum() == cells["ends"].sum() == CITY.night_trips["trips"].sum()
    assert cells["population"].sum() == CITY.zones["population"].sum()
    by_start = CITY.night_trips.groupby("from_cell")["trips"].sum()
    assert (cells.set_index("cell")["starts"].loc[by_start.index] == by_start).all()
    assert cells["income_group"].between(1, 5).all()


def test_taxis_as_a_second_witness():
    witness = nightbus.taxi_witness(CITY)
    assert 0.3 < witness.agreement < 0.95
    assert "rule" in witness.method
    table = witness.table
    assert (table["rank_gap"].abs().diff().dropna() <= 0).all()
    scipy_stats = pytest.importorskip("scipy.stats")
    assert witness.agreement == pytest.approx(
        scipy_stats.spearmanr(table["calls"], table["taxis"]).statistic
    )
    homes = nightbus.taxi_witness(CITY, ends=True)
    assert homes.table["calls"].sum() == CITY.night_trips["trips"].sum()
    # Where incomes are high, taxis see more homes than calls do.
    gap = homes.table.groupby("income_group")["rank_gap"].mean()
    assert gap.loc[5] > gap.loc[1]


def test_own_taxi_records():
    cells = nightbus.cells(CITY)
    same = pd.DataFrame({"cell": cells["cell"], "pickups": cells["starts"] * 3,
                         "dropoffs": cells["ends"].max() - cells["ends"]})  # fmt: skip
    assert nightbus.taxi_witness(CITY, taxis=same).agreement == pytest.approx(1)
    assert nightbus.taxi_witness(CITY, taxis=same).method == ""
    assert nightbus.taxi_witness(CITY, taxis=same, ends=True).agreement < -0.9
    none = same.assign(pickups=0)
    assert nightbus.taxi_witness(CITY, taxis=none).agreement != 1
    assert np.isnan(nightbus.taxi_witness(CITY, taxis=none).agreement)
    with pytest.raises(CourseError, match="no column dropoffs"):
        nightbus.taxi_witness(CITY, taxis=same.drop(columns="dropoffs"))
    with pytest.raises(CourseError, match="pickups, row 1"):
        nightbus.taxi_witness(CITY, taxis=same.assign(pickups=-1))
    with pytest.raises(CourseError, match="cell, row 1: 'here' is not an H3 cell"):
        nightbus.taxi_witness(CITY, taxis=same.assign(cell="here"))
    fine = same.assign(cell=[h3.cell_to_center_child(c, 9) for c in same["cell"]])
    with pytest.raises(CourseError, match="another size"):
        nightbus.taxi_witness(CITY, taxis=fine)
    assert np.isnan(nightbus.taxi_witness(CITY, taxis=same.iloc[:0]).agreement)

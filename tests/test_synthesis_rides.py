"""Synthetic rides: frozen bytes, laws that hold in every city, planted cases, bad calls."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.city.metres import metres_between
from course.city.places import zone_of
from course.city.synthesis.calibration import calibration, linked_trips
from course.city.synthesis.model import build_model, demand_model, has_zone_buses
from course.city.synthesis.network import gated_modes, station_distances
from course.city.synthesis.rides import COLUMNS, draw_rides, synthesise_rides
from course.errors import CourseError, UsageError
from tests.small_city import SmallCity, small_city

DATES = ["2025-05-12", "2025-05-13", "2025-05-14", "2025-05-15", "2025-05-17"]
FROZEN = {
    "mixed": "883d9fc77ae58308600f962f518e7c24ef4ba9ed7b5302039584a62dd752d395",
    "rail": "8c851bf166bf70bee9823cf93d8b10c5cfc1c95ef379133bddf5755705f79611",
}


def grid_city(*, bus: bool, **properties: object) -> SmallCity:
    """Two subway lines that cross, and (or not) six bus lines on a grid of 600 m."""
    places = {
        f"{i}-{j}": (37.50 + i * 0.0054, 127.00 + j * 0.0068) for i in range(7) for j in range(7)
    }
    lines = {
        "M1": ("subway", [f"3-{j}" for j in range(7)]),
        "M2": ("subway", [f"{i}-3" for i in range(7)]),
    }
    if bus:
        for i in (0, 2, 5):
            lines[f"B{i}"] = ("bus", [f"{i}-{j}" for j in range(7)])
            lines[f"T{i}"] = ("trunk", [f"{j}-{i}" for j in range(7)])
    used = {s for _, ids in lines.values() for s in ids}
    places = {s: p for s, p in places.items() if s in used}
    zones = pd.DataFrame([
        (f"Z{i}{j}", f"Zone {i}{j}", 37.5054 + i * 0.0108, 127.0068 + j * 0.0136, 1.5,
         9_000 - 700 * (i + j), 2_000 + 900 * i, 1 + (i + 2 * j) % 5)
        for i in range(3) for j in range(3)
    ], columns=["zone_id", "name", "lat", "lon", "area_km2", "population", "jobs",
                "income_group"])  # fmt: skip
    return small_city(lines, places, zones=zones, **{"id": "grid", **properties})


CITIES = {"mixed": grid_city(bus=True), "rail": grid_city(bus=False)}


def csv_hash(rides: pd.DataFrame) -> str:
    return hashlib.sha256(rides.to_csv(index=False, lineterminator="\n").encode()).hexdigest()


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))


def assert_laws(city, rides: pd.DataFrame, boardings: int, dates: list[str]) -> None:
    """Check what must hold for every table of rides of every city."""
    assert len(rides) == boardings
    assert rides.columns.tolist() == list(COLUMNS)
    kinds = rides.dtypes.astype(str).to_dict()
    assert kinds["board_time"] == "int32"
    assert kinds["alight_time"] == kinds["distance_m"] == "Int32"
    assert kinds["income_group"] == "Int8"
    assert {kinds[c] for c in ("card_id", "mode", "route_id", "board_stop_id", "date")} == {"str"}
    assert set(rides["date"]) <= set(dates)
    tapped = rides[rides["alight_time"].notna()]
    assert (tapped["alight_time"] > tapped["board_time"]).all()
    assert (tapped["distance_m"] > 0).all()
    open_end = rides[rides["alight_time"].isna()]
    assert open_end["alight_stop_id"].isna().all() and open_end["distance_m"].isna().all()
    assert tapped["alight_stop_id"].notna().all()
    assert (tapped["board_stop_id"] != tapped["alight_stop_id"]).where(
        ~tapped["board_stop_id"].str.startswith("bus@"), True).all()  # fmt: skip
    assert rides["board_time"].between(4 * 3600, 31 * 3600).all()
    assert rides["income_group"].between(1, 5).all()
    in_order = rides.sort_values(["date", "card_id", "board_time"], kind="stable")
    same = (in_order[["date", "card_id"]] == in_order[["date", "card_id"]].shift()).all(axis=1)
    waits = in_order["board_time"] - in_order["alight_time"].shift().astype("Float64")
    assert (waits[same].dropna() > 0).all()
    person = rides.groupby("card_id")[["user_class", "income_group"]].nunique()
    assert (person == 1).all(axis=None)
    assert_served(city, tapped)


def assert_served(city, tapped: pd.DataFrame) -> None:
    """Check that the route of each ride serves both stops, in this order."""
    gated = gated_modes(city.properties)
    routes = city.routes.set_index("route_id")["mode"]
    by_zone = tapped["board_stop_id"].str.startswith("bus@")
    known = tapped[~by_zone]
    assert (known["route_id"].map(routes) == known["mode"]).all()
    behind = known["mode"].isin(list(gated))
    distance = station_distances(city)
    pairs = set(map(tuple, distance[["from_stop_id", "to_stop_id", "route_id", "distance_m"]]
                    .itertuples(index=False)))  # fmt: skip
    columns = ["board_stop_id", "alight_stop_id", "route_id", "distance_m"]
    assert set(known.loc[behind, columns].itertuples(index=False, name=None)) <= pairs
    served: set[tuple[str, str, str]] = set()
    for route, ids in zip(city.patterns["route_id"], city.patterns["stop_ids"], strict=True):
        served |= {(a, b, route) for i, a in enumerate(ids) for b in ids[i + 1 :]}
    columns = ["board_stop_id", "alight_stop_id", "route_id"]
    assert set(known.loc[~behind, columns].itertuples(index=False, name=None)) <= served
    zone_rides = tapped[by_zone]
    if len(zone_rides):
        assert has_zone_buses(city)
        assert zone_rides["alight_stop_id"].str.startswith("bus@").all()
        ends = set(zone_rides["board_stop_id"]) | set(zone_rides["alight_stop_id"])
        assert ends <= set("bus@" + city.zones["zone_id"])
        home = zone_rides["route_id"].str.extract(r"^bus-(.+)-\d+$")[0]
        at_home = ("bus@" + home == zone_rides["board_stop_id"]) | (
            "bus@" + home == zone_rides["alight_stop_id"])  # fmt: skip
        assert at_home.all()
        assert (zone_rides.groupby("route_id")["mode"].nunique() == 1).all()


@pytest.mark.parametrize("name", CITIES)
def test_bytes_are_frozen(name):
    """If this fails on purpose, raise VERSION in course/city/synthesis/__init__.py too."""
    rides = synthesise_rides(CITIES[name], boardings=5_000, dates=DATES, seed=("trainee",))
    assert csv_hash(rides) == FROZEN[name]


@pytest.mark.slow
def test_same_bytes_in_another_process_with_another_hash_seed():
    code = (
        "from tests.test_synthesis_rides import CITIES, csv_hash, synthesise_rides as s\n"
        "for c in CITIES.values(): print(csv_hash(s(c, boardings=900, dates=['2025-05-12'])))"
    )
    root = Path(__file__).resolve().parent.parent
    expected = [csv_hash(synthesise_rides(c, boardings=900, dates=DATES[:1])) for c in
                CITIES.values()]  # fmt: skip
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True,
        env={**os.environ, "PYTHONHASHSEED": "77"},
    )  # fmt: skip
    assert run.stdout.split() == expected


@pytest.mark.parametrize("name", CITIES)
def test_laws(name):
    city = CITIES[name]
    rides = synthesise_rides(city, boardings=6_000, dates=DATES, seed=("x",))
    assert_laws(city, rides, 6_000, DATES)
    assert set(rides["date"]) == set(DATES)
    per_date = rides["date"].value_counts()
    assert per_date["2025-05-17"] < per_date["2025-05-14"]  # a Saturday
    home = zone_of(city, rides["board_stop_id"])
    assert home.notna().all()
    # Incomes follow the zone: first rides of a day start at home.
    first = rides.sort_values("board_time").drop_duplicates(["card_id", "date"])
    group = city.zones.set_index("zone_id")["income_group"]
    off = first["income_group"].astype(int) - zone_of(city, first["board_stop_id"]).map(group)
    assert (off.abs() <= 1).mean() > 0.9
    assert (off == 0).mean() > 0.7


def test_seed_dates_and_number_of_rides_matter():
    city = CITIES["mixed"]
    one = synthesise_rides(city, boardings=500, dates=DATES, seed=("a", 1))
    assert csv_hash(one) == csv_hash(synthesise_rides(city, boardings=500, dates=DATES,
                                                      seed=("a", 1)))  # fmt: skip
    assert csv_hash(one) != csv_hash(synthesise_rides(city, boardings=500, dates=DATES,
                                                      seed=("a", 2)))  # fmt: skip
    for boardings in (0, 1, 2, 7, 61, 1_234):
        for dates in (DATES[:1], DATES):
            rides = synthesise_rides(city, boardings=boardings, dates=dates)
            assert_laws(city, rides, boardings, dates)


def test_order_of_rows_does_not_matter():
    city = CITIES["mixed"]
    turned = SmallCity(
        city.stops.iloc[::-1].reset_index(drop=True), city.routes.iloc[::-1],
        city.patterns, city.zones.iloc[::-1], city.properties,
    )  # fmt: skip
    one, two = (draw_rides(build_model(c), boardings=800, dates=DATES) for c in (city, turned))
    assert csv_hash(one) == csv_hash(two)


def test_model_is_kept_in_memory_and_on_disk(tmp_path, monkeypatch):
    monkeypatch.setattr("course.city.synthesis.model._ON_DISK_FROM", 1)
    city = grid_city(bus=True, id="kept")
    model = demand_model(city)
    assert demand_model(city) is model
    (kept,) = (tmp_path / "cache" / "demand").glob("*.npz")
    from course.city.synthesis import model as module

    module._MODELS.clear()
    read = demand_model(city)
    assert read is not model
    wanted = csv_hash(draw_rides(model, boardings=700, dates=DATES))
    assert csv_hash(draw_rides(read, boardings=700, dates=DATES)) == wanted
    kept.write_bytes(b"PK\x03\x04 torn")
    module._MODELS.clear()
    assert csv_hash(draw_rides(demand_model(city), boardings=700, dates=DATES)) == wanted
    # Other people, another model.
    city.properties["synthesis"] = {"rail_share_pct": 10}
    assert demand_model(city) is not model


def _by_card_and_date(rides: pd.DataFrame) -> pd.DataFrame:
    legs = rides.sort_values(["date", "card_id", "board_time"], kind="stable").reset_index()
    same = (legs[["date", "card_id"]] == legs[["date", "card_id"]].shift()).all(axis=1)
    before = legs.shift()
    legs["gap"] = (legs["board_time"] - before["alight_time"]).where(same)
    legs["same_route"] = (legs["route_id"] == before["route_id"]) & same
    legs["off"] = before["alight_time"].where(same)
    return legs


@pytest.mark.parametrize("name", CITIES)
def test_every_rule_of_the_law_counts_on_every_date(name):
    """Each date holds cases that a wrong linking rule would count otherwise."""
    city = CITIES[name]
    rides = synthesise_rides(city, boardings=8_000, dates=DATES, seed=("who",))
    legs = _by_card_and_date(rides)
    night = (legs["off"] % 86_400 >= 21 * 3_600) | (legs["off"] % 86_400 < 7 * 3_600)
    for date, day in legs.groupby("date"):
        at = day.index
        long = day["gap"].between(1_801, 3_600)
        assert (long & night[at] & ~day["same_route"]).sum() >= 3, date
        assert (long & ~night[at]).sum() >= 3, date
        assert (day["gap"].gt(3_600) & night[at]).sum() >= 2, date
        assert (day["same_route"] & (day["gap"] <= 1_800)).sum() >= 2, date
        assert (day["gap"] == 1_800).any() or (day["gap"] == 1_801).any(), date
        assert (day["board_time"] > 86_400).sum() >= 3, date
        assert day["board_time"].between(6 * 3_600 + 1_200, 6 * 3_600 + 2_400).sum() >= 4, date
        assert day["off"].between(20 * 3_600 + 3_000, 21 * 3_600 + 600).sum() >= 2, date
        short = (day["gap"] <= 1_800) & ~day["same_route"]
        run = short.groupby((~short).cumsum()).sum()
        assert run.max() >= 5, f"no chain of six rides on {date}"


def test_gates_to_gates_within_half_an_hour_is_there():
    rides = synthesise_rides(CITIES["rail"], boardings=8_000, dates=DATES)
    legs = _by_card_and_date(rides)
    subway = legs["mode"].eq("subway") & legs["mode"].shift().eq("subway")
    assert (subway & (legs["gap"] <= 1_800)).sum() >= 3


def test_day_shape_classes_and_missing_tap_outs():
    rides = synthesise_rides(CITIES["rail"], boardings=40_000, dates=["2025-05-14"])
    by_hour = (rides["board_time"] // 3_600).value_counts()
    assert by_hour.idxmax() == 18
    assert set(by_hour.loc[:11].nlargest(2).index) == {7, 8} or set(
        by_hour[by_hour.index < 12].nlargest(2).index
    ) == {7, 8}
    assert 0.007 < rides["alight_time"].isna().mean() < 0.013
    share = rides["user_class"].value_counts(normalize=True)
    assert share["adult"] == pytest.approx(0.8285, abs=0.01)
    assert share["senior"] == pytest.approx(0.1003, abs=0.01)
    assert set(share.index) == {"adult", "senior", "youth", "disabled", "child"}
    open_end = rides[rides["alight_time"].isna()]
    assert (open_end["mode"] == "bus").mean() > 0.7
    # The same people ride on more than one date.
    days = synthesise_rides(CITIES["rail"], boardings=4_000, dates=DATES)
    assert (days.groupby("card_id")["date"].nunique() > 1).mean() > 0.2


def test_bus_kinds_of_a_rail_only_city():
    shares = {"trunk": 30, "village": 50, "owl": 20}
    city = grid_city(bus=False, id="kinds", synthesis={"bus_shares": shares})
    rides = synthesise_rides(city, boardings=20_000, dates=["2025-05-14"])
    buses = rides[rides["mode"] != "subway"]
    got = buses["mode"].value_counts(normalize=True)
    assert set(got.index) == set(shares)
    assert got["village"] > got["trunk"] > got["owl"] > 0.05
    hours = buses.loc[buses["mode"] == "owl", "board_time"] // 3_600
    assert hours.between(23, 29).all()
    for wrong in ({"bus": -1}, {"bus": 0}):
        bad = grid_city(bus=False, id="wrong", synthesis={"bus_shares": wrong})
        with pytest.raises(CourseError, match="bus_shares"):
            build_model(bad)


def test_rail_share_follows_the_pack():
    for share in (0, 20, 90, 100):
        city = grid_city(bus=False, id="share", synthesis={"rail_share_pct": share})
        rides = synthesise_rides(city, boardings=10_000, dates=["2025-05-14"])
        assert_laws(city, rides, 10_000, ["2025-05-14"])
        got = 100 * (rides["mode"] == "subway").mean()
        assert abs(got - share) < 6
        assert not (share == 100 and got < 100)


def test_wrong_calls_are_said():
    city = CITIES["mixed"]
    for boardings in (-1, 2.5, True, 10**9):
        with pytest.raises(UsageError, match="boardings"):
            synthesise_rides(city, boardings=boardings, dates=DATES)
    for dates in ([], "2025-05-12", ["2025-05-12"] * 2, ["12.05.2025"], ["2025-02-30"]):
        with pytest.raises(UsageError, match="dates"):
            synthesise_rides(city, boardings=10, dates=dates)


HERE = (37.5, 127.0)
LINE = {f"s{i:02d}": (37.5 + 0.004 * i, 127.0) for i in range(18)}
ODD = {
    "one route, one way": ({"R": ("bus", list(LINE))}, LINE, {"both_ways": False}),
    "one line behind gates": ({"R": ("subway", list(LINE))}, LINE, {}),
    "two stops": ({"R": ("tram", ["a", "b"])}, {"a": HERE, "b": (37.51, 127.0)}, {}),
    "two stops behind gates": ({"R": ("subway", ["a", "b"])}, {"a": HERE, "b": (37.51, 127)}, {}),
    "stops in one place": (
        {"R": ("bus", ["a", "b", "c", "d"])},
        {"a": HERE, "b": HERE, "c": (37.52, 127.0), "d": (37.52, 127.0)},
        {},
    ),
    "loop that calls twice": (
        {"R": ("bus", ["a", "b", "c", "a"])},
        {"a": HERE, "b": (37.51, 127.0), "c": (37.51, 127.01)},
        {"both_ways": False},
    ),
    "rail without gates": ({"R": ("rail", list(LINE)), "Q": ("rail", list(LINE)[::3])}, LINE, {}),
    "gated rail and ferry": (
        {"R": ("rail", list(LINE)[:9]), "F": ("ferry", list(LINE)[8:])}, LINE,
        {"gated_modes": ["rail"]},
    ),
    "no people": (
        {"R": ("bus", list(LINE))}, LINE,
        {"zones": pd.DataFrame({"zone_id": ["Z"], "name": ["Z"], "lat": [37.5], "lon": [127.0],
                                "area_km2": [1.0], "population": [0], "jobs": [0],
                                "income_group": [3]})},
    ),
    "strange ids": (
        {"bus-1-2": ("bus", ["a\nb", "c,\"d", "bus"])},
        {"a\nb": HERE, "c,\"d": (37.51, 127.0), "bus": (37.52, 127.0)}, {},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_odd_networks(name, monkeypatch):
    monkeypatch.setattr("course.city.synthesis.model._ON_DISK_FROM", 1)
    lines, places, options = ODD[name]
    city = small_city(lines, places, **{"id": name, **options})
    rides = synthesise_rides(city, boardings=700, dates=DATES[:2])
    assert_laws(city, rides, 700, DATES[:2])
    table = calibration(city, rides)
    assert table.columns.tolist() == ["measure", "target", "got", "source"]
    assert table["got"].notna().all()


def test_a_network_without_changes_says_so():
    lines, places, options = ODD["one route, one way"]
    city = small_city(lines, places, **options)
    rides = synthesise_rides(city, boardings=2_000, dates=DATES[:1])
    row = calibration(city, rides).set_index("measure").loc["rides per trip"]
    assert row["got"] == 1.0
    assert "no place to change" in row["source"]


def test_a_network_without_a_way_is_refused():
    nowhere = small_city({"R": ("bus", ["a", "b"])}, {"a": HERE, "b": HERE})
    with pytest.raises(CourseError, match="two stops that lie apart"):
        synthesise_rides(nowhere, boardings=10, dates=DATES)
    lonely = small_city({"R": ("bus", ["a"])}, {"a": HERE})
    with pytest.raises(CourseError, match="two stops that lie apart"):
        synthesise_rides(lonely, boardings=10, dates=DATES)


@settings(max_examples=20, deadline=None)
@given(
    st.integers(0, 10_000),
    st.lists(st.sampled_from(["bus", "subway", "tram", "jeepney", "owl"]), min_size=1, max_size=5),
    st.integers(2, 8),
    st.booleans(),
)
def test_laws_on_random_networks(seed, modes, calls, both_ways):
    draw = np.random.default_rng(seed)
    places = {f"s{i}": (37.4 + 0.1 * draw.random(), 126.9 + 0.1 * draw.random()) for i in range(9)}
    lines = {
        f"L{k}": (mode, [f"s{i}" for i in draw.choice(9, size=calls, replace=calls > 6)])
        for k, mode in enumerate(modes)
    }
    if any(len(set(ids)) < 2 for _, ids in lines.values()):
        return
    city = small_city(lines, places, both_ways=both_ways, id=f"random {seed}")
    rides = synthesise_rides(city, boardings=300, dates=DATES[:2], seed=(seed,))
    assert_laws(city, rides, 300, DATES[:2])
    trips = linked_trips(rides, gated_modes(city.properties))
    assert trips["rides"].sum() == 300
    assert trips["rides"].between(1, 5).all()
    assert metres_between(*HERE, *HERE) == 0

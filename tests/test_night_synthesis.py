"""Synthetic night demand and taxis: frozen bytes, laws in every city, tiny cities."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import h3
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.city.synthesis.night_cells import COLUMNS as CELL_COLUMNS
from course.city.synthesis.night_cells import night_cells
from course.city.synthesis.night_taxis import synthesise_night_taxis
from course.city.synthesis.night_trips import (
    COLUMNS,
    HOUR_PARTS,
    LEAST_WISHES,
    MOST_WISHES,
    synthesise_night_trips,
)
from tests.night_city import HERE, NightCity, grid_city, night_city

FROZEN = {
    "mixed": (
        "bf5871709a19e4df74a4e143bfe80bd9d2a97b3db3ca49c01c3fe6cbfd09d65a",
        "8bc65fca88255289da62eb2e56df4a291317503421d21bdf29fbff0b38ebd66c",
    ),
    "rail": (
        "48b23b54a5b6afe761d948bcc3ace81e49a9153255af5d7dd4eb32f373a1cb05",
        "a003e912ed454851ba050163e6bd121d2c25420e44d0960ad31d40f62db61247",
    ),
}
CITIES = {"mixed": grid_city(), "rail": grid_city(bus=False, id="night rail")}


def csv_hash(frame: pd.DataFrame) -> str:
    return hashlib.sha256(frame.to_csv(index=False, lineterminator="\n").encode()).hexdigest()


def assert_laws(city, trips: pd.DataFrame) -> None:
    """Check what must hold for the night trips of every city."""
    assert trips.columns.tolist() == list(COLUMNS)
    kinds = trips.dtypes.astype(str).to_dict()
    assert kinds == {"from_cell": "str", "to_cell": "str", "hour": "int64", "trips": "float64"}
    assert not trips.duplicated(["from_cell", "to_cell", "hour"]).any()
    assert trips["hour"].between(0, 4).all()
    assert (trips["trips"] >= 1).all() and (trips["trips"] % 1 == 0).all()
    assert (trips["from_cell"] != trips["to_cell"]).all()
    cells = night_cells(city)
    assert set(trips["from_cell"]) | set(trips["to_cell"]) <= set(cells["cell"])
    assert {h3.get_resolution(c) for c in trips["to_cell"]} <= {8}
    homes = set(cells.loc[cells["population"] > 0, "cell"])
    assert set(trips["to_cell"]) <= homes
    assert trips["trips"].sum() <= MOST_WISHES
    order = trips.sort_values(["from_cell", "to_cell", "hour"], ignore_index=True)
    assert order.equals(trips)


@pytest.mark.parametrize("name", CITIES)
def test_bytes_are_frozen(name):
    """If this fails on purpose, raise VERSION in course/city/synthesis/__init__.py too."""
    city = CITIES[name]
    found = csv_hash(synthesise_night_trips(city)), csv_hash(synthesise_night_taxis(city))
    assert found == FROZEN[name]


@pytest.mark.slow
def test_same_bytes_in_another_process_with_another_hash_seed():
    code = (
        "from tests.test_night_synthesis import CITIES, csv_hash, synthesise_night_trips as s\n"
        "for c in CITIES.values(): print(csv_hash(s(c, seed=('x',))))"
    )
    expected = [csv_hash(synthesise_night_trips(c, seed=("x",))) for c in CITIES.values()]
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).resolve().parent.parent,
        capture_output=True, text=True, check=True, env={**os.environ, "PYTHONHASHSEED": "77"},
    )  # fmt: skip
    assert run.stdout.split() == expected


@pytest.mark.parametrize("name", CITIES)
def test_laws_hours_and_night_places(name):
    city = CITIES[name]
    trips = synthesise_night_trips(city)
    assert_laws(city, trips)
    assert trips["trips"].sum() == 3_200  # 8 per 1,000 of 400,000 people
    by_hour = trips.groupby("hour")["trips"].sum().to_numpy()
    assert np.abs(by_hour * 1001 / 3_200 - HOUR_PARTS).max() < 1
    # Nights are spent in few places and end in many.
    start = trips.groupby("from_cell")["trips"].sum().nlargest(5).sum()
    end = trips.groupby("to_cell")["trips"].sum().nlargest(5).sum()
    assert start > 1.5 * end
    # The places have hours of their own: the hottest cell is not the same in all hours.
    top = trips.groupby(["hour", "from_cell"])["trips"].sum().groupby(level=0).idxmax()
    assert len({cell for _, cell in top}) > 1


def test_wishes_thin_out_with_distance():
    trips = synthesise_night_trips(CITIES["mixed"])
    pairs = trips.groupby(["from_cell", "to_cell"], as_index=False)["trips"].sum()
    steps = [h3.grid_distance(a, b) for a, b in zip(pairs.from_cell, pairs.to_cell, strict=True)]
    mean = pairs.groupby(np.array(steps))["trips"].mean()
    assert mean.loc[2:3].mean() > 1.3 * mean.loc[8:].mean()


def test_a_pack_may_name_its_night_places():
    plain = CITIES["mixed"]
    corner = plain.stops.set_index("stop_id").loc["0-8"]
    cell = h3.latlng_to_cell(corner["lat"], corner["lon"], 8)
    place = {"lat": corner["lat"], "lon": corner["lon"], "name": "Harbour", "source": "a test"}
    wrong = [
        "x", None, {}, {"lat": "37", "lon": 127}, {"lat": 137.0, "lon": 127.0},
        {"lat": True, "lon": 1}, {"lat": float("nan"), "lon": 1.0}, {"lat": 0.0, "lon": 0.0},
    ]  # fmt: skip

    def start(*places) -> float:
        told = {"night_places": list(places)}
        city = NightCity(plain.stops, plain.routes, plain.patterns, plain.zones,
                         {**plain.properties, "synthesis": told})  # fmt: skip
        trips = synthesise_night_trips(city)
        assert_laws(city, trips)
        return trips.groupby("from_cell")["trips"].sum().get(cell, 0.0)

    assert start(*wrong) == start() < 100
    assert start(place) > 300
    assert start(place, *wrong) == start(place)


def test_seed_and_city_matter_and_order_of_rows_does_not():
    city = CITIES["mixed"]
    one = csv_hash(synthesise_night_trips(city))
    assert one != csv_hash(synthesise_night_trips(city, seed=("a",)))
    assert csv_hash(synthesise_night_trips(city, seed=("a",))) == csv_hash(
        synthesise_night_trips(city, seed=("a",))
    )
    turned = NightCity(
        city.stops.iloc[::-1].reset_index(drop=True), city.routes.iloc[::-1],
        city.patterns.iloc[::-1], city.zones.iloc[::-1].reset_index(drop=True), city.properties,
    )  # fmt: skip
    assert csv_hash(synthesise_night_trips(turned)) == one
    assert csv_hash(synthesise_night_taxis(turned)) == csv_hash(synthesise_night_taxis(city))


@pytest.mark.parametrize("resolution", [7, 8, 9])
def test_people_and_jobs_are_kept_exactly(resolution):
    city = CITIES["mixed"]
    cells = night_cells(city, resolution=resolution)
    assert cells.columns.tolist() == list(CELL_COLUMNS)
    assert cells["population"].sum() == city.zones["population"].sum()
    assert cells["jobs"].sum() == city.zones["jobs"].sum()
    assert cells["cell"].is_monotonic_increasing and cells["cell"].is_unique
    assert {h3.get_resolution(c) for c in cells["cell"]} == {resolution}
    assert set(cells["zone_id"]) <= set(city.zones["zone_id"])


def test_more_people_live_near_stops_and_jobs_gather_at_crossings():
    """A zone larger than a cell shares its people by nearness of a stop."""
    city = CITIES["rail"]
    zones = pd.DataFrame([("Z", "All", HERE[0] + 0.036, HERE[1] + 0.045, 90.0, 90_000, 40_000, 3)],
                         columns=["zone_id", "name", "lat", "lon", "area_km2", "population",
                                  "jobs", "income_group"])  # fmt: skip
    one = NightCity(city.stops, city.routes, city.patterns, zones, city.properties)
    cells = night_cells(one).set_index("cell")
    stop = {h3.latlng_to_cell(a, b, 8) for a, b in zip(city.stops.lat, city.stops.lon, strict=True)}
    near = {c for s in stop for c in h3.grid_disk(s, 1)} & set(cells.index)
    far = set(cells.index) - near
    assert far and cells.loc[list(near), "population"].min() >= 2.5 * (
        cells.loc[list(far), "population"].max()
    )
    middle = city.stops.set_index("stop_id").loc["4-4"]
    assert cells["jobs"].idxmax() == h3.latlng_to_cell(middle["lat"], middle["lon"], 8)


def tiny(**properties: object) -> NightCity:
    """One line of two stops in four cells."""
    zone = h3.latlng_to_cell(*HERE, 8)
    cells = [zone, *sorted(set(h3.grid_disk(zone, 1)) - {zone})[:3]]
    middle = [h3.cell_to_latlng(c) for c in cells]
    zones = pd.DataFrame({
        "zone_id": ["A", "B", "C", "D"], "name": list("ABCD"), "lat": [m[0] for m in middle],
        "lon": [m[1] for m in middle], "area_km2": 0.7, "population": [900, 500, 300, 0],
        "jobs": [0, 400, 10, 0], "income_group": [1, 3, 5, 2], "h3_cell": cells,
    })  # fmt: skip
    return night_city(
        {"R": ("bus", ["a", "b"])}, {"a": middle[0], "b": middle[1]}, zones=zones, id="tiny",
        **properties,
    )  # fmt: skip


def test_a_tiny_city_has_a_few_wishes():
    city = tiny()
    trips = synthesise_night_trips(city)
    assert_laws(city, trips)
    assert 0 < trips["trips"].sum() <= LEAST_WISHES
    taxis = synthesise_night_taxis(city)
    assert len(taxis) == 4 and taxis["pickups"].sum() == taxis["dropoffs"].sum()


def test_nobody_lives_or_all_in_one_cell_gives_an_empty_table():
    city = tiny()
    empty = NightCity(city.stops, city.routes, city.patterns,
                      city.zones.assign(population=0, jobs=0), city.properties)  # fmt: skip
    one = NightCity(city.stops, city.routes, city.patterns, city.zones.iloc[:1], city.properties)
    for lonely in (empty, one):
        trips = synthesise_night_trips(lonely)
        assert trips.empty
        assert_laws(lonely, trips)
        assert synthesise_night_taxis(lonely)["pickups"].sum() in (0, 3)


def test_taxis_go_home_where_incomes_are_higher():
    city = CITIES["mixed"]
    cells, taxis = night_cells(city), synthesise_night_taxis(city)
    assert taxis["cell"].tolist() == cells["cell"].tolist()
    assert taxis["pickups"].sum() == taxis["dropoffs"].sum() == 1_600
    people = cells.groupby("income_group")["population"].sum()
    drops = taxis["dropoffs"].groupby(cells["income_group"].to_numpy()).sum()
    rate = drops / people
    assert rate.loc[5] > 1.5 * rate.loc[1]
    assert "rule" in taxis.attrs["method"]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 4), st.integers(2, 7), st.integers(0, 3_000_000))
def test_laws_on_random_networks(seed, lines, calls, population):
    draw = np.random.default_rng(seed)
    places = {f"s{i}": (37.4 + 0.1 * draw.random(), 126.9 + 0.1 * draw.random()) for i in range(9)}
    network = {
        f"L{k}": ("bus", [f"s{i}" for i in draw.choice(9, size=calls, replace=False)])
        for k in range(lines)
    }
    city = night_city(network, places, id=f"random {seed}", population=population)
    trips = synthesise_night_trips(city)
    assert_laws(city, trips)
    cells = night_cells(city)
    assert cells["population"].sum() == city.zones["population"].sum()

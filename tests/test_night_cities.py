"""The night bus on every pack: rail only, jeepneys, bus feeds, one metro; and the bound."""

from __future__ import annotations

import functools
import zipfile
from pathlib import Path

import h3
import numpy as np
import pytest

from course import City, nightbus
from course.city.importing import add_city
from course.city.synthesis.night_cells import night_cells
from tests.test_night_network import assert_candidates
from tests.test_night_synthesis import assert_laws, csv_hash

BUNDLED = ("seoul", "mashhad", "iloilo")
FEEDS = ("busan_metro", "bogor", "cairns", "fujieda", "kk_mardin")
# 25 bundled districts of Seoul, rail-only Mashhad and jeepneys in Iloilo: whole tables.
FROZEN = {
    "seoul": "2418cef9be472409ccd86ec42deeb737d2e27146249195d9058be6694fbe0fd7",
    "mashhad": "4f449033f4cf949305cbb4ca18ac3416b6f8159d7f8ad866c643bd1b3a646831",
    "iloilo": "2b18f425d127552e82492803a04bdc0f9a71c20d6ec966d928678ce4286048f4",
}
ROUTES = {
    "seoul": "7741e5abe106065721d299934669ebc1553b23f02b14bc078f192cbdd601ecbc",
    "mashhad": "f5a59b8320719857927818fa70569253d207425d919e3a07fa90d6e3560c3841",
    "iloilo": "efda48e9147a3bfd7b3ef47288796b28a463d401a020c5767434212c2001db2e",
}


@functools.cache
def opened(name: str | Path) -> City:
    """Return a city, opened once per run."""
    return City.open(name)


@pytest.fixture(scope="module")
def imported(tmp_path_factory, test_data) -> Path:
    folder = tmp_path_factory.mktemp("night")
    for name in FEEDS:
        add_city(name, [test_data / "gtfs" / f"{name}.zip"], where=folder)
    return folder


@pytest.fixture(params=[*BUNDLED, *[pytest.param(n, marks=pytest.mark.slow) for n in FEEDS]])
def city(request) -> City:
    if request.param in BUNDLED:
        return opened(request.param)
    return opened(request.getfixturevalue("imported") / request.param)


@pytest.mark.parametrize("name", BUNDLED)
def test_bundled_night_is_frozen(name):
    """If this fails on purpose, raise VERSION in course/city/synthesis/__init__.py too."""
    city = opened(name)
    assert csv_hash(city.night_trips) == FROZEN[name]
    routes = nightbus.candidates(city)
    told = routes.table.assign(path=[str(r.path) for r in routes])
    assert csv_hash(told) == ROUTES[name]


def test_night_of_a_city(city):
    trips = city.night_trips
    assert_laws(city, trips)
    assert nightbus.night_notes(city, trips) == []
    cells = night_cells(city)
    assert cells["population"].sum() == city.zones["population"].sum()
    assert "night_trips" in city.sources["frame"].tolist()
    assert "rule" in city.badge("night_trips")
    if city.id == "seoul":
        assert 1_150 < len(cells) < 1_400  # the hexagons of 2013 were 1,252


def test_candidates_plan_and_what_it_costs(city):
    trips = city.night_trips
    found = nightbus.candidates(city)
    assert_candidates(city, found, 12, shortest_km=5)
    assert len(found) == 12
    assert (found.table["kind"] == "shortest path").sum() >= 6
    plan = nightbus.add_routes(found, trips, n=9)
    assert len(plan) == 9 and plan.served_pct > 5
    assert (plan.steps["added_trips"] > 0).all()
    table = nightbus.coverage_by_income(plan, trips, nightbus.cells(city))
    assert table["income_group"].tolist() == [1, 2, 3, 4, 5]
    money = nightbus.operation(plan, nightbus.night_costs(city))
    assert np.isfinite(money["cost_per_ride"]).all()
    assert 9 <= money["buses"].sum() <= 90
    today = nightbus.night_service_today(city)
    both = nightbus.coverage_by_income(plan, before=today, keep_before=True)
    assert (both["change_points"] >= 0).all()


def test_a_drawn_route_on_every_network(city):
    trips = city.night_trips
    plan = nightbus.add_routes(nightbus.candidates(city), trips, n=3)
    longest = max(nightbus.candidates(city), key=lambda r: r.length_m)
    ends = [longest.path[0], longest.path[-1]]
    route = nightbus.draw_route(city, ends)
    assert route.length_m <= longest.length_m  # the shortest way between the same ends
    assert nightbus.gain(plan, route).own_trips == nightbus.trips_served(route, trips)


@pytest.mark.parametrize(
    "n", [9, pytest.param(3, marks=pytest.mark.slow), pytest.param(14, marks=pytest.mark.slow)]
)
def test_search_is_near_the_best_plan_there_is(city, n):
    """Greedy and exchanges are within 3 % of the bound of the exact plan."""
    here = nightbus.cover(nightbus.candidates(city, n=400), city.night_trips)
    exact = nightbus.plan_exact(here, n=n, time_limit_s=60)
    plan = nightbus.add_routes(here, n=n)
    assert exact.served_trips <= exact.bound
    assert plan.served_trips <= exact.bound
    assert plan.served_trips >= 0.97 * exact.bound


def test_one_more_route_never_serves_less(city):
    here = nightbus.cover(nightbus.candidates(city), city.night_trips, buffer_m=800)
    served = [nightbus.add_routes(here, n=n).served_trips for n in range(13)]
    assert served == sorted(served)


def test_taxis_see_much_of_the_same_night(city):
    assert 0.3 < nightbus.taxi_witness(city).agreement < 0.98
    assert 0.3 < nightbus.taxi_witness(city, ends=True).agreement < 0.98


def test_own_records_with_finer_cells_are_used(city):
    """Night trips of resolution 9, as another operator may give them."""
    trips = city.night_trips
    fine = {c: h3.cell_to_center_child(c, 9) for c in {*trips["from_cell"], *trips["to_cell"]}}
    own = trips.assign(from_cell=trips["from_cell"].map(fine), to_cell=trips["to_cell"].map(fine))
    (note,) = nightbus.night_notes(city, own)
    assert "resolution 9" in note
    found = nightbus.candidates(city, night_trips=own)
    plan = nightbus.add_routes(found, own, n=3)
    cells = nightbus.cells(city, night_trips=own)
    assert cells["starts"].sum() == own["trips"].sum()
    assert abs(nightbus.taxi_witness(city, night_trips=own).agreement) <= 1  # compared at all
    assert nightbus.coverage_by_income(plan, own, cells)["trips"].sum() == own["trips"].sum()


@pytest.mark.slow
def test_a_feed_with_one_route_has_a_night_too(tmp_path):
    from tests.city_feeds import SOUND, write_feed

    files = dict(SOUND)
    files["routes.txt"] = "\n".join(SOUND["routes.txt"].splitlines()[:2]) + "\n"
    files["trips.txt"] = "\n".join(SOUND["trips.txt"].splitlines()[:4]) + "\n"
    files["stop_times.txt"] = "\n".join(
        line for line in SOUND["stop_times.txt"].splitlines() if not line.startswith("t4")
    ) + "\n"  # fmt: skip
    feed_file = write_feed(tmp_path / "one.zip", files)
    assert zipfile.is_zipfile(feed_file)
    add_city("one", [feed_file], where=tmp_path / "cities")
    city = City.open(tmp_path / "cities" / "one")
    assert_laws(city, city.night_trips)
    found = nightbus.candidates(city)
    assert_candidates(city, found, 12)
    plan = nightbus.add_routes(found, city.night_trips, n=9)
    assert plan.served_trips <= city.night_trips["trips"].sum()
    assert nightbus.plan_exact(found, city.night_trips, n=1).gap_pct == 0

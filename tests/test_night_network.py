"""The network under a night bus, candidates on it, and routes drawn by hand."""

from __future__ import annotations

import itertools

import h3
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import connected_components, dijkstra

from course import nightbus
from course.bigdata.night_network import SAME_PLACE_M, build_network, network_of
from course.bigdata.night_ways import LONGEST_M
from course.city.places import crow_m
from course.errors import CourseError, UsageError
from tests.night_city import HERE, NightCity, grid_city, night_city

CITY = grid_city()
RAIL = grid_city(bus=False, id="night rail")


def at(north_m: float, east_m: float) -> tuple[float, float]:
    """Return the point so many metres from HERE."""
    return HERE[0] + north_m / 111_195, HERE[1] + east_m / 88_216


def assert_candidates(city, found: nightbus.Candidates, n: int, *, shortest_km: float = 0) -> None:
    """Check what must hold for the candidates of every city."""
    assert 1 <= len(found) <= n
    table = found.table
    assert table["route_id"].is_unique and table["name"].is_unique
    assert table["length_km"].between(shortest_km, LONGEST_M / 1000).all()
    assert (table["stops"] >= 2).all()
    assert table["kind"].isin(["day route", "shortest path"]).all()
    assert (table["kind"] == "day route").sum() >= (table["kind"] == "day route").head(n // 2).sum()
    assert (table["day_route"] != "").equals(table["kind"] == "day route")
    assert table["kind"].is_monotonic_increasing  # day routes first
    network = network_of(city)
    places = {(a, b): i for i, (a, b) in enumerate(zip(network.lat, network.lon, strict=True))}
    for route in found:
        way = [places[a, b] for a, b in zip(route.lat, route.lon, strict=True)]
        assert all((min(p), max(p)) in network.metres_of for p in itertools.pairwise(way))
        assert network.length_m(way) == route.length_m
        crow = crow_m(network.x[way[0]], network.y[way[0]], network.x[way[-1]], network.y[way[-1]])
        assert route.length_m >= int(crow) * 0.99


def test_stops_of_one_place_are_joined_without_chains():
    places = {f"s{i}": at(0, 100 * i) for i in range(6)}
    city = night_city({"R": ("bus", [f"s{i}" for i in range(6)])}, places)
    network = build_network(city)
    assert len(network) == 3  # s0 and s1, s2 and s3, s4 and s5
    assert network.place_of["s1"] == network.place_of["s0"]
    assert (network.edges[:, 2] >= 1).all()
    spread = crow_m(network.x[:1], network.y[:1], network.x[1:2], network.y[1:2])
    assert spread > SAME_PLACE_M


def test_lines_that_do_not_meet_are_joined_by_streets_and_bridges():
    lines = {
        "A": ("bus", ["a1", "a2"]), "B": ("bus", ["b1", "b2"]), "C": ("bus", ["c1", "c2"]),
        "D": ("bus", ["d1", "d2"]),
    }  # fmt: skip
    places = {
        "a1": at(0, 0), "a2": at(0, 2_000), "b1": at(300, 2_000), "b2": at(3_000, 2_000),
        "c1": at(4_500, 2_000), "c2": at(6_000, 2_000), "d1": at(30_000, 0), "d2": at(32_000, 0),
    }  # fmt: skip
    network = build_network(night_city(lines, places))
    metres = {frozenset(network.name[i] for i in (a, b)): m for a, b, m in network.edges.tolist()}
    assert abs(metres[frozenset({"Stop a2", "Stop b1"})] - 390) <= 2  # a street, 1.3 x 300 m
    assert abs(metres[frozenset({"Stop b2", "Stop c1"})] - 1_950) <= 3  # a bridge between parts
    count, _ = connected_components(network.graph, directed=False)
    assert count == 2  # D is too far away
    assert len(network.edges) == 6


def test_shortest_ways_are_those_of_scipy_and_exact():
    network = build_network(CITY)
    sources = np.array([0, 7, 30])
    away = network.metres_from(sources)
    assert (away == dijkstra(network.graph, indices=sources)).all()
    for row, start in zip(away, sources.tolist(), strict=True):
        for end in (0, 5, 44, len(network) - 1):
            way = network.path(row, end)
            assert way[0] == start and way[-1] == end
            assert network.length_m(way) == row[end]


def test_order_of_rows_does_not_matter():
    turned = NightCity(
        CITY.stops.iloc[::-1].reset_index(drop=True), CITY.routes.iloc[::-1],
        CITY.patterns.iloc[::-1], CITY.zones.iloc[::-1].reset_index(drop=True), CITY.properties,
    )  # fmt: skip
    one = nightbus.candidates(CITY, night_trips=CITY.night_trips)
    two = nightbus.candidates(turned, night_trips=CITY.night_trips.iloc[::-1])
    assert one.table.equals(two.table)
    assert [r.path for r in one] == [r.path for r in two]


@pytest.mark.parametrize("city", [CITY, RAIL], ids=["mixed", "rail"])
@pytest.mark.parametrize("n", [1, 2, 12, 100])
def test_candidates_follow_the_network(city, n):
    found = nightbus.candidates(city, n=n)
    assert_candidates(city, found, n, shortest_km=5 if n <= 12 else 0)
    again = nightbus.candidates(city, n=n)
    assert again is found  # built once
    if n == 12 and city is CITY:
        assert (found.table["kind"] == "day route").sum() == 6
    near = nightbus.cover(found, city.night_trips).near
    for a, b in itertools.combinations(near, 2):
        assert not (a == b).all() or not a.any()  # no two serve the same cells


def test_candidates_of_other_demand_are_other_candidates():
    own = CITY.night_trips.sort_values("trips").head(40)
    found = nightbus.candidates(CITY, night_trips=own)
    assert_candidates(CITY, found, 12)
    assert not found.table.equals(nightbus.candidates(CITY).table)


def test_one_route_one_candidate():
    city = night_city(
        {"R": ("bus", ["a", "b", "c"])},
        {"a": at(0, 0), "b": at(0, 3_000), "c": at(500, 6_000)},
        id="one route",
        population=9_000,
    )
    found = nightbus.candidates(city)
    assert_candidates(city, found, 12)
    assert found.ids[0] == "N01" and found["N01"].kind == "day route"
    plan = nightbus.add_routes(found, city.night_trips, n=9)
    assert 0 < plan.served_pct <= 100


def test_a_pack_without_a_way_is_refused():
    alone = night_city({"R": ("bus", ["a"])}, {"a": at(0, 0)}, id="alone")
    with pytest.raises(CourseError, match="joins no two places"):
        nightbus.candidates(alone, n=3)
    same = night_city({"R": ("bus", ["a", "b"])}, {"a": at(0, 0), "b": at(0, 50)}, id="same")
    with pytest.raises(CourseError, match="joins no two places"):
        nightbus.draw_route(same, [HERE, HERE])


def test_without_demand_there_are_candidates_all_the_same():
    none = CITY.night_trips.iloc[:0]
    found = nightbus.candidates(CITY, night_trips=none)
    assert_candidates(CITY, found, 12)
    assert len(found) >= 6


def test_a_loop_and_a_very_long_line_are_cut():
    ring = [f"r{i}" for i in range(24)]
    turn = 2 * np.pi / 24
    places = {s: at(9_000 * np.sin(i * turn), 9_000 * np.cos(i * turn)) for i, s in enumerate(ring)}
    places |= {f"l{i}": at(20_000, 1_000 * i) for i in range(95)}
    city = night_city(
        {"ring": ("subway", [*ring, ring[0]]), "long": ("rail", [f"l{i}" for i in range(95)])},
        places, id="long and round", population=100_000,
    )  # fmt: skip
    parts = nightbus.candidates(city, n=40).table
    day = parts[parts["kind"] == "day route"]
    assert day["name"].str.contains("ring, part [12]:").sum() >= 1
    assert not day["name"].str.match(r"(ring|long):").any()
    assert day["length_km"].max() <= 40


@pytest.mark.parametrize("n", [0, 401, -1, 1.5, True, "12", None])
def test_a_wrong_number_of_candidates_is_told(n):
    with pytest.raises(UsageError, match="n is"):
        nightbus.candidates(CITY, n=n)


def test_candidates_can_be_told_apart_and_put_together():
    found = nightbus.candidates(CITY)
    some = found.some(["N05", "N02"])
    assert some.ids == ["N05", "N02"] and some.zones is found.zones
    drawn = nightbus.draw_route(CITY, [at(0, 0), at(8_000, 8_000)])
    more = some.with_route(drawn)
    assert more.ids == ["N05", "N02", "DRAWN"]
    assert more.with_route(drawn).ids == more.ids
    assert "2 routes" in repr(some)


# ---- a route drawn by hand -----------------------------------------------------------


def test_a_drawn_route_follows_the_network():
    points = [at(100, 200), at(4_000, 4_000), at(8_100, 7_900)]
    route = nightbus.draw_route(CITY, points)
    assert route.kind == "drawn" and route.route_id == "DRAWN"
    assert (route.stops[0], route.stops[-1]) == ("Stop 0-0", "Stop 8-8")
    assert "Stop 4-4" in route.stops
    network = network_of(CITY)
    start, middle, end = (network.name.index(n) for n in ("Stop 0-0", "Stop 4-4", "Stop 8-8"))
    away = network.metres_from(np.array([middle]))[0]
    assert route.length_m == away[start] + away[end]
    named = nightbus.draw_route(CITY, points, route_id="T1", name="Team one")
    assert (named.route_id, named.name, named.path) == ("T1", "Team one", route.path)


def test_what_a_drawn_route_gains():
    trips = CITY.night_trips
    plan = nightbus.add_routes(nightbus.candidates(CITY), trips, n=3)
    route = nightbus.draw_route(CITY, [at(0, 0), at(4_000, 4_000)])
    gained = nightbus.gain(plan, route)
    alone = nightbus.served(route, trips)
    before = nightbus.served(plan.routes, trips)
    assert gained.own_trips == trips.loc[alone, "trips"].sum()
    assert gained.added_trips == trips.loc[alone & ~before, "trips"].sum()
    assert gained.added_points == pytest.approx(100 * gained.added_trips / trips["trips"].sum())
    assert gained.added_per_km == pytest.approx(gained.added_trips / route.length_km)
    more = nightbus.plan_with(plan, route)
    assert more.route_ids == [*plan.route_ids, "DRAWN"]
    assert more.served_trips == plan.served_trips + gained.added_trips
    assert nightbus.gain(more, route).added_trips == 0
    assert nightbus.gain(more, route).shared_pct == 100
    # Drawn again, it takes the place of the first drawing.
    other = nightbus.draw_route(CITY, [at(0, 8_000), at(8_000, 0)])
    again = nightbus.plan_with(more, other)
    assert again.route_ids == more.route_ids
    assert again.served_trips == nightbus.trips_served([*plan.routes, other], trips)
    assert again.without("DRAWN").served_trips == plan.served_trips
    # And a candidate of the plan adds nothing to it.
    assert nightbus.gain(plan, plan.routes[0]).added_trips == 0


def test_a_candidate_replaced_by_a_drawing_of_its_name_is_not_counted_twice():
    trips = CITY.night_trips
    plan = nightbus.plan_of(nightbus.candidates(CITY), trips, routes=["N01", "N02"])
    route = nightbus.draw_route(CITY, [at(0, 0), at(8_000, 0)], route_id="N01")
    changed = nightbus.plan_with(plan, route)
    assert changed.route_ids == ["N02", "N01"]
    kept = nightbus.candidates(CITY)["N02"]
    assert changed.served_trips == nightbus.trips_served([kept, route], trips)


@pytest.mark.parametrize(
    ("points", "message"),
    [
        ([], "2 to 40 points, and there are 0"),
        ([HERE], "2 to 40 points, and there are 1"),
        ([HERE] * 41, "there are 41"),
        (None, "not a list"),
        ("37.5, 127", "not a list"),
        ([[1, 2, 3], [1, 2, 3]], "not a list"),
        ([HERE, ["x", "y"]], "not a list"),
        ([HERE, [float("nan"), 127]], "Point 2 is"),
        ([HERE, [127.0, 37.5]], r"Point 2 is \[127, 37.5\], which is no place on Earth"),
    ],
)
def test_points_that_are_none_are_told(points, message):
    with pytest.raises(UsageError, match=message):
        nightbus.draw_route(CITY, points)


def test_points_that_lead_nowhere_are_told():
    with pytest.raises(CourseError, match=r"Point 2 is \d+\.\d km from the nearest stop"):
        nightbus.draw_route(CITY, [HERE, (37.9, 127.5)])
    with pytest.raises(CourseError, match="All points lie at one place, Stop 0-0"):
        nightbus.draw_route(CITY, [HERE, at(20, 20), HERE])
    apart = night_city(
        {"A": ("bus", ["a1", "a2"]), "B": ("bus", ["b1", "b2"])},
        {"a1": at(0, 0), "a2": at(0, 2_000), "b1": at(30_000, 0), "b2": at(30_000, 2_000)},
        id="apart",
    )
    with pytest.raises(CourseError, match="leads from point 1 to point 2"):
        nightbus.draw_route(apart, [at(0, 0), at(30_000, 0)])


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.integers(-500, 8_500), st.integers(-500, 8_500)), min_size=2, max_size=6)
)
def test_any_drawing_is_a_connected_way(points):
    try:
        route = nightbus.draw_route(CITY, [at(*p) for p in points])
    except CourseError as problem:
        assert "one place" in problem.what
        return
    network = network_of(CITY)
    way = [network.name.index(n) for n in route.stops]
    assert network.length_m(way) == route.length_m > 0
    longer = nightbus.draw_route(CITY, [at(*p) for p in [*points, points[0]]])
    assert longer.length_m >= route.length_m
    served = nightbus.trips_served(route, CITY.night_trips)
    assert served <= nightbus.trips_served(longer, CITY.night_trips)


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 5), st.integers(2, 8))
def test_candidates_on_random_networks(seed, lines, calls):
    draw = np.random.default_rng(seed)
    places = {f"s{i}": at(*(14_000 * draw.random(2))) for i in range(12)}
    network = {
        f"L{k}": ("bus", [f"s{i}" for i in draw.choice(12, size=calls, replace=False)])
        for k in range(lines)
    }
    city = night_city(network, places, id=f"random {seed}", population=50_000)
    found = nightbus.candidates(city, n=20)
    assert_candidates(city, found, 20)
    plan = nightbus.add_routes(found, city.night_trips, n=4)
    exact = nightbus.plan_exact(found, city.night_trips, n=4)
    assert plan.served_trips <= exact.bound
    assert plan.served_trips >= 0.97 * exact.bound


def test_what_runs_at_night_today():
    city = grid_city(id="with nights")
    trips = pd.DataFrame([
        *((f"late{i}", "B0", "wd") for i in range(3)), *((f"few{i}", "B2", "wd") for i in range(2)),
        *((f"day{i}", "B6", "wd") for i in range(9)), ("often", "T0", "wd"), ("sunday", "T2", "su"),
    ], columns=["trip_id", "route_id", "service_id"])  # fmt: skip
    starts = {f"late{i}": 1_500 + 40 * i for i in range(3)} | {"few0": 90, "few1": 1_560}
    starts |= {f"day{i}": 600 + i for i in range(9)} | {"often": 1_440, "sunday": 100}
    city.trips = trips
    city.stop_times = pd.DataFrame([
        (trip, k, 0, start + 30 * k) for trip, start in starts.items() for k in (0, 1)
    ], columns=["trip_id", "stop_sequence", "stop_id", "departure_min"])  # fmt: skip
    city.frequencies = pd.DataFrame(
        [("often", 1_440.0, 1_680.0, 30.0), ("sunday", 60.0, 240.0, 10.0)],
        columns=["trip_id", "start_min", "end_min", "headway_min"],
    )
    city.service_ids = lambda day: ["wd"]
    plan = nightbus.night_service_today(city)
    assert plan.route_ids == ["B0", "T0"]
    assert plan.served_trips > 0
    new = nightbus.add_routes(nightbus.candidates(city), city.night_trips, n=3)
    table = nightbus.coverage_by_income(new, before=plan, keep_before=True)
    assert (table["change_points"] >= 0).all() and (table["before_pct"] > 0).any()
    city.trips = trips.iloc[:0]
    assert len(nightbus.night_service_today(city)) == 0


def test_cells_and_network_meet():
    """Every candidate passes cells in which trips begin or end."""
    here = nightbus.cover(nightbus.candidates(CITY), CITY.night_trips)
    assert here.near.any(axis=1).all()
    assert {h3.get_resolution(c) for c in here.demand.cells} == {8}

"""Coverage and choice: brute force, the laws of coverage, greedy, exchanges, the exact plan."""

from __future__ import annotations

import itertools

import h3
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course import nightbus
from course.bigdata.night_cover import MOST_BUFFER_M
from course.bigdata.night_search import search, value
from course.city.metres import metres_between
from course.errors import CourseError, UsageError
from tests.night_city import HERE, grid_city, hexagons, some_routes, some_trips, straight_route

CITY = grid_city()
TRIPS = CITY.night_trips
ROUTES = nightbus.candidates(CITY)
CELLS = 61  # of four rings

pairs = st.lists(
    st.tuples(st.integers(0, CELLS - 1), st.integers(0, CELLS - 1), st.integers(0, 4),
              st.integers(0, 900)), min_size=1, max_size=60,
)  # fmt: skip
ways = st.lists(st.lists(st.integers(0, CELLS - 1), min_size=1, max_size=5), min_size=1, max_size=7)


def near_by_hand(route, cell: str, buffer_m: float) -> bool:
    """Walk along the route in steps of ten metres."""
    lat, lon = h3.cell_to_latlng(cell)
    for (a, b), (c, d) in zip(route.path, [*route.path[1:], route.path[-1]], strict=True):
        steps = max(2, int(metres_between(a, b, c, d) / 10) + 2)
        part = np.linspace(0, 1, steps)
        if metres_between(lat, lon, a + part * (c - a), b + part * (d - b)).min() <= buffer_m:
            return True
    return False


def clear(route, buffer_m: float) -> bool:
    """Say whether no cell lies within 15 m of the edge of the buffer."""
    lat, lon = np.array([h3.cell_to_latlng(c) for c in hexagons()]).T
    away = route.metres_to(lat, lon, limit_m=MOST_BUFFER_M).astype(int)
    return bool((np.abs(away - buffer_m) > 15).all())


@settings(max_examples=25, deadline=None)
@given(pairs, st.lists(st.integers(0, CELLS - 1), min_size=1, max_size=4), st.integers(200, 1200))
def test_served_and_score_by_brute_force(rows, numbers, buffer_m):
    trips, (route,) = some_trips(rows), some_routes([numbers])
    if not clear(route, buffer_m):
        return
    near = {cell: near_by_hand(route, cell, buffer_m) for cell in hexagons()}
    expected = [near[a] and near[b] for a, b in zip(trips.from_cell, trips.to_cell, strict=True)]
    assert nightbus.served(route, trips, buffer_m=buffer_m).tolist() == expected
    total = float(trips.loc[expected, "trips"].sum())
    assert nightbus.trips_served(route, trips, buffer_m=buffer_m) == total
    assert nightbus.score_per_km(route, trips, buffer_m=buffer_m) == pytest.approx(
        total / route.length_km
    )


def test_a_trip_needs_both_ends_near_one_route():
    cells = hexagons()
    west, east = h3.cell_to_latlng(cells[0]), h3.cell_to_latlng(cells[1])
    first, second = straight_route("A", west), straight_route("B", east)
    both = straight_route("C", west, east)
    trips = some_trips([(0, 1, 0, 4), (1, 0, 3, 2), (0, 0, 1, 8)])
    assert nightbus.served([first, second], trips).tolist() == [False, False, True]
    assert nightbus.served(both, trips).tolist() == [True, True, True]  # any order
    assert nightbus.trips_served(both, trips) == 14
    index = pd.Index(["x", "y", "z"])
    assert nightbus.served(both, trips.set_axis(index)).index.equals(index)


def test_wrong_calls_are_told():
    route = ROUTES["N01"]
    with pytest.raises(UsageError, match="buffer_m"):
        nightbus.served(route, TRIPS, buffer_m=0)
    with pytest.raises(UsageError, match="buffer_m"):
        nightbus.served(route, TRIPS, buffer_m="wide")
    with pytest.raises(UsageError, match="not a route"):
        nightbus.served("N01", TRIPS)
    with pytest.raises(UsageError, match="one route"):
        nightbus.score_per_km(ROUTES, TRIPS)
    with pytest.raises(UsageError, match="no candidate 'N99'"):
        ROUTES["N99"]
    assert ROUTES.some("N01").ids == ["N01"]  # one id is a list of one
    with pytest.raises(UsageError, match=r"n is 2\.5"):
        nightbus.add_routes(ROUTES, TRIPS, n=2.5)
    with pytest.raises(UsageError, match="no night trips"):
        nightbus.add_routes(ROUTES)
    with pytest.raises(UsageError, match="low_income_weight"):
        nightbus.add_routes(ROUTES, TRIPS, low_income_weight=0)
    with pytest.raises(UsageError, match="who lives where"):
        nightbus.add_routes(list(ROUTES), TRIPS, low_income_weight=2)
    with pytest.raises(UsageError, match="routes is None, not a list of route ids"):
        nightbus.plan_of(ROUTES, TRIPS, routes=None)
    with pytest.raises(UsageError, match="named twice"):
        nightbus.plan_of(ROUTES, TRIPS, routes=["N01", "N01"])
    with pytest.raises(UsageError, match="time_limit_s"):
        nightbus.plan_exact(ROUTES, TRIPS, time_limit_s=-1)


@settings(max_examples=40, deadline=None)
@given(pairs, ways, st.data())
def test_served_trips_are_monotone_and_submodular(rows, numbers, data):
    here = nightbus.cover(some_routes(numbers), some_trips(rows), buffer_m=900)
    all_routes = list(range(len(numbers)))
    small = data.draw(st.lists(st.sampled_from(all_routes), unique=True))
    more = data.draw(st.lists(st.sampled_from(all_routes), unique=True))
    new = data.draw(st.sampled_from(all_routes))
    large = sorted({*small, *more})
    f = here.served_trips
    assert f([]) == 0
    assert f(large) >= f(small)
    assert f([*small, new]) - f(small) >= f([*large, new]) - f(large)
    assert f(large) <= here.demand.total / 1000


@settings(max_examples=40, deadline=None)
@given(pairs, ways, st.integers(0, 4), st.sampled_from([350, 900, 1500]))
def test_plans_count_every_wish_once_and_stay_below_the_exact_one(rows, numbers, n, buffer_m):
    trips, routes = some_trips(rows), some_routes(numbers)
    here = nightbus.cover(routes, trips, buffer_m=buffer_m)
    plan = nightbus.add_routes(here, n=n)
    assert len(plan) <= n and len(set(plan.route_ids)) == len(plan)
    steps = plan.steps
    assert steps["added_trips"].sum() == plan.served_trips
    assert plan.served_trips == nightbus.served(plan.routes, trips, buffer_m=buffer_m).mul(
        trips["trips"]).sum()  # fmt: skip
    assert (steps["added_trips"] <= steps["own_trips"]).all()
    assert (steps["added_trips"].diff().dropna() <= 0).all()  # the one that adds most first
    best = max(
        here.served_trips(some) for some in itertools.combinations(range(len(numbers)),
                                                                   min(n, len(numbers)))
    )  # fmt: skip
    exact = nightbus.plan_exact(here, n=n)
    assert exact.served_trips == exact.bound == best and exact.gap_pct == 0
    assert (1 - 1 / np.e) * best <= plan.served_trips <= best


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 6))
def test_search_never_loses_to_greedy_and_any_exchange(seed, n):
    draw = np.random.default_rng(seed)
    serves = draw.random((14, 40)) < 0.2
    weight = draw.integers(0, 50, 40).astype(np.float64)
    chosen = search(serves, weight, n)
    found = value(serves, weight, chosen)
    for at, other in itertools.product(range(len(chosen)), range(14)):
        if other not in chosen:
            assert value(serves, weight, [*chosen[:at], other, *chosen[at + 1 :]]) <= found
    left, greedy = weight.copy(), 0
    for _ in range(n):
        gain = serves @ left
        greedy += int(gain.max())
        left = left * ~serves[int(gain.argmax())]
    assert found >= greedy


def test_patterns_merge_pairs_without_changing_a_sum():
    here = nightbus.cover(ROUTES, TRIPS)
    assert here.serves.shape[1] < len(here.demand.trips) / 5
    assert len(np.unique(here.serves.T, axis=0)) == here.serves.shape[1]
    for at in range(len(ROUTES)):
        near = here.near[at]
        pair = near[here.demand.start] & near[here.demand.end]
        assert (here.served_pairs([at]) == pair).all()
        assert here.weights() @ here.serves[at] == here.demand.trips[pair].sum()


def test_another_buffer_needs_no_new_measuring():
    here = nightbus.cover(ROUTES, TRIPS, buffer_m=300)
    wide = here.at(1_000)
    fresh = nightbus.cover(ROUTES, TRIPS, buffer_m=1_000)
    assert (wide.near == fresh.near).all() and wide.metres is here.metres
    assert here.served_trips([0]) <= wide.served_trips([0])
    assert nightbus.add_routes(here, n=4, buffer_m=1_000).chosen == nightbus.add_routes(
        ROUTES, TRIPS, n=4, buffer_m=1_000).chosen  # fmt: skip


def test_low_income_weight_buys_low_income_trips():
    many = nightbus.cover(nightbus.candidates(CITY, n=60), TRIPS)
    low = np.isin(many.home_groups, (1, 2))[many.demand.end]
    before = -1.0
    for weight in (1, 1.5, 2, 3):
        plan = nightbus.plan_exact(many, n=4, low_income_weight=weight)
        got = int(many.demand.trips[plan.served_pairs & low].sum()) / 1000
        assert got >= before  # of the best plans, a larger weight never serves fewer of them
        before = got
        assert plan.weighted_trips == pytest.approx(plan.served_trips + (weight - 1) * got)
        searched = nightbus.add_routes(many, n=4, low_income_weight=weight)
        assert searched.weighted_trips <= plan.bound
        assert searched.weighted_trips >= 0.97 * plan.bound
    # The weight never makes what the choice counts smaller.
    values = [
        nightbus.plan_of(many, routes=plan.route_ids, low_income_weight=w).weighted_trips
        for w in (1, 2, 3)
    ]
    assert values == sorted(values)


def test_coverage_by_income_by_hand():
    cells = nightbus.cells(CITY)
    plan = nightbus.add_routes(ROUTES, TRIPS, n=5)
    table = nightbus.coverage_by_income(plan, TRIPS, cells)
    group = TRIPS["to_cell"].map(cells.set_index("cell")["income_group"])
    hit = nightbus.served(plan.routes, TRIPS)
    for row in table.itertuples():
        mine = group == row.income_group
        assert row.trips == TRIPS.loc[mine, "trips"].sum()
        assert row.served_trips == TRIPS.loc[mine & hit, "trips"].sum()
        assert row.served_pct == pytest.approx(100 * row.served_trips / row.trips)
        assert row.before_pct == 0 and row.change_points == pytest.approx(row.served_pct)
    assert table["trips"].sum() == TRIPS["trips"].sum()
    assert nightbus.coverage_by_income(plan).equals(table)  # the candidates know the zones
    assert table.attrs["city_pct"] == pytest.approx(plan.served_pct)
    low = group <= 2
    assert table.attrs["low_income_pct"] == pytest.approx(
        100 * TRIPS.loc[low & hit, "trips"].sum() / TRIPS.loc[low, "trips"].sum()
    )


def test_coverage_before_and_after():
    small = nightbus.plan_of(ROUTES, TRIPS, routes=["N01"])
    plan = nightbus.plan_of(ROUTES, TRIPS, routes=["N02", "N03"])
    change = nightbus.coverage_by_income(plan, before=small)
    alone = nightbus.coverage_by_income(small)
    assert change["before_pct"].tolist() == alone["served_pct"].tolist()
    assert (change["served_pct"] - change["before_pct"] == change["change_points"]).all() or (
        change["served_pct"] - change["before_pct"] - change["change_points"]
    ).abs().max() < 1e-9
    kept = nightbus.coverage_by_income(plan, before=small, keep_before=True)
    together = nightbus.plan_of(ROUTES, TRIPS, routes=["N01", "N02", "N03"])
    assert kept["served_trips"].sum() == together.served_trips
    assert (kept["change_points"] >= 0).all()
    some = TRIPS.head(100)
    assert nightbus.coverage_by_income(plan, some)["trips"].sum() == some["trips"].sum()
    with pytest.raises(UsageError, match="lacks"):
        nightbus.coverage_by_income(plan, TRIPS, nightbus.cells(CITY).head(3))
    lonely = nightbus.add_routes(list(ROUTES), TRIPS, n=1)
    with pytest.raises(UsageError, match="who lives where"):
        nightbus.coverage_by_income(lonely)
    assert len(nightbus.coverage_by_income(lonely, TRIPS, nightbus.cells(CITY)))


def test_no_trips_no_routes():
    none = TRIPS.iloc[:0]
    plan = nightbus.add_routes(ROUTES, none, n=9)
    assert (len(plan), plan.served_pct, plan.total_trips) == (0, 0.0, 0.0)
    assert plan.steps.empty and plan.steps["n"].dtype == "int64"
    assert nightbus.plan_exact(ROUTES, none).bound == 0
    assert nightbus.coverage_by_income(plan).empty
    assert nightbus.add_routes([], TRIPS).steps.empty
    assert nightbus.plan_of(ROUTES, TRIPS, routes=[]).served_trips == 0
    zero = TRIPS.assign(trips=0.0)
    assert len(nightbus.add_routes(ROUTES, zero)) == 0
    assert nightbus.trips_served(ROUTES, none) == 0


def test_fractions_of_trips_are_counted_to_the_thousandth():
    trips = some_trips([(0, 1, 0, 0.125), (1, 0, 1, 2.0625), (0, 1, 2, 0.5)])
    (route,) = some_routes([[0, 1]])
    assert nightbus.trips_served(route, trips) == pytest.approx(2.688, abs=1e-9)
    shuffled = trips.sample(frac=1, random_state=3)
    assert nightbus.trips_served(route, shuffled) == nightbus.trips_served(route, trips)


def test_a_late_solver_still_gives_a_plan_and_a_bound():
    many = nightbus.cover(nightbus.candidates(CITY, n=200), TRIPS)
    plan = nightbus.plan_exact(many, n=6, time_limit_s=1e-3)
    best = nightbus.plan_exact(many, n=6)
    searched = nightbus.add_routes(many, n=6)
    assert searched.served_trips <= plan.served_trips <= best.served_trips <= plan.bound
    assert best.gap_pct == 0 and plan.gap_pct >= 0


def test_cells_of_another_size_are_planned_too():
    fine = {c: h3.cell_to_center_child(c, 9) for c in {*TRIPS["from_cell"], *TRIPS["to_cell"]}}
    own = TRIPS.assign(from_cell=TRIPS["from_cell"].map(fine), to_cell=TRIPS["to_cell"].map(fine))
    plan = nightbus.add_routes(nightbus.candidates(CITY, night_trips=own), own, n=3)
    assert plan.served_trips > 0
    with pytest.raises(CourseError, match="several sizes"):
        nightbus.add_routes(ROUTES, pd.concat([own, TRIPS]), n=3)


def test_distance_to_a_route_is_measured_to_the_line_between_stops():
    route = straight_route("L", HERE, (HERE[0], HERE[1] + 0.05))
    middle = np.array([HERE[0] + 0.0045]), np.array([HERE[1] + 0.025])
    away = route.metres_to(*middle, limit_m=2_000)
    assert abs(int(away[0]) - 500) <= 1
    assert route.metres_to(*middle, limit_m=400).tolist() == [401]
    assert route.metres_to(np.zeros(0), np.zeros(0), limit_m=400).tolist() == []

"""The fare summary says what pricing every ride again says, to the hundredth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from course import City, fares
from course.transport.fare_grid import Grid, Window
from course.transport.summary_build import summarise
from tests.fare_strategies import frame, policies, rides_of_days
from tests.summary_truth import BY, found, full, link_all, random_policy

_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
many = settings(max_examples=60, deadline=None, suppress_health_check=_SLOW)
some = settings(max_examples=20, deadline=None, suppress_health_check=_SLOW)


@pytest.fixture(scope="module")
def seoul():
    from course.city.synthesis.rides import synthesise_rides

    city = City.open("seoul")
    rides = synthesise_rides(city, boardings=200_000, dates=["2025-05-14"], seed=("summary",))
    return city, rides


@pytest.fixture(scope="module")
def summary(seoul):
    city, rides = seoul
    return summarise(rides, today=fares.SEOUL, city=city)


@pytest.fixture(scope="module")
def trips(seoul, summary):
    city, rides = seoul
    return link_all(rides, summary.grid, city)


def _equal(summary, trips, policy, **more):
    result = summary.reprice(policy, by=BY, **more)
    expected = full(trips, policy, summary.today)
    got = found(result)
    for name, groups in expected.items():
        assert got[name] == groups, (policy.name, name)
    return result


def test_fifty_random_tariffs_on_a_day_of_seoul(summary, trips):
    for number in range(50):
        _equal(summary, trips, random_policy(number, summary.grid))


@pytest.mark.parametrize("year", [2012, 2015, 2023, 2025])
def test_seouls_own_tariffs(summary, trips, year):
    result = _equal(summary, trips, fares.SEOUL_HISTORY[year])
    assert result.revenue_today == fares.revenue(fares.reprice(trips, fares.SEOUL))


def test_every_position_of_the_sliders(summary, trips):
    """The ends of the lab's sliders, where the cap binds and where everything is free."""
    for base, free, step, price in [
        (0, 0, 1, 310), (4650, 30, 10, 0), (1550, 0, 1, 310), (100, 10, 5, 100), (0, 0, 1, 0),
    ]:  # fmt: skip
        for window in (0, 30, 60):
            _equal(summary, trips, fares.FarePolicy.distance(
                base=base, free_km=free, step_km=step, step_price=price, currency="KRW",
                window_min=window, night_window_min=60 if window else 0, free=fares.SEOUL.free,
            ))  # fmt: skip


def test_riders_react_alike(summary, trips):
    policy = fares.SEOUL.replace(step_price={"adult": 170, "youth": 90, "child": 60})
    result = summary.reprice(policy, elasticity=-0.4)
    answer = fares.respond(fares.reprice(trips, policy, today=fares.SEOUL), -0.4)
    assert result.expected_trips == pytest.approx(answer["expected_trips"].sum(), rel=1e-12)
    assert result.expected_revenue == pytest.approx(answer["expected_revenue"].sum(), rel=1e-12)
    by_zone = answer.groupby("from_zone_id")["expected_trips"].sum()
    zones = result.by("zone").set_index("group")["expected_trips"]
    assert np.allclose(zones[by_zone.index], by_zone, rtol=1e-12)


@many
@given(
    rides=rides_of_days(), policy=policies(), today=policies(), wide=st.booleans(),
    grid_km=st.sampled_from((0.1, 0.5, 1, 2.5)),
)  # fmt: skip
def test_any_tariff_of_the_grid_on_any_rides(rides, policy, today, wide, grid_km):
    table = frame(rides)
    early = [p.early_bird["before_min"] for p in (policy,) if p.early_bird]
    grid = Grid(
        windows=(Window(15, 15), Window.of(policy)),
        journey=Window(60, 60, same_route=wide, window_from=policy.window_from),
        grid_km=grid_km,
        early_min=tuple(sorted({330, *early})),
    )
    assume(grid.why_not(policy) is None)
    summary = summarise(table, today=today, grid=grid)
    trips = link_all(table, grid)
    result = summary.reprice(policy, by=BY)
    got, expected = found(result), full(trips, policy, today)
    for name in expected:
        assert got[name] == expected[name], name


@many
@given(slacks=st.lists(st.integers(0, 20_000), min_size=3, max_size=3), n=st.integers(2, 3),
       free=st.lists(st.booleans(), min_size=3, max_size=3))  # fmt: skip
def test_sums_of_distances_survive_the_grid(slacks, n, free):
    """Every choice of paid rides has the same started kilometres as its own metres."""
    from course.transport.journey_codes import METRES_SHIFT, grid_codes

    metres = np.array(slacks[:n], dtype=np.int32)
    zeros = np.zeros(n, dtype=np.int64)
    code = grid_codes(np.array([0, n]), zeros.astype(np.int32), metres, zeros.astype(np.uint8),
                      zeros.astype(bool), np.zeros(0, dtype=np.int32), 1000)  # fmt: skip
    kept = (code >> METRES_SHIFT).astype(np.int64)
    paid = ~np.array(free[:n])
    assert -(-int(metres[paid].sum()) // 1000) == -(-int(kept[paid].sum()) // 1000)


def _kinds(summary):
    """Return {(who, today, codes, group name, group): journeys}."""
    fine, out = summary.fine, {}
    codes = [tuple(c.tolist()) for c in np.split(fine.code, fine.start[1:-1])]
    for name, cells in fine.cells.items():
        group = np.repeat(np.arange(len(cells.begin) - 1), np.diff(cells.begin))
        for k, g, n in zip(cells.kind, group, cells.count, strict=True):
            out[int(fine.who[k]), int(fine.old[k]), codes[k], name, int(g)] = int(n)
    return out


@some
@given(rides=rides_of_days(), order=st.randoms(use_true_random=False))
def test_several_days_in_one_run_give_what_each_day_alone_gives(rides, order):
    table = frame(rides)
    together = _kinds(summarise(table, today=fares.ILOILO_INTEGRATED.replace(base=10)))
    added: dict = {}
    for _, day in table.groupby("date"):
        alone = summarise(day, today=fares.ILOILO_INTEGRATED.replace(base=10))
        for kind, n in _kinds(alone).items():
            added[kind] = added.get(kind, 0) + n
    assert together == added
    shuffled = table.sample(frac=1, random_state=order.randrange(1 << 30))
    assert _kinds(summarise(shuffled, today=fares.ILOILO_INTEGRATED.replace(base=10))) == added


def test_groups_add_up(summary):
    result = summary.reprice(fares.SEOUL_HISTORY[2015], elasticity=-0.4, by=BY)
    totals = {name: g.whole.sum(axis=0).tolist() for name, g in result.groups.items()}
    assert len({tuple(t) for t in totals.values()}) == 1
    assert result.trips == summary.journeys
    for g in result.groups.values():
        assert g.parts.sum(axis=0) == pytest.approx(result.groups["income"].parts.sum(axis=0))
    rides = int((np.diff(summary.fine.start)[summary.fine.cells["income"].kind]
                 * summary.fine.cells["income"].count).sum())  # fmt: skip
    assert rides == summary.rides == 200_000


def test_pandas_frames_of_the_result(summary):
    result = summary.reprice(fares.SEOUL_HISTORY[2015])
    zones = result.by("zone")
    assert zones["trips"].sum() == result.trips and len(zones) == 26
    assert zones["revenue_new"].sum() == pytest.approx(result.revenue)
    assert isinstance(zones, pd.DataFrame) and result.pays_less + result.pays_more <= result.trips


@pytest.mark.slow
def test_a_hundred_random_tariffs_on_a_larger_day():
    """As the benchmark `fares_truth` does with 1,000 and with 20 million rides."""
    from tests.benchmarks.bench_fares_truth import compare

    told = compare(300_000, 100)
    assert told["different"] == 0 and told["numbers compared"] > 20_000


@pytest.mark.slow
def test_the_engines_of_the_benchmark_agree():
    from tests.benchmarks import bench_fares

    measured = bench_fares.measure((30_000,))  # raises where two engines differ
    assert measured["engine"].tolist() == [*bench_fares.ENGINES, "summary"]
    assert measured.get("note") is None or measured["note"].isna().all()
    table = bench_fares.table_of(measured)
    assert table["peak memory, GB"].gt(0).all() and table["note"].eq("").all()


@pytest.mark.slow
def test_the_picture_of_the_benchmark_is_the_same_twice(tmp_path):
    from tests.benchmarks import bench_fares

    rows = [{"rides": n, "engine": e, "link_cpu": 1.0 * n, "price_cpu": 1.0, "memory_gb": 1.0}
            for n in (1e6, 5e6) for e in bench_fares.ENGINES]  # fmt: skip
    rows += [{"rides": n, "engine": "summary", "build_cpu": 2.0, "memory_gb": 1.0,
              "slider_ms": 9.0} for n in (1e6, 5e6)]  # fmt: skip
    for name in ("a.svg", "b.svg"):
        bench_fares.draw(pd.DataFrame(rows), tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()

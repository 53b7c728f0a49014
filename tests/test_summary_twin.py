"""One Ibis expression on two engines says what the compiled loops say."""

from __future__ import annotations

import os
import shutil
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from course import City, fares
from course.transport.fare_grid import Grid, Window
from course.transport.summary_build import summarise
from tests.fare_strategies import frame, policies, rides_of_days

_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
few = settings(max_examples=12, deadline=None, suppress_health_check=_SLOW)
TODAYS = (
    fares.SEOUL,
    fares.ILOILO.replace(base=10),
    fares.TEHRAN_2018.replace(integrated=True),
    fares.SEOUL_2026.replace(
        window_from="board", no_transfer_modes=("red",), alone_free_km=12, alone_step_km=6,
        discount_pct={"youth": 33.33}, low_income_discount_pct=7.77, max_transfers=1,
    ),
)  # fmt: skip


def same(one, other):
    """Say that two summaries hold the same whole numbers."""
    assert one.rides == other.rides and one.zone_ids == other.zone_ids
    for name in ("start", "code", "who", "old"):
        assert np.array_equal(getattr(one.fine, name), getattr(other.fine, name)), name
    assert one.fine.cells.keys() == other.fine.cells.keys()
    for name, cells in one.fine.cells.items():
        for part in ("begin", "kind", "count"):
            assert np.array_equal(getattr(cells, part), getattr(other.fine.cells[name], part)), name


@pytest.fixture(scope="module")
def seoul(tmp_path_factory):
    from course.city.synthesis.rides import synthesise_rides

    city = City.open("seoul")
    rides = synthesise_rides(city, boardings=20_000, dates=["2025-05-14", "2025-05-15"])
    path = tmp_path_factory.mktemp("twin") / "rides.parquet"
    rides.to_parquet(path, index=False)
    return city, path


@pytest.fixture(scope="module")
def duckdb():
    import ibis

    return ibis.duckdb.connect()


@pytest.fixture(scope="module")
def spark():
    """Return a local Spark; without pyspark or Java, fail in CI and skip elsewhere.

    pyspark may stand in a folder of its own, named by ``COURSE_TEST_SPARK``.
    """
    if beside := os.environ.get("COURSE_TEST_SPARK"):
        sys.path.append(beside)
    missing = "" if shutil.which("java") or os.environ.get("JAVA_HOME") else "a Java runtime"
    try:
        import pyspark  # noqa: F401
    except ImportError:
        missing = "pyspark (pip install '.[spark]')"
    if missing:
        reason = f"the Spark road needs {missing}"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    import ibis
    from pyspark.sql import SparkSession

    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "4")
        .config("spark.driver.memory", "1g")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.session.timeZone", "UTC")
        .getOrCreate()
    )
    yield ibis.pyspark.connect(session)
    session.stop()


@pytest.mark.parametrize("number", range(len(TODAYS)))
def test_duckdb_says_what_the_loops_say(duckdb, seoul, number):
    from course.transport.fare_ibis import summarise_with

    city, path = seoul
    today = TODAYS[number].replace(base={"*": {"*": 1500}}) if number else TODAYS[0]
    same(
        summarise(path, today=today, city=city),
        summarise_with(duckdb, path, today=today, city=city),
    )


@pytest.mark.slow
@pytest.mark.parametrize("number", [0, 3])
def test_spark_says_what_the_loops_say(spark, seoul, number):
    from course.transport.fare_ibis import summarise_with

    city, path = seoul
    today = TODAYS[number].replace(base={"*": {"*": 1500}}) if number else TODAYS[0]
    same(
        summarise(path, today=today, city=city),
        summarise_with(spark, path, today=today, city=city),
    )


@pytest.mark.slow
@few
@given(rides=rides_of_days(), today=policies(), wide=st.booleans())
def test_duckdb_on_any_rides(duckdb, rides, today, wide):
    import ibis

    from course.transport.fare_ibis import summarise_with

    table = frame(rides)
    grid = Grid(
        windows=(Window(15, 30), Window(30, 60, window_from="board"), Window(60, 60)),
        journey=Window(60, 60, same_route=wide),
    )
    same(
        summarise(table, today=today, grid=grid),
        summarise_with(
            duckdb, ibis.memtable(table.assign(board_stop_id=None)), today=today, grid=grid
        ),
    )

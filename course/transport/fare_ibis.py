"""The fare summary as one Ibis expression: the road for a city of a hundred times the rides.

The same step as `summary_build` (link, price by today's tariff, count the kinds of
journeys), written once for any engine that Ibis knows. It runs on DuckDB on a laptop and
on Spark on a cluster; the whole numbers are equal to those of the compiled loops, and the
`FareSummary` that comes out is the same. The slider never needs the engine again.

Only operations that both engines compute exactly are used: whole numbers below 2**53 are
added, multiplied and compared, and a quotient is taken of a multiple of its divisor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from course.transport.fare_grid import Grid
from course.transport.fare_policy import FarePolicy
from course.transport.fare_summary import BANDS_M, DIMENSIONS, FareSummary
from course.transport.ibis_links import JOURNEY, added, linked, numbered, quotient, started
from course.transport.ibis_prices import priced
from course.transport.journey_codes import EARLY_SHIFT, METRES_SHIFT, MODE_SHIFT, NO_TAP_OUT
from course.transport.summary_build import gates_of, kinds_of, sizes_of, source_of, zones_of

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from course.city.pack import City


def summary_expression(
    rides: ir.Table, *, today: FarePolicy, grid: Grid, zone_of_stop: pd.DataFrame
) -> ir.Table:
    """Return the expression that links, prices and counts rides.

    Parameters
    ----------
    rides : ibis Table
        Columns of the rides frame.
    today : FarePolicy
        The tariff compared with.
    grid : Grid
        The tariffs the summary is to be exact for.
    zone_of_stop : pandas.DataFrame
        board_stop_id and zone, the number of the zone.

    Returns
    -------
    ibis Table
        One row per kind of journey and group: who, old (today's price in hundredths),
        rides (their codes as text), dimension, place (number of the group), n.
    """
    legs = linked(numbered(rides), today, grid)
    prices = priced(legs, today, grid)
    coded = _coded(legs, grid)
    return _counted(coded.join(prices, JOURNEY), zone_of_stop)


def summarise_with(
    connection: Any, rides: Any, *, today: FarePolicy, city: City | None = None,
    grid: Grid | None = None,
) -> FareSummary:  # fmt: skip
    """Make a fare summary with an Ibis connection.

    Parameters
    ----------
    connection : ibis backend
        Such as ``ibis.duckdb.connect()`` or ``ibis.pyspark.connect(session)``.
    rides : ibis Table or path
        A table of the connection, or Parquet files it can read.
    today, city, grid
        As `summary_build.summarise`.

    Returns
    -------
    FareSummary
        Equal to that of `summary_build.summarise` for the same rides.
    """
    import ibis

    table = rides if isinstance(rides, ibis.Table) else connection.read_parquet(str(rides))
    grid = grid or Grid.around(today, gated_modes=gates_of(city))
    stops = connection.execute(table.select("board_stop_id").distinct())["board_stop_id"]
    stops = sorted(str(s) for s in stops.dropna())
    zone_ids, codes = zones_of(city, stops)
    places = pd.DataFrame({"board_stop_id": [*stops, "\x00"], "zone": codes})
    expression = summary_expression(table, today=today, grid=grid, zone_of_stop=places)
    count = int(connection.execute(table.count()))
    found = connection.execute(expression)
    return FareSummary(
        today=today,
        grid=grid,
        zone_ids=tuple(zone_ids),
        rides=count,
        fine=_kinds(found, len(zone_ids)),
        source=source_of(count, city, today, grid),
    )


def _coded(legs: ir.Table, grid: Grid) -> ir.Table:
    """Return each journey with the codes of its rides as text; see `journey_codes`."""
    import ibis

    g = grid.grid_m
    part = g // 4
    t = legs.mutate(km=started(legs.metres, g))
    t = t.mutate(slack=t.km * g - t.metres)
    whole = ibis.window(group_by=JOURNEY)
    t = t.mutate(**{
        f"slack_{k}": (t.ride == k).ifelse(t.slack, 0).sum().over(whole) for k in range(3)
    })  # fmt: skip
    a, b, c = t.slack_0, t.slack_1, t.slack_2
    ab, ac, bc = (a + b >= g), (a + c >= g), (b + c >= g)
    pairs = ab.cast("int64") + ac.cast("int64") + bc.cast("int64")
    total = a + b + c
    # which of the two pairs of this ride are long, and whether both are
    one = ibis.cases((t.ride == 0, ab | ac), (t.ride == 1, ab | bc), else_=ac | bc)
    both = ibis.cases((t.ride == 0, ab & ac), (t.ride == 1, ab & bc), else_=ac & bc)
    of_three = ibis.cases(
        (total >= 2 * g, 3 * part),
        (total < g, 0),
        (pairs == 0, g * 34 // 100),
        (pairs == 3, 2 * part),
        (pairs == 1, one.ifelse(2 * part, 0)),
        else_=both.ifelse(3 * part, part),
    )
    less = ibis.cases(
        ((t.n == 2) & ab, 2 * part), (t.n == 3, of_three), else_=0
    ).cast("int64")  # fmt: skip
    metres = (t.n <= 3).ifelse(t.km * g - less, t.metres)
    bucket = added([(t.board >= int(s)).cast("int64") for s in grid.early_s] or [t.n * 0])
    bits = added([t[f"joins_{k + 2}"] * (1 << (32 + k)) for k in range(len(grid.windows))])
    code = (
        metres * (1 << METRES_SHIFT)
        + t.mode * (1 << MODE_SHIFT)
        + bucket * (1 << EARLY_SHIFT)
        + t.open_end * NO_TAP_OUT
        + (t.ride == 0).ifelse(0, bits)
    )
    text = (t.ride + 1000).cast("string") + ":" + code.cast("string")
    t = t.mutate(text=text, unknown=((t.open_end == 1) | (t.no_distance == 1)).cast("int64"))
    head = t.ride == 0
    return t.group_by(JOURNEY).aggregate(
        rides=t.text.collect(),
        unknown=t.unknown.max(),
        user=t.who_class.max(),
        income=t.who_income.max(),
        low=t.low.max(),
        board=head.ifelse(t.board, -1).max(),
        stop=head.ifelse(t.stop, "").max(),
        travelled=t.metres.sum(),
    )


def _counted(journeys: ir.Table, zone_of_stop: pd.DataFrame) -> ir.Table:
    """Count each kind in each group of each dimension."""
    import ibis

    j = journeys.join(ibis.memtable(zone_of_stop.rename(columns={"board_stop_id": "stop"})), "stop")
    band = added([(j.travelled > m).cast("int64") for m in BANDS_M])
    band = (j.unknown == 1).ifelse(len(BANDS_M) + 1, band)
    hour = quotient(j.board, 3600)
    j = j.select(
        who=j.user * 4 + j.low * 2 + j.unknown,
        old=j.old,
        rides=j.rides.sort().join(","),
        zone=j.zone.cast("int64"),
        income=j.income,
        hour=hour,
        distance_band=band.cast("int64"),
        user_class=j.user,
    )
    numbers = ibis.memtable(pd.DataFrame({"dimension": np.arange(len(DIMENSIONS))}))
    j = j.cross_join(numbers)
    pairs = [(j.dimension == k, j[name]) for k, name in enumerate(DIMENSIONS)]
    j = j.mutate(place=ibis.cases(*pairs, else_=-1).cast("int64"))
    return j.group_by(["who", "old", "rides", "dimension", "place"]).aggregate(n=j.count())


def _kinds(found: pd.DataFrame, zones: int) -> Any:
    """Return the kinds of a summary from the rows of the expression."""
    key = found[["who", "old", "rides"]]
    ids = key.groupby(["who", "old", "rides"], sort=False).ngroup().to_numpy()
    first = np.unique(ids, return_index=True)[1]
    rides = key["rides"].to_numpy(dtype=object)[first]
    codes = [[int(r.partition(":")[2]) for r in text.split(",")] for text in rides]
    start = np.concatenate([[0], np.cumsum([len(c) for c in codes])]).astype(np.int64)
    code = np.array([c for journey in codes for c in journey], dtype=np.uint64)
    cells = {}
    for k, name in enumerate(DIMENSIONS):
        rows = (found["dimension"] == k).to_numpy()
        cells[name] = (
            ids[rows],
            found["place"].to_numpy(np.int64)[rows],
            found["n"].to_numpy(np.int64)[rows],
        )
    who = key["who"].to_numpy(np.uint8)[first]
    return kinds_of(start, code, who, key["old"].to_numpy(np.int64)[first], cells, sizes_of(zones))

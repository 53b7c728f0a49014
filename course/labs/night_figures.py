"""The large figures, the bars and the table of the night bus lab, out of one result."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from course.bigdata.night_service import Costs
from course.display import bar_svg
from course.display.lab_picture import BigNumber, Grid
from course.display.numbers import number, with_unit
from course.labs import night_words as say
from course.labs.night_model import DRAWN, Result
from course.labs.night_setting import NightSetting


def figures(result: Result, where: NightSetting, costs: Costs) -> tuple[BigNumber, ...]:
    """Return trips served, buses, cost of a ride, and what the last route adds."""
    plan = result.plan
    was = "" if result.before is None else f"; {say.percent(result.before.served_pct)} before"
    found = [
        BigNumber(
            "Night trips served",
            say.percent(plan.served_pct),
            f"of {number(plan.total_trips)}, by {say.counted(len(plan))}{was}",
        ),
        BigNumber(
            "Buses",
            number(sum(result.buses)),
            f"one every {where.headway_min:g} min at {where.speed_kmh:g} km/h",
        ),
        BigNumber(
            "Cost of a ride",
            with_unit(result.cost, costs.currency),
            f"unverified: {number(costs.ride_pct)} of 100 wishes ride",
        ),
    ]
    if result.added is not None:
        added, alone = result.added.added_points, result.added.own_pct
        label, whose = "Your route adds", "alone it serves"
    elif len(plan):
        last = result.steps.iloc[-1]
        added, alone = (100 * last[c] / plan.total_trips for c in ("added_trips", "own_trips"))
        label, whose = "The last route adds", f"{last['route_id']}; alone it serves"
    else:
        return tuple(found)
    note = f"{whose} {say.percent(alone)}"
    return (*found, BigNumber(label, f"{say.points(added)} points", note))


def chart(
    result: Result, *, alt: str, chosen: str | None, cell: int | None, cell_trips: np.ndarray
) -> str:
    """Return two groups of bars: routes by what they add, and who is served.

    Parameters
    ----------
    result : Result
        From the model.
    alt : str
        What the chart shows, in words.
    chosen : str or None
        The selected route, brought forward.
    cell : int or None
        The selected cell: the first group then tells who serves it.
    cell_trips : numpy.ndarray
        Trips of each cell.
    """
    if not len(result.plan):
        return ""
    routes, total = result.plan.routes, max(result.plan.total_trips, 1)
    if cell is None:
        added, own = (100 * result.steps[c] / total for c in ("added_trips", "own_trips"))
        heading, tick, unit = "What each route adds, points", "what it serves alone", ""
    else:
        added = 100 * result.at_cell(cell) / max(float(cell_trips[cell]), 1e-9)
        own = np.full(len(routes), np.nan)
        heading, tick, unit = "Trips of this cell that each route serves", "", "%"
    bars = tuple(
        bar_svg.Bar(
            "Your route" if route.route_id == DRAWN else route.route_id,
            float(value),
            float(alone),
            route.route_id in (chosen, DRAWN),
        )
        for route, value, alone in zip(routes, added, own, strict=True)
    )
    first = bar_svg.plain_bars(
        [bar_svg.Group(heading, bars)], unit=unit, alt=alt, decimals=1, beside=tick
    )
    return first + _fairness(result)


def _fairness(result: Result) -> str:
    """Return the second chart; on one scale its shares would dwarf the first."""
    fair = result.fair
    before = fair["before_pct"] if result.before is not None else fair["served_pct"] * np.nan
    bars = tuple(
        bar_svg.Bar(f"group {group}", float(now), float(was))
        for group, now, was in zip(fair["income_group"], fair["served_pct"], before, strict=True)
    )
    tick = ""
    if result.before is not None:
        ticks = ["all trips count once"] if result.plan.low_income_weight != 1 else []
        tick = ", ".join([*ticks, *(["without your route"] if result.own is not None else [])])
    return bar_svg.plain_bars(
        [bar_svg.Group("Served, by income group of the home, 1 = lowest", bars)],
        unit="%",
        alt="Share of night trips served by income group of the home",
        decimals=1,
        beside=tick,
    )


def grid(result: Result, *, cell: int | None, known: Collection[str]) -> Grid:
    """Return one row per route, in the order in which they add.

    Parameters
    ----------
    result : Result
        From the model.
    cell : int or None
        The selected cell has a column, in place of the running sum.
    known : collection of str
        Route ids a row can select.
    """
    total = max(result.plan.total_trips, 1)
    of_cell = None if cell is None else result.at_cell(cell)
    fifth = "All so far" if of_cell is None else "This cell"
    heads = ["Route", "km", "Alone", "Adds", fifth, "Buses"]
    cells, keys, ids = [], [], []
    for i, row in enumerate(result.steps.itertuples()):
        route, buses = result.plan.routes[i], result.buses[i]
        alone, adds = 100 * row.own_trips / total, 100 * row.added_trips / total
        told = [
            say.short_name(route),
            number(row.length_km, decimals=1),
            say.percent(alone),
            say.points(adds),
            say.percent(row.served_pct) if of_cell is None else number(of_cell[i], decimals=0),
            number(buses),
        ]
        here = row.served_pct if of_cell is None else float(of_cell[i])
        sort: list[float | str | None] = [i, row.length_km, alone, adds, here, buses]
        cells.append(told)
        keys.append(sort)
        ids.append(route.route_id if route.route_id in known else "")
    caption = "Routes in the order in which they add; one way, shares of all night trips"
    if of_cell is not None:
        caption = "Routes that run; one way, shares of all night trips, trips of this cell"
    return Grid(caption, heads, cells, keys, ids)

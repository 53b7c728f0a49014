"""Choosing nine of 400 night routes over 3,000 cells, at every move of a slider.

Four ways by turns in one run, with the same cells, trips and routes: the kit's cover kept
under the slider (new buffer, patterns, greedy with exchanges, steps, coverage by income,
buses); the kit from nothing; a plain greedy over the table of trips with pandas, as one
writes it first; and the mixed-integer program with its bound. ``served`` tells what each
plan serves and ``of bound %`` how near that is to the bound. Peak memory is not measured.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:  # the command loads this file by its path
    sys.path.insert(0, str(ROOT))

from course import nightbus  # noqa: E402
from course.bigdata.night_routes import Candidates, Route  # noqa: E402
from course.city.places import Plane  # noqa: E402
from course.city.synthesis.cells import cell_points  # noqa: E402
from course.city.synthesis.stream import Stream  # noqa: E402

CELLS, ROUTES, WANTED, PAIRS, TURNS = 3_000, 400, 9, 60_000, 7
BUFFERS_M = (500, 400, 600, 500, 700, 500, 800)  # what the reader moves the slider to
CENTRE = (37.55, 126.99)


def city_of_cells() -> tuple[pd.DataFrame, Candidates]:
    """Return night trips between 3,000 cells and 400 routes of 5 to 40 km across them."""
    import h3

    stream = Stream("bench", "night")
    cells = sorted(h3.grid_disk(h3.latlng_to_cell(*CENTRE, 8), 32))[:CELLS]
    lat, lon, _ = cell_points(cells)
    plane = Plane.around(lat, lon)
    x, y = plane.metres(lat, lon)
    lively = np.unique(stream.integers(0, CELLS, 40))  # where nights are spent
    start = lively[stream.pick(stream.integers(1, 400, len(lively)) ** 2, PAIRS)]
    end = np.empty(PAIRS, dtype=np.int64)
    homes = stream.integers(1, 100, CELLS).astype(np.float64)
    for cell in np.unique(start).tolist():
        mine = np.flatnonzero(start == cell)
        square = (x - x[cell]).astype(np.float64) ** 2 + (y - y[cell]).astype(np.float64) ** 2
        weight = (homes * 1e6 / (1.0 + square / 2.5e7)).astype(np.int64)
        end[mine] = stream.pick(weight, len(mine))
    names = np.array(cells, dtype=object)
    trips = pd.DataFrame({
        "from_cell": names[start], "to_cell": names[end],
        "hour": stream.integers(0, 5, PAIRS), "trips": np.ones(PAIRS),
    })  # fmt: skip
    keys = ["from_cell", "to_cell", "hour"]
    trips = trips.groupby(keys, as_index=False)["trips"].sum()
    routes = [_route(stream, n, lively, lat, lon, x, y, plane) for n in range(ROUTES)]
    zones = pd.DataFrame({
        "zone_id": [f"Z{i:02d}" for i in range(25)], "lat": lat[:: CELLS // 25][:25],
        "lon": lon[:: CELLS // 25][:25], "income_group": np.arange(25) % 5 + 1,
    })  # fmt: skip
    return trips, Candidates(tuple(routes), zones)


def _route(
    stream: Stream, number: int, lively: Any, lat: Any, lon: Any, x: Any, y: Any, plane: Plane
) -> Route:
    """Return a way that bends through two lively and two other cells, 5 to 40 km long."""
    while True:
        at = np.append(lively[stream.integers(0, len(lively), 2)], stream.integers(0, CELLS, 2))
        at = at[np.argsort(x[at] + 2 * y[at], kind="stable")]
        metres = int(np.hypot(np.diff(x[at]), np.diff(y[at])).sum() * 1.2)
        if 5_000 <= metres <= 40_000:
            return Route(
                f"N{number:03d}", f"Route {number}", "shortest path", metres,
                tuple(lat[at].tolist()), tuple(lon[at].tolist()), ("",) * 4, plane,
            )  # fmt: skip


def _slider(here: nightbus.Cover, buffer_m: int) -> nightbus.Plan:
    """Compute all that the lab shows at one move of its slider."""
    plan = nightbus.add_routes(here.at(buffer_m), n=WANTED)
    assert len(plan.steps) == WANTED
    nightbus.coverage_by_income(plan)
    nightbus.plan_fleet(plan, headway_min=40)
    return plan


def _from_nothing(trips: pd.DataFrame, routes: Candidates, buffer_m: int) -> nightbus.Plan:
    return _slider(nightbus.cover(routes, trips), buffer_m)


def _plain(trips: pd.DataFrame, near: dict[str, set[str]]) -> float:
    """Choose routes greedily with pandas: filter the table for each route, each time.

    It gets the cells near each route for nothing, as from a spatial join made before.
    """
    left, served = trips, 0.0
    for _ in range(WANTED):
        best, best_rows = -1.0, None
        for cells in near.values():
            rows = left["from_cell"].isin(cells) & left["to_cell"].isin(cells)
            found = float(left.loc[rows, "trips"].sum())
            if found > best:
                best, best_rows = found, rows
        served += best
        left = left[~best_rows]
    return served


def _timed(work: Callable[[], Any]) -> tuple[float, float, Any]:
    cpu, wall = time.process_time(), time.perf_counter()
    result = work()
    return (time.perf_counter() - wall) * 1000, (time.process_time() - cpu) * 1000, result


def run(*, turns: int = TURNS) -> pd.DataFrame:
    """Return one row per way: moves, median and highest milliseconds, trips served.

    Parameters
    ----------
    turns : int
        Moves of the slider that are counted, after one that is not; the plain way and the
        program run once each, at 500 m.

    Returns
    -------
    pandas.DataFrame
        The bar is 300 ms of compute for a move of the slider.
    """
    trips, routes = city_of_cells()
    here = nightbus.cover(routes, trips)
    cells = np.array(here.demand.cells, dtype=object)
    near = {
        route.route_id: set(cells[row].tolist()) for route, row in zip(routes, here.near,
                                                                       strict=True)
    }  # fmt: skip
    _slider(here, 450)
    times: dict[str, list[tuple[float, float, float]]] = {}

    def note(way: str, work: Callable[[], Any], served: Callable[[Any], float]) -> Any:
        wall, cpu, result = _timed(work)
        times.setdefault(way, []).append((wall, cpu, served(result)))
        return result

    exact = None
    for turn in range(turns):
        buffer_m = BUFFERS_M[turn % len(BUFFERS_M)]
        note("a move of the slider, cover kept", lambda b=buffer_m: _slider(here, b), _at(buffer_m))
        note(
            "the same from nothing", lambda b=buffer_m: _from_nothing(trips, routes, b),
            _at(buffer_m),
        )  # fmt: skip
        if turn == turns // 2:
            note("greedy with pandas", lambda: _plain(trips, near), float)
            exact = note(
                "mixed-integer program, patterns merged",
                lambda: nightbus.plan_exact(here, n=WANTED, time_limit_s=60),
                lambda plan: plan.served_trips,
            )
    assert exact is not None and exact.bound is not None
    rows = []
    for way, found in times.items():
        wall, cpu, served = zip(*found, strict=True)
        best = max((s for s in served if not np.isnan(s)), default=float("nan"))
        rows.append({
            "way": way, "runs": len(found), "median ms": round(statistics.median(wall), 1),
            "highest ms": round(max(wall), 1), "median CPU ms": round(statistics.median(cpu), 1),
            "served at 500 m": best, "of bound %": round(100 * best / exact.bound, 2),
        })  # fmt: skip
    table = pd.DataFrame(rows)
    slow = table.loc[table["way"] == "greedy with pandas", "median ms"].iloc[0]
    table["times plain"] = (slow / table["median ms"]).round(1)
    table.attrs["size"] = (
        f"{len(here.demand.cells):,} cells with trips, {len(trips):,} rows, {len(routes)} routes, "
        f"{here.serves.shape[1]:,} patterns at 500 m; gap of the program {exact.gap_pct:.2f} %"
    )
    return table


def _at(buffer_m: int) -> Callable[[nightbus.Plan], float]:
    """Read the served trips of a plan; other buffers than 500 m are not comparable."""
    return lambda plan: plan.served_trips if buffer_m == 500 else float("nan")


if __name__ == "__main__":
    result = run()
    print(result.attrs["size"])
    print(result.to_string(index=False))

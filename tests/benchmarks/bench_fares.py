"""A city's day of rides: linked, priced, priced again, and as a summary under a slider.

Each engine links the same synthetic rides by Seoul's law, prices the journeys by the tariff
of 2025 and again by a changed one with revenue by district and by income group, in a
process of its own; all must find the same whole numbers. pandas is the engine of the lessons
(numpy inside). The summary is the same day as the fare lab reads it: building it counts the
links and the prices of today; a move prices a tariff it has not seen, with revenue, trips,
winners and losers by district and by income, and riders who react. Seconds are CPU seconds of
all threads and wall seconds; memory is the peak of the process. The rides are synthetic: how
near they come to published figures is in fares_day.md beside this page.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:  # the command loads this file by its path
    sys.path.insert(0, str(ROOT))

SIZES = (1_000_000, 5_000_000, 20_000_000)
ENGINES = ("numba", "duckdb", "polars", "pandas")
LIMIT_S = 1_200
MOVES = 41
_HERE = Path(__file__).resolve().parent


def tariffs() -> tuple[Any, Any]:
    """Return today's tariff and the changed one."""
    from course import fares

    base = {c: {m: v + 150 for m, v in modes.items()} for c, modes in fares.SEOUL.base.items()}
    changed = fares.SEOUL.replace(
        base=base, step_price={"adult": 150, "youth": 100, "child": 70}, step_km=4
    )
    return fares.SEOUL, changed


def day_of(rides: int) -> Path:
    """Return the folder of a synthetic day, made once and kept in the cache."""
    from course import City
    from course.city.synthesis.megacity import DAY, write_day
    from course.paths import cache_dir

    folder = cache_dir() / "bench" / f"seoul-{rides}"
    if not (folder / DAY).exists():
        write_day(City.open("seoul"), folder, rides=rides)
    return folder


def zones_of_stops() -> pd.DataFrame:
    """Return stop and zone, number of the district, for the joins of the engines."""
    from course import City
    from course.city.places import ZONE_STOP, zone_of

    city = City.open("seoul")
    stops = pd.concat([city.stops["stop_id"], ZONE_STOP + city.zones["zone_id"].astype(str)])
    place = {z: k for k, z in enumerate(city.zones["zone_id"].astype(str))}
    zone = zone_of(city, stops.astype("str").reset_index(drop=True)).map(place)
    return pd.DataFrame({"stop": stops.to_numpy(), "zone": zone.to_numpy(dtype="int64")})


def tariff_table(policy: Any) -> pd.DataFrame:
    """Return a tariff as one row per class and mode, for the joins of the engines."""
    from course.transport.fare_checks import MODES, USER_CLASSES
    from course.transport.fare_tables import fare_tables

    t = fare_tables(policy)
    rows = [
        (c, m, int(t.base[i, j]), int(t.step[i, j]), int(t.early_off[i, j]), bool(t.free[i, j]),
         int(t.free_m[j]), bool(t.by_distance[j]), m == "subway")
        for i, c in enumerate(USER_CLASSES) for j, m in enumerate(MODES) if t.base[i, j] >= 0
    ]  # fmt: skip
    names = ["who", "mode", "base", "step", "early_off", "free", "free_m", "pays", "gated"]
    return pd.DataFrame(rows, columns=names)


# --- the engines: link(folder), price(linked, policy) -> (revenue, by zone, by income) -------


class Numba:
    """The compiled loops of the course, every ride priced."""

    def link(self, folder: Path) -> Any:
        import numpy as np

        from course import City
        from course.transport import journey_codes as codes
        from course.transport.fare_checks import MODES
        from course.transport.fare_grid import policy_rule, rule_row
        from course.transport.ride_batches import NO_TAP_OUT, RideReader
        from course.transport.ride_shards import Shards
        from course.transport.summary_build import zones_of

        policy = tariffs()[0]
        rule = policy_rule(policy)
        rules = [rule_row(rule, tap_out_needed=False), rule_row(rule, tap_out_needed=True)]
        gated = np.array([m == "subway" for m in MODES])
        reader, out = RideReader(folder), []
        with Shards(reader, memory_bytes=1 << 40) as shards:
            shards.fill(lambda _: None)
            zone_of_stop = zones_of(City.open("seoul"), reader.stops.texts)[1]
            for r in shards:
                column = {n: np.ascontiguousarray(r[n]) for n in r.dtype.names}
                same = np.ones(len(r), dtype=bool)
                for n in ("card_a", "card_b", "day"):
                    same[1:] &= column[n][1:] == column[n][:-1]
                same[0] = False
                open_end = (column["flags"] & NO_TAP_OUT) > 0
                bits = codes.join_bits(
                    ~same, column["board"], np.where(open_end, np.int32(-1), column["alight"]),
                    column["mode"], column["route"], gated, np.array(rules, dtype=np.int64),
                )  # fmt: skip
                start = codes.journey_starts(bits, 0)
                head = start[:-1]
                who = column["user"][head] * 4 + (column["income"][head] == 1) * 2
                code = codes.exact_codes(
                    bits, 1, column["board"], column["metres"], column["mode"], open_end, 390 * 60
                )
                zone, income = zone_of_stop[column["stop"][head]], column["income"][head]
                out.append((start, code, who.astype(np.uint8), zone, income))
        return out

    def price(self, linked: Any, policy: Any) -> tuple[int, list[int], list[int]]:
        import numpy as np

        from course.transport.journey_prices import journey_prices

        zones, incomes = np.zeros(25), np.zeros(6)
        for start, code, who, zone, income in linked:
            price = journey_prices(start, code, who, policy, ("subway",), early_upto=0)
            zones += np.bincount(zone, weights=price, minlength=25)
            incomes += np.bincount(income, weights=price, minlength=6)
        return int(incomes.sum()), _whole(zones), _whole(incomes)[1:]


def _whole(values: Any) -> list[int]:
    return [int(v) for v in values]


_LINK_SQL = """
CREATE TEMP TABLE legs AS
WITH r AS (
  SELECT card_id, date, board_time AS b, alight_time AS a, route_id, mode, user_class, income_group,
         coalesce(distance_m, 0) AS m, zone, mode = 'subway' AS gated
  FROM read_parquet('{files}') JOIN stops ON board_stop_id = stop),
l AS (SELECT *, lag(a) OVER w AS pa, lag(route_id) OVER w AS pr, lag(mode) OVER w AS pm FROM r
      WINDOW w AS (PARTITION BY card_id, date ORDER BY b)),
k AS (SELECT *, CASE WHEN pa IS NULL OR b < pa
        OR (gated AND mode = pm) OR (NOT gated AND route_id = pr)
        OR b - pa > CASE WHEN pa % 86400 >= 75600 OR pa % 86400 < 25200 THEN 3600 ELSE 1800 END
      THEN 1 ELSE 0 END AS brk FROM l),
i AS (SELECT *, sum(brk) OVER (PARTITION BY card_id, date ORDER BY b
                               ROWS UNBOUNDED PRECEDING) AS isl FROM k)
SELECT card_id, date, isl, b, m, mode, a IS NULL AS alone,
  row_number() OVER j - 1 AS leg, first(user_class) OVER j AS who,
  first(zone) OVER j AS zone, first(income_group) OVER j AS income
FROM i WINDOW j AS (PARTITION BY card_id, date, isl ORDER BY b)
"""
_PRICE_SQL = """
WITH t AS (
  SELECT l.*, base, step, free, free_m, CASE WHEN b < 23400 THEN early_off ELSE 0 END AS early,
    CASE WHEN NOT pays THEN 0
         WHEN NOT gated THEN greatest(m - free_m + {step_m} - 1, 0) // {step_m}
         ELSE greatest(least(m, 50000) - free_m + {step_m} - 1, 0) // {step_m}
              + greatest(m - 50000 + 7999, 0) // 8000 END * step AS far
  FROM legs l JOIN tariff USING (who, mode)),
u AS (
  SELECT card_id, date, isl, leg // 5 AS fare, alone, any_value(zone) AS zone,
    any_value(income) AS income, count(*) AS n, max(base) AS top, max(step) AS step,
    sum(CASE WHEN free THEN 0 ELSE m END) AS total,
    max(CASE WHEN free THEN 0 ELSE free_m END) AS inside,
    coalesce(arg_min(early, leg) FILTER (WHERE NOT free), 0) AS early,
    sum(base + far - early) AS separate
  FROM t GROUP BY ALL),
p AS (
  SELECT zone, income, CASE WHEN n = 1 THEN separate ELSE least(separate,
    top + greatest(total - inside + {step_m} - 1, 0) // {step_m} * step - early) END AS price
  FROM u)
SELECT zone, income, sum(price)::BIGINT AS money FROM p GROUP BY ALL
"""


class DuckDb:
    """DuckDB, plain SQL."""

    def link(self, folder: Path) -> Any:
        import duckdb

        con = duckdb.connect()
        con.register("stops", zones_of_stops())
        con.execute(_LINK_SQL.format(files=f"{folder.as_posix()}/*.parquet"))
        return con

    def price(self, linked: Any, policy: Any) -> tuple[int, list[int], list[int]]:
        linked.register("tariff", tariff_table(policy))
        step_m = round(policy.step_km * 1000)
        found = linked.execute(_PRICE_SQL.format(step_m=step_m)).fetchdf()
        return _sums(found)


def _sums(found: pd.DataFrame) -> tuple[int, list[int], list[int]]:
    zones, incomes = found.groupby("zone")["money"].sum(), found.groupby("income")["money"].sum()
    return (
        int(found["money"].sum()),
        _whole(zones.reindex(range(25), fill_value=0)),
        _whole(incomes.reindex(range(1, 6), fill_value=0)),
    )


class Polars:
    """Polars, expressions over the sorted rides."""

    def link(self, folder: Path) -> Any:
        import polars as pl

        c = pl.col
        same = (c("card_id") == c("card_id").shift()) & (c("date") == c("date").shift())
        pa = c("alight_time").shift()
        clock = pa % 86_400
        window = pl.when((clock >= 75_600) | (clock < 25_200)).then(3_600).otherwise(1_800)
        gated = c("mode") == "subway"
        again = (
            pl.when(gated)
            .then(c("mode") == c("mode").shift())
            .otherwise(c("route_id") == c("route_id").shift())
        )
        gap = c("board_time") - pa
        joins = same & (gap >= 0) & (gap <= window) & ~again
        stops = pl.from_pandas(zones_of_stops()).lazy()
        legs = (
            pl.scan_parquet(f"{folder.as_posix()}/*.parquet")
            .select("card_id", "date", "board_time", "alight_time", "mode", "route_id",
                    "user_class", "income_group", c("distance_m").fill_null(0).alias("m"),
                    c("board_stop_id").alias("stop"))
            .join(stops, on="stop", how="left")
            .sort("card_id", "date", "board_time")
            .with_columns(joins.fill_null(False).not_().cum_sum().alias("isl"))
            .select(
                "isl", "m", "mode", c("board_time").alias("b"),
                c("alight_time").is_null().alias("alone"),
                pl.int_range(pl.len()).over("isl").alias("leg"),
                c("user_class").first().over("isl").alias("who"),
                c("zone").first().over("isl"),
                c("income_group").first().over("isl").alias("income"),
            )
        )  # fmt: skip
        return legs.collect()

    def price(self, linked: Any, policy: Any) -> tuple[int, list[int], list[int]]:
        import polars as pl

        c, s = pl.col, round(policy.step_km * 1000)

        def started(length: Any, step: int) -> Any:
            return pl.max_horizontal(length + (step - 1), 0) // step

        near = started(pl.min_horizontal(c("m"), 50_000) - c("free_m"), s)
        steps = (
            pl.when(c("gated"))
            .then(near + started(c("m") - 50_000, 8_000))
            .otherwise(started(c("m") - c("free_m"), s))
        )
        paid = ~c("free")
        found = (
            linked.lazy()
            .join(pl.from_pandas(tariff_table(policy)).lazy(), on=["who", "mode"])
            .with_columns(
                pl.when(c("b") < 23_400).then(c("early_off")).otherwise(0).alias("early"),
                pl.when(c("pays")).then(steps * c("step")).otherwise(0).alias("far"),
            )
            .group_by("isl", "alone", c("leg") // 5)
            .agg(
                c("zone").first(), c("income").first(), pl.len().alias("n"),
                c("base").max().alias("top"), c("step").max(),
                c("m").filter(paid).sum().alias("total"),
                c("free_m").filter(paid).max().fill_null(0).alias("inside"),
                c("early").filter(paid).sort_by(c("leg").filter(paid)).first().fill_null(0),
                (c("base") + c("far") - c("early")).sum().alias("separate"),
            )
            .with_columns(
                (c("top") + started(c("total") - c("inside"), s) * c("step") - c("early"))
                .alias("whole")
            )
            .with_columns(
                pl.when(c("n") == 1).then(c("separate"))
                .otherwise(pl.min_horizontal("separate", "whole")).alias("price")
            )
            .group_by("zone", "income").agg(c("price").sum().alias("money"))
            .collect()
        )  # fmt: skip
        return _sums(found.to_pandas())


class Pandas:
    """The engine of the lessons: pandas tables, numpy inside."""

    def link(self, folder: Path) -> Any:
        from course import City, fares

        return fares.link(
            pd.read_parquet(folder), window_min=30, night_window_min=60, max_transfers=None,
            city=City.open("seoul"),
        )  # fmt: skip

    def price(self, linked: Any, policy: Any) -> tuple[int, list[int], list[int]]:
        from course import City
        from course.transport.pricing import trip_prices

        table = linked.table[["from_zone_id", "income_group"]]
        place = {z: k for k, z in enumerate(City.open("seoul").zones["zone_id"].astype(str))}
        found = pd.DataFrame(
            {
                "zone": table["from_zone_id"].map(place).to_numpy(),
                "income": table["income_group"].to_numpy(dtype="int64"),
                "money": trip_prices(linked, policy),
            }
        )
        return _sums(found)


_CLASSES = {"numba": Numba, "duckdb": DuckDb, "polars": Polars, "pandas": Pandas}


# --- measuring ------------------------------------------------------------------------------


def _clock(work: Callable[[], Any]) -> tuple[Any, float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    value = work()
    return value, time.perf_counter() - wall, time.process_time() - cpu


def _memory_gb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6  # kB on Linux


def child_engine(name: str, folder: Path) -> dict[str, Any]:
    """Measure one engine; runs in a process of its own."""
    engine = _CLASSES[name]()
    today, changed = tariffs()
    if name == "numba":  # the loops are compiled once per machine, not once per day
        Numba().price(Numba().link(_sample(folder)), today)
    linked, link_s, link_cpu = _clock(lambda: engine.link(folder))
    before, price_s, price_cpu = _clock(lambda: engine.price(linked, today))
    after, again_s, again_cpu = _clock(lambda: engine.price(linked, changed))
    return {
        "link_s": link_s, "price_s": price_s, "reprice_s": again_s, "link_cpu": link_cpu,
        "price_cpu": price_cpu, "reprice_cpu": again_cpu, "memory_gb": _memory_gb(),
        "found": [before, after],
    }  # fmt: skip


def child_summary(folder: Path) -> dict[str, Any]:
    """Measure the summary and its slider; runs in a process of its own."""
    from course import City, fares
    from course.transport.summary_build import summarise

    city, (today, changed) = City.open("seoul"), tariffs()
    summarise(_sample(folder), today=today, city=city).reprice(changed, elasticity=-0.4)
    summary, build_s, build_cpu = _clock(lambda: summarise(folder, today=today, city=city))
    memory = _memory_gb()
    first_s = _clock(lambda: summary.reprice(changed))[1]
    price = summary.reprice(changed, elasticity=-0.4)
    walls, cpus = [], []
    for move in range(MOVES):
        policy = fares.SEOUL.replace(
            base={"adult": {"*": 1200 + 10 * move}, "youth": {"*": 800}, "child": {"*": 500}},
            free_km=5 + move % 10, step_price={"adult": 60 + 5 * move, "youth": 60, "child": 40},
        )  # fmt: skip
        _, wall, cpu = _clock(lambda p=policy: summary.reprice(p, elasticity=-0.4))
        walls.append(1000 * wall)
        cpus.append(1000 * cpu)
    return {
        "build_s": build_s, "build_cpu": build_cpu, "memory_gb": memory, "window_s": first_s,
        "slider_ms": statistics.median(walls), "slider_best_ms": min(walls),
        "slider_cpu_ms": statistics.median(cpus), "journeys": summary.journeys,
        "kinds": len(summary.window(0).all), "revenue": round(price.revenue * 100),
    }  # fmt: skip


def _sample(folder: Path) -> pd.DataFrame:
    import pyarrow.parquet as pq

    first = sorted(folder.glob("*.parquet"))[0]
    return pq.ParquetFile(first).read_row_group(0).slice(0, 2_000).to_pandas()


def _run_child(*words: str) -> dict[str, Any]:
    """Run this file as a child and return what it prints, or why it did not finish."""
    command = [sys.executable, str(Path(__file__).resolve()), *words]
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=LIMIT_S, env=env, check=False
        )
    except subprocess.TimeoutExpired:
        return {"note": f"stopped after {LIMIT_S} s"}
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [""])[-1]
        return {"note": "out of memory" if done.returncode == -9 else f"failed: {last[:80]}"}
    return json.loads(done.stdout.splitlines()[-1])


def measure(sizes: Sequence[int] = SIZES, engines: Sequence[str] = ENGINES) -> pd.DataFrame:
    """Return one row per size and engine, the numbers checked against each other."""
    rows = []
    for rides in sizes:
        folder = str(day_of(rides))
        found = None
        for name in engines:
            told = _run_child("--engine", name, folder)
            if "found" in told:
                found = found or told["found"]
                if told.pop("found") != found:
                    raise AssertionError(f"{name} finds other revenue than {engines[0]}")
            rows.append({"rides": rides, "engine": name, **told})
        rows.append({"rides": rides, "engine": "summary", **_run_child("--summary", folder)})
    return pd.DataFrame(rows)


def table_of(measured: pd.DataFrame) -> pd.DataFrame:
    """Return the table of the page."""
    m = measured.reindex(
        columns=[
            "rides", "engine", "link_s", "price_s", "reprice_s", "link_cpu", "price_cpu",
            "reprice_cpu", "build_s", "build_cpu", "memory_gb", "slider_ms", "slider_cpu_ms",
            "kinds", "note",
        ]
    )  # fmt: skip
    both = m["link_cpu"] + m["price_cpu"]
    numba = both[m["engine"] == "numba"]
    ratio = both / m["rides"].map(dict(zip(m.loc[numba.index, "rides"], numba, strict=True)))
    return pd.DataFrame(
        {
            "million rides": m["rides"] / 1e6,
            "engine": m["engine"],
            "link, s": m["link_s"],
            "price, s": m["price_s"],
            "price again, s": m["reprice_s"],
            "link and price, CPU s": both,
            "times numba's CPU": ratio,
            "build, s": m["build_s"],
            "build, CPU s": m["build_cpu"],
            "peak memory, GB": m["memory_gb"],
            "slider, ms (median)": m["slider_ms"],
            "slider, CPU ms": m["slider_cpu_ms"],
            "note": [n if isinstance(n, str) else "" for n in m["note"]],
        }
    )


def draw(measured: pd.DataFrame, path: Path) -> None:
    """Draw CPU seconds, memory and slider by size."""
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot as plt

    plt.rcParams["svg.hashsalt"] = "fares"
    figure, axes = plt.subplots(1, 3, figsize=(11, 3.6), layout="constrained")
    names = [n for n in (*ENGINES, "summary") if n in set(measured["engine"])]
    for name in names:
        part = measured[measured["engine"] == name].reindex(
            columns=[*measured.columns.union(["link_cpu", "price_cpu", "build_cpu"])]
        )
        x = part["rides"] / 1e6
        cpu = part["build_cpu"] if name == "summary" else part["link_cpu"] + part["price_cpu"]
        label = "summary, built" if name == "summary" else name
        axes[0].plot(x, cpu, marker="o", label=label)
        axes[1].plot(x, part["memory_gb"], marker="o", label=label)
    slider = measured[measured["engine"] == "summary"]
    axes[2].plot(slider["rides"] / 1e6, slider["slider_ms"], marker="o", color="black")
    axes[2].axhline(25, linestyle="--", color="grey")
    axes[2].set_ylim(bottom=0)
    titles = ("Link and price, CPU s", "Peak memory, GB", "One slider move, ms (bar: 25)")
    for axis, title in zip(axes, titles, strict=True):
        axis.set_title(title, fontsize=10)
        axis.set_xlabel("million rides (synthetic)")
    axes[0].set_yscale("log")
    axes[0].legend(fontsize=8)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def write_day_page(rides: int, path: Path) -> None:
    """Write how near the day comes to each published figure."""
    from course.city.synthesis.megacity import DAY
    from course.commands.bench import markdown_table

    told = json.loads((day_of(rides) / DAY).read_text(encoding="utf-8"))
    table = pd.DataFrame(told["report"])
    table["fitted"] = table["fitted"].map({True: "yes", False: "no"})
    text = (
        f"# A synthetic day of {rides:,} rides in Seoul\n\nSYNTHETIC: {told['method']}. "
        "How near it comes to each published figure; what is not fitted follows from the "
        f"model.\n\n{markdown_table(table)}\n\nContent {told['content'][:16]}. Make it with "
        f"`python3 -m course city day seoul --rides {rides} --out FOLDER`.\n"
    )
    path.write_text(text, encoding="utf-8")


def run(*, sizes: Sequence[int] = SIZES) -> pd.DataFrame:
    """Measure all engines at all sizes; write the picture and the page of the day.

    Parameters
    ----------
    sizes : sequence of int
        Rides.

    Returns
    -------
    pandas.DataFrame
        One row per size and engine.
    """
    measured = measure(sizes)
    draw(measured, _HERE / "fares.svg")
    write_day_page(max(sizes), _HERE / "fares_day.md")
    return table_of(measured)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--engine"]:
        print(json.dumps(child_engine(sys.argv[2], Path(sys.argv[3]))))
    elif sys.argv[1:2] == ["--summary"]:
        print(json.dumps(child_summary(Path(sys.argv[2]))))
    else:
        print(table_of(measure([int(n) for n in sys.argv[1:]] or SIZES)).T.to_string())

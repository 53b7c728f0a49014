"""Import and check a real feed, with trip statistics: ours beside gtfs-kit, in one run.

The bar: at least 5 times faster on the largest feed, about 500,000 stop_times. CPU seconds
over all threads, imports left out, one run each in a process of its own. Ours reads,
repairs, checks and writes the pack, opens it and computes; gtfs-kit reads and computes,
because it checks nothing. Shapes of a single point, which stop gtfs-kit, are taken out of
its feed. The figures both give are compared trip by trip (columns with %): distances
differ where a shape runs on beyond the first or last stop, crosses itself, or does not fit the
order of the stops.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd

from course import paths
from course.errors import CourseError

ROOT = Path(__file__).resolve().parents[2]
# gtfs-kit and its geopandas stay out of the project's environment. The lock is made by
#   echo "gtfs-kit>=13,<14" | uv pip compile - -c requirements.lock --universal
#       --python-version 3.11 --generate-hashes --no-header -o requirements-bench.lock
LOCK = ROOT / "requirements-bench.lock"
FEEDS = ("cairns.zip", "busan_metro.zip", "kk_mardin.zip")

_OURS = """
import json, resource, sys, time
import numpy, pandas, pyarrow.csv, pyarrow.compute, pyarrow.parquet, babel.core
from course import City
from course.city.importing import add_city
from course.city.trip_stats import trip_stats
feed, out, folder = sys.argv[1:]
wall, cpu = time.perf_counter(), time.process_time()
city = City.open(add_city("bench", [feed], where=folder).path)
stats = trip_stats(city)
cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
last = city.stop_times.groupby("trip_id")["departure_min"].last()
stats.assign(end_min=stats["trip_id"].map(last)).to_csv(out, index=False)
print(json.dumps({"cpu_s": cpu, "wall_s": wall, "stop_times": len(city.stop_times),
                  "trips": len(stats),
                  "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
"""
_THEIRS = """
import json, resource, sys, time
import numpy, pandas, geopandas, shapely, gtfs_kit
feed, out, _ = sys.argv[1:]
wall, cpu = time.perf_counter(), time.process_time()
read = gtfs_kit.read_feed(feed, dist_units="m")
points = read.shapes.drop_duplicates(["shape_id", "shape_pt_lat", "shape_pt_lon"])
alone = points.groupby("shape_id").size().loc[lambda n: n < 2].index
read.shapes = read.shapes[~read.shapes["shape_id"].isin(alone)]
stats = gtfs_kit.compute_trip_stats(read)
cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
stats.to_csv(out, index=False)
print(json.dumps({"cpu_s": cpu, "wall_s": wall, "stop_times": len(read.stop_times),
                  "trips": len(stats),
                  "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
"""


def baseline_python() -> Path:
    """Return the interpreter of an environment with gtfs-kit, made on first use."""
    mark = hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()[:12]
    home = paths.cache_dir() / "bench" / f"gtfs-kit-{mark}"
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if (home / "ready").is_file():
        return python
    shutil.rmtree(home, ignore_errors=True)
    home.parent.mkdir(parents=True, exist_ok=True)
    uv = shutil.which("uv")
    if uv:
        subprocess.run([uv, "venv", "-q", "-p", sys.executable, str(home)], check=True)
        install = [uv, "pip", "install", "-q", "--python", str(python)]
    else:
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        install = [str(python), "-m", "pip", "install", "-q"]
    subprocess.run([*install, "--require-hashes", "-r", str(LOCK)], check=True)
    (home / "ready").touch()
    return python


def _measure(python: Path | str, code: str, feed: Path, folder: Path) -> tuple[dict[str, Any], Any]:
    out = folder / "stats.csv"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [str(python), "-c", code, str(feed), str(out), str(folder)],
        capture_output=True, text=True, check=False, env=environment, cwd=folder,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    text = {"trip_id": "str", "route_id": "str", "start_stop_id": "str", "end_stop_id": "str"}
    return json.loads(done.stdout.splitlines()[-1]), pd.read_csv(out, dtype=text)


def equal_columns(ours: pd.DataFrame, theirs: pd.DataFrame) -> dict[str, float]:
    """Return the share of trips, in per cent, on which both give the same value."""
    both = ours.merge(theirs, on="trip_id", suffixes=("", "_kit"))

    def minutes(text: pd.Series) -> pd.Series:
        part = text.str.split(":", expand=True).astype(float)
        return part[0] * 60 + part[1] + part[2] / 60

    same = {
        "num_stops": both["num_stops"] == both["num_stops_kit"],
        "start": (both["start_min"] - minutes(both["start_time"])).abs() < 1e-6,
        "last departure": (both["end_min"] - minutes(both["end_time"])).abs() < 1e-6,
        "start_stop": both["start_stop_id"] == both["start_stop_id_kit"],
        "end_stop": both["end_stop_id"] == both["end_stop_id_kit"],
        "distance within 5 %": (both["distance_m"] - 1000 * both["distance"]).abs()
        <= 50 * both["distance"],
    }
    return {name: round(100 * float(mark.mean()), 2) for name, mark in same.items()}


def run(feeds: tuple[str, ...] = FEEDS) -> pd.DataFrame:
    """Return one row per feed: sizes, CPU seconds of both, ratio, and equal values.

    Parameters
    ----------
    feeds : tuple of str
        Files of ``$COURSE_TEST_DATA/gtfs``.
    """
    given = os.environ.get("COURSE_TEST_DATA")
    if not given:
        raise CourseError(
            "The import benchmark needs real feeds.", "Set COURSE_TEST_DATA to their folder."
        )
    data = Path(given) / "gtfs"
    python, rows = baseline_python(), []
    for name in feeds:
        with tempfile.TemporaryDirectory() as folder:
            mine, ours = _measure(sys.executable, _OURS, data / name, Path(folder))
            kit, theirs = _measure(python, _THEIRS, data / name, Path(folder))
        rows.append({
            "feed": name, "stop_times": kit["stop_times"], "trips": kit["trips"],
            "ours CPU s": round(mine["cpu_s"], 1), "gtfs-kit CPU s": round(kit["cpu_s"], 1),
            "times faster": round(kit["cpu_s"] / mine["cpu_s"], 1),
            "ours MB": round(mine["mb"]), "gtfs-kit MB": round(kit["mb"]),
            **{f"{k}, %": v for k, v in equal_columns(ours, theirs).items()},
        })  # fmt: skip
    return pd.DataFrame(rows)

"""The fare summary and files: any size and order, stopped runs, damaged and hostile input."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from course import City, CourseError, FarePolicy, fares
from course.errors import UsageError
from course.transport import ride_shards
from course.transport.fare_grid import Grid, Window
from course.transport.fare_summary import FareSummary
from course.transport.summary_build import summarise
from tests.test_summary_twin import same


@pytest.fixture(scope="module")
def seoul():
    from course.city.synthesis.rides import synthesise_rides

    city = City.open("seoul")
    return city, synthesise_rides(city, boardings=12_000, dates=["2025-05-14", "2025-05-15"])


@pytest.fixture(scope="module")
def summary(seoul):
    city, rides = seoul
    return summarise(rides, today=fares.SEOUL, city=city)


def test_any_order_any_files_any_memory(seoul, summary, tmp_path, monkeypatch):
    city, rides = seoul
    rides.sample(frac=1, random_state=1).to_parquet(tmp_path / "b.parquet", row_group_size=999)
    same(summarise(tmp_path, today=fares.SEOUL, city=city), summary)
    halves = [rides.iloc[::2], rides.iloc[1::2].assign(card_id=lambda t: t["card_id"].astype(
        "category"))]  # fmt: skip
    for k, half in enumerate(halves):
        half.to_parquet(tmp_path / f"half{k}.parquet", index=False)
    files = [tmp_path / "half1.parquet", str(tmp_path / "half0.parquet")]
    same(summarise(files, today=fares.SEOUL, city=city), summary)
    monkeypatch.setattr(ride_shards, "SHARD_RIDES", 1_000)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    seen = []
    spilt = summarise(
        files, today=fares.SEOUL, city=city, memory_bytes=0, folder=scratch,
        progress=lambda n: seen.append(len(list(scratch.rglob("*.rides")))),
    )  # fmt: skip
    same(spilt, summary)
    assert max(seen) == 12 and not list(scratch.iterdir())


def test_a_summary_comes_back_from_its_file(summary, tmp_path):
    path = summary.save(tmp_path / "day")
    assert path.name == "day.npz"
    back = FareSummary.load(path)
    same(back, summary)
    policy = fares.SEOUL_HISTORY[2015]
    one, two = summary.reprice(policy), back.reprice(policy)
    assert one.revenue == two.revenue and one.pays_more == two.pays_more
    assert back.save(tmp_path / "again.npz").read_bytes() == path.read_bytes()
    assert back.words().startswith("12,000 rides in") and "multiples of 1 km" in back.words()


@pytest.mark.parametrize("cut", [0, 100, 5_000])
def test_half_a_file_is_refused(summary, tmp_path, cut):
    path = summary.save(tmp_path / "day.npz")
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(CourseError, match="no whole fare summary"):
        FareSummary.load(path)


def test_arrays_that_do_not_fit_are_refused(summary, tmp_path):
    path = summary.save(tmp_path / "day.npz")
    with np.load(path) as kept:
        arrays = dict(kept)
    for name, value in [
        ("zone.kind", arrays["zone.kind"] + len(arrays["who"])),
        ("start", arrays["start"][::-1]),
        ("code", arrays["code"] | np.uint64(15 << 6)),
        ("who", np.full_like(arrays["who"], 255)),
        ("old", np.array([{}], dtype=object)),
    ]:
        bad = tmp_path / "bad.npz"
        np.savez(bad, **arrays | {name: value})
        with pytest.raises(CourseError, match="no whole fare summary"):
            FareSummary.load(bad)
    with pytest.raises(CourseError, match="missing"):
        FareSummary.load(tmp_path / "nowhere.npz")


_KILLED = """
import sys
from course import City, fares
from course.transport.summary_build import summarise
summary = summarise(sys.argv[1], today=fares.SEOUL, city=City.open("seoul"), memory_bytes=0,
                    progress=lambda n: print(n, flush=True))
summary.save(sys.argv[2])
"""


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is of POSIX")
def test_kill_9_half_way_and_again(seoul, summary, tmp_path):
    seoul[1].to_parquet(tmp_path / "rides.parquet", index=False)
    out = tmp_path / "day.npz"
    words = [sys.executable, "-c", _KILLED, str(tmp_path / "rides.parquet"), str(out)]
    run = subprocess.Popen(words, stdout=subprocess.PIPE)
    assert run.stdout.readline()  # all rides are read, none is linked
    run.send_signal(signal.SIGKILL)
    run.wait()
    assert not out.exists()
    again = subprocess.run(words, capture_output=True, check=True)
    assert again.stdout and out.read_bytes() == summary.save(tmp_path / "own.npz").read_bytes()


RIDE = {"card_id": "c", "board_time": 100, "alight_time": 900, "mode": "subway",
        "distance_m": 5_000, "user_class": "adult", "route_id": "1"}  # fmt: skip
ILOILO = fares.ILOILO.replace(base=10)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"board_time": -1}, "board_time out of range"),
        ({"board_time": 172_800}, "board_time out of range"),
        ({"alight_time": 50}, "alighting before boarding"),
        ({"alight_time": 999_999}, "alight_time out of range"),
        ({"distance_m": -5}, "negative distance"),
        ({"distance_m": 5_000_000}, "more than 4,194 km"),
        ({"card_id": None}, "no card_id"),
        ({"mode": None}, "no mode"),
        ({"mode": "tran"}, "Did you mean 'tram'"),
        ({"user_class": "adlut"}, "Did you mean 'adult'"),
    ],
)
def test_a_bad_row_is_named_by_file_and_row(tmp_path, change, said):
    rows = [RIDE | {"card_id": str(k)} for k in range(7)]
    rows[5] |= change
    path = tmp_path / "taps.parquet"
    pd.DataFrame(rows).to_parquet(path, index=False)
    with pytest.raises(CourseError, match="taps.parquet" if "Did" not in said else said) as caught:
        summarise(path, today=ILOILO)
    assert said in str(caught.value)
    if "Did" not in said:
        assert "row 5" in str(caught.value)


def test_hostile_sources(tmp_path):
    with pytest.raises(CourseError, match="holds no Parquet file"):
        summarise(tmp_path, today=ILOILO)
    with pytest.raises(CourseError, match="missing"):
        summarise(tmp_path / "no.parquet", today=ILOILO)
    (tmp_path / "half.parquet").write_bytes(b"PAR1 and no more")
    with pytest.raises(CourseError, match=r"half\.parquet is no whole Parquet file"):
        summarise(tmp_path, today=ILOILO)
    with pytest.raises(UsageError, match="int"):
        summarise(7, today=ILOILO)
    frame = pd.DataFrame([RIDE])
    with pytest.raises(CourseError, match="no column mode"):
        summarise(frame.drop(columns="mode"), today=ILOILO)
    with pytest.raises(CourseError, match="not a number"):
        summarise(frame.assign(board_time="soon"), today=ILOILO)
    with pytest.raises(CourseError, match="no base fare for the mode tram"):
        summarise(frame.assign(mode="tram"), today=fares.SEOUL)


def test_other_column_types_mean_the_same():
    frame = pd.DataFrame([RIDE | {"card_id": k, "date": "2025-05-14"} for k in (1, 2, 2)])
    frame.loc[2, ["board_time", "alight_time"]] = [1_000, 1_500]
    plain = summarise(frame.assign(card_id=frame["card_id"].astype(str)), today=ILOILO)
    same(summarise(frame, today=ILOILO), plain)
    other = frame.assign(
        date=pd.to_datetime(frame["date"]), mode=frame["mode"].astype("category"),
        board_time=frame["board_time"].astype(float), distance_m=frame["distance_m"] + 0.4,
    )  # fmt: skip
    same(summarise(other, today=ILOILO), plain)
    long = frame.assign(card_id=frame["card_id"].map(lambda k: f"{k:064d}"))
    same(summarise(long, today=ILOILO), plain)


def test_no_rides_is_no_error():
    empty = summarise(pd.DataFrame([RIDE]).iloc[:0], today=ILOILO)
    result = empty.reprice(ILOILO)
    assert result.trips == 0 and result.revenue == 0 and len(result.by("income")) == 6


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"step_km": 2.5}, "step_km is 2.5 km"),
        ({"free_km_by_mode": {"red": 30.5}}, "free_km_by_mode['red'] is 30.5 km"),
        ({"window_min": 25, "night_window_min": 40}, "25 min (40 at night) is not among"),
        ({"same_route_transfer": True}, "same route too is not among"),
        ({"early_bird": {"before_min": 400, "discount_pct": 20}}, "ends at 06:40"),
        ({"base": {"adult": {"subway": 1550}}}, "no base fare for the mode"),
    ],
)
def test_a_tariff_off_the_grid_is_refused_with_its_reason(summary, change, said):
    policy = fares.SEOUL.replace(**change)
    with pytest.raises(CourseError) as caught:
        summary.reprice(policy)
    assert said in str(caught.value)
    what, remedy = summary.why_not(policy)
    assert said in what and remedy
    assert summary.why_not(fares.SEOUL) is None


def test_wrong_calls_are_told(summary):
    with pytest.raises(UsageError, match="fare policy"):
        summary.reprice("SEOUL")
    with pytest.raises(UsageError, match="no groups 'district'"):
        summary.reprice(fares.SEOUL, by=("district",))
    with pytest.raises(UsageError, match="elasticity"):
        summary.reprice(fares.SEOUL, elasticity=0.4)


@pytest.mark.parametrize(
    "wrong",
    [{"grid_km": 0}, {"grid_km": 0.25}, {"grid_km": 20}, {"windows": ()}, {"early_min": (0, 390)},
     {"early_min": (390, 360)}, {"early_min": tuple(range(1, 20))}],
)  # fmt: skip
def test_a_grid_that_cannot_be_is_refused(wrong):
    with pytest.raises(UsageError):
        Grid(**{"windows": (Window(30, 30),), "journey": Window(60, 60)} | wrong)


def test_the_grid_of_a_flat_fare_has_all_windows():
    grid = Grid.around(FarePolicy.flat(base=20_000, currency="IRR"))
    assert [w.window_min for w in grid.windows] == list(range(0, 61, 5))
    assert grid.why_not(FarePolicy.distance(base=1, night_window_min=None)) is None
    assert Grid.from_dict(grid.to_dict()) == grid and "0 min, 5 min" in grid.words()


def test_the_summary_stays_out_of_the_way():
    code = (
        "import sys; from course import City, fares; City.open('seoul').zones; "
        "print(sorted({'numba', 'duckdb', 'ibis', 'pyspark'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    code = "import sys; from course import fares; fares.summarise; print('numba' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"

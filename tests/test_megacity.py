"""A synthetic day: frozen content, near its targets, finished after a stop, labelled."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from course import City
from course.city.synthesis import megacity
from course.city.synthesis.megacity_report import Sums, content_hash
from course.city.synthesis.megacity_stations import boardings_by_stop, fitted_to_stations
from course.city.synthesis.model import demand_model
from course.city.synthesis.rides import COLUMNS, draw_rides
from course.commands import city as command
from course.errors import CourseError, UsageError
from tests.test_synthesis_rides import CITIES

FROZEN_MIXED = "f59d057fe7c53e7dfb477cf6d1472631435e2f7f8e04808382f645a08b92b013"
FROZEN_SEOUL = "8d83b6283a006c2fe9f17cdc23d420784416e4e9c547eefef1e6df62bd6ff053"


def small(folder, rides=9_000, **more):
    return megacity.write_day(CITIES["mixed"], folder, rides=rides, **more)


@pytest.fixture
def blocks(monkeypatch):
    """Blocks of a thousand rides, so that a small day has many."""
    monkeypatch.setattr(megacity, "BLOCK_RIDES", 1_000)


def content(folder):
    return json.loads((folder / megacity.DAY).read_text(encoding="utf-8"))["content"]


def test_the_content_is_frozen(tmp_path, blocks):
    small(tmp_path)
    assert content(tmp_path) == FROZEN_MIXED


@pytest.mark.slow
def test_seouls_day_is_frozen_and_near_its_targets(tmp_path):
    day = megacity.write_day(City.open("seoul"), tmp_path, rides=300_000)
    assert content(tmp_path) == FROZEN_SEOUL
    table = day.report.set_index("measure")
    got = (table["got"] - table["target"]).abs()
    assert got["mean distance of a journey (km)"] < 0.2
    assert got[[m for m in got.index if m.startswith("journeys")]].max() < 0.6
    assert got["rides per journey"] < 0.01
    assert got["busiest hour begins at"] == 0
    assert got["boardings at another station than counted (%)"] < 2
    assert got[[m for m in got.index if "user class" in m]].max() < 0.5


def test_exactly_so_many_rides_of_the_contract(tmp_path, blocks):
    day = small(tmp_path, rides=4_321)
    rides = pd.read_parquet(tmp_path)
    assert len(rides) == day.rides == 4_321 and list(rides.columns) == list(COLUMNS)
    assert rides["card_id"].str.match(r"S\d{10}$").all()
    assert rides["date"].unique().tolist() == ["2025-05-14"]
    first = pq.ParquetFile(day.files[0])
    assert first.metadata.num_row_groups == 4
    # no card in two row groups: a reader may link block by block
    cards = [set(first.read_row_group(k, columns=["card_id"])["card_id"].to_pylist())
             for k in range(4)]  # fmt: skip
    assert sum(map(len, cards)) == len(set.union(*cards))


def test_everything_is_labelled_synthetic(tmp_path, blocks):
    day = small(tmp_path)
    told = json.loads((tmp_path / megacity.DAY).read_text(encoding="utf-8"))
    assert told["origin"] == "synthetic" and "not measured" in told["method"]
    for path in day.files:
        assert path.name.startswith("synthetic-")
        assert json.loads(pq.read_metadata(path).metadata[b"course"])["origin"] == "synthetic"


def test_a_stopped_run_is_finished_with_the_same_content(tmp_path, blocks, monkeypatch):
    whole = tmp_path / "whole"
    small(whole)
    part = tmp_path / "part"
    calls = 0

    def stop(rides):
        nonlocal calls
        calls += 1
        if calls == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        small(part, progress=stop)
    assert not (part / megacity.DAY).exists() and len(list(part.glob("*.parquet"))) == 2
    made = (part / "synthetic-rides-001.parquet").stat().st_mtime_ns
    (part / ".half.part").write_bytes(b"PAR1")
    small(part)
    assert (part / "synthetic-rides-001.parquet").stat().st_mtime_ns == made
    assert sorted(p.name for p in part.iterdir()) == sorted(p.name for p in whole.iterdir())
    assert content(part) == content(whole)
    for path in whole.glob("*.parquet"):
        assert path.read_bytes() == (part / path.name).read_bytes()


_KILLED = """
import sys
from course.city.synthesis import megacity
from tests.test_synthesis_rides import CITIES
megacity.BLOCK_RIDES = 1_000
megacity.write_day(CITIES["mixed"], sys.argv[1], rides=9_000,
                   progress=lambda n: print(n, flush=True))
"""


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is of POSIX")
def test_kill_9_half_way_and_again(tmp_path, blocks):
    whole, part = tmp_path / "whole", tmp_path / "part"
    small(whole)
    run = subprocess.Popen([sys.executable, "-c", _KILLED, str(part)], stdout=subprocess.PIPE)
    assert run.stdout.readline()  # the first file stands
    run.send_signal(signal.SIGKILL)
    run.wait()
    small(part)
    assert content(part) == content(whole)
    assert sorted(p.name for p in part.iterdir()) == sorted(p.name for p in whole.iterdir())


def test_another_day_is_not_overwritten(tmp_path, blocks):
    small(tmp_path)
    with pytest.raises(CourseError, match="another day"):
        small(tmp_path, seed=("other",))
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(CourseError, match=r"letter\.txt"):
        small(tmp_path)


@pytest.mark.parametrize("rides", [0, -1, 20_000_001, 1.5, True])
def test_impossible_sizes_are_refused(tmp_path, rides):
    with pytest.raises(UsageError):
        small(tmp_path, rides=rides)


def test_an_impossible_date_is_refused(tmp_path):
    with pytest.raises(UsageError, match="2025-05-14"):
        small(tmp_path, date="14.5.2025")


def test_seeds_and_sizes_give_different_days(tmp_path, blocks):
    seen = set()
    for k, more in enumerate([{}, {"seed": ("b",)}, {"date": "2025-05-17"}]):
        small(tmp_path / str(k), rides=2_000, **more)
        seen.add(content(tmp_path / str(k)))
    assert len(seen) == 3


def test_stations_board_what_was_counted():
    city = City.open("seoul")
    model = demand_model(city)
    fitted = fitted_to_stations(city, model)
    counted = boardings_by_stop(city)
    assert counted["jamsil"] > 90_000

    def error(m):
        rides = draw_rides(m, boardings=60_000, dates=["2025-05-14"])
        got = rides[rides["mode"] == "subway"]["board_stop_id"].value_counts(normalize=True)
        wanted = pd.Series(counted, dtype=float)
        wanted /= wanted.sum()
        return float((got.reindex(wanted.index).fillna(0) - wanted).abs().sum() / 2)

    assert error(fitted) < 0.04 < error(model)
    same = CITIES["mixed"]
    assert fitted_to_stations(same, demand_model(same)) is demand_model(same)
    assert np.diff(fitted.cumulated, prepend=0).min() >= 0


def test_sums_add_up_in_any_order():
    city = CITIES["mixed"]
    rides = draw_rides(demand_model(city), boardings=3_000, dates=["2025-05-14"])
    cards = pd.factorize(rides["card_id"])[0]
    parts = [Sums.of(city, rides[cards % 3 == k]) for k in range(3)]
    whole, added = Sums.of(city, rides).to_dict(), Sums.added(parts).to_dict()
    assert whole.pop("content") != added.pop("content")
    assert whole == added == {k: v for k, v in Sums.added(parts[::-1]).to_dict().items()
                              if k != "content"}  # fmt: skip
    assert content_hash(rides) != content_hash(rides.assign(mode="bus"))


def run(*words):
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.run(parser.parse_args(list(map(str, words))))


def test_the_command(tmp_path, capsys):
    assert run("day", "seoul", "--rides", 5_000, "--out", tmp_path / "a") == 0
    said = capsys.readouterr().out
    assert said.startswith("SYNTHETIC: 5,000 rides of Seoul") and "mean distance" in said
    assert run("day", "seoul", "--rides", 5_000, "--out", tmp_path / "a", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["rides"] == 5_000 and told["origin"] == "synthetic"
    assert {row["measure"] for row in told["report"]} >= {"rides per journey"}

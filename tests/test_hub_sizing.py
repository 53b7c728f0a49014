"""From the measured table to machines: the arithmetic by hand, its laws, and the note."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course.errors import CourseError
from grading.hub import costing, sizing
from grading.hub.capacity import Measured, Wish, need
from grading.hub.costing import Plan, Prices, bill

SEEN = Measured(
    trainees=10, trainee_mb=300, hub_mb=700, start_cpu=8, cells_cpu=12, idle_cpu=36, home_mb=5,
    hand_in_mb=0.2,
)  # fmt: skip
TABLE = """\
| what | unit | trainees | p50 | p90 | p99 | max | cpu | again | failures | alone |
|------|------|---------:|----:|----:|----:|----:|----:|------:|---------:|------:|
| sign in | s | 12 | 1 | 2 | 3 | 3 | 0.1 | 0 | 0 | 0.2 |
| server starts | s | 12 | 1 | 2 | 3 | 3 | 4.5 | 0 | 0 | 0.2 |
| open exercises | s | 12 | 1 | 2 | 3 | 3 | 1 | 0 | 0 | 0.2 |
| first cells | s | 12 | 1 | 2 | 3 | 3 | 3 | 0 | 0 | 0.2 |
| all cells | s | 12 | 1 | 2 | 3 | 3 | 6 | 0 | 0 | 0.2 |
| memory of a trainee after all cells, PSS | MB | 12 | 200 | 210 | 220 | 230 |  |  |  |  |
| memory of the hub itself, PSS | MB | 12 | 200 | 210 | 220 | 1,230 |  |  |  |  |
| CPU of an idle trainee | s per hour | 12 | 20 | 21 | 22 | 23 |  |  |  |  |
| home on disk | MB | 12 | 2 | 2 | 2 | 2.5 |  |  |  |  |
| hand-in on disk | MB | 12 | 0.2 | 0.2 | 0.2 | 0.21 |  |  |  |  |
"""


def test_forty_people_by_hand() -> None:
    # (700 + 40 * 300) * 1.3 = 16,510 MB; 15 of 16 GB are usable: 2 nodes
    # 40 * 36 / 3600 = 0.4 idle + max(40 * 8 / 600 = 0.53, 40 * 12 / 1200 = 0.4) = 0.93 * 1.3
    found = need(Wish(40, price=0.25), SEEN)
    assert (found.memory_gb, found.cores, found.nodes) == (16.5, 1.2, 2)
    assert found.disk_gb == 0.4  # 40 * (5 + 20 * 0.2) MB
    assert found.bound_by == "memory"
    assert found.cost == 2 * 8 * 0.25


def test_a_rush_is_bound_by_cores() -> None:
    # 80 * 8 CPU seconds in one minute: 10.7 cores, with idle 0.8 and headroom 14.9
    found = need(Wish(80, minutes_in=1, node_gb=64), SEEN)
    assert (found.cores, found.nodes, found.bound_by) == (14.9, 4, "cores")
    assert found.cost is None  # no price, no cost


@given(st.integers(0, 2000), st.integers(0, 500))
def test_more_people_never_take_less(people: int, more: int) -> None:
    small, large = need(Wish(people, price=1), SEEN), need(Wish(people + more, price=1), SEEN)
    for name in ("memory_gb", "cores", "disk_gb", "nodes", "cost"):
        assert getattr(large, name) >= getattr(small, name)


@given(st.integers(1, 2000), st.floats(2, 512), st.floats(1, 128))
def test_the_nodes_hold_what_is_needed(people: int, gigabytes: float, cores: float) -> None:
    wish = Wish(people, node_gb=gigabytes, node_cores=cores)
    found = need(wish, SEEN)
    assert found.nodes * (gigabytes - wish.system_gb) >= found.memory_gb - 0.05
    assert found.nodes * cores >= found.cores - 0.05
    fewer = found.nodes - 1
    assert fewer == 0 or (
        fewer * (gigabytes - wish.system_gb) < found.memory_gb + 0.05
        or fewer * cores < found.cores + 0.05
    )


@pytest.mark.parametrize(
    "wish",
    [Wish(-1), Wish(5, headroom=0.5), Wish(5, minutes_in=0), Wish(5, node_gb=1.2),
     Wish(5, node_cores=0)],
)  # fmt: skip
def test_what_cannot_be_is_refused(wish: Wish) -> None:
    with pytest.raises(CourseError):
        need(wish, SEEN)


def test_the_table_is_read(tmp_path: Path) -> None:
    path = tmp_path / "load.md"
    path.write_text(f"# Benchmark\n\nwords\n\n{TABLE}\nmachine\n", encoding="utf-8")
    seen = sizing.read(path)
    assert seen == Measured(12, 230, 1230, 4.6, 10, 23, 2.5, 0.21)
    path.write_text(TABLE.replace("| 230 |", "|  |"), encoding="utf-8")
    with pytest.raises(CourseError, match="memory of a trainee"):
        sizing.read(path)
    with pytest.raises(CourseError, match="bench load_hub"):
        sizing.read(tmp_path / "none.md")


def test_the_note_says_what_the_committed_table_says() -> None:
    text = sizing.NOTE.read_text(encoding="utf-8")
    seen = sizing.read()
    assert sizing.noted(text, seen) == text, "python3 -m grading.hub.sizing --write"
    # and a change of the table would be seen
    assert sizing.noted(text, replace(seen, trainee_mb=seen.trainee_mb * 2)) != text
    outside = text.partition(sizing.BEGIN)[0] + text.partition(sizing.END)[2]
    assert f"{seen.trainee_mb:.0f} MB" in text and f"{seen.trainee_mb:.0f} MB" not in outside


def test_the_committed_table_lost_nothing_and_failed_nowhere() -> None:
    rows = sizing._rows(sizing.TABLE.read_text(encoding="utf-8"))
    assert rows["hand-ins lost or by half"]["max"] == "0"
    steps = [row for row in rows.values() if row["unit"] == "s" and row["failures"]]
    assert len(steps) >= 9
    refused = float(rows["hand-ins refused with a sentence, disk full"]["max"])
    assert 0 < refused <= float(rows["server starts"]["trainees"])


def test_the_guarantee_of_the_pods_holds_a_measured_trainee() -> None:
    import yaml

    values = yaml.safe_load((sizing.NOTE.parent / "values.yaml").read_text(encoding="utf-8"))
    guarantee = values["singleuser"]["memory"]["guarantee"]
    assert sizing.read().trainee_mb * 1_000_000 <= guarantee


def test_the_command_prints_and_refuses(capsys: pytest.CaptureFixture[str]) -> None:
    assert sizing.main(["--participants", "40", "--price", "0.5"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["participants"] == 40 and told["cost"] == told["nodes"] * 8 * 0.5
    assert sizing.main(["--node-memory", "0.5"]) == 1
    assert "GB" in capsys.readouterr().err


# ---- cost -----------------------------------------------------------------------------


def test_a_week_of_forty_by_hand() -> None:
    # 15 GB / 0.5 GB = 30 seats a node; 44 seats: 2 nodes x 5 x 8 h = 80 h; 1 x 120 h;
    # 102 + 40 x 2 = 182 GB x 5/30 month
    made = bill(Plan(40), Prices(0.5, 0.3))
    assert (made.nodes, made.node_hours, made.core_hours, made.disk_gb) == (2, 80, 120, 182)
    assert (made.people, made.core, made.disk) == (40, 60, 9.1)
    assert made.total == 109.1


@given(st.integers(0, 500), st.integers(0, 200), st.floats(0, 100), st.floats(0, 10))
def test_a_bill_grows_with_people_and_prices(people: int, more: int, p: float, d: float) -> None:
    small, large = bill(Plan(people), Prices(p, d)), bill(Plan(people + more), Prices(p, d))
    assert large.total >= small.total and large.nodes >= small.nodes
    assert bill(Plan(people), Prices(0, 0)).total == 0
    assert bill(Plan(people), Prices(p, d)).total >= small.total - 0.01


@pytest.mark.parametrize(
    ("plan", "prices"),
    [(Plan(-1), Prices(1, 1)), (Plan(5), Prices(-1, 1)), (Plan(5, node_gb=1.2), Prices(1, 1)),
     (Plan(5, node_cores=0), Prices(1, 1))],
)  # fmt: skip
def test_a_bill_that_cannot_be_is_refused(plan: Plan, prices: Prices) -> None:
    with pytest.raises(CourseError):
        bill(plan, prices)


def test_the_notes_example_is_computed_and_marked_as_invented() -> None:
    text = sizing.NOTE.read_text(encoding="utf-8")
    assert costing.example() in text
    assert "invented numbers without a currency, no vendor's prices" in text
    made = bill(Plan(40), costing.EXAMPLE)
    assert f"**{made.total:.2f}**" in costing.example()
    assert not re.search(r"[$€£]|USD|EUR", text)


def test_the_bill_needs_the_readers_prices(capsys: pytest.CaptureFixture[str]) -> None:
    assert costing.main(["--price", "0.5", "--disk-price", "0.3"]) == 0
    assert json.loads(capsys.readouterr().out)["total"] == 109.1
    with pytest.raises(SystemExit):
        costing.main(["--participants", "40"])
    assert "--price" in capsys.readouterr().err
    assert costing.main(["--price", "1", "--disk-price", "1", "--node-memory", "1"]) == 1

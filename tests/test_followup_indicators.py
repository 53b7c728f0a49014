"""The seven indicators: worked out by hand, and laws that hold for any year."""

from __future__ import annotations

import math
from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from grading.followup import indicators as ind
from grading.followup import open_store
from grading.followup.store import whole_frame
from tests.followup_year import STORIES, walk

DUE = date(2026, 6, 1)


def steps(*rows: tuple) -> pd.DataFrame:
    """Return steps from (plan, day, report, status, days late or None)."""
    return whole_frame(
        [
            [plan, day, DUE, report, status, None if late is None else DUE + timedelta(days=late)]
            for plan, day, report, status, late in rows
        ],
        ind.STEP_COLUMNS,
        may_lack=ind.STEP_COLUMNS[3:],
    )


# Worked by hand: plan 1 funded and on time, 2 running but late, 3 silent, 4 dropped at day
# 180 and therefore known at day 365, 5 approved without a milestone, 6 done a day early.
BY_HAND = steps(
    (1, 180, 11, "2", 0), (1, 365, 12, "3", -5),
    (2, 180, 21, "3", 1), (2, 365, None, None, None),
    (3, 180, None, None, None), (3, 365, None, None, None),
    (4, 180, 41, "X", None), (4, 365, None, "X", None),
    (5, 180, 51, "1", None), (5, 365, 52, "2", 400),
    (6, 180, 61, "4", -1), (6, 365, 62, "4", -1),
)  # fmt: skip


def test_reply_rate_by_hand():
    # 12 steps, one of them after a drop and not asked for; 8 reports came
    found = ind.reply_rate(BY_HAND)
    assert (found.part, found.of) == (8, 11) and found.value == pytest.approx(800 / 11)


def test_status_at_a_step_by_hand():
    # day 180: known 1 2 4 5 6, of them 1 2 6 funded or further; day 365: known 1 4 5 6
    at180 = ind.at_least(BY_HAND, day=180, status=2)
    assert (at180.part, at180.of, at180.unknown, at180.value) == (3, 5, 1, 60.0)
    at365 = ind.at_least(BY_HAND, day=365, status=3)
    assert (at365.part, at365.of, at365.unknown, at365.value) == (2, 4, 2, 50.0)
    assert "Few: 4 only" in at365.sentence and "2 unknown" in at365.sentence


def test_milestones_by_hand():
    # reported on: 1 1 2 4 5 5 6 6 = 8; in time: 1 1 6 6
    found = ind.milestones_on_time(BY_HAND)
    assert (found.part, found.of, found.unknown, found.value) == (4, 8, 3, 50.0)


def test_kpi_progress_by_hand():
    plans = whole_frame(
        [[1, 0, 10], [2, 20, 10], [3, 5, 5], [4, None, 3], [5, 0, 4], [6, 0, 1], [7, 0, 10]],
        ["plan_id", "baseline", "target"], may_lack=("baseline", "target"),
    )  # fmt: skip
    values = pd.DataFrame({"plan_id": [1, 2, 3, 4, 5, 6], "value": [4, 15, 9, 9, -9, 9]})
    # 40 %, 50 %, no way to go, no baseline, cut to -100, cut to 150, not reported
    found = ind.kpi_progress(plans, values)
    assert found.value == 45.0 and (found.of, found.unknown) == (4, 3)


def test_frames_replaced_by_hand():
    wanted = pd.DataFrame(
        {"plan_id": [1, 1, 2, 3], "frame": ["rides", "requests", "rides", "rides"]}
    )
    said = pd.DataFrame(
        {"plan_id": [1, 1, 2, 9], "frame": ["Rides", "zones", "rides", "rides"],
         "closed": [True, True, False, True]}
    )  # fmt: skip
    found = ind.frames_replaced(wanted, said)
    # of the four wanted, two were reported on, one is closed; others count for nothing
    assert (found.part, found.of, found.unknown, found.value) == (1, 2, 2, 50.0)


def test_dropped_by_hand():
    plans = pd.DataFrame({"plan_id": range(6)})
    found = ind.dropped_with_reason(
        plans, pd.DataFrame({"plan_id": [1, 2], "reason": ["The port said no.", " "]})
    )
    assert (found.part, found.of) == (1, 2)


def test_nothing_gives_no_number(tmp_path):
    with open_store(tmp_path / "f.db") as store:
        table = ind.indicators(store.frames())
    assert table["indicator"].tolist()[0] == "reply_rate" and len(table) == 7
    assert [v for v in table["value"] if v is not None] == [0.0]  # none was dropped
    assert all(table["sentence"])


def test_a_year_by_hand(tmp_path):
    """The invented year, counted from its stories and not from the database."""
    with open_store(tmp_path / "f.db") as store:
        on = walk(store, tmp_path)
        table = ind.indicators(store.frames(on)).set_index("indicator")
    said = [s for story in STORIES for s in story.statuses]
    asked = 4 * len(STORIES) - 1  # one step after the plan that was dropped
    came = sum(s is not None for s in said)
    assert table.loc["reply_rate", ["part", "of"]].tolist() == [came, asked]
    at180 = [story.statuses[2] for story in STORIES if story.statuses[2]]
    assert table.loc["at_2_on_day_180", ["part", "of"]].tolist() == [
        sum(s in "234" for s in at180), len(at180),
    ]  # fmt: skip
    at365 = [story.statuses[3] for story in STORIES if story.statuses[3]]
    assert table.loc["at_3_on_day_365", ["part", "of"]].tolist() == [
        sum(s in "34" for s in at365), len(at365) + 1,
    ]  # fmt: skip
    ways = sorted(
        100 * (s.kpi[1] if s.kpi[1] is not None else s.kpi[0]) / 12
        for s in STORIES
        if s.kpi != (None, None)
    )
    middle = (ways[3] + ways[4]) / 2
    assert len(ways) == 8 and table.loc["kpi_progress", "value"] == pytest.approx(middle)
    assert table.loc["dropped_with_reason", ["part", "of"]].tolist() == [1, 1]


# ---- laws ---------------------------------------------------------------------------

CODES = st.sampled_from([None, "0", "1", "2", "3", "4", "X"])


@st.composite
def years(draw):
    rows = []
    for plan in range(draw(st.integers(0, 6))):
        for day in (30, 90, 180, 365):
            status = draw(CODES)
            report = None if status is None else plan * 10 + day
            late = draw(st.none() | st.integers(-20, 20)) if report else None
            rows.append((plan, day, report, status, late))
    return steps(*rows)


@given(table=years())
def test_shares_are_shares_and_silence_lowers_none(table):
    for found in (
        ind.reply_rate(table), ind.milestones_on_time(table),
        *(ind.at_least(table, day=d, status=s) for d in (180, 365) for s in (1, 2, 3, 4)),
    ):  # fmt: skip
        assert 0 <= found.part <= found.of
        assert (found.value is None) == (found.of == 0)
        if found.value is not None:
            assert found.value == pytest.approx(100 * found.part / found.of)
    silent = pd.concat([table, steps((99, 180, None, None, None))], ignore_index=True)
    with_silent, without = (ind.at_least(t, day=180, status=2) for t in (silent, table))
    assert with_silent.value == without.value
    assert with_silent.unknown == without.unknown + 1


@given(table=years(), day=st.sampled_from([180, 365]))
def test_a_higher_bar_is_passed_by_no_more(table, day):
    parts = [ind.at_least(table, day=day, status=s).part for s in (0, 1, 2, 3, 4)]
    assert parts == sorted(parts, reverse=True)


NUMBERS = st.floats(allow_nan=False, allow_infinity=False)


@given(now=NUMBERS, baseline=NUMBERS, target=NUMBERS)
def test_progress_stays_in_its_box(now, baseline, target):
    if baseline == target:
        with pytest.raises(ValueError):
            ind.progress(now, baseline, target)
        return
    assert -100 <= ind.progress(now, baseline, target) <= 150


@given(
    baseline=st.integers(-10**6, 10**6), way=st.integers(1, 10**6), share=st.integers(-100, 150),
    up=st.booleans(),
)  # fmt: skip
def test_progress_is_the_share_of_the_way(baseline, way, share, up):
    target = baseline + (way if up else -way)
    now = baseline + (target - baseline) * share / 100
    assert math.isclose(ind.progress(now, baseline, target), share, abs_tol=1e-6)


@given(values=st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), max_size=8))
def test_the_median_needs_no_order(values):
    plans = whole_frame(
        [[i, b, t] for i, (b, t, _) in enumerate(values)], ["plan_id", "baseline", "target"]
    )
    said = whole_frame([[i, n] for i, (_, _, n) in enumerate(values)], ["plan_id", "value"])
    one = ind.kpi_progress(plans, said)
    two = ind.kpi_progress(plans.iloc[::-1], said.iloc[::-1])
    assert one == two

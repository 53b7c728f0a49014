"""Indices of fairness: worked by hand, and the laws they obey."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course import CourseError, equity

calm = settings(deadline=None)
amounts = st.lists(st.floats(0, 1e6), min_size=1, max_size=30)
rows = st.lists(st.tuples(st.floats(0, 1e6), st.floats(1, 1e6)), min_size=1, max_size=30)


def test_gini_by_hand():
    assert equity.gini([5, 5, 5]) == pytest.approx(0)
    # Shares of 1, 2, 3: Lorenz 1/6, 3/6, 1; areas (1/6 + 4/6 + 9/6)/3 = 14/18; G = 4/18
    assert equity.gini([3, 1, 2]) == pytest.approx(2 / 9)
    assert equity.gini([0, 0, 0, 8]) == pytest.approx(0.75)
    assert equity.gini([1, 3], weights=[3, 1]) == equity.gini([1, 1, 1, 3])
    assert equity.gini([0, 0]) == 0


def test_concentration_by_hand():
    # The poorest of four pays all: 1 - (2 x 0.25 x 0.5 + 3 x 2 x 0.25) = -0.75
    assert equity.concentration_index([9, 0, 0, 0], rank=[1, 2, 3, 4]) == pytest.approx(-0.75)
    assert equity.concentration_index([0, 0, 0, 9], rank=[1, 2, 3, 4]) == pytest.approx(0.75)
    assert equity.concentration_index([4, 4, 4], rank=[1, 2, 3]) == pytest.approx(0)
    # Equal ranks are one group: two groups of two, shares 1/4 and 3/4: 1 - (1/8 + 5/8) = 1/4
    assert equity.concentration_index([0, 2, 6, 0], rank=[1, 1, 5, 5]) == pytest.approx(0.25)


def test_kakwani_and_suits_by_hand():
    income, flat, proportional = [100, 200, 700], [10, 10, 10], [1, 2, 7]
    # Gini of income: Lorenz 0.1, 0.3, 1: 1 - (0.1 + 0.4 + 1.3)/3 = 0.4
    assert equity.gini(income) == pytest.approx(0.4)
    assert equity.kakwani(flat, income) == pytest.approx(-0.4)
    assert equity.kakwani(proportional, income) == pytest.approx(0)
    # Suits, flat: income shares 0.1, 0.2, 0.7; payments cumulated 1/3, 2/3, 1:
    # twice the area 0.1/3 + 0.2 + 0.7 x 5/3 = 1.4; S = -0.4
    assert equity.suits_index(flat, income) == pytest.approx(-0.4)
    assert equity.suits_index(proportional, income) == pytest.approx(0)
    assert equity.suits_index([0, 0, 5], income) == pytest.approx(0.3)  # 1 - 0.7
    assert equity.suits_index([5, 0, 0], income) == pytest.approx(-0.9)  # 1 - (0.1 + 1.8)


@calm
@given(values=amounts)
def test_gini_lies_between_0_and_1(values):
    assert -1e-9 <= equity.gini(values) < 1


@calm
@given(value=st.floats(0.01, 1e6), n=st.integers(1, 50))
def test_gini_of_equals_is_zero(value, n):
    assert equity.gini([value] * n) == pytest.approx(0, abs=1e-9)


@calm
@given(rows=rows)
def test_indices_stay_in_their_range(rows):
    paid, income = zip(*rows, strict=True)
    assert -1 <= equity.concentration_index(paid, income) <= 1
    assert -1 - 1e-9 <= equity.suits_index(paid, income) <= 1 + 1e-9


@calm
@given(rows=rows, share=st.floats(0.001, 0.5))
def test_proportional_payments_have_suits_and_kakwani_zero(rows, share):
    income = np.array([income for _, income in rows])
    assert equity.suits_index(income * share, income) == pytest.approx(0, abs=1e-9)
    assert equity.kakwani(income * share, income) == pytest.approx(0, abs=1e-9)


@calm
@given(rows=rows, seed=st.randoms(use_true_random=False))
def test_order_and_scale_do_not_matter(rows, seed):
    paid, income = map(np.array, zip(*rows, strict=True))
    order = list(range(len(rows)))
    seed.shuffle(order)
    for index in (equity.concentration_index, equity.kakwani, equity.suits_index):
        once = index(paid, income)
        assert index(paid[order] * 7, income[order] * 3) == pytest.approx(once, abs=1e-6)


@calm
@given(values=amounts)
def test_ranked_by_itself_concentration_is_gini(values):
    assert equity.concentration_index(values, values) == equity.gini(values)


@calm
@given(values=amounts, ranks=st.data())
def test_turning_the_ranks_turns_the_sign(values, ranks):
    rank = np.array(ranks.draw(st.lists(st.integers(1, 5), min_size=len(values),
                                        max_size=len(values))))  # fmt: skip
    there = equity.concentration_index(values, rank)
    assert equity.concentration_index(values, -rank) == pytest.approx(-there, abs=1e-9)


def test_fare_burden():
    table = equity.fare_burden(pd.Series([60.0, 60, 60], index=["a", "b", "c"]), [400, 3000, 0])
    assert table["burden_pct"].tolist()[:2] == [15, 2]
    assert np.isnan(table.loc["c", "burden_pct"])
    assert table["above_line"].tolist() == [True, False, False]
    assert list(table.index) == ["a", "b", "c"]


def test_columns_of_frames_serve():
    frame = pd.DataFrame({"price": [1.0, 2.0], "income_group": pd.array([1, 5], dtype="Int8")})
    assert equity.concentration_index(frame["price"], frame["income_group"]) == pytest.approx(1 / 6)


@pytest.mark.parametrize(
    "call",
    [
        lambda: equity.gini([]),
        lambda: equity.gini([1, -1]),
        lambda: equity.gini([1, float("nan")]),
        lambda: equity.gini([[1, 2], [3, 4]]),
        lambda: equity.gini([1, 2], weights=[0, 0]),
        lambda: equity.gini([1, 2], weights=[-1, 2]),
        lambda: equity.concentration_index([1, 2], rank=[1]),
        lambda: equity.concentration_index([1, 2], rank=pd.array([1, None], dtype="Int8")),
        lambda: equity.suits_index([1, 2], income=[1, 2, 3]),
        lambda: equity.suits_index([1, 2], income=[-1, 2]),
        lambda: equity.suits_index(["a", "b"], income=[1, 2]),
        lambda: equity.fare_burden([1], [1, 2]),
    ],
)
def test_what_cannot_be_counted_is_refused(call):
    with pytest.raises(CourseError) as refusal:
        call()
    assert refusal.value.remedy

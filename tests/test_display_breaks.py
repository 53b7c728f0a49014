from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course.display import breaks, numbers

NUMBERS = st.lists(
    st.floats(-1e6, 1e6, allow_nan=False).map(lambda v: round(v, 3)), min_size=1, max_size=60
)


def is_round(value: float) -> bool:
    digits = f"{abs(value):.12e}".split("e")[0].replace(".", "").rstrip("0")
    return len(digits) <= 2 or (len(digits) <= 3 and digits.endswith("5"))


@given(NUMBERS, st.integers(2, 7))
def test_sequential_edges_rise_lie_inside_and_give_no_more_classes_than_asked(values, classes):
    edges = breaks.sequential_edges(values, classes=classes)
    assert edges == sorted(set(edges))
    assert len(edges) <= classes - 1 or (classes == 2 and len(edges) == 1)
    assert all(min(values) < e <= max(values) for e in edges)
    assert (not edges) == (min(values) == max(values))


@given(NUMBERS, st.integers(1, 3))
def test_diverging_classes_mirror_around_zero(values, side):
    edges = breaks.diverging_edges(values, side=side)
    data = np.array(values)
    right, left = (breaks.classify_diverging(v, edges) for v in (data, -data))
    assert (right + left == 2 * (len(edges) + 1)).all()
    assert ((right == len(edges) + 1) == (data == 0)).all()
    assert all(is_round(e) for e in edges)


@given(NUMBERS)
def test_a_larger_value_is_never_in_a_lower_class(values):
    data = np.sort(np.array(values))
    for found in (
        breaks.classify(data, breaks.sequential_edges(data)),
        breaks.classify_diverging(data, breaks.diverging_edges(data)),
    ):
        assert (np.diff(found.astype(int)) >= 0).all()


@given(st.floats(1e-9, 1e12))
def test_a_round_step_is_round_and_near(value):
    step = breaks.round_step(value)
    assert is_round(step)
    assert 0.6 < step / value < 1.7


@pytest.mark.parametrize("value", [0.0, -3.0, float("nan"), float("inf")])
def test_a_step_of_nothing_is_one(value):
    assert breaks.round_step(value) == 1.0


def test_missing_values_have_a_class_of_their_own():
    assert breaks.classify([1, np.nan, 3], [2]).tolist() == [0, 255, 1]
    assert breaks.classify_diverging([np.nan, np.inf, -1], [2]).tolist() == [255, 255, 1]
    assert breaks.classify([], [1]).tolist() == []
    assert breaks.sequential_edges([np.nan]) == [] == breaks.diverging_edges([])


def test_what_prints_as_zero_is_neutral():
    found = breaks.classify_diverging([0.4, -0.4, 0.6], [10, 20], zero_below=0.5)
    assert found.tolist() == [3, 3, 4]


def test_skewed_data_still_fill_several_classes():
    data = np.r_[np.arange(1, 95), [5_000, 20_000]]
    edges = breaks.sequential_edges(data)
    counts = np.bincount(breaks.classify(data, edges))
    assert (counts > 0).all()
    assert counts.max() < 0.6 * len(data)


def test_words_of_classes():
    assert breaks.class_labels([20, 50]) == ["under 20", "20 to 50", "50 or more"]
    assert breaks.class_labels([]) == ["all values"]
    assert breaks.class_labels([0.25, 2.5, 1000])[1:3] == ["0.25 to 2.5", "2.5 to 1,000"]
    assert breaks.diverging_labels([50, 100]) == [
        "over 100 less", "50 to 100 less", "up to 50 less", "no change",
        "up to 50 more", "50 to 100 more", "over 100 more",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "text"),
    [(-0.04, "0.0"), (0.04, "0.0"), (-0.05001, "−0.1"), (1234.5, "+1,234.5"), (None, "no data"),
     (float("nan"), "no data"), (float("inf"), "no data"), (0, "0.0")],
)  # fmt: skip
def test_signed_numbers(value, text):
    assert numbers.number(value, decimals=1, signed=True) == text


def test_a_range_in_the_middle_keeps_its_classes():
    assert breaks.sequential_edges(np.arange(34, 85)) == [40, 60, 80]

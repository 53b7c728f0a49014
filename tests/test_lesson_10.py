"""What the fares lesson says, worked out by hand, and what it computes, by a second way."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from course import fares

LESSON = Path(__file__).resolve().parent.parent / "modules/10_integrated_fares/lesson.ipynb"


def _text() -> str:
    cells = json.loads(LESSON.read_text(encoding="utf-8"))["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells)


@pytest.mark.parametrize(
    ("legs", "price"),
    [
        ([("trunk", 18)], 1500),  # a single bus is flat
        ([("subway", 10)], 1550),  # the base covers 10 km
        ([("branch", 3), ("subway", 20), ("village", 2)], 1850),  # 25 km: 1,550 + 3 steps
        ([("red", 28), ("subway", 6)], 3100),  # 34 km, 30 inside the red base: 1 step
        ([("subway", 50)], 2350),  # 40 km over: 8 steps of 5 km
        ([("subway", 58.1)], 2550),  # and two started steps of 8 km
        ([("village", 20), ("village", 26)], 2000),  # 36 km over: 8 steps on 1,200
    ],
)
def test_the_printed_prices(legs, price):
    assert fares.price(legs, fares.SEOUL) == price


def test_every_printed_price_stands_in_the_lesson():
    text = _text()
    for amount in ("1,500", "1,550", "4,450", "1,850", "3,100", "2,350", "2,550", "2,400"):
        assert re.search(rf"(?<![\d,]){amount}(?!\d|,\d)", text), amount


def test_three_separate_fares_are_4450():
    separate = [("branch", 3), ("subway", 20), ("village", 2)]
    assert sum(fares.price([leg], fares.SEOUL) for leg in separate) == 4450


def test_the_cap_of_step_4():
    policy = fares.SEOUL.replace(step_price={"adult": 200}, free_km=5)
    legs = [("village", 20), ("village", 26)]
    assert fares.price(legs, policy) == 2400
    assert fares.price(legs, policy.replace(cap_at_separate=False)) == 1200 + 9 * 200


def test_riders_left_and_revenue_of_step_6():
    riders = fares.demand(q=100, p0=1200, p1=1500, elasticity=-0.4)
    assert riders == pytest.approx(91.46, abs=0.01)  # 100 * 1.25 ** -0.4
    assert riders * 1500 / (100 * 1200) - 1 == pytest.approx(0.143, abs=0.0005)

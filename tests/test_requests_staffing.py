"""People on the phone: Erlang C against a simulation of its own, large desks, the facts."""

from __future__ import annotations

import heapq
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course import City, service_requests
from course.bigdata.request_staffing import wait_chance
from course.bigdata.service_requests import answered_within_pct, staff_by_hour, staff_needed
from course.errors import UsageError


def simulated_pct(staff, calls_per_hour, handling_min, within_s, *, calls, seed):
    """Share answered in time on a simulated desk: one event after the other, no formula."""
    draw = np.random.default_rng(seed)
    come = np.cumsum(draw.exponential(3600 / calls_per_hour, calls))
    take = draw.exponential(handling_min * 60, calls)
    free = [0.0] * staff
    waits = np.empty(calls)
    for k in range(calls):
        first = heapq.heappop(free)
        begin = max(first, come[k])
        waits[k] = begin - come[k]
        heapq.heappush(free, begin + take[k])
    return 100 * (waits[calls // 20 :] <= within_s).mean()  # the desk starts empty


@pytest.mark.parametrize(("staff", "calls_per_hour", "handling_min", "within_s"), [
    (18, 300, 3.0, 15), (21, 300, 3.0, 15), (6, 40, 7.5, 30), (1, 4, 6.0, 0), (95, 1688, 3.2, 15),
])  # fmt: skip
def test_the_formula_equals_a_simulation(staff, calls_per_hour, handling_min, within_s):
    runs = [simulated_pct(staff, calls_per_hour, handling_min, within_s, calls=20_000, seed=s)
            for s in range(12)]  # fmt: skip
    error = np.std(runs, ddof=1) / math.sqrt(len(runs))
    formula = answered_within_pct(staff, calls_per_hour, handling_min, within_s)
    assert abs(np.mean(runs) - formula) <= 3.5 * error + 0.05, (np.mean(runs), formula, error)


def textbook(staff, load):
    """Erlang C by its sum, with exact whole-number powers; small desks only."""
    from fractions import Fraction

    a = Fraction(load)
    last = a**staff / math.factorial(staff) * staff / (staff - a)
    return float(last / (sum(a**k / math.factorial(k) for k in range(staff)) + last))


@settings(max_examples=80, deadline=None)
@given(st.integers(1, 120), st.integers(1, 99))
def test_the_logarithms_equal_the_sum(staff, percent):
    load = staff * percent / 100
    assert wait_chance(staff, load) == pytest.approx(textbook(staff, load), rel=1e-10)


@pytest.mark.parametrize("staff", [1_000, 100_000, 1_000_000])
def test_a_very_large_desk(staff):
    """Near its limit a large desk follows the square-root rule (Halfin and Whitt)."""
    from scipy.stats import norm

    beta = 0.5
    load = staff - beta * math.sqrt(staff)
    limit = 1 / (1 + beta * norm.cdf(beta) / norm.pdf(beta))
    assert wait_chance(staff, load) == pytest.approx(limit, abs=0.6 / math.sqrt(staff))
    needed = staff_needed(staff * 20, 3)
    assert staff < needed < staff + 4 * math.sqrt(staff)


@settings(max_examples=80, deadline=None)
@given(st.floats(0.1, 5_000), st.floats(0.5, 20), st.floats(0, 120), st.floats(1, 99.5))
def test_the_staff_needed_is_the_fewest(calls, handling, within, target):
    staff = staff_needed(calls, handling, within_s=within, target_pct=target)
    assert answered_within_pct(staff, calls, handling, within) >= target
    assert answered_within_pct(staff - 1, calls, handling, within) < target


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 60), st.floats(1, 500), st.floats(0.5, 10), st.floats(0, 60))
def test_more_people_answer_more_and_sooner(staff, calls, handling, within):
    one, two = (answered_within_pct(n, calls, handling, within) for n in (staff, staff + 1))
    assert 0 <= one <= two + 1e-9 <= 100 + 2e-9
    assert one <= answered_within_pct(staff, calls, handling, within + 10) + 1e-9


def test_no_calls_no_staff_too_few():
    assert staff_needed(0, 3) == 0 and answered_within_pct(0, 0, 3) == 100.0
    assert answered_within_pct(0, 10, 3) == 0.0
    assert answered_within_pct(15, 300, 3) == 0.0  # as much work as people: the queue grows
    assert answered_within_pct(16, 300, 3) > 0.0


@pytest.mark.parametrize(("call", "words"), [
    (lambda: staff_needed(-1, 3), "calls_per_hour"),
    (lambda: staff_needed(float("nan"), 3), "calls_per_hour"),
    (lambda: staff_needed(10, 0), "handling_min"),
    (lambda: staff_needed("10", 3), "calls_per_hour"),
    (lambda: staff_needed(10, 3, target_pct=100), "target_pct"),
    (lambda: staff_needed(10, 3, target_pct=0), "target_pct"),
    (lambda: staff_needed(10, 3, within_s=-1), "within_s"),
    (lambda: answered_within_pct(2.5, 10, 3), "not a whole number"),
    (lambda: answered_within_pct(True, 10, 3), "staff"),
    (lambda: answered_within_pct(-1, 10, 3), "staff"),
    (lambda: staff_by_hour(100, [1] * 23, 3), "24 numbers"),
    (lambda: staff_by_hour(100, [0] * 24, 3), "24 numbers"),
    (lambda: staff_by_hour(100, [-1] + [1] * 23, 3), "24 numbers"),
    (lambda: staff_by_hour(-5, [1] * 24, 3), "calls_per_day"),
])  # fmt: skip
def test_wrong_calls(call, words):
    with pytest.raises(UsageError, match=words):
        call()


def test_a_day_of_staff():
    profile = service_requests.hour_profile(City.open("seoul").requests)
    assert profile.shape == (24,) and profile.sum() == pytest.approx(1)
    after = service_requests.DASAN[1]
    plan = staff_by_hour(after.calls_per_day, profile, 3)
    assert plan["calls"].sum() == pytest.approx(40_514)
    assert (plan["answered_pct"] >= 90).all() and (plan["busy_pct"] < 100).all()
    assert plan["staff"].idxmax() == plan["calls"].idxmax()
    quiet = staff_by_hour(24, [0] * 23 + [1], 3)
    assert quiet["staff"].tolist()[:23] == [0] * 23 and quiet["busy_pct"].isna().sum() == 23
    # twice the calls need less than twice the people: the merger's own argument
    one, two = (staff_needed(state.calls_per_day / 24, 3) for state in service_requests.DASAN)
    assert two / one < after.calls_per_day / service_requests.DASAN[0].calls_per_day


def test_the_facts_carry_their_source():
    table = service_requests.dasan()
    assert table["within_15_s_pct"].tolist() == [85.0, 91.3]
    assert table["answered_pct"].tolist() == [98.3, 99.2] and "2009" in table.attrs["source"]
    with pytest.raises(UsageError, match="no case"):
        service_requests.hour_profile(City.open("seoul").requests.head(0))

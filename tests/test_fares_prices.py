"""Fares worked out by hand, each with its working.

Default in ``price``: the trip starts at 08:00, a ride lasts 3 minutes per km and a change 5
minutes, so that every change is inside the window unless a note says otherwise.
"""

from __future__ import annotations

import pytest

from course import CourseError, FarePolicy, fares

S = fares.SEOUL


def _check(legs, kwargs, expected, policy=S):
    assert fares.price(legs, policy, **kwargs) == expected
    steps = fares.explain(legs, policy, **kwargs)
    assert steps["amount"].iloc[-1] == expected
    assert round(steps["amount"].iloc[:-1].sum(), 6) == expected


FACTS_1_3 = [
    ([("trunk", 18)], 1500),  # a single bus is flat
    ([("subway", 9.9)], 1550),
    ([("subway", 10.1)], 1650),  # one started step
    ([("subway", 27)], 1950),  # 17 km over: 4 steps
    ([("subway", 50)], 2350),  # 40 km over: 8 steps
    ([("subway", 58.1)], 2550),  # 8 steps of 5 km, 2 started steps of 8 km
    ([("village", 2), ("subway", 6)], 1550),  # 8 km, highest base
    ([("trunk", 6), ("subway", 8)], 1650),  # 14 km: 1 step
    ([("branch", 3), ("subway", 20), ("village", 2)], 1850),  # 25 km: 3 steps
    ([("red", 28), ("subway", 6)], 3100),  # 34 km, 30 inside the base: 1 step
    ([("village", 1), ("branch", 40)], 2200),  # 41 km: 7 steps on 1,500
]


@pytest.mark.parametrize(("legs", "expected"), FACTS_1_3)
def test_the_test_cases_of_the_facts(legs, expected):
    _check(legs, {}, expected)


BY_HAND = [
    # --- one ride ---
    ([("subway", 10)], {}, 1550),  # the base covers 10 km exactly
    ([("subway", 15)], {}, 1650),  # 5 km over: exactly one step
    ([("subway", 15.001)], {}, 1750),  # one metre more starts the second
    ([("subway", 50.1)], {}, 2450),  # 8 steps and one started step of 8 km
    ([("subway", 58)], {}, 2450),  # exactly one step of 8 km
    ([("subway", 66.1)], {}, 2650),  # 16.1 km beyond 50: 3 steps of 8 km
    ([("subway", 0)], {}, 1550),  # in and out at one station
    ([("red", 45)], {}, 3000),  # a red bus alone is flat as well
    ([("village", 12)], {}, 1200),
    ([("circular", 5)], {}, 1400),
    ([("owl", 25)], {"start": "24:30"}, 2500),
    # --- youth and child ---
    ([("subway", 27)], {"user_class": "youth"}, 1220),  # 900 + 4 x 80
    ([("subway", 58.1)], {"user_class": "youth"}, 1700),  # 900 + 10 x 80
    ([("trunk", 6), ("subway", 8)], {"user_class": "youth"}, 980),  # 900 + 80
    ([("village", 4), ("village", 9)], {"user_class": "youth"}, 680),  # 600 + 80
    ([("red", 28), ("subway", 6)], {"user_class": "youth"}, 1780),  # 1,700 + 80
    ([("village", 30), ("village", 41)], {"user_class": "youth"}, 1200),
    # ^ 61 km over: 600 + 13 x 80 = 1,640, capped at 600 + 600
    ([("subway", 27)], {"user_class": "child"}, 750),  # 550 + 4 x 50
    ([("red", 28), ("subway", 6)], {"user_class": "child"}, 1550),  # 1,500 + 50
    ([("circular", 3), ("village", 2)], {"user_class": "child"}, 500),
    # --- red bus: 30 km inside the base ---
    ([("red", 24), ("subway", 6)], {}, 3000),  # 30.0 km
    ([("red", 24), ("subway", 6.1)], {}, 3100),  # 30.1 km
    ([("village", 2), ("red", 33), ("subway", 6)], {}, 3300),  # 41 km, 11 over 30: 3 steps
    # --- senior, disabled, merit: subway free, adult fare on buses ---
    ([("subway", 40)], {"user_class": "senior"}, 0),
    ([("subway", 40)], {"user_class": "merit"}, 0),
    ([("trunk", 6)], {"user_class": "senior"}, 1500),
    ([("subway", 20), ("trunk", 3)], {"user_class": "senior"}, 1500),  # free km do not count
    ([("trunk", 6), ("subway", 20), ("branch", 8)], {"user_class": "disabled"}, 1600),
    # ^ paid 14 km: 1,500 + 1 step
    ([("trunk", 6), ("branch", 8)], {"user_class": "senior"}, 1600),
    # --- early bird: 20 % of the first vehicle's base ---
    ([("subway", 9)], {"start": "06:29"}, 1240),
    ([("subway", 9)], {"start": "06:30"}, 1550),
    ([("trunk", 9)], {"start": "05:00"}, 1200),
    ([("circular", 9)], {"start": "05:00"}, 1120),
    ([("red", 9)], {"start": "05:00"}, 2400),
    ([("village", 9)], {"start": "05:00"}, 960),
    ([("subway", 9)], {"start": "05:00", "user_class": "youth"}, 720),
    ([("subway", 9)], {"start": "05:00", "user_class": "child"}, 440),
    ([("owl", 9)], {"start": "05:00"}, 2500),  # not in the list of early-bird amounts
    ([("subway", 27)], {"start": "06:00"}, 1640),  # 1,550 - 310 + 4 x 100
    ([("village", 2, "ride 6"), ("subway", 6)], {"start": "06:26"}, 1310),
    # ^ subway boarded at 06:37: 1,550 - 240, kept after 06:30
    ([("branch", 3), ("subway", 8)], {"start": "05:30"}, 1350),  # 1,550 + 100 - 300
    ([("trunk", 9)], {"start": "25:30"}, 1500),  # half past one belongs to the day before
    ([("village", 30, "ride 20"), ("village", 41, "ride 20")], {"start": "05:00"}, 1920),
    # ^ 1,200 + 1,300 - 240 = 2,260; separate 960 + 960
    ([("village", 30, "ride 20"), ("village", 41, "ride 20")], {"start": "06:10"}, 2160),
    # ^ the second ride begins at 06:35: separate 960 + 1,200
    ([("subway", 9), ("trunk", 3)], {"start": "05:00", "user_class": "senior"}, 1200),
    # ^ the bus, boarded at 05:32, is the first vehicle that is paid: 1,500 less 20 %
    # --- the window: 30 minutes, 60 from 21:00 to 07:00, by the last tap-out -----------------
    ([("trunk", 6), ("subway", 8, "gap 30")], {}, 1650),
    ([("trunk", 6), ("subway", 8, "gap 31")], {}, 3050),
    ([("trunk", 6, "ride 19"), ("subway", 8, "gap 40")], {"start": "20:40"}, 3050),  # 20:59
    ([("trunk", 6, "ride 20"), ("subway", 8, "gap 40")], {"start": "20:40"}, 1650),  # 21:00
    ([("trunk", 6, "ride 20"), ("subway", 8, "gap 60")], {"start": "20:40"}, 1650),
    ([("trunk", 6, "ride 20"), ("subway", 8, "gap 61")], {"start": "20:40"}, 3050),
    ([("trunk", 6, "ride 19"), ("subway", 8, "gap 40")], {"start": "06:40"}, 1650),  # 06:59
    ([("trunk", 6, "ride 20"), ("subway", 8, "gap 40")], {"start": "06:40"}, 3050),  # 07:00
    ([("trunk", 6, "ride 30"), ("subway", 8, "gap 60")], {"start": "25:00"}, 1650),  # 25:30
    ([("trunk", 6, "ride 29"), ("subway", 8, "gap 40")], {"start": "30:30"}, 1650),  # 30:59
    ([("trunk", 6, "ride 30"), ("subway", 8, "gap 40")], {"start": "30:30"}, 3050),  # 31:00
    # --- what is no transfer ---
    ([("trunk", 4, "route 143"), ("trunk", 4, "route 143")], {}, 3000),
    ([("trunk", 4, "route 143"), ("trunk", 4, "route 401")], {}, 1500),
    ([("trunk", 1, "route 1"), ("branch", 1, "route 2"), ("trunk", 1, "route 1")], {}, 1500),
    ([("subway", 5), ("subway", 5)], {}, 3100),  # out and in through the gates
    ([("subway", 5), ("village", 3), ("subway", 5)], {}, 1650),  # 13 km
    # --- five rides, then a new trip ---
    ([("branch", 1)] * 5, {}, 1500),  # 4 transfers
    ([("branch", 1)] * 6, {}, 3000),  # the sixth is new
    ([("village", 1)] * 5 + [("subway", 3)], {}, 2750),  # 1,200 + 1,550
    ([("branch", 1)] * 11, {}, 4500),  # 5 + 5 + 1
    # --- no tap-out -------------------------------------------------------------------------------
    ([("trunk", 5, "no tap-out")], {}, 1500),
    ([("subway", 5, "no tap-out")], {}, 1550),  # SEOUL is the tariff before March 2026
    ([("trunk", 6), ("subway", 8, "no tap-out")], {}, 3050),  # the discount is undone
    ([("trunk", 3, "no tap-out"), ("subway", 8)], {}, 3050),  # nothing to count 30 minutes from
    ([("trunk", 3), ("branch", 3), ("subway", 8, "no tap-out")], {}, 3050),  # 1,500 + 1,550
    # --- the cap ---
    ([("village", 20), ("village", 26)], {}, 2000),  # 36 km over: 8 steps
    ([("village", 30), ("village", 40)], {}, 2400),  # 70 km: 12 steps, just the sum of two
    ([("village", 30), ("village", 40.1)], {}, 2400),  # 13 steps = 2,500, capped
    ([("village", 50), ("village", 50), ("village", 50)], {}, 3600),  # 28 steps = 4,000
    # --- Owl ---
    ([("owl", 8), ("owl", 6)], {"start": "24:10"}, 2600),  # 14 km
    ([("owl", 8), ("village", 1)], {"start": "29:30"}, 2500),
]


@pytest.mark.parametrize(("legs", "kwargs", "expected"), BY_HAND)
def test_seoul_by_hand(legs, kwargs, expected):
    _check(legs, kwargs, expected)


SINCE_MARCH_2026 = [
    ([("subway", 5, "no tap-out")], {}, 3100),  # 1,550 + 1,550
    ([("subway", 5, "no tap-out")], {"user_class": "youth"}, 1800),
    ([("subway", 5, "no tap-out")], {"user_class": "child"}, 1100),
    ([("subway", 5, "no tap-out")], {"user_class": "senior"}, 0),  # free cards are not charged
    ([("subway", 5, "no tap-out")], {"start": "05:00"}, 2790),  # 1,240 + the full base
    ([("trunk", 6), ("subway", 8, "no tap-out")], {}, 4600),  # 1,500 + 1,550 + 1,550
    ([("trunk", 5, "no tap-out")], {}, 1500),  # subway only
]


@pytest.mark.parametrize(("legs", "kwargs", "expected"), SINCE_MARCH_2026)
def test_no_tap_out_costs_a_base_fare_since_march_2026(legs, kwargs, expected):
    _check(legs, kwargs, expected, fares.SEOUL_2026)


HISTORY = [
    (2004, [("subway", 12)], 800),  # 12 km in the base of a lone subway ride
    (2004, [("subway", 12.1)], 900),
    (2004, [("subway", 42)], 1300),  # 30 km over: 5 steps of 6 km
    (2004, [("subway", 54.1)], 1500),  # and 2 started steps of 12 km
    (2004, [("trunk", 4), ("subway", 6.1)], 900),  # linked: 10 km, then 5 km steps
    (2004, [("red", 20), ("subway", 6)], 2200),  # red buses did not join yet
    (2007, [("red", 20), ("subway", 6)], 2600),
    (2012, [("red", 28), ("subway", 6)], 1950),  # 1,850 + 1 step beyond 30 km
    (2015, [("trunk", 6), ("subway", 8)], 1350),
    (2023, [("subway", 9)], 1400),
    (2023, [("trunk", 6), ("subway", 8)], 1600),  # the bus base is the higher one
    (2025, [("trunk", 6), ("subway", 8)], 1650),
]


@pytest.mark.parametrize(("year", "legs", "expected"), HISTORY)
def test_seoul_through_the_years(year, legs, expected):
    _check(legs, {}, expected, fares.SEOUL_HISTORY[year])


ELSEWHERE = [
    (fares.ILOILO, [("jeepney", 4)], {}, 13),
    (fares.ILOILO, [("jeepney", 4.1)], {}, 14.8),  # each started km
    (fares.ILOILO, [("jeepney", 5), ("jeepney", 3)], {}, 27.8),  # 14.80 + 13.00
    (fares.ILOILO, [("modern_jeepney", 6)], {}, 19.4),  # 15 + 2 x 2.20
    (fares.ILOILO, [("jeepney", 5)], {"user_class": "student"}, 11.84),  # 14.80 less 20 %
    (fares.ILOILO_INTEGRATED, [("jeepney", 5), ("jeepney", 3)], {}, 20.2),  # 13 + 4 x 1.80
    (fares.ILOILO_INTEGRATED, [("jeepney", 8)], {"user_class": "student"}, 16.16),
    (fares.ILOILO_INTEGRATED, [("jeepney", 5), ("modern_jeepney", 3)], {}, 23.8),
    # ^ 15 + 4 x 2.20: the highest base and the highest step
    (fares.MASHHAD, [("subway", 19)], {}, 20000),
    (fares.MASHHAD, [("bus", 4), ("subway", 9)], {}, 40000),  # each ride pays
    (fares.MASHHAD_HISTORY[2023], [("bus", 4)], {}, 12000),
    (fares.TEHRAN_2018, [("subway", 3)], {}, 3365),  # a band includes its end
    (fares.TEHRAN_2018, [("subway", 3.1)], {}, 4455),
    (fares.TEHRAN_2018, [("subway", 12)], {}, 6255),
    (fares.TEHRAN_2018, [("subway", 12.1)], {}, 6955),
    (fares.TEHRAN_2018, [("subway", 40)], {}, 9435),
    (fares.TEHRAN_2018, [("subway", 40.1)], {}, 9915),
    (fares.TEHRAN_2018, [("subway", 3), ("bus", 9)], {}, 8720),  # 3,365 + 5,355
    (fares.TEHRAN_2018.replace(integrated=True), [("subway", 3), ("bus", 9)], {}, 6255),
    (FarePolicy.flat(base=100, integrated=True), [("bus", 3), ("bus", 30)], {}, 100),
    (S.replace(low_income_discount_pct=25), [("trunk", 6), ("subway", 8)],
     {"income_group": 1}, 1237.5),
    (S.replace(low_income_discount_pct=25), [("trunk", 6), ("subway", 8)],
     {"income_group": 2}, 1650),
]  # fmt: skip


@pytest.mark.parametrize(("policy", "legs", "kwargs", "expected"), ELSEWHERE)
def test_other_tariffs_by_hand(policy, legs, kwargs, expected):
    _check(legs, kwargs, expected, policy)


def test_tehran_has_twelve_bands():
    assert len(fares.TEHRAN_2018.bands) == 12


def test_story_step_4_the_cap_under_other_rules():
    policy = S.replace(step_price=200, free_km=5)
    legs = [("village", 20), ("village", 26)]  # 41 km over: 9 steps
    assert fares.price(legs, policy) == 2400
    assert fares.price(legs, policy.replace(cap_at_separate=False)) == 3000


def test_story_step_6_response():
    riders = fares.demand(q=100, p0=1200, p1=1500, elasticity=-0.4)
    assert round(riders, 1) == 91.5
    assert round(100 * (riders * 1500 / (100 * 1200) - 1), 1) == 14.3


def test_window_from_the_boarding_needs_no_tap_out():
    policy = FarePolicy.flat(base=10, integrated=True, window_from="board", window_min=60)
    legs = [("bus", 5, "ride 50, no tap-out"), ("bus", 5, "gap 10, no tap-out")]
    assert fares.price(legs, policy) == 10
    assert fares.price([legs[0], ("bus", 5, "gap 11")], policy) == 20


def test_a_leg_can_be_a_dict():
    legs = [{"mode": "trunk", "km": 6}, {"mode": "subway", "km": 8, "gap_min": 12}]
    assert fares.price(legs, S) == 1650


def test_explain_in_words():
    steps = fares.explain([("trunk", 6), ("subway", 8)], S)
    assert steps["words"].tolist() == [
        "subway 1,550",
        "total 14 km, 10 free, 1 step of 5 km: +100",
        "separate fares 3,050, not reached",
        "1,650 KRW",
    ]
    assert steps["step"].tolist() == ["highest base", "distance", "cap", "to pay"]
    assert set(steps["fare"]) == {"trunk + subway", "all"}


def test_explain_names_a_new_fare_a_cap_and_a_free_ride():
    two = fares.explain([("subway", 5), ("subway", 5)], S)
    assert two["fare"].tolist() == ["subway"] * 2 + ["subway (new fare)"] * 2 + ["all"]
    capped = fares.explain([("village", 30), ("village", 41)], S)
    assert "separate fares 2,400, reached: −100" in set(capped["words"])
    free = fares.explain([("subway", 5), ("trunk", 3)], S, user_class="senior")
    assert "subway is free for this rider" in set(free["words"])
    long_ride = fares.explain([("subway", 58.1)], S)
    assert "58.1 km, 10 free, 8 steps of 5 km and 2 steps of 8 km: +1,000" in set(
        long_ride["words"]
    )
    bus = fares.explain([("trunk", 18)], S)
    assert "a single ride does not pay by distance" in set(bus["words"])
    poor = fares.explain([("trunk", 6)], S.replace(low_income_discount_pct=10), income_group=1)
    assert "income group 1 10 %: −150" in set(poor["words"])


@pytest.mark.parametrize(
    ("legs", "kwargs", "words"),
    [
        ([], {}, "no ride"),
        ([("tramway", 5)], {}, "tram"),
        ([("trunk", -1)], {}, "Ride 1"),
        ([("trunk", "5")], {}, "Ride 1"),
        ([("trunk", float("nan"))], {}, "Ride 1"),
        (["trunk"], {}, "Ride 1"),
        ([("trunk", 5, "gap 5"), ("subway", 5)], {}, "first ride"),
        ([("trunk", 5), ("subway", 5, "wait 5")], {}, "wait 5"),
        ([("trunk", 5), ("subway", 5, "gap -5")], {}, "gap"),
        ([("trunk", 5), ("subway", 5, "gap long")], {}, "gap long"),
        ([("trunk", 5)], {"start": "8"}, "start"),
        ([("trunk", 5)], {"start": "08:75"}, "start"),
        ([("trunk", 5)], {"user_class": "adlut"}, "'adult'"),
        ([("jeepney", 5)], {}, "no base fare for the mode jeepney"),
        ([("trunk", 5)], {"income_group": 9}, "income"),
        ([{"mode": "trunk", "kilometres": 5}], {}, "kilometres"),
        ([("trunk", 900, "ride 2000"), ("trunk", 5)], {"start": "23:00"}, "48"),
    ],
)
def test_a_trip_that_cannot_be_meant_is_refused_in_one_sentence(legs, kwargs, words):
    with pytest.raises(CourseError) as refusal:
        fares.price(legs, S, **kwargs)
    assert words in str(refusal.value)
    assert refusal.value.remedy


def test_a_policy_is_asked_for():
    with pytest.raises(CourseError, match="fare policy"):
        fares.price([("trunk", 5)], 1500)
    with pytest.raises(CourseError, match="fare policy"):
        fares.explain([("trunk", 5)], "SEOUL")

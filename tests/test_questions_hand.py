"""Fare questions worked out by hand, on trips and on a summary of the same few rides."""

from __future__ import annotations

import pytest

from course import fares
from course.errors import CourseError
from course.transport.question_years import completed
from tests.question_rides import PRICES, both, rides_of

TODAY = sum(PRICES)  # 5,290


@pytest.fixture(scope="module", params=[0, 1], ids=["trips", "summary"])
def journeys(request):
    return both()[request.param]


def value(answer, column, **where):
    table = answer.table
    for key, wanted in where.items():
        table = table[table[key] == wanted]
    assert len(table) == 1
    return table[column].iloc[0]


def test_the_day_is_the_hand_worked_one(journeys):
    result = journeys.reprice(fares.SEOUL)
    assert (result.trips, result.revenue_today, journeys.rides) == (5, TODAY, 6)
    assert journeys.kilometres.tolist() == [5 + 3, 9 + 9, 14, 0, 0]


def test_fares_of_2023(journeys):
    answer = fares.by_year(journeys, fares.SEOUL_HISTORY, year=2023)
    # change: dearest base 1,500 and one step; youth 1,400 * 900 / 1,550 = 813, in tens 810;
    # the senior's bus 1,500; early 1,400 less 20 %
    paid = 1600 + 810 + 0 + 1500 + 1120
    assert value(answer, "revenue", year=2023) == paid
    assert value(answer, "mean_fare", year=2025) == TODAY / 5
    assert "youth at today's share" in value(answer, "stand_ins", year=2023)
    assert "1,058 KRW under that of 2025" in answer.sentence


def test_a_mode_a_past_tariff_does_not_know_gets_a_stand_in():
    j = both(rides_of([("a", 0, 600, "village", "1", 900, "adult", 1)]))[0]
    policy, said = completed(fares.SEOUL_HISTORY[2004], j.today, j.used)
    assert j.reprice(policy).revenue == 800 and said == ("village as trunk",)
    assert completed(fares.SEOUL, fares.SEOUL, j.used) == (fares.SEOUL, ())


def test_the_reform_of_2004_in_direction(journeys):
    answer = fares.reform(journeys)
    # 2004, adults 800 for both: apart 800 + 800, together 800 + 100; youth 800 * 900 / 1,550
    # = 465 and a step of 80; senior 800; early bird unknown then: 800
    youth = 460
    assert value(answer, "mean_per_ride", case="every ride pays") == (1600 + youth + 800 + 800) / 6
    together = value(answer, "mean_per_ride", case="one fare for a journey")
    assert together == (900 + youth + 800 + 800) / 6
    assert "the same direction" in answer.sentence
    assert answer.notes[0].startswith("The reform of 2004 changed routes, lanes, contracts and")


def test_flat_by_distance_and_the_base_that_keeps_revenue(journeys):
    answer = fares.to_distance(journeys, step_price=0, base=1550)
    # one flat fare: 1,550; youth 900; senior free on the subway and 1,550 on the bus; 1,550
    assert journeys.reprice(answer.policy).revenue == 1550 + 900 + 0 + 1550 + 1550
    neutral = fares.to_distance(journeys, step_price=0)
    assert journeys.reprice(neutral.policy).revenue == pytest.approx(TODAY, abs=0.02)
    # adults pay x, youth 900 / 1,550 of it: (3 + 900 / 1,550) x = 5,290
    assert neutral.extra["base"] == pytest.approx(TODAY / (3 + 900 / 1550), abs=0.01)
    stepped = fares.to_distance(journeys, step_price=200, free_km=10, step_km=5, base=1550)
    assert journeys.reprice(stepped.policy).revenue == 1750 + 900 + 0 + 1550 + 1550


def test_free_changes(journeys):
    answer = fares.transfers(journeys, window_min=30)
    assert value(answer, "revenue", case="every ride pays") == TODAY - 1650 + 1500 + 1550
    assert value(answer, "revenue", case="today") == TODAY
    assert "cost 280 KRW per journey" in answer.sentence
    none = fares.transfers(journeys, window_min=0)
    assert value(none, "revenue", case="0 minutes, 4 changes") == TODAY - 1650 + 3050
    alone = fares.transfers(journeys, window_min=30, max_transfers=0)
    assert value(alone, "revenue", case="30 minutes, 0 changes") == TODAY - 1650 + 3050


def test_an_early_bird(journeys):
    gone = fares.early_bird(journeys, discount_pct=0)
    half = fares.early_bird(journeys, discount_pct=50)
    assert journeys.reprice(gone.policy).revenue == TODAY - 1240 + 1550
    assert journeys.reprice(half.policy).revenue == TODAY - 1240 + 775
    assert value(half, "mean_change", kind="hour", group="06:00") == 775 - 1240


def test_cheaper_outside_the_peak(journeys):
    answer = fares.off_peak(journeys, discount_pct=20, peaks=((7, 9),))
    # only the journey of 08:00 is in the peak
    assert value(answer, "mean_new", kind="hour", group="08:00") == 1650
    assert value(answer, "mean_new", kind="hour", group="15:00") == 1200
    assert value(answer, "mean_new", kind="hour", group="06:00") == 992
    new = 1650 + 720 + 0 + 1200 + 992
    assert f"{100 * (new / TODAY - 1):.1f}".replace("-", "−") in answer.figures[0][3]


def test_discounts_for_groups(journeys):
    answer = fares.concessions(journeys, {"youth": 50, "senior": 100}, low_income_pct=20)
    assert value(answer, "mean_new", kind="user class", group="youth") == 775
    assert value(answer, "mean_new", kind="user class", group="senior") == 0
    assert value(answer, "mean_new", kind="income", group="group 1") == 1320
    assert value(answer, "mean_new", kind="income", group="group 5") == 1240


def test_cars_are_a_product_of_assumptions(journeys):
    policy = fares.SEOUL.with_base(1240)  # all bases by 0.8; the step of 100 stays
    answer = fares.car_trips(
        journeys, policy, diversion=(0.3, 0.3, 0.3), occupancy=1.5,
        reaction=fares.Reaction("one", -1, -1, -1, "test"),
    )  # fmt: skip
    new = [1650 / 1340 - 1, 900 / 720 - 1, 0, 1500 / 1200 - 1, 1240 / 992 - 1]
    # bands: 14 km; 9 and 9 km; 5 and 3 km, each less half a kilometre on average
    km = [13.5, 8.5, 0, 3.5, 8.5]
    assert value(answer, "car_trips_avoided", case="middle") == pytest.approx(sum(new) * 0.3 / 1.5)
    expected = sum(n * k for n, k in zip(new, km, strict=True)) * 0.3 / 1.5
    assert value(answer, "car_km_avoided", case="high") == pytest.approx(expected)


def test_subsidy_per_journey(journeys):
    answer = fares.subsidy(journeys, fares.SEOUL, cost_per_trip=2000)
    assert value(answer, "subsidy_per_trip", case="today") == 2000 - TODAY / 5
    assert value(answer, "covered_pct", case="today") == TODAY / 100
    cheaper = fares.subsidy(
        journeys, fares.SEOUL.replace(base=0, step_price=0, early_bird=None), cost_per_trip=2000
    )
    assert value(cheaper, "subsidy", case="nobody reacts") == 10_000


def test_short_and_long_run(journeys):
    policy = fares.SEOUL.with_base(3100)
    answer = fares.ridership(journeys, policy, years=2)
    row = answer.table[(answer.table["run"] == "long") & (answer.table["measure"] == "journeys")]
    low = sum((new / old) ** -1 for new, old in
              ((3200, 1650), (1800, 900), (3000, 1500), (2480, 1240))) + 1  # fmt: skip
    assert row["low"].iloc[0] == pytest.approx(low)
    first, _, last = answer.line["low"]
    assert first == 100 and last > row["low_pct"].iloc[0] + 100
    assert (answer.line["low"] <= answer.line["high"]).all()


def test_the_base_that_keeps_revenue_of_any_policy(journeys):
    answer = fares.keep_revenue(journeys, fares.FarePolicy.flat(base=1000, currency="KRW"))
    # every ride pays, six of them: no free rides in this policy
    assert answer.extra["base"] == pytest.approx(TODAY / 6, abs=0.01)


def test_one_who_cannot_be_asked_gets_a_sentence(journeys):
    with pytest.raises(CourseError, match="step_price is -100"):
        fares.to_distance(journeys, step_price=-100)
    with pytest.raises(CourseError, match="window_min is 10080 minutes"):
        fares.transfers(journeys, window_min=7 * 24 * 60)
    with pytest.raises(CourseError, match="discount_pct is 120"):
        fares.early_bird(journeys, discount_pct=120)
    with pytest.raises(CourseError, match="Discounts are off the adult fare"):
        fares.concessions(journeys, {"adult": 10})
    with pytest.raises(CourseError, match="no tariff of 1999"):
        fares.by_year(journeys, fares.SEOUL_HISTORY, year=1999)
    with pytest.raises(CourseError, match=r"occupancy is 0\.5"):
        fares.car_trips(journeys, fares.SEOUL, occupancy=0.5)
    with pytest.raises(CourseError, match="Give low, middle and high"):
        fares.car_trips(journeys, fares.SEOUL, diversion=(0.5, 0.3, 0.1))
    with pytest.raises(CourseError, match="A peak is"):
        fares.off_peak(journeys, peaks=((9, 7),))
    with pytest.raises(CourseError, match='Use "short", "long"'):
        fares.subsidy(journeys, fares.SEOUL, reaction="soon")
    with pytest.raises(CourseError, match="each stronger"):
        fares.Reaction("odd", -0.5, -0.4, -0.1, "")


def test_off_the_grid_is_refused_by_a_summary_and_priced_from_trips():
    trips, summary = both()
    assert fares.transfers(trips, window_min=17)
    with pytest.raises(CourseError, match="transfer window 17 min"):
        fares.transfers(summary, window_min=17)
    with pytest.raises(CourseError, match=r"free_km is 2.5 km"):
        fares.to_distance(summary, step_price=100, free_km=2.5)


def test_no_rides_no_wonder():
    empty = rides_of().iloc[:0]
    j = fares.journeys(empty, today=fares.SEOUL)
    for answer in (fares.transfers(j), fares.concessions(j, {"youth": 10}),
                   fares.to_distance(j, step_price=100, base=1000),
                   fares.subsidy(j, fares.SEOUL), fares.ridership(j, fares.SEOUL),
                   fares.car_trips(j, fares.SEOUL)):  # fmt: skip
        assert answer.sentence == "There are no journeys in these rides."
    assert fares.by_year(j, fares.SEOUL_HISTORY).table["mean_fare"].tolist() == [0.0] * 6
    with pytest.raises(CourseError, match="no journeys"):
        fares.off_peak(j)

"""Laws of the fare questions: both engines agree, sums add up, searches are those of trying all."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from course import City, fares
from course.errors import CourseError
from course.transport.card_summary import cards
from course.transport.fare_grid import Grid, Window
from course.transport.journeys import SummaryJourneys, journeys
from course.transport.question_nobody import harms
from course.transport.ride_shards import Shards
from tests.fare_strategies import frame, policies, rides_of_days
from tests.question_rides import both, rides_of

_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
many = settings(max_examples=40, deadline=None, suppress_health_check=_SLOW)
some = settings(max_examples=12, deadline=None, suppress_health_check=_SLOW)
BY = ("zone", "income", "hour", "user_class", "distance_band")


@pytest.fixture(scope="module")
def seoul():
    from course.city.synthesis.rides import synthesise_rides

    city = City.open("seoul")
    rides = synthesise_rides(city, boardings=25_000, dates=["2025-05-14"], seed=("questions",))
    return city, rides


@pytest.fixture(scope="module")
def two(seoul):
    city, rides = seoul
    return both(rides, city=city)


def same(one, other):
    """Whole numbers equal, what riders' reactions made equal to the last digits."""
    assert one.sentence == other.sentence and one.title == other.title
    pd.testing.assert_frame_equal(one.table, other.table, rtol=1e-11, check_dtype=False)
    assert (one.zones is None) == (other.zones is None)
    if one.zones is not None:
        pd.testing.assert_frame_equal(one.zones, other.zones, rtol=0, check_dtype=False)
    if one.band is not None:
        pd.testing.assert_frame_equal(one.band, other.band, rtol=1e-11)


QUESTIONS = {
    "years": lambda j: fares.by_year(j, fares.SEOUL_HISTORY, year=2007),
    "reform": fares.reform,
    "distance": lambda j: fares.to_distance(j, step_price=150, free_km=6, step_km=4),
    "neutral": lambda j: fares.keep_revenue(j, fares.distance_option(fares.SEOUL)),
    "transfers": lambda j: fares.transfers(j, window_min=10, max_transfers=2),
    "early": lambda j: fares.early_bird(j, before_min=420, discount_pct=35),
    "groups": lambda j: fares.concessions(j, {"youth": 33.33, "senior": 50}, low_income_pct=15),
    "cars": lambda j: fares.car_trips(j, fares.SEOUL.with_base(1234)),
    "subsidy": lambda j: fares.subsidy(j, fares.SEOUL.with_base(1234), cost_follows_trips=True),
    "riders": lambda j: fares.ridership(j, fares.SEOUL.with_base(1999)),
    "nobody": lambda j: fares.nobody_worse(
        j, fares.distance_option(fares.SEOUL), bases=[1200, 1400, 1500], discounts_pct=[0, 20]
    ),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_summary_answers_as_its_trips_do(two, question):
    one, other = (QUESTIONS[question](j) for j in two)
    same(one, other)
    assert one.notes and one.sentence.endswith(".")


@many
@given(rides=rides_of_days(), policy=policies(), today=policies())
def test_any_policy_on_any_rides_counts_alike(rides, policy, today):
    early = (policy.early_bird["before_min"],) if policy.early_bird else ()
    journey = Window(60, 60, window_from=policy.window_from)
    grid = Grid(windows=(Window.of(policy),), journey=journey, early_min=early)
    assume(grid.why_not(policy) is None)
    one, other = both(frame(rides), today=today, grid=grid)
    a, b = (j.reprice(policy, elasticity=-0.4, by=BY) for j in (one, other))
    for name in BY:
        assert a.groups[name].names == b.groups[name].names
        assert (a.groups[name].whole == b.groups[name].whole).all(), name
        assert np.allclose(a.groups[name].parts, b.groups[name].parts, rtol=1e-10)
    assert len({tuple(g.whole.sum(axis=0)) for g in a.groups.values()}) == 1
    assert one.kilometres.tolist() == other.kilometres.tolist()
    assert (one.used == other.used).all() and one.count == other.count


# --- off-peak -----------------------------------------------------------------------------


def test_off_peak_from_trips_from_two_summaries_and_by_hour(seoul, two):
    city, rides = seoul
    halves = fares.summarise_peaks(rides, today=fares.SEOUL, city=city)
    by_trips, by_halves, by_hour = (fares.off_peak(j) for j in (two[0], halves, two[1]))
    same(by_trips, by_halves)
    assert by_hour.zones is None and "summarise_peaks" in " ".join(by_hour.notes)
    hours = by_trips.table[by_trips.table["kind"] == "hour"].reset_index(drop=True)
    pd.testing.assert_frame_equal(by_hour.table, hours)
    pd.testing.assert_frame_equal(by_hour.band, by_trips.band, rtol=1e-11)
    assert (halves.count, halves.rides) == (two[0].count, two[0].rides)
    with pytest.raises(CourseError, match="were made for the peaks"):
        fares.off_peak(halves, peaks=((6, 9),))
    near = ((7, 8), (9, 10))
    with pytest.raises(CourseError, match="within the journey window"):
        fares.summarise_peaks(rides.head(10), today=fares.SEOUL, peaks=near)


@some
@given(rides=rides_of_days(), pct=st.sampled_from((0, 12.5, 50, 100)))
def test_halves_hold_every_journey_once(rides, pct):
    table = frame(rides)
    trips, whole = both(table, today=fares.ILOILO_INTEGRATED.replace(base=10))
    halves = fares.summarise_peaks(table, today=whole.today, peaks=((7, 9),))
    r, w = halves.reprice(whole.today, by=BY), whole.reprice(whole.today, by=BY)
    for name in BY:
        assert (r.groups[name].whole == w.groups[name].whole).all()
    a, b = (fares.off_peak(j, discount_pct=pct, peaks=((7, 9),)) for j in (trips, halves))
    pd.testing.assert_frame_equal(a.table, b.table)


# --- monotone where it must be ------------------------------------------------------------


def test_a_linked_fare_never_exceeds_its_rides_one_by_one(two):
    """More changes need not cost less: a long journey is then divided at another place."""
    for j in two:
        answers = [fares.transfers(j, window_min=w) for w in (0, 5, 30, 60)]
        answers += [fares.transfers(j, max_transfers=n) for n in (0, 1, 2, 4)]
        for answer in answers:
            apart, _, chosen = answer.table["revenue"]
            assert chosen <= apart
        assert answers[4].table["revenue"].iloc[2] == answers[4].table["revenue"].iloc[0]


def test_the_low_and_high_ends_enclose_the_middle(two):
    for policy in (fares.SEOUL.with_base(900), fares.SEOUL.with_base(2600)):
        for run in ("short", "long"):
            table = fares.band(two[1], policy, reaction=run)
            assert (table["low"] <= table["middle"]).all() and (
                table["middle"] <= table["high"]
            ).all()


# --- the cheapest way to harm nobody ------------------------------------------------------


def brute(j, policy, bases, pcts):
    """Return (subsidy, discount, base) of the best setting by trying every one."""
    best = None
    for pct, base in itertools.product(sorted(pcts), sorted(bases)):
        setting = policy.with_base(base).replace(low_income_discount_pct=pct)
        harmed, subsidy = harms(j, setting)
        if not harmed.any() and (best is None or subsidy < best[0]):
            best = (subsidy, pct, base)
    return best


@many
@given(
    rides=rides_of_days(), step=st.sampled_from((0, 100, 700)), free_km=st.sampled_from((0, 5, 20)),
    bases=st.sets(st.sampled_from((0, 100, 500, 900, 1000, 1500, 1501, 3000)), min_size=1),
    pcts=st.sets(st.sampled_from((0, 5, 25, 50, 100)), min_size=1),
)  # fmt: skip
def test_the_cheapest_harmless_setting_is_that_of_trying_all(rides, step, free_km, bases, pcts):
    today = fares.FarePolicy.flat(base={"adult": 1000, "child": 400}, currency="KRW")
    j = fares.journeys(frame(rides), today=today)
    policy = fares.FarePolicy.distance(
        base={"adult": 1000, "child": 500}, step_price=step, free_km=free_km, currency="KRW"
    )
    expected = brute(j, policy, bases, pcts)
    if expected is None:
        with pytest.raises(CourseError, match="Every setting of this grid"):
            fares.nobody_worse(j, policy, bases=bases, discounts_pct=pcts)
        return
    answer = fares.nobody_worse(j, policy, bases=bases, discounts_pct=pcts)
    found = (round(answer.extra["subsidy"] * 100), answer.extra["discount_pct"],
             answer.extra["base"])  # fmt: skip
    assert found == expected
    assert not harms(j, answer.policy)[0].any()


def test_the_grid_of_the_search_is_told_and_bounded(two):
    with pytest.raises(CourseError, match="0 bases"):
        fares.nobody_worse(two[0], fares.SEOUL, bases=[])
    answer = QUESTIONS["nobody"](two[1])
    assert "3 bases from 1200 to 1500 and 2 discounts" in answer.notes[0]


# --- cards -------------------------------------------------------------------------------


@some
@given(
    rides=rides_of_days(), per_day=st.booleans(), modes=st.sampled_from(("*", ("subway", "red")))
)
def test_cards_from_files_are_those_from_trips(rides, per_day, modes, tmp_path_factory):
    table = frame(rides)
    today = fares.ILOILO_INTEGRATED.replace(base=10)
    path = tmp_path_factory.mktemp("cards") / "rides.parquet"
    table.to_parquet(path)
    one = cards(table, modes=modes, today=today, per_day=per_day)
    other = cards(str(path), modes=modes, today=today, per_day=per_day)
    assert one.rows.tolist() == other.rows.tolist()
    assert (one.dates, one.cards) == (other.dates, other.cards)
    j = fares.journeys(table, today=today)
    assert one.revenue == round(100 * j.reprice(today).revenue_today)
    assert one.journeys == j.count
    days = table.groupby(["card_id", "date"] if per_day else ["card_id"]).ngroups
    assert one.cards == days


def test_cards_of_a_day_of_seoul_from_many_shards(seoul, tmp_path, monkeypatch):
    city, rides = seoul
    for part, (_, piece) in enumerate(rides.groupby(np.arange(len(rides)) % 3)):
        piece.to_parquet(tmp_path / f"part-{part}.parquet")
    monkeypatch.setattr("course.transport.ride_shards.SHARD_RIDES", 4_000)
    one = cards(rides, city=city, modes=fares.CLIMATE_CARD_MODES)
    other = cards(str(tmp_path), city=city, modes=fares.CLIMATE_CARD_MODES)
    assert one.rows.tolist() == other.rows.tolist() and Shards
    assert one.cards == rides["card_id"].nunique()


def test_a_summary_has_forgotten_the_cards(two):
    with pytest.raises(CourseError, match="forgotten the cards"):
        cards(two[1])
    assert isinstance(two[1], SummaryJourneys)
    with pytest.raises(CourseError, match="does not know where journeys end"):
        fares.od_summary(two[1])


# --- what can be asked --------------------------------------------------------------------


def test_what_is_no_source_of_journeys_is_refused(two, tmp_path):
    with pytest.raises(CourseError, match="journeys was given a int"):
        journeys(3, today=fares.SEOUL)
    with pytest.raises(CourseError, match="No tariff of today"):
        journeys(rides_of())
    with pytest.raises(CourseError, match="compares with"):
        journeys(two[1].summary, today=fares.MASHHAD)
    with pytest.raises(CourseError, match="missing"):
        journeys(tmp_path / "no.npz")
    path = two[1].summary.save(tmp_path / "day.npz")
    assert journeys(path).count == two[1].count
    assert journeys(two[0]) is two[0]
    with pytest.raises(CourseError, match="was given a str in place of a fare policy"):
        two[0].reprice("cheap")
    with pytest.raises(CourseError, match="There are no groups 'age'"):
        two[0].reprice(fares.SEOUL, by=("age",))

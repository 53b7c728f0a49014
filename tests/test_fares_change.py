"""Repricing, revenue, response, the neutral base and who pays more, worked by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course import CourseError, FarePolicy, fares
from course.transport import repricing


def _trips(*rows):
    """Rows of (km, income_group, user_class): one bus ride each, of its own card."""
    n = len(rows)
    return fares.link(
        pd.DataFrame(
            {
                "card_id": [f"c{k:03d}" for k in range(n)],
                "board_time": 30_000,
                "alight_time": pd.array([33_000] * n, dtype="Int32"),
                "mode": "bus",
                "route_id": "1",
                "distance_m": pd.array([round(r[0] * 1000) for r in rows], dtype="Int32"),
                "income_group": pd.array([r[1] for r in rows], dtype="Int8"),
                "user_class": [r[2] if len(r) > 2 else "adult" for r in rows],
                "date": "2026-04-06",
            }
        )
    )


FLAT = FarePolicy.flat(base=100, currency="XXX")
BY_KM = FarePolicy.distance(base=60, free_km=4, step_km=2, step_price=20, currency="XXX")
# 3 km: 60; 5 km: 80; 8 km: 100; 15 km: 60 + 6 x 20 = 180
FOUR = ((3, 1), (5, 1), (8, 2), (15, 5))


def test_reprice_one_row_per_trip():
    priced = fares.reprice(_trips(*FOUR), BY_KM, today=FLAT)
    assert priced["price"].tolist() == [60, 80, 100, 180]
    assert priced["price_today"].tolist() == [100] * 4
    assert priced["change"].tolist() == [-40, -20, 0, 80]
    alone = fares.reprice(_trips(*FOUR), BY_KM)
    assert "change" not in alone
    assert list(alone.columns[:2]) == ["trip_id", "card_id"]


def test_revenue_and_its_change():
    trips = _trips(*FOUR)
    priced = fares.reprice(trips, BY_KM, today=FLAT)
    assert fares.revenue(priced) == 420
    assert fares.revenue(priced, "price_today") == 400
    assert fares.revenue_change_pct(trips, BY_KM, FLAT) == pytest.approx(5)  # 420 / 400
    with pytest.raises(CourseError, match="price_tomorrow"):
        fares.revenue(priced, "price_tomorrow")


def test_revenue_with_reaction_is_counted_trip_by_trip():
    trips = _trips(*FOUR)
    # 0.6**-0.4 = 1.22673, 0.8**-0.4 = 1.09338, 1, 1.8**-0.4 = 0.79046
    expected = 100 * ((1.22673 * 60 + 1.09338 * 80 + 100 + 0.79046 * 180) / 400 - 1)
    got = fares.revenue_change_pct(trips, BY_KM, FLAT, elasticity=-0.4)
    assert got == pytest.approx(expected, abs=0.001)
    riders = 100 * ((1.22673 + 1.09338 + 1 + 0.79046) / 4 - 1)
    assert fares.trips_change_pct(trips, BY_KM, FLAT, elasticity=-0.4) == pytest.approx(
        riders, abs=0.001
    )
    answer = fares.respond(fares.reprice(trips, BY_KM, today=FLAT), -0.4)
    assert answer["expected_revenue"].sum() / 400 - 1 == pytest.approx(expected / 100, abs=1e-5)


def test_zero_fares_keep_demand():
    free = FarePolicy.flat(base=100, free={"senior": "*"})
    trips = _trips((3, 1, "senior"), (3, 1, "adult"))
    assert fares.reprice(trips, free)["price"].tolist() == [0, 100]
    paid = FarePolicy.flat(base=100)
    assert fares.trips_change_pct(trips, paid, free, elasticity=-1) == 0
    assert fares.trips_change_pct(trips, free, paid, elasticity=-1) == 0
    assert fares.revenue_change_pct(trips, paid, free, elasticity=-1) == pytest.approx(100)
    with pytest.raises(CourseError, match="revenue is zero"):
        fares.revenue_change_pct(trips, paid, FarePolicy.flat(base=0))


def test_demand_takes_numbers_and_columns():
    assert fares.demand(100, 1200, 1500, -0.4) == pytest.approx(91.4610, abs=1e-4)
    got = fares.demand(np.array([10, 10, 10]), np.array([100, 0, 100]), np.array([200, 5, 0]), -1)
    assert got.tolist() == [5, 10, 10]
    assert fares.demand(7, 100, 300, 0) == 7
    for wrong in (0.4, float("nan")):
        with pytest.raises(CourseError, match="elasticity"):
            fares.demand(100, 1, 2, wrong)
    with pytest.raises(CourseError, match="negative"):
        fares.demand(100, -1, 2, -0.4)


@settings(deadline=None)
@given(p0=st.floats(1, 1e6), p1=st.floats(1, 1e6), p2=st.floats(1, 1e6), e=st.floats(-2, 0))
def test_two_changes_of_price_equal_one(p0, p1, p2, e):
    twice = fares.demand(fares.demand(1, p0, p1, e), p1, p2, e)
    assert twice == pytest.approx(fares.demand(1, p0, p2, e))


def test_long_run_closes_the_same_share_each_year():
    path = fares.long_run(100, 80, short_share=0.5, years=3)
    assert path["demand"].tolist() == [100, 90, 85, 82.5]
    with pytest.raises(CourseError, match="short_share"):
        fares.long_run(100, 80, short_share=2, years=3)


def test_elasticities_carry_their_marks():
    table = fares.elasticities()
    assert list(table.columns) == ["study", "what", "value", "low", "high", "source", "mark"]
    assert set(table["mark"]) == {"S", "C", "G"}
    assert table["value"].between(-1, 0).all()
    unseen = table[table["study"].str.startswith("TRL 593")]
    assert (unseen["mark"] == "G").all()
    assert set(unseen["source"]) == {"source not seen"}
    seen = dict(zip(table["study"], table["value"], strict=True))
    assert seen["APTA 1991"] == -0.40
    assert seen["Simpson and Curtin"] == -0.33


def test_neutral_base_by_hand():
    trips = _trips(*FOUR)
    # Steps of the four trips: 0 + 20 + 40 + 120 = 180; (400 - 180) / 4 = 55
    assert fares.neutral_base(trips, BY_KM, FLAT) == 55
    assert fares.neutral_base(trips, BY_KM, today=FLAT) == 55
    assert fares.revenue_change_pct(trips, BY_KM.with_base(55), FLAT) == 0
    # Already neutral
    assert fares.neutral_base(trips, FLAT, FLAT) == 100
    # Several bases move together: bases 50 and 25 stand 2 : 1
    two = FarePolicy.flat(base={"adult": {"*": 50}, "child": {"*": 25}})
    mixed = _trips((3, 1, "adult"), (3, 1, "child"))
    assert fares.neutral_base(mixed, two, FLAT) == pytest.approx(133.33)  # 133.33 + 66.67 = 200


def test_neutral_base_is_zero_where_steps_alone_bring_more():
    steep = BY_KM.replace(step_price=200)
    assert fares.neutral_base(_trips(*FOUR), steep, FLAT) == 0


def test_neutral_base_where_nobody_pays_is_refused():
    free = FarePolicy.flat(base=100, free={"*": "*"})
    with pytest.raises(CourseError, match="No base fare"):
        fares.neutral_base(_trips(*FOUR), free, FLAT)


def test_neutral_base_is_cheap(monkeypatch):
    calls = []
    original = repricing.total

    def counted(*args):
        calls.append(args)
        return original(*args)

    monkeypatch.setattr(repricing, "total", counted)
    rows = [(k % 40 + 0.3, k % 5 + 1) for k in range(300)]
    for policy in (BY_KM, fares.distance_option(FLAT), BY_KM.replace(low_income_discount_pct=33)):
        calls.clear()
        fares.neutral_base(_trips(*rows), policy, FLAT)
        assert len(calls) <= 30


def test_change_by_group_by_hand():
    priced = fares.reprice(_trips(*FOUR), BY_KM, today=FLAT)
    groups = fares.change_by(priced, ["income_group"]).set_index("income_group")
    assert groups.loc[1, "trips"] == 2
    assert groups.loc[1, "mean_today"] == 100
    assert groups.loc[1, "mean_new"] == 70
    assert groups.loc[1, "mean_change"] == -30
    assert groups.loc[1, "change_pct"] == -30
    assert groups.loc[1, "pays_less_pct"] == 100
    assert groups.loc[5, "pays_more_pct"] == 100
    assert groups.loc[5, "revenue_new"] == 180
    bands = fares.change_by(priced)
    assert bands["distance_band"].tolist() == ["0-5 km", "5-10 km", "10-20 km"]
    assert bands["mean_change"].tolist() == [-30, 0, 80]
    both = fares.change_by(priced, ["distance_band", "income_group"])
    assert len(both) == 3
    with pytest.raises(CourseError, match="city=city"):
        fares.change_by(priced, "from_zone_id")
    with pytest.raises(CourseError, match="colour"):
        fares.change_by(priced, "colour")
    with pytest.raises(CourseError, match="price_today"):
        fares.change_by(fares.reprice(_trips(*FOUR), BY_KM))


def test_change_in_percent_of_nothing_is_not_a_number():
    free = FarePolicy.flat(base=0)
    groups = fares.change_by(fares.reprice(_trips((3, 1)), FLAT, today=free))
    assert np.isnan(groups["change_pct"][0])
    assert groups["mean_change"][0] == 100


def test_trips_without_a_group_keep_a_row():
    priced = fares.reprice(_trips((3, 1), (3, None)), BY_KM, today=FLAT)
    groups = fares.change_by(priced, "income_group")
    assert len(groups) == 2
    assert groups["trips"].sum() == 2


def test_winners_and_losers_by_hand():
    priced = fares.reprice(_trips(*FOUR), BY_KM, today=FLAT)
    table = fares.winners_losers(priced)
    assert table["outcome"].tolist() == ["pays less", "pays the same", "pays more"]
    assert table["trips"].tolist() == [2, 1, 1]
    assert table["share_pct"].tolist() == [50, 25, 25]
    assert table["mean_change"].tolist() == [-30, 0, 80]
    assert table["money"].tolist() == [-60, 0, 80]
    grouped = fares.winners_losers(priced, by="income_group")
    assert len(grouped) == 9
    poorest = grouped[grouped["income_group"] == 1]
    assert poorest["share_pct"].tolist() == [100, 0, 0]
    assert fares.pays_more_pct(priced) == 25
    assert fares.pays_more_pct(priced, income_group=1) == 0
    assert fares.pays_more_pct(priced, income_group=5) == 100
    with pytest.raises(CourseError, match="no such trips"):
        fares.pays_more_pct(priced, income_group=4)


def test_the_cap_lowers_the_share_it_says():
    rides = pd.DataFrame(
        [
            ("a", 30_000, 31_000, "village", "1", 20_000),
            ("a", 31_300, 32_000, "village", "2", 26_000),  # 3,000 capped at 2,400
            ("b", 30_000, 31_000, "village", "1", 3_000),
            ("b", 31_300, 32_000, "village", "2", 2_000),
            ("c", 30_000, 31_000, "village", "1", 40_000),
            ("d", 30_000, 31_000, "subway", "", 40_000),
        ],
        columns=["card_id", "board_time", "alight_time", "mode", "route_id", "distance_m"],
    )
    trips = fares.link(rides)
    policy = fares.SEOUL.replace(step_price=200, free_km=5)
    assert fares.cap_share(trips, policy) == 25
    assert fares.cap_share(trips, fares.SEOUL) == 0
    assert fares.cap_share(trips, policy.replace(cap_at_separate=False)) == 0


@pytest.mark.parametrize(
    "call",
    [
        lambda t: fares.reprice(t.table, FLAT),
        lambda t: fares.reprice(t, "flat"),
        lambda t: fares.reprice(t, FLAT, today=100),
        lambda t: fares.neutral_base(t.legs, FLAT, FLAT),
    ],
)
def test_a_wrong_call_is_answered_with_the_right_one(call):
    with pytest.raises(CourseError) as refusal:
        call(_trips(*FOUR))
    assert "fares." in refusal.value.remedy


# ---- what a lesson reads --------------------------------------------------------------


def test_by_distance_is_the_price_of_one_ride():
    line = fares.by_distance({"subway": fares.SEOUL, "trunk": fares.SEOUL}, up_to_km=70)
    assert list(line.columns) == ["distance_km", "subway", "trunk"]
    assert len(line) == 70
    at = line.set_index("distance_km")
    for km in (1, 10, 11, 50, 51, 58, 59, 70):
        assert at.loc[km, "subway"] == fares.price([("subway", km)], fares.SEOUL)
    assert set(line["trunk"]) == {1500}
    youth = fares.by_distance({"subway": fares.SEOUL}, up_to_km=11, user_class="youth")
    assert youth["subway"].iloc[-1] == 980
    with pytest.raises(CourseError, match="by_distance"):
        fares.by_distance({"subway": fares.SEOUL}, up_to_km=0)


def test_trip_counts():
    counts = fares.trip_counts(fares.trips_of([("trunk", 3), ("subway", 4), ("branch", 1)]))
    assert dict(zip(counts["measure"], counts["value"], strict=True)) == {
        "boardings": 3,
        "trips": 1,
        "boardings per trip": 3,
        "trips with a change (%)": 100,
        "boardings without a tap-out (%)": 0,
    }


def test_the_option_beside_todays_tariff():
    mashhad = fares.distance_option(fares.MASHHAD)
    assert (mashhad.base["*"]["*"], mashhad.step_price["*"]) == (20000, 1200)
    assert (mashhad.free_km, mashhad.step_km, mashhad.integrated) == (4, 5, True)
    iloilo = fares.distance_option(fares.ILOILO)
    legs = [("jeepney", 5), ("jeepney", 3)]
    assert fares.price(legs, iloilo) == 20.2  # the same steps, one fare
    assert fares.price(legs, iloilo, user_class="student") == 16.16
    seoul = fares.distance_option(fares.SEOUL)
    assert fares.price([("trunk", 18)], seoul) == 1750  # 1,550 and 8 km over 10: 2 steps
    assert fares.price([("subway", 18)], seoul, user_class="youth") == 1060  # 900 + 2 x 80
    assert fares.price([("subway", 18)], seoul, user_class="senior") == 0
    tehran = fares.distance_option(fares.TEHRAN_2018)
    assert tehran.reference_base == 3365
    assert fares.distance_option(fares.teaching_fare("EUR")).teaching
    assert fares.distance_option(fares.teaching_fare("EUR")).step_price["*"] == 0.12


def test_summary_and_sentences():
    trips = _trips(*FOUR)
    table = fares.summary(trips, BY_KM, FLAT, elasticity=-0.4).set_index("measure")
    assert table.loc["mean fare today", "value"] == 100
    assert table.loc["mean fare new", "value"] == 105
    assert table.loc["revenue, nobody reacts", "value"] == 5
    assert table.loc["trips that pay more", "value"] == 25
    assert table.loc["trips of income group 1 that pay more", "value"] == 0
    assert table.loc["mean change, income group 1", "value"] == -30
    assert table.loc["mean change, income group 1", "unit"] == "XXX"
    assert len(fares.summary(trips, BY_KM, FLAT)) == len(table) - 2
    bands = fares.change_by(fares.reprice(trips, BY_KM, today=FLAT))
    assert fares.band_sentence(bands, "XXX") == (
        "Trips of 0-5 km change by −30 XXX on average, trips of 10-20 km by +80 XXX."
    )
    assert "no trips" in fares.band_sentence(bands.iloc[:0], "XXX")
    one = fares.band_sentence(bands.iloc[:1], "XXX")
    assert one == "All trips are of 0-5 km; they change by −30 XXX on average."


def test_the_sentence_of_the_map():
    class City:
        zones = pd.DataFrame({"zone_id": ["A", "B", "C"], "name": ["Alpha", "", "Gamma"]})

    priced = fares.reprice(_trips(*FOUR), BY_KM, today=FLAT)
    priced["from_zone_id"] = pd.array(["A", "A", "B", "C"], dtype="str")
    assert fares.zone_sentence(priced, City(), "XXX") == (
        "Trips from Gamma change by +80 XXX on average, from Alpha by −30 XXX; "
        "1 of 3 zones pay more."
    )
    priced["from_zone_id"] = pd.array(["A", "A", "A", None], dtype="str")
    assert "All zones change alike: −20 XXX" in fares.zone_sentence(priced, City(), "XXX")
    assert "no trips" in fares.zone_sentence(priced.iloc[:0], City(), "XXX")

"""Passes, daily caps and zone fares, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from course import City, fares
from course.errors import CourseError
from course.transport.card_summary import CardSummary, cards
from course.transport.od_summary import OdSummary
from course.transport.question_zones import neutral_prices, reprice_zones
from course.transport.zone_tariff import ZoneTariff, ring_of
from tests.question_rides import H, rides_of

COMMUTE = [  # 3,100 a day on the subway; 4,500 on buses; 3,000 + 3,000 on the red bus
    ("a", 8 * H, 8 * H + 900, "subway", None, 8_000, "adult", 1),
    ("a", 18 * H, 18 * H + 900, "subway", None, 8_000, "adult", 1),
    ("b", 9 * H, 9 * H + 900, "trunk", "1", 3_000, "adult", 2),
    ("b", 12 * H, 12 * H + 900, "trunk", "2", 3_000, "adult", 2),
    ("b", 20 * H, 20 * H + 900, "trunk", "1", 3_000, "adult", 2),
    ("c", 8 * H, 8 * H + 900, "red", "M1", 25_000, "adult", 5),
    ("c", 18 * H, 18 * H + 900, "red", "M1", 25_000, "adult", 5),
]


def counted(rows=COMMUTE, **more):
    return cards(rides_of(rows), today=fares.SEOUL, modes=fares.CLIMATE_CARD_MODES, **more)


def test_who_buys_the_climate_card():
    answer = fares.pass_offer(counted(), price=62_000, uptake=1.0, days_per_month=22)
    # a: 3,100 * 22 = 68,200; b: 4,500 * 22 = 99,000; c rides outside the pass
    assert answer.extra["gain"] == 2 and answer.extra["buyers"] == 2
    assert answer.extra["lost"] == 6_200 + 37_000
    half = fares.pass_offer(counted(), price=62_000, uptake=0.5, days_per_month=22)
    assert half.extra["lost"] == (6_200 + 37_000) / 2
    assert half.figures[0][1] == pytest.approx(100 / 3)
    table = answer.table[answer.table["kind"] == "income"].set_index("group")
    assert table["revenue_lost"].tolist() == [6_200, 37_000, 0]
    assert table["saved_per_buyer"].iloc[:2].tolist() == [6_200, 37_000]


def test_who_just_comes_out_even_does_not_buy():
    at = fares.pass_offer(counted(), price=68_200, uptake=1, days_per_month=22)
    below = fares.pass_offer(counted(), price=68_199.99, uptake=1, days_per_month=22)
    assert (at.extra["gain"], below.extra["gain"]) == (1, 2)
    assert below.extra["lost"] == pytest.approx(0.01 + 30_800.01)


def test_the_month_is_an_assumption_that_is_shown():
    answer = fares.pass_offer(counted(), price=62_000, days_per_month=20)
    assert answer.extra["gain"] == 1  # 3,100 * 20 = 62,000 is even, 4,500 * 20 is not
    assert "20 days like the one given" in answer.sentence
    assert any("too high" in note for note in answer.notes)
    assert any(note.startswith("Uptake: 50 %") for note in answer.notes)


def test_a_month_of_rides_is_itself():
    import pandas as pd

    days = [rides_of(COMMUTE[:2], date=f"2025-05-{d:02d}") for d in range(1, 31)]
    month = cards(pd.concat(days), today=fares.SEOUL)
    assert (month.cards, month.dates) == (1, 30)
    with pytest.raises(CourseError, match="The rides are of 30 days"):
        fares.pass_offer(month, price=62_000)
    answer = fares.pass_offer(month, price=62_000, uptake=1, days_per_month=30)
    assert answer.extra["lost"] == 30 * 3_100 - 62_000


def test_other_prices_for_a_class_and_never_at_a_loss():
    young = [(*row[:6], "youth", row[7]) for row in COMMUTE[:2]]
    own = fares.pass_offer(counted(young), price=62_000, class_prices={"youth": 30_000}, uptake=1)
    assert own.extra["lost"] == 22 * 1_800 - 30_000
    assert fares.pass_offer(counted(young), price=62_000, uptake=1).extra["buyers"] == 0


def test_a_daily_cap():
    day = counted(per_day=True)
    answer = fares.daily_cap(day, cap=4_000)
    assert (answer.extra["capped"], answer.extra["lost"]) == (1, 500)
    everything = cards(rides_of(COMMUTE), today=fares.SEOUL, per_day=True)
    assert fares.daily_cap(everything, cap=4_000).extra["lost"] == 500 + 2_000
    assert fares.daily_cap(day, cap=10_000).extra["lost"] == 0
    losses = [fares.daily_cap(day, cap=c).extra["lost"] for c in (0, 1_000, 3_000, 5_000)]
    assert losses == sorted(losses, reverse=True) and losses[0] == 3_100 + 4_500


def test_passes_and_caps_that_cannot_be():
    day, month = counted(per_day=True), counted()
    with pytest.raises(CourseError, match="counted day by day"):
        fares.pass_offer(day, price=1)
    with pytest.raises(CourseError, match="followed over days"):
        fares.daily_cap(month, cap=1)
    with pytest.raises(CourseError, match=r"uptake is 1\.5"):
        fares.pass_offer(month, price=1, uptake=1.5)
    with pytest.raises(CourseError, match="days_per_month is 40"):
        fares.pass_offer(month, price=1, days_per_month=40)
    with pytest.raises(CourseError, match="price is -1"):
        fares.pass_offer(month, price=-1)
    with pytest.raises(CourseError, match="user class 'pupil'"):
        fares.pass_offer(month, price=1, class_prices={"pupil": 3})
    nobody = cards(rides_of().iloc[:0], today=fares.SEOUL)
    assert isinstance(nobody, CardSummary) and nobody.cards == 0
    assert fares.pass_offer(nobody, price=1).sentence == "There are no cards in these rides."


# --- zones --------------------------------------------------------------------------------

LINE = np.array([[1, 2, 3], [2, 1, 2], [3, 2, 1]])  # three zones in a row


def od():
    """Ten journeys inside zone A, four from A to C, two from B to nowhere known."""
    rows = np.array([[0, 0, 0, 1, 0, 100_00, 10], [0, 2, 0, 5, 2, 150_00, 4],
                     [1, 3, 1, 0, 4, 100_00, 2]])  # fmt: skip
    return OdSummary(fares.FarePolicy.flat(base=100, currency="KRW"), ("A", "B", "C"), rows)


def test_a_price_by_zones_touched():
    tariff = ZoneTariff(("A", "B", "C"), LINE, (80, 120, 200), {"youth": 50})
    result = reprice_zones(od(), tariff)
    # unknown arrivals pay the dearest price, youth half of it
    assert result.revenue == 10 * 80 + 4 * 200 + 2 * 100
    assert (result.pays_more, result.pays_less) == (4, 10)
    answer = fares.zone_fares(od(), tariff)
    assert answer.zones["mean_change"].tolist()[:2] == [(10 * -20 + 4 * 50) / 14, 0]
    assert "75" not in answer.title
    kept = neutral_prices(od(), tariff)
    assert reprice_zones(od(), tariff.with_prices(kept)).revenue == pytest.approx(1800, abs=0.1)
    assert kept[2] / kept[0] == pytest.approx(2.5, abs=0.001)


def test_rings_of_a_city():
    city = City.open("seoul")
    tariff = fares.rings(city, prices=(1000, 1500, 2000))
    ring = ring_of(city)
    assert (np.diag(tariff.touched) == 1).all() and (tariff.touched == tariff.touched.T).all()
    assert (tariff.touched == 1 + abs(ring[:, None] - ring[None, :])).all()
    assert set(ring) <= {0, 1, 2, 3} and len(set(ring)) > 1
    wide = fares.zones_crossed(city, prices=(1000, 1500), size_km=1000)
    assert (wide.touched == 1).all()


def test_zone_fares_of_seoul_add_up_and_keep_revenue():
    city = City.open("seoul")
    day = fares.od_summary(city)
    today = fares.journeys(city).reprice(fares.SEOUL)
    assert (day.count, int((day.rows[:, 5] * day.rows[:, 6]).sum()) / 100) == (
        today.trips, today.revenue_today,
    )  # fmt: skip
    tariff = fares.rings(city, prices=(1400, 1700, 2000, 2300))
    answer = fares.zone_fares(day, tariff, keep_revenue=True)
    result = reprice_zones(day, tariff.with_prices(answer.extra["prices"]))
    assert result.revenue == pytest.approx(result.revenue_today, rel=1e-5)
    for name in ("zone", "income", "distance_band"):
        assert result.groups[name].whole.sum(axis=0).tolist() == (
            result.groups["income"].whole.sum(axis=0).tolist()
        )


def test_files_in_pieces_give_what_all_rides_give(tmp_path, monkeypatch):
    city = City.open("seoul")
    rides = city.rides.head(3_000)
    for k in range(2):
        rides.iloc[k::2].to_parquet(tmp_path / f"part-{k}.parquet")
    monkeypatch.setattr("course.transport.od_summary._AT_ONCE", 700)
    whole = fares.od_summary(rides, city=city)
    assert fares.od_summary(str(tmp_path), city=city).rows.tolist() == whole.rows.tolist()
    (tmp_path / "part-0.parquet").write_bytes(b"nothing")
    with pytest.raises(CourseError, match="cannot be read"):
        fares.od_summary(str(tmp_path), city=city)


def test_zone_tariffs_that_cannot_be():
    ids = ("A", "B", "C")
    with pytest.raises(CourseError, match="More zones never cost less"):
        ZoneTariff(ids, LINE, (200, 100))
    with pytest.raises(CourseError, match="no prices"):
        ZoneTariff(ids, LINE, ())
    with pytest.raises(CourseError, match="touches no fare zone"):
        ZoneTariff(ids, LINE - 1, (100,))
    with pytest.raises(CourseError, match="zone by zone"):
        ZoneTariff(("A", "B"), LINE, (100,))
    with pytest.raises(CourseError, match="prices is -5"):
        ZoneTariff(ids, LINE, (-5,))
    with pytest.raises(CourseError, match="other zones than the journeys"):
        reprice_zones(od(), ZoneTariff(("X", "Y", "Z"), LINE, (100,)))
    with pytest.raises(CourseError, match="edges_km"):
        fares.rings(City.open("seoul"), prices=(1,), edges_km=(5, 3))
    with pytest.raises(CourseError, match="no zones"):
        fares.od_summary(rides_of(), today=fares.SEOUL)

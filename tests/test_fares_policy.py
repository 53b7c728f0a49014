"""FarePolicy: what is refused, how it is changed, printed, compared and stored."""

from __future__ import annotations

import copy
import json
import pickle
import subprocess
import sys

import pytest
from hypothesis import given, settings

from course import CourseError, FarePolicy, fares
from tests.fare_strategies import policies

ALL = (
    fares.SEOUL, fares.SEOUL_2026, *fares.SEOUL_HISTORY.values(), *fares.MASHHAD_HISTORY.values(),
    fares.ILOILO, fares.ILOILO_INTEGRATED, fares.TEHRAN_2018, fares.teaching_fare("EUR"),
)  # fmt: skip

IMPOSSIBLE = [
    ({"base": -1}, "base is -1"),
    ({"base": float("nan")}, "base is nan"),
    ({"base": float("inf")}, "base is inf"),
    ({"base": "1500"}, "not a number"),
    ({"base": True}, "not a number"),
    ({"base": 10**9}, "at most"),
    ({"base": {}}, "no base fare for adults"),
    ({"base": {"youth": {"bus": 5}}}, "no base fare for adults"),
    ({"base": {"adult": {}}}, "no base fare for adults"),
    ({"base": {"adult": {"subwya": 1550}}}, "'subway'"),
    ({"base": {"adutl": {"subway": 1550}}}, "'adult'"),
    ({"step_price": -100}, "step_price"),
    ({"step_price": {"adult": "x"}}, "step_price['adult']"),
    ({"step_price_by_mode": {"*": 3}}, "step_price_by_mode"),
    ({"step_price_by_mode": 3}, "as a table"),
    ({"step_km": 0}, "step_km is 0 km"),
    ({"step_km": -5}, "step_km"),
    ({"step_km": None}, "step_km"),
    ({"free_km": -1}, "free_km"),
    ({"free_km": 5000}, "free_km"),
    ({"free_km_by_mode": {"red": -30}}, "free_km_by_mode['red']"),
    ({"free_km_by_mode": {"rot": 30}}, "rot"),
    ({"far_from_km": -1}, "far_from_km"),
    ({"far_step_km": 0}, "far_step_km"),
    ({"alone_step_km": 0}, "alone_step_km"),
    ({"bands": []}, "bands is empty"),
    ({"bands": [(5, 10), (3, 20), (None, 30)]}, "does not end after"),
    ({"bands": [(5, 10), (5, 20), (None, 30)]}, "does not end after"),
    ({"bands": [(5, 20), (None, 10)]}, "Band 2 costs 10"),
    ({"bands": [(5, 20), (9, 30)]}, "beyond 9 km"),
    ({"bands": [(None, 20), (9, 30)]}, "does not end after"),
    ({"bands": [5, 20]}, "(upto_km, price)"),
    ({"bands": ["ab"]}, "(upto_km, price)"),
    ({"bands": [(5, -1), (None, 3)]}, "price of band 1"),
    ({"bands": 7}, "bands"),
    ({"bands": [(None, 3)]}, "No mode pays by the bands"),
    ({"bands": [(None, 3)], "distance_modes": "*",
      "early_bird": {"before_min": 390, "discount_pct": 20}}, "early-bird"),
    ({"distance_modes": ("metro",)}, "metro"),
    ({"distance_modes": 3}, "distance_modes"),
    ({"integrated": "no"}, "True or False"),
    ({"integrated": 1}, "True or False"),
    ({"cap_at_separate": None}, "True or False"),
    ({"window_min": 10_080}, "window_min can be 240"),
    ({"window_min": -1}, "window_min"),
    ({"night_window_min": 10_080}, "night_window_min"),
    ({"night_from_min": 1500}, "night_from_min"),
    ({"night_to_min": -1}, "night_to_min"),
    ({"max_transfers": -1}, "max_transfers"),
    ({"max_transfers": 1.5}, "whole number"),
    ({"max_transfers": 1000}, "max_transfers"),
    ({"window_from": "tap"}, "window_from"),
    ({"early_bird": {"before_min": 390}}, "no discount_pct"),
    ({"early_bird": {"before_min": 390, "discount_pct": 120}}, "100 %"),
    ({"early_bird": {"before_min": 390, "discount_pct": 20, "days": 5}}, "days"),
    ({"early_bird": 20}, "as a table"),
    ({"discount_pct": {"youth": 140}}, "100 %"),
    ({"discount_pct": {"students": 20}}, "'student'"),
    ({"low_income_discount_pct": 101}, "100 %"),
    ({"low_income_discount_pct": -1}, "0 or more"),
    ({"free": {"senior": ["metro"]}}, "metro"),
    ({"free": ["senior"]}, "as a table"),
    ({"no_tap_out": {"subway": "double"}}, "no_tap_out"),
    ({"no_tap_out": {"subway": -5}}, "no_tap_out"),
    ({"name": ""}, "no name"),
    ({"name": None}, "no name"),
    ({"currency": 5}, "currency"),
    ({"year": 2025.5}, "year"),
    ({"year": "2025"}, "year"),
    ({"unverified": ("bsae",)}, "'base'"),
    ({"no_transfer_modes": ("rot",)}, "rot"),
]  # fmt: skip


@pytest.mark.parametrize(("field", "words"), IMPOSSIBLE)
def test_an_impossible_policy_is_refused_in_one_sentence(field, words):
    with pytest.raises(CourseError) as refusal:
        FarePolicy(**({"name": "x", "base": 100} | field))
    assert words in str(refusal.value)
    assert refusal.value.remedy
    assert "\n" not in str(refusal.value)


def test_nothing_can_be_written_into_a_policy():
    with pytest.raises(AttributeError):
        fares.SEOUL.step_km = 3
    with pytest.raises(TypeError):
        fares.SEOUL.base["adult"]["subway"] = 0
    with pytest.raises(TypeError):
        fares.SEOUL.free["child"] = ("subway",)


def test_replace_keeps_the_rest_and_says_changed():
    new = fares.SEOUL.replace(step_km=2)
    assert new.step_km == 2
    assert new.base == fares.SEOUL.base
    assert new.name == "Seoul, card, from 28 June 2025, changed"
    assert new.replace(step_km=3).name == new.name
    assert fares.SEOUL.replace(step_km=5) == fares.SEOUL
    assert fares.SEOUL.replace(name="mine", step_km=2).name == "mine"
    with pytest.raises(CourseError, match="'step_km'"):
        fares.SEOUL.replace(stepkm=2)
    with pytest.raises(CourseError, match="step_km is 0"):
        fares.SEOUL.replace(step_km=0)


def test_with_base_keeps_proportions():
    assert fares.SEOUL.reference_base == 1550
    dearer = fares.SEOUL.with_base(3100)
    assert dearer.base["adult"]["village"] == 2400
    assert dearer.base["child"]["subway"] == 1100
    assert dearer.step_price == fares.SEOUL.step_price
    assert fares.ILOILO.reference_base == 13
    assert fares.TEHRAN_2018.reference_base == 3365
    assert fares.TEHRAN_2018.with_base(6730).bands[-1] == (None, 19830)
    assert FarePolicy.flat(base=0).with_base(7).base["*"]["*"] == 7
    assert fares.MASHHAD.with_base(0).base["*"]["*"] == 0
    with pytest.raises(CourseError, match="no proportion"):
        FarePolicy.flat(base={"adult": {"*": 0, "bus": 5}}).with_base(5)
    with pytest.raises(CourseError, match="first band"):
        FarePolicy.banded(bands=[(2, 0), (None, 5)]).with_base(5)
    with pytest.raises(CourseError, match="base"):
        fares.SEOUL.with_base(-5)


def test_the_three_short_ways():
    distance = FarePolicy.distance(
        base=1200, free_km=4, step_km=2, step_price=50, currency="XXX", window_min=45,
        max_transfers=2, low_income_discount_pct=10,
    )  # fmt: skip
    assert (distance.integrated, distance.distance_modes) == (True, ("*",))
    assert (distance.window_min, distance.max_transfers) == (45, 2)
    flat = FarePolicy.flat(base=1200)
    assert (flat.integrated, flat.distance_modes, dict(flat.step_price)) == (False, (), {"*": 0}) \
        or dict(flat.step_price) == {}  # fmt: skip
    banded = FarePolicy.banded(bands=[(5, 1), (float("inf"), 2)])
    assert banded.bands == ((5, 1), (None, 2))


@pytest.mark.parametrize("policy", ALL, ids=lambda p: p.name)
def test_every_tariff_names_source_and_year_and_survives_json(policy):
    assert policy.source
    assert policy.teaching or policy.year
    assert FarePolicy.from_dict(json.loads(json.dumps(policy.to_dict()))) == policy
    assert FarePolicy.from_dict(json.loads(json.dumps(policy.to_dict(), sort_keys=True))) == policy
    again = pickle.loads(pickle.dumps(policy))
    assert again == policy == copy.deepcopy(policy)
    assert hash(again) == hash(policy)


@settings(max_examples=80, deadline=None)
@given(policy=policies())
def test_any_policy_survives_json_and_prints(policy):
    again = FarePolicy.from_dict(json.loads(json.dumps(policy.to_dict())))
    assert again == policy
    assert hash(again) == hash(policy)
    assert str(again) == repr(policy)
    assert policy.compare(again).empty
    assert len(policy.table()) == len(str(policy).splitlines())


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"name": "x", "base": 1, "stepkm": 2}, "'step_km'"),
        ({"base": 1}, "no name"),
        ([], "table of fields"),
        (None, "table of fields"),
        ({"name": "x", "base": [1, 2]}, "base"),
    ],
)
def test_a_wrong_stored_policy_is_refused(data, words):
    with pytest.raises(CourseError) as refusal:
        FarePolicy.from_dict(data)
    assert words in str(refusal.value)


def test_a_policy_prints_as_a_small_table():
    text = str(fares.SEOUL)
    for words in (
        "subway 1,550, trunk 1,500", "10 km; red 30 km", "adult 100, youth 80, child 50",
        "beyond 50 km a step is 8 km", "60 min from 21:00 to 07:00", "up to 4",
        "first vehicle before 06:30: 20 % off its base", "senior: subway",
        "sum of the separate fares",
    ):  # fmt: skip
        assert words in text, words
    assert "each ride pays" in str(fares.MASHHAD)
    assert "to 3 km 3,365" in str(fares.TEHRAN_2018)
    assert "beyond 9,915" in str(fares.TEHRAN_2018)
    assert "jeepney 1.80, modern jeepney 2.20" in str(fares.ILOILO)
    assert "teaching fare" in str(fares.teaching_fare("EUR"))
    assert "subway + a base fare" in str(fares.SEOUL_2026)
    assert list(fares.SEOUL.table().columns) == ["rule", "value"]


def test_compare_shows_only_what_differs():
    new = fares.SEOUL.replace(step_km=2, name="shorter steps")
    table = fares.SEOUL.compare(new)
    assert table["rule"].tolist() == ["each started step"]
    assert table.iloc[0, 1:].tolist() == ["5 km", "2 km"]
    assert list(table.columns) == ["rule", fares.SEOUL.name, "shorter steps"]
    same_name = fares.SEOUL.replace(step_km=2, name=fares.SEOUL.name)
    assert len(set(fares.SEOUL.compare(same_name).columns)) == 3


def test_a_policy_needs_no_pandas_until_it_is_shown():
    code = (
        "import sys; from course import FarePolicy; FarePolicy.flat(base=1).to_dict(); "
        "str(FarePolicy.flat(base=1)); sys.exit('pandas' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_tariffs_are_those_of_the_facts():
    seoul = fares.SEOUL
    assert dict(seoul.base["adult"]) == {
        "subway": 1550, "trunk": 1500, "branch": 1500, "circular": 1400, "red": 3000,
        "owl": 2500, "village": 1200,
    }  # fmt: skip
    assert list(fares.SEOUL_HISTORY) == [2004, 2007, 2012, 2015, 2023, 2025]
    subway = [p.base["adult"]["subway"] for p in fares.SEOUL_HISTORY.values()]
    assert subway == [800, 900, 1050, 1250, 1400, 1550]
    assert [p.reference_base for p in fares.MASHHAD_HISTORY.values()] == [
        5000, 12000, 15000, 20000,
    ]  # fmt: skip
    # Discounts of the bus fare: youth about 60 %, child about 37 % of the adult's
    assert seoul.base["youth"]["trunk"] / seoul.base["adult"]["trunk"] == 0.6
    assert round(seoul.base["child"]["trunk"] / seoul.base["adult"]["trunk"], 2) == 0.37
    assert "base.circular" in fares.SEOUL_HISTORY[2012].unverified


class _City:
    currency = "JPY"

    def __init__(self, fare_policy):
        self.fare_policy = fare_policy


def test_today_is_the_packs_tariff_or_a_labelled_teaching_fare():
    assert fares.today(_City(fares.SEOUL.to_dict())) == fares.SEOUL
    assert fares.today(_City(fares.SEOUL)) == fares.SEOUL
    nobody_pays = FarePolicy.flat(base=0, currency="JPY").to_dict()
    for nothing in (None, {}, nobody_pays):
        policy = fares.today(_City(nothing))
        assert policy.teaching
        assert policy.name == "teaching fare, not your city's tariff"
        assert policy.reference_base == 200
        assert "base" in policy.unverified
    assert fares.teaching_fare("XYZ").reference_base == 100
    free_base = FarePolicy.distance(base=0, step_price=5)
    assert fares.today(_City(free_base.to_dict())) == free_base
    with pytest.raises(CourseError, match="step_km"):
        fares.today(_City({"name": "x", "base": 5, "step_km": 0}))

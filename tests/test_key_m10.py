"""The answer key of module 10: what is special about it; see test_modules_keys.py."""

from __future__ import annotations

import json

import numpy as np
import pytest

from course import exercises
from course.errors import UsageError
from course.exercises.fare_scale import fare_today, today
from course.identity import Who
from course.transport import fares
from grading import hints
from grading.answer_key import for_module
from tests.key_cases import BUNDLED, bundled, drawn, key, module

QUESTIONS = tuple(module().questions)
NUMERIC = tuple(q.id for q in module().questions.values() if q.type in ("number", "integer"))
TRAINEES = tuple(f"trainee{n}" for n in range(6))


def test_ambiguous_wrong_values_are_switched_off():
    spec = module().questions["m10_rev"]
    assert hints.specific(spec, 10.5, 10.0, [(10.5, "near")]) is None
    assert hints.specific(spec, 10.7, 10.0, [(10.7, "clear")]).sentence == "clear"


@pytest.mark.parametrize("name", BUNDLED)
def test_answers_are_not_trivial(name: str):
    city = bundled(name)
    for trainee in TRAINEES:
        expected = {
            q: key().expected(q, city, drawn(q, city, trainee)) for q in (*NUMERIC, "m10_cap")
        }
        assert 1 < expected["m10_losers"] < 99
        assert abs(expected["m10_rev"]) > 0.2 or abs(expected["m10_react"]) > 0.2
        assert expected["m10_neutral"] > 0.1 * fare_today(city)
        rides = exercises.exercise("m10_rides", city, who=Who(trainee))
        assert 0.6 * len(rides) / 5 < expected["m10_link"] < len(rides) / 5
        json.dumps(expected, allow_nan=False)


def test_the_drawn_seoul_trip_by_hand():
    """Trunk 6 + subway 8: base 1,550, 14 km, one step of 100 (facts 1.3)."""
    legs = {"legs": [["trunk", 6], ["subway", 8]], "gap": 12, "start": "09:00"}
    draw = exercises.Draw("m10_trip", legs, "x", Who("by hand"))
    city = bundled("seoul")
    assert key().expected("m10_trip", city, draw) == 1650
    assert key().wrong_values("m10_trip", city, draw) == [
        (3050, "You paid twice: this is a transfer."),
        (1550, "The total is over 10 km."),
        (1600, "Which base is higher?"),
    ]


def test_time_of_day_and_gap_never_change_a_drawn_trip():
    """The key keeps a price by its legs: within the drawn hours nothing else may count."""
    for legs in (["trunk", 6], ["village", 12]):
        prices = {
            fares.price([tuple(legs), ("subway", 17, f"gap {gap}")], fares.SEOUL, start=start)
            for gap in (4, 25)
            for start in ("08:00", "17:55")
        }
        assert len(prices) == 1


@pytest.mark.parametrize("name", BUNDLED)
def test_the_cap_question_has_one_best_setting(name: str):
    city = bundled(name)
    draw = drawn("m10_cap", city, "ana")
    best = key().expected("m10_cap", city, draw)
    assert key().alternatives("m10_cap", city, draw) == [best]
    assert draw.params[f"kind_{best}"] == "steep"
    assert draw.variant == drawn("m10_cap", city, "somebody else").variant


def test_settings_as_good_as_the_best_are_accepted(monkeypatch: pytest.MonkeyPatch):
    from grading.answer_key import m10_integrated_fares as m10_key

    shares = {"a": 20.0, "b": 19.9, "c": 3.0, "d": 0.0}
    monkeypatch.setattr(m10_key, "_cap_shares", lambda city, draw: shares)
    city = bundled("seoul")
    assert key().alternatives("m10_cap", city, drawn("m10_cap", city, "ana")) == ["a", "b"]


@pytest.mark.parametrize("name", BUNDLED)
def test_exercise_rides_are_the_trainees_own_and_say_so(name: str):
    city = bundled(name)
    rides = exercises.exercise("m10_rides", city, who=Who("ana"))
    assert len(rides) == 8000 and rides["date"].nunique() == 5
    assert rides.attrs["badge"].startswith("SYNTHETIC")
    other = exercises.exercise("m10_rides", city, who=Who("ben"))
    assert not np.array_equal(rides["board_time"], other["board_time"])
    rides.loc[:, "date"] = "spoilt"  # a copy: nobody can spoil the next one
    assert exercises.exercise("m10_rides", city, who=Who("ana"))["date"].nunique() == 5


def test_policy_p_keeps_todays_classes():
    city = bundled("seoul")
    plan = exercises.exercise("m10_policy", city, who=Who("ana"))
    assert plan.discount_pct == {"child": 60, "youth": 40}
    assert dict(plan.free) == dict(today(city).free)
    assert plan.integrated and plan.night_window_min == 60


def test_a_module_without_a_key_is_a_sentence():
    for name in ("99_nothing", "../base", "", "10_integrated_fares.py", 10):
        with pytest.raises(UsageError, match="has no answer key"):
            for_module(name)


def test_a_question_the_key_does_not_hold_is_a_sentence():
    city = bundled("seoul")
    with pytest.raises(UsageError, match="holds no question"):
        key().expected("m10_other", city, drawn("m10_rev", city, "ana"))

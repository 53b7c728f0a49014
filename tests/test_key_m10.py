"""The answer key of module 10: right answers, typical wrong ones, and what hints may say."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from course import exercises
from course.city.importing import add_city, read_export
from course.city.pack import City
from course.errors import UsageError
from course.exercises.fare_scale import fare_today, today
from course.identity import Who
from course.transport import fares
from grading import hints
from grading.answer_key import for_module
from tests.key_cases import BUNDLED, FEEDS, bundled, drawn, is_right, key, module

QUESTIONS = tuple(module().questions)
NUMERIC = tuple(q.id for q in module().questions.values() if q.type in ("number", "integer"))
TRAINEES = tuple(f"trainee{n}" for n in range(6))


@pytest.fixture(scope="session")
def feed_cities(test_data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, City]:
    where = tmp_path_factory.mktemp("cities")
    return {
        name: add_city(name, [test_data / "gtfs" / f"{name}.zip"], where=where) for name in FEEDS
    }


def solve_like_a_trainee(city: City, trainee: str) -> dict[str, object]:
    """Answer every number by the calls of the lesson, not by the key's own code."""
    who = Who(trainee)
    rides = exercises.exercise("m10_rides", city, who=who)
    plan = exercises.exercise("m10_policy", city, who=who)
    old = fares.today(city)
    trips = fares.link(rides, city=city)
    priced = fares.reprice(trips, plan, today=old)
    poorest = priced[priced["income_group"] == 1]
    p = drawn("m10_trip", city, trainee).params
    (first, first_km), (second, second_km) = p["legs"]
    legs = [(first, first_km), (second, second_km, f"gap {p['gap']}")]
    date = drawn("m10_link", city, trainee).params["date"]
    settings = exercises.exercise("m10_cap_settings", city, who=who)
    cap_trips = fares.link(exercises.exercise("m10_cap_rides", city, who=who), city=city)
    shares = {code: fares.cap_share(cap_trips, policy) for code, policy in settings.items()}
    return {
        "m10_trip": fares.price(legs, fares.SEOUL, start=p["start"]),
        "m10_link": int((trips.table["date"] == date).sum()),
        "m10_rev": fares.revenue_change_pct(trips, plan, old),
        "m10_react": fares.revenue_change_pct(trips, plan, old, elasticity=-0.4),
        "m10_neutral": fares.neutral_base(trips, plan, old),
        "m10_losers": 100 * float((poorest["change"] > 0).mean()),
        "m10_cap": max(shares, key=shares.get),
    }


@pytest.mark.parametrize("name", BUNDLED)
@pytest.mark.parametrize("trainee", TRAINEES[:2])
def test_the_calls_of_the_lesson_give_full_marks(name: str, trainee: str):
    city = bundled(name)
    for question, value in solve_like_a_trainee(city, trainee).items():
        assert is_right(question, value, city, trainee), (question, value)


@pytest.mark.slow
@pytest.mark.parametrize("name", FEEDS)
def test_full_marks_on_an_imported_city(name: str, feed_cities: dict[str, City]):
    city = feed_cities[name]
    for question, value in solve_like_a_trainee(city, "ana").items():
        assert is_right(question, value, city, "ana"), (question, value)
    design = key().solution("m10_policy", city, drawn("m10_policy", city, "ana"))
    assert is_right("m10_policy", design, city, "ana")


@pytest.mark.slow
@pytest.mark.parametrize("name", FEEDS)
def test_a_host_that_never_saw_the_city_expects_the_same(
    name: str, feed_cities: dict[str, City], tmp_path: Path
):
    city = feed_cities[name]
    folder = read_export(city.export(tmp_path / "city.zip"), tmp_path / "host")
    host = City.open(folder)
    assert host.fingerprint == city.fingerprint
    for question in QUESTIONS:
        here, there = drawn(question, city, "ana"), drawn(question, host, "ana")
        assert here.variant == there.variant
    rides = exercises.exercise("m10_rides", city, who=Who("ana"))
    again = host_rides(host)
    assert rides.equals(again)


def host_rides(city: City):
    """Draw the rides without this process's memory of them."""
    from course.exercises import m10_integrated_fares as m10

    m10._tables._kept.clear()
    return exercises.exercise("m10_rides", city, who=Who("ana"))


@pytest.mark.parametrize("name", BUNDLED)
def test_each_typical_wrong_value_gets_its_own_hint(name: str):
    every_hint_shows(bundled(name), TRAINEES)


@pytest.mark.slow
@pytest.mark.parametrize("name", FEEDS)
def test_typical_wrong_values_on_an_imported_city(name: str, feed_cities: dict[str, City]):
    # on a network of one mode more draws leave two wrong ways too near to each other
    every_hint_shows(feed_cities[name], [f"trainee-{i}" for i in range(24)])


def every_hint_shows(city: City, trainees: Sequence[str]) -> None:
    """Score each typical wrong value; every hint of the curriculum shows for somebody."""
    seen: dict[str, set[str]] = {}
    wanted: dict[str, set[str]] = {}
    for trainee in trainees:
        for question in NUMERIC:
            spec, d = module().questions[question], drawn(question, city, trainee)
            right, wrong = (
                key().expected(question, city, d),
                key().wrong_values(question, city, d),
            )
            for value, hint in wrong:
                wanted.setdefault(question, set()).add(hint)
                if not hints.told_apart(spec, value, right):
                    continue
                found = hints.specific(spec, value, right, wrong)
                assert found is not None
                earlier = [h for v, h in wrong if hints.matches(spec, value, v)]
                assert found.sentence in earlier
                if found.sentence == hint:
                    seen.setdefault(question, set()).add(hint)
    assert seen == wanted


def test_ambiguous_wrong_values_are_switched_off():
    spec = module().questions["m10_rev"]
    assert hints.specific(spec, 10.5, 10.0, [(10.5, "near")]) is None
    assert hints.specific(spec, 10.7, 10.0, [(10.7, "clear")]).sentence == "clear"


@pytest.mark.parametrize("name", BUNDLED)
def test_no_hint_contains_the_key(name: str):
    city = bundled(name)
    for trainee in TRAINEES[:3]:
        for question in NUMERIC:
            spec, d = module().questions[question], drawn(question, city, trainee)
            right = key().expected(question, city, d)
            texts = [hint for _, hint in key().wrong_values(question, city, d)]
            texts += spec.hints
            numbers = {
                float(n.replace(",", ""))
                for n in re.findall(r"\d[\d,]*(?:\.\d+)?", " ".join(texts))
            }
            near = [n for n in numbers if hints.matches(spec, n, abs(right))]
            # a small percent may meet a number of the worked example: that tells nothing
            assert not [n for n in near if n > 100], (question, right, near)
            assert f"{right:.2f}" not in " ".join(texts)


@pytest.mark.parametrize("name", BUNDLED)
def test_neighbours_rarely_share_a_value(name: str):
    city = bundled(name)
    for question in ("m10_rev", "m10_react", "m10_neutral", "m10_losers"):
        values = [key().expected(question, city, drawn(question, city, t)) for t in TRAINEES]
        assert len({round(v, 3) for v in values}) == len(TRAINEES)
        pairs = list(itertools.combinations(values, 2))
        spec = module().questions[question]
        assert sum(hints.matches(spec, a, b) for a, b in pairs) <= 0.15 * len(pairs)
    links = {key().expected("m10_link", city, drawn("m10_link", city, t)) for t in TRAINEES}
    assert len(links) >= len(TRAINEES) - 2
    trips = {json.dumps(drawn("m10_trip", city, t).params["legs"]) for t in TRAINEES}
    assert len(trips) >= len(TRAINEES) - 1


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
    for name in ("06_night_bus", "../base", "", "10_integrated_fares.py", 10):
        with pytest.raises(UsageError, match="has no answer key"):
            for_module(name)


def test_a_question_the_key_does_not_hold_is_a_sentence():
    city = bundled("seoul")
    with pytest.raises(UsageError, match="holds no question"):
        key().expected("m10_other", city, drawn("m10_rev", city, "ana"))

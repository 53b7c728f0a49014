"""Draws are the same everywhere for one person, and others' for others."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from course import exercises
from course.answer_cards import filled
from course.errors import UsageError
from course.exercises.fare_scale import dates, fare_today, today_per_km, typical_km
from course.exercises.money_steps import grain, money, price_grains, rounded
from course.identity import GUEST, Who, clean_name, who
from tests.key_cases import BUNDLED, bundled, drawn, module

ROOT = Path(__file__).resolve().parent.parent
NAMES = (
    "ana",
    "김민준",
    "علی رضایی",
    "josé@example.org",
    "user with space",
    "O'Brien",
    "ñandú",
    "a" * 300,
)

SCRIPT = """
import json, sys
from course.city.pack import City
from course.exercises import draw, exercise
from course.identity import Who
from course.questions import load_module
spec = load_module(sys.argv[1])
city = City.open("mashhad")
out = {n: [draw(q, city, Who(n)).variant for q in spec.questions.values()] for n in sys.argv[2:]}
rides = exercise("m10_rides", city, who=Who(sys.argv[2]))
out["rides"] = rides.to_csv(index=False)[:20000]
print(json.dumps(out))
"""


@pytest.mark.slow
def test_another_process_draws_the_same():
    spec = module()
    outs = []
    for seed in ("1", "77"):
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, str(spec.path), *NAMES],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True, text=True, check=True, encoding="utf-8",
        )  # fmt: skip
        outs.append(json.loads(done.stdout))
    assert outs[0] == outs[1]
    city = bundled("mashhad")
    for name in NAMES:
        here = [exercises.draw(q, city, Who(name)).variant for q in spec.questions.values()]
        assert here == outs[0][name]


@pytest.mark.parametrize("name", BUNDLED)
def test_variants_differ_by_person_city_question_and_version(name: str):
    city = bundled(name)
    variants = {drawn(q, city, t).variant for q in module().questions for t in ("ana", "ben")}
    assert len(variants) == 2 * len(module().questions) - 1  # m10_cap is the city's
    elsewhere = bundled("iloilo" if name != "iloilo" else "seoul")
    assert drawn("m10_trip", elsewhere, "ana").variant != drawn("m10_trip", city, "ana").variant


def test_the_source_of_a_name_does_not_count():
    question, city = module().questions["m10_rev"], bundled("mashhad")
    one = exercises.draw(question, city, Who("ana", None, "JUPYTERHUB_USER"))
    two = exercises.draw(question, city, Who("ana", "red", "given"))
    assert one.variant == two.variant


@pytest.mark.parametrize("question", module().questions.values(), ids=lambda q: q.id)
@pytest.mark.parametrize("name", BUNDLED)
def test_prompts_are_filled_and_parameters_are_json(question, name: str):
    city = bundled(name)
    draw = exercises.draw(question, city, Who("ana"))
    assert json.loads(json.dumps(draw.params)) == dict(draw.params)
    for text in (
        question.prompt,
        question.unit,
        *question.hints,
        *(o.label for o in question.options),
    ):
        said = filled(text, draw)
        assert "{" not in said and "[" not in said and "None" not in said
    bounds = [b for f in question.fields for b in f.range] + list(question.range)
    for bound in bounds:
        assert not isinstance(bound, str) or draw.params[bound] > 0


def test_drawn_trips_stay_inside_the_declared_conditions():
    city = bundled("mashhad")
    seen = set()
    for number in range(150):
        params = drawn("m10_trip", city, f"t{number}").params
        (first, first_km), (second, second_km) = params["legs"]
        total = first_km + second_km
        assert "subway" in (first, second) and first != second
        assert 10 < total <= 30 and total % 5
        assert 4 <= params["gap"] <= 25 and "08:00" <= params["start"] <= "17:55"
        seen.add((first, first_km, second, second_km))
    assert len(seen) > 120


@pytest.mark.parametrize("name", BUNDLED)
def test_policies_look_like_tariffs_of_the_city(name: str):
    city = bundled(name)
    fare = fare_today(city)
    bases = set()
    for number in range(40):
        p = drawn("m10_rev", city, f"t{number}").params
        bases.add(p["base"])
        assert 0.4 * fare <= p["base"] <= fare
        assert 0 < p["step_price"] < fare
        assert 1 <= p["free_km"] <= typical_km(city) and 1 <= p["step_km"] <= typical_km(city)
        for amount in (p["base"], p["step_price"]):
            assert round(amount, 2) == amount
            assert fare < 50 or amount == int(amount)
    assert len(bases) >= 4


@pytest.mark.parametrize("name", BUNDLED)
def test_exercise_dates_are_five_working_days(name: str):
    import datetime

    city = bundled(name)
    days = dates(city)
    assert len(set(days)) == 5
    weekend = {d.lower()[:3] for d in city.weekend_days}
    for day in days:
        assert datetime.date.fromisoformat(day).strftime("%a").lower() not in weekend


def test_iloilo_already_pays_by_distance_and_mashhad_does_not():
    assert today_per_km(bundled("iloilo")) == pytest.approx(1.8, abs=0.5)
    assert today_per_km(bundled("mashhad")) == 0


@pytest.mark.parametrize(
    ("amount", "step"),
    [(1500 / 30, 50), (13 / 30, 0.2), (20000 / 30, 500), (100 / 30, 2), (2500.25 / 30, 50), (1, 1)],
)
def test_grains(amount: float, step: float):
    assert float(grain(amount)) == step


@pytest.mark.parametrize(
    ("fare", "base_step", "price_step"),
    [(1500, 50, 10), (13, 0.2, 0.05), (100, 2, 1), (2500.25, 50, 10), (0.9, 0.02, 0.01)],
)
def test_price_grains_never_go_below_what_a_fare_can_be(fare, base_step, price_step):
    steps = price_grains(fare)
    assert [float(s) for s in steps] == [base_step, price_step]
    assert rounded(0.0001, steps[1]) == price_step


def test_money_reads_like_money():
    assert money(2500.25, "IDR") == "2,500.25 IDR"
    assert money(20000.0, "IRR") == "20,000 IRR"


@pytest.mark.parametrize("name", [None, 5, "", "m10", "m10_x", "m99_rides", "rides", "m10_rides "])
def test_an_unknown_piece_is_a_sentence(name):
    with pytest.raises(UsageError):
        exercises.exercise(name, bundled("mashhad"))


def test_a_design_without_numbers_is_a_sentence():
    for design in ({}, {"base": "x"}, None, [], {"base": None}):
        with pytest.raises(UsageError, match="misses a number"):
            exercises.exercise("m10_design", bundled("mashhad"), design=design)


# ---- who -----------------------------------------------------------------------------


def test_the_name_comes_from_the_first_that_has_one(monkeypatch, tmp_path: Path):
    monkeypatch.setenv("COURSE_WORKSPACE", str(tmp_path))
    monkeypatch.delenv("JUPYTERHUB_USER", raising=False)
    assert who() == Who(GUEST, None, GUEST)
    (tmp_path / "profile.json").write_text(
        '{"course_workspace": true, "trainee": "from profile", "team": "red"}', encoding="utf-8"
    )
    assert who() == Who("from profile", "red", "profile")
    monkeypatch.setenv("JUPYTERHUB_USER", "hub-user")
    assert who() == Who("hub-user", "red", "JUPYTERHUB_USER")
    monkeypatch.setenv("COURSE_TRAINEE", " ana ")
    monkeypatch.setenv("COURSE_TEAM", "blue")
    assert who() == Who("ana", "blue", "COURSE_TRAINEE")
    monkeypatch.setenv("COURSE_TRAINEE", "  ")
    assert who().trainee == "hub-user"


@pytest.mark.parametrize("profile", ["", "[]", "{", '{"trainee": 5, "team": []}', "\xff", "null"])
def test_a_broken_profile_makes_a_guest(profile: str, monkeypatch, tmp_path: Path):
    monkeypatch.delenv("JUPYTERHUB_USER", raising=False)
    monkeypatch.setenv("COURSE_WORKSPACE", str(tmp_path))
    (tmp_path / "profile.json").write_text(profile, encoding="latin-1")
    assert who().trainee == GUEST


def test_one_letter_has_one_form():
    assert clean_name("Jose\u0301") == clean_name("José") == "José"
    assert clean_name("a\u200bb\nc\x00") == "abc"
    assert clean_name("Ana") != clean_name("ana")
    assert len(clean_name("x" * 999)) == 120
    assert clean_name(None) == clean_name(5) == ""


def test_keys_of_a_draw():
    me = Who("ana", "red")
    assert [me.key(v) for v in ("trainee", "team", "city", "none")] == [
        "trainee:ana", "team:red", "city", "none",
    ]  # fmt: skip
    assert Who("ana").key("team") == "trainee:ana"

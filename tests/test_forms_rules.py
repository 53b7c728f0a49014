"""Tests and survey as written: the plan, the parallel forms, nothing twice, no key in them."""

from __future__ import annotations

import argparse
import copy
import itertools
import json
import re
from pathlib import Path

import pytest
import yaml

from course import catalogue
from course.commands import module as module_command
from course.errors import CourseError, UsageError
from course.exercises.option_order import order_of, place_of, shown_as
from course.forms.checks import BLUEPRINT
from course.forms.page import notebook_of, text_of, write_page
from course.identity import Who
from course.new_module import named
from course.questions import Question, load_module
from tests.key_cases import LESSONS, MODULES, SURVEYS, TESTS, bundled, drawn, key, module

BEFORE, AFTER = "90_pre_test", "91_post_test"
FORMS = (*TESTS, *SURVEYS)
CLASS = tuple(f"trainee{n}" for n in range(40))
# words of every question about a number or a choice; two tasks may share them
COMMON = {
    "a", "an", "the", "of", "to", "in", "on", "is", "are", "it", "its", "for", "and", "or", "by",
    "with", "at", "this", "that", "what", "which", "how", "many", "much", "who", "where", "does",
    "do", "not", "than", "as", "after", "before", "each", "all", "one", "two", "people", "city",
}  # fmt: skip


def items(*names: str) -> list[Question]:
    return [q for name in names for q in module(name).questions.values()]


# ---- the plan ------------------------------------------------------------------------


def test_the_forms_of_the_course():
    assert (TESTS, SURVEYS) == ((BEFORE, AFTER), ("92_survey",))


@pytest.mark.parametrize("name", TESTS)
def test_twenty_questions_in_twenty_minutes_by_the_plan(name: str):
    spec = module(name)
    assert dict(spec.minutes) == {"lesson": 0, "exercises": 20}
    assert len(spec.questions) == 20 == spec.automatic_points
    assert spec.core_points == 0 and not spec.needs_city
    assert {a: sum(q.area == a for q in spec.questions.values()) for a in BLUEPRINT} == {
        "policy": 5, "data": 6, "transport": 6, "plan": 3,
    }  # fmt: skip
    assert all(len(q.choices) == 4 and q.hints == () for q in spec.questions.values())


def test_every_module_of_the_curriculum_is_asked_about():
    numbers = {m.id[:2] for m in catalogue.modules(MODULES) if m.form == "lesson"}
    for name in TESTS:
        assert {q.about for q in items(name)} == {n for n in numbers if n <= "13"}


def test_the_two_tests_are_parallel():
    """The same objectives in the same order, from the same module and area."""
    for before, after in zip(items(BEFORE), items(AFTER), strict=True):
        assert before.id[4:] == after.id[4:]
        assert (before.area, before.about) == (after.area, after.about)


# ---- nothing twice -------------------------------------------------------------------


def words(text: str) -> set[str]:
    found = re.findall(r"[a-z]+|\d[\d,.]*", text.lower())
    return {word.rstrip(".,") for word in found} - COMMON


def alike(a: str, b: str) -> float:
    """Return the shared part of the words of two texts (Jaccard)."""
    one, two = words(a), words(b)
    return len(one & two) / len(one | two)


def test_no_item_stands_twice_also_not_in_other_words():
    every = items(*TESTS)
    assert len({q.prompt.casefold() for q in every}) == len(every) == 40
    for a, b in itertools.combinations(every, 2):
        assert alike(a.prompt, b.prompt) < 0.37, (a.id, b.id)
        shared = {c.casefold() for c in a.choices} & {c.casefold() for c in b.choices}
        assert len(shared) <= 1, (a.id, b.id, shared)


def test_no_item_is_an_exercise_of_a_module():
    for item in items(*TESTS):
        for exercise in items(*LESSONS):
            assert alike(item.prompt, exercise.prompt) < 0.4, (item.id, exercise.id)
            for hint in exercise.hints:
                assert alike(item.prompt, hint) < 0.4, (item.id, exercise.id)


def test_the_measure_of_likeness_sees_a_rewording():
    stem = module(BEFORE).questions["m90_wait"].prompt
    reworded = "On a route, gaps between buses are 3 and 17 minutes by turns. People come to the "
    assert alike(stem, reworded + "stop at any moment. How long do they wait on average?") > 0.6


# ---- plain words ---------------------------------------------------------------------


@pytest.mark.parametrize("name", FORMS)
def test_questions_are_short_and_calm(name: str):
    for question in items(name):
        for sentence in re.split(r"(?<=[.?:])\s", question.prompt):
            assert len(sentence.split()) <= 26, (question.id, sentence)
        text = " ".join([question.prompt, question.title, *question.choices])
        assert "!" not in text
        assert not re.search(r"\b(simply|just|obviously|easy|of course)\b", text, re.I)


def test_the_right_answer_is_not_known_by_its_length():
    longest = shortest = 0
    for name in TESTS:
        for question in items(name):
            lengths = [len(c) for c in question.choices]
            right = len(key(name).words(question.id))
            longest += right == max(lengths) and lengths.count(right) == 1
            shortest += right == min(lengths) and lengths.count(right) == 1
    assert longest <= 14 and shortest <= 14  # of 40; 10 by chance


def test_a_fact_in_a_question_has_a_year_and_a_source():
    """Whoever names Seoul says when and after whom."""
    for question in items(*TESTS):
        if "Seoul" in question.prompt:
            assert re.search(r"\b20\d\d\b", question.prompt), question.id
            assert re.search(r"(\(|; | of )[A-Z][a-z]+[^.;)]*\)", question.prompt), question.id


# ---- the order of the options --------------------------------------------------------


@pytest.mark.parametrize("name", TESTS)
def test_each_trainee_has_an_order_of_their_own_in_every_city(name: str):
    spec = module(name)
    for question in spec.questions.values():
        orders = {order_of(question, Who(t).key("trainee")) for t in CLASS}
        assert len(orders) > 12  # of 24
        here, there = (drawn(question.id, bundled(c), "ana") for c in ("seoul", "iloilo"))
        assert here == there
        assert sorted(v for k, v in here.params.items() if k.startswith("option_")) == sorted(
            question.choices
        )


@pytest.mark.parametrize("name", TESTS)
def test_a_neighbours_letter_helps_no_more_than_a_guess(name: str):
    city, same, total = bundled("seoul"), 0, 0
    letters = {
        t: [key(name).expected(q.id, city, drawn(q.id, city, t)) for q in items(name)]
        for t in CLASS[:12]
    }
    for a, b in itertools.combinations(letters.values(), 2):
        same += sum(x == y for x, y in zip(a, b, strict=True))
        total += len(a)
        assert sum(x == y for x, y in zip(a, b, strict=True)) <= 12
    assert 0.20 < same / total < 0.30
    # and no letter is right much more often than another
    every = [letter for own in letters.values() for letter in own]
    assert all(0.15 < every.count(letter) / len(every) < 0.35 for letter in "abcd")


def test_a_letter_leads_back_to_its_option():
    for question in items(*TESTS):
        who = Who("ana").key("trainee")
        for place in range(4):
            assert place_of(question, who, shown_as(question, who, place)) == place


# ---- the key -------------------------------------------------------------------------


@pytest.mark.parametrize("name", TESTS)
def test_the_key_names_one_option_of_every_question(name: str):
    spec = module(name)
    assert set(key(name).questions) == set(spec.questions)
    for question in spec.questions.values():
        assert question.choices.count(key(name).words(question.id)) == 1, question.id


@pytest.mark.parametrize("name", TESTS)
def test_what_is_said_after_scoring_does_not_hold_the_answer(name: str):
    for question in items(name):
        said, right = key(name).said(question.id), key(name).words(question.id)
        assert said.endswith(".") and said.count(". ") == 0
        assert right.casefold() not in said.casefold()
        numbers = set(re.findall(r"\d[\d,.]*", right))
        assert not numbers & set(re.findall(r"\d[\d,.]*", said)), question.id
        others = [len(words(c) & words(said)) for c in question.choices if c != right]
        shared = len(words(right) & words(said))
        assert shared <= max(others) + 2, (question.id, said)


def test_before_the_course_nothing_is_explained():
    for question in items(BEFORE):
        said = key(BEFORE).said(question.id)
        assert said == f"This is a subject of module {question.about}."


@pytest.mark.parametrize("name", TESTS)
def test_the_file_of_the_module_holds_no_key(name: str):
    """Nothing beside the options tells which one it is: no field, no comment, no order."""
    text = (MODULES / name / "module.yml").read_text(encoding="utf-8")
    for question in items(name):
        assert text.count(key(name).words(question.id)) >= 1
    comments = re.findall(r"#.*", text)
    assert not [c for c in comments if "right" in c and "words" not in c and "known" not in c]
    places = [q.choices.index(key(name).words(q.id)) for q in items(name)]
    assert all(2 <= places.count(place) <= 8 for place in range(4)), places
    fields = {name for entry in yaml.safe_load(text)["questions"] for name in entry}
    assert fields == {"id", "title", "area", "about", "prompt", "options"}


# ---- the page ------------------------------------------------------------------------


@pytest.mark.parametrize("name", FORMS)
def test_the_page_is_the_one_that_is_made_from_the_questions(name: str):
    page = MODULES / name / "exercises.ipynb"
    assert page.read_text(encoding="utf-8") == text_of(module(name)), (
        f"run: python3 -m course module page {name}"
    )


@pytest.mark.parametrize("name", FORMS)
def test_one_question_is_two_cells(name: str):
    cells = notebook_of(module(name))["cells"]
    for question in items(name):
        at = [c["metadata"]["nbgrader"]["grade_id"] for c in cells].index(question.id)
        assert cells[at - 1]["source"] == f'ask("{question.id}")'
        assert cells[at]["source"].startswith(f'answer("{question.id}", "')
        marks = cells[at]["metadata"]["nbgrader"]
        assert (marks["grade"], marks["solution"], marks["locked"]) == (True, False, False)
        assert marks["points"] == question.points


def test_a_lesson_has_no_generated_page():
    with pytest.raises(UsageError):
        notebook_of(module("10_integrated_fares"))


def test_the_command_writes_the_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    folder = tmp_path / BEFORE
    folder.mkdir()
    (folder / "module.yml").write_bytes((MODULES / BEFORE / "module.yml").read_bytes())
    assert write_page(folder).read_bytes() == (MODULES / BEFORE / "exercises.ipynb").read_bytes()
    parser = argparse.ArgumentParser()
    module_command.add_arguments(parser)
    with pytest.raises(UsageError, match="no module"):
        module_command.run(parser.parse_args(["page", "../91_post_test"]))


def test_a_new_module_goes_before_the_tests():
    taken = ["13_action_plan", *FORMS]
    assert named("Water for all", taken=taken).id == "14_water_for_all"


def test_the_survey_says_what_the_host_can_see():
    text = json.dumps(notebook_of(module("92_survey")))
    assert "carries your name" in text and "could open it" in text
    assert "five people or more" in text and "mixed order" in text


# ---- what a file may not be ----------------------------------------------------------

TEST = yaml.safe_load((MODULES / BEFORE / "module.yml").read_text(encoding="utf-8"))
SURVEY = yaml.safe_load((MODULES / "92_survey" / "module.yml").read_text(encoding="utf-8"))


def first(content: dict, **changes: object) -> None:
    content["questions"][0].update(changes)


BROKEN = {
    "form is 'quiz'": (TEST, lambda c: c.update(form="quiz")),
    "form is []": (TEST, lambda c: c.update(form=[])),
    "the key 'hints' is unknown": (TEST, lambda c: first(c, hints=["a", "b"])),
    "the key 'answer' is unknown": (TEST, lambda c: first(c, answer="c")),
    "the key 'points' is unknown": (TEST, lambda c: first(c, points=2)),
    "the key 'written' is unknown": (TEST, lambda c: c.update(written=[])),
    "the key 'lesson' is unknown": (TEST, lambda c: c["minutes"].update(lesson=5)),
    "3 options are given": (TEST, lambda c: c["questions"][0]["options"].pop()),
    "two options are the same": (TEST, lambda c: first(c, options=["A", "a", "b", "c"])),
    "options is empty or not text": (TEST, lambda c: first(c, options=["a", "b", "c", 4])),
    "options is not a list": (TEST, lambda c: first(c, options={"a": "x"})),
    "differ much in length": (TEST, lambda c: first(c, options=["a", "b", "c", "d" * 60])),
    "braces have no meaning": (TEST, lambda c: first(c, prompt="Of {city}?")),
    "about is '2'": (TEST, lambda c: first(c, about="2")),
    "area is 'money'": (TEST, lambda c: first(c, area="money")),
    "4 questions are about policy": (TEST, lambda c: first(c, area="plan")),
    "5 questions are about policy, the blueprint says 6": (
        TEST, lambda c: c["blueprint"].update(policy=6)),
    "the blueprint is {}": (TEST, lambda c: c.pop("blueprint")),
    "two questions have the same text": (
        TEST, lambda c: first(c, prompt=c["questions"][1]["prompt"])),
    "two questions have this id": (TEST, lambda c: first(c, id=c["questions"][1]["id"])),
    "the id 'm91_outcome' does not fit": (TEST, lambda c: first(c, id="m91_outcome")),
    "a survey has no blueprint": (SURVEY, lambda c: c.update(blueprint=BLUEPRINT)),
    "the scale has 4 steps": (SURVEY, lambda c: c["questions"][0]["scale"].pop()),
    "best is 6": (SURVEY, lambda c: first(c, best=6)),
    "best is True": (SURVEY, lambda c: first(c, best=True)),
    "best is given without a scale": (SURVEY, lambda c: c["questions"][0].pop("scale")
                                      and first(c, best=3)),
    "the survey has no scale": (SURVEY, lambda c: [
        (q.pop("scale", 0), q.pop("best", 0)) for q in c["questions"]]),
}  # fmt: skip


@pytest.mark.parametrize("says", BROKEN)
def test_a_broken_rule_is_named(says: str, tmp_path: Path):
    content, change = BROKEN[says]
    content = copy.deepcopy(content)
    change(content)
    file = tmp_path / "module.yml"
    file.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
    wanted = says.partition(", the blueprint says")[0]
    if says.startswith("5 questions"):
        wanted = "the blueprint is"
    with pytest.raises(CourseError) as caught:
        load_module(file)
    assert wanted in caught.value.what and str(file) in caught.value.what
    assert caught.value.remedy

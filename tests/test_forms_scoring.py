"""Answers to a test or survey: what the page says, what the host makes of them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from course import answer_book, answers, catalogue
from course.answer_values import read_value
from course.exercises import draw
from course.forms.nowhere import NOWHERE
from course.identity import Who
from grading.answer_key import for_module
from grading.answer_key.form_key import FormKey
from grading.form_scoring import OTHER_NAME, time_notes
from grading.records import Answers, Record, merge, read_record
from grading.result import Result
from grading.score_cells import score_outputs
from grading.scoring import Judge, score
from tests.key_cases import MODULES, bundled, drawn, key, module

TEST, AFTER, SURVEY = "90_pre_test", "91_post_test", "92_survey"
ITEM = module(TEST).questions["m90_wait"]


def judge(name: str = "ana", *, of: FormKey | None = None, module_id: str = TEST) -> Judge:
    def nowhere(record: Record) -> None:
        raise AssertionError("a test asks for no city")

    return Judge(who=Who(name), key=of or for_module(module_id), draw=draw, find_city=nowhere,
                 read_value=read_value)  # fmt: skip


def letter(question: str, name: str = "ana", *, right: bool = True) -> str:
    one = key(question).expected(question, NOWHERE, drawn(question, bundled("seoul"), name))
    return one if right else next(c for c in "abcd" if c != one)


def record(value: object, *, trainee: str = "ana", question: str = "m90_wait", **more) -> Record:
    return Record(question=question, value=value, trainee=trainee, **more)


# ---- the host ------------------------------------------------------------------------


def test_right_and_wrong_are_told_in_points_alone():
    right = score(ITEM, [record(letter("m90_wait"))], judge())
    wrong = score(ITEM, [record(letter("m90_wait", right=False))], judge())
    assert (right.status, right.points, right.max_points) == ("right", 1.0, 1.0)
    assert (wrong.status, wrong.points) == ("wrong", 0.0)
    assert right.sentence == wrong.sentence == "This is a subject of module 09."
    assert not right.hint and not wrong.hint and not wrong.details


def test_after_the_course_there_is_a_sentence_for_who_was_right_too():
    question = module(AFTER).questions["m91_wait"]
    for right in (True, False):
        value = letter("m91_wait", right=right)
        made = score(question, [record(value, question="m91_wait")], judge(module_id=AFTER))
        assert made.sentence == for_module(AFTER).said("m91_wait") and len(made.sentence) > 30


@pytest.mark.parametrize("value", ["e", "", "ab", "8.2", 1.5, True, [], {"a": 1}, "о", "a" * 9999])
def test_an_edited_or_unreadable_letter_is_no_point_and_no_error(value: object):
    made = score(ITEM, [record(value)], judge())
    assert (made.status, made.points) == ("unreadable", 0.0)
    assert "8.2" not in made.sentence


@pytest.mark.parametrize("write", ["{}", " {} ", "'{}'", "({})", "{}."])
def test_a_letter_is_read_as_people_write_it(write: str):
    value = letter("m90_wait")
    for one in (value, value.upper()):
        assert score(ITEM, [record(write.format(one))], judge()).status == "right"


def test_the_words_of_the_answer_are_not_taken_for_a_letter():
    """Letters only: the words stand in everybody's page, and the form says so."""
    assert score(ITEM, [record("8.2 minutes")], judge()).status == "unreadable"


def test_no_answer_and_an_empty_record():
    for records in ([], [record(None)]):
        made = score(ITEM, records, judge())
        assert (made.status, made.points) == ("missing", 0.0)
        assert "hand in again" not in made.sentence


def test_of_two_answers_the_later_counts():
    first, second = letter("m90_wait"), letter("m90_wait", right=False)
    found = merge([record(second, time=20.0), record(first, time=10.0)], ["m90_wait"])
    assert score(ITEM, found.by_question["m90_wait"], judge()).status == "wrong"
    found = merge([record(first, time=20.0), record(second, time=10.0)], ["m90_wait"])
    assert score(ITEM, found.by_question["m90_wait"], judge()).status == "right"


def test_an_answer_under_another_name_goes_to_a_person_and_tells_nothing():
    question = next(
        q for q in module(TEST).questions.values() if letter(q.id, "bo") != letter(q.id, "ana")
    )
    theirs = record(letter(question.id, "bo"), trainee="bo", question=question.id)
    made = score(question, [theirs], judge("ana"))
    assert (made.status, made.points, made.sentence) == ("mismatch", 0.0, OTHER_NAME)
    assert any("'bo'" in line for line in made.details)
    own = record(letter(question.id, "ana"), trainee="bo", question=question.id)
    assert score(question, [own], judge("ana")).status == "right"


def test_a_key_that_names_no_option_costs_nobody_a_point():
    broken = FormKey(right={"m90_wait": "9.9 minutes"}, said={})
    made = score(ITEM, [record("a")], judge(of=broken))
    assert (made.status, made.points) == ("pending", 0.0)


def test_the_survey_is_noted_and_copied_nowhere():
    spec = module(SURVEY)
    for name, value in (("m92_useful", "4"), ("m92_useful", 4), ("m92_keep", "All of it")):
        made = score(spec.questions[name], [record(value, question=name)], judge(module_id=SURVEY))
        assert (made.status, made.points, made.max_points, made.value) == ("noted", 0, 0, "")
        page = json.dumps(score_outputs(made))
        assert "points" not in page and "All of it" not in page
        assert '"0.0"' in page  # a graded cell without points would count as full marks
    for value in ("6", 0, "much", 4.5):
        made = score(spec.questions["m92_useful"], [record(value, question="m92_useful")],
                     judge(module_id=SURVEY))  # fmt: skip
        assert (made.status, made.value) == ("unreadable", "")


# ---- nothing of the key comes out ----------------------------------------------------


@given(st.sampled_from(sorted(module(TEST).questions)), st.integers(0, 3), st.integers(0, 3),
       st.text("abcd", min_size=1, max_size=1))  # fmt: skip
def test_who_is_wrong_sees_the_same_whatever_the_key_is(qid: str, one: int, two: int, value: str):
    """Two keys that both call an answer wrong cannot be told apart by what comes out."""
    question = module(TEST).questions[qid]
    made: list[Result] = []
    for place in (one, two):
        other = FormKey(right={qid: question.choices[place]}, said={qid: "As always."})
        made.append(score(question, [record(value, question=qid)], judge(of=other)))
    if made[0].points == made[1].points:
        assert made[0] == made[1] and score_outputs(made[0]) == score_outputs(made[1])


def test_the_page_for_right_and_wrong_differs_in_the_points_alone():
    right = score(ITEM, [record(letter("m90_wait"))], judge())
    wrong = score(ITEM, [record(letter("m90_wait", right=False))], judge())
    alike = replace(right, points=0.0, status="wrong", value=wrong.value)
    assert alike == wrong


# ---- time ----------------------------------------------------------------------------


def answers_at(*minutes: float) -> Answers:
    found = Answers()
    for number, minute in enumerate(minutes):
        found.by_question[f"q{number}"] = [Record(f"q{number}", "a", time=60.0 * minute)]
    return found


def test_a_test_that_took_long_is_a_line_for_the_instructor():
    spec = module(TEST)
    assert time_notes(spec, answers_at(0, 5, 20)) == []
    assert time_notes(spec, answers_at()) == time_notes(spec, answers_at(3)) == []
    ((_, line),) = time_notes(spec, answers_at(0, 5, 47))
    assert "47 minutes" in line and "the test has 20" in line
    assert "more than a day" in time_notes(spec, answers_at(0, 99999))[0][1]
    assert time_notes(module(SURVEY), answers_at(0, 500)) == []
    broken = answers_at(0, 1)
    broken.by_question["x"] = [read_record({"question": "x", "time": "never"}, source="notebook")]
    assert time_notes(spec, broken) == []


# ---- the page of a trainee -----------------------------------------------------------


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / TEST
    folder.mkdir()
    (folder / "module.yml").write_bytes((MODULES / TEST / "module.yml").read_bytes())
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COURSE_TRAINEE", "ana")
    monkeypatch.setenv("COURSE_CITY", "no-such-city")  # a test opens none
    return folder


def said(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out


def test_a_question_shows_letters_and_words_and_no_hint(desk: Path, capsys):
    answers.ask("m90_wait")
    text = said(capsys)
    assert "Question 12 of 20" in text and "1 point" in text
    shown = drawn("m90_wait", bundled("seoul"), "ana").params
    for one in "abcd":
        assert f"{one} | {shown[f'option_{one}']}" in text


@pytest.mark.parametrize("right", [True, False])
def test_the_reply_says_received_and_never_right(desk: Path, capsys, right: bool):
    texts = []
    for value in (letter("m90_wait", right=right), letter("m90_wait", right=not right)) * 3:
        answers.answer("m90_wait", value)
        texts.append(said(capsys))
    for text in texts:
        assert "Received." in text and "the latest answer counts" in text
        assert not [
            w for w in ("Hint", "Right", "Form is right", "Not yet", "correct") if w in text
        ]
    (last,) = [r for r in answer_book.latest(desk / "answers.json").values()]
    assert (last["n"], last["city"], last["fingerprint"]) == (6, "", "")


@pytest.mark.parametrize("value", ["x", 7, 2.5, ["a"], {"a": "b"}, object(), "a or b"])
def test_a_form_that_is_wrong_is_said_at_once(desk: Path, capsys, value: object):
    answers.answer("m90_wait", value)
    text = said(capsys)
    assert "Form is not right yet" in text and "one of 'a', 'b', 'c', 'd'" in text
    assert "Traceback" not in text


def test_an_empty_answer_stops_nothing(desk: Path, capsys):
    for value in ("", None, ..., "  "):
        answers.answer("m90_wait", value)
        assert "No answer yet" in said(capsys)
    assert not (desk / "answers.json").exists()


def test_the_list_before_the_hand_in(desk: Path, capsys):
    for number, name in enumerate(module(TEST).questions):
        if number:
            answers.answer(name, letter(name))
    said(capsys)
    answers.hand_in()
    text = said(capsys)
    assert "1 question has no readable answer" in text and "19 of 20" in text
    assert "city" not in text and "Right" not in text
    assert not list(desk.glob("*.zip"))
    assert catalogue.progress(module(TEST), desk, city="seoul", fingerprint="x").answered == 19


def test_the_survey_takes_numbers_with_and_without_quotes(desk: Path, capsys):
    (desk / "module.yml").write_bytes((MODULES / SURVEY / "module.yml").read_bytes())
    for value in (4, "4"):
        answers.answer("m92_useful", value)
        assert "Received. 4: mostly" in said(capsys)
    answers.answer("m92_keep", "\nThe lab.\nAll of it.\n")
    assert "Received." in said(capsys)
    answers.hand_in()
    text = said(capsys)
    assert "You may leave questions open" in text and "self" not in text


def test_letters_without_quotes_work_in_a_notebook(desk: Path):
    from IPython.core.interactiveshell import InteractiveShell

    made = not InteractiveShell.initialized()
    shell = InteractiveShell.instance()
    try:
        shell.user_ns.update(a=41)  # a name of the trainee's own is never touched
        answers.ask("m90_wait")
        assert shell.user_ns["b"] == "b" and shell.user_ns["a"] == 41
    finally:
        for one in "abcd":
            shell.user_ns.pop(one, None)
        if made:
            InteractiveShell.clear_instance()


def test_a_record_of_the_page_is_what_the_host_reads(desk: Path):
    answers.answer("m90_wait", letter("m90_wait"))
    raw = json.loads((desk / "answers.json").read_text())["answers"][-1]
    found = read_record(raw, source="answers.json")
    assert found.variant == drawn("m90_wait", bundled("iloilo"), "ana").variant
    assert score(ITEM, [found], judge()).status == "right"
    assert datetime.now(UTC) - datetime.fromtimestamp(found.time, UTC) < timedelta(minutes=5)

"""Answer records: read from anything, the later one counts, disagreements are said."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grading.records import MEDIA_TYPE, merge, read_answer_file, read_record, shown
from grading.repair import records_of
from tests.grading_pieces import raw_record

A, B = "m10_trip", "m10_link"


def file_of(*records, wrapped=True):
    content = {"schema": 1, "answers": list(records)} if wrapped else list(records)
    return json.dumps(content).encode()


@pytest.mark.parametrize("wrapped", [True, False])
def test_the_file_as_the_course_writes_it_and_a_bare_list(wrapped):
    records, problem = read_answer_file(file_of(raw_record(A, 1650), wrapped=wrapped))
    assert problem == ""
    assert [(r.question, r.value, r.source) for r in records] == [(A, 1650, "answers.json")]


def test_one_record_per_line_with_a_cut_last_line():
    lines = json.dumps(raw_record(A, 1)) + "\n" + json.dumps(raw_record(B, 2))[:-9]
    records, problem = read_answer_file(lines.encode())
    assert [r.question for r in records] == [A]
    assert problem == "answers.json: 1 of 2 entries could not be read and do not count."


@pytest.mark.parametrize(
    "data",
    [
        b"", b"null", b"42", b"\xff\xfe\x00", b"[" * 100_000, b'{"answers": 3}',
        b'[{"question": 5}]', b'[{"value": 1}]', b'{"answers": [null, [], "x"]}', b"NaN",
    ],
    ids=range(10),
)  # fmt: skip
def test_hostile_files_hold_no_records_and_raise_nothing(data):
    records, _ = read_answer_file(data)
    assert records == []


def test_the_later_of_notebook_and_file_counts_and_is_reported():
    early = read_record(
        raw_record(A, 1, time="2026-11-02T10:00:00+00:00"), source="notebook", cell=A
    )
    late = read_record(raw_record(A, 2, time="2026-11-02T10:05:00+00:00"), source="answers.json")
    answers = merge([late, early], [A, B])
    assert answers.latest(A).value == 2
    ((question, note),) = answers.notes
    assert question == A
    assert "notebook says 1" in note and "says 2" in note and "(answers.json)" in note


def test_agreeing_sources_are_no_news():
    one = read_record(raw_record(A, {"b": 1, "a": 2}), source="notebook", cell=A)
    two = read_record(raw_record(A, {"a": 2, "b": 1}), source="answers.json")
    assert merge([one, two], [A]).notes == []


def test_times_of_other_zones_are_compared_as_moments():
    seoul = read_record(raw_record(A, 1, time="2026-11-02T19:00:00+09:00"), source="notebook")
    utc = read_record(raw_record(A, 2, time="2026-11-02T10:00:01Z"), source="answers.json")
    assert merge([utc, seoul], [A]).latest(A).value == 2


@pytest.mark.parametrize("time", [None, 5, "soon", "9999-99-99", "0001-01-01", "2026" * 50])
def test_an_unreadable_time_comes_before_every_readable_one(time):
    odd = read_record(raw_record(A, 1, time=time), source="notebook")
    fine = read_record(raw_record(A, 2), source="answers.json")
    assert merge([fine, odd], [A]).latest(A).value == 2


def test_an_answer_in_the_cell_of_another_question_counts_for_its_own():
    moved = read_record(raw_record(B, 7), source="notebook", cell=A)
    answers = merge([moved], [A, B])
    assert answers.latest(A) is None
    assert answers.latest(B).value == 7
    assert answers.notes == [(A, f"This cell holds an answer to {B}; it counts there.")]


def test_questions_of_other_modules_are_set_aside_and_named():
    strange = read_record(raw_record("m99_secret", 7), source="notebook", cell=A)
    answers = merge([strange], [A])
    assert answers.by_question == {}
    assert "m99_secret" in answers.notes[0][1]


def test_records_are_read_from_text_and_lines_too():
    raw = raw_record(A, 3)
    for data in (raw, json.dumps(raw), [json.dumps(raw)[:9], json.dumps(raw)[9:]]):
        cell = {"outputs": [{"data": {MEDIA_TYPE: data}}]}
        assert [r.value for r in records_of(cell, A)] == [3]


def test_control_characters_and_surrogates_are_taken_out_of_names():
    record = read_record(
        raw_record(A, 1, trainee="an\x00a\ud800", team="x" * 999), source="notebook"
    )
    assert record.trainee == "ana?"
    assert len(record.team) == 200


@pytest.mark.parametrize(
    ("value", "text"),
    [(1650.0, "1650"), (1.5, "1.5"), ("x" * 99, "x" * 59 + "…"), ([1], "[1]"), (10**5000, "int")],
    ids=range(5),
)
def test_shown_is_short(value, text):
    assert shown(value) == text


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_raise(data):
    records, problem = read_answer_file(data)
    assert isinstance(problem, str)
    merge(records, [A])


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["question", "value", "time", "n", "trainee", "answers"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=15,
)


@settings(max_examples=200, deadline=None)
@given(st.lists(ANY, max_size=5))
def test_no_json_raises_and_the_order_is_a_law(entries):
    records = [r for e in entries if (r := read_record(e, source="notebook", cell=A))]
    there = merge(records, [A, B]).by_question
    back = merge(reversed(records), [A, B]).by_question
    for name, found in there.items():
        assert [r.order for r in found] == sorted(r.order for r in found)
        assert sorted(r.order for r in back[name]) == [r.order for r in found]

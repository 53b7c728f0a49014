"""Whatever is passed to answer() is read or refused with one sentence; nothing is raised."""

from __future__ import annotations

import enum
import json
import math
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.answer_values import NO_ANSWER, is_empty, out_of_range, read_value
from course.number_text import parse_number
from course.questions import load_module

MODULE = load_module(Path(__file__).resolve().parent.parent / "modules" / "10_integrated_fares")
NUMBER = MODULE.questions["m10_trip"]
PERCENT = MODULE.questions["m10_rev"]
WHOLE = MODULE.questions["m10_link"]
CHOICE = MODULE.questions["m10_cap"]
DESIGN = MODULE.questions["m10_policy"]

GOOD_DESIGN = {
    "base": 1650, "free_km": 2, "step_km": 5, "step_price": 0, "window_min": 30,
    "max_transfers": 4, "cap": True, "low_income_discount_pct": 10, "tap_out": "none",
    "subsidy": 0, "compensation": "none",
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1650", 1650), ("1 650", 1650), ("1,650", 1650), ("1_650", 1650), ("1'650", 1650),
        ("1\u202f650", 1650), ("1.650,5", 1650.5), ("1,650.5", 1650.5), ("1.650.000", 1_650_000),
        ("1,650,000", 1_650_000), ("12,5", 12.5), ("0,650", 0.65), ("0.650", 0.65),
        ("-12.35", -12.35), ("−12.35", -12.35), ("- 5", -5), ("+7", 7), ("1e3", 1000),
        ("۱۶۵۰", 1650), ("١٦٥٠", 1650), ("۱٬۶۵۰", 1650), ("۱۲٫۵", 12.5), ("१६५०", 1650),
        ("１６５０", 1650), ("１，６５０", 1650), ("  1650 ", 1650), ("1650.", 1650), (".5", 0.5),
        ("\u200f۱۶۵۰\u200f", 1650),
    ],
)  # fmt: skip
def test_numbers_as_people_type_them(text: str, number: float):
    assert parse_number(text) == (pytest.approx(number), "")


@pytest.mark.parametrize(
    ("text", "number"),
    [("12 %", 12), ("12%", 12), ("12 percent", 12), ("۱۲٪", 12), ("１２％", 12), ("-3.5 %", -3.5)],
)
def test_a_percent_sign_is_no_trouble(text: str, number: float):
    assert read_value(PERCENT, text) == (pytest.approx(number), "")


@pytest.mark.parametrize("text", ["1650 KRW", "KRW 1650", "1,650 krw", "₩1,650", "1650 ₩"])
def test_the_unit_may_stand_beside_the_number(text: str):
    assert read_value(NUMBER, text) == (1650, "")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("abc", "could not read a number"), ("", NO_ANSWER), ("  ", NO_ANSWER),
        ("3 or 4", "more than one number"), ("12 cats", "also 'cats'"),
        ("1,65,0", "could not read"), ("1.2.3", "could not read"), ("--5", "and also '-'"),
        ("1e999", "could not read"), ("9" * 5000, "too long"), ("²", "2"), ("½", "more than one"),
        ("٣٣٣ و", "also"), ("NaN", "could not read a number"), ("inf", "could not read a number"),
    ],
)  # fmt: skip
def test_what_is_no_number_gets_one_sentence(text: str, says: str):
    value, problem = read_value(NUMBER, text)
    if text == "²":  # a superscript two is a two: NFKC says so
        assert value == 2
        return
    assert value is None
    assert says in problem
    assert problem.count("\n") == 0 and len(problem) < 200


class _Money(enum.IntEnum):
    FARE = 1650


class _Loud(float):
    def __float__(self):
        raise RuntimeError("loud")

    def __repr__(self):
        raise RuntimeError("loud")

    def __add__(self, other):
        raise RuntimeError("loud")


class _Hostile:
    def __getattribute__(self, name):
        raise SystemExit(3)

    def __repr__(self):
        raise RecursionError


class _FakeNumpy:
    shape = ()
    __module__ = "numpy"

    def item(self):
        return _Hostile()


SCALARS = [
    1650, 1650.0, np.int64(1650), np.float32(1650), np.array(1650), np.array([1650.0]),
    pd.Series([1650]), Decimal("1650"), Fraction(1650), _Money.FARE, _Loud(1650), "1650",
    np.str_("1650"), pd.array([1650], dtype="Int64")[0],
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(SCALARS)))
def test_any_scalar_is_a_number(number: int):
    read, problem = read_value(NUMBER, SCALARS[number])
    assert (read, problem) == (1650, "")
    assert type(read) in (int, float)
    json.dumps(read)


def _recursive() -> dict[str, Any]:
    loop: dict[str, Any] = {}
    loop["again"] = loop
    return loop


HOSTILE = [
    math.nan, math.inf, -math.inf, np.nan, pd.NA, pd.NaT, np.datetime64("NaT"), True, False,
    np.True_, b"1650", b"\xff", object(), lambda: 1650, len, Exception("x"), 3 + 4j,
    10**400, -(10**5000), pd.DataFrame({"a": [1, 2]}), pd.DataFrame(), pd.Series(dtype=float),
    np.zeros((3, 3)), [1650], (1650,), {1650}, {"a": 1650}, _recursive(), [[[[[[[[[1]]]]]]]]],
    "x" * 10_000_000, "\ud800", "\x00", "1650\x00", _Hostile(), _FakeNumpy(), _Hostile, range(3),
    Decimal("sNaN"), Decimal("Infinity"), Fraction(10**400), iter([1]), open,
    type("DataFrame", (), {"__len__": lambda self: 1 / 0})(),
]  # fmt: skip


@pytest.mark.parametrize("question", MODULE.questions.values(), ids=lambda q: q.id)
@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_hostile_values_never_raise(question, number: int):
    value, problem = read_value(question, HOSTILE[number])
    assert isinstance(problem, str)
    assert (value is None) == bool(problem)
    if problem:
        assert len(problem) < 250 and problem.endswith(".")
    json.dumps(value, allow_nan=False)


def test_a_truth_value_is_no_number():
    assert "True or False" in read_value(NUMBER, True)[1]


@pytest.mark.parametrize("blank", [None, ..., "", " \n", {"base": None, "free_km": None}])
def test_blank_means_no_answer_yet(blank: Any):
    assert is_empty(blank)
    assert read_value(DESIGN, blank) == (None, NO_ANSWER)


def test_a_whole_number_has_no_decimals():
    assert read_value(WHOLE, 1266.0) == (1266, "")
    assert read_value(WHOLE, "1,266 trips") == (1266, "")
    assert "whole number" in read_value(WHOLE, 1266.4)[1]


@pytest.mark.parametrize("given", ["b", "B", " b ", "'b'", "(b)", "ｂ"])
def test_a_choice_is_its_key(given: str):
    assert read_value(CHOICE, given) == ("b", "")


@pytest.mark.parametrize("given", ["e", 2, ["b"], "ab", None])
def test_another_choice_is_refused_with_the_keys(given: Any):
    value, problem = read_value(CHOICE, given)
    assert value is None
    assert given is None or "'a', 'b', 'c', 'd'" in problem


def test_a_design_is_a_dictionary_or_its_json():
    for form in (GOOD_DESIGN, json.dumps(GOOD_DESIGN), json.dumps(GOOD_DESIGN).encode()):
        assert read_value(DESIGN, form) == (GOOD_DESIGN, "")
    typed = GOOD_DESIGN | {"base": "1,650 KRW", "tap_out": " NONE ", "subsidy": np.float64(0)}
    assert read_value(DESIGN, typed) == (GOOD_DESIGN, "")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"base": None}, "'base' has no value"), ({"fare": 3}, "'fare' is not asked"),
        ({"cap": "yes"}, "'cap' is True or False"), ({"tap_out": True}, "'tap_out' is one of"),
        ({"max_transfers": 2.5}, "'max_transfers' is a whole number"),
        ({"base": "many"}, "'base': I could not read"), ({"base": math.nan}, "NaN"),
        ({"base": [1]}, "'base': I could not read"), ({1: 2}, "'1' is not asked"),
    ],
)  # fmt: skip
def test_a_design_with_a_fault_names_the_field(change: dict, says: str):
    value, problem = read_value(DESIGN, GOOD_DESIGN | change)
    assert value is None
    assert says in problem


def test_a_missing_field_is_named():
    part = {k: v for k, v in GOOD_DESIGN.items() if k != "compensation"}
    assert "'compensation' has no value" in read_value(DESIGN, part)[1]


def test_a_range_is_a_remark_not_a_refusal():
    value, problem = read_value(PERCENT, 123456)
    assert (value, problem) == (123456, "")
    assert "plausible is -100 to 1,000 %" in out_of_range(PERCENT, value, {})
    assert out_of_range(PERCENT, 12.5, {}) == ""
    params = {"base_high": 30000, "step_high": 9, "currency": "KRW"}
    far = GOOD_DESIGN | {"base": 10**9}
    assert "'base' is 1,000,000,000" in out_of_range(DESIGN, far, params)
    assert out_of_range(DESIGN, GOOD_DESIGN, params) == ""


DIGITS = ["0123456789", "۰۱۲۳۴۵۶۷۸۹", "٠١٢٣٤٥٦٧٨٩", "０１２３４５６７８９", "०१२३४५६७८९"]


@given(
    st.integers(-(10**12), 10**12), st.sampled_from(DIGITS), st.sampled_from(["", ",", " ", "_"])
)
def test_every_whole_number_survives_its_spelling(number: int, digits: str, mark: str):
    text = f"{number:,}".replace(",", mark)
    text = "".join(digits[int(c)] if c.isdigit() and c.isascii() else c for c in text)
    assert parse_number(text) == (number, "")


@settings(deadline=None)
@given(st.floats(-1e9, 1e9).map(lambda x: round(x, 4)), st.sampled_from(DIGITS))
def test_every_decimal_survives_its_spelling(number: float, digits: str):
    for text in (f"{number:.4f}", f"{number:,.4f}"):
        spelled = "".join(digits[int(c)] if c.isdigit() else c for c in text)
        assert parse_number(spelled)[0] == pytest.approx(number, abs=1e-9)


@given(st.text(max_size=120))
def test_no_text_raises(text: str):
    for question in MODULE.questions.values():
        value, problem = read_value(question, text)
        assert (value is None) == bool(problem)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=20,
)


@given(JSON)
def test_no_json_value_raises_and_what_is_read_reads_again(value: Any):
    for question in MODULE.questions.values():
        read, problem = read_value(question, value)
        assert (read is None) == bool(problem)
        if not problem:  # the host reads the record with the same function
            assert read_value(question, json.loads(json.dumps(read))) == (read, "")

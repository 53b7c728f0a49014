"""One answer in, points and one sentence out: right, nearly right, wrong in known ways."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course.identity import Who
from course.questions import Option, Tolerance
from grading import hints
from grading.result import STATUSES, copied, needs_look
from grading.scoring import score
from tests.grading_pieces import BIG, TINY, FakeKey, draw, judge, question, record


def points_of(value, q=None, **changes):
    q = q or question()
    return score(q, [record(value, q.id, **changes)], judge())


@pytest.mark.parametrize("value", [16.5, 16.7, 16.3, "16.5", " 16,5 "])
def test_right_within_the_tolerance(value):
    result = points_of(value)
    assert (result.status, result.points) == ("right", 2.0)


@pytest.mark.parametrize("value", [16.71, 16.29, -16.5, 0, 1e9])
def test_outside_the_tolerance_gives_nothing(value):
    result = points_of(value)
    assert (result.status, result.points) == ("wrong", 0.0)


@pytest.mark.parametrize(
    "value",
    [math.nan, math.inf, "a third", True, [], {}, "=1+1", 10**5000, "<script>", "\ud800"],
    ids=range(10),
)
def test_what_is_no_number_is_unreadable(value):
    result = points_of(value)
    assert (result.status, result.points) == ("unreadable", 0.0)
    assert result.sentence


def test_no_record_and_an_empty_answer_are_missing():
    assert score(question(), [], judge()).status == "missing"
    assert points_of(None).status == "missing"


def test_the_last_record_counts():
    result = score(question(), [record(16.5), record(1, n=2)], judge())
    assert result.status == "wrong"


# ---- hints, in their order -----------------------------------------------------------


def test_specific_hint():
    result = points_of(40.1)
    assert result.hint == "specific"
    assert result.sentence == "Not yet. You paid twice."


def test_no_specific_hint_within_three_tolerances_of_the_key():
    assert points_of(16.9).hint == ""  # 0.4 away, three tolerances are 0.6


@pytest.mark.parametrize("value", [0.165, 1650, 16500, 990, 0.275, 0.0165, 16.543 * 100])
def test_unit_hint(value):
    result = points_of(value)
    assert result.hint == "unit"
    assert result.sentence == "Not yet. Right digits, other unit. We ask for KRW."


def test_unit_hint_not_for_zero():
    class Zero(FakeKey):
        def expected(self, qid, city, draw):
            return 0.0

    assert score(question(), [record(5)], judge(key=Zero(()))).hint == ""


def test_specific_comes_before_unit_and_unit_before_city():
    key = FakeKey([(1650.0, "Specific.")])
    assert score(question(), [record(1650)], judge(key=key)).hint == "specific"

    class UnitOfCity(FakeKey):
        def expected(self, qid, city, draw):
            return 1650.0 if city == BIG else 16.5

    assert score(question(), [record(1650)], judge(key=UnitOfCity(()))).hint == "unit"


def test_city_hint_names_the_pack():
    result = points_of(99)
    assert result.hint == "city"
    assert result.sentence == "Not yet. This fits Big City. Which city did you open?"


def test_a_pack_that_cannot_answer_gives_no_city_hint():
    class Fails(FakeKey):
        def expected(self, qid, city, draw):
            if city == BIG:
                raise ValueError("no rides")
            return 16.5

    result = score(question(), [record(99)], judge(key=Fails(())))
    assert (result.status, result.hint) == ("wrong", "")


def test_neighbour_hint_for_the_name_in_the_record():
    result = points_of(30, trainee="bo", variant="m99_a-tiny-bo")
    assert (result.status, result.hint, result.points) == ("mismatch", "neighbour", 0.0)
    assert result.sentence == "Not yet. This fits another route. Which one is yours?"
    assert any("made under the name 'bo'" in line for line in result.details)
    assert any("the right one for bo" in line for line in result.details)
    assert needs_look(result)


def test_neighbour_hint_from_the_table():
    q = question()
    others = [("bo", 30.0), ("cy", 30.1), ("di", 16.6)]
    hint = hints.neighbour(q, 30.0, 16.5, others)
    assert hint.detail == "The value is the right one for bo and 1 more."
    assert hints.neighbour(q, 16.6, 16.5, others) is None  # not told apart from the key
    assert hints.neighbour(question(varies_by="city"), 30.0, 16.5, others) is None
    made = copied(points_of(30), hint)
    assert (made.status, made.points) == ("mismatch", 0.0)


def test_no_hint_ever_contains_the_key():
    for value in (40.1, 0.165, 99, 12345, 30):
        sentence = points_of(value).sentence
        assert "16.5" not in sentence


# ---- forged --------------------------------------------------------------------------


def test_another_name_with_the_right_value_keeps_the_points():
    result = points_of(16.5, trainee="Ana at home")
    assert (result.status, result.points) == ("right", 2.0)
    assert result.details == ("The answer was made under the name 'Ana at home'.",)
    assert needs_look(result)


def test_another_variant_is_reported_and_judged_by_the_own():
    assert points_of(16.5, variant="m99_a-tiny-bo").status == "right"
    wrong = points_of(30, variant="m99_a-tiny-bo")
    assert wrong.points == 0
    assert any("names another variant" in line for line in wrong.details)


def test_an_unknown_city_waits_and_is_never_zero_for_good():
    result = points_of(16.5, fingerprint="dead")
    assert (result.status, result.sentence) == ("pending", "Kept.")
    assert result.details == ("City unknown.",)


def test_a_wrong_answer_of_an_unknown_city_waits_too():
    assert points_of(-5, fingerprint="dead").status == "pending"


def test_another_version_of_the_course_is_noted():
    q = question()
    result = score(q, [record(16.5, course="0.9")], judge(version="1.0"))
    assert result.status == "right"
    assert "version 0.9" in result.details[0]


# ---- faults of ours ------------------------------------------------------------------


def test_a_failing_key_costs_nobody_points():
    class Broken(FakeKey):
        def expected(self, qid, city, draw):
            raise ZeroDivisionError

    result = score(question(), [record(16.5)], judge(key=Broken()))
    assert result.status == "pending"
    assert "could not be judged" in result.details[-1]


def test_a_key_without_an_answer_costs_nobody_points():
    class Empty(FakeKey):
        def expected(self, qid, city, draw):
            return None

    assert score(question(), [record(16.5)], judge(key=Empty())).status == "pending"


# ---- other types ---------------------------------------------------------------------


def keyed(expected, wrong=()):
    class Key(FakeKey):
        def expected(self, qid, city, draw):
            return expected

    return judge(key=Key(wrong))


def test_exact_numbers_and_whole_numbers():
    q = question(tolerance=Tolerance(), type="integer")
    assert score(q, [record(1253)], keyed(1253)).status == "right"
    assert score(q, [record(1254)], keyed(1253)).status == "wrong"
    q = question(tolerance=Tolerance())
    assert score(q, [record(0.1 + 0.2)], keyed(0.3)).status == "right"


def test_relative_tolerance():
    q = question(tolerance=Tolerance("relative", 0.01))
    assert score(q, [record(1010)], keyed(1000)).status == "right"
    assert score(q, [record(1011)], keyed(1000)).status == "wrong"
    assert score(q, [record(-1010)], keyed(-1000)).status == "right"


OPTIONS = tuple(Option(k, k.upper()) for k in "abcd")


def test_choice_with_a_hint_and_alternatives():
    q = question(type="choice", options=OPTIONS, tolerance=Tolerance())
    assert score(q, [record("b")], keyed("b")).status == "right"
    assert score(q, [record("B ")], keyed("b")).status in ("right", "unreadable")
    wrong = score(q, [record("c")], keyed("b", [("c", "No steps."), ("b", "Never shown.")]))
    assert (wrong.points, wrong.sentence) == (0.0, "Not yet. No steps.")

    made = keyed("b")
    made.key.alternatives = lambda qid, city, draw: ["c"]
    assert score(q, [record("c")], made).status == "right"


def test_multi_ignores_the_order():
    q = question(type="multi", options=OPTIONS, tolerance=Tolerance())
    assert score(q, [record(["c", "a"])], keyed(["a", "c"])).status == "right"
    assert score(q, [record(["a"])], keyed(["a", "c"])).status == "wrong"


def test_a_design_earns_the_share_of_what_is_met():
    from course.questions import FormField

    fields = (FormField("cheap", "bool", "?"), FormField("near", "bool", "?"))
    q = question(type="json", fields=fields, tolerance=Tolerance())
    both = score(q, [record({"cheap": True, "near": True})], judge())
    assert (both.status, both.points) == ("right", 2.0)
    one = score(q, [record({"cheap": True, "near": False})], judge())
    assert (one.status, one.points) == ("partial", 1.5)
    assert one.sentence == "1 of 2 conditions are met. Too far."
    none = score(q, [record({"cheap": False, "near": False})], judge())
    assert (none.status, none.points) == ("wrong", 0.0)


def test_a_line_eased_for_a_trainee_is_told_also_to_who_is_right():
    from course.questions import FormField

    class Eased(FakeKey):
        def note(self, qid, city, draw) -> str:
            return "12 are allowed."

    fields = (FormField("cheap", "bool", "?"), FormField("near", "bool", "?"))
    q = question(type="json", fields=fields, tolerance=Tolerance())
    here = judge(key=Eased())
    right = score(q, [record({"cheap": True, "near": True})], here)
    assert right.sentence == "Right: your design meets every condition. 12 are allowed."
    part = score(q, [record({"cheap": True, "near": False})], here)
    assert part.sentence.endswith("Too far. 12 are allowed.")


# ---- laws ----------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(
    value=JSON,
    kind=st.sampled_from(["number", "integer", "choice", "multi", "json", "text", "table"]),
)
def test_anything_gets_a_status_and_points_in_range(value, kind):
    options = OPTIONS if kind in ("choice", "multi") else ()
    result = score(question(type=kind, options=options), [record(value)], judge())
    assert result.status in STATUSES
    assert 0 <= result.points <= result.max_points
    assert result.sentence
    result.sentence.encode("utf-8")
    result.value.encode("utf-8")


@settings(max_examples=100, deadline=None)
@given(
    key=st.floats(-1e9, 1e9).filter(lambda x: abs(x) > 1e-3),
    share=st.floats(-0.99, 0.99),
    amount=st.floats(1e-3, 10),
)
def test_inside_the_tolerance_is_right_for_every_key(key, share, amount):
    q = question(tolerance=Tolerance("absolute", amount))
    assert score(q, [record(key + share * amount)], keyed(key)).status == "right"


def test_draws_of_the_gradebooks_name_are_used():
    seen = []

    def spy(q, city, who):
        seen.append(who)
        return draw(q, city, who)

    score(question(), [record(16.5, trainee="bo")], judge("ana", draw=spy))
    assert seen[0] == Who("ana")
    assert TINY.fingerprint != BIG.fingerprint


def test_a_value_that_fits_many_is_no_copy():
    few_keys = [(f"t{i}", 30.0 if i % 4 else 20.0) for i in range(14)]
    assert hints.neighbour(question(), 30.0, 16.5, few_keys) is None

"""What is hard: counted by hand on made-up attempts, then on real hand-ins."""

from __future__ import annotations

import json
from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from grading.desk.attempts import Attempt, distinct
from grading.desk.questions import difficulties
from tests.grading_pieces import record

QUESTION = SimpleNamespace(id="q", title="A question", kind="core")
SPEC = SimpleNamespace(questions={"q": QUESTION})


def tries(student, *each, first=1):
    """Each is (status, value) or (status, value, kind, sentence)."""
    made = []
    for n, one in enumerate(each):
        status, value, kind, sentence = (*one, "", "")[:4]
        made.append(Attempt(student, "q", first and first + n, status, kind, value, sentence,
                            n == len(each) - 1))  # fmt: skip
    return made


# Five people, worked out on paper:
#   ana  right at once                                    1 answer
#   bo   40 (paid twice), then right                      2 answers
#   cem  40 (paid twice), 41, 42: stuck                   3 answers
#   dee  40 twice paid, then 40 again is one group, 41    2 answers, wrong at the end
#   eli  earlier answers were not kept; right             1 answer
TWICE = ("wrong", "40", "specific", "You paid twice.")
PEOPLE = [
    *tries("ana", ("right", "")),
    *tries("bo", TWICE, ("right", "")),
    *tries("cem", TWICE, ("wrong", "41"), ("wrong", "42")),
    *tries("dee", TWICE, ("wrong", "41")),
    *tries("eli", ("right", ""), first=0),
]


def test_the_numbers_of_five_people():
    (made,) = difficulties(SPEC, PEOPLE, 7)
    assert (made.people, made.answered) == (7, 5)
    assert made.attempts == 1.8  # (1 + 2 + 3 + 2 + 1) / 5
    assert made.most == 3
    assert made.right_first == 1, "ana; nobody knows what eli answered first"
    assert made.right_end == 3  # ana, bo, eli
    assert made.share(made.right_end) == 60.0
    assert made.stuck == ("cem",), "dee has tried two answers only"


def test_mistakes_are_counted_by_person_and_the_frequent_one_comes_first():
    (made,) = difficulties(SPEC, PEOPLE, 7)
    assert [(w.kind, w.words, w.people) for w in made.wrong] == [
        ("specific", "You paid twice.", 3),
        ("", "No hint fits", 2),
    ]
    assert made.wrong[0].values == (("40", 3),)
    assert made.wrong[1].values == (("41", 2), ("42", 1))


def test_hints_of_one_kind_are_one_group_and_show_no_value():
    given = [
        *tries("ana", ("wrong", "", "unit", "Right digits, other unit. We ask for KRW.")),
        *tries("bo", ("wrong", "", "unit", "Right digits, other unit. We ask for EUR.")),
    ]
    (made,) = difficulties(SPEC, given, 2)
    assert [(w.words, w.people, w.values) for w in made.wrong] == [
        ("Right digits, other unit", 2, ())
    ]


def test_nobody_answered():
    (made,) = difficulties(SPEC, [], 3)
    assert (made.answered, made.attempts, made.right_end, made.stuck) == (0, 0.0, 0, ())
    assert made.share(0) is None
    assert difficulties(SimpleNamespace(questions={}), [], 0) == []


def test_the_same_answer_again_is_no_attempt():
    given = [record(1), record(1.0 * 1), record(2), record(2, source="notebook"), record(1)]
    assert [r.value for r in distinct(given)] == [1, 1.0, 2, 1] or [
        r.value for r in distinct(given)
    ] == [1, 2, 1]


statuses = st.sampled_from(["right", "wrong", "partial", "pending", "unreadable", "mismatch"])


@given(st.dictionaries(st.text("abc", min_size=1, max_size=2),
                       st.lists(statuses, min_size=1, max_size=5), max_size=6))  # fmt: skip
def test_laws(table):
    given = [a for s, each in table.items() for a in tries(s, *((x, "v") for x in each))]
    (made,) = difficulties(SPEC, given, len(table))
    ends = [each[-1] for each in table.values()]
    assert made.answered == len(table)
    assert made.right_end == ends.count("right")
    assert made.right_first == sum(each[0] == "right" for each in table.values())
    assert round(made.attempts * max(1, len(table)), 1) >= len(given) - 0.1 * len(table)
    assert not {s for s in made.stuck if table[s][-1] in ("right", "pending")}
    assert all(w.people <= made.answered for w in made.wrong)
    assert json.dumps([w.words for w in made.wrong])

"""Statistics of a test's questions: by hand, and against independent libraries."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from course.exercises.option_order import shown_as
from course.identity import Who
from grading.items import gain as gains
from grading.items import percent_of, report, statistics, words
from grading.items.responses import of_scores
from grading.result import Result
from grading.scored import Scored
from tests.key_cases import key, module

TEST, AFTER = module("90_pre_test"), module("91_post_test")
NAMES = list(TEST.questions)
RIGHT = {n: TEST.questions[n].choices.index(key(n).words(n)) for n in NAMES}


def scored_of(student: str, options: list[int | None], spec=TEST, **details: tuple[str, ...]):
    """Return the score of somebody who chose these options, by their place in the file."""
    results = {}
    for (name, question), place in zip(spec.questions.items(), options, strict=True):
        right = place is not None and question.choices[place] == key(name).words(name)
        letter = "" if place is None else shown_as(question, Who(student).key("trainee"), place)
        status = "missing" if place is None else "right" if right else "wrong"
        made = Result(name, float(right), 1.0, status, "", details.get(name, ()), value=letter)
        results[name] = {**vars(made)}
    return Scored("", "", "", {}, results)


def table_of(matrix: np.ndarray) -> pd.DataFrame:
    """Return a table of answers from a matrix of points: trainees by questions."""
    rows = [
        (f"s{s:03d}", f"q{i:02d}", "policy", float(p), int(p) - 1, "answered")
        for s, row in enumerate(matrix) for i, p in enumerate(row)
    ]  # fmt: skip
    columns = ["student_id", "item", "area", "points", "option", "state"]
    return pd.DataFrame(rows, columns=columns)


def drawn_matrix(n: int, k: int, seed: int = 1) -> np.ndarray:
    draws = np.random.default_rng(seed)
    ability, ease = draws.normal(size=(n, 1)), draws.normal(size=(1, k))
    return (draws.random((n, k)) < 1 / (1 + np.exp(-(ability + ease)))).astype(float)


# ---- by hand -------------------------------------------------------------------------


def test_kr20_by_hand():
    """Four people, three questions: totals 3, 2, 1, 0, variance 1.25; sum of pq 3 x ..."""
    matrix = np.array([[1, 1, 1], [1, 1, 0], [1, 0, 0], [0, 0, 0]], float)
    # p = 3/4, 1/2, 1/4: pq = 3/16 + 4/16 + 3/16 = 10/16; 3/2 x (1 - 0.625 / 1.25) = 0.75
    assert statistics.kr20(statistics.points_wide(table_of(matrix))) == pytest.approx(0.75)


def test_discrimination_by_hand():
    a, b = pd.Series([1.0, 1, 0, 0]), pd.Series([2.0, 1, 1, 0])
    # deviations .5 .5 -.5 -.5 and 1 0 0 -1: sum of products 1, over sqrt(1 x 2)
    assert statistics.correlation(a, b) == pytest.approx(1 / math.sqrt(2))
    assert math.isnan(statistics.correlation(a, pd.Series([1.0] * 4)))


def test_normalised_gain_by_hand():
    first = of_scores(
        TEST, {"a": scored_of("a", some_right(10)), "b": scored_of("b", some_right(20))}
    )
    second = of_scores(AFTER, {
        "a": scored_of("a", some_right(15, AFTER), AFTER),
        "b": scored_of("b", some_right(18, AFTER), AFTER),
        "c": scored_of("c", some_right(1, AFTER), AFTER),
    })  # fmt: skip
    made = gains.gain_of(first, second)
    assert made.people.loc["a", ["before", "after", "gain", "normalised"]].tolist() == [
        50, 75, 25, 0.5,  # 25 of the 50 that were missing
    ]  # fmt: skip
    assert made.people.loc["b", "gain"] == -10
    assert math.isnan(made.people.loc["b", "normalised"])
    assert made.only_one == 1
    assert made.areas["gain"].isna().all()  # two people: no mean
    assert any("too few for a mean" in s for s in made.sentences)
    assert gains.CAVEAT in made.sentences
    assert "policy" in made.areas.index and made.areas.loc["plan", "questions"] == 3


def some_right(count: int, spec=TEST) -> list[int | None]:
    """Return answers with the first ones right and the others one place beside it."""
    found = []
    for number, (name, question) in enumerate(spec.questions.items()):
        right = question.choices.index(key(name).words(name))
        found.append(right if number < count else (right + 1) % 4)
    return found


# ---- against other libraries ---------------------------------------------------------


@pytest.mark.parametrize(("n", "k", "seed"), [(12, 5, 1), (15, 20, 2), (200, 20, 3)])
def test_discrimination_is_scipys_point_biserial(n: int, k: int, seed: int):
    matrix = drawn_matrix(n, k, seed)
    made = statistics.item_table(table_of(matrix))
    for i in range(k):
        rest = np.delete(matrix, i, axis=1).sum(axis=1)
        if len(set(matrix[:, i])) > 1:
            wanted = stats.pointbiserialr(matrix[:, i], rest).statistic
            assert made["discrimination"].iloc[i] == pytest.approx(wanted)
        assert made["right_pct"].iloc[i] == pytest.approx(100 * matrix[:, i].mean())


@pytest.mark.parametrize(("n", "k", "seed"), [(12, 5, 1), (15, 20, 2), (200, 20, 3)])
def test_kr20_is_cronbachs_alpha_from_the_covariances(n: int, k: int, seed: int):
    frame = pd.DataFrame(drawn_matrix(n, k, seed))
    covariances = frame.cov(ddof=0).to_numpy()
    alpha = k / (k - 1) * (1 - np.trace(covariances) / covariances.sum())
    found = statistics.kr20(statistics.points_wide(table_of(frame.to_numpy())))
    assert found == pytest.approx(alpha)


def test_the_interval_of_alpha_holds_the_true_one_19_times_of_20():
    """Normal parallel items with a known alpha, 600 small groups."""
    draws, k, n, inside = np.random.default_rng(7), 10, 15, 0
    true = k * 0.3 / (1 + (k - 1) * 0.3)  # Spearman and Brown, items that correlate by 0.3
    for _ in range(600):
        made = math.sqrt(0.3) * draws.normal(size=(n, 1)) + math.sqrt(0.7) * draws.normal(
            size=(n, k)
        )
        c = np.cov(made, rowvar=False)
        alpha = k / (k - 1) * (1 - np.trace(c) / c.sum())
        low, high = statistics.kr20_interval(alpha, n, k)
        inside += low <= true <= high
    assert 0.93 <= inside / 600 <= 0.97


def test_the_interval_of_a_gain_is_scipys():
    values = pd.Series([5.0, 10, 15, 0, 20, 25, -5, 10, 10, 5, 0, 30])
    wanted = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert gains._interval(values) == pytest.approx((wanted.low, wanted.high))
    assert all(math.isnan(v) for v in gains._interval(values[:9]))


# ---- laws ----------------------------------------------------------------------------

MATRICES = st.integers(1, 25).flatmap(
    lambda n: st.lists(st.lists(st.integers(0, 1), min_size=4, max_size=4), min_size=n, max_size=n)
)


@given(MATRICES)
def test_numbers_stay_in_their_bounds(rows: list[list[int]]):
    table = table_of(np.array(rows, float))
    made = statistics.item_table(table)
    assert (made["n"] == len(rows)).all() and made["right_pct"].between(0, 100).all()
    found = made["discrimination"].dropna()
    assert found.between(-1.0000001, 1.0000001).all()
    assert len(rows) >= statistics.FEWEST or found.empty
    alpha = statistics.kr20(statistics.points_wide(table))
    assert math.isnan(alpha) or alpha <= 1 + 1e-9


@given(MATRICES, st.randoms())
def test_the_order_of_people_changes_nothing(rows: list[list[int]], shuffle):
    table = table_of(np.array(rows, float))
    mixed = table.sample(frac=1, random_state=shuffle.randint(0, 99))
    a, b = statistics.item_table(table), statistics.item_table(mixed).loc[lambda t: sorted(t.index)]
    pd.testing.assert_frame_equal(a, b, check_exact=False)


def test_nobody_at_all():
    empty = of_scores(TEST, {})
    assert empty.table.empty and empty.people == []
    assert statistics.item_table(empty.table).empty
    assert math.isnan(statistics.kr20(pd.DataFrame()))


# ---- from scores to the report -------------------------------------------------------


def cohort(n: int, chosen) -> dict[str, Scored]:
    return {f"t{s:02d}": scored_of(f"t{s:02d}", chosen(s)) for s in range(n)}


def test_options_are_counted_by_their_words_whatever_letter_they_had():
    made = of_scores(TEST, cohort(12, lambda s: [(i + s) % 4 for i in range(20)]))
    assert made.people == [f"t{s:02d}" for s in range(12)]
    table = statistics.options_table(made.table, {n: TEST.questions[n].choices for n in NAMES})
    assert (table["chosen"] == 3).all() and len(table) == 80
    assert (table["chosen_pct"] == 25).all()


def test_who_says_nothing_about_the_questions_is_left_out():
    foreign = {n: ("The answer was made under the name 'x'.",) for n in NAMES}
    scores = {
        "blank": scored_of("blank", [None] * 20),
        "copied": scored_of("copied", [0] * 20, **foreign),
        "once": scored_of("once", [0] * 20, **{NAMES[0]: foreign[NAMES[0]]}),
        "half": scored_of("half", [0] * 10 + [None] * 10),
    }
    made = of_scores(TEST, scores)
    assert made.people == ["half", "once"]
    assert set(made.left_out) == {"blank", "copied"}
    states = made.table.set_index(["student_id", "item"])["state"]
    assert states["once", NAMES[0]] == "other name" and states["half", NAMES[-1]] == "open"
    assert (made.table.set_index("item").loc[NAMES[-1], "option"] == [-1, 0]).all()


def test_an_unreadable_answer_is_counted_as_such():
    one = scored_of("a", some_right(20))
    one.results[NAMES[0]] |= {"status": "unreadable", "value": "about ten", "points": 0.0}
    one.results[NAMES[1]]["value"] = f" {one.results[NAMES[1]]['value'].upper()}. "
    made = of_scores(TEST, {"a": one}).table.set_index("item")
    assert made.loc[NAMES[0], ["state", "option", "points"]].tolist() == ["unreadable", -1, 0.0]
    assert made.loc[NAMES[1], ["state", "option"]].tolist() == ["answered", RIGHT[NAMES[1]]]


def whole(scores: dict[str, Scored]) -> report.TestReport:
    return report.of_answers(of_scores(TEST, scores), {n: key(n).words(n) for n in NAMES})


def test_a_few_people_get_numbers_and_no_claims():
    made = whole(cohort(9, lambda s: some_right(20)))
    assert not any(made.items["signs"])
    assert made.items["discrimination"].isna().all() and math.isnan(made.alpha)
    assert "fewer than 10" in made.sentences[0]
    assert report.plain(made)["kr20"] is None


def test_the_signs_of_a_bad_question():
    """Of twelve, the six better ones know all but the first: there they choose another one."""

    def chosen(s: int) -> list[int | None]:
        if s >= 6:
            weak = some_right(4)
            weak[0], weak[2] = RIGHT[NAMES[0]], None
            return weak
        good = some_right(18)
        good[0] = (RIGHT[NAMES[0]] + 2) % 4
        return good

    made = whole(cohort(12, chosen))
    signs = dict(zip(made.items.index, made.items["signs"], strict=True))
    wrong = TEST.questions[NAMES[0]].choices[(RIGHT[NAMES[0]] + 2) % 4]
    assert any(f"The better half chose {wrong!r} more often (6)" in s for s in signs[NAMES[0]])
    assert any("discrimination -1.00, 12 trainees" in s for s in signs[NAMES[0]])
    assert signs[NAMES[1]] == [
        "Nearly everyone was right (12 of 12): it does not tell people apart."
    ]
    assert "6 of 12 left it open." in signs[NAMES[2]]
    assert signs[NAMES[5]] == []
    assert signs[NAMES[19]][0] == "0 of 12 were right, not more than by guessing."
    lines = "\n".join(report.lines_of(made))
    assert "Look at:" in lines and wrong in lines


def test_the_percent_counts_every_question():
    assert percent_of(scored_of("a", some_right(13))) == pytest.approx(65.0)
    assert percent_of(scored_of("a", [None] * 20)) == 0.0
    assert percent_of(Scored("", "", "", {}, {})) is None


def test_what_may_be_said_of_a_gain():
    def pair(n: int, step: int):
        first = of_scores(TEST, cohort(n, lambda s: some_right(6 + s % 3)))
        later = {
            f"t{s:02d}": scored_of(f"t{s:02d}", some_right(6 + s % 3 + step + s % 2, AFTER), AFTER)
            for s in range(n)
        }
        return gains.gain_of(first, of_scores(AFTER, later))

    assert "is better in the second test" in pair(12, 5).sentences[0]
    few = pair(7, 5)
    assert "too few to say" in few.sentences[0] and not few.areas["gain"].isna().any()
    assert math.isnan(few.interval[0])
    both = pair(12, 5)
    mean = both.people["gain"].mean()
    assert both.areas.loc["all", "gain"] == pytest.approx(mean)
    weights = both.areas.loc[list(gains.AREAS), "questions"]
    parts = both.areas.loc[list(gains.AREAS), "gain"]
    assert (weights * parts).sum() / 20 == pytest.approx(mean)
    assert gains.plain(both)["areas"][-1]["area"] == "all"


def test_a_change_that_may_be_chance_is_called_so():
    first = of_scores(TEST, cohort(12, lambda s: some_right(10)))
    later = {
        f"t{s:02d}": scored_of(f"t{s:02d}", some_right(8 + 4 * (s % 2), AFTER), AFTER)
        for s in range(12)
    }
    made = gains.gain_of(first, of_scores(AFTER, later))
    assert "cannot be told from chance" in made.sentences[0]
    worse = {
        f"t{s:02d}": scored_of(f"t{s:02d}", some_right(4 + s % 2, AFTER), AFTER) for s in range(12)
    }
    assert "is weaker" in gains.gain_of(first, of_scores(AFTER, worse)).sentences[0]


def test_sentences_name_their_number_of_people():
    row = pd.Series({"n": 15, "right": 14, "right_pct": 93.3, "open": 0, "discrimination": 0.2})
    empty = pd.DataFrame(columns=["words", "upper"])
    assert words.signs(row, empty, "x") == [
        "Nearly everyone was right (14 of 15): it does not tell people apart."
    ]
    assert "15 trainees only tell" in words.about_reliability(0.7, 0.4, 0.87, 15)

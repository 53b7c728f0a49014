"""The report of the survey: sums of five answers or more, and nobody in it."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from course.errors import UsageError
from grading.items import survey, tables
from tests.key_cases import module

SPEC = module("92_survey")
SCALES = [n for n, q in SPEC.questions.items() if q.type == "choice"]
OPEN = [n for n, q in SPEC.questions.items() if q.type == "text"]


def given_by(steps: list[int], texts: list[str]) -> dict[str, list]:
    return {**{n: [str(s) for s in steps] for n in SCALES}, **{n: list(texts) for n in OPEN}}


def made_of(steps: list[int], texts: list[str]) -> survey.SurveyReport:
    return survey.of_answers(SPEC, given_by(steps, texts), max(len(steps), len(texts)))


def everything(made: survey.SurveyReport, tmp_path: Path) -> str:
    """Return all that comes out of a report, in every form."""
    found = [json.dumps(survey.plain(made), ensure_ascii=False), *survey.lines_of(made)]
    for name in ("a.csv", "a.xlsx"):
        path = tables.write(tables.tables_of_survey(made), tmp_path / name)
        sheets = pd.read_excel(path, sheet_name=None, dtype=str) if name.endswith("x") else {
            "": pd.read_csv(path, dtype=str)}  # fmt: skip
        found += [frame.to_csv() for frame in sheets.values()]
    return "\n".join(found)


def test_the_survey_is_the_curriculums():
    assert [n[4:] for n in SCALES] == ["useful", "clear", "speed", "language", "will_use"]
    assert len(OPEN) == 2 and SPEC.automatic_points == 0 and SPEC.core_points == 0
    assert [SPEC.questions[n].best for n in SCALES] == [5, 5, 3, 5, 5]


def test_sums_by_hand():
    made = made_of([5, 4, 4, 3, 1, 5], ["one"] * 6)
    assert made.people == 6
    useful, speed = made.scales[0], made.scales[2]
    assert (
        useful.counts
        == {1: 1, 2: 0, 3: 1, 4: 2, 5: 2}
        == dict(Counter([5, 4, 4, 3, 1, 5])) | {2: 0}
    )
    assert (useful.mean, useful.middle) == (pytest.approx(22 / 6), 4.0)
    assert survey.sentence(useful) == "mean 3.7 of 5; 4 of 6 chose 4 or 5"
    assert survey.sentence(speed) == "1 of 6 chose 'right for me'; 1 lower, 4 higher"


@given(st.lists(st.integers(1, 5), max_size=12), st.lists(st.text("ab ", min_size=1), max_size=12))
def test_nothing_of_fewer_than_five(steps: list[int], texts: list[str]):
    made = made_of(steps, texts)
    for scale in made.scales:
        assert (scale.n is None) == (len(steps) < 5)
        assert sum(scale.counts.values()) == (len(steps) if len(steps) >= 5 else 0)
        if scale.n is None:
            assert (scale.mean, scale.middle) == (None, None)
            assert survey.sentence(scale) == survey.TOO_FEW
    for item in made.open:
        assert (item.answers is None) == (len(texts) < 5)
    assert (made.people is None) == (max(len(steps), len(texts)) < 5)


def test_four_answers_leave_no_trace(tmp_path: Path):
    steps, texts = [2, 2, 2, 2], ["my bus is late", "x", "y", "z"]
    out = everything(made_of(steps, texts), tmp_path)
    assert "my bus is late" not in out and "mean" not in out.replace('"mean": null', "")
    assert '"n": null' in out and '"people": null' in out


@given(st.permutations([f"text number {n}" for n in range(7)]))
def test_the_order_of_words_does_not_hang_on_who_wrote_first(texts: list[str]):
    first, second = (item.answers for item in made_of([], sorted(texts)).open)
    again, _ = (item.answers for item in made_of([], texts).open)
    assert first == again and set(first) == set(texts)
    assert first != tuple(sorted(texts))
    assert first != second  # nobody's two texts stand at the same place


def test_hostile_words_stay_words(tmp_path: Path):
    texts = [
        "=HYPERLINK(1)",
        "+1",
        "-2",
        "@x",
        "a\x00b\x07",
        "<script>x</script>",
        "한국어 می\u200cروم ñ",
    ]
    made = made_of([], texts)
    path = tables.write(tables.tables_of_survey(made), tmp_path / "s.xlsx")
    import openpyxl

    cells = [c for s in openpyxl.load_workbook(path) for row in s.iter_rows() for c in row]
    assert not [c for c in cells if c.data_type == "f"]
    shown = [str(c.value) for c in cells]
    assert "'=HYPERLINK(1)" in shown and "한국어 می\u200cروم ñ" in shown and "ab" in shown


@pytest.mark.parametrize("name", ["a.pdf", "a", "a.xls"])
def test_another_kind_of_file_is_refused(name: str, tmp_path: Path):
    with pytest.raises(UsageError):
        tables.write(tables.tables_of_survey(made_of([], [])), tmp_path / name)
    assert not list(tmp_path.iterdir())

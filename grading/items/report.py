"""The report on a test: its questions, its trainees, and the gain where both tests stand."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from course.errors import CourseError
from grading import keys
from grading.items import gain as gains
from grading.items import statistics, words
from grading.items.responses import Responses, responses
from grading.report import table as text_table
from grading.state import GradingState

if TYPE_CHECKING:
    import pandas as pd

BEFORE, AFTER = "90_pre_test", "91_post_test"


@dataclass(frozen=True)
class TestReport:
    """What a test tells.

    Attributes
    ----------
    answers : Responses
        Who answered what.
    items : pandas.DataFrame
        From `statistics.item_table`, with ``title`` and ``signs`` (sentences).
    options : pandas.DataFrame
        From `statistics.options_table`, with ``right``.
    trainees : pandas.DataFrame
        One row per trainee: ``points``, ``percent``, ``open``, ``late``.
    alpha : float
        KR-20; NaN where it is not shown.
    interval : tuple of float
        Its 95 % interval.
    sentences : tuple of str
        On the test as a whole.
    gain : Gain or None
        None where the other test has no scores.
    """

    __test__ = False  # no test of pytest's

    answers: Responses
    items: pd.DataFrame
    options: pd.DataFrame
    trainees: pd.DataFrame
    alpha: float
    interval: tuple[float, float]
    sentences: tuple[str, ...]
    gain: gains.Gain | None


def report_on(state: GradingState, name: str) -> TestReport:
    """Return the report on a test.

    Parameters
    ----------
    state : GradingState
        The course.
    name : str
        The test's id or number.

    Raises
    ------
    CourseError
        Nobody's hand-in of this test was scored.
    """
    answers = responses(state, name)
    if answers.table.empty:
        raise CourseError(
            f"No scored hand-in of {answers.spec.id} says anything yet.",
            f"Collect and score first: python3 -m grading score {answers.spec.id}.",
        )
    key = keys.load_key(state.key_package, answers.spec.id)
    right = {name: key.words(name) for name in answers.spec.questions}
    both = _both(state, answers)
    return of_answers(answers, right, late=_late(state, answers.spec.id), both=both)


def of_answers(
    answers: Responses,
    right: dict[str, str],
    *,
    late: frozenset[str] = frozenset(),
    both: tuple[Responses, Responses] | None = None,
) -> TestReport:
    """Return the report on a table of answers, given the words of the right ones."""
    questions = answers.spec.questions
    options = statistics.options_table(
        answers.table, {name: q.choices for name, q in questions.items()}
    )
    options["right"] = [right[o.item] == o.words for o in options.itertuples()]
    items = statistics.item_table(answers.table)
    items["title"] = [questions[name].title for name in items.index]
    items["signs"] = [
        words.signs(row, options[options["item"] == name], right[str(name)])
        for name, row in items.iterrows()
    ]
    wide = statistics.points_wide(answers.table)
    enough = len(wide) >= statistics.FEWEST
    alpha = statistics.kr20(wide) if enough else math.nan
    interval = statistics.kr20_interval(alpha, len(wide), wide.shape[1])
    said = [words.about_reliability(alpha, *interval, len(wide))]
    if answers.left_out:
        said.append(f"Left out of all numbers here: {len(answers.left_out)} hand-in(s), see below.")
    return TestReport(
        answers,
        items,
        options,
        _trainees(answers, late),
        alpha,
        interval,
        tuple(said),
        gains.gain_of(*both) if both else None,
    )


def _both(state: GradingState, answers: Responses) -> tuple[Responses, Responses] | None:
    """Return the two tests, first and second, where the second is asked for and both stand."""
    if answers.spec.id != AFTER:
        return None
    try:
        before = responses(state, BEFORE)
    except CourseError:
        return None
    return None if before.table.empty else (before, answers)


def _trainees(answers: Responses, late: frozenset[str]) -> pd.DataFrame:
    by = answers.table.groupby("student_id")
    made = by["points"].sum().to_frame("points")
    made["percent"] = 100 * made["points"] / len(answers.spec.questions)
    made["open"] = by["state"].agg(lambda states: int((states == "open").sum()))
    made["late"] = [student in late for student in made.index]
    return made


def _late(state: GradingState, assignment: str) -> frozenset[str]:
    """Return who handed in after the due date, where the gradebook has one."""
    from nbgrader.api import MissingEntry

    from grading.gradebook_store import open_book

    with open_book(state) as book:
        try:
            assignment_row = book.find_assignment(assignment)
        except MissingEntry:
            return frozenset()
        if assignment_row.duedate is None:
            return frozenset()
        return frozenset(
            s.student_id for s in assignment_row.submissions if s.total_seconds_late > 0
        )


def plain(made: TestReport) -> dict[str, Any]:
    """Return the report as JSON values."""
    items = []
    for name, row in made.items.iterrows():
        own = made.options[made.options["item"] == name]
        items.append({
            "question": str(name), "title": row["title"], "area": row["area"],
            "n": int(row["n"]), "right": int(row["right"]),
            "right_pct": round(float(row["right_pct"]), 2), "open": int(row["open"]),
            "unreadable": int(row["unreadable"]), "discrimination": _or_none(row["discrimination"]),
            "options": [
                {"words": o.words, "right": bool(o.right), "chosen": int(o.chosen),
                 "upper": int(o.upper), "lower": int(o.lower)}
                for o in own.itertuples()
            ],
            "signs": list(row["signs"]),
        })  # fmt: skip
    return {
        "module": made.answers.spec.id,
        "trainees": len(made.trainees),
        "kr20": _or_none(made.alpha),
        "kr20_interval": [_or_none(value) for value in made.interval],
        "sentences": list(made.sentences),
        "questions": items,
        "people": [
            {"student_id": str(s), "points": float(r["points"]), "percent": float(r["percent"]),
             "open": int(r["open"]), "late": bool(r["late"])}
            for s, r in made.trainees.iterrows()
        ],
        "left_out": dict(made.answers.left_out),
        "gain": gains.plain(made.gain) if made.gain else None,
    }  # fmt: skip


def _or_none(value: Any) -> float | None:
    return None if math.isnan(float(value)) else round(float(value), 4)


def lines_of(made: TestReport) -> list[str]:
    """Return the report as lines for a terminal."""
    rows = []
    for name, row in made.items.iterrows():
        strength = float(row["discrimination"])
        rows.append([
            str(name), str(row["area"]), f"{int(row['right'])} of {int(row['n'])}",
            f"{row['right_pct']:.0f} %", str(int(row["open"]) or ""),
            "" if math.isnan(strength) else f"{strength:+.2f}", str(row["title"]),
        ])  # fmt: skip
    head = ["question", "area", "right", "", "open", "discrimination", "title"]
    out = [made.answers.spec.title, "", *text_table(head, rows), "", *made.sentences]
    flagged = [(n, s) for n, signs in made.items["signs"].items() for s in signs]
    if flagged:
        out += ["", "Look at:", *(f"  {name}  {sentence}" for name, sentence in flagged)]
    late = [str(s) for s in made.trainees.index[made.trainees["late"]]]
    if late:
        out += ["", f"Handed in after the deadline: {', '.join(late)}."]
    if made.answers.left_out:
        out += ["", "Left out:"]
        out += [f"  {student}  {why}" for student, why in made.answers.left_out.items()]
    return out + (_gain_lines(made.gain) if made.gain else [])


def _gain_lines(gain: gains.Gain) -> list[str]:
    rows = [
        [str(s), f"{r['before']:.0f} %", f"{r['after']:.0f} %", f"{r['gain']:+.0f}",
         "" if math.isnan(r["normalised"]) else f"{r['normalised']:+.2f}"]
        for s, r in gain.people.iterrows()
    ]  # fmt: skip
    head = ["trainee", "before", "after", "gain", "of what was missing"]
    out = ["", "Gain from the first test to the second", "", *text_table(head, rows)]
    if len(gain.people) >= gains.FEWEST_FOR_A_MEAN:
        rows = [
            [str(a), str(int(r["questions"])), f"{r['before']:.0f} %", f"{r['after']:.0f} %",
             f"{r['gain']:+.0f}", "" if math.isnan(r["normalised"]) else f"{r['normalised']:+.2f}"]
            for a, r in gain.areas.iterrows()
        ]  # fmt: skip
        head = ["area", "questions", "before", "after", "gain", "of what was missing"]
        out += ["", *text_table(head, rows)]
    return [*out, "", *gain.sentences]

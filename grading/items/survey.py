"""The survey as a report without names: sums of five answers or more, words in mixed order.

The hand-ins carry names, and whoever keeps the gradebook could read them. Nothing of the
kind leaves this module: no id, no city, no time, and no number of a group below five. The
words of open questions stand in an order that depends on the words alone.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from statistics import fmean, median
from typing import Any

from course.answer_values import read_value
from course.errors import CourseError, UsageError
from course.identity import GUEST
from course.questions import ModuleSpec, Question, load_module
from grading.report import table
from grading.state import GradingState

FEWEST = 5
TOO_FEW = f"fewer than {FEWEST} answers: not shown"
PROMISE = (
    f"No names; nothing is shown of fewer than {FEWEST} answers; the words of open questions "
    "stand in mixed order."
)


@dataclass(frozen=True)
class Scale:
    """One question from 1 to 5.

    Attributes
    ----------
    question : Question
        With the words of its steps and the best one.
    n : int or None
        Answers; None below five, and then nothing else is shown.
    counts : dict
        Step -> answers.
    mean, middle : float or None
        Mean and median.
    """

    question: Question
    n: int | None
    counts: dict[int, int]
    mean: float | None
    middle: float | None


@dataclass(frozen=True)
class OpenQuestion:
    """One open question; ``answers`` is None below five."""

    question: Question
    answers: tuple[str, ...] | None


@dataclass(frozen=True)
class SurveyReport:
    """The whole survey: how many took part (None below five), scales and open questions."""

    spec: ModuleSpec
    people: int | None
    scales: tuple[Scale, ...]
    open: tuple[OpenQuestion, ...]


def report_on(state: GradingState, name: str = "92_survey") -> SurveyReport:
    """Return the report of a survey whose hand-ins were collected.

    Parameters
    ----------
    state : GradingState
        The course.
    name : str
        The survey's id or number.

    Raises
    ------
    UsageError
        The module is no survey.
    CourseError
        It was not released from this state.
    """
    from grading.marking import Marker

    spec = load_module(state.assignment_folder(name))
    if spec.form != "survey":
        raise UsageError(f"{spec.id} is no survey.", "Give 92_survey.")
    students = state.submitted_students(spec.id)
    marker = Marker(state, spec.id)
    others = set(students)
    given: dict[str, list[Any]] = {name: [] for name in spec.questions}
    people = 0
    for student in students:
        try:
            answers = marker.read(student).answers
        except (CourseError, OSError, ValueError):  # one bad hand-in does not stop the rest
            continue
        own = 0
        for name, question in spec.questions.items():
            record = answers.latest(name)
            # a copied file is the neighbour's opinion, which is counted already
            if record is None or (record.trainee not in ("", student, GUEST)
                                  and record.trainee in others):  # fmt: skip
                continue
            value, problem = read_value(question, record.value)
            if not problem:
                given[name].append(value)
                own += 1
        people += own > 0
    return of_answers(spec, given, people)


def of_answers(spec: ModuleSpec, given: dict[str, list[Any]], people: int) -> SurveyReport:
    """Return the report of answers that carry no names any more.

    Parameters
    ----------
    spec : ModuleSpec
        The survey.
    given : dict
        Question id -> answers as read: steps as text "1" to "5", or words.
    people : int
        Trainees with one answer or more.
    """
    scales, words = [], []
    for name, question in spec.questions.items():
        values = given.get(name, [])
        if question.type == "choice":
            scales.append(_scale(question, [int(value) for value in values]))
        else:
            words.append(OpenQuestion(question, _mixed(name, values)))
    return SurveyReport(spec, people if people >= FEWEST else None, tuple(scales), tuple(words))


def _scale(question: Question, steps: list[int]) -> Scale:
    if len(steps) < FEWEST:
        return Scale(question, None, {}, None, None)
    found = Counter(steps)
    counts = {int(o.key): found[int(o.key)] for o in question.options}
    return Scale(question, len(steps), counts, fmean(steps), float(median(steps)))


def _mixed(name: str, values: list[str]) -> tuple[str, ...] | None:
    """Return texts in an order that nobody's place in a list decides; None below five."""
    if len(values) < FEWEST:
        return None
    texts = [" ".join(str(value).split()) for value in values]
    return tuple(sorted(texts, key=lambda t: hashlib.sha256(f"{name}\0{t}".encode()).digest()))


def sentence(scale: Scale) -> str:
    """Return one sentence on a scale."""
    if scale.n is None:
        return TOO_FEW
    best, labels = scale.question.best, {int(o.key): o.label for o in scale.question.options}
    if best == max(labels):
        high = sum(count for step, count in scale.counts.items() if step >= best - 1)
        return f"mean {scale.mean:.1f} of {best}; {high} of {scale.n} chose {best - 1} or {best}"
    less = sum(count for step, count in scale.counts.items() if step < best)
    more = sum(count for step, count in scale.counts.items() if step > best)
    return f"{scale.counts[best]} of {scale.n} chose {labels[best]!r}; {less} lower, {more} higher"


def plain(made: SurveyReport) -> dict[str, Any]:
    """Return the report as JSON values; None stands where fewer than five answered."""
    return {
        "module": made.spec.id,
        "people": made.people,
        "fewest": FEWEST,
        "promise": PROMISE,
        "scales": [
            {"question": s.question.id, "title": s.question.title, "prompt": s.question.prompt,
             "n": s.n, "mean": None if s.mean is None else round(s.mean, 3), "median": s.middle,
             "best": s.question.best, "counts": {str(k): v for k, v in s.counts.items()},
             "words": {o.key: o.label for o in s.question.options}, "sentence": sentence(s)}
            for s in made.scales
        ],
        "open": [
            {"question": o.question.id, "title": o.question.title, "prompt": o.question.prompt,
             "answers": None if o.answers is None else list(o.answers)}
            for o in made.open
        ],
    }  # fmt: skip


def lines_of(made: SurveyReport) -> list[str]:
    """Return the report as lines for a terminal."""
    people = f"{made.people} people" if made.people else f"fewer than {FEWEST} people"
    rows = [
        [s.question.title, *(str(s.counts[n]) if s.n else "" for n in range(1, 6)), sentence(s)]
        for s in made.scales
    ]
    out = [f"{made.spec.title}: {people}", "",
           *table(["question", "1", "2", "3", "4", "5", ""], rows)]  # fmt: skip
    for item in made.open:
        out += ["", item.question.prompt]
        out += [f"  - {text}" for text in item.answers] if item.answers else [f"  {TOO_FEW}"]
    return [*out, "", PROMISE]

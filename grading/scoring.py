"""Score one question: its records in, points and one friendly sentence out.

Pure: what has to be looked up (the city, the key, the neighbours) comes in as functions.
An answer is judged against the variant that belongs to the student id of the gradebook,
whatever the record says about itself; what the record says is compared and reported.
Only the hint "this fits another one's" needs everybody's hand-ins: `grading.neighbours`
adds it to the wrong numbers that fit no other hint.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Protocol

from course.identity import Who
from course.questions import Question
from grading import form_scoring, hints
from grading.comparing import matches
from grading.records import Record, shown
from grading.result import Result, copied

_NO_ANSWER = "No answer was handed in. Run the answer cell, then hand in again."
_STILL_EMPTY = "The answer is still empty. Complete it, then hand in again."


class Key(Protocol):
    """The answer key of one module."""

    def expected(self, qid: str, city: Any, draw: Any) -> Any:
        """Return the right answer."""

    def wrong_values(self, qid: str, city: Any, draw: Any) -> list[tuple[Any, str]]:
        """Return typical wrong answers, each with its hint."""

    def judge_design(
        self, qid: str, city: Any, draw: Any, value: Any
    ) -> list[tuple[bool, float, str]]:
        """Return (met, share, sentence) of each property of a design."""


@dataclass(frozen=True)
class CityFound:
    """What the host knows of the city an answer was made in.

    Attributes
    ----------
    city : Any
        The pack to judge by, or None: then the answer is pending.
    sentence : str
        Why it is pending, for the trainee.
    note : str
        For the report.
    """

    city: Any = None
    sentence: str = ""
    note: str = ""


@dataclass(frozen=True)
class Judge:
    """What is needed to judge the answers of one student.

    Parameters
    ----------
    who : Who
        The student id of the gradebook, and the team the host knows.
    key : Key
        The module's answer key.
    draw : callable
        ``draw(question, city, who) -> Draw``.
    find_city : callable
        ``find_city(record) -> CityFound``.
    read_value : callable
        ``read_value(question, raw) -> (value, problem)``.
    bundled : callable
        Gives the bundled packs, for the hint "which city did you open".
    version : str
        Of the course that judges; an answer made with another one is noted.
    """

    who: Who
    key: Key
    draw: Callable[[Question, Any, Who], Any]
    find_city: Callable[[Record], CityFound]
    read_value: Callable[[Question, Any], tuple[Any, str]]
    bundled: Callable[[], Iterable[Any]] = tuple
    version: str = ""


def score(question: Question, records: list[Record], judge: Judge) -> Result:
    """Score one question from its records, earliest first.

    Parameters
    ----------
    question : Question
        From ``module.yml``.
    records : list of Record
        Everything that names this question; the last one counts.
    judge : Judge
        Who is asked, and what the host knows.

    Returns
    -------
    Result
        No records: status ``missing`` with 0 points.
    """
    scoring = _Scoring(question, judge)
    if not records:
        return scoring.missing(_NO_ANSWER)
    try:
        return scoring.of(records[-1])
    except Exception as error:  # a fault of ours or of a strange city must not cost points
        scoring.details.append(
            f"The answer could not be judged ({type(error).__name__}: {str(error)[:120]})."
        )
        return scoring.result("pending", "Your answer is kept. Your instructor will look at it.")


class _Scoring:
    def __init__(self, question: Question, judge: Judge) -> None:
        self.question = question
        self.judge = judge
        self.details: list[str] = []
        self.shown = ""

    def result(self, status: str, sentence: str, share: float = 0.0, hint: str = "") -> Result:
        maximum = float(self.question.points)
        return Result(
            question=self.question.id,
            points=round(maximum * min(max(share, 0.0), 1.0), 4),
            max_points=maximum,
            status=status,
            sentence=sentence,
            details=tuple(self.details),
            hint=hint,
            value=self.shown,
        )

    def missing(self, sentence: str) -> Result:
        """Return the result of an open question."""
        return self.result("missing", form_scoring.OPEN.get(self.question.kind, sentence))

    def of(self, record: Record) -> Result:
        judge, question = self.judge, self.question
        # what somebody thinks of the course is copied to no further file
        self.shown = "" if question.kind == "survey" else shown(record.value)
        if record.value is None:
            return self.missing(_STILL_EMPTY)
        named_other = record.trainee and record.trainee != judge.who.trainee
        if named_other:
            self.details.append(f"The answer was made under the name {record.trainee!r}.")
        value, problem = judge.read_value(question, record.value)
        if problem:
            return self.result("unreadable", problem)
        if record.course and judge.version and record.course != judge.version:
            self.details.append(
                f"The answer was made with version {record.course} of the course; "
                f"it is judged by version {judge.version}."
            )
        if not question.needs_city:
            return self._form(record, value)
        found = judge.find_city(record)
        if found.note:
            self.details.append(found.note)
        if found.city is None:
            return self.result("pending", found.sentence)
        draw = judge.draw(question, found.city, judge.who)
        if record.variant and record.variant != draw.variant:
            self.details.append(
                "The answer names another variant than the one of this student; "
                "it is judged by the student's own."
            )
        if question.type == "json":
            return self._design(found.city, draw, value)
        return self._value(found.city, draw, value, record)

    def _form(self, record: Record, value: Any) -> Result:
        (status, sentence, share), line = form_scoring.outcome(
            self.question, record, value, self.judge
        )
        if line:
            self.details.append(line)
        return self.result(status, sentence, share)

    def _design(self, city: Any, draw: Any, value: Any) -> Result:
        judged = list(self.judge.key.judge_design(self.question.id, city, draw, value))
        total = sum(share for _, share, _ in judged) or 1.0
        share = sum(share for met, share, _ in judged if met) / total
        missed = [sentence for met, _, sentence in judged if not met]
        self.details += [f"Not met: {sentence}" for sentence in missed]
        note = getattr(self.judge.key, "note", None)
        # what was judged more gently than shown is said, also to who is right
        eased = note(self.question.id, city, draw) if note else ""
        if not missed:
            said = f"Right: your design meets every condition. {eased}"
            return self.result("right", said.strip(), 1.0)
        met = len(judged) - len(missed)
        sentence = f"{met} of {len(judged)} conditions are met. " + " ".join(missed)
        state = "partial" if share > 0 else "wrong"
        return self.result(state, f"{sentence} {eased}".strip(), share)

    def _value(self, city: Any, draw: Any, value: Any, record: Record) -> Result:
        question, key = self.question, self.judge.key
        expected = key.expected(question.id, city, draw)
        if expected is None:
            self.details.append("The answer key has no answer for this student and city.")
            return self.result("pending", "Your answer is kept. Your instructor will look at it.")
        if matches(question, value, expected) or any(
            matches(question, value, other) for other in self._alternatives(city, draw)
        ):
            return self.result("right", "Right.", 1.0)
        hint = self._hint(city, draw, value, expected) or self._of_named(city, value, record)
        if hint is None:
            return self.result("wrong", "Not yet. Read the hints of the question and try again.")
        made = self.result("wrong", f"Not yet. {hint.sentence}", 0.0, hint.kind)
        if hint.kind != "neighbour":
            return made
        made = copied(made, hint)
        again = f"If {record.trainee!r} is the same person, give the points by hand."
        return replace(made, details=(*made.details, again))

    def _alternatives(self, city: Any, draw: Any) -> list[Any]:
        other = getattr(self.judge.key, "alternatives", None)
        return list(other(self.question.id, city, draw) or ()) if other else []

    def _hint(self, city: Any, draw: Any, value: Any, expected: Any) -> hints.Hint | None:
        question, judge = self.question, self.judge
        known = judge.key.wrong_values(question.id, city, draw)
        return (
            hints.specific(question, value, expected, known)
            or hints.other_unit(question, value, expected, unit_of(question, draw))
            or hints.other_city(question, value, expected, lambda: self._elsewhere(city))
        )

    def _elsewhere(self, city: Any) -> Iterable[tuple[str, Any]]:
        for other in self.judge.bundled():
            if other.fingerprint == city.fingerprint:
                continue
            try:
                draw = self.judge.draw(self.question, other, self.judge.who)
                yield str(other.title), self.judge.key.expected(self.question.id, other, draw)
            except Exception:  # a hint is a courtesy: a pack that cannot answer gives none
                continue

    def _of_named(self, city: Any, value: Any, record: Record) -> hints.Hint | None:
        """Return the neighbour hint where the value is right for the name in the record."""
        question, name = self.question, record.trainee
        if not name or name == self.judge.who.trainee:
            return None
        other = Who(name, record.team or None)
        draw = self.judge.draw(question, city, other)
        theirs = self.judge.key.expected(question.id, city, draw)
        return hints.neighbour(question, value, self._own(city), [(name, theirs)], any_type=True)

    def _own(self, city: Any) -> Any:
        draw = self.judge.draw(self.question, city, self.judge.who)
        return self.judge.key.expected(self.question.id, city, draw)


def unit_of(question: Question, draw: Any) -> str:
    """Return the unit of a question with the drawn words filled in."""
    try:
        return question.unit.format(**dict(draw.params)).strip()
    except (KeyError, IndexError, ValueError, AttributeError):
        return question.unit

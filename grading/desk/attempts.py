"""Every attempt at a question, judged: what people tried before they were right.

``answers.json`` keeps each answer with its time (the last thirty of a question). Each is
judged by the key as the last one is, without the two hints that need other cities and other
people: those come from the score.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from course.questions import Question
from grading import scored
from grading.comparing import is_numeric, matches
from grading.desk import store
from grading.marking import Marker
from grading.records import Record, canonical, shown
from grading.scored import Scored
from grading.scoring import score
from grading.state import GradingState

WRONG = ("wrong", "partial", "mismatch", "unreadable")
TABLE = "attempts"


@dataclass(frozen=True)
class Attempt:
    """One answer of one trainee to one question.

    Attributes
    ----------
    student, question : str
        Ids.
    number : int
        1 for the first; 0 where earlier ones were not kept.
    status : str
        As in `grading.result`.
    kind : str
        Of the hint: specific, unit, city, neighbour or empty.
    value : str
        The answer as short text; empty where it is a right number of somebody else, or the
        right digits in another unit.
    sentence : str
        What the trainee was, or would have been, told.
    last : bool
        The answer that counts.
    """

    student: str
    question: str
    number: int
    status: str
    kind: str
    value: str
    sentence: str
    last: bool


def attempts(state: GradingState, name: str, *, keep: bool = True) -> list[Attempt]:
    """Return the attempts of everybody whose hand-in of a module was scored.

    Parameters
    ----------
    state : GradingState
        The course.
    name : str
        The module's id, or its number.
    keep : bool
        Keep what was judged, so that the next call reads new hand-ins only.

    Returns
    -------
    list of Attempt
        By student, question and time. A survey has none: nobody judges an opinion.
    """
    marker = Marker(state, name)
    module = marker.spec.id
    if marker.spec.form == "survey":
        return []
    marker.expected.load()
    known = _kept(state, module) if keep else {}
    last = scored.load(state, module)
    fresh, found = False, []
    for student in sorted(last):
        made = last[student]
        stamp = f"{made.content} {made.key} {made.template}"
        entry = known.get(student)
        if entry is None or entry["stamp"] != stamp:
            own = _attempts_of(marker, student, made)
            known[student] = {"stamp": stamp, "rows": [asdict(a) for a in own]}
            fresh = True
        found += [Attempt(**row) for row in known[student]["rows"]]
    if keep and fresh:
        content = {s: known[s] for s in known if s in last}
        store.write(state, f"{TABLE}-{module}", content)
    return found


def kept(state: GradingState, module: str) -> list[Attempt]:
    """Return what was judged before, without judging anything now."""
    last = scored.load(state, module)
    entries = {s: e for s, e in _kept(state, module).items() if s in last}
    return [Attempt(**row) for student in sorted(entries) for row in entries[student]["rows"]]


def missing(state: GradingState, module: str) -> int:
    """Return how many scored hand-ins were not looked at yet."""
    known = _kept(state, module)
    return sum(
        known.get(s, {}).get("stamp") != f"{m.content} {m.key} {m.template}"
        for s, m in scored.load(state, module).items()
    )


def _kept(state: GradingState, module: str) -> dict[str, Any]:
    from course.errors import CourseError

    try:
        found = store.read(state, f"{TABLE}-{module}")
        fields = set(Attempt.__dataclass_fields__)
        return {
            student: entry
            for student, entry in found.items()
            if {"stamp", "rows"} <= set(entry) and all(set(row) == fields for row in entry["rows"])
        }
    except (CourseError, TypeError):  # it can be computed again
        return {}


def _attempts_of(marker: Marker, student: str, made: Scored) -> list[Attempt]:
    try:
        hand_in = marker.read(student)
        judge = marker.judge(student, hand_in)
    except Exception:  # the score says what is wrong with this hand-in
        return []
    found = []
    for question in marker.spec.questions.values():
        records = distinct(hand_in.answers.by_question.get(question.id, []))
        result = made.results.get(question.id)
        if result is None:
            continue
        for place, record in enumerate(records, start=1):
            one = score(question, [record], judge)
            at_last = place == len(records)
            said = result if at_last else asdict(one)
            if said["status"] == "missing":
                continue
            found.append(
                Attempt(
                    student=student,
                    question=question.id,
                    number=place if records[0].n <= 1 else 0,
                    status=said["status"],
                    kind=said["hint"],
                    value=_shown(marker, question, student, record, said["status"], said["hint"]),
                    sentence=said["sentence"].removeprefix("Not yet. "),
                    last=at_last,
                )
            )
    return found


def distinct(records: list[Record]) -> list[Record]:
    """Return the records without repetitions: the same answer again is no new attempt.

    The notebook and ``answers.json`` both hold the last answer, too.
    """
    kept: list[Record] = []
    for record in records:
        if not kept or canonical(kept[-1].value) != canonical(record.value):
            kept.append(record)
    return kept


def _shown(
    marker: Marker, question: Question, student: str, record: Record, status: str, kind: str
) -> str:
    """Return an answer as text, but none from which a right number could be read."""
    from course.answer_values import read_value

    if status == "right" or kind in ("unit", "city", "neighbour"):
        return ""
    value, problem = read_value(question, record.value)
    if is_numeric(question) and not problem:
        every = (values.get(question.id) for values in marker.expected.values.values())
        if any(v is not None and matches(question, value, v) for v in every):
            return ""
    if question.choices:
        return _option(question, student, record)
    return shown(record.value)


def _option(question: Question, student: str, record: Record) -> str:
    """Return the words a letter stood for: each trainee saw them in another order."""
    from course.answer_values import read_value
    from course.exercises.option_order import place_of
    from course.identity import Who

    letter, problem = read_value(question, record.value)
    if problem:
        return shown(record.value)
    at = place_of(question, Who(student).key(question.varies_by), letter)
    return str(question.choices[at])[:60]

"""Score one answer of a test or survey: no city, no hints, no word about the right answer.

A test is judged by the order in which the student of the gradebook sees the options. An
answer that was made under another name is judged the same way; where it would be right
for that other name it is given to an instructor, because the letters were another's.
"""

from __future__ import annotations

from typing import Any

from course.forms.nowhere import NOWHERE
from course.identity import Who
from course.questions import ModuleSpec, Question
from grading.comparing import matches
from grading.records import Answers, Record

Outcome = tuple[str, str, float]  # status, sentence, share of the points

OPEN = {
    "test": "No answer was handed in; an open question brings no point.",
    "survey": "No answer, and none is needed.",
}
OTHER_NAME = (
    "This answer was made under another name, so its letter may mean another option. "
    "Your instructor will look at it."
)


def outcome(question: Question, record: Record, value: Any, judge: Any) -> tuple[Outcome, str]:
    """Return how an answer that could be read is scored, and a line for the report.

    Parameters
    ----------
    question : Question
        Of a test or survey.
    record : Record
        The answer.
    value : object
        As ``read_value`` returns it.
    judge : Judge
        Who is asked, and the key.
    """
    if question.kind == "survey":
        return ("noted", "Received. Thank you.", 0.0), ""
    key = judge.key
    draw = judge.draw(question, NOWHERE, judge.who)
    expected = key.expected(question.id, NOWHERE, draw)
    if expected is None:
        line = "The answer key names words that are no option of this question."
        return ("pending", "Your answer is kept. Your instructor will look at it.", 0.0), line
    if matches(question, value, expected):
        return ("right", key.said(question.id), 1.0), ""
    other = record.trainee
    if other and other != judge.who.trainee:
        theirs = judge.draw(question, NOWHERE, Who(other, record.team or None))
        if matches(question, value, key.expected(question.id, NOWHERE, theirs)):
            line = f"Right for {other!r}. If that is the same person, give the point by hand."
            return ("mismatch", OTHER_NAME, 0.0), line
    return ("wrong", key.said(question.id), 0.0), ""


def time_notes(spec: ModuleSpec, answers: Answers) -> list[tuple[str, str]]:
    """Return a line where the answers of a test took longer than it has minutes.

    The times are those of the trainee's computer and of each latest answer: a sign, not a
    proof.
    """
    limit = int(spec.minutes.get("exercises", 0))
    if spec.form != "test" or not limit:
        return []
    found = [r.time for records in answers.by_question.values() for r in records]
    times = sorted(t for t in found if abs(t) != float("inf"))
    if len(times) < 2:
        return []
    minutes = (times[-1] - times[0]) / 60
    if minutes <= limit:
        return []
    shown = f"{minutes:,.0f} minutes" if minutes < 24 * 60 else "more than a day"
    return [
        (
            "",
            f"From the first to the last answer {shown} passed by the trainee's clock; "
            f"the test has {limit}.",
        )
    ]

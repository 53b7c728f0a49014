"""Do the answers of the run agree with those handed in? One outcome for each question."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from course.questions import Question
from grading.comparing import matches
from grading.records import Record, clean_text, read_record, shown
from grading.reproduce.bounds import Bounds
from grading.reproduce.task import Ran

SAME, DIFFERENT, NOT_MADE, STOPPED, ERROR = (
    "reproduced", "different", "not produced", "stopped", "error",
)  # fmt: skip

# what a limit or a closed door looks like from inside -> what it means
_MEANINGS = (
    (("MemoryError", "Unable to allocate", "Cannot allocate memory", "bad_alloc"),
     "out of memory: the limit is {memory_mb} MB"),
    (("[Errno 28]", "[Errno 27]"), "its disk was full: the limit is {disk_mb} MB"),
    (("[Errno 11]", "can't start new thread", "BlockingIOError"),
     "too many processes: the limit is {processes}"),
    (("[Errno 101]", "[Errno -3]", "[Errno -2]", "Network is unreachable", "name resolution"),
     "it asked for the network, and a run has none"),
    (("[Errno 30]",), "it tried to write where a run may only read"),
    (("[Errno 13]", "[Errno 1]"), "it was refused a file or a right"),
)  # fmt: skip
_ENDS = {
    "cell time": "{cell} took longer than {cell_s:g} s and was stopped",
    "time": "the notebook took longer than {whole_s:g} s and was stopped in {cell}",
    "memory": "out of memory in {cell}: the limit is {memory_mb} MB",
    "processes": "too many processes in {cell}: the limit is {processes}",
    "output": "too much output in {cell}: the limit is {output_mb} MB",
    "gone": "the notebook's process ended in {cell}",
    "no start": "it could not be started",
}


@dataclass(frozen=True)
class Outcome:
    """One question, run again.

    Attributes
    ----------
    question : str
        Its id.
    outcome : str
        reproduced, different, not produced, stopped or error.
    handed, ran : str
        Both values as short text; empty where there is none or nobody should read it.
    why : str
        Where and why it was stopped or failed.
    """

    question: str
    outcome: str
    handed: str = ""
    ran: str = ""
    why: str = ""


@dataclass
class Reproduced:
    """One hand-in, run again.

    Attributes
    ----------
    student : str
        The id of the gradebook.
    status : str
        ``yes`` (every answer handed in came out again), ``no``, ``waiting`` (for its city),
        ``nothing`` (no answer was handed in), ``no notebook`` or ``no start``.
    outcomes : list of dict
        Of :class:`Outcome`, one for each answer that was handed in.
    stopped : str
        What stopped the run, in words; empty where it came to its end.
    jailed : bool
        Whether it ran in a jail.
    content, template, course : str
        What was run: hashes of hand-in and release, version of the course.
    cities : dict
        Fingerprint -> status then.
    bounds : dict
        The limits it had.
    team : str
        The team it ran for.
    """

    student: str
    status: str
    outcomes: list[dict[str, Any]] = field(default_factory=list)
    stopped: str = ""
    jailed: bool = True
    content: str = ""
    template: str = ""
    course: str = ""
    cities: dict[str, str] = field(default_factory=dict)
    bounds: dict[str, Any] = field(default_factory=dict)
    team: str = ""


def judge(
    ran: Ran,
    handed: dict[str, Record],
    cells: list[str],
    questions: dict[str, Question],
    bounds: Bounds,
) -> tuple[list[Outcome], str]:
    """Compare what a run published with what was handed in.

    Parameters
    ----------
    ran : Ran
        The run.
    handed : dict
        Question -> the record that counts.
    cells : list of str
        The grade id of each code cell, or "".
    questions : dict
        Of the module.
    bounds : Bounds
        The limits of the run, for the sentences.

    Returns
    -------
    tuple
        One outcome for each answer that was handed in, and what stopped the run.
    """  # fmt: skip
    made: dict[str, Record] = {}
    for number, raw in ran.answers:
        name = cells[number] if 0 <= number < len(cells) else ""
        record = read_record(raw, source="notebook", cell=name)
        if record is not None and record.value is not None:
            made[record.question] = record  # the last one counts, as for a person who runs it
    stopped = _stopped(ran, cells, bounds)
    fault = _first_error(ran, cells, bounds)
    return [
        _outcome(questions[name], record, made.get(name), stopped, fault)
        for name, record in handed.items()
    ], stopped


def _outcome(
    question: Question, handed: Record, ran: Record | None, stopped: str, fault: str
) -> Outcome:
    # what somebody thinks of the course is copied to no further file
    secret = question.kind == "survey"
    before = "" if secret else shown(handed.value)
    if ran is None:
        kind = STOPPED if stopped else ERROR if fault else NOT_MADE
        return Outcome(question.id, kind, handed=before, why=stopped or fault)
    if same(question, handed.value, ran.value):
        return Outcome(question.id, SAME, handed=before)
    why = ""
    if question.needs_city and handed.fingerprint != ran.fingerprint:
        why = f"handed in for {handed.city or 'no city'}, run in {ran.city or 'no city'}"
    after = "" if secret else shown(ran.value)
    return Outcome(question.id, DIFFERENT, handed=before, ran=after, why=why)


def same(question: Question, handed: Any, ran: Any) -> bool:
    """Say whether two answers are one, as the scorer would judge the run by the hand-in."""
    from course.answers import read_value

    a, problem = read_value(question, handed)
    b, other = read_value(question, ran)
    if problem or other:
        return _as_text(handed) == _as_text(ran)
    return matches(question, b, a) or _as_text(a) == _as_text(b)


def _as_text(value: Any) -> str:
    try:
        return json.dumps(value, sort_keys=True)
    except (TypeError, ValueError, RecursionError):
        return repr(type(value))


def cell_words(number: int, cells: list[str]) -> str:
    """Return how a person finds a code cell: its number, and the name of the release.

    >>> cell_words(2, ["", "", "m10_rev"]), cell_words(0, [""])
    ('code cell 3 (m10_rev)', 'code cell 1')
    """
    name = cells[number] if 0 <= number < len(cells) else ""
    return f"code cell {number + 1}" + (f" ({name})" if name else "")


def _stopped(ran: Ran, cells: list[str], bounds: Bounds) -> str:
    if ran.end == "done":
        return ""
    words = _ENDS[ran.end].format(cell=cell_words(ran.cell, cells), **bounds.plain())
    if ran.end == "no start":
        said = [line for line in ran.said.splitlines() if line.strip()]
        words += f" ({clean_text(said[-1], 160)})" if said else ""
    return words


def _first_error(ran: Ran, cells: list[str], bounds: Bounds) -> str:
    if not ran.errors:
        return ""
    number = min(ran.errors)
    said = clean_text(ran.errors[number], 160)
    meaning = next((m for marks, m in _MEANINGS if any(mark in said for mark in marks)), "")
    more = f": {meaning.format(**bounds.plain())}" if meaning else ""
    return f"error in {cell_words(number, cells)}, {said}{more}"


def reproduced(
    student: str, outcomes: list[Outcome], stopped: str, *, started: bool, **about: Any
) -> Reproduced:
    """Return what is kept of a run."""
    status = "yes" if all(o.outcome == SAME for o in outcomes) else "no"
    return Reproduced(
        student, status if started else "no start", [asdict(o) for o in outcomes], stopped, **about
    )

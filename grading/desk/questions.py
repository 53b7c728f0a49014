"""What is hard in a module, question by question: attempts, typical wrong answers, who is stuck."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from statistics import mean
from typing import TYPE_CHECKING, Any

from course.questions import ModuleSpec, load_module
from grading import scored
from grading.desk.attempts import WRONG, Attempt, attempts
from grading.state import GradingState

if TYPE_CHECKING:
    import pandas as pd

STUCK_AFTER = 3  # different answers, the last of them still wrong
_VALUES = 5
_KINDS = {
    "unit": "Right digits, other unit",
    "city": "The number of another city",
    "neighbour": "The number of another trainee",
}


@dataclass(frozen=True)
class WrongAnswer:
    """One typical mistake.

    Attributes
    ----------
    kind : str
        Of the hint; empty where no hint fits.
    words : str
        What it is, as the hint says it.
    people : int
        Who gave such an answer at least once.
    values : tuple of (str, int)
        The most frequent answers and how many people gave each; none that is right for
        anybody.
    """

    kind: str
    words: str
    people: int
    values: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Difficulty:
    """One question.

    Attributes
    ----------
    question, title : str
        Id and title.
    people : int
        Whose hand-in was scored.
    answered : int
        Who gave an answer.
    attempts : float
        Different answers per person who answered, mean.
    most : int
        The most of one person.
    right_first, right_end : int
        Who was right with the first answer, and in the end.
    pending : int
        Whose answer waits for a city or a person.
    wrong : tuple of WrongAnswer
        The most frequent mistake first.
    stuck : tuple of str
        Students with several different answers, the last of them still wrong.
    """

    question: str
    title: str
    people: int
    answered: int
    attempts: float
    most: int
    right_first: int
    right_end: int
    pending: int
    wrong: tuple[WrongAnswer, ...]
    stuck: tuple[str, ...]

    def share(self, count: int) -> float | None:
        """Return a count as a share of who answered, in percent; None where nobody did."""
        return 100 * count / self.answered if self.answered else None


def difficulties(spec: ModuleSpec, given: Iterable[Attempt], people: int) -> list[Difficulty]:
    """Return one row per question of a module, in its order.

    Parameters
    ----------
    spec : ModuleSpec
        The module.
    given : iterable of Attempt
        Of everybody, in the order they were given.
    people : int
        Whose hand-in was scored.
    """
    by_question: dict[str, dict[str, list[Attempt]]] = {}
    for attempt in given:
        by_question.setdefault(attempt.question, {}).setdefault(attempt.student, []).append(attempt)
    return [
        _difficulty(q.id, q.title, by_question.get(q.id, {}), people)
        for q in spec.questions.values()
        if q.kind != "survey"
    ]


def _difficulty(name: str, title: str, own: Mapping[str, list[Attempt]], people: int) -> Difficulty:
    ends = {student: tries[-1] for student, tries in own.items()}
    firsts = [tries[0] for tries in own.values() if tries[0].number == 1]
    stuck = [s for s, end in ends.items() if end.status in WRONG and len(own[s]) >= STUCK_AFTER]
    return Difficulty(
        question=name,
        title=title,
        people=people,
        answered=len(own),
        attempts=round(mean(len(t) for t in own.values()), 2) if own else 0.0,
        most=max((len(t) for t in own.values()), default=0),
        right_first=sum(a.status == "right" for a in firsts),
        right_end=sum(a.status == "right" for a in ends.values()),
        pending=sum(a.status == "pending" for a in ends.values()),
        wrong=_typical(own),
        stuck=tuple(sorted(stuck, key=lambda s: (-len(own[s]), s))),
    )


def _typical(own: Mapping[str, list[Attempt]]) -> tuple[WrongAnswer, ...]:
    """Group wrong answers by their hint, and within it by value; count people, not attempts."""
    groups: dict[tuple[str, str], dict[str, set[str]]] = {}
    for student, tries in own.items():
        for attempt in tries:
            if attempt.status not in WRONG:
                continue
            values = groups.setdefault(_group(attempt), {})
            values.setdefault(attempt.value, set()).add(student)
    found = []
    for (kind, words), values in groups.items():
        shown = sorted(
            ((v, len(s)) for v, s in values.items() if v), key=lambda pair: (-pair[1], pair[0])
        )
        everyone = set().union(*values.values())
        found.append(WrongAnswer(kind, words, len(everyone), tuple(shown[:_VALUES])))
    return tuple(sorted(found, key=lambda w: (-w.people, w.kind == "", w.words)))


def _group(attempt: Attempt) -> tuple[str, str]:
    if attempt.kind in _KINDS:
        return attempt.kind, _KINDS[attempt.kind]
    if attempt.kind:
        return attempt.kind, attempt.sentence
    words = {"unreadable": "Could not be read", "partial": "Some conditions are not met"}
    return "", words.get(attempt.status, "No hint fits")


def stuck(state: GradingState, name: str) -> list[Difficulty]:
    """Return what is hard in a module, over its scored hand-ins.

    Parameters
    ----------
    state : GradingState
        The course.
    name : str
        The module's id, or its number.

    Returns
    -------
    list of Difficulty
        One per question, in the module's order; empty for a survey.

    Raises
    ------
    CourseError
        The module was not released, or has no key.
    """
    spec = load_module(state.assignment_folder(name))
    if spec.form == "survey":
        return []
    return difficulties(spec, attempts(state, spec.id), len(scored.load(state, spec.id)))


def frame(found: Iterable[Difficulty]) -> pd.DataFrame:
    """Return difficulties as a table, one row per question, without the wrong answers."""
    import pandas as pd

    rows: list[dict[str, Any]] = [asdict(d) for d in found]
    columns = [c for c in Difficulty.__dataclass_fields__ if c != "wrong"]
    return pd.DataFrame(rows, columns=columns)

"""Who answered what in a test: the table that everything else here is computed from.

It is read from the last scores, not from the hand-ins. The letter a trainee gave is turned
back into the option it stood for, because each trainee saw them in another order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from course.errors import UsageError
from course.exercises.option_order import place_of
from course.identity import Who
from course.questions import ModuleSpec, load_module
from grading import scored
from grading.scored import Scored
from grading.state import GradingState

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("student_id", "item", "area", "points", "option", "state")
UNDER_ANOTHER_NAME = "The answer was made under the name"
_NO_OPTION = -1


@dataclass(frozen=True)
class Responses:
    """The answers of a group to one test.

    Attributes
    ----------
    spec : ModuleSpec
        The test.
    table : pandas.DataFrame
        One row per trainee and question: ``student_id``, ``item`` (question id), ``area``,
        ``points`` (1.0 right, else 0.0), ``option`` (place in ``module.yml`` from 0, -1
        where there is none), ``state`` (answered, open, unreadable, other name, pending).
    left_out : dict
        Trainee -> why their answers say nothing about the questions.
    """

    spec: ModuleSpec
    table: pd.DataFrame
    left_out: Mapping[str, str]

    @property
    def people(self) -> list[str]:
        """Return the trainees whose answers count here, sorted."""
        return sorted(self.table["student_id"].unique())


def test_of(state: GradingState, name: str) -> ModuleSpec:
    """Return a test by its id or number, or raise that it is none."""
    spec = load_module(state.assignment_folder(name))
    if spec.form != "test":
        raise UsageError(f"{spec.id} is no test.", "Give 90_pre_test or 91_post_test.")
    return spec


test_of.__test__ = False  # type: ignore[attr-defined]


def responses(state: GradingState, name: str) -> Responses:
    """Return the scored answers to a test.

    Parameters
    ----------
    state : GradingState
        The course.
    name : str
        The test's id or number.

    Returns
    -------
    Responses
        Nobody scored yet: an empty table. A trainee is left out who answered nothing, or
        gave most answers under another name: those letters belong to another order.
    """
    spec = test_of(state, name)
    return of_scores(spec, scored.load(state, spec.id))


def of_scores(spec: ModuleSpec, scores: Mapping[str, Scored]) -> Responses:
    """Return the table of some scores; see :func:`responses`."""
    import pandas as pd

    rows: list[dict[str, Any]] = []
    left_out: dict[str, str] = {}
    for student in sorted(scores):
        own = [_row(spec, name, student, scores[student]) for name in spec.questions]
        given = [row for row in own if row["state"] != "open"]
        foreign = [row for row in own if row["state"] == "other name"]
        if not given:
            left_out[student] = "answered nothing"
        elif 2 * len(foreign) > len(given):
            left_out[student] = "gave most answers under another name"
        else:
            rows += own
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return Responses(spec, table.astype({"points": float, "option": int}), left_out)


def _row(spec: ModuleSpec, name: str, student: str, made: Scored) -> dict[str, Any]:
    question, result = spec.questions[name], made.results.get(name)
    row = {"student_id": student, "item": name, "area": question.area, "points": 0.0,
           "option": _NO_OPTION, "state": "open"}  # fmt: skip
    if result is None or result["status"] == "missing":
        return row
    row["points"] = float(result["status"] == "right")
    letters = [option.key for option in question.options]
    if any(line.startswith(UNDER_ANOTHER_NAME) for line in result["details"]):
        row["state"] = "other name"
    elif result["status"] == "pending":
        row["state"] = "pending"
    elif result["value"] in letters:
        row["state"] = "answered"
        row["option"] = place_of(question, Who(student).key(question.varies_by), result["value"])
    else:
        row["state"] = _read_again(question, str(result["value"]), student, row)
    return row


def _read_again(question: Any, value: str, student: str, row: dict[str, Any]) -> str:
    """Take an answer such as "B" or " b " as it was scored; else it is unreadable."""
    from course.answer_values import read_value

    letter, problem = read_value(question, value)
    if problem:
        return "unreadable"
    row["option"] = place_of(question, Who(student).key(question.varies_by), letter)
    return "answered"

"""What would be handed in: one row per question, and what is still open."""

from __future__ import annotations

import json
import os
import re
import shlex
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course import answer_book
from course.answer_cards import Card, number_words
from course.answer_values import read_value
from course.forms.nowhere import Nowhere
from course.identity import GUEST, Who
from course.own_city import city_travels, forget_old_exports
from course.questions import ModuleSpec, Question, load_module

if TYPE_CHECKING:
    from course.city.pack import City

_FINE = "form is right"


def checklist(city: City | Nowhere, me: Who, folder: Path) -> Card:
    """Return the list of what would be handed in from a folder.

    Parameters
    ----------
    city : City or Nowhere
        The open city; one of the learner's own is packed beside the notebook.
    me : Who
        Whose answers they should be.
    folder : Path
        Holds the notebook, ``module.yml`` and ``answers.json``.

    Returns
    -------
    Card
        One row per question.
    """
    module = load_module(folder)
    latest = answer_book.latest(folder / answer_book.FILE_NAME)
    rows: list[tuple[str, ...]] = [("Question", "Points", "Your answer", "Remark")]
    open_points = 0.0
    answered = 0
    for question in module.questions.values():
        record = latest.get(question.id)
        given, remark = "–", "not answered yet"
        if record is not None:
            given, remark = _given(question, record, city, me.trainee)
        if remark == _FINE:
            answered += 1
        elif question.kind == "core":
            open_points += question.points
        mark = f"{question.points:g}" + (" (extra)" if question.kind == "extra" else "")
        rows.append((f"{question.number}. {question.title}", mark, given, remark))
    if isinstance(city, Nowhere):
        first, notes = _of_a_form(module, answered), [f"You are {me.trainee}."]
    else:
        travel = city_travels(city, folder, again=True)
        forget_old_exports(city, folder, {str(r.get("fingerprint")) for r in latest.values()})
        first = (
            "Every core question has an answer."
            if not open_points
            else f"Core questions worth {open_points:g} of {module.core_points:g} points are open."
        )
        notes = [f"You are {me.trainee}; the city is {city.title}.", travel]
    if me.source == GUEST:
        notes.append("Nobody knows your name yet: set it in your profile before you hand in.")
    count = len(module.questions)
    ready = answered == count
    return Card(
        title=f"Ready to hand in: {module.title}"
        if ready
        else f"{answered} of {count} questions are answered",
        sentences=(first, *_way(folder, scored=module.form != "survey")),
        notes=tuple(n for n in notes if n),
        rows=tuple(rows),
        caption="Your answers so far",
        status=True,
    )


def _of_a_form(module: ModuleSpec, answered: int) -> str:
    """Say what a test or survey still waits for; a survey may be handed in half empty."""
    open_ones = len(module.questions) - answered
    if not open_ones:
        return "Every question has an answer."
    if module.form == "survey":
        return "You may leave questions open. What you gave is handed in."
    verb = "question has" if open_ones == 1 else "questions have"
    return f"{open_ones} {verb} no readable answer. An open question counts as 0 points."


def _given(
    question: Question, record: dict[str, Any], city: City | Nowhere, trainee: str
) -> tuple[str, str]:
    """Return an answer as text and one remark on it."""
    value, problem = read_value(question, record.get("value"))
    if question.type == "json" and not problem:
        given = "a dictionary"
    else:
        text = json.dumps(record.get("value"), ensure_ascii=False, default=str)
        given = number_words(value) if isinstance(value, (int, float)) else text[:40]
    if problem:
        return given, problem
    if record.get("fingerprint") != city.fingerprint:
        return given, f"given for another city or state of it: {record.get('city')}"
    if record.get("trainee") != trainee:
        return given, f"given as {str(record.get('trainee'))[:40]}"
    return given, _FINE


def _way(folder: Path, *, scored: bool = True) -> tuple[str, ...]:
    """Return how to hand in from here: only what this environment can do."""
    if os.environ.get("JUPYTERHUB_USER") and find_spec("nbgrader") is not None:
        return ("Save the notebook. Then hand it in: menu Nbgrader, Assignment List, Submit.",)
    own = f"Save the notebook. Hand in the folder {folder.resolve().name} as your instructor asked"
    if not scored:
        return (f"{own}.",)
    path = str(folder.resolve() / "exercises.ipynb")
    home = str(Path.home())
    if path.startswith(home + os.sep) and re.fullmatch(r"[\w./-]+", path[len(home) :], re.ASCII):
        path = "~" + path[len(home) :]  # a quoted ~ would not be opened by the shell
    else:
        path = shlex.quote(path)
    return (
        f"{own}, or score it yourself:",
        f"`python3 -m grading self {path}`",
    )

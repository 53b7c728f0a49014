"""What each trainee's exercise is drawn from: parameters, policies and tables.

Everything here is a function of the city and of who answers, so the host draws the
same again. A draw never computes an answer: its conditions look at parameters only
(each module of exercises says which). What needs the answer, such as switching off a
hint that would also fit the right value, is the host's.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any

from course import identity
from course.errors import UsageError
from course.forms.nowhere import NOWHERE
from course.identity import Who

if TYPE_CHECKING:
    from course.city.pack import City
    from course.forms.nowhere import Nowhere
    from course.questions import Question


@dataclass(frozen=True)
class Draw:
    """One trainee's version of one question.

    Parameters
    ----------
    question_id : str
        The question.
    params : dict
        What was drawn, JSON values only; prompts are filled from it.
    variant : str
        Twelve hex digits of module version, question, city, who and parameters.
    who : Who
        Whose draw it is; exercise tables are seeded with the trainee.
    """

    question_id: str
    params: Mapping[str, Any]
    variant: str
    who: Who


def _exercises_of(question_or_table: str) -> ModuleType:
    """Return the module that draws for a question or makes a table, by its number."""
    number = question_or_table[:3]
    for found in pkgutil.iter_modules(__path__):
        if found.name.startswith(number + "_"):
            return importlib.import_module(f"{__name__}.{found.name}")
    raise UsageError(
        f"There are no exercises for {question_or_table[:60]!r}.", "Check the name in the question."
    )


def draw(question: Question, city: City | Nowhere, who: Who) -> Draw:
    """Draw one trainee's version of a question.

    Parameters
    ----------
    question : Question
        From `course.questions`.
    city : City
        The city the trainee opened; its fingerprint is part of the seed. A question of a
        test or survey does not look at it.
    who : Who
        Who answers; which part of it counts is the question's ``varies_by``.

    Returns
    -------
    Draw
        The same for the same question, city and person on every machine.
    """
    key = who.key(question.varies_by)
    if not question.needs_city:
        drawn = _of_a_form(question, key)
        return Draw(question.id, drawn, variant(question, NOWHERE, key, drawn), who)
    drawn = _exercises_of(question.id).DRAWS[question.id](city, key)
    params = {"city": city.title, "currency": city.currency, **drawn}
    return Draw(question.id, params, variant(question, city, key, drawn), who)


def _of_a_form(question: Question, key: str) -> dict[str, Any]:
    """Return what is drawn in a test, the order of the options, and nothing in a survey."""
    from course.exercises.option_order import drawn_order

    return drawn_order(question, key) if question.choices else {}


def variant(question: Question, city: City | Nowhere, key: str, params: Mapping[str, Any]) -> str:
    """Return the short name of a drawn version, written into every answer record.

    The key of who answers is part of it: two people may draw the same date, but not the
    same rides.
    """
    content = [question.version, question.id, city.fingerprint, key, params]
    text = json.dumps(content, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:12]


def exercise(name: str, city: City | None = None, *, who: Who | None = None, **options: Any) -> Any:
    """Return a prepared piece of an exercise: a table, a policy, a list.

    Parameters
    ----------
    name : str
        Such as ``m10_rides``; the questions name the pieces they use.
    city : City, optional
        The open city when left out.
    who : Who, optional
        The trainee of this session when left out.
    **options
        What the piece needs besides, such as ``design=`` for ``m10_design``.

    Returns
    -------
    object
        What the piece is: see the module's exercises.

    Raises
    ------
    UsageError
        There is no such piece.
    """
    if not isinstance(name, str):
        raise UsageError("exercise() takes a name in quotes.", "Such as exercise('m10_rides').")
    pieces = _exercises_of(name).PIECES
    if name not in pieces:
        raise UsageError(
            f"There is no exercise piece {name!r}.", f"There are {', '.join(sorted(pieces))}."
        )
    if city is None:
        from course.city.pack import City as CityClass

        city = CityClass.open()
    return pieces[name](city, who or session_who(), **options)


def session_who() -> Who:
    """Return the trainee of this session; see `course.identity.who`."""
    return identity.who()

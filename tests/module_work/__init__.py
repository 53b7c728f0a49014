"""What a careful trainee types: one file for each module, which shared tests then run.

A module ``modules/14_water`` needs ``tests/module_work/m14_water.py``. It holds no tests,
only this (see ``m10_integrated_fares.py``):

``WORK(city, trainee) -> dict[str, str]``
    Question id -> Python source of that question's working cell, for every automatic
    question, core and extra. ``city`` is an open `course.City`, ``trainee`` a name. The
    source runs in the exercises notebook, below the cells that the notebook has itself
    (so ``city``, the drawn tables and the imports of its import cell are there), and
    leaves the answer in a variable named as the question. It calls only what a trainee
    may call, and only calls that the lesson or the exercises page show. What the question
    shows this trainee is ``shown(question, city, trainee)``; a design that meets every
    property is ``design(question, city, trainee)``.

``LESSON_CALLS : tuple of (source, value, printed)``
    What the lesson says, worked out by hand: the source of a call, its right value from
    a second way of computing it (a published figure, arithmetic on paper) and the number
    as the lesson prints it ("1,500"), or "" where the page does not print it. The call is
    evaluated with the names that the lesson imports, and with ``city``, which is Seoul.

`tests/test_modules_*.py` then prove for the module, without a line of its own: the chain
by the user's commands in a real kernel with full marks; pending and then approved for a
city the host never saw; full marks on the bundled and the imported cities; a hint of its
own for each typical wrong value, and none where it cannot be told apart; no hint with the
key in it; neighbours that rarely share a value; a host in another process that expects
the same; a planted key that is found nowhere; the printed numbers of the lesson. What is
special about a module goes into ``tests/test_key_mNN.py`` and ``tests/test_lesson_NN.py``.

A test or survey has no lesson and no working cells: there ``WORK`` gives the source of the
answer cells themselves, and ``LESSON_CALLS`` is empty.
"""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

from course.city.pack import City
from course.identity import Who
from tests.key_cases import drawn, key, module


def of(module_id: str) -> ModuleType:
    """Return the work file of a module; ModuleNotFoundError where there is none."""
    return importlib.import_module(f"{__name__}.m{module_id}")


def shown(question: str, city: City, trainee: str) -> dict[str, Any]:
    """Return what a question shows a trainee: the drawn values."""
    return dict(drawn(question, city, trainee).params)


def design(question: str, city: City, trainee: str) -> Any:
    """Return a design with every property met, from the host's own search."""
    return key(question).solution(question, city, drawn(question, city, trainee))


def typed(module_id: str, city: City, trainee: str) -> dict[str, str]:
    """Return the answer cells of a test or survey as filled in by who knows everything.

    The letters come from the words that the simulated trainees know, which were written
    down, or worked out, without the answer key.
    """
    from grading.demo.solutions import solver_of

    answers = solver_of(module_id)(module(module_id), city, Who(trainee)).right()
    return {name: f"answer({name!r}, {value!r})" for name, value in answers.items()}

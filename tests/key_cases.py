"""Cities, trainees and draws the tests of answers and keys share.

A question names its module by its number (``m10_trip``), so these ask for no module.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from course import catalogue
from course.city.pack import City
from course.exercises import Draw, draw
from course.identity import Who
from course.questions import ModuleSpec, load_module
from grading.answer_key import AnswerKey, for_module
from grading.comparing import matches
from tests.cities_by_turns import BUNDLED, FEEDS

__all__ = ["BUNDLED", "FEEDS", "MODULE_DIR", "MODULE_ID", "bundled", "drawn", "is_right", "key"]

MODULES = Path(__file__).resolve().parent.parent / "modules"
# The module that tests of the shared parts use where any would do.
MODULE_ID = "10_integrated_fares"
MODULE_DIR = MODULES / MODULE_ID
_STAND = [m for m in catalogue.modules(MODULES) if m.has_content]
WITH_CONTENT = tuple(m.id for m in _STAND)
# what is special about a test or survey is in tests/test_forms_*.py
LESSONS = tuple(m.id for m in _STAND if m.form == "lesson")
TESTS = tuple(m.id for m in _STAND if m.form == "test")
SURVEYS = tuple(m.id for m in _STAND if m.form == "survey")


def module(name: str = MODULE_ID) -> ModuleSpec:
    """Return a module by its id, or by the id of one of its questions."""
    (folder,) = MODULES.glob(f"{name}/") if name[:1].isdigit() else MODULES.glob(f"{name[1:3]}_*/")
    return load_module(folder)


def key(name: str = MODULE_ID) -> AnswerKey:
    """Return the answer key of a module, or of a question's module."""
    return for_module(module(name).id)


@lru_cache(maxsize=8)
def bundled(name: str) -> City:
    """Return a bundled pack, opened once."""
    return City.open(name)


def drawn(question: str, city: City, trainee: str) -> Draw:
    """Return one trainee's draw."""
    return draw(module(question).questions[question], city, Who(trainee))


def is_right(question: str, value: Any, city: City, trainee: str) -> bool:
    """Judge a value the way the host does."""
    spec, d = module(question).questions[question], drawn(question, city, trainee)
    if spec.type == "json":
        return all(met for met, _, _ in key(question).judge_design(question, city, d, value))
    mine = key(question)
    accepted = [mine.expected(question, city, d), *mine.alternatives(question, city, d)]
    return any(matches(spec, value, right) for right in accepted)

"""Cities, trainees and draws the tests of answers and keys share."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from course.city.pack import City
from course.exercises import Draw, draw
from course.identity import Who
from course.questions import ModuleSpec, load_module
from grading.answer_key import AnswerKey, for_module
from grading.comparing import matches

MODULE_ID = "10_integrated_fares"
MODULE_DIR = Path(__file__).resolve().parent.parent / "modules" / MODULE_ID
BUNDLED = ("seoul", "mashhad", "iloilo")
FEEDS = ("busan_metro", "bogor")


def module() -> ModuleSpec:
    """Return the module of the tests."""
    return load_module(MODULE_DIR)


def key() -> AnswerKey:
    """Return its answer key."""
    return for_module(MODULE_ID)


@lru_cache(maxsize=8)
def bundled(name: str) -> City:
    """Return a bundled pack, opened once."""
    return City.open(name)


def drawn(question: str, city: City, trainee: str) -> Draw:
    """Return one trainee's draw."""
    return draw(module().questions[question], city, Who(trainee))


def is_right(question: str, value: Any, city: City, trainee: str) -> bool:
    """Judge a value the way the host does."""
    spec, d = module().questions[question], drawn(question, city, trainee)
    if spec.type == "json":
        return all(met for met, _, _ in key().judge_design(question, city, d, value))
    accepted = [key().expected(question, city, d), *key().alternatives(question, city, d)]
    return any(matches(spec, value, right) for right in accepted)

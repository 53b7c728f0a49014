"""Labs: small apps, one per module, over the functions the lessons call.

>>> from course import labs
>>> sorted(name for name in dir(labs) if name in ("explore", "fares"))
['explore', 'fares']
"""

from __future__ import annotations

import importlib
from typing import Any

# Public name -> module that holds a function of the same name.
_LAZY = {
    "Knob": "course.labs.exploring",
    "action_plan": "course.labs.action_plan_lab",
    "answer_chart": "course.labs.answer_pictures",
    "answer_map": "course.labs.answer_pictures",
    "day_route": "course.labs.visits_map",
    "explore": "course.labs.exploring",
    "fare_questions": "course.labs.questions_lab",
    "fares": "course.labs.fares_lab",
    "night_bus": "course.labs.night_lab",
    "orientation": "course.labs.orientation_lab",
    "participation": "course.labs.participation_lab",
    "real_and_rule": "course.labs.real_and_rule",
    "visit": "course.labs.visit_form",
    "visit_map": "course.labs.visits_map",
}

__all__ = sorted(_LAZY)


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'course.labs' has no attribute {name!r}")
    value = getattr(importlib.import_module(_LAZY[name]), name)
    # the function stands in the package's name, not the module that importing left there
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return list(__all__)

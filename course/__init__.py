"""Course kit for city officials: a city as data, fares, maps and graded answers.

Importing this package costs nothing: the standard library only. Names that need
pandas or Jupyter are loaded when they are first used, so that
``python -m course`` starts before the environment exists.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

__version__ = "0.1.0"

# Public name -> module that holds it. An empty attribute means the module itself.
_LAZY: dict[str, tuple[str, str]] = {
    "City": ("course.city.pack", "City"),
    "CourseError": ("course.errors", "CourseError"),
    "FarePolicy": ("course.transport.fare_policy", "FarePolicy"),
    "actionplan": ("course.actionplan", ""),
    "answer": ("course.answers", "answer"),
    "ask": ("course.answers", "ask"),
    "charts": ("course.display.charts", ""),
    "equity": ("course.transport.equity", ""),
    "exercise": ("course.exercises", "exercise"),
    "fares": ("course.transport.fares", ""),
    "glossary": ("course.language.glossary", ""),
    "hand_in": ("course.answers", "hand_in"),
    "indicators": ("course.policy.indicators", ""),
    "labs": ("course.labs", ""),
    "maps": ("course.display.maps", ""),
    "nightbus": ("course.bigdata.nightbus", ""),
    "participation": ("course.policy.participation", ""),
    "programme": ("course.programme", ""),
    "service_requests": ("course.bigdata.service_requests", ""),
    "tables": ("course.display.tables", ""),
    "visits": ("course.visits", ""),
}

__all__ = ["__version__", *sorted(_LAZY)]


def __getattr__(name: str) -> Any:
    try:
        module_name, attribute = _LAZY[name]
    except KeyError:
        raise AttributeError(f"module 'course' has no attribute {name!r}") from None
    module = importlib.import_module(module_name)
    value = getattr(module, attribute) if attribute else module
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)


if "IPython" in sys.modules:  # a notebook's kernel: a lesson that was run leaves a record
    from course import lesson_runs

    lesson_runs.watch()

"""How simulated trainees work each module: one file for each, found by its name.

A file ``mNN_name.py`` holds a class ``Solver``, made from `grading.demo.solver.Solver`,
with one method for each automatic question and ``typical_wrong``. A module without a file
can be released and scored like any other; the demo leaves it out.
"""

from __future__ import annotations

import importlib
import pkgutil

from course.errors import UsageError
from grading.demo.solver import Solver


def modules() -> list[str]:
    """Return the ids of the modules that simulated trainees can work, in order."""
    names = (found.name for found in pkgutil.iter_modules(__path__))
    return sorted(name[1:] for name in names if name[1:3].isdigit())


def solver_of(module_id: str) -> type[Solver]:
    """Return the class that works a module.

    Raises
    ------
    UsageError
        There is none for this module.
    """
    if module_id not in modules():
        raise UsageError(
            f"The demo has no simulated trainees for {module_id[:60]}.",
            f"It has them for {', '.join(modules())}.",
        )
    return importlib.import_module(f"{__name__}.m{module_id}").Solver

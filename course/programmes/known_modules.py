"""What a programme knows of the modules: their titles, and which of them stand."""

from __future__ import annotations

import re
from pathlib import Path

from course import catalogue, paths
from course.errors import CourseError
from course.programmes.parts import TESTS, TITLES
from course.questions import FILE_NAME, ModuleSpec, load_module

_ID = re.compile(r"[0-9]{2}_[a-z0-9_]{1,60}", re.ASCII)


def specs() -> dict[str, ModuleSpec]:
    """Return the modules by id: of the checkout, else of the learner's workspace.

    A ``module.yml`` that breaks a rule is left out: the author of that module is told
    elsewhere, and a timetable has to open all the same.
    """
    folder = catalogue.source_dir() or paths.workspace_dir() / "modules"
    found: dict[str, ModuleSpec] = {}
    for path in sorted(Path(folder).glob(f"*/{FILE_NAME}")):
        try:
            module = load_module(path)
        except CourseError:
            continue
        found[module.id] = module
    return found


def is_known(module: str, known: dict[str, ModuleSpec]) -> bool:
    """Say whether a module exists; without a checkout only its form can be looked at."""
    if module in known or module in TESTS.values():
        return True
    if catalogue.source_dir() is None:
        return _ID.fullmatch(module) is not None
    # its module.yml may be at fault today; that is not this file's mistake
    return (catalogue.source_dir() / module).is_dir() and _ID.fullmatch(module) is not None


def title_of(module: str, known: dict[str, ModuleSpec]) -> str:
    """Return a module's title, or the words of its id."""
    if module in known:
        return known[module].title
    test = next((TITLES[kind] for kind, name in TESTS.items() if name == module), "")
    return test or module.partition("_")[2].replace("_", " ").capitalize() or module

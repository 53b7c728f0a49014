"""The answer key of a module, and what it expected of each student so far.

The expected values are kept on the host, under ``keys/``: the hint "this fits another
one's" needs those of everyone else, and a rescoring need not compute them again.
"""

from __future__ import annotations

import hashlib
import importlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from course import whole_files
from course.errors import CourseError
from course.questions import ModuleSpec
from grading.state import GradingState

Expected = dict[str, dict[str, Any]]  # "student|fingerprint" -> question -> value


@lru_cache(maxsize=8)
def load_key(package: str, module_id: str) -> Any:
    """Return the answer key of a module.

    Parameters
    ----------
    package : str
        Import name of the package with ``for_module``.
    module_id : str
        For example ``10_integrated_fares``.

    Raises
    ------
    CourseError
        The module has no key.
    """
    try:
        return importlib.import_module(package).for_module(module_id)
    except (ImportError, KeyError, LookupError):
        raise CourseError(
            f"There is no answer key for {module_id} in {package}.",
            "A module can be scored when its key stands.",
        ) from None


@lru_cache(maxsize=8)
def key_version(package: str, spec_path: str) -> str:
    """Return a short hash of everything that decides what is right.

    Editing a key, a question, the rules of a pillar or the way tables are made changes
    it, and earlier scores count as outdated.
    """
    import course

    digest = hashlib.sha256()
    ours = Path(str(course.__file__)).parent
    key = Path(str(importlib.import_module(package).__file__)).parent
    pillars = [ours / name for name in ("transport", "bigdata", "policy")]
    folders = [key, ours / "exercises", *pillars, ours / "city"]
    files = [p for folder in folders for p in sorted(folder.rglob("*.py"))]
    files += [ours / "answer_values.py", ours / "number_text.py"]
    for path in [*files, Path(spec_path)]:
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


@dataclass
class ExpectedValues:
    """What the key expected, by student and city.

    Parameters
    ----------
    state, spec
        The course and the module.
    values : dict
        ``"student|fingerprint"`` -> question -> expected value.
    """

    state: GradingState
    spec: ModuleSpec
    values: Expected = field(default_factory=dict)

    @property
    def version(self) -> str:
        """Return the version of the key the values belong to."""
        return key_version(self.state.key_package, str(self.spec.path))

    @property
    def path(self) -> Path:
        """Return the file on the host."""
        return self.state.base / "keys" / f"{self.spec.id}.json"

    def load(self) -> ExpectedValues:
        """Read the file; values of another version of the key are forgotten."""
        try:
            content = json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            content = {}
        if content.get("version") == self.version:
            self.values = {**content["values"], **self.values}
        return self

    def save(self) -> None:
        """Write the file, readable by the host only."""
        text = json.dumps({"version": self.version, "values": self.values})
        whole_files.write(self.path, text, mode=0o600)

    def add(self, found: Expected) -> None:
        """Put more values into the table."""
        for at, values in found.items():
            self.values.setdefault(at, {}).update(values)

    def neighbours(self, student: str) -> Callable[[str], Iterable[tuple[str, Any]]]:
        """Return a function from a question to (other student, expected value)."""

        def of(question: str) -> Iterable[tuple[str, Any]]:
            for place, values in self.values.items():
                other = place.rsplit("|", 1)[0]
                if other != student and question in values:
                    yield other, values[question]

        return of


def place(student: str, fingerprint: str) -> str:
    """Return where a student's expected values for a city are kept."""
    return f"{student}|{fingerprint}"

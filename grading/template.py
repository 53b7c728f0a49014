"""The released notebook: which cells nbgrader knows, what they are worth, whose they are.

Works on plain dictionaries, for notebooks that no library would read.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

Cell = dict[str, Any]


@dataclass(frozen=True)
class Template:
    """The released notebook of a module, the skeleton of every repair.

    Parameters
    ----------
    notebook : dict
        As ``nbgrader generate_assignment`` wrote it, with checksums.
    """

    notebook: dict[str, Any]

    @cached_property
    def cells(self) -> dict[str, Cell]:
        """Return the cells that nbgrader knows by their grade id."""
        return {grade_id(c): c for c in self.notebook["cells"] if grade_id(c)}

    @cached_property
    def graded(self) -> list[str]:
        """Return the ids of the cells that carry points, in order."""
        return [name for name, cell in self.cells.items() if mark(cell).get("grade")]

    @cached_property
    def tasks(self) -> dict[str, float]:
        """Return the points of the cells of a rubric, which people mark, in order."""
        return {
            name: float(mark(cell)["points"])
            for name, cell in self.cells.items()
            if mark(cell).get("task")
        }

    @cached_property
    def written(self) -> list[str]:
        """Return the ids of the cells an instructor marks by hand."""
        return [n for n in self.graded if mark(self.cells[n]).get("solution")]

    @cached_property
    def automatic(self) -> list[str]:
        """Return the ids of the cells that are scored here."""
        return [n for n in self.graded if not mark(self.cells[n]).get("solution")]

    @cached_property
    def points(self) -> dict[str, float]:
        """Return the points of each graded cell."""
        return {name: float(mark(self.cells[name])["points"]) for name in self.graded}

    @cached_property
    def digest(self) -> str:
        """Return a short hash of the release."""
        text = json.dumps(self.notebook, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def mark(cell: Any) -> dict[str, Any]:
    """Return nbgrader's metadata of a cell, ``{}`` where there is none."""
    metadata = cell.get("metadata") if isinstance(cell, dict) else None
    found = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    return found if isinstance(found, dict) else {}


def grade_id(cell: Any) -> str:
    """Return the grade id of a cell, ``""`` where there is none."""
    name = mark(cell).get("grade_id")
    return name if isinstance(name, str) else ""


def locked(cell: Any) -> bool:
    """Say whether a trainee may not write in a cell: in a test the answer cell is theirs."""
    return bool(mark(cell).get("locked", True))

"""Rebuild a handed-in notebook on the released one, so that every graded cell is there once.

The released notebook is the skeleton: its locked cells, its order, its ids and points.
From the hand-in come the trainee's own cells, their written answers and the answer
records in the outputs. What had to be put right is reported, one line for each kind.
Works on plain dictionaries, for notebooks that no library would read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from grading.cleaning import ordinary_cell, safe_attachments, safe_markdown, safe_outputs, text_of
from grading.records import MEDIA_TYPE, Record, read_record
from grading.template import Cell, Template, grade_id, locked, mark

MAX_CELLS = 2000
MAX_EXTRA_CELLS = 300
_CELL_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass
class Repaired:
    """A hand-in on the skeleton of the release.

    Attributes
    ----------
    notebook : dict
        nbformat 4.5, every cell of the release once and in order.
    records : list of Record
        All answer records found in outputs.
    notes : list of (question id or "", sentence)
        What was put right.
    changed : set of str
        Solution cells that differ from the release.
    """

    notebook: dict[str, Any]
    records: list[Record]
    notes: list[tuple[str, str]]
    changed: set[str]


def usable_cells(notebook: Any) -> list[Cell] | None:
    """Return the cells of a notebook that are cells, or None if it is no notebook."""
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list):
        return None
    return [c for c in cells[:MAX_CELLS] if isinstance(c, dict)]


def records_of(cell: Cell, name: str) -> Iterator[Record]:
    """Yield the answer records in the outputs of one cell."""
    outputs = cell.get("outputs")
    for output in outputs if isinstance(outputs, list) else []:
        data = output.get("data") if isinstance(output, dict) else None
        if isinstance(data, dict) and MEDIA_TYPE in data:
            record = read_record(data[MEDIA_TYPE], source="notebook", cell=name)
            if record is not None:
                yield record


def _owner(cell: Cell, template: Template, by_id: dict[str, str], by_source: dict[str, str]) -> str:
    """Return the grade id a cell belongs to: by its mark, its cell id, or its locked text."""
    name = grade_id(cell)
    if name in template.cells:
        return name
    name = by_id.get(str(cell.get("id", "")), "")
    if name and not grade_id(cell):
        return name
    return by_source.get(text_of(cell.get("source")).strip(), "")


def _sort_out(cells: list[Cell], template: Template) -> list[tuple[str, Cell]]:
    """Return (grade id or "", cell) of every cell of a hand-in."""
    by_id = {str(c.get("id")): n for n, c in template.cells.items() if c.get("id")}
    by_source = {
        text_of(c["source"]).strip(): n
        for n, c in template.cells.items()
        if c["cell_type"] == "code" and not mark(c).get("solution")
    }
    return [(_owner(cell, template, by_id, by_source), cell) for cell in cells]


def repair(cells: list[Cell], template: Template) -> Repaired:
    """Rebuild a hand-in on the released notebook.

    Parameters
    ----------
    cells : list of dict
        The cells of the hand-in, as parsed; an empty list gives the released notebook.
    template : Template
        The release.

    Returns
    -------
    Repaired
        The notebook, its answer records and what was put right.
    """
    return _Repair(cells, template).run()


class _Repair:
    def __init__(self, cells: list[Cell], template: Template) -> None:
        self.template = template
        self.sorted_out = _sort_out(cells, template)
        self.notes: list[tuple[str, str]] = []
        self.changed: set[str] = set()
        self.pieces: dict[str, list[Cell]] = {}
        for name, cell in self.sorted_out:
            if name:
                self.pieces.setdefault(name, []).append(cell)
        self.plain = {
            text_of(c["source"]).strip() for c in template.notebook["cells"] if not grade_id(c)
        }

    def run(self) -> Repaired:
        records = [r for name, cell in self.sorted_out for r in records_of(cell, name)]
        made: list[Cell] = []
        extras = self._extras()
        made += extras.pop("", [])
        for original in self.template.notebook["cells"]:
            name = grade_id(original)
            made.append(self._cell(name, original) if name else dict(original))
            made += extras.pop(name, []) if name else []
        if self.sorted_out:
            self._note_order()
        notebook = {
            "cells": _with_unique_ids(made),
            "metadata": dict(self.template.notebook.get("metadata", {})),
            "nbformat": 4,
            "nbformat_minor": 5,
        }
        return Repaired(notebook, records, list(dict.fromkeys(self.notes)), self.changed)

    def _extras(self) -> dict[str, list[Cell]]:
        """Return the trainee's own cells by the cell of the release they stand behind."""
        extras: dict[str, list[Cell]] = {}
        behind, count = "", 0
        for name, cell in self.sorted_out:
            if name:
                behind = name
            elif text_of(cell.get("source")).strip() not in self.plain and count < MAX_EXTRA_CELLS:
                count += 1
                cell_id = str(cell.get("id", ""))
                extras.setdefault(behind, []).append(ordinary_cell(cell, cell_id))
        return extras

    def _cell(self, name: str, original: Cell) -> Cell:
        pieces = self.pieces.get(name, [])
        made = dict(original)  # its parts are replaced below, never changed
        what = mark(original)
        if not pieces:
            if self.sorted_out and (what.get("grade") or what.get("solution")):
                self.notes.append((name, f"The cell {name} was deleted; it was put back empty."))
            return made
        if what.get("solution"):
            return self._solution(name, made, pieces)
        if len(pieces) > 1 and what.get("grade"):
            self.notes.append(
                (
                    name,
                    f"The cell {name} stands {len(pieces)} times; the latest answer counts.",
                )
            )
        if what.get("grade"):
            if locked(original) and any(
                text_of(p.get("source")) != text_of(original["source"]) for p in pieces
            ):
                self.notes.append((name, f"The locked cell {name} was edited; it was restored."))
            self._note_marks(name, what, pieces)
        if made["cell_type"] == "code":
            made["outputs"] = [o for p in pieces for o in safe_outputs(p.get("outputs"))]
        return made

    def _note_marks(self, name: str, what: dict[str, Any], pieces: list[Cell]) -> None:
        """Report metadata of a graded cell that was changed or lost."""
        for piece in pieces:
            given = mark(piece)
            if not given:
                self.notes.append((name, f"The cell {name} had lost its marks; found by its text."))
            elif (given.get("points"), given.get("grade"), given.get("locked")) != (
                what.get("points"),
                what.get("grade"),
                what.get("locked"),
            ) or piece.get("cell_type") != self.template.cells[name]["cell_type"]:
                self.notes.append(
                    (name, f"The marks of the cell {name} were changed; the released ones count.")
                )

    def _solution(self, name: str, made: Cell, pieces: list[Cell]) -> Cell:
        blank = text_of(made["source"])
        texts = [text_of(p.get("source")) for p in pieces]
        own = list(dict.fromkeys(t for t in texts if t.strip() and t != blank))
        if len(pieces) > 1:
            self.notes.append(
                (name, f"The cell {name} was split or copied; its {len(pieces)} parts were joined.")
            )
        if made["cell_type"] == "code":
            made["outputs"] = [o for p in pieces for o in safe_outputs(p.get("outputs"))]
        if not own:
            return made
        self.changed.add(name)
        joined = "\n\n".join(own)[:200_000]
        if made["cell_type"] == "markdown":
            joined = safe_markdown(joined)
            pictures = [safe_attachments(p.get("attachments")) for p in pieces]
            if merged := {k: v for found in pictures for k, v in found.items()}:
                made["attachments"] = merged
        made["source"] = joined
        return made

    def _note_order(self) -> None:
        first_seen = list(dict.fromkeys(name for name, _ in self.sorted_out if name))
        expected = [name for name in self.template.cells if name in set(first_seen)]
        if first_seen != expected:
            self.notes.append(("", "The cells stood in another order; it was put right."))


def _with_unique_ids(cells: list[Cell]) -> list[Cell]:
    """Give every cell an id that nbformat accepts, once."""
    taken = {str(c["id"]) for c in cells if grade_id(c) and c.get("id")}
    for number, cell in enumerate(cells):
        name = str(cell.get("id") or "")
        if grade_id(cell) and name:
            continue
        if not _CELL_ID.fullmatch(name) or name in taken:
            name = f"own-{number}"
            while name in taken:
                name += "x"
        cell["id"] = name
        taken.add(name)
    return cells

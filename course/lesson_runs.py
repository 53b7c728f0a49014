"""A lesson that was run leaves a record beside it; nobody has to write a cell for that.

``import course`` in a notebook's kernel begins to watch which cells ran without an error.
When every code cell of ``lesson.ipynb`` did, ``lesson_run.json`` is written. A lesson that
was saved with its outputs says the same by itself. Watching changes nothing, and whatever
fails in it stays silent: a lesson is more than its record.
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from course import __version__, answer_book, identity, whole_files
from course.paths import ROOT
from course.untrusted_json import read_json

FILE = "lesson_run.json"
LESSON = "lesson.ipynb"
MAX_BYTES = 10_000
MAX_LESSON_BYTES = 50_000_000  # with the pictures of its outputs


def was_run(folder: Path, *, trainee: str = "") -> bool:
    """Say whether the lesson of a module was run by a trainee.

    Parameters
    ----------
    folder : Path
        A module's folder, or the hand-in of it: whatever a person put there is safe to read.
    trainee : str
        Whose; a record that names somebody else does not count.

    Returns
    -------
    bool
        By the record, else by a saved lesson in which every code cell was run and none
        ended with an error.
    """
    record = read_json(folder / FILE, most=MAX_BYTES)
    if isinstance(record, dict) and record.get("lesson") == LESSON:
        name = identity.clean_name(record.get("trainee"))
        return not trainee or name in ("", identity.GUEST, identity.clean_name(trainee))
    return _saved_as_run(read_json(folder / LESSON, most=MAX_LESSON_BYTES))


def _saved_as_run(notebook: Any) -> bool:
    cells = _code_cells(notebook)
    return bool(cells) and all(
        isinstance(c.get("execution_count"), int) and not _failed(c) for c in cells
    )


def _failed(cell: dict[str, Any]) -> bool:
    outputs = cell.get("outputs")
    return isinstance(outputs, list) and any(
        isinstance(o, dict) and o.get("output_type") == "error" for o in outputs
    )


def _code_cells(notebook: Any) -> list[dict[str, Any]]:
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    found = [c for c in cells if isinstance(c, dict)] if isinstance(cells, list) else []
    return [c for c in found if c.get("cell_type") == "code" and _source(c).strip()]


def _source(cell: dict[str, Any]) -> str:
    source = cell.get("source")
    if isinstance(source, list):
        return "".join(line for line in source if isinstance(line, str))
    return source if isinstance(source, str) else ""


# ---- in the kernel -----------------------------------------------------------------------------


@dataclass
class _Watch:
    """What has been run of one lesson."""

    stamp: tuple[int, int] = (0, 0)
    ids: dict[str, str] = field(default_factory=dict)  # cell id -> source when last looked
    seen_ids: set[str] = field(default_factory=set)
    seen_sources: set[str] = field(default_factory=set)
    written: bool = False

    def look(self, path: Path) -> None:
        """Read the lesson anew where it was saved since."""
        status = path.stat()
        stamp = (status.st_mtime_ns, status.st_size)
        if stamp != self.stamp:
            cells = _code_cells(read_json(path, most=MAX_LESSON_BYTES))
            self.ids = {str(c.get("id", n)): _source(c).strip() for n, c in enumerate(cells)}
            self.stamp = stamp

    @property
    def complete(self) -> bool:
        """Say whether every code cell ran, known by its id or by its words."""
        return bool(self.ids) and all(
            name in self.seen_ids or source in self.seen_sources
            for name, source in self.ids.items()
        )


_watches: dict[Path, _Watch] = {}


def watch() -> None:
    """Begin to watch in a notebook's kernel; elsewhere nothing happens."""
    with suppress(Exception):
        shell = sys.modules["IPython"].get_ipython()
        if shell is not None and hasattr(shell, "kernel") and not hasattr(shell, "_course_watch"):
            shell._course_watch = True
            shell.events.register("post_run_cell", _after_cell)


def _after_cell(result: Any) -> None:
    with suppress(Exception):
        if result.success:
            _note(result.info.raw_cell, getattr(result.info, "cell_id", None))


def _note(source: str, cell_id: str | None) -> None:
    folder = answer_book.folder().resolve()
    path = folder / LESSON
    if not path.is_file() or ROOT / "modules" in folder.parents:
        return
    watched = _watches.setdefault(folder, _Watch())
    watched.seen_sources.add(source.strip())
    if cell_id:
        watched.seen_ids.add(cell_id)
    if watched.written:
        return
    watched.look(path)
    if watched.complete:
        _write(folder, len(watched.ids))
        watched.written = True


def _write(folder: Path, cells: int) -> None:
    record = {
        "lesson": LESSON,
        "module": folder.name,
        "trainee": identity.who().trainee,
        "cells": cells,
        "course": __version__,
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    whole_files.write(folder / FILE, json.dumps(record, ensure_ascii=False, indent=1))

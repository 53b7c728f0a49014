"""Read one hand-in from its folder, whatever is in it, and keep the batch going.

Links are not followed, large files are not opened, and of several notebooks the one that
holds the module's cells is found by its grade ids, whatever its name.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from course import whole_files
from grading.intake import AS_HANDED_IN, Intake, Note
from grading.limits import MAX_ANSWER_FILE_MB, MAX_FILES, MAX_NOTEBOOK_MB
from grading.records import Answers, merge, read_answer_file
from grading.repair import Repaired, repair, usable_cells
from grading.state import EXERCISES
from grading.template import Cell, Template, grade_id

NOTEBOOK = f"{EXERCISES}.ipynb"


@dataclass
class HandIn:
    """One student's hand-in, on the skeleton of the release.

    Attributes
    ----------
    repaired : Repaired
        The notebook, rebuilt.
    answers : Answers
        All answer records, by question, with what is odd about them.
    notes : list of (question id or "", sentence)
        Files that were refused, cells that were put right, records that disagree.
    zips : list of Path
        Possible city packs.
    problem : str
        Why there was no usable notebook, or empty.
    used : str
        The file that counts, relative to the folder; empty if none did.
    """

    repaired: Repaired
    answers: Answers
    notes: list[Note]
    zips: list[Path] = field(default_factory=list)
    problem: str = ""
    used: str = ""


def regular_files(folder: Path) -> tuple[list[Path], list[Note]]:
    """Return the ordinary files of a hand-in and a line for everything else.

    Links are named and left alone: they could point at the gradebook. Pipes and devices
    would block a reader for ever.
    """
    files: list[Path] = []
    notes: list[Note] = []
    for where, folders, names in os.walk(folder, followlinks=False):
        for name in sorted(folders):
            if (Path(where) / name).is_symlink():
                notes.append(("", f"{name[:80]!r} is a link to a folder; it was not followed."))
        folders[:] = sorted(
            f for f in folders if not f.startswith(".") and not (Path(where) / f).is_symlink()
        )
        for name in sorted(names):
            path = Path(where) / name
            try:
                mode = path.lstat().st_mode
            except OSError:
                continue
            if stat.S_ISLNK(mode):
                notes.append(("", f"{name[:80]!r} is a link; it was not followed."))
            elif not stat.S_ISREG(mode):
                notes.append(("", f"{name[:80]!r} is no ordinary file; it was left alone."))
            elif len(files) < MAX_FILES:
                files.append(path)
    return files, notes


def content_hash(folder: Path) -> str:
    """Return a hash of everything of a hand-in that could count."""
    digest = hashlib.sha256()
    files, _ = regular_files(folder)
    for path in files:
        size = path.stat().st_size
        digest.update(f"{path.relative_to(folder)}\0{size}\0".encode("utf-8", "surrogateescape"))
        if size <= MAX_NOTEBOOK_MB * 1_000_000:
            digest.update(path.read_bytes())
    return digest.hexdigest()


def read_hand_in(folder: Path, template: Template, intake: Intake | None = None) -> HandIn:
    """Read a hand-in; never raises for what a trainee put there.

    Parameters
    ----------
    folder : Path
        ``submitted/<student>/<assignment>``.
    template : Template
        The released notebook.
    intake : Intake, optional
        What was noted when it was collected; see :mod:`grading.intake`.

    Returns
    -------
    HandIn
        An empty folder gives a notebook without answers and says so.
    """
    intake = intake or Intake()
    files, notes = regular_files(folder)
    notes = [*intake.notes, *notes]
    files = [p for p in files if not intake.is_ours(p)]
    notebooks = [p for p in files if p.name.lower().endswith((".ipynb", AS_HANDED_IN))]
    # the right name first, then the shortest: exercises-Copy1 before older attempts
    notebooks.sort(key=lambda p: (_name(p) != NOTEBOOK or p.parent != folder, len(p.name), p.name))
    found: list[tuple[Path, list[Cell]]] = []
    problem = ""
    for path in notebooks[:20]:
        cells, sentence = read_cells(path)
        ours = cells is not None and _is_ours(cells, template)
        named = _name(path).lower() == NOTEBOOK
        if ours or (named and cells is not None):
            found.append((path, cells or []))
        if sentence and (named or ours):
            notes.append(("", f"{_name(path)[:80]}: {sentence}"))
            problem = problem or (sentence if named and not ours else "")
    repaired, used = _combine(found, folder, template, notes)
    if not found and not problem:
        problem = "no exercises notebook was handed in"
        notes.append(("", "No exercises notebook was handed in."))
    records = list(repaired.records)
    for path in (p for p in files if p.name == "answers.json"):
        if path.stat().st_size > MAX_ANSWER_FILE_MB * 1_000_000:
            notes.append(("", f"answers.json is larger than {MAX_ANSWER_FILE_MB} MB; not read."))
            continue
        more, sentence = read_answer_file(path.read_bytes())
        records += more
        if sentence:
            notes.append(("", sentence))
    answers = merge(records, template.automatic)
    notes += repaired.notes + answers.notes
    zips = [p for p in files if p.suffix.lower() == ".zip"]
    return HandIn(
        repaired, answers, list(dict.fromkeys(notes)), zips, problem if not used else "", used
    )


def _name(path: Path) -> str:
    """Return the name a file was handed in under."""
    return path.name.removesuffix(AS_HANDED_IN)


def _is_ours(cells: list[Cell], template: Template) -> bool:
    """Say whether a notebook holds cells of this module."""
    return any(grade_id(cell) in template.points for cell in cells)


def _combine(
    found: list[tuple[Path, list[Cell]]], folder: Path, template: Template, notes: list[Note]
) -> tuple[Repaired, str]:
    """Rebuild from the first notebook and add what only the others hold."""
    if not found:
        return repair([], template), ""
    path, cells = found[0]
    used = str(path.relative_to(folder).with_name(_name(path)))
    if used != NOTEBOOK:
        notes.append(("", f"The notebook is named {used[:120]!r}; found by its cells and scored."))
    first = repair(cells, template)
    for path, cells in found[1:]:
        other = repair(cells, template)
        name = str(path.relative_to(folder))[:120]
        first.records += other.records
        if other.records:
            notes.append(("", f"A second notebook {name!r} holds answers; the latest ones count."))
        for cell_id in sorted(other.changed - first.changed):
            _take_over(first, other, cell_id)
            notes.append((cell_id, f"The text of {cell_id} was taken from {name!r}."))
    return first, used


def _take_over(first: Repaired, other: Repaired, cell_id: str) -> None:
    """Put a solution cell that only another notebook filled into the first."""
    source = next(c for c in other.notebook["cells"] if grade_id(c) == cell_id)
    cells = first.notebook["cells"]
    place = next(n for n, c in enumerate(cells) if grade_id(c) == cell_id)
    cells[place] = {**source, "id": cells[place].get("id", source.get("id"))}
    first.changed.add(cell_id)


def read_cells(path: Path) -> tuple[list[Cell] | None, str]:
    """Return the cells of a notebook file, or None and why it cannot be read.

    Parameters
    ----------
    path : Path
        A regular file.

    Returns
    -------
    tuple
        Cells of nbformat 4 (older notebooks are converted) and a sentence, empty when
        nothing was wrong.
    """
    size = path.stat().st_size
    if size == 0:
        return None, "the file is empty."
    if size > MAX_NOTEBOOK_MB * 1_000_000:
        megabytes = size / 1_000_000
        return None, f"{megabytes:.0f} MB is more than {MAX_NOTEBOOK_MB} MB; it was not opened."
    data = path.read_bytes()
    text, sentence = _decode(data)
    try:
        content = json.loads(text)
    except RecursionError:
        return None, "its content is nested too deeply to be read."
    except ValueError as error:
        return None, f"it is no readable notebook ({str(error)[:80]})."
    if isinstance(content, dict) and content.get("nbformat") != 4:
        return _older(content)
    cells = usable_cells(content)
    if cells is None:
        return None, "it holds no cells."
    return cells, sentence


def _decode(data: bytes) -> tuple[str, str]:
    encoding = json.detect_encoding(data)
    try:
        return data.decode(encoding), ""
    except UnicodeDecodeError:
        text = data.decode("utf-8", errors="replace")
        return text, "it is not UTF-8; letters that could not be read were replaced."


def _older(content: dict[str, Any]) -> tuple[list[Cell] | None, str]:
    """Convert a notebook of another format than 4."""
    import nbformat

    version = str(content.get("nbformat"))[:10]
    if version not in ("2", "3"):
        return None, f"its notebook format {version} is not known."
    try:
        made = nbformat.convert(nbformat.from_dict(content), 4)
        plain = json.loads(json.dumps(made))
    except Exception:
        return None, f"it has notebook format {version} and could not be converted."
    cells = usable_cells(plain)
    return cells, f"it had notebook format {version} and was converted."


def write_notebook(path: Path, notebook: dict[str, Any]) -> bytes:
    """Write a notebook in one step; returns its bytes."""
    # without indent: ten times faster, and nobody reads these files as text
    text = json.dumps(notebook, ensure_ascii=False, allow_nan=False) + "\n"
    data = text.encode("utf-8", errors="replace")
    whole_files.write(path, data)
    return data

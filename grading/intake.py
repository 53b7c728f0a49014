"""What happened to a hand-in before it was read: links refused, files put in place.

nbgrader's own commands read ``exercises.ipynb`` with their own tools before any of ours
can act. So a hand-in whose notebook is missing, renamed or unreadable gets one in its
place, and the original stays beside it. This note keeps both apart, outside the folder
that a trainee filled.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass, replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from course import whole_files
from grading.state import EXERCISES, GradingState

if TYPE_CHECKING:
    from grading.handin import HandIn

Note = tuple[str, str]
AS_HANDED_IN = ".as-handed-in"
NOTEBOOK = f"{EXERCISES}.ipynb"


@dataclass(frozen=True)
class Intake:
    """The note on one hand-in.

    Attributes
    ----------
    notes : tuple of (question id or "", sentence)
        What was refused when it was collected.
    placed : str
        SHA-256 of the notebook that was put in place; empty if none was.
    """

    notes: tuple[Note, ...] = ()
    placed: str = ""

    def is_ours(self, path: Path) -> bool:
        """Say whether a file is the notebook that was put in place."""
        return (
            bool(self.placed)
            and path.name == NOTEBOOK
            and hashlib.sha256(path.read_bytes()).hexdigest() == self.placed
        )


def _file(state: GradingState, assignment: str, student: str) -> Path:
    return state.base / "intake" / assignment / f"{student}.json"


def load(state: GradingState, assignment: str, student: str) -> Intake:
    """Return the note on a hand-in; an empty one if there is none."""
    try:
        content = json.loads(_file(state, assignment, student).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Intake()
    notes = tuple((str(a), str(b)) for a, b in content.get("notes", []))
    return Intake(notes, str(content.get("placed", "")))


def save(state: GradingState, assignment: str, student: str, intake: Intake) -> None:
    """Keep the note on a hand-in."""
    text = json.dumps(asdict(intake), ensure_ascii=False)
    whole_files.write(_file(state, assignment, student), text)


def settle(state: GradingState, assignment: str, student: str, hand_in: HandIn) -> bool:
    """Make a folder that nbgrader's own commands can work on.

    Parameters
    ----------
    state, assignment, student
        Whose hand-in.
    hand_in : HandIn
        As it was read.

    Returns
    -------
    bool
        True when the folder was changed.
    """
    from grading.handin import write_notebook

    folder = state.folder("submitted", student, assignment)
    intake = load(state, assignment, student)
    notes = list(intake.notes)
    for path in [p for p in folder.rglob("*") if p.is_symlink()]:
        notes.append(("", f"{path.name[:80]!r} is a link; it was not followed."))
        path.unlink()
    target = folder / NOTEBOOK
    native = hand_in.used == NOTEBOOK and _nbgrader_can_read(target)
    if not native and not (target.is_file() and intake.is_ours(target)):
        _set_aside(folder)
        data = write_notebook(target, hand_in.repaired.notebook)
        intake = replace(intake, placed=hashlib.sha256(data).hexdigest())
    if _remove_bad_stamp(folder):
        notes.append(("", "The time of the hand-in could not be read."))
    new = replace(intake, notes=tuple(dict.fromkeys(notes)))
    changed = new != load(state, assignment, student)
    if changed:
        save(state, assignment, student, new)
    return changed


def _set_aside(folder: Path) -> None:
    """Keep what lies in the notebook's place under another name; folders can lie there too."""
    target, kept = folder / NOTEBOOK, folder / f"{NOTEBOOK}{AS_HANDED_IN}"
    for path in (kept, target):
        if path.is_dir():
            names = (f"{path.name}-folder-{number}" for number in count(1))
            free = next(n for n in names if not os.path.lexists(path.with_name(n)))
            os.replace(path, path.with_name(free))
    if target.exists():
        os.replace(target, kept)


def _nbgrader_can_read(path: Path) -> bool:
    """Say whether nbconvert, which nbgrader uses, gets a notebook out of a file."""
    import warnings

    import nbformat

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # missing and doubled ids are ours to mend
            nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
    except Exception:  # hostile files break it in many ways
        return False
    return True


def settle_all(state: GradingState, assignment: str) -> tuple[list[str], list[str]]:
    """Settle every hand-in of an assignment.

    Returns
    -------
    tuple of list of str
        The students whose folder changed; a sentence for each whose folder could not be.
    """
    from grading.handin import read_hand_in
    from grading.release import load_template

    template = load_template(state, assignment)
    changed, problems = [], []
    for student in state.submitted_students(assignment):
        folder = state.folder("submitted", student, assignment)
        try:
            hand_in = read_hand_in(folder, template, load(state, assignment, student))
            if settle(state, assignment, student, hand_in):
                changed.append(student)
        except Exception as error:  # whatever one hand-in breaks, the others go on
            why = getattr(error, "strerror", None) or type(error).__name__
            problems.append(f"{student}: the hand-in could not be put in order ({why}).")
    return changed, problems


def _remove_bad_stamp(folder: Path) -> bool:
    """Remove a time stamp on which nbgrader would stop."""
    from nbgrader.utils import parse_utc

    path = folder / "timestamp.txt"
    try:
        text = path.read_bytes()[:200].decode("utf-8").strip()
        if text:
            parse_utc(text)
        return False
    except FileNotFoundError:
        return False
    except Exception:  # dateutil raises what it likes on hostile text
        path.unlink()
        return True

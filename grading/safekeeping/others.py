"""Replace a person's name in the files of others, so that nothing counts as changed.

A hand-in is known by a hash: the score, the marks of a plan and the note on how it came in
hold it. When a name in it is replaced by the host, these follow.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

from grading import intake, scored
from grading.cohort.store import one_writer
from grading.handin import content_hash
from grading.plans.files import MODULE, read_handed_in
from grading.plans.log import FOLDER, MARKS
from grading.plans.marks import content_of
from grading.safekeeping import traces
from grading.safekeeping.words import Words
from grading.state import GradingState


def clean(
    state: GradingState, words: Words, paths: Iterable[Path], ours: Callable[[Path], bool]
) -> int:
    """Replace a name in files, and the hashes that belong to them.

    Parameters
    ----------
    state : GradingState
        The course.
    words : Words
        Whose name.
    paths : iterable of Path
        Files to look at.
    ours : callable
        Says of a file that it is a table of the host: rows about the person go.

    Returns
    -------
    int
        Files that were changed.
    """
    submitted = state.step("submitted")
    handed_in: dict[Path, list[Path]] = {}
    count = 0
    with one_writer(state, "attendance"), one_writer(state, "roster"):
        for path in paths:
            if path.is_relative_to(submitted):
                student, assignment = path.relative_to(submitted).parts[:2]
                handed_in.setdefault(submitted / student / assignment, []).append(path)
            else:
                count += _one(path, words, prune=ours(path))
    for folder, inside in handed_in.items():
        if folder.is_dir():
            count += _hand_in(state, words, folder, inside)
    return count


def hand_over(state: GradingState, student_id: str, *, now: datetime | None = None) -> None:
    """Write for the team what was noted of it under the person's id: that it presented."""
    from grading import cohort
    from grading.plans import marks
    from grading.plans.groups import group_of
    from grading.plans.log import PRESENTED, append, read

    rows = [row for row in read(state, PRESENTED) if row.get("group") == student_id]
    team = cohort.teams(state).get(student_id)
    if not rows or not team:
        return
    group = group_of(state, student_id)
    append(state, PRESENTED, [{"group": group.id, "presented": marks.presented(state, group)}],
           now=now)  # fmt: skip


def _one(path: Path, words: Words, *, prune: bool) -> bool:
    try:
        new = traces.cleaned(path, words, prune=prune)
    except FileNotFoundError:
        return False
    if new is None:
        return False
    traces.write(path, new)
    return True


def _hand_in(state: GradingState, words: Words, folder: Path, paths: list[Path]) -> int:
    new = {p: data for p in paths if (data := traces.cleaned(p, words, prune=False)) is not None}
    if not new:
        return 0
    student, assignment = folder.parent.name, folder.name
    before, plan = content_hash(folder), _plan(folder, student)
    note = intake.load(state, assignment, student)
    for path, data in new.items():
        placed = note.is_ours(path)
        traces.write(path, data)
        if placed:
            note = intake.Intake(note.notes, hashlib.sha256(data).hexdigest())
            intake.save(state, assignment, student, note)
    known = scored.load(state, assignment)
    if student in known and known[student].content == before:
        known[student].content = content_hash(folder)
        scored.save(state, assignment, known)
    _marks(state, plan, _plan(folder, student))
    return len(new)


def _plan(folder: Path, student: str) -> str:
    if folder.name != MODULE:
        return ""
    found = read_handed_in(folder / "plan.json", student)
    return content_of(found) if found.data is not None else ""


def _marks(state: GradingState, before: str, after: str) -> None:
    """Let marks be of the plan as it is now: the markers read the same plan."""
    path = state.base / FOLDER / MARKS
    if not before or before == after or not path.is_file():
        return
    lines = []
    for line in path.read_text(encoding="utf-8").splitlines(keepends=True):
        try:
            entry = json.loads(line)
        except ValueError:
            lines.append(line)
            continue
        if isinstance(entry, dict) and entry.get("plan") == before:
            line = json.dumps({**entry, "plan": after}, ensure_ascii=True) + "\n"
        lines.append(line)
    traces.write(path, "".join(lines).encode())

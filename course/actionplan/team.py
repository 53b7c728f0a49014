"""A team's plan: each member writes a part, files go round, and nothing is lost.

``export_part("ana")`` writes one's own state as ``plan.ana.json``. ``import_part`` joins
such a file with the plan field by field: what only one of the two has written is taken,
rows of lists are put together, and where both wrote something else one's own words stand
and the other's are kept in the file.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from course.actionplan.merging import Joined, join
from course.actionplan.reading import draft_from, parse
from course.actionplan.storing import FAILED, PlanFile, write_plan
from course.display.figure import Figure
from course.errors import CourseError, UsageError

_NAME = re.compile(r"[\w-]{1,40}")


def export_part(name: str, *, folder: Path | None = None) -> str:
    """Write the plan as a file for the others of the team.

    Parameters
    ----------
    name : str
        Your name or part; letters, digits, ``-`` and ``_``.
    folder : Path, optional
        Where ``plan.json`` lies.

    Returns
    -------
    str
        One sentence with the file's name.
    """
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} cannot be part of a file's name.", "Use letters and digits.")
    file = PlanFile(folder)
    target = file.path.with_name(f"plan.{name}.json")
    kept = _keep_older(target, file)
    write_plan(target, file.draft.data)
    said = f"Written: {target.name}, beside this page. Give it to your colleagues."
    return f"{said} The file of that name held other words: it is now {kept}." if kept else said


def _keep_older(target: Path, file: PlanFile) -> str:
    """Move a file that says what this plan does not, such as a colleague's; return its name."""
    if not target.exists():
        return ""
    try:
        made, _ = joined(file, target)
        if not made.taken and not made.conflicts:
            return ""
    except CourseError:
        pass
    number = 1
    while (older := target.with_name(f"{target.stem}.older-{number}.json")).exists():
        number += 1
    os.replace(target, older)
    return older.name


def import_part(path: str | Path, *, folder: Path | None = None) -> Figure:
    """Join a colleague's file with the plan.

    Parameters
    ----------
    path : str or Path
        Their file; looked for beside the plan too.
    folder : Path, optional
        Where ``plan.json`` lies.

    Returns
    -------
    Figure
        What was taken, and where you differ.

    Raises
    ------
    CourseError
        The file is missing, is no plan, or is of the other kind.
    """
    file = PlanFile(folder)
    made, name = joined(file, path)
    outcome = file.save(made.data)
    if outcome.state == FAILED:
        raise CourseError(outcome.sentence)
    return report(made, name)


def joined(file: PlanFile, path: str | Path) -> tuple[Joined, str]:
    """Return a plan joined with another file, without writing it."""
    other = Path(path)
    other = other if other.is_absolute() or other.exists() else file.path.parent / other
    try:
        parsed = parse(other.read_bytes())
    except OSError:
        raise CourseError(
            f"{other.name} is not there.", "Put it beside plan.json and give its name."
        ) from None
    if parsed.problem is not None or not isinstance(parsed.value, dict):
        said = parsed.problem.sentence if parsed.problem else "It is not a set of fields."
        raise CourseError(f"{other.name}: {said}", "Ask for the file again: export_part writes it.")
    theirs = draft_from(parsed.value, kind=file.draft.kind)
    if theirs.kind != file.draft.kind:
        raise CourseError(
            f"{other.name} is of the kind {theirs.kind}, the plan here of {file.draft.kind}.",
            "A team writes one kind: agree which, and begin it anew.",
        )
    return join({}, file.draft.data, theirs.data, other=other.name), other.name


def report(made: Joined, name: str) -> Figure:
    """Return what a join did, as a table of differences."""
    import pandas as pd

    from course.actionplan.page import words_of
    from course.display import tables_html

    rows: list[tuple[Any, ...]] = [
        (c.field, words_of(c.mine)[:80], words_of(c.theirs)[:80]) for c in made.conflicts
    ]
    table = pd.DataFrame(rows, columns=["field", "stands in the plan", "kept aside"])
    said = f"{len(made.taken)} fields came from {name}."
    if made.conflicts:
        said += f" In {len(made.conflicts)} you differ: talk, and change the field in the form."
    return Figure(title=f"The plan was joined with {name}", reading=said,
                  body=tables_html.table(table) if rows else "")  # fmt: skip

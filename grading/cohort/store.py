"""Where the roster lies: ``roster.csv`` of the state, replaced as a whole, one writer at a time."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from course.errors import CourseError, UsageError
from grading.cohort.people import FIELDS, FORMULA, Participant, clean_cell, plain_id
from grading.locks import alone
from grading.state import GradingState, is_student_id

FILE = "roster.csv"


def roster_path(state: GradingState) -> Path:
    """Return where the roster of a state lies."""
    return state.base / FILE


@contextmanager
def one_writer(state: GradingState, what: str) -> Iterator[None]:
    """Let one process at a time change a file of the state; the lock dies with its process."""
    state.base.mkdir(parents=True, exist_ok=True)
    with alone(state.base / f".{what}.lock"):
        yield


def read_roster(path: Path) -> list[Participant]:
    """Return the people of a roster file, those who left included.

    Parameters
    ----------
    path : Path
        The file as this course writes it, or a CSV file with at least ``student_id``. A
        missing file gives an empty list.

    Raises
    ------
    CourseError
        Naming the row whose id cannot be one, or that repeats an id.
    """
    if not path.is_file():
        return []
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise CourseError(
            f"{path.name} is not written in UTF-8.",
            "Save it as CSV (UTF-8), or load it with: python3 -m grading cohort add FILE.",
        ) from None
    people: dict[str, Participant] = {}
    for number, row in enumerate(csv.DictReader(io.StringIO(text, newline="")), start=2):
        values = {f: clean_cell(row.get(f)) for f in FIELDS}
        student = values["student_id"] = plain_id(values["student_id"])
        if not is_student_id(student):
            raise CourseError(
                f"{path.name}, row {number}: {student!r} cannot be a student id.",
                "Use letters, digits, '.', '-', '_' and '@', beginning with a letter or digit.",
            )
        if student in people:
            raise CourseError(
                f"{path.name}, row {number}: {student!r} is there twice.", "Delete one row."
            )
        if not values["name"]:
            values["name"] = f"{values['first_name']} {values['last_name']}".strip()
        people[student] = Participant(**values)
    return list(people.values())


def save(state: GradingState, people: list[Participant]) -> None:
    """Write the roster beside its place, then move it there; the caller is the one writer."""
    target = roster_path(state)
    for left in target.parent.glob(f".{FILE}.*"):  # of a run that was killed
        left.unlink(missing_ok=True)
    beside = target.with_name(f".{FILE}.{os.getpid()}")
    try:
        with beside.open("wb") as file:
            # with the mark, Excel shows names of every script
            file.write(as_csv(people).encode("utf-8-sig"))
            file.flush()
            os.fsync(file.fileno())
        beside.chmod(0o600)
        os.replace(beside, target)
    finally:
        beside.unlink(missing_ok=True)


def as_csv(people: list[Participant], columns: tuple[str, ...] = FIELDS) -> str:
    """Return people as CSV text in which no cell is a formula."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    for person in people:
        writer.writerow([no_formula(person.row()[c]) for c in columns])
    return text.getvalue()


def room_for(path: Path, *endings: str) -> Path:
    """Return where to write a file before it takes its place; its folder is made.

    Parameters
    ----------
    path : Path
        The file somebody asked for.
    *endings : str
        What its name may end in; none: anything.

    Raises
    ------
    UsageError
        The name is a folder's, or says another kind of file than is written.
    """
    if not path.name or path.is_dir():
        raise UsageError(f"{path} is a folder.", "Name a file.")
    if endings and path.suffix.lower() not in endings:
        raise UsageError(
            f"{path.name} is not the name of such a file.",
            f"End the name in {' or '.join(endings)}.",
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CourseError(
            f"The folder {path.parent} cannot be made ({error.strerror}).", "Name another file."
        ) from None
    return path.with_name(f".{path.name}.{os.getpid()}")


def no_formula(value: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{value}" if value.startswith(FORMULA) else value

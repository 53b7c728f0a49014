"""What a restore still has to do, on the disk before it does it.

A restore first puts everything beside its place. Then this list is written; from then on
it is only carried forward, by this run or by the next one. Before the list is there,
nothing of the course was touched.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from course.errors import CourseError
from grading.certificates.folder import sync, write
from grading.locks import held


@dataclass
class Move:
    """One thing to put in place.

    Attributes
    ----------
    ready : str
        Where it lies now.
    target : str
        Where it belongs.
    aside : str
        Where that goes which lies there now.
    """

    ready: str
    target: str
    aside: str


@dataclass
class Journal:
    """The steps of one restore.

    Attributes
    ----------
    id : str
        Of the backup.
    stamp : str
        Part of the names of what is moved aside.
    run : str
        A name of its own: the same backup may be restored twice.
    files : int
        How many it puts in place, to be told.
    rooms : list of str
        The folders it works in, removed at the end.
    databases : list of (name, dump)
        PostgreSQL databases still to be filled.
    moves : list of Move
        Files and folders, in this order.
    told : list of str
        What to tell at the end.
    """

    id: str
    stamp: str
    run: str = field(default_factory=lambda: secrets.token_hex(8))
    files: int = 0
    rooms: list[str] = field(default_factory=list)
    databases: list[list[str]] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    told: list[str] = field(default_factory=list)


def place(state: Path) -> Path:
    """Return where the list of a state lies: beside it, for the state itself is replaced.

    A disk of its own (a volume of a container) cannot be replaced; what is on it is, and the
    list lies among it.
    """
    folder = state if os.path.ismount(state) else state.parent
    return folder / f".{state.name}.restore.json"


def load(state: Path) -> Journal | None:
    """Return what an interrupted restore still has to do, None where nothing is."""
    try:
        said = json.loads(place(state).read_bytes().decode("utf-8", "surrogateescape"))
        said["moves"] = [Move(**move) for move in said["moves"]]
        return Journal(**said)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        raise CourseError(
            f"{place(state)} cannot be read.",
            "It is the list of an interrupted restore. Look at the folders beside it.",
        ) from None


def save(state: Path, journal: Journal) -> None:
    """Write the list; from here on the restore is only carried forward."""
    data = json.dumps(asdict(journal), ensure_ascii=False).encode("utf-8", "surrogateescape")
    write(place(state), data)


def remove(state: Path) -> None:
    """Say that nothing is left to do."""
    place(state).unlink(missing_ok=True)
    sync(place(state).parent)


def carry_out(journal: Journal) -> None:
    """Put everything in its place; what was done before the run was killed is left."""
    for move in journal.moves:
        ready, target, aside = Path(move.ready), Path(move.target), Path(move.aside)
        if not os.path.lexists(ready):
            continue  # done by the run that was killed
        target.parent.mkdir(parents=True, exist_ok=True)
        if os.path.lexists(target):
            if os.path.lexists(aside):  # somebody made a new one since
                aside = aside.with_name(f"{aside.name}-again")
            aside.parent.mkdir(parents=True, exist_ok=True)
            os.replace(target, aside)
            sync(aside.parent)
        os.replace(ready, target)
        sync(target.parent)


@contextmanager
def alone(state: Path) -> Iterator[None]:
    """Let one restore of a state run at a time."""
    lock = place(state).with_suffix(".lock")
    taken = CourseError("Another restore of this course is at work.", "Wait until it has ended.")

    def unwritable(why: str) -> CourseError:
        return CourseError(
            f"Nothing can be written in {lock.parent}: {why}.",
            "Use an account that may, or set COURSE_STATE to another folder.",
        )

    with held(lock, taken=taken, unwritable=unwritable):
        yield

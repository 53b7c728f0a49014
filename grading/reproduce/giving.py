"""What of a hand-in is run again: its cells, its files, its city and its name.

The notebook is the one that is scored: the trainee's cells on the skeleton of the release,
locked cells as released, without outputs. No answer record goes along, so what comes out
was made by the run.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course.identity import Who
from grading.handin import HandIn, read_cells, regular_files
from grading.intake import AS_HANDED_IN
from grading.limits import MAX_FILE_MB, MAX_HAND_IN_MB
from grading.marking import Marker
from grading.records import Record
from grading.reproduce.task import Task
from grading.template import Cell, grade_id, locked, mark

_NOT_GIVEN = ("answers.json", "timestamp.txt", "submission_secret.txt")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}")


@dataclass(frozen=True)
class Given:
    """A task, and what is needed to compare its outcome.

    Attributes
    ----------
    task : Task or None
        None where it cannot be run; then ``why`` says why.
    cells : list of str
        The grade id of each code cell, or "".
    handed : dict
        Question -> the record that counts.
    why : str
        ``nothing`` (no answer was handed in), ``no notebook``, ``waiting`` (its city has to
        be approved or brought first) or empty.
    """

    task: Task | None
    cells: list[str]
    handed: dict[str, Record]
    why: str = ""


def give(marker: Marker, student: str) -> Given:
    """Prepare the hand-in of a student to be run again; nothing of it is executed here."""
    hand_in = marker.read(student)
    handed = {
        name: record
        for name in marker.spec.questions
        if name in marker.template.points
        and (record := hand_in.answers.latest(name)) is not None
        and record.value is not None
    }
    if not handed:
        return Given(None, [], {}, "nothing")
    if not hand_in.used:
        return Given(None, [], handed, "no notebook")
    city = _city(marker, handed) if marker.spec.needs_city else None
    if marker.spec.needs_city and city is None:
        return Given(None, [], handed, "waiting")
    submitted = marker.state.folder("submitted", student, marker.spec.id)
    cells = [cell for cell in _typed(hand_in, submitted, marker) if cell.get("cell_type") == "code"]
    folder = f"course/modules/{marker.spec.id}"
    files = _files(marker, hand_in, submitted, folder)
    env = {"COURSE_WORKSPACE": "{home}/course", **_names(marker.who(student, hand_in))}
    if city is not None:
        more, wanted = _pack(city)
        files |= more
        env |= wanted
    files["course/profile.json"] = _profile(env)
    task = Task(
        cells=tuple(str(cell["source"]) for cell in cells),
        files=tuple(files.items()),
        folder=folder,
        env=tuple(env.items()),
    )
    return Given(task, [grade_id(cell) for cell in cells], handed)


def _names(who: Who) -> dict[str, str]:
    return {"COURSE_TRAINEE": who.trainee} | ({"COURSE_TEAM": who.team} if who.team else {})


def _profile(env: dict[str, str]) -> bytes:
    profile = {
        "course_workspace": True,
        "trainee": env["COURSE_TRAINEE"],
        "team": env.get("COURSE_TEAM"),
        "city": env.get("COURSE_CITY", "seoul"),
    }
    return json.dumps(profile).encode("ascii")


def _city(marker: Marker, handed: dict[str, Record]) -> Any:
    """Return the city that most answers were made in, where the host knows it."""
    counts = Counter(record.fingerprint for record in handed.values())
    for fingerprint, _ in counts.most_common():
        record = next(r for r in handed.values() if r.fingerprint == fingerprint)
        if (city := marker.cities.find(record).city) is not None:
            return city
    return None


def _pack(city: Any) -> tuple[dict[str, bytes | Path], dict[str, str]]:
    """Return the files of a pack that did not come with the course, and how it is found."""
    folder = Path(city.path)
    if city.bundled:
        return {}, {"COURSE_CITY": folder.name}
    name = city.id if _NAME.fullmatch(str(city.id)) else "own"
    files: dict[str, bytes | Path] = {
        f".cities/{name}/{path.relative_to(folder)}": path for path in regular_files(folder)[0]
    }
    return files, {"COURSE_CITY": name, "COURSE_CITIES": "{home}/.cities"}


def _files(
    marker: Marker, hand_in: HandIn, submitted: Path, folder: str
) -> dict[str, bytes | Path]:
    """Return what lies beside the notebook: what was handed in, and what was released."""
    files: dict[str, bytes | Path] = {}
    room = MAX_HAND_IN_MB * 1_000_000
    for path in regular_files(submitted)[0]:
        name, size = path.relative_to(submitted), path.stat().st_size
        own = name.name in _NOT_GIVEN or name.name.endswith(AS_HANDED_IN)
        if own or size > MAX_FILE_MB * 1_000_000 or size > room or str(name) == hand_in.used:
            continue
        room -= size
        files[f"{folder}/{name.as_posix()}"] = path
    released = marker.state.folder("release", ".", marker.spec.id)
    for path in regular_files(released)[0]:
        files[f"{folder}/{path.relative_to(released).as_posix()}"] = path
    return files


def _typed(hand_in: HandIn, submitted: Path, marker: Marker) -> list[Cell]:
    """Return the cells of the notebook; in a test, answer cells with what was typed there.

    The scorer shows those as they were released, because it reads outputs only.
    """
    cells = hand_in.repaired.notebook["cells"]
    open_cells = {
        name for name, cell in marker.template.cells.items()
        if mark(cell).get("grade") and not mark(cell).get("solution") and not locked(cell)
        and cell.get("cell_type") == "code"
    }  # fmt: skip
    if not open_cells:
        return cells
    used = submitted / hand_in.used
    kept = used.with_name(used.name + AS_HANDED_IN)
    typed: dict[str, str] = {}
    for path in (kept, used):
        found = read_cells(path)[0] if path.is_file() and not path.is_symlink() else None
        for cell in found or []:
            source = cell.get("source")
            text = "".join(map(str, source)) if isinstance(source, list) else str(source)
            if grade_id(cell) in open_cells and text.strip():
                typed.setdefault(grade_id(cell), text[:200_000])
    return [
        {**cell, "source": typed[grade_id(cell)]} if grade_id(cell) in typed else cell
        for cell in cells
    ]

"""What was scored when, so that unchanged hand-ins are not scored again."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from course import whole_files
from grading.marking import Marked
from grading.result import Result
from grading.state import GradingState


@dataclass
class Scored:
    """The last score of one hand-in.

    Attributes
    ----------
    content, key, template : str
        Hashes of the hand-in, the key and the release it was scored with.
    cities : dict
        Fingerprint -> status then; an approval makes the score outdated.
    results : dict
        Question id -> Result as a dictionary.
    notes : list
        Report lines.
    """

    content: str
    key: str
    template: str
    cities: dict[str, str]
    results: dict[str, dict[str, Any]] = field(default_factory=dict)
    notes: list[list[str]] = field(default_factory=list)
    look: bool = False

    def result(self, question: str) -> Result | None:
        """Return the result of a question."""
        raw = self.results.get(question)
        return Result(**{**raw, "details": tuple(raw["details"])}) if raw else None


def scored_of(marked: Marked, *, key: str, template: str, cities: dict[str, str]) -> Scored:
    """Return what is kept of a scored hand-in."""
    return Scored(
        content=marked.content,
        key=key,
        template=template,
        cities=cities,
        results={name: asdict(result) for name, result in marked.results.items()},
        notes=[list(note) for note in marked.notes],
        look=marked.look,
    )


def _path(state: GradingState, assignment: str) -> Path:
    return state.base / "scored" / f"{assignment}.jsonl"


def load(state: GradingState, assignment: str) -> dict[str, Scored]:
    """Return the last score of each student; empty if nothing was scored.

    A line that a killed run left half-written is ignored: that hand-in is scored again.
    """
    try:
        lines = _path(state, assignment).read_text(encoding="utf-8").splitlines()
    except OSError:
        return {}
    found = {}
    for line in lines:
        try:
            student, entry = json.loads(line)
            found[student] = Scored(**entry)
        except (ValueError, TypeError):
            continue
    return found


def _line(student: str, entry: Scored) -> str:
    # vars, not asdict: its parts are plain already, and copying them takes longer than writing
    return json.dumps([student, vars(entry)], ensure_ascii=False) + "\n"


def append(state: GradingState, assignment: str, scored: dict[str, Scored]) -> None:
    """Add scores at the end of the file; the last line of a student counts."""
    path = _path(state, assignment)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write("".join(_line(student, entry) for student, entry in scored.items()))


def save(state: GradingState, assignment: str, scored: dict[str, Scored]) -> None:
    """Write all scores, one line per student."""
    text = "".join(_line(student, entry) for student, entry in sorted(scored.items()))
    whole_files.write(_path(state, assignment), text)

"""A small course for tests of the desk: module 10 released, hand-ins whose points are known."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from course.city.pack import City
from course.identity import Who
from course.paths import ROOT
from grading.release import release
from grading.state import COURSE_ID, GradingState
from tests.grading_pieces import MODULE, answered, raw_record, write

TEXT = "A rider from the edge of town pays 12 percent more (exercise rides, 2026)."


def course(base: Path, *, text: str = "10") -> GradingState:
    """Return a state in which the module is released."""
    state = GradingState(base / "grading", ROOT, base / "exchange").prepare()
    release(state, text)
    return state


def right(student: str, question: str = "m10_trip") -> Any:
    """Return the right answer of a student in Seoul, worked out without the answer key."""
    from course.questions import load_module
    from grading.demo.solutions.m10_integrated_fares import Solver

    spec = load_module(ROOT / "modules" / MODULE)
    return getattr(Solver(spec, City.open("seoul"), Who(student)), question)()


def records(student: str, question: str, values: Iterable[Any]) -> list[dict[str, Any]]:
    """Return the lines of ``answers.json`` for answers given one minute after the other."""
    city = City.open("seoul")
    return [
        raw_record(
            question, value, trainee=student, city=city.id, fingerprint=city.fingerprint,
            variant="", n=n, time=f"2026-11-02T10:{n:02d}:00.000+00:00",
        )
        for n, value in enumerate(values, start=1)
    ]  # fmt: skip


def hand_in(
    state: GradingState,
    student: str,
    tries: dict[str, list[Any]],
    *,
    stamp: str = "2026-11-02 12:00:00.000000 UTC",
) -> Path:
    """Put a hand-in into the exchange: every attempt in answers.json, the last in the notebook."""
    every = {q: records(student, q, values) for q, values in tries.items()}
    notebook = answered({})
    from tests.grading_pieces import cell_of, shown

    for question, made in every.items():
        if made:
            cell_of(notebook, question)["outputs"] = [shown(made[-1])]
    cell_of(notebook, "m10_written")["source"] = TEXT
    folder = state.exchange / COURSE_ID / "inbound" / f"{student}+{MODULE}+{stamp}+abc"
    write(folder, notebook)
    answers = [r for made in every.values() for r in made]
    (folder / "answers.json").write_text(json.dumps({"schema": 1, "answers": answers}))
    (folder / "timestamp.txt").write_text(stamp)
    (folder / "submission_secret.txt").write_text(f"secret of {student}")
    return folder

"""The whole run: release, fetch, work, hand in, collect, score, approve, feedback, export."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from course.questions import ModuleSpec, load_module
from grading import paperwork
from grading.collect import collect
from grading.demo import exchange, people, stories
from grading.demo.expecting import Expectation, expectation
from grading.demo.solutions import solver_of
from grading.direct import Scoring, score_all
from grading.marking import Marker
from grading.release import release
from grading.report import lines_of_notes
from grading.state import GradingState

MODULE = "10_integrated_fares"  # of the demo, unless another is asked for
Say = Callable[[str], None]


@dataclass
class Row:
    """One trainee of the demo.

    Attributes
    ----------
    person : Person
        Who, marked as simulated everywhere.
    expected : Expectation
        Worked out without the key.
    points : dict
        Question -> points in the gradebook, automatic questions.
    first : dict
        The same at the first scoring.
    statuses : dict
        Question -> status.
    feedback : Path or None
        The page the trainee fetched.
    lines : list of str
        What the report says about this hand-in.
    """

    person: people.Person
    expected: Expectation
    points: dict[str, float] = field(default_factory=dict)
    first: dict[str, float] = field(default_factory=dict)
    statuses: dict[str, str] = field(default_factory=dict)
    feedback: Path | None = None
    lines: list[str] = field(default_factory=list)

    @property
    def agrees(self) -> bool:
        """Say whether every question brought what was expected, both times."""
        return self.points == self.expected.points and self.first == self.expected.first


@dataclass
class Week:
    """The outcome of a demo of one module.

    Attributes
    ----------
    module : str
        Its id.
    state : GradingState
        The throw-away state: gradebook, exchange, reports.
    rows : list of Row
        One per trainee.
    desks : list of Desk
        What each trainee had and gave.
    export : Path
        The exported points.
    scoring : Scoring
        Of the last run.
    """

    module: str
    state: GradingState
    rows: list[Row]
    desks: list[stories.Desk]
    export: Path
    scoring: Scoring

    @property
    def agrees(self) -> bool:
        """Say whether all trainees got what was expected."""
        return all(row.agrees for row in self.rows)


@contextmanager
def throw_away_state(
    out: Path, root: Path, key_package: str = "grading.answer_key"
) -> Iterator[GradingState]:
    """Keep everything of a demo below one folder, also what ``course`` would write."""
    wanted = {
        "COURSE_STATE": str(out / "state"),
        "COURSE_WORKSPACE": str(out / "workspace"),
        "COURSE_EXCHANGE": str(out / "exchange"),
        "COURSE_GRADEBOOK": "",  # simulated people have no business in the real one
    }
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield GradingState(
            base=out / "state" / "grading",
            root=root,
            exchange=out / "exchange",
            key_package=key_package,
        ).prepare()
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def run(
    state: GradingState,
    out: Path,
    number: int,
    *,
    module: str = MODULE,
    workers: int = 1,
    say: Say = print,
) -> Week:
    """Run the whole week of one module with simulated trainees.

    Run again on the same state with another module, it goes on with the same trainees.

    Parameters
    ----------
    state : GradingState
        From :func:`throw_away_state`.
    out : Path
        Where the trainees' folders and the export go.
    number : int
        How many trainees.
    module : str
        The module's id or number; `grading.demo.solutions` must know how to work it.
    workers : int
        Processes for scoring.
    say : callable
        Told what happens.

    Returns
    -------
    Week
        With expected points and points of everybody.
    """
    spec = load_module(state.assignment_folder(module))
    solver_of(spec.id)  # say at once where nobody can work it
    say(f"releasing {spec.id}")
    release(state, spec.id, draft=True)
    desks = _work(state, out, number, spec, say)
    say("collecting and scoring")
    collect(state, spec.id)
    cities = Marker(state, spec.id).cities
    known = {d.person.id for d in desks if cities.status(d.city.fingerprint) == "approved"}
    first = score_all(state, spec.id, workers=workers)
    first_points = paperwork.automatic_points(state, spec.id)
    say("approving the cities that came with hand-ins, scoring again")
    _approve(state, spec.id)
    second = score_all(state, spec.id, workers=workers)
    second.now = sorted({*first.now, *second.now})
    say("feedback and export")
    paperwork.feedback(state, spec.id)
    export = paperwork.export(state, out / f"points-{spec.id}.csv", [spec.id])
    points = paperwork.automatic_points(state, spec.id)
    rows = []
    for desk in desks:
        student = desk.person.id
        made = second.scored.get(student)
        expected = expectation(desk, known=student in known)
        row = Row(desk.person, expected, points.get(student, {}), first_points.get(student, {}))
        if made is not None:
            row.statuses = {q: r["status"] for q, r in made.results.items()}
            row.lines = lines_of_notes(made.notes)
        pages = exchange.fetch_feedback(state, desk.workspace, student, spec.id)
        row.feedback = pages[-1] if pages else None
        rows.append(row)
    return Week(spec.id, state, rows, desks, export, second)


def _work(
    state: GradingState, out: Path, number: int, spec: ModuleSpec, say: Say
) -> list[stories.Desk]:
    desks: list[stories.Desk] = []
    for person in people.people(number):
        home = out / "trainees" / person.id
        folder = exchange.fetch(state, home, person.id, spec.id)
        desk = stories.desk(person, folder, home, spec)
        say(f"{person.id} (simulated, {desk.city.title}) {person.story}")
        stories.work(desk, desks[0] if desks else None)
        exchange.submit(state, home, person.id, spec.id)
        desks.append(desk)
    return desks


def _approve(state: GradingState, module: str) -> list[dict[str, Any]]:
    cities = Marker(state, module).cities
    waiting = [c["fingerprint"] for c in cities.table() if c["status"] == "waiting"]
    return [cities.approve(f, by="demo") for f in waiting]

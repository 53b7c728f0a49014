"""Where everybody stands in a module: begun, handed in, scored, waiting for a person, told.

Read from what is there, nothing is kept: the roster, the exchange, the collected hand-ins,
the gradebook and the feedback that lies in the exchange.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from grading import cohort, scored
from grading.desk import closing, extensions, seen
from grading.desk.sources import in_utc, inbound, read_book
from grading.desk.standing import Row, Standing
from grading.gradebook_rows import read_stamp
from grading.state import COURSE_ID, EXERCISES, GradingState

if TYPE_CHECKING:
    import pandas as pd


def standings(state: GradingState, names: Iterable[str] | None = None) -> list[Standing]:
    """Return the standing of modules.

    Parameters
    ----------
    state : GradingState
        The course.
    names : iterable of str, optional
        Ids or numbers; every module that has content when left out.

    Returns
    -------
    list of Standing
        In the order of the modules; one that was never released has no hand-ins.
    """
    from course.errors import CourseError
    from course.questions import load_module

    if names is None:
        folders = sorted(p.parent for p in state.modules.glob("*/module.yml"))
    else:
        folders = [state.assignment_folder(n) for n in names]
    specs = []
    for folder in folders:
        try:
            specs.append(load_module(folder))
        except CourseError:
            if names is not None:
                raise
    specs = [s for s in specs if names is not None or s.has_content]
    around = _Around(state)
    return [around.standing(spec) for spec in specs]


def progress(state: GradingState, name: str) -> pd.DataFrame:
    """Return one row per trainee of a module, with the columns of :class:`Row`."""
    import pandas as pd

    (found,) = standings(state, [name])
    return pd.DataFrame([asdict(r) for r in found.rows], columns=list(Row.__dataclass_fields__))


class _Around:
    """Everything the modules have in common, read once."""

    def __init__(self, state: GradingState) -> None:
        self.state = state
        self.roster = {p.student_id: p for p in cohort.participants(state)}
        self.seen = seen.load(state)
        self.book = read_book(state)
        self.inbound = inbound(state)

    def standing(self, spec: Any) -> Standing:
        state, module = self.state, spec.id
        closed = closing.closed_since(state, module)
        released = state.folder("release", ".", module).is_dir()
        of = self.book.of.get(module) or float(
            spec.automatic_points + sum(w.points for w in spec.written)
        )
        more = extensions.given(state, module)
        last = scored.load(state, module)
        came = {s for (s, m) in self.inbound if m == module}
        came |= set(state.submitted_students(module))
        people = [*self.roster, *sorted(came - set(self.roster))]
        automatic = set(spec.questions)
        due = self.book.due.get(module)
        rows = tuple(
            self._row(s, module, of, due, extensions.until(more, s), last.get(s), automatic)
            for s in people
        )
        where = "new" if not released else "closed" if closed else "open"
        return Standing(module, spec.title, where, due, closed, rows)

    def _row(
        self,
        student: str,
        module: str,
        of: float,
        due: datetime | None,
        until: datetime | None,
        last: Any,
        automatic: set[str],
    ) -> Row:
        at, state = (student, module), self.state
        person = self.roster.get(student)
        here = in_utc(read_stamp(state.folder("submitted", student, module)))
        collected = here is not None or state.folder("submitted", student, module).is_dir()
        sent = self.inbound.get(at)
        handed_in = max((m for m in (here, sent) if m is not None), default=None)
        in_book = at in self.book.stamps
        is_scored = collected and in_book and last is not None and self.book.stamps[at] == here
        still_open = self.book.open.get(at, set())
        limit = max((m for m in (due, until) if m is not None), default=None)
        late = handed_in - limit if due and limit and handed_in else timedelta(0)
        return Row(
            student=student,
            name=person.name if person else self.book.people.get(student, ""),
            module=module,
            on_roster=person is not None,
            started=_started(self.seen.get(student, {}).get(module)),
            handed_in=handed_in,
            to_collect=sent is not None and (here is None or sent > here),
            scored=is_scored,
            points=round(self.book.points.get(at, 0.0), 4),
            of=of,
            to_mark=len(still_open - automatic),
            waiting=len(still_open & automatic),
            look=bool(last and last.look),
            feedback=self._feedback(student, module) if collected else "",
            late_min=max(0, -int(-late.total_seconds() // 60)),
            until=until,
        )

    def _feedback(self, student: str, module: str) -> str:
        from nbgrader.utils import notebook_hash

        made = self.state.folder("feedback", student, module)
        try:
            with (made / "submission_secret.txt").open(encoding="utf-8") as file:
                secret = file.read(10_000)
            name = notebook_hash(secret=secret, notebook_id=EXERCISES)
            out = (self.state.exchange / COURSE_ID / "feedback" / f"{name}.html").stat().st_mtime
        except (OSError, ValueError):
            return ""
        notebook = self.state.folder("autograded", student, module) / f"{EXERCISES}.ipynb"
        try:
            return "older" if notebook.stat().st_mtime > out else "out"
        except OSError:
            return "out"


def _started(found: Any) -> str:
    if not isinstance(found, dict):
        return ""
    return seen.BEGUN if found.get(seen.BEGUN) else seen.FETCHED if found.get(seen.FETCHED) else ""

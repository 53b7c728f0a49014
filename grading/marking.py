"""From a folder with a hand-in to a scored notebook and the rows of the gradebook.

Both roads use this one function: nbgrader's own autograde through our preprocessors, and
the fast direct way. What differs is only who writes the gradebook.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from course import __version__
from course.identity import Who
from course.questions import ModuleSpec, load_module
from grading import intake, keys, roster
from grading.cities import HostCities, bundled_packs
from grading.comparing import as_number, is_numeric
from grading.handin import HandIn, content_hash, read_hand_in
from grading.release import load_template
from grading.repair import Template, grade_id
from grading.scoring import Judge, Result, needs_look, score
from grading.state import GradingState

NO_ANSWER = "No answer was written."


@dataclass
class Marked:
    """One scored hand-in.

    Attributes
    ----------
    student : str
        The id of the gradebook.
    notebook : dict
        With points and one sentence in each automatic cell.
    results : dict
        Question id -> Result, automatic questions only.
    unanswered : set of str
        Solution cells that are as released.
    notes : list of (question id or "", sentence)
        For the report.
    look : bool
        An instructor should look at this one; it is flagged in the gradebook.
    content : str
        Hash of what was handed in.
    fingerprints : tuple of str
        The cities its answers name.
    expected : dict
        The expected numbers that were computed on the way; for the table of neighbours.
    """

    student: str
    notebook: dict[str, Any]
    results: dict[str, Result]
    unanswered: set[str]
    notes: list[tuple[str, str]]
    look: bool = False
    content: str = ""
    fingerprints: tuple[str, ...] = ()
    expected: keys.Expected = field(default_factory=dict)

    @property
    def asks_neighbours(self) -> bool:
        """Say whether some wrong number matched no hint yet: it may be somebody else's."""
        return any(r.status == "wrong" and not r.hint and r.value for r in self.results.values())


@dataclass
class Marker:
    """Marks the hand-ins of one module.

    Parameters
    ----------
    state : GradingState
        The course.
    assignment : str
        The module's id.
    """

    state: GradingState
    assignment: str
    spec: ModuleSpec = field(init=False)
    template: Template = field(init=False)
    cities: HostCities = field(init=False)
    expected: keys.ExpectedValues = field(init=False)

    def __post_init__(self) -> None:
        """Load the module, its key and its release."""
        self.spec = load_module(self.state.assignment_folder(self.assignment))
        self.template = load_template(self.state, self.spec.id)
        self.key = keys.load_key(self.state.key_package, self.spec.id)
        self.cities = HostCities(self.state.cities)
        self.expected = keys.ExpectedValues(self.state, self.spec)
        self.teams = roster.teams(self.state)

    def read(self, student: str) -> HandIn:
        """Read a student's hand-in and take in the cities it brings."""
        folder = self.state.folder("submitted", student, self.spec.id)
        noted = intake.load(self.state, self.spec.id, student)
        hand_in = read_hand_in(folder, self.template, noted)
        asked = {f for f in fingerprints_of(hand_in) if self.cities.status(f) == "unknown"}
        if asked and hand_in.zips:
            hand_in.notes += [("", line) for line in self.cities.take_in(hand_in.zips, student)]
        return hand_in

    def who(self, student: str, hand_in: HandIn) -> Who:
        """Return the student with the team the host knows, else the one they name."""
        team = self.teams.get(student)
        if team is None:
            named = [r.team for rs in hand_in.answers.by_question.values() for r in rs if r.team]
            team = named[-1] if named else None
        return Who(student, team)

    def compute_expected(self, student: str, hand_in: HandIn | None = None) -> keys.Expected:
        """Return the expected numbers of a student in the cities of their answers."""
        from course.exercises import draw

        hand_in = hand_in or self.read(student)
        who = self.who(student, hand_in)
        found: keys.Expected = {}
        for question in self.spec.questions.values():
            record = hand_in.answers.latest(question.id)
            if record is None or not is_numeric(question):
                continue
            city = self.cities.find(record).city
            if city is None:
                continue
            at = keys.place(student, city.fingerprint)
            if question.id in self.expected.values.get(at, {}):
                continue
            try:
                value = self.key.expected(question.id, city, draw(question, city, who))
            except Exception:  # score() reports it; here it only means one hint less
                continue
            found.setdefault(at, {})[question.id] = value
        return found

    def mark(self, student: str, hand_in: HandIn | None = None) -> Marked:
        """Score a student's hand-in.

        Parameters
        ----------
        student : str
            The id of the gradebook.
        hand_in : HandIn, optional
            As read; read from ``submitted`` when left out.

        Returns
        -------
        Marked
            Ready to be written; nothing was written yet.
        """
        from course.answers import read_value
        from course.exercises import draw

        hand_in = hand_in or self.read(student)
        key = _Remembering(self.key, self.expected, student)
        judge = Judge(
            who=self.who(student, hand_in),
            key=key,
            draw=draw,
            find_city=self.cities.find,
            read_value=read_value,
            bundled=lambda: bundled_packs().values(),
            version=__version__,
            neighbours=self.expected.neighbours(student),
        )
        results = {
            q.id: score(q, hand_in.answers.by_question.get(q.id, []), judge)
            for q in self.spec.questions.values()
            if q.id in self.template.points
        }
        results = _with_file_problem(results, hand_in)
        notes = list(hand_in.notes)
        notes += [(r.question, line) for r in results.values() for line in r.details]
        solutions = {
            n for n, c in self.template.cells.items() if c["metadata"]["nbgrader"].get("solution")
        }
        return Marked(
            student=student,
            notebook=with_scores(hand_in.repaired.notebook, results),
            results=results,
            unanswered=solutions - hand_in.repaired.changed,
            notes=list(dict.fromkeys(notes)),
            look=any(needs_look(r) for r in results.values()),
            content=content_hash(self.state.folder("submitted", student, self.spec.id)),
            fingerprints=tuple(sorted(fingerprints_of(hand_in))),
            expected=key.found,
        )


class _Remembering:
    """The key, with the student's own expected numbers taken from the table or put there."""

    def __init__(self, key: Any, table: keys.ExpectedValues, student: str) -> None:
        self._key, self._table, self._student = key, table, student
        self.found: keys.Expected = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._key, name)

    def expected(self, qid: str, city: Any, draw: Any) -> Any:
        if draw.who.trainee != self._student:
            return self._key.expected(qid, city, draw)
        at = keys.place(self._student, city.fingerprint)
        known = self._table.values.get(at, {})
        if qid in known:
            return known[qid]
        value = self._key.expected(qid, city, draw)
        if as_number(value) is not None:
            self.found.setdefault(at, {})[qid] = value
        return value


def fingerprints_of(hand_in: HandIn) -> set[str]:
    """Return the cities that the counting answers of a hand-in name."""
    latest = (records[-1] for records in hand_in.answers.by_question.values())
    return {record.fingerprint for record in latest if record.fingerprint}


def _with_file_problem(results: dict[str, Result], hand_in: HandIn) -> dict[str, Result]:
    """Say why the answers are missing where the notebook could not be read."""
    if not hand_in.problem:
        return results
    sentence = f"Your notebook could not be scored: {hand_in.problem.rstrip('.')}. Hand in again."
    from dataclasses import replace

    status = "missing" if hand_in.problem.startswith("no ") else "unreadable"
    return {
        name: replace(r, status=status, sentence=sentence) if r.status == "missing" else r
        for name, r in results.items()
    }


def score_outputs(result: Result) -> list[dict[str, Any]]:
    """Return the outputs that carry a score: one sentence, then the points.

    nbgrader reads the points from the ``execute_result``. A graded cell without output
    counts as full marks there, so the points are written whatever happened, 0.0 too.
    """
    line = f"{result.points:g} of {result.max_points:g} points. {result.sentence}"
    if result.status == "pending":
        line = f"Waiting, no points yet. {result.sentence}"
    colour = {"right": "#1b7f3b", "partial": "#9a6700", "pending": "#57606a"}.get(
        result.status, "#b42318"
    )
    answer = f" Your answer: {result.value}." if result.value else ""
    page = (
        f'<div role="note" style="border-left:4px solid {colour};padding:.4em .8em">'
        f"{html.escape(line)}<br><small>{html.escape(answer.strip())}</small></div>"
    )
    return [
        {
            "output_type": "display_data",
            "data": {"text/plain": line + answer, "text/html": page},
            "metadata": {},
        },
        {
            "output_type": "execute_result",
            "data": {"text/plain": str(float(result.points))},
            "metadata": {},
            "execution_count": 1,
        },
    ]


def with_scores(notebook: dict[str, Any], results: dict[str, Result]) -> dict[str, Any]:
    """Return a notebook whose automatic cells hold their score and nothing else."""
    for cell in notebook["cells"]:
        name = grade_id(cell)
        if name in results:
            cell["outputs"] = score_outputs(results[name])
            cell["execution_count"] = 1
    return notebook


def judge_all(
    marker: Marker, students: Iterable[str], done: Callable[[str], None] = lambda s: None
) -> keys.Expected:
    """Compute the expected numbers of many students; the table of neighbours."""
    table: keys.Expected = {}
    for student in students:
        for at, values in marker.compute_expected(student).items():
            table.setdefault(at, {}).update(values)
        done(student)
    return table

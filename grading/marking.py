"""From a folder with a hand-in to a scored notebook and the rows of the gradebook.

Both roads use this one function: nbgrader's own autograde through our preprocessors, and
the fast direct way. What differs is only who writes the gradebook.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from course import __version__
from course.identity import Who
from course.questions import ModuleSpec, load_module
from grading import cohort, form_scoring, intake, keys
from grading.cities import HostCities, bundled_packs
from grading.comparing import as_number, is_numeric
from grading.handin import HandIn, content_hash, read_hand_in
from grading.plans.cells import criteria_points, plan_for, with_plan
from grading.records import plain_line
from grading.release import load_template
from grading.result import Result, needs_look
from grading.score_cells import with_scores
from grading.scoring import Judge, score
from grading.state import GradingState
from grading.template import Template

Open = dict[str, tuple[Any, Any]]


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
    open_numbers : dict
        Question -> (value, expected) of wrong numbers that fit no hint so far.
    tasks : dict
        Criterion of a rubric -> 0.0 where no plan came, None where a person marks it.
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
    open_numbers: Open = field(default_factory=dict)
    tasks: dict[str, float | None] = field(default_factory=dict)


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
        self.teams = cohort.teams(self.state)

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

    def judge(self, student: str, hand_in: HandIn, key: Any = None) -> Judge:
        """Return what judges a student's answers, without the hint of another city.

        Parameters
        ----------
        student : str
            The id of the gradebook.
        hand_in : HandIn
            As read.
        key : optional
            Stands in for the module's key.
        """
        from course.answers import read_value
        from course.exercises import draw

        return Judge(
            who=self.who(student, hand_in),
            key=key or _Remembering(self.key, self.expected, student),
            draw=draw,
            find_city=self.cities.find,
            read_value=read_value,
            version=__version__,
        )

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
        hand_in = hand_in or self.read(student)
        key = _Remembering(self.key, self.expected, student)
        judge = replace(self.judge(student, hand_in, key), bundled=lambda: bundled_packs().values())
        results = {
            q.id: score(q, hand_in.answers.by_question.get(q.id, []), judge)
            for q in self.spec.questions.values()
            if q.id in self.template.points
        }
        results = _with_file_problem(results, hand_in)
        notes = list(hand_in.notes)
        notes += [(r.question, line) for r in results.values() for line in r.details]
        notes += form_scoring.time_notes(self.spec, hand_in.answers)
        solutions = {
            n for n, c in self.template.cells.items() if c["metadata"]["nbgrader"].get("solution")
        }
        notebook = with_scores(hand_in.repaired.notebook, results)
        tasks: dict[str, float | None] = {}
        if (plan := plan_for(self.state, self.template, student)) is not None:
            notebook, tasks = with_plan(notebook, plan), criteria_points(self.template, plan)
            notes += [("", f"Plan: {problem}") for problem in plan.problems[:5]]
        return Marked(
            student=student,
            notebook=notebook,
            results=results,
            unanswered=solutions - hand_in.repaired.changed,
            # names of files are in them, and one that cannot be written would stop everybody's
            notes=list(dict.fromkeys((name, plain_line(line)) for name, line in notes)),
            look=any(needs_look(r) for r in results.values()),
            content=content_hash(self.state.folder("submitted", student, self.spec.id)),
            fingerprints=tuple(sorted(fingerprints_of(hand_in))),
            expected=key.found,
            open_numbers=self._open_numbers(results, hand_in, key),
            tasks=tasks,
        )

    def _open_numbers(self, results: dict[str, Result], hand_in: HandIn, key: Any) -> Open:
        from course.answers import read_value

        found: Open = {}
        for name, result in results.items():
            question = self.spec.questions[name]
            if result.status != "wrong" or result.hint or not is_numeric(question):
                continue
            record = hand_in.answers.latest(name)
            if record is not None and name in key.own:
                found[name] = (read_value(question, record.value)[0], key.own[name])
        return found


class _Remembering:
    """The key, with the student's own expected numbers taken from the table or put there."""

    def __init__(self, key: Any, table: keys.ExpectedValues, student: str) -> None:
        self._key, self._table, self._student = key, table, student
        self.found: keys.Expected = {}
        self.own: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._key, name)

    def expected(self, qid: str, city: Any, draw: Any) -> Any:
        if draw.who.trainee != self._student:
            return self._key.expected(qid, city, draw)
        at = keys.place(self._student, city.fingerprint)
        known = self._table.values.get(at, {})
        value = known[qid] if qid in known else self._key.expected(qid, city, draw)
        # the first city asked for is the student's own, later ones are for hints
        if as_number(value) is not None and self.own.setdefault(qid, value) is value:
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
    status = "missing" if hand_in.problem.startswith("no ") else "unreadable"
    return {
        name: replace(r, status=status, sentence=sentence) if r.status == "missing" else r
        for name, r in results.items()
    }

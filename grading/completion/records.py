"""Who has completed a programme: the rule, applied to the host's raw records.

Points and marks come from nbgrader's gradebook through its API, presence from the
attendance log, labs and lessons from the records that travelled with the hand-ins, the
plan from its marks, the test from its last score. What waits for the host is unknown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from course import catalogue, lesson_runs
from course.completion import Completion, Evidence, outcome
from course.completion.asked import PLAN_MODULE, Asked, asked
from course.completion.rule import LESSONS
from course.labs import records
from course.questions import ModuleSpec
from grading.cohort import Participant, participants
from grading.cohort.attendance import Mark, latest, log, minutes_of
from grading.completion.grades import Grades, grades_of
from grading.state import GradingState

if TYPE_CHECKING:
    import pandas as pd


@dataclass
class Records:
    """Everything that is known about the people of a programme, read once.

    Parameters
    ----------
    state : GradingState
        The course.
    programme : Programme
        What is asked for.
    only : str, optional
        Read the grades of this person alone.
    """

    state: GradingState
    programme: Any
    only: str | None = None
    asked: Asked = field(init=False)
    people: dict[str, Participant] = field(init=False)
    grades: Grades = field(init=False)
    marks: dict[tuple[str, str, str], Mark] = field(init=False)

    def __post_init__(self) -> None:
        self.asked = asked(self.programme, catalogue.modules(self.state.modules))
        found = participants(self.state, programme=self.programme.id)
        self.people = {p.student_id: p for p in found}
        self.grades = grades_of(self.state, [m.id for m in self.asked.exercises], self.only)
        self.marks = latest(log(self.state))

    def completion(self, student_id: str) -> Completion:
        """Apply the programme's rule to one person."""
        return outcome(self.programme.rule, self.evidence(student_id))

    def evidence(self, student_id: str) -> Evidence:
        """Return what is known about one person; somebody unknown has done nothing."""
        wanted, rule = self.asked, self.programme.rule
        there, missed = self._presence(student_id)
        core = waiting = extra = 0.0
        for module in wanted.exercises:
            points = self.grades.points(student_id, module, self._handed_in(student_id, module))
            core, waiting = core + points.core, waiting + points.waiting
            extra += points.extra
        good, unread = self._written(student_id)
        lessons = frozenset(m.id for m in wanted.lessons)
        plan = _plan_result(self.state, student_id) if rule.plan else None
        came = self._plan_came(student_id, plan)
        test = wanted.post_test
        return Evidence(
            on_site_minutes=sum(s.minutes for s in self.programme.sessions if s.attended),
            attended_minutes=there,
            missed_minutes=missed,
            lessons=lessons,
            lessons_run=self._lessons(student_id) if rule.presence == LESSONS else frozenset(),
            labs=wanted.labs,
            labs_run=self._labs(student_id),
            core_points=round(core, 6),
            core_waiting=round(waiting, 6),
            core_possible=wanted.core_points,
            extra_points=round(extra, 6),
            written_good=good,
            written_waiting=unread,
            written_asked=wanted.written,
            plan_handed_in=came,
            plan_valid=plan.valid if came else None,
            plan_points=plan.points if came else None,
            plan_presented=plan.presented if plan else None,
            plan_part=getattr(plan, "part", None),
            team_size=self._team_size(student_id),
            post_test_asked=test is not None,
            post_test_handed_in=test is not None and self._handed_in(student_id, test),
            post_test_pct=_test_percent(self.state, test, student_id),
        )

    def modules_seen(self, student_id: str) -> dict[str, tuple[float, float]]:
        """Return module -> (core points, core points waiting) of the hand-ins that came."""
        seen = {}
        for module in self.asked.exercises:
            if self._handed_in(student_id, module):
                points = self.grades.points(student_id, module, True)
                seen[module.id] = (round(points.core, 6), round(points.waiting, 6))
        return seen

    def modules_done(self, student_id: str) -> tuple[str, ...]:
        """Return the modules that were worked in, in order; a certificate names them.

        A page handed in as it was released is no work.
        """
        every = {m.id: m for m in (*self.asked.lessons, *self.asked.exercises)}
        labs = {used.partition("/")[0] for used in self._labs(student_id)}
        return tuple(
            name
            for name, module in sorted(every.items())
            if self._handed_in(student_id, module)
            and (name in labs or self._earned(student_id, module))
        )

    def _earned(self, student_id: str, module: ModuleSpec) -> bool:
        """Say whether a hand-in has points, or waits for some; where none are asked, it counts."""
        if module not in self.asked.exercises:
            return not module.labs
        got = self.grades.points(student_id, module, True)
        return got.core + got.extra + got.waiting > 0

    # ---- where each thing comes from -------------------------------------------------------

    def _presence(self, student_id: str) -> tuple[float, float]:
        there = missed = 0.0
        for session in self.programme.sessions:
            mark = self.marks.get((self.programme.id, session.id, student_id))
            if session.attended and mark is not None:
                minutes = minutes_of(session, mark)
                there, missed = there + minutes, missed + session.minutes - minutes
        return there, missed

    def _handed_in(self, student_id: str, module: ModuleSpec) -> bool:
        return self.state.folder("submitted", student_id, module.id).is_dir()

    def _written(self, student_id: str) -> tuple[int, int]:
        """Return the written answers that are good enough, and those nobody has read yet."""
        good = unread = 0
        for module in self.asked.exercises:
            came = self._handed_in(student_id, module)
            for written in module.written:
                points = self.grades.written(student_id, module.id, written.id, came)
                if points is None:
                    unread += 1
                else:
                    band = self.programme.rule.written_band
                    top = max(written.bands, default=4)
                    good += points >= written.points * band / top - 1e-9
        return good, unread

    def _labs(self, student_id: str) -> frozenset[str]:
        return frozenset(
            f"{module.id}/{lab}"
            for module in self.asked.lessons if module.labs
            for lab in records.used(
                self.state.folder("submitted", student_id, module.id), trainee=student_id
            ) if lab in module.labs
        )  # fmt: skip

    def _lessons(self, student_id: str) -> frozenset[str]:
        return frozenset(
            m.id for m in self.asked.lessons
            if lesson_runs.was_run(
                self.state.folder("submitted", student_id, m.id), trainee=student_id
            )
        )  # fmt: skip

    def _team_size(self, student_id: str) -> int:
        own = self.people.get(student_id)
        if own is None or not own.team:
            return 1
        return sum(p.team == own.team for p in self.people.values())

    def _plan_came(self, student_id: str, plan: Any) -> bool:
        if plan is None:
            return False
        if (told := getattr(plan, "handed_in", None)) is not None:
            return bool(told)
        folder = self.state.folder("submitted", student_id, PLAN_MODULE)
        return plan.valid or (folder / "plan.json").is_file()


def evidence(state: GradingState, programme: Any, student_id: str) -> Evidence:
    """Return what the raw records say about one person.

    Parameters
    ----------
    state : GradingState
        The course.
    programme : Programme
        What is asked for.
    student_id : str
        The id.
    """
    return Records(state, programme, student_id).evidence(student_id)


def completions(
    state: GradingState, programme: Any, students: Iterable[str] | None = None
) -> dict[str, Completion]:
    """Return the completion of each participant of a programme, in the order of the roster."""
    known = Records(state, programme)
    wanted = known.people if students is None else [s for s in known.people if s in set(students)]
    return {s: known.completion(s) for s in wanted}


def standing(
    state: GradingState, programme: Any, *, students: Iterable[str] | None = None
) -> pd.DataFrame:
    """Return who has what, and what is missing.

    Parameters
    ----------
    state : GradingState
        The course.
    programme : Programme
        What is asked for.
    students : iterable of str, optional
        Only these.

    Returns
    -------
    DataFrame
        One row per participant: ``student_id, name, city, team, complete``, one column per
        requirement with ``met``, ``missing`` or ``waiting``, and ``missing``: what there
        is and what to do, as text. ``attrs["completions"]`` holds id -> Completion. Empty
        where nobody takes part.
    """
    import pandas as pd

    known = Records(state, programme)
    wanted = set(known.people if students is None else students)
    rows, every = [], {}
    for person in known.people.values():
        if person.student_id not in wanted:
            continue
        made = every[person.student_id] = known.completion(person.student_id)
        rows.append({
            "student_id": person.student_id, "name": person.name, "city": person.city,
            "team": person.team, "complete": made.complete,
            **{r.id: r.status for r in made.requirements},
            "missing": " ".join(f"{r.title}: {r.have}. {r.remedy}".strip() for r in made.missing),
        })  # fmt: skip
    columns = list(rows[0]) if rows else ["student_id", "name", "city", "team", "complete",
                                          "missing"]  # fmt: skip
    # a requirement may be asked of some only, such as a part in a team's plan
    extra = dict.fromkeys(k for row in rows for k in row if k not in columns)
    columns[-1:-1] = extra
    frame = pd.DataFrame(rows, columns=columns)
    frame.attrs["completions"] = every
    return frame


def _plan_result(state: GradingState, student_id: str) -> Any:
    try:
        from grading.plans.marks import result
    except ImportError:
        return None
    return result(state, student_id)


def _test_percent(state: GradingState, test: ModuleSpec | None, student_id: str) -> float | None:
    if test is None:
        return None
    try:
        from grading.items import test_percent
    except ImportError:
        return None
    return test_percent(state, test.id, student_id)

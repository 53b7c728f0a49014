"""The plans that were handed in: whose, which file, and whether it keeps the rules.

A delegation shares one plan. The plan of a participant is the one they handed in; where
they handed in none, it is the newest of their team.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from course.actionplan.faults import Problem, kind_of, problems
from course.actionplan.merging import is_empty
from course.actionplan.model import FILE_NAME
from course.actionplan.reading import MAX_BYTES, draft_from, parse
from course.actionplan.shown_text import shown
from grading.state import GradingState

MODULE = "13_action_plan"
OTHER_KIND = Problem(
    "kind", "This is a cooperation note; your programme asks for an action plan.",
    "Open the form of module 13 in your programme, and write the plan there.",
)  # fmt: skip
NOTHING = Problem("", "No plan was handed in.", "Fill in the form of module 13 and hand in again.")
_SAME_WHEN_EMPTY = {"kind", "schema_version", "date", "city", "kept", "from_answer"}


@dataclass(frozen=True)
class HandedIn:
    """One plan as it came.

    Attributes
    ----------
    student : str
        Who handed it in.
    data : dict or None
        The plan in its own shape, as complete as it came; None where nothing can be read.
    problems : list of Problem
        What keeps it from being valid; empty for a valid plan.
    changed : float
        When it was handed in, seconds since 1970.
    """

    student: str
    data: dict[str, Any] | None
    problems: list[Problem] = field(default_factory=list)
    changed: float = 0.0

    @property
    def title(self) -> str:
        """Return its title, "" where it has none."""
        title = (self.data or {}).get("title")
        return shown(title)[:200] if isinstance(title, str) else ""

    @property
    def valid(self) -> bool:
        """Say whether it keeps every rule."""
        return self.data is not None and not self.problems

    @property
    def present(self) -> bool:
        """Say whether somebody wrote something: an untouched form is no plan."""
        return self.data is not None and not _untouched(self.data)


def _untouched(data: dict[str, Any]) -> bool:
    """Say whether a draft holds nothing but what every form begins with."""
    marks = data.get("from_answer") if isinstance(data.get("from_answer"), dict) else {}
    fed = {str(name).partition(".")[0] for name in marks} | {"team", "finance"}
    return all(
        is_empty(value) or name in _SAME_WHEN_EMPTY or name in fed
        for name, value in data.items()
        if name != "finance"
        or is_empty({k: v for k, v in (value or {}).items() if k != "currency"})
    )


def read_bytes(path: Path) -> bytes | None:
    """Return a plan's bytes; links, folders and pipes are left alone."""
    try:
        if path.is_symlink() or not path.is_file():
            return None
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError:
        return None


def read_handed_in(
    path: Path, student: str, modules: tuple[str, ...] = (), *, kind: str = ""
) -> HandedIn:
    """Read one plan; never raises for what is in it."""
    raw = read_bytes(path)
    if raw is None:
        return HandedIn(student, None, [NOTHING])
    parsed = parse(raw)
    if parsed.problem is not None:
        return HandedIn(student, None, [parsed.problem])
    data = draft_from(parsed.value).data
    found = problems(data, modules=modules)
    # who writes more than a note is asked for does no harm; a note in place of a plan does
    if kind == "action_plan" and kind_of(data) != kind:
        found.insert(0, OTHER_KIND)
    return HandedIn(student, data, found, handed_in_at(path))


def handed_in_at(path: Path) -> float:
    """Return when the hand-in of a file came, by nbgrader's own note where there is one.

    The file's own time is that of the trainee's last save, on the trainee's clock.
    """
    from dateutil import parser

    try:
        note = (path.parent / "timestamp.txt").read_text(encoding="utf-8")
        return parser.parse(note).timestamp()
    except (OSError, ValueError, OverflowError):
        return path.stat().st_mtime


def asked_of(state: GradingState, student: str) -> tuple[tuple[str, ...], str]:
    """Return what a participant's programme asks: its ready modules, and the kind of plan.

    Nothing, where the programme is not known.
    """
    try:
        from course import catalogue
        from course.programme import Programme
        from grading import cohort

        programme = Programme.open(cohort.participant(state, student).programme)
        named = set(programme.module_ids)
        ready = tuple(
            m.id for m in catalogue.modules(state.modules) if m.status == "ready" and m.id in named
        )
        return ready, str(programme.plan)
    except Exception:  # a state without a cohort, or a programme that is not here
        return (), ""


def team_of(state: GradingState, student: str) -> list[str]:
    """Return everybody of a participant's team, themselves first."""
    from grading import cohort

    teams = cohort.teams(state)
    mine = teams.get(student)
    others = sorted(s for s, team in teams.items() if mine and team == mine and s != student)
    return [student, *others]


def plan_of(state: GradingState, student: str) -> HandedIn:
    """Return the plan that counts for a participant; see the module's text."""
    modules, kind = asked_of(state, student)
    own, *others = (
        read_handed_in(
            state.folder("submitted", member, MODULE) / FILE_NAME, member, modules, kind=kind
        )
        for member in team_of(state, student)
    )
    if own.present:
        return own
    found = [plan for plan in others if plan.present]
    if found:
        return max(found, key=lambda plan: (plan.valid, plan.changed, plan.student))
    return own

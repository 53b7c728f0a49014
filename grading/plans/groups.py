"""Who shares a plan: a team of the roster, or one participant alone."""

from __future__ import annotations

from dataclasses import dataclass

from course.errors import UsageError
from grading import cohort
from grading.plans.files import HandedIn, plan_of
from grading.state import GradingState

MODULE = "13_action_plan"


@dataclass(frozen=True)
class Group:
    """Those who share one plan.

    Attributes
    ----------
    id : str
        The team's name, or the participant's id; what marks are kept under.
    members : tuple of str
        Ids, sorted.
    """

    id: str
    members: tuple[str, ...]


def groups(state: GradingState) -> list[Group]:
    """Return every group: the roster's, and whoever handed in without being on it."""
    teams = cohort.teams(state)
    people = {p.student_id for p in cohort.participants(state)}
    people |= set(state.submitted_students(MODULE))
    made: dict[str, list[str]] = {}
    for student in sorted(people):
        made.setdefault(_id(student, teams), []).append(student)
    return [Group(name, tuple(members)) for name, members in sorted(made.items())]


def some_groups(state: GradingState, names: list[str]) -> list[Group]:
    """Return the groups of participants or teams, each once; every group where none is named."""
    if not names:
        return groups(state)
    found = {g.id: g for g in (find_group(state, name) for name in names)}
    return list(found.values())


def _id(student: str, teams: dict[str, str]) -> str:
    return f"team:{teams[student]}" if teams.get(student) else student


def group_of(state: GradingState, student: str) -> Group:
    """Return the group of a participant, alone where nobody knows them."""
    teams = cohort.teams(state)
    name = _id(student, teams)
    members = {s for s, team in teams.items() if f"team:{team}" == name} | {student}
    return Group(name, tuple(sorted(members)))


def find_group(state: GradingState, name: str) -> Group:
    """Return a group by a member's id, a team's name or its own id.

    Raises
    ------
    UsageError
        Nobody has this name.
    """
    known = groups(state)
    for group in known:
        if name == group.id:
            return group
    found = [g for g in known if name in (g.id.removeprefix("team:"), *g.members)]
    if len(found) > 1:
        raise UsageError(
            f"{name!r} is a team, and a participant of another one.",
            f"Write one of {', '.join(g.id for g in found)}.",
        )
    if found:
        return found[0]
    listed = ", ".join(g.id.removeprefix("team:") for g in known[:12]) or "nobody yet"
    raise UsageError(f"There is no participant or team {name!r}.", f"Known: {listed}.")


def plan_of_group(state: GradingState, group: Group) -> HandedIn:
    """Return the plan that counts for a group: the newest that is whole."""
    plans = [plan_of(state, member) for member in group.members]
    return max(plans, key=lambda p: (p.present, p.valid, p.changed, p.student))

"""Marks of the action plan: who marked what, and what counts.

Every mark is a line of a log that is only appended to; the last line of a marker and
criterion counts. Two markers who marked every criterion agree when their totals are not
further apart than the rubric allows; then the mean of each criterion counts. Further
apart, a third one reads, and the two whole marks that lie nearest count. Marks given in
formgrader are one marker, named ``formgrader``.
"""

from __future__ import annotations

import hashlib
import json
import math
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from course.actionplan.rubric import Rubric, load_rubric
from course.errors import CourseError, UsageError
from grading.plans import log as plan_log
from grading.plans.agree import Agreed, Mark, agree
from grading.plans.files import HandedIn
from grading.plans.groups import MODULE, Group, group_of, plan_of_group
from grading.state import GradingState

FORMGRADER = "formgrader"
LONGEST_COMMENT = 2_000


@dataclass(frozen=True)
class PlanResult:
    """What stands of one participant's plan; a team shares one.

    Attributes
    ----------
    valid : bool
        A plan was handed in and keeps every rule.
    points : float or None
        Agreed points of 100; None while markers are waited for.
    presented : bool
        The plan was presented by this participant or their team.
    title : str
        The title of the plan; "" where none was handed in.
    problems : list of str
        What is wrong with the plan, in plain words.
    markers : int
        Markers who marked every criterion.
    handed_in : bool
        A plan of this person or team came, valid or not.
    part : bool or None
        This participant is named in the plan's team with a part; None where it cannot be
        told.
    """

    valid: bool
    points: float | None
    presented: bool
    title: str
    problems: list[str] = field(default_factory=list)
    markers: int = 0
    handed_in: bool = False
    part: bool | None = None


def rubric_of(state: GradingState) -> Rubric:
    """Return the rubric of the course's own module 13."""
    path = state.modules / MODULE / "rubric.yml"
    return _rubric(str(path), path.stat().st_mtime_ns if path.exists() else 0)


@lru_cache(maxsize=8)
def _rubric(path: str, _changed: int) -> Rubric:
    return load_rubric(path)


def content_of(plan: HandedIn) -> str:
    """Return a short hash of a plan; a mark says which version it is of."""
    text = json.dumps(plan.data, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def check_points(rubric: Rubric, points: Mapping[str, Any]) -> dict[str, float]:
    """Return points by the criterion's id, checked.

    Raises
    ------
    CourseError
        A criterion is unknown, or its points are no number from 0 to its most.
    """
    made = {}
    for name, given in points.items():
        criterion = rubric.criterion(name)
        try:
            value = float(given)
        except (TypeError, ValueError):
            value = math.nan
        if isinstance(given, bool) or not 0 <= value <= criterion.most:
            raise CourseError(
                f"{criterion.title}: {given!r} are no points from 0 to {criterion.most:g}.",
                f"Levels have {', '.join(f'{p:g}' for p in criterion.points)} points.",
            )
        made[criterion.id] = value
    return made


def mark(
    state: GradingState, group: Group, marker: str, points: Mapping[str, Any],
    comments: Mapping[str, str] | None = None, *, now: datetime | None = None,
) -> int:  # fmt: skip
    """Note a marker's points and comments; what was noted before stays in the log.

    Parameters
    ----------
    state : GradingState
        The course.
    group : Group
        Whose plan.
    marker : str
        Who marks.
    points : mapping
        Criterion -> points; some of them is fine, the others may follow.
    comments : mapping, optional
        Criterion -> text; ``#2`` is the second sentence of the comment bank.
    now : datetime, optional
        When.

    Returns
    -------
    int
        Lines added.

    Raises
    ------
    CourseError
        Points or a criterion are not possible, or no plan was handed in.
    UsageError
        The marker has no name, or marks their own plan.
    """
    rubric = rubric_of(state)
    name = " ".join(str(marker).split())[:80]
    if not name:
        raise UsageError("A mark needs its marker.", "Write --marker NAME.")
    if _plain(name) in _names_of(state, group):
        raise UsageError(f"{name} would mark their own plan.", "Let somebody else mark it.")
    name = _as_before(state, name)
    plan = plan_of_group(state, group)
    if not plan.present:
        raise CourseError(
            f"{group.id} has handed in no plan: it has 0 points, and nobody can mark it.",
            "Collect it first: python3 -m grading collect 13.",
        )
    given = check_points(rubric, points)
    said = {rubric.criterion(k).id: _comment(rubric, k, v) for k, v in (comments or {}).items()}
    version = content_of(plan)
    rows = [
        {"kind": "mark", "group": group.id, "marker": name, "criterion": criterion,
         "points": given.get(criterion), "comment": said.get(criterion), "plan": version}
        for criterion in dict.fromkeys([*given, *said])
    ]  # fmt: skip
    return plan_log.append(state, plan_log.MARKS, rows, now=now)


def _names_of(state: GradingState, group: Group) -> set[str]:
    """Return what the people of a group are called: id, name and mail, in small letters."""
    from grading import cohort

    found = {_plain(member) for member in group.members}
    for person in cohort.participants(state):
        if person.student_id in group.members:
            found |= {_plain(n) for n in (person.shown_name, person.name, person.email)}
    return found - {""}


def _as_before(state: GradingState, name: str) -> str:
    """Return a marker's name as it was first written: another case is no second marker."""
    for row in plan_log.read(state, plan_log.MARKS):
        if row.get("kind") == "mark" and _plain(row.get("marker")) == _plain(name):
            return str(row["marker"])
    return FORMGRADER if _plain(name) == FORMGRADER else name


def _comment(rubric: Rubric, criterion: str, text: str) -> str:
    bank = rubric.criterion(criterion).comments
    text = str(text).strip()
    if text.startswith("#"):
        number = text[1:].strip()
        if not number.isdecimal() or not 1 <= int(number) <= len(bank):
            raise CourseError(
                f"The comment bank of {criterion} has no {text}.", f"It has #1 to #{len(bank)}."
            )
        return bank[int(number) - 1]
    return text[:LONGEST_COMMENT]


def marks_of(state: GradingState, group: Group) -> list[Mark]:
    """Return every marker's marks of a group, in the order they began; formgrader's too."""
    points: dict[str, dict[str, float]] = {}
    comments: dict[str, dict[str, str]] = {}
    plans: dict[str, str] = {}
    for row in plan_log.read(state, plan_log.MARKS):
        if row.get("kind") != "mark" or row.get("group") != group.id:
            continue
        name, criterion = str(row.get("marker")), str(row.get("criterion"))
        points.setdefault(name, {})
        if _is_points(row.get("points")):
            points[name][criterion] = float(row["points"])
        if isinstance(row.get("comment"), str):
            comments.setdefault(name, {})[criterion] = row["comment"]
        plans[name] = str(row.get("plan") or "")
    from grading.plans.gradebook import given_by_hand

    by_hand = given_by_hand(state, group)
    if by_hand:
        points[FORMGRADER] = {**points.get(FORMGRADER, {}), **by_hand}
    return [Mark(n, p, comments.get(n, {}), plans.get(n, "")) for n, p in points.items()]


def _is_points(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def alone_is_enough(state: GradingState) -> bool:
    """Say whether the course decided that one marker is enough."""
    rows = [r for r in plan_log.read(state, plan_log.MARKS) if r.get("kind") == "one marker"]
    return bool(rows) and rows[-1].get("enough") is True


def agreed(state: GradingState, group: Group) -> Agreed:
    """Return what the markers of a group come to; a plan that never came has 0 points."""
    if not plan_of_group(state, group).present:
        return Agreed(0.0, {c.id: 0.0 for c in rubric_of(state).criteria}, (), "No plan came.")
    return agree(rubric_of(state), marks_of(state, group), alone=alone_is_enough(state))


def presented(state: GradingState, group: Group) -> bool:
    """Say whether the last line about a group, or somebody of it, is that it presented."""
    names = {group.id, *group.members}
    rows = [r for r in plan_log.read(state, plan_log.PRESENTED) if r.get("group") in names]
    return bool(rows) and rows[-1].get("presented") is True


def result(state: GradingState, student_id: str) -> PlanResult:
    """Return what stands of a participant's plan.

    Parameters
    ----------
    state : GradingState
        The course.
    student_id : str
        An id of the roster, or of a hand-in.

    Returns
    -------
    PlanResult
        Nothing handed in: not valid, 0 points.
    """
    group = group_of(state, student_id)
    plan = plan_of_group(state, group)
    found = agreed(state, group)
    return PlanResult(
        valid=plan.valid,
        points=found.points,
        presented=presented(state, group),
        title=plan.title if plan.present else "",
        problems=[str(p) for p in plan.problems],
        markers=len(found.markers),
        handed_in=plan.present,
        part=_part(state, plan, student_id),
    )


def _part(state: GradingState, plan: HandedIn, student_id: str) -> bool | None:
    """Say whether somebody is named in the plan's team with a part."""
    from grading import cohort

    team = (plan.data or {}).get("team")
    rows = [row for row in team if isinstance(row, dict)] if isinstance(team, list) else []
    names = {student_id.casefold()}
    try:
        person = cohort.participant(state, student_id)
        names |= {_plain(person.shown_name), _plain(person.name), _plain(person.email)}
    except CourseError:
        pass
    mine = [row for row in rows if _plain(row.get("name")) in names - {""}]
    if not mine:
        # alone, the whole plan is one's part; in a team nobody of this name was found
        return None if len(rows) != 1 else True
    return len(rows) == 1 or any(_plain(row.get("part")) for row in mine)


def _plain(text: Any) -> str:
    # one name typed on two machines may be composed in two ways
    return unicodedata.normalize("NFKC", " ".join(str(text or "").split())).casefold()

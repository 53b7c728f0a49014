"""What the host does in the simulated week: roster, presence, marks by hand.

Everything goes the way an instructor's work goes: a roster file as Excel writes it, marks
per session in the attendance log, written answers through nbgrader's gradebook.
"""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grading import cohort
from grading.demo.cast import Official
from grading.demo.course_work import ONE_LINE
from grading.gradebook_store import open_book
from grading.state import EXERCISES, GradingState

if TYPE_CHECKING:
    from course.programme import Programme

HOST = "simulated instructor"
MARKERS = ("simulated marker A", "simulated marker B", "simulated marker C")
GOOD_BAND, POOR_BAND = 3, 1


def demo_programme(officials: tuple[Official, ...], start: date) -> Programme:
    """Return the WeGO week with the simulated delegations in it, dated."""
    from course.programme import Programme
    from course.programmes.parts import Delegation

    towns = {o.town.id: o.town for o in officials}
    delegations = tuple(
        Delegation(
            id=town.id,
            city=town.title,
            pack=town.id,
            seats=sum(o.town.id == town.id for o in officials),
            example=True,
        )
        for town in towns.values()
    )
    return Programme.open("wego_week").with_delegations(delegations).dated(start)


def write_roster(officials: tuple[Official, ...], path: Path, programme: str) -> Path:
    """Write the roster as a spreadsheet program would: BOM, semicolons, all scripts."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["student_id", "name", "email", "city", "team", "role", "programme"])
        for o in officials:
            writer.writerow([
                o.id, o.name, f"{o.id}@training.example", o.town.title, o.town.id,
                "simulated official", programme,
            ])  # fmt: skip
    return path


def mark_presence(
    state: GradingState, programme: Programme, officials: tuple[Official, ...]
) -> None:
    """Write who was in which session, one mark per person and session."""
    ids = {o.id for o in officials}
    for session in programme.sessions:
        if not session.attended:
            continue
        absent = {o.id for o in officials if _misses(o, session)}
        # somebody is late once, as somebody always is
        late = {"demo-08": 15.0} if session.id == "d3-2" and "demo-08" in ids else {}
        day = programme.day(session.day).date
        moment = datetime(day.year, day.month, day.day, 9, 0, tzinfo=UTC) if day else None
        cohort.mark(
            state, programme, session.id, sorted(ids - absent - set(late)), absent=sorted(absent),
            late=late, by=HOST, now=moment,
        )  # fmt: skip


def _misses(official: Official, session: Any) -> bool:
    if official.habit == "misses two days":
        return session.day in ("d2", "d3")
    if official.habit == "misses an afternoon":
        return session.day == "d4" and (session.start_min or 0) >= 14 * 60
    return False


def mark_written(state: GradingState, module: str) -> int:
    """Mark the written answers of a module by band, as an instructor in the formgrader.

    Returns
    -------
    int
        Answers marked now.
    """
    from course.questions import load_module

    points = {w.id: w.points for w in load_module(state.assignment_folder(module)).written}
    marked = 0
    with open_book(state) as book:
        for submission in book.assignment_submissions(module):
            student = submission.student.id
            texts = _texts(state, student, module)
            for notebook in submission.notebooks:
                for grade in notebook.grades:
                    if grade.name not in points or not grade.needs_manual_grade:
                        continue
                    band = POOR_BAND if ONE_LINE in texts.get(grade.name, "") else GOOD_BAND
                    grade.manual_score = points[grade.name] * band / 4
                    grade.needs_manual_grade = False
                    marked += 1
        book.db.commit()
    return marked


def _texts(state: GradingState, student: str, module: str) -> dict[str, str]:
    """Return what stands in the cells of a scored notebook, by grade id."""
    import json

    path = state.folder("autograded", student, module) / f"{EXERCISES}.ipynb"
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError, KeyError):
        return {}
    return {
        cell.get("metadata", {}).get("nbgrader", {}).get("grade_id", ""): "".join(cell["source"])
        for cell in cells
    }


# Points of the two markers by criterion, of 20, 20, 20, 15, 15 and 10: levels 3 and 4 mostly.
_MARKS = {
    "good": ((15, 15, 20, 11, 15, 8), (15, 20, 15, 11, 11, 8)),
    "thin": ((5, 10, 5, 8, 4, 3), (5, 5, 10, 8, 4, 3)),
    # more than ten points apart: a third marker reads
    "apart": ((20, 20, 20, 15, 15, 8), (15, 15, 15, 11, 11, 8)),
}
_APART = "gorivel"


def mark_plans(state: GradingState, programme: Programme, officials: tuple[Official, ...]) -> int:
    """Let two markers read every plan, a third where they lie apart; note who presented.

    Returns
    -------
    int
        Plans with agreed marks.
    """
    from grading.plans import gradebook as plan_gradebook
    from grading.plans import marks as plan_marks
    from grading.plans.day import note_presented
    from grading.plans.groups import group_of, plan_of_group

    rubric = plan_marks.rubric_of(state)
    names = [c.id for c in rubric.criteria]
    day = programme.end
    moment = datetime(day.year, day.month, day.day, 3, 0, tzinfo=UTC) if day else None
    marked = 0
    for leader in (o for o in officials if o.leads):
        group = group_of(state, leader.id)
        if not plan_of_group(state, group).present:
            continue
        kind = "thin" if leader.habit == "thin plan" else "good"
        given = list(_MARKS["apart" if leader.town.id == _APART else kind])
        for marker, points in zip(MARKERS, given, strict=False):
            _mark(state, group, marker, dict(zip(names, points, strict=True)), rubric, moment)
        agreed = plan_marks.agreed(state, group)
        if agreed.points is None:
            third = dict(zip(names, _MARKS["good"][0], strict=True))
            _mark(state, group, MARKERS[2], third, rubric, moment)
            agreed = plan_marks.agreed(state, group)
        if agreed.points is not None:
            plan_gradebook.write(state, group, agreed.by_criterion, {})
            marked += 1
        if leader.habit != "does not present":
            note_presented(state, [group], by=HOST)
    return marked


def _mark(
    state: GradingState, group: Any, marker: str, points: dict[str, float], rubric: Any,
    moment: datetime | None,
) -> None:  # fmt: skip
    from grading.plans import marks as plan_marks

    # a comment of the bank where a criterion is below level 3
    comments = {c.id: "#1" for c in rubric.criteria if points[c.id] < c.points[2] and c.comments}
    plan_marks.mark(state, group, marker, points, comments, now=moment)

"""The plan inside a scored notebook: its page for the markers, and its criteria's state."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from grading.template import Template, grade_id

if TYPE_CHECKING:
    from grading.plans.files import HandedIn
    from grading.state import GradingState

PAGE_CELL = "m13_page"


def criteria_points(template: Template, plan: HandedIn) -> dict[str, float | None]:
    """Return what the host knows of each criterion before anybody marks it.

    None waits for a marker. Where no plan came it is 0, written on purpose: nbgrader would
    leave the cell open for ever, or count it as full marks.
    """
    return dict.fromkeys(template.tasks, None if plan.present else 0.0)


def with_plan(notebook: dict[str, Any], plan: HandedIn) -> dict[str, Any]:
    """Return the notebook with the plan's page, made from the file that was handed in.

    What the trainee's own cell showed is left out: HTML of a trainee is never passed on,
    and it may be older than the file.
    """
    from course.actionplan.page import plan_html

    for cell in notebook["cells"]:
        if grade_id(cell) != PAGE_CELL:
            continue
        if plan.data is None:
            text = f"{plan.problems[0]}"
            page = f'<p role="note">{escape(text)}</p>'
        else:
            count = len(plan.problems)
            note = "All fields are valid." if not count else f"{count} problems; see the list."
            text = f"Plan: {plan.title or 'without a title'}. {note}"
            page = plan_html(plan.data, problems=plan.problems, note=note)
        cell["outputs"] = [{
            "output_type": "display_data",
            "data": {"text/plain": text, "text/html": page},
            "metadata": {},
        }]  # fmt: skip
    return notebook


def plan_for(state: GradingState, template: Template, student: str) -> HandedIn | None:
    """Return the plan of a hand-in of the module with a rubric; None for other modules."""
    if not template.tasks:
        return None
    from grading.plans.files import plan_of

    return plan_of(state, student)

"""A plan as its markers read it: the page, then each criterion with its fields and comments."""

from __future__ import annotations

from html import escape

from course.actionplan.page import plan_html
from course.actionplan.rubric import Rubric, rubric_html
from course.display.figure import stylesheet
from grading.plans.files import HandedIn
from grading.plans.groups import Group
from grading.plans.marks import Mark


def marker_page(plan: HandedIn, rubric: Rubric, group: Group) -> str:
    """Return one page that asks no server: plan, calendar, money, risks, criteria.

    Parameters
    ----------
    plan : HandedIn
        As it came.
    rubric : Rubric
        Its criteria and comment bank.
    group : Group
        Whose plan it is.
    """
    from course.actionplan import figures

    who = ", ".join(group.members)
    note = f"{group.id.removeprefix('team:')} ({who})"
    body = [f"<h1 style='font-size:24px'>{escape(plan.title or 'Plan without a title')}</h1>"]
    if plan.data is None:
        body.append(f"<p>{escape(str(plan.problems[0]))}</p>")
    else:
        body.append(plan_html(plan.data, problems=plan.problems, note=note))
        made = (figures.gantt_figure(plan.data), figures.budget_figure(plan.data),
                figures.risk_figure(plan.data), figures.power_figure(plan.data))  # fmt: skip
        body += [figure.html() for figure in made]
    body.append(f"<div class='kit'>{rubric_html(rubric, comments=True)}</div>")
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(plan.title or 'Plan')}</title>{stylesheet()}"
        "<style>body{max-width:900px;margin:24px auto;padding:0 16px}"
        ".kit-rubric{border-collapse:collapse;font-size:13px}.kit-rubric th,.kit-rubric td{"
        "text-align:start;vertical-align:top;padding:4px 12px 4px 0;"
        "border-bottom:1px solid #d9dee3}"
        f"</style></head><body>{''.join(body)}</body></html>"
    )


def joined_comments(marks: list[Mark]) -> dict[str, str]:
    """Return the comments of all markers by criterion, without the markers' names."""
    found: dict[str, list[str]] = {}
    for mark in marks:
        for criterion, text in mark.comments.items():
            if text and text not in found.setdefault(criterion, []):
                found[criterion].append(text)
    return {criterion: "\n\n".join(texts) for criterion, texts in found.items() if texts}

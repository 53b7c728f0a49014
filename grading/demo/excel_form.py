"""The Excel form of the follow-up, filled in as a participant would do it."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

from course.followup import values
from course.followup.report import Report
from course.followup.scale import OBSTACLES, status_words
from grading.followup.excel_template import template
from grading.followup.store import Frames

_FIRST_ROW = 6  # below the head of each table


def filled_in(frames: Frames, student: str, report: Report) -> bytes:
    """Return the form of a participant with a report typed into its cells.

    Parameters
    ----------
    frames : Frames
        Of the store the form is made from.
    student : str
        Whose form.
    report : Report
        What is typed, by the words of the form's own lists.

    Returns
    -------
    bytes
        An .xlsx file.
    """
    from openpyxl import load_workbook

    person = frames.participants[frames.participants["student_id"] == student].iloc[-1]
    plan = frames.plans.set_index("plan_id").loc[int(person["plan_id"])]
    form = template(frames, int(person["plan_id"]), student, report.day)
    book = load_workbook(io.BytesIO(form))
    given = _answers(report, str(plan["unit"]))
    for row in book["Report"].iter_rows(min_row=_FIRST_ROW):
        if row[0].value in given:
            row[2].value = given[row[0].value]
    if report.activities:
        told = {a.number: a for a in report.activities}
        for row in book["Activities"].iter_rows(min_row=_FIRST_ROW):
            if row[0].value in told:
                task = told[row[0].value]
                row[2].value, row[3].value = status_words(task.status), task.proof or None
                row[4].value = task.note or None
    if report.tables:
        states = {t.frame: t for t in report.tables}
        for row in book["Tables"].iter_rows(min_row=_FIRST_ROW):
            if row[0].value in states:
                state = states[row[0].value]
                row[1].value, row[2].value = _yes(state.closed), state.origin or None
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _answers(report: Report, unit: str) -> dict[str, Any]:
    """Return code of a question -> what is typed; only what was answered."""
    given = report.model_dump(exclude={"activities", "tables", "proofs", "day", "student",
                                       "programme", "written", "plan_sha256", "format",
                                       "version"})  # fmt: skip
    given |= {f"proof_{n}": proof for n, proof in enumerate(report.proofs, start=1)}
    given["status"] = status_words(report.status)
    given["obstacle"] = OBSTACLES[report.obstacle]
    given["consent"] = _yes(report.consent)
    if report.kpi_value is not None and values.is_percent(unit):
        given["kpi_value"] = f"{report.kpi_value} %"
    typed = {k: v.isoformat() if isinstance(v, date) else v for k, v in given.items()}
    return {k: v for k, v in typed.items() if v not in (None, "")}


def _yes(said: bool) -> str:
    return "yes" if said else "no"

"""Write the Excel form of a participant: drop-downs, locked heads, no macros."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from course import whole_files
from course.display.palette import ROLES
from course.followup.fields import (
    STATUS_MENU,
    TABLE_DAYS,
    YES_NO,
    Question,
    asked,
)
from grading.followup import excel_reading as heads
from grading.followup.due import due
from grading.followup.excel_text import put
from grading.followup.reminding import unlike
from grading.followup.store import Frames, Store

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

_OPEN = ("due soon", "due", "overdue", "unknown")
LONG_HIGH = 63  # points: four lines of an answer


def write_templates(
    store: Store, out: Path, *, day: int | None = None, on: date | None = None
) -> list[Path]:
    """Write one form per participant and step.

    Parameters
    ----------
    store : Store
        The database.
    out : Path
        The folder.
    day : int, optional
        The step; None: every step that is open.
    on : date, optional
        The day; None: today.

    Returns
    -------
    list of Path
        Empty when no step is open.
    """
    frames = store.frames(on)
    table = due(frames)
    if day is None:
        steps = table[table["state"].isin(_OPEN)][["plan_id", "day"]]
    else:
        steps = table[table["day"] == day][["plan_id", "day"]]
    files = []
    for step in steps.itertuples():
        people = frames.participants[frames.participants["plan_id"] == step.plan_id]
        for person in people.itertuples():
            path = out / f"{unlike(person.student_id)}_day-{int(step.day):03d}.xlsx"
            content = template(frames, int(step.plan_id), person.student_id, int(step.day))
            whole_files.write(path, content)
            files.append(path)
    return files


def template(frames: Frames, plan_id: int, student: str, day: int) -> bytes:
    """Return the form of one participant for one step as an .xlsx file."""
    from openpyxl import Workbook

    plan = frames.plans.set_index("plan_id").loc[plan_id]
    book = Workbook()
    report = book.active
    report.title = "Report"
    _report(report, plan, student, day, frames)
    tasks = frames.activities[frames.activities["plan_id"] == plan_id].sort_values("number")
    if len(tasks):
        _activities(book.create_sheet("Activities"), tasks)
    wanted = frames.plan_tables[frames.plan_tables["plan_id"] == plan_id]
    if day in TABLE_DAYS and len(wanted):
        _tables(book.create_sheet("Tables"), wanted["frame"])
    if more := [f"“{ws.title}”" for ws in book.worksheets[1:]]:
        put(report["B4"], f"Please fill in the {_sheets(more)} too; see the tabs below.")
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _sheets(names: list[str]) -> str:
    return f"{'sheet' if len(names) == 1 else 'sheets'} {' and '.join(names)}"


def _report(ws: Worksheet, plan: pd.Series, student: str, day: int, frames: Frames) -> None:
    milestones = frames.milestones[frames.milestones["plan_id"] == plan.name]
    promise = milestones.set_index("day").loc[day, "promise"]
    _title(ws, f"Follow-up report, day {day}", f"{plan['city']}: {plan['title']}")
    put(ws["B3"], f"Promised for this day: {promise}" if promise else "Ten minutes. Thank you.")
    ws["B3"].font = ws["B4"].font = _font(color="ink-2")
    row = _head(ws, 5, (heads.CODE, heads.QUESTION, heads.ANSWER, heads.HOW), (15, 36, 48, 60))
    given = {
        "programme": plan["programme"], "student": student, "day": day,
    }  # fmt: skip
    if any(q.id == "kpi_value" for q in asked(day)):
        given["kpi_unit"] = plan["unit"]
    for code, value in given.items():
        _row(ws, row, (code, heads.GIVEN[code], value, "Filled in already."), ())
        row += 1
    for question in asked(day):
        for code, label in _lines(question):
            need = " *" if question.needed else ""
            hint = question.hint
            if question.id == "kpi_value" and plan["indicator"]:
                hint = f"{plan['indicator']}, in {plan['unit'] or 'its unit'}. {hint}"
            if question.menu:
                # on paper, and where a program draws no list, the words must be seen
                hint = f"{hint} One of: {', '.join(question.menu)}.".replace("Choose one. ", "")
            _row(ws, row, (code, f"{label}{need}", None, hint), (3,))
            cell = ws.cell(row, 3)
            if question.kind == "long":
                # a program does not make a row higher whose height was set
                ws.row_dimensions[row].height = max(LONG_HIGH, ws.row_dimensions[row].height)
            if question.menu:
                _menu(ws, question.menu, cell.coordinate)
            # as text, a program cannot turn 1.5 into the first of May
            cell.number_format = "General" if question.kind in ("number", "count") else "@"
            row += 1
    ws.cell(row + 1, 2, "* needed").font = _font(color="ink-2")
    _lock(ws)


def _lines(question: Question) -> Iterable[tuple[str, str]]:
    if question.kind == "proofs":
        return [(c, f"Proof {n}") for n, c in enumerate(heads.PROOF_CODES, 1)]
    return [(question.id, question.label)]


def _activities(ws: Worksheet, tasks: pd.DataFrame) -> None:
    _title(
        ws, "Activities of the plan", "Choose a status for each; leave out what you do not know."
    )
    names = (heads.NUMBER, heads.TASK, heads.STATUS, heads.PROOF, heads.NOTE)
    row = _head(ws, 5, names, (6, 48, 18, 40, 40))
    for task in tasks.itertuples():
        _row(ws, row, (int(task.number), task.task, None, None, None), (3, 4, 5))
        _menu(ws, STATUS_MENU, f"C{row}")
        row += 1
    _lock(ws)


def _tables(ws: Worksheet, frames: Iterable[str]) -> None:
    _title(ws, "Synthetic tables", "Which of them have been replaced by real data of your city?")
    row = _head(ws, 5, (heads.FRAME, heads.CLOSED, heads.ORIGIN), (30, 24, 50))
    for frame in frames:
        _row(ws, row, (frame, None, None), (2, 3))
        _menu(ws, YES_NO, f"B{row}")
        row += 1
    _lock(ws)


def _title(ws: Worksheet, title: str, below: str) -> None:
    put(ws["B1"], title)
    put(ws["B2"], below)
    ws["B1"].font, ws["B2"].font = _font(size=18, bold=True), _font(color="ink-2")
    ws.sheet_view.showGridLines = False


def _head(ws: Worksheet, row: int, names: tuple[str, ...], widths: tuple[int, ...]) -> int:
    from openpyxl.styles import PatternFill

    for column, (name, width) in enumerate(zip(names, widths, strict=True), start=1):
        cell = ws.cell(row, column, name)
        cell.font = _font(bold=True)
        cell.fill = PatternFill("solid", fgColor=_color("canvas"))
        ws.column_dimensions[cell.column_letter].width = width
    ws.freeze_panes = ws.cell(row + 1, 1)
    return row + 1


def _row(ws: Worksheet, row: int, texts: tuple[Any, ...], free: tuple[int, ...]) -> None:
    from openpyxl.styles import Alignment, Border, PatternFill, Protection, Side

    for column, value in enumerate(texts, start=1):
        cell = ws.cell(row, column)
        put(cell, value)
        cell.alignment = Alignment(horizontal="left", vertical="top", wrap_text=True)
        cell.border = Border(bottom=Side("thin", color=_color("hairline")))
        cell.font = _font()
        if column in free:
            cell.protection = Protection(locked=False)
            cell.fill = PatternFill("solid", fgColor=_color("accent-soft"))
            cell.number_format = "@"

    # programs do not measure wrapped text of a file they did not write themselves
    widths = [ws.column_dimensions[c.column_letter].width for c in ws[row][: len(texts)]]
    lines = [
        len(str(t or "")) // max(1, int(w * 0.9)) + 1 for t, w in zip(texts, widths, strict=True)
    ]
    ws.row_dimensions[row].height = 15 * max(lines) + 3


def _menu(ws: Worksheet, words: Iterable[str], place: str) -> None:
    from openpyxl.worksheet.datavalidation import DataValidation

    rule = DataValidation("list", formula1=f'"{",".join(words)}"', allow_blank=True)
    rule.error, rule.errorTitle = "Choose one from the list.", "Not in the list"
    rule.add(place)
    ws.add_data_validation(rule)


def _lock(ws: Worksheet) -> None:
    """Protect what is not an answer, without a password: it guards against slips only."""
    ws.protection.sheet = True
    ws.protection.formatColumns = False
    ws.protection.formatRows = False
    ws.page_setup.orientation = "landscape"
    ws.page_setup.fitToWidth, ws.page_setup.fitToHeight = 1, 0
    ws.sheet_properties.pageSetUpPr.fitToPage = True


def _font(*, size: int = 11, bold: bool = False, color: str = "ink") -> Any:
    from openpyxl.styles import Font

    return Font(name="Calibri", size=size, bold=bold, color=_color(color))


def _color(role: str) -> str:
    return "FF" + ROLES["light"][role].removeprefix("#").upper()

"""Everything as one Excel file for the host: a summary, and one sheet per table.

Words are stored as words: a report whose text begins like a formula stays a text. The
file holds names and what was not shared with other cities, so it is the host's alone.
"""

from __future__ import annotations

import io
import os
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from course import whole_files
from course.display.palette import ROLES
from course.followup.scale import status_words
from grading.followup.due import due
from grading.followup.excel_text import put
from grading.followup.indicators import indicators
from grading.followup.standing import standing
from grading.followup.store import Frames

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

WIDEST, NARROWEST = 60, 8
# Sheet -> what it shows; internal numbers and hashes stay in the database.
_LEAVE_OUT = {"recorded_at", "file_sha256", "content_sha256", "plan_sha256", "sha256", "version_id"}


def export(frames: Frames, out: str | os.PathLike[str]) -> Path:
    """Write the workbook; an old file is replaced at once.

    Parameters
    ----------
    frames : Frames
        From ``Store.frames(on)``.
    out : path
        The .xlsx file.
    """
    path = Path(out)
    whole_files.write(path, workbook(frames))
    return path


def workbook(frames: Frames) -> bytes:
    """Return the workbook as bytes."""
    from openpyxl import Workbook

    book = Workbook()
    _summary(book.active, frames)
    for name, table in tables(frames).items():
        _sheet(book, name, table)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def tables(frames: Frames) -> dict[str, pd.DataFrame]:
    """Return the table of each sheet."""
    plans = standing(frames)
    plans = plans.assign(status=[status_words(s) for s in plans["status"]],
                         pillars=[", ".join(p) for p in plans["pillars"]])  # fmt: skip
    steps = due(frames)
    steps = steps.assign(status=[status_words(s) if s else "" for s in steps["status"]])
    return {
        "Plans": plans,
        "Steps": steps,
        "Reports": _reports(frames),
        "Activities": _with_city(frames, frames.activities),
        "Activity status": _of_reports(frames, frames.statuses),
        "Evidence": _of_reports(frames, frames.evidence),
        "Obstacles": _of_reports(frames, frames.obstacles),
        "Indicator values": _of_reports(frames, frames.kpis),
        "Synthetic tables": _of_reports(frames, frames.table_states),
        "Reminders": _with_city(frames, frames.reminders),
        "Participants": frames.participants,
        "Cohorts": frames.cohorts,
    }


def _reports(frames: Frames) -> pd.DataFrame:
    names = dict(zip(frames.participants["id"], frames.participants["name"], strict=True))
    said = frames.reports.drop(columns=[c for c in _LEAVE_OUT if c in frames.reports])
    said = said.assign(
        status=[status_words(s) for s in said["status"]],
        reported_by=[names.get(i, "") for i in said["participant_id"]],
    )
    return _with_city(frames, said)


def _with_city(frames: Frames, table: pd.DataFrame) -> pd.DataFrame:
    cities = dict(zip(frames.plans["plan_id"], frames.plans["city"], strict=True))
    table = table.drop(columns=[c for c in _LEAVE_OUT if c in table])
    return pd.concat(
        [pd.Series([cities[p] for p in table["plan_id"]], name="city", dtype=object,
                   index=table.index), table], axis=1,
    )  # fmt: skip


def _of_reports(frames: Frames, table: pd.DataFrame) -> pd.DataFrame:
    of = frames.reports.set_index("id")
    table = table.drop(columns=["id"]).rename(columns={"number": "activity_number"})
    for column in ("status",):
        if column in table:
            table = table.assign(**{column: [status_words(s) for s in table[column]]})
    found = of.loc[table["report_id"], ["plan_id", "day", "in_force"]].reset_index(drop=True)
    return _with_city(frames, pd.concat([found, table.reset_index(drop=True)], axis=1))


def _summary(ws: Worksheet, frames: Frames) -> None:
    ws.title = "Summary"
    made = any(frames.cohorts["simulated"].astype(bool))
    lines = [
        "Follow-up of action plans",
        f"As of {frames.on.isoformat()}: {len(frames.plans)} plans, "
        f"{len(frames.participants)} participants, {len(frames.reports)} reports.",
        *(["SIMULATED participants and reports."] if made else []),
        "Statuses are what participants report. No reply after two reminders is “unknown”.",
        "",
    ]
    for number, line in enumerate(lines, start=1):
        put(ws.cell(number, 1), line)
    ws["A1"].font = _font(size=18, bold=True)
    table = indicators(frames).rename(columns={"sentence": "in words"})
    _fill(ws, table, first=len(lines) + 1)
    ws.column_dimensions["A"].width = 24


def _sheet(book: Workbook, name: str, table: pd.DataFrame) -> None:
    ws = book.create_sheet(name)
    table = table.drop(columns=[c for c in _LEAVE_OUT if c in table])
    _fill(ws, table, first=1)
    ws.freeze_panes = "A2"
    if len(table):
        ws.auto_filter.ref = ws.dimensions


def _fill(ws: Worksheet, table: pd.DataFrame, *, first: int) -> None:
    from openpyxl.styles import Alignment, PatternFill
    from openpyxl.utils import get_column_letter

    canvas = PatternFill("solid", fgColor="FF" + ROLES["light"]["canvas"].lstrip("#").upper())
    for number, column in enumerate(table.columns, start=1):
        head = ws.cell(first, number)
        put(head, str(column).replace("_", " "))
        head.font, head.fill = _font(bold=True), canvas
        widest = len(str(column)) + 2
        for row, value in enumerate(table[column].tolist(), start=first + 1):
            cell = ws.cell(row, number)
            put(cell, _plain(value))
            cell.alignment = Alignment(vertical="top", wrap_text=True)
            if isinstance(cell.value, date):
                cell.number_format = "yyyy-mm-dd"
            widest = max(widest, *(len(part) for part in str(_plain(value) or "").split("\n")))
        width = max(NARROWEST, min(WIDEST, widest + 2))
        ws.column_dimensions[get_column_letter(number)].width = width
    ws.sheet_view.showGridLines = False


def _plain(value: Any) -> Any:
    """Return a value as Excel keeps it: None for what is missing."""
    if value is None or (isinstance(value, float) and value != value) or value is pd.NaT:
        return None
    return value.item() if hasattr(value, "item") else value


def _font(*, size: int = 11, bold: bool = False) -> Any:
    from openpyxl.styles import Font

    return Font(name="Calibri", size=size, bold=bold)

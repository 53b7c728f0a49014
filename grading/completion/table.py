"""The standing of a cohort as lines, as plain data and as an Excel file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grading.cohort.store import no_formula, room_for
from grading.report import table

if TYPE_CHECKING:
    import pandas as pd

_IN_FULL = 3  # people whose gaps are written out on a terminal
_SHORT = {"met": "yes", "missing": "no", "waiting": "?"}


def lines(frame: pd.DataFrame, programme: Any) -> list[str]:
    """Return a table of who has what; of a few people also what each still needs."""
    every = frame.attrs["completions"]
    if not every:
        return [f"Nobody takes part in {programme.id} yet."]
    shown = [c for c in frame.columns if c not in ("name", "city", "team", "complete", "missing")]
    rows = [
        [*(_SHORT.get(row[c], str(row[c]) if row[c] == row[c] else "") for c in shown),
         "complete" if row["complete"] else ""]
        for row in frame.to_dict("records")
    ]  # fmt: skip
    out = table([*shown, ""], rows)
    if len(every) <= _IN_FULL:
        for student, made in every.items():
            out += [f"  {student}  {r.title}: {r.have}, needed {r.need}." for r in made.missing]
    else:
        out += ["", "What one person misses: --student ID. Everything in Excel: --out FILE.xlsx."]
    done = int(frame["complete"].sum())
    return [*out, "", f"{done} of {len(frame)} have everything. ? = not known yet."]


def data(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return one plain dictionary per person, with every requirement."""
    every = frame.attrs["completions"]
    return [
        {k: row[k] for k in ("student_id", "name", "city", "team", "complete")}
        | {"requirements": every[row["student_id"]].data()["requirements"]}
        for row in frame.to_dict("records")
    ]


def write(frame: pd.DataFrame, programme: Any, path: Path) -> Path:
    """Write the standing as an Excel file: one row per person, one column per requirement."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter

    every = frame.attrs["completions"]
    titles = {r.id: r.title for made in every.values() for r in made.requirements}
    book = Workbook()
    sheet = book.active
    sheet.title = "Standing"
    sheet.append([f"{programme.title}: who has what (rule {programme.rule.version})"])
    sheet.append([])
    ids = [c for c in frame.columns if c in titles]
    sheet.append(["student_id", "name", "city", "team", "complete",
                  *(titles[i] for i in ids), "what to do"])  # fmt: skip
    for row in frame.to_dict("records"):
        by_id = {r.id: r for r in every[row["student_id"]].requirements}
        cells = [_words(by_id.get(i)) for i in ids]
        who = [no_formula(str(row[c])) for c in ("student_id", "name", "city", "team")]
        todo = " ".join(r.remedy for r in every[row["student_id"]].missing)
        sheet.append([*who, "yes" if row["complete"] else "no", *cells, no_formula(todo)])
    for cell in (*sheet[1], *sheet[3]):
        cell.font = Font(name="Calibri", size=11, bold=True)
    for line in sheet.iter_rows(min_row=3):
        for cell in line:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    widths = [14, 22, 14, 14, 10, *[17] * len(ids), 60]
    for n, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(n)].width = width
    for line in sheet.iter_rows(min_row=3):
        # no program works out the height of wrapped lines when it only prints
        tall = max(
            -(-len(str(c.value or "")) // (w - 3)) for c, w in zip(line, widths, strict=True)
        )
        sheet.row_dimensions[line[0].row].height = 15 * max(1, tall)
    sheet.freeze_panes = "C4"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_setup.fitToHeight = 0
    beside = room_for(path, ".xlsx")
    book.save(beside)
    os.replace(beside, path)
    return path


def _words(requirement: Any) -> str:
    if requirement is None:
        return "not asked"
    words = {"met": "yes", "missing": "not yet", "waiting": "not known yet"}
    return f"{words[requirement.status]}: {requirement.have}"

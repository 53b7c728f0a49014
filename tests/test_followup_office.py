"""The Excel files in a real program: the form comes back from LibreOffice, the export opens."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook

from course.errors import CourseError
from grading.followup import open_store
from grading.followup.adding import add
from grading.followup.excel_export import export, tables
from grading.followup.excel_template import template
from grading.followup.reading import read_report
from tests.followup_year import CLOSING, STORIES, register, report_of, student, walk
from tests.rendering_office import tool
from tests.test_followup_excel import cell_of, filled, saved

pytestmark = pytest.mark.slow
ILOILO = STORIES[2]
FORMULAS = ("=1+41", "+1+41", "-1+41", "@SUM(1,41)", "=HYPERLINK(\"http://x.example\",\"x\")",
            "=cmd|' /C calc'!A0", "\t=1+41", " =1+41")  # fmt: skip


@pytest.fixture(scope="module")
def convert(tmp_path_factory):
    """Return a function that lets LibreOffice open a file and save it in another format."""
    program = tool("soffice")
    profile = tmp_path_factory.mktemp("office")

    def converted(path: Path, to: str) -> Path:
        out = path.parent / "converted"
        done = subprocess.run(
            [program, f"-env:UserInstallation=file://{profile}", "--headless", "--convert-to", to,
             "--outdir", out, path],
            capture_output=True, text=True, timeout=240,
        )  # fmt: skip
        made = out / f"{path.stem}.{to.split(':')[0]}"
        if not made.is_file():
            reason = f"LibreOffice Calc is not installed: {done.stderr[-200:]}"
            if os.environ.get("CI") == "true":
                pytest.fail(reason)
            pytest.skip(reason)
        return made

    return converted


def test_the_form_comes_back_from_libreoffice(tmp_path, convert):
    with open_store(tmp_path / "f.db") as store:
        register(store, (ILOILO,))
        form = template(store.frames(), 1, student(ILOILO), 180)
        book = filled(
            form, milestone_on="2026-09-20", kpi_value="=5*2.5", kpi_on=46270,
            kpi_source="شهر 강남", change="Two lines\nof text",
        )  # fmt: skip
        book["Activities"]["C6"], book["Tables"]["B6"] = "4 done", "yes"
        path = tmp_path / "form.xlsx"
        path.write_bytes(saved(book))
        # a formula that nobody has computed yet has no value
        with pytest.raises(CourseError, match="no saved value"):
            read_report(path)
        back = convert(path, "xlsx")
        report = read_report(back).report
        assert (report.kpi_value, report.kpi_on) == (12.5, date(2026, 9, 5))
        assert report.kpi_source == "شهر 강남" and report.change == "Two lines\nof text"
        assert report.milestone_on == date(2026, 9, 20)
        assert report.activities[0].status == "4" and report.tables[0].closed
        assert add(store, back, on=CLOSING + timedelta(days=190)).outcome == "new"
        with pytest.raises(CourseError, match="OpenDocument") as error:
            read_report(convert(path, "ods"))
        assert ".xlsx" in error.value.remedy
        # LibreOffice keeps menus and locks
        menus = load_workbook(back)["Report"]
        assert menus.protection.sheet and len(menus.data_validations.dataValidation) >= 3
        assert not cell_of(load_workbook(back), "status").protection.locked


def test_the_export_computes_nothing(tmp_path, convert):
    """A text that begins like a formula stays a text, in the file and in the program."""
    with open_store(tmp_path / "f.db") as store:
        stories = [replace(ILOILO, title=FORMULAS[0], city=FORMULAS[1], lesson=FORMULAS[2])]
        stories.append(replace(STORIES[0], lesson=FORMULAS[3]))
        walk(store, tmp_path, stories=tuple(stories))
        path = tmp_path / "r.json"
        for text in FORMULAS[4:]:
            said = report_of(stories[1], 365) | {"lesson": text, "change": text}
            path.write_text(json.dumps(said))
            add(store, path, on=CLOSING + timedelta(days=400))
        out = export(store.frames(), tmp_path / "out.xlsx")
    kinds = {
        c.data_type for ws in load_workbook(out).worksheets for row in ws.iter_rows() for c in row
    }
    assert "f" not in kinds
    book = load_workbook(out)
    marked = [
        c for ws in book.worksheets for row in ws.iter_rows() for c in row
        if isinstance(c.value, str) and c.value.lstrip().startswith(("=", "+", "-", "@"))
    ]  # fmt: skip
    assert len(marked) > 10 and all(c.quotePrefix for c in marked)
    flat = [cell for row in csv.reader(io.StringIO(_as_csv(out, convert))) for cell in row]
    assert FORMULAS[0] in flat and "42" not in flat


def _as_csv(out: Path, convert) -> str:
    """Return the sheet of plans as LibreOffice shows it."""
    book = load_workbook(out)
    for name in book.sheetnames:
        if name != "Plans":
            del book[name]
    alone = out.with_name("plans.xlsx")
    book.save(alone)
    return convert(alone, "csv").read_text(encoding="utf-8")


def test_the_export_has_a_summary_and_one_sheet_per_table(tmp_path):
    with open_store(tmp_path / "f.db") as store:
        on = walk(store, tmp_path, stories=STORIES[:4])
        frames = store.frames(on)
        book = load_workbook(export(frames, tmp_path / "out.xlsx"))
    assert book.sheetnames == ["Summary", *tables(frames)]
    assert book["Summary"]["A3"].value == "SIMULATED participants and reports."
    words = [row[-1] for row in book["Summary"].iter_rows(values_only=True)]
    assert any(str(w).startswith("16 of 16 reports") for w in words)
    reports = list(book["Reports"].iter_rows(values_only=True))
    assert len(reports) == 1 + len(frames.reports)
    heads = dict(zip(reports[0], range(99), strict=False))
    assert reports[1][heads["status"]] == "1 approved"
    assert all("sha256" not in str(h) for ws in book.worksheets for h in
               next(ws.iter_rows(values_only=True)))  # fmt: skip
    for ws in book.worksheets[1:]:
        widths = [d.width for d in ws.column_dimensions.values()]
        assert widths and all(8 <= w <= 60 for w in widths) and ws.freeze_panes == "A2"


def test_an_empty_store_exports_its_heads(tmp_path):
    with open_store(tmp_path / "f.db") as store:
        book = load_workbook(export(store.frames(), tmp_path / "out.xlsx"))
    assert all(ws.max_row >= 1 for ws in book.worksheets) and len(book.sheetnames) == 13

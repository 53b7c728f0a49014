"""The Excel form that comes back, as people and programs leave it, and as nobody should."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from course.errors import CourseError
from course.followup.report import Report
from grading.demo import excel_form, year
from grading.followup import open_store
from grading.followup.adding import add
from grading.followup.excel_template import template, write_templates
from grading.followup.reading import of_bytes
from tests.followup_year import CLOSING, STORIES, handed_in, register, student

ILOILO = STORIES[2]
COLUMN = {"code": 1, "question": 2, "answer": 3}
ANSWERS = {"status": "2 funded", "obstacle": "money", "consent": "yes"}


@pytest.fixture(scope="module")
def forms(tmp_path_factory) -> dict[int, bytes]:
    """Return the form of one participant for each step."""
    with open_store(tmp_path_factory.mktemp("store") / "f.db") as store:
        register(store, (ILOILO,))
        frames = store.frames()
        return {d: template(frames, 1, student(ILOILO), d) for d in (30, 90, 180, 365)}


def opened(content: bytes) -> Workbook:
    return load_workbook(io.BytesIO(content))


def saved(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def cell_of(book: Workbook, code: str):
    """Return the answer cell of a question."""
    for row in book["Report"].iter_rows(min_row=6):
        if row[0].value == code:
            return row[2]
    raise AssertionError(code)


def filled(content: bytes, **answers) -> Workbook:
    book = opened(content)
    for code, value in (ANSWERS | answers).items():
        cell = cell_of(book, code)
        cell.value = value
    return book


def read(book: Workbook | bytes) -> Report:
    return of_bytes(book if isinstance(book, bytes) else saved(book), "back.xlsx").report


def refused(book: Workbook | bytes, said: str) -> str:
    with pytest.raises(CourseError, match=said) as error:
        read(book)
    assert str(error.value).startswith("back.xlsx") and error.value.remedy
    return str(error.value)


# ---- the form -----------------------------------------------------------------------


def test_the_form_locks_what_is_no_answer_and_carries_no_macro(forms):
    for day, content in forms.items():
        book = opened(content)
        assert not any("vba" in n.lower() for n in zipfile.ZipFile(io.BytesIO(content)).namelist())
        for ws in book.worksheets:
            assert ws.protection.sheet and not ws.protection.password
        report = book["Report"]
        assert report["C5"].protection.locked and report["B8"].protection.locked
        assert cell_of(book, "student").protection.locked
        assert not cell_of(book, "status").protection.locked
        menus = {str(v.sqref): v.formula1 for v in report.data_validations.dataValidation}
        assert menus[cell_of(book, "status").coordinate].startswith('"0 not started,1 approved')
        assert ("Tables" in book.sheetnames) is (day >= 90)
        assert [r[0].value for r in book["Activities"].iter_rows(min_row=6)][:3] == [1, 2, 3]


def test_an_untouched_form_says_what_is_missing(forms):
    refused(opened(forms[30]), "status is missing")


def test_the_form_is_written_for_whom_a_step_is_open(tmp_path):
    with open_store(tmp_path / "f.db") as store:
        register(store, STORIES[:2])
        assert write_templates(store, tmp_path / "x", on=CLOSING) == []
        files = write_templates(store, tmp_path / "x", on=CLOSING + timedelta(days=95))
        assert len(files) == 4 and len({f.name for f in files}) == 4
        assert len(write_templates(store, tmp_path / "y", day=365, on=CLOSING)) == 2


@pytest.mark.parametrize("town", ["iloilo", "esperell", "issamere"])
def test_what_the_demo_types_into_a_form_is_what_it_would_send_otherwise(town, tmp_path):
    facts = handed_in(ILOILO).facts
    with open_store(tmp_path / "f.db") as store:
        register(store, (ILOILO,))
        frames = store.frames()
    sent = year.reports(town, student(ILOILO), facts, "wego_week", CLOSING)
    assert len(sent) >= 3
    for _, report in sent:
        back = of_bytes(excel_form.filled_in(frames, student(ILOILO), report), "x.xlsx").report
        assert back.content_sha256() == report.content_sha256()
        assert back.programme == report.programme


def test_a_filled_form_is_a_report(forms, tmp_path):
    book = filled(
        forms[365], status="4 done", milestone_on="2027-03-20", proof_1="https://a.example/x",
        proof_3="minutes.pdf", kpi_value=9.5, kpi_on="2027-03-01", kpi_source="count",
        people_served=1200, cost=12.5, lesson="Count\nbefore.",
    )  # fmt: skip
    book["Activities"]["C7"], book["Activities"]["D7"] = "3 running", "https://b.example"
    book["Tables"]["B6"], book["Tables"]["C6"] = "yes", "card office"
    report = read(book)
    assert (report.status, report.day, report.student) == ("4", 365, student(ILOILO))
    assert report.programme == "wego_week" and report.proofs == ("https://a.example/x",
                                                                  "minutes.pdf")  # fmt: skip
    assert (report.kpi_value, report.people_served, report.cost) == (9.5, 1200, 12.5)
    assert report.activities[0].model_dump() == {
        "number": 2, "status": "3", "proof": "https://b.example", "note": "",
    }  # fmt: skip
    assert report.tables[0].model_dump() == {
        "frame": "rides", "closed": True, "origin": "card office",
    }  # fmt: skip
    path = tmp_path / "back.xlsx"
    path.write_bytes(saved(book))
    with open_store(tmp_path / "f.db") as store:
        register(store, (ILOILO,))
        assert add(store, path, on=date(2027, 4, 1)).outcome == "new"
        book["Report"]["E1"] = "a note that is no answer"
        path.write_bytes(saved(book))
        assert add(store, path, on=date(2027, 4, 2)).outcome == "same"


# ---- as programs and people leave it -------------------------------------------------


def renamed(book: Workbook) -> None:
    for number, ws in enumerate(book.worksheets):
        ws.title = f"Blatt {number} نتیجه"


def moved_columns(book: Workbook) -> None:
    book["Report"].insert_cols(1, 2)
    book["Report"].insert_cols(5)


def answer_first(book: Workbook) -> None:
    ws = book["Report"]
    for row in ws.iter_rows(min_row=5):
        row[0].value, row[2].value = row[2].value, row[0].value


def without_codes(book: Workbook) -> None:
    book["Report"].delete_cols(1)


def extra_rows(book: Workbook) -> None:
    ws = book["Report"]
    ws.insert_rows(1, 3)
    ws.insert_rows(12, 2)
    ws["B13"], ws["C13"] = "My own remark", "whatever"
    ws.append(["", "Signed", "Ana"])


def reordered(book: Workbook) -> None:
    ws = book["Report"]
    rows = [[c.value for c in row[:4]] for row in ws.iter_rows(min_row=6, max_row=26)]
    for at, row in enumerate(reversed(rows), start=6):
        for column, value in enumerate(row, start=1):
            ws.cell(at, column).value = value


def sheets_turned(book: Workbook) -> None:
    book.move_sheet("Report", 5)
    book.create_sheet("Notes", 0)["A1"] = "Your answer is somewhere else"


def merged_wide(book: Workbook) -> None:
    cell = cell_of(book, "status")
    book["Report"].merge_cells(f"C{cell.row}:D{cell.row}")


@pytest.mark.parametrize(
    "change",
    [renamed, moved_columns, answer_first, without_codes, extra_rows, reordered, sheets_turned,
     merged_wide],
)  # fmt: skip
def test_a_form_that_was_rearranged_is_still_read(change, forms):
    book = filled(forms[30], milestone_on="2026-04-20", kickoff="2026-05-01", proof_2="x.pdf")
    plain = read(saved(book))
    change(book)
    assert read(book) == plain and plain.proofs == ("x.pdf",)


DATES = [
    ("2026-04-20", "General"), (" 2026-04-20 ", "@"), (datetime(2026, 4, 20), "yyyy-mm-dd"),
    (datetime(2026, 4, 20), "dd/mm/yyyy"), (46132, "General"), (46132.0, "0"), (46132, "mm-dd-yy"),
    ("2026-04-20 00:00:00", "@"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "number_format"), DATES)
def test_a_date_is_read_however_the_program_keeps_it(value, number_format, forms):
    book = filled(forms[30], kickoff=value)
    cell_of(book, "kickoff").number_format = number_format
    assert read(book).kickoff == date(2026, 4, 20)


def test_dates_of_the_other_epoch_are_read(forms):
    from openpyxl.utils.datetime import CALENDAR_MAC_1904

    book = filled(forms[30], kickoff=datetime(2026, 4, 20))
    cell_of(book, "kickoff").number_format = "yyyy-mm-dd"
    book.epoch = CALENDAR_MAC_1904
    assert read(book).kickoff == date(2026, 4, 20)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("۱۴۰۵/۰۲/۰۳", "other digits than 0-9"), ("1405-02-03", "Jalali"), ("1405/02/03", "Jalali"),
        ("03/04/2026", "more than one way"), ("20.4.2026", "more than one way"),
        (2026, "not a date"),
        (20260420, "not a date"), ("in May", "not a date"), (True, "not a date"),
    ],
)  # fmt: skip
def test_a_date_that_can_be_misread_is_refused_with_its_cell(value, said, forms):
    book = filled(forms[30], kickoff=value)
    told = refused(book, said)
    assert f"Report!{cell_of(book, 'kickoff').coordinate}" in told and "2026-04-30" in told


PERCENT = [
    (12.5, "General", 12.5), (0.125, "0.0%", 12.5), ("12.5 %", "@", 12.5), ("12.5%", "@", 12.5),
    ("12.5", "@", 12.5), (0.3, "0%", 30.0), (1, "0%", 100.0), (0, "General", 0.0),
]  # fmt: skip


@pytest.mark.parametrize(("value", "number_format", "means"), PERCENT)
def test_a_percentage_is_read_however_it_was_typed(value, number_format, means, forms):
    book = filled(forms[180], kpi_value=value, kpi_on="2026-09-01", kpi_source="count")
    cell_of(book, "kpi_value").number_format = number_format
    assert read(book).kpi_value == pytest.approx(means)


def test_a_share_that_can_mean_two_things_is_refused(forms):
    book = filled(forms[180], kpi_value=0.3, kpi_on="2026-09-01", kpi_source="count")
    cell_of(book, "kpi_value").number_format = "General"
    assert "0.3 % or 30 %" in refused(book, "can mean")
    book = filled(forms[180], kpi_value=0.3, kpi_on="2026-09-01", kpi_source="count")
    cell_of(book, "kpi_value").number_format = "0%"
    cell_of(book, "kpi_unit").value = "minutes"
    refused(book, "in per cent, but the indicator is in minutes")


def test_a_number_that_became_a_date_is_refused(forms):
    book = filled(forms[180], kpi_value=datetime(2026, 5, 1), kpi_on="2026-09-01", kpi_source="x")
    cell_of(book, "kpi_value").number_format = "yyyy-mm-dd"
    refused(book, "made a date of it")


def test_two_answers_in_one_merged_cell_are_refused(forms):
    book = filled(forms[30])
    row = cell_of(book, "status").row
    book["Report"].merge_cells(f"C{row}:C{row + 1}")
    assert f"C{row}:C{row + 1}" in refused(book, "are merged")


def test_a_question_answered_twice_is_refused(forms):
    book = filled(forms[30])
    book["Report"].append(["status", "Status of the plan", "4 done"])
    refused(book, "answered twice")


# ---- formulas, and what a program computes -------------------------------------------


def test_a_formula_without_a_value_is_refused_with_its_cell(forms):
    book = filled(forms[365], cost="=2+3")
    told = refused(book, "no saved value")
    assert f"Report!{cell_of(book, 'cost').coordinate}" in told


def test_an_error_of_the_program_is_refused(forms):
    book = filled(forms[365], cost="#DIV/0!")
    refused(book, "the error")


def patched(content: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """Return the file with one part changed, or added."""
    out = io.BytesIO()
    seen = False
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for info in old.infolist():
            data = old.read(info)
            if info.filename == part:
                data, seen = change(data), True
            new.writestr(info.filename, data, zipfile.ZIP_DEFLATED)
        if not seen:
            new.writestr(part, change(b""), zipfile.ZIP_DEFLATED)
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


def test_a_formula_counts_with_the_value_that_was_saved(forms):
    book = filled(forms[365], cost="=2+3")
    content = patched(saved(book), SHEET, lambda xml: re.sub(rb"<v\s*/>|<v></v>", b"<v>5</v>", xml))
    assert read(content).cost == 5


def test_what_lies_in_other_files_is_not_looked_up(forms):
    book = filled(forms[365], cost="='[1]Sheet1'!A1")
    content = patched(saved(book), SHEET, lambda xml: re.sub(rb"<v\s*/>|<v></v>", b"<v>7</v>", xml))
    content = patched(
        content, "xl/externalLinks/externalLink1.xml",
        lambda _: b'<externalLink xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>',
    )  # fmt: skip
    assert read(content).cost == 7


# ---- hostile files -------------------------------------------------------------------


def bomb(_: bytes) -> bytes:
    return b"<x>" + b"0" * 40_000_000 + b"</x>"


def entity(xml: bytes) -> bytes:
    return xml.replace(
        b"<worksheet", b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><worksheet', 1
    )


def entity16(xml: bytes) -> bytes:
    text = entity(xml).decode("utf-8")
    return b"\xff\xfe" + text.encode("utf-16-le")


def wide_merge(xml: bytes) -> bytes:
    merge = b'<mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    return xml.replace(b"</sheetData>", b"</sheetData>" + merge)


def wide_link(xml: bytes) -> bytes:
    link = b'<hyperlinks><hyperlink ref="A1:XFD1048576" location="A1"/></hyperlinks>'
    return xml.replace(b"</worksheet>", link + b"</worksheet>")


def cut(xml: bytes) -> bytes:
    return xml[: len(xml) // 2]


@pytest.mark.parametrize(
    ("part", "change", "said"),
    [
        ("xl/media/pic.bin", bomb, "unpacks to more than"),
        (SHEET, entity, "its own entities"), (SHEET, entity16, "its own entities"),
        (SHEET, wide_merge, "too large"), (SHEET, cut, "damaged"),
        ("xl/vbaProject.bin", lambda _: b"x", "carries macros"),
        ("mimetype", lambda _: b"application/vnd.oasis", "OpenDocument"),
        ("xl/workbook.bin", lambda _: b"x", "binary workbook"),
        ("xl/workbook.xml", lambda _: b"<workbook/>", "damaged|no table"),
        ("[Content_Types].xml", lambda _: b"", "damaged"),
    ],
)  # fmt: skip
def test_a_hostile_workbook_is_refused(part, change, said, forms):
    refused(patched(saved(filled(forms[30])), part, change), said)


def test_a_link_over_the_whole_sheet_costs_nothing(forms):
    assert read(patched(saved(filled(forms[30])), SHEET, wide_link)).status == "2"


def test_a_million_empty_rows_cost_nothing(forms):
    far = (
        b'<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row></sheetData>'
    )
    content = patched(
        saved(filled(forms[30])), SHEET, lambda xml: xml.replace(b"</sheetData>", far)
    )
    assert read(content).status == "2"


def test_many_parts_and_a_part_twice_are_refused(forms):
    content = saved(filled(forms[30]))
    out = io.BytesIO(content)
    with zipfile.ZipFile(out, "a") as box:
        for number in range(400):
            box.writestr(f"xl/x{number}.xml", "<x/>")
    refused(out.getvalue(), "414 parts|parts")
    out = io.BytesIO(content)
    with zipfile.ZipFile(out, "a") as box, pytest.warns(UserWarning):
        box.writestr(SHEET, "<x/>")
    refused(out.getvalue(), "the same part twice")


def test_no_form_inside_is_said():
    book = Workbook()
    book.active["A1"] = "Hello"
    refused(book, "no table with the heading “Your answer”")


@given(data=st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_damage_is_read_or_refused(data, forms):
    content = bytearray(forms[30])
    for _ in range(data.draw(st.integers(1, 12))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at] = data.draw(st.integers(0, 255))
    content = content[: data.draw(st.integers(4, len(content)))]
    try:
        of_bytes(bytes(content), "back.xlsx")
    except CourseError as error:
        assert str(error).startswith("back.xlsx")


CELL = (
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.floats(allow_nan=False,
                                                                           allow_infinity=False)
    | st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]), max_size=12)
    | st.dates(date(1950, 1, 1), date(2100, 1, 1))
)  # fmt: skip


@given(data=st.data())
@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_value_in_any_cell_is_read_or_refused(data, forms):
    book = filled(forms[365])
    for _ in range(data.draw(st.integers(1, 5))):
        ws = data.draw(st.sampled_from(book.worksheets))
        cell = ws.cell(data.draw(st.integers(1, 30)), data.draw(st.integers(1, 6)))
        value = data.draw(CELL)
        if isinstance(value, str):
            value = "".join(c for c in value if c.isprintable())
        cell.value = value
        if isinstance(value, str):
            cell.data_type = "s"
    try:
        report = read(book)
    except CourseError as error:
        assert str(error).startswith("back.xlsx") and error.remedy
    else:
        assert report.day in (30, 90, 180, 365)


def test_the_form_shows_its_choices_and_leaves_room_for_long_answers(forms):
    book = opened(forms[365])
    report = book["Report"]
    rows = {row[0].value: row for row in report.iter_rows(min_row=6)}
    for code, words in (("status", "3 running"), ("obstacle", "law or rules"), ("consent", "no")):
        assert words in rows[code][3].value.partition("One of: ")[2]
    # one line is 15 points; a row whose height is set does not grow while somebody types
    assert all(report.row_dimensions[rows[c][0].row].height >= 60 for c in ("lesson", "change"))
    assert [name in report["B4"].value for name in book.sheetnames] == [False, True, True]
    assert "Tables" not in opened(forms[30])["Report"]["B4"].value

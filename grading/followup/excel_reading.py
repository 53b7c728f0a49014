"""Read the Excel form that came back, however Excel, LibreOffice or Google left it.

Sheets may be renamed, columns moved, rows added: answers are found by the headings of
their table and the code or words of their question. A cell that can mean two things is
refused with its place and the remedy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from typing import Any

from course.errors import CourseError
from course.followup import values
from course.followup.fields import QUESTIONS
from course.followup.report import MOST_PROOFS
from grading.followup.excel_cells import FORM, Book, Cell, Sheet, read

# Heads of the three tables, as the template writes them.
CODE, QUESTION, ANSWER, HOW = "Code", "Question", "Your answer", "How to fill it in"
NUMBER, TASK, STATUS, PROOF, NOTE = "No.", "Activity", "Status", "Proof", "Note"
FRAME, CLOSED, ORIGIN = "Table", "Replaced by real data", "Where it comes from now"
PROOF_CODES = tuple(f"proof_{n}" for n in range(1, MOST_PROOFS + 1))
# What the template fills in itself.
GIVEN = {
    "programme": "Programme", "student": "Participant", "day": "Day of the report",
    "plan_sha256": "Plan", "kpi_unit": "Unit of your indicator",
}  # fmt: skip
_KINDS = {q.id: q.kind for q in QUESTIONS} | dict.fromkeys(PROOF_CODES, "text")
_LABELS = {q.label.casefold(): q.id for q in QUESTIONS if q.kind != "proofs"} | {
    label.casefold(): code for code, label in GIVEN.items()
}


def read_excel(content: bytes, name: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the fields of a report and the cell each stands in.

    Parameters
    ----------
    content : bytes
        The workbook.
    name : str
        Its name, for the sentences.

    Returns
    -------
    fields : dict
        To be checked by :func:`course.followup.report.parse`.
    places : dict
        Field to ``Sheet!C7``.

    Raises
    ------
    CourseError
        The workbook is refused, holds no form, or a cell can mean two things.
    """
    book = read(content, name)
    answers = _answers(book, name)
    unit = str(answers.pop("kpi_unit").value or "") if "kpi_unit" in answers else ""
    given: dict[str, Any] = {}
    places = {code: cell.place for code, cell in answers.items()}
    for code, cell in answers.items():
        kind = _KINDS.get(code, "text")
        given[code] = _value(cell, kind, book, name, unit if code == "kpi_value" else None)
    proofs = [given.pop(code) for code in PROOF_CODES if code in given]
    given["proofs"] = [p for p in proofs if p not in (None, "")]
    given["activities"] = _activities(book, name, places)
    given["tables"] = _tables(book, name, places)
    return {k: v for k, v in given.items() if v is not None}, places


def _answers(book: Book, name: str) -> dict[str, Cell]:
    """Return the answer cell of each question; cells that were left empty are not there."""
    found: dict[str, Cell] = {}
    seen = False
    for sheet, heads, rows in _tables_with(book, (ANSWER,), (CODE, QUESTION)):
        seen = True
        for row in rows:
            code = _code(row, heads)
            cell = row.get(heads[ANSWER])
            if code is None or cell is None:
                continue
            _refuse_merge(sheet, cell, name)
            if code in found and found[code].value != cell.value:
                raise CourseError(
                    f"{name}, {cell.place}: the question {code} is answered twice.",
                    f"Keep one of {found[code].place} and {cell.place}.",
                )
            found.setdefault(code, cell)
    if not seen:
        raise CourseError(f"{name} holds no table with the heading “{ANSWER}”.", FORM)
    return found


def _code(row: Mapping[int, Cell], heads: Mapping[str, int]) -> str | None:
    code = row.get(heads.get(CODE, -1))
    if code is not None and (code.words in _KINDS or code.words in GIVEN):
        return code.words
    label = row.get(heads.get(QUESTION, -1))
    if label is None:
        return None
    words = label.words.rstrip(" *")
    if words in [f"proof {n}" for n in range(1, MOST_PROOFS + 1)]:
        return words.replace(" ", "_")
    return _LABELS.get(words)


def _activities(book: Book, name: str, places: dict[str, str]) -> list[dict[str, Any]]:
    rows = []
    for sheet, heads, lines in _tables_with(book, (NUMBER, STATUS), ()):
        for line in lines:
            status = line.get(heads[STATUS])
            number = line.get(heads[NUMBER])
            if status is None or number is None:
                continue
            _refuse_merge(sheet, status, name)
            places[f"activities[{len(rows) + 1}].status"] = status.place
            places[f"activities[{len(rows) + 1}].number"] = number.place
            places.setdefault("activities", status.place)
            whole = _value(number, "count", book, name, None)
            entry = {"number": int(whole) if whole == int(whole) else whole,
                     "status": _value(status, "menu", book, name, None)}  # fmt: skip
            for key, head in (("proof", PROOF), ("note", NOTE)):
                cell = line.get(heads.get(head, -1))
                if cell is not None:
                    entry[key] = _value(cell, "text", book, name, None)
            rows.append(entry)
    return rows


def _tables(book: Book, name: str, places: dict[str, str]) -> list[dict[str, Any]]:
    rows = []
    for sheet, heads, lines in _tables_with(book, (FRAME, CLOSED), ()):
        for line in lines:
            frame, closed = line.get(heads[FRAME]), line.get(heads[CLOSED])
            if frame is None or closed is None:
                continue
            _refuse_merge(sheet, closed, name)
            places[f"tables[{len(rows) + 1}].closed"] = closed.place
            places.setdefault("tables", closed.place)
            entry = {"frame": _value(frame, "text", book, name, None),
                     "closed": _value(closed, "menu", book, name, None)}  # fmt: skip
            origin = line.get(heads.get(ORIGIN, -1))
            if origin is not None:
                entry["origin"] = _value(origin, "text", book, name, None)
            rows.append(entry)
    return rows


def _tables_with(
    book: Book, needed: tuple[str, ...], one_of: tuple[str, ...]
) -> list[tuple[Sheet, dict[str, int], list[dict[int, Cell]]]]:
    """Return every table whose head row holds some headings: sheet, columns, rows below."""
    wanted = {
        h.casefold(): h
        for h in (CODE, QUESTION, ANSWER, NUMBER, TASK, STATUS, PROOF, NOTE, FRAME, CLOSED, ORIGIN)
    }
    found = []
    for sheet in book.sheets:
        heads: dict[str, int] = {}
        rows: list[dict[int, Cell]] = []
        for _, row in sheet.rows():
            named: dict[str, int] = {}
            for column, cell in sorted(row.items()):
                if cell.words in wanted:
                    named.setdefault(wanted[cell.words], column)
            is_head = all(h in named for h in needed) and (
                not one_of or any(h in named for h in one_of)
            )
            if is_head and not heads:
                heads = named
            elif heads:
                rows.append(row)
        if heads:
            found.append((sheet, heads, rows))
    return found


def _refuse_merge(sheet: Sheet, cell: Cell, name: str) -> None:
    """Refuse an answer cell that was merged over several rows: whose answer is it."""
    top, _, bottom, _ = _rows_of(cell)
    if bottom > top:
        raise CourseError(
            f"{name}, {cell.place}: the cells {cell.merged} of the sheet {sheet.name} are merged, "
            "so two questions share one answer.",
            "Undo the merge and answer each question in its own cell.",
        )


def _rows_of(cell: Cell) -> tuple[int, int, int, int]:
    from grading.followup.excel_safety import bounds

    return bounds(cell.merged) or (cell.row, cell.column, cell.row, cell.column)


def _value(cell: Cell, kind: str, book: Book, name: str, unit: str | None) -> Any:
    """Return the value of a cell as its question means it."""
    where = f"{name}, {cell.place}:"
    if cell.lost_formula:
        raise CourseError(
            f"{where} the formula has no saved value.",
            "Open the file in Excel or LibreOffice and save it, or type the value.",
        )
    value = cell.value
    if cell.kind == "e" or (isinstance(value, str) and value.startswith("#") and
                            value.rstrip("!?").isupper() and len(value) < 9):  # fmt: skip
        raise CourseError(f"{where} the cell holds the error {str(value)[:10]}.", "Type the value.")
    if kind == "date":
        return _date(value, book, where)
    if isinstance(value, (datetime, date, time)):
        if kind == "text" or kind == "long":
            return value.isoformat()[:10] if not isinstance(value, time) else value.isoformat()
        raise CourseError(
            f"{where} the program made a date of it ({value.isoformat()[:10]}).",
            "Set the cell to text or number and type the value again.",
        )
    if kind in ("number", "count"):
        return _number(cell, where, unit)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, (str, bool, int, float)):
        return value if isinstance(value, (str, bool)) else f"{value:g}"
    raise CourseError(f"{where} the cell cannot be read.", "Type the value again.")


def _date(value: Any, book: Book, where: str) -> Any:
    if isinstance(value, (bool, time)):
        value = str(value)
    if isinstance(value, (int, float)):
        return _checked(lambda: values.day(_from_serial(value, book.epoch)), where)
    return _checked(lambda: values.day(value), where)


def _from_serial(value: float, epoch: datetime) -> date:
    """Return the day of an Excel serial number; a year typed alone is no serial number."""
    from openpyxl.utils.datetime import from_excel

    if not 30_000 <= value < 75_000:  # 1982 to 2105
        raise ValueError(f"is not a date: {value:g}.|{values.DATE_REMEDY}")
    found = from_excel(value, epoch)
    return found.date() if isinstance(found, datetime) else found


def _number(cell: Cell, where: str, unit: str | None) -> Any:
    value = cell.value
    if isinstance(value, bool):
        raise CourseError(f"{where} is not a number.", "Type a number.")
    if isinstance(value, str):
        as_unit = "%" if unit is not None and (not unit or values.is_percent(unit)) else ""
        return _checked(lambda: values.number(value, unit=as_unit), where)
    number = _checked(lambda: values.number(value), where)
    if unit is None:
        return number
    percent_cell = "%" in cell.number_format
    if percent_cell and unit and not values.is_percent(unit):
        raise CourseError(
            f"{where} the cell is in per cent, but the indicator is in {unit[:40]}.",
            f"Set the cell to number and type the value in {unit[:40]}.",
        )
    if percent_cell:
        return round(number * 100, 9)  # Excel keeps 30 % as 0.3
    if unit and values.is_percent(unit) and 0 < abs(number) < 1:
        raise CourseError(
            f"{where} {number:g} can mean {number:g} % or {100 * number:g} %.",
            f"Type it with its sign: {number:g} % or {100 * number:g} %.",
        )
    return number


def _checked(work: Callable[[], Any], where: str) -> Any:
    try:
        return work()
    except (ValueError, OverflowError) as error:
        what, _, remedy = str(error).partition("|")
        raise CourseError(f"{where} the cell {what}", remedy) from None

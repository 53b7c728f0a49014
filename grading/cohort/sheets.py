"""The attendance sheet of a day: printed, filled in by hand or in Excel, read back.

One row per person, one column per session that counts. A cell holds ``x`` for present,
``0`` for absent, ``late 15`` for fifteen minutes late; an empty cell says nothing. A long
table with the columns student_id, session_id, present and late is read as well.
"""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from course.errors import CourseError
from grading.cohort.attendance import Mark, append, attendance, check, latest, log
from grading.cohort.people import clean_cell, plain_id, same
from grading.cohort.roster import participants
from grading.cohort.rows import Problem
from grading.cohort.store import no_formula, room_for
from grading.cohort.table import Table, read_table
from grading.state import GradingState

_SIGNS = {"o", "○", "v", "✓", "✔"}  # where these mean present, x often means absent
_PRESENT = {"x", "✓", "✔", "1", "p", "y", "yes", "present", "here", "true", "o", "○", "v",
            "출석", "حاضر"}  # fmt: skip
_ABSENT = {"0", "a", "n", "no", "absent", "false", "결석", "غایب", "غائب"}
_LATE = re.compile(r"(?:late|l|지각|تاخیر|تأخیر)\s*:?\s*(\d{1,3})(?:\s*(?:min|minutes|m|분))?")
_LONG = {"studentid": "student_id", "id": "student_id", "sessionid": "session_id",
         "session": "session_id", "present": "present", "attended": "present", "late": "late",
         "latemin": "late", "lateminutes": "late"}  # fmt: skip


@dataclass
class SheetRead:
    """What a sheet says.

    Attributes
    ----------
    written : list of Mark
        Marks that are new.
    unchanged : int
        Cells that said what was known.
    problems : list of Problem
        Rows that were refused; with one of them nothing of the sheet was written.
    notes : list of str
        How the file was read.
    """

    written: list[Mark] = field(default_factory=list)
    unchanged: int = 0
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def add_sheet(
    state: GradingState,
    programme: Any,
    path: Path,
    *,
    by: str = "",
    encoding: str | None = None,
    now: datetime | None = None,
) -> SheetRead:
    """Read a filled-in sheet into the log: all of it or nothing.

    Parameters
    ----------
    state : GradingState
        The course.
    programme : Programme
        Whose sessions the sheet names.
    path : Path
        CSV or ``.xlsx``.
    by : str
        Who says so.
    encoding : str, optional
        Of a text file, where it cannot be told.
    now : datetime, optional
        When; for tests and the demo.

    Raises
    ------
    CourseError
        The file as a whole cannot be read.
    """
    sessions = {same(s.id): s.id for s in programme.sessions}

    def score(cells: list[object]) -> int:
        keys = [_key(c) for c in cells]
        named = sum(_session_in(c, sessions) is not None for c in cells)
        return (named + len({k for k in keys if k in _LONG})) if _id_column(keys) else 0

    table = read_table(path, score=score, encoding=encoding)
    made = SheetRead(notes=list(table.notes))
    marks = _marks(table, programme, sessions, made)
    _unknown(state, programme, marks, made)
    if made.problems:
        made.problems.sort(key=lambda p: p.line)
        return made
    wanted = [m for _, m in marks]
    if not wanted:
        made.notes.append(f"{table.where} marks nobody.")
    source = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    made.written = append(state, programme, wanted, by=by, source=source, now=now)
    stands = latest(log(state))
    corrected = [m for m in wanted if not _says(stands.get(m.key), m)]
    if corrected:
        made.notes.append(
            f"{len(corrected)} marks were corrected after this sheet was first read; they stay "
            "corrected. To change one: attendance mark."
        )
    made.unchanged = len(wanted) - len(made.written) - len(corrected)
    return made


def _says(known: Mark | None, one: Mark) -> bool:
    return known is not None and (known.present, known.late_min) == (one.present, one.late_min)


def _marks(
    table: Table, programme: Any, sessions: dict[str, str], made: SheetRead
) -> list[tuple[int, Mark]]:
    keys = [_key(h) for h in table.headers]
    at_id = keys.index(next(k for k in keys if _LONG.get(k) == "student_id"))
    at = {_LONG[k]: n for n, k in reversed(list(enumerate(keys))) if k in _LONG}
    marks: list[tuple[int, Mark]] = []
    crosses, signs = False, []
    for line, cells in table.rows:
        row = [clean_cell(c) for c in cells] + [""] * (len(table.headers) - len(cells))
        student = plain_id(row[at_id])
        if "session_id" in at:
            late = row[at["late"]] if "late" in at else ""
            there = row[at["present"]] if "present" in at else "x"
            text = f"late {late}" if late not in ("", "0") and same(there) not in _ABSENT else there
            wanted = [(row[at["session_id"]], "present", text)]
        else:
            wanted = []
            for n, header in enumerate(table.headers):
                if n != at_id and (session := _session_in(header, sessions)):
                    wanted.append((session, header, row[n]))
        if not student and not any(text for _, _, text in wanted):
            continue
        for name, column, text in wanted:
            session = sessions.get(same(name), name)
            read = _read_cell(text)
            crosses = crosses or same(text) == "x"
            if same(text) in _SIGNS:
                signs.append((line, column[:40], text))
            if read is None:
                made.problems.append(Problem(
                    line, column[:40], f"{text[:40]!r} is no mark.",
                    "Write x for present, 0 for absent, late 15 for late, or nothing.",
                ))  # fmt: skip
            elif read:
                marks.append((line, Mark(student, programme.id, session, *read)))
    if crosses and signs:
        line, column, text = signs[0]
        made.problems.append(Problem(
            line, column, f"{text!r} and 'x' stand in one sheet: which of them is absent?",
            "Write x for present and 0 for absent, everywhere.",
        ))  # fmt: skip
    return marks


def _unknown(
    state: GradingState, programme: Any, marks: list[tuple[int, Mark]], made: SheetRead
) -> None:
    faults = check(state, programme, [m for _, m in marks])
    said = set()
    for n, sentence in faults.items():
        line = marks[n][0]
        if (line, sentence) not in said:  # somebody unknown is said once, not per session
            said.add((line, sentence))
            made.problems.append(Problem(line, "", sentence, "Correct the row, or delete it."))


def _read_cell(text: str) -> tuple[bool, float] | tuple[()] | None:
    """Return (present, minutes late), () for an empty cell, None for what is no mark.

    >>> _read_cell("x"), _read_cell("late 15"), _read_cell(""), _read_cell("perhaps")
    ((True, 0.0), (True, 15.0), (), None)
    """
    word = same(text).strip()
    if not word:
        return ()
    if word in _PRESENT:
        return True, 0.0
    if word in _ABSENT:
        return False, 0.0
    found = _LATE.fullmatch(word)
    return (True, float(found.group(1))) if found else None


def _key(cell: object) -> str:
    return re.sub(r"[\W_]+", "", same(clean_cell(cell)))


def _id_column(keys: list[str]) -> bool:
    return any(_LONG.get(k) == "student_id" for k in keys)


def _session_in(cell: object, sessions: dict[str, str]) -> str | None:
    """Return the session that a header begins with."""
    first = same(clean_cell(cell)).split(" ")[0].rstrip(":,")
    return sessions.get(first)


def write_sheet(state: GradingState, programme: Any, day: str, path: Path) -> int:
    """Write the sheet of a day for Excel and paper; marks that stand are filled in.

    Parameters
    ----------
    state : GradingState
        The course.
    programme : Programme
        The programme.
    day : str
        Such as ``d2``.
    path : Path
        The ``.xlsx`` file.

    Returns
    -------
    int
        How many people are on it.

    Raises
    ------
    CourseError
        The day is unknown or has no session that counts.
    """
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Border, Font, Side
    from openpyxl.utils import get_column_letter

    sessions = [s for s in programme.sessions if s.day == day and s.attended]
    if not sessions:
        days = dict.fromkeys(s.day for s in programme.sessions if s.attended)
        raise CourseError(
            f"{programme.id} has no session that counts on {day!r}.",
            f"Use one of: {', '.join(days) or 'none has any'}.",
        )
    people = sorted(participants(state, programme=programme.id), key=lambda p: (p.city, p.name))
    marks = {(r.student_id, r.session_id): r for r in attendance(state, programme.id).itertuples()}
    book = Workbook()
    sheet = book.active
    sheet.title = f"Attendance {day}"
    sheet.append([f"{programme.title}: attendance, {day}"])
    sheet.append(["x = present, 0 = absent, late 15 = fifteen minutes late, empty = not recorded"])
    sheet.append([])
    sheet.append(["student_id", "name", "city",
                  *(f"{s.id} {s.title} ({s.minutes} min)" for s in sessions)])  # fmt: skip
    for person in people:
        row = [no_formula(c) for c in (person.student_id, person.name, person.city)]
        sheet.append([*row, *(_as_cell(marks.get((person.student_id, s.id))) for s in sessions)])
    line = Side(style="thin", color="999999")
    for row in sheet.iter_rows(min_row=4, max_row=4 + len(people)):
        for cell in row:
            cell.border = Border(line, line, line, line)
            middle = "center" if cell.column > 3 and cell.row > 4 else None
            cell.alignment = Alignment(wrap_text=True, vertical="center", horizontal=middle)
    for cell in (*sheet[1], *sheet[4]):
        cell.font = Font(name="Calibri", size=11, bold=True)
    for n, width in enumerate([16, 26, 16, *[14] * len(sessions)], start=1):
        sheet.column_dimensions[get_column_letter(n)].width = width
    for n in range(5, 5 + len(people)):
        sheet.row_dimensions[n].height = 24
    sheet.row_dimensions[4].height = 110
    sheet.freeze_panes = "D5"
    sheet.print_title_rows = "4:4"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_setup.fitToHeight = 0
    beside = room_for(path, ".xlsx")
    book.save(beside)
    os.replace(beside, path)
    return len(people)


def _as_cell(mark: Any) -> str | int:
    if mark is None:
        return ""
    if not mark.present:
        return 0
    return f"late {mark.late_min:g}" if mark.late_min else "x"

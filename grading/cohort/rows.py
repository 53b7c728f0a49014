"""One row of a roster: its cells cleaned, and each fault with its line and its remedy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from grading.cohort.people import MAX_CELL, clean_cell, is_reserved, plain_id, same
from grading.cohort.workbooks import Formula
from grading.state import is_student_id

_EMAIL = re.compile(r"[^@\s,;<>()\"]+@[^@\s,;<>()\"]+\.[^@\s.,;<>()\"]+")
_SHORTENED = re.compile(r"\d([.,]\d+)?E\+?\d+", re.IGNORECASE)


@dataclass(frozen=True)
class Problem:
    """Why a row was refused: its line, its column where one is at fault, and the remedy."""

    line: int
    field: str
    sentence: str
    remedy: str

    def __str__(self) -> str:
        where = f"line {self.line}" + (f", {self.field}" if self.field else "")
        return f"{where}: {self.sentence} {self.remedy}".strip()


def read_row(line: int, cells: Mapping[str, object]) -> tuple[dict[str, str], list[Problem]]:
    """Return the cleaned fields of one row, and what is wrong with them."""
    values: dict[str, str] = {}
    problems: list[Problem] = []

    def wrong(name: str, sentence: str, remedy: str) -> None:
        problems.append(Problem(line, name, sentence, remedy))

    for name, raw in cells.items():
        text = clean_cell(raw)
        if isinstance(raw, Formula):
            wrong(name, "The formula has no stored value.", "Open and save the file in Excel.")
        elif text[:1] in ("=", "+", "-", "@"):
            wrong(name, f"{text[:40]!r} looks like a formula.", "Write the plain value.")
        elif (text.startswith("#") and text.endswith(("!", "?"))) or text in ("#N/A", "#REF"):
            wrong(name, f"{text[:20]!r} is an error of Excel.", "Write the plain value.")
        elif len(text) > MAX_CELL:
            wrong(name, f"The cell has {len(text)} letters.", f"Use at most {MAX_CELL}.")
        elif "\ufffd" in text or re.search(r"\?\?", text):
            wrong(name, f"Letters of {text[:40]!r} were lost when the file was saved.",
                  "Save it again as CSV (UTF-8) or as .xlsx.")  # fmt: skip
        values[name] = text
    if problems:
        return values, problems
    if "student_id" in values:
        values["student_id"] = plain_id(values["student_id"])
        for sentence, remedy in _id_faults(values["student_id"]):
            wrong("student_id", sentence, remedy)
    if values.get("email"):
        values["email"] = plain_id(values["email"])
        if not _EMAIL.fullmatch(values["email"]):
            wrong(
                "email", f"{values['email'][:60]!r} is no e-mail address.", "Correct or empty it."
            )
    _put_names_together(values)
    if values.get("name") and not any(c.isalpha() for c in values["name"]):
        wrong("name", f"{values['name'][:40]!r} holds no letter.", "Write the person's name.")
    if not any(values.get(n) for n in ("student_id", "name", "email")):
        wrong("", "The row names nobody.", "Give a name, an e-mail or a student_id, or delete it.")
    return values, problems


def _put_names_together(values: dict[str, str]) -> None:
    """Fill the full name from its parts; "name" beside "surname" is the given name."""
    name, first, last = (values.get(n, "") for n in ("name", "first_name", "last_name"))
    if name and last and not first and same(last) not in same(name):
        first = values["first_name"] = name
        name = ""
    if not name and (first or last):
        hangul = all("가" <= c <= "힣" for c in first + last)
        values["name"] = last + first if hangul else f"{first} {last}".strip()


def _id_faults(student_id: str) -> list[tuple[str, str]]:
    """Return what is wrong with an id, each with its remedy."""
    if not student_id:
        return []
    if _SHORTENED.fullmatch(student_id):
        said = f"Excel has shortened this number to {student_id!r}."
        return [(said, "Set the column to text, type the id again and save.")]
    if not is_student_id(student_id) or student_id.endswith("."):
        signs = "Use letters, digits, '.', '-', '_' and '@', beginning with a letter or digit."
        return [(f"{student_id[:60]!r} cannot be a student id.", signs)]
    if is_reserved(student_id):
        return [(f"The id {student_id!r} has a meaning of its own.", "Choose another id.")]
    return []

"""Peer review: what the others in the room say about a plan, collected without their names.

A form is a CSV that Excel opens, or a Word file for paper. One row is one plan: four
answers from 1 to 5 and one sentence. A form read twice counts once.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any

from course.actionplan.shown_text import shown
from course.errors import CourseError
from grading.plans import log as plan_log
from grading.plans.day import Turn
from grading.state import GradingState

QUESTIONS = {
    "problem": "I understood the problem and its number",
    "start": "I could start on Monday",
    "losers": "It says who loses and what they get",
    "useful": "I could use an idea of it at home",
}
COLUMNS = ("plan", "who", *QUESTIONS, "one_sentence")
FEWEST = 2  # reviewers of a plan from which a summary is shown: one alone is no secret
LONGEST = 500
MAX_BYTES = 1_000_000
MOST_IN_A_CELL = 20_000


@dataclass
class Read:
    """What came out of some forms."""

    added: int = 0
    known: int = 0
    problems: list[str] = field(default_factory=list)


def form_csv(turns: Iterable[Turn]) -> str:
    """Return an empty form: one row per plan, first the questions in words."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    words = [f"1 no to 5 yes: {text}" for text in QUESTIONS.values()]
    writer.writerow(["(questions)", "do not change the first two columns", *words, "to the team"])
    for turn in turns:
        writer.writerow([_safe(turn.group), _safe(turn.who), "", "", "", "", ""])
    return out.getvalue()


def _safe(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    from grading.paperwork import safe_cell

    return str(safe_cell(text))


def form_word(turns: Iterable[Turn], path: Path) -> Path:
    """Write the form for paper: one table row per plan."""
    from docx import Document
    from docx.enum.section import WD_ORIENT

    document = Document()
    section = document.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = section.page_height, section.page_width
    document.add_heading("Peer review", level=1)
    document.add_paragraph(
        "Write 1 (no) to 5 (yes) for each plan, and one sentence to the team. No name is needed. "
        "The team reads the mean and the sentences, never who wrote them."
    )
    heads = ["Plan", *QUESTIONS.values(), "One sentence"]
    rows = list(turns)
    table = document.add_table(rows=1 + len(rows), cols=len(heads))
    table.style = "Table Grid"
    for cell, text in zip(table.rows[0].cells, heads, strict=True):
        cell.text = text
    for row, turn in zip(table.rows[1:], rows, strict=True):
        row.cells[0].text = f"{turn.number} {turn.who}"
    document.save(str(path))
    return path


def collect(state: GradingState, files: Iterable[Path], known: Iterable[str]) -> Read:
    """Read filled-in forms into the log; a bad form stops no other.

    Parameters
    ----------
    state : GradingState
        The course.
    files : iterable of Path
        CSV files; comma or semicolon, with or without a byte order mark.
    known : iterable of str
        Ids of the groups that present.
    """
    outcome, groups = Read(), set(known)
    seen = {r.get("form") for r in plan_log.read(state, plan_log.PEERS)}
    for file in files:
        try:
            rows, digest = _rows(file)
        except CourseError as error:
            outcome.problems.append(str(error))
            continue
        if digest in seen:
            outcome.known += 1
            continue
        told = len(outcome.problems)
        entries = _entries(rows, file.name, groups, outcome)
        if len(outcome.problems) > told:
            # a form that is mended and read again would count its good rows twice
            outcome.problems.append(f"Nothing of {file.name} was taken. Mend it and read it again.")
            continue
        # the form's hash says that it was read; who filled it in is written nowhere
        plan_log.append(state, plan_log.PEERS, [{"form": digest, **e} for e in entries])
        seen.add(digest)
        outcome.added += len(entries)
    return outcome


def _rows(file: Path) -> tuple[list[dict[str, str]], str]:
    from grading.cohort.encodings import decoded

    try:
        raw = file.read_bytes()
    except OSError as error:
        raise CourseError(
            f"{file.name} cannot be opened: {error.strerror}.", "Check the path."
        ) from None
    if len(raw) > MAX_BYTES:
        raise CourseError(f"{file.name} is larger than 1 MB.", "Send the form, nothing else.")
    try:
        text, _ = decoded(raw, file.name)
    except CourseError:
        raise CourseError(
            f"{file.name} is no CSV in UTF-8.",
            "In Excel: Save as, CSV UTF-8; from paper: type it in.",
        ) from None
    first = text.splitlines()[0] if text.strip() else ""
    mark = ";" if first.count(";") > first.count(",") else ","
    try:
        lines = csv.DictReader(io.StringIO(text, newline=""), delimiter=mark)
        rows = [{str(k).strip(): v for k, v in row.items()} for row in lines]
    except csv.Error as error:
        raise CourseError(
            f"{file.name} cannot be read: {error}.", "Shorten the sentence."
        ) from None
    # how long a cell may be is a setting of the whole process for csv itself
    if any(len(str(value or "")) > MOST_IN_A_CELL for row in rows for value in row.values()):
        raise CourseError(
            f"{file.name} cannot be read: a cell holds more than {MOST_IN_A_CELL:,} signs.",
            "Shorten the sentence.",
        )
    if not rows or not {"plan", *QUESTIONS} <= set(rows[0]):
        raise CourseError(
            f"{file.name} is no peer review form.", f"Its columns are {', '.join(COLUMNS)}."
        )
    return rows, hashlib.sha256(raw).hexdigest()[:16]


def _entries(
    rows: list[dict[str, Any]], name: str, groups: set[str], outcome: Read
) -> list[dict[str, Any]]:
    made = []
    for number, row in enumerate(rows, start=2):
        plan = str(row.get("plan") or "").strip().lstrip("'")
        given = {q: str(row.get(q) or "").strip() for q in QUESTIONS}
        said = shown(row.get("one_sentence") or "")[:LONGEST]
        if plan == "(questions)" or not (any(given.values()) or said):
            continue
        if plan not in groups:
            outcome.problems.append(f"{name}, row {number}: no plan is called {plan[:60]!r}.")
            continue
        steps: dict[str, int] = {}
        for question, text in given.items():
            step = _step(text)
            if text and step is None:
                outcome.problems.append(
                    f"{name}, row {number}, {question}: {text[:20]!r} is no number from 1 to 5."
                )
            elif step is not None:
                steps[question] = step
        made.append({"group": plan, "steps": steps, "said": said})
    return made


def _step(text: str) -> int | None:
    """Return an answer from 1 to 5, as Excel or a Persian keyboard writes it."""
    whole = text.removesuffix(".0")
    return int(whole) if len(whole) == 1 and whole.isdecimal() and 1 <= int(whole) <= 5 else None


def summary(state: GradingState) -> list[dict[str, Any]]:
    """Return one row per plan: how many wrote, the mean of each question, the sentences.

    Sentences are in the order of the alphabet, so that the order tells nothing; a plan with
    a single reviewer shows nothing, because one alone is no secret.
    """
    by_group: dict[str, list[dict[str, Any]]] = {}
    for row in plan_log.read(state, plan_log.PEERS):
        by_group.setdefault(str(row.get("group")), []).append(row)
    made = []
    for group, rows in sorted(by_group.items()):
        entry: dict[str, Any] = {"group": group, "reviews": len(rows)}
        enough = len(rows) >= FEWEST
        for question in QUESTIONS:
            steps = [r["steps"][question] for r in rows if question in (r.get("steps") or {})]
            entry[question] = round(fmean(steps), 1) if enough and len(steps) >= FEWEST else None
        entry["said"] = sorted({str(r["said"]) for r in rows if r.get("said")}) if enough else []
        made.append(entry)
    return made

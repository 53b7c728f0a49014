"""The report of a scoring: one row per student, one line per thing to know."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from course import whole_files
from grading import due
from grading.direct import Scoring
from grading.scored import Scored
from grading.state import GradingState

_WAITING = ("pending",)


def row_of(student: str, made: Scored, *, simulated: bool = False) -> dict[str, Any]:
    """Return one student's row: points, what waits, what an instructor should look at.

    Parameters
    ----------
    student : str
        The id.
    made : Scored
        The last score.
    simulated : bool
        Mark a trainee of the demo.

    Returns
    -------
    dict
        ``student, points, of, right, waiting, look, lines``.
    """
    results = made.results.values()
    statuses = Counter(r["status"] for r in results)
    row: dict[str, Any] = {
        "student": student,
        "points": round(sum(r["points"] for r in results), 4),
        "of": round(sum(r["max_points"] for r in results), 4),
        "right": statuses["right"],
        "waiting": sum(statuses[s] for s in _WAITING),
        "look": made.look,
        "lines": lines_of_notes(made.notes),
    }
    if simulated:
        row["simulated"] = True
    return row


def lines_of_notes(notes: Iterable[Iterable[str]]) -> list[str]:
    """Return notes as lines; what is true of several questions is said once.

    >>> lines_of_notes([("m10_a", "Edited."), ("", "No file."), ("m10_b", "Edited.")])
    ['m10_a, m10_b: Edited.', 'No file.']
    """
    questions: dict[str, list[str]] = {}
    for question, sentence in notes:
        questions.setdefault(sentence, []).append(question)
    return [
        f"{', '.join(filter(None, names))}: {sentence}" if any(names) else sentence
        for sentence, names in questions.items()
    ]


def report_of(outcome: Scoring) -> dict[str, Any]:
    """Return the whole report of a run as plain data."""
    return {
        "assignment": outcome.assignment,
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "scored": len(outcome.now),
        "unchanged": len(outcome.skipped),
        "failed": outcome.failed,
        "students": [row_of(s, made) for s, made in sorted(outcome.scored.items())],
        "questions": _by_question(outcome),
    }


def add_late(report: dict[str, Any], late: Mapping[str, timedelta]) -> None:
    """Say in the rows of late hand-ins how late they were; points stay as they are."""
    for row in report["students"]:
        if by := late.get(row["student"]):
            row["late_min"] = int(by.total_seconds() // 60)
            row["lines"].append(f"{due.words(by).capitalize()}.")


def _by_question(outcome: Scoring) -> list[dict[str, Any]]:
    """Return one row per question: how many were right, and which hints were given."""
    rows: dict[str, Counter[str]] = {}
    for made in outcome.scored.values():
        for name, result in made.results.items():
            counts = rows.setdefault(name, Counter())
            counts[result["status"]] += 1
            if result["hint"]:
                counts[f"hint {result['hint']}"] += 1
    return [{"question": name, **dict(sorted(c.items()))} for name, c in rows.items()]


def save(state: GradingState, report: dict[str, Any]) -> Path:
    """Keep a report as ``reports/<module>.json``; the one before is replaced."""
    path = state.reports / f"{report['assignment']}.json"
    return whole_files.write(path, json.dumps(report, ensure_ascii=False, indent=1))


def lines_of(report: dict[str, Any], *, only: set[str] | None = None) -> list[str]:
    """Return a report as lines for a terminal.

    Parameters
    ----------
    report : dict
        From :func:`report_of`.
    only : set of str, optional
        Students whose lines are shown; everybody when left out.
    """
    rows = [r for r in report["students"] if only is None or r["student"] in only]
    again = ["reproduced"] if "reproduced" in report else []
    out = table(
        ["student", "points", "of", "waiting", "look", *again],
        [[r["student"], f"{r['points']:g}", f"{r['of']:g}", str(r["waiting"] or ""),
          "yes" if r["look"] else "", *(str(r.get(name, "")) for name in again)] for r in rows],
    )  # fmt: skip
    for row in rows:
        out += [f"  {row['student']}  {line}" for line in row["lines"]]
    out += [f"  {student}  not scored: {why}" for student, why in report["failed"].items()]
    return out


def table(head: list[str], rows: list[list[str]]) -> list[str]:
    """Return a table as lines, columns as wide as their longest cell.

    >>> table(["a"], [["xyz"]])
    ['a  ', 'xyz']
    """
    every = [head, *rows]
    widths = [max(len(row[n]) for row in every) for n in range(len(head))]
    return ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in every]

"""The answer records of a hand-in: from cell outputs and from ``answers.json``.

Everything here was written by a trainee's process and may be wrong or hostile: nothing
is trusted, nothing is executed, and a record that cannot be read is dropped with a line.
"""

from __future__ import annotations

import json
import math
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

MEDIA_TYPE = "application/vnd.course.answer+json"
MAX_RECORDS = 5000
_TEXT_FIELDS = (
    "question", "city", "fingerprint", "trainee", "team", "variant", "module", "course",
)  # fmt: skip


@dataclass(frozen=True)
class Record:
    """One answer as it was given.

    Attributes
    ----------
    question, city, fingerprint, trainee, team, variant, module, course : str
        As the record says; empty when it says nothing.
    value : Any
        What was answered, as JSON.
    time : float
        Seconds since 1970 by the trainee's clock, -inf when unreadable.
    n : int
        The count of the answer, 0 when unreadable.
    source : str
        ``notebook`` or ``answers.json``.
    cell : str
        The grade id of the cell whose output it was, else empty.
    """

    question: str
    value: Any
    city: str = ""
    fingerprint: str = ""
    trainee: str = ""
    team: str = ""
    variant: str = ""
    module: str = ""
    course: str = ""
    time: float = -math.inf
    n: int = 0
    source: str = "notebook"
    cell: str = ""

    @property
    def order(self) -> tuple[float, int, bool]:
        """Return what "later" means: the clock, then the count, then the saved notebook."""
        return (self.time, self.n, self.source == "notebook")


@dataclass
class Answers:
    """All records of one hand-in by the question they name.

    Attributes
    ----------
    by_question : dict
        Question id -> records, earliest first.
    notes : list of (question id or "", sentence)
        What an instructor should know about them.
    """

    by_question: dict[str, list[Record]] = field(default_factory=dict)
    notes: list[tuple[str, str]] = field(default_factory=list)

    def latest(self, question: str) -> Record | None:
        """Return the record that counts, or None."""
        records = self.by_question.get(question)
        return records[-1] if records else None


def clean_text(value: Any, limit: int = 200) -> str:
    """Return a text without lone surrogates and control characters, or ``""``.

    A lone surrogate is legal in JSON and cannot be written as UTF-8.
    """
    if not isinstance(value, str):
        return ""
    text = value[: limit * 2].encode("utf-8", "replace").decode("utf-8")
    return "".join(c for c in text if c.isprintable())[:limit]


def plain_line(text: str) -> str:
    r"""Return a text in which nothing steers a terminal and everything can be written as UTF-8.

    >>> plain_line("a\x1b[2J\udcff 서울")
    'a?[2J? 서울'
    """
    return "".join("?" if unicodedata.category(sign) in ("Cc", "Cs") else sign for sign in text)


def _seconds(value: Any) -> float:
    if not isinstance(value, str):
        return -math.inf
    try:
        moment = datetime.fromisoformat(value[:40])
    except ValueError:
        return -math.inf
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        return moment.timestamp()
    except (OverflowError, OSError, ValueError):
        return -math.inf


def read_record(raw: Any, *, source: str, cell: str = "") -> Record | None:
    """Return a record, or None where this is none.

    Parameters
    ----------
    raw : Any
        The JSON of the display, or one entry of ``answers.json``; a text is parsed.
    source : str
        ``notebook`` or ``answers.json``.
    cell : str
        The grade id of the cell it was found in.
    """
    if isinstance(raw, list) and all(isinstance(part, str) for part in raw):
        raw = "".join(raw)
    if isinstance(raw, str):
        raw = parse_json(raw)
    if not isinstance(raw, dict) or not isinstance(raw.get("question"), str):
        return None
    n = raw.get("n")
    return Record(
        **{name: clean_text(raw.get(name)) for name in _TEXT_FIELDS},
        value=raw.get("value"),
        time=_seconds(raw.get("time")),
        n=n if isinstance(n, int) and not isinstance(n, bool) and abs(n) < 10**9 else 0,
        source=source,
        cell=cell,
    )


def parse_json(text: str) -> Any:
    """Return the value of a JSON text, or None; never raises, however deep it nests."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def read_answer_file(data: bytes) -> tuple[list[Record], str]:
    """Return the records of an ``answers.json`` and a sentence if something is wrong.

    Parameters
    ----------
    data : bytes
        The file: a list of records, an object with the key ``answers``, or one record
        per line (a crash may cut the last line; the others still count).

    Returns
    -------
    tuple
        Records in the order of the file; ``""`` when all of it could be read.
    """
    text = data.decode("utf-8-sig", errors="replace")
    whole = parse_json(text)
    problem = ""
    if isinstance(whole, dict) and isinstance(whole.get("answers"), list):
        entries: list[Any] = whole["answers"]
    elif isinstance(whole, list):
        entries = whole
    elif isinstance(whole, dict):
        entries = [whole]
    else:
        lines = [line for line in text.splitlines() if line.strip()]
        entries = [parse_json(line) for line in lines]
    found = [read_record(entry, source="answers.json") for entry in entries[:MAX_RECORDS]]
    records = [record for record in found if record is not None]
    if len(records) < len(entries):
        problem = (
            f"answers.json: {len(entries) - len(records)} of {len(entries)} entries "
            "could not be read and do not count."
        )
    elif not entries and text.strip():
        problem = "answers.json could not be read and does not count."
    return records, problem


def merge(records: Iterable[Record], questions: Iterable[str]) -> Answers:
    """Order the records by question and say where they disagree.

    Parameters
    ----------
    records : iterable of Record
        From all outputs and from ``answers.json``.
    questions : iterable of str
        The questions of the module; other records are reported and set aside.

    Returns
    -------
    Answers
        The later of notebook and ``answers.json`` is the last of each list.
    """
    known = list(questions)
    answers = Answers()
    strange: set[str] = set()
    for record in records:
        if record.question not in known:
            strange.add(record.question[:40])
            continue
        answers.by_question.setdefault(record.question, []).append(record)
        if record.cell and record.cell != record.question and record.cell in known:
            answers.notes.append(
                (record.cell, f"This cell holds an answer to {record.question}; it counts there.")
            )
    for name in sorted(strange):
        answers.notes.append(("", f"An answer names the question {name!r}, not of this module."))
    for question, found in answers.by_question.items():
        found.sort(key=lambda record: record.order)
        _note_disagreement(question, found, answers)
    answers.notes = list(dict.fromkeys(answers.notes))
    return answers


def _note_disagreement(question: str, found: list[Record], answers: Answers) -> None:
    in_notebook = [r for r in found if r.source == "notebook"]
    in_file = [r for r in found if r.source == "answers.json"]
    if not in_notebook or not in_file:
        return
    notebook, file = in_notebook[-1], in_file[-1]
    if canonical(notebook.value) != canonical(file.value):
        counts = found[-1]
        answers.notes.append(
            (
                question,
                f"The notebook says {shown(notebook.value)} and answers.json says "
                f"{shown(file.value)}; the later one counts ({counts.source}).",
            )
        )


def canonical(value: Any) -> str:
    """Return a value as text in which equal values are equal."""
    try:
        return json.dumps(value, sort_keys=True)
    except (TypeError, ValueError, RecursionError):
        return ""


def shown(value: Any, limit: int = 60) -> str:
    """Return a trainee's value as short text for a table or a sentence.

    >>> shown(1650.0), shown([1, 2])
    ('1650', '[1, 2]')
    """
    if isinstance(value, float):
        return f"{value:.10g}"
    try:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        text = str(type(value).__name__)
    text = clean_text(text, limit + 1)
    return text if len(text) <= limit else text[: limit - 1] + "…"

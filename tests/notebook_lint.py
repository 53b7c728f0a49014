"""The house style of notebooks as rules: each returns sentences, none means clean.

A step of a lesson is text, code, reading; so a prose cell may follow a prose cell only
when it opens the next step with a heading, and no more than two code cells stand
together without words about what they show.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

Notebook = dict[str, Any]
Rule = Callable[[Notebook, str], Iterator[str]]

MAX_CODE_LINES = 12
MAX_PROSE_WORDS = 120
MAX_LESSON_CELLS = 40
ALLOWED_MODULES = {"course", "pandas", "folium"}
CELL_ID = re.compile(r"[a-z][a-z0-9_-]{1,63}")
BANNED_WORDS = re.compile(r"\b(simply|just|obviously|easy|easily|of course)\b", re.IGNORECASE)
EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf]")


def source(cell: dict[str, Any]) -> str:
    """Return a cell's text whether it is stored as one string or as lines."""
    text = cell.get("source", "")
    return "".join(text) if isinstance(text, list) else text


def _prose(cell: dict[str, Any]) -> str:
    """Return a markdown cell without code spans, maths, links and table rules."""
    text = re.sub(r"```.*?```|`[^`]*`|\$[^$]*\$", " ", source(cell), flags=re.DOTALL)
    text = re.sub(r"<[^>]+>", " ", text)
    return re.sub(r"\|[-: |]+\|", " ", text)


def saved_state(nb: Notebook, name: str) -> Iterator[str]:
    """No outputs, counts, widget state or machine's versions; ids unique and readable."""
    if nb.get("nbformat") != 4 or nb.get("nbformat_minor", 0) < 5:
        yield f"{name}: save it as notebook format 4.5, so that cells have ids."
    seen: set[str] = set()
    for number, cell in enumerate(nb["cells"], start=1):
        where = f"{name} cell {number}"
        cell_id = cell.get("id", "")
        if not CELL_ID.fullmatch(cell_id):
            yield f"{where}: the id {cell_id!r} is not a readable name."
        if cell_id in seen:
            yield f"{where}: the id {cell_id!r} is used twice."
        seen.add(cell_id)
        if cell.get("outputs"):
            yield f"{where}: outputs are saved; strip them."
        if cell.get("execution_count") is not None:
            yield f"{where}: an execution count is saved; strip it."
    extra = set(nb.get("metadata", {})) - {"kernelspec", "language_info", "title", "lang"}
    if extra:
        yield f"{name}: notebook metadata {sorted(extra)} does not belong in the repository."
    if "version" in nb.get("metadata", {}).get("language_info", {}):
        yield f"{name}: the Python version is saved; strip it."


def lengths(nb: Notebook, name: str) -> Iterator[str]:
    """Short cells: 12 lines of code, 120 words of prose, 40 cells in a lesson."""
    if name.endswith("lesson.ipynb") and len(nb["cells"]) > MAX_LESSON_CELLS:
        yield f"{name}: {len(nb['cells'])} cells, more than {MAX_LESSON_CELLS}."
    for number, cell in enumerate(nb["cells"], start=1):
        if cell["cell_type"] == "code":
            lines = len(source(cell).splitlines())
            if lines > MAX_CODE_LINES:
                yield f"{name} cell {number}: {lines} lines of code, more than {MAX_CODE_LINES}."
        else:
            words = len(re.findall(r"\w[\w'’-]*", _prose(cell)))
            if words > MAX_PROSE_WORDS:
                yield f"{name} cell {number}: {words} words, more than {MAX_PROSE_WORDS}."


def rhythm(nb: Notebook, name: str) -> Iterator[str]:
    """Text, code, reading: prose after prose opens a step; two code cells at most."""
    code_run = 0
    previous = ""
    for number, cell in enumerate(nb["cells"], start=1):
        kind = cell["cell_type"]
        code_run = code_run + 1 if kind == "code" else 0
        # a question is asked, worked and answered in three code cells on purpose
        limit = 3 if name.endswith("exercises.ipynb") else 2
        if code_run > limit:
            yield f"{name} cell {number}: {code_run} code cells in a row without a reading."
        opens = source(cell).lstrip().startswith("#")
        if kind == "markdown" and previous == "markdown" and not opens:
            yield f"{name} cell {number}: prose after prose; join them or open a step."
        previous = kind


def code_style(nb: Notebook, name: str) -> Iterator[str]:
    """One import cell, only the course, pandas and folium; no shell, no path edits."""
    importing = 0
    for number, cell in enumerate(nb["cells"], start=1):
        if cell["cell_type"] != "code":
            continue
        text = source(cell)
        names = re.findall(r"^\s*(?:from|import)\s+([\w.]+)", text, flags=re.MULTILINE)
        importing += bool(names)
        for module in names:
            if module.split(".")[0] not in ALLOWED_MODULES:
                yield f"{name} cell {number}: imports {module}; move that logic into the course."
        if re.search(r"^\s*[!%]|sys\.path|get_ipython", text, flags=re.MULTILINE):
            yield f"{name} cell {number}: shell, magic or path edits do not belong here."
        if re.search(r"https?://", text):
            yield f"{name} cell {number}: a notebook asks no network."
    if importing != 1:
        yield f"{name}: {importing} cells import; keep one import cell."


def tone(nb: Notebook, name: str) -> Iterator[str]:
    """Calm words: no exclamation marks, no emoji, no 'simply' or 'just'."""
    for number, cell in enumerate(nb["cells"], start=1):
        if cell["cell_type"] != "markdown":
            continue
        text = _prose(cell)
        if "!" in text.replace("![", "["):
            yield f"{name} cell {number}: take the exclamation mark out."
        if EMOJI.search(text):
            yield f"{name} cell {number}: take the emoji out."
        if found := BANNED_WORDS.search(text):
            yield f"{name} cell {number}: the word {found[0]!r} makes a reader feel slow."


def _bullets(text: str) -> list[str]:
    return re.findall(r"^\s*(?:[-*]|\d+\.)\s+(.+)$", text, flags=re.MULTILINE)


def anatomy(nb: Notebook, name: str) -> Iterator[str]:
    """Title with a time table; objectives and close that match; limits and own city."""
    cells = nb["cells"]
    first = source(cells[0]) if cells else ""
    if not re.match(r"# \d\d ", first) or "|" not in first or "min" not in first:
        yield f"{name}: the first cell is '# NN Title' with a small table of the time needed."
    headings = [
        line
        for cell in cells
        if cell["cell_type"] == "markdown"
        for line in source(cell).splitlines()
        if line.startswith("#")
    ]
    if sum(line.startswith("# ") for line in headings) != 1:
        yield f"{name}: exactly one first-level heading."
    if not name.endswith("lesson.ipynb"):
        return
    wanted = {"limits": "data do not show", "own city": "your city"}
    for part, words in wanted.items():
        if not any(words in line.lower() for line in headings):
            yield f"{name}: the heading of the part on {part} (“{words}”) is missing."
    goals, close = _bullets(source(cells[1])), _bullets(source(cells[-1]))
    if not 3 <= len(goals) <= 6:
        yield f"{name}: {len(goals)} objectives in the second cell; three to six are asked."
    if len(goals) != len(close):
        yield f"{name}: {len(goals)} objectives, but the last cell closes {len(close)}."
    if "what you can now do" not in source(cells[-1]).lower():
        yield f"{name}: the last cell is 'What you can now do'."


RULES: tuple[Rule, ...] = (saved_state, lengths, rhythm, code_style, tone, anatomy)


def lint(nb: Notebook, name: str) -> list[str]:
    """Return every sentence the rules have to say about one notebook."""
    return [sentence for rule in RULES for sentence in rule(nb, name)]

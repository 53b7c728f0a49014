"""The page of a test or survey, made from its ``module.yml``: two cells for each question.

``python3 -m course module page NAME`` writes it; a test holds that the page in the
repository is the one that is made here.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from course.errors import UsageError
from course.questions import ModuleSpec, Question

Cell = dict[str, Any]

_RUN = "To run: menu Run, Run All Cells, once. Wait until the circle at the top right is empty."
_TEST = (
    "Each question has two cells. The first shows four answers, in an order of your own. Write "
    "your letter between the quotes of the second, then press Shift and Enter. The page says "
    "that it is received, nothing more. The latest answer counts.\n\n"
    "No hints. Paper and a calculator are allowed, notes and neighbours are not. One minute for "
    "each question: go on and come back. {more}"
)
_MORE = {
    "90": "No idea? Leave it open. The result counts for nothing: it shows where the course "
    "begins for you. The feedback tells your points and no answers, because the course comes "
    "first.",
    "91": "A wrong answer costs no more than an open one. The feedback has one sentence on "
    "each question. It comes when everybody has handed in; then no more hand-ins count.",
}
_SURVEY = (
    "Each question has two cells. Write a number from 1 to 5 between the quotes of the second, "
    "or some words where words are asked, then press Shift and Enter. You may leave questions "
    "open.\n\n"
    "**Who sees what.** Your hand-in carries your name, and whoever keeps the gradebook could "
    "open it. The report of the survey carries no names: it shows what five people or more have "
    "answered together, and the words of open questions in mixed order. Write no names there, "
    "and nothing that only you can know."
)
_TITLES = {
    "test": ("{n} questions, the same plan as the other test of the course",
             "| do {minutes} min | {n} | your name in the course | none | plain English |"),
    "survey": ("{n} questions about the course, not about you",
               "| do {minutes} min | none | nothing | none | plain English |"),
}  # fmt: skip


def notebook_of(spec: ModuleSpec) -> dict[str, Any]:
    """Return the notebook of a test or survey.

    Parameters
    ----------
    spec : ModuleSpec
        Its form is not ``lesson``.

    Returns
    -------
    dict
        nbformat 4.5 without outputs; every cell has a readable id and nbgrader's marks.
    """
    if spec.form == "lesson":
        raise UsageError(f"{spec.id} is no test and no survey.", "Its page is written by hand.")
    number = spec.id[:2]
    first, line = (t.format(n=len(spec.questions), minutes=spec.minutes["exercises"])
                   for t in _TITLES[spec.form])  # fmt: skip
    title = (
        f"# {number} {spec.title}\n\n{spec.decision} {first[0].upper()}{first[1:]}.\n\n"
        "| time | points | you need | data used | language |\n|---|---|---|---|---|\n" + line
    )
    how = _SURVEY if spec.form == "survey" else _TEST.format(more=_MORE.get(number, ""))
    cells = [
        _words("title", f"m{number}_title", title),
        _words("how", f"m{number}_how", f"## How this page works\n\n{_RUN} {how}".strip()),
        _code("imports", f"m{number}_imports", "from course import answer, ask, hand_in"),
    ]
    for question in spec.questions.values():
        cells += _question(question)
    end = "The next cell lists your answers, and says what is open and how you hand in."
    cells += [
        _words("hand-in-prompt", f"m{number}_hand_in_prompt", f"## Hand in\n\n{end}"),
        _code("hand-in", f"m{number}_hand_in", "hand_in()"),
    ]
    return {
        "cells": cells,
        "metadata": {
            "kernelspec": {
                "display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3",
            },
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }  # fmt: skip


def _question(question: Question) -> list[Cell]:
    name = question.id.partition("_")[2].replace("_", "-")
    empty = '"""\n\n"""' if question.type == "text" else '""'
    answer = _code(f"{name}-answer", question.id, f'answer("{question.id}", {empty})')
    points = int(question.points) if question.points.is_integer() else question.points
    # the trainee writes into the cell that carries the points, so it is not locked
    answer["metadata"]["nbgrader"] |= {"grade": True, "locked": False, "points": points}
    # a letter without its quotes must not stop Run All
    answer["metadata"]["tags"] = ["raises-exception"]
    return [
        _words(f"{name}-prompt", f"{question.id}_prompt", f"## {question.number} {question.title}"),
        _code(f"{name}-ask", f"{question.id}_ask", f'ask("{question.id}")'),
        answer,
    ]


def _words(cell_id: str, grade_id: str, text: str) -> Cell:
    return {
        "cell_type": "markdown", "id": cell_id, "metadata": _marks(grade_id), "source": text,
    }  # fmt: skip


def _code(cell_id: str, grade_id: str, text: str) -> Cell:
    return {
        "cell_type": "code", "execution_count": None, "id": cell_id,
        "metadata": _marks(grade_id), "outputs": [], "source": text,
    }  # fmt: skip


def _marks(grade_id: str) -> dict[str, Any]:
    return {
        "nbgrader": {
            "grade": False, "grade_id": grade_id, "locked": True, "schema_version": 3,
            "solution": False, "task": False,
        }
    }  # fmt: skip


def text_of(spec: ModuleSpec) -> str:
    """Return the notebook as the text of a file, sources as lines, the way Jupyter writes it."""
    notebook = notebook_of(spec)
    for cell in notebook["cells"]:
        cell["source"] = cell["source"].splitlines(keepends=True)
    return json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def write_page(folder: Path) -> Path:
    """Write ``exercises.ipynb`` of a test or survey from its ``module.yml``.

    Parameters
    ----------
    folder : Path
        The module's folder.

    Returns
    -------
    Path
        The page.
    """
    from course import whole_files
    from course.questions import load_module

    page = folder / "exercises.ipynb"
    whole_files.write(page, text_of(load_module(folder)).encode("utf-8"))
    return page

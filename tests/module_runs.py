"""The exercises of a module with a careful trainee's work in them, run in two ways.

`solve` runs the page's own code cells and the work in this process, which is quick.
`kernel_solved` runs the whole notebook in a real kernel, as JupyterLab would, and keeps
the folder, so that several tests can hand in what one kernel has made.
"""

from __future__ import annotations

import ast
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

from course.city.pack import City
from tests import module_work
from tests.key_cases import MODULES, module
from tests.notebook_lint import source

ROOT = MODULES.parent
_COURSE_CALL = re.compile(r"(ask|answer|hand_in)\(")


def cells(module_id: str, name: str = "exercises.ipynb") -> list[dict[str, Any]]:
    """Return the cells of one of a module's notebooks."""
    return json.loads((MODULES / module_id / name).read_text(encoding="utf-8"))["cells"]


def text_of(module_id: str, name: str) -> str:
    """Return the text of all cells of a notebook."""
    return "\n".join(source(cell) for cell in cells(module_id, name))


def work_cell(notebook_cells: list[dict[str, Any]], question: str) -> dict[str, Any]:
    """Return the cell in which a question is worked: the one above its answer.

    In a test or survey that is the answer cell itself.
    """
    (answer,) = (
        number
        for number, cell in enumerate(notebook_cells)
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == question
    )
    if not notebook_cells[answer]["metadata"]["nbgrader"]["locked"]:
        return notebook_cells[answer]
    working = notebook_cells[answer - 1]
    assert working["metadata"]["nbgrader"]["solution"], question
    return working


@contextmanager
def session(city: City, trainee: str) -> Iterator[None]:
    """Be a trainee of a city in this process for a while."""
    wanted = {"COURSE_CITY": str(city.path), "COURSE_TRAINEE": trainee}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def solve(module_id: str, city: City, trainee: str) -> dict[str, Any]:
    """Return the value of each question after a careful trainee's work.

    Parameters
    ----------
    module_id : str
        The module.
    city : City
        The city the page opens.
    trainee : str
        Whose draw it is.
    """
    work = module_work.of(module_id).WORK(city, trainee)
    page = cells(module_id)
    places = {id(work_cell(page, question)): question for question in work}
    if not module(module_id).needs_city:
        return {q: ast.literal_eval(_second_argument(code)) for q, code in work.items()}
    names: dict[str, Any] = {}
    with session(city, trainee):
        for cell in page:
            question = places.get(id(cell))
            code = work[question] if question else source(cell)
            if cell["cell_type"] == "code" and not _COURSE_CALL.match(code):
                exec(compile(code, f"{module_id}: {question or cell['id']}", "exec"), names)
    return {question: names[question] for question in work}


def _second_argument(code: str) -> str:
    """Return what is handed in by ``answer(question, value)``.

    >>> _second_argument("answer('m90_wait', 'b')")
    "'b'"
    """
    (statement,) = ast.parse(code).body
    assert isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)
    return ast.unparse(statement.value.args[1])


def calls(code: str, known: set[str]) -> set[str]:
    """Return the calls of a piece of code that begin with a known name.

    >>> sorted(calls("a = fares.link(x).sum() + int(exercise('y'))", {"fares", "exercise"}))
    ['exercise', 'fares.link']
    """
    found = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Call):
            dotted = ast.unparse(node.func)
            if re.fullmatch(r"[\w.]+", dotted) and dotted.partition(".")[0] in known:
                found.add(dotted)
    return found


def imported(module_id: str, name: str = "exercises.ipynb") -> set[str]:
    """Return the names that the import cell of a notebook takes from the course."""
    return {
        alias.asname or alias.name
        for cell in cells(module_id, name)
        if cell["cell_type"] == "code"
        for node in ast.walk(ast.parse(source(cell)))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def kernel_solved(module_id: str, city: City, trainee: str, folder: Path) -> Path:
    """Let a real kernel run the exercises with the work in them.

    Parameters
    ----------
    folder : Path
        Where the trainee's folder of the module is laid; used again when it is there.

    Returns
    -------
    Path
        The folder as it would be handed in: the notebook with its outputs,
        ``module.yml``, ``answers.json``, and the zip of a city of one's own.
    """
    if folder.is_dir():
        return folder
    folder.mkdir(parents=True)
    (folder / "module.yml").write_bytes(module(module_id).path.read_bytes())
    notebook = nbformat.read(MODULES / module_id / "exercises.ipynb", as_version=4)
    for question, code in module_work.of(module_id).WORK(city, trainee).items():
        work_cell(notebook.cells, question).source = code
    client = NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(folder)}})
    with session(city, trainee):
        client.execute(env=os.environ | {"PYTHONPATH": str(ROOT)})
    nbformat.write(notebook, folder / "exercises.ipynb")
    return folder

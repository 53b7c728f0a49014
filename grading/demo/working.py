"""A trainee at work: answers put into the notebook and run, as their kernel would."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NOTEBOOK = "exercises.ipynb"


@contextmanager
def as_trainee(folder: Path, *, trainee: str, city: str, workspace: Path) -> Iterator[None]:
    """Be a trainee for a while: their folder, name, workspace and city."""
    wanted = {
        "COURSE_TRAINEE": trainee,
        "COURSE_CITY": city,
        "COURSE_WORKSPACE": str(workspace),
    }
    without = (
        "JUPYTERHUB_USER", "COURSE_TEAM", "JPY_SESSION_NAME", "COURSE_CITIES", "PYTHONPATH",
    )  # fmt: skip
    before = {name: os.environ.get(name) for name in (*wanted, *without)}
    here = Path.cwd()
    os.environ.update(wanted)
    for name in without:
        os.environ.pop(name, None)
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(here)
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def read(folder: Path) -> dict[str, Any]:
    """Return the notebook of a module's folder, sources as one text."""
    notebook = json.loads((folder / NOTEBOOK).read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if isinstance(cell["source"], list):
            cell["source"] = "".join(cell["source"])
    return notebook


def write(folder: Path, notebook: Mapping[str, Any], name: str = NOTEBOOK) -> None:
    """Write a notebook into a module's folder."""
    text = json.dumps(notebook, ensure_ascii=False, indent=1)
    (folder / name).write_text(text, encoding="utf-8")


def cell_of(notebook: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the cell with a grade id."""
    for cell in notebook["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == name:
            return cell
    raise KeyError(name)


def work_cell(notebook: Mapping[str, Any], question: str) -> dict[str, Any]:
    """Return the cell a trainee types the answer into; in a test it is the answer cell."""
    try:
        return cell_of(notebook, f"{question}_work")
    except KeyError:
        return cell_of(notebook, question)


def fill(notebook: dict[str, Any], answers: Mapping[str, Any], text: str) -> None:
    """Write answers and the text of written ones into their cells, without running them."""
    for question, value in answers.items():
        place, given = work_cell(notebook, question), f"{question} = {value!r}"
        if place is cell_of(notebook, question):  # of a test: typed where it is handed in
            given = f"answer({question!r}, {value!r})"
        place["source"] = given
    for cell in notebook["cells"]:
        marks = cell["metadata"].get("nbgrader", {})
        if text and marks.get("grade") and marks.get("solution"):
            cell["source"] = text


def run_answer_cells(notebook: dict[str, Any], answers: Mapping[str, Any]) -> None:
    """Run ``answer(question, value)`` for each answer and keep what the cell shows.

    In this process, with the functions a kernel would call: the display, the record in it
    and ``answers.json`` beside the notebook are the real ones.
    """
    from course.answers import answer

    with _shell() as captured:
        for number, (question, value) in enumerate(answers.items(), start=1):
            with captured() as shown:
                answer(question, value)
            cell = cell_of(notebook, question)
            cell["execution_count"] = number
            cell["outputs"] = [
                {"output_type": "display_data", "data": dict(o.data), "metadata": {}}
                for o in shown.outputs
            ]


@contextmanager
def _shell() -> Iterator[Any]:
    """Offer IPython's capture of displays; the shell is made and forgotten here."""
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False
    made = not InteractiveShell.initialized()
    if made:
        InteractiveShell.instance(config=config)
    try:
        yield capture_output
    finally:
        if made:
            InteractiveShell.clear_instance()


def only_course() -> Path:
    """Return a folder from which a kernel can import ``course`` and nothing of the host's."""
    from course.paths import ROOT, workspace_dir

    folder = workspace_dir() / ".library"
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "course").exists():
        (folder / "course").symlink_to(ROOT / "course", target_is_directory=True)
    return folder


def run_in_kernel(folder: Path, notebook: dict[str, Any]) -> dict[str, Any]:
    """Run a whole notebook in a real kernel, as the trainee of the environment."""
    import nbformat
    from nbclient import NotebookClient

    os.environ["PYTHONPATH"] = str(only_course())
    made = nbformat.from_dict(notebook)
    client = NotebookClient(
        made,
        timeout=180,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
    )
    client.execute()
    return json.loads(nbformat.writes(made))

"""Every notebook keeps the house style, and the lint sees what it should see."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest
import yaml

from tests.notebook_lint import lint, source

MODULES = Path(__file__).resolve().parent.parent / "modules"
NOTEBOOKS = sorted(MODULES.glob("*/*.ipynb"))


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=_name)
def test_notebook_keeps_the_house_style(path: Path):
    problems = lint(json.loads(path.read_text(encoding="utf-8")), _name(path))
    assert problems == [], "\n".join(problems)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=_name)
def test_names_in_a_notebook_fit_its_module(path: Path):
    module = yaml.safe_load((path.parent / "module.yml").read_text(encoding="utf-8"))
    title = source(json.loads(path.read_text(encoding="utf-8"))["cells"][0]).splitlines()[0]
    assert title.startswith(f"# {module['id'][:2]} ")


# more files of one module than the usual ones
MORE = {"13_action_plan": {"rubric.yml", "follow_up.ipynb"}}


def test_module_folders_hold_only_what_a_module_has():
    usual = {"lesson.ipynb", "exercises.ipynb", "module.yml", "instructor.md"}
    for folder in sorted(p for p in MODULES.iterdir() if p.is_dir()):
        names = {p.name for p in folder.iterdir() if p.name != ".ipynb_checkpoints"}
        module = yaml.safe_load((folder / "module.yml").read_text(encoding="utf-8"))
        lesson = module.get("form", "lesson") == "lesson"
        wanted = usual if lesson else usual - {"lesson.ipynb"}
        names -= MORE.get(folder.name, set())
        assert names <= wanted, f"{folder.name}: {names - wanted}"
        assert names == ({"module.yml"} if module["status"] == "planned" else wanted), folder.name


def _clean() -> dict:
    def markdown(cell_id: str, text: str) -> dict:
        return {"cell_type": "markdown", "id": cell_id, "metadata": {}, "source": text}

    def code(cell_id: str, text: str) -> dict:
        return {
            "cell_type": "code",
            "id": cell_id,
            "metadata": {},
            "source": text,
            "outputs": [],
            "execution_count": None,
        }

    cells = [
        markdown("title", "# 99 A title\n\n| time | 10 min |\n|---|---|\n"),
        markdown("goals", "## You will\n\n- Do a.\n- Do b.\n- Do c."),
        code("imports", "from course import City"),
        markdown("limits", "## What the data do not show\n\nA lot."),
        code("look", "City"),
        markdown("apply", "## Apply to your city\n\nOpen it."),
        markdown("close", "## What you can now do\n\n- Do a.\n- Do b.\n- Do c."),
    ]
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}


def test_a_clean_notebook_is_clean():
    assert lint(_clean(), "99/lesson.ipynb") == []


def _code(nb: dict, **changes) -> dict:
    nb["cells"][4].update(changes)
    return nb


def _prose(nb: dict, text: str) -> dict:
    nb["cells"][3]["source"] += text
    return nb


BROKEN = {
    "outputs are saved": lambda nb: _code(nb, outputs=[{"output_type": "stream"}]),
    "execution count": lambda nb: _code(nb, execution_count=3),
    "used twice": lambda nb: _code(nb, id="imports"),
    "not a readable name": lambda nb: _code(nb, id="0"),
    "lines of code": lambda nb: _code(nb, source="x\n" * 13),
    "imports scipy": lambda nb: _code(nb, source="import scipy.optimize"),
    "keep one import cell": lambda nb: _code(nb, source="import pandas as pd"),
    "shell, magic": lambda nb: _code(nb, source="%pip install x"),
    "asks no network": lambda nb: _code(nb, source='url = "https://example.org"'),
    "words, more than": lambda nb: _prose(nb, " word" * 121),
    "exclamation": lambda nb: _prose(nb, " Well done!"),
    "emoji": lambda nb: _prose(nb, " \U0001f600"),
    "makes a reader feel slow": lambda nb: _prose(nb, " Simply press."),
    "exactly one first-level": lambda nb: _prose(nb, "\n\n# Again"),
    "closes 2": lambda nb: nb["cells"][-1].update(
        source="## What you can now do\n\n- Do a.\n- Do b."
    ),
    "part on limits": lambda nb: nb["cells"][3].update(source="## Other\n\nText."),
    "prose after prose": lambda nb: nb["cells"].insert(
        4, {"cell_type": "markdown", "id": "more", "metadata": {}, "source": "More words."}
    ),
    "code cells in a row": lambda nb: (
        nb["cells"][5:5]
        + [nb["cells"].insert(5, {**nb["cells"][4], "id": f"again-{i}"}) for i in range(2)]
    ),
    "notebook metadata": lambda nb: nb["metadata"].update(widgets={}),
    "more than 40": lambda nb: nb["cells"].extend(
        {**nb["cells"][4], "id": f"long-{i}"} for i in range(40)
    ),
}


@pytest.mark.parametrize("sentence", BROKEN)
def test_the_lint_sees(sentence: str):
    nb = copy.deepcopy(_clean())
    BROKEN[sentence](nb)
    problems = lint(nb, "99/lesson.ipynb")
    assert any(sentence in problem for problem in problems), problems

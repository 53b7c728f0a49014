"""The exercise page of module 10: nbgrader's metadata, the module's file, a run untouched."""

from __future__ import annotations

import json
import re
from pathlib import Path

import nbformat
import pytest

from tests.key_cases import MODULE_DIR, bundled, module

PAGE = MODULE_DIR / "exercises.ipynb"


@pytest.fixture(scope="module")
def cells() -> list[nbformat.NotebookNode]:
    return nbformat.read(PAGE, 4).cells


def graded(cells) -> dict[str, nbformat.NotebookNode]:
    return {
        c.metadata.nbgrader.grade_id: c
        for c in cells
        if c.metadata.get("nbgrader", {}).get("grade")
    }


def test_points_are_those_of_the_module_file(cells):
    points = {name: c.metadata.nbgrader.points for name, c in graded(cells).items()}
    spec = module()
    wanted = {q.id: q.points for q in spec.questions.values()}
    assert points == wanted | {w.id: w.points for w in spec.written}


def test_every_question_has_its_four_cells_in_order(cells):
    ids = [c.id for c in cells]
    for question in module().questions.values():
        short = question.id.removeprefix("m10_")
        start = ids.index(f"{short}-prompt")
        prompt, ask, work, answer = cells[start : start + 4]
        assert prompt.source.startswith(f"## {question.number} {question.title}\n")
        plural = "point" if question.points == 1 else "points"
        assert f"*{question.points:g} {plural}" in prompt.source
        assert ask.source == f'ask("{question.id}")'
        assert f"{question.id} = " in work.source
        assert answer.source == f'answer("{question.id}", {question.id})'
        flags = [
            tuple(c.metadata.nbgrader[k] for k in ("locked", "grade", "solution"))
            for c in (prompt, ask, work, answer)
        ]
        assert flags == [(True, False, False)] * 2 + [(False, False, True), (True, True, False)]
        assert answer.metadata.nbgrader.grade_id == question.id


@pytest.mark.slow
def test_nbgrader_accepts_the_metadata(cells):
    nbgraderformat = pytest.importorskip("nbgrader.nbgraderformat")
    nbgraderformat.MetadataValidator().validate_nb(nbformat.read(PAGE, 4))
    names = [c.metadata.nbgrader.grade_id for c in cells if "nbgrader" in c.metadata]
    assert len(names) == len(set(names))
    for cell in cells:
        if "nbgrader" in cell.metadata:
            assert cell.metadata.nbgrader.schema_version == 3
            assert cell.metadata.nbgrader.task is False


def test_the_written_question_shows_its_bands(cells):
    written = module().written[0]
    prompt = next(c.source for c in cells if c.id == "written-prompt")
    for points, band in written.bands.items():
        assert f"| {points} | {band} |" in prompt
    manual = graded(cells)["m10_written"]
    assert manual.cell_type == "markdown" and manual.metadata.nbgrader.solution


def test_no_cell_holds_an_answer(cells):
    """Working cells hand in nothing: every value in them is None."""
    for cell in cells:
        if not cell.id.endswith("-work"):
            continue
        code = "\n".join(line for line in cell.source.splitlines() if not line.startswith("#"))
        assert not re.search(r"m10_\w+ = (?!None|\{)", code)
        assert not re.search(r'"\w+": (?!None)', code)


@pytest.mark.slow
def test_the_untouched_page_runs_from_top_to_bottom(
    city_name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    from nbclient import NotebookClient

    for name in ("exercises.ipynb", "module.yml"):
        (tmp_path / name).write_bytes((MODULE_DIR / name).read_bytes())
    monkeypatch.setenv("COURSE_CITY", city_name)
    monkeypatch.setenv("COURSE_TRAINEE", "علی")
    monkeypatch.setenv("PYTHONPATH", str(MODULE_DIR.parent.parent))
    page = nbformat.read(tmp_path / "exercises.ipynb", 4)
    NotebookClient(page, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    replies = 0
    for cell in page.cells:
        if cell.cell_type != "code":
            continue
        for output in cell.outputs:
            assert output.output_type in ("display_data", "execute_result"), output
            assert "did not work" not in output.data["text/plain"]
            replies += "No answer yet" in output.data["text/plain"]
    assert replies == len(module().questions)
    assert not (tmp_path / "answers.json").exists()
    shown = json.dumps([c.get("outputs", []) for c in page.cells], ensure_ascii=False)
    assert bundled(city_name).title in shown and "علی" in shown

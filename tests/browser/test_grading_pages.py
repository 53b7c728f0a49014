"""In a real browser: nothing a trainee wrote runs in the formgrader or in the feedback."""

from __future__ import annotations

import copy
from pathlib import Path

import nbformat
import pytest
from nbconvert.exporters import HTMLExporter
from traitlets.config import Config

from grading.feedback_page import FeedbackPage
from grading.repair import repair, usable_cells
from grading.result import Result
from grading.score_cells import with_scores
from tests.grading_pieces import answered, cell_of, template

pytestmark = pytest.mark.nbgrader
TAKE = "window.taken = (window.taken || 0) + 1"
RESOURCES = {
    "assignment_id": "a",
    "notebook_id": "exercises",
    "submission_id": "s",
    "index": 0,
    "total": 1,
    "base_url": "",
    "student": "eve",
    "last_name": None,
    "first_name": None,
    "notebook_path": "x",
    "nbgrader": {"score": 0, "max_score": 1, "late_penalty": 0, "notebook": "exercises"},
}


def attacked():
    """Return a hand-in that tries everything a notebook can hold."""
    notebook = answered()
    page = f"<script>{TAKE}</script><img src=x onerror='{TAKE}'><svg onload='{TAKE}'></svg>"
    cell_of(notebook, "m10_trip_work")["outputs"] = [
        {"output_type": "display_data", "metadata": {}, "data": {"text/html": page}},
        {"output_type": "display_data", "metadata": {}, "data": {"application/javascript": TAKE}},
        {"output_type": "display_data", "metadata": {}, "data": {"image/svg+xml": page}},
        {"output_type": "display_data", "metadata": {}, "data": {"text/markdown": page}},
        {"output_type": "stream", "name": "stdout", "text": page},
    ]
    cell_of(notebook, "m10_written")["source"] = f"My text.\n\n{page}"
    extra = {
        "cell_type": "raw",
        "id": "raw",
        "source": page,
        "metadata": {"raw_mimetype": "text/html"},
    }
    notebook["cells"].append(extra)
    notebook["metadata"]["title"] = f"</title>{page}"
    notebook["metadata"]["widgets"] = {
        "application/vnd.jupyter.widget-state+json": {"state": {"a": page}}
    }
    return notebook


def scored(notebook):
    """Return the notebook as scoring leaves it."""
    made = template()
    repaired = repair(usable_cells(copy.deepcopy(notebook)), made)
    results = {
        name: Result(name, 0.0, 1.0, "wrong", "Not yet.", value=f"<script>{TAKE}</script>")
        for name in made.automatic
    }
    return with_scores(repaired.notebook, results)


def exporter(kind, name):
    from nbgrader.server_extensions.formgrader import handlers

    config = Config()
    config.HTMLExporter.template_name = name
    config.HTMLExporter.extra_template_basedirs = [handlers.template_path]
    css = Path(handlers.static_path) / "node_modules" / "bootstrap" / "dist" / "css"
    config.HTMLExporter.extra_template_paths = [str(css)]
    config.Exporter.default_preprocessors = []
    return kind(config=config)


def taken(window, html, tmp_path, name):
    path = tmp_path / f"{name}.html"
    path.write_text(html, encoding="utf-8")
    context, _ = window
    page = context.new_page()
    page.goto(path.as_uri())
    page.wait_for_load_state("load")
    page.wait_for_timeout(300)
    return page.evaluate("window.taken || 0")


def html_of(notebook, kind, name):
    node = nbformat.from_dict(notebook)
    for cell in node.cells:
        marks = cell.metadata.get("nbgrader", {})
        if marks.get("grade"):
            marks["score"] = 0.0
    html, _ = exporter(kind, name).from_notebook_node(node, copy.deepcopy(RESOURCES))
    return html


def test_the_attack_works_without_the_defence(window, tmp_path):
    html = html_of(attacked(), HTMLExporter, "formgrade")
    assert taken(window, html, tmp_path, "raw") > 0


def test_the_formgrader_runs_nothing_of_the_trainees(window, tmp_path):
    html = html_of(scored(attacked()), HTMLExporter, "formgrade")
    assert "My text." in html
    assert taken(window, html, tmp_path, "formgrade") == 0


def test_the_feedback_runs_nothing_and_asks_nobody(window, tmp_path):
    html = html_of(scored(attacked()), FeedbackPage, "feedback")
    assert "My text." in html
    assert taken(window, html, tmp_path, "feedback") == 0
    _, log = window
    log.clean()


def test_the_feedback_runs_nothing_even_of_a_raw_notebook(window, tmp_path):
    """The page's own policy holds when the notebook was not cleaned."""
    html = html_of(attacked(), FeedbackPage, "feedback")
    assert taken(window, html, tmp_path, "policy") == 0

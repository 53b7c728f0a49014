"""The cells of a scored notebook: one friendly sentence and the points."""

from __future__ import annotations

import html
from typing import Any

from grading.result import Result
from grading.template import grade_id

_COLOURS = {
    "right": "#1b7f3b", "partial": "#9a6700", "pending": "#57606a", "noted": "#57606a",
}  # fmt: skip
_OTHER_COLOUR = "#b42318"


def score_outputs(result: Result) -> list[dict[str, Any]]:
    """Return the outputs that carry a score: one sentence, then the points.

    nbgrader reads the points from the ``execute_result``. A graded cell without output
    counts as full marks there, so the points are written whatever happened, 0.0 too.
    """
    line = f"{result.points:g} of {result.max_points:g} points. {result.sentence}"
    if not result.max_points:  # of a survey: nothing is to be earned
        line = result.sentence
    if result.status == "pending":
        line = f"Waiting, no points yet. {result.sentence}"
    colour = _COLOURS.get(result.status, _OTHER_COLOUR if result.max_points else _COLOURS["noted"])
    answer = f" Your answer: {result.value}." if result.value else ""
    page = (
        f'<div role="note" style="border-left:4px solid {colour};padding:.4em .8em">'
        f"{html.escape(line)}<br><small>{html.escape(answer.strip())}</small></div>"
    )
    return [
        {
            "output_type": "display_data",
            "data": {"text/plain": line + answer, "text/html": page},
            "metadata": {},
        },
        {
            "output_type": "execute_result",
            "data": {"text/plain": str(float(result.points))},
            "metadata": {},
            "execution_count": 1,
        },
    ]


def with_scores(notebook: dict[str, Any], results: dict[str, Result]) -> dict[str, Any]:
    """Return a notebook whose automatic cells hold their score and nothing else."""
    for cell in notebook["cells"]:
        name = grade_id(cell)
        if name in results:
            cell["outputs"] = score_outputs(results[name])
            cell["execution_count"] = 1
    return notebook

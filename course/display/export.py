"""A notebook as one HTML file that asks nobody.

nbconvert's page loads scripts from public servers: a loader, a typesetter of formulas and
a widget renderer. The kit's outputs need none of them: maps carry their scripts, a lab has
a still form, and no lesson writes formulas. An empty script takes their place, here and in
"Save and export notebook as HTML" of the course's JupyterLab.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

WIDGET = "application/vnd.jupyter.widget-view+json"
_NOTHING = "data:text/javascript,"

# Settings of nbconvert, for a server's command line and for an exporter of our own.
SETTINGS = {
    "HTMLExporter.require_js_url": _NOTHING,
    "HTMLExporter.mathjax_url": _NOTHING,
    "HTMLExporter.jquery_url": _NOTHING,
    "HTMLExporter.widget_renderer_url": _NOTHING,
}


def notebook_html(notebook: Any) -> str:
    """Return a notebook with its saved outputs as one HTML page.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        Run before; nothing is run here. It is not changed.
    """
    import copy

    from nbconvert import HTMLExporter

    book = copy.deepcopy(notebook)
    book.metadata.pop("widgets", None)
    for cell in book.cells:
        if cell.cell_type == "code":
            cell.outputs = [o for o in cell.outputs if not _only_widget(o)]
            for output in cell.outputs:
                (output.get("data") or {}).pop(WIDGET, None)
    settings = {name.removeprefix("HTMLExporter."): value for name, value in SETTINGS.items()}
    html, _ = HTMLExporter(**settings).from_notebook_node(book)
    return html


def _only_widget(output: Any) -> bool:
    """Say whether an output is the live half of a lab; its still half stands before it."""
    data = output.get("data") or {}
    return WIDGET in data and not data.get("text/html")


def write_html(notebook: Path, out: Path) -> Path:
    """Write a saved notebook as HTML beside or elsewhere; an old file is replaced at once."""
    import nbformat

    text = notebook_html(nbformat.read(notebook, as_version=4))
    draft = out.with_name(f".{out.name}.part")
    draft.write_text(text, encoding="utf-8")
    os.replace(draft, out)
    return out

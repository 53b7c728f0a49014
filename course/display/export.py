"""A notebook as one HTML file that reads without a network.

nbconvert's page asks public servers for three scripts: a loader, a widget manager and a
typesetter of formulas. The kit's outputs need none of them: maps carry their scripts, a
lab has a still form, and no lesson writes formulas. So they are left out.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

WIDGET = "application/vnd.jupyter.widget-view+json"
_REMOTE_SCRIPT = re.compile(
    r"<script\b[^>]*\bsrc=[\"'](?:https?:)?//[^\"']*[\"'][^>]*>\s*</script>", re.IGNORECASE
)
# nbconvert starts the formula script and the widget manager from inline scripts
_STARTS = re.compile(
    r"<script\b[^>]*>(?:(?!</script>)[\s\S])*?(?:MathJax\.Hub|embed-amd\.js|html-manager)"
    r"(?:(?!</script>)[\s\S])*?</script>"
)
_SRCDOC = re.compile(r'srcdoc="[^"]*"')


def without_remote_scripts(html: str) -> str:
    """Return a page of nbconvert or nbgrader without the scripts it asks other servers for.

    Parameters
    ----------
    html : str
        The page. What stands inside the frames of maps is not touched.
    """
    frames: list[str] = []

    def keep(match: re.Match[str]) -> str:
        frames.append(match[0])
        return f"srcdoc-kept-{len(frames) - 1}-"

    page = _SRCDOC.sub(keep, html)
    page = _STARTS.sub("", _REMOTE_SCRIPT.sub("", page))
    return re.sub(r"srcdoc-kept-(\d+)-", lambda m: frames[int(m[1])], page)


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
    html, _ = HTMLExporter().from_notebook_node(book)
    return without_remote_scripts(html)


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

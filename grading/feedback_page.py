"""The feedback page: nbgrader's own, without scripts and without asking the network."""

from __future__ import annotations

import re
from typing import Any

from nbconvert.exporters import HTMLExporter
from traitlets import Bool

# nbgrader's template loads jQuery, RequireJS, Mermaid and MathJax from public servers.
# A page of text, numbers and pictures needs none of them.
_SCRIPT = re.compile(r"<script\b.*?</script\s*>", re.IGNORECASE | re.DOTALL)
# Bootstrap's icon font lies beside its style sheet, where a single page has nothing.
_OTHER_FONTS = re.compile(r"@font-face\s*\{[^}]*url\((?!['\"]?data:)[^}]*\}", re.IGNORECASE)
_POLICY = (
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
    "img-src data:; style-src 'unsafe-inline'; font-src data:\">"
)
# A question is one long line of text here; cut off at the edge it cannot be read on paper.
_WRAPPED = "<style>.output_area pre { white-space: pre-wrap; }</style>"


# nbgrader's list of contents calls every scored cell "Test cell".
_ENTRY = re.compile(r'(<a href="#([^"]+)">)Test cell</a>')


class FeedbackPage(HTMLExporter):
    """HTML that runs no script, whatever a trainee wrote, and opens offline."""

    exclude_anchor_links = Bool(True).tag(config=True)

    def from_notebook_node(self, nb: Any, resources: Any = None, **kwargs: Any) -> tuple[str, Any]:
        """Convert, then take every script out and forbid new ones."""
        page, resources = super().from_notebook_node(nb, resources, **kwargs)
        page = _ENTRY.sub(r"\1\2</a>", page).replace("</head>", f"{_WRAPPED}</head>", 1)
        return without_scripts(page), resources


def without_scripts(page: str) -> str:
    """Return a page without script elements and with a policy that allows none.

    >>> without_scripts("<head></head><script>x</script>").count("script>")
    0
    """
    page = _OTHER_FONTS.sub("", _SCRIPT.sub("", page))
    return re.sub(r"<head>", f"<head>{_POLICY}", page, count=1)

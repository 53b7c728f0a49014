"""The feedback page: nbgrader's own, without scripts and without asking the network."""

from __future__ import annotations

import re
from typing import Any

from nbconvert.exporters import HTMLExporter
from traitlets import Bool, Unicode

from grading.completion.feedback import standing_of

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
    state_base = Unicode("", help="Folder of the grading state").tag(config=True)
    state_root = Unicode("", help="Folder that holds modules/").tag(config=True)

    def from_notebook_node(self, nb: Any, resources: Any = None, **kwargs: Any) -> tuple[str, Any]:
        """Convert, take every script out and forbid new ones; say what is still missing."""
        page, resources = super().from_notebook_node(nb, resources, **kwargs)
        page = _ENTRY.sub(r"\1\2</a>", page).replace("</head>", f"{_WRAPPED}</head>", 1)
        page = without_scripts(page)
        student = (resources or {}).get("nbgrader", {}).get("student", "")
        if self.state_base and student:
            # after the scripts are out: what is added is the host's own
            said = standing_of(self.state_base, self.state_root, student, log=self.log)
            page = said.put_into(page) if said else page
        return page, resources


def without_scripts(page: str) -> str:
    """Return a page without script elements and with a policy that allows none.

    >>> without_scripts("<head></head><script>x</script>").count("script>")
    0
    """
    page = _OTHER_FONTS.sub("", _SCRIPT.sub("", page))
    return re.sub(r"<head>", f"<head>{_POLICY}", page, count=1)

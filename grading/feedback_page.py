"""The feedback page: nbgrader's own, without scripts and without asking the network."""

from __future__ import annotations

import re
from typing import Any

from nbconvert.exporters import HTMLExporter

# nbgrader's template loads jQuery, RequireJS, Mermaid and MathJax from public servers.
# A page of text, numbers and pictures needs none of them.
_SCRIPT = re.compile(r"<script\b.*?</script\s*>", re.IGNORECASE | re.DOTALL)
_POLICY = (
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
    "img-src data:; style-src 'unsafe-inline'; font-src data:\">"
)


class FeedbackPage(HTMLExporter):
    """HTML that runs no script, whatever a trainee wrote, and opens offline."""

    def from_notebook_node(self, nb: Any, resources: Any = None, **kwargs: Any) -> tuple[str, Any]:
        """Convert, then take every script out and forbid new ones."""
        page, resources = super().from_notebook_node(nb, resources, **kwargs)
        return without_scripts(page), resources


def without_scripts(page: str) -> str:
    """Return a page without script elements and with a policy that allows none.

    >>> without_scripts("<head></head><script>x</script>").count("script>")
    0
    """
    page = _SCRIPT.sub("", page)
    return re.sub(r"<head>", f"<head>{_POLICY}", page, count=1)

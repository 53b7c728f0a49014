"""Exported pages that ask nobody: settings for nbconvert's HTML.

nbconvert's own page loads three scripts from elsewhere (require.js, MathJax, the widget
renderer). No page of this course needs one of them: maps and charts carry what they need,
and a widget stands there in its still form. An empty script takes their place, so that a
page opened without a network asks for nothing and misses nothing.
"""

from __future__ import annotations

_NOTHING = "data:text/javascript,"

SETTINGS = {
    "HTMLExporter.require_js_url": _NOTHING,
    "HTMLExporter.mathjax_url": _NOTHING,
    "HTMLExporter.jquery_url": _NOTHING,
    "HTMLExporter.widget_renderer_url": _NOTHING,
}


def arguments() -> list[str]:
    """Return the settings as arguments of ``jupyter nbconvert --to html``.

    Examples
    --------
    >>> arguments()[0]
    '--HTMLExporter.require_js_url=data:text/javascript,'
    """
    return [f"--{name}={value}" for name, value in SETTINGS.items()]

"""Widgets whose page reads well when they are dead.

A widget is shown as two outputs: first the still picture, then the live one. Where the
live one works, a style rule hides the still one; where it does not (an exported page,
feedback, a notebook opened without its kernel) the still one is what the reader sees.
One output with both forms would not do: JupyterLab then always tries the widget, and a
notebook opened without its kernel shows an error in place of the picture.
"""

from __future__ import annotations

from typing import Any

_WIDGET = "application/vnd.jupyter.widget-view+json"
# Beside each other in JupyterLab; the live form says it is there by the class kit-alive.
_RULES = (
    "<style>"
    ".jp-OutputArea-child:has(.kit-still-form):has(+ .jp-OutputArea-child .kit-alive)"
    "{display:none}"
    # no kernel: hide "Error displaying widget", the still form stands above it
    ".jp-OutputArea-child:has(.kit-still-form)+.jp-OutputArea-child"
    ">.jupyter-widgets:not(:has(*)){display:none}"
    "</style>"
)


class StaticFirst:
    """Mix-in for widgets with ``still_html()`` and ``still_text()``."""

    def still_html(self) -> str:
        """Return the page as HTML that needs no widget and no script."""
        raise NotImplementedError

    def still_text(self) -> str:
        """Return title and reading as plain text."""
        raise NotImplementedError

    def _still(self) -> str:
        return f'<div class="kit-still-form">{_RULES}{self.still_html()}</div>'

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        bundle = super()._repr_mimebundle_(**kwargs)  # type: ignore[misc]
        data = dict((bundle[0] if isinstance(bundle, tuple) else bundle) or {})
        data["text/html"] = self._still()
        data["text/plain"] = self.still_text()
        return data

    def _ipython_display_(self, **kwargs: Any) -> None:
        from IPython.display import display

        data = self._repr_mimebundle_()
        still = {"text/html": data["text/html"], "text/plain": data["text/plain"]}
        display(still, raw=True)
        # an exported page takes the empty HTML, not the name of a class
        if _WIDGET in data:
            display({_WIDGET: data[_WIDGET], "text/html": "", "text/plain": ""}, raw=True)

"""What every map, chart and table of the kit looks like: title, picture, reading, data.

A figure is HTML that needs no script of its own and no server: it reads the same in
JupyterLab, in an exported page and in feedback, and follows the theme of the page.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import Any

import pandas as pd

from course.display import fonts, palette, tables_html
from course.display.base_map import read_asset


def stylesheet(*texts: str) -> str:
    """Return the ``<style>`` of the kit with both themes and the letters some texts need."""
    light, dark = (palette.css_variables(t) for t in ("light", "dark"))
    return (
        f"<style>.kit{{{light}}}"
        f'[data-jp-theme-light="false"] .kit{{{dark}}}'
        f"@media (prefers-color-scheme:dark){{body:not([data-jp-theme-light]) .kit{{{dark}}}}}"
        f"{fonts.face_css(texts)}{read_asset('kit.css')}</style>"
    )


def badge_html(text: str) -> str:
    """Return the synthetic badge, empty for no text."""
    return f'<span class="kit-tag">{escape(text)}</span>' if text else ""


@dataclass(frozen=True)
class Figure:
    """One picture with everything a reader needs to judge it.

    Parameters
    ----------
    title : str
        What the picture says.
    reading : str
        One sentence: what we see.
    alt : str
        What a reader who cannot see the picture should know.
    body : str
        HTML of the picture.
    subtitle : str
        Measure, unit, year.
    synthetic : str
        "SYNTHETIC: method" when drawn from numbers that were not observed.
    sources : str
        Where the numbers come from.
    table : DataFrame or None
        The numbers of the picture, shown on demand.
    chart : object
        The matplotlib figure, for those who want to save it.
    """

    title: str
    reading: str = ""
    alt: str = ""
    body: str = ""
    subtitle: str = ""
    synthetic: str = ""
    sources: str = ""
    table: pd.DataFrame | None = None
    table_options: dict[str, Any] = field(default_factory=dict)
    chart: Any = field(default=None, repr=False, compare=False)

    def html(self) -> str:
        """Return the figure as HTML."""
        table = ""
        if self.table is not None:
            inner = tables_html.table(self.table, **self.table_options)
            table = f"<details><summary>The numbers as a table</summary>{inner}</details>"
        parts = [
            f'<figure class="kit" aria-label="{escape(self.title)}">',
            # a map's frame carries its own letters
            stylesheet(
                self.title, self.reading, table, "" if "<iframe" in self.body else self.body
            ),
            '<figcaption><div class="kit-head">',
            f'<p class="kit-title" role="heading" aria-level="4">{escape(self.title)}</p>',
            f"{badge_html(self.synthetic)}</div>",
            f'<p class="kit-subtitle">{escape(self.subtitle)}</p>' if self.subtitle else "",
            "</figcaption>",
            f'<div class="kit-body">{self.body}</div>' if self.body else "",
            f'<p class="kit-reading" dir="auto">{escape(self.reading)}</p>' if self.reading else "",
            table,
            f'<p class="kit-sources">Sources: {escape(self.sources)}</p>' if self.sources else "",
            "</figure>",
        ]
        return "".join(parts)

    def text(self) -> str:
        """Return title and reading as plain text."""
        mark = f" [{self.synthetic}]" if self.synthetic else ""
        return "\n".join(t for t in (f"{self.title}{mark}", self.subtitle, self.reading) if t)

    def __str__(self) -> str:
        return self.text()

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, str]:
        return {"text/html": self.html(), "text/plain": self.text()}

"""A lab as a page that nothing moves: for exports, feedback, print and dead kernels."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from course.display import svg_map
from course.display.base_map import BaseMap, read_asset
from course.display.drawing import KEY, line_numbers
from course.display.figure import badge_html, stylesheet
from course.display.lab_picture import Grid, Lab, Picture
from course.display.lab_selection import selection


def page(
    lab: Lab,
    picture: Picture,
    setting: Mapping[str, Any],
    base: BaseMap,
    *,
    chosen: str | None = None,
) -> str:
    """Return the lab at one setting as HTML without script.

    Parameters
    ----------
    lab : Lab
        Words and controls.
    picture : Picture
        What to show.
    setting : mapping
        Value by control.
    base : BaseMap
        The map drawn for the picture.
    chosen : str, optional
        Id of the selection.

    Returns
    -------
    str
        Title, settings, map, figures, chart, table, sentence, limits and sources.
    """
    words = lab.words
    texts = [words.title, words.lead, picture.sentence, *[c.name for c in lab.choices]]
    settings = "".join(
        f"<dt>{escape(c.label)}</dt><dd>{escape(c.shown(setting[c.key]))}</dd>"
        for c in lab.controls
    )
    figures = "".join(
        f"<div><dt>{escape(n.label)}</dt><dd>{escape(n.value)}</dd>"
        f'<dd class="kit-note">{escape(n.note)}</dd></div>'
        for n in picture.numbers
    )
    foot = "".join(
        f'<div><p class="kit-foot-head">{name}</p><ul>'
        + "".join(f"<li>{escape(line)}</li>" for line in lines)
        + "</ul></div>"
        for name, lines in (("What the data do not show", words.limits), ("Sources", words.sources))
        if lines
    )
    points = line_numbers(setting.get(KEY) or [])
    still = svg_map.svg(
        base,
        alt=f"{words.map_title}. {picture.sentence}",
        legends=dict(picture.legends),
        selected=selection(base.layers, lab.choices, picture, chosen),
        points=points,
        drawn=points if picture.drawn is None else line_numbers(picture.drawn),
    )
    chart = picture.chart or f'<p class="kit-empty">{escape(picture.empty)}</p>'
    return (
        f'<section class="kit kit-lab" aria-label="{escape(words.title)}">'
        f"{stylesheet(*texts)}<style>{read_asset('lab.css')}</style>"
        '<header class="kit-lab-head"><div>'
        f'<p class="kit-lab-title" role="heading" aria-level="3">{escape(words.title)}</p>'
        f'<p class="kit-lead">{escape(words.lead)}</p></div>{badge_html(words.badge)}</header>'
        '<div class="kit-lab-main"><div><dl class="kit-settings">'
        f'{settings}</dl><pre class="kit-code">{escape(picture.code)}</pre></div>'
        f'<div class="kit-view"><p class="kit-subtitle">{escape(words.map_title)}</p>'
        f'<div class="kit-frame">{still}</div></div></div>'
        f'<dl class="kit-numbers">{figures}</dl>'
        '<div class="kit-pair"><figure class="kit-chart"><figcaption>'
        f'<span class="kit-title">{escape(picture.chart_title)}</span>'
        f'<span class="kit-subtitle">{escape(picture.chart_subtitle)}</span></figcaption>'
        f'{chart}</figure><div class="kit-grid">{_grid(picture.grid)}</div></div>'
        f'<p class="kit-sentence">{escape(picture.sentence)}</p>'
        f'<footer class="kit-foot">{foot}</footer></section>'
    )


def text(lab: Lab, picture: Picture) -> str:
    """Return the lab at one setting as plain text."""
    numbers = ", ".join(f"{n.label} {n.value}" for n in picture.numbers)
    mark = f" [{lab.words.badge}]" if lab.words.badge else ""
    return f"{lab.words.title}{mark}\n{numbers}\n{picture.sentence}"


def _grid(grid: Grid) -> str:
    if not grid.cells:
        return ""
    heads = "".join(
        f'<th scope="col"{" class=num" if i else ""}>{escape(h)}</th>'
        for i, h in enumerate(grid.heads)
    )
    body = "".join(
        "<tr>"
        + "".join(
            f'<td class="num">{escape(c)}</td>'
            if i
            else f'<th scope="row"><bdi>{escape(c)}</bdi></th>'
            for i, c in enumerate(row)
        )
        + "</tr>"
        for row in grid.cells
    )
    return (
        f'<table class="kit-table"><caption>{escape(grid.caption)}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
    )

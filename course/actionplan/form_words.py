"""The sentences and the look of the plan's form."""

from __future__ import annotations

from html import escape

import ipywidgets as widgets

from course.actionplan.faults import Problem
from course.actionplan.page import origin

STYLE = (
    "<style>.kit-form-note{font-size:13px;line-height:20px;margin:0 0 8px 158px;max-width:60ch;"
    "color:var(--jp-ui-font-color1)}.kit-form-note.top{margin:0 0 4px}"
    ".kit-form-note .wrong{border-left:3px solid #b45309;padding-left:8px;display:block}"
    ".kit-form h4{font-size:18px;line-height:24px;margin:16px 0 4px}"
    ".kit-form .kit-form-head{font-size:15px;line-height:24px;font-weight:600;margin:12px 0 0}"
    ".kit-form .widget-html,.kit-form .widget-html-content{height:auto;line-height:20px}"
    ".kit-form .widget-label{white-space:normal;line-height:20px;height:auto}"
    ".kit-form-row{border-left:3px solid var(--jp-border-color2);padding-left:12px;"
    "margin:4px 0 12px}"
    ".kit-form button{height:auto;min-height:32px;width:fit-content;"
    "align-self:flex-start;line-height:20px;padding:4px 12px}"
    ".kit-form button.mod-info{background:#0b6e99;color:#fff}"
    ".kit-form button:focus-visible,.kit-form input:focus-visible,"
    ".kit-form textarea:focus-visible,.kit-form select:focus-visible{"
    "outline:2px solid #0b6e99;outline-offset:1px}"
    '[data-jp-theme-light="false"] .kit-form :focus-visible{outline-color:#6fc3e8}'
    "@media (max-width:760px){.kit-form-note{margin-left:0}}</style>"
)


def heading(text: str) -> widgets.HTML:
    """Return the heading of a box, a list or a row."""
    return widgets.HTML(f"<p class='kit-form-head'>{escape(text)}</p>")


def note_html(meaning: str, found: list[Problem], source: str, *, top: bool = False) -> str:
    """Return what stands under a field: its meaning, where it came from, what is open.

    Parameters
    ----------
    meaning : str
        Of the field.
    found : list of Problem
        Of this very field.
    source : str
        Where its value came from, "" for the writer.
    top : bool
        It stands under a heading and not under an input.
    """
    mark = f" <i>From your {escape(origin(source))}.</i>" if source else ""
    lines, css = [], " top" if top else ""
    for problem in found:
        if problem.sentence.endswith(": empty."):
            lines.append(f"<span>Open. {escape(problem.remedy)}</span>")
        else:
            lines.append(f"<span class='wrong'>Not right: {escape(str(problem))}</span>")
    return f"<div class='kit-form-note{css}'>{escape(meaning)}{mark} {' '.join(lines)}</div>"

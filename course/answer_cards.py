"""How a question and the reply to an answer look: calm HTML and the same as plain text.

Nothing here knows an answer key. Every text of a trainee is escaped; colours follow the
notebook's theme where it has one. A sign of form has a character and words, its colour
only repeats them; the words are in the theme's ink, which is readable on either theme.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from course.exercises import Draw
from course.questions import Question

INK = "var(--jp-content-font-color1,#1f2933)"
SECOND = "var(--jp-content-font-color2,#52606d)"
LINE = "var(--jp-border-color2,#d9dee3)"
ACCENT = "#0b6e99"
RIGHT_FORM = ("✓", "Form is right", "var(--jp-success-color0,#1b5e20)")
WRONG_FORM = ("✗", "Form is not right yet", "var(--jp-error-color0,#b71c1c)")
_BOX = (
    f"color:{INK};border:1px solid {LINE};border-left:4px solid {{edge}};border-radius:4px;"
    "padding:12px 16px;margin:4px 0;max-width:46em;font-size:15px;line-height:1.5"
)
_SMALL = f"color:{SECOND};font-size:13px;margin:4px 0 0"

_WHOSE = {
    "trainee": "Drawn for you: other trainees have other values.",
    "team": "Drawn for your team.",
    "city": "The same for everyone in this city.",
    "none": "The same for everyone.",
}


@dataclass(frozen=True)
class Card:
    """One message: a title, sentences, a table, a list, small notes.

    ``rows`` holds the table's cells as text, its first row being the head; ``points`` are
    the lines of the list, its first being its head. ``form_is_right`` says whether an
    answer could be read; ``None`` where there is nothing to say about its form.
    """

    title: str
    sentences: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    caption: str = ""
    label: str = ""
    status: bool = False
    points: tuple[str, ...] = ()
    form_is_right: bool | None = None
    rows_are_text: bool = False  # rows to be read like the sentences, not looked up

    def _sign(self) -> tuple[str, str, str] | None:
        if self.form_is_right is None:
            return None
        return RIGHT_FORM if self.form_is_right else WRONG_FORM

    def text(self) -> str:
        """Return the card as plain text."""
        sign = self._sign()
        lines = [self.title, " ".join(sign[:2]) if sign else "", *self.sentences]
        lines += ["  " + " | ".join(row) for row in self.rows]
        lines += [*self.points[:1], *(f"  - {point}" for point in self.points[1:]), *self.notes]
        return "\n".join(line.replace("`", "") for line in lines if line)

    def html(self) -> str:
        """Return the card as HTML; a screen reader hears a reply when it appears."""
        role = ' role="status"' if self.status else ""
        label = html.escape(self.label or self.title, quote=True)
        sign = self._sign()
        edge = sign[2] if sign else LINE if self.status else ACCENT
        style = _BOX.replace("{edge}", edge)
        parts = [f'<section aria-label="{label}"{role} style="{style}">']
        parts.append(f'<div style="font-size:18px;font-weight:600">{_marked(self.title)}</div>')
        if sign:
            parts.append(
                f'<p style="display:inline-block;font-weight:600;border:2px solid {edge};'
                f'border-radius:4px;padding:0 8px;margin:6px 0 0"><span aria-hidden="true">'
                f"{sign[0]}</span> {sign[1]}</p>"
            )
        parts += [f'<p style="margin:6px 0 0">{_marked(s)}</p>' for s in self.sentences]
        if self.rows:
            parts.append(_table(self.rows, self.caption, 15 if self.rows_are_text else 13))
        if self.points:
            head, *lines = map(_marked, self.points)
            items = "".join(f"<li>{line}</li>" for line in lines)
            parts.append(f'<p style="margin:8px 0 0">{head}</p>')
            parts.append(f'<ul style="margin:2px 0 0;padding-left:1.3em">{items}</ul>')
        parts += [f'<p style="{_SMALL}">{_marked(n)}</p>' for n in self.notes]
        return "".join(parts) + "</section>"

    def bundle(self, **extra: Any) -> dict[str, Any]:
        """Return the display data of the card, with further media types."""
        return {**extra, "text/html": self.html(), "text/plain": self.text()}


def _marked(text: str) -> str:
    """Escape a text and turn `code` into code; soft breaks stay where they are."""
    escaped = html.escape(text, quote=True)
    return re.sub(r"`([^`]{1,200})`", r"<code>\1</code>", escaped)


def _table(rows: Iterable[tuple[str, ...]], caption: str, size: int = 13) -> str:
    head, *body = rows
    cell = f"padding:3px 10px 3px 0;text-align:left;border-bottom:1px solid {LINE}"
    out = [f'<table style="border-collapse:collapse;margin:8px 0 0;font-size:{size}px">']
    if caption:
        style = f"text-align:left;color:{SECOND};padding-bottom:4px"
        out.append(f'<caption style="{style}">{_marked(caption)}</caption>')
    out.append("<thead><tr>")
    out += [f'<th scope="col" style="{cell}">{_marked(c)}</th>' for c in head]
    out.append("</tr></thead><tbody>")
    for first, *others in body:
        out.append(f'<tr><th scope="row" style="{cell};font-weight:600">{_marked(first)}</th>')
        out += [f'<td style="{cell}">{_marked(c)}</td>' for c in others]
        out.append("</tr>")
    return "".join(out) + "</tbody></table>"


def filled(text: str, draw: Draw) -> str:
    """Return a text of ``module.yml`` with the drawn values in it."""
    return text.format_map(_Named(draw.params)) if "{" in text else text


class _Named(dict[str, Any]):
    """Drawn values; a name that was not drawn stays readable instead of raising."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        super().__init__(params)

    def __missing__(self, key: str) -> str:
        return f"[{key}]"


def number_words(value: Any) -> str:
    """Return a number the way a person writes it: 1,650 or -12.35."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value)
    if float(value).is_integer() and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.6g}" if abs(value) < 1e6 else f"{value:,.2f}"


def question_card(question: Question, draw: Draw, *, of: int, city: str) -> Card:
    """Return the card of a question with the trainee's own values."""
    unit = filled(question.unit, draw)
    points = f"{question.points:g} point{'' if question.points == 1 else 's'}"
    notes = [f"Answer: {question.form(unit)}", f"City: {city}. {_WHOSE[question.varies_by]}"]
    rows: list[tuple[str, ...]] = []
    caption = ""
    if question.options:
        caption = "Your choice"
        rows = [("Key", (question.item or "choice").capitalize())]
        rows += [(repr(o.key), filled(o.label, draw)) for o in question.options]
    if question.fields:
        caption = "The fields of your dictionary"
        rows = [("Field", "Meaning", "Form")]
        for f in question.fields:
            form = " or ".join(repr(o) for o in f.options) or filled(f.unit, draw)
            if f.type == "multi":
                form = f"a list of some of {', '.join(map(str, f.options))}"
            rows.append((f.name, f.meaning, "True or False" if f.type == "bool" else form))
    checked: tuple[str, ...] = ()
    if question.properties:
        lines = [f"{p.share * 100:g} %: {p.sentence}" for p in question.properties]
        checked = ("What is checked, with its share of the points:", *lines)
    return Card(
        title=f"Question {question.number} of {of}: {question.title}",
        sentences=(filled(question.prompt, draw),),
        notes=(*notes, f"{question.kind}, {points}. Id: `{question.id}`"),
        rows=tuple(rows),
        caption=caption,
        label=f"Question {question.number}",
        points=checked,
    )

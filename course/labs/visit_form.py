"""A study visit on the page: what to look for, two questions, and boxes that keep your words.

What is typed is in ``visit_notes.json`` at once, before the notebook is saved, and stands in
the boxes again when the page is opened anew.
"""

from __future__ import annotations

import secrets
from html import escape
from typing import Any

import ipywidgets as widgets

from course import answer_book, visits
from course.display.figure import Figure
from course.display.static_first import StaticFirst
from course.errors import CourseError
from course.visits import observing as visit_notes

_STATUS = '<div role="status" aria-live="polite" style="font-size:13px">{}</div>'


class VisitForm(StaticFirst, widgets.VBox):
    """One place of the study visits, with boxes to write into.

    Parameters
    ----------
    site_id : str
        The place.
    """

    def __init__(self, site_id: str) -> None:
        self.site = visits.site(site_id)
        self._session = secrets.token_hex(6)
        self._folder = answer_book.folder()
        self._status = widgets.HTML(_STATUS.format("What you write is kept at once."))
        kept = self._kept()
        self.boxes: dict[str, widgets.Textarea] = {}
        parts: list[widgets.Widget] = [widgets.HTML(self._head().html())]
        for name, label in self.labels().items():
            box = widgets.Textarea(
                value=kept.get(name, ""), rows=2, continuous_update=True,
                layout=widgets.Layout(width="min(100%, 720px)"),
                tooltip=label,
            )  # fmt: skip
            box.observe(lambda change, name=name: self._keep(name, change["new"]), names="value")
            self.boxes[name] = box
            # the label stands above: a long question is cut off beside its box
            parts += [widgets.HTML(f'<span style="font-weight:600">{escape(label)}</span>'), box]
        super().__init__([*parts, self._status])
        self.add_class("kit-alive")

    def labels(self) -> dict[str, str]:
        """Return field and what it asks at this place."""
        asked = self.site.questions[0]
        return {**visit_notes.FIELDS, "q1": asked.q1, "q2": asked.q2}

    def _kept(self) -> dict[str, str]:
        table = visit_notes.notes(self._folder)
        mine = table[table["site_id"] == self.site.id]
        return dict(zip(mine["field"], mine["text"], strict=True))

    def _keep(self, name: str, text: str) -> None:
        try:
            _, said = visit_notes.keep(
                self.site.id, {name: text}, folder=self._folder, session=self._session
            )
            sentence = f"Kept in {visit_notes.FILE_NAME}. {said}".strip()
            if len(text) > visit_notes.LONGEST:
                sentence += f" Only the first {visit_notes.LONGEST:,} signs are kept."
        except OSError:
            sentence = f"{visit_notes.FILE_NAME} cannot be written here: copy your text elsewhere."
        self._status.value = _STATUS.format(escape(sentence))

    def _head(self, **more: Any) -> Figure:
        place = self.site
        stations = ", ".join(f"{s.name} (line {s.line})" for s in place.stations)
        lines = {
            "Look for": place.look_for,
            "Open": place.hours_in_words or "open ground",
            "Station": stations or "not known",
            "Place": place.place_note,
        }
        body = "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in lines.items() if v)
        return Figure(
            title=f"Virtual stop: {place.title}",
            body=f'<dl class="kit-settings">{body}</dl>{more.get("below", "")}',
            sources=place.source,
        )

    def still_html(self) -> str:
        """Return the place, its questions and what was written, without boxes."""
        kept = self._kept()
        rows = "".join(
            f"<dt>{escape(label)}</dt><dd>{escape(kept.get(name, '') or '…')}</dd>"
            for name, label in self.labels().items()
        )
        said = (
            f'<p>To write without the boxes, run <code>visits.observe("{self.site.id}", '
            'saw="…", would_change="…", will_check="…")</code> in a cell.</p>'
        )
        return self._head(below=f"<dl>{rows}</dl>{said}").html()

    def still_text(self) -> str:
        """Return the place and its questions."""
        return "\n".join([self.site.title, self.site.look_for, *self.labels().values()])


def visit(site_id: str) -> VisitForm | Figure:
    """Open a study visit: what to look for, two questions, and boxes for your notes.

    Parameters
    ----------
    site_id : str
        A place of ``visits.sites()``, such as ``"shrdc"``.

    Returns
    -------
    VisitForm
        A widget; in an export or without a kernel the place with what was written. A place
        that does not exist gives a page that says so.
    """
    try:
        return VisitForm(site_id)
    except CourseError as error:
        return Figure(title="This visit is not here", reading=f"{error.what} {error.remedy}")

"""The page of a lab: controls, live map, figures, chart, table and sentence as one widget.

The page asks one question at a time (setting and selection) and Python answers with one
picture, so map, figures, chart, table and sentence always change together. Everything a
lab knows is in its :class:`course.display.lab_picture.Lab`; this module only carries it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

import anywidget
import traitlets

from course.display import fonts, lab_still
from course.display.base_map import read_asset
from course.display.controls import clean_setting, start_setting
from course.display.figure import stylesheet
from course.display.lab_picture import Lab, Picture
from course.display.lab_selection import features, selection
from course.display.live_map import esm
from course.display.static_first import StaticFirst
from course.errors import CourseError

# Words of the page itself; a lab's own words are in its Words.
UI = {
    "controls": "Settings",
    "more": "More settings",
    "reset": "Reset",
    "copy": "Copy setting",
    "code": "The setting as one line of code",
    "copied": "Copied. Paste it into the next cell.",
    "copy_by_hand": "Press Ctrl+C to copy the marked line.",
    "clear": "Clear",
    "type_number": "type a number,",
    "several": "names fit. Type more of the name.",
    "unknown": "There is no",
    "busy": "The kernel is busy. The picture shows the setting before.",
    "limits": "What the data do not show",
    "sources": "Sources",
    "draw_by_name": "Add a point by name",
    "draw_add": "Add",
    "draw_undo": "Undo",
    "draw_clear": "Clear line",
    "draw_how": "Click the map, or press Enter in it, to add a point. Escape ends.",
    "draw_full": "The line has all its points. Undo one to add another.",
    "draw_outside": "That point is outside the city.",
    "draw_points": "points",
    "draw_point": "point",
}


class LabPage(StaticFirst, anywidget.AnyWidget):
    """One lab on one page.

    Parameters
    ----------
    lab : Lab
        What to show.
    record : callable, optional
        Called with the setting and the selection when the reader has changed something
        and let go.

    Attributes
    ----------
    setting : dict
        Present value of each control.
    chosen : str
        Id of the selection, empty for none.
    """

    _esm = esm("map_frame.js", "lab_controls.js", "lab_draw.js", "lab_table.js", "lab_page.js")
    _css = stylesheet().removeprefix("<style>").removesuffix("</style>") + read_asset("lab.css")

    spec = traitlets.Dict().tag(sync=True)
    page = traitlets.Unicode().tag(sync=True)
    frame = traitlets.Dict().tag(sync=True)
    styles = traitlets.Bytes().tag(sync=True)
    chosen = traitlets.Unicode().tag(sync=True)
    asked = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        lab: Lab,
        *,
        record: Callable[[Mapping[str, Any], str | None], None] | None = None,
        **kwargs: Any,
    ) -> None:
        self._lab, self._record = lab, record
        self._setting = start_setting(lab.controls)
        self._picture = lab.picture(self._setting, None)
        self._base = lab.draw_map(self._picture)
        self._layers = self._base.layers
        self._features = features(self._layers, lab.choices)
        self._ids = {c.id for c in lab.choices}
        self._chosen: str | None = None
        super().__init__(
            spec=self._spec(),
            page=self._base.page(),
            frame=self._frame(0, self._picture),
            styles=self._picture.styles(self._layers),
            **kwargs,
        )
        self.observe(self._answer, names="asked")

    def _spec(self) -> dict[str, Any]:
        words = self._lab.words
        shown = [words.title, words.lead, words.everything, *(c.name for c in self._lab.choices)]
        return {
            "ui": {**UI, **words.ui},
            "lang": "en",
            "dir": "ltr",
            "words": {
                "title": words.title,
                "lead": words.lead,
                "map_title": words.map_title,
                "choice": words.choice,
                "everything": words.everything,
                "badge": words.badge,
                "limits": list(words.limits),
                "sources": list(words.sources),
            },
            "controls": [c.spec() for c in self._lab.controls],
            "choices": [
                [c.id, c.name, *self._features.get(c.id, ("", -1))] for c in self._lab.choices
            ],
            "layers": [[layer.id, len(layer.shapes)] for layer in self._layers],
            "map_height": self._base.height_px,
            "fonts": fonts.face_css(shown),
        }

    def _frame(self, seq: int, picture: Picture) -> dict[str, Any]:
        spot = selection(self._layers, self._lab.choices, picture, self._chosen)
        layer, index = spot or ("", None)
        return {
            "seq": seq,
            "setting": dict(self._setting),
            **picture.spec(),
            "selected": index,
            "selected_layer": layer,
        }

    def _answer(self, change: Mapping[str, Any]) -> None:
        asked = change["new"]
        # what comes from a page is checked like anything typed
        seq = asked.get("seq") if type(asked.get("seq")) is int else 0
        given = asked.get("setting")
        setting = clean_setting(self._lab.controls, given if isinstance(given, dict) else {})
        wish = asked.get("chosen")
        chosen = wish if isinstance(wish, str) and wish in self._ids else None
        same = setting == self._setting and chosen == self._chosen
        if same and not self.frame.get("problem"):
            # a hand that comes to rest asks again for what is shown already
            self.frame = self.frame | {"seq": seq}
        else:
            self.set_setting(setting, chosen=chosen, seq=seq)
        if asked.get("user") and asked.get("settled") and self._record is not None:
            self._record(dict(self._setting), chosen)

    def set_setting(
        self, setting: Mapping[str, Any], *, chosen: str | None = None, seq: int = -1
    ) -> Picture:
        """Show one setting, as if the reader had chosen it.

        Parameters
        ----------
        setting : mapping
            Values by control; missing ones are as at first.
        chosen : str, optional
            Id of the selection.
        seq : int
            Number of the question that is answered.

        Returns
        -------
        Picture
            What is shown; with ``problem`` when the setting cannot be computed.
        """
        self._setting = clean_setting(self._lab.controls, setting)
        self._chosen = chosen if chosen in self._ids else None
        try:
            picture = self._lab.picture(self._setting, self._chosen)
            if not picture.problem:
                styles, frame = picture.styles(self._layers), self._frame(seq, picture)
        except Exception as error:
            # without an answer the page would wait for ever; the log keeps what happened
            known = isinstance(error, CourseError)
            said = str(error) if known else "This setting cannot be computed. Press Reset."
            if not known:
                logging.getLogger(__name__).exception("lab %s", self._lab.lab_id)
            picture = Picture(problem=said)
        if picture.problem:
            # the picture before stays, so that a reader sees what the problem is about
            self.frame = self._frame(seq, self._picture) | {"problem": picture.problem}
            return picture
        self._picture = picture
        # one message: no view ever draws new colours beside old numbers
        with self.hold_sync():
            self.styles = styles
            self.chosen = self._chosen or ""
            self.frame = frame
        return picture

    @property
    def setting(self) -> dict[str, Any]:
        """Return the present value of each control."""
        return dict(self._setting)

    @property
    def picture(self) -> Picture:
        """Return what is shown."""
        return self._picture

    def still_html(self) -> str:
        """Return the page as HTML without script, at the present setting."""
        return lab_still.page(
            self._lab,
            self._picture,
            self._setting,
            self._lab.draw_map(self._picture),
            chosen=self._chosen,
        )

    def still_text(self) -> str:
        """Return title, figures and sentence."""
        return lab_still.text(self._lab, self._picture)

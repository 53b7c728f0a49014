"""One function under a few sliders: the step between a fixed call and a lab.

The widget shows the call, its result and nothing else. Its static form is a table of
the same function at a few settings, so that the page reads well with widgets dead.
"""

from __future__ import annotations

import html
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ipywidgets as widgets
import pandas as pd

from course.display import tables_html
from course.display.figure import Figure
from course.display.static_first import StaticFirst
from course.errors import UsageError


@dataclass(frozen=True)
class Knob:
    """One slider: name of the argument, its range and its unit.

    Parameters
    ----------
    name : str
        Argument of the function.
    low, high, step : float
        Range of the slider, ends included.
    start : float
        Value shown first.
    unit : str
        Unit shown after the value.
    label : str
        Words beside the slider; the argument's name when empty.
    """

    name: str
    low: float
    high: float
    step: float
    start: float
    unit: str = ""
    label: str = ""

    @property
    def words(self) -> str:
        """Return the label with the unit."""
        text = self.label or self.name.replace("_", " ")
        return f"{text} ({self.unit})" if self.unit else text

    def samples(self) -> list[float]:
        """Return five settings on the slider's own steps, the first value among them."""
        steps = round((self.high - self.low) / self.step)
        spots = {round(steps * share / 4) for share in range(5)}
        values = {self.low + self.step * spot for spot in spots} | {self.start}
        whole = float(self.step).is_integer() and float(self.low).is_integer()
        return sorted(int(v) if whole else round(v, 6) for v in values)


def _as_text(result: Any) -> str:
    return f"{result:,.10g}" if isinstance(result, (int, float)) else str(result)


class Explore(StaticFirst, widgets.VBox):
    """Sliders over one call, with the result as one line.

    Parameters
    ----------
    function : callable
        Takes the knobs' names as keyword arguments; returns a number or a sentence.
    *knobs : Knob
        One to three sliders.
    result : str
        What the result is, with its unit: "Fare (KRW)".
    """

    def __init__(self, function: Callable[..., Any], *knobs: Knob, result: str) -> None:
        if not 1 <= len(knobs) <= 3:
            raise UsageError("explore() takes one to three knobs.", "Leave the others fixed.")
        parameters = inspect.signature(function).parameters.values()
        if not any(p.kind is p.VAR_KEYWORD for p in parameters):
            known = {p.name for p in parameters}
            for knob in knobs:
                if knob.name not in known:
                    raise UsageError(
                        f"The function has no argument {knob.name!r}.",
                        f"Its arguments are {', '.join(sorted(known))}.",
                    )
        self._function, self._knobs, self._result_words = function, knobs, result
        self._sliders = {knob.name: self._slider(knob) for knob in knobs}
        self._line = widgets.HTML()
        super().__init__([*self._sliders.values(), self._line])
        self.add_class("kit-alive")  # tells the page to hide the still form
        for slider in self._sliders.values():
            slider.observe(lambda _change: self._show(), names="value")
        self._show()

    @staticmethod
    def _slider(knob: Knob) -> widgets.Widget:
        whole = all(float(v).is_integer() for v in (knob.low, knob.step, knob.start))
        kind = widgets.IntSlider if whole else widgets.FloatSlider
        cast = int if whole else float
        return kind(
            value=cast(knob.start),
            min=cast(knob.low),
            max=cast(knob.high),
            step=cast(knob.step),
            description=knob.words,
            continuous_update=True,
            style={"description_width": "220px"},
            layout=widgets.Layout(width="min(100%, 560px)"),
        )

    @property
    def settings(self) -> dict[str, float]:
        """Return the present value of each knob."""
        return {name: slider.value for name, slider in self._sliders.items()}

    @property
    def value(self) -> Any:
        """Return the function's result at the present settings."""
        return self._function(**self.settings)

    def _show(self) -> None:
        text = html.escape(_as_text(self.value))
        self._line.value = (
            '<div role="status" aria-live="polite" style="font-size:15px;line-height:1.5">'
            f"{html.escape(self._result_words)}: "
            '<strong style="font-size:18px;font-variant-numeric:tabular-nums">'
            f"{text}</strong></div>"
        )

    def _rows(self) -> list[tuple[dict[str, float], str]]:
        """Return settings and results: one knob moves at a time, the others rest."""
        starts = {knob.name: knob.start for knob in self._knobs}
        rows, seen = [], set()
        for knob in self._knobs:
            for sample in knob.samples():
                setting = {**starts, knob.name: sample}
                key = tuple(setting.values())
                if key not in seen:
                    seen.add(key)
                    rows.append((setting, _as_text(self._function(**setting))))
        return rows

    def still_html(self) -> str:
        """Return the results at a few settings as a table."""
        words = [knob.words for knob in self._knobs] + [self._result_words]
        rows = [
            [f"{setting[knob.name]:g}" for knob in self._knobs] + [text]
            for setting, text in self._rows()
        ]
        frame = pd.DataFrame(rows, columns=words)
        body = tables_html.table(frame, labels={word: word for word in words})
        return Figure(title=f"{self._result_words} at a few settings", body=body).html()

    def still_text(self) -> str:
        """Return the result at the present settings."""
        return f"{self._result_words}: {_as_text(self.value)}"


def explore(function: Callable[..., Any], *knobs: Knob, result: str) -> Explore:
    """Put one function under sliders.

    Parameters
    ----------
    function : callable
        Called with the knobs' names; returns a number or a sentence.
    *knobs : Knob
        One to three sliders.
    result : str
        What the result is, with its unit.

    Returns
    -------
    Explore
        A widget; its static form is a table of results at a few settings.

    Examples
    --------
    >>> dial = explore(lambda km: 2 * km, Knob("km", 0, 10, 1, 5, "km"), result="Double (km)")
    >>> dial.value
    10
    """
    return Explore(function, *knobs, result=result)

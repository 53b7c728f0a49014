"""What a lab shows at one setting: plain data that a page draws, alive or still.

A lab is an object with the attributes of :class:`Lab` and knows nothing of widgets.
``LabPage(lab)`` draws its map once and then asks one question at a time:
``picture(setting, chosen)``. The answer is a :class:`Picture`, and everything on the page
changes together.

- ``setting`` holds one cleaned value per control: a number (``Control``), a string
  (``Option``), or a list of ``[lat, lon]`` under ``"drawn"`` (``drawing.Drawing``).
- ``chosen`` is the id of one of the lab's choices, or None. The choices of a layer that can
  be picked stand in the order of its features.
- ``draw_map(picture)`` gives the map with its layers. Later only classes travel, one byte
  per feature: ``Picture.layers``. Colours and looks of the classes stay as first drawn; the
  drawn line is the one shape that may change.
- No answer: ``Picture(empty=...)`` where nothing fits the setting, ``Picture(problem=...)``
  or a ``CourseError`` where it cannot be computed, ``lab_missing`` where a city lacks data.

Examples
--------
A whole lab: in which districts are there many jobs?

>>> import numpy as np
>>> from course import City
>>> from course.display.base_map import THEMES, Layer
>>> from course.display.controls import Control, Option
>>> from course.display.lab_page import LabPage
>>> from course.display.map_layer import Look
>>> from course.display.maps import zone_shapes
>>> class JobsLab:
...     lab_id, words = "jobs", Words("Find the districts people work in", "Jobs by district.",
...                                   "Districts with many jobs", "District", "All districts")
...     controls = [Control("many", "Many jobs", "", 0, 1000, 10, 300),
...                 Option("per", "Count", [("people", "per 1,000 people"), ("ha", "per ha")])]
...
...     def __init__(self, city):
...         self.city, self.zones = city, city.zones
...         self.choices = [Choice(z.zone_id, z.name) for z in self.zones.itertuples()]
...
...     def picture(self, setting, chosen):
...         people = setting["per"] == "people"
...         base = self.zones["population"] / 1000 if people else self.zones["area_km2"] * 100
...         many = (self.zones["jobs"] / base).ge(setting["many"]).to_numpy()
...         said = f"{many.sum()} of {len(many)} districts have many jobs."
...         return Picture(numbers=(BigNumber("Districts", str(many.sum())),), sentence=said,
...                        layers={"zones": many.astype(np.uint8)})
...
...     def draw_map(self, picture):
...         base = BaseMap(self.city, title=self.words.map_title)
...         base.add(Layer("zones", "areas", zone_shapes(self.city, self.zones["zone_id"]),
...                        picture.layers["zones"], {t: ["#b4cbea", "#e0913f"] for t in THEMES},
...                        names=[c.name for c in self.choices], picks=True,
...                        looks=[Look("Fewer jobs"), Look("Many jobs", hatch="stripes")]))
...         base.legend("zones", "Districts", [(1, "many jobs"), (0, "fewer jobs")])
...         return base
>>> page = LabPage(JobsLab(City.open("seoul")))
>>> page.set_setting({"many": 500, "per": "people"}).sentence
'7 of 25 districts have many jobs.'
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from course.display.base_map import BaseMap
from course.display.controls import AnyControl
from course.display.drawing import line_numbers
from course.display.map_layer import Layer, Legend, check_classes
from course.errors import UsageError


@dataclass(frozen=True)
class BigNumber:
    """One of the three or four large figures: label, value with unit, a short note."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True)
class Grid:
    """A small sortable table.

    Parameters
    ----------
    caption : str
        What it shows.
    heads : sequence of str
        Column heads with units.
    cells : sequence of rows
        Text to show.
    keys : sequence of rows
        What to sort by, cell by cell; text or number, None for no data.
    ids : sequence of str
        Choice each row stands for, empty for none; its first cell then selects it.
    """

    caption: str
    heads: Sequence[str]
    cells: Sequence[Sequence[str]]
    keys: Sequence[Sequence[float | str | None]]
    ids: Sequence[str] = ()


@dataclass(frozen=True)
class Picture:
    """Everything the page shows at one setting and selection.

    Parameters
    ----------
    numbers : tuple of BigNumber
        The large figures.
    chart_title, chart_subtitle, chart : str
        What the chart says, what it measures, its SVG.
    grid : Grid
        The same numbers as a table.
    sentence : str
        The reading.
    code : str
        The setting as one line of code.
    classes, labels, tips : arrays
        One entry per feature of the map's first data layer.
    layers : mapping
        Classes by layer id, one per feature in the layer's order; the first layer may stand
        here too. A layer left out looks as it was first drawn.
    layer_tips : mapping
        Layer id to the lines of each feature's popup, where they change with the setting;
        give them in every picture or in none. A class may speak for itself: ``Look.words``.
    legends : mapping
        Layer id to :class:`Legend`, where it changes with the setting; the same rule.
    selected : int or None
        Index of the selected feature; when None, the feature of the selected choice.
    selected_layer : str
        Its layer; the first that can be picked when empty.
    drawn : sequence of (lat, lon), optional
        The line that the reader's points mean (``setting["drawn"]``), for example along
        streets. None: the points joined by straight lines.
    empty : str
        One sentence when nothing answers the setting; it stands in place of chart and table.
    problem : str
        One sentence when the setting cannot be computed; the picture before stays, dimmed.
    """

    numbers: tuple[BigNumber, ...] = ()
    chart_title: str = ""
    chart_subtitle: str = ""
    chart: str = ""
    grid: Grid = field(default_factory=lambda: Grid("", (), (), ()))
    sentence: str = ""
    code: str = ""
    classes: np.ndarray = field(default_factory=lambda: np.zeros(0, np.uint8))
    labels: Sequence[str] = ()
    tips: Sequence[Sequence[str]] = ()
    selected: int | None = None
    problem: str = ""
    layers: Mapping[str, np.ndarray] = field(default_factory=dict)
    layer_tips: Mapping[str, Sequence[Sequence[str]]] = field(default_factory=dict)
    legends: Mapping[str, Legend] = field(default_factory=dict)
    selected_layer: str = ""
    drawn: Sequence[Sequence[float]] | None = None
    empty: str = ""

    def styles(self, layers: Sequence[Layer]) -> bytes:
        """Return the classes of all layers of a map, one after the other.

        Raises
        ------
        UsageError
            For a layer the map does not have or a wrong number of classes.
        """
        given = dict(self.layers)
        if layers and len(self.classes):
            given.setdefault(layers[0].id, self.classes)
        known = {layer.id for layer in layers}
        for name in (*given, *self.layer_tips, *self.legends):
            if name not in known:
                raise UsageError(
                    f"The map has no layer {name!r}.", f"It has {', '.join(sorted(known))}."
                )
        return b"".join(
            check_classes(layer, given.get(layer.id, layer.classes)).tobytes() for layer in layers
        )

    def spec(self) -> dict[str, Any]:
        """Return what the page's script draws, without the map's bytes."""
        return {
            "numbers": [[n.label, n.value, n.note] for n in self.numbers],
            "chart_title": self.chart_title,
            "chart_subtitle": self.chart_subtitle,
            "chart": self.chart,
            "grid": {
                "caption": self.grid.caption,
                "heads": list(self.grid.heads),
                "cells": [list(r) for r in self.grid.cells],
                "keys": [list(r) for r in self.grid.keys],
                "ids": list(self.grid.ids),
            },
            "sentence": self.sentence,
            "code": self.code,
            "labels": list(self.labels),
            "tips": [list(t) for t in self.tips],
            "layer_tips": {k: [list(t) for t in v] for k, v in self.layer_tips.items()},
            "legends": [legend.spec(name) for name, legend in self.legends.items()],
            "selected": self.selected,
            "selected_layer": self.selected_layer,
            "drawn": None if self.drawn is None else line_numbers(self.drawn),
            "empty": self.empty,
            "problem": self.problem,
        }


@dataclass(frozen=True)
class Choice:
    """One thing a reader can select.

    Parameters
    ----------
    id, name : str
        What the lab is told, and what is shown.
    layer : str
        Layer of its feature on the map; the first layer that can be picked when empty. The
        choices of a layer stand in the order of its features.
    """

    id: str
    name: str
    layer: str = ""


@dataclass(frozen=True)
class Words:
    """The fixed words of a lab.

    Parameters
    ----------
    title, lead : str
        What you decide here, and one sentence about what is compared.
    map_title : str
        What the map shows.
    choice : str
        What can be selected: "Zone".
    everything : str
        No selection: "All of Seoul".
    badge : str
        "SYNTHETIC: ..." or empty.
    limits, sources : sequence of str
        What the data do not show; where they come from.
    ui : mapping
        Words of the page itself to be said otherwise, by the names in ``lab_page.UI``.
    """

    title: str
    lead: str
    map_title: str
    choice: str
    everything: str
    badge: str = ""
    limits: Sequence[str] = ()
    sources: Sequence[str] = ()
    ui: Mapping[str, str] = field(default_factory=dict)


class Lab(Protocol):
    """What a page needs from a lab; the lab itself knows nothing of widgets."""

    lab_id: str
    words: Words
    controls: Sequence[AnyControl]
    choices: Sequence[Choice]

    def draw_map(self, picture: Picture) -> BaseMap:
        """Return the map with its data layers, drawn for a picture."""
        ...

    def picture(self, setting: Mapping[str, Any], chosen: str | None) -> Picture:
        """Return what to show; pure."""
        ...

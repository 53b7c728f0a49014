"""What a lab shows at one setting: plain data that a page draws, alive or still."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from course.display.base_map import BaseMap
from course.display.controls import Control


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
    """

    caption: str
    heads: Sequence[str]
    cells: Sequence[Sequence[str]]
    keys: Sequence[Sequence[float | str | None]]


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
        One entry per feature of the map's data layer.
    selected : int or None
        Index of the selected feature.
    problem : str
        One sentence when the setting cannot be computed; the rest is then not drawn.
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
            },
            "sentence": self.sentence,
            "code": self.code,
            "labels": list(self.labels),
            "tips": [list(t) for t in self.tips],
            "selected": self.selected,
            "problem": self.problem,
        }


@dataclass(frozen=True)
class Choice:
    """One thing a reader can select: its id and the name shown."""

    id: str
    name: str


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
    """

    title: str
    lead: str
    map_title: str
    choice: str
    everything: str
    badge: str = ""
    limits: Sequence[str] = ()
    sources: Sequence[str] = ()


class Lab(Protocol):
    """What a page needs from a lab; the lab itself knows nothing of widgets."""

    lab_id: str
    words: Words
    controls: Sequence[Control]
    choices: Sequence[Choice]

    def draw_map(self, picture: Picture) -> BaseMap:
        """Return the map with one data layer, drawn for a picture."""
        ...

    def picture(self, setting: Mapping[str, float], chosen: str | None) -> Picture:
        """Return what to show; pure."""
        ...

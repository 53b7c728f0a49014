"""One data layer of a map: shapes in a fixed order, one class each, and how classes look.

A class is one byte: an index into the layer's colours, ``breaks.MISSING`` (255, grey) or
``breaks.HIDDEN`` (254, not drawn and not touched). Restyling a map is sending new bytes.
A :class:`Look` gives a class a sign beside its colour, so that nobody needs to see colour.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

import numpy as np

from course.display import breaks
from course.errors import UsageError

Hatch = Literal["", "stripes", "dots", "cross"]
Marker = Literal["circle", "square", "diamond", "triangle"]
Dash = Literal["", "dashes", "dots"]


@dataclass(frozen=True)
class Look:
    """How the features of one class are drawn, beside their colour.

    Parameters
    ----------
    words : str
        A line in the popup of each feature of this class: "Served by a chosen route".
    weight : float, optional
        Width of a line or an outline in pixels (3 for a line, 5 for one that is chosen);
        the layer's when absent.
    dash : str
        Lines: ``""``, ``dashes`` or ``dots``.
    hatch : str
        Areas: ``""``, ``stripes``, ``dots`` or ``cross``, drawn over the colour.
    marker : str
        Points: ``circle``, ``square``, ``diamond`` or ``triangle``.
    hollow : bool
        Points: only the outline carries the colour.
    opacity : float, optional
        0 to 1; the layer's when absent.
    front : bool
        Drawn over the other features of the layer.
    """

    words: str = ""
    weight: float | None = None
    dash: Dash = ""
    hatch: Hatch = ""
    marker: Marker = "circle"
    hollow: bool = False
    opacity: float | None = None
    front: bool = False

    def __post_init__(self) -> None:
        for name, allowed in (("dash", Dash), ("hatch", Hatch), ("marker", Marker)):
            if getattr(self, name) not in get_args(allowed):
                raise UsageError(
                    f"A look has no {name} {getattr(self, name)!r}.",
                    f"Use one of {', '.join(repr(v) for v in get_args(allowed))}.",
                )


@dataclass(frozen=True)
class Legend:
    """The legend of one layer.

    Parameters
    ----------
    title : str
        Measure with unit.
    rows : sequence of (int, str) or (int, str, str)
        Class, words, and for a layer without looks the form of its key (``""``, ``line``,
        ``dot``). No rows: no legend.
    """

    title: str
    rows: Sequence[Sequence[Any]]

    def spec(self, layer: str) -> dict[str, Any]:
        """Return the legend as the page's script reads it."""
        rows = [[int(r[0]), str(r[1]), str(r[2]) if len(r) > 2 else ""] for r in self.rows]
        return {"layer": layer, "title": self.title, "rows": rows}


@dataclass(frozen=True)
class Layer:
    """One data layer: shapes in a fixed order, one class each.

    Parameters
    ----------
    id : str
        Name used when styles are sent later.
    kind : str
        ``areas`` (rings), ``lines`` or ``points``.
    shapes : list
        Flat whole numbers, see :mod:`course.display.network_lines`: an area is a list of
        polygons, each a list of rings; a line is a list of polylines; a point is one flat
        pair.
    classes : numpy.ndarray of uint8
        Index into the palette; 255 = no data, 254 = not drawn.
    colors : dict
        ``light`` and ``dark``: colours of the classes.
    names, tips : sequences
        Name of each feature and the lines of its popup.
    picks : bool
        A click selects the feature.
    weight, opacity : float
        Width of lines and outlines in pixels, opacity of fills.
    radii : sequence of float
        Points: radius in pixels.
    labels, label_at : sequences
        Words on the map and where they stand.
    looks : sequence of Look, optional
        One per colour: width, pattern, marker of the class.
    """

    id: str
    kind: str
    shapes: list[Any]
    classes: np.ndarray
    colors: Mapping[str, Sequence[str]]
    names: Sequence[str] | None = None
    tips: Sequence[Sequence[str]] | None = None
    picks: bool = False
    weight: float = 1.0
    opacity: float = 0.84
    radii: Sequence[float] | None = None
    labels: Sequence[str] | None = None
    label_at: list[int] | None = None
    looks: Sequence[Look] | None = None

    def __post_init__(self) -> None:
        check_classes(self, self.classes)
        if self.looks is not None and len(self.looks) != len(self.colors["light"]):
            raise UsageError(
                f"The layer {self.id!r} has {len(self.looks)} looks for "
                f"{len(self.colors['light'])} colours.",
                "Give one look per class, in the order of the colours.",
            )

    def look(self, value: int) -> Look:
        """Return how a class looks; a plain look for a class without one."""
        known = self.looks is not None and value < len(self.looks)
        return self.looks[value] if known and self.looks is not None else Look()

    def spec(self) -> dict[str, Any]:
        """Return the layer as the page's script reads it."""
        return {
            "id": self.id,
            "kind": self.kind,
            "shapes": self.shapes,
            "styles": base64.b64encode(np.asarray(self.classes, np.uint8).tobytes()).decode(),
            "palette": {k: list(v) for k, v in self.colors.items()},
            "names": None if self.names is None else list(self.names),
            "tips": [] if self.tips is None else [list(t) for t in self.tips],
            "picks": self.picks,
            "weight": self.weight,
            "opacity": self.opacity,
            "radii": None if self.radii is None else [round(float(r), 1) for r in self.radii],
            "labels": None if self.labels is None else list(self.labels),
            "label_at": self.label_at,
            "looks": None if self.looks is None else [asdict(look) for look in self.looks],
        }


def check_classes(layer: Layer, classes: Sequence[int] | np.ndarray) -> np.ndarray:
    """Return classes as bytes for a layer.

    Raises
    ------
    UsageError
        When there is not one per feature, or one has no colour.
    """
    values = np.asarray(classes)
    if len(values) != len(layer.shapes):
        raise UsageError(
            f"{len(values)} classes were given for the {len(layer.shapes)} features of "
            f"{layer.id!r}.",
            "Give one class per feature, in the order of the layer.",
        )
    colors = len(layer.colors["light"])
    known = (values >= 0) & (values < colors)
    known |= (values == breaks.MISSING) | (values == breaks.HIDDEN)
    if not known.all():
        raise UsageError(
            f"The layer {layer.id!r} has no class {values[~known][0]}.",
            f"Its classes are 0 to {colors - 1}; 255 is no data and 254 is not drawn.",
        )
    return values.astype(np.uint8)

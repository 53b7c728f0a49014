"""The map of the orientation lab: zones by a value, stripes where they are above the line.

The number of classes is a setting, and colours stay as a map was first drawn: so the layer
carries the scales of one to nine classes one after the other, each plain and striped.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from course.display import breaks, palette
from course.display.base_map import THEMES
from course.display.map_layer import Layer, Legend, Look
from course.labs.orientation_setting import MOST

ZONES = "zones"
_SIZES = range(1, MOST + 1)
_PER_SCALE = sum(_SIZES)


def first_of(count: int) -> int:
    """Return where the scale of so many classes begins."""
    return sum(range(1, count))


def classes_of(data: np.ndarray, edges: Sequence[float], over: np.ndarray) -> np.ndarray:
    """Return the class of each zone: its scale, its place in it, and whether it is striped."""
    found = breaks.classify(data, edges)
    known = found != breaks.MISSING
    at = found.astype(np.int64) + first_of(len(edges) + 1) + np.where(over, _PER_SCALE, 0)
    return np.where(known, at, breaks.MISSING).astype(np.uint8)


def legend(
    title: str, edges: Sequence[float], over_words: str, *, some_over: bool, some_missing: bool
) -> Legend:
    """Return the legend of a scale, highest first."""
    begin = first_of(len(edges) + 1)
    rows: list[tuple[int, str]] = [
        (begin + k, words) for k, words in enumerate(breaks.class_labels(edges))
    ][::-1]
    if some_over:
        rows.append((begin + len(edges) + _PER_SCALE, over_words))
    if some_missing:
        rows.append((breaks.MISSING, "no data"))
    return Legend(title, rows)


def layer(
    shapes: list, names: Sequence[str], classes: np.ndarray, label_at: list[int],
    labels: Sequence[str] | None,
) -> Layer:  # fmt: skip
    """Return the layer of zones."""
    colors = {
        t: [color for count in _SIZES for color in palette.sequential(count, theme=t)] * 2
        for t in THEMES
    }
    looks = [Look("Not above the line")] * _PER_SCALE
    looks += [Look("Above the line", hatch="stripes")] * _PER_SCALE
    return Layer(
        id=ZONES, kind="areas", shapes=shapes, classes=classes, colors=colors,
        names=list(names), picks=True, looks=looks, labels=labels, label_at=label_at,
    )  # fmt: skip

"""What a lab's choices are on its map: layer and index of each, and which one has an outline."""

from __future__ import annotations

from collections.abc import Sequence

from course.display.lab_picture import Choice, Picture
from course.display.map_layer import Layer
from course.errors import UsageError


def features(layers: Sequence[Layer], choices: Sequence[Choice]) -> dict[str, tuple[str, int]]:
    """Return layer and index of each choice that has a feature on the map.

    Raises
    ------
    UsageError
        When a layer that can be picked has another number of features than choices.
    """
    picked = [layer for layer in layers if layer.picks]
    found: dict[str, tuple[str, int]] = {}
    counts: dict[str, int] = {}
    for choice in choices:
        name = choice.layer or (picked[0].id if picked else "")
        found[choice.id] = (name, counts.get(name, 0))
        counts[name] = counts.get(name, 0) + 1
    for layer in picked:
        if counts.get(layer.id, 0) != len(layer.shapes):
            raise UsageError(
                f"The layer {layer.id!r} can be picked and has {len(layer.shapes)} features, "
                f"but {counts.get(layer.id, 0)} choices.",
                "Give one Choice per feature, in the order of the layer.",
            )
    there = {layer.id for layer in layers}
    return {k: v for k, v in found.items() if v[0] in there}


def selection(
    layers: Sequence[Layer], choices: Sequence[Choice], picture: Picture, chosen: str | None
) -> tuple[str, int] | None:
    """Return layer and index of the feature to outline, None for none."""
    if picture.selected is None:
        return features(layers, choices).get(chosen) if chosen else None
    first = next((layer.id for layer in layers if layer.picks), layers[0].id if layers else "")
    return picture.selected_layer or first, picture.selected

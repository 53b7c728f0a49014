"""A folium map that is drawn once; afterwards only styles and the choice travel.

The page of the map sits in a sandboxed frame. Python sends one byte per feature (the
class, an index into the palette) as binary buffers; a click comes back as ``selected``.
Never draw a map again inside an Output widget: that sends the whole page at each move.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import anywidget
import numpy as np
import traitlets

from course.display import svg_map
from course.display.base_map import BaseMap, read_asset
from course.display.figure import Figure, stylesheet
from course.display.map_layer import check_classes
from course.display.static_first import StaticFirst
from course.errors import UsageError


def esm(*names: str) -> str:
    """Return scripts of the kit as one module; the last one exports the widget."""
    return "\n".join(read_asset(name) for name in names)


class LiveMap(StaticFirst, anywidget.AnyWidget):
    """A map whose features change colour without being drawn again.

    Parameters
    ----------
    base : BaseMap
        The map with its layers; their features keep their order.
    title, reading : str
        What the map shows and what we see; for the still form and screen readers.
    still : str
        HTML of the still form; a still picture of the map when empty.

    Attributes
    ----------
    selected : int
        Index of the feature the reader chose in the first layer, -1 for none.
    status : str
        A line below the map, read out when it changes.

    Examples
    --------
    >>> live = LiveMap(base, title="Change in fare")  # doctest: +SKIP
    >>> live.update({"zones": classes})  # doctest: +SKIP
    """

    _esm = esm("map_frame.js", "live_map.js")
    _css = stylesheet().removeprefix("<style>").removesuffix("</style>")

    page = traitlets.Unicode().tag(sync=True)
    title = traitlets.Unicode().tag(sync=True)
    height = traitlets.Int(440).tag(sync=True)
    selected = traitlets.Int(-1).tag(sync=True)
    status = traitlets.Unicode().tag(sync=True)

    def __init__(
        self, base: BaseMap, *, title: str = "", reading: str = "", still: str = "", **kwargs: Any
    ) -> None:
        self._base, self._reading, self._still_html = base, reading, still
        self._layers = {layer.id: layer for layer in base.layers}
        self._version = 0
        super().__init__(
            page=base.page(), title=title or base.title, height=base.height_px, **kwargs
        )

    def update(
        self,
        classes: Mapping[str, Sequence[int] | np.ndarray],
        *,
        labels: Sequence[str] | None = None,
        tips: Mapping[str, Sequence[Sequence[str]]] | None = None,
    ) -> int:
        """Send new classes, one per feature in the layer's order.

        Parameters
        ----------
        classes : mapping
            Layer id to class indices (255 = no data, 254 = not drawn).
        labels : sequence of str, optional
            New words on the map.
        tips : mapping, optional
            Layer id to the lines of each feature's popup.

        Returns
        -------
        int
            Number of the update; the page reports it when painted.

        Raises
        ------
        UsageError
            For an unknown layer, a wrong number of features or a class without a colour.
        """
        buffers = []
        for name, values in classes.items():
            if name not in self._layers:
                raise UsageError(
                    f"The map has no layer {name!r}.", f"It has {', '.join(self._layers)}."
                )
            buffers.append(check_classes(self._layers[name], values).tobytes())
        self._version += 1
        message: dict[str, Any] = {"kind": "styles", "v": self._version, "layers": list(classes)}
        if labels is not None:
            message["labels"] = list(labels)
        if tips is not None:
            message["tips"] = {k: [list(t) for t in v] for k, v in tips.items()}
        self.send(message, buffers=buffers)
        return self._version

    def on_select(self, function: Callable[[int | None], None]) -> None:
        """Call a function with the index of the chosen feature, None when cleared."""
        self.observe(lambda c: function(None if c["new"] < 0 else c["new"]), names="selected")

    def still_html(self) -> str:
        """Return the map as a still picture with its title and reading."""
        if self._still_html:
            return self._still_html
        body = svg_map.svg(self._base, alt=self._reading or self.title)
        return Figure(title=self.title, reading=self._reading, body=body).html()

    def still_text(self) -> str:
        """Return title and reading."""
        return f"{self.title}\n{self._reading}".strip()

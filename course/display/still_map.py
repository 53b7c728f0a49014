"""The axes of a printed map: projection, the city's body and lines, scale bar, names.

For pictures in documents, where no script runs. Coordinates are kilometres from the middle
of the city (one scale at the middle latitude, good for one city). Nothing here knows which
numbers are shown; :mod:`course.documents.pictures` puts them on.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from course.display import chart_drawing, fonts, network_lines, palette

LIGHT = palette.ROLES["light"]
KM_PER_DEGREE = 111.195
INCHES = 8.0  # a picture is laid out as if it stood eight inches wide on the page


@lru_cache(maxsize=1)
def families() -> tuple[str, ...]:
    """Return the fonts of printed pictures, Latin first; all from installed packages."""
    from importlib.util import find_spec

    from matplotlib import font_manager

    others = fonts.chart_families()
    spec = find_spec("fontpkg_noto_sans")
    places = list(spec.submodule_search_locations or []) if spec else []
    file = Path(places[0], "files", "NotoSans[wdth,wght].ttf") if places else None
    if file is None or not file.is_file():
        return others
    font_manager.fontManager.addfont(str(file))
    return (font_manager.FontProperties(fname=str(file)).get_name(), *others)


@contextmanager
def style(text_pt: float = 11) -> Iterator[None]:
    """Draw in the kit's hand, at a text size in points of the printed picture."""
    import matplotlib as mpl

    with (
        chart_drawing.style(),
        mpl.rc_context(
            {"font.family": list(families()), "font.size": text_pt, "figure.facecolor": "white"}
        ),
    ):
        yield


def sheet(width_px: int, height_px: int) -> Any:
    """Return an empty drawing of so many pixels that is not known to pyplot."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Drawing

    dpi = width_px / INCHES
    drawing = Drawing(figsize=(INCHES, height_px / dpi), dpi=dpi, facecolor=LIGHT["paper"])
    FigureCanvasAgg(drawing)
    return drawing


def png(drawing: Any, alt: str) -> bytes:
    """Return a drawing as PNG with its alternative text; equal drawings give equal bytes."""
    out = io.BytesIO()
    # no software and no date: they would change from run to run
    drawing.savefig(out, format="png", metadata={"Description": alt, "Software": None})
    return out.getvalue()


@dataclass(frozen=True)
class Ground:
    """Degrees to kilometres around a middle.

    Parameters
    ----------
    lat, lon : float
        The middle, WGS 84 degrees.
    """

    lat: float
    lon: float

    def km(self, lat: Any, lon: Any) -> np.ndarray:
        """Return points as one row of east and north in km each."""
        narrow = math.cos(math.radians(self.lat))
        east = (np.asarray(lon, float) - self.lon) * narrow * KM_PER_DEGREE
        north = (np.asarray(lat, float) - self.lat) * KM_PER_DEGREE
        return np.column_stack([east, north])

    def line(self, flat: Sequence[int]) -> np.ndarray:
        """Return a line of :func:`course.display.network_lines.flat` in km."""
        degrees = np.cumsum(np.asarray(flat).reshape(-1, 2), axis=0) / network_lines.SCALE
        return self.km(degrees[:, 0], degrees[:, 1])


def span(values: np.ndarray) -> tuple[float, float]:
    """Return lowest and highest value, without the last per cents where these lie far out.

    A feed may hold one stop in another country; a line to the suburbs is to be seen whole.
    """
    low, high = float(values.min()), float(values.max())
    inner_low, inner_high = (float(q) for q in np.quantile(values, [0.02, 0.98]))
    if high - low > 2 * (inner_high - inner_low) > 0:
        return inner_low, inner_high
    return low, high


def area_path(rings_of: Iterable[Sequence[Sequence[int]]], ground: Ground) -> Any:
    """Return polygons (:func:`course.display.network_lines.rings`) as one matplotlib path."""
    from matplotlib.path import Path as Outline

    parts = []
    for polygon in rings_of:
        for ring in polygon:
            at = ground.line(ring)
            parts.append(Outline(np.vstack([at, at[:1]]), closed=True))
    return Outline.make_compound_path(*parts) if parts else Outline(np.zeros((0, 2)))


def frame(axes: Any, points_km: np.ndarray, *, margin: float = 0.05) -> None:
    """Fit the axes to points and leave no ticks; the canvas fills the whole axes."""
    spots = points_km if len(points_km) else np.array([[-1.0, -1.0], [1.0, 1.0]])
    (west, east), (south, north) = span(spots[:, 0]), span(spots[:, 1])
    wide, high = max(east - west, 0.5), max(north - south, 0.5)
    box = axes.get_window_extent()
    km_px = min(box.width / wide, box.height / high) * (1 - 2 * margin)
    middle = (west + east) / 2, (south + north) / 2
    half = box.width / km_px / 2, box.height / km_px / 2
    axes.set_xlim(middle[0] - half[0], middle[0] + half[0])
    axes.set_ylim(middle[1] - half[1], middle[1] + half[1])
    axes.set_aspect("equal", adjustable="box")
    axes.set_facecolor(LIGHT["canvas"])
    axes.set_xticks([])
    axes.set_yticks([])
    for side in axes.spines.values():
        side.set_visible(False)


def scale_bar(axes: Any) -> None:
    """Draw a bar of a round length in the lower left corner."""
    left, right = axes.get_xlim()
    low, high = axes.get_ylim()
    wide = right - left
    length = next((km for km in (50, 20, 10, 5, 2, 1, 0.5, 0.2, 0.1) if km < wide / 4.5), wide / 5)
    x, y = left + wide * 0.022, low + (high - low) * 0.03
    tick = (high - low) * 0.008
    axes.plot(
        [x, x, x + length, x + length], [y + tick, y, y, y + tick],
        color=LIGHT["ink-2"], linewidth=1.2, zorder=9, solid_capstyle="butt", clip_on=True,
    )  # fmt: skip
    axes.annotate(
        f"{length:g} km", (x + length, y), xytext=(5, 0), textcoords="offset points",
        color=LIGHT["ink-2"], va="center", zorder=9, size="small",
    )  # fmt: skip


def names(
    axes: Any, places_km: np.ndarray, words: Sequence[str], *, most: int, size: str = "small",
    offset: tuple[float, float] = (5, 4), centred: bool = False, below: bool = False,
) -> list[str]:  # fmt: skip
    """Write names at places, first come first, leaving out what would touch another.

    ``centred`` writes them on their place, ``below`` under it.

    Returns
    -------
    list of str
        The names that found room.
    """
    from matplotlib.patheffects import withStroke

    frame_box = axes.get_window_extent()
    renderer = axes.figure.canvas.get_renderer()
    taken: list[Any] = [t.get_window_extent(renderer) for t in axes.texts]
    written: list[str] = []
    for place, word in zip(places_km, words, strict=True):
        if len(written) >= most:
            break
        if not word or not np.isfinite(place).all():
            continue
        for dx, dy, across in _ways(offset, centred, below):
            text = axes.annotate(
                word, place, xytext=(dx, dy), textcoords="offset points", size=size,
                ha=across, va="center", color=LIGHT["ink"], zorder=10,
                path_effects=[withStroke(linewidth=2.6, foreground=LIGHT["halo"])],
            )  # fmt: skip
            box = text.get_window_extent(renderer).padded(2)
            inside = (box.x0 >= frame_box.x0 and box.x1 <= frame_box.x1
                      and box.y0 >= frame_box.y0 and box.y1 <= frame_box.y1)  # fmt: skip
            if inside and not any(box.overlaps(other) for other in taken):
                taken.append(box)
                written.append(word)
                break
            text.remove()
    return written


def _ways(
    offset: tuple[float, float], centred: bool, below: bool
) -> list[tuple[float, float, str]]:
    dx, dy = offset
    if below:
        return [(0, -8, "center"), (0, -8, "left"), (0, -8, "right")]
    if centred:
        return [(0, 0, "center")]
    return [(dx, dy, "left"), (-dx, dy, "right"), (dx, -dy, "left"), (-dx, -dy, "right")]


def badge(axes: Any, text: str) -> None:
    """Write the synthetic badge into the upper right corner; empty text writes none."""
    if not text:
        return
    axes.annotate(
        text, (1, 1), xycoords="axes fraction", xytext=(-9, -9), textcoords="offset points",
        ha="right", va="top", color=LIGHT["badge-ink"], size="small", zorder=11,
        bbox={"boxstyle": "round,pad=0.35,rounding_size=0.25", "facecolor": LIGHT["badge"],
              "edgecolor": "none"},
    )  # fmt: skip


def calls(patterns: pd.DataFrame) -> dict[str, int]:
    """Return how many routes call at each stop."""
    seen: dict[str, set[str]] = {}
    for route, stops in zip(patterns["route_id"], patterns["stop_ids"], strict=True):
        for stop in stops:
            seen.setdefault(str(stop), set()).add(str(route))
    return {stop: len(routes) for stop, routes in seen.items()}

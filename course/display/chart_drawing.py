"""The hand of the kit in matplotlib: style, canvas, SVG that follows the page's theme."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from course.display import fonts, palette
from course.display.numbers import number

WIDTH = 720  # pixels; one pixel is one point at 72 dots per inch
LIGHT = palette.ROLES["light"]
LESS, MORE = (palette.diverging(3)[i] for i in (1, 5))


@contextmanager
def style() -> Iterator[None]:
    """Draw in the kit's hand without touching the reader's own matplotlib settings."""
    import matplotlib as mpl

    settings = {
        "font.family": list(fonts.chart_families()),
        "font.size": 13,
        "axes.edgecolor": LIGHT["hairline"],
        "axes.labelcolor": LIGHT["ink-2"],
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.unicode_minus": True,
        "axes.grid": False,
        "text.color": LIGHT["ink"],
        "xtick.color": LIGHT["ink-2"],
        "ytick.color": LIGHT["ink-2"],
        "xtick.major.size": 0,
        "ytick.major.size": 0,
        "svg.fonttype": "path",
        "figure.dpi": 72,
        "figure.facecolor": "none",
        "axes.facecolor": "none",
        "hatch.linewidth": 0.8,
        # a dollar in a name is money, not the start of a formula
        "text.parse_math": False,
    }
    with mpl.rc_context(settings):
        yield


def canvas(height: int) -> tuple[Any, Any]:
    """Return a figure of the kit's width and its axes."""
    # no pyplot: a chart must not change the reader's current figure or backend
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure as Drawing

    drawing = Drawing(figsize=(WIDTH / 72, height / 72), dpi=72)
    FigureCanvasSVG(drawing)
    return drawing, drawing.add_subplot()


def svg(drawing: Any, alt: str) -> str:
    """Return a matplotlib figure as SVG that follows the page's theme.

    Parameters
    ----------
    drawing : matplotlib.figure.Figure
        Drawn in the colours of :mod:`course.display.palette`.
    alt : str
        What the picture shows; becomes the title of the SVG.
    """
    out = io.StringIO()
    drawing.savefig(out, format="svg", metadata={"Date": None, "Creator": None}, transparent=True)
    text = out.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.S)
    # several charts share one page: their ids must not meet
    mark = "k" + hashlib.sha256((text + alt).encode()).hexdigest()[:8] + "-"
    text = re.sub(r'\bid="', f'id="{mark}', text)
    text = re.sub(r'(xlink:href="#|href="#|url\(#)', rf"\g<1>{mark}", text)
    for name, color in LIGHT.items():
        text = text.replace(color, f"var(--kit-{name},{color})")
    for name, color in (("less", LESS), ("more", MORE)):
        text = text.replace(color, f"var(--kit-{name},{color})")
    head = f'<svg role="img" aria-label="{escape(alt)}" '
    return text.replace("<svg ", head, 1).replace(">", f"><title>{escape(alt)}</title>", 1)


def frame_axes(axes: Any, wide: pd.DataFrame, from_zero: bool, decimals: int | None) -> None:
    """Set the axes: zero where it matters, few ticks, light lines behind the data."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    data = wide.to_numpy(float)
    low, high = float(np.nanmin(data)), float(np.nanmax(data))
    if from_zero:
        axes.set_ylim(min(0.0, low * 1.08), max(0.0, high * 1.08) or 1.0)
    if low < 0 < high or from_zero:
        axes.axhline(0, color=LIGHT["ink-2"], linewidth=1)
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: number(v, decimals=decimals)))
    axes.grid(axis="y", color=LIGHT["hairline"], linewidth=1)
    axes.set_axisbelow(True)
    axes.spines["left"].set_visible(False)
    if not pd.api.types.is_numeric_dtype(wide.index):
        step = max(1, len(wide) // 8)
        axes.set_xticks(np.arange(len(wide))[::step], [str(v) for v in wide.index[::step]])
    elif wide.index.name in ("year", "hour") or pd.api.types.is_integer_dtype(wide.index):
        spots = MaxNLocator(8, integer=True).tick_values(wide.index.min(), wide.index.max())
        # the room for the names of the lines is no part of the axis
        inside = [v for v in spots if wide.index.min() <= v <= wide.index.max()]
        axes.set_xticks(inside, [f"{v:.0f}" for v in inside])
    if wide.index.name:
        axes.set_xlabel(str(wide.index.name).replace("_", " "))


def end_labels(axes: Any, ends: list[list[Any]]) -> None:
    """Name each line at its end, pushed apart so that no two names touch.

    Parameters
    ----------
    axes
        With the lines drawn and the limits of the values set.
    ends : list
        Of each line: x and y of its end, its name, its colour and its marker.
    """
    low, high = axes.get_ylim()
    gap = (high - low) * 0.062
    ends.sort(key=lambda e: e[1])
    spots = [max(e[1], low + gap / 2) for e in ends]  # clear of the axis
    for i in range(1, len(spots)):
        spots[i] = max(spots[i], spots[i - 1] + gap)
    for (x, y, name, _, _), spot in zip(ends, spots, strict=True):
        # the name is in ink: coloured small text fails on contrast
        axes.annotate(
            name, (x, y), xytext=(x, spot), textcoords="data", va="center",
            annotation_clip=False, clip_on=False, ha="left",
        ).set_position((x, spot))  # fmt: skip
    left, right = axes.get_xlim()
    longest = max((len(e[2]) for e in ends), default=0)
    axes.set_xlim(left, right + (right - left) * 0.0135 * (longest + 4))
    step = (right - left) * 0.02
    for text, (x, _, _, color, marker), spot in zip(axes.texts, ends, spots, strict=True):
        # the line's own sign before its name: a name pushed away is still found
        axes.plot([x + step], [spot], marker=marker, color=color, markersize=6, clip_on=False,
                  scalex=False, scaley=False)  # fmt: skip
        text.set_x(x + 2 * step)

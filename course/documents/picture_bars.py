"""A still bar chart for documents: one bar per label, from zero, its value beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from course.display import still_map
from course.display.numbers import with_unit
from course.documents.letters import clean

if TYPE_CHECKING:
    import pandas as pd

LIGHT = still_map.LIGHT
LONGEST_LABEL = 34


def bars_png(
    values: pd.Series | Mapping[str, float],
    title: str,
    unit: str = "",
    *,
    measure: str = "",
    year: int | str | None = None,
    width_px: int = 1200,
    height_px: int = 900,
    highlight: Sequence[str] = (),
    synthetic: str = "",
    decimals: int | None = None,
    text_pt: float = 14,
    alt: str = "",
) -> bytes:
    """Draw one bar per label.

    Parameters
    ----------
    values : Series or mapping
        Number by label, in the order to show.
    title : str
        What the chart says; goes into the alternative text.
    unit, measure, year : str, str, int
        What the numbers are; stand above the bars.
    width_px, height_px : int
        Size of the picture.
    highlight : sequence of str
        Labels to bring forward.
    synthetic : str
        Badge.
    decimals : int, optional
        Digits after the point.
    text_pt : float
        Size of the letters in points, at eight inches of width.
    alt : str
        Alternative text; made from the values when absent.

    Returns
    -------
    bytes
        A PNG. No values give a picture that says so.
    """
    names = [clean(n) for n in dict(values)]
    data = np.array([float(v) for v in dict(values).values()], dtype=float)
    text = [with_unit(v, unit, decimals=decimals) for v in data]
    told = "; ".join(f"{n} {t}" for n, t in list(zip(names, text, strict=True))[:12])
    alt = alt or " ".join(t for t in (f"Chart: {title}.", told and f"{told}.", synthetic) if t)
    with still_map.style(text_pt):
        drawing = still_map.sheet(width_px, height_px)
        over = ", ".join(t for t in (f"{measure} ({unit})" if measure and unit else measure or unit,
                                     str(year or "")) if t)  # fmt: skip
        drawing.text(0.0, 0.985, over, va="top", ha="left", color=LIGHT["ink-2"], size="medium")
        if synthetic:
            _badge(drawing, synthetic.split(":")[0])
        if not len(data):
            drawing.text(0.5, 0.5, "There is no number to show.", ha="center")
            return still_map.png(drawing, alt)
        axes = drawing.add_axes((0, 0, 1, 0.9))
        axes.set_axis_off()
        _bars(axes, names, data, text, set(highlight), text_pt)
        return still_map.png(drawing, alt)


def _badge(drawing: object, words: str) -> None:
    drawing.text(  # type: ignore[attr-defined]
        0.985, 0.985, words, va="top", ha="right", color=LIGHT["badge-ink"], size="small",
        bbox={"boxstyle": "round,pad=0.35,rounding_size=0.25", "facecolor": LIGHT["badge"],
              "edgecolor": "none"},
    )  # fmt: skip


def _bars(
    axes: object, names: Sequence[str], data: np.ndarray, text: Sequence[str], chosen: set[str],
    text_pt: float,
) -> None:  # fmt: skip
    here = np.arange(len(data))[::-1]
    drawn = np.nan_to_num(data)
    low, high = min(0.0, float(drawn.min())), max(0.0, float(drawn.max()))
    span = (high - low) or 1.0
    # names stand above their bars: a long name then costs no width
    colors = [LIGHT["bar-strong"] if n in chosen else LIGHT["bar"] for n in names]
    axes.barh(here - 0.12, drawn, height=0.4, color=colors, linewidth=0)  # type: ignore[attr-defined]
    axes.set_xlim(low, low + span * 1.42)  # type: ignore[attr-defined]
    axes.set_ylim(-0.55, max(len(data), 4) - 0.35)  # type: ignore[attr-defined]
    if len(data) < 4:  # a few bars stand at the top, not spread over the height
        axes.set_ylim(len(data) - 4 - 0.55, len(data) - 0.35)  # type: ignore[attr-defined]
    for y, v, name, value in zip(here, drawn, names, text, strict=True):
        short = name if len(name) <= LONGEST_LABEL else f"{name[: LONGEST_LABEL - 1]}…"
        axes.annotate(  # type: ignore[attr-defined]
            short, (low, y + 0.15), va="bottom", ha="left", color=LIGHT["ink"], size="medium"
        )
        axes.annotate(  # type: ignore[attr-defined]
            value, (max(v, 0.0), y - 0.12), xytext=(6, 0), textcoords="offset points", va="center",
            ha="left", color=LIGHT["ink"], size="medium",
        )  # fmt: skip

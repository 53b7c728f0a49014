"""Charts for lessons: one message each, direct labels, a zero line, text that always draws.

Drawn by matplotlib as SVG. Letters are drawn as paths in fonts from installed packages, so
Hangul, Persian, Japanese and Hebrew look the same on every system; colours are the kit's
roles and follow the page's theme.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from course.display import palette
from course.display.chart_drawing import (
    LESS,
    LIGHT,
    MORE,
    canvas,
    end_labels,
    frame_axes,
    style,
    svg,
)
from course.display.figure import Figure
from course.display.map_words import subtitle
from course.display.numbers import with_unit
from course.errors import UsageError


def _series(values: Any) -> pd.Series:
    series = pd.Series(dict(values)) if isinstance(values, Mapping) else values
    if not isinstance(series, pd.Series):
        raise UsageError(
            f"charts.bars() needs one number per label, not {type(series).__name__}.",
            "Give a Series with the labels as its index.",
        )
    return series.astype(float)


def bars(
    values: pd.Series | Mapping[str, float],
    *,
    title: str,
    unit: str = "",
    reading: str = "",
    measure: str = "",
    year: int | str | None = None,
    signed: bool = False,
    highlight: Sequence[str] = (),
    decimals: int | None = None,
    synthetic: str = "",
    sources: str = "",
    alt: str = "",
) -> Figure:
    """Draw one bar per label, from zero, with its value beside it.

    Parameters
    ----------
    values : Series or mapping
        Number by label, in the order to show; missing numbers are drawn as "no data".
    title : str
        What the chart says.
    unit, measure, year : str, str, int
        What the numbers are.
    reading : str
        One sentence: what we see.
    signed : bool
        Change around zero: blue for less, orange for more, plus signs written.
    highlight : sequence of str
        Labels to bring forward.
    decimals : int, optional
        Digits after the point.
    synthetic, sources, alt : str
        Badge, sources line, words for readers who cannot see the chart.

    Returns
    -------
    Figure
        ``figure.chart`` is the matplotlib figure. No values give a sentence.
    """
    series = _series(values)
    names, data = [str(n) for n in series.index], series.to_numpy(float)
    text = [with_unit(v, unit, decimals=decimals, signed=signed) for v in data]
    table = pd.DataFrame({series.index.name or "item": names, measure or "value": data})
    alt = alt or f"{title}. " + "; ".join(
        f"{n} {t}" for n, t in list(zip(names, text, strict=True))[:12]
    )
    options = {"caption": subtitle(measure, unit, year, synthetic)}
    if not len(series):
        return Figure(title=title, reading="There is no number to show.", alt=alt, table=table)
    with style():
        drawing, axes = canvas(28 * len(series) + 24)
        here = np.arange(len(series))[::-1]
        colors = [_bar_color(n, v, signed, highlight) for n, v in zip(names, data, strict=True)]
        axes.barh(here, np.nan_to_num(data), height=0.64, color=colors, linewidth=0)
        axes.axvline(0, color=LIGHT["ink-2"], linewidth=1)
        axes.set_yticks(here, names, color=LIGHT["ink"])
        axes.set_xticks([])
        for side in ("left", "bottom"):
            axes.spines[side].set_visible(False)
        low, high = min(0.0, np.nanmin(np.append(data, 0))), max(0.0, np.nanmax(np.append(data, 0)))
        span = (high - low) or 1.0
        room = span * 0.022 * max(len(t) for t in text)
        axes.set_xlim(low - (room if low < 0 else 0), high + (room if high > 0 or not low else 0))
        axes.set_ylim(-0.6, len(series) - 0.4)
        for y, v, t in zip(here, data, text, strict=True):
            left = v < 0
            axes.annotate(
                t, (0 if v != v else v, y), xytext=(-6 if left else 6, 0),
                textcoords="offset points", va="center", ha="right" if left else "left",
            )  # fmt: skip
        drawing.tight_layout(pad=0.4)
        body = svg(drawing, alt)
    return Figure(
        title=title,
        subtitle=subtitle(measure, unit, year, synthetic),
        reading=reading,
        alt=alt,
        body=body,
        synthetic=synthetic,
        sources=sources,
        table=table,
        table_options=options,
        chart=drawing,
    )


def _bar_color(name: str, value: float, signed: bool, highlight: Sequence[str]) -> str:
    if signed:
        return LESS if value < 0 else MORE
    if highlight:
        return LIGHT["bar-strong"] if name in highlight else LIGHT["network"]
    return LIGHT["bar"]


def lines(
    frame: pd.DataFrame | pd.Series,
    *,
    title: str,
    unit: str = "",
    reading: str = "",
    measure: str = "",
    year: int | str | None = None,
    highlight: Sequence[str] = (),
    from_zero: bool = True,
    decimals: int | None = None,
    synthetic: str = "",
    sources: str = "",
    alt: str = "",
) -> Figure:
    """Draw one line per column over the index, each named at its end.

    Parameters
    ----------
    frame : DataFrame or Series
        Index = horizontal axis (numbers or text); one column per line, at most seven.
    from_zero : bool
        Whether the vertical axis starts at zero.
    title, unit, reading, measure, year, highlight, decimals, synthetic, sources, alt
        As in :func:`bars`.

    Returns
    -------
    Figure
        Lines differ in marker as well as in colour.

    Raises
    ------
    UsageError
        With more than seven lines: no reader tells them apart.
    """
    one = isinstance(frame, pd.Series)
    wide = frame.to_frame(frame.name or measure or "value") if one else frame
    if wide.shape[1] > len(palette.OKABE_ITO):
        raise UsageError(
            f"A chart of {wide.shape[1]} lines cannot be read.",
            f"Choose at most {len(palette.OKABE_ITO)} columns.",
        )
    shown = wide.rename_axis(wide.index.name or "x").reset_index()
    alt = alt or f"{title}. {_ends(wide, unit, decimals)}"
    if wide.empty or not wide.notna().to_numpy().any():
        return Figure(title=title, reading="There is no number to show.", alt=alt, table=shown)
    with style():
        drawing, axes = canvas(320)
        x = wide.index if pd.api.types.is_numeric_dtype(wide.index) else np.arange(len(wide))
        ends = []
        for i, name in enumerate(wide.columns):
            y = wide[name].to_numpy(float)
            faded = bool(highlight) and name not in highlight
            color = LIGHT["network"] if faded else palette.OKABE_ITO[i]
            axes.plot(
                x, y, color=color, linewidth=1.5 if faded else 2.5,
                marker=palette.MARKERS[i] if len(wide) <= 24 else None, markersize=5,
            )  # fmt: skip
            last = int(np.flatnonzero(np.isfinite(y))[-1]) if np.isfinite(y).any() else None
            if last is not None:
                at = float(np.asarray(x)[last]), float(y[last])
                ends.append([*at, str(name), color, palette.MARKERS[i]])
        frame_axes(axes, wide, from_zero, decimals)
        end_labels(axes, ends)
        drawing.tight_layout(pad=0.4)
        body = svg(drawing, alt)
    return Figure(
        title=title,
        subtitle=subtitle(measure, unit, year, synthetic),
        reading=reading,
        alt=alt,
        body=body,
        synthetic=synthetic,
        sources=sources,
        table=shown,
        table_options={"caption": subtitle(measure, unit, year, synthetic)},
        chart=drawing,
    )


def band(
    frame: pd.DataFrame,
    *,
    low: str = "low",
    middle: str = "middle",
    high: str = "high",
    title: str,
    unit: str = "",
    reading: str = "",
    measure: str = "",
    year: int | str | None = None,
    from_zero: bool = True,
    decimals: int | None = None,
    synthetic: str = "",
    sources: str = "",
    alt: str = "",
) -> Figure:
    """Draw a line with its uncertainty as a band.

    Parameters
    ----------
    frame : DataFrame
        Index = horizontal axis; columns ``low``, ``middle`` and ``high``.
    low, middle, high : str
        Names of these columns.
    title, unit, reading, measure, year, from_zero, decimals, synthetic, sources, alt
        As in :func:`lines`.
    """
    missing = [c for c in (low, middle, high) if c not in frame]
    if missing:
        raise UsageError(
            f"The frame has no column {missing[0]!r}.", "Name the columns: low=, middle=, high=."
        )
    wide = frame[[low, middle, high]]
    shown = wide.rename_axis(wide.index.name or "x").reset_index()
    alt = alt or f"{title}. {_ends(wide[[middle]], unit, decimals)}"
    if wide.empty:
        return Figure(title=title, reading="There is no number to show.", alt=alt, table=shown)
    with style():
        drawing, axes = canvas(300)
        x = wide.index if pd.api.types.is_numeric_dtype(wide.index) else np.arange(len(wide))
        color = palette.OKABE_ITO[0]
        axes.fill_between(
            x, wide[low].to_numpy(float), wide[high].to_numpy(float),
            color=color, alpha=0.18, linewidth=0,
        )  # fmt: skip
        axes.plot(x, wide[middle].to_numpy(float), color=color, linewidth=2.5)
        frame_axes(axes, wide, from_zero, decimals)
        drawing.tight_layout(pad=0.4)
        body = svg(drawing, alt)
    return Figure(
        title=title,
        subtitle=subtitle(measure, unit, year, synthetic),
        reading=reading,
        alt=alt,
        body=body,
        synthetic=synthetic,
        sources=sources,
        table=shown,
        table_options={"caption": subtitle(measure, unit, year, synthetic)},
        chart=drawing,
    )


def _ends(wide: pd.DataFrame, unit: str, decimals: int | None) -> str:
    parts = []
    for name in wide.columns:
        y = wide[name].dropna()
        if len(y):
            ends = (float(y.iloc[0]), float(y.iloc[-1]))
            first, last = (with_unit(v, unit, decimals=decimals) for v in ends)
            parts.append(f"{name}: from {first} to {last}")
    return "; ".join(parts)

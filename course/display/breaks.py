"""Class edges that are round numbers, and the class each value falls into.

A class holds its lower edge and not its upper one. Diverging classes mirror each other
around zero, and zero has a class of its own.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from course.display.numbers import number

MISSING = 255  # the class of a value that is not there
HIDDEN = 254  # the class of a feature that is not drawn


def round_step(value: float) -> float:
    """Return the round number (1, 2, 2.5 or 5 times a power of ten) nearest to a positive value.

    Examples
    --------
    >>> round_step(230), round_step(0.07)
    (250.0, 0.05)
    """
    if not value > 0 or not np.isfinite(value):
        return 1.0
    power = 10.0 ** np.floor(np.log10(value))
    options = np.array([1, 2, 2.5, 5, 10]) * power
    # nearest as a ratio: 7 is nearer to 5 or 10 by how many times, not by how much
    return float(f"{options[np.argmin(np.abs(np.log(options / value)))]:.6g}")


def sequential_edges(values: ArrayLike, *, classes: int = 5) -> list[float]:
    """Return the inner edges of up to ``classes`` classes.

    Parameters
    ----------
    values : array-like of float
        The data; missing values are left out.
    classes : int
        The most classes wanted, 2 to 9.

    Returns
    -------
    list of float
        Rising round numbers, at most ``classes - 1``; empty when the values do not differ.

    Examples
    --------
    >>> sequential_edges([0, 12, 25, 37, 51, 64, 76, 88, 100])
    [20.0, 40.0, 60.0, 80.0]
    """
    data = np.asarray(values, dtype=float)
    data = data[np.isfinite(data)]
    if data.size == 0 or data.min() == data.max():
        return []
    low, high = float(data.min()), float(data.max())
    step = round_step((high - low) / classes)
    even = _multiples(step, low, high)
    while len(even) > classes - 1:
        step *= 2
        even = _multiples(step, low, high)
    counts = np.bincount(classify(data, even), minlength=len(even) + 1)
    if len(even) >= min(classes - 1, 3) and counts.max() <= 0.6 * data.size:
        return even
    # skewed data: quantiles, each moved to a round number
    wanted = np.quantile(data, np.linspace(0, 1, classes + 1)[1:-1])
    sized = {float(np.sign(q)) * round_step(abs(q)) if q else 0.0 for q in wanted}
    uneven = sorted(e for e in sized if low < e <= high)
    return uneven or even or [float(f"{(low + high) / 2:.3g}")]


def _multiples(step: float, low: float, high: float) -> list[float]:
    """Return the multiples of a step between two values."""
    found = range(int(np.ceil(low / step)), int(high / step) + 1)
    return [e for e in (float(f"{k * step:.6g}") for k in found) if low < e < high]


def diverging_edges(values: ArrayLike, *, side: int = 3, least: float = 0) -> list[float]:
    """Return ``side`` positive edges that stand for both sides of zero.

    Parameters
    ----------
    values : array-like of float
        The data; missing values are left out.
    side : int
        Classes on each side, 1 to 3. The first class begins above zero.
    least : float
        The smallest class worth a colour of its own; a map of trifles then stays pale.

    Returns
    -------
    list of float
        ``side - 1`` rising round numbers: [50, 100] means 0-50, 50-100 and over 100.

    Examples
    --------
    >>> diverging_edges([-150, -60, 10, 40, 120])
    [50.0, 100.0]
    """
    data = np.abs(np.asarray(values, dtype=float))
    data = data[np.isfinite(data) & (data > 0)]
    if side < 2 or data.size == 0:
        return []
    # classes of one width: two numbers to read, not three
    step = round_step(max(float(np.quantile(data, 0.95)) / side, least))
    return [float(f"{step * k:.6g}") for k in range(1, side)]


def classify(values: ArrayLike, edges: Sequence[float]) -> np.ndarray:
    """Return the class (0 is the lowest) of each value; ``MISSING`` where there is none."""
    data = np.asarray(values, dtype=float)
    found = np.searchsorted(np.asarray(edges, dtype=float), data, side="right").astype(np.uint8)
    found[~np.isfinite(data)] = MISSING
    return found


def classify_diverging(
    values: ArrayLike, edges: Sequence[float], *, zero_below: float = 0.0
) -> np.ndarray:
    """Return the class of each value around zero.

    Parameters
    ----------
    values : array-like of float
        The data.
    edges : sequence of float
        As from :func:`diverging_edges`.
    zero_below : float
        Sizes below this print as 0, so they take the neutral class too.

    Returns
    -------
    numpy.ndarray of uint8
        0 .. 2 * side; ``side`` (= ``len(edges) + 1``) is zero; ``MISSING`` where no value.

    Examples
    --------
    >>> classify_diverging([-200, -10, 0, 10, 200], [50, 100]).tolist()
    [0, 2, 3, 4, 6]
    """
    data = np.asarray(values, dtype=float)
    side = len(edges) + 1
    size = np.searchsorted(np.asarray(edges, dtype=float), np.abs(data), side="right") + 1
    zero = np.abs(data) < zero_below if zero_below else data == 0
    found = np.where(zero, side, side + np.sign(data) * size)
    missing = ~np.isfinite(data)
    found = np.where(missing, 0, found).astype(np.uint8)
    found[missing] = MISSING
    return found


def _edge(value: float, decimals: int | None) -> str:
    """Return a round number with no more digits than it has: 2.5 beside 10."""
    shortest = len(f"{value:.6f}".rstrip("0").partition(".")[2])
    return number(value, decimals=shortest if decimals is None else decimals)


def class_labels(edges: Sequence[float], *, decimals: int | None = None) -> list[str]:
    """Return words for the classes of :func:`sequential_edges`."""
    text = [_edge(e, decimals) for e in edges]
    if not text:
        return ["all values"]
    middle = [f"{a} to {b}" for a, b in itertools.pairwise(text)]
    return [f"under {text[0]}", *middle, f"{text[-1]} or more"]


def diverging_labels(
    edges: Sequence[float],
    *,
    decimals: int | None = None,
    less: str = "less",
    more: str = "more",
    same: str = "no change",
) -> list[str]:
    """Return words for the classes of :func:`classify_diverging`, lowest first."""
    text = [_edge(e, decimals) for e in edges]
    if not text:
        return [less, same, more]
    inner = [f"up to {text[0]}"] + [f"{a} to {b}" for a, b in itertools.pairwise(text)]
    words = [*inner, f"over {text[-1]}"]
    return [f"{w} {less}" for w in reversed(words)] + [same] + [f"{w} {more}" for w in words]

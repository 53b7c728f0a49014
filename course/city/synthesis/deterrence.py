"""How trips thin out with distance, and the weights that make a city's trips fit.

The deterrence is rational, 1 / (1 + (d / d0)^2), because exp and pow may differ in
their last digit between machines. Whole-number weights are then fitted to two margins,
kind of trip and distance band, by iterative proportional fitting, and d0 is searched
until the mean distance fits too. A network whose trips would still be too short gets a
rational growth, 1 + (d / g)^2, in its place.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

WALK_M = 500  # half of the rides this short are walked instead
_FINE = 1 << 24
_TOTAL = 1 << 40
_ROUNDS = 300
_SETTLED = 1e-10  # change of a share of all trips
_STEPS = 18
_FARTHEST = 400_000  # metres


def deterrence(distance_m: np.ndarray, half_m: float) -> np.ndarray:
    """Return 1 at no distance, 1/2 at ``half_m`` metres, falling with the square after that.

    Examples
    --------
    >>> deterrence(np.array([0, 5000, 15000]), 5000).tolist()
    [1.0, 0.5, 0.1]
    """
    d = np.asarray(distance_m, dtype=np.float64)
    return (half_m * half_m) / (half_m * half_m + d * d)


def ride_not_walk(distance_m: np.ndarray, half_m: float = WALK_M) -> np.ndarray:
    """Return the part of short trips that ride: 0 at no distance, 1/2 at ``half_m`` metres."""
    return 1.0 - deterrence(distance_m, half_m)


def whole_weights(weight: np.ndarray, top: int = _FINE) -> np.ndarray:
    """Scale weights to whole numbers of at most ``top``; what is above zero stays above."""
    weight = np.asarray(weight, dtype=np.float64)
    largest = float(weight.max()) if len(weight) else 0.0
    if largest <= 0:
        return np.zeros(len(weight), dtype=np.int64)
    return np.maximum(np.floor(weight / largest * top), weight > 0).astype(np.int64)


@dataclass(frozen=True)
class Fit:
    """Fitted weights of trips.

    Parameters
    ----------
    weight : numpy.ndarray of int64
        One per trip; the sum is below 2**42.
    half_m : int
        The d0 that was found; below zero, minus the g.
    mean_m : float
        Mean distance under these weights.
    """

    weight: np.ndarray
    half_m: int
    mean_m: float


def fit_weights(
    base: np.ndarray,
    distance_m: np.ndarray,
    kind: np.ndarray,
    kind_shares: list[float],
    bands_m: tuple[int, int],
    band_shares: tuple[int, int, int],
    mean_m: int,
) -> Fit:
    """Fit the weights of possible trips to kinds, distance bands and mean distance.

    Parameters
    ----------
    base : numpy.ndarray of float64
        Weight of a trip before distance counts, not negative; only ratios inside one kind
        matter.
    distance_m : numpy.ndarray of int64
        Distance of each trip, metres.
    kind : numpy.ndarray of int64
        Kind of each trip, a position in ``kind_shares``.
    kind_shares : list of float
        Wanted share of each kind; kinds without a possible trip are left out.
    bands_m, band_shares, mean_m
        As in ``Targets``; bands no trip reaches are left out.

    Returns
    -------
    Fit
        Bands fit exactly where both margins can; kinds give way first. The mean is as near
        as the network allows.
    """
    band = np.searchsorted(np.array(bands_m), distance_m, side="left")
    cell = kind * 3 + band
    order = np.argsort(cell, kind="stable")
    cells, starts = np.unique(cell[order], return_index=True)
    base, metres = np.asarray(base, dtype=np.float64)[order], distance_m[order].astype(np.int64)
    kinds = kind[order]
    top = np.array([
        max(float(base[kinds == k].max()) if (kinds == k).any() else 0.0, 1e-300)
        for k in range(len(kind_shares))
    ])  # fmt: skip
    relative = base / top[kinds]

    def attempt(half_m: int) -> tuple[np.ndarray, list[float], float]:
        factor = _pull(metres, half_m) * relative
        weight = np.maximum(np.floor(factor * _FINE), factor > 0).astype(np.int64)
        total = np.add.reduceat(weight, starts).tolist()
        travelled = np.add.reduceat(weight * metres, starts).tolist()
        share = _proportional(cells.tolist(), total, kind_shares, band_shares)
        mean = 0.0
        for s, t, d in zip(share, total, travelled, strict=True):
            mean += s * d / t if t else 0.0
        return weight, [s / t if t else 0.0 for s, t in zip(share, total, strict=True)], mean

    low, high, sign = 50, _FARTHEST, 1  # from "hardly anyone rides far" to "distance is nothing"
    if attempt(high)[2] < mean_m:  # from "long trips are liked" to "distance is nothing"
        sign = -1
    for _ in range(_STEPS):
        middle = (low + high) // 2 if high - low < 64 else int(np.sqrt(float(low) * high))
        if (attempt(sign * middle)[2] < mean_m) == (sign > 0):
            low = middle
        else:
            high = middle
    high = sign * (high if sign > 0 else low)
    weight, factor, mean = attempt(high)
    per_trip = np.repeat(np.array(factor), np.diff(np.append(starts, len(weight))))
    out = np.zeros(len(weight), dtype=np.int64)
    out[order] = np.floor(weight * (per_trip * _TOTAL)).astype(np.int64)
    return Fit(out, high, mean)


def _pull(metres: np.ndarray, half_m: int) -> np.ndarray:
    """Return deterrence for a positive ``half_m``, growth up to 1 for a negative one."""
    if half_m > 0:
        return deterrence(metres, half_m)
    liked = 1.0 / deterrence(metres, -half_m)
    return liked / liked.max()


def _proportional(
    cells: list[int], total: list[int], kind_shares: list[float], band_shares: tuple[int, ...]
) -> list[float]:
    """Return the share of each filled cell of the kind x band table, adding up to 1.

    Plain loops in a fixed order: the built-in sum of floats changed in Python 3.12.
    """
    share = [float(t) for t in total]
    margins = (
        ([c // 3 for c in cells], list(kind_shares)),
        ([c % 3 for c in cells], [float(b) for b in band_shares]),
    )
    for _ in range(_ROUNDS):
        before = share
        for member, wanted in margins:
            got = [0.0] * len(wanted)
            for m, s in zip(member, share, strict=True):
                got[m] += s
            reached = 0.0
            for w, g in zip(wanted, got, strict=True):
                reached += w if g > 0 else 0.0
            if reached <= 0:  # nothing asked for can be had: take what there is
                wanted, reached = got, _added(got)
            share = [
                s * (wanted[m] / reached / got[m]) if got[m] > 0 else 0.0
                for m, s in zip(member, share, strict=True)
            ]
        if all(abs(s - b) <= _SETTLED for s, b in zip(share, before, strict=True)):
            break
    return share


def _added(values: list[float]) -> float:
    total = 0.0
    for value in values:
        total += value
    return total

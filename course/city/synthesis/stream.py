"""Seeded integers that are the same on every platform and Python version.

Convention: everything that is drawn comes from the raw 64-bit words of PCG64, whose
stream NumPy guarantees, and from operations that IEEE 754 rounds exactly (+ - * /
and sqrt) or from integers. ``exp``, ``cos`` and ``Generator.choice`` are not used:
their last digit may differ between machines, and a host must rebuild a trainee's
numbers to the byte.
"""

from __future__ import annotations

import hashlib
from typing import TypeVar

import numpy as np

T = TypeVar("T")


class Stream:
    """Reproducible draws for one purpose.

    Parameters
    ----------
    *parts : object
        What the seed is made of, such as the city id, the frame name and the
        trainee; the same parts always give the same draws.
    """

    def __init__(self, *parts: object) -> None:
        text = "\x1f".join(str(part) for part in parts)
        digest = hashlib.sha256(text.encode("utf-8")).digest()
        self._bits = np.random.PCG64(int.from_bytes(digest[:16], "big"))

    def _unit(self, size: int) -> np.ndarray:
        """Multiples of 2**-53 in [0, 1)."""
        raw = self._bits.random_raw(size) >> np.uint64(11)
        return raw.astype(np.float64) * 2.0**-53

    def integers(self, low: int, high: int, size: int) -> np.ndarray:
        """Draw ``size`` int64 values from ``low`` up to but not including ``high``."""
        if high <= low:
            raise ValueError("high must be greater than low")
        return low + np.floor(self._unit(size) * (high - low)).astype(np.int64)

    def integer(self, low: int, high: int) -> int:
        """Draw one integer from ``low`` up to but not including ``high``."""
        return int(self.integers(low, high, 1)[0])

    def pick(self, weights: np.ndarray, size: int) -> np.ndarray:
        """Draw ``size`` positions with probability proportional to integer weights.

        Parameters
        ----------
        weights : numpy.ndarray of int64
            Not negative, with a sum above 0 and below 2**53.

        Returns
        -------
        numpy.ndarray of int64
            Positions in ``weights``.
        """
        cumulated = np.cumsum(np.asarray(weights, dtype=np.int64))
        if len(cumulated) == 0 or cumulated[-1] <= 0:
            raise ValueError("at least one weight must be above zero")
        return np.searchsorted(cumulated, self.integers(0, int(cumulated[-1]), size), side="right")

    def choose(self, items: list[T], count: int) -> list[T]:
        """Draw ``count`` different items, in drawn order."""
        order = np.argsort(self._unit(len(items)), kind="stable")
        return [items[i] for i in order[:count]]

"""Share out a whole number so that the parts add up exactly."""

from __future__ import annotations

import numpy as np

_LARGEST_WEIGHT = 1 << 24


def apportion(total: int, weights: np.ndarray) -> np.ndarray:
    """Share ``total`` in proportion to ``weights`` by largest remainders.

    Parameters
    ----------
    total : int
        What is shared, not negative and below 2**38.
    weights : numpy.ndarray
        Not negative; scaled to whole numbers of at most 2**24 first. All zero: equal parts.

    Returns
    -------
    numpy.ndarray of int64
        One whole number per weight; they add up to ``total``. Equal remainders are served
        in order. Empty for no weights.

    Examples
    --------
    >>> apportion(10, np.array([1, 1, 1])).tolist()
    [4, 3, 3]
    """
    share = np.asarray(weights, dtype=np.float64)
    if len(share) == 0:
        return np.zeros(0, dtype=np.int64)
    top = share.max()
    if top <= 0:
        share, top = np.ones(len(share)), 1.0
    whole = np.floor(share / top * _LARGEST_WEIGHT).astype(np.int64)
    product = total * whole
    out, rest = np.divmod(product, int(whole.sum()))
    order = np.argsort(-rest, kind="stable")
    out[order[: total - int(out.sum())]] += 1
    return out

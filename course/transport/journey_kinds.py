"""Journeys that a tariff cannot tell apart, counted once: a growing table of kinds.

A kind is the user class, whether income group 1 travels, today's price, and the codes of
the rides with one bit per transfer rule. Equal journeys are found by hashing and compared
in full, so two different journeys never share a kind.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

_EMPTY = -1
_AT_ONCE = 1 << 16  # journeys counted before the table may grow
_MIX = np.uint64(0x9E3779B97F4A7C15)
_MIX2 = np.uint64(0xBF58476D1CE4E5B9)


@njit(cache=True, nogil=True)
def mixed(x):  # pragma: no cover
    """Return 64 bits in which every bit of `x` counts; a bijection."""
    x = np.uint64(x)
    x ^= x >> np.uint64(30)
    x *= _MIX2
    x ^= x >> np.uint64(27)
    x *= np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@njit(cache=True, nogil=True)
def _find(start, code, who, old, slot, k_start, k_code, k_who, k_old, kinds, ids):
    # pragma: no cover
    mask = np.uint64(len(slot) - 1)
    for j in range(len(start) - 1):
        first, end = start[j], start[j + 1]
        h = mixed(np.uint64(who[j]) ^ (np.uint64(old[j]) * _MIX))
        for i in range(first, end):
            h = mixed(h ^ (code[i] + _MIX))
        at = h & mask
        while True:
            k = slot[at]
            if k == _EMPTY:
                begin = k_start[kinds]
                k_who[kinds], k_old[kinds] = who[j], old[j]
                for i in range(first, end):
                    k_code[begin + i - first] = code[i]
                k_start[kinds + 1] = begin + end - first
                slot[at] = kinds
                k = kinds
                kinds += 1
                break
            begin = k_start[k]
            same = (
                k_who[k] == who[j] and k_old[k] == old[j] and k_start[k + 1] - begin == end - first
            )
            if same:
                for i in range(first, end):
                    if k_code[begin + i - first] != code[i]:
                        same = False
                        break
            if same:
                break
            at = (at + np.uint64(1)) & mask
        ids[j] = k
    return kinds


@njit(cache=True, nogil=True)
def _fill(slot, k_start, k_code, k_who, k_old, kinds):  # pragma: no cover
    """Enter all kinds into an empty hash table."""
    mask = np.uint64(len(slot) - 1)
    for k in range(kinds):
        h = mixed(np.uint64(k_who[k]) ^ (np.uint64(k_old[k]) * _MIX))
        for i in range(k_start[k], k_start[k + 1]):
            h = mixed(h ^ (k_code[i] + _MIX))
        at = h & mask
        while slot[at] != _EMPTY:
            at = (at + np.uint64(1)) & mask
        slot[at] = k


@njit(cache=True, nogil=True)
def _count(ids, groups, size, keys, counts, used):  # pragma: no cover
    """Count pairs of kind and group in an open table; a key of 0 is empty."""
    mask = np.uint64(len(keys) - 1)
    for j in range(len(ids)):
        key = np.uint64(ids[j]) * np.uint64(size) + np.uint64(groups[j]) + np.uint64(1)
        at = mixed(key) & mask
        while keys[at] != key and keys[at] != 0:
            at = (at + np.uint64(1)) & mask
        if keys[at] == 0:
            keys[at] = key
            used += 1
        counts[at] += 1
    return used


@njit(cache=True, nogil=True)
def _move(keys, counts, new_keys, new_counts):  # pragma: no cover
    mask = np.uint64(len(new_keys) - 1)
    for s in range(len(keys)):
        if keys[s]:
            at = mixed(keys[s]) & mask
            while new_keys[at]:
                at = (at + np.uint64(1)) & mask
            new_keys[at], new_counts[at] = keys[s], counts[s]


def _grown(array: np.ndarray, least: int) -> np.ndarray:
    if len(array) >= least:
        return array
    out = np.zeros(max(least, 2 * len(array)), dtype=array.dtype)
    out[: len(array)] = array
    return out


class KindTable:
    """A growing table of kinds of journeys."""

    def __init__(self) -> None:
        self._slot = np.full(1 << 12, _EMPTY, dtype=np.int32)
        self._start = np.zeros(2, dtype=np.int64)
        self._code = np.zeros(64, dtype=np.uint64)
        self._who = np.zeros(1, dtype=np.uint8)
        self._old = np.zeros(1, dtype=np.int64)
        self._kinds = 0

    def __len__(self) -> int:
        return self._kinds

    def find(
        self, start: np.ndarray, code: np.ndarray, who: np.ndarray, old: np.ndarray
    ) -> np.ndarray:
        """Return the number of each journey's kind; unknown kinds are added."""
        most = self._kinds + len(start) - 1
        self._start = _grown(self._start, most + 2)
        self._who, self._old = _grown(self._who, most + 1), _grown(self._old, most + 1)
        self._code = _grown(self._code, int(self._start[self._kinds]) + len(code))
        if 2 * most > len(self._slot):
            self._slot = np.full(1 << (2 * most).bit_length(), _EMPTY, dtype=np.int32)
            _fill(self._slot, self._start, self._code, self._who, self._old, self._kinds)
        ids = np.empty(len(start) - 1, dtype=np.int32)
        self._kinds = _find(
            start, code.astype(np.uint64, copy=False), who, old, self._slot, self._start,
            self._code, self._who, self._old, self._kinds, ids,
        )  # fmt: skip
        return ids

    def arrays(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Return start, codes, who and today's price of all kinds."""
        n = self._kinds
        codes = self._code[: self._start[n]]
        return self._start[: n + 1], codes, self._who[:n], self._old[:n]


class CellCounter:
    """How many journeys there are of each kind in each group."""

    def __init__(self, groups: int) -> None:
        self.groups = groups
        self._keys = np.zeros(1 << 12, dtype=np.uint64)
        self._counts = np.zeros(1 << 12, dtype=np.int64)
        self._used = 0

    def add(self, ids: np.ndarray, groups: np.ndarray) -> None:
        """Count some journeys: the number of the kind and of the group of each."""
        for low in range(0, len(ids), _AT_ONCE):
            here = slice(low, low + _AT_ONCE)
            while 3 * (self._used + len(ids[here])) > 2 * len(self._keys):
                keys = np.zeros(2 * len(self._keys), dtype=np.uint64)
                counts = np.zeros(len(keys), dtype=np.int64)
                _move(self._keys, self._counts, keys, counts)
                self._keys, self._counts = keys, counts
            self._used = _count(
                ids[here], groups[here], self.groups, self._keys, self._counts, self._used
            )

    def cells(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return kind, group and count of every cell, in no particular order."""
        some = self._keys > 0
        key = self._keys[some] - np.uint64(1)
        kind = (key // np.uint64(self.groups)).astype(np.int64)
        return kind, (key % np.uint64(self.groups)).astype(np.int64), self._counts[some]


@dataclass(frozen=True)
class Kinds:
    """Kinds of journeys in a fixed order, with what is counted of them.

    Parameters
    ----------
    start : numpy.ndarray of int64
        Where the codes of each kind begin; one more at the end.
    code : numpy.ndarray
        Codes of the rides, see `journey_codes`.
    who : numpy.ndarray of uint8
        User class * 4 + 2 for income group 1 + 1 where a distance is unknown.
    old : numpy.ndarray of int64
        Today's price in hundredths.
    cells : dict of str to Cells
        Counts by zone, income and hour.
    """

    start: np.ndarray
    code: np.ndarray
    who: np.ndarray
    old: np.ndarray
    cells: dict[str, Cells]

    def __len__(self) -> int:
        return len(self.who)


@dataclass(frozen=True)
class Cells:
    """Counts by group and kind, group by group.

    Parameters
    ----------
    begin : numpy.ndarray of int64
        Where each group begins in `kind`; one more at the end.
    kind : numpy.ndarray of int32
        Numbers of kinds, rising inside a group.
    count : numpy.ndarray of int32
        Journeys.
    """

    begin: np.ndarray
    kind: np.ndarray
    count: np.ndarray


def cells_of(kind: np.ndarray, group: np.ndarray, count: np.ndarray, groups: int) -> Cells:
    """Return cells in order, equal cells added up."""
    size = int(kind.max()) + 1 if len(kind) else 1
    key = group.astype(np.int64) * size + kind
    order = np.argsort(key, kind="stable")
    key, count = key[order], count[order]
    first = np.flatnonzero(np.diff(key, prepend=-1))
    total = np.add.reduceat(count, first) if len(first) else count
    key = key[first]
    begin = np.searchsorted(key, np.arange(groups + 1) * size)
    return Cells(begin.astype(np.int64), (key % size).astype(np.int32), total.astype(np.int64))


def in_order(start: np.ndarray, code: np.ndarray, who: np.ndarray, old: np.ndarray) -> np.ndarray:
    """Return kinds in an order that follows from their content alone.

    By number of rides, user, today's price, then ride by ride.
    """
    n = np.diff(start)
    parts = []
    for rides in np.unique(n):
        rows = np.flatnonzero(n == rides)
        legs = code[start[rows][:, None] + np.arange(rides)]
        keys = [legs[:, k] for k in range(int(rides) - 1, -1, -1)]
        parts.append(rows[np.lexsort((*keys, old[rows], who[rows]))])
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)


def taken(start: np.ndarray, code: np.ndarray, order: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return start and codes of some kinds in a given order."""
    n = np.diff(start)[order]
    new = np.concatenate([[0], np.cumsum(n)]).astype(np.int64)
    at = np.repeat(start[order] - new[:-1], n) + np.arange(int(new[-1]))
    return new, code[at]

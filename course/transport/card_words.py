"""Texts of Arrow columns, and a card's id as two whole numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from course.transport.journey_kinds import mixed

if TYPE_CHECKING:
    import pyarrow as pa

_A, _B = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xD1B54A32D192ED03)


def is_text(kind: pa.DataType) -> bool:
    """Return whether an Arrow type is plain text."""
    import pyarrow as pa

    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


def as_text(column: pa.Array) -> pa.Array:
    """Return an Arrow array as text; a moment becomes its date."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_dictionary(kind):
        return as_text(column.dictionary_decode())
    if pa.types.is_timestamp(kind):
        column = column.cast(pa.date32(), safe=False)
    return column if is_text(kind) else column.cast(pa.string())


def card_words(column: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Return 16 bytes per card id as two whole numbers."""
    import pyarrow as pa

    text = as_text(column)
    wide = pa.types.is_large_string(text.type)
    buffers = text.buffers()
    offsets = np.frombuffer(buffers[1], dtype=np.int64 if wide else np.int32)
    offsets = offsets[text.offset : text.offset + len(text) + 1]
    data = np.frombuffer(buffers[2] or b"", dtype=np.uint8)
    a, b = np.empty(len(text), dtype=np.uint64), np.empty(len(text), dtype=np.uint64)
    _words(offsets.astype(np.int64), data, a, b)
    return a, b


@njit(cache=True, nogil=True)
def _words(offsets, data, a, b):  # pragma: no cover
    for j in range(len(a)):
        first, n = offsets[j], offsets[j + 1] - offsets[j]
        x, y = np.uint64(0), np.uint64(0)
        if n <= 16:
            for k in range(n):
                byte = np.uint64(data[first + k]) << np.uint64(8 * (k & 7))
                if k < 8:
                    x |= byte
                else:
                    y |= byte
        else:
            x, y = _A + np.uint64(n), _B
            for k in range(n):
                x = mixed(x ^ np.uint64(data[first + k]))
                y = mixed(y + np.uint64(data[first + k]) * _A)
        a[j], b[j] = x, y

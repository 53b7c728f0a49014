"""Which texts occur among others: Arrow's hash lookup, for columns of any kind.

pandas' ``isin`` walks over Arrow-backed text in Python; on a column of half a million
ids that is most of an import.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa


def _text(values: Iterable[str] | Any) -> pa.Array:
    import pyarrow as pa

    if isinstance(values, (set, frozenset)):
        values = sorted(values)
    array = pa.array(values, from_pandas=True)
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    return array if pa.types.is_large_string(array.type) else array.cast(pa.large_string())


def is_among(values: Any, ids: Any) -> np.ndarray:
    """Return for each value whether it is one of the ids.

    Parameters
    ----------
    values, ids : Series, array, list or set of str
        Text.

    Returns
    -------
    numpy.ndarray of bool
        As long as ``values``.

    Examples
    --------
    >>> is_among(["a", "b"], {"b"}).tolist()
    [False, True]
    """
    import pyarrow.compute as pc

    return pc.is_in(_text(values), value_set=_text(ids)).to_numpy(zero_copy_only=False)


def positions(values: Any, ids: Any) -> np.ndarray:
    """Return for each value its first position among the ids, -1 where it is none of them.

    Examples
    --------
    >>> positions(["b", "x"], ["a", "b"]).tolist()
    [1, -1]
    """
    import pyarrow.compute as pc

    found = pc.index_in(_text(values), value_set=_text(ids))
    return pc.fill_null(found, -1).to_numpy(zero_copy_only=False).astype(np.int64)

"""The rows of each value of a column, in the order people expect them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from course.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

UNKNOWN = "unknown"


def groups_of(table: pd.DataFrame, by: str | None) -> list[tuple[Any, np.ndarray]]:
    """Return each value of a column and the positions of its rows.

    Parameters
    ----------
    table : pandas.DataFrame
        Any rows.
    by : str or None
        A column; None: all rows as one group named "all".

    Returns
    -------
    list of (value, numpy.ndarray of int)
        Sorted by value; absent values and empty text are "unknown" and come last. Empty
        for no rows.

    Raises
    ------
    UsageError
        There is no such column.
    """
    import pandas as pd

    if by is None:
        return [("all", np.arange(len(table)))] if len(table) else []
    if by not in table.columns:
        raise UsageError(
            f"The requests have no column {by!r}.",
            f"Choose one of: {', '.join(map(str, table.columns))}.",
        )
    code, values = pd.factorize(table[by], sort=True)
    order = np.argsort(code, kind="stable")
    edges = np.searchsorted(code[order], np.arange(-1, len(values) + 1))
    known = [(v, order[edges[k + 1] : edges[k + 2]]) for k, v in enumerate(values)]
    lost = [order[: edges[1]], *(rows for v, rows in known if v == "" or v == UNKNOWN)]
    out = [(v.item() if hasattr(v, "item") else v, rows) for v, rows in known
           if v != "" and v != UNKNOWN]  # fmt: skip
    rest = np.sort(np.concatenate(lost))
    return [*out, (UNKNOWN, rest)] if len(rest) else out

"""The course's terms: a plain meaning and the Korean word.

The Korean terms still have to be checked by a native speaker before print.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pandas as pd
import yaml

from course.errors import UsageError

_FILE = Path(__file__).with_name("glossary.yml")


@cache
def _terms() -> pd.DataFrame:
    rooms = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    rows = [
        (term, meaning, korean, room)
        for room, terms in rooms.items()
        for term, (korean, meaning) in terms.items()
    ]
    return pd.DataFrame(rows, columns=["term", "meaning", "korean", "room"])


def terms(*names: str) -> pd.DataFrame:
    """Look terms up.

    Parameters
    ----------
    *names : str
        Terms such as "transfer"; capital letters do not matter. None: all terms.

    Returns
    -------
    pandas.DataFrame
        One row per term in the asked order: term, meaning, korean, room.

    Raises
    ------
    UsageError
        If a term is not in the glossary.

    Examples
    --------
    >>> terms("tap-out")["meaning"][0]
    'touching the card when leaving'
    """
    table = _terms()
    if not names:
        return table.copy()
    by_name = {term.casefold(): i for i, term in enumerate(table["term"])}
    unknown = [name for name in names if name.casefold() not in by_name]
    if unknown:
        raise UsageError(
            f"The glossary has no entry for {unknown[0]!r}.",
            "Call glossary.terms() to see every term.",
        )
    rows = [by_name[name.casefold()] for name in names]
    return table.iloc[rows].reset_index(drop=True)

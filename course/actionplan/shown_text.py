"""Words of a plan as they may be shown: on a page, on a terminal, in a file of text."""

from __future__ import annotations

import unicodedata
from typing import Any

# joiners and direction marks belong to Persian, Arabic and Hindi words
_JOINERS = frozenset("\u200c\u200d\u200e\u200f\u00ad")


def can_be_shown(sign: str) -> bool:
    r"""Say whether a sign is a letter, a sign or a blank of any script.

    Signs that turn the order of all that follows, steer a terminal, or cannot be written
    as UTF-8 are none.

    >>> [can_be_shown(s) for s in ("\u200c", "\u00a0", "\u202e", "\x1b", "\ud800")]
    [True, True, False, False, False]
    """
    return sign.isprintable() or sign in _JOINERS or unicodedata.category(sign) == "Zs"


def shown(value: Any, *, lines: bool = False) -> str:
    """Return a text in which what cannot be shown is a replacement sign.

    Parameters
    ----------
    value : object
        Anything; numbers and others as Python writes them.
    lines : bool
        New lines stay; otherwise each run of blanks is one.

    Returns
    -------
    str
        It can always be written as UTF-8.
    """
    text = str(value)
    if not lines:
        text = " ".join(text.split())
    return "".join(
        c if can_be_shown(c) or c == "\n" else " " if c == "\t" else "\N{REPLACEMENT CHARACTER}"
        for c in text
    )

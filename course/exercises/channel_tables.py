"""Votes for five projects in three channels of different size, as in Seoul's vote of 2015.

A small committee, a large online vote and a survey rank the same projects in different
orders. Who comes first depends on how the channels are put on one scale.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from course.city.synthesis.stream import Stream

if TYPE_CHECKING:
    import pandas as pd

CHANNELS = ("committee", "online", "survey")
CODES = ("a", "b", "c", "d", "e")
NAMES = (
    "Shade at bus stops", "Lights on school ways", "Library bus", "Playground repair",
    "Bicycle parking", "Benches on the hill", "Shared kitchen", "Rain gardens",
    "Quiet reading room", "Market toilets",
)  # fmt: skip
# Shares of each channel's votes in thousandths, one row per project; each column adds to 1000.
_SHARES = ((120, 320, 120), (340, 120, 100), (100, 260, 400), (280, 240, 180), (160, 60, 200))
_MOVE = 10  # thousandths a share may move: small beside the distances between the rows


def draw_channels(seed: str, key: str) -> dict[str, Any]:
    """Draw the votes of five projects by channel.

    Returns
    -------
    dict
        ``name_a`` to ``name_e``; ``votes``: letter to votes by channel; ``table_text``,
        the same in words.
    """
    stream = Stream("m02_weights", seed, key)
    names = stream.choose(list(NAMES), len(CODES))
    rows = stream.choose(list(_SHARES), len(CODES))
    online = 100 * stream.integer(40, 121)
    sizes = (20 * stream.integer(10, 31), online, 10 * round(online * stream.integer(5, 9) / 100))
    votes = {}
    for code, row in zip(CODES, rows, strict=True):
        votes[code] = [
            (share + stream.integer(-_MOVE, _MOVE + 1)) * size // 1000
            for share, size in zip(row, sizes, strict=True)
        ]
    said = {
        code: ", ".join(f"{v:,} {c}" for v, c in zip(votes[code], CHANNELS, strict=True))
        for code in CODES
    }
    text = "; ".join(f"{c} {name}: {said[c]}" for c, name in zip(CODES, names, strict=True))
    named = {f"name_{code}": name for code, name in zip(CODES, names, strict=True)}
    return {**named, "votes": votes, "table_text": text}


def channel_table(drawn: dict[str, Any]) -> pd.DataFrame:
    """Return drawn votes as a table: one row per project, one column per channel.

    Returns
    -------
    pandas.DataFrame
        ``project_id`` (the letter to answer with), ``name``, ``committee``, ``online``,
        ``survey`` (votes).
    """
    import pandas as pd

    rows = [(code, drawn[f"name_{code}"], *drawn["votes"][code]) for code in CODES]
    return pd.DataFrame(rows, columns=["project_id", "name", *CHANNELS])

"""What a person should look at in a test: one plain sentence for each sign, none for none.

A sentence is said from ten trainees on, and says how many they are: with fifteen people a
sign is a reason to read a question again, and no proof that it is a bad one.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from grading.items.statistics import FEWEST

if TYPE_CHECKING:
    import pandas as pd

NEARLY_ALL, BY_GUESSING = 90.0, 25.0
WEAK = 0.10
MANY_OPEN = 0.2
FEWEST_BETTER = 3  # two of the better half may slip
_SHOWN = 70


def signs(row: pd.Series, options: pd.DataFrame, right: str) -> list[str]:
    """Return the sentences about one question.

    Parameters
    ----------
    row : pandas.Series
        Of `grading.items.statistics.item_table`.
    options : pandas.DataFrame
        The rows of this question from `grading.items.statistics.options_table`.
    right : str
        The words of the right answer.

    Returns
    -------
    list of str
        Empty with fewer than ten trainees.
    """
    n, good = int(row["n"]), int(row["right"])
    if n < FEWEST:
        return []
    said = []
    if row["right_pct"] >= NEARLY_ALL:
        said.append(f"Nearly everyone was right ({good} of {n}): it does not tell people apart.")
    elif row["right_pct"] <= BY_GUESSING:
        said.append(f"{good} of {n} were right, not more than by guessing.")
    if other := _preferred(options, right):
        words, better, with_key = other
        said.append(
            f"The better half chose {_short(words)} more often ({better}) than the right "
            f"answer ({with_key}): read the question and its key again."
        )
    strength = float(row["discrimination"])
    if not math.isnan(strength) and strength < WEAK and row["right_pct"] < NEARLY_ALL:
        said.append(
            "Who did well elsewhere was not more often right here "
            f"(discrimination {strength:+.2f}, {n} trainees)."
        )
    if row["open"] >= MANY_OPEN * n:
        said.append(f"{int(row['open'])} of {n} left it open.")
    return said


def _preferred(options: pd.DataFrame, right: str) -> tuple[str, int, int] | None:
    """Return the wrong option that the better half chose more often than the right one."""
    key = options[options["words"] == right]
    others = options[options["words"] != right].sort_values("upper", ascending=False)
    if key.empty or others.empty:
        return None
    best, with_key = others.iloc[0], int(key["upper"].iloc[0])
    better = int(best["upper"])
    if better < FEWEST_BETTER or better <= with_key:
        return None
    return str(best["words"]), better, with_key


def _short(words: str) -> str:
    return repr(words if len(words) <= _SHOWN else words[: _SHOWN - 1] + "…")


def about_reliability(alpha: float, low: float, high: float, n: int) -> str:
    """Return one sentence on how well the points of a test tell people apart."""
    if n < FEWEST:
        return (
            f"{n} trainees: with fewer than {FEWEST} neither discrimination nor reliability "
            "is shown."
        )
    if math.isnan(alpha):
        return f"{n} trainees with the same points: the reliability cannot be computed."
    return (
        f"Reliability (KR-20) {alpha:.2f}; {n} trainees only tell that it lies between "
        f"{low:.2f} and {high:.2f}."
    )

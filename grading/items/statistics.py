"""Numbers about the questions of a test, from a table of answers; nothing is read here.

Convention: an open or unreadable question counts as wrong. Variances are those of the
group itself (divided by n), so that KR-20 and Cronbach's alpha are one number for
questions that are right or wrong.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

# below this no correlation is shown: with ten people it may be off by 0.6
FEWEST = 10


def points_wide(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row per trainee, one column per question, 1.0 for right."""
    return table.pivot(index="student_id", columns="item", values="points")


def item_table(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row per question of a test.

    Parameters
    ----------
    table : pandas.DataFrame
        As in `grading.items.responses.Responses`.

    Returns
    -------
    pandas.DataFrame
        Index: question id, in the order of the test. ``area``, ``n`` (trainees),
        ``right`` (count), ``right_pct``, ``open`` and ``unreadable`` (counts),
        ``discrimination`` (correlation of this question with the points of all others;
        NaN below 10 trainees, or where everybody did the same). Empty in, empty out.
    """
    import pandas as pd

    columns = ["area", "n", "right", "right_pct", "open", "unreadable", "discrimination"]
    if table.empty:
        return pd.DataFrame(columns=columns)
    wide = points_wide(table)
    total = wide.sum(axis=1)
    rows = {}
    for item, own in table.groupby("item", sort=False):
        n, right = len(own), int(own["points"].sum())
        rows[item] = (
            own["area"].iloc[0], n, right, 100 * right / n, int((own["state"] == "open").sum()),
            int(own["state"].isin(("unreadable", "other name", "pending")).sum()),
            correlation(wide[item], total - wide[item]) if n >= FEWEST else math.nan,
        )  # fmt: skip
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def correlation(a: pd.Series, b: pd.Series) -> float:
    """Return Pearson's correlation; NaN where one of the two does not vary."""
    da, db = a - a.mean(), b - b.mean()
    spread = math.sqrt(float((da**2).sum()) * float((db**2).sum()))
    return float((da * db).sum()) / spread if spread > 1e-12 else math.nan


def options_table(table: pd.DataFrame, choices: dict[str, tuple[str, ...]]) -> pd.DataFrame:
    """Return who chose which option.

    Parameters
    ----------
    table : pandas.DataFrame
        As in `grading.items.responses.Responses`.
    choices : dict
        Question id -> the words of its options.

    Returns
    -------
    pandas.DataFrame
        One row per question and option, chosen or not: ``item``, ``place``, ``words``,
        ``chosen`` (count), ``chosen_pct`` (of all trainees), ``upper`` and ``lower``
        (count in the better and the weaker half by the points of the other questions; who
        stands at the median is in neither).
    """
    import pandas as pd

    rows = []
    wide = points_wide(table) if len(table) else None
    for item, words in choices.items():
        own = table[table["item"] == item].set_index("student_id")
        rest = None if wide is None else wide.sum(axis=1) - wide[item]
        middle = math.nan if rest is None else float(rest.median())
        for place, text in enumerate(words):
            chosen = own[own["option"] == place]
            above = 0 if rest is None else int((rest.loc[chosen.index] > middle).sum())
            below = 0 if rest is None else int((rest.loc[chosen.index] < middle).sum())
            share = 100 * len(chosen) / len(own) if len(own) else math.nan
            rows.append((item, place, text, len(chosen), share, above, below))
    columns = ["item", "place", "words", "chosen", "chosen_pct", "upper", "lower"]
    return pd.DataFrame(rows, columns=columns)


def kr20(wide: pd.DataFrame) -> float:
    """Return Kuder and Richardson's formula 20, which is Cronbach's alpha for 0 and 1.

    Parameters
    ----------
    wide : pandas.DataFrame
        From :func:`points_wide`.

    Returns
    -------
    float
        NaN with fewer than two questions or where all totals are equal. May be negative.
    """
    k = wide.shape[1]
    spread = float(wide.sum(axis=1).var(ddof=0)) if len(wide) else 0.0
    if k < 2 or not spread > 0:
        return math.nan
    p = wide.mean(axis=0)
    return k / (k - 1) * (1 - float((p * (1 - p)).sum()) / spread)


def kr20_interval(alpha: float, people: int, questions: int) -> tuple[float, float]:
    """Return the 95 % interval of an alpha after Feldt; NaN where alpha is.

    Notes
    -----
    (1 - alpha of all) / (1 - alpha found) follows F with n - 1 and (n - 1)(k - 1) degrees
    of freedom (Feldt, Woodruff and Salih 1987).
    """
    if math.isnan(alpha) or people < 2 or questions < 2:
        return math.nan, math.nan
    from scipy.stats import f

    first, second = people - 1, (people - 1) * (questions - 1)
    low = 1 - (1 - alpha) * float(f.ppf(0.975, first, second))
    high = 1 - (1 - alpha) * float(f.ppf(0.025, first, second))
    return low, high

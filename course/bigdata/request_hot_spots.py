"""Where more cases come from than the people who live there explain.

A busy zone is not a hot spot: it may only be large. Cases are compared with the number
expected if every resident sent as many, with an exact interval for the ratio. A small zone
swings by luck, so its rate is also drawn towards the city's by as much as its size calls
for (empirical Bayes). And among many zones some look odd by luck alone: a zone is named
only if its interval excludes 1 and it stands up among all the comparisons made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from course.bigdata.request_times import lives
from course.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

MORE, FEWER = "more", "fewer"
COLUMNS = (
    "zone_id", "name", "population", "cases", "per_1000", "expected", "ratio", "low", "high",
    "shrunk_per_1000", "p_adjusted", "flag",
)  # fmt: skip


def hot_spots(
    requests: Any, zones: pd.DataFrame, *, at: Any = None, level_pct: float = 95.0
) -> pd.DataFrame:
    """Compare the cases of each zone with what its residents let expect.

    Parameters
    ----------
    requests : pandas.DataFrame or Cleaned
        Cases with ``zone_id``; those in no zone, and rows marked as duplicates, are left
        out. For one kind of problem give its rows only.
    zones : pandas.DataFrame
        ``zone_id, population``; ``name`` where there is one.
    at : str or datetime, optional
        The moment the table shows; see :func:`course.bigdata.request_times.lives`.
    level_pct : float
        Level of the interval and of the guard against many comparisons.

    Returns
    -------
    pandas.DataFrame
        One row per zone, highest ratio first: ``zone_id``, ``name``, ``population``,
        ``cases``, ``per_1000`` (cases per 1,000 residents over the table's time),
        ``expected`` (cases at the city's rate), ``ratio`` (cases / expected), ``low``,
        ``high`` (exact Poisson interval of the ratio), ``shrunk_per_1000`` (empirical
        Bayes), ``p_adjusted`` (Benjamini-Hochberg), ``flag`` ("more", "fewer" or empty).
        A zone without residents has no rate: NaN, never flagged. ``attrs["unplaced"]`` is
        the number of cases in no zone.

    Raises
    ------
    UsageError
        A needed column is missing, or a population is below zero.

    Notes
    -----
    Sources: Garwood's interval for a Poisson count; Marshall's global empirical Bayes
    estimate; Benjamini and Hochberg's step-up rule: of the zones flagged, at most 5 % are
    false in the long run. All of it takes cases as independent. People at work or passing
    through report too, so a centre with few residents looks hot.
    """
    import pandas as pd

    if not 0 < level_pct < 100:
        raise UsageError(f"level_pct is {level_pct}, not between 0 and 100.", "Write 95.")
    table = lives(requests, at=at).table
    for frame, column in ((table, "zone_id"), (zones, "zone_id"), (zones, "population")):
        if column not in frame.columns:
            raise UsageError(f"There is no column {column}.", "Give clean requests and city.zones.")
    out = pd.DataFrame({
        "zone_id": zones["zone_id"].astype("str").to_numpy(),
        "name": (zones["name"] if "name" in zones.columns else zones["zone_id"]).to_numpy(),
        "population": zones["population"].to_numpy(dtype=np.float64, na_value=0.0),
    })  # fmt: skip
    people = out["population"].to_numpy()
    if (people < 0).any():
        raise UsageError("A zone has a population below zero.", "Mend the table of zones.")
    counts = table["zone_id"].astype("str").value_counts()
    cases = out["zone_id"].map(counts).fillna(0).to_numpy(dtype=np.float64)
    # Cases from zones without residents can be expected nowhere: they make no city rate.
    lived, total = people > 0, cases[people > 0].sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = np.where(lived, total * people / max(people.sum(), 1.0), np.nan)
        out["cases"] = cases.astype(np.int64)
        out["per_1000"] = np.where(lived, 1000 * cases / people, np.nan)
        out["expected"] = expected
        out["ratio"] = cases / expected
        low, high = poisson_interval(cases, level_pct=level_pct)
        out["low"], out["high"] = low / expected, high / expected
    adjusted = _step_up(_two_sided(cases, expected))
    city = 1000 * total / people.sum() if people.sum() else np.nan
    out["shrunk_per_1000"] = city * shrunk_ratio(cases, expected)
    out["p_adjusted"] = adjusted
    sure = (adjusted <= 1 - level_pct / 100) & ((out["low"] > 1) | (out["high"] < 1)).to_numpy()
    out["flag"] = np.where(sure, np.where(out["ratio"] > 1, MORE, FEWER), "")
    out["population"] = out["population"].astype(np.int64)
    out = out.sort_values(["ratio", "cases"], ascending=False, kind="stable", ignore_index=True)
    out = out.astype({"flag": "str", "name": "str"})[list(COLUMNS)]
    out.attrs["unplaced"] = int(len(table) - cases.sum())
    return out


def poisson_interval(
    counts: np.ndarray, *, level_pct: float = 95.0
) -> tuple[np.ndarray, np.ndarray]:
    """Return Garwood's exact interval for the mean of Poisson counts.

    Examples
    --------
    >>> low, high = poisson_interval(np.array([0.0, 10.0]))
    >>> low.round(3).tolist(), high.round(3).tolist()
    ([0.0, 4.795], [3.689, 18.39])
    """
    from scipy.special import gammaincinv

    counts = np.asarray(counts, dtype=np.float64)
    tail = (1 - level_pct / 100) / 2
    low = np.where(counts > 0, gammaincinv(np.maximum(counts, 1.0), tail), 0.0)
    return low, gammaincinv(counts + 1, 1 - tail)


def shrunk_ratio(cases: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Return ratios drawn towards 1 by as much as luck could explain (empirical Bayes).

    Parameters
    ----------
    cases, expected : numpy.ndarray
        Per zone; NaN or 0 expected gives NaN.

    Notes
    -----
    Marshall's global estimate by moments: the true ratios are taken to vary by ``spread``
    around the overall one; a zone keeps ``spread / (spread + mean / expected)`` of its
    distance from it. Where the zones differ no more than luck, all get the overall ratio.
    """
    cases, expected = (np.asarray(a, dtype=np.float64) for a in (cases, expected))
    sound = np.isfinite(expected) & (expected > 0)
    out = np.full(len(cases), np.nan)
    if not sound.any():
        return out
    mine, hoped = cases[sound], expected[sound]
    mean = mine.sum() / hoped.sum()
    ratio = mine / hoped
    spread = (hoped * (ratio - mean) ** 2).sum() / hoped.sum() - mean / hoped.mean()
    spread = max(float(spread), 0.0)
    kept = spread / (spread + mean / hoped) if spread else np.zeros(len(mine))
    out[sound] = mean + kept * (ratio - mean)
    return out


def _two_sided(cases: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Return twice the smaller exact Poisson tail: below 5 % where the interval excludes 1."""
    from scipy.special import pdtr, pdtrc

    sound = np.isfinite(expected) & (expected > 0)
    out = np.full(len(cases), np.nan)
    mine, hoped = cases[sound], expected[sound]
    above = np.where(mine > 0, pdtrc(np.maximum(mine - 1, 0), hoped), 1.0)
    out[sound] = np.minimum(1.0, 2 * np.minimum(pdtr(mine, hoped), above))
    return out


def _step_up(chances: np.ndarray) -> np.ndarray:
    """Return Benjamini and Hochberg's adjusted chances; NaN stays NaN."""
    out = np.full(len(chances), np.nan)
    sound = np.flatnonzero(np.isfinite(chances))
    order = sound[np.argsort(chances[sound], kind="stable")]
    scaled = chances[order] * len(order) / np.arange(1, len(order) + 1)
    out[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return out

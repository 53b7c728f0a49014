"""Who pays more and who pays less: tables over priced trips."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from course.errors import UsageError

_OUTCOMES = ("pays less", "pays the same", "pays more")


def _cents(priced: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return new and old prices as whole hundredths: sums over groups then add up exactly."""
    for column in ("price", "price_today"):
        if column not in priced:
            raise UsageError(
                f"The table has no column {column}.",
                "Use reprice(trips, policy, today=fares.today(city)).",
            )
    return tuple(np.rint(priced[c].to_numpy() * 100).astype(np.int64)
                 for c in ("price", "price_today"))  # fmt: skip


def change_by(priced: pd.DataFrame, by: str | Sequence[str] = ("distance_band",)) -> pd.DataFrame:
    """Summarise the change of fare by group.

    Parameters
    ----------
    priced : pandas.DataFrame
        From ``reprice(trips, policy, today=...)``.
    by : str or sequence of str
        Columns to group by: distance_band, income_group, user_class, from_zone_id, …;
        trips without a value stay in a row of their own.

    Returns
    -------
    pandas.DataFrame
        One row per group: the columns of `by`, trips, mean_today, mean_new, mean_change
        (currency units), change_pct (of the group's money; NaN if it paid nothing),
        pays_more_pct, pays_less_pct (percent of its trips), revenue_today, revenue_new.
        Without trips, no rows.

    Examples
    --------
    >>> from course.transport import fares
    >>> trips = fares.trips_of([("trunk", 6), ("subway", 8)])
    >>> priced = fares.reprice(trips, fares.SEOUL, today=fares.SEOUL_HISTORY[2023])
    >>> fares.change_by(priced, "distance_band")["mean_change"].tolist()
    [50.0]
    """
    by = [by] if isinstance(by, str) else list(by)
    for column in by:
        if column not in priced:
            zones = "link(rides, city=city) adds the zones" if "zone" in column else ""
            raise UsageError(
                f"The trips have no column {column}.",
                zones + "." if zones else f"Use one of: {', '.join(priced.columns)}.",
            )
    new, old = _cents(priced)
    work = priced[by].assign(
        trips=1, revenue_today=old, revenue_new=new, more=new > old, less=new < old
    )
    out = work.groupby(by, observed=True, dropna=False, as_index=False).sum()
    n = out["trips"]
    before, after = out["revenue_today"] / 100, out["revenue_new"] / 100
    return out[by].assign(
        trips=n,
        mean_today=before / n,
        mean_new=after / n,
        mean_change=(after - before) / n,
        change_pct=100 * (after - before) / before.where(before > 0),
        pays_more_pct=100 * out["more"] / n,
        pays_less_pct=100 * out["less"] / n,
        revenue_today=before,
        revenue_new=after,
    )


def winners_losers(priced: pd.DataFrame, *, by: str | None = None) -> pd.DataFrame:
    """Count trips that pay less, the same and more.

    Parameters
    ----------
    priced : pandas.DataFrame
        From ``reprice(trips, policy, today=...)``.
    by : str, optional
        A column to split by, such as income_group.

    Returns
    -------
    pandas.DataFrame
        Three rows (per group): outcome, trips, share_pct (of the trips of the group),
        mean_change, money (sum of changes), in currency units.
    """
    new, old = _cents(priced)
    work = pd.DataFrame(
        {
            "outcome": pd.Categorical.from_codes(
                np.sign(new - old) + 1, categories=list(_OUTCOMES), ordered=True
            ),
            "trips": 1,
            "money": new - old,
        }
    )
    keys = ["outcome"]
    if by is not None:
        work.insert(0, by, priced[by].to_numpy())
        keys = [by, "outcome"]
    out = work.groupby(keys, observed=False, as_index=False).sum()
    whole = out.groupby(by)["trips"].transform("sum") if by else out["trips"].sum()
    money = out["money"] / 100
    return out[keys].assign(
        trips=out["trips"],
        share_pct=100 * out["trips"] / whole,
        mean_change=(money / out["trips"].where(out["trips"] > 0)).fillna(0.0),
        money=money,
    )


def pays_more_pct(priced: pd.DataFrame, *, income_group: int | None = None) -> float:
    """Return the percentage of trips that pay more; equal fares do not count.

    Parameters
    ----------
    priced : pandas.DataFrame
        From ``reprice(trips, policy, today=...)``.
    income_group : int, optional
        Only the trips of this group, as percent of its own trips.
    """
    new, old = _cents(priced)
    more = new > old
    if income_group is not None:
        more = more[priced["income_group"].to_numpy(dtype="int64", na_value=0) == income_group]
    if len(more) == 0:
        raise UsageError("There are no such trips.", "Check the income group and the date.")
    return 100 * float(more.mean())

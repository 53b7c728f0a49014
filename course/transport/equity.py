"""Fairness of fares in one number: who pays, beside who has the money.

All indices are read off a curve of cumulated shares, joined by straight lines. People of
equal rank are taken together first, so the order of the rows never matters. The formulas
are the standard ones (facts 1.7, general knowledge); an index shows a difference, not its
cause, and says nothing about people who do not ride.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from course.errors import CourseError, UsageError


def _column(values: Any, name: str, n: int | None = None) -> np.ndarray:
    try:
        if isinstance(values, pd.Series | pd.api.extensions.ExtensionArray):
            column = values.to_numpy(dtype=float, na_value=np.nan)
        else:
            column = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise UsageError(f"{name} holds something that is not a number.", "Give numbers.") from None
    if column.ndim != 1:
        raise UsageError(f"{name} is not one column.", "Give one number per person or trip.")
    if n is not None and len(column) != n:
        raise UsageError(
            f"{name} has {len(column)} rows and the amounts have {n}.", "Give one each."
        )
    bad = ~np.isfinite(column)
    if bad.any():
        raise CourseError(
            f"{name}, row {int(np.argmax(bad))}: there is no number.", "Leave such rows out."
        )
    return column


def _amounts(values: Any, name: str, weights: Any) -> tuple[np.ndarray, np.ndarray]:
    amount = _column(values, name)
    if len(amount) == 0:
        raise UsageError(f"{name} is empty.", "Give at least one row.")
    weight = np.ones(len(amount)) if weights is None else _column(weights, "weights", len(amount))
    for column, label in ((amount, name), (weight, "weights")):
        if (column < 0).any():
            row = int(np.argmax(column < 0))
            raise CourseError(
                f"{label}, row {row}: {column[row]:g} is below zero.", "Use 0 or more."
            )
    if weight.sum() <= 0:
        raise UsageError("The weights add up to zero.", "Give at least one weight above zero.")
    return amount, weight


def _by_rank(rank: np.ndarray, *columns: np.ndarray) -> list[np.ndarray]:
    """Return the sum of each column per rank, from the lowest rank up."""
    _, group = np.unique(rank, return_inverse=True)
    return [np.bincount(group, weights=c) for c in columns]


def _one_minus_twice_area(x: np.ndarray, y: np.ndarray) -> float:
    """Return 1 − 2 × the area under the curve of cumulated shares y over x."""
    if x.sum() <= 0 or y.sum() <= 0:
        return 0.0
    p = np.concatenate([[0.0], np.cumsum(x) / x.sum()])
    shares = np.concatenate([[0.0], np.cumsum(y) / y.sum()])
    return float(1 - np.sum(np.diff(p) * (shares[1:] + shares[:-1])))


def gini(values: Any, *, weights: Any = None) -> float:
    """Return the Gini index: 0 = all have the same, near 1 = one has all.

    Parameters
    ----------
    values : array of float
        Amount per person, zero or more.
    weights : array of float, optional
        People a row stands for.

    Examples
    --------
    >>> gini([1, 1, 1, 1]), round(gini([0, 0, 0, 1]), 2)
    (0.0, 0.75)
    """
    amount, weight = _amounts(values, "values", weights)
    people, total = _by_rank(amount, weight, amount * weight)
    return _one_minus_twice_area(people, total)


def concentration_index(values: Any, rank: Any, *, weights: Any = None) -> float:
    """Return how far an amount is concentrated on people of high rank.

    Parameters
    ----------
    values : array of float
        Amount per person, such as fares paid; zero or more.
    rank : array of float
        What people are ordered by, such as income or income group, lowest first.
    weights : array of float, optional
        People a row stands for.

    Returns
    -------
    float
        −1 to 1: below 0 the amount falls on low ranks, 0 evenly, above 0 on high ranks.

    Examples
    --------
    >>> round(concentration_index([0, 10], rank=[1, 5]), 2)
    0.5
    >>> round(concentration_index([10, 0], rank=[1, 5]), 2)
    -0.5
    """
    amount, weight = _amounts(values, "values", weights)
    people, total = _by_rank(_column(rank, "rank", len(amount)), weight, amount * weight)
    return _one_minus_twice_area(people, total)


def kakwani(payments: Any, income: Any, *, weights: Any = None) -> float:
    """Return concentration of payments minus Gini of income; below 0 = regressive.

    Parameters
    ----------
    payments, income : array of float
        Fares and income per person, in the same period and currency.
    weights : array of float, optional
        People a row stands for.

    Examples
    --------
    >>> round(kakwani([10, 10], income=[100, 300]), 2)
    -0.25
    """
    return concentration_index(payments, income, weights=weights) - gini(income, weights=weights)


def suits_index(payments: Any, income: Any, *, weights: Any = None) -> float:
    """Return the Suits index of fares: shares of payments against shares of income.

    Parameters
    ----------
    payments, income : array of float
        Fares and income per person (or group), in the same period and currency. Income
        groups 1 to 5 are no incomes: use an income per group.
    weights : array of float, optional
        People a row stands for.

    Returns
    -------
    float
        ``1 − K / 0.5``, K = area under the cumulated share of payments over the cumulated
        share of income, poorest first. −1: the poorest pay all; 0: all pay the same
        percentage of their income; 1: the richest pay all.

    Examples
    --------
    >>> round(suits_index([10, 20], income=[100, 200]), 6) + 0.0
    0.0
    >>> round(suits_index([10, 10], income=[100, 300]), 2)
    -0.25
    """
    paid, weight = _amounts(payments, "payments", weights)
    earned, _ = _amounts(income, "income", None)
    _column(income, "income", len(paid))
    incomes, payments_sum = _by_rank(earned, earned * weight, paid * weight)
    return _one_minus_twice_area(incomes, payments_sum)


def fare_burden(
    monthly_fares: Any, monthly_income: Any, *, alarm_pct: float = 10.0
) -> pd.DataFrame:
    """Return fares as percent of income, and whether that is above a line.

    Parameters
    ----------
    monthly_fares, monthly_income : array of float
        Per person or group, same currency.
    alarm_pct : float
        The line; 10 to 15 percent is often used (general knowledge, unverified).

    Returns
    -------
    pandas.DataFrame
        One row per person or group: burden_pct (NaN without income), above_line (bool).

    Examples
    --------
    >>> fare_burden([60, 60], [400, 3000])["above_line"].tolist()
    [True, False]
    """
    fares = _column(monthly_fares, "monthly_fares")
    income = _column(monthly_income, "monthly_income", len(fares))
    burden = np.full(len(fares), np.nan)
    np.divide(100 * fares, income, out=burden, where=income > 0)
    index = monthly_fares.index if isinstance(monthly_fares, pd.Series) else None
    return pd.DataFrame({"burden_pct": burden, "above_line": burden > alarm_pct}, index=index)

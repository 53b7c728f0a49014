"""Rides as linking needs them: complete columns, checked values, one fixed order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from course.errors import CourseError, UsageError

NEEDED = ("card_id", "board_time", "alight_time", "mode", "distance_m")
# Column -> value where the rides do not have it.
_OPTIONAL: dict[str, Any] = {
    "route_id": None,
    "board_stop_id": None,
    "alight_stop_id": None,
    "user_class": "adult",
    "income_group": None,
    "date": "",
}
_TEXT = ("card_id", "mode", "route_id", "board_stop_id", "alight_stop_id", "user_class", "date")
_WHOLE = {"board_time": "Int32", "alight_time": "Int32", "distance_m": "Int32"}
# No service day is longer than two days; 18 bits hold its seconds.
LAST_SECOND = 172_800


def complete_rides(rides: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the rides complete, checked and sorted, and a number per card and day.

    Parameters
    ----------
    rides : pandas.DataFrame
        One row per boarding; card_id, board_time, alight_time, mode and distance_m are
        needed, the other columns of the rides frame are filled (adult, one day).

    Returns
    -------
    legs : pandas.DataFrame
        Sorted by date, card, boarding time; equal for any order of the given rows.
    group : numpy.ndarray
        The same number for the rides of one card on one service day.

    Raises
    ------
    CourseError
        If a column is missing, or a row has no boarding time, an alighting before its
        boarding, or a negative distance.
    """
    if not isinstance(rides, pd.DataFrame):
        raise UsageError(
            f"Linking needs a table of rides and was given a {type(rides).__name__}.",
            "Use city.rides, or a DataFrame with one row per boarding.",
        )
    missing = [c for c in NEEDED if c not in rides.columns]
    if missing:
        raise CourseError(
            f"The rides frame has no column {missing[0]}.",
            f"A ride needs {', '.join(NEEDED)}.",
        )
    legs = rides.drop(columns=[c for c in ("trip_id", "leg_no") if c in rides.columns])
    for column, value in _OPTIONAL.items():
        if column not in legs.columns:
            legs[column] = value
    for column in _TEXT:
        if legs[column].dtype != "str":
            legs[column] = _as_text(legs[column])
    for column, dtype in {**_WHOLE, "income_group": "Int8"}.items():
        legs[column] = _as_whole(legs[column], column, dtype)
    _check_rows(legs)
    return _sorted(legs)


def _as_text(values: pd.Series) -> pd.Series:
    if isinstance(values.dtype, pd.CategoricalDtype):
        return values.astype("str")
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return values.dt.strftime("%Y-%m-%d").astype("str")
    if values.isna().all():
        return pd.Series(pd.array([None] * len(values), dtype="str"), index=values.index)
    return values.map(str, na_action="ignore").astype("str")


def _as_whole(values: pd.Series, column: str, dtype: str) -> pd.Series:
    if values.dtype == dtype:
        return values
    try:
        return pd.to_numeric(values).round().astype(dtype)
    except (TypeError, ValueError, OverflowError) as problem:
        raise CourseError(
            f"The column {column} of the rides frame holds something that is not a number.",
            "Give times in seconds since the start of the service day, distances in metres.",
        ) from problem


def _refuse_rows(bad: np.ndarray, legs: pd.DataFrame, what: str, remedy: str) -> None:
    if bad.any():
        row = legs.index[int(np.argmax(bad))]
        more = f" ({int(bad.sum()):,} such rows)" if bad.sum() > 1 else ""
        raise CourseError(f"The rides frame, row {row}: {what}{more}.", remedy)


def _check_rows(legs: pd.DataFrame) -> None:
    for column in ("card_id", "board_time", "mode"):
        bad = legs[column].isna().to_numpy()
        _refuse_rows(bad, legs, f"no {column}", "Remove the row or fill it in.")
    board = legs["board_time"].to_numpy(dtype="int64")
    alight = legs["alight_time"].to_numpy(dtype="int64", na_value=LAST_SECOND)
    seconds = "Times are seconds since the start of the service day; 25:30 is 91,800."
    _refuse_rows((board < 0) | (board >= LAST_SECOND), legs, "board_time out of range", seconds)
    _refuse_rows((alight < 0) | (alight > LAST_SECOND), legs, "alight_time out of range", seconds)
    _refuse_rows(alight < board, legs, "alighting before boarding", seconds)
    metres = legs["distance_m"].to_numpy(dtype="int64", na_value=0)
    _refuse_rows(metres < 0, legs, "negative distance", "Distances are metres, 0 or more.")


def _ordered_codes(values: pd.Series) -> np.ndarray:
    """Return whole numbers in the order of the texts."""
    codes, words = pd.factorize(values)
    rank = np.empty(len(words) + 1, dtype=np.int64)
    if len(words):
        rank[words.argsort()] = np.arange(len(words))
    rank[-1] = -1  # nothing given
    return rank[codes]


def _sorted(legs: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    if legs.empty:
        return legs.reset_index(drop=True), np.zeros(0, dtype=np.int64)
    card, date = _ordered_codes(legs["card_id"]), _ordered_codes(legs["date"])
    group = (date + 1) * (card.max() + 1) + card
    board = legs["board_time"].to_numpy(dtype="int64")
    key = group << 18 | board
    order = np.argsort(key, kind="stable")
    in_order = key[order]
    if (in_order[1:] == in_order[:-1]).any():
        # Two boardings of a card in one second: everything else must decide, or the
        # result would depend on the order of the rows.
        rest = [
            legs[c].to_numpy(dtype="int64", na_value=LAST_SECOND)
            for c in ("alight_time", "distance_m")
        ]
        rest += [
            _ordered_codes(legs[c])
            for c in ("route_id", "mode", "board_stop_id", "alight_stop_id", "user_class")
        ]
        rest.append(legs["income_group"].to_numpy(dtype="int64", na_value=0))
        order = np.lexsort((*reversed(rest), key))
    return legs.take(order).reset_index(drop=True), group[order]

"""Requests as measured lives: when each case began, when it ended, what is still open.

A case that is still open is not a case without a time: it has lived at least until the
moment the table was read. Every function of :mod:`course.bigdata.service_requests` starts
here, so all of them mean the same by "open" and by "hours".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from course.errors import CourseError, UsageError

if TYPE_CHECKING:
    import pandas as pd

_CLEAN_FIRST = "Clean the table first: service_requests.clean(requests, zones).table."


@dataclass(frozen=True)
class Lives:
    """What is known of the cases at one moment.

    Parameters
    ----------
    table : pandas.DataFrame
        The rows that count, in their order: no duplicates, none created later than ``at``.
    seconds : numpy.ndarray of int64
        From creation to closing, or to ``at`` where the case is open.
    closed : numpy.ndarray of bool
        Closed at or before ``at``.
    at : pandas.Timestamp
        The moment, on the city's clock; NaT for no rows.
    """

    table: pd.DataFrame
    seconds: np.ndarray
    closed: np.ndarray
    at: pd.Timestamp


def instants(values: pd.Series, *, timezone: str | None = None) -> pd.Series:
    """Return times as ``datetime64[s]`` on one clock, NaT where there is none or it is no time.

    Parameters
    ----------
    values : pandas.Series
        ISO text (``2025-03-01T08:00:00``, also with a blank for the T, or with an offset
        such as ``+09:00`` or ``Z``), or datetimes, with or without a time zone.
    timezone : str, optional
        The city's time zone, to which times with an offset are turned; None: UTC.

    Raises
    ------
    CourseError
        Some times have an offset and others have none, and no time zone is given: nobody
        can say how far apart they are.
    """
    import pandas as pd

    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        moments = values
        if getattr(values.dt, "tz", None) is not None:
            moments = values.dt.tz_convert(timezone or "UTC").dt.tz_localize(None)
        return moments.dt.floor("s").astype("datetime64[s]")
    text = values.astype("object").map(_as_text).astype("str").fillna("").str.strip()
    given = text != ""
    with_offset = text.str.contains(r"(?:[Zz]|[+-]\d{2}:?\d{2})$") & text.str.contains(":")
    out = pd.Series(pd.NaT, index=values.index, dtype="datetime64[s]")
    if with_offset.any():
        if timezone is None and (given & ~with_offset).any():
            row = int(np.flatnonzero(with_offset.to_numpy())[0]) + 1
            raise CourseError(
                f"Row {row} has a time with an offset ({text.iloc[row - 1]!r}), others have none.",
                'Name the clock of the others: clean(…, timezone="Asia/Seoul").',
            )
        told = pd.to_datetime(text[with_offset], format="ISO8601", utc=True, errors="coerce")
        local = told.dt.tz_convert(timezone or "UTC").dt.tz_localize(None)
        out[with_offset] = local.dt.floor("s").astype("datetime64[s]")
    plain = given & ~with_offset
    told = pd.to_datetime(text[plain], format="ISO8601", errors="coerce")
    out[plain] = told.dt.floor("s").astype("datetime64[s]")
    return out


def _as_text(value: Any) -> Any:
    """Datetimes among text keep their meaning: ``str`` of a Timestamp is ISO."""
    return None if value is None or value != value else str(value)


def lives(requests: Any, *, at: Any = None) -> Lives:
    """Return how long each case has lived at a moment.

    Parameters
    ----------
    requests : pandas.DataFrame or Cleaned
        ``created_at, closed_at`` (as :func:`instants` reads them; closed_at absent = open).
        Rows with a ``duplicate_of`` do not count.
    at : str or datetime, optional
        The moment the table shows; later closings are not known yet, later cases do not
        exist. None: the latest time in the table.

    Raises
    ------
    CourseError
        A row has no creation time, a closing time that is no time, or one before its
        creation: a table for :func:`course.bigdata.request_cleaning.clean`.
    UsageError
        ``at`` is no time, or a column is missing.
    """
    import pandas as pd

    table = getattr(requests, "table", requests)
    for column in ("created_at", "closed_at"):
        if not isinstance(table, pd.DataFrame) or column not in table.columns:
            raise UsageError(f"The requests have no column {column}.", "Give city.requests.")
    if "duplicate_of" in table.columns:
        table = table[(table["duplicate_of"].fillna("") == "").to_numpy()]
    table = table.reset_index(drop=True)
    told = [table[c].astype("object") for c in ("created_at", "closed_at")]
    both = instants(pd.concat(told, ignore_index=True))
    begun, ended = both.iloc[: len(table)], both.iloc[len(table) :].reset_index(drop=True)
    told = (table["closed_at"].notna() & (table["closed_at"] != "")).to_numpy(dtype=bool)
    for wrong, what in (
        (begun.isna(), "no creation time"),
        (told & ended.isna(), "a closing time that is no time"),
        (ended < begun, "a closing time before its creation"),
    ):
        if wrong.any():
            row = int(np.argmax(wrong.to_numpy(dtype=bool)))
            name = table["request_id"].iloc[row] if "request_id" in table.columns else row + 1
            raise CourseError(f"The case {name} has {what}.", _CLEAN_FIRST)
    moment = _moment(at, begun, ended)
    if at is not None and len(table):
        there = (begun <= moment).to_numpy()
        table, begun, ended = (f[there].reset_index(drop=True) for f in (table, begun, ended))
    closed = (ended <= moment).to_numpy(dtype=bool)
    until = ended.where(closed, moment)
    seconds = (until - begun).dt.total_seconds().to_numpy(dtype=np.float64)
    return Lives(table, seconds.astype(np.int64), closed, moment)


def _moment(at: Any, begun: pd.Series, ended: pd.Series) -> pd.Timestamp:
    import pandas as pd

    if at is None:
        return pd.Series([begun.max(), ended.max()], dtype="datetime64[s]").max()
    try:
        moment = pd.Timestamp(at)
    except (ValueError, TypeError):
        moment = pd.NaT
    if pd.isna(moment) or moment.tz is not None:
        raise UsageError(f"at={at!r} is no time on the city's clock.", 'Write at="2025-07-01".')
    return moment

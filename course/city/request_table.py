"""A table of citizens' requests that a city has -> the frame ``requests``.

People are behind the rows. Addresses are never taken over, whatever a mapping says; case
numbers, which would find the address in the city's own register, are replaced; places are
rounded to about ten metres; words are left out unless asked for, without numbers and mail
addresses. What cannot be used is dropped, counted and listed. What an office got wrong but
can be read (a case closed before it was created, an unknown zone) stays: lessons clean it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from course.city.columns import read_mapped
from course.city.moments import EARLIEST, LATEST, read_moments
from course.city.points import usable_places
from course.city.repairs import RepairList
from course.errors import CourseError

if TYPE_CHECKING:
    import pandas as pd

MAX_LETTERS, MAX_WORDS = 80, 500
_DECIMALS = 4  # about ten metres: the street, not the door
_ADDRESS = re.compile(
    r"addr|street|house|e-?mail|phone|tele?fon|mobile|owner|caller|person|"
    r"(first|last|full|sur|family|citizen|customer|user)[ _]?name|"
    r"direcci|endere|alamat|adres", re.I)  # fmt: skip
_ENDED = re.compile(r"closed|resolved|complete|done|finished", re.I)
_MANY_VALUES, _MANY_PERCENT = 500, 20


def import_requests(
    path: Path,
    mapping: dict[str, str],
    stops: pd.DataFrame,
    repairs: RepairList,
    *,
    timezone: str,
    dates: str | None = None,
) -> tuple[pd.DataFrame, dict[str, str], str]:
    """Read and clean a table of requests.

    Parameters
    ----------
    path : Path
        CSV or Parquet, one row per case.
    mapping : dict
        Ours to theirs; needed are ``created_at, closed_at, category``. ``status`` is used
        to tell cases that are open from those closed at an unknown time.
    stops : pandas.DataFrame
        The city's: cases must lie near them.
    repairs : RepairList
        Gets what was dropped, mended or left out.
    timezone : str
        The city's; see :mod:`course.city.moments`.
    dates : str, optional
        Format of the times, as of ``strftime``.

    Returns
    -------
    tuple of (pandas.DataFrame, dict, str)
        The frame ``requests`` in order of creation, the mapping used, and how times were
        read.

    Raises
    ------
    CourseError
        A needed column is missing, a mapped one holds addresses, times have two readings,
        the cases are another city's, or none is left.
    """
    import pandas as pd

    table, used = read_mapped(path, "requests", mapping, repairs)
    for column in ("created_at", "closed_at", "category"):
        if column not in used:
            raise CourseError(
                f"{path.name} has no column for {column}.",
                f"Map it: --columns requests.{column}=THEIR_NAME.",
            )
    for ours, theirs in used.items():
        if ours not in ("created_at", "closed_at", "lat", "lon") and _ADDRESS.search(theirs):
            raise CourseError(
                f"{path.name}: the column {theirs!r} may say who or where a person is.",
                f"Leave out requests.{ours}, or map a column without names and addresses.",
            )
    label, rows = path.name, np.arange(table.num_rows) + 2
    text = {c: _text(table.column(c)) for c in used}
    times, how = _times(text, label, timezone, dates)
    created, closed = times[0].values, times[1].values
    lost = np.zeros(len(rows), dtype=bool)

    def drop(wrong: np.ndarray, what: str) -> None:
        repairs.rows(label, wrong & ~lost, rows, what, "dropped")
        np.logical_or(lost, wrong, out=lost)

    drop(~times[0].given, "case without a creation time")
    drop(np.isnat(created), "creation time is no time")
    drop((created < EARLIEST) | (created >= LATEST), "created before 1990 or after 2100")
    drop(times[1].given & np.isnat(closed), "closing time is no time")
    never = (closed < EARLIEST) | (closed >= LATEST)
    repairs.rows(label, never & ~lost, rows, "closed before 1990 or after 2100",
                 "repaired: as if open, which such dates usually mean")  # fmt: skip
    closed = np.where(never, np.datetime64("NaT", "s"), closed)
    if "status" in used:
        ended = text["status"].str.match(_ENDED).to_numpy(dtype=bool)
        drop(ended & np.isnat(closed), "closed, but nobody knows when")
    repairs.rows(label, (closed < created) & ~lost, rows, "closed before it was created",
                 "noted: left in, the lesson cleans it")  # fmt: skip
    frame = pd.DataFrame({"request_id": _ids(text, rows)})
    for column in ("category", "channel", "zone_id"):
        frame[column] = _label(text.get(column), column, used, label, rows, lost, repairs)
    lat, lon = usable_places(table, used, stops, label, rows, lost, repairs, what="case",
                             decimals=_DECIMALS)  # fmt: skip
    frame["created"], frame["closed"], frame["lat"], frame["lon"] = created, closed, lat, lon
    if "text" in used:
        frame["text"] = _words(text["text"], label, rows, lost, repairs)
    if lost.all():
        raise CourseError(
            f"{label}: none of {len(rows):,} cases can be used.", "See its columns and times."
        )
    frame = frame[~lost].sort_values("created", kind="stable", ignore_index=True)
    number = pd.factorize(frame["request_id"])[0] + 1
    width = max(5, len(str(len(frame))))
    frame["request_id"] = "R" + pd.Series(number).astype("str").str.zfill(width)
    frame["created_at"], frame["closed_at"] = (_iso(frame[c]) for c in ("created", "closed"))
    repairs.note(label, "numbers of the cases", "replaced, so that nobody can look a case up")
    order = ("request_id", "created_at", "closed_at", "category", "text", "channel", "zone_id",
             "lat", "lon")  # fmt: skip
    kept = [c for c in order if c in frame]
    types = {c: "float64" if c in ("lat", "lon") else "str" for c in kept}
    return frame[kept].astype(types), used, how


def _text(values: object) -> pd.Series:
    import pyarrow as pa

    text = values.cast(pa.string()).to_pandas()  # type: ignore[attr-defined]
    return text.astype("str").fillna("").str.strip()


def _times(
    text: dict[str, pd.Series], label: str, timezone: str, dates: str | None
) -> tuple[tuple, str]:
    """Read both columns as one, for an office writes all its times alike."""
    import pandas as pd

    from course.city.moments import Moments

    both = pd.concat([text["created_at"], text["closed_at"]], ignore_index=True)
    told = read_moments(both, label=label, table="requests", timezone=timezone, stated=dates)
    cut = len(text["created_at"])
    parts = (Moments(told.values[:cut], told.given[:cut], told.format),
             Moments(told.values[cut:], told.given[cut:], told.format))  # fmt: skip
    return parts, told.format


def _ids(text: dict[str, pd.Series], rows: np.ndarray) -> pd.Series:
    """Return their ids; a row without one is a case of its own."""
    import pandas as pd

    own = pd.Series(rows.astype(str)).radd("row ")
    return text["request_id"].where(text["request_id"] != "", own) if "request_id" in text else own


def _label(
    values: pd.Series | None, column: str, used: dict[str, str], label: str, rows: np.ndarray,
    lost: np.ndarray, repairs: RepairList,
) -> pd.Series:  # fmt: skip
    """Return a column of names of kinds; a column of sentences or addresses is refused."""
    import pandas as pd

    if values is None:
        return pd.Series([""] * len(rows), dtype="str")
    different = values[~lost].nunique()
    if different > _MANY_VALUES and different * 100 > _MANY_PERCENT * (~lost).sum():
        raise CourseError(
            f"{label}: {column} ({used[column]}) has {different:,} different values; "
            "it looks like words or addresses.", f"Map requests.{column} to a list of kinds."
        )  # fmt: skip
    long = (values.str.len() > MAX_LETTERS).to_numpy() & ~lost
    repairs.rows(label, long, rows, f"{column} has more than {MAX_LETTERS} letters",
                 "repaired: cut")  # fmt: skip
    values = values.str.slice(0, MAX_LETTERS)
    if column == "category":
        empty = (values == "").to_numpy()
        repairs.rows(label, empty & ~lost, rows, "case without a category",
                     "repaired: as unknown")  # fmt: skip
        values = values.where(~empty, "unknown")
    return values


def _words(
    words: pd.Series, label: str, rows: np.ndarray, lost: np.ndarray, repairs: RepairList
) -> pd.Series:
    masked = words.str.replace(r"\S+@\S+\.\S+", "…", regex=True)
    masked = masked.str.replace(r"\+?\d(?:[\s().-]{0,2}\d){5,}", "…", regex=True)
    told = (masked != words).to_numpy() & ~lost
    repairs.rows(label, told, rows, "words with a number or a mail address", "repaired: masked")
    long = (masked.str.len() > MAX_WORDS).to_numpy() & ~lost
    repairs.rows(label, long, rows, f"more than {MAX_WORDS} letters of words", "repaired: cut")
    repairs.note(label, "words of citizens", "noted: they travel with hand-ins; read them first")
    return masked.str.slice(0, MAX_WORDS)


def _iso(moments: pd.Series) -> pd.Series:
    import pandas as pd

    text = moments.to_numpy().astype("datetime64[s]").astype("U19").astype(object)
    return pd.Series(text, dtype="str").where(moments.notna())

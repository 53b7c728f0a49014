"""Times as offices write them -> one clock, one form; two readings are never guessed between.

``03/04/2025`` is April in one country and March in the next. A table is read in the order
its own values prove (a day above 12 in many rows); where they prove nothing, or both, the
person who knows is asked for the format. Times with an offset are turned to the city's
clock; times without one are taken to be on it.

Rides need more (clocks without dates and beyond midnight, bare hours, dates in a column of
their own) and are read block by block, by :mod:`course.city.rides_in.moments`; what a date
is, which order its parts have and whose clock it is on is decided here for both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from course.errors import CourseError, UsageError

if TYPE_CHECKING:
    import pandas as pd

EARLIEST, LATEST = np.datetime64("1990-01-01", "s"), np.datetime64("2101-01-01", "s")
_CLOCK = (
    r"(?:[T ]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?"
    r"\s*(?P<half>[AaPp])?(?:\.?[Mm]\.?)?\s*(?P<offset>[Zz]|[+-]\d{2}(?::?\d{2})?)?)?"
)
_YEAR_FIRST = r"(?P<year>\d{4})(?P<mark>[-/.])(?P<one>\d{1,2})[-/.](?P<two>\d{1,2})" + _CLOCK
_YEAR_LAST = r"(?P<one>\d{1,2})(?P<mark>[-/.])(?P<two>\d{1,2})[-/.](?P<year>\d{4})" + _CLOCK
_DIGITS = (r"(?P<year>\d{4})(?P<one>\d{2})(?P<two>\d{2})"
           r"(?:(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})?)?")  # fmt: skip
_PROOF_PERCENT = 1  # a single day above 12 among thousands is a slip, not a proof


@dataclass(frozen=True)
class Moments:
    """Times on the city's clock and how they were read.

    Parameters
    ----------
    values : numpy.ndarray of datetime64[s]
        NaT where the text is empty or no time.
    given : numpy.ndarray of bool
        The text is not empty.
    format : str
        The format that was stated, or how it was recognised.
    """

    values: np.ndarray
    given: np.ndarray
    format: str


def read_moments(
    text: pd.Series, *, label: str, table: str, timezone: str, stated: str | None = None
) -> Moments:
    """Read a column of times.

    Parameters
    ----------
    text : pandas.Series of str
        As the file has them; empty for none.
    label, table : str
        File and table, for messages.
    timezone : str
        The city's.
    stated : str, optional
        A format as of ``strftime``, such as ``%d/%m/%Y %H:%M``.

    Raises
    ------
    CourseError
        Day and month can be read in two ways, or nothing is a time.
    UsageError
        The stated format is none.
    """
    import pandas as pd

    text = text.fillna("").str.strip()
    given = (text != "").to_numpy()
    code, different = pd.factorize(text)
    words = pd.Series(different, dtype="str")
    if stated is not None:
        found, how = _as_stated(words, stated, timezone), stated
    else:
        counts = np.bincount(code, minlength=len(words))
        found, how = _recognised(words, counts, label, table, timezone)
    values = found[code] if len(words) else np.zeros(0, dtype="datetime64[s]")
    if given.any() and np.isnat(values[given]).all():
        first = int(np.argmax(given))
        raise CourseError(
            f"{label}, row {first + 2}: {text.iloc[first][:40]!r} is read as no time"
            + (f" with the format {stated!r}." if stated else "."),
            f'Say how times are written: --dates "{table}=%d/%m/%Y %H:%M".',
        )
    return Moments(values, given, how)


def _as_stated(words: pd.Series, stated: str, timezone: str) -> np.ndarray:
    import pandas as pd

    if "%" not in stated:
        raise UsageError(
            f"{stated!r} is no format of times.", "Write it like %d/%m/%Y %H:%M or %Y-%m-%d."
        )
    aware = "%z" in stated
    try:
        told = pd.to_datetime(words, format=stated, errors="coerce", utc=aware or None)
    except (ValueError, TypeError, OverflowError) as error:
        raise UsageError(
            f"{stated!r} is no format of times ({str(error).splitlines()[0][:80]}).",
            "Write it like %d/%m/%Y %H:%M or %m/%d/%Y %I:%M:%S %p.",
        ) from None
    if aware:
        told = told.dt.tz_convert(timezone).dt.tz_localize(None)
    return told.to_numpy().astype("datetime64[s]")


def _recognised(
    words: pd.Series, counts: np.ndarray, label: str, table: str, timezone: str
) -> tuple[np.ndarray, str]:
    out = np.full(len(words), np.datetime64("NaT"), dtype="datetime64[s]")
    how = []
    for pattern, name in ((_YEAR_FIRST, "year first"), (_DIGITS, "digits, year first")):
        rows, parts = _matched(words, pattern)
        if rows.any():
            out[rows] = _moment(parts, "one", "two", timezone)
            how.append(name)
    rows, parts = _matched(words, _YEAR_LAST)
    if rows.any():
        dotted = parts["mark"] == "."  # nobody writes the month first with dots
        day_first = _moment(parts, "two", "one", timezone)
        month_first = np.where(dotted, day_first, _moment(parts, "one", "two", timezone))
        name = date_order(day_first, month_first, counts[rows], label, table)
        out[rows] = month_first if name == "month first" else day_first
        how.append(name)
    return out, ", ".join(how)


def _matched(words: pd.Series, pattern: str) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Return which words are of a pattern, and the text of its named parts for those."""
    import pyarrow as pa
    import pyarrow.compute as pc

    # Arrow's regular expressions: pandas extracts row by row, ten times slower.
    found = pc.extract_regex(pa.array(words.to_numpy(dtype=object), pa.string()), f"^{pattern}$")
    rows = found.is_valid().to_numpy(zero_copy_only=False)
    kept = found.filter(found.is_valid())
    names = [kept.type.field(k).name for k in range(kept.type.num_fields)]
    return rows, {n: kept.field(n).to_numpy(zero_copy_only=False) for n in names}


def date_order(
    day_first: np.ndarray, month_first: np.ndarray, counts: np.ndarray, label: str, table: str
) -> str:
    """Return "day first" or "month first", or refuse where the values do not prove one.

    Parameters
    ----------
    day_first, month_first : numpy.ndarray of datetime64
        The different texts of a column in either reading; NaT where they make no date.
    counts : numpy.ndarray of int
        How often each occurs.
    label, table : str
        File and table, for messages.

    Raises
    ------
    CourseError
        Nothing proves an order, or both are proved.
    """
    total = int(counts.sum())
    only_day = int(counts[~np.isnat(day_first) & np.isnat(month_first)].sum())
    only_month = int(counts[np.isnat(day_first) & ~np.isnat(month_first)].sum())
    both = ~np.isnat(day_first) & ~np.isnat(month_first)
    if not (day_first[both] != month_first[both]).any() and not (only_day and only_month):
        return "month first" if only_month else "day first"
    proved = [n * 100 >= total * _PROOF_PERCENT and n > 0 for n in (only_day, only_month)]
    if proved[0] != proved[1] and not min(only_day, only_month):
        return "day first" if proved[0] else "month first"
    why = (
        f"{only_day:,} rows can only be day first and {only_month:,} only month first"
        if only_day and only_month
        else f"{only_day + only_month:,} of {total:,} rows tell which comes first"
    )
    raise CourseError(
        f"{label}: its dates can be read day first or month first ({why}).",
        f'Say which: --dates "{table}=%d/%m/%Y %H:%M" or --dates "{table}=%m/%d/%Y %H:%M".',
    )


def _moment(parts: dict[str, np.ndarray], month: str, day: str, timezone: str) -> np.ndarray:
    """Put numbers together to moments; NaT where they make none."""
    y, m, d = _number(parts, "year"), _number(parts, month), _number(parts, day)
    hour, minute, second = (_number(parts, name) for name in ("hour", "minute", "second"))
    date = dates_of(y, m, d)
    sound = ~np.isnat(date) & (minute < 60) & (second < 60)
    half = parts.get("half", np.full(len(y), "", dtype=object))
    twelve, later = half != "", (half == "p") | (half == "P")
    sound &= np.where(twelve, (hour >= 1) & (hour <= 12), hour < 24)
    hour = np.where(twelve, hour % 12 + np.where(later, 12, 0), hour)
    seconds = hour * 3600 + minute * 60 + second
    out = date.astype("datetime64[s]") + seconds.astype("timedelta64[s]")
    offset = parts.get("offset", np.full(len(y), "", dtype=object))
    if (offset != "").any():
        out = np.where(offset != "", on_the_clock(out, offset, timezone), out)
    return np.where(sound, out, np.datetime64("NaT", "s"))


def dates_of(year: np.ndarray, month: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Return days of the Gregorian calendar; NaT for what is none.

    Examples
    --------
    >>> import numpy as np
    >>> dates_of(np.array([2024, 2025]), np.array([2, 2]), np.array([29, 29]))
    array(['2024-02-29',        'NaT'], dtype='datetime64[D]')
    """
    sound = (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)
    first = ((year.astype(np.int64) - 1970) * 12 + np.where(sound, month, 1) - 1).astype(
        "datetime64[M]"
    )
    date = first.astype("datetime64[D]") + np.where(sound, day - 1, 0).astype(np.int64)
    sound &= date.astype("datetime64[M]") == first
    return np.where(sound, date, np.datetime64("NaT", "D"))


def _number(parts: dict[str, np.ndarray], name: str) -> np.ndarray:
    """Return a part as whole numbers, 0 where it was not written."""
    if name not in parts:
        return np.zeros(len(parts["year"]), dtype=np.int64)
    text = parts[name]
    return np.where(text == "", "0", text).astype("U4").astype(np.int64)


def on_the_clock(moments: np.ndarray, offset: np.ndarray, timezone: str) -> np.ndarray:
    """Turn times with an offset (``Z``, ``+09``, ``-0530``, ``+09:00``) to the city's clock.

    Parameters
    ----------
    moments : numpy.ndarray of datetime64[s]
        As written.
    offset : numpy.ndarray of str
        Of each; empty text is read as ``Z``.
    timezone : str
        The city's.
    """
    import pandas as pd

    away = {word: _offset_seconds(word) for word in set(offset)}
    behind = np.array([away[word] for word in offset], dtype="timedelta64[s]")
    utc = pd.Series(moments - behind).dt.tz_localize("UTC")
    return utc.dt.tz_convert(timezone).dt.tz_localize(None).to_numpy().astype("datetime64[s]")


def _offset_seconds(word: str) -> int:
    digits = word[1:].replace(":", "")
    if not digits:
        return 0
    seconds = int(digits[:2]) * 3600 + int(digits[2:] or 0) * 60
    return -seconds if word[0] == "-" else seconds

"""Times of ride data: text to a service day and seconds since its start.

Convention. A service day begins at ``day_start`` on the clock (04:00 unless said) and
lasts 24 hours: a tap at 01:30 belongs to the day before, as 25:30. Times written beyond
24:00 are taken as they stand. A date like 11/09/2019 is read by what the whole table
shows; where every date could be read both ways, the format must be stated.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from course.errors import CourseError, UsageError

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

DAY_S = 86_400
NONE = -1
_STAMP = (
    r"^(?:(?P<a>\d{4}|\d{1,2})[-/.](?P<b>\d{1,2})[-/.](?P<c>\d{4}|\d{1,2})"
    r"|(?P<packed>\d{8}))?[ T_]*"
    r"(?:(?P<h>\d{1,3}):(?P<m>\d{1,2})(?::(?P<s>\d{1,2}))?(?:[.,]\d+)?"
    r"|(?P<plain>\d{1,6}))?[ ]*(?P<half>[AaPp]\.?[Mm]\.?)?(?P<zone>Z|[+-]\d{2}:?\d{2})?$"
)


@dataclass
class Moments:
    """Dates and clocks of one column, before the order of day and month is known.

    Parameters
    ----------
    parts : numpy.ndarray of int32, shape (n, 3)
        The date's three numbers as written; 0 where there is none.
    seconds : numpy.ndarray of int64
        Seconds on the clock, ``NONE`` where there is none.
    wrong : numpy.ndarray of bool
        Text that is no time.
    plain : numpy.ndarray of int64
        A bare number of up to six digits, whose meaning the whole column decides; see
        :func:`settle`.
    width : numpy.ndarray of int64
        Digits of that number.
    """

    parts: np.ndarray
    seconds: np.ndarray
    wrong: np.ndarray
    plain: np.ndarray
    width: np.ndarray

    def take(self, where: np.ndarray) -> Moments:
        """Return some entries."""
        return Moments(*(getattr(self, f.name)[where] for f in fields(self)))

    @classmethod
    def together(cls, several: list[Moments]) -> Moments:
        """Put columns of several blocks one after the other."""
        return cls(*(np.concatenate([getattr(m, f.name) for m in several]) for f in fields(cls)))


def parse(text: pa.Array, *, stated: str = "", zone: str = "UTC") -> Moments:
    """Read a column of times, dates, or both.

    Parameters
    ----------
    text : pyarrow.Array of string
        As in the file, trimmed; empty = not given.
    stated : str
        Format in the letters of ``strftime``, such as ``%d/%m/%Y %H:%M``; empty =
        recognise it.
    zone : str
        Time zone of the city: text with an offset (``Z``, ``+09:00``) is turned to it.

    Returns
    -------
    Moments
        One entry per text.
    """
    import pandas as pd
    import pyarrow as pa
    import pyarrow.compute as pc

    coded = pc.dictionary_encode(text)
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.combine_chunks()
    each = coded.dictionary
    where = coded.indices.to_numpy(zero_copy_only=False)
    read = _recognised(each)
    if stated:
        # a date with the year first has one reading only, whatever format was stated
        other = read.parts[:, 0] < 1000
        told = _stated(each, stated)
        for name in ("parts", "seconds", "wrong"):
            getattr(read, name)[other] = getattr(told, name)[other]
    else:
        shifted = pc.match_substring_regex(each, r"(Z|[+-]\d{2}:?\d{2})$").to_numpy(
            zero_copy_only=False
        ) & (read.parts[:, 0] > 0)
        if shifted.any():
            moved = pd.to_datetime(
                pd.Series(each.to_pylist())[shifted], utc=True, errors="coerce", format="ISO8601"
            ).dt.tz_convert(zone)
            _put(read, np.flatnonzero(shifted), moved)
    return read.take(where)


def _put(into: Moments, rows: np.ndarray, stamps: pd.Series) -> None:
    bad = stamps.isna().to_numpy()
    parts = np.column_stack([stamps.dt.year, stamps.dt.month, stamps.dt.day])
    into.parts[rows] = np.where(bad[:, None], 0, np.nan_to_num(parts)).astype(np.int32)
    clock = stamps.dt.hour * 3600 + stamps.dt.minute * 60 + stamps.dt.second
    into.seconds[rows] = np.where(bad, NONE, np.nan_to_num(clock.to_numpy(float))).astype(np.int64)
    into.wrong[rows] = bad


def _stated(each: pa.Array, form: str) -> Moments:
    import pandas as pd

    values = pd.Series(each.to_pylist(), dtype="str")
    try:
        stamps = pd.to_datetime(values, format=form, errors="coerce")
    except ValueError as error:
        raise UsageError(
            f"{form!r} is no format ({error}).", "Write it like %d/%m/%Y %H:%M:%S."
        ) from None
    count = len(values)
    none = np.full(count, NONE)
    out = Moments(np.zeros((count, 3), np.int32), none.copy(), np.zeros(count, bool), none, none)
    _put(out, np.arange(count), stamps)
    out.wrong &= (values != "").to_numpy()
    if "%H" not in form and "%I" not in form:
        out.seconds[:] = NONE
    if "%d" not in form:
        out.parts[:] = 0
    return out


def _recognised(each: pa.Array) -> Moments:
    import pyarrow as pa
    import pyarrow.compute as pc

    found = pc.extract_regex(each, _STAMP)
    known = pc.is_valid(found).to_numpy(zero_copy_only=False)

    def part(name: str) -> np.ndarray:
        text = pc.fill_null(pc.struct_field(found, name), "")
        number = pc.cast(pc.if_else(pc.equal(text, ""), "-1", text), pa.int64())
        return number.to_numpy(zero_copy_only=False).copy()

    a, b, c, packed = part("a"), part("b"), part("c"), part("packed")
    hour, minute, second = part("h"), part("m"), np.maximum(part("s"), 0)
    plain = part("plain")
    width = pc.utf8_length(pc.fill_null(pc.struct_field(found, "plain"), "")).to_numpy(
        zero_copy_only=False
    ).astype(np.int64)  # fmt: skip
    half = pc.utf8_lower(pc.fill_null(pc.struct_field(found, "half"), "")).to_numpy(
        zero_copy_only=False
    ).astype(str)  # fmt: skip
    halved = half != ""
    wrong = halved & ((hour < 1) | (hour > 12))
    hour = np.where(halved, hour % 12 + 12 * np.char.startswith(half, "p"), hour)
    a, b, c = (
        np.where(packed >= 0, value, old)
        for value, old in ((packed // 10_000, a), (packed // 100 % 100, b), (packed % 100, c))
    )
    parts = np.maximum(np.column_stack([a, b, c]), 0).astype(np.int32)
    seconds = np.where(hour >= 0, hour * 3600 + minute * 60 + second, NONE)
    empty = pc.equal(each, "").to_numpy(zero_copy_only=False)
    wrong |= ~known | (minute > 59) | (second > 59) | (hour > 71)
    wrong &= ~empty
    seconds[wrong] = NONE
    return Moments(parts, seconds, wrong, plain, width)


def settle(moments: Moments) -> bool:
    """Decide what bare numbers of a column are: hours, clocks (083000, 0830) or seconds.

    They are hours where none is above 47; clocks where all have four or all have six
    digits, or where one is beyond the seconds of two days; else seconds since the start of
    the day. Changed in place.

    Returns
    -------
    bool
        True where they are hours and nothing in the column is finer.
    """
    bare = (moments.plain >= 0) & ~moments.wrong
    if not bare.any():
        return False
    if (moments.plain[bare] <= 47).all():
        moments.seconds[bare] = moments.plain[bare] * 3600
        return not ((moments.seconds >= 0) & ~bare).any()
    number, digits = moments.plain[bare], moments.width[bare]
    short = bool((digits == 4).all())
    if short or (digits == 6).all() or (number > 2 * DAY_S).any():
        seconds = number % 100 if not short else np.zeros_like(number)
        minutes = number // 100 % 100 if not short else number % 100
        hours = number // 10_000 if not short else number // 100
        bad = (seconds > 59) | (minutes > 59) | (hours > 47)
        number = np.where(bad, NONE, hours * 3600 + minutes * 60 + seconds)
        moments.wrong[bare] |= bad
    moments.seconds[bare] = number
    return False


def calendar_days(parts: np.ndarray, *, column: str) -> np.ndarray:
    """Return days since 1970 of dates written as three numbers.

    Parameters
    ----------
    parts : numpy.ndarray, shape (n, 3)
        As in :class:`Moments`; year first, or last with day and month in either order.
    column : str
        For the message.

    Returns
    -------
    numpy.ndarray of int64
        ``NONE`` where there is no date or it does not exist.

    Raises
    ------
    CourseError
        Day and month cannot be told apart in any row.
    """
    import pandas as pd

    given = parts[:, 0] > 0
    last = given & (parts[:, 2] > 31)
    year = np.where(last, parts[:, 2], parts[:, 0]).astype(np.int64)
    one, two = parts[last, 0], parts[last, 1]
    day_first = True
    if last.any():
        seen_first, seen_second = (one > 12).any(), (two > 12).any()
        if not seen_first and not seen_second and not (one == two).all():
            raise CourseError(
                f"The dates of {column} can be read as day/month or month/day.",
                'State the format, such as --dates "rides=%d/%m/%Y".',
            )
        day_first = not (seen_second and not seen_first)
    month = np.where(last & ~np.bool_(day_first), parts[:, 0], parts[:, 1]).astype(np.int64)
    day = np.where(last, parts[:, 0] if day_first else parts[:, 1], parts[:, 2]).astype(np.int64)
    sound = given & (year > 1900) & (year < 2200) & (month > 0) & (month < 13) & (day > 0)
    key = np.where(sound, year * 10_000 + month * 100 + day, 0)
    each, back = np.unique(key, return_inverse=True)
    stamps = pd.to_datetime(pd.Series(each.astype(str)), format="%Y%m%d", errors="coerce")
    days = stamps.to_numpy(dtype="datetime64[D]").astype(np.int64)
    days[stamps.isna().to_numpy()] = NONE
    return days[back]


def service_day(
    day: np.ndarray, seconds: np.ndarray, *, day_start_s: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return service day and seconds since its midnight.

    Parameters
    ----------
    day : numpy.ndarray of int64
        Calendar day, ``NONE`` = not given.
    seconds : numpy.ndarray of int64
        Clock, ``NONE`` = not given.
    day_start_s : int
        When a service day begins.

    Examples
    --------
    >>> import numpy as np
    >>> service_day(np.array([100, 100]), np.array([5400, 30000]), day_start_s=14400)
    (array([ 99, 100]), array([91800, 30000]))
    """
    early = (seconds >= 0) & (seconds < day_start_s) & (day >= 0)
    return np.where(early, day - 1, day), np.where(early, seconds + DAY_S, seconds)

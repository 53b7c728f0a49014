"""Times of ride data: text to a service day and seconds since its start.

Convention. A service day begins at ``day_start`` on the clock (04:00 unless said) and
lasts 24 hours: a tap at 01:30 belongs to the day before, as 25:30. Times written beyond
24:00 are taken as they stand. A date like 11/09/2019 is read by what the whole table
shows, by the rule of :mod:`course.city.moments`; where nothing proves the order of day and
month, it must be stated.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from course.city.moments import EARLIEST, LATEST, date_order, dates_of, on_the_clock
from course.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

DAY_S = 86_400
NONE = -1
_STAMP = (
    r"^(?:(?P<a>\d{4}|\d{1,2})[-/.](?P<b>\d{1,2})(?P<mark>[-/.])(?P<c>\d{4}|\d{1,2})"
    r"|(?P<packed>\d{8}))?[ T_]*"
    r"(?:(?P<h>\d{1,3}):(?P<m>\d{1,2})(?::(?P<s>\d{1,2}))?(?:[.,]\d+)?"
    r"|(?P<plain>\d{1,6}))?[ ]*(?P<half>[AaPp]\.?[Mm]\.?)?(?P<zone>Z|[+-]\d{2}(?::?\d{2})?)?$"
)
_DIGITS = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩٫", "0123456789" * 2 + ".")


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
        recognise it. Where numbers are parted by marks only their order counts, so that
        ``%d/%m/%Y`` will do for dates that a clock follows.
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
    where = coded.indices.to_numpy(zero_copy_only=False)
    each = western_digits(coded.dictionary)
    read, offset, dotted = _recognised(each)
    if stated:
        letters, told = _letters(stated), _stated(each, stated)
        if letters:
            _put_in_order(read, letters, read.parts[:, 0] > 0)
        # a date with the year first has one reading only, whatever format was stated
        rows = read.wrong.copy() if letters else ~told.wrong | (read.parts[:, 0] < 1000)
        for name in ("parts", "seconds", "wrong", "plain"):
            getattr(read, name)[rows] = getattr(told, name)[rows]
    else:  # nobody writes the month first with dots
        _put_in_order(read, "dmY", dotted & (read.parts[:, 2] > 31))
    aware = (offset != "") & (read.parts[:, 0] > 0) & (read.seconds >= 0)
    turned = np.flatnonzero(aware & (read.parts[:, 0] > 31))
    if len(turned):
        when = dates_of(*read.parts[turned].T).astype("datetime64[s]") + read.seconds[turned]
        _put(read, turned, pd.Series(on_the_clock(when, offset[turned], zone)))
    read.wrong |= aware & (read.parts[:, 0] <= 31)  # which day it is must be known first
    return read.take(where)


def western_digits(text: pa.Array) -> pa.Array:
    """Return text with Persian and Arabic digits written as 0 to 9."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pc.all(pc.string_is_ascii(text)).as_py() is not False:
        return text
    return pa.array([one.translate(_DIGITS) for one in text.to_pylist()], pa.string())


def _letters(stated: str) -> str:
    """Return the order of a date's three numbers; "" where only the format can tell them.

    >>> _letters("%d/%m/%Y %H:%M"), _letters("%m-%d-%y"), _letters("%d%m%Y"), _letters("%d %b %Y")
    ('dmY', 'mdy', '', '')
    """
    found = re.search(r"%([dmYy])[-/.]%([dmYy])[-/.]%([dmYy])", stated)
    letters = "".join(found.groups()) if found else ""
    return letters if sorted(letters.lower()) == ["d", "m", "y"] else ""


def _put_in_order(read: Moments, letters: str, rows: np.ndarray) -> None:
    """Turn dates to year, month and day; those with the year first are left as they are."""
    rows = rows & ((read.parts[:, 0] > 999) == (letters[0] == "Y"))
    parts = {letter.lower(): read.parts[rows, k] for k, letter in enumerate(letters)}
    year = np.where(parts["y"] < 100, 2000, 0) + parts["y"]
    read.parts[rows] = np.column_stack([year, parts["m"], parts["d"]])


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


def _recognised(each: pa.Array) -> tuple[Moments, np.ndarray, np.ndarray]:
    """Return what the pattern of usual times finds, the offsets, and dates with dots."""
    import pyarrow as pa
    import pyarrow.compute as pc

    found = pc.extract_regex(each, _STAMP)
    known = pc.is_valid(found).to_numpy(zero_copy_only=False)

    def part(name: str) -> np.ndarray:
        text = pc.fill_null(pc.struct_field(found, name), "")
        number = pc.cast(pc.if_else(pc.equal(text, ""), "-1", text), pa.int64())
        return number.to_numpy(zero_copy_only=False).copy()

    def words(name: str) -> np.ndarray:
        text = pc.fill_null(pc.struct_field(found, name), "")
        return text.to_numpy(zero_copy_only=False).astype(str)

    a, b, c, packed = part("a"), part("b"), part("c"), part("packed")
    hour, minute, second = part("h"), part("m"), np.maximum(part("s"), 0)
    plain = part("plain")
    width = pc.utf8_length(pc.fill_null(pc.struct_field(found, "plain"), "")).to_numpy(
        zero_copy_only=False
    ).astype(np.int64)  # fmt: skip
    half = np.char.lower(words("half"))
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
    wrong |= a == 0  # 0000-00-00, as some databases write nothing
    wrong &= ~empty
    seconds[wrong] = NONE
    return Moments(parts, seconds, wrong, plain, width), words("zone"), words("mark") == "."


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


def calendar_days(columns: dict[str, np.ndarray], *, label: str) -> dict[str, np.ndarray]:
    """Return days since 1970 of dates written as three numbers.

    Parameters
    ----------
    columns : dict of str to numpy.ndarray, shape (n, 3)
        ``parts`` of :class:`Moments` by column; year first, or last with day and month in
        either order, which is the same in all columns.
    label : str
        File, for the message.

    Returns
    -------
    dict of str to numpy.ndarray of int64
        By column; ``NONE`` where there is no date from 1990 to 2100.

    Raises
    ------
    CourseError
        Day and month cannot be told apart.
    """
    written = np.concatenate(list(columns.values())).astype(np.int64)
    key = (written[:, 0] * 10_000 + written[:, 1]) * 10_000 + written[:, 2]
    each, back, counts = np.unique(key, return_inverse=True, return_counts=True)
    a, b, c = each // 10**8, each // 10**4 % 10**4, each % 10**4
    found = np.where(a > 31, dates_of(a, b, c), np.datetime64("NaT", "D"))
    last = (a > 0) & (a <= 31) & (c > 31)
    if last.any():
        day_first = dates_of(c[last], b[last], a[last])
        month_first = dates_of(c[last], a[last], b[last])
        order = date_order(day_first, month_first, counts[last], label, "rides")
        found[last] = month_first if order == "month first" else day_first
    sound = (found >= EARLIEST) & (found < LATEST)
    days = np.where(sound, found.astype(np.int64), NONE)[back.ravel()]
    ends = np.cumsum([len(parts) for parts in columns.values()])[:-1]
    return dict(zip(columns, np.split(days, ends), strict=True))


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

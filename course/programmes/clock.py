"""Times of day and days of the week, as minutes and numbers."""

from __future__ import annotations

import re
from datetime import date

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August",
          "September", "October", "November", "December")  # fmt: skip


def minutes(text: object) -> int | None:
    """Return minutes after midnight of ``HH:MM``, None for anything else.

    Examples
    --------
    >>> minutes("09:30"), minutes("24:00"), minutes("9.30"), minutes(930)
    (570, 1440, None, None)
    """
    found = re.fullmatch(r"([01]?[0-9]|2[0-4]):([0-5][0-9])", text) if isinstance(text, str) else 0
    if not found:
        return None
    total = int(found[1]) * 60 + int(found[2])
    return total if total <= 1440 else None


def clock(total: int) -> str:
    """Return ``HH:MM`` of minutes after midnight.

    Examples
    --------
    >>> clock(570)
    '09:30'
    """
    return f"{total // 60:02d}:{total % 60:02d}"


def weekdays(text: object) -> frozenset[int] | None:
    """Return the days, Monday 0, of ``fri-sun`` or ``mon,wed``; None for anything else.

    Examples
    --------
    >>> sorted(weekdays("fri-sun")), weekdays("frisun")
    ([4, 5, 6], None)
    """
    if not isinstance(text, str):
        return None
    found: set[int] = set()
    for part in text.lower().replace(" ", "").split(","):
        first, dash, last = part.partition("-")
        if first not in DAYS or (dash and last not in DAYS):
            return None
        low = DAYS.index(first)
        high = DAYS.index(last) if dash else low
        found.update(day % 7 for day in range(low, high + (7 if high < low else 0) + 1))
    return frozenset(found)


def iso_date(text: object) -> date | None:
    """Return the date of ``YYYY-MM-DD``, None for anything else.

    Examples
    --------
    >>> iso_date("2027-05-03"), iso_date("2027-02-30"), iso_date("20270503")
    (datetime.date(2027, 5, 3), None, None)
    """
    if not isinstance(text, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def day_words(day: date) -> str:
    """Return a date in words.

    Examples
    --------
    >>> day_words(date(2027, 5, 3))
    'Monday 3 May 2027'
    """
    return f"{DAY_NAMES[day.weekday()]} {day.day} {MONTHS[day.month - 1]} {day.year}"


def duration(total: int) -> str:
    """Return minutes in words.

    Examples
    --------
    >>> duration(45), duration(510), duration(120)
    ('45 min', '8 h 30 min', '2 h')
    """
    hours, rest = divmod(total, 60)
    if not hours:
        return f"{rest} min"
    return f"{hours} h {rest} min" if rest else f"{hours} h"

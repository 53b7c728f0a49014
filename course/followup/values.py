"""What a person writes into a report, made plain: texts, dates, numbers, links.

Each function takes what came and returns the value, or raises ``ValueError`` with one
sentence and one remedy, separated by ``|``. Dates are of the Gregorian calendar, digits
are 0 to 9: a date of another calendar is never converted by guess.
"""

from __future__ import annotations

import math
import re
import unicodedata
from datetime import date, datetime
from urllib.parse import urlsplit

MOST_LETTERS = 600
SCHEMES = ("http", "https", "mailto")
_NOT_IN_LINKS = set(" \"'<>`{}|\\^")  # no address holds them unescaped
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]00:00(?::00(?:\.0+)?)?)?")
_OTHER_DATE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,3})?")
# Overrides of the writing direction can make a text read as another one.
_OVERRIDES = dict.fromkeys(map(ord, "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))
DATE_REMEDY = "Write year-month-day in the Gregorian calendar, for example 2026-04-30."


def text(value: object, *, most: int = MOST_LETTERS) -> str:
    """Return a text in one Unicode form, without control characters; "" for nothing."""
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise ValueError("is not a text.|Write words.")
    whole = value if isinstance(value, str) else f"{value:g}"
    # a lone half of a letter cannot be stored anywhere
    whole = whole.encode("utf-8", "replace").decode("utf-8").translate(_OVERRIDES)
    whole = unicodedata.normalize("NFC", whole.replace("\r\n", "\n").replace("\r", "\n"))
    kept = "".join(c for c in whole if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Co"))
    kept = kept.strip()
    if len(kept) > most:
        raise ValueError(f"has {len(kept)} letters; {most} fit.|Shorten the text.")
    return kept


def foreign_digits(value: str) -> bool:
    """Say whether a text holds digits other than 0 to 9, such as Persian ones.

    >>> foreign_digits("۲۰۲۶"), foreign_digits("2026")
    (True, False)
    """
    return any(c.isdigit() and c not in "0123456789" for c in value)


def day(value: object) -> date | None:
    """Return a date; None for nothing.

    Parameters
    ----------
    value : object
        A date, a datetime, or text as ``2026-04-30``.

    Raises
    ------
    ValueError
        Another way of writing, a year of another calendar, no such day.
    """
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, datetime):
        found = value.date()
    elif isinstance(value, date):
        found = value
    elif isinstance(value, str):
        found = _day_of_text(value.strip())
    else:
        raise ValueError(f"is not a date: {value!r:.40}.|{DATE_REMEDY}")
    return _plausible(found)


def _day_of_text(given: str) -> date:
    if foreign_digits(given):
        raise ValueError(f"is written with other digits than 0-9: {given[:20]}.|{DATE_REMEDY}")
    match = _ISO.fullmatch(given)
    if match:
        year, month, of_month = map(int, match.groups())
        _refuse_other_calendar(year, given)
        try:
            return date(year, month, of_month)
        except ValueError:
            raise ValueError(f"is no day of the calendar: {given[:20]}.|{DATE_REMEDY}") from None
    numbers = [int(n) for n in re.findall(r"\d+", given)[:3]] if len(given) < 40 else []
    if _OTHER_DATE.fullmatch(given):
        for year in numbers:
            _refuse_other_calendar(year, given)
        raise ValueError(f"can be read in more than one way: {given[:20]}.|{DATE_REMEDY}")
    raise ValueError(f"is not a date: {given[:40]!r}.|{DATE_REMEDY}")


def _refuse_other_calendar(year: int, given: object) -> None:
    if 1300 <= year <= 1499:
        raise ValueError(
            f"looks like a date of the Solar Hijri (Jalali) calendar: {str(given)[:20]}."
            f"|{DATE_REMEDY}"
        )
    if 2400 <= year <= 2700:
        raise ValueError(f"looks like a Buddhist calendar year: {str(given)[:20]}.|{DATE_REMEDY}")


def _plausible(found: date) -> date:
    _refuse_other_calendar(found.year, found)
    if not 2000 <= found.year <= 2100:
        raise ValueError(f"is in the year {found.year}.|{DATE_REMEDY}")
    return found


def number(value: object, *, unit: str = "") -> float | None:
    """Return a finite number; None for nothing.

    Parameters
    ----------
    value : object
        A number, or text as ``12.5``, ``1 200`` or, where the unit is per cent, ``30 %``.
    unit : str
        Unit of the number.

    Raises
    ------
    ValueError
        Not a number, not finite, other digits, a comma that can be read in two ways.
    """
    remedy = "Write one number with digits 0-9 and a point, for example 27.5."
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError(f"is not a number: {str(value)[:40]}.|{remedy}")
    if isinstance(value, str):
        given = value.strip()
        if foreign_digits(given):
            raise ValueError(f"is written with other digits than 0-9: {given[:20]}.|{remedy}")
        bare = given.removesuffix("%").strip() if is_percent(unit) else given
        bare = re.sub(r"(?<=\d)[ \u00a0\u202f](?=\d{3}(?!\d))", "", bare).replace("\u2212", "-")
        if "," in bare:
            raise ValueError(f"can be read in more than one way: {given[:20]}.|{remedy}")
        if len(bare) > 40 or not _NUMBER.fullmatch(bare):
            raise ValueError(f"is not a number: {given[:40]!r}.|{remedy}")
        value = float(bare)
    if isinstance(value, int) and abs(value) > 10**15:
        raise ValueError(f"is too large.|{remedy}")
    found = float(value)
    if not math.isfinite(found) or abs(found) > 1e15:
        raise ValueError(f"is not a finite number.|{remedy}")
    return found


def is_percent(unit: str) -> bool:
    """Say whether a unit is per cent.

    >>> is_percent("%"), is_percent("% of trips"), is_percent("trips")
    (True, True, False)
    """
    words = unit.strip().casefold()
    return words.startswith("%") or words.startswith(("percent", "per cent"))


def yes_no(value: object) -> bool | None:
    """Return True or False for yes or no; None for nothing."""
    if value is None or isinstance(value, bool):
        return value
    words = value.strip().casefold() if isinstance(value, str) else str(value)
    if words == "":
        return None
    if words in ("yes", "y", "true", "1", "1.0"):
        return True
    if words in ("no", "n", "false", "0", "0.0"):
        return False
    raise ValueError(f"is neither yes nor no: {words[:20]!r}.|Write yes or no.")


def safe_link(value: str) -> str | None:
    """Return an address that may be shown as a link, or None. It is never opened here.

    >>> safe_link("https://city.example/minutes.pdf")
    'https://city.example/minutes.pdf'
    >>> safe_link("javascript:alert(1)") is None, safe_link("memo.pdf") is None
    (True, True)
    """
    given = value.strip()
    if not given or len(given) > 500 or not given.isprintable() or set(given) & _NOT_IN_LINKS:
        return None
    try:
        parts = urlsplit(given)
        host = parts.hostname
    except ValueError:
        return None
    if parts.scheme.lower() not in SCHEMES:
        return None
    if parts.scheme.lower() == "mailto":
        return given if "@" in parts.path else None
    return given if host and "@" not in parts.netloc else None

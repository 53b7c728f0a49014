"""Numbers as people read them: thousands apart, a true minus sign, the unit after the value."""

from __future__ import annotations

import math

MINUS = "\N{MINUS SIGN}"
NO_VALUE = "no data"


def _decimals(value: float) -> int:
    size = abs(value)
    if size >= 100 or float(value).is_integer():
        return 0
    return 1 if size >= 10 else 2


def number(value: float | None, *, decimals: int | None = None, signed: bool = False) -> str:
    """Return a number as text.

    Parameters
    ----------
    value : float or None
        The number; None and NaN give "no data".
    decimals : int, optional
        Digits after the point; by size when absent.
    signed : bool
        Write the plus sign too. Zero has no sign.

    Examples
    --------
    >>> number(1550), number(-2.14, decimals=1), number(3, signed=True)
    ('1,550', '−2.1', '+3')
    """
    if value is None or not math.isfinite(value):
        return NO_VALUE
    digits = _decimals(value) if decimals is None else decimals
    text = f"{abs(value):,.{digits}f}"
    if not any(c in "123456789" for c in text):
        return text
    return (MINUS if value < 0 else "+" if signed else "") + text


def with_unit(
    value: float | None, unit: str, *, decimals: int | None = None, signed: bool = False
) -> str:
    r"""Return a number and its unit, which never parts from it at a line end.

    Examples
    --------
    >>> with_unit(1550, "KRW")
    '1,550\xa0KRW'
    """
    text = number(value, decimals=decimals, signed=signed)
    return f"{text}\N{NO-BREAK SPACE}{unit}" if unit and text != NO_VALUE else text

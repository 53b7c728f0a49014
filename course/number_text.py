"""Numbers as people type them: 1 650, 1,650, 12 %, ١٦٥٠, １６５０, 1.650,5.

Convention: a point is a decimal point unless it stands several times or before a comma;
a comma is a thousands mark when exactly three digits follow it, else a decimal comma.
"""

from __future__ import annotations

import re
import unicodedata

_MINUS = "−–—‒﹣－"
_SPACES = "'’_ʼ٬،"  # thousands marks besides spaces: Swiss, code, Arabic
_NUMBER = re.compile(r"[+-]?(?:\d[\d., ]*|[.,]\d+)(?:[eE][+-]?\d{1,3})?")
_LONGEST = 80


def parse_number(text: str, *, units: tuple[str, ...] = ()) -> tuple[float | None, str]:
    """Read one number out of a short text.

    Parameters
    ----------
    text : str
        As typed; digits of any script.
    units : tuple of str
        Words that may stand beside the number, such as the asked unit.

    Returns
    -------
    tuple
        (number, "") or (None, one sentence).

    Examples
    --------
    >>> parse_number("1 650 KRW", units=("KRW",))
    (1650.0, '')
    >>> parse_number("۱۲٫۵ %", units=("%",))
    (12.5, '')
    """
    if len(text) > _LONGEST:
        return None, "I could not read a number here: the text is too long."
    plain = _plain(text)
    found = _NUMBER.findall(plain)
    if not found or not any(c.isdigit() for c in plain):
        return None, "I could not read a number here."
    if len(found) > 1:
        return None, "I see more than one number here. Give one."
    rest = plain.replace(found[0], " ", 1)
    for unit in sorted((*units, "%", "percent"), key=len, reverse=True):
        rest = re.sub(re.escape(_plain(unit)), " ", rest, flags=re.IGNORECASE)
    rest = "".join(c for c in rest if unicodedata.category(c) != "Sc").strip()
    if rest:
        return None, f"I read a number and also {rest[:20]!r}. Give the number alone."
    number = _value(found[0].strip())
    if number is None:
        return None, "I could not read a number here. Write it like 1650.5."
    return number, ""


def _plain(text: str) -> str:
    """Return the text with ASCII digits, signs and single spaces."""
    out = []
    for c in unicodedata.normalize("NFKC", text):
        if c in _MINUS:
            out.append("-")
        elif c == "٫":
            out.append(".")
        elif c in _SPACES or c.isspace():
            out.append(" ")
        elif unicodedata.category(c) == "Nd":
            out.append(str(unicodedata.decimal(c)))
        elif unicodedata.category(c) in ("Cf", "Cc"):
            continue  # direction marks around Persian and Arabic numbers
        else:
            out.append("%" if c == "٪" else c)
    text = "".join(out)
    # a sign may stand apart from its number, as in "- 5"
    return re.sub(r"([+-])\s+(?=[\d.,])", r"\1", text)


def _value(text: str) -> float | None:
    mantissa, mark, power = text.replace("E", "e").partition("e")
    mantissa = mantissa.rstrip(" ,.") if mantissa[-1:] in " ,." else mantissa
    if " " in mantissa:
        groups = re.split(r" +", re.split(r"[.,](?=\d*$)", mantissa)[0])
        if not all(len(group) == 3 for group in groups[1:]):
            return None
        mantissa = mantissa.replace(" ", "")
    commas, points = mantissa.count(","), mantissa.count(".")
    if commas and points:
        last = max(mantissa.rfind(","), mantissa.rfind("."))
        whole, digits = mantissa[:last], mantissa[last + 1 :]
        if mantissa[last] in whole:
            return None
        mantissa = re.sub(r"[.,]", "", whole) + "." + digits
    elif commas == 1 and not re.fullmatch(r"[+-]?[1-9]\d{0,2},\d{3}", mantissa):
        mantissa = mantissa.replace(",", ".")
    elif commas or points > 1:
        if not re.fullmatch(r"[+-]?\d{1,3}([.,]\d{3})+", mantissa):
            return None
        mantissa = re.sub(r"[.,]", "", mantissa)
    try:
        number = float(mantissa + mark + power)
    except ValueError:
        return None
    return number if abs(number) != float("inf") else None

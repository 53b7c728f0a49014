"""Types of the plan's fields, and the words each field brings along.

A field of the plan is written once, with its title, one sentence that explains it, and a
remedy. The form shows title and sentence, a problem shows title and remedy.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from contextlib import suppress
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field
from pydantic_core import PydanticCustomError

LONGEST_LINE = 200
LARGEST = 1e15  # a larger amount of money is a slip of the hand in any currency
FIRST_YEAR, LAST_YEAR = 1900, 2200  # of any day of a plan; further away is a slip of the hand
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def fault(sentence: str, **context: Any) -> PydanticCustomError:
    """Return an error of the plan's own, whose message is a sentence for its writer."""
    # braces of a writer's own text must not be read as the name of a value
    safe = sentence.replace("{", "(").replace("}", ")")
    return PydanticCustomError("plan", safe, context or None)


def _printable(value: str) -> str:
    """Refuse what no Word file and no slide can hold."""
    for sign in value:
        kind = unicodedata.category(sign)
        if (kind == "Cc" and sign not in "\n\t") or kind in ("Cs", "Cn", "Co"):
            raise PydanticCustomError("not_printable", "a sign that cannot be printed")
    return value


def _number(value: Any) -> Any:
    """Take numbers as numbers: neither True nor "12" is one."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise PydanticCustomError("float_type", "not a number")
    if value != value or abs(value) > LARGEST:
        raise PydanticCustomError("finite_number", "not a usable number")
    return value


def _day(value: Any) -> Any:
    """Take a day as ``2026-11-30``; times and numbers are no days."""
    day = value if isinstance(value, dt.date) and not isinstance(value, dt.datetime) else None
    if isinstance(value, str) and _ISO_DATE.fullmatch(value.strip()):
        with suppress(ValueError):
            day = dt.date.fromisoformat(value.strip())
    if day is not None and not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise PydanticCustomError("date_far", "not a day of a plan")
    if day is not None:
        return day
    raise PydanticCustomError("date_type", "not a date")


Line = Annotated[str, AfterValidator(_printable)]
Number = Annotated[float, BeforeValidator(_number)]
Whole = Annotated[int, BeforeValidator(_number)]
Day = Annotated[dt.date, BeforeValidator(_day)]


def words(title: str, meaning: str, remedy: str, *, default: Any = ..., **rules: Any) -> Any:
    """Return a pydantic field with the words a person needs.

    Parameters
    ----------
    title : str
        The label in form, problem and document.
    meaning : str
        One sentence: what belongs here.
    remedy : str
        What to do when it is missing or wrong; ``{row}`` names the row it is in.
    default : object
        Left out: the field is required.
    **rules
        pydantic's own: ``ge``, ``le``, ``max_length`` and so on.

    Returns
    -------
    pydantic.fields.FieldInfo
        With the remedy in ``json_schema_extra``.
    """
    extra = {"remedy": remedy, **rules.pop("extra", {})}
    if "default_factory" not in rules:
        rules["default"] = default
    return Field(title=title, description=meaning, json_schema_extra=extra, **rules)


def line(title: str, meaning: str, remedy: str, **rules: Any) -> Any:
    """Return a field of one short text, at most 200 signs unless told otherwise."""
    rules = {"min_length": 1, "max_length": LONGEST_LINE, **rules}
    return words(title, meaning, remedy, **rules)


def listed(title: str, meaning: str, remedy: str, *, row: str, **rules: Any) -> Any:
    """Return a field that is a list of rows; ``row`` is the word for one of them."""
    rules = {"max_length": 60, **rules}
    return words(title, meaning, remedy, extra={"row": row}, **rules)

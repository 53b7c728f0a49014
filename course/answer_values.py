"""What a trainee passed to ``answer()``, as a plain JSON value or one friendly sentence.

Nothing here raises for any input, and nothing of an object's own code is trusted: known
types are read, everything else is named and refused. The host reads with the same
function, so a value that was accepted in the notebook is accepted there.
"""

from __future__ import annotations

import json
import math
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from course.number_text import parse_number
from course.questions import FormField, Question

MAX_TEXT = 5_000
MAX_JSON = 20_000
MAX_ROWS = 200
_DEPTH = 6
_LARGEST = 10**15
_KEPT = "\n\u200c\u200d"
NO_ANSWER = "There is no answer yet."


class NotPlainError(ValueError):
    """A value that is not plain JSON; the message is a sentence."""


def read_value(question: Question, raw: Any) -> tuple[Any, str]:
    """Return the value of an answer, and a sentence where it cannot be read.

    Parameters
    ----------
    question : Question
        Says which form is asked.
    raw : object
        Whatever was passed; ``None`` and ``...`` mean that there is no answer yet.

    Returns
    -------
    tuple
        (JSON value, "") or (None, sentence). Never raises.
    """
    try:
        if is_empty(raw):
            return None, NO_ANSWER
        return _READERS[question.type](question, raw)
    except NotPlainError as error:
        return None, str(error)
    except (Exception, SystemExit):  # an object with code of its own must not stop a notebook
        return None, f"I cannot read {_kind(raw)} here."


def is_empty(raw: Any) -> bool:
    """Say whether nothing was filled in yet: None, ..., no text, or a form left blank."""
    if raw is None or raw is ...:
        return True
    if type(raw) is str:
        return not raw.strip()
    return type(raw) is dict and all(part is None or part is ... for part in raw.values())


def _kind(raw: Any) -> str:
    """Return a type in plain words, from the type alone."""
    name = type(raw).__name__[:40]
    words = {
        "DataFrame": "a table", "Series": "a column of a table", "ndarray": "an array",
        "list": "a list", "tuple": "a list", "set": "a set", "dict": "a dictionary",
        "str": "a text", "bool": "a yes or no", "bytes": "raw bytes",
        "function": "a function; call it with ( )", "method": "a function; call it with ( )",
    }  # fmt: skip
    return words.get(name, f"a thing of type {name!r}")


def _single(raw: Any) -> Any:
    """Return a plain Python scalar for NumPy and pandas scalars and one-element arrays."""
    if type(raw) in (int, float, str, bool):
        return raw
    module = type(raw).__module__.partition(".")[0]
    if module in ("numpy", "pandas"):
        size = getattr(raw, "size", None)
        if type(raw).__name__ == "NAType":
            raise NotPlainError("The value is missing (NA). Look at the cell above.")
        if getattr(raw, "shape", None) == () or (
            size == 1 and type(raw).__name__ in ("ndarray", "Series", "Index")
        ):
            return raw.item()
    if module in ("decimal", "fractions"):
        return float(raw)
    # a subclass may carry code of its own: take the plain value out
    if isinstance(raw, str):
        return str.__str__(raw)
    for number in (int, float):
        if isinstance(raw, number):
            return number.__add__(raw, number())
    return raw


def _finite(number: float) -> float:
    """Return a whole or decimal number that JSON and a double can hold, or raise."""
    if isinstance(number, int) and abs(number) <= _LARGEST:
        return number
    if isinstance(number, int):
        number = _LARGEST * 2.0
    if math.isnan(number):
        raise NotPlainError("The value is 'not a number' (NaN). Look at the cell above.")
    if math.isinf(number):
        raise NotPlainError("The value is infinite. Look for a division by zero.")
    if abs(number) > _LARGEST:
        raise NotPlainError("This number is far too large.")
    return number


def _number(question: Question, raw: Any, unit: str = "") -> tuple[Any, str]:
    value = _single(raw)
    if isinstance(value, bool):
        raise NotPlainError("I could not read a number here: this is True or False.")
    if isinstance(value, (int, float)):
        return _finite(value), ""
    if isinstance(value, str):
        units = tuple(word for word in (unit or question.unit).split() if "{" not in word)
        codes = tuple(w for w in _words_of(value) if len(w) == 3 and w.isupper())
        number, problem = parse_number(value, units=(*units, *codes))
        return (None, problem) if number is None else (_finite(number), "")
    raise NotPlainError(f"I could not read a number here: this is {_kind(raw)}.")


def _words_of(text: str) -> list[str]:
    return "".join(c if c.isalpha() else " " for c in text[:200]).split()


def _integer(question: Question, raw: Any) -> tuple[Any, str]:
    value, problem = _number(question, raw)
    if problem:
        return None, problem
    if abs(value - round(value)) > 1e-9:
        return None, "A whole number is asked here, without decimals."
    return round(value), ""


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text[:500]).casefold().split()).strip(" '\".()")


def _choice(question: Question, raw: Any) -> tuple[Any, str]:
    value = _single(raw)
    keys = ", ".join(repr(o.key) for o in question.options)
    if type(value) is int:  # the step of a scale without quotes
        value = str(value) if abs(value) <= _LARGEST else ""
    if isinstance(value, str):
        for option in question.options:
            if _folded(value) in (_folded(option.key), _folded(option.label)):
                return option.key, ""
    raise NotPlainError(f"Choose one of {keys}, in quotes.")


def _multi(question: Question, raw: Any) -> tuple[Any, str]:
    if isinstance(raw, str):
        raw = raw[:MAX_TEXT].replace(";", ",").split(",")
    if type(raw) not in (list, tuple, set, frozenset) or not 0 < len(raw) <= MAX_ROWS:
        raise NotPlainError("Give a list, such as ['a', 'c'].")
    chosen = {_choice(question, part)[0] for part in raw}
    return [o.key for o in question.options if o.key in chosen], ""


def _text(question: Question, raw: Any) -> tuple[Any, str]:
    value = _single(raw)
    if not isinstance(value, str) or not value.strip():
        raise NotPlainError("Some words in quotes are asked here.")
    if len(value) > MAX_TEXT:
        raise NotPlainError(f"The text is too long: at most {MAX_TEXT:,} signs.")
    # the two joiners are signs of control by their class, and part of Persian spelling
    return "".join(c for c in value if c in _KEPT or unicodedata.category(c)[0] != "C"), ""


def plain(value: Any, depth: int = 0) -> Any:
    """Return a value as plain JSON, or raise `NotPlainError` with a sentence."""
    if depth > _DEPTH:
        raise NotPlainError("The value is nested too deeply.")
    value = _single(value)
    if value is None or isinstance(value, (bool, str)):
        return value[:MAX_TEXT] if isinstance(value, str) else value
    if isinstance(value, (int, float)):
        return _finite(value)
    if isinstance(value, Mapping) and len(value) <= MAX_ROWS:
        return {str(_single(k))[:200]: plain(v, depth + 1) for k, v in value.items()}
    if type(value) in (list, tuple) and len(value) <= MAX_ROWS:
        return [plain(part, depth + 1) for part in value]
    if type(value).__name__ in ("DataFrame", "Series") and len(value) <= MAX_ROWS:
        rows = value.to_dict("records") if type(value).__name__ == "DataFrame" else value.to_dict()
        return plain(rows, depth + 1)
    raise NotPlainError(f"I cannot read {_kind(value)} here, or it is too large.")


def _table(question: Question, raw: Any) -> tuple[Any, str]:
    value = plain(raw)
    if not isinstance(value, (dict, list)) or not value:
        raise NotPlainError("A table or a list is asked here.")
    return _small(value), ""


def _small(value: Any) -> Any:
    if len(json.dumps(value, ensure_ascii=True)) > MAX_JSON:
        raise NotPlainError("The value is too large to hand in.")
    return value


def _json(question: Question, raw: Any) -> tuple[Any, str]:
    if isinstance(raw, (str, bytes)):
        if len(raw) > MAX_JSON:
            raise NotPlainError("The text is too long.")
        try:
            raw = json.loads(raw)
        except (ValueError, RecursionError):
            raise NotPlainError(
                "I read no whole dictionary here. Fill every field of the table."
            ) from None
    value = plain(raw)
    if not isinstance(value, dict):
        raise NotPlainError(f"A dictionary is asked here; this is {_kind(value)}.")
    names = [f.name for f in question.fields]
    if unknown := [k for k in value if k not in names]:
        raise NotPlainError(f"The field {unknown[0][:40]!r} is not asked. Compare the table.")
    if missing := [n for n in names if value.get(n) is None]:
        raise NotPlainError(f"The field {missing[0]!r} has no value yet.")
    return _small({f.name: _field(question, f, value[f.name]) for f in question.fields}), ""


def _field(question: Question, field: FormField, raw: Any) -> Any:
    if field.type == "bool":
        if isinstance(raw, bool):
            return raw
        raise NotPlainError(f"The field {field.name!r} is True or False, without quotes.")
    if field.type == "choice":
        for option in field.options:
            if isinstance(raw, str) and _folded(raw) == _folded(str(option)):
                return option
        raise NotPlainError(
            f"The field {field.name!r} is one of {', '.join(map(repr, field.options))}."
        )
    if field.type == "multi":
        return _some_of(field, raw)
    try:
        value, problem = _number(question, raw, field.unit)
    except NotPlainError as error:
        problem = str(error)
    if problem:
        raise NotPlainError(f"The field {field.name!r}: {problem}")
    if field.type == "integer" and abs(value - round(value)) > 1e-9:
        raise NotPlainError(f"The field {field.name!r} is a whole number.")
    return round(value) if field.type == "integer" else value


def _some_of(field: FormField, raw: Any) -> list[Any]:
    """Return the options a list names, each once, in the order of the question."""
    if isinstance(raw, str):
        raw = [part for part in raw.replace(";", ",").split(",") if part.strip()]
    if not isinstance(raw, (list, tuple)) or not 0 < len(raw) <= MAX_ROWS:
        raise NotPlainError(
            f"The field {field.name!r} is a list, such as {list(field.options[:2])}."
        )
    named = {_folded(str(option)): option for option in field.options}
    for part in raw:
        if not isinstance(part, str) or _folded(part) not in named:
            raise NotPlainError(
                f"The field {field.name!r} holds some of {', '.join(map(repr, field.options))}."
            )
    chosen = {named[_folded(part)] for part in raw}
    return [option for option in field.options if option in chosen]


_READERS: dict[str, Callable[[Question, Any], tuple[Any, str]]] = {
    "number": _number,
    "integer": _integer,
    "choice": _choice,
    "multi": _multi,
    "text": _text,
    "table": _table,
    "json": _json,
}


def out_of_range(question: Question, value: Any, params: Mapping[str, Any]) -> str:
    """Return a sentence where a number lies outside its plausible range, else "".

    Parameters
    ----------
    question : Question
        Gives the ranges; a bound may name a drawn value.
    value : object
        As `read_value` returns it.
    params : mapping
        The drawn values.
    """
    if question.type in ("number", "integer"):
        return _outside("The answer", value, question.range, params, question.unit)
    if question.type == "json":
        for f in question.fields:
            if f.type not in ("number", "integer"):
                continue
            said = _outside(f"The field {f.name!r}", value[f.name], f.range, params, f.unit)
            if said:
                return said
    return ""


def _outside(
    what: str, value: float, bounds: tuple[Any, Any], params: Mapping[str, Any], unit: str
) -> str:
    low, high = (params.get(b) if isinstance(b, str) else b for b in bounds)
    if (low is None or value >= low) and (high is None or value <= high):
        return ""
    unit = unit.format_map(dict(params)) if "{" in unit else unit
    limits = " to ".join(f"{b:,.10g}" for b in (low, high) if b is not None)
    return f"{what} is {value:,.10g}; plausible is {limits} {unit}. Look at the unit.".replace(
        " .", "."
    )

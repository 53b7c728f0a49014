"""The words of the follow-up: steps, status scale, obstacles.

A proposal of this course (curriculum, follow-up form): no published form of WeGO was
found. The shape is that of a result, its status and its timeline, as in a city's
accountability pages, and of an ex-post survey: what was planned, what happened, why.
"""

from __future__ import annotations

# Days after the closing day of the programme at which a report is due.
DAYS: tuple[int, ...] = (30, 90, 180, 365)

DROPPED = "X"
STATUS: dict[str, str] = {
    "0": "not started",
    "1": "approved",
    "2": "funded",
    "3": "running",
    "4": "done",
    DROPPED: "dropped",
}

OBSTACLES: dict[str, str] = {
    "none": "no obstacle",
    "law": "law or rules",
    "money": "money",
    "staff": "staff",
    "data": "data",
    "politics": "politics",
    "supplier": "supplier",
    "other": "other",
}


def status_code(value: object) -> str | None:
    """Return the code of a status however it was written, or None.

    Parameters
    ----------
    value : object
        ``3``, ``"3"``, ``"3 running"``, ``"running"``, ``"x"``, a whole float.

    Examples
    --------
    >>> status_code("3 running"), status_code(3.0), status_code("x dropped"), status_code("soon")
    ('3', '3', 'X', None)
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        value = str(int(value)) if value == value and float(value).is_integer() else ""
    text = " ".join(str(value).split()).casefold() if isinstance(value, str) else ""
    for code, words in STATUS.items():
        if text in (code.casefold(), words, f"{code} {words}".casefold()):
            return code
    return None


def status_words(code: str | None) -> str:
    """Return ``"3 running"``; ``"unknown"`` for None.

    >>> status_words("3"), status_words(None)
    ('3 running', 'unknown')
    """
    return f"{code} {STATUS[code]}" if code in STATUS else "unknown"


def obstacle_code(value: object) -> str | None:
    """Return the code of an obstacle written as code or in its words, or None.

    >>> obstacle_code("Law or rules"), obstacle_code("weather")
    ('law', None)
    """
    text = " ".join(value.split()).casefold() if isinstance(value, str) else ""
    for code, words in OBSTACLES.items():
        if text in (code, words):
            return code
    return None

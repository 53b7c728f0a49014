"""Is an objective SMART: five questions, each answered from what is written."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pandas as pd

from course.actionplan.rules import MOST_MONTHS, months_after
from course.actionplan.sums import amount

_VAGUE = re.compile(
    r"\b(better|improve\w*|modern\w*|high quality|world[- ]class|optimi[sz]e\w*|enhance\w*)\b", re.I
)
_OUTPUT = re.compile(r"\b(buy|install|procure|purchase|publish|organi[sz]e|train|build)\w*\b", re.I)
_PERFECT = re.compile(r"\b(100 ?%|everybody|everyone|all citizens|never|zero)", re.I)


def _day(value: Any) -> dt.date | None:
    if isinstance(value, dt.date):
        return value
    try:
        return dt.date.fromisoformat(str(value).strip())
    except ValueError:
        return None


def smart(
    text: str,
    indicator: str,
    baseline: float | None,
    target: float | None,
    date: dt.date | str | None,
    *,
    owner: str = "",
    today: dt.date | str | None = None,
) -> pd.DataFrame:
    """Return the five SMART questions with what the objective answers.

    Parameters
    ----------
    text : str
        The objective as a sentence.
    indicator : str
        What is measured.
    baseline, target : float
        Today's value and the promised one.
    date : date or str
        The day of the target, such as ``2028-06-30``.
    owner : str
        Who answers for it.
    today : date or str, optional
        The day the two years are counted from.

    Returns
    -------
    pandas.DataFrame
        One row per letter: ``letter``, ``question``, ``met`` (bool), ``remark``;
        ``attrs["met"]`` counts them. Empty fields are not met.
    """
    today = _day(today) or dt.date.today()
    day, base, goal = _day(date), amount(baseline), amount(target)
    numbers = base is not None and goal is not None and base != goal
    perfect = bool(_PERFECT.search(text)) or (goal in (0.0, 100.0) and "%" in text)
    in_time = day is not None and today < day <= months_after(today, MOST_MONTHS)
    rows = [
        ("S", "Specific: who changes what?", bool(text.strip() and owner.strip())
         and not _VAGUE.search(text),
         "Name the owner." if not owner.strip() else "Take vague words out, such as 'better'."),
        ("M", "Measurable: from which number to which?", bool(indicator.strip()) and numbers,
         "Give an indicator, today's value and another one."),
        ("A", "Achievable: can you reach it?", numbers and not perfect,
         "A promise of everything is rarely kept. Which value would already help?"),
        ("R", "Relevant: what changes for people?", bool(text.strip())
         and not _OUTPUT.search(text),
         "This is what you buy or do. What changes for people?"),
        ("T", "Time: by when?", in_time,
         f"Give a day in the next {MOST_MONTHS} months."),
    ]  # fmt: skip
    frame = pd.DataFrame(
        [(letter, ask, met, "" if met else remark) for letter, ask, met, remark in rows],
        columns=["letter", "question", "met", "remark"],
    )
    frame.attrs["met"] = int(frame["met"].sum())
    return frame

"""Age groups of people in tables: ten years each, their names in the order of age."""

from __future__ import annotations

import math

AGE_GROUPS = ("0-19", "20-29", "30-39", "40-49", "50-59", "60+")
_OLDEST = 120


def age_group(age: str) -> str:
    """Return the group of an age given as text.

    Parameters
    ----------
    age : str
        Years, such as ``"34"``; or a group the source uses, such as ``"25-34"``.

    Returns
    -------
    str
        One of ``AGE_GROUPS``; the text itself where it is no number; empty where it is
        empty or no age of a living person.

    Examples
    --------
    >>> age_group("34"), age_group("7.0"), age_group("25-34"), age_group("999")
    ('30-39', '0-19', '25-34', '')
    """
    try:
        years = float(age)
    except ValueError:
        return age.strip()
    if math.isnan(years) or not 0 <= years <= _OLDEST:
        return ""
    return AGE_GROUPS[min(max(int(years) // 10 - 1, 0), len(AGE_GROUPS) - 1)]

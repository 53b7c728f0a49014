"""Activities, phases and milestones as lines of a calendar, with public holidays."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from course.actionplan.rules import months_after
from course.actionplan.sums import data_of
from course.actionplan.words import FIRST_YEAR, LAST_YEAR

MILESTONES = (("d30", 30), ("d90", 90), ("d180", 180), ("d365", 365))


@dataclass(frozen=True)
class Bar:
    """One line of the calendar.

    Attributes
    ----------
    name : str
        What is done.
    start, end : date
        First and last day.
    kind : str
        ``activity``, ``phase`` or ``milestone``.
    owner : str
        Who does it.
    off_days : int
        Public holidays in it; -1 where the country's are not known.
    """

    name: str
    start: dt.date
    end: dt.date
    kind: str
    owner: str = ""
    off_days: int = -1


@dataclass(frozen=True)
class Holidays:
    """Public holidays of a country, or the sentence that says why there are none here."""

    days: dict[dt.date, str]
    sentence: str
    known: bool


def day_of(value: Any) -> dt.date | None:
    """Return the day a plan names, or None; a year that no plan can name is none."""
    try:
        day = value if isinstance(value, dt.date) else dt.date.fromisoformat(str(value))
    except ValueError:
        return None
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else None


def holidays_of(country: str | None, years: Iterable[int]) -> Holidays:
    """Return the public holidays of a country.

    Parameters
    ----------
    country : str or None
        Two letters, as in a city pack.
    years : iterable of int
        Calendar years.

    Returns
    -------
    Holidays
        A country without a list is said to have none here; nothing is guessed.
    """
    wanted = sorted({y for y in years if 1950 <= y <= 2100})
    code = (country or "").strip().upper()
    try:
        import holidays as library
    except ImportError:
        return Holidays({}, "The list of public holidays is not installed here.", False)
    if code not in library.list_supported_countries(include_aliases=False):
        where = f"the country {code!r}" if code else "this city's country"
        return Holidays({}, f"Public holidays of {where} are not in our list: ask at home.", False)
    try:
        found = library.country_holidays(code, years=wanted, language="en_US")
    except (NotImplementedError, ValueError, KeyError):
        found = library.country_holidays(code, years=wanted)
    days = {day: str(name) for day, name in sorted(found.items())}
    if not days:
        return Holidays({}, f"No public holidays of {code} are known for these years.", False)
    said = (
        f"Public holidays of {code} by the library 'holidays' {library.__version__}. Days that "
        "follow the moon are estimates: check them at home."
    )
    return Holidays(days, said, True)


def bars_of(plan: Any, holidays: Holidays | None = None) -> list[Bar]:
    """Return the lines of a plan that have days; half-written ones are left out.

    Parameters
    ----------
    plan : ActionPlan, CooperationNote or draft
        Phases count months from its date, milestones days.
    holidays : Holidays, optional
        To count the days off in each line.

    Returns
    -------
    list of Bar
        Activities by their first day, then phases, then milestones.
    """
    data, made = data_of(plan), []
    for row in data.get("activities") or ():
        start, end = day_of(row.get("start")), day_of(row.get("end"))
        if start and end and start <= end:
            made.append(Bar(str(row.get("task") or "no name"), start, end, "activity",
                            str(row.get("owner") or "")))  # fmt: skip
    made.sort(key=lambda bar: (bar.start, bar.end, bar.name))
    first = day_of(data.get("date"))
    if first is not None:
        for row in data.get("phases") or ():
            at, months = row.get("start"), row.get("months")
            if _small(at) and _small(months):
                start = months_after(first, at - 1)
                end = months_after(first, at - 1 + months) - dt.timedelta(days=1)
                made.append(Bar(str(row.get("project") or "no name"), start, end, "phase"))
        proofs = data.get("milestones") or {}
        for name, days in MILESTONES:
            if proofs.get(name):
                day = first + dt.timedelta(days=days)
                made.append(Bar(f"Day {days}: {proofs[name]}", day, day, "milestone"))
    if holidays is None or not holidays.known:
        return made
    return [_with_off_days(bar, holidays) for bar in made]


def _small(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 120


def _with_off_days(bar: Bar, holidays: Holidays) -> Bar:
    off = sum(bar.start <= day <= bar.end for day in holidays.days)
    return Bar(bar.name, bar.start, bar.end, bar.kind, bar.owner, off)

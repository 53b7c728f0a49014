"""Places of visits and the rules of their opening hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from course.programmes import clock

MARKS = ("S", "S-", "G")
Season = tuple[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True)
class Station:
    """The subway station one gets off at."""

    name: str
    line: str
    lat: float
    lon: float


@dataclass(frozen=True)
class Questions:
    """Two observation questions, and the module that asks them ("" for none)."""

    module: str
    q1: str
    q2: str


@dataclass(frozen=True)
class Opening:
    """One rule: on these days, between these hours, in these dates or that season.

    Parameters
    ----------
    days : frozenset of int
        Days of the week, Monday 0.
    start_min, end_min : int or None
        Minutes after midnight; None where no hours are known.
    dates : tuple of date or None
        First and last day it holds for.
    every_year : tuple of (month, day) or None
        First and last day of a season that comes back.
    mark, note : str
        How sure it is (S, S-, G), and a sentence.
    """

    days: frozenset[int]
    start_min: int | None = None
    end_min: int | None = None
    dates: tuple[date, date] | None = None
    every_year: Season | None = None
    mark: str = "G"
    note: str = ""

    def holds_on(self, day: date) -> bool:
        """Say whether a day lies in the dates of this rule, whatever day of the week."""
        if self.dates:
            return self.dates[0] <= day <= self.dates[1]
        if self.every_year:
            first, last = self.every_year
            here = (day.month, day.day)
            return first <= here <= last if first <= last else here >= first or here <= last
        return True


@dataclass(frozen=True)
class Site:
    """A place for a visit; see `course.visits.sites` for what the fields mean."""

    id: str
    title: str
    lat: float | None
    lon: float | None
    place_mark: str
    place_note: str
    stations: tuple[Station, ...]
    opening: tuple[Opening, ...]
    closed_on_holidays: bool
    booking: bool
    look_for: str
    questions: tuple[Questions, ...]
    source: str

    def rules_on(self, day: date | None) -> tuple[Opening, ...]:
        """Return the rules that speak about a day: those of its year, else the yearly ones."""
        if day is None:
            return self.opening
        dated = [o for o in self.opening if o.dates and _names_year(o.dates, day.year)]
        yearly = [o for o in self.opening if o.every_year]
        plain = [o for o in self.opening if not o.dates and not o.every_year]
        return tuple(dated or yearly or plain)

    def closed(self, day: date | None, start_min: int | None, end_min: int | None) -> str:
        """Return why a visit cannot be then, "" when it can.

        Parameters
        ----------
        day : date or None
            The day; None checks the hours alone.
        start_min, end_min : int or None
            Begin and end in minutes after midnight; None checks the day alone.
        """
        if not self.opening:
            return ""
        rules = self.rules_on(day)
        if day is not None:
            if self.closed_on_holidays and (name := _holiday(day)):
                return f"{self.title} is closed on {clock.day_words(day)}, a holiday ({name})."
            season = [rule for rule in rules if rule.holds_on(day)]
            if not season:
                return f"{self.title} is out of season on {clock.day_words(day)}."
            rules = tuple(rule for rule in season if day.weekday() in rule.days)
            if not rules:
                return f"{self.title} is closed on {clock.day_words(day)}."
        if start_min is None or end_min is None:
            return ""
        for rule in rules:
            if rule.start_min is None or rule.end_min is None:
                return ""
            if rule.start_min <= start_min and end_min <= rule.end_min:
                return ""
        hours = " or ".join(dict.fromkeys(_hours(rule) for rule in rules))
        then = f"{clock.clock(start_min)} to {clock.clock(end_min)}"
        return f"{self.title} is open {hours}, the visit is {then}."

    @property
    def hours_in_words(self) -> str:
        """Return the opening rules as one line; "open ground" where there are none."""
        return "; ".join(in_words(rule) for rule in self.opening) or "open ground"

    @property
    def hours_mark(self) -> str:
        """Return the weakest mark of the opening rules, "" where there are none."""
        return max((rule.mark for rule in self.opening), key=MARKS.index, default="")

    @property
    def closed_in_words(self) -> str:
        """Return the days of the week it is never open on, "" where there are none."""
        if not self.opening:
            return ""
        open_days = frozenset().union(*(rule.days for rule in self.opening))
        names = [clock.DAY_NAMES[day] for day in range(7) if day not in open_days]
        if self.closed_on_holidays:
            names.append("public holidays")
        return ", ".join(names)

    def asks(self, module: str | None = None) -> Questions:
        """Return the observation questions of a module, else the first ones."""
        return next((q for q in self.questions if module and q.module == module), self.questions[0])


def _names_year(dates: tuple[date, date], year: int) -> bool:
    return dates[0].year <= year <= dates[1].year


@lru_cache(maxsize=8)
def _holidays(year: int) -> dict[date, str]:
    import holidays

    return dict(holidays.country_holidays("KR", years=year, language="en_US"))


def _holiday(day: date) -> str:
    """Return the public holiday of Korea on a day, as the package ``holidays`` knows it."""
    return _holidays(day.year).get(day, "")


def _hours(rule: Opening) -> str:
    if rule.start_min is None or rule.end_min is None:
        return "at hours not known"
    return f"{clock.clock(rule.start_min)} to {clock.clock(rule.end_min)}"


def in_words(rule: Opening) -> str:
    """Return one rule as words: days, hours, season, and whether it is sure."""
    days = _days_in_words(rule.days)
    hours = "" if rule.start_min is None else f" {_hours(rule)}"
    when = ""
    if rule.dates:
        when = f", {rule.dates[0].isoformat()} to {rule.dates[1].isoformat()}"
    elif rule.every_year:
        ends = [f"{day} {clock.MONTHS[month - 1]}" for month, day in rule.every_year]
        when = f", {ends[0]} to {ends[1]}"
    unsure = "" if rule.mark == "S" else " (unverified)"
    return f"{days}{hours}{when}{unsure}"


def _days_in_words(days: frozenset[int]) -> str:
    if len(days) == 7:
        return "every day"
    row = sorted(days)
    if len(row) > 2 and row == list(range(row[0], row[-1] + 1)):
        return f"{clock.DAY_NAMES[row[0]]} to {clock.DAY_NAMES[row[-1]]}"
    return " and ".join(clock.DAY_NAMES[day] for day in row)

"""The parts of a programme: delegations, days, sessions."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

LESSON, EXERCISES, VISIT = "lesson", "exercises", "visit"
TESTS = {"pre_test": "90_pre_test", "post_test": "91_post_test", "survey": "92_survey"}
OUTSIDE = ("break", "lunch", "travel")  # no presence is taken
KINDS = (
    LESSON, EXERCISES, *TESTS, VISIT, "presentation", "lecture", "clinic", "reflection",
    "ceremony", *OUTSIDE, "other",
)  # fmt: skip
# What a session is called where the file gives no title; the other kinds need one.
TITLES = {
    "pre_test": "Test before the course",
    "post_test": "Test after the course",
    "survey": "Survey",
    "reflection": "Reflection: saw, would change, will check",
    "break": "Break",
    "lunch": "Lunch",
    "travel": "Travel",
}


@dataclass(frozen=True)
class Delegation:
    """The people of one city.

    Attributes
    ----------
    id, city, country : str
        The id is stable; the names are for people.
    pack : str or None
        Name of the city pack they work on; None until one is chosen.
    seats : int
        How many people come.
    example : bool
        A placeholder: the city is not real and is to be written over.
    """

    id: str
    city: str
    country: str = ""
    pack: str | None = None
    seats: int = 1
    example: bool = False


@dataclass(frozen=True)
class Session:
    """One line of the timetable.

    Attributes
    ----------
    id, day : str
        Both stable and unique; attendance is recorded under the session's id.
    kind, title : str
        One of `KINDS`, and what people read.
    minutes : int
        How long it lasts.
    start_min : int or None
        Begin in minutes after midnight; None where there is no clock.
    module, part : str or None
        Module id, and ``lesson`` or ``exercises`` where it is one of them.
    site : str or None
        The place of a visit, see `course.visits.sites`.
    attended : bool
        It counts for attendance: on site, and neither break, lunch nor travel.
    optional : bool
        A visit that becomes free time when its place is closed.
    if_closed : tuple of str
        Places to go to instead, first open one wins.
    at_min : int or None
        A begin that the file fixes; the check compares it with the sum of what is before.
    room, note : str
        Where it is, and one sentence.
    """

    id: str
    day: str
    kind: str
    title: str
    minutes: int
    start_min: int | None = None
    module: str | None = None
    part: str | None = None
    site: str | None = None
    attended: bool = False
    optional: bool = False
    if_closed: tuple[str, ...] = ()
    at_min: int | None = None
    room: str = ""
    note: str = ""

    @property
    def end_min(self) -> int | None:
        """Return the end in minutes after midnight, None where there is no clock."""
        return None if self.start_min is None else self.start_min + self.minutes


@dataclass(frozen=True)
class Day:
    """One day on site, or one span of days on line.

    Attributes
    ----------
    id, theme : str
        Stable id, and what the day is about.
    number : int
        Day of the programme it begins on: 1 is the first, 0 the day before.
    lasts_days : int
        1, or the days of an on-line span, such as 7 for a week.
    date, until : date or None
        First and last day; None while the programme has no dates.
    start_min : int or None
        Begin of the first session; None on line.
    total_min : int
        The minutes the file states; the check compares them with the sum.
    online : bool
        Done where the trainee is, when it suits.
    sessions : tuple of Session
        In order.
    """

    id: str
    theme: str
    number: int
    lasts_days: int = 1
    date: date | None = None
    start_min: int | None = None
    total_min: int = 0
    online: bool = False
    sessions: tuple[Session, ...] = field(default_factory=tuple)

    @property
    def until(self) -> date | None:
        """Return the last day, None while the programme has no dates."""
        return self.date and self.date + timedelta(days=self.lasts_days - 1)

    @property
    def sum_min(self) -> int:
        """Return the sum of the sessions' minutes."""
        return sum(session.minutes for session in self.sessions)

    def moment(self, minutes: int) -> datetime:
        """Return a time of this day without its time zone."""
        if self.date is None:
            raise ValueError("The programme has no dates.")
        return datetime(self.date.year, self.date.month, self.date.day) + timedelta(minutes=minutes)

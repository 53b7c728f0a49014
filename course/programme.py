"""A training week as data: who comes, what happens when, what is asked for at the end.

A programme is one YAML file. `Programme.open` reads it, `dated` gives it a first day,
`check` says what does not fit together. ``COURSE_PROGRAMMES`` names folders with own ones.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from course.completion import CompletionRule
from course.programmes import checks, choosing, clock, dating, folders, known_modules, reading
from course.programmes.choosing import stored
from course.programmes.parts import EXERCISES, LESSON, OUTSIDE, TESTS, Day, Delegation, Session

if TYPE_CHECKING:
    import pandas as pd

    from course.questions import ModuleSpec

__all__ = ["Day", "Delegation", "Programme", "Session", "stored"]


@dataclass(frozen=True)
class Programme:
    """One programme, with or without dates.

    Attributes
    ----------
    id, title : str
        The file's name, and what people read.
    timezone : str
        Of all its times, such as ``Asia/Seoul``.
    rule : CompletionRule
        What is asked for before a certificate or statement.
    delegations : tuple of Delegation
        The cities that come; empty for a programme that one follows alone.
    days : tuple of Day
        In order.
    start : date or None
        Its day 1; None while it has no dates.
    starts_on : int or None
        The day of the week it is made for, Monday 0.
    afterwards : tuple of str
        Modules that are offered after it and count for nothing.
    unverified : tuple of str
        What is a parameter to confirm with the hosts, one sentence each.
    source : str
        Where its pattern comes from.
    path : Path or None
        Its file.
    """

    id: str
    title: str
    timezone: str
    rule: CompletionRule
    delegations: tuple[Delegation, ...]
    days: tuple[Day, ...]
    start: date | None = None
    starts_on: int | None = None
    afterwards: tuple[str, ...] = ()
    unverified: tuple[str, ...] = ()
    source: str = ""
    path: Path | None = None
    _undated: tuple[Day, ...] = field(default=(), repr=False, compare=False)

    @classmethod
    def open(cls, name: str | Path | None = None, *, folder: Path | None = None) -> Programme:
        """Read a programme.

        Parameters
        ----------
        name : str or Path, optional
            A name, or the path of a YAML file. None: ``COURSE_PROGRAMME``, else the one of
            the workspace, else ``self_paced``; with the dates of
            ``COURSE_PROGRAMME_START``, else of the workspace.
        folder : Path, optional
            The workspace that is asked; None: the one that is in use.

        Raises
        ------
        CourseError
            There is no such programme, or its file is not readable; all its faults are
            listed by ``course programme check``.

        Examples
        --------
        >>> week = Programme.open("wego_week")
        >>> len(week.delegations), sum(d.seats for d in week.delegations)
        (11, 15)
        """
        if name is None:
            wanted, start = choosing.wanted(folder)
            programme = cls.open(wanted)
            return programme if start is None else programme.dated(start)
        programme, problems = cls.read(name)
        problems.refuse(check=f"python3 -m course programme check {name}")
        return programme

    @classmethod
    def read(cls, name: str | Path) -> tuple[Programme, reading.Complaints]:
        """Read a programme together with the complaints about the form of its file."""
        path = choosing.find(name)
        content, problems = reading.read(path)
        return cls(**content._asdict(), path=path), problems

    @staticmethod
    def names() -> list[str]:
        """Return the names that can be opened, in alphabetical order."""
        return sorted(folders.files())

    def dated(self, start: date) -> Programme:
        """Return the programme with dates; closed places are changed for open ones.

        Parameters
        ----------
        start : date
            Its day 1.
        """
        return dating.dated(self, start)

    def check(self) -> list[str]:
        """Return what does not fit together, empty when all is fine."""
        return checks.check(self)

    @property
    def kind(self) -> str:
        """Return ``certificate`` or ``statement``."""
        return self.rule.kind

    @property
    def plan(self) -> str | None:
        """Return ``action_plan``, ``cooperation_note`` or None."""
        return self.rule.plan

    @property
    def rule_version(self) -> str:
        """Return the name under which papers quote the rule."""
        return self.rule.version

    @property
    def end(self) -> date | None:
        """Return the last day, None while it has no dates."""
        return max((day.until for day in self.days if day.until), default=None)

    @property
    def sessions(self) -> tuple[Session, ...]:
        """Return the sessions of all days, in order."""
        return tuple(session for day in self.days for session in day.sessions)

    @property
    def module_ids(self) -> tuple[str, ...]:
        """Return the modules with a lesson or exercises in it, tests and survey not counted."""
        named = {s.module for s in self.sessions if s.kind in (LESSON, EXERCISES) and s.module}
        return tuple(sorted(named))

    @property
    def test_ids(self) -> tuple[str, ...]:
        """Return the modules of its tests and survey."""
        return tuple(sorted({TESTS[s.kind] for s in self.sessions if s.kind in TESTS}))

    @property
    def ready_module_ids(self) -> tuple[str, ...]:
        """Return those of `module_ids` that stand; the others are in preparation."""
        known = known_modules.specs()
        return tuple(m for m in self.module_ids if m in known and known[m].status == "ready")

    @property
    def on_site_minutes(self) -> int:
        """Return the minutes that count for attendance: no break, lunch or travel."""
        return sum(session.minutes for session in self.sessions if session.attended)

    @property
    def online_minutes(self) -> int:
        """Return the minutes of work on line, breaks not counted."""
        return sum(
            session.minutes
            for day in self.days
            if day.online
            for session in day.sessions
            if session.kind not in OUTSIDE
        )

    @property
    def seats(self) -> int:
        """Return how many people come, 0 where no delegation is named."""
        return sum(delegation.seats for delegation in self.delegations)

    def day(self, name: str) -> Day:
        """Return one day by its id."""
        return next(day for day in self.days if day.id == name)

    def today(self, now: date) -> tuple[Day, ...]:
        """Return the days and spans that hold a date; empty without dates."""
        return tuple(d for d in self.days if d.date and d.until and d.date <= now <= d.until)

    def agenda(self) -> pd.DataFrame:
        """Return the timetable, one row per session.

        Returns
        -------
        DataFrame
            ``day``, ``theme``, ``date`` (text, "" without dates), ``start``, ``end``
            (HH:MM, "" on line), ``minutes``, ``session_id``, ``kind``, ``title``, ``module``,
            ``state`` (``ready`` or ``in preparation``; "" where no module is worked in), ``site``,
            ``online``, ``attended``.
        """
        import pandas as pd

        known = known_modules.specs()
        rows = [
            {
                "day": day.id,
                "theme": day.theme,
                "date": "" if day.date is None else day.date.isoformat(),
                "start": "" if s.start_min is None else clock.clock(s.start_min),
                "end": "" if s.end_min is None else clock.clock(s.end_min),
                "minutes": s.minutes,
                "session_id": s.id,
                "kind": s.kind,
                "title": s.title,
                "module": s.module or "",
                "state": _state(s, known),
                "site": s.site or "",
                "online": day.online,
                "attended": s.attended,
            }
            for day in self.days
            for s in day.sessions
        ]
        return pd.DataFrame(rows)

    def ics(self) -> bytes:
        """Return the timetable as an iCalendar file; the programme must have dates."""
        from course.programmes import calendar_file

        return calendar_file.written(self)

    def printable(self) -> str:
        """Return the timetable as one HTML page that prints on A4."""
        from course.programmes import printed

        return printed.page(self)

    def with_delegations(self, delegations: tuple[Delegation, ...]) -> Programme:
        """Return the programme with other delegations, such as those of a roster."""
        return replace(self, delegations=tuple(delegations))


def _state(session: Session, known: dict[str, ModuleSpec]) -> str:
    if session.module is None or (session.part is None and session.kind not in TESTS):
        return ""
    spec = known.get(session.module)
    return "ready" if spec is not None and spec.status == "ready" else "in preparation"

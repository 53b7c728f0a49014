"""What the day is told: one trainee in one module, and a module with its trainees."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Row:
    """One trainee in one module.

    Attributes
    ----------
    student, name, module : str
        Ids, and the name on the roster.
    on_roster : bool
        False for a hand-in of somebody the roster does not know.
    started : str
        ``begun`` (answers were given), ``fetched``, or empty: not seen, or nobody looked.
    handed_in : datetime or None
        The latest hand-in, in UTC, collected or still in the exchange.
    to_collect : bool
        The latest hand-in still lies in the exchange.
    scored : bool
        The collected hand-in is the one that was scored.
    points, of : float
        Of the gradebook; 0 and the module's sum before the first score.
    to_mark : int
        Answers that a person marks.
    waiting : int
        Answers that wait for a city, or could not be judged.
    look : bool
        The report has something to look at.
    feedback : str
        ``out``, ``older`` (than the last score) or empty.
    late_min : int
        Minutes after the due date, extensions taken into account.
    until : datetime or None
        An extension, in UTC.
    """

    student: str
    name: str
    module: str
    on_roster: bool = True
    started: str = ""
    handed_in: datetime | None = None
    to_collect: bool = False
    scored: bool = False
    points: float = 0.0
    of: float = 0.0
    to_mark: int = 0
    waiting: int = 0
    look: bool = False
    feedback: str = ""
    late_min: int = 0
    until: datetime | None = None


@dataclass(frozen=True)
class Standing:
    """A module and its trainees.

    Attributes
    ----------
    module, title : str
        Id and title.
    state : str
        ``new`` (not released), ``open`` or ``closed``.
    due, closed : datetime or None
        In UTC.
    rows : tuple of Row
        In the order of the roster, strangers last.
    """

    module: str
    title: str
    state: str
    due: datetime | None
    closed: datetime | None
    rows: tuple[Row, ...] = field(default=())

    def count(self) -> dict[str, int]:
        """Return how many trainees there are, and how many at each station."""
        rows = self.rows
        return {
            "trainees": len(rows),
            "started": sum(bool(r.started) or r.handed_in is not None for r in rows),
            "handed_in": sum(r.handed_in is not None for r in rows),
            "to_collect": sum(r.to_collect for r in rows),
            "scored": sum(r.scored for r in rows),
            "to_mark": sum(r.to_mark > 0 for r in rows),
            "waiting": sum(r.waiting > 0 for r in rows),
            "look": sum(r.look for r in rows),
            "feedback": sum(r.feedback == "out" for r in rows),
            "late": sum(r.late_min > 0 for r in rows),
        }

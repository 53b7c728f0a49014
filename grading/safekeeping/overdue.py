"""Whose data have been kept for longer than the host decided."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from course.errors import UsageError
from grading.safekeeping.places import HUB_SETTINGS, Layout, settings
from grading.state import GradingState

SETTING = "retention_days"


def policy(layout: Layout) -> int:
    """Return the days that ``hub.yml`` names.

    Raises
    ------
    UsageError
        It names none.
    """
    days = (settings(layout.hub) or {}).get(SETTING)
    if isinstance(days, bool) or not isinstance(days, int) or days < 1:
        raise UsageError(
            f"No {SETTING} is set in {HUB_SETTINGS}.", "Say it here: --older-than 730d."
        )
    return days


def list_of(state: GradingState, days: int, *, today: date | None = None) -> list[dict[str, str]]:
    """Return everybody whose last trace is older than so many days.

    Parameters
    ----------
    state : GradingState
        The course.
    days : int
        How long data are kept.
    today : date, optional
        Counted from here.

    Returns
    -------
    list of dict
        ``student_id`` and ``last`` (a day), oldest first. Who has left no dated trace at all
        is not listed.
    """
    end = (today or datetime.now(UTC).date()) - timedelta(days=days)
    last = traces(state)
    found = [(day, student) for student, day in last.items() if day < end]
    return [{"student_id": student, "last": day.isoformat()} for day, student in sorted(found)]


def traces(state: GradingState) -> dict[str, date]:
    """Return the day of each person's last trace: present, handed in, certified, followed.

    A plan is followed for a year: its people's data are needed until then.
    """
    from grading.cohort.attendance import log
    from grading.cohort.store import read_roster, roster_path

    found: dict[str, date] = {}

    def note(student: str, day: date | None) -> None:
        if day is not None and (student not in found or found[student] < day):
            found[student] = day

    for person in read_roster(roster_path(state)):
        note(person.student_id, _day(person.left))
    for mark in log(state):
        note(mark.student_id, _day(mark.time))
    for folder in sorted(state.step("submitted").glob("*/*")):
        note(folder.parent.name, _handed_in(folder))
    for student, day in _certified(state):
        note(student, day)
    for student, day in _followed():
        note(student, day)
    return found


def _day(text: str) -> date | None:
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        return None


def _handed_in(folder: Path) -> date | None:
    from nbgrader.utils import parse_utc

    try:
        return parse_utc((folder / "timestamp.txt").read_text(encoding="utf-8").strip()).date()
    except Exception:  # dateutil raises what it likes
        try:
            return datetime.fromtimestamp(folder.stat().st_mtime, UTC).date()
        except OSError:
            return None


def _certified(state: GradingState) -> list[tuple[str, date]]:
    from grading.certificates.folder import Folder
    from grading.certificates.ledger import Ledger
    from grading.certificates.log import Log

    log = Folder.of(state).log
    if not log.is_file():
        return []
    ledger = Ledger.of(Log(log).events)
    return [(c.achievement.student_id, c.at.date()) for c in ledger.certificates.values()
            if not c.erased]  # fmt: skip


def _followed() -> list[tuple[str, date]]:
    from sqlalchemy import text

    from grading.safekeeping.rows import followup

    with followup() as engine:
        if engine is None:
            return []
        with engine.connect() as connection:
            rows = connection.execute(
                text("SELECT p.student_id, c.closing FROM participants p "
                     "JOIN cohorts c ON c.id = p.cohort_id WHERE p.student_id NOT LIKE 'former-%'")
            ).all()  # fmt: skip
    days = [(str(s), c if isinstance(c, date) else date.fromisoformat(str(c))) for s, c in rows]
    return [(student, day + timedelta(days=365)) for student, day in days]

"""One module as the home page sees it: its page, its progress, its files, when it is due."""

from __future__ import annotations

from datetime import date
from html import escape
from typing import TYPE_CHECKING, NamedTuple

from course.catalogue import DRAFT, READY, Progress
from course.home.pieces import FIGURES, HAIRLINE, QUIET, heading, link, text
from course.programmes import clock
from course.questions import ModuleSpec

if TYPE_CHECKING:
    from course.programme import Programme


class Row(NamedTuple):
    """A module in a workspace; ``files`` are its notebooks there, lesson first."""

    module: ModuleSpec
    done: Progress
    files: tuple[str, ...]

    @property
    def is_open(self) -> bool:
        """Say whether it can be worked in; a draft can where its author asked for it."""
        status = self.module.status
        return status == READY or (status == DRAFT and bool(self.files))

    @property
    def lesson(self) -> str:
        """Return the lesson's path, "" where there is none."""
        return next((file for file in self.files if file.endswith("lesson.ipynb")), "")

    @property
    def exercises(self) -> str:
        """Return the path of the exercises, test or survey, "" where there is none."""
        return next((file for file in self.files if file.endswith("exercises.ipynb")), "")

    @property
    def is_lesson(self) -> bool:
        """Say whether it is a module to learn from, not a test or survey."""
        return self.module.form == "lesson"


def block(rows: list[Row], programme: Programme | None, today: date | None = None) -> str:
    """Return the list of modules: those of the programme, in preparation, and others."""
    named = _named(programme)
    groups = {
        "Modules": [r for r in rows if r.is_open and (named is None or r.module.id in named)],
        "In preparation": [
            r for r in rows if not r.is_open and (named is None or r.module.id in named)
        ],
        "Not in your programme": [
            r for r in rows if r.is_open and named and r.module.id not in named and r.is_lesson
        ],
    }
    shown = ""
    for title, chosen in groups.items():
        if chosen:
            lines = "".join(_line(row, _due(row, programme, today)) for row in chosen)
            shown += heading(title) + f'<div style="border-top: {HAIRLINE}">{lines}</div>'
    return shown


def _named(programme: Programme | None) -> set[str] | None:
    if programme is None:
        return None
    return {*programme.module_ids, *programme.test_ids}


def _due(row: Row, programme: Programme | None, today: date | None) -> str:
    """Return when a module is to be done: the day of its last session in the programme."""
    if programme is None or row.done.complete or not row.is_open:
        return ""
    last = None
    for day in programme.days:
        if any(s.module == row.module.id and s.kind != "visit" for s in day.sessions):
            last = day
    if last is None:
        return ""
    if last.until is not None:
        over = today is not None and last.until < today
        return f"{'was due' if over else 'due'} {short_date(last.until)}"
    if last.lasts_days == 7:
        return f"week {(last.number + 6) // 7}"
    return f"day {last.number}" if last.number > 0 else "before"


def short_date(day: date) -> str:
    """Return a date in few signs.

    Examples
    --------
    >>> short_date(date(2027, 4, 5))
    'Mon 5 Apr'
    """
    return f"{clock.DAY_NAMES[day.weekday()][:3]} {day.day} {clock.MONTHS[day.month - 1][:3]}"


def _line(row: Row, due: str) -> str:
    module, done = row.module, row.done
    number = escape(module.id.partition("_")[0]) if row.is_lesson else ""
    linked = row.is_open and row.files
    title = link(row.files[0], module.title, weight=600) if linked else text(module.title)
    state = ""
    if row.is_open and not row.files:
        state = "not delivered yet"
    elif row.is_open and row.exercises:
        words = f"{done.answered} of {done.questions} answered" if done.begun else "Exercises"
        if not row.is_lesson and not done.begun:
            words = "Open"
        state = link(row.exercises, words)
    minutes = sum(module.minutes.values())
    cell = "padding: 7px 0"
    when = (
        f'<span style="font-size: 13px; {QUIET}; white-space: nowrap"> {due}</span>' if due else ""
    )
    return (
        f'<div style="display: flex; gap: 14px; font-size: 15px; line-height: 1.4; '
        f'border-bottom: {HAIRLINE}{"" if row.is_open else "; opacity: 0.72"}">'
        f'<span style="flex: 0 0 24px; {cell}; {FIGURES}; {QUIET}">{number}</span>'
        f'<span style="flex: 1 1 0; min-width: 0; {cell}">{title}{when}</span>'
        f'<span style="flex: 0 0 62px; text-align: right; {cell}; {FIGURES}">{minutes} min</span>'
        f'<span style="flex: 0 1 128px; {cell}; {FIGURES}">{state}</span>'
        f"</div>"
    )

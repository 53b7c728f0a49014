"""Collect hand-ins from the exchange and make them fit for every later step."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from course.errors import CourseError
from grading.gradebook import must_succeed, open_api
from grading.intake import settle_all
from grading.state import COURSE_ID, GradingState

MAX_TOLD = 200  # lines of what was left out


@dataclass
class Collected:
    """What a collection brought.

    Attributes
    ----------
    students : list of str
        Everybody whose hand-in is now here.
    settled : list of str
        Students whose notebook was missing, renamed or unreadable: the rebuilt one was
        put in its place, the original stays beside it.
    left_out : list of str
        Lines about what was not collected.
    """

    students: list[str] = field(default_factory=list)
    settled: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def collect(state: GradingState, name: str) -> Collected:
    """Bring the latest hand-ins of a module here.

    Parameters
    ----------
    state : GradingState
        The course.
    name : str
        The module's id, or its number.

    Raises
    ------
    CourseError
        The module was not released, or the exchange cannot be read.
    """
    assignment = state.assignment_folder(name).name
    first = f"Release it first: python3 -m grading release {assignment}."
    if not (state.exchange / COURSE_ID).is_dir():  # nbgrader would send the host to the instructor
        raise CourseError(f"{assignment} was not released from here.", first)
    api = open_api(state)
    api.log_level = logging.WARNING  # what was left out is told there
    with _heard(api.log):
        result = api.collect(assignment, update=True)
    must_succeed(
        result,
        f"{assignment} could not be collected",
        first,
    )
    left_out = _told(result.get("log") or "")
    settled, problems = settle_all(state, assignment)
    left_out += problems
    return Collected(state.submitted_students(assignment), settled, left_out)


@contextmanager
def _heard(log: logging.Logger) -> Iterator[None]:
    """Let warnings through, whatever else this process did to its loggers.

    A migration of a database (alembic) switches off all loggers that are there.
    """
    disabled, level, below = log.disabled, log.level, logging.root.manager.disable
    log.disabled = False
    log.setLevel(logging.WARNING)
    logging.disable(logging.NOTSET)
    try:
        yield
    finally:
        log.disabled = disabled
        log.setLevel(level)
        logging.disable(below)


def _told(log: str) -> list[str]:
    r"""Return the warnings, safe to print: the names in them are anybody's.

    Examples
    --------
    >>> _told("[WARNING] Left out: a\x1b[2Jb\udcff\n[INFO] fine\n")
    ['Left out: a?[2Jb?']
    """
    lines = [line for line in log.splitlines() if "[WARNING]" in line]
    told = [re.sub(r"^.*?\[WARNING\]\S*\s*", "", line) for line in lines[:MAX_TOLD]]
    told = [re.sub(r"[^\S ]|[\x00-\x1f\x7f-\x9f\ud800-\udfff]", "?", line)[:300] for line in told]
    if len(lines) > MAX_TOLD:
        told.append(f"{len(lines) - MAX_TOLD} more were left out.")
    return told

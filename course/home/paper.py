"""What is still missing for the certificate, or the statement, of the programme."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from course.errors import CourseError
from course.home.pieces import FIGURES, HAIRLINE, QUIET, heading, text

if TYPE_CHECKING:
    from course.completion import Completion
    from course.programme import Programme

_WORDS = {"met": "met", "missing": "not yet", "waiting": "only your instructor knows"}


def look(folder: Path, programme: Programme) -> Completion | None:
    """Return what the workspace knows of the requirements, None when it cannot be told."""
    from course import standing

    try:
        return standing.of_workspace(folder, programme)
    except (CourseError, OSError, ValueError, KeyError, TypeError, AttributeError):
        return None  # the list is a service; the page opens without it


def block(completion: Completion | None) -> str:
    """Return the list of requirements: met, not yet, or only the instructor knows."""
    if completion is None or not completion.requirements:
        return ""
    title = completion.paper[:1].upper() + completion.paper[1:]
    lines = "".join(_line(requirement) for requirement in completion.requirements)
    return (
        heading(title)
        + f'<p style="font-size: 15px; margin: 0 0 8px 0; {FIGURES}">'
        + f"{text(completion.sentence)}</p>"
        + f'<div style="border-top: {HAIRLINE}">{lines}</div>'
    )


def _line(requirement: object) -> str:
    said = {name: text(getattr(requirement, name, "")) for name in ("title", "have", "remedy")}
    status = str(getattr(requirement, "status", "waiting"))
    done = status == "met"
    title = said["title"] if done else f"<b>{said['title']}</b>"
    have = f": {said['have']}" if said["have"] else ""
    remedy = "" if done or not said["remedy"] else f"<br>{said['remedy']}"
    return (
        f'<div style="font-size: 13px; line-height: 1.45; padding: 6px 0; '
        f'border-bottom: {HAIRLINE}; {FIGURES}">{title}{have}'
        f'<span style="{QUIET}"> · {_WORDS.get(status, status)}{remedy}</span></div>'
    )

"""The page a trainee sees first: what to do now, the week, the modules, their city.

Today's session comes first, with one button; then the programme as a strip of days; then the
modules with progress and what is due; beside them the city and what is still missing for
the certificate.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from course.calling import call
from course.catalogue import Progress
from course.errors import CourseError
from course.home import city_card, first, notices, paper, rows, week
from course.home.city_card import PICTURE, CityCard, look_at_city
from course.home.pieces import text
from course.home.rows import Row
from course.identity import GUEST
from course.questions import ModuleSpec

if TYPE_CHECKING:
    from course.completion import Completion
    from course.programme import Programme

__all__ = ["PICTURE", "CityCard", "build", "look_at_city", "page"]


def build(folder: Path, *, city: str, now: datetime | None = None) -> tuple[str, str]:
    """Return the home page and the city's picture for a workspace.

    Parameters
    ----------
    folder : Path
        The workspace; progress and programme are read from it.
    city : str
        Name or path of the city pack.
    now : datetime, optional
        The time, with its zone; the clock's when absent.

    Returns
    -------
    tuple of str
        Markdown and SVG. A pack or programme that cannot be read gives a page that says so.
    """
    from course import catalogue, identity

    card, picture = look_at_city(city)
    source = catalogue.source_dir() or folder / "modules"
    found = []
    for module in catalogue.modules(source):
        own = folder / "modules" / module.path.parent.name
        files = tuple(
            f"modules/{own.name}/{name}"
            for name in ("lesson.ipynb", "exercises.ipynb")
            if (own / name).is_file()
        )
        done = catalogue.progress(module, own, city=card.id, fingerprint=card.fingerprint)
        found.append((module, done, files))
    programme, problem = _programme(folder)
    shown = page(
        found,
        card,
        trainee=identity.who(folder).trainee,
        programme=programme,
        problem=problem,
        now=_local(now, programme),
        completion=None if programme is None else paper.look(folder, programme),
        said=notices.read(folder),
    )
    return shown, picture


def page(
    modules: list[tuple[ModuleSpec, Progress, tuple[str, ...]]],
    card: CityCard,
    *,
    trainee: str = GUEST,
    programme: Programme | None = None,
    problem: str = "",
    now: datetime | None = None,
    completion: Completion | None = None,
    said: tuple[str, ...] = (),
) -> str:
    """Return the Markdown of the home page.

    Parameters
    ----------
    modules : list of (ModuleSpec, Progress, paths)
        All modules in order; paths are the notebooks in the workspace, lesson first.
    card : CityCard
        The city.
    trainee : str
        The name answers are recorded under.
    programme : Programme, optional
        The programme, with or without dates.
    problem : str
        A sentence when the programme cannot be read.
    now : datetime, optional
        The time in the programme's zone, without a zone.
    completion : Completion, optional
        What is still missing.
    said : tuple of str
        What the host tells everybody, or this person, one sentence each.
    """
    listed = [Row(*module) for module in modules]
    ready = frozenset(row.module.id for row in listed if row.is_open)
    left = first.block(listed, programme, now)
    if problem:
        left += f'<p style="font-size: 15px; margin: 14px 0 0 0">{text(problem)}</p>'
    if programme is not None:
        left += week.block(programme, now, ready=ready)
    left += rows.block(listed, programme, None if now is None else now.date())
    right = city_card.block(card) + paper.block(completion)
    blocks = (
        f'<div style="display: flex; flex-wrap: wrap; gap: 40px; max-width: 1120px">'
        f'<div style="flex: 1 1 520px; min-width: 0">{left}</div>'
        f'<div style="flex: 0 1 360px; min-width: 280px">{right}</div>'
        f"</div>"
    )
    return (
        "<!-- This page is written anew by the course; changes to it are lost. -->\n\n"
        f"# A smart city course, on {text(card.title)}\n\n{notices.block(said)}"
        f"{_name_line(trainee)}{blocks}\n"
    )


def _programme(folder: Path) -> tuple[Programme | None, str]:
    from course.programme import Programme

    try:
        return Programme.open(folder=folder), ""
    except CourseError as error:
        # a programme that was renamed or edited must not take the page away
        return None, f"Your programme cannot be read. {error}"


def _local(now: datetime | None, programme: Programme | None) -> datetime | None:
    """Return the wall clock of the programme's place."""
    from zoneinfo import ZoneInfo

    if programme is None:
        return None
    zone = ZoneInfo(programme.timezone)
    return (now or datetime.now(zone)).astimezone(zone).replace(tzinfo=None)


def _name_line(trainee: str) -> str:
    """Return the line that says under which name the answers are recorded."""
    if trainee == GUEST:
        again = call("course lab --name YOUR_ID")
        words = f"You work as guest. Your own numbers come with: <code>{again}</code>"
    else:
        words = f"You work as <b>{text(trainee)}</b>."
    return f'<div style="font-size: 15px; margin-bottom: 14px">{words}</div>'

"""The rubric of the action plan: criteria, levels, points and a comment bank, as data.

One file, ``rubric.yml`` beside the exercises of module 13, is shown to trainees before
they hand in and read by marking, preview and certificate.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course.errors import CourseError

FILE_NAME = "rubric.yml"
MODULE = "13_action_plan"
LEVELS = 4


@dataclass(frozen=True)
class Criterion:
    """One criterion.

    Attributes
    ----------
    id : str
        Also the grade id of its cell.
    title, question : str
        Its name, and what a marker asks.
    points : tuple of float
        Points of levels 1 to 4; no work is 0.
    levels : tuple of str
        What a plan of each level shows.
    reads : tuple of str
        Fields of the plan that answer it.
    comments : tuple of str
        Sentences ready for a marker.
    """

    id: str
    title: str
    question: str
    points: tuple[float, ...]
    levels: tuple[str, ...]
    reads: tuple[str, ...]
    comments: tuple[str, ...]

    @property
    def most(self) -> float:
        """Return the points of the highest level."""
        return self.points[-1]

    def level(self, points: float) -> int:
        """Return the level that points reach, 0 to 4."""
        return sum(points >= least - 1e-9 for least in self.points)


@dataclass(frozen=True)
class Rubric:
    """All criteria, and the lines that decide."""

    criteria: tuple[Criterion, ...]
    passes: float
    third_marker_over: float
    talk_min: int
    warning_min: int
    questions_min: int

    @property
    def total(self) -> float:
        """Return the points of a plan at the highest level everywhere."""
        return sum(c.most for c in self.criteria)

    @property
    def points(self) -> dict[str, float]:
        """Return the most points of each criterion."""
        return {c.id: c.most for c in self.criteria}

    def criterion(self, name: str) -> Criterion:
        """Return a criterion by its id, with or without ``m13_``, or its title.

        Raises
        ------
        CourseError
            There is none of this name.
        """
        wanted = name.strip().casefold()
        for one in self.criteria:
            if wanted in (one.id, one.id.partition("_")[2], one.title.casefold()):
                return one
        known = ", ".join(c.id.partition("_")[2] for c in self.criteria)
        raise CourseError(f"There is no criterion {name[:40]!r}.", f"Use one of {known}.")

    def _repr_html_(self) -> str:
        """Return the rubric as a table, for a notebook."""
        return rubric_html(self)

    def __repr__(self) -> str:
        """Return one line for each criterion."""
        return "\n".join(f"{c.title}: {', '.join(f'{p:g}' for p in c.points)}"
                         for c in self.criteria)  # fmt: skip


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise CourseError(f"{where} is empty or not text.", "Write a sentence there.")
    return " ".join(value.split())


def _texts(value: Any, where: str, count: int | None = None) -> tuple[str, ...]:
    if not isinstance(value, list) or (count is not None and len(value) != count):
        raise CourseError(f"{where} is not a list of {count or 'some'} lines.", "Write `- ` lines.")
    return tuple(_text(v, where) for v in value)


def _number(value: Any, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < 1e6:
        raise CourseError(f"{where} is {value!r}.", "Write a number above 0.")
    return float(value)


def _criterion(entry: Any, where: str) -> Criterion:
    if not isinstance(entry, dict):
        raise CourseError(f"{where} is no set of keys.", "Compare it with another criterion.")
    name = _text(entry.get("id"), f"{where}: id")
    where = f"{where} ({name})"
    points = entry.get("points")
    if not isinstance(points, list) or len(points) != LEVELS:
        raise CourseError(
            f"{where}: points are not four numbers.", "Write `points: [5, 10, 15, 20]`."
        )
    steps = tuple(_number(p, f"{where}: points") for p in points)
    if list(steps) != sorted(set(steps)):
        raise CourseError(f"{where}: points do not rise.", "Put the lowest level first.")
    return Criterion(
        id=name,
        title=_text(entry.get("title"), f"{where}: title"),
        question=_text(entry.get("question"), f"{where}: question"),
        points=steps,
        levels=_texts(entry.get("levels"), f"{where}: levels", LEVELS),
        reads=_texts(entry.get("reads"), f"{where}: reads"),
        comments=_texts(entry.get("comments"), f"{where}: comments"),
    )


def load_rubric(path: str | Path) -> Rubric:
    """Read and check a rubric.

    Parameters
    ----------
    path : str or Path
        ``rubric.yml``, or the folder it lies in.

    Returns
    -------
    Rubric
        Checked: points rise, the highest add up to ``total``.

    Raises
    ------
    CourseError
        Naming the criterion that breaks a rule.
    """
    import yaml

    file = Path(path)
    file = file / FILE_NAME if file.is_dir() else file
    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError:
        raise CourseError(f"{file} cannot be opened.", "Give the folder of module 13.") from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise CourseError(
            f"{file} is not readable YAML.", "Compare it with the course's."
        ) from None
    if not isinstance(content, dict) or not isinstance(content.get("criteria"), list):
        raise CourseError(f"{file} has no criteria.", "Write them under `criteria:`.")
    rows = [
        _criterion(c, f"{file.name}, criterion {n}") for n, c in enumerate(content["criteria"], 1)
    ]
    if len({c.id for c in rows}) != len(rows):
        raise CourseError(f"{file.name}: two criteria have one id.", "Give one another id.")
    minutes = content.get("minutes") if isinstance(content.get("minutes"), dict) else {}
    made = Rubric(
        criteria=tuple(rows),
        passes=_number(content.get("pass"), f"{file.name}: pass"),
        third_marker_over=_number(
            content.get("third_marker_over"), f"{file.name}: third_marker_over"
        ),
        talk_min=int(_number(minutes.get("talk", 10), f"{file.name}: minutes")),
        warning_min=int(_number(minutes.get("warning", 8), f"{file.name}: minutes")),
        questions_min=int(_number(minutes.get("questions", 5), f"{file.name}: minutes")),
    )
    total = _number(content.get("total"), f"{file.name}: total")
    if abs(made.total - total) > 1e-9:
        raise CourseError(
            f"{file.name}: the highest levels add up to {made.total:g}, not to {total:g}.",
            "Change the points.",
        )
    return made


def find_rubric() -> Rubric:
    """Return the rubric that holds here: beside the notebook, in the workspace, in a checkout.

    Raises
    ------
    CourseError
        None of these places has one.
    """
    from course.answer_book import folder
    from course.paths import ROOT, workspace_dir

    here = folder()
    places = [here, workspace_dir() / "modules" / MODULE, workspace_dir() / MODULE,
              ROOT / "modules" / MODULE]  # fmt: skip
    for place in places:
        if (place / FILE_NAME).is_file():
            return load_rubric(place)
    raise CourseError("The rubric of module 13 is not here.", "Open the module's own folder.")


def rubric_html(rubric: Rubric, *, comments: bool = False) -> str:
    """Return the rubric as an HTML table: criteria by levels, points in each cell."""
    e = html.escape
    heads = "".join(f"<th scope='col'>Level {n}</th>" for n in range(1, LEVELS + 1))
    rows = []
    for c in rubric.criteria:
        cells = "".join(
            f"<td><b>{p:g}</b> {e(text)}</td>" for p, text in zip(c.points, c.levels, strict=True)
        )
        rows.append(
            f"<tr><th scope='row'>{e(c.title)}<br><small>{e(c.question)}</small></th>{cells}</tr>"
        )
        if comments:
            said = "".join(f"<li>{e(text)}</li>" for text in c.comments)
            rows.append(f"<tr><td colspan='5'><ul>{said}</ul></td></tr>")
    foot = (
        f"{rubric.total:g} points. No work on a criterion is 0. A plan passes with "
        f"{rubric.passes:g}. Two people mark it; more than {rubric.third_marker_over:g} points "
        "apart, and a third one reads."
    )
    return (
        "<table class='kit-rubric'><caption>How your plan is marked</caption>"
        f"<thead><tr><th scope='col'>Criterion</th>{heads}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table><p>{e(foot)}</p>"
    )

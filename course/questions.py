"""A module and its questions, read from ``module.yml``.

The file is data a person edits: it is checked as a whole, and every complaint names
the file, the question and the remedy. Answers are in no field of it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from course.errors import CourseError, UsageError
from course.paths import ROOT, workspace_dir

KINDS = ("core", "extra")
# what a module's folder holds: lesson and exercises, twenty questions of a test, or a survey
FORMS = ("lesson", "test", "survey")
TYPES = ("number", "integer", "choice", "multi", "table", "json", "text")
VARIES = ("trainee", "team", "city", "none")
# ready: trainees get it; draft: complete, for its authors alone; planned: a line on the list
STATUSES = ("ready", "draft", "planned")
CORE_POINTS = 10.0
FILE_NAME = "module.yml"

Bound = float | str | None


@dataclass(frozen=True)
class Tolerance:
    """How near an answer must be: exact, within ``amount``, or within a share of the key.

    ``least`` widens a share that is finer than the answer can be given: the course counts
    money in hundredths, and 1 % of a fare of 0.30 is less than half of one.
    """

    kind: str = "exact"  # exact | absolute | relative
    amount: float = 0.0
    least: float = 0.0

    def width(self, key: float) -> float:
        """Return the allowed distance from a key, in the question's unit."""
        if self.kind == "relative":
            return max(abs(key) * self.amount, self.least)
        return self.amount if self.kind == "absolute" else 0.0

    def words(self, unit: str) -> str:
        """Return the tolerance as the end of a sentence."""
        if self.kind == "relative":
            return f"right within {self.amount * 100:g} %"
        if self.kind == "absolute":
            points = "points" if unit == "%" else unit
            return f"right within {self.amount:g} {points}".rstrip()
        return "to the last unit"


@dataclass(frozen=True)
class Option:
    """One possible choice: the short key a trainee types, and its words."""

    key: str
    label: str


@dataclass(frozen=True)
class FormField:
    """One field of a JSON answer: its type, unit, plausible range or options."""

    name: str
    type: str  # number | integer | bool | choice | multi
    meaning: str
    unit: str = ""
    range: tuple[Bound, Bound] = (None, None)
    options: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Property:
    """One property of a design: its share of the points and what is said when it is missed."""

    id: str
    share: float
    sentence: str


@dataclass(frozen=True)
class Question:
    """One question, without its answer.

    ``prompt``, ``unit``, option labels and bounds given as names are filled from the
    trainee's own draw (`course.exercises.draw`).

    A question of a test or survey has the kind ``test`` or ``survey`` and no hints. Then
    ``choices`` are the texts to choose from, shown to each trainee in an order of their
    own; ``area`` is the part of the blueprint, ``about`` the number of the module that a
    test asks about, and ``best`` the best value of a scale, where that is not its highest.
    """

    id: str
    module: str
    number: int
    title: str
    kind: str
    points: float
    type: str
    prompt: str
    hints: tuple[str, ...]
    varies_by: str = "none"
    item: str = ""
    unit: str = ""
    version: int = 1
    tolerance: Tolerance = field(default_factory=Tolerance)
    range: tuple[Bound, Bound] = (None, None)
    options: tuple[Option, ...] = ()
    fields: tuple[FormField, ...] = ()
    properties: tuple[Property, ...] = ()
    choices: tuple[str, ...] = ()
    area: str = ""
    about: str = ""
    best: int = 0

    @property
    def needs_city(self) -> bool:
        """Say whether the answer depends on the city; that of a test or survey does not."""
        return self.kind in KINDS

    def form(self, unit: str) -> str:
        """Return one sentence on the form of the answer, with the drawn unit."""
        if self.type == "number":
            return f"A number in {unit or 'plain units'}, {self.tolerance.words(unit)}."
        if self.type == "integer":
            near = "" if self.tolerance.kind == "exact" else f", {self.tolerance.words(unit)}"
            return f"A whole number of {unit or 'things'}{near}."
        if self.type == "choice":
            return f"One of {', '.join(repr(o.key) for o in self.options)}."
        if self.type == "multi":
            return f"A list of some of {', '.join(repr(o.key) for o in self.options)}."
        if self.type == "json":
            return "A dictionary with these fields."
        return "A table." if self.type == "table" else "Some sentences of text."


@dataclass(frozen=True)
class Written:
    """One written question, marked by hand in bands 4 to 0."""

    id: str
    points: float
    prompt: str
    bands: Mapping[int, str]
    title: str = ""


@dataclass(frozen=True)
class ModuleSpec:
    """One module of the course: its page on the programme and its questions.

    ``minutes`` has the keys lesson and exercises; ``status`` is one of `STATUSES`,
    ``form`` one of `FORMS`. A test or survey has no lesson, and its points are no core
    points; ``blueprint`` says how many questions it has from each area.
    ``rubric`` (course.actionplan.rubric.Rubric) stands where a plan is marked by hand: one
    cell for each criterion.
    ``labs`` are its core labs: the programme asks that each was used once.
    """

    id: str
    title: str
    pillar: str
    status: str
    minutes: Mapping[str, int]
    version: int
    decision: str
    objectives: tuple[str, ...]
    data: tuple[str, ...]
    questions: Mapping[str, Question]
    written: tuple[Written, ...]
    path: Path | None = None
    form: str = "lesson"
    blueprint: Mapping[str, int] = field(default_factory=dict)
    rubric: Any = None
    labs: tuple[str, ...] = ()

    @property
    def needs_city(self) -> bool:
        """Say whether answers depend on the city that is open."""
        return self.form == "lesson"

    @property
    def has_content(self) -> bool:
        """Say whether lesson, exercises and key stand, whether trainees get them or not."""
        return self.status in ("ready", "draft")

    @property
    def automatic_points(self) -> float:
        """Return the sum of the automatic points, core and extra, or those of a test."""
        return sum(q.points for q in self.questions.values())

    @property
    def core_points(self) -> float:
        """Return the sum of the automatic core points."""
        return sum(q.points for q in self.questions.values() if q.kind == "core")


def load_module(path: str | Path) -> ModuleSpec:
    """Read and check one ``module.yml``.

    Parameters
    ----------
    path : str or Path
        The file, or the module's folder.

    Returns
    -------
    ModuleSpec
        A planned module has no questions.

    Raises
    ------
    CourseError
        The file is missing, is not YAML, or breaks a rule; the sentence names which.
    """
    file = Path(path)
    file = file / FILE_NAME if file.is_dir() else file
    try:
        stamp = file.stat()
    except OSError:
        raise CourseError(
            f"{file} does not exist.", "Give the path of a module's folder."
        ) from None
    return _load(str(file), stamp.st_mtime_ns, stamp.st_size)


@lru_cache(maxsize=64)
def _load(path: str, _changed: int, _size: int) -> ModuleSpec:
    """Read a file once per version of it; the stamp is part of the key."""
    import yaml

    from course.question_checks import checked_module

    try:
        content = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        where = f", line {line + 1}" if line is not None else ""
        raise CourseError(
            f"{path}{where}: this is not readable YAML.", "Compare it with another module's file."
        ) from None
    return checked_module(content, Path(path))


def _candidates(number: str) -> Iterator[Path]:
    """Yield module files whose folder starts with a number, nearest first."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        if folder.name.startswith(number):
            yield folder / FILE_NAME
        # a home page may ask from the folder above its modules
        yield from sorted(folder.glob(f"{number}*/{FILE_NAME}"))
        if folder in (Path.home(), ROOT):
            break
    workspace = workspace_dir()
    for pattern in (f"{number}*/{FILE_NAME}", f"*/{number}*/{FILE_NAME}"):
        if workspace.is_dir():
            yield from sorted(workspace.glob(pattern))
    yield from sorted((ROOT / "modules").glob(f"{number}*/{FILE_NAME}"))


def find_module(question_id: str) -> ModuleSpec:
    """Return the module that asks a question.

    Parameters
    ----------
    question_id : str
        Such as ``m10_trip``: the number after ``m`` is the module's.

    Returns
    -------
    ModuleSpec
        Looked up in the notebook's folder, the folders above, the learner's workspace
        and the checkout, first match wins.

    Raises
    ------
    UsageError
        No module with this question is found.
    """
    text = question_id if isinstance(question_id, str) else ""
    number = text[1:3]
    if not (text.startswith("m") and number.isdigit() and text[3:4] == "_"):
        raise UsageError(
            f"{str(question_id)[:60]!r} is not the id of a question.",
            "Ids look like 'm10_trip'; copy it from the question.",
        )
    seen: list[str] = []
    for path in _candidates(number + "_"):
        if not path.is_file() or os.fspath(path) in seen:
            continue
        seen.append(os.fspath(path))
        module = load_module(path)
        if text in module.questions:
            return module
    where = f"The file {seen[0]} does not hold it." if seen else f"No module {number} is here."
    raise UsageError(f"Question {text!r} is not found. {where}", "Check the id in the question.")


def find_question(question_id: str) -> Question:
    """Return one question by its id; see `find_module`."""
    return find_module(question_id).questions[question_id]

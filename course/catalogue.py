"""The modules of the course, and how far a trainee has come in each.

Modules lie in ``modules/`` of a checkout, or of a learner's workspace where the course is
installed as a package. One folder per module, in the order of their numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from course import answer_book
from course.paths import ROOT
from course.questions import FILE_NAME, ModuleSpec, load_module

READY, DRAFT = "ready", "draft"


def source_dir() -> Path | None:
    """Return the folder modules are taken from, or None where only a wheel is installed."""
    folder = ROOT / "modules"
    return folder if folder.is_dir() and (ROOT / "pyproject.toml").is_file() else None


def modules(folder: Path | None = None) -> list[ModuleSpec]:
    """Return the modules of a folder in the order of the course.

    Parameters
    ----------
    folder : Path, optional
        The folder that holds the modules' folders; None: those of the checkout.

    Returns
    -------
    list of ModuleSpec
        Ready and planned ones; empty when there are none.

    Raises
    ------
    CourseError
        A ``module.yml`` breaks a rule; the sentence names the file.
    """
    folder = folder or source_dir()
    if folder is None:
        return []
    return [load_module(path) for path in sorted(folder.glob(f"*/{FILE_NAME}"))]


@dataclass(frozen=True)
class Progress:
    """How many of a module's questions have an answer, whatever it is worth."""

    answered: int
    questions: int

    @property
    def begun(self) -> bool:
        """Say whether there is an answer."""
        return self.answered > 0

    @property
    def complete(self) -> bool:
        """Say whether every question has an answer."""
        return self.questions > 0 and self.answered >= self.questions


def progress(
    module: ModuleSpec, folder: Path, *, city: str | None = None, fingerprint: str = ""
) -> Progress:
    """Count the automatic questions of a module that ``answers.json`` answers.

    Parameters
    ----------
    module : ModuleSpec
        The module.
    folder : Path
        The learner's folder of it. A missing or unreadable file counts as no answers:
        the file is the learner's, and a page that shows progress must not stop at it.
    city, fingerprint : str, optional
        Only answers on this city count; a record without a fingerprint goes by the
        city's id. None for ``city``: answers on any city. Answers to a test or survey
        are on none and always count.
    """
    records, _ = answer_book.read(folder / answer_book.FILE_NAME)
    latest = {
        record["question"]: record.get("value")
        for record in records
        if city is None or not module.needs_city or _is_of(record, city, fingerprint)
    }
    given = {question for question, value in latest.items() if value is not None}
    return Progress(len(given & set(module.questions)), len(module.questions))


def _is_of(record: dict[str, object], city: str, fingerprint: str) -> bool:
    if record.get("fingerprint"):
        return record["fingerprint"] == fingerprint
    return record.get("city") == city

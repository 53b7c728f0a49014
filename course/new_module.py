"""A new module of the course, laid out from ``module_template`` of the checkout.

The template is a small module that works: its files stand where a module's files stand
and go by the number 99. To lay out a module is to copy them with its own number, name
and title in place. The result is a draft that passes every check; its author replaces
it piece by piece. Either all of its files are there afterwards, or none.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import unicodedata
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from course.errors import CourseError, UsageError

TEMPLATE = "module_template"
_TESTS = 90
_NUMBER, _NAME, _TITLE = "99", "template", "Template title"
ID = re.compile(r"(\d\d)_([a-z](?:[a-z0-9_]{0,38}[a-z0-9])?)")
# Titles stand in YAML, in docstrings, in Markdown and on the home page.
_IN_TITLES = " ,.?()&'’-–:"
_LONGEST = 60


@dataclass(frozen=True)
class NewModule:
    """What a module is called.

    Parameters
    ----------
    id : str
        Number and name: ``14_water``.
    title : str
        As a trainee reads it: "Water for all".
    pillar : str
        The pillar it belongs to.
    """

    id: str
    title: str
    pillar: str

    @property
    def number(self) -> str:
        """Return the two digits that begin the id."""
        return self.id[:2]


def named(
    words: str,
    *,
    taken: Iterable[str],
    number: int | None = None,
    title: str | None = None,
    pillar: str = "policy",
) -> NewModule:
    """Return the name of a new module, or raise what is wrong with it.

    Parameters
    ----------
    words : str
        An id such as "14_water", or a title such as "Water for all".
    taken : iterable of str
        Ids of the modules that there are.
    number : int, optional
        Two digits; with a title only. The next free number when absent.
    title : str, optional
        With an id: the title, when it is more than the name's words.
    pillar : str
        policy, bigdata, transport or capstone.

    Returns
    -------
    NewModule
        A name no other module has.

    Raises
    ------
    UsageError
        The name cannot be one, or it is taken.

    Examples
    --------
    >>> named("Water for all", taken=["13_action_plan"])
    NewModule(id='14_water_for_all', title='Water for all', pillar='policy')
    >>> named("20_water", taken=[]).title
    'Water'
    """
    used = {module[:2]: module for module in taken}
    found = ID.fullmatch(words)
    if found:
        if number is not None:
            raise UsageError(f"{words} has its number already.", "Leave --number out.")
        digits, name = found.groups()
        title = title or name.replace("_", " ").capitalize()
    else:
        if title is not None:
            raise UsageError(
                f"{words[:60]!r} is no id, and a title is given as well.",
                "Write an id like 14_water before --title.",
            )
        if re.search(r"[_/\\]", words):
            raise UsageError(
                f"{words[:60]!r} is no id of a module.",
                "An id is two digits and a name of small letters: 14_water.",
            )
        title = " ".join(words.split())
        digits, name = _digits(number, used), _plain(title)
    _check_title(title)
    if not ID.fullmatch(f"{digits}_{name}"):
        raise UsageError(
            f"{words[:60]!r} cannot be the name of a module.",
            "Write an id of small letters, such as 14_water, and the title after --title.",
        )
    if digits == _NUMBER:
        raise UsageError(f"The number {_NUMBER} is the template's.", "Choose another number.")
    if digits in used:
        raise UsageError(
            f"The number {digits} is taken by {used[digits]}.",
            f"The next free one is {_digits(None, used)}.",
        )
    if same := [module for module in used.values() if module[3:] == name]:
        raise UsageError(f"The name {name!r} is taken by {same[0]}.", "Choose another name.")
    return NewModule(f"{digits}_{name}", title, pillar)


def _digits(number: int | None, used: Mapping[str, str]) -> str:
    if number is None:
        # tests and the survey stand at the end; what is new goes before them
        number = 1 + max((int(digits) for digits in used if int(digits) < _TESTS), default=-1)
    if not 0 <= number < int(_NUMBER):
        raise UsageError(f"{number} cannot be a module's number.", "Numbers go from 0 to 98.")
    return f"{number:02d}"


def _plain(title: str) -> str:
    """Return a title as a name: small ASCII letters and digits, the rest underscores."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain.replace("'", "")).strip("_")


def _check_title(title: str) -> None:
    strange = [c for c in title if not (c.isalpha() or c.isdigit() or c in _IN_TITLES)]
    # a letter may carry marks of its own: Persian vowels, Hindi vowel signs
    strange = [c for c in strange if not unicodedata.category(c).startswith("M")]
    if strange:
        raise UsageError(
            f"The title holds {strange[0]!r}.", "Use letters, digits, spaces and , . ? ( ) & ' - :"
        )
    if not title[:1].isalnum() or len(title) > _LONGEST:
        raise UsageError(
            f"The title {title[:60]!r} is empty, too long or begins with a sign.",
            f"Write up to {_LONGEST} characters, beginning with a letter.",
        )


def planned_files(module: NewModule, root: Path) -> dict[Path, bytes]:
    """Return the files of a new module: path below the checkout -> content.

    Raises
    ------
    CourseError
        The checkout has no template, or one of the files is there already.
    """
    template = root / TEMPLATE
    sources = sorted(
        path
        for path in template.rglob("*")
        if path.is_file() and not _by_the_way(path.relative_to(template))
    )
    if not sources:
        raise CourseError(
            f"{template} does not exist.", "Restore it: git checkout -- module_template."
        )
    files = {}
    for path in sources:
        target = Path(_filled(str(path.relative_to(template)), module))
        files[target] = _filled(path.read_text(encoding="utf-8"), module).encode("utf-8")
    there = [target for target in files if (root / target).exists()]
    if there:
        raise CourseError(
            f"{there[0].as_posix()} is there already.", "Choose another name, or remove it."
        )
    return files


def _by_the_way(path: Path) -> bool:
    """Say whether tools left a file: caches, checkpoints, what a system hides."""
    return any(part.startswith(".") or part == "__pycache__" for part in path.parts)


def _filled(text: str, module: NewModule) -> str:
    """Put number, name and title of a module in place of the template's."""
    text = text.replace(f"{_NUMBER}_{_NAME}", module.id)
    text = text.replace(f"m{_NUMBER}_", f"m{module.number}_")
    text = re.sub(rf"(?<=\b[Mm]odule ){_NUMBER}\b|(?<=# ){_NUMBER}(?= )", module.number, text)
    # in YAML a colon would end the title
    text = text.replace(f"title: {_TITLE}\npillar: policy", f'title: "{module.title}"\n'
                        f"pillar: {module.pillar}")  # fmt: skip
    return text.replace(_TITLE, module.title)


def lay_out(module: NewModule, root: Path) -> list[Path]:
    """Write a new module into a checkout, all of it or nothing.

    Parameters
    ----------
    module : NewModule
        From `named`.
    root : Path
        The checkout.

    Returns
    -------
    list of Path
        What was written, relative to the checkout.

    Raises
    ------
    CourseError
        A file is in the way, or the checkout cannot be written.
    """
    from course.questions import load_module

    files = planned_files(module, root)
    laid: list[Path] = []
    beside: Path | None = None
    try:
        beside = Path(tempfile.mkdtemp(prefix=".new-module-", dir=root))
        for target, content in files.items():
            (beside / target).parent.mkdir(parents=True, exist_ok=True)
            (beside / target).write_bytes(content)
        load_module(beside / "modules" / module.id)  # a title could break the file
        # the module's own folder comes last: with it the module is on the list
        for target in sorted(files, key=lambda path: path.parts[0] == "modules"):
            (root / target).parent.mkdir(parents=True, exist_ok=True)
            laid.append(target)
            os.replace(beside / target, root / target)
    except BaseException as error:
        _take_away(laid, root)
        if isinstance(error, OSError):
            raise CourseError(
                f"{root} cannot be written: {error.strerror or error}.",
                "Nothing was left behind; make it writable and run the command again.",
            ) from None
        raise
    finally:
        if beside is not None:
            shutil.rmtree(beside, ignore_errors=True)
    return sorted(files)


def _take_away(laid: list[Path], root: Path) -> None:
    """Remove what an interrupted run has placed; folders go only when nothing is in them."""
    for target in reversed(laid):
        with suppress(OSError):
            (root / target).unlink(missing_ok=True)
            (root / target).parent.rmdir()

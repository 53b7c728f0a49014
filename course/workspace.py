"""A learner's folder: laid out once, brought up to date later, never at the cost of work.

The folder holds ``profile.json``, ``home.md`` with its map, and one folder per ready
module under ``modules``. ``.course/manifest.json`` remembers the hash of every file as it
was delivered. A file that still has that hash may be replaced by a newer version. A file
that differs is the learner's: it stays, and a newer version is laid beside it as
``lesson.new.ipynb``. Every write goes beside its target first and is then moved.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from course import paths, whole_files
from course.errors import CourseError
from course.paths import ROOT, is_workspace

# What a learner gets of a module. Everything else (instructor notes, keys, tests) stays.
LEARNER_FILES = ("module.yml", "lesson.ipynb", "exercises.ipynb", "rubric.yml", "follow_up.ipynb")
MANIFEST = ".course/manifest.json"
PROFILE = "profile.json"
HOME = "home.md"


@dataclass(frozen=True)
class Workspace:
    """A prepared folder.

    Parameters
    ----------
    folder : Path
        The workspace.
    city : str
        Name or path of the city its notebooks open.
    trainee : str
        The name answers are recorded under.
    written : tuple of str
        Files that were delivered or replaced now, relative to the folder.
    beside : tuple of (str, str)
        Files the learner changed, each with the newer version laid beside it.
    """

    folder: Path
    city: str
    trainee: str
    written: tuple[str, ...] = ()
    beside: tuple[tuple[str, str], ...] = ()


@dataclass
class _Delivery:
    """One run over the folder: what was there, what is written, what stays."""

    folder: Path
    known: dict[str, dict[str, str]]
    written: list[str] = field(default_factory=list)
    beside: list[tuple[str, str]] = field(default_factory=list)

    def deliver(self, name: str, content: bytes) -> None:
        """Bring one file up to date by the rules of this module."""
        target = _inside(self.folder, name)
        new = _sha256(content)
        record = self.known.setdefault(name, {})
        have = _sha256(target.read_bytes()) if target.is_file() else None
        if have == new:
            record["delivered"] = new
        elif have is None or have == record.get("delivered"):
            whole_files.write(target, content)
            record["delivered"] = new
            self.written.append(name)
        elif new not in (record.get("delivered"), record.get("offered")):
            other = self._free_name(name)
            whole_files.write(_inside(self.folder, other), content)
            record["offered"] = new
            self.known.setdefault(other, {})["delivered"] = new
            self.beside.append((name, other))

    def _free_name(self, name: str) -> str:
        """Return ``lesson.new.ipynb``, or the next number where that one is in use."""
        stem, dot, end = name.rpartition(".")
        number = 1
        while True:
            other = f"{stem}.new{'' if number == 1 else number}{dot}{end}"
            path = _inside(self.folder, other)
            if not path.exists() or _sha256(path.read_bytes()) == self.known.get(other, {}).get(
                "delivered"
            ):
                return other
            number += 1


def prepare(
    folder: str | os.PathLike[str],
    *,
    city: str | None = None,
    trainee: str | None = None,
    team: str | None = None,
    programme: str | None = None,
    start: date | None = None,
    drafts: bool = False,
) -> Workspace:
    """Lay out a learner's folder or bring it up to date; safe to run any number of times.

    Parameters
    ----------
    folder : path
        The workspace; made when it does not exist.
    city : str, optional
        Name or path of a city pack; None keeps the workspace's, at first seoul.
    trainee : str, optional
        Name for the profile; None keeps the profile's, at first ``COURSE_TRAINEE``, else
        "guest".
    team : str, optional
        Team of a delegation for the profile; None keeps the profile's, "" takes it away.
    programme : str, optional
        Name or path of a programme; None keeps the workspace's, at first none.
    start : date, optional
        Its first day; None keeps the workspace's with the programme it belongs to.
    drafts : bool
        Also modules that are drafts; for their authors.

    Returns
    -------
    Workspace
        What it holds now and what was done.

    Raises
    ------
    CourseError
        The folder cannot serve, its profile is damaged, or there is no such city or
        programme.
    """
    folder = Path(folder).expanduser().resolve()
    _refuse_unfit(folder)
    profile = _profile(folder, city=city, trainee=trainee, team=team)
    profile |= _programme(profile, name=programme, start=start)
    folder.mkdir(parents=True, exist_ok=True)
    _write_json(_inside(folder, PROFILE), profile)
    delivery = _Delivery(folder, _read_manifest(folder))
    for name, source in learner_files(drafts=drafts):
        delivery.deliver(name, source.read_bytes())
    _write_json(_inside(folder, MANIFEST), {"files": delivery.known})
    write_home(folder, city=profile["city"])
    return Workspace(
        folder,
        city=profile["city"],
        trainee=profile["trainee"],
        written=tuple(delivery.written),
        beside=tuple(delivery.beside),
    )


def learner_files(*, drafts: bool = False) -> list[tuple[str, Path]]:
    """Return (name in the workspace, source) of every file of every ready module.

    Parameters
    ----------
    drafts : bool
        Also of the modules that are drafts.
    """
    from course import catalogue

    source = catalogue.source_dir()
    if source is None:
        return []
    return [
        (f"modules/{module.path.parent.name}/{name}", module.path.parent / name)
        for module in catalogue.modules(source)
        if module.status == catalogue.READY or (drafts and module.has_content)
        for name in LEARNER_FILES
        if (module.path.parent / name).is_file()
    ]


def write_home(folder: Path, *, city: str) -> None:
    """Write ``home.md`` and its map anew from what the folder and the city hold now."""
    from course import home

    page, picture = home.build(folder, city=city)
    for name, text in ((home.PICTURE, picture), (HOME, page)):
        target = _inside(folder, name)
        content = text.encode("utf-8")
        if not target.is_file() or target.read_bytes() != content:
            whole_files.write(target, content)


def _refuse_unfit(folder: Path) -> None:
    if folder == ROOT or ROOT in folder.parents or folder in ROOT.parents:
        raise CourseError(
            f"{folder} holds the course itself.", "Choose another folder with --workspace."
        )
    if folder.exists() and not folder.is_dir():
        raise CourseError(f"{folder} is a file.", "Choose a folder with --workspace.")
    if (folder / HOME).exists() and not (folder / PROFILE).exists():
        raise CourseError(
            f"{folder} already has a {HOME} that is not the course's.",
            "Choose another folder with --workspace.",
        )


def _profile(
    folder: Path, *, city: str | None, trainee: str | None, team: str | None
) -> dict[str, object]:
    """Return the profile to write: what is there, with what was asked for."""
    from course.city.finding import DEFAULT_CITY
    from course.city.pack import City
    from course.identity import clean_name

    path = folder / PROFILE
    profile: dict[str, object] = {}
    if path.exists():
        if not is_workspace(folder):
            raise CourseError(
                f"{path} is not a profile of the course or is damaged.",
                "Delete the file to begin a new one (your notebooks stay), "
                "or choose another folder with --workspace.",
            )
        profile = json.loads(path.read_text(encoding="utf-8"))
    kept_city = profile.get("city") if isinstance(profile.get("city"), str) else None
    kept_name = profile.get("trainee") if isinstance(profile.get("trainee"), str) else None
    wanted = city or kept_city or os.environ.get("COURSE_CITY") or DEFAULT_CITY
    try:
        pack = City.open(wanted)
    except CourseError:
        if city or wanted == DEFAULT_CITY:
            raise
        # The city of an earlier day was removed: the course opens all the same.
        pack = City.open(DEFAULT_CITY)
    return profile | {
        "course_workspace": True,
        "trainee": trainee or kept_name or os.environ.get("COURSE_TRAINEE") or "guest",
        "team": profile.get("team") if team is None else clean_name(team) or None,
        "city": _city_reference(pack.path, folder),
    }


def _programme(
    profile: dict[str, object], *, name: str | None, start: date | None
) -> dict[str, str | None]:
    """Return the programme's part of the profile; nothing where nothing was asked for."""
    from course.programme import Programme
    from course.programmes import folders

    if name is None and start is None:
        return {}
    kept = profile.get("programme")
    if name is None:
        name = kept if isinstance(kept, str) else "self_paced"
    programme = Programme.open(name)
    if start is not None:
        programme.dated(start)
    # by its name where every start finds it, else by its path
    known = folders.files().get(programme.id)
    same_file = known is not None and known.resolve() == programme.path
    reference = programme.id if same_file else str(programme.path)
    if start is not None:
        return {"programme": reference, "programme_start": start.isoformat()}
    return {"programme": reference} | ({} if reference == kept else {"programme_start": None})


def _city_reference(path: Path, folder: Path) -> str:
    """Return a pack's name where notebooks of the workspace find it by name, else its path."""
    places = [folder / "cities", *paths.cities_dirs()]
    return path.name if any(place.resolve() == path.parent for place in places) else str(path)


def _inside(folder: Path, name: str) -> Path:
    """Return the path of a file in the workspace, refusing links that lead out of it.

    A hub prepares folders that their learners can write to: a link named ``modules``
    must not make the hub write elsewhere.
    """
    target = folder / name
    if not target.parent.resolve().is_relative_to(folder):
        raise CourseError(
            f"{target.parent} is a link out of the workspace.", "Remove the link and start again."
        )
    return target


def _read_manifest(folder: Path) -> dict[str, dict[str, str]]:
    """Return the delivered hashes; a damaged file means that nothing is known as ours."""
    try:
        files = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"]
        return {str(name): dict(record) for name, record in files.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def _write_json(path: Path, value: object) -> None:
    content = (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode("utf-8")
    if not path.is_file() or path.read_bytes() != content:
        whole_files.write(path, content)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()

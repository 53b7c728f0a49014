"""Whether a backup fits the place it is to be put in; refused before anything is moved."""

from __future__ import annotations

from pathlib import Path

from course.errors import CourseError, UsageError
from grading.safekeeping import databases
from grading.safekeeping import serving as servers
from grading.safekeeping.manifest import Manifest
from grading.safekeeping.places import ASIDE, Layout
from grading.safekeeping.staging import Staging
from grading.safekeeping.walking import levels

_NOTHING = {"last-error.txt", "lock"}  # files that do not make a state a course
_FILES = {
    "gradebook": "state/grading/gradebook.db", "followup": "state/followup.db",
    "hub": "hub/secret/jupyterhub.sqlite",
}  # fmt: skip
_SHOWN = {"sqlite": "an SQLite file", "postgresql": "a PostgreSQL database"}
_SET = {
    "gradebook": "Set COURSE_GRADEBOOK to {how}.",
    "followup": "Set COURSE_FOLLOWUP_DB to {how}.",
    "hub": "Set COURSE_HUB_DATABASE to {how}.",
}


def refuse(listed: Manifest, layout: Layout, *, replace: bool, incomplete: bool) -> None:
    """Refuse a backup that is incomplete or too new, and a place that is taken or not named.

    Parameters
    ----------
    listed : Manifest
        What is in the backup.
    layout : Layout
        Where the course is to lie.
    replace : bool
        A course that stands there may be moved aside.
    incomplete : bool
        Also a backup that calls itself incomplete.

    Raises
    ------
    CourseError
        The backup is at fault.
    UsageError
        The place is.
    """
    if not listed.complete and not incomplete:
        raise CourseError(
            "This backup calls itself incomplete: " + " ".join(listed.incomplete[:3]),
            "Use another one, or say --incomplete if it is the best there is.",
        )
    _known_schemas(listed.schemas)
    names = {m.path.split("/")[0] for m in listed.kept}
    if "hub" in names and layout.hub is None:
        raise UsageError(
            "The backup holds a hub, and no place for one is named.",
            "Name its folder: COURSE_HUB=/srv/smart-city-course.",
        )
    for name, folder in layout.roots().items():
        if name in names and not replace and not is_empty(folder):
            raise UsageError(
                f"There is a course in {folder} already; nothing was changed.",
                "With --replace it is moved aside and kept.",
            )


def is_empty(folder: Path) -> bool:
    """Say whether a folder holds no file of a course; empty folders and locks are none."""
    for where, files in levels(folder):
        top = where.relative_to(folder).parts[:1]
        if top and top[0].startswith((ASIDE, ".restoring-")):
            continue
        if any(f not in _NOTHING and not f.endswith((".lock", ".restore.json")) for f in files):
            return False
    return True


def _known_schemas(schemas: dict[str, str]) -> None:
    """Refuse tables that the installed programs do not know."""
    for name, revision in schemas.items():
        if revision and revision not in databases.known_revisions(name):
            raise CourseError(
                f"The database {name} of this backup is newer than the program installed here "
                f"(revision {revision[:40]}).",
                "Update the course, then run the command again. Nothing was changed.",
            )


def refuse_databases(listed: Manifest, layout: Layout, staging: Staging, *, replace: bool) -> None:
    """Refuse databases of another kind, of a newer program, or where there is one already.

    Parameters
    ----------
    listed, layout
        As for :func:`refuse`.
    staging : Staging
        With the files of the backup in it: what the list says was looked at before, this is
        what the tables themselves say.
    replace : bool
        A database that stands there may be moved aside.

    Raises
    ------
    CourseError, UsageError
        Nothing was moved.
    """
    there = {name: staging.at(path) for name, path in _FILES.items() if staging.takes(path)}
    _known_schemas({name: databases.revision_of_file(file)
                    for name, file in there.items() if file.is_file()})  # fmt: skip
    here = {d.name: d for d in layout.databases}
    for entry in listed.databases:
        name, kind = entry["name"], entry["kind"]
        now = here[name].kind if name in here else "sqlite"
        if now != kind:
            raise CourseError(
                f"The {name} of this backup is {_SHOWN[kind]}, and here it would be "
                f"{_SHOWN[now]}. Nothing was changed.",
                _SET[name].format(how="an empty PostgreSQL database" if kind == "postgresql"
                                  else "nothing, or to a file"),
            )  # fmt: skip
        if kind == "postgresql":
            databases.check_loading(staging.at(entry["member"]))
            servers.refuse_full(name, here[name].address, replace)
        elif not replace and name in here and Path(here[name].address).exists():
            raise UsageError(
                f"There is a database {here[name].address} already; nothing was changed.",
                "With --replace it is moved aside and kept.",
            )

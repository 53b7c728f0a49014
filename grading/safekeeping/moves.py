"""What a restore moves where, once everything is put together: the steps of its journal."""

from __future__ import annotations

import os
from pathlib import Path

from course.errors import CourseError
from grading.safekeeping.journal import Journal, Move
from grading.safekeeping.manifest import Manifest
from grading.safekeeping.places import ASIDE, HOMES, Layout
from grading.safekeeping.staging import Staging


def plan(listed: Manifest, layout: Layout, staging: Staging, steps: Journal) -> None:
    """Note what goes where: whole folders, but the hub and mounted places by their parts.

    Parameters
    ----------
    listed, layout
        What is in the backup, and where the course is to lie.
    staging : Staging
        With everything in it.
    steps : Journal
        Gets the moves, and the databases that a server is to be filled with.

    Raises
    ------
    CourseError
        Nobody knows where a database is to lie.
    """
    for name, folder in layout.roots().items():
        ready = staging.at(name)
        if not ready.is_dir():
            continue
        if name == "hub" or os.path.ismount(folder):
            aside = folder / f"{ASIDE}{steps.stamp}"
            parts = sorted(p.name for p in ready.iterdir() if p.name != HOMES)
            parts += sorted(f"{HOMES}/{p.name}" for p in (ready / HOMES).glob("*"))
            moves = [(ready / p, folder / p, aside / p) for p in parts]
        else:
            aside = folder.with_name(f"{folder.name}.{ASIDE}{steps.stamp}")
            moves = [(ready, folder, aside)]
        steps.moves += [Move(*map(str, move)) for move in moves]
    for entry in listed.databases:
        made = staging.at(entry["member"])
        if entry["member"].startswith("databases/"):
            _database(entry, made, layout, staging, steps)


def _database(
    entry: dict[str, str], made: Path, layout: Layout, staging: Staging, steps: Journal
) -> None:
    wanted = next((d for d in layout.databases if d.name == entry["name"]), None)
    if entry["kind"] == "postgresql":
        steps.databases.append([entry["name"], str(made)])
        return
    where = Path(wanted.address) if wanted else _usual(entry["name"], layout)
    aside = where.with_name(f"{where.name}.{ASIDE}{steps.stamp}")
    if wanted is None:
        # it lay elsewhere and is now part of the state, as the environment says
        ready = staging.at("state") / where.relative_to(layout.state)
        ready.parent.mkdir(parents=True, exist_ok=True)
        os.replace(made, ready)
    else:
        steps.moves.insert(0, Move(str(made), str(where), str(aside)))


def _usual(name: str, layout: Layout) -> Path:
    inside = {"gradebook": "grading/gradebook.db", "followup": "followup.db"}
    if name not in inside:
        raise CourseError(
            f"The place of the database {name} is not known here.",
            "Name it in hub.yml as on the machine of the backup. Nothing was changed.",
        )
    return layout.state / inside[name]

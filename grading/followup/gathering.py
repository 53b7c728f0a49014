"""What a host knows of a cohort: its people, the plans they handed in, where cities lie."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from course.errors import CourseError
from course.followup import plan_facts
from grading.followup.starting import CohortSpec, HandedIn, Person, Place

if TYPE_CHECKING:
    from course.programme import Programme
    from grading.state import GradingState

PLAN_MODULE, PLAN_FILE = "13_action_plan", "plan.json"


@dataclass
class Gathered:
    """What ``starting.start`` needs, and sentences about plans that cannot be read."""

    cohort: CohortSpec
    people: list[Person]
    plans: dict[str, HandedIn]
    places: dict[str, Place]
    refused: list[str] = field(default_factory=list)


def gather(state: GradingState, name: str, closing: date, *, simulated: bool = False) -> Gathered:
    """Read people, plans and places of one run of a programme.

    Parameters
    ----------
    state : GradingState
        The host's state.
    name : str
        The programme.
    closing : date
        Its last day; steps are counted from it.
    simulated : bool
        Whether the people are simulated; every page then says so.

    Raises
    ------
    CourseError
        There is no such programme.
    """
    from course.programme import Programme
    from grading.cohort import participants

    programme = Programme.open(name)
    people = [
        Person(p.student_id, p.name, p.email, p.city, p.team)
        for p in participants(state)
        if p.takes_part and p.programme in ("", programme.id)
    ]
    plans, refused = handed_in(state, people)
    spec = CohortSpec(
        programme.id, closing, programme.title, programme.timezone, simulated=simulated
    )
    return Gathered(spec, people, plans, places(programme, people, state), refused)


def handed_in(
    state: GradingState, people: Iterable[Person]
) -> tuple[dict[str, HandedIn], list[str]]:
    """Return the plan of each group as it was handed in, and what could not be read.

    Of several members' files the one that was marked is followed: its title stands on the
    certificate.
    """
    from course.actionplan import read_plan
    from grading.plans.groups import Group, plan_of_group

    members: dict[str, list[str]] = {}
    for person in sorted(people, key=lambda p: p.student_id):
        members.setdefault(person.group, []).append(person.student_id)
    plans: dict[str, HandedIn] = {}
    refused = []
    for group, students in members.items():
        marked = plan_of_group(state, Group(group, tuple(students))).student
        unread = []
        # the others' stand in where the marked one keeps no rule of a plan
        for student in sorted(students, key=lambda s: s != marked):
            file = state.folder("submitted", student, PLAN_MODULE) / PLAN_FILE
            try:
                content = file.read_bytes()
                plans[group] = HandedIn(plan_facts.of_plan(read_plan(file)), content)
                break
            except OSError:
                continue
            except CourseError as error:
                unread.append(f"{student}: {error.what}")
        refused += unread if group not in plans else []
    return plans, refused


def places(
    programme: Programme | None, people: Iterable[Person], state: GradingState | None = None
) -> dict[str, Place]:
    """Return where the cities lie that have a pack; others are left out, not guessed.

    Parameters
    ----------
    programme : Programme or None
        Its delegations name packs.
    people : iterable of Person
        Their cities are looked for among the packs.
    state : GradingState, optional
        Its approved cities are looked at too.
    """
    packs = _packs(state)
    found = {name.casefold(): place for name, place in packs.items()}
    for delegation in getattr(programme, "delegations", ()):
        pack = found.get((delegation.pack or "").casefold())
        country = Place(country=delegation.country or "")
        where = pack or found.get(delegation.city.casefold()) or country
        found[delegation.city.casefold()] = Place(
            where.country or country.country, where.lat, where.lon, where.timezone
        )
    wanted = {p.city.casefold() for p in people} | set(found)
    return {name: place for name, place in found.items() if name in wanted}


def _packs(state: GradingState | None) -> dict[str, Place]:
    from course import paths

    folders = [p for place in paths.cities_dirs() if place.is_dir() for p in place.iterdir()]
    if state is not None and state.cities.is_dir():
        folders += [p / "pack" for p in state.cities.iterdir()]
    found: dict[str, Place] = {}
    for folder in sorted(folders):
        if not (folder / "datapackage.json").is_file():
            continue
        place, names = _place_of(folder)
        for name in names:
            found.setdefault(name, place)
    return found


def _place_of(folder: Path) -> tuple[Place, list[str]]:
    from course.city.pack import City

    try:
        city = City.open(str(folder))
        lat, lon = (float(c) for c in city.centre)
        given = getattr(city, "country", "") or ""
        place = Place(str(given), lat, lon, str(getattr(city, "timezone", "") or ""))
        return place, list(dict.fromkeys([folder.name, city.id, city.title]))
    except (CourseError, OSError, ValueError, TypeError, AttributeError):
        return Place(), []

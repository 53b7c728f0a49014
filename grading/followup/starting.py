"""Register a cohort: its people, their plans, and the days at which reports are due.

Running it again is safe: what stands stays, people and places are mended, and a plan that
changed since becomes a new version beside the old one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from course.errors import CourseError
from course.followup.plan_facts import PlanFacts
from course.followup.scale import DAYS
from grading.followup import models
from grading.followup.store import Store


@dataclass(frozen=True)
class Person:
    """One participant, as the cohort knows them."""

    student_id: str
    name: str = ""
    email: str = ""
    city: str = ""
    team: str = ""

    @property
    def group(self) -> str:
        """Return the key of the plan this person belongs to: the team, else the person."""
        return f"team:{self.team}" if self.team else self.student_id


@dataclass(frozen=True)
class HandedIn:
    """The plan of one group."""

    facts: PlanFacts
    content: bytes

    @property
    def sha256(self) -> str:
        """Return the hash of the file."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True)
class Place:
    """Where a city lies; without coordinates it is listed, and not drawn."""

    country: str = ""
    lat: float | None = None
    lon: float | None = None
    timezone: str = ""


@dataclass(frozen=True)
class CohortSpec:
    """One run of a programme."""

    programme: str
    closing: date
    title: str = ""
    timezone: str = "Asia/Seoul"
    simulated: bool = False


@dataclass
class Started:
    """What was registered: people, plans, and sentences for the host."""

    cohort_id: int
    people: int = 0
    plans: int = 0
    new_people: int = 0
    new_plans: int = 0
    new_versions: int = 0
    without_plan: list[str] = field(default_factory=list)
    unplaced: list[str] = field(default_factory=list)


def start(
    store: Store,
    cohort: CohortSpec,
    people: Iterable[Person],
    plans: Mapping[str, HandedIn],
    *,
    places: Mapping[str, Place] | None = None,
    on: date | None = None,
) -> Started:
    """Register a cohort, all of it or nothing.

    Parameters
    ----------
    store : Store
        The database.
    cohort : CohortSpec
        The run of the programme.
    people : iterable of Person
        Everybody who took part.
    plans : mapping
        The plan of each group (``Person.group``).
    places : mapping, optional
        Where the cities lie, by name.
    on : date, optional
        The day of registering; None: today.

    Raises
    ------
    CourseError
        Nobody took part.
    """
    crowd = list(people)
    if not crowd:
        raise CourseError(
            f"No participant of {cohort.programme} is known.",
            "Add them first: python3 -m grading cohort add roster.csv.",
        )
    where = {name.casefold(): place for name, place in (places or {}).items()}
    today = on or date.today()
    for attempt in (1, 2):
        try:
            return _started(store, cohort, crowd, plans, where, today)
        except IntegrityError:
            # another process registered the same cohort a moment ago: look again
            if attempt == 2:
                raise CourseError(
                    f"The cohort of {cohort.programme} could not be registered beside another run "
                    "of this command.",
                    "Run the command again.",
                ) from None
    raise AssertionError("unreachable")


def followed_before(
    store: Store, cohort: CohortSpec, plans: Mapping[str, HandedIn]
) -> tuple[date, list[str]] | None:
    """Return the closing day under which some of these very plans are followed already.

    A slip in the closing day would ask everybody twice, at two sets of days.

    Returns
    -------
    tuple or None
        The other closing day and the groups; None where there is none.
    """
    with store.writing() as session:
        rows = session.execute(
            select(models.Cohort.closing, models.Plan.key, models.PlanVersion.sha256)
            .join(models.Plan, models.Plan.cohort_id == models.Cohort.id)
            .join(models.PlanVersion, models.PlanVersion.plan_id == models.Plan.id)
            .where(models.Cohort.programme == cohort.programme)
            .where(models.Cohort.closing != cohort.closing)
        ).all()
    same = {
        (closing, key) for closing, key, sha in rows if key in plans and plans[key].sha256 == sha
    }
    if not same:
        return None
    latest = max(closing for closing, _ in same)
    return latest, sorted(key for closing, key in same if closing == latest)


def _started(
    store: Store,
    cohort: CohortSpec,
    crowd: list[Person],
    plans: Mapping[str, HandedIn],
    where: Mapping[str, Place],
    today: date,
) -> Started:
    with store.writing() as session:
        row = _cohort(session, cohort, today)
        done = Started(row.id, people=len(crowd))
        rows: dict[str, models.Plan] = {}
        for person in sorted(crowd, key=lambda p: p.student_id):
            handed = plans.get(person.group)
            if handed is not None and person.group not in rows:
                city = handed.facts.city or person.city
                rows[person.group] = _plan(session, row, person.group, city, handed, today, done)
            if handed is None:
                done.without_plan.append(person.student_id)
            _person(session, row, person, rows.get(person.group), done)
        for plan in rows.values():
            _set_place(plan, where.get(plan.city.casefold()), cohort, done)
        done.plans = len(rows)
    return done


def _cohort(session: Session, cohort: CohortSpec, today: date) -> models.Cohort:
    found = session.scalars(
        select(models.Cohort)
        .where(models.Cohort.programme == cohort.programme, models.Cohort.closing == cohort.closing)
        .with_for_update()
    ).one_or_none()
    if found is None:
        found = models.Cohort(
            programme=cohort.programme,
            closing=cohort.closing,
            title=cohort.title or cohort.programme,
            timezone=cohort.timezone,
            simulated=cohort.simulated,
            started_on=today,
        )
        session.add(found)
        session.flush()
    return found


def _person(
    session: Session,
    cohort: models.Cohort,
    person: Person,
    plan: models.Plan | None,
    done: Started,
) -> None:
    found = session.scalars(
        select(models.Participant).where(
            models.Participant.cohort_id == cohort.id,
            models.Participant.student_id == person.student_id,
        )
    ).one_or_none()
    if found is None:
        found = models.Participant(cohort_id=cohort.id, student_id=person.student_id)
        session.add(found)
        done.new_people += 1
    found.name, found.email = person.name or person.student_id, person.email
    found.city, found.team = person.city, person.team
    if plan is not None:
        found.plan_id = plan.id
    session.flush()


def _plan(
    session: Session,
    cohort: models.Cohort,
    key: str,
    city: str,
    handed: HandedIn,
    today: date,
    done: Started,
) -> models.Plan:
    found = session.scalars(
        select(models.Plan).where(models.Plan.cohort_id == cohort.id, models.Plan.key == key)
    ).one_or_none()
    if found is None:
        found = models.Plan(cohort_id=cohort.id, key=key, city=city, country="", timezone="")
        session.add(found)
        session.flush()
        done.new_plans += 1
    found.city = city
    latest = session.scalars(
        select(models.PlanVersion)
        .where(models.PlanVersion.plan_id == found.id)
        .order_by(models.PlanVersion.number.desc())
        .limit(1)
    ).one_or_none()
    if latest is None or latest.sha256 != handed.sha256:
        number = 1 if latest is None else latest.number + 1
        _version(session, cohort, found, number, handed, today)
        done.new_versions += latest is not None
    return found


def _version(
    session: Session,
    cohort: models.Cohort,
    plan: models.Plan,
    number: int,
    handed: HandedIn,
    today: date,
) -> None:
    facts = handed.facts
    version = models.PlanVersion(
        plan_id=plan.id,
        number=number,
        sha256=handed.sha256,
        kind=facts.kind[:40],
        title=facts.title or plan.city,
        indicator=facts.indicator,
        unit=facts.unit,
        baseline=facts.baseline,
        target=facts.target,
        budget=facts.budget,
        pillars=",".join(facts.pillars),
        content=handed.content.decode("utf-8", "replace").replace("\0", ""),
        taken_on=today,
    )
    session.add(version)
    session.flush()
    for task in facts.activities:
        session.add(
            models.Activity(
                version_id=version.id,
                number=task.number,
                task=task.task,
                owner=task.owner,
                starts_on=task.start,
                ends_on=task.end,
                cost=task.cost,
            )
        )
    for day in DAYS:
        session.add(
            models.Milestone(
                version_id=version.id,
                day=day,
                due=cohort.closing + timedelta(days=day),
                promise=facts.promise(day),
            )
        )
    for frame in facts.tables:
        session.add(models.PlanTable(version_id=version.id, frame=frame[:200]))
    session.flush()


def _set_place(plan: models.Plan, place: Place | None, cohort: CohortSpec, done: Started) -> None:
    if place is not None:
        plan.country, plan.lat, plan.lon = place.country, place.lat, place.lon
    plan.timezone = (place.timezone if place else "") or plan.timezone or cohort.timezone
    if plan.lat is None:
        done.unplaced.append(plan.city)

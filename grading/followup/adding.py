"""Take a report file into the store: new, a correction, or one that is there already.

A file is read whole, checked, and kept in one transaction. The same file twice, or the
same words in another file, is one report. A different report about the same step is a
correction: a new row that points at the old one, which stays.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from course.errors import CourseError
from course.followup.fields import YES_NO
from course.followup.report import Report
from course.followup.scale import status_words
from grading.followup import models
from grading.followup.reading import ReadReport, read_report
from grading.followup.store import Store

EARLY_DAYS = 30  # a report much before its day is for another step


@dataclass(frozen=True)
class Added:
    """What became of one file: ``outcome`` is new, correction, same or refused.

    ``sentence`` says why it was refused, or what a correction turns round.
    """

    file: str
    outcome: str
    student: str = ""
    city: str = ""
    title: str = ""
    day: int | None = None
    report_id: int | None = None
    sentence: str = ""
    remedy: str = ""


def add_all(
    store: Store, files: Iterable[str | os.PathLike[str]], *, on: date | None = None
) -> list[Added]:
    """Take files one after the other; a bad one is reported and the others go on.

    Parameters
    ----------
    store : Store
        The database.
    files : iterable of path
        Reports as JSON or Excel.
    on : date, optional
        The day they came; None: today.

    Returns
    -------
    list of Added
        One entry per file, in order.
    """
    done = []
    for file in files:
        try:
            done.append(add(store, file, on=on))
        except CourseError as error:
            done.append(Added(Path(file).name, "refused", sentence=error.what, remedy=error.remedy))
    return done


def add(store: Store, file: str | os.PathLike[str], *, on: date | None = None) -> Added:
    """Take one report file.

    Raises
    ------
    CourseError
        The file cannot be read, a field is wrong, or nobody of that id has a plan here.
    """
    today = on or date.today()
    read = read_report(Path(file))
    for attempt in (1, 2):
        try:
            with store.writing() as session:
                return _keep(session, read, today)
        except IntegrityError:
            # another process kept a report on this step a moment ago: look again
            if attempt == 2:
                raise CourseError(
                    f"{read.name} could not be kept beside other reports of the same step.",
                    "Run the command again.",
                ) from None
    raise AssertionError("unreachable")


def _keep(session: Session, read: ReadReport, today: date) -> Added:
    report = read.report
    person, plan, cohort = _whose(session, read, today)
    version = session.scalars(
        select(models.PlanVersion)
        .where(models.PlanVersion.plan_id == plan.id)
        .order_by(models.PlanVersion.number.desc())
        .limit(1)
    ).one()
    _check(session, read, version, cohort, today)
    told = {
        "file": read.name,
        "student": person.student_id,
        "city": plan.city,
        "title": version.title,
        "day": report.day,
    }
    content = report.content_sha256()
    chain = session.scalars(
        select(models.ReportRow)
        .where(models.ReportRow.plan_id == plan.id, models.ReportRow.day == report.day)
        .order_by(models.ReportRow.id)
    ).all()
    corrected = {row.corrects_id for row in chain}
    head = next((row for row in chain if row.id not in corrected), None)
    known = session.scalars(
        select(models.ReportRow).where(
            models.ReportRow.plan_id == plan.id,
            models.ReportRow.file_sha256 == read.sha256,
        )
    ).first()
    if known is None and head is not None and head.content_sha256 == content:
        known = head
    if known is not None:
        return Added(**told, outcome="same", report_id=known.id)
    row = _row(read, person, plan, head, today, content)
    session.add(row)
    session.flush()
    _details(session, row.id, report, version.id)
    if head is None:
        return Added(**told, outcome="new", report_id=row.id)
    return Added(**told, outcome="correction", report_id=row.id, sentence=_turned(head, row))


def _turned(old: models.ReportRow, new: models.ReportRow) -> str:
    """Say what a correction turns round: nobody signs a report, so a person must see it."""
    said = []
    if old.status != new.status:
        said.append(f"Status was {status_words(old.status)}, is {status_words(new.status)}.")
    if old.consent != new.consent:
        said.append(f"Sharing was {YES_NO[not old.consent]}, is {YES_NO[not new.consent]}.")
    if old.participant_id != new.participant_id:
        said.append("The report before was another member's.")
    return " ".join(said)


def _whose(
    session: Session, read: ReadReport, today: date
) -> tuple[models.Participant, models.Plan, models.Cohort]:
    """Return whom a report is from; of several programmes the latest that had closed."""
    found = session.execute(
        select(models.Participant, models.Cohort)
        .join(models.Cohort, models.Participant.cohort_id == models.Cohort.id)
        .where(models.Participant.student_id == read.report.student)
        .order_by(models.Cohort.closing.desc(), models.Cohort.id.desc())
    ).all()
    if read.report.programme:
        found = [f for f in found if f[1].programme == read.report.programme]
    where = read.place("student")
    who = read.report.student[:60]
    if not found:
        of = f" of {read.report.programme[:60]}" if read.report.programme else ""
        raise CourseError(
            f"{read.name}, {where}: no participant {who!r}{of} is followed here.",
            "Check the id, or register the cohort: python3 -m grading followup start.",
        )
    person, cohort = next((f for f in found if f[1].closing <= today), found[-1])
    if person.plan_id is None:
        raise CourseError(
            f"{read.name}, {where}: {who!r} handed in no plan.",
            "Hand the plan in and run followup start again.",
        )
    plan = session.scalars(
        select(models.Plan).where(models.Plan.id == person.plan_id).with_for_update()
    ).one()
    return person, plan, cohort


def _check(
    session: Session,
    read: ReadReport,
    version: models.PlanVersion,
    cohort: models.Cohort,
    today: date,
) -> None:
    report = read.report
    due = cohort.closing + timedelta(days=report.day)
    if today < due - timedelta(days=EARLY_DAYS):
        raise CourseError(
            f"{read.name}, {read.place('day')}: the report is for day {report.day}, which is "
            f"{due.isoformat()}.",
            "Choose the step that is due now.",
        )
    for field, when in (("milestone_on", report.milestone_on), ("kpi_on", report.kpi_on)):
        if when is not None and when > today:
            raise CourseError(
                f"{read.name}, {read.place(field)}: {when.isoformat()} has not come yet.",
                "Write the day on which it happened, or leave it empty.",
            )
    count = len(
        session.scalars(
            select(models.Activity.id).where(models.Activity.version_id == version.id)
        ).all()
    )
    beyond = [a.number for a in report.activities if a.number > count]
    if beyond:
        raise CourseError(
            f"{read.name}, {read.place('activities')}: the plan has {count} activities, "
            f"not {beyond[0]}.",
            "Use the numbers of the plan that was handed in.",
        )


def _row(
    read: ReadReport,
    person: models.Participant,
    plan: models.Plan,
    head: models.ReportRow | None,
    today: date,
    content: str,
) -> models.ReportRow:
    report = read.report
    same = (
        "day", "status", "milestone_on", "consent", "change", "help_wanted", "presented_to",
        "signer", "kickoff", "budget_line", "partners", "behaviour", "people_served", "cost",
        "lesson", "plan_sha256",
    )  # fmt: skip
    return models.ReportRow(
        plan_id=plan.id,
        participant_id=person.id,
        corrects_id=None if head is None else head.id,
        received_on=today,
        recorded_at=datetime.now(UTC).replace(tzinfo=None, microsecond=0),
        file_name=read.name[:200],
        file_kind=read.kind,
        file_sha256=read.sha256,
        content_sha256=content,
        **{name: getattr(report, name) for name in same},
    )


def _details(session: Session, report_id: int, report: Report, version_id: int) -> None:
    session.add(
        models.Obstacle(report_id=report_id, kind=report.obstacle, words=report.obstacle_text)
    )
    proofs: list[tuple[int | None, str]] = [(None, p) for p in report.proofs if p]
    for task in report.activities:
        session.add(
            models.ActivityStatusRow(
                report_id=report_id, number=task.number, status=task.status, note=task.note
            )
        )
        if task.proof:
            proofs.append((task.number, task.proof))
    for number, target in proofs:
        session.add(models.Evidence(report_id=report_id, activity=number, target=target))
    names = session.scalars(
        select(models.PlanTable.frame).where(models.PlanTable.version_id == version_id)
    ).all()
    spelled = {name.casefold(): name for name in names}
    for table in report.tables:
        # the plan's own spelling, so that the two can be counted together
        frame = spelled.get(table.frame.casefold(), table.frame)
        session.add(
            models.TableStateRow(
                report_id=report_id, frame=frame, closed=table.closed, origin=table.origin
            )
        )
    if report.kpi_value is not None and report.kpi_on is not None:
        session.add(
            models.KpiValue(
                report_id=report_id,
                value=report.kpi_value,
                measured_on=report.kpi_on,
                source=report.kpi_source,
            )
        )


def file_sha256(content: bytes) -> str:
    """Return the hash by which a file is known again."""
    return hashlib.sha256(content).hexdigest()

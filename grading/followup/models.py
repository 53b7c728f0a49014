"""The tables of the follow-up: plan, version, step, report and what a report says.

The shape is plan → status → timeline. What was planned (a version of the plan with its
activities and milestones) and what was reported are only ever added to: the database
itself refuses to change or delete such rows (see ``migrations``). A correction is a new
report that points at the one it corrects. Cohort, participant and place can be mended.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, DateTime, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """Mother of all tables."""


class Cohort(Base):
    """One run of a programme; one row per programme and closing day."""

    __tablename__ = "cohorts"
    __table_args__ = (UniqueConstraint("programme", "closing"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    programme: Mapped[str] = mapped_column(String(120))
    title: Mapped[str] = mapped_column(Text)
    closing: Mapped[date] = mapped_column(Date)
    timezone: Mapped[str] = mapped_column(String(60))
    simulated: Mapped[bool]
    started_on: Mapped[date] = mapped_column(Date)


class Plan(Base):
    """One plan that is followed, of a team or of one person."""

    __tablename__ = "plans"
    __table_args__ = (UniqueConstraint("cohort_id", "key"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohorts.id"))
    key: Mapped[str] = mapped_column(String(200))
    city: Mapped[str] = mapped_column(Text)
    country: Mapped[str] = mapped_column(Text)
    lat: Mapped[float | None]
    lon: Mapped[float | None]
    timezone: Mapped[str] = mapped_column(String(60))


class Participant(Base):
    """One person of a cohort; ``plan_id`` is empty where no plan was handed in."""

    __tablename__ = "participants"
    __table_args__ = (UniqueConstraint("cohort_id", "student_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    cohort_id: Mapped[int] = mapped_column(ForeignKey("cohorts.id"))
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("plans.id"))
    student_id: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(Text)
    email: Mapped[str] = mapped_column(Text)
    city: Mapped[str] = mapped_column(Text)
    team: Mapped[str] = mapped_column(Text)


class PlanVersion(Base):
    """A plan as it was handed in, with its hash; the highest number is in force."""

    __tablename__ = "plan_versions"
    __table_args__ = (UniqueConstraint("plan_id", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"))
    number: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(Text)
    indicator: Mapped[str] = mapped_column(Text)
    unit: Mapped[str] = mapped_column(Text)
    baseline: Mapped[float | None]
    target: Mapped[float | None]
    budget: Mapped[float | None]
    pillars: Mapped[str] = mapped_column(Text)
    content: Mapped[str] = mapped_column(Text)
    taken_on: Mapped[date] = mapped_column(Date)


class Activity(Base):
    """One task of a version of a plan."""

    __tablename__ = "activities"
    __table_args__ = (UniqueConstraint("version_id", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("plan_versions.id"))
    number: Mapped[int]
    task: Mapped[str] = mapped_column(Text)
    owner: Mapped[str] = mapped_column(Text)
    starts_on: Mapped[date | None] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)
    cost: Mapped[float | None]


class Milestone(Base):
    """What a version of a plan promises for day 30, 90, 180 or 365."""

    __tablename__ = "milestones"
    __table_args__ = (UniqueConstraint("version_id", "day"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("plan_versions.id"))
    day: Mapped[int]
    due: Mapped[date] = mapped_column(Date)
    promise: Mapped[str] = mapped_column(Text)


class PlanTable(Base):
    """A synthetic table that a version of a plan wants to replace by real data."""

    __tablename__ = "plan_tables"
    __table_args__ = (UniqueConstraint("version_id", "frame"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("plan_versions.id"))
    frame: Mapped[str] = mapped_column(String(200))


class ReportRow(Base):
    """One report about a plan at one step; a correction points at what it corrects."""

    __tablename__ = "reports"
    __table_args__ = (
        # One chain per plan and step: one first report, each corrected once at most.
        Index(
            "one_first_report", "plan_id", "day", unique=True,
            sqlite_where=text("corrects_id IS NULL"),
            postgresql_where=text("corrects_id IS NULL"),
        ),
        UniqueConstraint("corrects_id"),
        UniqueConstraint("plan_id", "file_sha256"),
    )  # fmt: skip
    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"))
    participant_id: Mapped[int] = mapped_column(ForeignKey("participants.id"))
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("reports.id"))
    day: Mapped[int]
    status: Mapped[str] = mapped_column(String(1))
    milestone_on: Mapped[date | None] = mapped_column(Date)
    consent: Mapped[bool]
    change: Mapped[str] = mapped_column(Text)
    help_wanted: Mapped[str] = mapped_column(Text)
    presented_to: Mapped[str] = mapped_column(Text)
    signer: Mapped[str] = mapped_column(Text)
    kickoff: Mapped[date | None] = mapped_column(Date)
    budget_line: Mapped[str] = mapped_column(Text)
    partners: Mapped[str] = mapped_column(Text)
    behaviour: Mapped[str] = mapped_column(Text)
    people_served: Mapped[float | None]
    cost: Mapped[float | None]
    lesson: Mapped[str] = mapped_column(Text)
    received_on: Mapped[date] = mapped_column(Date)
    recorded_at: Mapped[datetime] = mapped_column(DateTime)
    file_name: Mapped[str] = mapped_column(Text)
    file_kind: Mapped[str] = mapped_column(String(10))
    file_sha256: Mapped[str] = mapped_column(String(64))
    content_sha256: Mapped[str] = mapped_column(String(64))
    plan_sha256: Mapped[str] = mapped_column(String(64))


class ActivityStatusRow(Base):
    """What a report says about one activity."""

    __tablename__ = "activity_statuses"
    __table_args__ = (UniqueConstraint("report_id", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("reports.id"))
    number: Mapped[int]
    status: Mapped[str] = mapped_column(String(1))
    note: Mapped[str] = mapped_column(Text)


class Evidence(Base):
    """A proof a report names: an address or a file; of an activity or of the plan."""

    __tablename__ = "evidence"
    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("reports.id"))
    activity: Mapped[int | None]
    target: Mapped[str] = mapped_column(Text)


class Obstacle(Base):
    """The biggest obstacle a report names."""

    __tablename__ = "obstacles"
    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("reports.id"))
    kind: Mapped[str] = mapped_column(String(20))
    words: Mapped[str] = mapped_column(Text)


class KpiValue(Base):
    """A value of the plan's indicator, with its date and source."""

    __tablename__ = "kpi_values"
    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("reports.id"))
    value: Mapped[float]
    measured_on: Mapped[date] = mapped_column(Date)
    source: Mapped[str] = mapped_column(Text)


class TableStateRow(Base):
    """Whether a synthetic table has been replaced, as a report says."""

    __tablename__ = "table_states"
    __table_args__ = (UniqueConstraint("report_id", "frame"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("reports.id"))
    frame: Mapped[str] = mapped_column(String(200))
    closed: Mapped[bool]
    origin: Mapped[str] = mapped_column(Text)


class Reminder(Base):
    """A notice (0) or reminder (1, 2) that was written for a step of a plan."""

    __tablename__ = "reminders"
    __table_args__ = (UniqueConstraint("plan_id", "day", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("plans.id"))
    day: Mapped[int]
    number: Mapped[int]
    made_on: Mapped[date] = mapped_column(Date)
    people: Mapped[int]

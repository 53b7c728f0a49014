"""The store: one database, written in whole transactions, read as frames of one moment.

Every frame can be asked for as it stood at the end of a day (``on``): a report that came
later is not in it, and of a report that was corrected only the latest correction that had
come by then is in force.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Engine, Select, select
from sqlalchemy.engine import URL
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.orm import Session

from course.errors import CourseError
from grading.followup import database, models


@dataclass(frozen=True)
class Frames:
    """All tables of one moment; ids join them.

    Parameters
    ----------
    on : date
        The end of this day.
    cohorts, participants, plans : DataFrame
        One row per cohort, person, plan. ``plans`` carries the version in force: title,
        kind, indicator, unit, baseline, target, budget, pillars, version_id.
    milestones : DataFrame
        One row per plan and step: plan_id, day, due, promise.
    activities : DataFrame
        One row per plan and activity of the version in force.
    plan_tables : DataFrame
        One row per plan and synthetic table that is to be replaced.
    reports : DataFrame
        One row per report that had come, with ``in_force`` (not corrected by then).
    statuses, evidence, obstacles, kpis, table_states : DataFrame
        What the reports say; ``report_id`` joins.
    reminders : DataFrame
        One row per notice (number 0) or reminder (1, 2): plan_id, day, number, made_on.
    """

    on: date
    cohorts: pd.DataFrame
    participants: pd.DataFrame
    plans: pd.DataFrame
    milestones: pd.DataFrame
    activities: pd.DataFrame
    plan_tables: pd.DataFrame
    reports: pd.DataFrame
    statuses: pd.DataFrame
    evidence: pd.DataFrame
    obstacles: pd.DataFrame
    kpis: pd.DataFrame
    table_states: pd.DataFrame
    reminders: pd.DataFrame


@dataclass
class Store:
    """An open follow-up database.

    Parameters
    ----------
    url : URL
        Where it is.
    engine : Engine
        The connection pool.
    """

    url: URL
    engine: Engine

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Give a session whose changes are kept all together or not at all."""
        try:
            with Session(self.engine) as session, session.begin():
                yield session
        except OperationalError as error:
            raise CourseError(
                f"The follow-up database could not be written: {_words(error)}.",
                "Nothing of this step was kept. Try again; if it stays, check disk and rights.",
            ) from None

    def frames(self, on: date | None = None) -> Frames:
        """Return all tables as they stood at the end of a day.

        Parameters
        ----------
        on : date, optional
            None: everything there is, with today as the day.
        """
        until = on or date.max
        with database.reading(self.engine) as connection:

            def read(query: Select) -> pd.DataFrame:
                found = connection.execute(query)
                names = list(found.keys())
                return pd.DataFrame(found.fetchall(), columns=names)

            tables = {name: read(select(model.__table__)) for name, model in _PLAIN.items()}
            cohorts, participants = tables["cohorts"], tables["participants"]
            reports = read(
                select(models.ReportRow.__table__).where(models.ReportRow.received_on <= until)
            )
            versions = read(
                select(models.PlanVersion.__table__).where(models.PlanVersion.taken_on <= until)
            )
            reminders = read(
                select(models.Reminder.__table__).where(models.Reminder.made_on <= until)
            )
        cohorts = cohorts[np.array([d <= until for d in cohorts["started_on"]], dtype=bool)]
        plans = tables["plans"][tables["plans"]["cohort_id"].isin(cohorts["id"])]
        return _assemble(on or date.today(), tables, cohorts, participants, plans, versions,
                         reports, reminders)  # fmt: skip

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


_PLAIN = {
    "cohorts": models.Cohort,
    "participants": models.Participant,
    "plans": models.Plan,
    "activities": models.Activity,
    "milestones": models.Milestone,
    "plan_tables": models.PlanTable,
    "statuses": models.ActivityStatusRow,
    "evidence": models.Evidence,
    "obstacles": models.Obstacle,
    "kpis": models.KpiValue,
    "table_states": models.TableStateRow,
}


def open_store(url: str | os.PathLike[str] | None = None) -> Store:
    """Open the follow-up database, made and brought up to date where needed.

    Parameters
    ----------
    url : str or path, optional
        As in :func:`grading.followup.database.address`.

    Raises
    ------
    CourseError
        The database cannot be used; the sentence names it.
    """
    where = database.address(url)
    return Store(where, database.open_engine(where))


def _assemble(
    on: date,
    tables: dict[str, pd.DataFrame],
    cohorts: pd.DataFrame,
    participants: pd.DataFrame,
    plans: pd.DataFrame,
    versions: pd.DataFrame,
    reports: pd.DataFrame,
    reminders: pd.DataFrame,
) -> Frames:
    latest = versions.sort_values("number").drop_duplicates("plan_id", keep="last")
    latest = latest.rename(columns={"id": "version_id"})
    of_plan = ["plan_id", "version_id", "kind", "title", "indicator", "unit", "baseline",
               "target", "budget", "pillars", "sha256", "taken_on"]  # fmt: skip
    plans = plans.rename(columns={"id": "plan_id"}).merge(latest[of_plan], on="plan_id")
    closing = cohorts.rename(columns={"id": "cohort_id"})[["cohort_id", "closing", "programme"]]
    plans = plans.merge(closing, on="cohort_id").sort_values("plan_id", ignore_index=True)
    reports = reports.sort_values("id", ignore_index=True)
    reports["in_force"] = ~reports["id"].isin(reports["corrects_id"].dropna())
    reports = reports[reports["plan_id"].isin(plans["plan_id"])].reset_index(drop=True)

    def of_version(name: str) -> pd.DataFrame:
        found = plans[["plan_id", "version_id"]].merge(tables[name], on="version_id")
        return found.drop(columns=["id"]).reset_index(drop=True)

    def of_reports(name: str) -> pd.DataFrame:
        found = tables[name]
        return found[found["report_id"].isin(reports["id"])].reset_index(drop=True)

    return Frames(
        on=on,
        cohorts=cohorts.reset_index(drop=True),
        participants=participants[participants["cohort_id"].isin(cohorts["id"])].reset_index(
            drop=True
        ),
        plans=plans,
        milestones=of_version("milestones"),
        activities=of_version("activities"),
        plan_tables=of_version("plan_tables"),
        reports=reports,
        statuses=of_reports("statuses"),
        evidence=of_reports("evidence"),
        obstacles=of_reports("obstacles"),
        kpis=of_reports("kpis"),
        table_states=of_reports("table_states"),
        reminders=reminders[reminders["plan_id"].isin(plans["plan_id"])].reset_index(drop=True),
    )


def whole_frame(
    rows: Sequence[Sequence[Any]], columns: Sequence[str], *, may_lack: Sequence[str] = ()
) -> pd.DataFrame:
    """Return rows as a frame that keeps None as None and whole numbers whole.

    Parameters
    ----------
    rows : sequence of sequences
        The values.
    columns : sequence of str
        Their names.
    may_lack : sequence of str
        Columns in which None stands for "not known".
    """
    table = pd.DataFrame([list(r) for r in rows], columns=list(columns), dtype=object)
    kept = set(may_lack)
    return table.astype({c: table[c].infer_objects().dtype for c in columns if c not in kept})


def _words(error: DatabaseError) -> str:
    return " ".join(str(error.orig).split())[:200]

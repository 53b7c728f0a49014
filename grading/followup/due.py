"""What is open: the state of every plan at every step, on a day.

A step is answered when a report has come. Without one it becomes due, then overdue; two
reminders and a wait later it is *unknown*. Unknown never means "not started". A plan that
was reported as dropped is closed: nobody is asked about it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

from course.followup.scale import DAYS, DROPPED
from grading.followup.store import Frames, whole_frame

LATER, SOON, OPEN, OVERDUE, UNKNOWN, ANSWERED, CLOSED = (
    "later", "due soon", "due", "overdue", "unknown", "answered", "closed",
)  # fmt: skip
COLUMNS = [
    "plan_id", "programme", "closing", "city", "title", "people", "day", "due", "state",
    "days_late", "reminders", "next", "report_id", "status",
]  # fmt: skip


@dataclass(frozen=True)
class Rhythm:
    """When people are written to, in days around the due day; ours to choose, not published.

    Parameters
    ----------
    notice_before : int
        A notice goes out from this many days before.
    first_after, second_after : int
        The two reminders, days after.
    between : int
        Days between two reminders at least.
    wait_after : int
        Days after the second reminder until the step counts as unknown.
    """

    notice_before: int = 7
    first_after: int = 7
    second_after: int = 21
    between: int = 7
    wait_after: int = 14


STANDARD = Rhythm()


def due(frames: Frames, *, on: date | None = None, rhythm: Rhythm = STANDARD) -> pd.DataFrame:
    """Return the state of every plan at every step.

    Parameters
    ----------
    frames : Frames
        From ``Store.frames(on)``.
    on : date, optional
        The day; None: the day of the frames.
    rhythm : Rhythm
        When people are written to.

    Returns
    -------
    DataFrame
        One row per plan and step, by due day: plan_id, programme, closing, city, title,
        people, day, due, state, days_late (negative before), reminders (written so far,
        without the notice), next ("notice", "reminder 1", "reminder 2" or ""), report_id
        and status of the report in force (None without). No plans give no rows.
    """
    today = on or frames.on
    in_force = frames.reports[frames.reports["in_force"].astype(bool)]
    answer = {
        (int(r.plan_id), int(r.day)): (int(r.id), str(r.status)) for r in in_force.itertuples()
    }
    dropped: dict[int, int] = {}
    for (plan_id, day), (_, status) in sorted(answer.items()):
        if status == DROPPED:
            dropped.setdefault(plan_id, day)
    written: dict[tuple[int, int], dict[int, date]] = {}
    for r in frames.reminders.itertuples():
        written.setdefault((int(r.plan_id), int(r.day)), {})[int(r.number)] = r.made_on
    people = frames.participants["plan_id"].value_counts()
    promised = {(int(m.plan_id), int(m.day)): m.due for m in frames.milestones.itertuples()}
    rows = []
    for plan in frames.plans.itertuples():
        for day in DAYS:
            key = (int(plan.plan_id), day)
            when = promised[key]
            report_id, status = answer.get(key, (None, None))
            log = written.get(key, {})
            late = (today - when).days
            over = report_id or (key[0] in dropped and day > dropped[key[0]])
            state = _state(late, log, today, rhythm)
            if over:
                state = ANSWERED if report_id else CLOSED
            step = "" if over else _next(late, log, today, rhythm)
            rows.append([
                key[0], plan.programme, plan.closing, plan.city, plan.title,
                int(people.get(plan.plan_id, 0)), day, when, state, late,
                sum(n > 0 for n in log), step, report_id, status,
            ])  # fmt: skip
    table = whole_frame(rows, COLUMNS, may_lack=("report_id", "status"))
    return table.sort_values(["due", "city", "plan_id"], ignore_index=True)


def _state(late: int, log: dict[int, date], today: date, rhythm: Rhythm) -> str:
    if late < -rhythm.notice_before:
        return LATER
    if late < 0:
        return SOON
    if 2 in log and (today - log[2]).days >= rhythm.wait_after:
        return UNKNOWN
    return OVERDUE if late >= rhythm.first_after or 1 in log else OPEN


def _next(late: int, log: dict[int, date], today: date, rhythm: Rhythm) -> str:
    """Return the one mail that a step may get today: never two steps at once."""
    if 2 in log:
        return ""
    if 1 not in log:
        if late >= rhythm.first_after:
            return "reminder 1"
        return "notice" if late >= -rhythm.notice_before and 0 not in log else ""
    waited = (today - log[1]).days >= rhythm.between
    return "reminder 2" if late >= rhythm.second_after and waited else ""

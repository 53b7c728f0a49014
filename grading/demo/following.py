"""A year of follow-up after the simulated week, day by day as it would come."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from course.actionplan import read_plan
from course.followup import plan_facts
from course.followup.report import Report
from course.followup.scale import DAYS
from grading.demo.excel_form import filled_in
from grading.demo.training import PLAN, Say, Training
from grading.demo.year import YEAR, reports
from grading.followup import open_store
from grading.followup.adding import Added, add
from grading.followup.reminding import remind
from grading.followup.starting import start
from grading.followup.store import Store
from grading.state import GradingState


@dataclass
class Year:
    """What the year brought.

    Attributes
    ----------
    end : date
        The day everything is looked at.
    added : list of Added
        Reports in the order they came.
    reminders : Counter
        Kind of reminder -> how many.
    folder : Path
        Dashboard, Excel file, reminders.
    """

    end: date
    folder: Path
    added: list[Added] = field(default_factory=list)
    reminders: Counter[str] = field(default_factory=Counter)


def follow(state: GradingState, training: Training, *, say: Say = print) -> Year:
    """Let a year pass: reports come, reminders go out, the dashboard is written.

    Parameters
    ----------
    state : GradingState
        Of the week, closed.
    training : Training
        The week.
    say : callable
        Told what happens.
    """
    closing = training.programme.end
    assert closing is not None
    folder = training.folder / "follow-up"
    sent = training.folder / "follow-up" / "reports"
    sent.mkdir(parents=True, exist_ok=True)
    year = Year(closing + timedelta(days=DAYS[-1] + 60), folder)
    with open_store() as store:
        _start(state, training, store, closing)
        coming = sorted(_coming(state, training, closing), key=lambda entry: entry[0])
        checks = [closing + timedelta(days=d + after) for d in DAYS for after in (1, 15, 30)]
        for day in sorted({day for day, *_ in coming} | set(checks)):
            for _, town, report in (entry for entry in coming if entry[0] == day):
                path = _sent(sent / f"{town}_day_{report.day}", report, store, day)
                year.added.append(add(store, path, on=day))
            if day in checks:
                for written in remind(store, folder / "reminders", on=day):
                    year.reminders[written.what] += 1
        _write(store, year)
    outcomes = Counter(a.outcome for a in year.added)
    say(f"a year later: {dict(outcomes)} reports, reminders {dict(year.reminders)}")
    return year


def _start(state: GradingState, training: Training, store: Store, closing: date) -> None:
    from grading.followup.gathering import gather

    found = gather(state, training.programme.id, closing, simulated=True)
    start(store, found.cohort, found.people, found.plans, places=found.places, on=closing)


def _coming(
    state: GradingState, training: Training, closing: date
) -> list[tuple[date, str, Report]]:
    coming = []
    for official in training.officials:
        path = state.folder("submitted", official.id, PLAN) / "plan.json"
        if official.leads and path.is_file():
            facts = plan_facts.of_plan(read_plan(path))
            town = official.town.id
            for day, report in reports(town, official.id, facts, training.programme.id, closing):
                coming.append((day, town, report))
    return coming


def _sent(stem: Path, report: Report, store: Store, day: date) -> Path:
    """Write the file a city sends: the Excel form that the host made for it, or the notebook's."""
    by_excel = YEAR[stem.name.partition("_day_")[0]].by_excel
    path = _unused(stem.with_name(f"{stem.name}.{'xlsx' if by_excel else 'json'}"))
    content = (
        filled_in(store.frames(day), report.student, report) if by_excel else report.json_bytes()
    )
    path.write_bytes(content)
    return path


def _unused(path: Path) -> Path:
    """Return a path that is free: a correction comes as a second file."""
    number = 2
    free = path
    while free.exists():
        free = path.with_stem(f"{path.stem}_{number}")
        number += 1
    return free


def _write(store: Store, year: Year) -> None:
    from grading.followup import dashboard
    from grading.followup.excel_export import export

    frames = store.frames(year.end)
    dashboard.write(frames, year.folder / "dashboard.html")
    export(frames, year.folder / "follow-up.xlsx")

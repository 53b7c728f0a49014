"""The year after the simulated week: reports at 30, 90, 180 and 365 days.

The reports are files as participants send them, JSON of the notebook form or the Excel
form filled in, and come in through ``followup add``. Some cities report everything, one
answers late, one never, one drops its plan and says why, one corrects a report.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from course.followup.report import ActivityStatus, Report, TableState
from course.followup.scale import DAYS

if TYPE_CHECKING:
    from course.followup.plan_facts import PlanFacts


@dataclass(frozen=True)
class Course:
    """How one plan goes.

    Attributes
    ----------
    status : tuple of str or None
        At each of the four steps; None: no reply.
    progress : tuple of float
        Of the indicator from baseline to target, at day 180 and day 365.
    late_days : int
        After each step the reply comes so many days later.
    obstacle, words : str
        The biggest one, and what is said about it.
    lesson : str
        For other cities, at day 365.
    consent : bool
        Whether other cities may read it.
    corrects : bool
        The report of day 180 is sent again with another value.
    by_excel : bool
        Sends the Excel form, not the notebook's file.
    """

    status: tuple[str | None, str | None, str | None, str | None]
    progress: tuple[float, float] = (0.3, 0.7)
    late_days: int = 3
    obstacle: str = "staff"
    words: str = ""
    lesson: str = ""
    consent: bool = True
    corrects: bool = False
    by_excel: bool = False


# Town -> how its plan goes. Invented, like the towns; the two real packs are used by
# simulated people, and their pages say so.
YEAR: dict[str, Course] = {
    "arvelo": Course(
        ("1", "2", "3", "4"), (0.45, 1.05), obstacle="law",
        lesson="The card office signed first. Without that letter nothing would have moved.",
    ),
    "brenmoor": Course(
        ("1", "1", "2", "3"), (0.1, 0.4), late_days=12, obstacle="money",
        lesson="Begin with the stops that cost nothing to change.", by_excel=True,
    ),
    "mashhad": Course(
        ("1", "2", "3", "3"), (0.35, 0.6), obstacle="data",
        lesson="Count boardings by hand for one week before asking for a system.",
    ),
    "iloilo": Course(
        ("0", "1", "2", "3"), (0.0, 0.5), obstacle="other",
        words="drivers' associations were asked late", by_excel=True,
        lesson="Sit with the drivers in the first week, not in the third month.",
    ),
    "caldhara": Course((None, "1", "1", "2"), (0.05, 0.2), late_days=20, obstacle="politics"),
    "dunwick-bay": Course(("0", "1", None, None), obstacle="staff"),
    "esperell": Course(
        ("1", "1", "2", "3"), (0.2, 0.55), obstacle="supplier", corrects=True,
        lesson="Write the open interface into the tender.",
    ),
    "fenmarra": Course(
        ("2", "3", "4", "4"), (0.9, 1.2), obstacle="data",
        lesson="A small city can finish in half a year when one person owns the table.",
    ),
    "gorivel": Course(
        ("1", "2", "3", "4"), (0.5, 0.95), obstacle="money",
        lesson="Publish the monthly number; the council then defends the budget line.",
    ),
    "hallenport": Course((None, None, None, None)),
    "issamere": Course(
        ("1", "1", "X", None), obstacle="politics",
        words="after the election the line was given to another programme", consent=False,
    ),
}  # fmt: skip


def reports(
    town: str, student: str, facts: PlanFacts, programme: str, closing: date
) -> list[tuple[date, Report]]:
    """Return the reports of one plan with the day each comes in, oldest first.

    Parameters
    ----------
    town : str
        Key of `YEAR`; a town without an entry never replies.
    student : str
        Who sends them.
    facts : PlanFacts
        The plan.
    programme : str
        Its id.
    closing : date
        The last day of the week.
    """
    course = YEAR.get(town, Course((None,) * 4))
    sent = []
    for day, status in zip(DAYS, course.status, strict=True):
        if status is None:
            continue
        comes = closing + timedelta(days=day + course.late_days)
        report = _report(course, status, day, student, facts, programme, closing)
        sent.append((comes, report))
        if course.corrects and day == 180 and report.kpi_value is not None:
            better = round(report.kpi_value * 1.02, 2)
            again = report.model_copy(update={"kpi_value": better, "change": "value recounted"})
            sent.append((comes + timedelta(days=9), again))
    return sent


def _report(
    course: Course,
    status: str,
    day: int,
    student: str,
    facts: PlanFacts,
    programme: str,
    closing: date,
) -> Report:
    due = closing + timedelta(days=day)
    said: dict[str, object] = {
        "programme": programme, "student": student, "day": day, "status": status,
        "obstacle": course.obstacle, "obstacle_text": course.words, "consent": course.consent,
        "proofs": (f"https://{student}.example/day-{day}",) if status in "1234" else (),
        "milestone_on": due - timedelta(days=2) if status in "234" or day == 30 else None,
        "activities": tuple(
            ActivityStatus(number=a.number, status=_of_activity(status, a.number))
            for a in facts.activities
        ),
    }  # fmt: skip
    if day == 30:
        said |= {
            "presented_to": "mayor and heads of units (simulated)",
            "signer": "head of transport (simulated)",
            "kickoff": due - timedelta(days=9),
        }
    if day == 90:
        said |= {"budget_line": "transport 2 (simulated)", "tables": tuple(
            TableState(frame=name, closed=n == 0 and status in "234")
            for n, name in enumerate(facts.tables))}  # fmt: skip
    if day >= 180 and None not in (facts.baseline, facts.target) and status in "1234":
        share = course.progress[0 if day == 180 else 1]
        value = facts.baseline + share * (facts.target - facts.baseline)
        said |= {"kpi_value": round(value, 2), "kpi_on": due - timedelta(days=5),
                 "kpi_source": "own count (simulated)"}  # fmt: skip
    if day == 365 and status in "1234":
        said |= {"lesson": course.lesson, "people_served": 12_000,
                 "cost": round((facts.budget or 0) * 0.9, 2)}  # fmt: skip
    return Report.model_validate(said)


def _of_activity(status: str, number: int) -> str:
    """Return the status of a task: the first ones run ahead of the plan as a whole."""
    if status == "X":
        return "X"
    return str(max(0, min(4, int(status) + (1 if number == 1 else 0) - (number > 3))))

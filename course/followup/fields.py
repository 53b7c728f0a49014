"""The questions of the form, in order: what is asked at which step, and how.

The notebook's form and the Excel template are both drawn from this list.
"""

from __future__ import annotations

from dataclasses import dataclass

from course.followup.scale import DAYS, OBSTACLES, STATUS, status_words

STATUS_MENU = tuple(status_words(code) for code in STATUS)
OBSTACLE_MENU = tuple(OBSTACLES.values())
YES_NO = ("yes", "no")


@dataclass(frozen=True)
class Question:
    """One question.

    Parameters
    ----------
    id : str
        The field of the report it fills.
    label, hint : str
        What is asked, and how to answer.
    kind : str
        menu, text, long, date, number, count or proofs.
    days : tuple of int
        The steps it is asked at.
    menu : tuple of str
        The answers to choose from.
    needed : bool
        Whether a report cannot do without it.
    part : str
        The heading it stands under.
    """

    id: str
    label: str
    kind: str
    hint: str = ""
    days: tuple[int, ...] = DAYS
    menu: tuple[str, ...] = ()
    needed: bool = False
    part: str = "The plan"


_DATE = "Year-month-day, for example 2026-04-30."
_LATE = (180, 365)

QUESTIONS: tuple[Question, ...] = (
    Question(
        "status", "Status of the plan", "menu", "Where the plan stands today.",
        menu=STATUS_MENU, needed=True,
    ),
    Question(
        "milestone_on", "Milestone of this step reached on", "date",
        f"{_DATE} Leave it empty if it is not reached yet.",
    ),
    Question(
        "proofs", "Proof", "proofs",
        "An address (https://…) or the name of a file you send along. We never open it by itself.",
    ),
    Question(
        "obstacle", "Biggest obstacle", "menu", "Choose one.", menu=OBSTACLE_MENU, needed=True,
        part="What helps, what hinders",
    ),
    Question(
        "obstacle_text", "About the obstacle", "long",
        "Needed for “other”, and where the plan was dropped: say why.",
        part="What helps, what hinders",
    ),
    Question(
        "change", "Change to the plan", "long", "What you do differently now. Empty: no change.",
        part="What helps, what hinders",
    ),
    Question(
        "help_wanted", "Help wanted", "long", "From whom, and what.",
        part="What helps, what hinders",
    ),
    Question("presented_to", "Plan presented to", "text", "Whom, and when.", (30,), part="Day 30"),
    Question("signer", "Signer", "text", "Who has signed, or who will.", (30,), part="Day 30"),
    Question("kickoff", "Kick-off date", "date", _DATE, (30,), part="Day 30"),
    Question("budget_line", "Budget line", "text", "Its name or number.", (90,), part="Day 90"),
    Question("partners", "Partners", "long", "Who has joined.", (90,), part="Day 90"),
    Question(
        "kpi_value", "Value of your indicator", "number", "A number, with a point: 27.5.", _LATE,
        part="Results",
    ),
    Question("kpi_on", "Date of that value", "date", _DATE, _LATE, part="Results"),
    Question(
        "kpi_source", "Source of that value", "text", "Which office or record.", _LATE,
        part="Results",
    ),
    Question(
        "behaviour", "What officials do differently", "long",
        "One thing that has changed in daily work.", (180,), part="Results",
    ),
    Question(
        "people_served", "People served", "count", "A whole number.", (365,), part="Results"
    ),
    Question(
        "cost", "Cost so far", "number", "In the currency of your plan.", (365,), part="Results"
    ),
    Question(
        "lesson", "Lesson for other cities", "long", "What you would tell a colleague abroad.",
        (365,), part="Results",
    ),
    Question(
        "consent", "May we share status and lesson with other cities", "menu",
        "No: only the course team reads it.", menu=YES_NO, needed=True, part="Sharing",
    ),
)  # fmt: skip

TABLE_DAYS = (90, 180, 365)  # steps at which the synthetic tables are asked about


def asked(day: int) -> tuple[Question, ...]:
    """Return the questions of one step.

    >>> [q.id for q in asked(30)][:3], len(asked(365)) > len(asked(90))
    (['status', 'milestone_on', 'proofs'], True)
    """
    return tuple(q for q in QUESTIONS if day in q.days)

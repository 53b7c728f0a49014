"""The two kinds of plan, strict as they are handed in: action plan and cooperation note.

This is the one definition. The draft, the form, the JSON Schema, the documents and the
marking read their fields from here. Every field says which module feeds it; fields that
only a programme with that module asks for are optional here and named by `asked_by`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from course.actionplan import parts
from course.actionplan.rules import cross_faults
from course.actionplan.words import Day, Line, line, listed, words

SCHEMA_VERSION = 1
FILE_NAME = "plan.json"

# the field, the number of the module that feeds it, needed in any programme
FED_BY = {
    "data_readiness": ("00", True), "policy_context": ("01", True), "citizens": ("02", False),
    "phases": ("03", False), "finance": ("04", True), "data_sharing": ("05", False),
    "pilot_service": ("06", False), "security": ("07", True), "technology": ("08", False),
    "operations_kpi": ("09", False), "fare_policy": ("10", False), "equity": ("11", True),
    "integration": ("12", False),
}  # fmt: skip

_Cause = Annotated[Line, StringConstraints(min_length=1, max_length=300)]


class _Plan(parts.Part):
    """What both kinds share."""

    schema_version: Literal[1] = words(
        "Version", "The version of this form.", "Write 1.", default=SCHEMA_VERSION
    )
    title: Line = line(
        "Title", "What changes, in 10 to 80 signs.", "Write a title of 10 to 80 signs.",
        min_length=10, max_length=80,
    )  # fmt: skip
    city: Line = line("City", "The city that carries it out.", "Which city? Write its name.")
    date: Day = words(
        "Date of the plan", "Days and months of the plan count from here.",
        "Write the day as 2026-11-30.",
    )  # fmt: skip
    team: list[parts.Member] = listed(
        "Team", "One to five people; one of them signs.", "Write who makes the plan.",
        row="member", min_length=1, max_length=5,
    )  # fmt: skip
    problem: parts.Trouble = words(
        "Problem", "What is wrong, with a number, its year and its source.",
        "Write the problem with its number.",
    )  # fmt: skip
    objective: parts.Objective = words(
        "Objective", "What changes, from which number to which, by when.",
        "Write the objective with baseline, target and date.",
    )  # fmt: skip
    milestones: parts.Milestones = words(
        "Milestones", "What can be seen 30, 90, 180 and 365 days after the date of the plan.",
        "Write what can be seen on the four days.",
    )  # fmt: skip
    help_wanted: list[parts.Help] = listed(
        "Help wanted", "What you ask of others; at least one item is not money.",
        "Ask for at least one thing that is not money.", row="request", min_length=1,
    )  # fmt: skip

    @model_validator(mode="after")
    def _whole(self) -> _Plan:
        found = cross_faults({name: getattr(self, name) for name in type(self).model_fields})
        if found:
            field, sentence = found[0]
            raise PydanticCustomError(
                "cross", sentence.replace("{", "(").replace("}", ")"), {"at": field}
            )
        return self


class ActionPlan(_Plan):
    """An action plan as it is handed in: one object per city or team.

    Notes
    -----
    Fields and rules are those of the course's curriculum, section "Action plan". Money is
    in ``finance.currency``; months count from ``date``.
    """

    kind: Literal["action_plan"] = words(
        "Kind", "action_plan or cooperation_note.", "Write action_plan.", default="action_plan"
    )
    root_causes: list[_Cause] = listed(
        "Root causes", "Two to five causes of the problem.", "Write two to five causes.",
        row="cause", min_length=2, max_length=5,
    )  # fmt: skip
    data_readiness: list[parts.Readiness] = listed(
        "Data readiness", "Three tables or more that the plan rests on.",
        "Name three tables or more.", row="table", min_length=3,
    )  # fmt: skip
    policy_context: parts.PolicyContext = words(
        "Policy context", "The rule the plan stands on.", "Name the rule the plan stands on."
    )
    citizens: parts.Citizens | None = words(
        "Citizens", "How people speak and are answered.",
        "Fill in channel, rule, days and offline share.", default=None,
    )  # fmt: skip
    phases: list[parts.Phase] | None = listed(
        "Phases", "Projects in order, each with a stop rule.", "Name at least one project.",
        row="phase", default=None, min_length=1,
    )  # fmt: skip
    finance: parts.Finance = words(
        "Finance", "What it costs and who pays.", "Write cost and sources."
    )
    data_sharing: list[parts.DataSharing] | None = listed(
        "Data sharing", "Tables you share, and how people in them are protected.",
        "Name at least one table.", row="table", default=None, min_length=1,
    )  # fmt: skip
    pilot_service: parts.PilotService | None = words(
        "Pilot service", "The night service of a pilot.", "Fill in area, routes, buses and share.",
        default=None,
    )  # fmt: skip
    security: list[parts.Security] = listed(
        "Security", "Two things worth protecting, or more.", "Name two things or more.",
        row="thing", min_length=2,
    )  # fmt: skip
    technology: parts.Technology | None = words(
        "Technology", "A new technology and the simple rule it must beat.",
        "Fill in use, both numbers, stop rule and review.", default=None,
    )  # fmt: skip
    operations_kpi: list[parts.OperationsKpi] | None = listed(
        "Operations", "Indicators of daily operation.", "Name at least one indicator.",
        row="indicator", default=None, min_length=1,
    )  # fmt: skip
    fare_policy: parts.FarePlan | None = words(
        "Fare policy", "The fare of module 10.", "Copy the design of module 10.", default=None
    )
    equity: parts.Equity = words(
        "Equity", "The group that must not lose.", "Name the group and its indicator."
    )
    integration: parts.Integration | None = words(
        "Integration", "Systems that share one key.", "Fill in systems, key, share and signer.",
        default=None,
    )  # fmt: skip
    seoul_practice: parts.SeoulPractice = words(
        "Seoul practice", "What you saw, and what must differ at home.",
        "Name a practice and what must differ.",
    )  # fmt: skip
    stakeholders: list[parts.Stakeholder] = listed(
        "Stakeholders", "Four or more who can help or stop it.", "Name four or more.",
        row="stakeholder", min_length=4,
    )  # fmt: skip
    activities: list[parts.Activity] = listed(
        "Activities", "Tasks with owner, dates and cost.", "Write at least one task.",
        row="activity", min_length=1,
    )  # fmt: skip
    risks: list[parts.Risk] = listed(
        "Risks", "What may go wrong; an answer from chance x harm = 12.",
        "Write at least one risk.", row="risk", min_length=1,
    )  # fmt: skip
    legal_privacy: Line = line(
        "Law and privacy", "What the law asks, in 40 to 600 signs.",
        "Write 40 to 600 signs on law and personal data.", min_length=40, max_length=600,
    )  # fmt: skip
    pilot: parts.Pilot | None = words(
        "Pilot zones", "Drawn in the lab of module 13.", "Choose zones in the lab.", default=None
    )


class CooperationNote(_Plan):
    """A note between two cities: who offers what, the first joint step, contact and date."""

    kind: Literal["cooperation_note"] = words(
        "Kind", "action_plan or cooperation_note.", "Write cooperation_note.",
        default="cooperation_note",
    )  # fmt: skip
    partner: Line = line("Partner", "The other city or agency.", "With whom? Name the partner.")
    offers: list[parts.Offer] = listed(
        "Offers", "Who gives what; both sides give something.",
        "Write one offer of each side.", row="offer", min_length=2,
    )  # fmt: skip
    first_step: parts.FirstStep = words(
        "First joint step", "What both sides do first.", "Write the first joint step."
    )
    contact: parts.Contact = words(
        "Contact", "Whom the other side calls.", "Name the contact."
    )  # fmt: skip
    integration: parts.Integration = words(
        "Integration", "Systems that share one key.", "Fill in systems, key, share and signer."
    )
    data_sharing: list[parts.DataSharing] = listed(
        "Data sharing", "Tables you share, and how people in them are protected.",
        "Name at least one table.", row="table", min_length=1,
    )  # fmt: skip


KINDS: dict[str, type[ActionPlan] | type[CooperationNote]] = {
    "action_plan": ActionPlan,
    "cooperation_note": CooperationNote,
}


def asked_by(modules: Iterable[str]) -> tuple[str, ...]:
    """Return the fields that are needed because a programme holds their module.

    Parameters
    ----------
    modules : iterable of str
        Module ids or numbers, such as ``10_integrated_fares`` or ``10``.

    Returns
    -------
    tuple of str
        In the order of the plan; the fields needed in any programme are not among them.

    Examples
    --------
    >>> asked_by(["02_citizen_participation", "00_orientation"])
    ('citizens',)
    """
    numbers = {str(m)[:2] for m in modules}
    return tuple(f for f, (number, always) in FED_BY.items() if not always and number in numbers)


def new_date() -> dt.date:
    """Return today, the date of a plan that begins."""
    return dt.date.today()

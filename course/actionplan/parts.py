"""The rows and boxes of a plan, each in the file of its idea; all under one name here."""

from __future__ import annotations

from course.actionplan.part import LONGEST_MONTHS, Part
from course.actionplan.part_money import SHARE_SLACK, FarePlan, Finance, Source
from course.actionplan.part_people import Citizens, Equity, Help, Member, Stakeholder
from course.actionplan.part_problem import (
    Objective,
    PolicyContext,
    Readiness,
    SeoulPractice,
    Trouble,
)
from course.actionplan.part_systems import (
    SMALLEST_GROUP,
    DataSharing,
    Integration,
    OperationsKpi,
    PilotService,
    Security,
    Technology,
)
from course.actionplan.part_together import Contact, FirstStep, Offer
from course.actionplan.part_work import RISK_LINE, Activity, Milestones, Phase, Pilot, Risk

__all__ = [
    "LONGEST_MONTHS",
    "RISK_LINE",
    "SHARE_SLACK",
    "SMALLEST_GROUP",
    "Activity",
    "Citizens",
    "Contact",
    "DataSharing",
    "Equity",
    "FarePlan",
    "Finance",
    "FirstStep",
    "Help",
    "Integration",
    "Member",
    "Milestones",
    "Objective",
    "Offer",
    "OperationsKpi",
    "Part",
    "Phase",
    "Pilot",
    "PilotService",
    "PolicyContext",
    "Readiness",
    "Risk",
    "Security",
    "SeoulPractice",
    "Source",
    "Stakeholder",
    "Technology",
    "Trouble",
]

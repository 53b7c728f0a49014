"""What is done when: phases, activities, risks, milestones, the pilot.

Phases count months from the date of the plan, month 1 first.
"""

from __future__ import annotations

import re

from pydantic import model_validator

from course.actionplan.part import LONGEST_MONTHS, Part
from course.actionplan.words import Day, Line, Number, Whole, fault, line, listed, words

RISK_LINE = 12  # chance times harm from which an answer is needed


class Phase(Part):
    """One project of the sequence; months count from the date of the plan."""

    project: Line = line("Project", "A short name.", "Name the project.")
    start: Whole = words(
        "First month", "1 is the month after the date of the plan.",
        "Give a month from 1 to 24.", ge=1, le=LONGEST_MONTHS,
    )  # fmt: skip
    months: Whole = words(
        "Months", "How long it takes.", "Give 1 to 24 months.", ge=1, le=LONGEST_MONTHS
    )
    needs: list[Line] = listed(
        "Needs", "Projects of this list that must be done before.",
        "Write names of other projects of the list.", row="need",
        default_factory=list,
    )  # fmt: skip
    stop_rule: Line = line(
        "Stop rule", "The number at which you end it.",
        "At which number do you stop {row}? Write it with the number.",
    )  # fmt: skip

    @model_validator(mode="after")
    def _has_number(self) -> Phase:
        if not re.search(r"\d", self.stop_rule):
            raise fault(f"The stop rule of {self.project!r} has no number.")
        return self


class Activity(Part):
    """One task with an owner, two dates and a cost."""

    task: Line = line("Task", "What is done.", "Write the task.")
    owner: Line = line("Owner", "A person or an office.", "Who? Name the owner of {row}.")
    start: Day = words("Start", "First day.", "Write the first day.")
    end: Day = words("End", "Last day.", "Write the last day.")
    cost: Number = words(
        "Cost", "In the plan's currency; 0 where it costs nothing.", "Write the cost, 0 or more.",
        ge=0,
    )  # fmt: skip

    @model_validator(mode="after")
    def _in_order(self) -> Activity:
        if self.end < self.start:
            raise fault(f"{self.task!r} ends before it starts.")
        return self


class Risk(Part):
    """One thing that may go wrong."""

    text: Line = line("Risk", "What may happen.", "Write what may happen.", max_length=400)
    p: Whole = words(
        "Chance", "1 (rare) to 5 (nearly sure).", "Give a whole number from 1 to 5.", ge=1, le=5
    )
    i: Whole = words(
        "Harm", "1 (small) to 5 (ends the plan).", "Give a whole number from 1 to 5.", ge=1, le=5
    )
    answer: Line = line(
        "Answer", "What you do; needed from chance x harm = 12.",
        "Write an answer to {row}.", default="", min_length=0, max_length=400,
    )  # fmt: skip

    @property
    def score(self) -> int:
        """Return chance times harm."""
        return self.p * self.i

    @model_validator(mode="after")
    def _answered(self) -> Risk:
        if self.score >= RISK_LINE and not self.answer:
            raise fault(f"Chance x harm is {self.score}, and the risk has no answer.")
        return self


class Milestones(Part):
    """Proof that can be seen on four days, counted from the date of the plan."""

    d30: Line = line("Day 30", "Proof that can be seen.", "What can be seen on day 30?")
    d90: Line = line("Day 90", "Proof that can be seen.", "What can be seen on day 90?")
    d180: Line = line("Day 180", "Proof that can be seen.", "What can be seen on day 180?")
    d365: Line = line("Day 365", "Proof that can be seen.", "What can be seen on day 365?")


class Pilot(Part):
    """The pilot as the lab of module 13 draws it."""

    zones: list[Line] = listed(
        "Pilot zones", "Zones of your city pack.", "Choose zones on the map.", row="zone",
        max_length=2000, default_factory=list,
    )  # fmt: skip
    people: Whole | None = words(
        "People reached", "Residents of the pilot zones.", "Give a whole number.",
        default=None, ge=0,
    )  # fmt: skip
    months: Whole = words("Months", "Length of the pilot.", "Give 1 to 24 months.", default=12,
                          ge=1, le=LONGEST_MONTHS)  # fmt: skip
    contingency_pct: Number = words(
        "Contingency (%)", "Kept back on all cost, 0 to 30 %.", "Give 0 to 30 %.",
        default=10.0, ge=0, le=30,
    )  # fmt: skip

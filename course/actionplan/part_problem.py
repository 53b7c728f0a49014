"""Problem and objective of a plan, with the tables, rules and practice they rest on."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from course.actionplan.part import Part
from course.actionplan.words import Day, Line, Number, Whole, fault, line, words


class Trouble(Part):
    """The problem: one text, one number, its year and source."""

    text: Line = line(
        "Problem", "What is wrong, where, and for whom; at most 400 signs.",
        "Write the problem in at most 400 signs.", max_length=400,
    )  # fmt: skip
    value: Number = words(
        "Number", "The number that shows the problem.", "A problem has a number: add one."
    )
    unit: Line = line("Unit", "Such as minutes or % of trips.", "Write the unit of the number.")
    year: Whole = words(
        "Year", "The year the number is of.", "Write the year as four digits.", ge=1900, le=2100
    )
    source: Line = line(
        "Source", "Who published or counted it.", "Who says so? Name the source of the number."
    )


class Objective(Part):
    """What changes, from which number to which, by which day."""

    indicator: Line = line("Indicator", "What is measured.", "Name what is measured.")
    unit: Line = line("Unit", "Such as % of trips.", "Write the unit of the indicator.")
    baseline: Number = words("Baseline", "The value today.", "Write today's value.")
    target: Number = words("Target", "The value you promise.", "Write the value you promise.")
    date: Day = words(
        "Date", "The day of the target, at most 24 months after the plan.",
        "By when? Write a day in the next 24 months.",
    )  # fmt: skip
    source: Line = line(
        "Measured by", "Who measures it, and in which record.",
        "Who measures? Name the office and the record.",
    )  # fmt: skip

    @model_validator(mode="after")
    def _moves(self) -> Objective:
        if self.baseline == self.target:
            raise fault("The target of the objective equals its baseline.")
        return self


class Readiness(Part):
    """One table the plan rests on, and who makes it ready."""

    frame: Line = line("Table", "Such as rides or zones.", "Which table? Name it.")
    origin: Literal["real", "facts", "synthetic", "missing"] = words(
        "Origin", "Where the table comes from today.",
        "Choose real, facts, synthetic or missing.",
    )  # fmt: skip
    owner: Line = line("Owner", "Who holds the table.", "Who? Name the owner of {row}.")
    fix_by: Day = words(
        "Ready by", "The day by which it is good enough for a decision.",
        "By when? Write a day after the date of the plan.",
    )  # fmt: skip


class PolicyContext(Part):
    """The rule the plan stands on."""

    instrument: Line = line(
        "Instrument", "Ordinance, plan, circular or contract.", "Name the instrument."
    )
    legal_basis: Line = line("Legal basis", "The law or article.", "Name the law or article.")
    maturity: Whole = words(
        "Maturity", "From 1 (no rule) to 5 (in force, measured).",
        "Give a whole number from 1 to 5.", ge=1, le=5,
    )  # fmt: skip


class SeoulPractice(Part):
    """What was seen in Seoul, and what must differ at home."""

    practice: Line = line("Practice", "What you saw or read.", "Name the practice.")
    what_must_differ: Line = line(
        "What must differ", "Why a copy would fail in your city; 40 signs or more.",
        "Write what must differ at home, in 40 signs or more.", min_length=40, max_length=600,
    )  # fmt: skip
    source_year: Whole = words(
        "Year of the source", "The year of what you saw or read.",
        "Write the year as four digits.", ge=1900, le=2100,
    )  # fmt: skip

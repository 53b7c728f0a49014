"""Tables, services and systems of a plan, and how they are protected."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from course.actionplan.part import Part
from course.actionplan.words import Line, Number, Whole, fault, line, listed, words

SMALLEST_GROUP = 5  # people: fewer in one count could be known


class DataSharing(Part):
    """One table that is shared, and how people in it are protected."""

    dataset: Line = line("Table", "What is shared.", "Which table? Name it.")
    level: Line = line("Level", "Such as stop and hour.", "Write how fine the table is.")
    persons: bool = words(
        "About persons", "The table is made from records of persons.", "Answer yes or no.",
        default=True,
    )  # fmt: skip
    k: Whole | None = words(
        "Smallest group (k)", "Counts under this number are hidden; 5 or more for persons.",
        "Give a whole number, 5 or more where the table is about persons.", default=None, ge=1,
    )  # fmt: skip
    delay_days: Whole = words(
        "Delay (days)", "Days between the event and its publication.",
        "Give 0 or more days.", ge=0, le=3650,
    )  # fmt: skip
    licence: Line = line("Licence", "What others may do with it.", "Name the licence.")
    owner: Line = line("Owner", "Who answers for it.", "Who? Name the owner of {row}.")

    @model_validator(mode="after")
    def _protects(self) -> DataSharing:
        if self.persons and (self.k is None or self.k < SMALLEST_GROUP):
            raise fault(f"{self.dataset!r} is about persons, and its smallest group is under 5.")
        return self


class PilotService(Part):
    """The night service of a pilot."""

    area: Line = line("Area", "Where the pilot runs.", "Name the area.")
    routes: list[Line] = listed(
        "Routes", "One route each line.", "Name at least one route.", row="route", min_length=1
    )
    fleet: Whole = words("Buses", "Buses of all routes.", "Give 1 bus or more.", ge=1, le=100_000)
    coverage_pct: Number = words(
        "Trips served (%)", "Share of night trips that are served.",
        "Give a share from 0 to 100.", ge=0, le=100,
    )  # fmt: skip


class Security(Part):
    """One thing worth protecting."""

    asset: Line = line("What", "A system or a table.", "Name what is protected.")
    band: Literal["low", "medium", "high"] = words(
        "Risk", "low, medium or high.", "Choose low, medium or high."
    )
    measure: Line = line("Measure", "What is done.", "Write the measure.")
    owner: Line = line("Owner", "Who does it.", "Who? Name the owner of {row}.")


class Technology(Part):
    """A new technology, and the simple rule it must beat."""

    use: Line = line("Use", "What it decides or shows.", "Write what it is used for.")
    baseline: Number = words(
        "Simple rule reaches", "The result of the simple rule.",
        "Write what the simple rule reaches, as a number.",
    )  # fmt: skip
    target: Number = words(
        "It must reach", "The result that makes it worth its price.",
        "Write what it must reach, as a number.",
    )  # fmt: skip
    stop_rule: Line = line("Stop rule", "When you end it.", "Write when you end it.")
    human_review: Line = line(
        "Human review", "Who looks at its answers before they count.", "Who looks? Name them."
    )


class OperationsKpi(Part):
    """One indicator of daily operation."""

    kpi: Line = line("Indicator", "Such as excess wait.", "Name the indicator.")
    target: Number = words("Target", "The value to keep.", "Write the target as a number.")
    unit: Line = line("Unit", "Such as min.", "Write the unit of {row}.")
    where: Line = line("Where", "Lines or stops it is measured at.", "Where is it measured?")


class Integration(Part):
    """Systems that share one key."""

    systems: list[Line] = listed(
        "Systems", "Two systems or more, one each line.", "Name two systems or more.",
        row="system", min_length=2,
    )  # fmt: skip
    shared_key: Line = line("Shared key", "The code that both hold.", "Name the shared key.")
    match_pct: Number = words(
        "Rows that match (%)", "Share of rows whose key is found in the other system.",
        "Give a share from 0 to 100.", ge=0, le=100,
    )  # fmt: skip
    signer: Line = line("Signer", "Who signs the agreement.", "Who signs? Name the office.")

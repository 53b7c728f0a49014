"""The order in which a plan is filled in and read: sections and their fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

_ACTION_PLAN = (
    ("What and who", ("title", "city", "date", "team")),
    ("The problem", ("problem", "root_causes", "policy_context", "seoul_practice")),
    ("What changes", ("objective", "equity", "citizens")),
    ("How", ("activities", "phases", "pilot", "pilot_service", "fare_policy", "integration",
             "technology", "operations_kpi")),
    ("Money", ("finance",)),
    ("Data, law and safety", ("data_readiness", "data_sharing", "security", "legal_privacy")),
    ("People and risks", ("stakeholders", "risks")),
    ("After the week", ("milestones", "help_wanted")),
)  # fmt: skip
_NOTE = (
    ("What and who", ("title", "city", "partner", "date", "team", "contact")),
    ("The problem", ("problem", "objective")),
    ("Together", ("offers", "first_step", "integration", "data_sharing")),
    ("After the week", ("milestones", "help_wanted")),
)


@dataclass(frozen=True)
class Section:
    """One section of the form and of the document."""

    title: str
    fields: tuple[str, ...]


def sections(kind: Any) -> tuple[Section, ...]:
    """Return the sections of a kind, given its name or its model."""
    name = kind if isinstance(kind, str) else kind.model_fields["kind"].default
    rows = _NOTE if name == "cooperation_note" else _ACTION_PLAN
    return tuple(Section(title, fields) for title, fields in rows)

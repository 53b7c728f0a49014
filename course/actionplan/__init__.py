"""The action plan: one definition of its fields, its form, its checks and its exports.

``read_plan`` reads a plan strictly, ``read_draft`` as far as it is written; ``problems``
says what is missing in plain words. Names are loaded when they are first used.
"""

from __future__ import annotations

import importlib
from typing import Any

# the module that holds a name -> public names
_OF = {
    "calls": (
        "asked",
        "budget",
        "check",
        "gantt",
        "lab",
        "load",
        "power_interest",
        "preview",
        "risks",
        "set_pilot",
        "show",
    ),
    "exporting": ("export",),
    "faults": (
        "Problem",
        "problems",
    ),
    "fitting": ("draft_model",),
    "model": (
        "ActionPlan",
        "CooperationNote",
        "asked_by",
    ),
    "outline": ("sections",),
    "page": ("plan_html",),
    "plan_form": ("form",),
    "reading": (
        "Draft",
        "PlanFault",
        "read_draft",
        "read_plan",
    ),
    "rubric": (
        "Rubric",
        "find_rubric",
        "load_rubric",
    ),
    "sample_plan": (
        "sample",
        "sample_note",
    ),
    "schema": ("json_schema",),
    "smart_check": ("smart",),
    "sums": (
        "budget_gap",
        "progress_pct",
        "risk_score",
    ),
    "team": (
        "export_part",
        "import_part",
    ),
}
_LAZY = {name: module for module, names in _OF.items() for name in names}

__all__ = sorted(_LAZY)


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'course.actionplan' has no attribute {name!r}")
    found = getattr(importlib.import_module(f"course.actionplan.{_LAZY[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted(set(__all__) | set(globals()))

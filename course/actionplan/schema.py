"""The plan as JSON Schema, for other programs that read or write plans."""

from __future__ import annotations

from typing import Any

from course.actionplan.fitting import draft_model
from course.actionplan.model import KINDS


def json_schema(kind: str = "action_plan", *, draft: bool = False) -> dict[str, Any]:
    """Return the JSON Schema of a kind of plan.

    Parameters
    ----------
    kind : str
        ``action_plan`` or ``cooperation_note``.
    draft : bool
        The relaxed schema in place of the strict one.

    Returns
    -------
    dict
        JSON Schema 2020-12. Rules between fields (money adds up, no circle of phases) are
        not expressible there; `problems` checks them.
    """
    model = draft_model(KINDS[kind]) if draft else KINDS[kind]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **model.model_json_schema(),
    }

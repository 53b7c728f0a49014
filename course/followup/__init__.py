"""Follow-up of an action plan: what a participant reports at day 30, 90, 180 and 365."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from course.followup.form import FollowUpForm, form

__all__ = ["FollowUpForm", "form"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        # the form brings widgets along; the host reads reports without them
        import importlib

        found = getattr(importlib.import_module("course.followup.form"), name)
        globals()[name] = found
        return found
    raise AttributeError(f"module 'course.followup' has no attribute {name!r}")

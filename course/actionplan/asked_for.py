"""What the programme of this workspace asks of a plan."""

from __future__ import annotations


def programme_modules() -> tuple[str, ...]:
    """Return the modules that stand and that the programme of this workspace names.

    A self-learner without a programme, or one that cannot be read, is asked for nothing
    that only some programmes ask.
    """
    try:
        from course import catalogue
        from course.programme import Programme

        named = set(Programme.open().module_ids)
        ready = {m.id for m in catalogue.modules() if m.status == "ready"}
    except Exception:  # a plan must open where a programme does not
        return ()
    return tuple(sorted(named & ready))


def programme_kind() -> str:
    """Return the kind of plan the programme asks for; an action plan where it asks for none."""
    try:
        from course.programme import Programme

        return Programme.open().plan or "action_plan"
    except Exception:  # as above
        return "action_plan"

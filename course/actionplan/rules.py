"""Rules that look at more than one field, as pure functions over valid parts.

Each takes what stands of a plan (field name -> valid part) and returns (field, sentence)
for what does not fit; a rule whose parts are missing says nothing.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

MOST_MONTHS = 24

Faults = Iterator[tuple[str, str]]


def months_after(day: dt.date, months: int) -> dt.date:
    """Return the same day some months later, the last of a shorter month.

    >>> months_after(dt.date(2026, 1, 31), 1)
    datetime.date(2026, 2, 28)
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return dt.date(year, month + 1, min(day.day, last))


def circle(needs: Mapping[str, Iterable[str]]) -> list[str]:
    """Return projects that wait for one another, in order; empty when there is no circle.

    >>> circle({"a": ["b"], "b": ["a"], "c": []})
    ['a', 'b', 'a']
    >>> circle({"a": [], "b": ["a"]})
    []
    """
    done: set[str] = set()
    for start in needs:
        path: list[str] = []
        trail = [(start, iter(needs.get(start, ())))]
        while trail:
            name, rest = trail[-1]
            if not path or path[-1] != name:
                path.append(name)
            following = next((n for n in rest if n in needs and n not in done), None)
            if following is None:
                done.add(name)
                path.pop()
                trail.pop()
            elif following in path:
                return [*path[path.index(following) :], following]
            else:
                trail.append((following, iter(needs[following])))
    return []


def _signs(plan: Mapping[str, Any]) -> Faults:
    team = plan.get("team")
    if not team:
        return
    signers = sum(m.signs for m in team)
    if signers != 1:
        who = "Nobody signs" if not signers else f"{signers} people sign"
        yield "team", f"{who} the plan; one person does."
    if len(team) > 1:
        for number, member in enumerate(team):
            if not member.part:
                yield f"team[{number}].part", f"{member.name} has no named part of the plan."


def _days(plan: Mapping[str, Any]) -> Faults:
    day = plan.get("date")
    if day is None:
        return
    for number, row in enumerate(plan.get("data_readiness") or ()):
        if row.fix_by <= day:
            yield (
                f"data_readiness[{number}].fix_by",
                f"{row.frame!r} is to be ready on {row.fix_by}, not after the plan ({day}).",
            )
    objective = plan.get("objective")
    if objective is None:
        return
    if objective.date <= day:
        yield "objective.date", f"The target's day {objective.date} is not after the plan ({day})."
    elif objective.date > months_after(day, MOST_MONTHS):
        yield (
            "objective.date",
            f"The target's day {objective.date} is more than {MOST_MONTHS} months after the plan.",
        )


def _sources_of_numbers(plan: Mapping[str, Any]) -> Faults:
    day, problem = plan.get("date"), plan.get("problem")
    if day is not None and problem is not None and problem.year > day.year:
        yield "problem.year", f"The number of the problem is of {problem.year}, after the plan."


def _phases(plan: Mapping[str, Any]) -> Faults:
    phases = plan.get("phases")
    if not phases:
        return
    names = [p.project for p in phases]
    for number, phase in enumerate(phases):
        if phase.project in names[:number]:
            yield f"phases[{number}].project", f"Two phases are named {phase.project!r}."
        for need in phase.needs:
            if need not in names:
                yield (
                    f"phases[{number}].needs",
                    f"{phase.project!r} needs {need!r}, which is no phase of the plan.",
                )
    if round_trip := circle({p.project: p.needs for p in phases}):
        yield "phases", f"Phases wait for one another: {' needs '.join(round_trip)}."
        return
    begins = {p.project: p for p in phases}
    for number, phase in enumerate(phases):
        for need in phase.needs:
            before = begins.get(need)
            if before is not None and phase.start < before.start + before.months:
                yield (
                    f"phases[{number}].start",
                    f"{phase.project!r} starts in month {phase.start}, before {need!r} is done "
                    f"(month {before.start + before.months - 1}).",
                )


def _costs(plan: Mapping[str, Any]) -> Faults:
    finance, activities = plan.get("finance"), plan.get("activities")
    if finance is None or not activities:
        return
    costs = sum(a.cost for a in activities)
    if costs > finance.total * (1 + 1e-9) + 0.005:
        yield (
            "activities",
            f"The activities cost {costs:,.2f} together; the budget holds {finance.total:,.2f}.",
        )


def _help(plan: Mapping[str, Any]) -> Faults:
    wanted = plan.get("help_wanted")
    if wanted and all(item.money for item in wanted):
        yield "help_wanted", "All help that is asked for is money."


def _offers(plan: Mapping[str, Any]) -> Faults:
    offers = plan.get("offers")
    if offers and len({o.who.casefold() for o in offers}) < 2:
        yield "offers", "Only one side offers something."
    day, step = plan.get("date"), plan.get("first_step")
    if day is not None and step is not None and step.by_when < day:
        yield "first_step.by_when", f"The first step ({step.by_when}) is before the note ({day})."


_RULES: tuple[Callable[[Mapping[str, Any]], Faults], ...] = (
    _signs, _days, _sources_of_numbers, _phases, _costs, _help, _offers,
)  # fmt: skip


def cross_faults(plan: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what does not fit between the parts of a plan.

    Parameters
    ----------
    plan : mapping
        Field -> valid part, or None; fields may be missing.

    Returns
    -------
    list of (str, str)
        The field and one sentence; empty when all fits or nothing stands.
    """
    return [found for rule in _RULES for found in rule(plan)]

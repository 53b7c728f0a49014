"""What the follow-up needs of a plan: activities, promises, indicator, tables to replace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from course.followup import values
from course.followup.scale import DAYS


@dataclass(frozen=True)
class Activity:
    """One task of the plan, numbered from 1 as it stands there."""

    number: int
    task: str
    owner: str = ""
    start: date | None = None
    end: date | None = None
    cost: float | None = None


@dataclass(frozen=True)
class PlanFacts:
    """A plan as the follow-up sees it.

    Parameters
    ----------
    kind, title, city : str
        As in the plan; kind is "action_plan" or "cooperation_note".
    promises : dict of int to str
        The proof promised for each day.
    indicator, unit : str
        Of the objective.
    baseline, target : float or None
        Of the objective.
    tables : tuple of str
        Names of the synthetic tables that the plan wants to replace.
    pillars : tuple of str
        Pillars whose parts of the plan are filled: policy, bigdata, transport.
    """

    kind: str = "action_plan"
    title: str = ""
    city: str = ""
    activities: tuple[Activity, ...] = ()
    promises: Mapping[int, str] | None = None
    indicator: str = ""
    unit: str = ""
    baseline: float | None = None
    target: float | None = None
    tables: tuple[str, ...] = ()
    pillars: tuple[str, ...] = ()
    budget: float | None = None

    def promise(self, day: int) -> str:
        """Return the proof promised for a day; empty when the plan names none."""
        return (self.promises or {}).get(day, "")


# Which parts of a plan belong to which pillar of the course.
_PARTS = {
    "policy": ("citizens", "phases"),
    "bigdata": ("data_sharing", "pilot_service", "technology"),
    "transport": ("operations_kpi", "fare_policy"),
}


def of_plan(plan: object) -> PlanFacts:
    """Return the facts of a plan, strict or draft; what is missing stays empty.

    Parameters
    ----------
    plan : object
        A mapping as in ``plan.json``, or a model with ``model_dump``.
    """
    dump = getattr(plan, "model_dump", None)
    given = dump(mode="json") if callable(dump) else plan
    given = given if isinstance(given, Mapping) else {}
    objective = _mapping(given.get("objective"))
    finance = _mapping(given.get("finance"))
    problem = _mapping(given.get("problem"))
    milestones = _mapping(given.get("milestones"))
    capex, opex, years = (_number(finance.get(k)) for k in ("capex", "opex_per_year", "years"))
    return PlanFacts(
        kind=_words(given.get("kind")) or "action_plan",
        title=_words(given.get("title")),
        city=_words(given.get("city")),
        activities=tuple(
            Activity(
                number,
                _words(row.get("task")),
                _words(row.get("owner")),
                _date(row.get("start")),
                _date(row.get("end")),
                _number(row.get("cost")),
            )
            for number, row in enumerate(_rows(given.get("activities")), start=1)
        ),
        promises={day: said for day in DAYS if (said := _promise(milestones.get(f"d{day}")))},
        indicator=_words(objective.get("indicator")),
        unit=_words(objective.get("unit")) or _words(problem.get("unit")),
        baseline=_number(objective.get("baseline")),
        target=_number(objective.get("target")),
        tables=tuple(
            dict.fromkeys(
                _words(row.get("frame"))
                for row in _rows(given.get("data_readiness"))
                if "synth" in _words(row.get("origin")).casefold() and _words(row.get("frame"))
            )
        ),
        pillars=tuple(p for p, parts in _PARTS.items() if any(given.get(k) for k in parts)),
        budget=None if capex is None else capex + (opex or 0.0) * (years or 0.0),
    )


def _promise(value: object) -> str:
    if isinstance(value, Mapping):
        return _words(value.get("proof")) or _words(value.get("text"))
    return _words(value)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _rows(value: object) -> list[Mapping[str, Any]]:
    found = value if isinstance(value, (list, tuple)) else []
    return [row for row in found if isinstance(row, Mapping)][:60]


def _words(value: object) -> str:
    try:
        return values.text(value, most=10_000)[:600]
    except ValueError:
        return ""


def _number(value: object) -> float | None:
    try:
        return values.number(value)
    except ValueError:
        return None


def _date(value: object) -> date | None:
    try:
        return values.day(value)
    except ValueError:
        return None

"""The plans of the simulated delegations: the sample plan, with another theme for each town.

Every number in them is invented. A thin plan keeps the form's rules and says little, which
is what its markers see.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from course.actionplan.sample_plan import INVENTED, sample_data
from course.city.pack import City
from grading.demo.cast import Official


@dataclass(frozen=True)
class Theme:
    """What one delegation wants to change.

    Attributes
    ----------
    title : str
        Of the plan.
    problem : str
        In words.
    value, unit : float and str
        Its number today.
    indicator : str
        Of the objective; its baseline is the number of the problem.
    target : float
        Of the objective.
    without : tuple of str
        Optional parts that the plan leaves out.
    """

    title: str
    problem: str
    value: float
    unit: str
    indicator: str
    target: float
    without: tuple[str, ...] = ()


_TICKET = Theme(
    "One ticket for two rides",
    "Who changes once pays two full fares, and workers of the outer market pay twice each day.",
    0.0, "%", "riders with a change who pay one fare", 30.0,
)  # fmt: skip
THEMES = {
    "arvelo": _TICKET,
    "brenmoor": Theme(
        "Every request answered with a name",
        "Requests wait three weeks on average, and nobody can say who holds them.",
        21.0, "days", "mean time to an answer", 10.0, ("technology",),
    ),
    "mashhad": Theme(
        "A fare by distance in two steps",
        "Short trips pay the same as long ones, and short trips are most of the trips.",
        0.0, "%", "trips priced by distance", 40.0,
    ),
    "iloilo": Theme(
        "One code list for permits and routes",
        "Four offices keep four lists of the same barangays, and records do not join.",
        55.0, "%", "records that join at the first try", 90.0, ("technology",),
    ),
    "caldhara": Theme(
        "Night routes for people who work",
        "After midnight the hospitals' cleaners walk home: no line runs within 500 m.",
        8.0, "%", "night trips within 500 m of a line", 30.0,
    ),
    "dunwick-bay": Theme(
        "A smarter bay for everybody", "Things could be better.",
        10.0, "points", "smartness", 12.0,
        ("technology", "operations_kpi", "integration", "data_sharing", "phases"),
    ),
    "esperell": Theme(
        "Even buses on line 3",
        "Buses of line 3 come in pairs at 8 in the morning; people wait four minutes too long.",
        4.1, "min", "excess wait, all stops of line 3", 1.5,
    ),
    "fenmarra": Theme(
        "Votes that small streets can win",
        "In three budgets all projects went to the two centres.",
        2.0, "zones", "zones with at least one project", 6.0, ("technology",),
    ),
    "gorivel": Theme(
        "Half-price rides for the lowest incomes",
        "A month of rides to work costs the lowest income group a seventh of its pay.",
        14.0, "% of pay", "monthly cost of the way to work, group 1", 9.0,
    ),
    "hallenport": Theme(
        "A first open timetable",
        "No timetable is published; visitors and residents ask at the stop.",
        0.0, "lines", "lines with a published timetable", 12.0, ("technology",),
    ),
    "issamere": Theme(
        "Counting before building",
        "Stops are built where they are asked for, and nobody counts who boards.",
        5.0, "%", "stops with a count in the last year", 60.0,
    ),
}  # fmt: skip


def plan_of(officials: tuple[Official, ...], city: City, day: date) -> dict[str, Any]:
    """Return the plan of one delegation as JSON values.

    Parameters
    ----------
    officials : tuple of Official
        The delegation; who leads it signs.
    city : City
        Its pack.
    day : date
        The date of the plan.
    """
    leader = next(o for o in officials if o.leads)
    theme = THEMES[leader.town.id]
    data = sample_data(city, date=day)
    data["title"] = f"{theme.title} (simulated)"
    data["city"] = leader.town.title
    data["team"] = [
        {
            "name": o.name, "post": "simulated official", "unit": f"city of {o.town.title}",
            "part": o.part, "signs": o.leads,
        }
        for o in officials
    ]  # fmt: skip
    data["problem"] = {
        "text": theme.problem, "value": theme.value, "unit": theme.unit, "year": day.year - 1,
        "source": f"own count ({INVENTED})",
    }  # fmt: skip
    data["objective"] |= {
        "indicator": theme.indicator, "unit": theme.unit, "baseline": theme.value,
        "target": theme.target, "source": f"own count, each quarter ({INVENTED})",
    }  # fmt: skip
    for part in theme.without:
        data[part] = None
    if leader.habit == "thin plan":
        data["root_causes"] = ["Not enough smartness", "Not enough money"]
        data["milestones"] = dict.fromkeys(("d30", "d90", "d180", "d365"), "a report is written")
    return data

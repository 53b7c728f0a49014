"""Module 13: what a careful trainee types, and the numbers its lesson prints."""

from __future__ import annotations

from course.city.pack import City
from tests.module_work import design, shown


def WORK(city: City, trainee: str) -> dict[str, str]:
    """Return the source of every working cell."""
    gap = shown("m13_gap", city, trainee)
    return {
        "m13_smart": "m13_smart = 'b'",
        "m13_gap": f"m13_gap = actionplan.budget_gap(capex={gap['capex']!r}, "
        f"opex_per_year={gap['opex']!r}, years=3, sources={gap['sources']!r}, "
        "contingency_pct=10)",
        "m13_risk": "scores = risks['p'] * risks['i']\n"
        "m13_risk = risks.loc[scores.idxmax(), 'letter']",
        "m13_reach": "m13_reach = int(zones.loc[zones['in_pilot'], 'population'].sum())",
        "m13_days": f"m13_days = {design('m13_days', city, trainee)!r}",
    }


LESSON_CALLS = (
    ("actionplan.risk_score(3, 4)", 12, "12"),
    # (100 + 3 x 20) x 1.1 - 130
    ("actionplan.budget_gap(capex=100, opex_per_year=20, years=3, sources=[70, 60], "
     "contingency_pct=10)", 46, "46"),
    ("actionplan.budget_gap(capex=100, opex_per_year=20, years=3, sources=[70, 60])", 30, "30"),
    # 6 of the 12 points between 34 and 22
    ("actionplan.progress_pct(baseline=34, target=22, now=28)", 50, "50"),
    ("actionplan.smart('Fewer riders wait over 15 minutes on line 4', 'share of riders who wait "
     "over 15 minutes', 34, 20, '2028-06-30', owner='the bus office', "
     "today='2027-01-04').attrs['met']", 5, "5"),
)  # fmt: skip

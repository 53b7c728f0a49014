"""Module 02: what a careful trainee types, and the numbers its lesson prints."""

from __future__ import annotations

from course.city.pack import City
from tests.module_work import design, shown


def WORK(city: City, trainee: str) -> dict[str, str]:
    """Return the source of every working cell."""
    budget = shown("m02_greedy", city, trainee)["budget"]
    pct = shown("m02_void", city, trainee)["pct"]
    return {
        "m02_greedy": f"out = participation.greedy(projects, ballots, {budget!r})\n"
        "m02_greedy = out.left",
        "m02_happy": f"out = participation.equal_shares(projects, ballots, {budget!r})\n"
        "m02_happy = 100 * float((~out.served).mean())",
        "m02_empty": f"out = participation.greedy(projects, ballots, {budget!r})\n"
        "table = participation.nobody(out, ballots)\n"
        "m02_empty = int(((table['voters'] > 0) & (table['funded_projects'] == 0)).sum())",
        "m02_weights": "ranking = participation.combine(exercise('m02_channels', city))\n"
        "m02_weights = ranking['project_id'].iloc[0]",
        "m02_rule": f"m02_rule = {design('m02_rule', city, trainee)!r}",
        "m02_void": "all_ballots = exercise('m02_all_ballots', city)\n"
        "m02_void = participation.void_ballots(\n"
        f"    all_ballots, exercise('m02_all_projects', city), min_pct={pct})",
    }


LESSON_CALLS = (
    ("round(participation.lost_calls(calls=40_514, answered_pct=99.2))", 324, "324"),
    ("round(participation.lost_calls(calls=19_707, answered_pct=98.3))", 335, "335"),
    ("participation.required_choices(560, 30)", 168, "168"),
    ("round(100 * 59 / 5_963, 2)", 0.99, "0.99"),
    # Erlang C at 40,514 / 24 calls an hour of 4 minutes, by the recursion of test_lesson_02
    ("service_requests.staff_needed(40_514 / 24, 4, within_s=15, target_pct=90)", 125, "125"),
    ("service_requests.staff_needed(40_514 / 24, 4, within_s=15, target_pct=99)", 134, "134"),
)

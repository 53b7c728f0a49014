"""What the night bus lab says: titles and one sentence, out of the numbers."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from course.bigdata.night_drawing import gain
from course.bigdata.night_plan import Plan
from course.bigdata.night_routes import Route
from course.display.numbers import number, with_unit
from course.labs.night_model import DRAWN, Result

_LONGEST = 26
_MUCH = 25.0  # percent of a route's trips that others serve: enough to be a reason
_ORDINALS = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth",
    "tenth", "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth",
)  # fmt: skip


def points(value: float) -> str:
    """Return percentage points with one digit, two where one would be zero.

    Examples
    --------
    >>> points(1.94), points(0.03), points(0.0)
    ('1.9', '0.03', '0.0')
    """
    return number(value, decimals=1 if value >= 0.05 or value < 0.005 else 2)


def percent(value: float, decimals: int = 1) -> str:
    """Return a share with its sign."""
    return with_unit(value, "%", decimals=decimals)


def short_name(route: Route) -> str:
    """Return the id of a route and its two ends, short enough for a table."""
    if route.route_id == DRAWN:
        return "Your route"
    ends = f"{route.stops[0]} – {route.stops[-1]}"
    if len(ends) > _LONGEST:
        half = (_LONGEST - 3) // 2
        ends = " – ".join(_cut(stop, half) for stop in (route.stops[0], route.stops[-1]))
    return f"{route.route_id} {ends}"


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def counted(count: int) -> str:
    """Return "1 route" or "9 routes"."""
    return f"{count} route" if count == 1 else f"{count} routes"


def running_today(today: Plan) -> str:
    """Return what the plan of the pack's own night service limits in the lab.

    A timetable without night service does not say that the city has none.
    """
    if not len(today):
        return (
            "Night buses of today: the timetable of this city has none between 01 and 04 h, or "
            "leaves them out."
        )
    return (
        f"Night buses of today: the timetable has {counted(len(today))} between 01 and 04 h, which "
        f"cover {percent(today.served_pct)} of these trips. Here every network starts from nothing."
    )


def chart_title(steps: pd.DataFrame, total: float) -> str:
    """Return what the bars of the routes say.

    Examples
    --------
    >>> steps = pd.DataFrame({"added_trips": [50.0, 20.0], "own_trips": [50.0, 60.0]})
    >>> chart_title(steps, 1000.0)
    'The first route adds 5.0 points, the second 2.0'
    """
    added = (100 * steps["added_trips"] / max(total, 1)).tolist()
    if not added:
        return "No route serves a trip at this setting"
    if len(added) == 1:
        return f"One route serves {points(added[0])} % of the night trips"
    return (
        f"The first route adds {points(added[0])} points, the {_ORDINALS[len(added) - 1]} "
        f"{points(added[-1])}"
    )


def sentence(
    result: Result,
    *,
    city: str,
    route: Route | None = None,
    cell: tuple[str, float, float, Sequence[str]] | None = None,
) -> str:
    """Return the reading of the lab at one setting and selection.

    Parameters
    ----------
    result : Result
        From the model.
    city : str
        Name of the city.
    route : Route, optional
        The selected route, of the plan or another candidate.
    cell : (name, trips, served, routes), optional
        The selected cell: its name, trips, served trips, and who serves it.
    """
    if cell is not None:
        return _of_cell(cell)
    if route is not None:
        return _of_route(result, route)
    if result.own is not None and result.added is not None:
        return _of_own(result)
    return _of_city(result, city)


def _of_city(result: Result, city: str) -> str:
    plan = result.plan
    if not len(plan):
        return f"In {city} no route serves a night trip at this setting."
    steps, total = plan.steps, plan.total_trips
    start = (
        f"In {city} {counted(len(plan))} and {sum(result.buses)} buses serve "
        f"{percent(plan.served_pct)} of the night trips"
    )
    # the route that shows best what overlap is
    most = steps.loc[(steps["own_trips"] - steps["added_trips"]).idxmax()]
    own, added = (100 * most[c] / total for c in ("own_trips", "added_trips"))
    if own - added >= 0.1:
        start += (
            f"; {most['route_id']} serves {percent(own)} alone and adds {points(added)} points, "
            "the others serve the rest already"
        )
    return f"{start}. {_who(result.fair)}"


def _who(fair: pd.DataFrame) -> str:
    if len(fair) < 2:
        return ""
    best, least = (fair.loc[fair["served_pct"].idxmax()], fair.loc[fair["served_pct"].idxmin()])
    return (
        f"Trips home to income group {best['income_group']:.0f} are served most "
        f"({percent(best['served_pct'], 0)}), to group {least['income_group']:.0f} least "
        f"({percent(least['served_pct'], 0)})."
    )


def _of_own(result: Result) -> str:
    own, added = result.own, result.added
    assert own is not None and added is not None
    start = f"Your route from {own.stops[0]} to {own.stops[-1]} ({own.length_km:.1f} km)"
    if not added.own_trips:
        return f"{start} serves no night trip: both ends must lie within the buffer."
    if not added.added_trips:
        return f"{start} adds nothing: the other routes serve all of its trips already."
    if added.added_points < 0.05:
        return (
            f"{start} adds next to nothing: {number(added.added_trips, decimals=0)} night trips "
            f"of {number(added.own_trips, decimals=0)}, the others are served already."
        )
    shared = f"{percent(added.shared_pct, 0)} of its own trips are served already"
    already = ", all of them served by no other route"
    if added.shared_pct >= 0.5:
        already = f"; {shared}"
        if added.shared_pct >= _MUCH:
            already = f", not the {points(added.own_pct)} it serves alone, because {shared}"
    buses = result.buses[-1]
    return (
        f"{start} adds {points(added.added_points)} points{already}; it needs {buses} "
        f"{'bus' if buses == 1 else 'buses'}."
    )


def _of_route(result: Result, route: Route) -> str:
    plan = result.plan
    name = "Your route" if route.route_id == DRAWN else f"{route.route_id} {route.name}"
    length = f"{name} ({route.length_km:.1f} km)"
    if route.route_id not in plan.route_ids:
        more = gain(plan, route)
        return (
            f"{length} does not run. It would serve {percent(more.own_pct)} of the night trips "
            f"alone and add {points(more.added_points)} points to the others."
        )
    own = plan.steps.set_index("route_id").loc[route.route_id, "own_trips"]
    alone = 100 * own / plan.total_trips
    lost = plan.served_pct - plan.without(route.route_id).served_pct
    others = "other routes serve the rest" if alone - lost >= 0.05 else "no other serves its trips"
    return (
        f"{length} serves {percent(alone)} of the night trips. Without "
        f"it the network would serve {points(lost)} points less: {others}."
    )


def _of_cell(cell: tuple[str, float, float, Sequence[str]]) -> str:
    name, trips, served, routes = cell
    if not trips:
        return f"No night trip starts or ends in {name}."
    start = f"{number(trips, decimals=0)} night trips start or end in {name}"
    if not routes:
        return f"{start}; none of them is served."
    by = f"by {', '.join(routes[:3])}" + (" and others" if len(routes) > 3 else "")
    return f"{start}; {percent(100 * served / trips, 0)} are served, {by}."

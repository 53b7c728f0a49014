"""The one chart of how a city moves: the best that its pack can give.

Counted boardings come first, then departures of a published timetable, then the length of
the routes in stops. A timetable that was built by a rule gives no chart of departures: it
would show the rule.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from course.documents import city_facts

if TYPE_CHECKING:
    from course.city.pack import City

MOST = 6


@dataclass(frozen=True)
class Chart:
    """Bars for one slide, with what they are and where they come from."""

    values: dict[str, float]
    title: str
    measure: str
    source: str
    unit: str = ""
    year: int | None = None
    synthetic: str = ""


def of(city: City) -> Chart:
    """Return the chart of a city that has routes."""
    return _boardings(city) or _departures(city) or _stops(city)


def _boardings(city: City) -> Chart | None:
    """Return the busiest stops where boardings were counted."""
    if not city.given("station_boardings"):
        return None
    frame = city.table("station_boardings")
    if not {"stop_id", "boardings_per_day"} <= set(frame):
        return None
    sums = frame.groupby("stop_id")["boardings_per_day"].sum()
    row = city_facts.source_of(city, "station_boardings")
    names = dict(zip(city.stops["stop_id"], city.stops["name"], strict=True))
    top = sums.sort_values(ascending=False, kind="stable").head(MOST)
    values = _named((names.get(stop, stop), value) for stop, value in top.items())
    return Chart(values, "The busiest stations by boardings per day", "Boardings per day",
                 city_facts.source_line(row), year=row["year"])  # type: ignore[arg-type]  # fmt: skip


def _departures(city: City) -> Chart | None:
    """Return departures by route where the timetable was published."""
    row = city_facts.source_of(city, "stop_times")
    if row["origin"] == "synthetic":
        return None
    sums = city.patterns.groupby("route_id")["trips_per_day"].sum()
    top = sums.sort_values(ascending=False, kind="stable").head(MOST)
    names = _route_names(city)
    values = _named((names.get(r, r), v) for r, v in top.items())
    return Chart(values, "Departures on a weekday by route", "Departures on a weekday, by route",
                 city_facts.source_line(row))  # fmt: skip


def _stops(city: City) -> Chart:
    """Return how many stops the longest routes have."""
    stops = city.patterns["stop_ids"].map(lambda ids: len(set(ids)))
    longest = stops.groupby(city.patterns["route_id"]).max()
    top = longest.sort_values(ascending=False, kind="stable").head(MOST)
    names = _route_names(city)
    row = city_facts.source_of(city, "routes")
    values = _named((names.get(r, r), float(v)) for r, v in top.items())
    made = f"{city_facts.SYNTHETIC}: {row['method']}" if row["origin"] == "synthetic" else ""
    return Chart(values, "The longest routes by stops", "Stops, by route",
                 made or city_facts.source_line(row), synthetic=made)  # fmt: skip


def _route_names(city: City) -> dict[str, str]:
    found = {}
    for route in city.routes.fillna("").itertuples():
        found[route.route_id] = str(route.short_name or route.long_name or route.route_id)
    return found


def _named(rows: Iterable[tuple[object, float]]) -> dict[str, float]:
    """Return values by name; a name that comes twice gets a number."""
    found: dict[str, float] = {}
    for name, value in rows:
        words, n = str(name), 2
        while words in found:
            words, n = f"{name} ({n})", n + 1
        found[words] = float(value)
    return found

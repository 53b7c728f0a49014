"""From one study visit to the next by public transport: Seoul's own pack, its own timetable.

The pack knows the subway. Its timetable is built from lines and headways, so minutes are an
estimate and every picture says so. A place without a position of its own is reached at its
station.
"""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from course import paths
from course.city.pack import City
from course.errors import CourseError, UsageError
from course.transport.timetable_routing import Place, Router, Way, clock
from course.transport.timetable_routing_day import kind_of_day

if TYPE_CHECKING:
    import pandas as pd

BASE = "shrdc"
CITY = "seoul"
COLUMNS = ("leg", "line", "from", "to", "depart", "arrive", "wait_min", "walk_m")


@lru_cache(maxsize=1)
def seoul() -> City:
    """Return the Seoul pack of the course, whatever city the notebook opens."""
    return City(paths.bundled_cities_dir() / CITY)


@lru_cache(maxsize=8)
def _router(kind: str) -> Router:
    return Router(seoul(), kind)


def place_of(site_id: str) -> Place:
    """Return where a visit is: its position, else its station.

    Raises
    ------
    CourseError
        The place has neither.
    """
    from course import visits

    site = visits.site(site_id)
    name = short_title(site.title)
    if site.lat is not None and site.lon is not None:
        return Place(name, site.lat, site.lon)
    if site.stations:
        return Place(name, site.stations[0].lat, site.stations[0].lon)
    raise CourseError(
        f"No position of {site.title} is known.", "Choose a place that the map shows."
    )


def short_title(title: str) -> str:
    """Return a title without what stands in brackets.

    Examples
    --------
    >>> short_title("Big Data Campus (S-PLEX, floor 15)")
    'Big Data Campus'
    """
    return title.partition(" (")[0]


def route(
    start: str, end: str, *, depart: str | float, day: str | datetime.date = "weekday"
) -> Way:
    """Return the earliest arrival from one visit at another.

    Parameters
    ----------
    start, end : str
        Places of ``visits.sites()``, such as ``"city_hall"``.
    depart : str or number
        When you leave, ``"09:10"`` or minutes since midnight.
    day : str or datetime.date
        ``weekday``, ``saturday``, ``sunday``, or a date, taken as its kind of day (public
        holidays are not known).

    Returns
    -------
    Way
        ``.minutes`` from leaving to arriving, ``.table()`` with one row per leg.

    Raises
    ------
    UsageError
        No such place, or ``depart`` is no time.
    CourseError
        A place without a position, or no way that day.

    Examples
    --------
    >>> way = route("city_hall", "magok", depart="09:00")
    >>> way.legs[0].kind, way.rides
    ('walk', 2)
    """
    return _router(_kind(day)).route(place_of(start), place_of(end), depart_min=minutes_of(depart))


def _kind(day: str | datetime.date) -> str:
    if isinstance(day, str) and day in ("weekday", "saturday", "sunday"):
        return day
    try:
        date = day if isinstance(day, datetime.date) else datetime.date.fromisoformat(day)
    except (TypeError, ValueError):
        raise UsageError(
            f"{str(day)[:40]!r} is no day.",
            "Use 'weekday', 'saturday', 'sunday' or a date such as '2026-06-22'.",
        ) from None
    return kind_of_day(seoul(), date)


def minutes_of(time: str | float) -> float:
    """Return minutes since midnight of a clock.

    Examples
    --------
    >>> minutes_of("09:10"), minutes_of(550), minutes_of("25:30")
    (550.0, 550.0, 1530.0)
    """
    parts = time.split(":") if isinstance(time, str) else []
    if len(parts) == 2 and all(p.strip().isascii() and p.strip().isdigit() for p in parts):
        hour, minute = (int(p) for p in parts)
        if minute < 60 and hour < 48:
            return 60.0 * hour + minute
    elif isinstance(time, int | float) and not isinstance(time, bool):
        return float(time)
    raise UsageError(f"{str(time)[:40]!r} is no time of day.", 'Write it as "09:10".')


# ---- a whole day ---------------------------------------------------------------------


@dataclass(frozen=True)
class Stop:
    """One stay of a day: where, from when, until when (minutes since midnight)."""

    site_id: str
    title: str
    start_min: float
    end_min: float


@dataclass(frozen=True)
class DayRoute:
    """The visits of a day and the ways between them.

    Parameters
    ----------
    title : str
        Which day.
    stops : tuple of Stop
        In order; the first and last may be the place where the day begins and ends.
    ways : tuple of Way
        One between each two stops.
    late : tuple of str
        A sentence for each way that takes longer than the programme leaves.
    """

    title: str
    stops: tuple[Stop, ...]
    ways: tuple[Way, ...]
    late: tuple[str, ...] = ()

    @property
    def minutes(self) -> float:
        """Return all minutes between the visits."""
        return sum(way.minutes for way in self.ways)

    @property
    def walk_m(self) -> int:
        """Return all metres on foot between the visits."""
        return sum(way.walk_m for way in self.ways)

    def table(self) -> pd.DataFrame:
        """Return one row per leg: number of the way, and the columns of ``Way.table()``."""
        import pandas as pd

        parts = [way.table().assign(leg=k) for k, way in enumerate(self.ways, start=1)]
        parts = [part for part in parts if len(part)]
        if not parts:
            return pd.DataFrame(columns=list(COLUMNS))
        return pd.concat(parts, ignore_index=True)[list(COLUMNS)]

    def in_words(self) -> str:
        """Return the day in one or two sentences."""
        if not self.ways:
            return "There is no way between visits on this day."
        first = (
            f"{len(self.stops)} places, {self.minutes:.0f} minutes between them, "
            f"{self.walk_m:,} m on foot."
        )
        return " ".join([first, *self.late])


def day_route(
    places: Sequence[str], *, depart: str | float = "09:00", stay_min: float = 60,
    day: str | datetime.date = "weekday",
) -> DayRoute:  # fmt: skip
    """Return the ways of a day: leave the first place, stay at each next one, go on.

    Parameters
    ----------
    places : sequence of str
        Ids of ``visits.sites()`` in the order of the day.
    depart : str or number
        When you leave the first place.
    stay_min : number
        Minutes at each place between.
    day : str or datetime.date
        As in :func:`route`.

    Returns
    -------
    DayRoute
        Without ways for fewer than two places.
    """
    if isinstance(places, str):
        raise UsageError("day_route() takes a list of places.", 'Such as ["shrdc", "topis"].')
    from course import visits

    now = minutes_of(depart)
    stops, ways = [], []
    for number, site_id in enumerate(places):
        title = short_title(visits.site(site_id).title)
        begin = now
        if number:
            ways.append(route(places[number - 1], site_id, depart=now, day=day))
            begin = ways[-1].arrive_min
            now = begin + stay_min
        stops.append(Stop(site_id, title, begin, now))
    return DayRoute("Your own day", tuple(stops), tuple(ways))


def programme_day(programme: Any, day: str, *, base: str = BASE) -> DayRoute:
    """Return the ways of a programme's day, from where its rooms are and back.

    Parameters
    ----------
    programme : str, path or Programme
        Such as ``"wego_week"``.
    day : str
        Id of the day, such as ``"d2"``.
    base : str
        Where sessions without a place of their own are held.

    Returns
    -------
    DayRoute
        Leaving when a stay ends by the programme; ``late`` says where the timetable arrives
        after the next session begins. No visit that day: no ways.

    Raises
    ------
    UsageError
        There is no such programme or day.
    """
    from course import visits
    from course.programme import Programme

    opened = programme if isinstance(programme, Programme) else Programme.open(programme)
    found = next((d for d in opened.days if d.id == day), None)
    if found is None:
        raise UsageError(
            f"The programme {opened.id} has no day {str(day)[:40]!r}.",
            f"Its days are {', '.join(d.id for d in opened.days)}.",
        )
    kind = "weekday" if found.date is None else _kind(found.date)
    stops: list[Stop] = []
    for site_id, start, end in _stays(found.sessions, base):
        if stops and stops[-1].site_id == site_id:
            stops[-1] = Stop(site_id, stops[-1].title, stops[-1].start_min, end)
        else:
            stops.append(Stop(site_id, short_title(visits.site(site_id).title), start, end))
    ways, late = [], []
    for here, there in itertools.pairwise(stops):
        way = route(here.site_id, there.site_id, depart=here.end_min, day=kind)
        ways.append(way)
        if way.arrive_min > there.start_min + 0.5:
            late.append(
                f"By subway you reach {there.title} at {clock(way.arrive_min)}; the programme has "
                f"{clock(there.start_min)}."
            )
    words = f"{opened.title}, {found.id}: {found.theme}"
    return DayRoute(words, tuple(stops), tuple(ways), tuple(late))


def _stays(sessions: Sequence[Any], base: str) -> list[tuple[str, float, float]]:
    """Return (place, start, end) of a day's sessions.

    A session without a place is held where people are: a reflection after a visit is held at
    the visit. Only after travel it is held at the base; a day that ends with travel ends there.
    """
    found: list[tuple[str, float, float]] = []
    here, moved = base, False
    for session in sessions:
        if session.start_min is None:
            continue
        start, end = float(session.start_min), float(session.start_min + session.minutes)
        if session.kind == "travel":
            moved = True
            last_end = end
            continue
        site = session.site or (base if moved else here)
        try:
            place_of(site)
        except CourseError:
            continue  # an evening at a stop nobody has placed yet
        here, moved = site, False
        found.append((site, start, end))
    if moved and found:
        found.append((base, last_end, last_end))
    return found

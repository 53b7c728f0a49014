"""Synthetic requests of citizens: what was asked, where, when, and when it was closed.

One year of cases. How many a zone sends follows its residents; what they are about follows
Seoul's field complaints of 2009-10 (facts 4: traffic 44.5 %, road 14.2 %, environment
10.8 %, street 9.8 %, cleaning 7.5 %; the other 13.2 % are the rest to 100). Channels, hours
of the day and handling times per category are assumptions and parameters, not facts: the
times are set so that an ordinary case takes about 16 hours on average, near Seoul's mean
of 2024 (15 h 51 min, reported).

Planted, so that there is something to find: in three zones cases come twice as often; in
the zones of the lowest income group a case takes a quarter longer; one case in twelve is
the same problem at the same place again within a month; one in twelve goes from office to
office and takes weeks; 4 % of the rows are a second entry of a case that is there already;
6 % have a zone id that no zone has; 3 % have no place. Every number comes from ``Stream``
and whole-number arithmetic.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from course.city.synthesis import VERSION
from course.city.synthesis.request_draws import degrees, moments, points, seconds_open
from course.city.synthesis.stream import Stream
from course.errors import CourseError, UsageError

if TYPE_CHECKING:
    import pandas as pd

METHOD = (
    "made by a rule, not reported by anybody: cases by residents, kinds as Seoul's field "
    "complaints in 2009-10, channels and times assumed; faults and patterns planted"
)
CATEGORY_PERMILLE = {
    "traffic": 445, "road": 142, "environment": 108, "street": 98, "cleaning": 75, "other": 132,
}  # fmt: skip
CHANNEL_PERCENT = {"call": 50, "app": 30, "web": 15, "desk": 5}  # an assumption
MEDIAN_HOURS = {
    "traffic": 5, "road": 12, "environment": 10, "street": 9, "cleaning": 6, "other": 12,
}  # fmt: skip  # an assumption
CASES, YEAR, MOST_CASES = 6_000, 2025, 200_000
DUPLICATE_PERCENT, BAD_ZONE_PERCENT, NO_PLACE_PERCENT = 4, 6, 3
AGAIN_PERCENT, SLOW_PERCENT, SLOW_TIMES = 8, 8, 90
HOT_ZONES, LOW_INCOME_TIMES_PERCENT = 3, 125


@dataclass(frozen=True)
class Wanted:
    """How many cases, of which year, through which channels (name -> whole percent)."""

    cases: int
    year: int
    channels: dict[str, int]


def synthesise_requests(city: Any, *, seed: tuple[object, ...] = ()) -> pd.DataFrame:
    """Make one year of requests for a city.

    Parameters
    ----------
    city : course.City
        Needs ``id, properties, weekend_days, zones``. ``properties["synthesis"]["requests"]``
        may set ``cases`` (rows, 0 to 200,000), ``year`` and ``channels`` (name to whole
        percent); else 6,000, 2025 and call 50, app 30, web 15, desk 5.
    seed : tuple, optional
        What else the draws depend on, such as the trainee; same parts, same bytes.

    Returns
    -------
    pandas.DataFrame
        One row per entry in the order they came in: ``request_id`` (str, "R00001"),
        ``created_at``, ``closed_at`` (str, "YYYY-MM-DDTHH:MM:SS" on the city's clock;
        ``closed_at`` NA = still open when the year ended), ``category``, ``text``,
        ``channel``, ``zone_id`` (str), ``lat``, ``lon`` (WGS 84, NA where unknown).

    Raises
    ------
    UsageError
        If the pack asks for cases, a year or channels that cannot be.
    CourseError
        If the city has no zones.
    """
    return _made(city, seed)[0]


def _made(city: Any, seed: tuple[object, ...] = ()) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return the requests and what was planted in them, which only tests may read."""
    wanted = _wanted(city.properties)
    zones = city.zones
    if zones.empty:
        raise CourseError("The city has no zones.", "Give it a zones table.")
    stream = Stream(city.id, "requests", VERSION, *seed)
    first = np.datetime64(f"{wanted.year}-01-01", "s").astype(np.int64)
    last = np.datetime64(f"{wanted.year + 1}-01-01", "s").astype(np.int64)
    people = zones["population"].to_numpy(dtype=np.int64, na_value=0)
    hot = _hot_zones(stream, people)
    weight = people * np.where(np.isin(np.arange(len(people)), hot), 2, 1)
    doubles = wanted.cases * DUPLICATE_PERCENT // 100
    count = wanted.cases - doubles
    zone = stream.pick(weight if weight.sum() else np.ones_like(weight), count)
    category = stream.pick(np.array(list(CATEGORY_PERMILLE.values())), count)
    created = moments(stream, wanted.year, city.weekend_days, count)
    x, y, plane = points(stream, zones, zone)
    again = _repeat(stream, (zone, category, x, y), created, last)
    low = zones["income_group"].to_numpy(dtype=np.int64, na_value=0)[zone] == 1
    seconds = seconds_open(stream, np.array(list(MEDIAN_HOURS.values()))[category], count)
    slow = stream.integers(0, 100, count) < SLOW_PERCENT
    seconds = np.where(slow, seconds * SLOW_TIMES, seconds)
    seconds = np.where(low, seconds * LOW_INCOME_TIMES_PERCENT // 100, seconds)
    channel = stream.pick(np.array(list(wanted.channels.values())), count)
    entry = np.arange(count)
    closed = created + seconds
    if doubles:  # the second entry comes within two hours, while the case is open
        base = np.sort(stream.integers(0, count, doubles))
        wait = np.minimum(stream.integers(60, 7_200, doubles), seconds[base] // 2)
        entry, closed = np.append(entry, base), np.append(closed, closed[base])
        created = np.append(created, np.minimum(created[base] + wait, last - 1))
        other = (channel[base] + 1) % len(wanted.channels)
        channel = np.append(channel, other)
    order = np.lexsort((np.arange(len(entry)) >= count, entry, created))
    entry, created, closed, channel = (a[order] for a in (entry, created, closed, channel))
    zone, category = zone[entry], category[entry]
    names, bad = _zone_names(stream, zones["zone_id"].tolist(), zone)
    lost = stream.integers(0, 100, len(entry)) < NO_PLACE_PERCENT
    lat, lon = (np.where(lost, np.nan, a) for a in degrees(plane, x[entry], y[entry]))
    frame = _frame(created, np.where(closed < last, closed, -1), category, channel,
                   list(wanted.channels), names, lat, lon)  # fmt: skip
    planted = {
        "hot": zones["zone_id"].to_numpy(dtype=object)[hot].tolist(), "again": int(again),
        "doubles": frame["request_id"][order >= count].tolist(),
        "true_zone": zones["zone_id"].to_numpy(dtype=object)[zone], "bad_zone": bad,
        "no_place": lost, "from": int(first), "to": int(last),
    }  # fmt: skip
    return frame, planted


def _wanted(properties: dict[str, Any]) -> Wanted:
    told = (properties.get("synthesis") or {}).get("requests") or {}
    if not isinstance(told, dict):
        told = {"cases": told}
    cases, year = told.get("cases", CASES), told.get("year", YEAR)
    channels = told.get("channels", CHANNEL_PERCENT)
    for value, low, high, what in ((cases, 0, MOST_CASES, "cases"), (year, 1970, 2200, "year")):
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise UsageError(
                f"The pack asks for {what} {value!r} in its synthetic requests.",
                f"Write a whole number from {low:,} to {high:,} in synthesis.requests.{what}.",
            )
    sound = isinstance(channels, dict) and all(
        isinstance(part, int) and not isinstance(part, bool) and 0 <= part <= 100
        for part in channels.values()
    )
    if not sound or sum(channels.values()) != 100:
        raise UsageError(
            "The channels of the synthetic requests are not whole percents that make 100.",
            'Write synthesis.requests.channels like {"call": 60, "web": 40} in the pack.',
        )
    return Wanted(cases, year, channels)


def _hot_zones(stream: Stream, people: np.ndarray) -> np.ndarray:
    """Draw the zones with twice the rate among those with at least the median of people."""
    large = np.flatnonzero((people >= np.sort(people)[len(people) // 2]) & (people > 0))
    few = min(HOT_ZONES, len(people) // 6)
    return np.array(sorted(stream.choose(large.tolist(), few)), dtype=np.int64)


def _repeat(stream: Stream, columns: tuple[np.ndarray, ...], created: np.ndarray, last: int) -> int:
    """Turn some cases into the same problem, a few steps away and 3 to 25 days later."""
    count = len(created)
    wanted = count * AGAIN_PERCENT // 100
    if not wanted:
        return 0
    chosen = np.array(stream.choose(list(range(count)), 2 * wanted))
    base, copy = chosen[:wanted], chosen[wanted:]
    base, copy = base[: len(copy)], copy[: len(base)]
    later = created[base] + stream.integers(3 * 86_400, 25 * 86_400, len(base))
    fits = later < last
    base, copy, later = base[fits], copy[fits], later[fits]
    for column in columns:
        column[copy] = column[base]
    created[copy] = later
    for column in columns[2:]:
        column[copy] += stream.integers(-15, 16, len(copy))
    return len(copy)


def _zone_names(stream: Stream, ids: list[str], zone: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Write the id of each zone, now and then in a way that no zone has."""
    known = set(ids)
    names = np.array(ids, dtype=object)[zone]
    bad = stream.integers(0, 100, len(zone)) < BAD_ZONE_PERCENT
    kind = stream.integers(0, 4, len(zone))
    for row in np.flatnonzero(bad):
        wrong = ("", "999", f"{names[row]} ?", f"old-{names[row]}")[kind[row]]
        names[row] = wrong if wrong not in known else f"{names[row]} ?"
    return names, bad


_WORDS = {
    "traffic": ("A car blocks the crossing", "Cars park on the pavement", "The signal is out"),
    "road": ("A hole in the road", "The kerb is broken", "Water stands on the road"),
    "environment": ("Noise at night", "Smoke from a yard", "A bad smell from the drain"),
    "street": ("The street light is out", "A fallen tree", "A sign is bent"),
    "cleaning": ("Rubbish was not collected", "Waste beside the bins", "Glass on the path"),
    "other": ("A question about a form", "Please call me back", "Thank you to the team"),
}


def _frame(
    created: np.ndarray, closed: np.ndarray, category: np.ndarray, channel: np.ndarray,
    channels: list[str], names: np.ndarray, lat: np.ndarray, lon: np.ndarray,
) -> pd.DataFrame:  # fmt: skip
    import pandas as pd

    size = len(created)
    width = max(5, len(str(size)))
    kinds = list(CATEGORY_PERMILLE)
    words = [_WORDS[kinds[c]][s % 3] for c, s in zip(category, created, strict=True)]
    ended = np.where(closed < 0, None, closed.astype("datetime64[s]").astype("U19").astype(object))

    def text(values: Any) -> Any:
        return pd.array(values, dtype="str")

    return pd.DataFrame({
        "request_id": text([f"R{n:0{width}d}" for n in range(1, size + 1)]),
        "created_at": text(created.astype("datetime64[s]").astype("U19").astype(object)),
        "closed_at": text(ended), "category": text([kinds[c] for c in category]),
        "text": text(words), "channel": text([channels[c] for c in channel]),
        "zone_id": text(names), "lat": lat, "lon": lon,
    })  # fmt: skip

"""A pack for a city that has no feed and no table yet: a centre, people, land.

Six lines run from the centre outwards and one line runs round it, a stop every 300 m,
buses every 6 minutes at 15 km/h. Nothing of it is there in the street: every table says
"synthetic", and so does every picture drawn from it. It lets a delegation begin on day
one and shows which tables would have to come from home.

Source of the rule: the course. Coordinates are rounded to five decimals (about 1 m), and
the bends are drawn from whole numbers, so that every machine makes the same pack.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course.city import describing, regions, storage
from course.city.importing import default_folder, refuse_bundled_name, write_frame
from course.city.installing import install
from course.city.metres import cos_degrees
from course.city.naming import city_id
from course.city.pack import City
from course.city.synthesis.stream import Stream
from course.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

RADIALS = ("North", "North-East", "South-East", "South", "South-West", "North-West")
# Unit steps to the north and to the east of six directions 60 degrees apart.
_STEPS = ((1.0, 0.0), (0.5, 0.8660254), (-0.5, 0.8660254),
          (-1.0, 0.0), (-0.5, -0.8660254), (0.5, -0.8660254))  # fmt: skip
STOP_EVERY_M, HEADWAY_MIN, SPEED_KMH = 300, 6, 15
FIRST_MIN, LAST_MIN = 300, 1_440
METRES_PER_DEGREE = 111_195.0
METHOD = (
    "made by a rule, no such line runs: six lines from the centre and one ring, a stop every "
    f"{STOP_EVERY_M} m, every {HEADWAY_MIN} min at {SPEED_KMH} km/h"
)
SMALLEST_KM2, LARGEST_KM2 = 4.0, 5_000.0


@dataclass(frozen=True)
class Bare:
    """What has to be known of a city to make a pack of it.

    Parameters
    ----------
    lat, lon : float
        Its centre, degrees (WGS 84).
    population : int
        Residents.
    area_km2 : float
        Land; the lines reach as far as a circle of this area.
    country : str
        ISO code of two letters, or "".
    timezone, currency : str
        Where absent: UTC, and the currency of the country.
    fictional : bool
        The city does not exist; its pages and its source list say so.
    """

    lat: float
    lon: float
    population: int
    area_km2: float
    country: str = ""
    timezone: str = ""
    currency: str = ""
    fictional: bool = False

    def __post_init__(self) -> None:
        """Refuse what cannot be a city."""
        if not (-75 <= self.lat <= 75 and -180 <= self.lon <= 180):
            raise UsageError(
                f"{self.lat}, {self.lon} is no centre of a city.",
                "Give latitude and longitude in degrees, such as --centre 36.2972,59.6067.",
            )
        if not 1_000 <= self.population <= 60_000_000:
            raise UsageError(
                f"{self.population} people are too few or too many for a city.",
                "Give its residents, such as --population 450000.",
            )
        if not SMALLEST_KM2 <= self.area_km2 <= LARGEST_KM2:
            raise UsageError(
                f"{self.area_km2:g} km2 is too small or too large for a city's land.",
                f"Give {SMALLEST_KM2:g} to {LARGEST_KM2:g}, such as --area 120.",
            )
        for given, sound, what, like in (
            (self.timezone, regions.is_timezone, "time zone", "Asia/Seoul"),
            (self.currency, regions.is_currency, "currency", "KRW"),
        ):
            if given and not sound(given):
                raise UsageError(f"{given!r} is no {what}.", f"Write it like {like}.")


def lay_out(pack_id: str, bare: Bare) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return stations, lines and headways of a city of which nothing else is known.

    Parameters
    ----------
    pack_id : str
        Id of the pack; the bends of the lines are drawn for it.
    bare : Bare
        Centre and land.

    Returns
    -------
    tuple of pandas.DataFrame
        One row per stop (``stop_id, name, lat, lon``), per stop of a line in order
        (``line_id, mode, name, long_name, color, sequence, stop_id, two_way``) and per line
        and day type (``line_id, day, start_min, end_min, headway_min, speed_kmh``).
    """
    import pandas as pd

    radius_m = 1_000 * (bare.area_km2 / 3.14159265) ** 0.5
    per_radial = max(3, int(radius_m / STOP_EVERY_M + 0.5))
    stream = Stream(pack_id, "from nothing")
    stops: list[tuple[str, str, float, float]] = [("C00", "Centre", *_place(bare, 0.0, 0.0))]
    lines: list[tuple[str, str, str, int, str]] = []
    crossings = []
    for number, (name, (north, east)) in enumerate(zip(RADIALS, _STEPS, strict=True), start=1):
        line = f"L{number}"
        lines.append((line, f"Line {number}", f"Centre - {name}", 0, "C00"))
        # a line that drifts to one side by up to 30 m a stop looks grown, not ruled
        drift = stream.integers(-30, 31, per_radial)
        aside = 0.0
        for k in range(1, per_radial + 1):
            aside += float(drift[k - 1])
            along = k * STOP_EVERY_M
            place = _place(bare, north * along - east * aside, east * along + north * aside)
            stops.append((f"{line}-{k:02d}", f"{name} {k}", *place))
            lines.append((line, f"Line {number}", f"Centre - {name}", k, f"{line}-{k:02d}"))
        crossings.append(f"{line}-{max(1, per_radial // 2):02d}")
    where = {stop: (lat, lon) for stop, _, lat, lon in stops}
    order = 0
    for number, (start, end) in enumerate(
        zip(crossings, crossings[1:] + crossings[:1], strict=True), start=1
    ):
        lines.append(("L7", "Line 7", "Ring", order, start))
        order += 1
        between = _along_arc(bare, where[start], where[end])
        for k, (lat, lon) in enumerate(between, start=1):
            stop = f"L7-{number}{k:02d}"
            stops.append((stop, f"Ring {number}.{k}", lat, lon))
            lines.append(("L7", "Line 7", "Ring", order, stop))
            order += 1
    lines.append(("L7", "Line 7", "Ring", order, crossings[0]))
    stations = pd.DataFrame(stops, columns=["stop_id", "name", "lat", "lon"])
    made = pd.DataFrame(lines, columns=["line_id", "name", "long_name", "sequence", "stop_id"])
    made.insert(1, "mode", "bus")
    made["color"] = ""
    made["two_way"] = pd.array([1] * len(made), dtype="Int64")
    days = [
        (line, day, float(FIRST_MIN), float(LAST_MIN), float(HEADWAY_MIN), float(SPEED_KMH))
        for line in sorted(made["line_id"].unique())
        for day in ("weekday", "saturday", "sunday")
    ]
    columns = ["line_id", "day", "start_min", "end_min", "headway_min", "speed_kmh"]
    return stations, made, pd.DataFrame(days, columns=columns)


def add_bare_city(
    name: str,
    bare: Bare,
    *,
    title: str | None = None,
    fare_flat: float | None = None,
    where: str | os.PathLike[str] | None = None,
    progress: Callable[[str], None] = lambda step: None,
) -> City:
    """Make a pack of a city that has nothing to give yet.

    Parameters
    ----------
    name : str
        Name of the pack; its folder is :func:`course.city.naming.city_id` of it.
    bare : Bare
        What is known.
    title : str, optional
        Name as pages show it.
    fare_flat : float, optional
        Today's flat fare in currency units.
    where : path, optional
        Folder of the pack; None: as for ``add_city``.
    progress : callable
        Called with the name of each step.

    Returns
    -------
    City
        The pack, open. Every table of it is synthetic.
    """
    pack_id = city_id(name)
    folder = Path(where).expanduser() if where is not None else default_folder()
    refuse_bundled_name(pack_id, folder)
    _refuse_date_line(bare)
    progress("laying out lines")
    tables = dict(zip(("stations", "lines", "headways"), lay_out(pack_id, bare), strict=True))
    properties = _properties(pack_id, title or name, bare, fare_flat)
    method = f"FICTIONAL city; {METHOD}" if bare.fictional else METHOD

    def write(into: Path) -> None:
        resources = []
        for table, frame in tables.items():
            path = write_frame(into, table, frame)
            said = {"origin": "synthetic", "method": method, "licence": "CC0-1.0"}
            resources.append(describing.resource_of(table, frame, path, **said))
        storage.write_datapackage(into, describing.package_of(properties, resources))
        storage.replace_bytes(into / "README.md", _readme(properties, bare).encode())

    progress("writing")
    return City(install(write, folder / pack_id))


def _refuse_date_line(bare: Bare) -> None:
    """Refuse a city that a map would tear: one part at 180 degrees east, one at 180 west."""
    reach_m = 1_000 * (bare.area_km2 / 3.14159265) ** 0.5 + 3 * STOP_EVERY_M
    reach = reach_m / (METRES_PER_DEGREE * float(cos_degrees(bare.lat)))
    if abs(bare.lon) + reach > 180:
        raise UsageError(
            f"A city of {bare.area_km2:g} km2 round longitude {bare.lon:g} lies on both sides of "
            "180 degrees, and no map of the course can draw that.",
            f"Move --centre by {reach:.2f} degrees, to one side.",
        )


def _properties(pack_id: str, title: str, bare: Bare, fare_flat: float | None) -> dict[str, Any]:
    country = bare.country.upper() or regions.country_of(bare.timezone or "UTC").upper()
    currency = bare.currency or regions.currency_of(country)
    out: dict[str, Any] = {
        "id": pack_id, "title": title, "country": country,
        "centre": {"lat": bare.lat, "lon": bare.lon},
        "timezone": bare.timezone or "UTC", "currency": currency,
        "currency_minor": regions.decimals_of(currency),
        "languages": regions.languages_of(country)[:1],
        "weekend_days": regions.weekend_of(country),
        "population": bare.population, "area_km2": bare.area_km2, "timetable_year": 2026,
    }  # fmt: skip
    if bare.fictional:
        out["fictional"] = True
    else:  # what the person gave is no product of the rule, and is shown as given
        out["facts"] = [
            {"name": name, "value": value, "unit": unit, "year": None, "mark": "own",
             "source": "as given for this pack, source not named"}
            for name, value, unit in (
                ("population", bare.population, "people"), ("area_km2", bare.area_km2, "km2"),
            )
        ]  # fmt: skip
    if fare_flat is not None:
        out["fare_policy"] = {
            "name": "Flat fare", "currency": currency, "year": 2026,
            "source": "as given to the course", "base": {"*": {"*": fare_flat}},
        }  # fmt: skip
    return out


def _readme(city: dict[str, Any], bare: Bare) -> str:
    what = "does not exist: it was invented" if bare.fictional else "has given no table yet"
    return (
        f"# {city['title']}\n\nThis city {what}. All tables are {METHOD}.\n\n"
        "People, jobs and rides are made by the rules of the course. Nothing here may support "
        "a decision. The first table to bring is the timetable (GTFS).\n"
    )


def _place(bare: Bare, north_m: float, east_m: float) -> tuple[float, float]:
    """Return latitude and longitude of a point so many metres from the centre."""
    lat = bare.lat + north_m / METRES_PER_DEGREE
    lon = bare.lon + east_m / (METRES_PER_DEGREE * float(cos_degrees(bare.lat)))
    return round(lat, 5), round((lon + 180) % 360 - 180, 5)


def _along_arc(
    bare: Bare, start: tuple[float, float], end: tuple[float, float]
) -> list[tuple[float, float]]:
    """Return stops about every 300 m between two places, bulging as a ring does."""
    east = METRES_PER_DEGREE * float(cos_degrees(bare.lat))

    def metres(place: tuple[float, float]) -> tuple[float, float]:
        turned = (place[1] - bare.lon + 180) % 360 - 180
        return (place[0] - bare.lat) * METRES_PER_DEGREE, turned * east

    (n0, e0), (n1, e1) = metres(start), metres(end)
    r0, r1 = (n0 * n0 + e0 * e0) ** 0.5, (n1 * n1 + e1 * e1) ** 0.5
    chord = ((n1 - n0) ** 2 + (e1 - e0) ** 2) ** 0.5
    steps = max(1, int(1.05 * chord / STOP_EVERY_M + 0.5))
    out = []
    for k in range(1, steps):
        t = k / steps
        n, e = n0 + t * (n1 - n0), e0 + t * (e1 - e0)
        far = (n * n + e * e) ** 0.5 or 1.0
        wanted = r0 + t * (r1 - r0)
        out.append(_place(bare, n * wanted / far, e * wanted / far))
    return out

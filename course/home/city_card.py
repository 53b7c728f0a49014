"""Your city on the home page: its map, how many of its tables have a source, how to bring one."""

from __future__ import annotations

from dataclasses import dataclass

from course.calling import call
from course.errors import CourseError
from course.home.pieces import FIGURES, HAIRLINE, card, heading, text

PICTURE = "city.svg"


@dataclass(frozen=True)
class CityCard:
    """What the home page says about a city.

    Parameters
    ----------
    title : str
        Its name.
    frames : tuple of (name, origin, where from)
        The tables it has; origin is real, facts or synthetic.
    problem : str
        A sentence when the pack cannot be read, else "".
    id, fingerprint : str
        Which answers are on this city; "" when the pack cannot be read.
    """

    title: str
    frames: tuple[tuple[str, str, str], ...] = ()
    problem: str = ""
    id: str = ""
    fingerprint: str = ""

    @property
    def origins(self) -> list[tuple[str, str, str]]:
        """Return (tables, origin, where from), tables of one origin in one row."""
        together: dict[tuple[str, str], list[str]] = {}
        for name, origin, source in self.frames:
            together.setdefault((origin, source), []).append(name.replace("_", " "))
        return [(", ".join(names), *key) for key, names in together.items()]

    @property
    def sourced(self) -> int:
        """Return how many tables are real or written from facts: they have a source."""
        return sum(origin in ("real", "facts") for _, origin, _ in self.frames)


def look_at_city(name: str) -> tuple[CityCard, str]:
    """Return the card of a city and its picture; never raises for a pack at fault."""
    from course.city.pack import City
    from course.city.schema import LINE_INPUTS
    from course.thumbnail import city_picture

    try:
        city = City.open(name)
        sources = city.sources
        present = sources[(sources["origin"] != "missing") & (sources["rows"].fillna(1) > 0)]
        # a pack built from lines tells the same places twice: as stations and as stops; and
        # its list of what the city lacks is no table of the city
        present = present[~present["frame"].isin((*LINE_INPUTS, "missing"))]
        frames = tuple(
            (str(row.frame), str(row.origin), _where_from(row)) for row in present.itertuples()
        )
        alt = f"Map of the public transport lines of {city.title}"
        picture = city_picture(city.stops, city.patterns, city.routes, title=alt)
        fingerprint = city.fingerprint
    except CourseError as error:
        return CityCard(str(name), problem=str(error)), _blank_picture(name)
    except (OSError, ValueError, KeyError, TypeError) as error:
        # A pack made by hand can be wrong in ways no check foresaw; the course opens all
        # the same, and `city check` is the place for the details.
        told = f"The tables of {name} cannot be read ({type(error).__name__}). "
        remedy = f"Run: {call('course city check')} {name}"
        return CityCard(str(name), problem=told + remedy), _blank_picture(name)
    return CityCard(city.title, frames, id=city.id, fingerprint=fingerprint), picture


def block(city: CityCard) -> str:
    """Return the part of the page about the city."""
    if city.problem:
        return heading("Your city", first=True) + card(
            f'<div style="font-size: 15px">{text(city.problem)}</div>'
        )
    alt = f"Map of the public transport lines of {city.title}"
    picture = (
        f'<img src="{PICTURE}" alt="{text(alt)}" width="360" '
        f'style="width: 100%; height: auto; border-radius: 6px; display: block">'
    )
    rows = "".join(
        f'<p style="margin: 8px 0 0 0; padding-bottom: 6px; border-bottom: {HAIRLINE}">'
        f"<b>{text(names)}</b><br>{text(origin)}{': ' if source else ''}{text(source)}</p>"
        for names, origin, source in city.origins
    )
    rest = "" if city.sourced == len(city.frames) else "; the others are synthetic and say so"
    quality = (
        f'<p style="font-size: 15px; margin: 10px 0 6px 0; {FIGURES}">'
        f"<b>{city.sourced} of {len(city.frames)} tables come from a source</b>{rest}.</p>"
    )
    return (
        heading("Your city", first=True)
        + picture
        + quality
        + f'<details style="font-size: 13px; margin-bottom: 6px"><summary>Where the data come '
        f"from</summary>{rows}</details>"
        + '<details style="font-size: 13px"><summary>Use your own city</summary>'
        "<p>In a terminal, in the folder of the course:</p>"
        f"<pre>{call('course city add NAME feed.zip')}\n{call('course lab --city NAME')}</pre>"
        "<p>The feed is the GTFS file of your public transport. Without a feed, give a point, "
        "people and land:</p>"
        f"<pre>{call('course city add NAME --centre 36.2972,59.6067 --population 450000')}"
        " --area 120</pre></details>"
    )


def _where_from(row: object) -> str:
    year = getattr(row, "year", None)
    parts = [str(getattr(row, "method", "") or "")]
    if year is not None and str(year) not in ("<NA>", "nan", "None", "", "0"):
        parts.append(str(year))
    return ", ".join(part for part in parts if part and part not in ("nan", "<NA>"))


def _blank_picture(name: str) -> str:
    import pandas as pd

    from course.thumbnail import city_picture

    empty = pd.DataFrame(columns=["stop_id", "lat", "lon"])
    return city_picture(empty, pd.DataFrame(), pd.DataFrame(), title=f"No map of {name}")

"""A city presents itself: a deck drawn from its pack, with two slides left for its own story.

Five minutes in the programme, so seven slides. Every figure says its year and source, or
SYNTHETIC; a slide whose table the pack lacks says so or is left out.
"""

from __future__ import annotations

import datetime as dt
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from course.display.numbers import number
from course.documents import city_facts, movement, pictures
from course.documents.city_facts import SYNTHETIC, counted
from course.documents.letters import clean, inside
from course.documents.picture_bars import bars_png
from course.documents.slide_master import MARGIN, WIDE
from course.documents.slide_tables import Column, table
from course.documents.slides import BOTTOM, TOP, Deck, Slide
from course.errors import CourseError
from course.policy import indicators

if TYPE_CHECKING:
    from course.city.pack import City

OUTLINES = "Outlines of zones are hexagons around their points. They are no legal borders."
PICTURE = {"width_px": 1656, "height_px": 1122, "text_pt": 14.5}
T = TypeVar("T")
MAP_LEFT = 372.0
HERO = (MAP_LEFT, TOP, WIDE - MARGIN - MAP_LEFT, BOTTOM - TOP)
SIDE = MAP_LEFT - MARGIN - 30
OWN_STORIES = (
    ("Our smart solution: write its name here",
     ("What did people complain about before?", "What did you build, and in which year?",
      "Which number changed? Give its year and its source.")),
    ("What we want to learn in Seoul: write one question here",
     ("Which decision waits at home?", "Which of our data could support it?",
      "Which Seoul practice do you want to see, and what must differ in your city?")),
)  # fmt: skip


def write(
    city: City,
    out: str | os.PathLike[str],
    *,
    delegation: str = "",
    programme: str = "",
    day: dt.date | None = None,
) -> Path:
    """Write the presentation of a city.

    Parameters
    ----------
    city : City
        Any pack.
    out : path
        The ``.pptx`` to write; an older one is replaced.
    delegation : str
        Who presents; the author of the file.
    programme : str
        Title of the programme.
    day : date, optional
        Day of the presentation; no clock is asked.

    Returns
    -------
    Path
        The file. Equal input gives equal bytes.
    """
    who = clean(delegation) or f"Delegation of {city.title}"
    foot = " · ".join(t for t in (city.title, clean(programme)) if t)
    deck = Deck(f"{city.title}: our city", author=who, foot=foot, day=day)
    _cover(deck, city, who, clean(programme), day)
    _glance(deck, city)
    _people(deck, city)
    _movement(deck, city)
    _data(deck, city)
    for i, (title, prompts) in enumerate(OWN_STORIES):
        _own(deck, title, prompts, i)
    return deck.write(out, about=f"City presentation of {city.title}")


def _try(work: Callable[[], T]) -> T | None:
    """Return what a pack gives, None where it lacks the table: the deck goes on."""
    try:
        return work()
    except CourseError:
        return None


def _cover(deck: Deck, city: City, who: str, programme: str, day: dt.date | None) -> None:
    picture = _try(
        lambda: pictures.network_png(city, width_px=1760, height_px=1584, legend=False, names=False)
    )
    when = f"{day.day} {day:%B %Y}" if day else ""
    slide = deck.cover(city.title, [who], [t for t in (programme, when) if t], picture,
                       alt=pictures.alt_of(picture) if picture else "")  # fmt: skip
    slide.notes("Say who you are and what your city is known for.", "Half a minute.",
                _map_note(city))  # fmt: skip


def _map_note(city: City) -> str:
    row = city_facts.source_of(city, "stops")
    return f"Map: stops and lines of the pack. {city_facts._note(row['year'], row['method'])}."


def _glance(deck: Deck, city: City) -> None:
    found = city_facts.figures(city)
    people, land = city_facts.population(city), city_facts.area(city)
    title = f"{inside(city.title)} at a glance"
    if people and land and not (people.synthetic or land.synthetic):
        title = f"{inside(city.title)}: {_round(people.amount)} people on {land.value} km²"
    made = any(f.synthetic for f in found)
    slide = deck.slide(title, tag="At a glance · 1 min",
                       mark=f"partly {SYNTHETIC}" if made else "")  # fmt: skip
    wide, high = 276.0, 176.0
    for i, figure in enumerate(found[:6]):
        left = MARGIN + (i % 3) * (wide + 18)
        top = TOP + 12 + (i // 3) * (high + 10)
        slide.figure((left, top, wide, high), figure.value, figure.unit, figure.note)
    if not found:
        slide.text((MARGIN, TOP, 500, 60), ["This pack holds no figures of the city yet."])
    slide.notes("Choose two figures and say what they mean for people.",
                *[f"{f.value} {f.unit}: {f.note}." for f in found])  # fmt: skip


def _round(people: float) -> str:
    if people >= 1e6:
        return f"{people / 1e6:.1f} million"
    return number(round(people, -3) if people >= 10_000 else people, decimals=0)


def _people(deck: Deck, city: City) -> None:
    zones = _try(lambda: city.zones)
    needed = {"population", "area_km2"}
    if zones is None or not len(zones) or not needed <= set(zones):
        slide = deck.slide("Where people live: no table of zones yet", tag="People · 1 min")
        slide.text((MARGIN, TOP, 560, 120), [
            "This pack has no people by zone. A table with zone_id, lat, lon, area_km2 and "
            "population is enough to draw this map."
        ])  # fmt: skip
        return
    zones = zones[(zones["area_km2"] > 0) & zones["population"].notna()]
    density = indicators.zone_densities(zones)
    badge = indicators.badge(city, "population", "area_km2")
    name = dict(zip(zones["zone_id"], zones["name"].astype(str), strict=True))
    top = density.idxmax() if len(density) else None
    title = "Where people live"
    if top is not None:
        most = number(density[top], decimals=0)
        title = f"{inside(name[top])} is the densest zone: {most} people/km²"
    slide = deck.slide(title, tag="Where people live · 1 min", mark=SYNTHETIC if badge else "")
    row = city_facts.source_of(city, "zones")
    png = pictures.zones_png(
        city, density, title, "people per km²", measure="Density",
        year=row["year"] if not badge else None,  # type: ignore[arg-type]
        synthetic=badge, decimals=0, **PICTURE,
    )  # fmt: skip
    slide.picture(HERO, png, pictures.alt_of(png))
    mean, land = indicators.city_density(zones), float(zones["area_km2"].sum())
    dense = indicators.above(zones, mean)
    slide.figure((MARGIN, TOP, SIDE, 120.0), f"{dense.people_pct:.0f} %", "of all people live",
                 f"on {dense.land_pct:.0f} % of the {number(land, decimals=0)} km² of the zones: "
                 f"above their mean of {number(mean, decimals=0)} people per km²")  # fmt: skip
    slide.text((MARGIN, TOP + 138, SIDE, 236), [city_facts.zone_source(city), OUTLINES],
               sizes=(13,), color="ink-2", name="Source")  # fmt: skip
    slide.notes("Point at the densest zone and at the emptiest one.", city_facts.zone_source(city))


def _movement(deck: Deck, city: City) -> None:
    patterns = _try(lambda: city.patterns)
    if patterns is None or patterns.empty:
        slide = deck.slide("How people move: no lines in this pack yet", tag="Movement · 1 min")
        slide.text((MARGIN, TOP, 560, 120), [
            "A GTFS feed, or a list of lines and stops, is enough to draw this map."
        ])  # fmt: skip
        return
    lines, stops = patterns["route_id"].nunique(), len(city.stops)
    title = f"{counted(lines, 'route')} and {counted(stops, 'stop')} in {inside(city.title)}"
    slide = deck.slide(title, tag="How people move · 1 min")
    png = pictures.network_png(city, **PICTURE)
    slide.picture(HERO, png, pictures.alt_of(png))
    chart = movement.of(city)
    bars = bars_png(chart.values, chart.title, chart.unit, measure=chart.measure, year=chart.year,
                    synthetic=chart.synthetic, width_px=900, height_px=930, text_pt=19)  # fmt: skip
    slide.picture((MARGIN, TOP, SIDE, 304.0), bars, pictures.alt_of(bars))
    slide.text((MARGIN, TOP + 316, SIDE, 57), [chart.source], sizes=(13,), color="ink-2",
               name="Source")  # fmt: skip
    slide.notes("Show one trip that works well and one that does not.", chart.source,
                _map_note(city))  # fmt: skip


def _data(deck: Deck, city: City) -> None:
    rows = city_facts.origins(city)
    count = Counter(origin for _, origin, _, _ in rows)
    good = count["real"] + count["facts"]
    title = f"{good} of {len(rows)} tables are real or come from facts"
    slide = deck.slide(title, tag="What our data can support · 1 min")
    told = [("real", "counted or measured"), ("facts", "from a named source"),
            ("synthetic", "made by a rule"), ("missing", "not there")]  # fmt: skip
    for i, (origin, words) in enumerate(told):
        slide.figure((MARGIN + i * 216.0, TOP, 204.0, 84.0), str(count[origin]),
                     origin, words)  # fmt: skip
    box = (MARGIN, TOP + 96, WIDE - 2 * MARGIN, 250.0)
    columns = (Column("Table", 0.16), Column("Origin", 0.11), Column("Year", 0.08),
               Column("Source, or rule it is made by", 0.65))  # fmt: skip
    placed = table(slide, box, columns, rows, sizes=(13,), most_lines=1,
                   alt="Tables of the pack with their origin, year and source")  # fmt: skip
    left = [r[0] for r in rows[placed:]]
    rest = f" Further tables: {', '.join(left)}." if left else ""
    slide.text((MARGIN, BOTTOM - 24, WIDE - 2 * MARGIN, 19.0), [
        "Synthetic tables are for learning the method, not for decisions." + rest
    ], sizes=(13,), color="ink-2", more="… see city.sources", name="Reading")  # fmt: skip
    slide.notes("Which number on the slides before would you not show your mayor?",
                *[" ".join(t for t in (f"{r[0]}:", *r[1:]) if t) for r in rows])  # fmt: skip


def _own(deck: Deck, title: str, prompts: tuple[str, ...], index: int) -> None:
    slide = deck.slide(title, tag=f"Our own story {index + 1} · 1 min")
    slide.text((MARGIN, TOP, 500.0, BOTTOM - TOP), prompts, sizes=(18,),
               color="ink-2", gap=0.9, name="Your words")  # fmt: skip
    _empty_frame(slide)
    slide.notes("Replace the grey words with your own and put one picture on the right.",
                "One number, with its year and source, is worth more than ten.")  # fmt: skip


def _empty_frame(slide: Slide) -> None:
    """Mark the place of a delegation's own picture."""
    box = (MARGIN + 530.0, TOP, WIDE - 2 * MARGIN - 530.0, BOTTOM - TOP - 10)
    slide.bar(box, "canvas", name="Place of your picture")
    slide.text((box[0] + 20, box[1] + box[3] / 2 - 12, box[2] - 40, 26), ["Your picture or chart"],
               sizes=(15,), color="ink-2", centred=True, name="Hint")  # fmt: skip

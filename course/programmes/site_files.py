"""Reading ``sites.yml``: the places of the visits, those of the course and one's own."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from course.errors import CourseError
from course.programmes import clock, folders, plain_yaml
from course.programmes.complaints import Complaints, Reader
from course.programmes.places import MARKS, Opening, Questions, Site, Station


def read_sites() -> dict[str, Site]:
    """Return all places: those of the course, with those of an own ``sites.yml`` over them.

    Raises
    ------
    CourseError
        A file breaks a rule; the sentence names the file, the place and the remedy.
    """
    found: dict[str, Site] = {}
    for folder in reversed(folders.folders()):
        path = folder / f"{folders.SITES}.yml"
        try:
            stamp = path.stat()
        except OSError:
            continue
        found |= _read(str(path), stamp.st_mtime_ns, stamp.st_size)
    return found


@lru_cache(maxsize=16)
def _read(path: str, _changed: int, _size: int) -> dict[str, Site]:
    complaints = Complaints(path)
    content = plain_yaml.load(Path(path))
    if not isinstance(content, list):
        raise CourseError(f"{path}: this is not a list of places.", "Begin each with '- id: '.")
    found: dict[str, Site] = {}
    for number, row in enumerate(content, 1):
        place = _site(Reader(complaints, f"place {number}", row))
        if place.id in found:
            complaints.add(f"place {place.id}", "the id stands twice.", "Choose another id.")
        found[place.id] = place
    if complaints.lines:
        raise CourseError(complaints.lines[0], "")
    return found


def _site(reader: Reader) -> Site:
    name = reader.text("id")
    if not folders.good_name(name):
        reader.complain("'id' is not a name.", "Use lower case letters, digits and _.")
    reader.where = f"place {name}"
    at = _position(reader, reader.rows("at", ()))
    site = Site(
        id=name,
        title=reader.text("title"),
        lat=at and at[0],
        lon=at and at[1],
        place_mark=reader.choice("place_mark", MARKS, "G"),
        place_note=reader.text("place_note", "", longest=400),
        stations=tuple(_station(reader, row) for row in reader.rows("stations", ())),
        opening=tuple(_opening(reader, row) for row in reader.rows("opening", ())),
        closed_on_holidays=reader.choice("holidays", ("closed", "open"), "open") == "closed",
        booking=bool(reader.flag("booking")),
        look_for=reader.text("look_for", longest=400),
        questions=tuple(_questions(reader, row) for row in reader.rows("questions")),
        source=reader.text("source", longest=400),
    )
    if not site.questions:
        reader.complain("there is no observation question.", "Add one under 'questions'.")
    reader.end()
    return site


def _position(reader: Reader, at: list[object]) -> tuple[float, float] | None:
    if not at:
        return None
    good = len(at) == 2 and all(type(value) in (int, float) for value in at)
    if not good or not (-90 <= at[0] <= 90 and -180 <= at[1] <= 180):  # type: ignore[operator]
        reader.complain("'at' is not a position.", "Write [latitude, longitude] in degrees.")
        return None
    return float(at[0]), float(at[1])  # type: ignore[arg-type]


def _station(outer: Reader, row: object) -> Station:
    reader = Reader(outer.complaints, f"{outer.where}, station", row)
    lat, lon = _position(reader, reader.rows("at")) or (0.0, 0.0)
    station = Station(reader.text("name"), reader.text("line"), lat, lon)
    reader.end()
    return station


def _questions(outer: Reader, row: object) -> Questions:
    reader = Reader(outer.complaints, f"{outer.where}, questions", row)
    found = Questions(reader.text("module", ""), reader.text("q1"), reader.text("q2"))
    reader.end()
    return found


def _opening(outer: Reader, row: object) -> Opening:
    reader = Reader(outer.complaints, f"{outer.where}, opening", row)
    days = clock.weekdays(reader.take("days"))
    if days is None:
        reader.complain("'days' is not known.", "Write days such as mon-fri or tue,thu.")
    hours = [clock.minutes(reader.take(end, None)) for end in ("from", "to")]
    given = [reader.content.get(end) is not None for end in ("from", "to")]
    if given != [False, False] and (None in hours or hours[0] >= hours[1]):  # type: ignore[operator]
        reader.complain("the hours are not known.", 'Write from: "09:00" and to: "18:00".')
        hours = [None, None]
    dates = tuple(clock.iso_date(value) for value in reader.rows("dates", ()))
    if dates and (len(dates) != 2 or None in dates or dates[0] > dates[1]):  # type: ignore[operator]
        reader.complain("'dates' is not a span.", "Write [2027-04-01, 2027-10-31].")
        dates = ()
    season = tuple(clock.iso_date(f"2024-{value}") for value in reader.rows("every_year", ()))
    if season and (len(season) != 2 or None in season):
        reader.complain("'every_year' is not a season.", 'Write ["04-01", "10-31"].')
        season = ()
    rule = Opening(
        days or frozenset(range(7)),
        hours[0],
        hours[1],
        dates or None,  # type: ignore[arg-type]
        tuple((d.month, d.day) for d in season) or None,  # type: ignore[union-attr,arg-type]
        reader.choice("mark", MARKS, "G"),
        reader.text("note", "", longest=400),
    )
    reader.end()
    return rule

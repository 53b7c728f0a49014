"""What a pack says about its city in a few figures, each with year, source and origin.

A figure is a fact of the pack, or computed from its tables. Facts of mark S- are printed
as "reported"; of mark G never. A figure of synthetic numbers says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from course.display.numbers import number
from course.errors import CourseError
from course.policy import indicators

if TYPE_CHECKING:
    from course.city.pack import City

SYNTHETIC = "SYNTHETIC"
ORIGINS = ("real", "facts", "synthetic", "missing")


@dataclass(frozen=True)
class Figure:
    """One figure of a city.

    Parameters
    ----------
    value, unit : str
        As printed.
    note : str
        Year and source, or SYNTHETIC and the rule.
    amount : float
        The number itself.
    synthetic : bool
        Whether it was made by a rule.
    """

    value: str
    unit: str
    note: str
    amount: float = 0.0
    synthetic: bool = False


def figures(city: City) -> list[Figure]:
    """Return the figures of a city, those that the pack can give; never more than six."""
    people, land = population(city), area(city)
    found = [people, land]
    if people and land and land.amount > 0:
        density = people.amount / land.amount
        made = people.synthetic or land.synthetic
        note = "computed from the two figures before"
        found.append(Figure(number(density, decimals=0), "people per km²",
                            f"{SYNTHETIC}: {note}" if made else note, density, made))  # fmt: skip
    found += [network(city), departures(city), fare(city)]
    return [f for f in found if f is not None]


def population(city: City) -> Figure | None:
    """Return the people of the city: a fact of the pack, else the sum of its zones."""
    return _fact(city, "population", "people") or _from_zones(city, "population", "people")


def area(city: City) -> Figure | None:
    """Return the land of the city in km²."""
    return _fact(city, "area_km2", "km² of land") or _from_zones(city, "area_km2", "km² of land")


def network(city: City) -> Figure | None:
    """Return lines and stops."""
    try:
        lines, stops = city.patterns["route_id"].nunique(), len(city.stops)
    except CourseError:
        return None
    if not stops:
        return None
    row = source_of(city, "stops")
    note = _note(row["year"], row["method"])
    if row["origin"] == "synthetic":
        note = f"{SYNTHETIC}: {row['method']}"
    unit = f"route{'' if lines == 1 else 's'}, {counted(stops, 'stop')}"
    return Figure(number(lines), unit, note, float(lines), row["origin"] == "synthetic")


def departures(city: City) -> Figure | None:
    """Return departures on a weekday."""
    try:
        trips = float(city.patterns["trips_per_day"].sum())
    except CourseError:
        return None
    if not trips:
        return None
    row = source_of(city, "stop_times")
    made = row["origin"] == "synthetic"
    note = f"{SYNTHETIC}: {row['method']}" if made else _note(row["year"], row["method"])
    return Figure(number(trips), "departures on a weekday", note, trips, made)


def fare(city: City) -> Figure | None:
    """Return the base fare of an adult with a card, where the pack has a real tariff."""
    from course.transport.tariffs import today

    try:
        policy = today(city)
    except CourseError:
        return None
    if policy.teaching or not policy.base:
        return None
    modes = policy.base.get("adult") or next(iter(policy.base.values()))
    mode, price = next(iter(modes.items()))
    what = "" if mode == "*" else f", {mode.replace('_', ' ')}"
    text = number(price, decimals=0 if float(price).is_integer() else 2)
    unit = f"{policy.currency or city.currency} base fare{what}"
    return Figure(text, unit, _note(policy.year, policy.source), float(price))


def counted(count: float, what: str) -> str:
    """Return a count with its word: "1 route", "12 routes"."""
    return f"{number(count)} {what}{'' if count == 1 else 's'}"


def source_of(city: City, frame: str) -> dict[str, object]:
    """Return the row of ``city.sources`` of a frame as plain values."""
    rows = city.sources
    found = rows[rows["frame"].eq(frame)]
    if not len(found):
        return {"frame": frame, "origin": "missing", "method": "", "year": None, "licence": ""}
    row = found.iloc[0].to_dict()
    return row | {"year": _year(row["year"])}


def _year(value: object) -> int | None:
    """Return a year of a table as a number; None where the table has none."""
    import pandas as pd

    return None if pd.isna(value) else int(value)  # type: ignore[call-overload]


def origins(city: City) -> list[tuple[str, str, str, str]]:
    """Return one row per table that lessons use: table, origin, year and source or rule.

    Returns
    -------
    list of tuple
        Frame, origin, year ("" for none) and source or rule: real and facts first. Tables
        that only steer the building of a timetable are left out.
    """
    from course.city.schema import LINE_INPUTS, TABLES

    rows = city.sources
    small = {"calendar", "calendar_dates", "shapes", "frequencies", "trips", *LINE_INPUTS}
    wanted = set(TABLES) - small
    order = {origin: i for i, origin in enumerate(ORIGINS)}
    found = [
        (str(r.frame), str(r.origin), str(_year(r.year) or ""), str(r.method or ""))
        for r in rows[rows["frame"].isin(wanted)].fillna({"method": ""}).itertuples()
    ]
    return sorted(found, key=lambda row: order.get(row[1], len(order)))


def source_line(row: dict[str, object]) -> str:
    """Return year and source of a row of :func:`source_of` as one sentence."""
    return f"Source: {_note(row['year'], row['method'])}."


def zone_source(city: City) -> str:
    """Return where people and land of the zones come from, or SYNTHETIC and the rule."""
    made = indicators.badge(city, "population", "area_km2")
    if made:
        return made
    row = source_of(city, "zones")
    # a table with one made-up column names that first, then the rest
    return source_line(row | {"method": str(row["method"]).rpartition("; rest: ")[2]})


def _fact(city: City, name: str, unit: str) -> Figure | None:
    facts = city.properties.get("facts")
    for fact in facts if isinstance(facts, list) else []:
        if not isinstance(fact, dict) or fact.get("name") != name or fact.get("mark") == "G":
            continue
        try:
            amount = float(fact["value"])
        except (KeyError, TypeError, ValueError):
            continue
        source = str(fact.get("source") or "")
        if fact.get("mark") == "S-" and "reported" not in source:
            source = f"{source} (reported)"
        return Figure(number(amount), unit, _note(fact.get("year"), source), amount)
    return None


def _from_zones(city: City, column: str, unit: str) -> Figure | None:
    try:
        zones = city.zones
    except CourseError:
        return None
    if column not in zones or not len(zones):
        return None
    amount = float(zones[column].sum())
    row = source_of(city, "zones")
    parts = str(row.get("synthetic_columns") or "")
    made = row["origin"] == "synthetic" and (parts in ("", "all", "nan") or column in parts)
    note = f"{SYNTHETIC}: {row['method']}" if made else _note(row["year"], row["method"])
    return Figure(number(amount, decimals=0), unit, note, amount, made)


def _note(year: object, source: object) -> str:
    told = str(source or "").strip()
    return ", ".join(t for t in (str(year or ""), told) if t) or "no year or source in the pack"

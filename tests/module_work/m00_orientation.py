"""Module 00: what a careful trainee types, and the numbers its lesson prints."""

from __future__ import annotations

from course.city.pack import City
from tests.module_work import shown


def WORK(city: City, trainee: str) -> dict[str, str]:
    """Return the source of every working cell."""
    top, below = ("population", "area_km2")
    if shown("m00_densest", city, trainee)["variant"] == "jobs":
        top, below = ("jobs", "population")
    line = shown("m00_above", city, trainee)["line"]
    way = shown("m00_route", city, trainee)
    count = "int((mine['origin'] == 'synthetic').sum())"
    if shown("m00_synth", city, trainee)["variant"] == "rows":
        count = "int(mine['rows'].sum())"
    return {
        "m00_density": "m00_density = indicators.density_per_km2(\n"
        "    population=zones['population'].sum(), area_km2=zones['area_km2'].sum())",
        "m00_densest": "eight = exercise('m00_zones', city).set_index('letter')\n"
        f"m00_densest = (eight['{top}'] / eight['{below}']).idxmax()",
        "m00_above": f"m00_above = indicators.above(zones, {line}).people_pct",
        "m00_synth": f"mine = exercise('m00_sources', city)\nm00_synth = {count}",
        "m00_2530": "m00_2530 = 'b'",
        "m00_route": f"way = visits.route({way['start']!r}, {way['end']!r}, "
        f"depart={way['depart']!r})\nm00_route = way.minutes",
    }


LESSON_CALLS = (
    # 9,597,372 / 605.2 on paper: 15,858.18
    ("round(indicators.density_per_km2(population=9_597_372, area_km2=605.2))", 15858, "15,858"),
    ("len(city.zones)", 25, "25"),
    ("int(city.zones['population'].sum())", 9_597_372, "9,597,372"),
    # 300 people on 2 km²
    ("indicators.density_per_km2(population=300, area_km2=2)", 150.0, ""),
    # Dongdaemun: 358,603 people on 14.21 km²
    ("round(indicators.zone_densities(city.zones).max())", 25236, ""),
)

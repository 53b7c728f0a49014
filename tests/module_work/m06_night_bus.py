"""Module 06: what a careful trainee types, and the numbers its lesson prints."""

from __future__ import annotations

from course.city.pack import City
from tests.module_work import design, shown


def WORK(city: City, trainee: str) -> dict[str, str]:
    """Return the source of every working cell."""
    edge = shown("m06_hex", city, trainee)["edge_km"]
    hour = shown("m06_hot", city, trainee)["hour"]
    score = shown("m06_score", city, trainee)
    gain = shown("m06_gain", city, trainee)
    both = [gain["first"], gain["second"]]
    fleet = shown("m06_fleet", city, trainee)
    return {
        "m06_hex": f"m06_hex = nightbus.hex_area_km2({edge!r})",
        "m06_hot": "cells = exercise('m06_cells', city)\n"
        f"starts = trips[trips['hour'] == {hour}].groupby('from_cell')['trips'].sum()\n"
        "ten = cells.set_index('letter')['cell'].map(starts).fillna(0)\n"
        "m06_hot = ten.idxmax()",
        "m06_score": f"m06_score = nightbus.score_per_km(routes[{score['route']!r}], trips, "
        f"buffer_m={score['buffer_m']})",
        "m06_gain": f"one = nightbus.trips_served(routes[{both[0]!r}], trips, "
        f"buffer_m={gain['buffer_m']})\n"
        f"two = nightbus.trips_served(routes.some({both!r}), trips, "
        f"buffer_m={gain['buffer_m']})\n"
        "m06_gain = 100 * (two - one) / trips['trips'].sum()",
        "m06_net": f"m06_net = {design('m06_net', city, trainee)!r}",
        "m06_fleet": f"m06_fleet = nightbus.fleet(round_trip_km=2 * {fleet['length_km']!r}, "
        f"speed_kmh={fleet['speed_kmh']}, layover_min={fleet['layover_min']}, "
        f"headway_min={fleet['headway_min']})",
    }


_SHARES = "nightbus.hour_shares(night_trips=city.night_trips)['seoul_pct']"

LESSON_CALLS = (
    # six triangles of 0.5 km: 6 x 0.25 x sqrt(3) x 0.25
    ("round(nightbus.hex_area_km2(0.5), 3)", 0.650, "0.650"),
    ("round(1252 * nightbus.hex_area_km2(0.5))", 813, "813"),  # 1,252 x 0.64952
    ("round(605.2 / 1252, 3)", 0.483, "0.483"),
    ("round(605.2 / 1252 / nightbus.hex_area_km2(1), 4) ** 0.5 // 0.001 / 1000",
     0.431, "0.431"),  # the edge whose hexagon has that area
    ("nightbus.fleet(round_trip_km=60, speed_kmh=20, layover_min=20, headway_min=40)",
     5, "5"),  # 180 + 20 minutes over 40
    ("nightbus.SEOUL_START['riders'].value", 6079, "6,079"),
    ("nightbus.SEOUL_START['top_stop_riders'].value", 159, "159"),
    ("nightbus.SEOUL_START['cells'].value", 1252, "1,252"),
    (f"round(sum({_SHARES}), 1)", 100.1, "100.1"),
    (f"max({_SHARES})", 27.9, "27.9"),
)  # fmt: skip

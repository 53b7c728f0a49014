"""Draws and pieces of the module "Your city as data".

What is drawn: eight zones, a line of density, eight frames, two study visits and a time.
A draw looks at public tables only (zones, sources, the list of visits) and is repeated, 50
times at most, until what is asked is clear: the densest of the eight zones is neither the one
with most people nor the smallest, and no other comes within 1 % of it; the line leaves
some zones on both sides, and shares of people, zones and land lie apart; two to six frames
are synthetic. Where a city cannot give that, the question's variant is asked (jobs for each
resident; rows), or the last draw. No answer is among the drawn values.

Rides never travel with a hand-in, and neither do lines and headways: frames are drawn among
those whose origin a host sees as the trainee does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from course.city.synthesis.stream import Stream

if TYPE_CHECKING:
    import pandas as pd

    from course.city.pack import City
    from course.identity import Who

CODES = ("a", "b", "c", "d", "e", "f", "g", "h")
TRIES = 50
LEAD = 1.01  # the best leads the second by 1 % or more
EQUAL_AREAS = 1.1  # largest over smallest: hexagons of one size differ by less
LOW, HIGH = 0.30, 0.70  # the line lies between these quantiles of the zones
APART = 1.5  # percentage points: three tolerances of the answer
FRAMES = 8
FEWEST, MOST = 2, 6
LEAST_KM = 4.0  # between the two visits
_AT_HOME = {"rides", "shapes", "stations", "lines", "headways"}
_TIMETABLE = ("stops", "routes", "trips", "stop_times", "frequencies", "calendar", "calendar_dates")


# ---- m00_densest ---------------------------------------------------------------------


def _draw_zones(city: City, key: str) -> dict[str, Any]:
    stream = Stream("m00_densest", city.fingerprint, key)
    zones = city.zones
    zones = zones[(zones["population"] > 0) & (zones["area_km2"] > 0)]
    areas = zones["area_km2"]
    equal = len(areas) > 0 and float(areas.max()) <= EQUAL_AREAS * float(areas.min())
    ids = zones["zone_id"].astype(str).tolist()
    chosen = ids[: len(CODES)]
    variant = "jobs"
    for _ in range(TRIES):
        chosen = stream.choose(ids, min(len(CODES), len(ids)))
        if not equal and _one_is_densest(zones, chosen):
            variant = "density"
            break
    return {
        "variant": variant, **_words_of(variant),
        **{f"zone_{code}": zone for code, zone in zip(CODES, chosen, strict=False)},
        **_options(zones, chosen),
    }  # fmt: skip


def _one_is_densest(zones: pd.DataFrame, chosen: list[str]) -> bool:
    """Say whether the question has one answer that people or land alone do not give."""
    eight = zones.set_index("zone_id").loc[chosen]
    density = (eight["population"] / eight["area_km2"]).sort_values(ascending=False)
    if len(density) < 2 or density.iloc[0] < LEAD * density.iloc[1]:
        return False
    return density.index[0] not in (eight["population"].idxmax(), eight["area_km2"].idxmin())


def _options(zones: pd.DataFrame, chosen: list[str]) -> dict[str, str]:
    names = dict(zip(zones["zone_id"].astype(str), zones["name"].astype(str), strict=True))
    told = {f"option_{code}": "no zone" for code in CODES}
    for code, zone in zip(CODES, chosen, strict=False):
        told[f"option_{code}"] = f"{names[zone]} ({zone})"
    return told


def _words_of(variant: str) -> dict[str, str]:
    if variant == "density":
        return {
            "asked": "Which of these 8 zones is densest: where do most people live on one km²?",
            "measure": "number of people per km²",
            "example_x": "90,000 people on 30 km²", "example_y": "40,000 people on 5 km²",
            "example_end": "Y is denser: 8,000 per km² beside 3,000.",
        }  # fmt: skip
    return {
        "asked": "Which of these 8 zones has most jobs for each resident? Your zones are too much "
        "alike to ask for the densest.",
        "measure": "number of jobs for each resident",
        "example_x": "9,000 jobs and 90,000 residents",
        "example_y": "6,000 jobs and 20,000 residents",
        "example_end": "Y has more for each resident: 0.3 beside 0.1.",
    }  # fmt: skip


def exercise_zones(city: City, who: Who) -> pd.DataFrame:
    """Return the eight zones of question m00_densest.

    Returns
    -------
    pandas.DataFrame
        One row per zone: ``letter``, and the columns of ``city.zones`` but the coordinates.
    """
    drawn = _draw_zones(city, who.key("trainee"))
    letters = [code for code in CODES if f"zone_{code}" in drawn]
    zones = city.zones.set_index("zone_id").loc[[drawn[f"zone_{c}"] for c in letters]]
    columns = ["zone_id", "name", "area_km2", "population", "jobs", "income_group"]
    table = zones.reset_index()[columns]
    table.insert(0, "letter", letters)
    return table


# ---- m00_above -----------------------------------------------------------------------


def _draw_line(city: City, key: str) -> dict[str, Any]:
    stream = Stream("m00_above", city.fingerprint, key)
    zones = city.zones
    people, land = (zones[c].to_numpy(float) for c in ("population", "area_km2"))
    density = np.divide(people, land, out=np.zeros(len(people)), where=land > 0)
    ordered = np.sort(density)
    line = 0
    for _ in range(TRIES):
        share = stream.integer(int(LOW * 1000), int(HIGH * 1000) + 1) / 1000
        at = share * (len(ordered) - 1)
        low = int(at)
        high = min(low + 1, len(ordered) - 1)
        value = ordered[low] + (at - low) * (ordered[high] - ordered[low])
        line = _rounded(float(value))
        if _line_tells(people, land, density, line):
            break
    return {"line": line, "line_text": f"{line:,}"}


def _rounded(value: float) -> int:
    """Return a line with three digits that count."""
    step = 10 ** max(0, len(str(int(value))) - 3)
    return max(1, round(value / step) * step)


def _line_tells(people: np.ndarray, land: np.ndarray, density: np.ndarray, line: int) -> bool:
    """Say whether people, zones, land and those below the line are four different shares."""
    over = density > line
    if not over.any() or over.all():
        return False
    share = 100 * people[over].sum() / people.sum()
    others = (100 * over.mean(), 100 * land[over].sum() / land.sum(), 100 - share)
    return all(abs(share - other) > APART for other in others)


# ---- m00_synth -----------------------------------------------------------------------


def _candidates(city: City) -> pd.DataFrame:
    """Return the frames a host sees as the trainee does: frame and origin."""
    from course.city.schema import TABLES

    rows = city.sources
    rows = rows[rows["frame"].isin(set(TABLES) - _AT_HOME)]
    empty = [name for name in _TIMETABLE if name in set(rows["frame"]) and city.frame(name).empty]
    return rows[~rows["frame"].isin(empty)][["frame", "origin"]].reset_index(drop=True)


def _draw_frames(city: City, key: str) -> dict[str, Any]:
    stream = Stream("m00_synth", city.fingerprint, key)
    found = _candidates(city)
    origin = dict(zip(found["frame"], found["origin"], strict=True))
    for _ in range(TRIES):
        chosen = stream.choose(list(origin), min(FRAMES, len(origin)))
        if FEWEST <= sum(origin[name] == "synthetic" for name in chosen) <= MOST:
            return _asked_origin(chosen)
    return _asked_rows(stream, city, origin)


def _asked_origin(chosen: list[str]) -> dict[str, Any]:
    listed = ", ".join(chosen)
    return {
        "variant": "origin", "frames": chosen, "unit": "frames", "most": len(chosen),
        "asked": f"How many of these {len(chosen)} frames of your city are synthetic: {listed}? "
        "Look at `city.sources`.",
        "hint_quantity": "We look for a number of frames: those of your list with the origin "
        "synthetic. Real and facts have a source; missing is not there at all.",
        "hint_example": "Other numbers: five frames with the origins real, synthetic, facts, "
        "synthetic and missing. Two of them are synthetic.",
    }  # fmt: skip


def _asked_rows(stream: Stream, city: City, origin: dict[str, str]) -> dict[str, Any]:
    there = [name for name, how in origin.items() if how in ("real", "facts")]
    chosen = stream.choose(there, min(FRAMES, len(there)))
    listed = ", ".join(chosen)
    return {
        "variant": "rows", "frames": chosen, "unit": "rows", "most": 10**9,
        "asked": f"How many rows do these {len(chosen)} frames of your city have together: "
        f"{listed}? Look at `city.sources`.",
        "hint_quantity": "We look for one sum: the rows of all frames of your list.",
        "hint_example": "Other numbers: three frames of 12, 300 and 4 rows have 316 rows together.",
    }  # fmt: skip


def exercise_sources(city: City, who: Who) -> pd.DataFrame:
    """Return the rows of ``city.sources`` for the frames of question m00_synth.

    Returns
    -------
    pandas.DataFrame
        ``frame``, ``rows``, ``origin``, ``method``, ``year``, in the order of the question.
    """
    chosen = _draw_frames(city, who.key("trainee"))["frames"]
    table = city.sources.set_index("frame").loc[chosen].reset_index()
    return table[["frame", "rows", "origin", "method", "year"]]


# ---- m00_2530, m00_route -------------------------------------------------------------


def _draw_nothing(city: City, key: str) -> dict[str, Any]:
    return {}


def _draw_way(city: City, key: str) -> dict[str, Any]:
    from course.city.metres import metres_between
    from course.visits import all_sites
    from course.visits.routes import place_of, short_title

    stream = Stream("m00_route", city.fingerprint, key)
    titles = {s.id: short_title(s.title) for s in all_sites().values() if s.lat is not None}
    ids = sorted(titles)
    start, end = ids[0], ids[-1]
    for _ in range(TRIES):
        start, end = stream.choose(ids, 2)
        a, b = place_of(start), place_of(end)
        if float(metres_between(a.lat, a.lon, b.lat, b.lon)) >= LEAST_KM * 1000:
            break
    minute = 9 * 60 + 5 * stream.integer(0, 7 * 12)
    return {
        "start": start, "end": end, "start_title": titles[start], "end_title": titles[end],
        "depart": f"{minute // 60:02d}:{minute % 60:02d}",
    }  # fmt: skip


DRAWS: dict[str, Callable[[City, str], dict[str, Any]]] = {
    "m00_density": _draw_nothing,
    "m00_densest": _draw_zones,
    "m00_above": _draw_line,
    "m00_synth": _draw_frames,
    "m00_2530": _draw_nothing,
    "m00_route": _draw_way,
}
PIECES: dict[str, Callable[..., Any]] = {
    "m00_sources": exercise_sources,
    "m00_zones": exercise_zones,
}

"""Draws and pieces of the module "Routes from night demand".

The exercise night trips are each trainee's own and always made by the course's rule, also
where a pack has records of its own: a host rebuilds them from the pack. The twelve routes
are the same for everyone in a city, so that a table of trainees can talk about them.

What is drawn, and the only conditions used (none of them computes an answer): an edge of a
cell; ten cells among those with many jobs; a route; two routes that run partly through the
same cells; a fleet for three to five routes of usual length; a headway shorter than the way
is long. That a network for the fleet exists is the host's to find out.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from course.city.synthesis.stream import Stream
from course.exercises.memory import Memory
from course.exercises.night_routes import (
    BUFFER_M,
    beside,
    overlapping,
    route_set,
    usual_length_km,
)

if TYPE_CHECKING:
    import pandas as pd

    from course.bigdata.night_routes import Candidates
    from course.city.pack import City
    from course.identity import Who

CODES = ("a", "b", "c", "d", "e", "f", "g", "h", "i", "j")
SPEED_KMH, LAYOVER_MIN, USUAL_HEADWAY_MIN = 20, 20, 40
HOTTEST = 3
HEADWAYS_MIN = (12, 15, 18, 20, 24, 25, 30, 35, 40, 45)
MOST_CELLS = 40  # the ten are drawn among this many with most jobs

_tables = Memory(16)


# ---- pieces --------------------------------------------------------------------------


def _night_trips(city: City, seed: str) -> pd.DataFrame:
    from course.city.synthesis.night_trips import synthesise_night_trips

    def compute() -> pd.DataFrame:
        frame = synthesise_night_trips(city, seed=("m06_night_trips", seed))
        frame.attrs["badge"] = f"SYNTHETIC: {frame.attrs['method']}"
        return frame

    return _tables.get((city.fingerprint, seed), compute)


def exercise_night_trips(city: City, who: Who) -> pd.DataFrame:
    """Return the trainee's exercise night trips.

    Parameters
    ----------
    city : City
        The trips follow its zones, stops and lines.
    who : Who
        Each trainee has other trips.

    Returns
    -------
    pandas.DataFrame
        The columns of ``city.night_trips``: one row per pair of cells and hour; always
        synthetic.
    """
    return _night_trips(city, who.key("trainee")).copy()


def exercise_routes(city: City, who: Who) -> Candidates:
    """Return the twelve candidate routes of the exercises, the same for everyone in a city."""
    return route_set(city)


def exercise_cells(city: City, who: Who) -> pd.DataFrame:
    """Return the ten cells of question m06_hot.

    Returns
    -------
    pandas.DataFrame
        One row per cell: ``letter``, ``cell``, ``place`` (name of its zone),
        ``population``.
    """
    import pandas as pd

    drawn = _draw_hot(city, who.key("trainee"))
    cells = [drawn[f"cell_{code}"] for code in CODES if f"cell_{code}" in drawn]
    people, places = beside(city).cells.set_index("cell")["population"], _places(city)
    return pd.DataFrame({
        "letter": list(CODES[: len(cells)]), "cell": cells,
        "place": [places[cell] for cell in cells], "population": people.loc[cells].tolist(),
    })  # fmt: skip


def exercise_beside(city: City, who: Who) -> pd.DataFrame:
    """Return which routes pass the three cells of question m06_net.

    Returns
    -------
    pandas.DataFrame
        One row per cell: ``cell``, ``place`` (name of its zone), ``routes`` (ids of the
        routes whose buffer holds its middle).
    """
    import pandas as pd

    here, places = beside(city), _places(city)
    cells = hottest_reached(city, who.key("trainee"))
    at = here.cells.reset_index(drop=True).reset_index().set_index("cell")["index"].loc[cells]
    near = here.metres[:, at.to_numpy()] <= BUFFER_M
    return pd.DataFrame({
        "cell": cells, "place": [places[cell] for cell in cells],
        "routes": [", ".join(r for r, n in zip(here.routes.ids, by, strict=True) if n)
                   for by in near.T],
    })  # fmt: skip


PIECES: dict[str, Callable[..., Any]] = {
    "m06_night_trips": exercise_night_trips,
    "m06_routes": exercise_routes,
    "m06_cells": exercise_cells,
    "m06_beside": exercise_beside,
}


# ---- draws ---------------------------------------------------------------------------


def _draw_hex(city: City, key: str) -> dict[str, Any]:
    stream = Stream("m06_hex", city.fingerprint, key)
    return {"edge_km": stream.integer(31, 160) / 100}


def _places(city: City) -> dict[str, str]:
    """Return each cell with the name of its zone, as the questions show it."""
    cells = beside(city).cells
    names = dict(zip(city.zones["zone_id"], city.zones["name"].astype(str), strict=True))
    return {
        cell: names.get(zone) or zone
        for cell, zone in zip(cells["cell"].tolist(), cells["zone_id"].tolist(), strict=True)
    }


def _busy_cells(city: City) -> list[str]:
    """Return the cells with most jobs, most first."""
    cells = beside(city).cells.sort_values(["jobs", "cell"], ascending=[False, True])
    return cells["cell"].head(min(MOST_CELLS, max(len(CODES), len(cells) // 3))).tolist()


def _draw_hot(city: City, key: str) -> dict[str, Any]:
    stream = Stream("m06_hot", city.fingerprint, key)
    cells, places = _busy_cells(city), _places(city)
    hour = stream.integer(0, 5)
    drawn: dict[str, Any] = {"hour": hour, "hours": f"{hour:02d} and {hour + 1:02d} h"}
    chosen = stream.choose(cells, len(CODES))
    for number, code in enumerate(CODES):
        if number >= len(chosen):  # a city of fewer cells than letters
            drawn[f"option_{code}"] = "no cell"
            continue
        drawn[f"cell_{code}"] = chosen[number]
        drawn[f"option_{code}"] = f"{chosen[number]}, {places[chosen[number]]}"
    return drawn


def _draw_score(city: City, key: str) -> dict[str, Any]:
    stream = Stream("m06_score", city.fingerprint, key)
    return {"route": stream.choose(route_set(city).ids, 1)[0], "buffer_m": BUFFER_M}


def _draw_gain(city: City, key: str) -> dict[str, Any]:
    stream = Stream("m06_gain", city.fingerprint, key)
    first, second = stream.choose(overlapping(city), 1)[0]
    return {"first": first, "second": second, "buffer_m": beside(city).gain_buffer_m}


def hottest_reached(city: City, key: str) -> list[str]:
    """Return the three cells with most trips that start there, of those beside a route."""
    trips = _night_trips(city, key)
    here = beside(city)
    reached = (here.metres <= BUFFER_M).any(axis=0)
    starts = trips.groupby("from_cell")["trips"].sum()
    cells = here.cells[reached].assign(
        starts=here.cells.loc[reached, "cell"].map(starts).fillna(0.0)
    )
    top = cells.sort_values(["starts", "cell"], ascending=[False, True]).head(HOTTEST)
    return top["cell"].tolist()


def _draw_net(city: City, key: str) -> dict[str, Any]:
    stream = Stream("m06_net", city.fingerprint, key)
    round_trip_min = 2 * usual_length_km(city) / SPEED_KMH * 60 + LAYOVER_MIN
    each = max(1, math.ceil(round_trip_min / USUAL_HEADWAY_MIN))
    hot, places = hottest_reached(city, key), _places(city)
    told = [f"{cell}, {places[cell]}" for cell in hot] + ["no other"] * HOTTEST
    return {
        "budget": stream.integer(3, 6) * each + stream.integer(0, 3),
        "speed_kmh": SPEED_KMH,
        "layover_min": LAYOVER_MIN,
        "buffer_m": BUFFER_M,
        "hot": hot,
        **{f"hot_{i + 1}": told[i] for i in range(HOTTEST)},
    }


def _draw_fleet(city: City, key: str) -> dict[str, Any]:
    stream = Stream("m06_fleet", city.fingerprint, key)
    route = stream.choose(list(route_set(city)), 1)[0]
    short = [h for h in HEADWAYS_MIN if h <= max(route.length_km, HEADWAYS_MIN[2])]
    return {
        "route": route.route_id,
        "length_km": round(route.length_km, 1),
        "headway_min": stream.choose(short, 1)[0],
        "speed_kmh": SPEED_KMH,
        "layover_min": LAYOVER_MIN,
    }


DRAWS: dict[str, Callable[[City, str], dict[str, Any]]] = {
    "m06_hex": _draw_hex,
    "m06_hot": _draw_hot,
    "m06_score": _draw_score,
    "m06_gain": _draw_gain,
    "m06_net": _draw_net,
    "m06_fleet": _draw_fleet,
}

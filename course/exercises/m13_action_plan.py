"""Draws and pieces of the module "From week to work".

What is drawn, and the only conditions used (none of them computes an answer): a project
whose cost goes with the city's population and its usual fare; ten risks, whose chances and
harms are one of four fixed sets in a drawn order; three to five zones of the city.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from course.city.synthesis.stream import Stream
from course.exercises.fare_scale import fare_today
from course.exercises.money_steps import grain, money, rounded

if TYPE_CHECKING:
    import pandas as pd

    from course.city.pack import City
    from course.identity import Who

CODES = ("a", "b", "c", "d", "e", "f", "g", "h", "i", "j")
YEARS, CONTINGENCY_PCT = 3, 10
PROJECTS = (
    "one ticket for two lines", "a night bus pilot", "a desk that answers requests",
    "step-free stops on one line", "a shared code for permits and requests",
    "arrival times at stops", "a small open data office",
)  # fmt: skip
RISKS = (
    "the supplier delivers late", "the council votes later", "drivers strike",
    "the law takes longer", "the data are not shared", "the grant is cut",
    "trained staff leave", "riders do not understand it", "a machine fails in the rain",
    "personal data leak", "prices rise", "two offices count differently",
)  # fmt: skip
# chance and harm of ten risks: fixed by hand, each set in another spread
SCORES = (
    ((4, 4), (5, 2), (2, 5), (3, 4), (3, 3), (1, 4), (4, 2), (2, 3), (1, 1), (3, 1)),
    ((4, 4), (5, 3), (3, 5), (2, 4), (4, 2), (3, 3), (2, 2), (1, 3), (4, 1), (1, 4)),
    ((3, 4), (5, 2), (2, 5), (4, 2), (1, 4), (3, 3), (2, 2), (4, 1), (1, 3), (2, 4)),
    ((4, 3), (5, 1), (2, 5), (3, 3), (1, 4), (4, 2), (2, 2), (3, 1), (1, 2), (2, 4)),
)


# ---- pieces --------------------------------------------------------------------------


def exercise_zones(city: City, who: Who) -> pd.DataFrame:
    """Return every zone of the city with its residents, and whether it is in the pilot.

    Returns
    -------
    pandas.DataFrame
        One row per zone: ``zone_id``, ``name``, ``population`` (residents), ``area_km2``,
        ``in_pilot`` (of question m13_reach).
    """
    zones = city.zones[["zone_id", "name", "population", "area_km2"]].reset_index(drop=True)
    drawn = _draw_reach(city, who.key("trainee"))["zones"]
    return zones.assign(in_pilot=zones["zone_id"].isin(drawn))


def exercise_risks(city: City, who: Who) -> pd.DataFrame:
    """Return the ten risks of question m13_risk.

    Returns
    -------
    pandas.DataFrame
        One row per risk: ``letter``, ``risk``, ``p`` (chance, 1 to 5), ``i`` (harm, 1 to 5).
    """
    import pandas as pd

    drawn = _draw_risk(city, who.key("trainee"))
    rows = [(code, drawn[f"risk_{code}"], *drawn[f"score_{code}"]) for code in CODES]
    return pd.DataFrame(rows, columns=["letter", "risk", "p", "i"])


PIECES: dict[str, Callable[..., Any]] = {
    "m13_zones": exercise_zones,
    "m13_risks": exercise_risks,
}


# ---- draws ---------------------------------------------------------------------------


def _nothing(city: City, key: str) -> dict[str, Any]:
    """Everybody is asked the same."""
    return {}


def _draw_gap(city: City, key: str) -> dict[str, Any]:
    stream = Stream("m13_gap", city.fingerprint, key)
    # about the fares of one day of the city, so that amounts look right in any currency
    fare = max(fare_today(city), 0.01)
    people = float(city.zones["population"].sum())
    whole = max(fare * people * stream.integer(2, 20) / 100, 1.0)
    step = grain(whole / 200)
    capex = rounded(whole, step)
    opex = rounded(capex * stream.integer(8, 25) / 100, step)
    parts = [rounded(capex * stream.integer(20, 55) / 100, step) for _ in range(2)]
    names = stream.choose(["the city budget", "a grant", "the bus company", "the province"], 2)
    told = [f"{money(a, city.currency)} ({n})" for a, n in zip(parts, names, strict=True)]
    return {
        "project": stream.choose(list(PROJECTS), 1)[0],
        "capex": capex,
        "opex": opex,
        "sources": parts,
        "capex_text": money(capex, city.currency),
        "opex_text": money(opex, city.currency),
        "sources_text": " and ".join(told),
    }


def _draw_risk(city: City, key: str) -> dict[str, Any]:
    stream = Stream("m13_risk", city.fingerprint, key)
    scores = stream.choose(list(stream.choose(list(SCORES), 1)[0]), len(CODES))
    names = stream.choose(list(RISKS), len(CODES))
    drawn: dict[str, Any] = {}
    for code, name, (p, i) in zip(CODES, names, scores, strict=True):
        drawn[f"risk_{code}"], drawn[f"score_{code}"] = name, [p, i]
        drawn[f"option_{code}"] = f"{name}: chance {p}, harm {i}"
    return drawn


def _draw_reach(city: City, key: str) -> dict[str, Any]:
    stream = Stream("m13_reach", city.fingerprint, key)
    zones = city.zones[["zone_id", "name"]].astype(str).to_numpy().tolist()
    count = min(len(zones), stream.integer(3, 5))
    chosen = stream.choose([(z, n) for z, n in zones], count)
    return {
        "zones": [z for z, _ in chosen],
        "zones_text": ", ".join(n if n == z else f"{n} ({z})" for z, n in chosen),
    }


DRAWS: dict[str, Callable[[City, str], dict[str, Any]]] = {
    "m13_smart": _nothing,
    "m13_gap": _draw_gap,
    "m13_risk": _draw_risk,
    "m13_reach": _draw_reach,
    "m13_days": _nothing,
}

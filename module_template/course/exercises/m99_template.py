"""Draws and pieces of the module "Template title".

What is drawn, and the only conditions used (none of them computes an answer): who is
reached is between 5 and 95 of 100 people in each district, around a level of the
trainee's own; the city can begin in two to six districts, at most a third of all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from course.city.synthesis.stream import Stream

if TYPE_CHECKING:
    import pandas as pd

    from course.city.pack import City
    from course.identity import Who

BADGE = "SYNTHETIC: who is reached is drawn for this exercise, no count of anybody"


# ---- draws ---------------------------------------------------------------------------


def _draw_reach(city: City, key: str) -> dict[str, Any]:
    return {}  # the table is the trainee's own


def _draw_begin(city: City, key: str) -> dict[str, Any]:
    most = max(2, min(6, len(city.zones) // 3))
    stream = Stream("m99_begin", city.fingerprint, key)
    return {"districts": stream.integer(2, most + 1)}


DRAWS: dict[str, Callable[[City, str], dict[str, Any]]] = {
    "m99_reach": _draw_reach,
    "m99_begin": _draw_begin,
}


# ---- pieces --------------------------------------------------------------------------


def reach(city: City, who: Who) -> pd.DataFrame:
    """Return the trainee's own table of the service: one row per district.

    Parameters
    ----------
    city : City
        Its districts and how many people live there.
    who : Who
        Each trainee has another table.

    Returns
    -------
    pandas.DataFrame
        zone_id, name, people, reached, not_reached (persons), in the order of
        ``city.zones``; always synthetic.
    """
    stream = Stream("m99_table", city.fingerprint, who.key("trainee"))
    level = stream.integer(30, 71)
    share = level + stream.integers(-25, 26, len(city.zones))
    frame = city.zones[["zone_id", "name"]].copy()
    frame["people"] = city.zones["population"].fillna(0).astype("int64")
    frame["reached"] = frame["people"] * share // 100
    frame["not_reached"] = frame["people"] - frame["reached"]
    frame.attrs["badge"] = BADGE
    return frame


PIECES = {"m99_table": reach}

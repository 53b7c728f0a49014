"""The places of the study visits: where they are, when they are open, what to look for.

The places are data (``course/programmes/sites.yml``). Each says how sure it is: ``S`` seen in
a source, ``S-`` seen in a weak one, ``G`` seen in none, a parameter to confirm with the host.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from course.errors import UsageError
from course.programmes.places import Opening, Site
from course.programmes.site_files import read_sites

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Opening", "Site", "all_sites", "site", "sites"]

CERTAINTY = {
    "S": "seen in a source",
    "S-": "reported by a weak source",
    "G": "unverified: confirm with the host",
}


def all_sites() -> dict[str, Site]:
    """Return every place by its id, in the order of the file."""
    return read_sites()


def site(site_id: str) -> Site:
    """Return one place.

    Parameters
    ----------
    site_id : str
        Such as ``topis``.

    Raises
    ------
    UsageError
        There is no such place; the sentence names the nearest one.

    Examples
    --------
    >>> site("topis").questions[0].q2
    'How old is the newest position?'
    """
    import difflib

    known = all_sites()
    if isinstance(site_id, str) and site_id in known:
        return known[site_id]
    near = difflib.get_close_matches(str(site_id), known, n=1)
    remedy = f"Did you mean {near[0]!r}?" if near else f"Known places: {', '.join(known)}."
    raise UsageError(f"There is no place {str(site_id)[:60]!r} for a visit.", remedy)


def sites() -> pd.DataFrame:
    """Return the places of the study visits, one row per place.

    Returns
    -------
    DataFrame
        ``site_id``, ``title``; ``lat``, ``lon`` in degrees (WGS84; missing where no position
        is known); ``certainty`` of the position (S, S- or G) and ``place_note``;
        ``nearest_station`` with ``station_lat``, ``station_lon`` (missing where none is
        known); ``hours`` in words with ``hours_certainty``, ``closed`` in words, ``booking``
        (bool); ``look_for``; ``module``, ``q1``, ``q2`` (the first module that asks here);
        ``source``.

    Examples
    --------
    >>> sites().set_index("site_id").loc["magok", "closed"]
    'Monday'
    """
    import pandas as pd

    rows = []
    for place in all_sites().values():
        station = place.stations[0] if place.stations else None
        first = place.questions[0]
        rows.append(
            {
                "site_id": place.id,
                "title": place.title,
                "lat": place.lat,
                "lon": place.lon,
                "certainty": place.place_mark,
                "place_note": place.place_note,
                "nearest_station": "" if station is None else f"{station.name} ({station.line})",
                "station_lat": None if station is None else station.lat,
                "station_lon": None if station is None else station.lon,
                "hours": place.hours_in_words,
                "hours_certainty": place.hours_mark,
                "closed": place.closed_in_words,
                "booking": place.booking,
                "look_for": place.look_for,
                "module": first.module or "",
                "q1": first.q1,
                "q2": first.q2,
                "source": place.source,
            }
        )
    frame = pd.DataFrame(rows)
    for name in ("lat", "lon", "station_lat", "station_lon"):
        frame[name] = frame[name].astype("float64")
    return frame


# What is done with the places stands in files of its own and is loaded when it is asked for.
_ELSEWHERE = {
    "day_route": "course.visits.routes",
    "notes": "course.visits.observing",
    "observe": "course.visits.observing",
    "practices": "course.visits.observing",
    "programme_day": "course.visits.routes",
    "route": "course.visits.routes",
}


def __getattr__(name: str) -> Any:
    if name not in _ELSEWHERE:
        raise AttributeError(f"module 'course.visits' has no attribute {name!r}")
    return getattr(importlib.import_module(_ELSEWHERE[name]), name)

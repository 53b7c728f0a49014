"""Where each frame comes from: real, facts, synthetic or missing.

A frame with one synthetic column counts as synthetic. A timetable built from lines and
headways is synthetic even where the lines and headways are facts: no such timetable was
ever published.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from course.city.derived import SYNTHESISED
from course.city.schema import LINE_INPUTS, TABLES, TIMETABLE

if TYPE_CHECKING:
    import pandas as pd

    from course.city.pack import City

COLUMNS = (
    "frame", "rows", "origin", "method", "year", "licence", "synthetic_columns",
)  # fmt: skip
ORIGINS = ("real", "facts", "synthetic", "missing")
_BUILT = "timetable built from the order of stops, headways and a mean speed"
_MODULES = {
    "zones": "course.city.synthesis.zones",
    "rides": "course.city.synthesis.rides",
    **{name: made_by.partition(":")[0] for name, made_by in SYNTHESISED.items()},
}


def sources(city: City) -> pd.DataFrame:
    """Return one row per frame of a city.

    Parameters
    ----------
    city : City
        An open pack.

    Returns
    -------
    pandas.DataFrame
        ``frame``, ``rows`` (Int64, absent while a frame is not made), ``origin`` (real,
        facts, synthetic or missing), ``method`` (or source), ``year`` (Int64),
        ``licence``, ``synthetic_columns`` (comma separated). Frames first, then what
        else the pack holds.
    """
    import pandas as pd

    names = [name for name in TABLES if name not in LINE_INPUTS or city.given(name)]
    names += [name for name in city._resources if name not in TABLES]
    rows = [{"frame": name, "rows": _rows(city, name), **describe(city, name)} for name in names]
    types = {c: "Int64" if c in ("rows", "year") else "str" for c in COLUMNS}
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(types)


def describe(city: City, name: str) -> dict[str, Any]:
    """Return origin, method, year, licence and synthetic columns of one frame."""
    resource = city._resources.get(name)
    if name == "zones" and resource is not None:
        zones = city._cached("zones")  # completing them tells which columns are synthetic
        columns = getattr(city, "_synthetic_zone_columns", ())
        said = _said(resource)
        if columns:
            said["origin"] = "synthetic"
            how = zones.attrs.get("method") or f"{', '.join(columns)}: {_method('zones')}"
            said["method"] = f"{how}; rest: {said['method']}"
            said["synthetic_columns"] = ", ".join(columns)
        return said
    if resource is not None:
        return _said(resource)
    if name in TIMETABLE and city.built_from_lines:
        base = _said(city._resources["stations" if name == "stops" else "lines"])
        if name in ("stops", "routes"):
            return base
        return base | {"origin": "synthetic", "method": _BUILT}
    if name in _MODULES:
        how = _method(name)
        if name == "zones":
            how = city._cached("zones").attrs.get("method") or how
        return {"origin": "synthetic", "method": how, "year": None,
                "licence": "CC0-1.0", "synthetic_columns": "all"}  # fmt: skip
    return {"origin": "missing", "method": "", "year": None, "licence": "",
            "synthetic_columns": ""}  # fmt: skip


def given_origin(city: City, name: str) -> dict[str, Any]:
    """Return origin, method, year and licence of a frame as the pack itself gives it."""
    if name == "zones":
        return _said(city._resources["zones"])
    return describe(city, name)


def synthetic_method(city: City, *frames: str) -> str:
    """Return how the synthetic ones among some frames were made, or empty text."""
    methods = []
    for name in frames:
        said = describe(city, "stop_times" if name == "patterns" else name)
        if said["origin"] == "synthetic" and said["method"] not in methods:
            methods.append(said["method"] or "made up for teaching")
    return "; ".join(methods)


def _said(resource: dict[str, Any]) -> dict[str, Any]:
    licences = [str(item.get("name") or item.get("title") or "")
                for item in resource.get("licenses") or [] if isinstance(item, dict)]  # fmt: skip
    origin = resource.get("origin", "real")
    columns = resource.get("synthetic_columns") or []
    if columns:
        origin = "synthetic"
    method = resource.get("method") or "; ".join(
        str(item.get("title", "")) for item in resource.get("sources") or []
        if isinstance(item, dict))  # fmt: skip
    return {"origin": origin if origin in ORIGINS else "real", "method": str(method),
            "year": resource.get("year"), "licence": ", ".join(licences),
            "synthetic_columns": ", ".join(map(str, columns))}  # fmt: skip


def _method(name: str) -> str:
    """How a frame is synthesised, in the words of the module that does it."""
    import importlib

    return str(importlib.import_module(_MODULES[name]).METHOD)


def _rows(city: City, name: str) -> int | None:
    """Rows of a frame; a synthetic one is not made only to be counted, but zones are."""
    made = name in city._frames or city.given(name)
    if not made and (name == "rides" or name in SYNTHESISED):
        return None
    if describe(city, name)["origin"] == "missing":
        return None
    return len(city._cached(name)) if name in TABLES else len(city.table(name))

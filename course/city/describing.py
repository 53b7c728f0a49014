"""The ``datapackage.json`` and ``README.md`` of a pack the course writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from course.city.schema import TABLES

if TYPE_CHECKING:
    import pandas as pd

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"


def resource_of(
    name: str,
    frame: pd.DataFrame,
    path: str | list[str],
    *,
    origin: str = "real",
    method: str = "",
    year: int | None = None,
    licence: str = "",
    source: str = "",
) -> dict[str, Any]:
    """Return the description of one table.

    Parameters
    ----------
    name : str
        Frame name in :data:`course.city.schema.TABLES`.
    frame : pandas.DataFrame
        The table: its columns are described as declared, others as text.
    path : str or list of str
        Its file or files, inside the pack.
    origin : str
        real, facts or synthetic.
    method, licence, source : str
        As ``city.sources`` shows them.
    year : int, optional
        Year of the data.
    """
    fields = []
    for column in frame.columns:
        known = TABLES[name].column(column) if name in TABLES else None
        field = {"name": str(column), "type": known.field_type if known else _kind(frame[column])}
        if known:
            field["description"] = known.description
            if known.unit:
                field["unit"] = known.unit
        fields.append(field)
    out: dict[str, Any] = {
        "name": name, "path": path, "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        "schema": {"fields": fields}, "origin": origin, "method": method,
    }  # fmt: skip
    if name in TABLES and TABLES[name].key:
        out["schema"]["primaryKey"] = list(TABLES[name].key)
    if year:
        out["year"] = year
    if licence:
        out["licenses"] = [{"name": licence}]
    if source:
        out["sources"] = [{"title": source}]
    return out


def _kind(values: pd.Series) -> str:
    kind = getattr(values.dtype, "kind", "O")
    return {"i": "integer", "u": "integer", "f": "number", "b": "boolean"}.get(kind, "string")


def package_of(
    city: dict[str, Any], resources: list[dict[str, Any]], **more: Any
) -> dict[str, Any]:
    """Return the description of a pack."""
    return {
        "$schema": PROFILE, "name": city["id"], "title": city["title"], "city": city,
        "resources": resources, **more,
    }  # fmt: skip


def readme_of(city: dict[str, Any], labels: list[str], repairs: pd.DataFrame) -> str:
    """Return the page that tells a person what an imported pack is."""
    lines = [
        f"# {city['title']}", "",
        f"A city pack made by `python3 -m course city add` from {', '.join(labels)}.", "",
        "- What each table is and where it comes from: `datapackage.json`, or `city.sources`.",
        "- The licence of the feed holds for its tables; look it up before you pass them on.",
        "- What a lesson needs and the pack lacks is made from a rule and labelled SYNTHETIC.", "",
        f"{len(repairs)} kinds of repair were made; all are in `repairs.csv`.", "",
    ]  # fmt: skip
    return "\n".join(lines)

"""Add tables to a pack there is: what it has stays, what is given anew comes in its place.

The pack is written whole beside its old self and put in its place in one step, so a table
that is refused leaves everything as it was. A pack of the course is never changed; a copy
of it under a name of one's own can take tables.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from course.calling import call
from course.city import describing, storage
from course.city.given_tables import FRAMES, Given, TableFiles, read_given
from course.city.importing import REPAIRS, default_folder, write_frame
from course.city.installing import install
from course.city.integrity import faults
from course.city.naming import city_id
from course.city.pack import City
from course.city.repairs import RepairList
from course.city.rides_in.packing import TAP_PLACES, Surroundings
from course.city.schema import SCORED, SCORED_IF_GIVEN
from course.errors import CourseError, UsageError


def add_tables(
    name: str,
    files: TableFiles,
    *,
    start: str | os.PathLike[str] | None = None,
    title: str | None = None,
    replace: bool = False,
    where: str | os.PathLike[str] | None = None,
    progress: Callable[[str], None] = lambda step: None,
) -> City:
    """Add tables to a pack of one's own, or to a copy of another pack.

    Parameters
    ----------
    name : str
        Name of the pack; its folder is :func:`course.city.naming.city_id` of it.
    files : TableFiles
        The tables.
    start : str or path, optional
        Pack to copy; None: the pack ``name`` itself.
    title : str, optional
        New title as pages show it.
    replace : bool
        Put a table in the place of one the pack gives already.
    where : path, optional
        Folder of the pack; None: as for ``add_city``.
    progress : callable
        Called with the name of each step.

    Returns
    -------
    City
        The pack, open.

    Raises
    ------
    UsageError
        No such pack, nothing to do, or a table is there already and ``replace`` is not set.
    CourseError
        A table cannot be used; nothing was changed.
    """
    from course.city import importing

    pack_id = city_id(name)
    target = (Path(where).expanduser() if where is not None else default_folder()) / pack_id
    importing.refuse_bundled_name(pack_id, target.parent)
    base = _base(pack_id, target, start)
    if start is None and not files.options:
        raise UsageError(
            f"There is nothing to add to {pack_id}.", "Name a feed, or a table such as --requests."
        )
    if start is not None and target.exists() and not replace:
        raise UsageError(
            f"There is a pack of this name already: {target}.",
            "Leave out --from to add to it, choose another name, or add --replace.",
        )
    there = [frame for frame in files.frames if base.given(frame)]
    if there and not replace and start is None:
        raise UsageError(
            f"{pack_id} has {' and '.join(there)} already.",
            "Add --replace to put the new table in the place of the old one.",
        )
    repairs = RepairList()
    given = read_given(
        files, around=_around(base), timezone=base.timezone, repairs=repairs,
        saved_reading=base.properties.get("rides_read"),
        saved_columns=base.column_maps, saved_dates=base.properties.get("dates"),
        progress=progress,
    )  # fmt: skip
    scored = (*SCORED, *SCORED_IF_GIVEN)
    wrong = faults({n: f for n, f, _ in given.tables if n in scored})
    if wrong:  # the cleaning promises that this cannot happen
        raise CourseError(f"{files.options[0]}: {wrong[0]}", "Report it to the makers.")
    progress("writing")
    return City(install(lambda into: _write(into, base, pack_id, title, given, repairs), target))


def _around(base: City) -> Surroundings:
    from course.city.synthesis.network import gated_modes

    stops = base.stops
    if base.given(TAP_PLACES):  # those of the old rides go with them
        stops = stops[~stops["stop_id"].isin(base.table(TAP_PLACES)["stop_id"])]
    gated = gated_modes(base.properties)
    return Surroundings(
        stops.reset_index(drop=True), base.routes, lambda: base.patterns, gated, base.zones
    )


def _base(pack_id: str, target: Path, start: str | os.PathLike[str] | None) -> City:
    if start is not None:
        return City.open(start)
    if not target.is_dir():
        raise UsageError(
            f"There is no pack of your own named {pack_id} to add to.",
            f"Name a GTFS zip to make it, or start from a pack there is: "
            f"{call(f'course city add {pack_id} --from seoul')} …",
        )
    return City(target)


def _write(
    into: Path, base: City, pack_id: str, title: str | None, given: Given, repairs: RepairList
) -> None:
    import pandas as pd

    from course.city.checks import repairs_of

    new = {name for name, _, _ in given.tables}
    if "rides" in new:  # the places of the old rides go with them
        new.add(TAP_PLACES)
    kept = [r for r in base.package["resources"] if r["name"] not in new]
    for resource in kept:
        for part in storage.resource_paths(resource):
            _copy(base.path / part, into / part)
    for extra in ("README.md",):
        if (base.path / extra).is_file():
            _copy(base.path / extra, into / extra)
    properties: dict[str, Any] = {**base.properties, "id": pack_id}
    properties["title"] = title or base.title
    for key, told in (("columns", given.columns), ("dates", given.dates)):
        old = {k: v for k, v in (base.properties.get(key) or {}).items() if k not in new}
        properties[key] = old | told
    properties = {k: v for k, v in (properties | given.properties).items()
                  if v is not None and not (k in ("columns", "dates") and not v)}  # fmt: skip
    resources = list(kept)
    for name, frame, told in given.tables:
        path = write_frame(into, name, frame)
        resources.append(describing.resource_of(name, frame, path, **told))
    old_repairs = repairs_of(base)
    over = {source for r in base.package["resources"] if r["name"] in new
            for source in _labels(r)}  # fmt: skip
    old_repairs = old_repairs[~old_repairs["file"].isin(over)]
    every = pd.concat([old_repairs, repairs.frame()], ignore_index=True)
    storage.write_table(into / REPAIRS, every.astype({"row": "Int64", "count": "int64"}))
    package = {**base.package, "name": pack_id, "title": properties["title"], "city": properties,
               "resources": resources}  # fmt: skip
    storage.write_datapackage(into, package)


def _labels(resource: dict[str, Any]) -> list[str]:
    """Return the names of the files a table was read from."""
    told = [str(s.get("title", "")) for s in resource.get("sources") or [] if isinstance(s, dict)]
    return [name for text in told for name in text.split(" and ")]


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        shutil.copyfile(source, target)
    except FileNotFoundError:
        raise CourseError(
            f"{source.parent.name}/{source.name} is missing.", "Import the city again."
        ) from None


def left_out(old: City, new: City) -> list[str]:
    """Return the tables a person had brought to a pack and its replacement lacks."""
    return [frame for frame in FRAMES if old.given(frame) and not new.given(frame)]

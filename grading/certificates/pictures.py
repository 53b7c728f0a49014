"""What the page borrows from the course: the map of a city, the titles of modules."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from course.errors import CourseError
from grading.certificates.achievement import LONGEST

WIDTH_PX, HEIGHT_PX = 1185, 720  # 79 x 48 mm
TEXT_PT = 20  # the picture stands three inches wide


@lru_cache(maxsize=32)
def of_pack(pack: str, city: str) -> tuple[bytes, str]:
    """Return the map of a city pack and the words below it.

    Parameters
    ----------
    pack : str
        Name or path of a pack.
    city : str
        Name of the city as it is printed.

    Returns
    -------
    tuple of bytes and str
        A PNG and a caption; both empty when the host
        does not have the pack: a certificate stands without a map.
    """
    from course.city.pack import City
    from course.documents import pictures

    try:
        drawn = pictures.network_png(
            City.open(pack), width_px=WIDTH_PX, height_px=HEIGHT_PX, legend=False, names=False,
            text_pt=TEXT_PT,
        )  # fmt: skip
    except CourseError:
        return b"", ""
    return drawn, f"Public transport of {city}"


def pack_of(state: Any, city: str) -> str:
    """Return the pack of a city that the roster names, "" where the host has none.

    Parameters
    ----------
    state : GradingState
        Of its cities those that were approved; a pack of this machine goes before them.
    city : str
        As the roster writes it: the title or the id of a pack.
    """
    from course import paths
    from course.city.pack import City
    from grading.cities import HostCities
    from grading.cohort.people import same

    wanted = same(city.strip())
    folders = [p for place in paths.cities_dirs() for p in sorted(place.glob("*/"))]
    folders += [
        state.cities / str(row["fingerprint"]) / "pack"
        for row in HostCities(state.cities).table()
        if row.get("status") == "approved"
    ]
    for folder in folders if wanted else ():
        try:
            opened = City.open(str(folder)) if (folder / "datapackage.json").is_file() else None
        except (CourseError, OSError, ValueError):
            continue
        if opened is not None and wanted in (same(opened.id), same(opened.title)):
            return str(folder) if len(str(folder)) <= LONGEST else ""
    return ""


def titles(modules: Sequence[str]) -> list[tuple[str, str]]:
    """Return id and title of modules; a name that is no module of the course is its own title."""
    known = _titles()
    return [(module, known.get(module, module)) for module in modules]


@lru_cache(maxsize=1)
def _titles() -> dict[str, str]:
    from course import catalogue

    return {module.id: module.title for module in catalogue.modules()}

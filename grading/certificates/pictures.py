"""What the page borrows from the course: the map of a city, the titles of modules."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from course.errors import CourseError

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
        opened = City.open(pack)
    except CourseError:
        return b"", ""
    drawn = pictures.network_png(
        opened, width_px=WIDTH_PX, height_px=HEIGHT_PX, legend=False, names=False,
        text_pt=TEXT_PT,
    )  # fmt: skip
    return drawn, f"Public transport of {city}"


def titles(modules: Sequence[str]) -> list[tuple[str, str]]:
    """Return id and title of modules; a name that is no module of the course is its own title."""
    known = _titles()
    return [(module, known.get(module, module)) for module in modules]


@lru_cache(maxsize=1)
def _titles() -> dict[str, str]:
    from course import catalogue

    return {module.id: module.title for module in catalogue.modules()}

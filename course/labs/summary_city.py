"""Which city a lab is about: a city itself, or the one a fare summary was made of."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from course.errors import CourseError

if TYPE_CHECKING:
    from course.city.pack import City
    from course.transport.fare_summary import FareSummary


def city_of(source: Any, city: City | None = None) -> tuple[City, FareSummary | None]:
    """Return the city of a lab and its summary, if it was given one.

    Parameters
    ----------
    source : City, FareSummary or path of a summary
        What the reader opened the lab on.
    city : City, optional
        The city of the summary; default it is found by name.

    Raises
    ------
    CourseError
        If the summary has other zones than the city: the map would show them wrongly.
    """
    from course.transport.fare_summary import FareSummary

    if isinstance(source, str | Path):
        source = FareSummary.load(source)
    if not isinstance(source, FareSummary):
        return source, None
    if city is None:
        from course.city.pack import City as Pack

        name = source.source.get("city", "")
        if not name:
            raise CourseError(
                "This summary was made without a city.", "Make it with summarise(..., city=city)."
            )
        city = Pack.open(name)
    zones = [str(z) for z in city.zones["zone_id"]]
    if list(source.zone_ids) != zones:
        raise CourseError(
            f"This summary has {len(source.zone_ids)} zones and {city.title} has {len(zones)} "
            "others.",
            "Open the pack it was made of, or make the summary again.",
        )
    return city, source

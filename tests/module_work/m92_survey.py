"""Survey: what somebody with an opinion types."""

from __future__ import annotations

from course.city.pack import City
from tests.module_work import typed


def WORK(city: City, trainee: str) -> dict[str, str]:
    """Return the source of every answer cell."""
    return typed("92_survey", city, trainee)


LESSON_CALLS = ()

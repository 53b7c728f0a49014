"""Pre-test: what somebody who knows everything types."""

from __future__ import annotations

from course.city.pack import City
from tests.module_work import typed


def WORK(city: City, trainee: str) -> dict[str, str]:
    """Return the source of every answer cell."""
    return typed("90_pre_test", city, trainee)


LESSON_CALLS = ()

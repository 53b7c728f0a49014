"""Module 99: what a careful trainee types, and the numbers its lesson prints."""

from __future__ import annotations

from course.city.pack import City
from tests.module_work import shown


def WORK(city: City, trainee: str) -> dict[str, str]:
    """Return the source of every working cell."""
    districts = shown("m99_begin", city, trainee)["districts"]
    return {
        "m99_reach": "m99_reach = 100 * table['reached'].sum() / table['people'].sum()",
        "m99_begin": f"first = table.nlargest({districts}, 'not_reached')\n"
        "m99_begin = int(first['not_reached'].sum())",
    }


LESSON_CALLS = (
    # 900 of 1,000 people and 100 of 3,000: not the mean of 90 % and 3.3 %
    ("100 * (900 + 100) / (1000 + 3000)", 25, "25"),
)

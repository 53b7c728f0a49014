"""What stands in a lab's place when the city does not have what the lab needs."""

from __future__ import annotations

from course.display.figure import Figure
from course.errors import CourseError


def missing(title: str, error: CourseError) -> Figure:
    """Return a page with the lab's title, what is missing, and what to do.

    Parameters
    ----------
    title : str
        Title of the lab: what would be decided here.
    error : CourseError
        What is missing and the remedy, such as "This pack has no ballots." and "Add a table:
        python -m course city add ...".

    Examples
    --------
    >>> print(missing("Choose projects", CourseError("No ballots.", "Add a table.")))
    Choose projects
    No ballots. Add a table.
    """
    return Figure(title=title, alt=title, reading=f"{error.what} {error.remedy}".strip())

"""Errors that carry one sentence for a person: what, where, and the remedy."""

from __future__ import annotations


class CourseError(Exception):
    """A problem a user can mend.

    Parameters
    ----------
    what : str
        One sentence: what is wrong, naming the file and row where there is one.
    remedy : str
        One sentence: what to do about it.
    """

    exit_code = 1  # the input is at fault; commands return 2 when used wrongly

    def __init__(self, what: str, remedy: str = "") -> None:
        self.what = what
        self.remedy = remedy
        super().__init__(f"{what} {remedy}".strip())


class UsageError(CourseError):
    """A command or function was called in a way it cannot serve."""

    exit_code = 2

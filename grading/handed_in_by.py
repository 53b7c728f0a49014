"""Who handed in: the account that owns the folder, never the name it claims."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from grading.intake import Note


@dataclass(frozen=True)
class Owners:
    """The accounts of a hub.

    Parameters
    ----------
    students : dict of int to str, optional
        Account number to student id. None where there is no hub: there trainees may share
        one account with the host, and the folder's name is all there is.
    host : int
        The number of the hub's host, who may hand in for anybody.
    """

    students: dict[int, str] | None = None
    host: int = 0

    @classmethod
    def of_exchange(cls, exchange: Path) -> Owners:
        """Read the accounts beside an exchange; without them nothing is refused.

        Raises
        ------
        CourseError
            The file is there and damaged: then nobody can be told apart, and collecting
            anything would be guessing.
        """
        if not (exchange.parent / "accounts.json").is_file():
            return cls()
        from grading.hub import accounts  # not on Windows, where there is no hub

        # in a view of the host: the copy that is as new as the table itself
        fresh = Path(os.environ.get("COURSE_ACCOUNTS", ""))
        here = fresh.name == accounts.NAME and fresh.is_file()
        table = accounts.read(fresh if here else exchange.parent / accounts.NAME)
        return cls({number: name for name, number in table.people.items()}, table.host)

    def refusal(self, uid: int, student: str) -> str:
        """Return why a folder of an account cannot be this student's, or ``""``."""
        if self.students is None:
            return ""
        if uid in (0, self.host, os.getuid()):  # put there by the host
            return ""
        owner = self.students.get(uid)
        if owner == student:
            return ""
        return f"handed in by {owner or f'the account {uid}'} under the name {student}"

    def note(self, uid: int, student: str) -> list[Note]:
        """Return a line for the report where no hub decides but the account is another one."""
        if self.students is not None or os.name != "posix" or uid == os.getuid():
            return []
        import pwd

        try:
            owner = pwd.getpwuid(uid).pw_name
        except KeyError:
            owner = f"number {uid}"
        if owner == student:
            return []
        return [("", f"Handed in by the account {owner!r} under the name {student!r}.")]

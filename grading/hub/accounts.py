"""Which Unix number belongs to whom: given once, never given to another person.

The table is a file that only root can write. Nobody needs an account of the system: the
numbers are outside the range that Linux gives to people, and a view shows its own
``/etc/passwd``. A number stays with a name for ever, also when the person has left, because
files with that number remain.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from course import whole_files
from course.errors import CourseError
from grading.state import is_student_id

NAME = "accounts.json"


@dataclass(frozen=True)
class Accounts:
    """The table.

    Parameters
    ----------
    host : int
        The number that the host's services run under; 0 where none was given yet.
    people : dict of str to int
        Number by the hub's user name, which is the id in the gradebook.
    spent : tuple of int
        Numbers of people whose data were deleted; nobody gets them again.
    """

    host: int = 0
    people: dict[str, int] = field(default_factory=dict)
    spent: tuple[int, ...] = ()

    def name_of(self, uid: int) -> str:
        """Return whose number it is, "" if nobody's."""
        return next((name for name, number in self.people.items() if number == uid), "")


def read(path: Path) -> Accounts:
    """Return the table; an empty one where there is no file.

    Parameters
    ----------
    path : Path
        ``accounts.json`` of the hub's folder.

    Raises
    ------
    CourseError
        The file is damaged. It is never made anew by itself: another number for a person
        would hand their files to somebody else.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Accounts()
    try:
        data = json.loads(text)
        people = {str(name): number for name, number in dict(data["people"]).items()}
        spent = tuple(data.get("spent", ()))
        numbers = [data["host"], *people.values(), *spent]
        whole = all(isinstance(n, int) and not isinstance(n, bool) and n >= 1000 for n in numbers)
        if not whole or len(set(numbers)) != len(numbers):
            raise ValueError
        if not all(is_student_id(name) for name in people):
            raise ValueError
    except (ValueError, TypeError, KeyError):
        raise CourseError(
            f"{path} is damaged: it says which number belongs to whom.",
            "Restore it from the backup; do not delete it while there are homes.",
        ) from None
    return Accounts(data["host"], people, spent)


def allocate(path: Path, names: Iterable[str], *, first: int) -> Accounts:
    """Give a number to everybody who has none yet; safe to run at the same time.

    Parameters
    ----------
    path : Path
        ``accounts.json`` of the hub's folder.
    names : iterable of str
        User names of the hub.
    first : int
        The host's number when the table is new; people get the numbers after it.

    Returns
    -------
    Accounts
        The whole table.

    Raises
    ------
    CourseError
        A name cannot be a folder's name, or the file is damaged.
    """
    with _alone(path):
        table = read(path)
        people = dict(table.people)
        host = table.host or first
        free = max([host, first, *people.values(), *table.spent]) + 1
        for name in names:
            if name in people:
                continue
            if not is_student_id(name) or len(name.encode("utf-8")) > 200:
                raise CourseError(
                    f"{name!r} cannot be a name on the hub.",
                    "Use letters, digits, points, hyphens; no slash; not too long.",
                )
            people[name] = free
            free += 1
        new = Accounts(host, people, table.spent)
        if new != table:
            _write(path, new)
    return new


def remove(path: Path, name: str) -> bool:
    """Take a person out; their number stays spent, so that nobody inherits what it owns.

    Parameters
    ----------
    path : Path
        ``accounts.json`` of the hub's folder.
    name : str
        The hub's user.

    Returns
    -------
    bool
        Whether the person was in the table.
    """
    with _alone(path):
        table = read(path)
        people = dict(table.people)
        number = people.pop(name, None)
        if number is None:
            return False
        _write(path, Accounts(table.host, people, (*table.spent, number)))
    return True


def _write(path: Path, table: Accounts) -> None:
    data = {"host": table.host, "people": table.people, "spent": list(table.spent)}
    whole_files.write(path, json.dumps(data, ensure_ascii=False, indent=1) + "\n")
    path.chmod(0o644)


def owner_of(uid: int, path: Path) -> str:
    """Return the person a number belongs to, "" if nobody on this hub.

    Parameters
    ----------
    uid : int
        The owner of a file.
    path : Path
        ``accounts.json``, or the folder it lies in.
    """
    return read(path / NAME if path.is_dir() else path).name_of(uid)


def beside(exchange: Path) -> Path | None:
    """Return the table of the hub an exchange belongs to, None where it is no hub's.

    Parameters
    ----------
    exchange : Path
        nbgrader's exchange root. On a hub the table lies beside it, owned by root.
    """
    path = exchange.parent / NAME
    return path if path.is_file() else None


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Let one process at a time change the table."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path.with_name(f".{path.name}.lock"), os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)

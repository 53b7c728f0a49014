"""Which Unix number belongs to whom: given once, never given to another person.

The table is a file that only root can write. Nobody needs an account of the system: the
numbers are outside the range that Linux gives to people, and a view shows its own
``/etc/passwd``. A number stays with a name for ever, also when the person has left, because
files with that number remain.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from course import whole_files
from course.errors import CourseError
from grading.locks import alone
from grading.state import is_student_id
from grading.strict_json import single_keys

NAME = "accounts.json"
_LAST = 2**32 - 2  # the highest number of an account


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
        text = path.read_bytes().decode("utf-8")
        data = json.loads(text, object_pairs_hook=single_keys)
    except FileNotFoundError:
        return Accounts()
    except OSError as error:
        raise CourseError(
            f"{path} cannot be read ({error.strerror}).",
            "It has to be a file of root; do not delete it while there are homes.",
        ) from None
    except (ValueError, RecursionError):
        data = None
    try:
        people = {str(name): number for name, number in dict(data["people"]).items()}
        spent = tuple(data.get("spent", ()))
        numbers = [data["host"], *people.values(), *spent]
        whole = all(type(n) is int and 1000 <= n <= _LAST for n in numbers)
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
    text = json.dumps(data, ensure_ascii=False, indent=1) + "\n"
    whole_files.write(path, text, mode=0o644)
    if shown(path).parent.is_dir():
        _copy(path)


def shown(path: Path) -> Path:
    """Return the copy of the table for programs in a view that outlives changes of the table.

    A view holds a file as it was when the view was made; a folder it holds as it is now.
    """
    return path.parent / "run" / "numbers" / NAME


def show(path: Path) -> Path:
    """Write the copy and return its folder; the table itself stays where it is."""
    if path.is_file():
        with _alone(path):
            _copy(path)
    return shown(path).parent


def _copy(path: Path) -> None:
    whole_files.write(shown(path), path.read_bytes(), mode=0o644)
    shown(path).parent.chmod(0o755)


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
    with alone(path.with_name(f".{path.name}.lock")):
        yield

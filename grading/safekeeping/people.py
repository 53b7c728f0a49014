"""Who owns which files on a hub: a person's number there, and on another machine."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from course.errors import UsageError
from grading.hub import accounts
from grading.hub.accounts import Accounts

HOST = "!"  # the number under which the host's services run
HOSTS, PERSON, OTHER = "", "@", "#"
FIRST, LAST = 65536, 2**32 - 2  # below, the system's own accounts


def of(hub: Path | None) -> Accounts:
    """Return the numbers of a hub; an empty table without one."""
    return accounts.read(hub / accounts.NAME) if hub is not None else Accounts()


def owners(table: Accounts) -> Callable[[int, int], str]:
    """Return a function from a file's uid and that of its course to the owner's name.

    The name is ``""`` for the owner of the course's folder, ``!`` for the hub's host,
    ``@person``, or ``#number`` of anybody else.
    """
    by_uid = {uid: person for person, uid in table.people.items()}

    def name(uid: int, host: int) -> str:
        if uid in by_uid:
            return f"{PERSON}{by_uid[uid]}"
        if table.host and uid == table.host:
            return HOST
        return HOSTS if uid == host else f"{OTHER}{uid}"

    return name


def renumbered(table: Accounts, first: int) -> Accounts:
    """Return a table whose numbers begin elsewhere, in the same order.

    Raises
    ------
    UsageError
        The first number is one that the system gives to its own accounts.
    """
    shift = first - min([table.host, *table.people.values()])
    if first < FIRST or max([table.host, *table.people.values(), *table.spent]) + shift > LAST:
        raise UsageError(
            f"{first} is a number that the system uses itself, or too large.",
            f"Give one from {FIRST} up, such as 300000.",
        )
    return Accounts(
        table.host + shift, {p: u + shift for p, u in table.people.items()},
        tuple(u + shift for u in table.spent),
    )  # fmt: skip


def write(table: Accounts, path: Path) -> None:
    """Write a table as the hub reads it."""
    data = {"host": table.host, "people": table.people, "spent": list(table.spent)}
    path.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

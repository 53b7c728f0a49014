"""Ports of this machine that nobody has, for servers that tests start."""

from __future__ import annotations

import itertools
import os
import secrets
import socket
from collections.abc import Iterator

FIRST, ROOM, ROOMS = 20_000, 1_500, 8  # below the range the system gives to connections


def _turns() -> Iterator[int]:
    """Return the ports of this process of a test run, again and again, from anywhere on."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw")
    first = FIRST + ROOM * (int(worker or 0) % ROOMS)
    begin = secrets.randbelow(ROOM)  # another run may be under way beside this one
    return (first + number % ROOM for number in itertools.count(begin))


_NEXT = _turns()


def free_ports(count: int) -> list[int]:
    """Return ports that nobody has now, and that no other test is given soon.

    A server takes its port seconds later. Until then neither the system nor the other
    processes of the same test run hand it out: each has a range of its own and goes through it.

    Parameters
    ----------
    count : int
        How many.
    """
    found: list[int] = []
    for _ in range(ROOM):
        if len(found) < count and _free(port := next(_NEXT)):
            found.append(port)
    assert len(found) == count, "no free ports"
    return found


def _free(port: int) -> bool:
    with socket.socket() as one:
        try:
            one.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
